//! Classification's part in a change.

use std::collections::HashMap;
use std::sync::Arc;

use super::history::{Range, same_range};
use super::{Changes, Row, event, merge};
use crate::facts::{DeviceFacts, InterfaceFacts, NeighbourFacts};
use crate::state::{Decision, DeviceHead, DeviceState, Explained, Interface};
use crate::timestamp::Timestamp;

/// An interface to be labelled.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// What is known of it.
    pub facts: &'a InterfaceFacts,
    /// What someone has decided about it.
    pub decided: Option<&'a Decision>,
}

/// Says what interfaces are: the rules in force.
pub trait Labeller {
    /// The label of each interface of a device, as of a moment: overrides may have ended by then.
    fn label(&self, interfaces: &[Candidate<'_>], at: Timestamp) -> Vec<Explained>;
}

impl<F: Fn(&[Candidate<'_>], Timestamp) -> Vec<Explained>> Labeller for F {
    fn label(&self, interfaces: &[Candidate<'_>], at: Timestamp) -> Vec<Explained> {
        self(interfaces, at)
    }
}

/// What changes when a device's interfaces are labelled again from what is known of them: after a change of rules or
/// of overrides, without a walk. `None`: nothing.
pub fn relabelled(state: &DeviceState, labeller: &dyn Labeller, at: Timestamp) -> Option<Changes> {
    let changes = labelled_as(state, &state.head.facts, labeller, at);
    (!changes.rows.is_empty()).then_some(changes)
}

/// What changes when the inventory says something else of a device: its address, its labels, and what rules make of them.
/// `None`: nothing; and of a device that was never walked nothing is kept.
pub fn listed(
    state: &DeviceState,
    listed: &DeviceFacts,
    labeller: &dyn Labeller,
    at: Timestamp,
) -> Option<Changes> {
    let facts = merge::device(&state.head.facts, listed);
    let news = state.head.first_seen.is_some() && !Arc::ptr_eq(&facts, &state.head.facts);
    news.then(|| labelled_as(state, &facts, labeller, at))
}

/// What changes when others are known to be at the other ends of a device's interfaces, by ifIndex. `None`: nothing.
pub fn neighbours(
    state: &DeviceState,
    neighbours: &HashMap<u32, Vec<NeighbourFacts>>,
    labeller: &dyn Labeller,
    at: Timestamp,
) -> Option<Changes> {
    let none = Vec::new();
    let of = |interface: &Interface| neighbours.get(&interface.facts.if_index).unwrap_or(&none);
    let mut known = state.clone();
    let mut changed = Vec::new();
    for interface in known.interfaces.iter_mut().filter(|interface| interface.retired_at.is_none()) {
        if interface.facts.neighbours != *of(interface) {
            Arc::make_mut(interface).facts.neighbours = of(interface).clone();
            changed.push(Arc::clone(interface));
        }
    }
    if changed.is_empty() {
        return None;
    }
    let mut changes = labelled_as(&known, &state.head.facts, labeller, at);
    // Neighbours are not stored with the interface, but the state must have them.
    for interface in changed {
        if let Err(place) = changes.rows.binary_search_by_key(&interface.id, |row| row.interface.id) {
            changes.rows.insert(place, Row { interface, new: false, facts: false, explanation: None });
        }
    }
    Some(changes)
}

/// A device's interfaces labelled again, where that is the device.
fn labelled_as(
    state: &DeviceState,
    device: &Arc<DeviceFacts>,
    labeller: &dyn Labeller,
    at: Timestamp,
) -> Changes {
    let at = super::at(state, at);
    let present: Vec<&Arc<Interface>> = state.present().collect();
    let described = |known: &&Arc<Interface>| match Arc::ptr_eq(&known.facts.device, device) {
        true => Arc::clone(known),
        false => {
            let facts = InterfaceFacts { device: Arc::clone(device), ..known.facts.clone() };
            Arc::new(Interface { facts, ..Interface::clone(known) })
        }
    };
    let described: Vec<Arc<Interface>> = present.iter().map(described).collect();
    let candidates: Vec<_> = described
        .iter()
        .map(|known| Candidate { facts: &known.facts, decided: known.decided.as_ref() })
        .collect();
    let labels = labeller.label(&candidates, at);

    let head = DeviceHead { facts: Arc::clone(device), noted: Some(at), ..state.head.clone() };
    let mut changes = Changes::of(state, head);
    for (known, explained) in present.into_iter().zip(labels) {
        let Some(explanation) = news(known, &explained) else { continue };
        let interface = Interface { label: explained.label, ..Interface::clone(known) };
        changes.events.extend(event::differences(at, known, &interface));
        if !same_range(known, &interface) {
            changes.closed.push((known.id, at));
            changes.opened.push(Range::of(&interface, at));
        }
        changes.rows.push(Row {
            interface: Arc::new(interface),
            new: false,
            facts: false,
            explanation: Some(explanation),
        });
    }
    changes
}

/// The explanation of a label, where it is another than the known one.
pub(super) fn news(known: &Interface, explained: &Explained) -> Option<String> {
    (!known.label.same(&explained.label)).then(|| explained.explanation.clone())
}
