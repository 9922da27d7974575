//! What one walk came to, for those who asked for it and for the log.

use std::ops::AddAssign;
use std::sync::Arc;

use serde::Serialize;

use super::walk::Walked;
use crate::state::DeviceState;
use crate::store::Learned;

/// What one walk came to.
#[derive(Debug)]
pub struct Outcome {
    /// The device's name.
    pub device: Arc<str>,
    /// What was read, and what that took.
    pub walked: Walked,
    /// The device as it was known before.
    pub before: Option<Arc<DeviceState>>,
    /// The device as it is known now; `None` while the store has not said what was known before.
    pub after: Option<Arc<DeviceState>>,
}

/// What has changed with a device's interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// Interfaces that are there.
    pub interfaces: usize,
    /// Those that were not known.
    pub new: usize,
    /// Those that have other facts.
    pub changed: usize,
    /// Those that were known, and that this walk has missed.
    pub gone: usize,
}

impl Difference {
    /// From what was known to what is.
    pub fn of(before: Option<&DeviceState>, after: &DeviceState) -> Self {
        let mut difference = Self::default();
        for interface in after.present() {
            difference.interfaces += 1;
            match before.and_then(|before| before.interface(interface.id)) {
                None => difference.new += 1,
                Some(known) if known.missed == 0 && interface.missed > 0 => difference.gone += 1,
                Some(known) if Arc::ptr_eq(known, interface) || known.facts == interface.facts => {}
                Some(_) => difference.changed += 1,
            }
        }
        difference
    }

    fn is_none(self) -> bool {
        (self.new, self.changed, self.gone) == (0, 0, 0)
    }
}

impl AddAssign for Difference {
    fn add_assign(&mut self, other: Self) {
        self.interfaces += other.interfaces;
        self.new += other.new;
        self.changed += other.changed;
        self.gone += other.gone;
    }
}

impl Outcome {
    /// Why the walk brought nothing, where it did not.
    pub fn failure(&self) -> Option<&str> {
        match &self.walked.learned {
            Learned::Walked(_) => None,
            Learned::Failed(failure) => Some(&failure.reason),
        }
    }

    /// How many walks in a row have brought nothing.
    pub fn failures(&self) -> i64 {
        let failed = i64::from(self.failure().is_some());
        self.after.as_ref().map_or(failed, |after| after.head.failures)
    }

    /// Writes to the log how the walk went.
    pub(super) fn log(&self) {
        let device = &*self.device;
        let walk = match &self.walked.learned {
            Learned::Walked(walk) => walk,
            Learned::Failed(failure) => {
                let (reason, failures) = (&failure.reason, self.failures());
                // Said once; the metrics go on saying it.
                return match failures {
                    ..=1 => tracing::warn!(device, reason, "no walk"),
                    _ => tracing::debug!(device, reason, failures, "no walk"),
                };
            }
        };
        let took = walk.took.as_secs_f64();
        if let Some(trouble) = &walk.trouble {
            tracing::warn!(device, interfaces = walk.interfaces.len(), took, trouble, "walked in part");
        }
        let Some(after) = &self.after else { return };
        if self.before.as_ref().is_some_and(|before| before.head.failures > 0) {
            tracing::info!(device, "answers again");
        }
        let difference = Difference::of(self.before.as_deref(), after);
        let Difference { interfaces, new, changed, gone } = difference;
        match difference.is_none() {
            true => tracing::debug!(device, interfaces, took, "walked, nothing new"),
            false => tracing::info!(device, interfaces, new, changed, gone, took, "walked"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::InterfaceFacts;
    use crate::state::{Interface, InterfaceId};

    #[test]
    fn differences_are_counted() {
        let interface = |id, alias: &str, missed| {
            let facts = InterfaceFacts { alias: alias.into(), ..InterfaceFacts::default() };
            Arc::new(Interface { id: InterfaceId(id), facts, missed, ..Interface::default() })
        };
        let state = |interfaces| DeviceState { interfaces, ..DeviceState::default() };
        let before = state(vec![interface(1, "a", 0), interface(2, "b", 0), interface(3, "c", 0)]);
        let after = state(vec![
            interface(1, "a", 0),
            interface(2, "other", 0),
            interface(3, "c", 1),
            interface(4, "d", 0),
        ]);
        let expected = Difference { interfaces: 4, new: 1, changed: 1, gone: 1 };
        assert_eq!(Difference::of(Some(&before), &after), expected);
        assert_eq!(
            Difference::of(None, &before),
            Difference { interfaces: 3, new: 3, ..Difference::default() }
        );
        assert!(Difference::of(Some(&after), &after).is_none());
    }
}
