//! One interface, with everything that is known of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::InterfaceRow;
use crate::change::Range;
use crate::classification::Classification;
use crate::facts::{NeighbourFacts, Status};
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::state::{Decision, Interface};
use crate::timestamp::Timestamp;
use crate::word::Word;

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
    /// An operator has said so.
    pub manual: bool,
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
            manual: facts.manual,
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
