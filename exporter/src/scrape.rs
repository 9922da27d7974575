//! A scrape, step by step: whom to ask, what to ask, ask, ask what was missing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use inventory::{Auth, Device, Overrides};
use snmp::usm::Context;
use snmp::{Client, Failure, Harvest, Limits, Protocol, Target, Trouble};

use crate::address::Place;
use crate::plan::Plan;

/// Whom to ask, and how.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where it is.
    pub place: Place,
    /// How to prove who asks.
    pub auth: Arc<Auth>,
    /// What goes before the auth profile's context (SNMPv3).
    pub context: Context,
    /// What the inventory says about limits; it goes before what modules say.
    pub overrides: Overrides,
    /// Whether its packets are logged.
    pub trace: bool,
}

impl Subject {
    /// A device of which nothing more is known.
    pub fn new(place: Place, auth: Arc<Auth>) -> Self {
        Self { place, auth, context: Context::default(), overrides: Overrides::default(), trace: false }
    }
}

impl From<&Device> for Subject {
    fn from(device: &Device) -> Self {
        Self { overrides: device.overrides, ..Self::new(Place::from(device), device.auth.clone()) }
    }
}

/// What a scrape brought.
#[derive(Debug)]
pub struct Scraped {
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// What carried the messages.
    pub protocol: Protocol,
    /// What came back.
    pub primary: Harvest,
    /// What came back when columns were asked for that stand in for missing ones.
    pub fallback: Option<Harvest>,
    /// How long it took to read.
    pub walked: Duration,
}

impl Scraped {
    /// Both harvests.
    pub fn harvests(&self) -> impl Iterator<Item = &Harvest> {
        std::iter::once(&self.primary).chain(&self.fallback)
    }

    /// Why the device is not up, where it is not.
    pub fn failure(&self) -> Option<&Failure> {
        self.harvests().find_map(|harvest| harvest.failure.as_ref())
    }

    /// Whether no conversation could even begin.
    pub fn is_unconnected(&self) -> bool {
        let count = |of: fn(&snmp::Cost) -> u64| self.harvests().map(|h| of(&h.cost)).sum::<u64>();
        match self.failure() {
            None | Some(Failure::Deadline { .. }) => false,
            Some(Failure::PortClosed(_) | Failure::Unreachable(_)) if self.protocol == Protocol::Tcp => {
                count(|cost| cost.packets_received) == 0
            }
            Some(_) => count(|cost| cost.packets_sent) == 0,
        }
    }

    /// What is missing though the device answered.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.harvests()
            .flat_map(|h| h.gets.iter().chain(&h.columns))
            .filter_map(|column| column.trouble.as_ref())
    }
}

/// Reads a plan from a device, until the deadline.
pub async fn scrape(
    client: &Client,
    subject: &Subject,
    plan: Arc<Plan>,
    deadline: Option<Instant>,
) -> Scraped {
    let started = Instant::now();
    let target = match target(subject, &plan).await {
        Ok(target) => target,
        Err(failure) => {
            let primary = Harvest { failure: Some(failure), ..Harvest::default() };
            let protocol = subject.place.protocol;
            return Scraped { plan, protocol, primary, fallback: None, walked: started.elapsed() };
        }
    };
    let primary = client.harvest(&target, plan.wanted(), deadline).await;
    let missing = match primary.failure {
        None => plan.fallback(&primary),
        Some(_) => None,
    };
    let fallback = match missing {
        Some(wanted) => Some(client.harvest(&target, &wanted, deadline).await),
        None => None,
    };
    Scraped { plan, protocol: target.protocol, primary, fallback, walked: started.elapsed() }
}

async fn target(subject: &Subject, plan: &Plan) -> Result<Target, Failure> {
    let mut credentials = subject.auth.credentials();
    if let Some(context) = credentials.context_mut() {
        let Context { name, engine_id } = subject.context.clone();
        if !name.is_empty() {
            context.name = name;
        }
        context.engine_id = engine_id.or(context.engine_id.take());
    }
    let address = subject.place.resolve().await?;
    Ok(Target {
        protocol: subject.place.protocol,
        trace: subject.trace,
        ..Target::new(address, credentials, subject.overrides.over(&limits(plan)))
    })
}

/// The limits of a scrape of several modules: the most patient of each, and the most careful.
fn limits(plan: &Plan) -> Limits {
    let defaults = Limits::default();
    let params = || plan.modules().iter().map(|module| &module.params);
    Limits {
        timeout: params().map(|p| p.timeout).max().unwrap_or(defaults.timeout),
        retries: params().map(|p| p.retries).max().unwrap_or(defaults.retries),
        max_repetitions: params().filter_map(|p| p.max_repetitions).min(),
        allow_nonincreasing_oids: params().any(|p| p.allow_nonincreasing_oids),
        answers_from_anywhere: params().any(|p| p.use_unconnected_udp_socket),
        ..defaults
    }
}
