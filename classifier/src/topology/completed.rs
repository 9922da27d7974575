//! Devices as they were stored, with who is at the other ends of their interfaces: that is not stored, it follows from what
//! all of them hear. Rules ask for it, so without it a walk would find other labels than were found before. Pure.

use std::sync::Arc;

use super::manual::ManualLink;
use super::whole::{Before, look};
use crate::state::DeviceState;
use crate::timestamp::Timestamp;

/// The same devices, each interface with its neighbours; `listed` are those that are looked at.
pub fn completed(
    states: Vec<DeviceState>,
    manual: Vec<ManualLink>,
    listed: impl Fn(&str) -> bool,
    now: Timestamp,
) -> Vec<DeviceState> {
    let states: Vec<Arc<DeviceState>> = states.into_iter().map(Arc::new).collect();
    let seen: Vec<_> = states.iter().filter(|state| listed(&state.head.facts.name)).cloned().collect();
    let mut before = Before { manual, ..Before::default() };
    let mut evidence = look(&seen, &mut before, 0, now).evidence;
    drop(seen);
    let complete = |state: Arc<DeviceState>| {
        let mut state = Arc::unwrap_or_clone(state);
        let heard = evidence.remove(&state.head.facts.name).unwrap_or_default();
        for interface in state.interfaces.iter_mut().filter(|interface| interface.retired_at.is_none()) {
            if let Some(neighbours) = heard.get(&interface.facts.if_index) {
                Arc::make_mut(interface).facts.neighbours = neighbours.clone();
            }
        }
        state
    };
    states.into_iter().map(complete).collect()
}
