//! Summaries in PostgreSQL. Turns go by the database's own clock.

use std::time::{Duration, SystemTime};

use super::errors::failed;
use super::{Postgres, Writing, rows, seconds};
use crate::analytics::summary::Summary;
use crate::store::write::Transaction;
use crate::store::{Result, SUMMARY_AGE, Summaries, Turn};

pub(super) fn claim(store: &mut Postgres, owner: &str, lease_for: Duration, asked: bool) -> Result<Turn> {
    let take = "UPDATE turns SET owner = $1, leased_until = clock_timestamp() + make_interval(secs => $2) \
                WHERE name = 'summaries' AND ($3 OR due_at <= clock_timestamp()) \
                AND (owner = $1 OR leased_until IS NULL OR leased_until <= clock_timestamp()) RETURNING name";
    if !store.query(take, &[&owner, &seconds(lease_for), &asked])?.is_empty() {
        return Ok(Turn::Ours);
    }
    let wait = "SELECT extract(epoch FROM greatest(due_at, leased_until) - clock_timestamp())::float8 \
                FROM turns WHERE name = 'summaries'";
    let wait: f64 = store.query(wait, &[])?.first().map_or(0.0, |row| row.get(0));
    Ok(Turn::In(Duration::try_from_secs_f64(wait.max(0.0)).unwrap_or_default()))
}

pub(super) fn write(
    store: &mut Postgres,
    owner: &str,
    summaries: &[Summary],
    next_in: Duration,
) -> Result<Option<u64>> {
    let transaction = store.client.transaction().map_err(failed)?;
    let mut writing = Writing { transaction, prepared: &mut store.prepared };
    // It is locked until the end: who takes the turn over meanwhile waits, and then finds nothing due.
    let back = "UPDATE turns SET owner = NULL, leased_until = NULL, \
                due_at = clock_timestamp() + make_interval(secs => $2) \
                WHERE name = 'summaries' AND owner = $1";
    if writing.transaction.execute(back, &[&owner, &seconds(next_in)]).map_err(failed)? == 0 {
        return Ok(None);
    }
    let mut count = 0;
    if let Some(newest) = summaries.iter().map(|summary| summary.computed).max() {
        let rows: Vec<_> = summaries.iter().map(rows::summary).collect();
        count = writing.many(&rows::upsert_summary(), &rows)?;
        let old = "DELETE FROM interface_summaries WHERE computed_at < $1";
        let oldest = SystemTime::from(newest - SUMMARY_AGE);
        writing.transaction.execute(old, &[&oldest]).map_err(failed)?;
    }
    writing.transaction.commit().map_err(failed)?;
    Ok(Some(count))
}

pub(super) fn read(store: &mut Postgres, wanted: &Summaries) -> Result<Vec<Summary>> {
    let columns = rows::SUMMARIES.selected("s", true);
    let from = format!("SELECT {columns} FROM interface_summaries s");
    let rows = match wanted {
        Summaries::Of(interfaces) => {
            let ids: Vec<i64> = interfaces.iter().map(|id| id.0).collect();
            store.query(&format!("{from} WHERE interface_id = ANY($1) ORDER BY interface_id"), &[&ids])?
        }
        Summaries::Highest(figure, limit) => {
            let key = rows::highest(*figure, "greatest");
            let sql = format!("{from} WHERE {key} >= 0 ORDER BY {key} DESC, interface_id LIMIT $1");
            store.query(&sql, &[&i64::from(*limit)])?
        }
    };
    rows.iter().map(rows::read_summary).collect()
}
