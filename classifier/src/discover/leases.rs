//! The right to walk devices: taken from the store, prolonged, and given back once what was learned is written.
//!
//! Which devices are due is the store's to say, so that of several classifiers on one database each walks its own.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout};

use crate::state::DeviceId;
use crate::store::{Claim, Keeper, Lease, Result, Store};
use crate::timestamp::Timestamp;

/// If the store has not answered by then, it is as good as away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Devices that could be walked, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Those that somebody asked for.
    pub asked: Vec<DeviceId>,
    /// Those that never were walked.
    pub new: Vec<DeviceId>,
    /// The others.
    pub known: Vec<DeviceId>,
}

/// What the store has answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// To a claim; `None`: nothing, it is away.
    Claimed(Option<Vec<Lease>>),
    /// To leases given back.
    GivenBack,
}

type Asking<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// A lease on its way back, and when the next walk is due where that is to be another time.
type Back = (Arc<str>, Lease, Option<Timestamp>);

/// The leases of this classifier.
pub(super) struct Leases {
    keeper: Keeper,
    owner: Arc<str>,
    /// How long a device stays ours without a word from us.
    lease_for: Duration,
    held: HashMap<Arc<str>, Lease>,
    done: Vec<Back>,
    claiming: Option<Asking<Vec<Lease>>>,
    giving_back: Option<Asking<Vec<Arc<str>>>>,
    /// When devices are due by what is known here, as the store has not been told.
    owed: HashMap<Arc<str>, Timestamp>,
    renew_at: Instant,
}

impl Leases {
    /// None yet.
    pub fn new(keeper: Keeper, owner: &str, lease_for: Duration) -> Self {
        Self {
            keeper,
            owner: owner.into(),
            lease_for,
            held: HashMap::new(),
            done: Vec::new(),
            claiming: None,
            giving_back: None,
            owed: HashMap::new(),
            renew_at: Instant::now() + lease_for / 3,
        }
    }

    /// Whether a device is ours.
    pub fn hold(&self, device: &str) -> bool {
        self.held.contains_key(device)
    }

    /// Whether the store has a claim to answer.
    pub fn is_claiming(&self) -> bool {
        self.claiming.is_some()
    }

    /// When a device is due, where the store does not know it.
    pub fn owed(&self, device: &str) -> Option<Timestamp> {
        self.owed.get(device).copied()
    }

    /// Asks the store for so many of these devices: those that somebody asked for, then new ones, then those due longest.
    pub fn claim(&mut self, candidates: Candidates, room: usize) {
        let (keeper, owner, lease_for) = (self.keeper.clone(), Arc::clone(&self.owner), self.lease_for);
        self.claiming = Some(Box::pin(async move {
            let asked = keeper.ask(move |store| claim(store, &owner, &candidates, room, lease_for));
            timeout(PATIENCE, asked).await.ok()?.ok()
        }));
    }

    /// Waits for what the store answers next; for ever, where it was asked nothing.
    pub async fn answer(&mut self) -> Answer {
        tokio::select! {
            leases = answered(&mut self.claiming) => Answer::Claimed(leases),
            names = answered(&mut self.giving_back) => {
                for name in names.into_iter().flatten() {
                    self.owed.remove(&name);
                }
                Answer::GivenBack
            }
        }
    }

    /// Takes a lease. `false`: the device was walked while the store was away, which does not know of it, and is not due.
    pub fn take(&mut self, device: &Arc<str>, lease: Lease, asked: bool, now: Timestamp) -> bool {
        match self.owed.remove(device) {
            Some(due) if due > now && !asked => {
                self.done.push((Arc::clone(device), lease, Some(due)));
                false
            }
            _ => {
                self.held.insert(Arc::clone(device), lease);
                true
            }
        }
    }

    /// Gives a device back, which is due again then; `None`: when it was before.
    pub fn end(&mut self, device: &Arc<str>, due: Option<Timestamp>) {
        match self.held.remove(device) {
            Some(lease) => self.done.push((Arc::clone(device), lease, due)),
            None => {
                due.and_then(|due| self.owed.insert(Arc::clone(device), due));
            }
        }
    }

    /// Tells the store which devices are given back, once what was learned is written: whoever takes over a dead
    /// classifier's devices finds them due.
    pub fn give_back(&mut self) {
        if self.giving_back.is_some() || self.done.is_empty() {
            return;
        }
        let done = std::mem::take(&mut self.done);
        for (name, _, due) in &done {
            due.and_then(|due| self.owed.insert(Arc::clone(name), due));
        }
        let keeper = self.keeper.clone();
        self.giving_back = Some(Box::pin(async move {
            let asked = keeper.ask_settled(move |store| {
                let now = SystemTime::now().into();
                let due_in = |due: &Option<Timestamp>| due.map(|due| due.since(now));
                let leases: Vec<_> = done.iter().map(|(_, lease, due)| (*lease, due_in(due))).collect();
                store.complete(&leases)?;
                Ok(done.iter().map(|(name, ..)| Arc::clone(name)).collect())
            });
            timeout(PATIENCE, asked).await.ok()?.ok()
        }));
    }

    /// Prolongs all leases when it is time to.
    pub fn renew(&mut self) {
        if Instant::now() < self.renew_at {
            return;
        }
        self.renew_at = Instant::now() + self.lease_for / 3;
        let leases: Vec<Lease> = self.held.values().copied().collect();
        if leases.is_empty() {
            return;
        }
        let (keeper, lease_for) = (self.keeper.clone(), self.lease_for);
        tokio::spawn(async move {
            // A device that others have taken is written by whoever ends first, and judged again by the other.
            if let Err(error) = keeper.ask(move |store| store.renew(&leases, lease_for)).await {
                tracing::debug!(%error, "leases are not renewed");
            }
        });
    }

    /// Gives everything back: what is not walked stays due when it was.
    pub async fn stop(&mut self) {
        answered_if_asked(&mut self.giving_back).await;
        self.done.extend(self.held.drain().map(|(name, lease)| (name, lease, None)));
        self.give_back();
        answered_if_asked(&mut self.giving_back).await;
    }
}

fn claim(
    store: &mut dyn Store,
    owner: &str,
    candidates: &Candidates,
    room: usize,
    lease_for: Duration,
) -> Result<Vec<Lease>> {
    let mut leases: Vec<Lease> = Vec::new();
    let Candidates { asked, new, known } = candidates;
    for (among, asked) in [(asked, true), (new, false), (known, false)] {
        let limit = u32::try_from(room.saturating_sub(leases.len())).unwrap_or(u32::MAX);
        if limit > 0 && !among.is_empty() {
            leases.extend(store.claim(&Claim { owner, among, limit, lease_for, asked })?);
        }
    }
    Ok(leases)
}

/// The answer to what is being asked; never, where nothing is.
async fn answered<T>(asking: &mut Option<Asking<T>>) -> Option<T> {
    match asking {
        Some(asked) => {
            let answer = asked.await;
            *asking = None;
            answer
        }
        None => std::future::pending().await,
    }
}

async fn answered_if_asked<T>(asking: &mut Option<Asking<T>>) {
    if asking.is_some() {
        answered(asking).await;
    }
}
