//! Walks that somebody asked for, and how far they have come.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::timestamp::Timestamp;

/// So many jobs are remembered.
const REMEMBERED: usize = 100;

/// How it stands with one device of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits for its turn, or for another classifier that walks it.
    Waiting,
    /// It is walked now.
    Walking,
    /// It was walked.
    Done,
    /// It did not answer, or could not be asked; why.
    Failed(String),
}

/// How many devices of a job stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Those that wait.
    pub waiting: usize,
    /// Those that are walked now.
    pub walking: usize,
    /// Those that were walked.
    pub done: usize,
    /// Those that could not be walked.
    pub failed: usize,
}

/// Walks that somebody asked for.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// When it was asked for.
    pub asked: Timestamp,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    devices: BTreeMap<Arc<str>, Standing>,
    ended: Option<Timestamp>,
}

impl Job {
    fn new(id: u64, asked: Timestamp, devices: impl IntoIterator<Item = Arc<str>>) -> Self {
        let devices: BTreeMap<_, _> = devices.into_iter().map(|name| (name, Standing::Waiting)).collect();
        let ended = devices.is_empty().then_some(asked);
        Self { id, asked, inner: Mutex::new(Inner { devices, ended }) }
    }

    /// Its devices by name.
    pub fn devices(&self) -> BTreeMap<Arc<str>, Standing> {
        self.locked().devices.clone()
    }

    /// When the last of them was walked; `None` while there are more to come.
    pub fn ended(&self) -> Option<Timestamp> {
        self.locked().ended
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for standing in self.locked().devices.values() {
            *match standing {
                Standing::Waiting => &mut progress.waiting,
                Standing::Walking => &mut progress.walking,
                Standing::Done => &mut progress.done,
                Standing::Failed(_) => &mut progress.failed,
            } += 1;
        }
        progress
    }

    /// Notes how it stands with a device now.
    pub(super) fn note(&self, device: &str, standing: Standing, now: Timestamp) {
        let mut inner = self.locked();
        if let Some(known) = inner.devices.get_mut(device) {
            *known = standing;
        }
        let open = |standing: &Standing| matches!(standing, Standing::Waiting | Standing::Walking);
        if inner.ended.is_none() && !inner.devices.values().any(open) {
            inner.ended = Some(now);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latest jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    last: u64,
    kept: VecDeque<Arc<Job>>,
}

impl Jobs {
    /// A new one.
    pub fn add(&mut self, asked: Timestamp, devices: impl IntoIterator<Item = Arc<str>>) -> Arc<Job> {
        self.last += 1;
        let job = Arc::new(Job::new(self.last, asked, devices));
        self.kept.push_back(Arc::clone(&job));
        if self.kept.len() > REMEMBERED {
            let oldest = self.kept.iter().position(|job| job.ended().is_some()).unwrap_or(0);
            self.kept.remove(oldest);
        }
        job
    }

    /// The one of that number.
    pub fn get(&self, id: u64) -> Option<Arc<Job>> {
        self.kept.iter().find(|job| job.id == id).cloned()
    }

    /// All that are remembered, the latest first.
    pub fn all(&self) -> Vec<Arc<Job>> {
        self.kept.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_job_ends_with_its_last_device() {
        let job = Jobs::default().add(at(1), ["a".into(), "b".into()]);
        assert_eq!(job.progress(), Progress { waiting: 2, ..Progress::default() });
        job.note("a", Standing::Walking, at(2));
        job.note("b", Standing::Failed("no answer".into()), at(3));
        assert_eq!(job.progress(), Progress { walking: 1, failed: 1, ..Progress::default() });
        assert_eq!(job.ended(), None);
        job.note("a", Standing::Done, at(4));
        job.note("stranger", Standing::Done, at(5));
        assert_eq!(job.ended(), Some(at(4)));
        assert_eq!(job.devices()["b"], Standing::Failed("no answer".into()));
        assert_eq!(Jobs::default().add(at(1), []).ended(), Some(at(1)), "nothing is done at once");
    }

    #[test]
    fn jobs_that_have_ended_are_forgotten_first() {
        let mut jobs = Jobs::default();
        let first = jobs.add(at(0), ["a".into()]);
        for nth in 0..REMEMBERED {
            jobs.add(at(nth as i64), []);
        }
        assert_eq!(
            (jobs.all().len(), jobs.get(first.id).is_some(), jobs.get(2).is_some()),
            (REMEMBERED, true, false)
        );
        assert_eq!(jobs.all()[0].id, REMEMBERED as u64 + 1);
    }
}
