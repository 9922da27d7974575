//! What operators have said of links, and what happened to links, as rows.

use super::link::ends;
use super::log::{EVENTS, event};
use super::{Read, Reader, Result};
use crate::store::table::Kind::{Bool, Int, Text, Time};
use crate::store::table::{Cell, Kind, Statement, insert, unnest};
use crate::topology::known::{Ends, Port, Said};
use crate::topology::manual::ManualLink;
use crate::topology::whole::Happened;

/// The columns of what was said, but for its number.
const COLUMNS: &[(&str, Kind)] = &[
    ("a_device", Text),
    ("a_if_name", Text),
    ("b_device", Text),
    ("b_if_name", Text),
    ("author", Text),
    ("reason", Text),
    ("created_at", Time),
    ("expires_at", Time),
];

/// All that was said.
pub(in crate::store) fn select() -> String {
    format!("SELECT id, {} FROM manual_links ORDER BY id", super::names(COLUMNS))
}

/// Says a link, over what was said of it.
pub(in crate::store) fn upsert() -> Statement {
    let conflict = " ON CONFLICT (a_device, a_if_name, b_device, b_if_name) DO UPDATE SET author = excluded.author, \
                    reason = excluded.reason, created_at = excluded.created_at, expires_at = excluded.expires_at";
    let Statement { sqlite, postgres, kinds } = insert("manual_links", COLUMNS.iter().copied());
    Statement { sqlite: sqlite + conflict, postgres: postgres + conflict, kinds }
}

/// Takes links back, by their numbers.
pub(in crate::store) fn delete() -> Statement {
    Statement {
        sqlite: "DELETE FROM manual_links WHERE id = ?1".into(),
        postgres: format!(
            "DELETE FROM manual_links USING {} AS gone(id) WHERE manual_links.id = gone.id",
            unnest(&[Int])
        ),
        kinds: vec![Int],
    }
}

pub(in crate::store) fn manual(link: &ManualLink) -> Vec<Cell<'_>> {
    let mut cells = ends(&link.ends);
    let said = &link.said;
    cells.extend([(&said.author).into(), (&said.reason).into(), link.created.into(), said.expires_at.into()]);
    cells
}

pub(in crate::store) fn read_manual(row: &impl Read) -> Result<ManualLink> {
    let mut row = Reader::new(row);
    let id = Some(row.int()?);
    let mut port = || Ok(Port { device: row.text()?, if_name: row.text()? });
    let (a, b) = (port()?, port()?);
    let (author, reason, created) = (row.text()?, row.text()?, row.time()?);
    let said = Said { author, reason, expires_at: row.maybe_time()? };
    Ok(ManualLink { id, ends: Ends { a, b }, said, created })
}

/// Notes what happened to links, unless the store knows that these links have come or gone: then another classifier was first, and
/// has noted it.
pub(in crate::store) fn happened() -> Statement {
    let names = super::names(EVENTS);
    let kinds: Vec<Kind> =
        EVENTS.iter().map(|(_, kind)| *kind).chain([Text, Text, Text, Text, Bool]).collect();
    let first = EVENTS.len() + 1;
    let at = |nth: usize| format!("?{}", first + nth);
    let values: Vec<String> = (1..first).map(|nth| format!("?{nth}")).collect();
    let selected: Vec<String> = EVENTS.iter().map(|(name, _)| format!("new.{name}")).collect();
    Statement {
        sqlite: format!(
            "INSERT INTO events ({names}) SELECT {} WHERE {} <> EXISTS (SELECT 1 FROM links WHERE a_device = {} \
             AND a_if_name = {} AND b_device = {} AND b_if_name = {} AND valid_to IS NULL)",
            values.join(", "),
            at(4),
            at(0),
            at(1),
            at(2),
            at(3)
        ),
        postgres: format!(
            "INSERT INTO events ({names}) SELECT {} FROM {} AS new({names}, a_device, a_if_name, b_device, b_if_name, begins) \
             WHERE new.begins <> EXISTS (SELECT 1 FROM links WHERE links.a_device = new.a_device \
             AND links.a_if_name = new.a_if_name AND links.b_device = new.b_device AND links.b_if_name = new.b_if_name \
             AND links.valid_to IS NULL)",
            selected.join(", "),
            unnest(&kinds)
        ),
        kinds,
    }
}

pub(in crate::store) fn happening(happened: &Happened) -> Vec<Cell<'_>> {
    let mut cells = event(happened.device, &happened.event);
    cells.extend(ends(&happened.of));
    cells.push(happened.begins.into());
    cells
}
