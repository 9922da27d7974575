//! What the store says, and what goes to it.

use std::sync::Arc;

use super::{Due, Fleet, Slot, with_neighbours};
use crate::state::{DeviceId, DeviceState};
use crate::store::Written;
use crate::timestamp::Timestamp;

impl Fleet {
    /// Takes over devices as the store has them. What was learned of them and is not in the store is judged again,
    /// now that the store's state is known.
    pub fn loaded(&self, states: Vec<DeviceState>, now: Timestamp) {
        for state in states {
            let name: Arc<str> = state.head.facts.name.as_str().into();
            let (latest, waited, first) = {
                let mut inner = self.lock();
                let old = inner.devices.get(&name).and_then(|slot| slot.state.clone());
                let state = Arc::new(match old {
                    Some(old) => with_neighbours(state, &old),
                    None => state,
                });
                inner.waiting.remove(&name);
                let slot = inner.devices.entry(Arc::clone(&name)).or_default();
                let first = slot.state.is_none();
                let waited = slot.waiting.take().is_some() || slot.writing;
                (slot.since, slot.writing) = (None, false);
                let latest = slot.latest.take();
                inner.know(&name, &state);
                (latest.filter(|latest| !latest.is_older(&state)), waited, first)
            };
            // Only what was known before this classifier: of two with different inventories, each would undo the other's.
            if first {
                self.redescribe(&name, now);
            }
            match latest {
                Some(latest) => {
                    self.learn(&name, latest, now);
                }
                None if waited => {
                    self.relabel_device(&name, now);
                }
                None => {}
            }
        }
        let mut inner = self.lock();
        inner.begun |= inner.is_loaded();
    }

    /// Devices that the store has in another revision than is known here, by what it says.
    pub fn outdated(&self, revisions: &[(DeviceId, i64)]) -> Vec<DeviceId> {
        let inner = self.lock();
        let current = |id: &DeviceId, revision: i64| {
            let slot = inner.names.get(id).and_then(|name| inner.devices.get(name));
            // What is being written is about to have another revision.
            slot.is_some_and(|slot| {
                slot.writing || slot.state.as_ref().is_some_and(|s| s.revision == revision)
            })
        };
        revisions.iter().filter(|(id, revision)| !current(id, *revision)).map(|(id, _)| *id).collect()
    }

    /// Takes what is to be written next, up to about that many rows.
    pub fn take(&self, rows: usize) -> Vec<Due> {
        let mut inner = self.lock();
        let (mut due, mut count) = (Vec::new(), 0);
        let names: Vec<Arc<str>> = inner.waiting.iter().cloned().collect();
        for name in names {
            if count >= rows {
                break;
            }
            let Some(slot) = inner.devices.get_mut(&name).filter(|slot| !slot.writing) else { continue };
            let (Some(changes), Some(state)) = (slot.waiting.take(), &slot.state) else { continue };
            count += 1 + changes.rows.len() + changes.events.len();
            due.push(Due { name, changes, revision: state.revision });
            slot.writing = true;
        }
        due
    }

    /// Notes what came of writing. Returns the devices that are to be loaded again, or forgotten.
    pub fn written(&self, due: &[Due], written: &[Written]) -> Vec<Due> {
        let mut inner = self.lock();
        let mut again = Vec::new();
        for (due, written) in due.iter().zip(written) {
            let Some(slot) = inner.devices.get_mut(&due.name) else { continue };
            match written {
                Written::Yes(revision) => {
                    slot.writing = false;
                    if let Some(state) = &mut slot.state {
                        Arc::make_mut(state).revision = *revision;
                    }
                    if slot.waiting.is_none() {
                        (slot.since, slot.latest) = (None, None);
                        inner.waiting.remove(&due.name);
                    }
                }
                Written::Conflict | Written::Unknown => again.push(due.clone()),
            }
        }
        again
    }

    /// Forgets what is known of a device that the store does not know or whose changes it does not take. What was
    /// learned last is forgotten too if the store has `refused` it.
    pub fn forget(&self, name: &str, refused: bool) {
        let mut inner = self.lock();
        inner.waiting.remove(name);
        inner.version += 1;
        if let Some(slot) = inner.devices.get_mut(name) {
            let latest = slot.latest.take().filter(|_| !refused);
            let described = slot.described.take();
            *slot = Slot { listed: slot.listed, described, latest, ..Slot::default() };
        }
    }
}
