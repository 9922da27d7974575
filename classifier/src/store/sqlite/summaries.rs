//! Summaries in SQLite.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::{Row, Sqlite, Writing, failed, now, rows};
use crate::analytics::summary::Summary;
use crate::store::write::Transaction;
use crate::store::{Result, SUMMARY_AGE, Summaries, Turn};

pub(super) fn claim(store: &mut Sqlite, owner: &str, lease_for: Duration, asked: bool) -> Result<Turn> {
    let now = now();
    let until = (now + lease_for).as_millis();
    store.transaction(|connection| {
        let take = "UPDATE turns SET owner = ?1, leased_until = ?2 WHERE name = 'summaries' AND (?4 OR due_at <= ?3) \
                    AND (owner = ?1 OR leased_until IS NULL OR leased_until <= ?3)";
        let taken = connection.execute(take, params![owner, until, now.as_millis(), asked]).map_err(failed)?;
        if taken == 1 {
            return Ok(Turn::Ours);
        }
        let wait = "SELECT max(due_at, coalesce(leased_until, due_at)) - ?1 FROM turns WHERE name = 'summaries'";
        let wait = connection.query_row(wait, [now.as_millis()], |row| row.get::<_, i64>(0)).optional();
        let wait = u64::try_from(wait.map_err(failed)?.unwrap_or(0)).unwrap_or(0);
        Ok(Turn::In(Duration::from_millis(wait)))
    })
}

pub(super) fn write(
    store: &mut Sqlite,
    owner: &str,
    summaries: &[Summary],
    next_in: Duration,
) -> Result<Option<u64>> {
    let due = (now() + next_in).as_millis();
    store.transaction(|connection| {
        let back = "UPDATE turns SET owner = NULL, leased_until = NULL, due_at = ?2 \
                    WHERE name = 'summaries' AND owner = ?1";
        if connection.execute(back, params![owner, due]).map_err(failed)? == 0 {
            return Ok(None);
        }
        let Some(newest) = summaries.iter().map(|summary| summary.computed).max() else {
            return Ok(Some(0));
        };
        let rows: Vec<_> = summaries.iter().map(rows::summary).collect();
        let count = Writing(connection).many(&rows::upsert_summary(), &rows)?;
        let old = "DELETE FROM interface_summaries WHERE computed_at < ?1";
        connection.execute(old, [(newest - SUMMARY_AGE).as_millis()]).map_err(failed)?;
        Ok(Some(count))
    })
}

pub(super) fn read(store: &mut Sqlite, wanted: &Summaries) -> Result<Vec<Summary>> {
    let columns = rows::SUMMARIES.selected("s", false);
    let from = format!("SELECT {columns} FROM interface_summaries s");
    let read = |row: &rusqlite::Row<'_>| rows::read_summary(&Row(row));
    match wanted {
        Summaries::Of(interfaces) => {
            let ids = serde_json::json!(interfaces).to_string();
            let chosen = "WHERE interface_id IN (SELECT value FROM json_each(?1)) ORDER BY interface_id";
            store.query(&format!("{from} {chosen}"), [ids], read)
        }
        Summaries::Highest(figure, limit) => {
            let key = rows::highest(*figure, "max");
            let sql = format!("{from} WHERE {key} >= 0 ORDER BY {key} DESC, interface_id LIMIT ?1");
            store.query(&sql, [limit], read)
        }
    }
}
