//! Discovery, as others see it: started, asked for walks, looked at, ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use inventory::Inventory;
use snmp::Client;
use tokio::sync::{mpsc, oneshot};

use super::job::{Job, Jobs};
use super::outcome::Outcome;
use super::runner::{Runner, Running, locked, now};
use super::schedule::Pace;
use super::walk::Extent;
use crate::own::OwnMetrics;
use crate::store::Keeper;
use crate::timestamp::Timestamp;

/// How discovery goes about it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether devices are walked on time; else only those that somebody asks for.
    pub scheduled: bool,
    /// How often devices are walked.
    pub pace: Pace,
    /// Walks at once.
    pub most: usize,
    /// Walks at once at one site.
    pub most_per_site: usize,
    /// How long a device stays ours without a word from us: as long as it takes until others take over a dead
    /// classifier's devices.
    pub lease: Duration,
    /// The name of this classifier, unique among those that share the store.
    pub owner: String,
}

/// Discovery, as others see it. Its clones are the same.
#[derive(Debug, Clone)]
pub struct Discovery {
    orders: mpsc::UnboundedSender<Order>,
    running: Running,
    jobs: Arc<Mutex<Jobs>>,
}

/// What the runner is told.
#[derive(Debug)]
pub(super) enum Order {
    Walk(Vec<Arc<str>>, Asked),
    Stop(oneshot::Sender<()>),
}

/// Somebody who asks for walks.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub job: Arc<Job>,
    pub extent: Extent,
    /// Who wants to hear what came of each.
    pub told: Option<mpsc::UnboundedSender<Arc<Outcome>>>,
}

impl Discovery {
    /// Starts it. To be called within a tokio runtime.
    pub fn start(
        client: Arc<Client>,
        inventory: Arc<ArcSwap<Inventory>>,
        keeper: Keeper,
        own: OwnMetrics,
        settings: Settings,
    ) -> Self {
        let (orders, ordered) = mpsc::unbounded_channel();
        let runner = Runner::new(client, inventory, keeper, own, settings);
        let running = runner.running();
        tokio::spawn(runner.run(ordered));
        Self { orders, running, jobs: Arc::default() }
    }

    /// Has devices walked now, and all of them read. No device is walked twice at once: where another walk of it is under
    /// way, here or by another classifier, this one comes after it.
    pub fn request(&self, devices: impl IntoIterator<Item = Arc<str>>) -> Arc<Job> {
        self.order(devices.into_iter().collect(), Extent::Everything, None)
    }

    /// The same, read to that extent, for who wants to hear what came of each device; the channel ends with the job.
    pub fn request_told(
        &self,
        devices: impl IntoIterator<Item = Arc<str>>,
        extent: Extent,
    ) -> (Arc<Job>, mpsc::UnboundedReceiver<Arc<Outcome>>) {
        let (told, hears) = mpsc::unbounded_channel();
        (self.order(devices.into_iter().collect(), extent, Some(told)), hears)
    }

    fn order(
        &self,
        devices: BTreeSet<Arc<str>>,
        extent: Extent,
        told: Option<mpsc::UnboundedSender<Arc<Outcome>>>,
    ) -> Arc<Job> {
        let job = locked(&self.jobs).add(now(), devices.iter().cloned());
        let asked = Asked { job: Arc::clone(&job), extent, told };
        // Where discovery has ended nobody waits for the job either.
        let _ = self.orders.send(Order::Walk(devices.into_iter().collect(), asked));
        job
    }

    /// A job by its number; the latest hundred are remembered.
    pub fn job(&self, id: u64) -> Option<Arc<Job>> {
        locked(&self.jobs).get(id)
    }

    /// The jobs that are remembered, the latest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        locked(&self.jobs).all()
    }

    /// The devices that are walked at this moment, and since when.
    pub fn running(&self) -> BTreeMap<Arc<str>, Timestamp> {
        locked(&self.running).clone()
    }

    /// Begins no more walks, and waits a little for those under way.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        if self.orders.send(Order::Stop(done)).is_ok() {
            let _ = ended.await;
        }
    }
}
