//! What answers look like: the JSON of interfaces and devices. Names are those of the view `device_interfaces`
//! (docs/SQL.md). Pure; `schemas/` describes the same for the document, and tests hold one against the other.

mod detail;
mod device;
mod event;
mod series;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::snapshot::{Row, Snapshot, shown_mac};
use crate::facts::{Duplex, InterfaceFacts, Status};
use crate::kind::InterfaceType;
use crate::state::{DeviceId, DeviceState, Interface, InterfaceId};
use crate::timestamp::Timestamp;
use crate::word::Word;

pub use detail::{Facts, HistoryRange, InterfaceDetail, Neighbour, Override};
pub use device::{DeviceDetail, DeviceRow, WalkRow, Walks};
pub use event::EventRow;
pub use series::{Known, Named, Point, SummaryRow, points};

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
