//! The store in PostgreSQL, which several classifiers may share.

mod errors;
mod summaries;
mod tls;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use postgres::types::ToSql;
use postgres::{Client, GenericClient};

use self::errors::failed;
use super::migrations::{self, Applied};
use super::rows::{self, DEVICES, EVENTS, HISTORY, INTERFACES, LABEL, OVERRIDES, Read, Shared};
use super::table::{Cell, Kind, Statement, insert};
use super::write::{self, Statements};
use super::{
    Claim, EventFilter, Keep, Lease, LinkNews, Listed, PostgresLocation, Result, SaidLink, Store, StoreError,
    StoredEvent, Summaries, Turn, Versioned, Written,
};
use crate::analytics::summary::Summary;
use crate::change::{Event, Range, Run};
use crate::state::{Decision, DeviceId, DeviceState, InterfaceId};
use crate::timestamp::Timestamp;
use crate::topology::known::KnownLink;
use crate::topology::manual::ManualLink;

/// The lock under which schemas are brought up to date: "ward" in octets.
const MIGRATING: i64 = 0x7761_7264;

/// A connection to PostgreSQL.
pub struct Postgres {
    client: Client,
    prepared: Prepared,
    statements: Statements,
    instance: String,
}

impl Postgres {
    /// Connects, and brings the schema up to date. The instance is the name under which walks are noted.
    pub fn open(location: &PostgresLocation, instance: &str) -> Result<Self> {
        let open = || {
            let mut client = location.config.connect(tls::connector(location)?).map_err(failed)?;
            migrate(&mut client)?;
            Ok(client)
        };
        let client = open().map_err(|error: StoreError| error.of(&location.to_string()))?;
        let (prepared, statements) = (Prepared::default(), Statements::default());
        Ok(Self { client, prepared, statements, instance: instance.into() })
    }

    /// Runs a statement that is prepared once.
    fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<postgres::Row>> {
        let statement = self.prepared.get(&mut self.client, sql)?;
        self.client.query(&statement, parameters).map_err(failed)
    }
}

/// Brings the schema up to date. Of two who begin at once, one waits for the other.
fn migrate(client: &mut Client) -> Result<()> {
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").map_err(failed)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATING]).map_err(failed)?;
    let migrated = missing(client).and_then(|steps| steps.iter().try_for_each(|step| apply(client, step)));
    // Where the connection is lost, so is the lock.
    let unlocked = client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATING]).map_err(failed);
    migrated?;
    unlocked?;
    client.batch_execute("RESET statement_timeout; RESET lock_timeout").map_err(failed)
}

fn missing(client: &mut Client) -> Result<&'static [migrations::Migration]> {
    // Asked first, as a user without the right to make tables may well use those that are there.
    let there = client.query_one("SELECT to_regclass('ward_migrations') IS NOT NULL", &[]).map_err(failed)?;
    if !there.get::<_, bool>(0) {
        client
            .batch_execute(
                "CREATE TABLE ward_migrations (number bigint PRIMARY KEY, name text NOT NULL, \
                 checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
            )
            .map_err(failed)?;
    }
    let sql = "SELECT number, name, checksum FROM ward_migrations ORDER BY number";
    let rows = client.query(sql, &[]).map_err(failed)?;
    let applied: Vec<Applied> = rows
        .iter()
        .map(|row| Applied { number: row.get(0), name: row.get(1), checksum: row.get(2) })
        .collect();
    migrations::missing(migrations::POSTGRES, &applied)
}

fn apply(client: &mut Client, step: &migrations::Migration) -> Result<()> {
    let mut transaction = client.transaction().map_err(failed)?;
    transaction.batch_execute(step.sql).map_err(failed)?;
    let insert = "INSERT INTO ward_migrations (number, name, checksum) VALUES ($1, $2, $3)";
    transaction.execute(insert, &[&step.number, &step.name, &step.checksum()]).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Statements that this connection has prepared.
#[derive(Default)]
struct Prepared(HashMap<String, postgres::Statement>);

impl Prepared {
    fn get(&mut self, client: &mut impl GenericClient, sql: &str) -> Result<postgres::Statement> {
        if let Some(statement) = self.0.get(sql) {
            return Ok(statement.clone());
        }
        let statement = client.prepare(sql).map_err(failed)?;
        self.0.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// A duration as the parameter of `make_interval(secs => …)`.
fn seconds(duration: Duration) -> f64 {
    // A hundred years is for ever, and fits an interval.
    duration.as_secs_f64().min(100.0 * 365.25 * 86_400.0)
}

fn numbers(devices: &[DeviceId]) -> Vec<i64> {
    devices.iter().map(|device| device.0).collect()
}

impl Store for Postgres {
    fn register(&mut self, devices: &[Listed<'_>]) -> Result<Vec<DeviceId>> {
        let names: Vec<&str> = devices.iter().map(|device| device.name).collect();
        let due_in: Vec<f64> = devices.iter().map(|device| seconds(device.due_in)).collect();
        let mut transaction = self.client.transaction().map_err(failed)?;
        // Known names are not tried, as each try would use up a number.
        let add = "INSERT INTO devices (name, listed_at) SELECT DISTINCT new.name, now() FROM unnest($1::text[]) \
                   AS new(name) WHERE NOT EXISTS (SELECT 1 FROM devices d WHERE d.name = new.name) \
                   ON CONFLICT DO NOTHING";
        transaction.execute(add, &[&names]).map_err(failed)?;
        let lease = "INSERT INTO leases (device_id, due_at) SELECT d.id, now() + make_interval(secs => min(new.due_in)) \
                     FROM unnest($1::text[], $2::float8[]) AS new(name, due_in) JOIN devices d USING (name) \
                     WHERE NOT EXISTS (SELECT 1 FROM leases l WHERE l.device_id = d.id) GROUP BY d.id \
                     ON CONFLICT DO NOTHING";
        transaction.execute(lease, &[&names, &due_in]).map_err(failed)?;
        let touch = "UPDATE devices SET listed_at = now() \
                     WHERE name = ANY($1) AND listed_at < now() - interval '1 hour'";
        transaction.execute(touch, &[&names]).map_err(failed)?;
        let rows = transaction.query("SELECT name, id FROM devices WHERE name = ANY($1)", &[&names]);
        let rows = rows.map_err(failed)?;
        transaction.commit().map_err(failed)?;
        let known: HashMap<&str, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let id = |name: &&str| known.get(name).copied().map(DeviceId);
        let missing = || StoreError::Busy("a device was deleted while it was registered".into());
        names.iter().map(|name| id(name).ok_or_else(missing)).collect()
    }

    fn load(&mut self, only: Option<&[DeviceId]>) -> Result<Vec<DeviceState>> {
        let chosen = if only.is_some() { "= ANY($1)" } else { "IS NOT NULL AND $1::bigint[] IS NULL" };
        let only = only.map(numbers);
        // One moment for both tables.
        let mut transaction = self
            .client
            .build_transaction()
            .isolation_level(postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .map_err(failed)?;
        let devices = format!(
            "SELECT {}, d.name, s.heard FROM devices d LEFT JOIN surroundings s ON s.device_id = d.id WHERE d.id {chosen} ORDER BY d.id",
            DEVICES.selected("d", true)
        );
        let heads = transaction.query(&devices, &[&only]).map_err(failed)?;
        let interfaces = format!(
            "SELECT {}, {}, {} FROM interfaces i JOIN classifications c ON c.interface_id = i.id \
             LEFT JOIN overrides o ON o.interface_id = i.id WHERE i.device_id {chosen}",
            INTERFACES.selected("i", true),
            LABEL.selected("c", true),
            OVERRIDES.selected("o", true)
        );
        let interfaces = transaction.query(&interfaces, &[&only]).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        let heads = heads.iter().map(rows::read_device).collect::<Result<Vec<_>>>()?;
        let mut shared = Shared::default();
        let interfaces = interfaces.iter().map(|row| rows::read_whole(row, &mut shared));
        let mut interfaces = interfaces.collect::<Result<Vec<_>>>()?;
        interfaces.sort_unstable_by_key(|interface| interface.id);
        Ok(rows::together(heads, interfaces))
    }

    fn revisions(&mut self) -> Result<Vec<(DeviceId, i64)>> {
        let rows = self.query("SELECT id, revision FROM devices", &[])?;
        Ok(rows.iter().map(|row| (DeviceId(row.get(0)), row.get(1))).collect())
    }

    fn write(&mut self, changes: &[Versioned<'_>], tag: i64) -> Result<Vec<Written>> {
        let transaction = self.client.transaction().map_err(failed)?;
        let mut writing = Writing { transaction, prepared: &mut self.prepared };
        let written = write::write(&mut writing, &self.statements, changes, tag, &self.instance)?;
        writing.transaction.commit().map_err(failed)?;
        Ok(written)
    }

    fn decide(&mut self, interface: InterfaceId, decision: Option<&Decision>, event: &Event) -> Result<bool> {
        let transaction = self.client.transaction().map_err(failed)?;
        let mut writing = Writing { transaction, prepared: &mut self.prepared };
        let raise = "UPDATE devices SET revision = revision + 1 \
                     WHERE id = (SELECT device_id FROM interfaces WHERE id = $1)";
        if writing.transaction.execute(raise, &[&interface.0]).map_err(failed)? == 0 {
            return Ok(false);
        }
        use write::Transaction;
        match decision {
            Some(decided) => {
                writing.many(&OVERRIDES.upsert(), &[rows::decision(interface, decided)])?;
            }
            None => {
                let delete = "DELETE FROM overrides WHERE interface_id = $1";
                writing.transaction.execute(delete, &[&interface.0]).map_err(failed)?;
            }
        }
        writing.many(&insert("events", EVENTS.iter().copied()), &[rows::event(interface.device(), event)])?;
        writing.transaction.commit().map_err(failed)?;
        Ok(true)
    }

    fn claim(&mut self, claim: &Claim<'_>) -> Result<Vec<Lease>> {
        let sql = "UPDATE leases l SET owner = $1, token = token + 1, \
                   leased_until = clock_timestamp() + make_interval(secs => $2) FROM devices d \
                   WHERE d.id = l.device_id AND l.device_id IN (SELECT device_id FROM leases \
                   WHERE ($5 OR due_at <= clock_timestamp()) \
                   AND (leased_until IS NULL OR leased_until <= clock_timestamp()) \
                   AND device_id = ANY($3) ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) \
                   RETURNING l.device_id, l.token, d.revision";
        let (lease_for, limit) = (seconds(claim.lease_for), i64::from(claim.limit));
        let among = numbers(claim.among);
        let rows = self.query(sql, &[&claim.owner, &lease_for, &among, &limit, &claim.asked])?;
        let lease = |row: &postgres::Row| Lease {
            device: DeviceId(row.get(0)),
            token: row.get(1),
            revision: row.get(2),
        };
        Ok(rows.iter().map(lease).collect())
    }

    fn renew(&mut self, leases: &[Lease], lease_for: Duration) -> Result<Vec<bool>> {
        let sql = "UPDATE leases l SET leased_until = clock_timestamp() + make_interval(secs => $3) \
                   FROM unnest($1::bigint[], $2::bigint[]) AS ours(device_id, token) \
                   WHERE l.device_id = ours.device_id AND l.token = ours.token AND l.owner IS NOT NULL \
                   RETURNING l.device_id";
        let (devices, tokens) = apart(leases.iter());
        let rows = self.query(sql, &[&devices, &tokens, &seconds(lease_for)])?;
        Ok(among(leases.iter(), &rows))
    }

    fn complete(&mut self, leases: &[(Lease, Option<Duration>)]) -> Result<Vec<bool>> {
        let sql = "UPDATE leases l SET owner = NULL, leased_until = NULL, \
                   due_at = coalesce(clock_timestamp() + make_interval(secs => ours.due_in), due_at) \
                   FROM unnest($1::bigint[], $2::bigint[], $3::float8[]) AS ours(device_id, token, due_in) \
                   WHERE l.device_id = ours.device_id AND l.token = ours.token AND l.owner IS NOT NULL \
                   RETURNING l.device_id";
        let (devices, tokens) = apart(leases.iter().map(|(lease, _)| lease));
        let due_in: Vec<Option<f64>> = leases.iter().map(|(_, due_in)| due_in.map(seconds)).collect();
        let rows = self.query(sql, &[&devices, &tokens, &due_in])?;
        Ok(among(leases.iter().map(|(lease, _)| lease), &rows))
    }

    fn history(&mut self, interface: InterfaceId, limit: u32) -> Result<Vec<Range>> {
        let columns: Vec<&str> = HISTORY.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM interface_history WHERE interface_id = $1 \
             ORDER BY valid_from DESC, valid_to DESC NULLS FIRST LIMIT $2",
            columns.join(", ")
        );
        self.query(&sql, &[&interface.0, &i64::from(limit)])?.iter().map(rows::read_range).collect()
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<StoredEvent>> {
        let columns: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT id, {} FROM events WHERE ($1::bigint IS NULL OR device_id = $1) \
             AND ($2::bigint IS NULL OR interface_id = $2) AND ($3::text[] IS NULL OR kind = ANY($3)) \
             AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::bigint IS NULL OR id < $5) \
             ORDER BY id DESC LIMIT $6",
            columns.join(", ")
        );
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
        let kinds = (!kinds.is_empty()).then_some(kinds);
        let (device, interface) = (filter.device.map(|id| id.0), filter.interface.map(|id| id.0));
        let since = filter.since.map(SystemTime::from);
        let limit = i64::from(filter.limit);
        // Not prepared once: with its conditions known, the server takes the index that fits them.
        let parameters: &[&(dyn ToSql + Sync)] =
            &[&device, &interface, &kinds, &since, &filter.before, &limit];
        let rows = self.client.query(&sql, parameters).map_err(failed)?;
        rows.iter().map(rows::read_event).collect()
    }

    fn runs(&mut self, device: DeviceId, limit: u32) -> Result<Vec<Run>> {
        let columns: Vec<&str> = rows::RUNS[2..].iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM discovery_runs WHERE device_id = $1 ORDER BY id DESC LIMIT $2",
            columns.join(", ")
        );
        self.query(&sql, &[&device.0, &i64::from(limit)])?.iter().map(rows::read_run).collect()
    }

    fn explanation(&mut self, interface: InterfaceId) -> Result<Option<String>> {
        let sql = "SELECT explanation::text FROM classifications WHERE interface_id = $1";
        Ok(self.query(sql, &[&interface.0])?.first().map(|row| row.get(0)))
    }

    fn links(&mut self, at: Option<Timestamp>) -> Result<Vec<KnownLink>> {
        let moment = rows::of_moment("$1::timestamptz", "$1");
        let sql = format!("SELECT {} FROM links WHERE {moment}", rows::names(rows::LINKS));
        self.query(&sql, &[&at.map(SystemTime::from)])?.iter().map(rows::read_link).collect()
    }

    fn write_links(&mut self, news: &LinkNews<'_>) -> Result<()> {
        let mut transaction = self.client.transaction().map_err(failed)?;
        if !news.events.is_empty() {
            // Of several classifiers that see the same, one notes it.
            transaction.batch_execute("LOCK TABLE links IN SHARE ROW EXCLUSIVE MODE").map_err(failed)?;
        }
        let mut writing = Writing { transaction, prepared: &mut self.prepared };
        write::write_links(&mut writing, news)?;
        writing.transaction.commit().map_err(failed)
    }

    fn manual_links(&mut self) -> Result<Vec<ManualLink>> {
        self.query(&rows::select_manual(), &[])?.iter().map(rows::read_manual).collect()
    }

    fn say_link(&mut self, said: &SaidLink<'_>, events: &[(DeviceId, Event)]) -> Result<bool> {
        let transaction = self.client.transaction().map_err(failed)?;
        let mut writing = Writing { transaction, prepared: &mut self.prepared };
        let there = write::say_link(&mut writing, said, events)?;
        writing.transaction.commit().map_err(failed)?;
        Ok(there)
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
        let mut transaction = self.client.transaction().map_err(failed)?;
        let mut count = 0;
        for (sql, since) in write::pruning(keep) {
            count += transaction.execute(sql, &[&SystemTime::from(since)]).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(count)
    }
}

fn apart<'a>(leases: impl Iterator<Item = &'a Lease>) -> (Vec<i64>, Vec<i64>) {
    leases.map(|lease| (lease.device.0, lease.token)).unzip()
}

/// Which leases are among those that were returned.
fn among<'a>(leases: impl Iterator<Item = &'a Lease>, returned: &[postgres::Row]) -> Vec<bool> {
    let returned: std::collections::HashSet<i64> = returned.iter().map(|row| row.get(0)).collect();
    leases.map(|lease| returned.contains(&lease.device.0)).collect()
}

/// A transaction that writes.
struct Writing<'a> {
    transaction: postgres::Transaction<'a>,
    prepared: &'a mut Prepared,
}

impl write::Transaction for Writing<'_> {
    fn lock(&mut self, devices: &[DeviceId]) -> Result<HashMap<DeviceId, (i64, i64)>> {
        // In the order of their numbers, so that two who write do not wait for each other.
        let sql = "SELECT id, revision, write_tag FROM devices WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        let statement = self.prepared.get(&mut self.transaction, sql)?;
        let rows = self.transaction.query(&statement, &[&numbers(devices)]).map_err(failed)?;
        Ok(rows.iter().map(|row| (DeviceId(row.get(0)), (row.get(1), row.get(2)))).collect())
    }

    fn many(&mut self, statement: &Statement, rows: &[Vec<Cell<'_>>]) -> Result<u64> {
        let prepared = self.prepared.get(&mut self.transaction, &statement.postgres)?;
        let columns: Vec<Box<dyn ToSql + Sync + '_>> =
            statement.kinds.iter().enumerate().map(|(at, kind)| array(*kind, rows, at)).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as _).collect();
        self.transaction.execute(&prepared, &parameters).map_err(failed)
    }
}

/// One column of many rows as an array.
fn array<'a>(kind: Kind, rows: &'a [Vec<Cell<'_>>], at: usize) -> Box<dyn ToSql + Sync + 'a> {
    macro_rules! column {
        ($($pattern:pat => $value:expr),+) => {
            Box::new(rows.iter().map(|row| match row.get(at) {
                $(Some($pattern) => Some($value),)+
                _ => None,
            }).collect::<Vec<_>>())
        };
    }
    match kind {
        Kind::Int => column!(Cell::Int(number) => *number),
        Kind::Real => column!(Cell::Real(number) => *number),
        Kind::Bool => column!(Cell::Bool(yes) => *yes),
        Kind::Text | Kind::Json => column!(Cell::Text(text) => &**text),
        Kind::Bytes => column!(Cell::Bytes(bytes) => *bytes),
        Kind::Time => column!(Cell::Time(time) => SystemTime::from(*time)),
    }
}

impl Read for postgres::Row {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        self.try_get(at).map_err(odd)
    }

    fn real(&self, at: usize) -> Result<Option<f64>> {
        self.try_get(at).map_err(odd)
    }

    fn bool(&self, at: usize) -> Result<Option<bool>> {
        self.try_get(at).map_err(odd)
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        self.try_get(at).map_err(odd)
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>> {
        self.try_get(at).map_err(odd)
    }

    fn time(&self, at: usize) -> Result<Option<Timestamp>> {
        Ok(self.try_get::<_, Option<SystemTime>>(at).map_err(odd)?.map(Timestamp::from))
    }
}

/// A column that is not of the type it was made with.
fn odd(error: postgres::Error) -> StoreError {
    StoreError::Schema(error.to_string())
}
