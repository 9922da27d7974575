//! Something that happened.

use serde::Serialize;

use super::super::snapshot::Snapshot;
use crate::state::{DeviceId, InterfaceId};
use crate::store::StoredEvent;
use crate::timestamp::Timestamp;

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
