//! Links as rows.

use serde::{Deserialize, Serialize};

use super::{Read, Reader, Result, json, odd};
use crate::store::table::Kind::{Int, Real, Text, Time};
use crate::store::table::{Cell, Kind, Statement, insert, unnest};
use crate::timestamp::Timestamp;
use crate::topology::known::{Ends, KnownLink, LinkState, Port, Said};

/// The columns of a link that is there.
pub(in crate::store) const LINKS: &[(&str, Kind)] = &[
    ("a_device", Text),
    ("a_if_name", Text),
    ("b_device", Text),
    ("b_if_name", Text),
    ("protocol", Text),
    ("confidence", Real),
    ("state", Text),
    ("state_since", Time),
    ("last_seen", Time),
    ("missed", Int),
    ("details", Text),
    ("valid_from", Time),
];

/// What has no column of its own.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Details {
    seen_by: [bool; 2],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shared: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    manual: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<SaidRow>,
    aggregates: [String; 2],
    counted: i64,
}

/// What an operator has said of it.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct SaidRow {
    author: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl SaidRow {
    fn of(said: &Said) -> Self {
        let Said { author, reason, expires_at } = said.clone();
        Self { author, reason, expires_at: expires_at.map(Timestamp::as_millis) }
    }

    fn said(self) -> Box<Said> {
        let Self { author, reason, expires_at } = self;
        Box::new(Said { author, reason, expires_at: expires_at.map(Timestamp::from_millis) })
    }
}

/// Writes links that are there, over what was known of them.
pub(in crate::store) fn upsert() -> Statement {
    let set: Vec<String> =
        LINKS.iter().skip(4).map(|(name, _)| format!("{name} = excluded.{name}")).collect();
    let conflict = format!(
        " ON CONFLICT (a_device, a_if_name, b_device, b_if_name) WHERE valid_to IS NULL DO UPDATE SET {}",
        set.join(", ")
    );
    let Statement { sqlite, postgres, kinds } = insert("links", LINKS.iter().copied());
    Statement { sqlite: sqlite + &conflict, postgres: postgres + &conflict, kinds }
}

/// The condition for links that are there now, or were at a moment, where the parameter is not NULL.
pub(in crate::store) fn of_moment(typed: &str, parameter: &str) -> String {
    format!(
        "({typed} IS NULL AND valid_to IS NULL) OR (valid_from <= {parameter} AND (valid_to IS NULL OR valid_to > {parameter}))"
    )
}

/// Ends links.
pub(in crate::store) fn close() -> Statement {
    let kinds = vec![Text, Text, Text, Text, Time];
    Statement {
        sqlite: "UPDATE links SET valid_to = ?5 WHERE a_device = ?1 AND a_if_name = ?2 AND b_device = ?3 \
                 AND b_if_name = ?4 AND valid_to IS NULL"
            .into(),
        postgres: format!(
            "UPDATE links SET valid_to = new.valid_to FROM {} AS new(a_device, a_if_name, b_device, b_if_name, valid_to) \
             WHERE links.a_device = new.a_device AND links.a_if_name = new.a_if_name \
             AND links.b_device = new.b_device AND links.b_if_name = new.b_if_name AND links.valid_to IS NULL",
            unnest(&kinds)
        ),
        kinds,
    }
}

pub(in crate::store) fn link(link: &KnownLink) -> Vec<Cell<'_>> {
    let details = Details {
        seen_by: link.seen_by,
        shared: link.shared,
        manual: link.manual,
        said: link.said.as_deref().map(SaidRow::of),
        aggregates: link.aggregates.clone(),
        counted: link.counted.as_millis(),
    };
    let mut cells = ends(&link.ends);
    cells.extend([
        (&link.protocol).into(),
        Cell::Real(link.confidence),
        link.state.as_str().into(),
        link.state_since.into(),
        link.last_seen.into(),
        i64::from(link.missed).into(),
        json(&details).into(),
        link.valid_from.into(),
    ]);
    cells
}

pub(in crate::store) fn ended((link, at): &(Ends, Timestamp)) -> Vec<Cell<'_>> {
    let mut cells = ends(link);
    cells.push((*at).into());
    cells
}

pub(in crate::store) fn ends(ends: &Ends) -> Vec<Cell<'_>> {
    ends.both().into_iter().flat_map(|port| [Cell::from(&port.device), Cell::from(&port.if_name)]).collect()
}

/// Reads the columns of [`LINKS`].
pub(in crate::store) fn read_link(row: &impl Read) -> Result<KnownLink> {
    let mut row = Reader::new(row);
    let mut port = || Ok(Port { device: row.text()?, if_name: row.text()? });
    let (a, b) = (port()?, port()?);
    let (protocol, confidence, state) = (row.text()?, row.real()?, row.text()?);
    let state = LinkState::ALL.into_iter().find(|known| known.as_str() == state);
    let state = state.ok_or_else(|| odd("links.state", "another state"))?;
    let (state_since, last_seen, missed) = (row.time()?, row.time()?, row.int()?);
    let Details { seen_by, shared, manual, said, aggregates, counted } = row.json("links.details")?;
    Ok(KnownLink {
        ends: Ends { a, b },
        protocol,
        confidence,
        seen_by,
        shared,
        manual,
        said: said.map(SaidRow::said),
        aggregates,
        state,
        state_since,
        valid_from: row.time()?,
        last_seen,
        missed: u32::try_from(missed).unwrap_or_default(),
        counted: Timestamp::from_millis(counted),
    })
}
