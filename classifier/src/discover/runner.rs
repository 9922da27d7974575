//! The walks of a whole fleet, on time and on request: the loop that begins them as there are turns for them.
//!
//! While the store is away, what is due is decided by what is known here, and discovery goes on.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use inventory::{Device, Inventory};
use snmp::Client;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::handle::{Asked, Order, Settings};
use super::job::Standing;
use super::leases::{Answer, Candidates, Leases};
use super::outcome::Outcome;
use super::schedule;
use super::turns::Turns;
use super::walk::{Extent, walk};
use crate::own::OwnMetrics;
use crate::state::DeviceId;
use crate::store::{Keeper, Lease, Status};
use crate::timestamp::Timestamp;

/// How often it is looked at what is due.
const TICK: Duration = Duration::from_millis(500);
/// So many devices are claimed at once, so that one claim does not hold what others could walk.
const CLAIM: usize = 256;
/// So many devices wait here at the most, where many are at sites that have no turn free.
const MOST_WAITING: usize = 4 * CLAIM;
/// While so many devices wait to be written, no more are walked.
const MOST_UNWRITTEN: usize = 1000;
/// A store that has been at work on one thing for so long hangs.
const HANGING: Duration = Duration::from_secs(10);
/// How long walks that are under way may go on when the program ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// The devices that are walked at this moment, and since when.
pub(super) type Running = Arc<Mutex<BTreeMap<Arc<str>, Timestamp>>>;

/// What walks need.
pub(super) struct Runner {
    client: Arc<Client>,
    inventory: Arc<ArcSwap<Inventory>>,
    keeper: Keeper,
    own: OwnMetrics,
    settings: Settings,
    running: Running,
    turns: Turns,
    leases: Leases,
    /// Devices to be walked as soon as there is a turn for them.
    waiting: VecDeque<Arc<str>>,
    /// Devices that somebody asked for, and whose walk has not begun since.
    asked: BTreeMap<Arc<str>, Vec<Asked>>,
    /// Whether more may be due than the last claim has brought.
    more: bool,
    /// Whether it is time to look, however few turns are free.
    ticked: bool,
    walks: JoinSet<Outcome>,
    tasks: HashMap<Id, Task>,
}

/// A walk that is under way.
struct Task {
    name: Arc<str>,
    site: Option<String>,
    asked: Vec<Asked>,
}

impl Runner {
    pub fn new(
        client: Arc<Client>,
        inventory: Arc<ArcSwap<Inventory>>,
        keeper: Keeper,
        own: OwnMetrics,
        settings: Settings,
    ) -> Self {
        Self {
            turns: Turns::new(settings.most, settings.most_per_site),
            leases: Leases::new(keeper.clone(), &settings.owner, settings.lease),
            client,
            inventory,
            keeper,
            own,
            settings,
            running: Running::default(),
            waiting: VecDeque::new(),
            asked: BTreeMap::new(),
            more: true,
            ticked: true,
            walks: JoinSet::new(),
            tasks: HashMap::new(),
        }
    }

    pub fn running(&self) -> Running {
        Arc::clone(&self.running)
    }

    pub async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let farewell = loop {
            self.claim();
            self.leases.give_back();
            self.begin();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Walk(devices, asked)) => self.request(devices, &asked),
                    Some(Order::Stop(done)) => break Some(done),
                    None => break None,
                },
                Some(ended) = self.walks.join_next_with_id() => self.ended(ended),
                answer = self.leases.answer() => if let Answer::Claimed(leases) = answer {
                    self.claimed(leases);
                },
                _ = ticks.tick() => {
                    (self.more, self.ticked) = (true, true);
                    self.leases.renew();
                    self.forget_unlisted();
                }
            }
        };
        self.stop().await;
        if let Some(done) = farewell {
            // Who asked may have gone.
            let _ = done.send(());
        }
    }

    /// Asks the store which devices are due, where there are turns for them and it is not being asked already.
    fn claim(&mut self) {
        // A few more than there are turns for, so that no turn waits for the store.
        let ahead = (self.settings.most / 4).max(1);
        let room = (self.turns.free() + ahead).saturating_sub(self.ready()).min(CLAIM);
        let room = room.min(MOST_WAITING.saturating_sub(self.waiting.len()));
        let enough = room >= ahead || self.ticked;
        if self.leases.is_claiming() || !self.more || !enough || room == 0 {
            return;
        }
        (self.more, self.ticked) = (false, false);
        let status = self.keeper.status();
        if falls_behind(&status, now()) {
            return;
        }
        if status.loaded {
            let candidates = self.candidates();
            self.leases.claim(candidates, room);
        } else if status.last_error.is_some() {
            self.due_here(now());
        }
    }

    /// How many of those that wait could begin now.
    fn ready(&self) -> usize {
        let inventory = self.inventory.load();
        let admitted =
            |name: &&Arc<str>| inventory.device(name).is_none_or(|device| self.turns.admits(site(device)));
        self.waiting.iter().filter(admitted).count()
    }

    fn candidates(&self) -> Candidates {
        let inventory = self.inventory.load();
        let waiting: HashSet<&str> = self.waiting.iter().map(|name| &**name).collect();
        let running = locked(&self.running);
        let mut candidates = Candidates::default();
        for state in self.keeper.fleet().snapshot() {
            let name = state.head.facts.name.as_str();
            let admitted = inventory.device(name).is_some_and(|device| self.turns.admits(site(device)));
            if !admitted || running.contains_key(name) || waiting.contains(name) || self.leases.hold(name) {
                continue;
            }
            if self.asked.contains_key(name) {
                candidates.asked.push(state.id);
            } else if self.settings.scheduled {
                match state.head.last_walk {
                    None => candidates.new.push(state.id),
                    Some(_) => candidates.known.push(state.id),
                }
            }
        }
        candidates
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
            let asked = self.asked.contains_key(name);
            if !self.leases.take(name, lease, asked, now) {
                continue;
            }
            match asked {
                true => self.waiting.push_front(Arc::clone(name)),
                false => self.waiting.push_back(Arc::clone(name)),
            }
        }
    }

    /// Takes devices that somebody asked for, and those due by what is known here.
    fn due_here(&mut self, now: Timestamp) {
        let inventory = self.inventory.load_full();
        let fleet = self.keeper.fleet();
        let busy: HashSet<Arc<str>> =
            self.waiting.iter().cloned().chain(locked(&self.running).keys().cloned()).collect();
        let mut due: Vec<(bool, Option<Timestamp>, Arc<str>)> = Vec::new();
        for device in inventory.devices() {
            let name: Arc<str> = device.name.as_str().into();
            if busy.contains(&name) {
                continue;
            }
            let asked = self.asked.contains_key(&name);
            let at = self
                .leases
                .owed(&name)
                .or_else(|| schedule::due(&name, &fleet.device(&name)?.head, self.settings.pace.interval));
            if asked || self.settings.scheduled && at.is_none_or(|at| at <= now) {
                due.push((!asked, at, name));
            }
        }
        due.sort();
        let free = self.turns.free().saturating_sub(self.waiting.len());
        self.waiting.extend(due.into_iter().take(free).map(|(.., name)| name));
    }

    /// Somebody asks for walks. A device that is being walked is walked again: what was changed on it a moment ago, for
    /// which it is asked again, may have been read before.
    fn request(&mut self, devices: Vec<Arc<str>>, asked: &Asked) {
        for name in devices.into_iter().rev() {
            if let Some(place) = self.waiting.iter().position(|waiting| *waiting == name) {
                self.waiting.remove(place);
                self.waiting.push_front(Arc::clone(&name));
            }
            self.asked.entry(name).or_default().push(asked.clone());
        }
        self.forget_unlisted();
        (self.more, self.ticked) = (true, true);
    }

    /// Tells those who ask for devices that no inventory has, or has any more.
    fn forget_unlisted(&mut self) {
        let inventory = self.inventory.load();
        let gone: Vec<Arc<str>> =
            self.asked.keys().filter(|name| inventory.device(name).is_none()).cloned().collect();
        for name in gone {
            self.not_walked(&name);
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
            self.walk(name, device);
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
    }

    fn walk(&mut self, name: Arc<str>, device: &Device) {
        let now = now();
        let asked = self.asked.remove(&name).unwrap_or_default();
        asked.iter().for_each(|asked| asked.job.note(&name, Standing::Walking, now));
        let extent = asked.iter().map(|asked| asked.extent).reduce(Extent::and);
        let extent = extent.unwrap_or(Extent::News(self.settings.pace.full_every));
        let place = site(device).map(str::to_owned);
        self.turns.begin(place.as_deref());
        locked(&self.running).insert(Arc::clone(&name), now);
        self.own.walks_in_flight.inc();
        let (client, keeper, device) = (Arc::clone(&self.client), self.keeper.clone(), device.clone());
        let task = self.walks.spawn({
            let device_name = Arc::clone(&name);
            async move {
                let before = keeper.fleet().device(&device_name);
                let walked = walk(&client, &device, before.as_deref(), extent).await;
                let after = keeper.learn(&device_name, walked.learned.clone());
                Outcome { device: device_name, walked, before, after }
            }
        });
        self.tasks.insert(task.id(), Task { name, site: place, asked });
    }

    /// A device that has left the inventory before its turn came.
    fn not_walked(&mut self, name: &Arc<str>) {
        self.leases.end(name, None);
        for asked in self.asked.remove(name).into_iter().flatten() {
            asked.job.note(name, Standing::Failed("it is not in the inventory".into()), now());
        }
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(Arc::new(outcome))),
            Err(error) => {
                tracing::error!(%error, "a walk has ended the wrong way");
                (error.id(), None)
            }
        };
        let Some(Task { name, site, asked }) = self.tasks.remove(&id) else { return };
        let started = locked(&self.running).remove(&name).unwrap_or_else(now);
        self.turns.end(site.as_deref());
        self.own.walks_in_flight.dec();
        if let Some(outcome) = &outcome {
            self.own.walked(&outcome.walked);
            // Who only asks has the answers from their job.
            if self.settings.scheduled {
                outcome.log();
            }
        }
        let failures = outcome.as_ref().map_or(1, |outcome| outcome.failures());
        for Asked { job, told, .. } in asked {
            let standing = match &outcome {
                None => Standing::Failed("the walk has ended the wrong way".into()),
                Some(outcome) => {
                    if let Some(told) = told {
                        // Who asked may have gone.
                        let _ = told.send(Arc::clone(outcome));
                    }
                    let failed = outcome.failure().map(|reason| Standing::Failed(reason.to_owned()));
                    failed.unwrap_or(Standing::Done)
                }
            };
            job.note(&name, standing, now());
        }
        let next = schedule::next(&name, failures, self.settings.pace.interval, started);
        self.leases.end(&name, self.settings.scheduled.then(|| started + next));
    }

    /// Waits a little for the walks under way, and gives back what is not walked.
    async fn stop(mut self) {
        let end = Instant::now() + FAREWELL;
        while let Ok(Some(ended)) = timeout_at(end, self.walks.join_next_with_id()).await {
            self.ended(ended);
        }
        self.walks.abort_all();
        self.leases.stop().await;
    }
}

/// Whether the store is at work, and has so much to write that walks should wait for it: what waits takes memory. A store
/// that is away or hangs is waited for by nobody.
fn falls_behind(status: &Status, now: Timestamp) -> bool {
    let hangs = status.busy_since.is_some_and(|since| now.since(since) > HANGING);
    status.connected && !hangs && status.waiting.devices > MOST_UNWRITTEN
}

fn site(device: &Device) -> Option<&str> {
    device.labels.get("site").map(String::as_str)
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Waiting;

    #[test]
    fn walks_wait_for_a_store_that_is_at_work_and_for_no_other() {
        let now = Timestamp::from_millis(60_000);
        let waiting = |devices| Waiting { devices, ..Waiting::default() };
        let busy = |seconds| Some(now - Duration::from_secs(seconds));
        for (what, connected, busy_since, devices, expected) in [
            ("little waits", true, busy(1), MOST_UNWRITTEN, false),
            ("much waits", true, busy(1), MOST_UNWRITTEN + 1, true),
            ("between two writes", true, None, MOST_UNWRITTEN + 1, true),
            ("it is away", false, None, MOST_UNWRITTEN + 1, false),
            ("it hangs", true, busy(11), MOST_UNWRITTEN + 1, false),
        ] {
            let status = Status { connected, busy_since, waiting: waiting(devices), ..Status::default() };
            assert_eq!(falls_behind(&status, now), expected, "{what}");
        }
    }
}
