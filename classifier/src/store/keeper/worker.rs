//! The thread itself: what it does next, and what it does when that fails.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::{Open, Options, Order, Question, Status, now};
use crate::state::DeviceState;
use crate::store::fleet::{Due, Fleet};
use crate::store::{Listed, Result, Store, StoreError, Versioned};
use crate::topology::completed::completed;
use crate::topology::manual::ManualLink;

/// About how many rows are written in one transaction.
const ROWS: usize = 10_000;
/// The longest wait before the store is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The first.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What the thread works with.
pub(super) struct Worker {
    open: Open,
    options: Options,
    fleet: Arc<Fleet>,
    status: Arc<Mutex<Status>>,
    store: Option<Box<dyn Store>>,
    /// Changes that are being written. Where the answer of a write was lost, the same is tried again under the same
    /// tag: then it is not written twice.
    due: Vec<Due>,
    tag: i64,
    pause: Duration,
    try_at: Instant,
    refresh_at: Instant,
    clean_at: Instant,
    /// When decisions are looked for whose time is over.
    end_at: Instant,
    /// Whether all devices of the store have been loaded once.
    loaded: bool,
    /// The reason of the last error that was logged, until all is well again.
    said: Option<&'static str>,
}

impl Worker {
    pub fn new(open: Open, options: Options, fleet: Arc<Fleet>, status: Arc<Mutex<Status>>) -> Self {
        let clean_at = Instant::now() + options.clean;
        Self {
            open,
            options,
            fleet,
            status,
            store: None,
            due: Vec::new(),
            tag: first_tag(),
            pause: Duration::ZERO,
            try_at: Instant::now(),
            refresh_at: Instant::now(),
            clean_at,
            end_at: Instant::now(),
            loaded: false,
            said: None,
        }
    }

    /// Works until it is told to end.
    pub fn run(mut self, orders: &Receiver<Order>) {
        loop {
            // Errors are noted where they happen; then it is a matter of time.
            let wait = self.work().unwrap_or_else(|_| self.try_at.saturating_duration_since(Instant::now()));
            let mut order = match orders.recv_timeout(wait) {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // All who ask are answered before the next long write.
            loop {
                match order {
                    Order::Ask { question, settled } => self.answer(question, settled),
                    Order::Look => {}
                    Order::End => {
                        let _ = self.settle();
                        return;
                    }
                }
                order = match orders.try_recv() {
                    Ok(order) => order,
                    Err(_) => break,
                };
            }
        }
    }

    /// Does what there is to do next; says for how long there is nothing more.
    fn work(&mut self) -> Result<Duration> {
        if Instant::now() >= self.end_at {
            self.end_at = Instant::now() + self.options.refresh;
            self.fleet.end_decisions(now());
        }
        self.connect()?;
        self.know()?;
        if self.write()? {
            return Ok(Duration::ZERO);
        }
        self.fine();
        let now = Instant::now();
        if now >= self.refresh_at {
            self.refresh_at = now + self.options.refresh;
            self.refresh()?;
        }
        if now >= self.clean_at {
            self.clean_at = now + self.options.clean;
            self.clean()?;
        }
        Ok(self.refresh_at.saturating_duration_since(Instant::now()))
    }

    /// Writes all that waits.
    fn settle(&mut self) -> Result<()> {
        self.connect()?;
        self.know()?;
        while self.write()? {}
        Ok(())
    }

    /// Opens the store where it is not open, but not before its time.
    fn connect(&mut self) -> Result<()> {
        if self.store.is_some() {
            return Ok(());
        }
        if Instant::now() < self.try_at {
            let last = self.locked().last_error.clone();
            return Err(last.map_or_else(|| StoreError::Away("not tried yet".into()), |(_, error)| error));
        }
        self.busy(true);
        let opened = guarded(&mut self.open);
        self.busy(false);
        self.store = Some(opened.inspect_err(|error| self.failed(error))?);
        Ok(())
    }

    /// Does something with the store.
    fn with<T>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<T>) -> Result<T> {
        let Some(mut store) = self.store.take() else { return Err(StoreError::Away("not open".into())) };
        self.busy(true);
        let result = guarded(|| work(&mut *store));
        self.busy(false);
        self.store = Some(store);
        match &result {
            Ok(_) => self.set_connected(true),
            Err(error) => self.failed(error),
        }
        result
    }

    /// Notes an error. Unless it is about what was asked, the connection is given up: the next one may reach a server
    /// that has taken over, or one that has started again.
    fn failed(&mut self, error: &StoreError) {
        {
            let mut status = self.locked();
            *status.errors.entry(error.reason()).or_default() += 1;
            status.last_error = Some((now(), error.clone()));
        }
        if error.is_final() {
            return;
        }
        self.store = None;
        self.set_connected(false);
        // Where all was well before, a new connection may do at once.
        self.try_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        if self.said != Some(error.reason()) {
            self.said = Some(error.reason());
            tracing::warn!(%error, "what is learned is kept in memory until the database takes it");
        }
    }

    /// Notes that all is well: what was to be written is.
    fn fine(&mut self) {
        self.pause = Duration::ZERO;
        if self.said.take().is_some() {
            tracing::info!("the database takes what is learned again");
        }
    }

    fn set_connected(&mut self, connected: bool) {
        let mut status = self.locked();
        if status.connected != connected || status.since.is_none() {
            (status.connected, status.since) = (connected, Some(now()));
        }
    }

    fn busy(&mut self, busy: bool) {
        self.locked().busy_since = busy.then(now);
    }

    fn locked(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads devices of the inventory that are not known yet.
    fn know(&mut self) -> Result<()> {
        let unknown = self.fleet.unknown();
        if !unknown.is_empty() {
            let due_in = self.options.first_walk_in;
            let listed: Vec<Listed<'_>> = unknown.iter().map(|name| Listed { name, due_in }).collect();
            let first = !self.loaded;
            let (states, manual) = self.with(|store| {
                let ids = store.register(&listed)?;
                Ok((store.load(if first { None } else { Some(&ids) })?, store.manual_links()?))
            })?;
            self.loaded = true;
            let states = if first { self.completed(states, manual) } else { states };
            self.fleet.loaded(states, now());
        }
        Ok(())
    }

    /// All devices with their neighbours: by them too they were labelled when they were stored.
    fn completed(&self, states: Vec<DeviceState>, manual: Vec<ManualLink>) -> Vec<DeviceState> {
        let listed: HashSet<Arc<str>> = self.fleet.listed().into_iter().collect();
        completed(states, manual, |name| listed.contains(name), now())
    }

    /// Writes the next of what waits; says whether there was anything.
    fn write(&mut self) -> Result<bool> {
        if self.due.is_empty() {
            self.due = self.fleet.take(ROWS);
            self.tag = self.tag.wrapping_add(1);
        }
        if self.due.is_empty() {
            return Ok(false);
        }
        let due = std::mem::take(&mut self.due);
        let result = self.put(&due);
        match result {
            Ok(()) => {}
            Err(error) if error.is_final() => self.one_by_one(due)?,
            Err(error) => {
                self.due = due;
                return Err(error);
            }
        }
        Ok(true)
    }

    /// Writes devices' changes in one transaction, and loads those again that someone else has written.
    fn put(&mut self, due: &[Due]) -> Result<()> {
        let changes: Vec<Versioned<'_>> =
            due.iter().map(|due| Versioned { changes: &due.changes, revision: due.revision }).collect();
        let tag = self.tag;
        let written = self.with(|store| store.write(&changes, tag))?;
        let again = self.fleet.written(due, &written);
        self.fine();
        {
            let mut status = self.locked();
            status.last_write = Some(now());
            status.written += (due.len() - again.len()) as u64;
            status.conflicts += again.len() as u64;
        }
        if again.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = again.iter().map(|due| due.changes.device).collect();
        let states = self.with(|store| store.load(Some(&ids))).inspect_err(|_| {
            // They are known again when the store is.
            again.iter().for_each(|due| self.fleet.forget(&due.name, false));
        })?;
        for due in again {
            if !states.iter().any(|state| state.id == due.changes.device) {
                self.fleet.forget(&due.name, false);
            }
        }
        self.fleet.loaded(states, now());
        Ok(())
    }

    /// Writes devices' changes each by itself, after the store has refused them together: those that are to blame are
    /// given up and said aloud, and their devices are loaded again.
    fn one_by_one(&mut self, due: Vec<Due>) -> Result<()> {
        let mut due = due.into_iter();
        while let Some(one) = due.next() {
            self.tag = self.tag.wrapping_add(1);
            match self.put(std::slice::from_ref(&one)) {
                Ok(()) => {}
                Err(error) if error.is_final() => {
                    tracing::error!(device = &*one.name, %error, "what was learned of a device cannot be stored");
                    self.fleet.forget(&one.name, true);
                    self.locked().rejected += 1;
                }
                Err(error) => {
                    self.due = vec![one];
                    self.due.extend(due);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Loads what other classifiers have written.
    fn refresh(&mut self) -> Result<()> {
        let revisions = self.with(|store| store.revisions())?;
        let outdated = self.fleet.outdated(&revisions);
        if outdated.is_empty() {
            return Ok(());
        }
        let states = self.with(|store| store.load(Some(&outdated)))?;
        self.fleet.loaded(states, now());
        Ok(())
    }

    /// Says that the inventory's devices are still in it, and deletes what is older than it is kept.
    fn clean(&mut self) -> Result<()> {
        let names = self.fleet.listed();
        let due_in = self.options.first_walk_in;
        let listed: Vec<Listed<'_>> = names.iter().map(|name| Listed { name, due_in }).collect();
        let keep = self.options.retention.keep(now());
        let deleted = self.with(|store| {
            store.register(&listed)?;
            store.prune(&keep)
        })?;
        tracing::debug!(rows = deleted, "what is old is deleted");
        Ok(())
    }

    fn answer(&mut self, mut question: Question, settled: bool) {
        let fresh = self.store.is_none();
        let ready = if settled { self.settle() } else { self.connect() };
        if let Err(error) = ready {
            question(Err(error), true);
            return;
        }
        let ended = matches!(self.asked(&mut question, fresh), Err(StoreError::Away(_)));
        if ended && !fresh {
            // The connection may have ended while nobody used it.
            match self.connect() {
                Ok(()) => {
                    let _ = self.asked(&mut question, true);
                }
                Err(error) => {
                    question(Err(error), true);
                }
            }
        }
    }

    fn asked(&mut self, question: &mut Question, last: bool) -> Result<()> {
        self.with(|store| question(Ok(store), last).map_or(Ok(()), Err))
    }
}

/// Runs what may panic, and goes on: a mistake in a driver is as good as a lost connection.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::Away("a panic where the database is asked".into())))
}

/// A number to begin tags with, unlike that of any other process.
fn first_tag() -> i64 {
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    i64::try_from(nanos % i64::MAX as u128).unwrap_or_default() ^ (i64::from(std::process::id()) << 24)
}
