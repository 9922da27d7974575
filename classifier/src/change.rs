//! What a walk changes of what is known: pure, from the stored state and the new facts to rows, ranges and events.
//!
//! | room | holds |
//! |---|---|
//! | `walked` | a walk that answered → [`Changes`] |
//! | `merge` | what was read, over what was known: a column that was not read changes nothing |
//! | `label` | classification's part: [`Labeller`], and labelling again without a walk |
//! | `event` | [`Event`]s: what people want to hear of |
//! | `history` | [`Range`]s: what held from when to when |
//!
//! Nothing has changed → no row is written. A walk that failed says nothing about interfaces, a device that is down
//! keeps its own, and only walks that saw all rows can miss one.

mod event;
mod history;
mod label;
mod merge;
mod walked;

use std::sync::Arc;

pub use event::{Event, EventKind};
pub use history::Range;
pub use label::{Candidate, Labeller, listed, neighbours, relabelled};
pub use walked::{Policy, walked};

use crate::state::{DeviceHead, DeviceId, DeviceState, Interface, InterfaceId};
use crate::timestamp::Timestamp;
use crate::topology::surroundings::Surroundings;
use crate::walk::Failure;

/// How many events, ranges and runs of one device wait for the store at the most; the oldest give way.
const MOST_WAITING: usize = 10_000;

/// What is to be written of one device, all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The device.
    pub device: DeviceId,
    /// What is stored of it from now on.
    pub head: DeviceHead,
    /// Whether other hardware stands behind the name: overrides are to be looked at again.
    pub replaced: bool,
    /// Interfaces that are new or have changed, by number.
    pub rows: Vec<Row>,
    /// Who the device hears, where that has changed.
    pub heard: Option<Arc<Surroundings>>,
    /// Ranges of history in the store that have ended.
    pub closed: Vec<(InterfaceId, Timestamp)>,
    /// Ranges of history that have begun.
    pub opened: Vec<Range>,
    /// What happened.
    pub events: Vec<Event>,
    /// How walks went.
    pub runs: Vec<Run>,
    /// Events, ranges and runs that were given up, as too many waited for the store.
    pub given_up: u64,
}

/// An interface to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The interface as it is from now on.
    pub interface: Arc<Interface>,
    /// Whether the store has not seen it yet.
    pub new: bool,
    /// Whether its facts are new or have changed.
    pub facts: bool,
    /// The classification to be written with its label, where that has changed.
    pub explanation: Option<String>,
}

/// How one walk of a device went.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// What came of it.
    pub outcome: Outcome,
    /// What was wrong, in one line.
    pub error: Option<String>,
    /// How many interfaces it found.
    pub interfaces: i64,
    /// How many of them were new or had changed.
    pub changed: i64,
}

/// What came of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All interfaces were read.
    Complete,
    /// The device answered, but not all.
    Partial,
    /// The device did not answer.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Complete, Self::Partial, Self::Failed];

    /// The word for it in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

impl Changes {
    /// Nothing but the device itself.
    fn of(state: &DeviceState, head: DeviceHead) -> Self {
        Self {
            device: state.id,
            head,
            replaced: false,
            rows: Vec::new(),
            heard: None,
            closed: Vec::new(),
            opened: Vec::new(),
            events: Vec::new(),
            runs: Vec::new(),
            given_up: 0,
        }
    }

    /// Whether the store has to know of it: neighbours alone are known in memory only.
    pub fn is_stored(&self) -> bool {
        let in_memory = |row: &Row| !row.new && !row.facts && row.explanation.is_none();
        let nothing = self.closed.is_empty() && self.opened.is_empty() && self.events.is_empty();
        let only_neighbours = nothing
            && self.runs.is_empty()
            && self.heard.is_none()
            && !self.replaced
            && !self.rows.is_empty()
            && self.rows.iter().all(in_memory);
        !only_neighbours
    }

    /// The state after these changes. Its revision stays: that is the store's to count.
    pub fn apply(&self, state: &DeviceState) -> DeviceState {
        let mut interfaces = state.interfaces.clone();
        for row in &self.rows {
            match interfaces.binary_search_by_key(&row.interface.id, |interface| interface.id) {
                Ok(place) => interfaces[place] = Arc::clone(&row.interface),
                Err(place) => interfaces.insert(place, Arc::clone(&row.interface)),
            }
        }
        for interface in &mut interfaces {
            if !Arc::ptr_eq(&interface.facts.device, &self.head.facts) {
                Arc::make_mut(interface).facts.device = Arc::clone(&self.head.facts);
            }
            if self.replaced && interface.decided.as_ref().is_some_and(|decided| !decided.review) {
                let interface = Arc::make_mut(interface);
                interface.decided.iter_mut().for_each(|decided| decided.review = true);
            }
        }
        let heard = Arc::clone(self.heard.as_ref().unwrap_or(&state.heard));
        DeviceState { id: state.id, revision: state.revision, head: self.head.clone(), interfaces, heard }
    }

    /// These changes and then those, as one.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        self.head = later.head;
        self.heard = later.heard.or(self.heard);
        self.replaced |= later.replaced;
        self.given_up += later.given_up;
        for row in later.rows {
            match self.rows.binary_search_by_key(&row.interface.id, |row| row.interface.id) {
                Ok(place) => {
                    let earlier = &mut self.rows[place];
                    earlier.interface = row.interface;
                    earlier.facts |= row.facts;
                    earlier.explanation = row.explanation.or(earlier.explanation.take());
                }
                Err(place) => self.rows.insert(place, row),
            }
        }
        for (id, end) in later.closed {
            let open = self.opened.iter_mut().rfind(|range| range.interface == id && range.until.is_none());
            match open {
                Some(range) => range.until = Some(end),
                None => self.closed.push((id, end)),
            }
        }
        self.opened.extend(later.opened);
        self.events.extend(later.events);
        self.runs.extend(later.runs);
        self.given_up += bound(&mut self.events) + bound(&mut self.runs);
        if self.opened.len() > MOST_WAITING {
            // What still holds is kept: the store has an end for it only if it has its beginning.
            let mut surplus = self.opened.len() - MOST_WAITING;
            self.opened.retain(|range| {
                let kept = surplus == 0 || range.until.is_none();
                surplus -= usize::from(!kept);
                self.given_up += u64::from(!kept);
                kept
            });
        }
        self
    }
}

/// Drops the oldest of what waits where it is too much, and says how many.
fn bound<T>(waiting: &mut Vec<T>) -> u64 {
    let surplus = waiting.len().saturating_sub(MOST_WAITING);
    waiting.drain(..surplus);
    surplus as u64
}

/// What a walk that brought nothing changes: the device's own row says so, and no more.
pub fn failed(state: &DeviceState, failure: &Failure) -> Changes {
    let took_ms = millis(failure.took);
    let at = at(state, failure.started);
    let head = DeviceHead {
        last_walk: Some(at),
        noted: Some(at),
        last_walk_ms: took_ms,
        last_error: Some(failure.reason.clone()),
        failures: state.head.failures.saturating_add(1),
        ..state.head.clone()
    };
    let run = Run {
        started: failure.started,
        took_ms,
        outcome: Outcome::Failed,
        error: Some(failure.reason.clone()),
        interfaces: 0,
        changed: 0,
    };
    Changes { runs: vec![run], ..Changes::of(state, head) }
}

/// The moment something is noted at: for one device time does not go back, even where the clock does.
fn at(state: &DeviceState, moment: Timestamp) -> Timestamp {
    state.head.noted.map_or(moment, |last| last.max(moment))
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
