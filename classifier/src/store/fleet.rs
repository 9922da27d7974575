//! The fleet in memory: what is known of every device, and what of it the store does not have yet.
//!
//! What was learned is known at once, whether the store can be reached or not; of each device at most one set of
//! changes waits for the store, so that what waits grows with the fleet and not with time. Nothing here does IO.

mod exchange;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::change::{self, Changes, Event, EventKind, Labeller, Policy};
use crate::facts::{DeviceFacts, NeighbourFacts};
use crate::identity;
use crate::state::{DeviceId, DeviceState};
use crate::timestamp::Timestamp;
use crate::walk::{Failure, Walk};

/// The rules in force, as the fleet holds them.
pub type Rules = Arc<dyn Labeller + Send + Sync>;

/// All devices.
pub struct Fleet {
    policy: Policy,
    inner: Mutex<Inner>,
}

struct Inner {
    rules: Rules,
    devices: BTreeMap<Arc<str>, Slot>,
    names: HashMap<DeviceId, Arc<str>>,
    /// Devices that have something to be written.
    waiting: BTreeSet<Arc<str>>,
    /// Who was seen with which serial number or chassis.
    signs: HashMap<String, HashSet<Arc<str>>>,
    given_up: u64,
    /// Whether the inventory has been said.
    listed: bool,
    /// Whether all devices of the inventory were known at some time.
    begun: bool,
    version: u64,
}

/// One device.
#[derive(Default)]
struct Slot {
    /// Whether it is in the inventory.
    listed: bool,
    /// What the inventory says of it.
    described: Option<Arc<DeviceFacts>>,
    /// What is known; `None` until it was loaded from the store.
    state: Option<Arc<DeviceState>>,
    /// Changes that `state` has and the store does not.
    waiting: Option<Changes>,
    /// Since when something waits.
    since: Option<Timestamp>,
    /// Whether some of its changes are being written.
    writing: bool,
    /// What was learned last, until it is in the store: if someone else writes the device first, it is judged again.
    latest: Option<Learned>,
}

/// What came of a walk.
#[derive(Debug, Clone)]
pub enum Learned {
    /// The device answered.
    Walked(Arc<Walk>),
    /// It did not.
    Failed(Failure),
}

/// Changes of one device on their way to the store.
#[derive(Debug, Clone)]
pub struct Due {
    /// The device's name.
    pub name: Arc<str>,
    /// What to write.
    pub changes: Changes,
    /// The revision they were made for.
    pub revision: i64,
}

/// What waits for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Devices with something to be written.
    pub devices: usize,
    /// Since when the oldest of it waits.
    pub since: Option<Timestamp>,
    /// Events, ranges and runs that were given up, as too many waited.
    pub given_up: u64,
}

impl Fleet {
    /// A fleet that nothing is known of yet.
    pub fn new(rules: Rules, policy: Policy) -> Self {
        let inner = Inner {
            rules,
            devices: BTreeMap::new(),
            names: HashMap::new(),
            waiting: BTreeSet::new(),
            signs: HashMap::new(),
            given_up: 0,
            listed: false,
            begun: false,
            version: 0,
        };
        Self { policy, inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which devices the inventory has. Others stay known, but are not shown.
    pub fn list<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let mut inner = self.lock();
        inner.listed = true;
        inner.version += 1;
        inner.devices.values_mut().for_each(|slot| slot.listed = false);
        for name in names {
            inner.devices.entry(name.into()).or_default().listed = true;
        }
        inner.devices.retain(|_, slot| slot.listed || slot.state.is_some());
        inner.begun |= inner.is_loaded();
    }

    /// The same with what the inventory says of each: its address and its labels, by which interfaces are labelled. Says how
    /// many devices have changed.
    pub fn describe(&self, devices: Vec<DeviceFacts>, now: Timestamp) -> usize {
        self.list(devices.iter().map(|device| device.name.as_str()));
        let names: Vec<Arc<str>> = devices.iter().map(|device| device.name.as_str().into()).collect();
        {
            let mut inner = self.lock();
            for (name, device) in names.iter().zip(devices) {
                if let Some(slot) = inner.devices.get_mut(name) {
                    slot.described = Some(Arc::new(device));
                }
            }
        }
        names.iter().filter(|name| self.redescribe(name, now)).count()
    }

    /// Puts what the inventory says of a device in the place of what it said. Says whether that is something else.
    fn redescribe(&self, name: &str, now: Timestamp) -> bool {
        let Some(device) = self.lock().devices.get(name).and_then(|slot| slot.described.clone()) else {
            return false;
        };
        let mut changed = false;
        self.update(
            name,
            now,
            |state, rules| {
                let changes = change::listed(state, &device, rules, now);
                changed = changes.is_some();
                changes
            },
            None,
        );
        changed
    }

    /// Devices of the inventory that have not been loaded from the store.
    pub fn unknown(&self) -> Vec<Arc<str>> {
        let inner = self.lock();
        let unknown = inner.devices.iter().filter(|(_, slot)| slot.listed && slot.state.is_none());
        unknown.map(|(name, _)| Arc::clone(name)).collect()
    }

    /// Whether all devices of the inventory have been loaded from the store.
    pub fn is_loaded(&self) -> bool {
        self.lock().is_loaded()
    }

    /// Whether they were at some time: from then on what is known is shown, though a device that is new in the inventory
    /// may be missing for as long as the store is away.
    pub fn has_begun(&self) -> bool {
        self.lock().begun
    }

    /// The inventory's devices as they are known, by name.
    pub fn snapshot(&self) -> Vec<Arc<DeviceState>> {
        let inner = self.lock();
        let listed = inner.devices.values().filter(|slot| slot.listed);
        listed.filter_map(|slot| slot.state.clone()).collect()
    }

    /// How often anything has changed that [`Fleet::snapshot`] shows: who has made something of a snapshot sees by it
    /// whether that is still true.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// The devices of the inventory.
    pub fn listed(&self) -> Vec<Arc<str>> {
        let inner = self.lock();
        let listed = inner.devices.iter().filter(|(_, slot)| slot.listed);
        listed.map(|(name, _)| Arc::clone(name)).collect()
    }

    /// One device as it is known.
    pub fn device(&self, name: &str) -> Option<Arc<DeviceState>> {
        self.lock().devices.get(name)?.state.clone()
    }

    /// What waits for the store.
    pub fn waiting(&self) -> Waiting {
        let inner = self.lock();
        let since = inner.waiting.iter().filter_map(|name| inner.devices.get(name)?.since).min();
        Waiting { devices: inner.waiting.len(), since, given_up: inner.given_up }
    }

    /// Notes what a walk brought, and returns the device as it is known now: `None` while the store has not said
    /// what was known before. Then the last walk that brought something is kept.
    pub fn learn(&self, name: &str, learned: Learned, now: Timestamp) -> Option<Arc<DeviceState>> {
        self.update(
            name,
            now,
            |state, rules| match &learned {
                Learned::Walked(walk) => Some(change::walked(state, walk, rules, self.policy)),
                Learned::Failed(failure) => Some(change::failed(state, failure)),
            },
            Some(&learned),
        )
    }

    /// Puts other rules in force and labels all interfaces again. Says how many devices have changed.
    pub fn relabel(&self, rules: Rules, now: Timestamp) -> usize {
        self.lock().rules = rules;
        self.listed().iter().filter(|name| self.relabel_device(name, now)).count()
    }

    /// Labels the devices again that have a decision which has ended since it was made use of. Says how many have changed.
    pub fn end_decisions(&self, now: Timestamp) -> usize {
        let ended = |state: &Arc<DeviceState>| {
            state.interfaces.iter().any(|one| {
                let decided = one.decided.as_ref().is_some_and(|decided| !decided.holds(now));
                decided && one.label.overridden
            })
        };
        let devices = self.snapshot();
        let ended = devices.iter().filter(|state| ended(state)).map(|state| &state.head.facts.name);
        ended.filter(|name| self.relabel_device(name, now)).count()
    }

    /// Labels a device's interfaces again, as of a moment. Says whether anything has changed.
    pub fn relabel_device(&self, name: &str, now: Timestamp) -> bool {
        let mut changed = false;
        self.update(
            name,
            now,
            |state, rules| {
                let changes = change::relabelled(state, rules, now);
                changed = changes.is_some();
                changes
            },
            None,
        );
        changed
    }

    /// Says who is at the other ends of a device's interfaces, by ifIndex, and labels them again. Says whether anything has
    /// changed.
    pub fn neighbours(
        &self,
        name: &str,
        neighbours: &HashMap<u32, Vec<NeighbourFacts>>,
        now: Timestamp,
    ) -> bool {
        let mut changed = false;
        self.update(
            name,
            now,
            |state, rules| {
                let changes = change::neighbours(state, neighbours, rules, now);
                changed = changes.is_some();
                changes
            },
            None,
        );
        changed
    }

    /// Changes a device by what is judged from its state. The judging is done without the lock; where the state has
    /// changed meanwhile, it is done again.
    fn update(
        &self,
        name: &str,
        now: Timestamp,
        mut judge: impl FnMut(&DeviceState, &dyn Labeller) -> Option<Changes>,
        learned: Option<&Learned>,
    ) -> Option<Arc<DeviceState>> {
        loop {
            let (state, rules) = {
                let mut inner = self.lock();
                let rules = Arc::clone(&inner.rules);
                let slot = match learned {
                    Some(_) => inner.devices.entry(name.into()).or_default(),
                    None => inner.devices.get_mut(name)?,
                };
                match &slot.state {
                    Some(state) => (Arc::clone(state), rules),
                    None => {
                        slot.keep(learned);
                        return None;
                    }
                }
            };
            let Some(mut changes) = judge(&state, &*rules) else { return Some(state) };
            let mut inner = self.lock();
            let same = |slot: &Slot| slot.state.as_ref().is_some_and(|now| Arc::ptr_eq(now, &state));
            let Some(key) = inner.devices.get_key_value(name).filter(|(_, slot)| same(slot)) else {
                continue;
            };
            let key = Arc::clone(key.0);
            changes.events.extend(inner.sighted(&state, &changes));
            let new = Arc::new(changes.apply(&state));
            inner.know(&key, &new);
            if !changes.is_stored() {
                return Some(new);
            }
            let mut given_up = 0;
            if let Some(slot) = inner.devices.get_mut(&key) {
                slot.keep(learned);
                slot.since.get_or_insert(now);
                let waiting = match slot.waiting.take() {
                    Some(earlier) => earlier.then(changes),
                    None => changes,
                };
                given_up = waiting.given_up;
                slot.waiting = Some(Changes { given_up: 0, ..waiting });
            }
            inner.given_up += given_up;
            inner.waiting.insert(key);
            return Some(new);
        }
    }
}

impl Slot {
    /// Keeps what was learned last; a failure does not take the place of a walk that brought something.
    fn keep(&mut self, learned: Option<&Learned>) {
        match (&self.latest, learned) {
            (_, None) | (Some(Learned::Walked(_)), Some(Learned::Failed(_))) => {}
            (_, Some(learned)) => self.latest = Some(learned.clone()),
        }
    }
}

/// A device as the store has it, with the neighbours that are known here: these are not stored with interfaces.
fn with_neighbours(mut state: DeviceState, known: &DeviceState) -> DeviceState {
    for interface in &mut state.interfaces {
        let known = known.interface(interface.id).filter(|known| !known.facts.neighbours.is_empty());
        if let Some(known) = known.filter(|known| known.facts.if_index == interface.facts.if_index) {
            Arc::make_mut(interface).facts.neighbours = known.facts.neighbours.clone();
        }
    }
    state
}

impl Learned {
    fn started(&self) -> Timestamp {
        match self {
            Self::Walked(walk) => walk.started,
            Self::Failed(failure) => failure.started,
        }
    }

    /// Whether the store knows of a later walk, or of this one.
    fn is_older(&self, state: &DeviceState) -> bool {
        state.head.last_walk.is_some_and(|last| self.started() <= last)
    }
}

impl Inner {
    fn is_loaded(&self) -> bool {
        self.listed && self.devices.values().all(|slot| !slot.listed || slot.state.is_some())
    }

    /// Takes over a device's state, and by what signs it is known.
    fn know(&mut self, name: &Arc<str>, state: &Arc<DeviceState>) {
        let Some(slot) = self.devices.get_mut(name) else { return };
        let old = slot.state.replace(Arc::clone(state));
        self.version += 1;
        self.names.insert(state.id, Arc::clone(name));
        let facts = &state.head.facts;
        if old.as_ref().is_some_and(|old| Arc::ptr_eq(&old.head.facts, facts)) {
            return;
        }
        for sign in old.iter().flat_map(|old| signs(&old.head.facts)) {
            if let Some(names) = self.signs.get_mut(&sign) {
                names.remove(name);
                if names.is_empty() {
                    self.signs.remove(&sign);
                }
            }
        }
        for sign in signs(facts) {
            self.signs.entry(sign).or_default().insert(Arc::clone(name));
        }
    }

    /// Events where a device has come to show the serial number or chassis that another is known by.
    fn sighted(&self, before: &DeviceState, changes: &Changes) -> Vec<Event> {
        let (old, new) = (&before.head.facts, &changes.head.facts);
        if old.serial == new.serial && old.chassis == new.chassis {
            return Vec::new();
        }
        let names: HashSet<&Arc<str>> =
            signs(new).filter_map(|sign| self.signs.get(&sign)).flatten().collect();
        let others: HashMap<&str, &Arc<DeviceState>> = names
            .into_iter()
            .filter_map(|name| Some((&**name, self.devices.get(name)?.state.as_ref()?)))
            .collect();
        let event = |sighting: identity::Sighting<'_>| {
            let other = others.get(sighting.other.name.as_str())?;
            let kind =
                if other.head.failures > 0 { EventKind::DeviceMoved } else { EventKind::DeviceDuplicate };
            let (old, new) = (sighting.other.name.clone(), format!("{} {}", sighting.sign, sighting.value));
            let at = changes.head.noted?;
            Some(Event { at, kind, interface: None, if_name: String::new(), old, new })
        };
        let facts = others.values().map(|state| &*state.head.facts);
        identity::sightings(new, facts).into_iter().filter_map(event).collect()
    }
}

/// By what a device is known wherever it stands.
fn signs(facts: &DeviceFacts) -> impl Iterator<Item = String> {
    let sign = |kind: &str, value: &str| (!value.is_empty()).then(|| format!("{kind} {value}"));
    [sign("serial", facts.serial.trim()), sign("chassis", &facts.chassis)].into_iter().flatten()
}

#[cfg(test)]
mod tests;
