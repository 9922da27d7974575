//! How changes become rows: the order of it, the same for both databases.

use std::collections::HashMap;

use super::rows::{self, CLASSIFICATIONS, DEVICES, EVENTS, HISTORY, INTERFACES, RUNS, SURROUNDINGS};
use super::table::{Cell, Kind, Statement, insert, unnest};
use super::{Keep, LinkNews, Result, SaidLink, Versioned, Written};
use crate::change::Event;
use crate::state::DeviceId;
use crate::timestamp::Timestamp;

/// A transaction, as far as writing changes needs one.
pub(super) trait Transaction {
    /// Locks devices until the end of the transaction: their revisions, and the tags of their last writes.
    fn lock(&mut self, devices: &[DeviceId]) -> Result<HashMap<DeviceId, (i64, i64)>>;

    /// Runs a statement for all rows, and says how many rows it wrote.
    fn many(&mut self, statement: &Statement, rows: &[Vec<Cell<'_>>]) -> Result<u64>;
}

/// The statements that writing takes, made once.
#[derive(Debug)]
pub(super) struct Statements {
    device: Statement,
    surroundings: Statement,
    free_key: Statement,
    interface: Statement,
    classification: Statement,
    review: Statement,
    close: Statement,
    open: Statement,
    event: Statement,
    run: Statement,
}

impl Default for Statements {
    fn default() -> Self {
        let custom = |sqlite: &str, postgres: &str, kinds: &[Kind], names: &str| Statement {
            sqlite: sqlite.into(),
            postgres: format!("{postgres} FROM {} AS new({names})", unnest(kinds)),
            kinds: kinds.to_vec(),
        };
        let with = |statement: Statement, condition: &str| Statement {
            postgres: format!("{} WHERE {condition}", statement.postgres),
            ..statement
        };
        Self {
            device: DEVICES.update(),
            surroundings: SURROUNDINGS.upsert(),
            // Two interfaces may swap their keys, so all keys that change are free before one is given.
            free_key: with(
                custom(
                    "UPDATE interfaces SET if_key = '~' || id WHERE id = ?1 AND if_key <> ?2",
                    "UPDATE interfaces SET if_key = '~' || interfaces.id",
                    &[Kind::Int, Kind::Text],
                    "id, if_key",
                ),
                "interfaces.id = new.id AND interfaces.if_key <> new.if_key",
            ),
            interface: INTERFACES.upsert(),
            classification: CLASSIFICATIONS.upsert(),
            review: with(
                custom(
                    "UPDATE overrides SET review = 1 WHERE interface_id IN (SELECT id FROM interfaces WHERE device_id = ?1)",
                    "UPDATE overrides SET review = true",
                    &[Kind::Int],
                    "id",
                ),
                "interface_id IN (SELECT id FROM interfaces WHERE device_id = new.id)",
            ),
            close: with(
                custom(
                    "UPDATE interface_history SET valid_to = ?2 WHERE interface_id = ?1 AND valid_to IS NULL",
                    "UPDATE interface_history SET valid_to = new.valid_to",
                    &[Kind::Int, Kind::Time],
                    "interface_id, valid_to",
                ),
                "interface_history.interface_id = new.interface_id AND interface_history.valid_to IS NULL",
            ),
            open: insert("interface_history", HISTORY.iter().copied()),
            event: insert("events", EVENTS.iter().copied()),
            run: insert("discovery_runs", RUNS.iter().copied()),
        }
    }
}

/// Writes changes, each device's whole or not at all. The caller commits.
pub(super) fn write(
    transaction: &mut impl Transaction,
    statements: &Statements,
    changes: &[Versioned<'_>],
    tag: i64,
    instance: &str,
) -> Result<Vec<Written>> {
    let devices: Vec<DeviceId> = changes.iter().map(|versioned| versioned.changes.device).collect();
    let stored = transaction.lock(&devices)?;
    let verdicts: Vec<Verdict> = changes
        .iter()
        .map(|versioned| judge(versioned, stored.get(&versioned.changes.device), tag))
        .collect();
    let accepted: Vec<&Versioned<'_>> = changes
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| **verdict == Verdict::Write)
        .map(|(v, _)| v)
        .collect();

    let mut many = |statement: &Statement, rows: Vec<Vec<Cell<'_>>>| -> Result<()> {
        if !rows.is_empty() {
            transaction.many(statement, &rows)?;
        }
        Ok(())
    };
    let each = || accepted.iter().map(|versioned| versioned.changes);
    let facts = || each().flat_map(|changes| &changes.rows).filter(|row| row.facts);

    let heads = accepted.iter().map(|v| rows::device(v.changes.device, &v.changes.head, v.revision + 1, tag));
    many(&statements.device, heads.collect())?;
    let heard =
        each().filter_map(|changes| Some(rows::surroundings(changes.device, changes.heard.as_ref()?)));
    many(&statements.surroundings, heard.collect())?;
    let keys = facts()
        .filter(|row| !row.new)
        .map(|row| vec![row.interface.id.0.into(), (&row.interface.key).into()]);
    many(&statements.free_key, keys.collect())?;
    many(&statements.interface, facts().map(|row| rows::interface(&row.interface)).collect())?;
    let explained = each().flat_map(|changes| &changes.rows);
    let explained = explained.filter_map(|row| Some(rows::classification(row, row.explanation.as_deref()?)));
    many(&statements.classification, explained.collect())?;
    let replaced = each().filter(|changes| changes.replaced).map(|changes| vec![changes.device.0.into()]);
    many(&statements.review, replaced.collect())?;
    let closed = each().flat_map(|changes| &changes.closed).map(|(id, end)| vec![id.0.into(), (*end).into()]);
    many(&statements.close, closed.collect())?;
    many(&statements.open, each().flat_map(|changes| &changes.opened).map(rows::range).collect())?;
    let events =
        each().flat_map(|changes| changes.events.iter().map(|event| rows::event(changes.device, event)));
    many(&statements.event, events.collect())?;
    let runs =
        each().flat_map(|changes| changes.runs.iter().map(|run| rows::run(changes.device, instance, run)));
    many(&statements.run, runs.collect())?;

    let written = changes.iter().zip(verdicts).map(|(versioned, verdict)| match verdict {
        Verdict::Write | Verdict::WrittenBefore => Written::Yes(versioned.revision + 1),
        Verdict::Conflict => Written::Conflict,
        Verdict::Unknown => Written::Unknown,
    });
    Ok(written.collect())
}

/// Writes links that are there, ends those that are no more, and notes what happened. The caller commits.
pub(super) fn write_links(transaction: &mut impl Transaction, news: &LinkNews<'_>) -> Result<()> {
    let mut many = |statement: &Statement, rows: Vec<Vec<Cell<'_>>>| match rows.is_empty() {
        true => Ok(0),
        false => transaction.many(statement, &rows),
    };
    // Events are told by what is there before; those that end make room for those that begin.
    many(&rows::happened(), news.events.iter().map(rows::happening).collect())?;
    many(&rows::close_link(), news.ended.iter().map(rows::ended_link).collect())?;
    many(&rows::upsert_link(), news.links.iter().map(rows::link).collect())?;
    Ok(())
}

/// Writes what an operator has said of a link, or takes it back. The caller commits. `false`: there is no such link.
pub(super) fn say_link(
    transaction: &mut impl Transaction,
    said: &SaidLink<'_>,
    events: &[(DeviceId, Event)],
) -> Result<bool> {
    let count = match said {
        SaidLink::Is(link) => transaction.many(&rows::upsert_manual(), &[rows::manual(link)])?,
        SaidLink::IsNot(id) => transaction.many(&rows::delete_manual(), &[vec![(*id).into()]])?,
    };
    let events: Vec<_> = events.iter().map(|(device, event)| rows::event(*device, event)).collect();
    if count > 0 && !events.is_empty() {
        transaction.many(&insert("events", EVENTS.iter().copied()), &events)?;
    }
    Ok(count > 0)
}

/// The statements that delete what is older than it is kept, each with its moment. Interfaces go before devices, as
/// both take their history with them.
pub(super) fn pruning(keep: &Keep) -> Vec<(&'static str, Timestamp)> {
    let statements = [
        (keep.runs_since, "DELETE FROM discovery_runs WHERE started_at < $1"),
        (keep.status_events_since, "DELETE FROM events WHERE kind = 'status_changed' AND at < $1"),
        (keep.events_since, "DELETE FROM events WHERE at < $1"),
        (keep.history_since, "DELETE FROM interface_history WHERE valid_to < $1"),
        (keep.history_since, "DELETE FROM links WHERE valid_to < $1"),
        // Who remembers one of these interfaces must look again before it writes.
        (
            keep.retired_since,
            "UPDATE devices SET revision = revision + 1 WHERE id IN (SELECT device_id FROM interfaces \
             WHERE retired_at < $1 AND NOT EXISTS (SELECT 1 FROM overrides WHERE interface_id = interfaces.id))",
        ),
        (
            keep.retired_since,
            "DELETE FROM interfaces WHERE retired_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM overrides WHERE interface_id = interfaces.id)",
        ),
        (keep.listed_since, "DELETE FROM devices WHERE listed_at < $1"),
    ];
    statements.into_iter().filter_map(|(since, sql)| Some((sql, since?))).collect()
}

/// What is to be done with one device's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Write,
    /// By this very write, whose answer was lost.
    WrittenBefore,
    Conflict,
    Unknown,
}

fn judge(versioned: &Versioned<'_>, stored: Option<&(i64, i64)>, tag: i64) -> Verdict {
    match stored {
        None => Verdict::Unknown,
        Some((revision, _)) if *revision == versioned.revision => Verdict::Write,
        Some((revision, last)) if *revision == versioned.revision + 1 && *last == tag => {
            Verdict::WrittenBefore
        }
        Some(_) => Verdict::Conflict,
    }
}
