//! Summaries as rows.

use super::{Read, Reader, Result};
use crate::analytics::summary::{Figure, OneWay, Summary};
use crate::state::InterfaceId;
use crate::store::table::Kind::{Real, Time};
use crate::store::table::{Cell, Statement, Table};

pub(in crate::store) const SUMMARIES: Table = Table {
    name: "interface_summaries",
    key: "interface_id",
    columns: &[
        ("computed_at", Time),
        ("measured", Real),
        ("in_avg_bps", Real),
        ("in_max_bps", Real),
        ("in_p95_bps", Real),
        ("in_bytes", Real),
        ("in_errors", Real),
        ("in_discards", Real),
        ("in_utilisation_avg", Real),
        ("in_utilisation_max", Real),
        ("out_avg_bps", Real),
        ("out_max_bps", Real),
        ("out_p95_bps", Real),
        ("out_bytes", Real),
        ("out_errors", Real),
        ("out_discards", Real),
        ("out_utilisation_avg", Real),
        ("out_utilisation_max", Real),
    ],
};

/// Writes summaries over those that are there. One of an interface that is not stored (yet, or any more) is left out.
pub(in crate::store) fn upsert() -> Statement {
    let Statement { sqlite, postgres, kinds } = SUMMARIES.insert();
    let set: Vec<String> =
        SUMMARIES.columns.iter().map(|(name, _)| format!("{name} = excluded.{name}")).collect();
    let conflict = format!("ON CONFLICT (interface_id) DO UPDATE SET {}", set.join(", "));
    let (into, _) = sqlite.split_once(" VALUES ").unwrap_or((&sqlite, ""));
    let values: Vec<String> = (1..=kinds.len()).map(|at| format!("?{at}")).collect();
    let there = "EXISTS (SELECT 1 FROM interfaces WHERE id =";
    Statement {
        sqlite: format!("{into} SELECT {} WHERE {there} ?1) {conflict}", values.join(", ")),
        postgres: format!("{postgres} WHERE {there} new.interface_id) {conflict}"),
        kinds,
    }
}

pub(in crate::store) fn summary(summary: &Summary) -> Vec<Cell<'static>> {
    let mut cells: Vec<Cell<'_>> =
        vec![summary.interface.0.into(), summary.computed.into(), summary.measured.into()];
    for way in [&summary.inbound, &summary.outbound] {
        let OneWay { avg_bps, max_bps, p95_bps, bytes, errors, discards, utilisation_avg, utilisation_max } =
            *way;
        let figures = [avg_bps, max_bps, p95_bps, bytes, errors, discards, utilisation_avg, utilisation_max];
        cells.extend(figures.map(Cell::from));
    }
    cells
}

/// Reads the key and the columns of [`SUMMARIES`].
pub(in crate::store) fn read_summary(row: &impl Read) -> Result<Summary> {
    let mut row = Reader::new(row);
    let (interface, computed, measured) = (InterfaceId(row.int()?), row.time()?, row.maybe_real()?);
    let mut way = || -> Result<OneWay> {
        Ok(OneWay {
            avg_bps: row.maybe_real()?,
            max_bps: row.maybe_real()?,
            p95_bps: row.maybe_real()?,
            bytes: row.maybe_real()?,
            errors: row.maybe_real()?,
            discards: row.maybe_real()?,
            utilisation_avg: row.maybe_real()?,
            utilisation_max: row.maybe_real()?,
        })
    };
    Ok(Summary { interface, computed, inbound: way()?, outbound: way()?, measured })
}

/// What summaries are sorted by: the greater of both directions.
pub(in crate::store) fn highest(figure: Figure, greatest: &str) -> String {
    let column = match figure {
        Figure::Average => "avg_bps",
        Figure::Peak => "max_bps",
        Figure::Busy => "p95_bps",
        Figure::Bytes => "bytes",
        Figure::Errors => "errors",
        Figure::Discards => "discards",
        Figure::Utilisation => "utilisation_avg",
        Figure::UtilisationPeak => "utilisation_max",
        Figure::Measured => return "coalesce(measured, -1)".into(),
    };
    format!("{greatest}(coalesce(in_{column}, -1), coalesce(out_{column}, -1))")
}
