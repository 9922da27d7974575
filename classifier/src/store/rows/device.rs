//! Devices as rows.

use std::sync::Arc;

use super::{Read, Reader, Result, json};
use crate::facts::DeviceFacts;
use crate::state::{DeviceHead, DeviceId};
use crate::store::table::Kind::{Int, Json, Text, Time};
use crate::store::table::{Cell, Table};
use crate::topology::surroundings::Surroundings;

pub(in crate::store) const DEVICES: Table = Table {
    name: "devices",
    key: "id",
    columns: &[
        ("address", Text),
        ("labels", Json),
        ("sys_object_id", Text),
        ("sys_name", Text),
        ("sys_descr", Text),
        ("location", Text),
        ("model", Text),
        ("serial", Text),
        ("chassis", Text),
        ("engine_id", Text),
        ("generation", Int),
        ("first_seen", Time),
        ("last_walk_ok", Time),
        ("last_walk", Time),
        ("last_walk_ms", Int),
        ("last_error", Text),
        ("failures", Int),
        ("gates", Text),
        ("interfaces_ever", Int),
        ("noted_at", Time),
        ("neighbours_at", Time),
        ("revision", Int),
        ("write_tag", Int),
    ],
};

pub(in crate::store) fn device(id: DeviceId, head: &DeviceHead, revision: i64, tag: i64) -> Vec<Cell<'_>> {
    let facts = &*head.facts;
    vec![
        id.0.into(),
        (&facts.address).into(),
        json(&facts.labels).into(),
        (&facts.sys_object_id).into(),
        (&facts.sys_name).into(),
        (&facts.sys_descr).into(),
        (&facts.location).into(),
        (&facts.model).into(),
        (&facts.serial).into(),
        (&facts.chassis).into(),
        (&facts.engine_id).into(),
        head.generation.into(),
        head.first_seen.into(),
        head.last_ok.into(),
        head.last_walk.into(),
        head.last_walk_ms.into(),
        head.last_error.as_deref().into(),
        head.failures.into(),
        (&head.gates).into(),
        head.interfaces_ever.into(),
        head.noted.into(),
        head.neighbours_at.into(),
        revision.into(),
        tag.into(),
    ]
}

pub(in crate::store) const SURROUNDINGS: Table =
    Table { name: "surroundings", key: "device_id", columns: &[("heard", Text)] };

pub(in crate::store) fn surroundings(id: DeviceId, heard: &Surroundings) -> Vec<Cell<'static>> {
    vec![id.0.into(), json(heard).into()]
}

/// A device without its interfaces: its number, its revision, itself, who it hears.
pub(in crate::store) type Stored = (DeviceId, i64, DeviceHead, Surroundings);

/// Reads the columns of [`DEVICES`], the name, and what the device hears.
pub(in crate::store) fn read_device(row: &impl Read) -> Result<Stored> {
    let mut row = Reader::new(row);
    let id = DeviceId(row.int()?);
    let mut facts = DeviceFacts {
        address: row.text()?,
        labels: row.json("devices.labels")?,
        sys_object_id: row.text()?,
        sys_name: row.text()?,
        sys_descr: row.text()?,
        location: row.text()?,
        model: row.text()?,
        serial: row.text()?,
        chassis: row.text()?,
        engine_id: row.text()?,
        ..DeviceFacts::default()
    };
    let mut head = DeviceHead {
        generation: row.int()?,
        first_seen: row.maybe_time()?,
        last_ok: row.maybe_time()?,
        last_walk: row.maybe_time()?,
        last_walk_ms: row.int()?,
        last_error: row.maybe_text()?,
        failures: row.int()?,
        gates: row.text()?,
        interfaces_ever: row.int()?,
        noted: row.maybe_time()?,
        neighbours_at: row.maybe_time()?,
        ..DeviceHead::default()
    };
    let (revision, _tag) = (row.int()?, row.int()?);
    facts.name = row.text()?;
    head.facts = Arc::new(facts);
    // What an older version has written is read again by the next walk.
    let heard = row.maybe_text()?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok((id, revision, head, heard))
}
