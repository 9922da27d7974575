//! What a walk that answered changes.

use std::collections::HashSet;
use std::sync::Arc;

use super::history::{Range, same_range};
use super::label::news;
use super::{Candidate, Changes, EventKind, Labeller, Outcome, Row, Run, event, merge};
use crate::facts::InterfaceFacts;
use crate::identity;
use crate::state::{DeviceHead, DeviceState, Explained, Interface, InterfaceId};
use crate::timestamp::Timestamp;
use crate::topology::surroundings::Surroundings;
use crate::walk::Walk;

/// How changes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// An interface is given up after so many walks in a row that saw all rows but not it.
    pub retire_after: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { retire_after: 3 }
    }
}

/// What a walk that answered changes of what is known.
pub fn walked(state: &DeviceState, walk: &Walk, labeller: &dyn Labeller, policy: Policy) -> Changes {
    let at = super::at(state, walk.started);
    let replaced = identity::replaced(&state.head.facts, &walk.device);
    let places = identity::matching(&state.interfaces, &walk.interfaces, replaced.is_some());
    let head = head(state, walk, at, replaced.is_some());
    let found = found(state, walk, &places, &head);
    let labels = labels(state, &found, &places, labeller, at);

    let mut change = Change {
        at,
        state,
        policy,
        first: state.head.first_seen.is_none(),
        changes: Changes::of(state, head),
    };
    let heard = match replaced {
        Some(_) => walk.surroundings.over(&Surroundings::default()),
        None => walk.surroundings.over(&state.heard),
    };
    change.changes.heard = (heard != *state.heard).then(|| Arc::new(heard));
    if let Some(replaced) = replaced {
        change.changes.replaced = true;
        change.device(EventKind::DeviceReplaced, format!("{} {}", replaced.sign, replaced.old), replaced.new);
    }
    if change.first {
        change.device(EventKind::Discovered, String::new(), found.len().to_string());
    }
    let keys = keys(state, &found, &places);
    for (((facts, key), place), explained) in found.into_iter().zip(keys).zip(&places).zip(labels) {
        match place.and_then(|place| state.interfaces.get(place)) {
            Some(known) => change.again(known, facts, key, explained),
            None => change.first_seen(facts, key, explained),
        }
    }
    if walk.all_rows {
        change.missing(&places);
    }
    change.free_keys(&places);
    change.finish(walk)
}

/// The device's own row.
fn head(state: &DeviceState, walk: &Walk, at: Timestamp, replaced: bool) -> DeviceHead {
    let known = &state.head;
    DeviceHead {
        facts: merge::device(&known.facts, &walk.device),
        generation: known.generation.max(1) + i64::from(replaced),
        first_seen: known.first_seen.or(Some(at)),
        last_ok: if walk.all_rows { Some(at) } else { known.last_ok },
        last_walk: Some(at),
        last_walk_ms: super::millis(walk.took),
        last_error: walk.trouble.clone(),
        failures: 0,
        gates: walk.gates.clone(),
        interfaces_ever: known.interfaces_ever,
        neighbours_at: if walk.surroundings.is_complete() { Some(at) } else { known.neighbours_at },
        noted: Some(at),
    }
}

/// The facts of each interface found, completed by what was known of it.
fn found(
    state: &DeviceState,
    walk: &Walk,
    places: &[Option<usize>],
    head: &DeviceHead,
) -> Vec<InterfaceFacts> {
    let complete = |(row, place): (&InterfaceFacts, &Option<usize>)| {
        let known = place.and_then(|place| state.interfaces.get(place));
        let mut facts =
            known.map_or_else(|| row.clone(), |known| merge::interface(&known.facts, row, walk.read));
        facts.device = Arc::clone(&head.facts);
        facts
    };
    walk.interfaces.iter().zip(places).map(complete).collect()
}

fn labels(
    state: &DeviceState,
    found: &[InterfaceFacts],
    places: &[Option<usize>],
    labeller: &dyn Labeller,
    at: Timestamp,
) -> Vec<Explained> {
    let decided = |place: &Option<usize>| {
        place.and_then(|place| state.interfaces.get(place)).and_then(|known| known.decided.as_ref())
    };
    let candidates: Vec<_> =
        found.iter().zip(places).map(|(facts, place)| Candidate { facts, decided: decided(place) }).collect();
    labeller.label(&candidates, at)
}

/// What each interface found is known by.
fn keys(state: &DeviceState, found: &[InterfaceFacts], places: &[Option<usize>]) -> Vec<String> {
    let matched: HashSet<usize> = places.iter().flatten().copied().collect();
    let others = state.interfaces.iter().enumerate();
    let others = others.filter(|(place, known)| !matched.contains(place) && known.retired_at.is_none());
    let known = |row: usize| Some(state.interfaces.get((*places.get(row)?)?)?.key.as_str());
    identity::keys(found, known, others.map(|(_, known)| known.key.as_str()))
}

/// The changes of one walk as they come together.
struct Change<'a> {
    at: Timestamp,
    state: &'a DeviceState,
    policy: Policy,
    /// Whether this is the device's first walk.
    first: bool,
    changes: Changes,
}

impl Change<'_> {
    fn device(&mut self, kind: EventKind, old: String, new: String) {
        self.changes.events.push(event::device(self.at, kind, old, new));
    }

    /// An interface that was not known.
    fn first_seen(&mut self, facts: InterfaceFacts, key: String, explained: Explained) {
        let nth = self.changes.head.interfaces_ever + 1;
        // A device that has had 10⁹ interfaces gets no more.
        let Some(id) = InterfaceId::of(self.state.id, nth) else { return };
        self.changes.head.interfaces_ever = nth;
        let interface = Interface {
            id,
            key,
            status_since: facts.oper.map(|_| self.at),
            facts,
            label: explained.label,
            first_seen: self.at,
            ..Interface::default()
        };
        if !self.first {
            self.changes.events.push(event::interface(self.at, EventKind::Appeared, &interface));
        }
        self.changes.opened.push(Range::of(&interface, self.at));
        let explanation = Some(explained.explanation);
        self.changes.rows.push(Row { interface: Arc::new(interface), new: true, facts: true, explanation });
    }

    /// An interface that was known.
    fn again(&mut self, known: &Arc<Interface>, facts: InterfaceFacts, key: String, explained: Explained) {
        let explanation = news(known, &explained);
        let returned = known.retired_at.is_some();
        let rewrite = returned || known.missed > 0 || known.key != key || !merge::same(&known.facts, &facts);
        if !rewrite && explanation.is_none() {
            return;
        }
        let status_since = if known.facts.oper == facts.oper { known.status_since } else { Some(self.at) };
        let interface = Interface {
            key,
            facts,
            label: if explanation.is_some() { explained.label } else { known.label.clone() },
            status_since,
            last_seen: None,
            missed: 0,
            retired_at: None,
            ..Interface::clone(known)
        };
        if returned {
            self.changes.events.push(event::interface(self.at, EventKind::Returned, &interface));
        }
        self.changes.events.extend(event::differences(self.at, known, &interface));
        if returned || !same_range(known, &interface) {
            if !returned {
                self.changes.closed.push((known.id, self.at));
            }
            self.changes.opened.push(Range::of(&interface, self.at));
        }
        self.changes.rows.push(Row {
            interface: Arc::new(interface),
            new: false,
            facts: rewrite,
            explanation,
        });
    }

    /// Interfaces that are there, but that a walk which saw all rows did not see.
    fn missing(&mut self, places: &[Option<usize>]) {
        let matched: HashSet<usize> = places.iter().flatten().copied().collect();
        for (place, known) in self.state.interfaces.iter().enumerate() {
            if matched.contains(&place) || known.retired_at.is_some() {
                continue;
            }
            let mut interface = Interface::clone(known);
            interface.missed += 1;
            interface.last_seen = self.state.last_seen(known).or(Some(known.first_seen));
            if interface.missed >= self.policy.retire_after {
                interface.retired_at = Some(self.at);
                self.changes.closed.push((known.id, self.at));
                self.changes.events.push(event::interface(self.at, EventKind::Gone, &interface));
            }
            self.changes.rows.push(Row {
                interface: Arc::new(interface),
                new: false,
                facts: true,
                explanation: None,
            });
        }
    }

    /// An interface that was given up does not hold the key of one that is there.
    fn free_keys(&mut self, places: &[Option<usize>]) {
        let matched: HashSet<usize> = places.iter().flatten().copied().collect();
        let wanted: HashSet<String> = self.changes.rows.iter().map(|row| row.interface.key.clone()).collect();
        for (place, known) in self.state.interfaces.iter().enumerate() {
            if known.retired_at.is_some() && !matched.contains(&place) && wanted.contains(&known.key) {
                let interface =
                    Interface { key: format!("{}~{}", known.key, known.id), ..Interface::clone(known) };
                self.changes.rows.push(Row {
                    interface: Arc::new(interface),
                    new: false,
                    facts: true,
                    explanation: None,
                });
            }
        }
    }

    fn finish(mut self, walk: &Walk) -> Changes {
        self.changes.rows.sort_by_key(|row| row.interface.id);
        self.changes.runs.push(Run {
            started: walk.started,
            took_ms: super::millis(walk.took),
            outcome: if walk.all_rows { Outcome::Complete } else { Outcome::Partial },
            error: walk.trouble.clone(),
            interfaces: i64::try_from(walk.interfaces.len()).unwrap_or(i64::MAX),
            changed: i64::try_from(self.changes.rows.len()).unwrap_or(i64::MAX),
        });
        self.changes
    }
}
