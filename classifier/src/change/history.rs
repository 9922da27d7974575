//! What held from when to when.

use crate::facts::Status;
use crate::kind::InterfaceType;
use crate::state::{Interface, InterfaceId};
use crate::timestamp::Timestamp;
use crate::word::Word;

/// What was so of an interface over a time. A new range begins only when one of these changes, so that history grows
/// with change and not with time. ifOperStatus is not among them: it has its events, and its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The interface.
    pub interface: InterfaceId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it still is.
    pub until: Option<Timestamp>,
    /// Its name.
    pub if_name: String,
    /// ifAlias.
    pub alias: String,
    /// Its speed in bits a second.
    pub speed_bps: Option<u64>,
    /// ifAdminStatus.
    pub admin: Option<Status>,
    /// What it was.
    pub interface_type: InterfaceType,
    /// Whose line it was.
    pub provider: Option<Word>,
    /// Whether it was critical.
    pub critical: bool,
}

impl Range {
    /// The range that begins with an interface as it is.
    pub(super) fn of(interface: &Interface, from: Timestamp) -> Self {
        Self {
            interface: interface.id,
            from,
            until: None,
            if_name: interface.facts.key(),
            alias: interface.facts.alias.clone(),
            speed_bps: interface.facts.speed_bps,
            admin: interface.facts.admin,
            interface_type: interface.label.interface_type,
            provider: interface.label.provider.clone(),
            critical: interface.label.critical.critical,
        }
    }
}

/// Whether two states of an interface belong to one range.
pub(super) fn same_range(old: &Interface, new: &Interface) -> bool {
    let (facts, label) = (&old.facts, &old.label);
    facts.alias == new.facts.alias
        && facts.speed_bps == new.facts.speed_bps
        && facts.admin == new.facts.admin
        && facts.key() == new.facts.key()
        && label.interface_type == new.label.interface_type
        && label.provider == new.label.provider
        && label.critical.critical == new.label.critical.critical
}
