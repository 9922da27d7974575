//! A store that fails when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ward_classifier::analytics::summary::Summary;
use ward_classifier::change::{Event, Range, Run};
use ward_classifier::state::{Decision, DeviceId, DeviceState, InterfaceId};
use ward_classifier::store::{
    Claim, EventFilter, Keep, Lease, LinkNews, Listed, Open, Result, SaidLink, Store, StoreError,
    StoredEvent, Summaries, Turn, Versioned, Written,
};
use ward_classifier::timestamp::Timestamp;
use ward_classifier::topology::known::KnownLink;
use ward_classifier::topology::manual::ManualLink;

/// What happens to a write.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It fails, and nothing is written.
    Before(StoreError),
    /// It is written, and then the answer is lost.
    After(StoreError),
    /// The driver panics.
    Panic,
}

/// What is to happen, and what has happened; shared by all stores that were opened with it.
#[derive(Debug, Default)]
pub struct Plan {
    /// Faults of the next writes.
    pub writes: VecDeque<Fault>,
    /// Errors of the next attempts to open.
    pub opens: VecDeque<StoreError>,
    /// A device whose changes are refused.
    pub refused: Option<DeviceId>,
    /// How often it was opened.
    pub opened: usize,
    /// Everything fails so, as long as this is here.
    pub away: Option<StoreError>,
}

struct Faulty {
    plan: Arc<Mutex<Plan>>,
    store: Box<dyn Store>,
}

/// Opens stores that follow a plan.
pub fn open(plan: &Arc<Mutex<Plan>>, mut store: impl FnMut() -> Box<dyn Store> + Send + 'static) -> Open {
    let plan = Arc::clone(plan);
    Box::new(move || {
        let mut planned = plan.lock().unwrap();
        if let Some(error) = planned.opens.pop_front().or_else(|| planned.away.clone()) {
            return Err(error);
        }
        planned.opened += 1;
        Ok(Box::new(Faulty { plan: Arc::clone(&plan), store: store() }))
    })
}

impl Faulty {
    /// Whether the database is there at all.
    fn there(&self) -> Result<()> {
        self.plan.lock().unwrap().away.clone().map_or(Ok(()), Err)
    }
}

impl Store for Faulty {
    fn register(&mut self, devices: &[Listed<'_>]) -> Result<Vec<DeviceId>> {
        self.store.register(devices)
    }

    fn load(&mut self, only: Option<&[DeviceId]>) -> Result<Vec<DeviceState>> {
        self.there()?;
        self.store.load(only)
    }

    fn revisions(&mut self) -> Result<Vec<(DeviceId, i64)>> {
        self.there()?;
        self.store.revisions()
    }

    fn write(&mut self, changes: &[Versioned<'_>], tag: i64) -> Result<Vec<Written>> {
        let (fault, refused) = {
            let mut plan = self.plan.lock().unwrap();
            (plan.writes.pop_front(), plan.refused)
        };
        if changes.iter().any(|one| Some(one.changes.device) == refused) {
            return Err(StoreError::Rejected("a value it does not like".into()));
        }
        match fault {
            None => self.store.write(changes, tag),
            Some(Fault::Before(error)) => Err(error),
            Some(Fault::After(error)) => {
                self.store.write(changes, tag)?;
                Err(error)
            }
            Some(Fault::Panic) => panic!("a panic on purpose"),
        }
    }

    fn decide(&mut self, interface: InterfaceId, decision: Option<&Decision>, event: &Event) -> Result<bool> {
        self.there()?;
        self.store.decide(interface, decision, event)
    }

    fn claim(&mut self, claim: &Claim<'_>) -> Result<Vec<Lease>> {
        self.store.claim(claim)
    }

    fn renew(&mut self, leases: &[Lease], lease_for: Duration) -> Result<Vec<bool>> {
        self.store.renew(leases, lease_for)
    }

    fn complete(&mut self, leases: &[(Lease, Option<Duration>)]) -> Result<Vec<bool>> {
        self.store.complete(leases)
    }

    fn history(&mut self, interface: InterfaceId, limit: u32) -> Result<Vec<Range>> {
        self.there()?;
        self.store.history(interface, limit)
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<StoredEvent>> {
        self.there()?;
        self.store.events(filter)
    }

    fn runs(&mut self, device: DeviceId, limit: u32) -> Result<Vec<Run>> {
        self.there()?;
        self.store.runs(device, limit)
    }

    fn explanation(&mut self, interface: InterfaceId) -> Result<Option<String>> {
        self.there()?;
        self.store.explanation(interface)
    }

    fn links(&mut self, at: Option<Timestamp>) -> Result<Vec<KnownLink>> {
        self.store.links(at)
    }

    fn write_links(&mut self, news: &LinkNews<'_>) -> Result<()> {
        self.store.write_links(news)
    }

    fn manual_links(&mut self) -> Result<Vec<ManualLink>> {
        self.store.manual_links()
    }

    fn say_link(&mut self, said: &SaidLink<'_>, events: &[(DeviceId, Event)]) -> Result<bool> {
        self.store.say_link(said, events)
    }

    fn claim_summaries(&mut self, owner: &str, lease_for: Duration, asked: bool) -> Result<Turn> {
        self.there()?;
        self.store.claim_summaries(owner, lease_for, asked)
    }

    fn write_summaries(
        &mut self,
        owner: &str,
        summaries: &[Summary],
        next_in: Duration,
    ) -> Result<Option<u64>> {
        self.there()?;
        self.store.write_summaries(owner, summaries, next_in)
    }

    fn summaries(&mut self, wanted: &Summaries) -> Result<Vec<Summary>> {
        self.there()?;
        self.store.summaries(wanted)
    }

    fn prune(&mut self, keep: &Keep) -> Result<u64> {
        self.store.prune(keep)
    }
}
