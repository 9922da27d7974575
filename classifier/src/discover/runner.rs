//! The walks of a whole fleet, on time and on request.
//!
//! Which devices are due is the store's to say, so that of several classifiers on one database each walks its own.
//! While the store is away it is decided by what is known here, and discovery goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use inventory::{Device, Inventory};
use snmp::Client;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::schedule::{self, Pace};
use super::turns::Turns;
use super::walk::{Extent, Walked, walk};
use crate::own::OwnMetrics;
use crate::state::{DeviceId, DeviceState};
use crate::store::{Claim, Keeper, Learned, Lease};
use crate::timestamp::Timestamp;

/// How long a device stays ours without a word from us: as long as it takes until others take over a dead
/// classifier's devices.
const LEASE: Duration = Duration::from_secs(60);
/// How often leases are renewed.
const RENEW: Duration = Duration::from_secs(20);
/// How often it is looked at what is due.
const TICK: Duration = Duration::from_millis(500);
/// If the store has not said by then what is due, it is as good as away.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many devices are claimed at once, so that one claim does not hold what others could walk.
const CLAIM: usize = 256;
/// How long walks that are under way may go on when the program ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// How discovery goes about it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often devices are walked.
    pub pace: Pace,
    /// Walks at once.
    pub most: usize,
    /// Walks at once at one site.
    pub most_per_site: usize,
    /// The name of this classifier, unique among those that share the store.
    pub owner: String,
}

/// Discovery, as others see it. Its clones are the same.
#[derive(Debug, Clone)]
pub struct Discovery {
    orders: mpsc::UnboundedSender<Order>,
    running: Arc<Mutex<BTreeMap<Arc<str>, Timestamp>>>,
}

/// Walks that somebody asked for.
#[derive(Debug, Default)]
pub struct Job {
    /// How many devices.
    pub devices: usize,
    done: AtomicUsize,
    failed: AtomicUsize,
}

#[derive(Debug)]
enum Order {
    Walk(Vec<Arc<str>>, Arc<Job>),
    Stop(oneshot::Sender<()>),
}

impl Job {
    /// How many devices have been walked, whatever came of it.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Acquire)
    }

    /// How many of them did not answer.
    pub fn failed(&self) -> usize {
        self.failed.load(Ordering::Acquire)
    }
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
        let running = Arc::new(Mutex::new(BTreeMap::new()));
        let runner = Runner {
            turns: Turns::new(settings.most, settings.most_per_site),
            client,
            inventory,
            keeper,
            own,
            settings,
            running: Arc::clone(&running),
            waiting: VecDeque::new(),
            requested: BTreeMap::new(),
            leases: HashMap::new(),
            done: Vec::new(),
            completing: None,
            owed: HashMap::new(),
            claiming: None,
            more: true,
            ticked: true,
            renew_at: Instant::now() + RENEW,
            walks: JoinSet::new(),
            tasks: HashMap::new(),
        };
        tokio::spawn(runner.run(ordered));
        Self { orders, running }
    }

    /// Has devices walked now, and all of them read.
    pub fn request(&self, devices: impl IntoIterator<Item = Arc<str>>) -> Arc<Job> {
        let devices: BTreeSet<Arc<str>> = devices.into_iter().collect();
        let job = Arc::new(Job { devices: devices.len(), ..Job::default() });
        // Where discovery has ended nobody waits for the job either.
        let _ = self.orders.send(Order::Walk(devices.into_iter().collect(), Arc::clone(&job)));
        job
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

/// What a walk brought, and the device as it is known now.
type Outcome = (Walked, Option<Arc<DeviceState>>);

type Asking<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

struct Runner {
    client: Arc<Client>,
    inventory: Arc<ArcSwap<Inventory>>,
    keeper: Keeper,
    own: OwnMetrics,
    settings: Settings,
    running: Arc<Mutex<BTreeMap<Arc<str>, Timestamp>>>,
    turns: Turns,
    /// Devices to be walked as soon as there is a turn for them.
    waiting: VecDeque<Arc<str>>,
    /// Devices that somebody asked for, and for which jobs.
    requested: BTreeMap<Arc<str>, Vec<Arc<Job>>>,
    leases: HashMap<Arc<str>, Lease>,
    /// Leases to be given back, and when the next walk is due.
    done: Vec<(Arc<str>, Lease, Timestamp)>,
    completing: Option<Asking<Vec<Arc<str>>>>,
    /// When devices are due whose leases could not be given back.
    owed: HashMap<Arc<str>, Timestamp>,
    claiming: Option<Asking<Vec<Lease>>>,
    /// Whether more may be due than the last claim has brought.
    more: bool,
    /// Whether it is time to look, however few turns are free.
    ticked: bool,
    renew_at: Instant,
    walks: JoinSet<Outcome>,
    /// The devices being walked, and their sites.
    tasks: HashMap<Id, (Arc<str>, Option<String>)>,
}

impl Runner {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let farewell = loop {
            self.claim();
            self.complete();
            self.begin();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Walk(devices, job)) => self.request(devices, &job),
                    Some(Order::Stop(done)) => break Some(done),
                    None => break None,
                },
                Some(ended) = self.walks.join_next_with_id() => self.ended(ended),
                claimed = answer(&mut self.claiming) => self.claimed(claimed),
                completed = answer(&mut self.completing) => self.completed(completed),
                _ = ticks.tick() => {
                    (self.more, self.ticked) = (true, true);
                    self.renew();
                }
            }
        };
        self.stop().await;
        if let Some(done) = farewell {
            let _ = done.send(());
        }
    }

    /// Asks the store which devices are due, where there are turns for them and it is not being asked already.
    fn claim(&mut self) {
        // A few more than there are turns for, so that no turn waits for the store.
        let ahead = (self.settings.most / 4).max(1);
        let room = (self.turns.free() + ahead).saturating_sub(self.waiting.len()).min(CLAIM);
        let enough = room >= ahead || self.ticked;
        if self.claiming.is_some() || !self.more || !enough || room == 0 {
            return;
        }
        (self.more, self.ticked) = (false, false);
        let status = self.keeper.status();
        if !status.loaded {
            if status.last_error.is_some() {
                self.due_here(now());
            }
            return;
        }
        let (new, known) = self.claimable();
        let (keeper, owner) = (self.keeper.clone(), self.settings.owner.clone());
        self.claiming = Some(Box::pin(async move {
            let limit = u32::try_from(room).unwrap_or(u32::MAX);
            let asked = keeper.ask(move |store| {
                let claim = |among, limit| Claim { owner: &owner, among, limit, lease_for: LEASE };
                let mut leases = match new.is_empty() {
                    true => Vec::new(),
                    false => store.claim(&claim(&new, limit))?,
                };
                let left = limit.saturating_sub(u32::try_from(leases.len()).unwrap_or(u32::MAX));
                if left > 0 && !known.is_empty() {
                    leases.extend(store.claim(&claim(&known, left))?);
                }
                Ok(leases)
            });
            timeout(PATIENCE, asked).await.ok()?.ok()
        }));
    }

    /// The devices that could be walked: those that never were, and the others.
    fn claimable(&self) -> (Vec<DeviceId>, Vec<DeviceId>) {
        let inventory = self.inventory.load();
        let waiting: HashSet<&str> = self.waiting.iter().map(|name| &**name).collect();
        let running = locked(&self.running);
        let states = self.keeper.fleet().snapshot();
        let free = states.iter().filter(|state| {
            let name = state.head.facts.name.as_str();
            let device = inventory.device(name);
            !running.contains_key(name)
                && !waiting.contains(name)
                && !self.leases.contains_key(name)
                && device.is_some_and(|device| self.turns.admits(site(device)))
        });
        let (new, known): (Vec<&Arc<DeviceState>>, _) =
            free.partition(|state| state.head.last_walk.is_none());
        let ids = |states: Vec<&Arc<DeviceState>>| states.into_iter().map(|state| state.id).collect();
        (ids(new), ids(known))
    }

    /// Takes devices the store says are due; where it is away, those that are due by what is known here.
    fn claimed(&mut self, leases: Option<Vec<Lease>>) {
        let now = now();
        let Some(leases) = leases else { return self.due_here(now) };
        if leases.is_empty() {
            return;
        }
        self.more = true;
        let names: HashMap<DeviceId, Arc<str>> = {
            let states = self.keeper.fleet().snapshot();
            states.iter().map(|state| (state.id, state.head.facts.name.as_str().into())).collect()
        };
        for lease in leases {
            let Some(name) = names.get(&lease.device) else { continue };
            match self.owed.remove(name) {
                // It was walked while the store was away, which does not know of it.
                Some(due) if due > now => self.done.push((Arc::clone(name), lease, due)),
                _ => {
                    self.leases.insert(Arc::clone(name), lease);
                    self.waiting.push_back(Arc::clone(name));
                }
            }
        }
    }

    fn due_here(&mut self, now: Timestamp) {
        let inventory = self.inventory.load_full();
        let fleet = self.keeper.fleet();
        let waiting: HashSet<Arc<str>> = self.waiting.iter().cloned().collect();
        let mut due: Vec<(Option<Timestamp>, Arc<str>)> = Vec::new();
        for device in inventory.devices() {
            let name: Arc<str> = device.name.as_str().into();
            if waiting.contains(&name) || locked(&self.running).contains_key(&name) {
                continue;
            }
            let at =
                self.owed.get(&name).copied().or_else(|| {
                    schedule::due(&name, &fleet.device(&name)?.head, self.settings.pace.interval)
                });
            if at.is_none_or(|at| at <= now) {
                due.push((at, name));
            }
        }
        due.sort();
        let free = self.turns.free().saturating_sub(self.waiting.len());
        self.waiting.extend(due.into_iter().take(free).map(|(_, name)| name));
    }

    fn request(&mut self, devices: Vec<Arc<str>>, job: &Arc<Job>) {
        let waiting: HashSet<Arc<str>> = self.waiting.iter().cloned().collect();
        for name in devices.into_iter().rev() {
            if !waiting.contains(&name) && !locked(&self.running).contains_key(&name) {
                self.waiting.push_front(Arc::clone(&name));
            }
            self.requested.entry(name).or_default().push(Arc::clone(job));
        }
    }

    /// Begins the walks there are turns for.
    fn begin(&mut self) {
        let inventory = self.inventory.load_full();
        let mut kept = VecDeque::new();
        while let Some(name) = self.waiting.pop_front() {
            let Some(device) = inventory.device(&name) else {
                self.not_walked(&name);
                continue;
            };
            if self.turns.free() == 0 {
                self.waiting.push_front(name);
                break;
            }
            if !self.turns.admits(site(device)) {
                kept.push_back(name);
                continue;
            }
            self.turns.begin(site(device));
            locked(&self.running).insert(Arc::clone(&name), now());
            self.own.walks_in_flight.inc();
            let extent = match self.requested.contains_key(&name) {
                true => Extent::Everything,
                false => Extent::News(self.settings.pace.full_every),
            };
            let (client, keeper, device) = (Arc::clone(&self.client), self.keeper.clone(), device.clone());
            let place = site(&device).map(str::to_owned);
            let task = self.walks.spawn({
                let name = Arc::clone(&name);
                async move {
                    let known = keeper.fleet().device(&name);
                    let walked = walk(&client, &device, known.as_deref(), extent).await;
                    let state = keeper.learn(&name, walked.learned.clone());
                    (walked, state)
                }
            });
            self.tasks.insert(task.id(), (name, place));
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
    }

    /// A device that has left the inventory before its turn came.
    fn not_walked(&mut self, name: &Arc<str>) {
        if let Some(lease) = self.leases.remove(name) {
            self.done.push((Arc::clone(name), lease, now() + self.settings.pace.interval));
        }
        for job in self.requested.remove(name).into_iter().flatten() {
            job.failed.fetch_add(1, Ordering::AcqRel);
            job.done.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => {
                tracing::error!(%error, "a walk has ended the wrong way");
                (error.id(), None)
            }
        };
        let Some((name, site)) = self.tasks.remove(&id) else { return };
        let started = locked(&self.running).remove(&name).unwrap_or_else(now);
        self.turns.end(site.as_deref());
        self.own.walks_in_flight.dec();
        let mut failures = 1;
        if let Some((walked, state)) = outcome {
            self.own.walked(&walked);
            tell(&name, &walked, state.as_deref());
            let failed = matches!(walked.learned, Learned::Failed(_));
            failures = state.map_or(i64::from(failed), |state| state.head.failures);
        }
        for job in self.requested.remove(&name).into_iter().flatten() {
            job.failed.fetch_add(usize::from(failures > 0), Ordering::AcqRel);
            job.done.fetch_add(1, Ordering::AcqRel);
        }
        let due = started + schedule::next(&name, failures, self.settings.pace.interval, started);
        match self.leases.remove(&name) {
            Some(lease) => self.done.push((name, lease, due)),
            None => {
                self.owed.insert(name, due);
            }
        }
    }

    /// Gives leases back, once what was learned is written: whoever takes over a dead classifier's devices finds them
    /// due.
    fn complete(&mut self) {
        if self.completing.is_some() || self.done.is_empty() {
            return;
        }
        let done = std::mem::take(&mut self.done);
        for (name, _, due) in &done {
            self.owed.insert(Arc::clone(name), *due);
        }
        let keeper = self.keeper.clone();
        self.completing = Some(Box::pin(async move {
            let asked = keeper.ask_settled(move |store| {
                let now = now();
                let back = |(_, lease, due): &(_, Lease, Timestamp)| (*lease, due.since(now));
                let leases: Vec<(Lease, Duration)> = done.iter().map(back).collect();
                store.complete(&leases)?;
                Ok(done.iter().map(|(name, ..)| Arc::clone(name)).collect())
            });
            timeout(PATIENCE, asked).await.ok()?.ok()
        }));
    }

    fn completed(&mut self, completed: Option<Vec<Arc<str>>>) {
        for name in completed.into_iter().flatten() {
            self.owed.remove(&name);
        }
    }

    /// Prolongs all leases.
    fn renew(&mut self) {
        if Instant::now() < self.renew_at {
            return;
        }
        self.renew_at = Instant::now() + RENEW;
        let leases: Vec<Lease> = self.leases.values().copied().collect();
        if leases.is_empty() {
            return;
        }
        let keeper = self.keeper.clone();
        tokio::spawn(async move {
            // A device that others have taken is written by whoever ends first, and judged again by the other.
            if let Err(error) = keeper.ask(move |store| store.renew(&leases, LEASE)).await {
                tracing::debug!(%error, "leases are not renewed");
            }
        });
    }

    /// Waits a little for the walks under way, and gives back what is not walked.
    async fn stop(mut self) {
        let end = Instant::now() + FAREWELL;
        while let Ok(Some(ended)) = tokio::time::timeout_at(end, self.walks.join_next_with_id()).await {
            self.ended(ended);
        }
        self.walks.abort_all();
        if let Some(completing) = self.completing.take() {
            completing.await;
        }
        let left: Vec<_> = self.leases.drain().collect();
        self.done.extend(left.into_iter().map(|(name, lease)| (name, lease, Timestamp::default())));
        self.complete();
        if let Some(completing) = self.completing.take() {
            completing.await;
        }
    }
}

/// Says how a walk went.
fn tell(name: &str, walked: &Walked, state: Option<&DeviceState>) {
    match &walked.learned {
        Learned::Walked(walk) => {
            let (interfaces, trouble) = (walk.interfaces.len(), walk.trouble.as_deref());
            let took = walk.took.as_secs_f64();
            match trouble {
                None => tracing::debug!(device = name, interfaces, took, "walked"),
                Some(trouble) => tracing::warn!(device = name, interfaces, took, trouble, "walked in part"),
            }
        }
        Learned::Failed(failure) => {
            let failures = state.map_or(1, |state| state.head.failures);
            // Said once; the metrics go on saying it.
            match failures {
                ..=1 => tracing::warn!(device = name, reason = failure.reason, "no walk"),
                _ => tracing::debug!(device = name, reason = failure.reason, failures, "no walk"),
            }
        }
    }
}

/// The answer to what is being asked; never, where nothing is.
async fn answer<T>(asking: &mut Option<Asking<T>>) -> Option<T> {
    match asking {
        Some(asked) => {
            let answered = asked.await;
            *asking = None;
            answered
        }
        None => std::future::pending().await,
    }
}

fn site(device: &Device) -> Option<&str> {
    device.labels.get("site").map(String::as_str)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
