//! The store in one file.

mod summaries;

use std::collections::HashMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, ToSql, TransactionBehavior, params, params_from_iter,
};

use super::migrations::{self, Applied};
use super::rows::{self, DEVICES, EVENTS, HISTORY, INTERFACES, LABEL, OVERRIDES, Read, Shared};
use super::table::{Cell, Statement};
use super::write::{self, Statements};
use super::{
    Claim, EventFilter, Keep, Lease, LinkNews, Listed, Result, SaidLink, Store, StoreError, StoredEvent,
    Summaries, Turn, Versioned, Written,
};
use crate::analytics::summary::Summary;
use crate::change::{Event, Range, Run};
use crate::state::{Decision, DeviceId, DeviceState, InterfaceId};
use crate::timestamp::Timestamp;
use crate::topology::known::KnownLink;
use crate::topology::manual::ManualLink;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// A SQLite database.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    statements: Statements,
    instance: String,
}

impl Sqlite {
    /// Opens a file, or makes it, and brings its schema up to date. The instance is the name under which walks are
    /// noted.
    pub fn open(path: &Path, instance: &str) -> Result<Self> {
        let connection = Connection::open(path)
            .map_err(failed)
            .and_then(prepare)
            .map_err(|error| error.of(&path.display().to_string()))?;
        Ok(Self { connection, statements: Statements::default(), instance: instance.into() })
    }

    /// Runs a SELECT.
    fn query<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(parameters).map_err(failed)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// Does work in a transaction that nobody else writes in.
    fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(result)
    }
}

/// Sets a connection up, and the schema.
fn prepare(mut connection: Connection) -> Result<Connection> {
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    // SQLite opens a file that it may only read, and begins to write in it, and says so only then.
    if connection.is_readonly("main").map_err(failed)? {
        return Err(StoreError::ReadOnly("the file or its folder cannot be written".into()));
    }
    write_ahead(&connection)?;
    for (name, value) in [("synchronous", "full"), ("foreign_keys", "on")] {
        connection.pragma_update(None, name, value).map_err(failed)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS ward_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, \
             checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)",
        )
        .map_err(failed)?;
    let applied = {
        let sql = "SELECT number, name, checksum FROM ward_migrations ORDER BY number";
        let mut statement = transaction.prepare(sql).map_err(failed)?;
        let applied = statement
            .query_map([], |row| {
                Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? })
            })
            .map_err(failed)?;
        applied.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?
    };
    for step in migrations::missing(migrations::SQLITE, &applied)? {
        transaction.execute_batch(step.sql).map_err(failed)?;
        let insert = "INSERT INTO ward_migrations VALUES (?1, ?2, ?3, ?4)";
        transaction
            .execute(insert, params![step.number, step.name, step.checksum(), now().as_millis()])
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(connection)
}

/// Turns the write-ahead log on. Where several open a new file at once SQLite says at once that it is busy, as two who
/// wait for each other would wait for ever; so it is asked again here, for as long as it would have waited by itself.
fn write_ahead(connection: &Connection) -> Result<()> {
    let began = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal").map_err(failed) {
            Err(StoreError::Busy(_)) if began.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(10))
            }
            result => return result,
        }
    }
}

/// The clock of leases: one process, or several on one machine, have the same.
fn now() -> Timestamp {
    SystemTime::now().into()
}

impl Store for Sqlite {
    fn register(&mut self, devices: &[Listed<'_>]) -> Result<Vec<DeviceId>> {
        let now = now();
        self.transaction(|connection| {
            let mut known = connection
                .prepare_cached("SELECT id, listed_at FROM devices WHERE name = ?1")
                .map_err(failed)?;
            let mut add = connection
                .prepare_cached("INSERT INTO devices (name, listed_at) VALUES (?1, ?2) RETURNING id")
                .map_err(failed)?;
            let mut touch = connection
                .prepare_cached("UPDATE devices SET listed_at = ?2 WHERE id = ?1")
                .map_err(failed)?;
            let mut lease = connection
                .prepare_cached(
                    "INSERT INTO leases (device_id, due_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )
                .map_err(failed)?;
            let mut ids = Vec::with_capacity(devices.len());
            for device in devices {
                let found = known
                    .query_row([device.name], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                    .optional()
                    .map_err(failed)?;
                let id = match found {
                    Some((id, listed)) => {
                        if listed < (now - LISTED_EVERY).as_millis() {
                            touch.execute([id, now.as_millis()]).map_err(failed)?;
                        }
                        id
                    }
                    None => {
                        let id = add
                            .query_row(params![device.name, now.as_millis()], |row| row.get(0))
                            .map_err(failed)?;
                        lease.execute([id, (now + device.due_in).as_millis()]).map_err(failed)?;
                        id
                    }
                };
                ids.push(DeviceId(id));
            }
            Ok(ids)
        })
    }

    fn load(&mut self, only: Option<&[DeviceId]>) -> Result<Vec<DeviceState>> {
        let chosen = if only.is_some() { "IN (SELECT value FROM json_each(?1))" } else { "IS NOT ?1" };
        let only = only.map(numbers);
        // One moment for both tables: a reader's transaction sees no later write.
        let transaction = self.connection.unchecked_transaction().map_err(failed)?;
        let devices = format!(
            "SELECT {}, d.name, s.heard FROM devices d LEFT JOIN surroundings s ON s.device_id = d.id WHERE d.id {chosen} ORDER BY d.id",
            DEVICES.selected("d", false)
        );
        let heads = self.query(&devices, [&only], |row| rows::read_device(&Row(row)))?;
        let interfaces = format!(
            "SELECT {}, {}, {} FROM interfaces i JOIN classifications c ON c.interface_id = i.id \
             LEFT JOIN overrides o ON o.interface_id = i.id WHERE i.device_id {chosen} ORDER BY i.id",
            INTERFACES.selected("i", false),
            LABEL.selected("c", false),
            OVERRIDES.selected("o", false)
        );
        let mut shared = Shared::default();
        let interfaces = self.query(&interfaces, [&only], |row| rows::read_whole(&Row(row), &mut shared))?;
        drop(transaction);
        Ok(rows::together(heads, interfaces))
    }

    fn revisions(&mut self) -> Result<Vec<(DeviceId, i64)>> {
        self.query("SELECT id, revision FROM devices", [], |row| {
            Ok((DeviceId(row.get(0).map_err(failed)?), row.get(1).map_err(failed)?))
        })
    }

    fn write(&mut self, changes: &[Versioned<'_>], tag: i64) -> Result<Vec<Written>> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let written =
            write::write(&mut Writing(&transaction), &self.statements, changes, tag, &self.instance)?;
        transaction.commit().map_err(failed)?;
        Ok(written)
    }

    fn decide(&mut self, interface: InterfaceId, decision: Option<&Decision>, event: &Event) -> Result<bool> {
        let statements = [OVERRIDES.upsert(), super::table::insert("events", EVENTS.iter().copied())];
        self.transaction(|connection| {
            let raise = "UPDATE devices SET revision = revision + 1 \
                         WHERE id = (SELECT device_id FROM interfaces WHERE id = ?1)";
            if connection.execute(raise, [interface.0]).map_err(failed)? == 0 {
                return Ok(false);
            }
            let [upsert, insert] = &statements;
            match decision {
                Some(decided) => one(connection, upsert, rows::decision(interface, decided))?,
                None => {
                    let delete = "DELETE FROM overrides WHERE interface_id = ?1";
                    connection.execute(delete, [interface.0]).map_err(failed)?;
                }
            }
            one(connection, insert, rows::event(interface.device(), event))?;
            Ok(true)
        })
    }

    fn claim(&mut self, claim: &Claim<'_>) -> Result<Vec<Lease>> {
        let now = now();
        let until = now + claim.lease_for;
        self.transaction(|connection| {
            let sql = "UPDATE leases SET owner = ?1, token = token + 1, leased_until = ?2 WHERE device_id IN (\
                       SELECT device_id FROM leases WHERE (?6 OR due_at <= ?3) \
                       AND (leased_until IS NULL OR leased_until <= ?3) \
                       AND device_id IN (SELECT value FROM json_each(?4)) ORDER BY due_at LIMIT ?5) \
                       RETURNING device_id, token, (SELECT revision FROM devices WHERE id = device_id)";
            let mut statement = connection.prepare_cached(sql).map_err(failed)?;
            let (until, now, among) = (until.as_millis(), now.as_millis(), numbers(claim.among));
            let parameters = params![claim.owner, until, now, among, claim.limit, claim.asked];
            let leases = statement
                .query_map(parameters, |row| {
                    Ok(Lease { device: DeviceId(row.get(0)?), token: row.get(1)?, revision: row.get(2)? })
                })
                .map_err(failed)?;
            leases.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)
        })
    }

    fn renew(&mut self, leases: &[Lease], lease_for: Duration) -> Result<Vec<bool>> {
        let until = (now() + lease_for).as_millis();
        self.transaction(|connection| {
            let sql = "UPDATE leases SET leased_until = ?3 WHERE device_id = ?1 AND token = ?2 AND owner IS NOT NULL";
            let mut statement = connection.prepare_cached(sql).map_err(failed)?;
            let mut renew = |lease: &Lease| statement.execute([lease.device.0, lease.token, until]);
            leases.iter().map(|lease| renew(lease).map(|count| count == 1).map_err(failed)).collect()
        })
    }

    fn complete(&mut self, leases: &[(Lease, Option<Duration>)]) -> Result<Vec<bool>> {
        let now = now();
        self.transaction(|connection| {
            let sql = "UPDATE leases SET owner = NULL, leased_until = NULL, due_at = coalesce(?3, due_at) \
                       WHERE device_id = ?1 AND token = ?2 AND owner IS NOT NULL";
            let mut statement = connection.prepare_cached(sql).map_err(failed)?;
            let mut complete = |lease: &Lease, due_in: Option<Duration>| {
                let due = due_in.map(|due_in| (now + due_in).as_millis());
                statement.execute(params![lease.device.0, lease.token, due])
            };
            let done = leases.iter().map(|(lease, due_in)| complete(lease, *due_in).map(|count| count == 1));
            done.map(|result| result.map_err(failed)).collect()
        })
    }

    fn history(&mut self, interface: InterfaceId, limit: u32) -> Result<Vec<Range>> {
        let columns: Vec<&str> = HISTORY.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM interface_history WHERE interface_id = ?1 ORDER BY valid_from DESC, rowid DESC LIMIT ?2",
            columns.join(", ")
        );
        self.query(&sql, params![interface.0, limit], |row| rows::read_range(&Row(row)))
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<StoredEvent>> {
        let columns: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT id, {} FROM events WHERE (?1 IS NULL OR device_id = ?1) \
             AND (?2 IS NULL OR interface_id = ?2) AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3))) \
             AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6",
            columns.join(", ")
        );
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
        let kinds = (!kinds.is_empty()).then(|| serde_json::json!(kinds).to_string());
        let parameters = params![
            filter.device.map(|device| device.0),
            filter.interface.map(|interface| interface.0),
            kinds,
            filter.since.map(Timestamp::as_millis),
            filter.before,
            filter.limit
        ];
        self.query(&sql, parameters, |row| rows::read_event(&Row(row)))
    }

    fn runs(&mut self, device: DeviceId, limit: u32) -> Result<Vec<Run>> {
        let columns: Vec<&str> = rows::RUNS[2..].iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM discovery_runs WHERE device_id = ?1 ORDER BY id DESC LIMIT ?2",
            columns.join(", ")
        );
        self.query(&sql, params![device.0, limit], |row| rows::read_run(&Row(row)))
    }

    fn explanation(&mut self, interface: InterfaceId) -> Result<Option<String>> {
        let sql = "SELECT explanation FROM classifications WHERE interface_id = ?1";
        self.connection.query_row(sql, [interface.0], |row| row.get(0)).optional().map_err(failed)
    }

    fn links(&mut self, at: Option<Timestamp>) -> Result<Vec<KnownLink>> {
        let sql =
            format!("SELECT {} FROM links WHERE {}", rows::names(rows::LINKS), rows::of_moment("?1", "?1"));
        self.query(&sql, [at.map(Timestamp::as_millis)], |row| rows::read_link(&Row(row)))
    }

    fn write_links(&mut self, news: &LinkNews<'_>) -> Result<()> {
        self.transaction(|connection| write::write_links(&mut Writing(connection), news))
    }

    fn manual_links(&mut self) -> Result<Vec<ManualLink>> {
        self.query(&rows::select_manual(), [], |row| rows::read_manual(&Row(row)))
    }

    fn say_link(&mut self, said: &SaidLink<'_>, events: &[(DeviceId, Event)]) -> Result<bool> {
        self.transaction(|connection| write::say_link(&mut Writing(connection), said, events))
    }

    fn claim_summaries(&mut self, owner: &str, lease_for: Duration, asked: bool) -> Result<Turn> {
        summaries::claim(self, owner, lease_for, asked)
    }

    fn write_summaries(
        &mut self,
        owner: &str,
        summaries: &[Summary],
        next_in: Duration,
    ) -> Result<Option<u64>> {
        summaries::write(self, owner, summaries, next_in)
    }

    fn summaries(&mut self, wanted: &Summaries) -> Result<Vec<Summary>> {
        summaries::read(self, wanted)
    }

    fn prune(&mut self, keep: &Keep) -> Result<u64> {
        self.transaction(|connection| {
            let mut count = 0;
            for (sql, since) in write::pruning(keep) {
                let sql = sql.replace("$1", "?1");
                count += connection.execute(&sql, [since.as_millis()]).map_err(failed)?;
            }
            Ok(count as u64)
        })
    }
}

/// How often it is noted that a device is in an inventory.
const LISTED_EVERY: Duration = Duration::from_secs(3600);

/// Numbers as JSON, for `json_each`.
fn numbers(devices: &[DeviceId]) -> String {
    serde_json::json!(devices).to_string()
}

struct Writing<'a>(&'a Connection);

impl write::Transaction for Writing<'_> {
    fn lock(&mut self, devices: &[DeviceId]) -> Result<HashMap<DeviceId, (i64, i64)>> {
        // The whole file is locked already.
        let sql = "SELECT revision, write_tag FROM devices WHERE id = ?1";
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let mut stored = HashMap::new();
        for device in devices {
            let read = statement.query_row([device.0], |row| Ok((row.get(0)?, row.get(1)?)));
            stored.extend(read.optional().map_err(failed)?.map(|revision| (*device, revision)));
        }
        Ok(stored)
    }

    fn many(&mut self, statement: &Statement, rows: &[Vec<Cell<'_>>]) -> Result<u64> {
        let mut prepared = self.0.prepare_cached(&statement.sqlite).map_err(failed)?;
        let mut count = 0;
        for row in rows {
            count += prepared.execute(params_from_iter(row)).map_err(failed)? as u64;
        }
        Ok(count)
    }
}

/// Runs a statement for one row.
fn one(connection: &Connection, statement: &Statement, row: Vec<Cell<'_>>) -> Result<()> {
    connection.execute(&statement.sqlite, params_from_iter(row)).map_err(failed)?;
    Ok(())
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Bool(yes) => ValueRef::Integer((*yes).into()),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
            Cell::Time(at) => ValueRef::Integer(at.as_millis()),
        }))
    }
}

struct Row<'a>(&'a rusqlite::Row<'a>);

impl Read for Row<'_> {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        self.0.get(at).map_err(failed)
    }

    fn real(&self, at: usize) -> Result<Option<f64>> {
        self.0.get(at).map_err(failed)
    }

    fn bool(&self, at: usize) -> Result<Option<bool>> {
        self.0.get(at).map_err(failed)
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        self.0.get(at).map_err(failed)
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>> {
        self.0.get(at).map_err(failed)
    }

    fn time(&self, at: usize) -> Result<Option<Timestamp>> {
        // People may have written a text here, as SQLite lets them: that is no time of ours.
        Ok(match self.0.get_ref(at).map_err(failed)? {
            ValueRef::Integer(millis) => Some(Timestamp::from_millis(millis)),
            _ => None,
        })
    }
}

/// SQLite's errors by our names.
fn failed(error: rusqlite::Error) -> StoreError {
    let text = match &error {
        rusqlite::Error::SqliteFailure(cause, _) => {
            format!("{error} (SQLite's code {})", cause.extended_code)
        }
        _ => error.to_string(),
    };
    let rusqlite::Error::SqliteFailure(cause, _) = &error else {
        return match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => StoreError::Damaged(text),
            _ => StoreError::Rejected(text),
        };
    };
    const SHORT_READ: i32 = rusqlite::ffi::SQLITE_IOERR_SHORT_READ;
    match cause.code {
        _ if cause.extended_code == SHORT_READ => StoreError::Damaged(text),
        ErrorCode::DiskFull => StoreError::Full(text),
        ErrorCode::ReadOnly => StoreError::ReadOnly(text),
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => StoreError::Refused(text),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::SchemaChanged => StoreError::Busy(text),
        ErrorCode::OperationInterrupted | ErrorCode::OperationAborted => StoreError::Slow(text),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(text),
        ErrorCode::ConstraintViolation
        | ErrorCode::TypeMismatch
        | ErrorCode::TooBig
        | ErrorCode::ParameterOutOfRange => StoreError::Rejected(text),
        _ => StoreError::Away(text),
    }
}
