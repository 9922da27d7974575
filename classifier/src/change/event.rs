//! What people want to hear of.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::facts::Status;
use crate::state::{Interface, InterfaceId, Label};
use crate::timestamp::Timestamp;

/// Something that happened to a device or one of its interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it was noticed.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The interface, where it is about one.
    pub interface: Option<InterfaceId>,
    /// The interface's name.
    pub if_name: String,
    /// What was before.
    pub old: String,
    /// What is now.
    pub new: String,
}

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A device was walked for the first time; new: how many interfaces it has. They have no events of their own.
    Discovered,
    /// An interface is new.
    Appeared,
    /// An interface that had been given up is back.
    Returned,
    /// An interface was given up, after enough walks without it.
    Gone,
    /// Its name is another.
    Renamed,
    /// Its ifIndex is another.
    Reindexed,
    /// Its description (ifAlias) is another.
    DescriptionChanged,
    /// Its speed is another, in bits a second.
    SpeedChanged,
    /// Its ifOperStatus is another.
    StatusChanged,
    /// Its ifAdminStatus is another.
    AdminStatusChanged,
    /// It is of another type.
    TypeChanged,
    /// It is another provider's.
    ProviderChanged,
    /// It has become critical, or no longer is.
    CriticalChanged,
    /// Other hardware answers under the device's name.
    DeviceReplaced,
    /// The hardware of this device was known under another name before.
    DeviceMoved,
    /// The hardware of this device answers under another name too.
    DeviceDuplicate,
    /// Someone decided about an interface; new: author and reason.
    OverrideSet,
    /// A decision was taken back, or has ended.
    OverrideRemoved,
    /// Somebody is at the other end of an interface that had nobody; new: the device and its interface.
    LinkAppeared,
    /// Nobody is there any more; old: who was.
    LinkLost,
    /// Somebody else is there.
    NeighbourChanged,
    /// An operator has said who is there; new: author and reason.
    ManualLinkSet,
    /// That was taken back.
    ManualLinkRemoved,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Discovered,
        Self::Appeared,
        Self::Returned,
        Self::Gone,
        Self::Renamed,
        Self::Reindexed,
        Self::DescriptionChanged,
        Self::SpeedChanged,
        Self::StatusChanged,
        Self::AdminStatusChanged,
        Self::TypeChanged,
        Self::ProviderChanged,
        Self::CriticalChanged,
        Self::DeviceReplaced,
        Self::DeviceMoved,
        Self::DeviceDuplicate,
        Self::OverrideSet,
        Self::OverrideRemoved,
        Self::LinkAppeared,
        Self::LinkLost,
        Self::NeighbourChanged,
        Self::ManualLinkSet,
        Self::ManualLinkRemoved,
    ];

    /// The word for it in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Appeared => "appeared",
            Self::Returned => "returned",
            Self::Gone => "gone",
            Self::Renamed => "renamed",
            Self::Reindexed => "reindexed",
            Self::DescriptionChanged => "description_changed",
            Self::SpeedChanged => "speed_changed",
            Self::StatusChanged => "status_changed",
            Self::AdminStatusChanged => "admin_status_changed",
            Self::TypeChanged => "type_changed",
            Self::ProviderChanged => "provider_changed",
            Self::CriticalChanged => "critical_changed",
            Self::DeviceReplaced => "device_replaced",
            Self::DeviceMoved => "device_moved",
            Self::DeviceDuplicate => "device_duplicate",
            Self::OverrideSet => "override_set",
            Self::OverrideRemoved => "override_removed",
            Self::LinkAppeared => "link_appeared",
            Self::LinkLost => "link_lost",
            Self::NeighbourChanged => "neighbour_changed",
            Self::ManualLinkSet => "manual_link_set",
            Self::ManualLinkRemoved => "manual_link_removed",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An event of a device.
pub(super) fn device(at: Timestamp, kind: EventKind, old: String, new: String) -> Event {
    Event { at, kind, interface: None, if_name: String::new(), old, new }
}

/// An event of an interface.
pub(super) fn interface(at: Timestamp, kind: EventKind, of: &Interface) -> Event {
    let if_name = of.facts.key();
    Event { at, kind, interface: Some(of.id), if_name, old: String::new(), new: String::new() }
}

/// What is different between two states of an interface.
pub(super) fn differences(at: Timestamp, was: &Interface, is: &Interface) -> Vec<Event> {
    let status = |status: Option<Status>| status.map_or("", Status::as_str);
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let provider = |label: &Label| label.provider.as_deref().unwrap_or_default().to_owned();
    let mut events = Vec::new();
    let mut note =
        |kind, old: String, new: String| events.push(Event { old, new, ..interface(at, kind, is) });

    let (old, new) = (&was.facts, &is.facts);
    if old.key() != new.key() {
        note(EventKind::Renamed, old.key(), new.key());
    }
    if old.if_index != new.if_index {
        note(EventKind::Reindexed, old.if_index.to_string(), new.if_index.to_string());
    }
    if old.alias != new.alias {
        note(EventKind::DescriptionChanged, old.alias.clone(), new.alias.clone());
    }
    if old.speed_bps != new.speed_bps {
        note(EventKind::SpeedChanged, number(old.speed_bps), number(new.speed_bps));
    }
    if old.oper != new.oper {
        note(EventKind::StatusChanged, status(old.oper).into(), status(new.oper).into());
    }
    if old.admin != new.admin {
        note(EventKind::AdminStatusChanged, status(old.admin).into(), status(new.admin).into());
    }

    let (old, new) = (&was.label, &is.label);
    if old.interface_type != new.interface_type {
        note(EventKind::TypeChanged, old.interface_type.to_string(), new.interface_type.to_string());
    }
    if old.provider != new.provider {
        note(EventKind::ProviderChanged, provider(old), provider(new));
    }
    if old.critical.critical != new.critical.critical {
        let (old, new) = (old.critical.critical, new.critical.critical);
        note(EventKind::CriticalChanged, old.to_string(), new.to_string());
    }
    events
}
