//! Devices and how their walks went.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::snapshot::Row;
use crate::change::{Outcome, Run};
use crate::facts::Status;
use crate::state::{DeviceId, DeviceState};
use crate::timestamp::Timestamp;

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
