//! What answers look like: the JSON of interfaces and devices. Names are those of the view `device_interfaces`
//! (docs/SQL.md). Pure; `schemas/` describes the same for the document, and tests hold one against the other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::snapshot::{Row, Snapshot, shown_mac};
use crate::change::{Outcome, Range, Run};
use crate::classification::Classification;
use crate::facts::{Duplex, InterfaceFacts, NeighbourFacts, Status};
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::state::{Decision, DeviceId, DeviceState, Interface, InterfaceId};
use crate::store::StoredEvent;
use crate::timestamp::Timestamp;
use crate::word::Word;

/// An interface in a list.
#[derive(Debug, Serialize)]
pub struct InterfaceRow<'a> {
    /// Its number.
    pub id: InterfaceId,
    /// Its device's number.
    pub device_id: DeviceId,
    /// Its device's name.
    pub device_name: &'a str,
    /// Its device's address in the inventory.
    pub device_ip: &'a str,
    /// The label `site` of its device.
    pub site: Option<&'a str>,
    /// ifIndex.
    pub if_index: u32,
    /// ifName, else ifDescr, else ifIndex.
    pub if_name: Cow<'a, str>,
    /// ifDescr.
    pub if_descr: &'a str,
    /// ifAlias.
    pub if_alias: &'a str,
    /// ifType in words, where it is a common one.
    pub if_type: Option<Cow<'a, str>>,
    /// ifType.
    pub if_type_number: Option<u32>,
    /// What it is.
    pub interface_type: InterfaceType,
    /// Whose line it is.
    pub isp_provider: Option<&'a str>,
    /// Whether it is critical.
    pub is_critical: bool,
    /// Why.
    pub critical_reason: Option<&'a str>,
    /// How sure that is, from 0 to 1.
    pub parser_confidence: f64,
    /// Whether someone should look at it.
    pub review: bool,
    /// Whether an override is in force.
    pub overridden: bool,
    /// Other labels.
    pub extra_labels: &'a BTreeMap<Word, String>,
    /// ifAdminStatus.
    pub admin_status: Option<&'static str>,
    /// ifOperStatus.
    pub oper_status: Option<&'static str>,
    /// Bits a second.
    pub speed: Option<u64>,
    /// Octets.
    pub mtu: Option<u32>,
    /// `full` or `half`.
    pub duplex: Option<&'static str>,
    /// MAC address.
    pub phys_address: Option<String>,
    /// IP addresses with the lengths of their networks' prefixes.
    pub addresses: Vec<String>,
    /// The aggregate it is part of.
    pub lag: Option<&'a str>,
    /// Whether a wire or fibre goes in, as far as is known.
    pub physical: bool,
    /// First seen.
    pub discovered_at: Timestamp,
    /// Last seen.
    pub last_seen: Option<Timestamp>,
    /// When ifOperStatus was last seen to have changed.
    pub last_status_change: Option<Timestamp>,
    /// When it was given up, after enough walks without it.
    pub gone_at: Option<Timestamp>,
}

impl<'a> InterfaceRow<'a> {
    /// An interface of a device.
    pub fn of(device: &'a DeviceState, interface: &'a Interface) -> Self {
        let (facts, label, owner) = (&interface.facts, &interface.label, &device.head.facts);
        Self {
            id: interface.id,
            device_id: device.id,
            device_name: &owner.name,
            device_ip: &owner.address,
            site: owner.labels.get("site").map(String::as_str),
            if_index: facts.if_index,
            if_name: if_name(facts),
            if_descr: &facts.descr,
            if_alias: &facts.alias,
            if_type: facts.if_type.map(if_type),
            if_type_number: facts.if_type,
            interface_type: label.interface_type,
            isp_provider: label.provider.as_deref(),
            is_critical: label.critical.critical,
            critical_reason: label.critical.reason.as_deref(),
            parser_confidence: label.confidence,
            review: label.review,
            overridden: label.overridden,
            extra_labels: &label.labels,
            admin_status: facts.admin.map(Status::as_str),
            oper_status: facts.oper.map(Status::as_str),
            speed: facts.speed_bps,
            mtu: facts.mtu,
            duplex: facts.duplex.map(duplex),
            phys_address: facts.mac.map(shown_mac),
            addresses: facts.addresses.iter().map(ToString::to_string).collect(),
            lag: facts.lag.as_deref(),
            physical: super::snapshot::is_physical(facts),
            discovered_at: interface.first_seen,
            last_seen: device.last_seen(interface),
            last_status_change: interface.status_since,
            gone_at: interface.retired_at,
        }
    }

    /// The interface of a row.
    pub fn of_row(snapshot: &'a Snapshot, row: &'a Row) -> Option<Self> {
        Some(Self::of(snapshot.device_of(row)?, &row.interface))
    }

    /// The interfaces of rows.
    pub fn of_rows<'r>(snapshot: &'a Snapshot, rows: impl IntoIterator<Item = &'a Row>) -> Vec<Self> {
        rows.into_iter().filter_map(|row| Self::of_row(snapshot, row)).collect()
    }
}

/// ifName, else ifDescr, else ifIndex.
pub fn if_name(facts: &InterfaceFacts) -> Cow<'_, str> {
    match (facts.name.as_str(), facts.descr.as_str()) {
        ("", "") => facts.if_index.to_string().into(),
        ("", descr) => descr.into(),
        (name, _) => name.into(),
    }
}

/// The word of IANAifType-MIB, where it is a common one; else the number.
fn if_type(number: u32) -> Cow<'static, str> {
    let word = match number {
        1 => "other",
        6 => "ethernetCsmacd",
        22 => "propPointToPointSerial",
        23 => "ppp",
        24 => "softwareLoopback",
        53 => "propVirtual",
        54 => "propMultiplexor",
        71 => "ieee80211",
        108 => "pppMultilinkBundle",
        117 => "gigabitEthernet",
        131 => "tunnel",
        135 => "l2vlan",
        136 => "l3ipvlan",
        150 => "mplsTunnel",
        161 => "ieee8023adLag",
        166 => "mpls",
        209 => "bridge",
        number => return number.to_string().into(),
    };
    word.into()
}

fn duplex(duplex: Duplex) -> &'static str {
    match duplex {
        Duplex::Half => "half",
        Duplex::Full => "full",
    }
}

/// One interface, with everything that is known of it.
#[derive(Debug, Serialize)]
pub struct InterfaceDetail<'a> {
    /// As it is in lists.
    pub interface: InterfaceRow<'a>,
    /// What lists leave out.
    pub facts: Facts<'a>,
    /// Why it is what it is: every vote.
    pub explanation: Classification,
    /// What someone decided about it.
    #[serde(rename = "override")]
    pub decided: Option<Override<'a>>,
    /// Who is at its other end.
    pub neighbours: Vec<Neighbour<'a>>,
    /// What held from when to when, the latest first; `None` where the database does not say.
    pub history: Option<Vec<HistoryRange>>,
    /// Why it does not.
    pub history_problem: Option<String>,
}

/// What lists leave out of an interface.
#[derive(Debug, Serialize)]
pub struct Facts<'a> {
    /// What it is known by on its device.
    pub key: &'a str,
    /// The label `if_name` of ward-exporter's series.
    pub series_if_name: String,
    /// ifConnectorPresent.
    pub connector_present: Option<bool>,
    /// Whether it is made of other interfaces.
    pub is_lag: bool,
    /// ifLastChange, in hundredths of a second of sysUpTime.
    pub last_change_ticks: Option<u32>,
    /// How many walks in a row have missed it.
    pub missed: i64,
    /// The best type, where it is too unsure to be said.
    pub best_guess: Option<InterfaceType>,
    /// The digest of the rules that came to its label first.
    pub rules: &'a Word,
    /// When they did.
    pub classified_at: Timestamp,
}

impl<'a> Facts<'a> {
    /// Those of an interface.
    pub fn of(interface: &'a Interface) -> Self {
        let (facts, label) = (&interface.facts, &interface.label);
        Self {
            key: &interface.key,
            series_if_name: facts.if_name(),
            connector_present: facts.connector,
            is_lag: facts.is_lag,
            last_change_ticks: facts.last_change,
            missed: interface.missed,
            best_guess: label.best_guess,
            rules: &label.rules,
            classified_at: label.at,
        }
    }
}

/// What someone decided.
#[derive(Debug, Serialize)]
pub struct Override<'a> {
    /// The type.
    pub interface_type: Option<InterfaceType>,
    /// The provider; empty: none.
    pub isp_provider: Option<&'a str>,
    /// Whether it is critical.
    pub is_critical: Option<bool>,
    /// The description that rules read instead of ifAlias.
    pub if_alias: Option<&'a str>,
    /// Labels.
    pub extra_labels: BTreeMap<&'a str, &'a str>,
    /// Who decided.
    pub author: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it should be looked at again, as the device has been replaced since.
    pub review: bool,
}

impl<'a> Override<'a> {
    /// A decision.
    pub fn of(decided: &'a Decision) -> Self {
        let Set { kind, provider, critical, alias, labels } = &decided.set;
        Self {
            interface_type: *kind,
            isp_provider: provider.as_ref().map(|provider| provider.as_deref().unwrap_or_default()),
            is_critical: *critical,
            if_alias: alias.as_deref(),
            extra_labels: labels.iter().map(|(name, text)| (&**name, text.as_str())).collect(),
            author: &decided.author,
            reason: &decided.reason,
            created_at: decided.created,
            expires_at: decided.expires,
            review: decided.review,
        }
    }
}

/// Who is at the other end.
#[derive(Debug, Serialize)]
pub struct Neighbour<'a> {
    /// The name it gives itself, or that of the inventory.
    pub name: &'a str,
    /// What it says it is.
    pub platform: &'a str,
    /// What it says it can do.
    pub capabilities: Vec<&'static str>,
    /// The label `role`, where it is a device of ours.
    pub role: Option<&'a str>,
    /// The label `site`, where it is a device of ours.
    pub site: Option<&'a str>,
}

impl<'a> Neighbour<'a> {
    /// A neighbour.
    pub fn of(facts: &'a NeighbourFacts) -> Self {
        Self {
            name: &facts.name,
            platform: &facts.platform,
            capabilities: facts.capabilities.iter().map(|capability| capability.as_str()).collect(),
            role: facts.role.as_deref(),
            site: facts.site.as_deref(),
        }
    }
}

/// What held of an interface from when to when.
#[derive(Debug, Serialize)]
pub struct HistoryRange {
    /// Since when.
    pub valid_from: Timestamp,
    /// Until when; `None`: it still does.
    pub valid_to: Option<Timestamp>,
    /// Its name.
    pub if_name: String,
    /// Its description.
    pub if_alias: String,
    /// Bits a second.
    pub speed: Option<u64>,
    /// ifAdminStatus.
    pub admin_status: Option<&'static str>,
    /// What it was.
    pub interface_type: InterfaceType,
    /// Whose line it was.
    pub isp_provider: Option<Word>,
    /// Whether it was critical.
    pub is_critical: bool,
}

impl From<Range> for HistoryRange {
    fn from(range: Range) -> Self {
        Self {
            valid_from: range.from,
            valid_to: range.until,
            if_name: range.if_name,
            if_alias: range.alias,
            speed: range.speed_bps,
            admin_status: range.admin.map(Status::as_str),
            interface_type: range.interface_type,
            isp_provider: range.provider,
            is_critical: range.critical,
        }
    }
}

/// A device in a list.
#[derive(Debug, Serialize)]
pub struct DeviceRow<'a> {
    /// Its number.
    pub id: DeviceId,
    /// Its name in the inventory.
    pub name: &'a str,
    /// Its address in the inventory.
    pub address: &'a str,
    /// Its labels in the inventory.
    pub labels: &'a BTreeMap<String, String>,
    /// sysName.
    pub sys_name: &'a str,
    /// entPhysicalModelName of the chassis.
    pub model: &'a str,
    /// entPhysicalSerialNum of the chassis.
    pub serial: &'a str,
    /// How many interfaces it has.
    pub interfaces: usize,
    /// How many of them are critical.
    pub critical_interfaces: usize,
    /// How many of them are up, critical or not.
    pub interfaces_up: usize,
    /// When the first walk that brought something began.
    pub first_seen: Option<Timestamp>,
    /// When the last walk began, whatever came of it.
    pub last_walk: Option<Timestamp>,
    /// How long it took.
    pub last_walk_seconds: Option<f64>,
    /// When the last walk that brought something began.
    pub last_success: Option<Timestamp>,
    /// What was wrong with the last walk.
    pub last_error: Option<&'a str>,
    /// How many walks in a row have brought nothing.
    pub failures: i64,
    /// When the next walk is due; `None`: now.
    pub next_walk: Option<Timestamp>,
    /// Since when it is being walked, where it is.
    pub walking_since: Option<Timestamp>,
}

/// What is known of a device's walks beside its state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Walks {
    /// When the next is due.
    pub next: Option<Timestamp>,
    /// Since when one is under way.
    pub since: Option<Timestamp>,
}

impl<'a> DeviceRow<'a> {
    /// A device, with the rows of its interfaces.
    pub fn of(device: &'a DeviceState, rows: &[Row], walks: Walks) -> Self {
        let (head, facts) = (&device.head, &device.head.facts);
        let count = |admit: fn(&Row) -> bool| rows.iter().filter(|row| !row.gone && admit(row)).count();
        Self {
            id: device.id,
            name: &facts.name,
            address: &facts.address,
            labels: &facts.labels,
            sys_name: &facts.sys_name,
            model: &facts.model,
            serial: &facts.serial,
            interfaces: count(|_| true),
            critical_interfaces: count(|row| row.critical),
            interfaces_up: count(|row| row.oper == Some(Status::Up)),
            first_seen: head.first_seen,
            last_walk: head.last_walk,
            last_walk_seconds: head.last_walk.map(|_| head.last_walk_ms as f64 / 1e3),
            last_success: head.last_ok,
            last_error: head.last_error.as_deref(),
            failures: head.failures,
            next_walk: walks.next,
            walking_since: walks.since,
        }
    }
}

/// One device, with everything that is known of it.
#[derive(Debug, Serialize)]
pub struct DeviceDetail<'a> {
    /// As it is in lists.
    pub device: DeviceRow<'a>,
    /// sysDescr.
    pub sys_descr: &'a str,
    /// sysObjectID.
    pub sys_object_id: &'a str,
    /// sysLocation.
    pub location: &'a str,
    /// The chassis' own MAC address.
    pub chassis: &'a str,
    /// snmpEngineID.
    pub engine_id: &'a str,
    /// Which piece of hardware of that name it is.
    pub generation: i64,
    /// How many interfaces of each type it has.
    pub interfaces_by_type: BTreeMap<&'static str, usize>,
    /// Its last walks, the latest first; `None` where the database does not say.
    pub walks: Option<Vec<WalkRow>>,
    /// Why it does not.
    pub walks_problem: Option<String>,
}

/// How a walk went.
#[derive(Debug, Serialize)]
pub struct WalkRow {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// `complete`, `partial` or `failed`.
    pub outcome: &'static str,
    /// What was wrong.
    pub error: Option<String>,
    /// How many interfaces it found.
    pub interfaces: i64,
    /// How many of them were new or had changed.
    pub changed: i64,
}

impl From<Run> for WalkRow {
    fn from(run: Run) -> Self {
        Self {
            started_at: run.started,
            seconds: run.took_ms as f64 / 1e3,
            outcome: Outcome::as_str(run.outcome),
            error: run.error,
            interfaces: run.interfaces,
            changed: run.changed,
        }
    }
}

/// Something that happened.
#[derive(Debug, Serialize)]
pub struct EventRow {
    /// Its number; later ones have greater ones.
    pub id: i64,
    /// When it was noticed.
    pub at: Timestamp,
    /// What happened.
    pub kind: &'static str,
    /// Whose it is.
    pub device_id: DeviceId,
    /// The device's name, where it is in the inventory.
    pub device_name: Option<String>,
    /// The interface, where it is about one.
    pub interface_id: Option<InterfaceId>,
    /// Its name.
    pub if_name: String,
    /// What was before.
    pub old_value: String,
    /// What is now.
    pub new_value: String,
}

impl EventRow {
    /// An event of the store.
    pub fn of(stored: StoredEvent, snapshot: &Snapshot) -> Self {
        let device = snapshot.device_by_id(stored.device);
        Self {
            id: stored.id,
            at: stored.event.at,
            kind: stored.event.kind.as_str(),
            device_id: stored.device,
            device_name: device.map(|device| device.head.facts.name.clone()),
            interface_id: stored.event.interface,
            if_name: stored.event.if_name,
            old_value: stored.event.old,
            new_value: stored.event.new,
        }
    }
}
