//! The thread that owns the store: it writes what waits, answers questions, and takes the store up again when it was
//! away. Nothing that happens to the database ends the process.

mod worker;

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use self::worker::Worker;
use super::fleet::{Fleet, Learned, Rules, Waiting};
use super::{Result, Retention, Store, StoreError};
use crate::change::Event;
use crate::facts::{DeviceFacts, NeighbourFacts};
use crate::state::{Decision, DeviceState, InterfaceId};
use crate::timestamp::Timestamp;

/// How many questions wait for the store at the most; more are refused.
const QUESTIONS: usize = 256;

/// How the store is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often to look for what other classifiers have written.
    pub refresh: Duration,
    /// When the first walk of a new device is due.
    pub first_walk_in: Duration,
    /// How long things are kept.
    pub retention: Retention,
    /// How often what is older is deleted.
    pub clean: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(15),
            first_walk_in: Duration::ZERO,
            retention: Retention::default(),
            clean: Duration::from_secs(3600),
        }
    }
}

/// How it stands with the store.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Whether the store answered when it was last asked.
    pub connected: bool,
    /// Since when it does, or does not.
    pub since: Option<Timestamp>,
    /// Whether all devices of the inventory have been loaded.
    pub loaded: bool,
    /// Whether they were at some time: then there is something to show.
    pub begun: bool,
    /// The last error, and when it was.
    pub last_error: Option<(Timestamp, StoreError)>,
    /// How many errors there were, by [`StoreError::reason`].
    pub errors: BTreeMap<&'static str, u64>,
    /// When something was last written.
    pub last_write: Option<Timestamp>,
    /// Devices' changes that were written.
    pub written: u64,
    /// Devices that someone else had written meanwhile.
    pub conflicts: u64,
    /// Devices whose changes the store did not take.
    pub rejected: u64,
    /// Since when the store has been at work on one thing, where it is.
    pub busy_since: Option<Timestamp>,
    /// What waits to be written.
    pub waiting: Waiting,
}

/// A question to the store, and whether this is the last time it is asked: where the connection turns out to be lost,
/// it is asked again with a new one.
type Question = Box<dyn FnMut(Result<&mut dyn Store>, bool) -> Option<StoreError> + Send>;

enum Order {
    Ask {
        question: Question,
        /// Whether what waits is to be written first.
        settled: bool,
    },
    /// Something waits to be written, or to be loaded.
    Look,
    /// Write what waits, and end.
    End,
}

/// Opens the store; asked again each time it was lost.
pub type Open = Box<dyn FnMut() -> Result<Box<dyn Store>> + Send>;

/// The store's thread, as others see it. Its clones are the same thread.
#[derive(Clone)]
pub struct Keeper {
    orders: SyncSender<Order>,
    fleet: Arc<Fleet>,
    status: Arc<Mutex<Status>>,
}

/// The thread itself, for who ends it.
#[derive(Debug)]
pub struct Ending {
    orders: SyncSender<Order>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Starts the thread. The store is opened by it, now or as soon as it can be.
    pub fn start(fleet: Arc<Fleet>, open: Open, options: Options) -> std::io::Result<(Self, Ending)> {
        let (orders, received) = sync_channel(QUESTIONS);
        let status = Arc::new(Mutex::new(Status::default()));
        let keeper = Self { orders: orders.clone(), fleet: Arc::clone(&fleet), status: Arc::clone(&status) };
        let worker = Worker::new(open, options, fleet, status);
        let thread = thread::Builder::new().name("store".into()).spawn(move || worker.run(&received))?;
        Ok((keeper, Ending { orders, thread }))
    }

    /// The fleet in memory.
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    /// Says which devices the inventory has.
    pub fn list<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        self.fleet.list(names);
        self.look();
    }

    /// Says which devices the inventory has, and what it says of them. Says how many devices have changed by that.
    pub fn describe(&self, devices: Vec<DeviceFacts>) -> usize {
        let changed = self.fleet.describe(devices, now());
        self.look();
        changed
    }

    /// Notes what a walk brought; it is written as soon as the store takes it.
    pub fn learn(&self, device: &str, learned: Learned) -> Option<Arc<DeviceState>> {
        let state = self.fleet.learn(device, learned, now());
        self.look();
        state
    }

    /// Puts other rules in force, and labels all interfaces again. Says how many devices have changed.
    pub fn relabel(&self, rules: Rules) -> usize {
        let changed = self.fleet.relabel(rules, now());
        self.look();
        changed
    }

    /// Says who is at the other ends of a device's interfaces, by ifIndex. Says whether anything has changed.
    pub fn neighbours(&self, device: &str, neighbours: &HashMap<u32, Vec<NeighbourFacts>>) -> bool {
        let changed = self.fleet.neighbours(device, neighbours, now());
        if changed {
            self.look();
        }
        changed
    }

    /// Asks the store something. While it is away the answer is the error that keeps it away.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnMut(&mut dyn Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.order(question, false).await
    }

    /// The same once everything that waits is written.
    pub async fn ask_settled<T: Send + 'static>(
        &self,
        question: impl FnMut(&mut dyn Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.order(question, true).await
    }

    /// Sets what someone decided about an interface, or takes it back, and labels its device again. `false`: there is
    /// no such interface.
    pub async fn decide(
        &self,
        interface: InterfaceId,
        decision: Option<Decision>,
        event: Event,
    ) -> Result<bool> {
        let fleet = Arc::clone(&self.fleet);
        let decided = self.order(
            move |store| {
                let there = store.decide(interface, decision.as_ref(), &event)?;
                if there {
                    let states = store.load(Some(&[interface.device()]))?;
                    let names: Vec<String> =
                        states.iter().map(|state| state.head.facts.name.clone()).collect();
                    fleet.loaded(states, now());
                    names.iter().for_each(|name| {
                        fleet.relabel_device(name, now());
                    });
                }
                Ok(there)
            },
            true,
        );
        let decided = decided.await;
        self.look();
        decided
    }

    async fn order<T: Send + 'static>(
        &self,
        mut question: impl FnMut(&mut dyn Store) -> Result<T> + Send + 'static,
        settled: bool,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        let question = move |store: Result<&mut dyn Store>, last: bool| {
            let result = store.and_then(&mut question);
            let error = result.as_ref().err().cloned();
            if (last || !matches!(error, Some(StoreError::Away(_))))
                && let Some(answer) = answer.take()
            {
                // Who asked may have gone.
                let _ = answer.send(result);
            }
            error
        };
        let order = Order::Ask { question: Box::new(question), settled };
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy("more is asked of it than it answers".into()),
            TrySendError::Disconnected(_) => StoreError::Away("the program ends".into()),
        })?;
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::Away("the program ends, or failed over the question".into())))
    }

    /// How it stands with the store.
    pub fn status(&self) -> Status {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Status {
            waiting: self.fleet.waiting(),
            loaded: self.fleet.is_loaded(),
            begun: self.fleet.has_begun(),
            ..status
        }
    }

    fn look(&self) {
        // Where the channel is full, the thread looks anyway.
        let _ = self.orders.try_send(Order::Look);
    }
}

impl Ending {
    /// Writes what waits, as far as the store takes it, and ends the thread.
    pub fn end(self) {
        // A thread that is gone already has nothing to end.
        let _ = self.orders.send(Order::End);
        let _ = self.thread.join();
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
