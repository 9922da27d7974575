//! Where what was learned is kept: in one SQLite file, or in PostgreSQL.
//!
//! | room | holds |
//! |---|---|
//! | [`Store`] | what either can do; `classifier/tests/store` says what both must |
//! | [`Location`], [`args`] | which one, and where: `postgres://…` or a file; the flags that say so |
//! | `sqlite`, `postgres` | the two, and what only they need |
//! | `write`, `rows`, `table` | [`Changes`] and states → rows and back, written once for both |
//! | `migrations`, `schema/` | the schema, step by step |
//! | `error` | [`StoreError`]: what can be wrong, by name |
//! | `fleet`, `keeper` | the fleet in memory, what of it waits to be written, and the thread that writes it |
//! | `metrics` | how it stands with the store |
//!
//! A store blocks: it is used from a thread of its own, never inside async code.

pub mod args;
mod error;
mod fleet;
mod keeper;
mod location;
mod metrics;
mod migrations;
mod postgres;
mod rows;
mod sqlite;
mod table;
mod write;

use std::time::Duration;

pub use error::StoreError;
pub use fleet::{Fleet, Learned, Rules, Waiting};
pub use keeper::{Ending, Keeper, Open, Options, Status};
pub use location::{Location, PostgresLocation};
pub use metrics::StoreMetrics;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use crate::analytics::summary::{Figure, Summary};
use crate::change::{Changes, Event, EventKind, Range, Run};
use crate::state::{Decision, DeviceId, DeviceState, InterfaceId};
use crate::timestamp::Timestamp;
use crate::topology::known::{Ends, KnownLink};
use crate::topology::manual::ManualLink;
use crate::topology::whole::Happened;

/// What comes of asking a store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Opens a store and brings its schema up to date.
pub fn open(location: &Location, instance: &str) -> Result<Box<dyn Store>> {
    Ok(match location {
        Location::Sqlite(path) => Box::new(Sqlite::open(path, instance)?),
        Location::Postgres(location) => Box::new(Postgres::open(location, instance)?),
    })
}

/// Keeps the fleet.
pub trait Store: Send {
    /// Makes sure that these devices of the inventory are known, and says their numbers in the same order.
    fn register(&mut self, devices: &[Listed<'_>]) -> Result<Vec<DeviceId>>;

    /// Devices with all their interfaces: all of them, or those of some numbers.
    fn load(&mut self, only: Option<&[DeviceId]>) -> Result<Vec<DeviceState>>;

    /// How often each device has been written, to see which to load again.
    fn revisions(&mut self) -> Result<Vec<(DeviceId, i64)>>;

    /// Writes changes in one transaction, each device's whole or not at all. The tag is a random number of this
    /// write: where its answer was lost, the same changes with the same tag are known to be written already.
    fn write(&mut self, changes: &[Versioned<'_>], tag: i64) -> Result<Vec<Written>>;

    /// Sets what someone decided about an interface, or takes it back. `false`: there is no such interface.
    fn decide(&mut self, interface: InterfaceId, decision: Option<&Decision>, event: &Event) -> Result<bool>;

    /// Takes up to `limit` devices `among` these whose walk is due, or `asked` for, and which nobody walks: the longest due
    /// first.
    fn claim(&mut self, claim: &Claim<'_>) -> Result<Vec<Lease>>;

    /// Prolongs leases; says which are still ours.
    fn renew(&mut self, leases: &[Lease], lease_for: Duration) -> Result<Vec<bool>>;

    /// Gives leases back with the time to the next walk, where that is to be another; says which were still ours.
    fn complete(&mut self, leases: &[(Lease, Option<Duration>)]) -> Result<Vec<bool>>;

    /// The ranges of an interface's history, the latest first.
    fn history(&mut self, interface: InterfaceId, limit: u32) -> Result<Vec<Range>>;

    /// Events, the latest first.
    fn events(&mut self, filter: &EventFilter) -> Result<Vec<StoredEvent>>;

    /// Walks of a device, the latest first.
    fn runs(&mut self, device: DeviceId, limit: u32) -> Result<Vec<Run>>;

    /// Why an interface has its label: the classification in JSON.
    fn explanation(&mut self, interface: InterfaceId) -> Result<Option<String>>;

    /// Links: those that are there now, or those of a moment.
    fn links(&mut self, at: Option<Timestamp>) -> Result<Vec<KnownLink>>;

    /// Writes what is new of links; all of it or nothing.
    fn write_links(&mut self, news: &LinkNews<'_>) -> Result<()>;

    /// What operators have said of links.
    fn manual_links(&mut self) -> Result<Vec<ManualLink>>;

    /// Keeps what an operator has said of a link, or takes it back, and notes that. `false`: there is no such link.
    fn say_link(&mut self, said: &SaidLink<'_>, events: &[(DeviceId, Event)]) -> Result<bool>;

    /// Takes the turn to write summaries for a time, where they are due or somebody `asked` for them; of several classifiers
    /// one has it.
    fn claim_summaries(&mut self, owner: &str, lease_for: Duration, asked: bool) -> Result<Turn>;

    /// Writes summaries of interfaces that are stored, deletes those that are older than a day, and gives the turn back; they
    /// are next due in that time. Says how many were written; `None`: the turn was no longer the owner's, and nothing was.
    /// Without any, the turn is given back and no more.
    fn write_summaries(
        &mut self,
        owner: &str,
        summaries: &[Summary],
        next_in: Duration,
    ) -> Result<Option<u64>>;

    /// Summaries, as they were last written.
    fn summaries(&mut self, wanted: &Summaries) -> Result<Vec<Summary>>;

    /// Deletes what is older than anyone wants to know; says how many rows.
    fn prune(&mut self, keep: &Keep) -> Result<u64>;
}

/// What is new of links.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkNews<'a> {
    /// Links that are new or have changed.
    pub links: &'a [KnownLink],
    /// Links that are no more, and since when.
    pub ended: &'a [(Ends, Timestamp)],
    /// What happened.
    pub events: &'a [Happened],
}

/// What an operator says of a link.
#[derive(Debug, Clone, Copy)]
pub enum SaidLink<'a> {
    /// There is one.
    Is(&'a ManualLink),
    /// The one of that number is taken back.
    IsNot(i64),
}

/// A device of the inventory.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its name.
    pub name: &'a str,
    /// When its first walk is due, where it is new.
    pub due_in: Duration,
}

/// Changes, and the revision of the device they were made for.
#[derive(Debug, Clone, Copy)]
pub struct Versioned<'a> {
    /// What to write.
    pub changes: &'a Changes,
    /// The revision that must be the device's.
    pub revision: i64,
}

/// What came of one device's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They are in the store, and this is the device's revision now.
    Yes(i64),
    /// Someone else has written the device since; nothing of it was written.
    Conflict,
    /// There is no such device in the store.
    Unknown,
}

/// Who wants to walk what.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The name of this classifier, unique among those that share the store.
    pub owner: &'a str,
    /// The devices it can walk.
    pub among: &'a [DeviceId],
    /// How many at the most.
    pub limit: u32,
    /// For how long they are its own, unless renewed.
    pub lease_for: Duration,
    /// Whether somebody asked for it: then their time need not have come.
    pub asked: bool,
}

/// The right to walk a device, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The device.
    pub device: DeviceId,
    /// Tells this lease from every other of the device.
    pub token: i64,
    /// The device's revision when it was leased: who knows an older one loads it again first.
    pub revision: i64,
}

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Those of this device.
    pub device: Option<DeviceId>,
    /// Those of this interface.
    pub interface: Option<InterfaceId>,
    /// Those of these kinds; empty: of any.
    pub kinds: Vec<EventKind>,
    /// Those since then.
    pub since: Option<Timestamp>,
    /// Those with a smaller number: the smallest of the page before.
    pub before: Option<i64>,
    /// How many at the most.
    pub limit: u32,
}

/// Whether it is one's turn to do what one classifier does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is.
    Ours,
    /// It may be after this time.
    In(Duration),
}

/// Which summaries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Summaries {
    /// Those of these interfaces.
    Of(Vec<InterfaceId>),
    /// Those with the highest of a figure, so many at the most.
    Highest(Figure, u32),
}

/// A summary older than this is none of the last day.
const SUMMARY_AGE: Duration = Duration::from_secs(86_400);

/// An event of the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its number; later ones have greater ones.
    pub id: i64,
    /// Whose it is.
    pub device: DeviceId,
    /// The event.
    pub event: Event,
}

/// How long things are kept. `None`: for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep {
    /// Interfaces that were given up before then, unless someone decided about them.
    pub retired_since: Option<Timestamp>,
    /// Events since then.
    pub events_since: Option<Timestamp>,
    /// Changes of ifOperStatus since then: there are many, and the series have them too.
    pub status_events_since: Option<Timestamp>,
    /// Ranges that have ended since then.
    pub history_since: Option<Timestamp>,
    /// Walks since then.
    pub runs_since: Option<Timestamp>,
    /// Devices that were in someone's inventory since then.
    pub listed_since: Option<Timestamp>,
}

/// How long things are kept, counted from now. `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Interfaces that were given up, unless someone decided about them.
    pub retired: Option<Duration>,
    /// Events.
    pub events: Option<Duration>,
    /// Changes of ifOperStatus.
    pub status_events: Option<Duration>,
    /// Ranges of history that have ended.
    pub history: Option<Duration>,
    /// How walks went.
    pub runs: Option<Duration>,
    /// Devices that nobody's inventory has any more.
    pub unlisted: Option<Duration>,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Default for Retention {
    fn default() -> Self {
        Self {
            retired: Some(90 * DAY),
            events: Some(730 * DAY),
            status_events: Some(30 * DAY),
            history: None,
            runs: Some(30 * DAY),
            unlisted: Some(90 * DAY),
        }
    }
}

impl Retention {
    /// What is kept as of a moment.
    pub fn keep(&self, now: Timestamp) -> Keep {
        let since = |time: Option<Duration>| time.map(|time| now - time);
        Keep {
            retired_since: since(self.retired),
            events_since: since(self.events),
            status_events_since: since(self.status_events),
            history_since: since(self.history),
            runs_since: since(self.runs),
            listed_since: since(self.unlisted),
        }
    }
}
