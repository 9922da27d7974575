//! What has happened, as rows: ranges of history, events, walks.

use super::{Read, Reader, Result, odd, read_type, status};
use crate::change::{Event, EventKind, Outcome, Range, Run};
use crate::facts::Status;
use crate::state::{DeviceId, InterfaceId};
use crate::store::StoredEvent;
use crate::store::table::Kind::{Bool, Int, Text, Time};
use crate::store::table::{Cell, Kind};
use crate::word::Word;

pub(in crate::store) const HISTORY: &[(&str, Kind)] = &[
    ("interface_id", Int),
    ("valid_from", Time),
    ("valid_to", Time),
    ("if_name", Text),
    ("if_alias", Text),
    ("speed_bps", Int),
    ("admin_status", Int),
    ("interface_type", Text),
    ("isp_provider", Text),
    ("is_critical", Bool),
];

pub(in crate::store) fn range(range: &Range) -> Vec<Cell<'_>> {
    vec![
        range.interface.0.into(),
        range.from.into(),
        range.until.into(),
        (&range.if_name).into(),
        (&range.alias).into(),
        range.speed_bps.into(),
        range.admin.map(status).into(),
        range.interface_type.as_str().into(),
        range.provider.as_deref().into(),
        range.critical.into(),
    ]
}

pub(in crate::store) fn read_range(row: &impl Read) -> Result<Range> {
    let mut row = Reader::new(row);
    Ok(Range {
        interface: InterfaceId(row.int()?),
        from: row.time()?,
        until: row.maybe_time()?,
        if_name: row.text()?,
        alias: row.text()?,
        speed_bps: row.unsigned()?,
        admin: row.maybe_int()?.and_then(Status::from_number),
        interface_type: read_type(&row.text()?)?,
        provider: row.maybe_text()?.map(Word::from),
        critical: row.bool()?,
    })
}

pub(in crate::store) const EVENTS: &[(&str, Kind)] = &[
    ("device_id", Int),
    ("at", Time),
    ("kind", Text),
    ("interface_id", Int),
    ("if_name", Text),
    ("old_value", Text),
    ("new_value", Text),
];

pub(in crate::store) fn event(device: DeviceId, event: &Event) -> Vec<Cell<'_>> {
    vec![
        device.0.into(),
        event.at.into(),
        event.kind.as_str().into(),
        event.interface.map(|interface| interface.0).into(),
        (&event.if_name).into(),
        (&event.old).into(),
        (&event.new).into(),
    ]
}

/// Reads the number and then the columns of [`EVENTS`].
pub(in crate::store) fn read_event(row: &impl Read) -> Result<StoredEvent> {
    let mut row = Reader::new(row);
    let (id, device) = (row.int()?, DeviceId(row.int()?));
    let (at, kind) = (row.time()?, row.text()?);
    let event = Event {
        at,
        kind: EventKind::from_word(&kind).ok_or_else(|| odd("events.kind", &format!("{kind:?}")))?,
        interface: row.maybe_int()?.map(InterfaceId),
        if_name: row.text()?,
        old: row.text()?,
        new: row.text()?,
    };
    Ok(StoredEvent { id, device, event })
}

pub(in crate::store) const RUNS: &[(&str, Kind)] = &[
    ("device_id", Int),
    ("instance", Text),
    ("started_at", Time),
    ("took_ms", Int),
    ("outcome", Text),
    ("error", Text),
    ("interfaces", Int),
    ("changed", Int),
];

pub(in crate::store) fn run<'a>(device: DeviceId, instance: &'a str, run: &'a Run) -> Vec<Cell<'a>> {
    vec![
        device.0.into(),
        instance.into(),
        run.started.into(),
        run.took_ms.into(),
        run.outcome.as_str().into(),
        run.error.as_deref().into(),
        run.interfaces.into(),
        run.changed.into(),
    ]
}

/// Reads the columns of [`RUNS`] from the third on.
pub(in crate::store) fn read_run(row: &impl Read) -> Result<Run> {
    let mut row = Reader::new(row);
    let (started, took_ms, outcome) = (row.time()?, row.int()?, row.text()?);
    let outcome = Outcome::ALL
        .into_iter()
        .find(|known| known.as_str() == outcome)
        .ok_or_else(|| odd("discovery_runs.outcome", &format!("{outcome:?}")))?;
    Ok(Run {
        started,
        took_ms,
        outcome,
        error: row.maybe_text()?,
        interfaces: row.int()?,
        changed: row.int()?,
    })
}
