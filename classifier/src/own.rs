//! The classifier's metrics about its own work.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::change::{Candidate, Labeller};
use crate::discover::walk::Walked;
use crate::discover::wanted::Depth;
use crate::labeller::InForce;
use crate::state::Explained;
use crate::store::Learned;
use crate::timestamp::Timestamp;
use crate::word::Word;

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WalkLabels {
    /// `ok`, `partial`, or the reason it failed for.
    pub result: &'static str,
    /// `full` or `cheap`; empty where the device did not answer.
    pub depth: &'static str,
}

/// What the classifier counts about itself.
#[derive(Debug, Clone)]
pub struct OwnMetrics {
    walks: Family<WalkLabels, Counter>,
    /// Walks under way.
    pub walks_in_flight: Gauge,
    /// Devices in the inventory.
    pub devices: Gauge,
    duration: Histogram,
    packets_sent: Counter<u64, AtomicU64>,
    packets_retried: Counter<u64, AtomicU64>,
    packets_received: Counter<u64, AtomicU64>,
    varbinds: Counter<u64, AtomicU64>,
    undecodable: Counter<u64, AtomicU64>,
    bad_values: Counter<u64, AtomicU64>,
}

impl Default for OwnMetrics {
    fn default() -> Self {
        Self {
            walks: Family::default(),
            walks_in_flight: Gauge::default(),
            devices: Gauge::default(),
            duration: Histogram::new(exponential_buckets(0.02, 2.0, 14)),
            packets_sent: Counter::default(),
            packets_retried: Counter::default(),
            packets_received: Counter::default(),
            varbinds: Counter::default(),
            undecodable: Counter::default(),
            bad_values: Counter::default(),
        }
    }
}

impl OwnMetrics {
    /// Registers all of them.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("walks", "Walks of devices by result and depth", self.walks.clone());
        registry.register("walks_in_flight", "Walks under way", self.walks_in_flight.clone());
        registry.register("devices", "Devices in the inventory", self.devices.clone());
        registry.register_with_unit(
            "walk_duration",
            "How long walks took that brought something",
            Unit::Seconds,
            self.duration.clone(),
        );
        let counters = [
            ("snmp_packets_sent", "SNMP requests sent, resent ones included", &self.packets_sent),
            (
                "snmp_packets_retried",
                "SNMP requests sent again because no answer came",
                &self.packets_retried,
            ),
            ("snmp_packets_received", "SNMP answers received in time", &self.packets_received),
            ("snmp_varbinds", "Values read from devices", &self.varbinds),
            ("snmp_undecodable_varbinds", "Values from devices that could not be decoded", &self.undecodable),
            (
                "bad_values",
                "Values from devices that could be read but make no sense, and were left out",
                &self.bad_values,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
    }

    /// Counts a walk.
    pub fn walked(&self, walked: &Walked) {
        let result = match &walked.learned {
            Learned::Walked(walk) if walk.trouble.is_none() => "ok",
            Learned::Walked(_) => "partial",
            Learned::Failed(_) => walked.failure.unwrap_or("unknown"),
        };
        let depth = match walked.depth {
            Some(Depth::Full) => "full",
            Some(Depth::Cheap) => "cheap",
            None => "",
        };
        self.walks.get_or_create(&WalkLabels { result, depth }).inc();
        if let Learned::Walked(walk) = &walked.learned {
            self.duration.observe(walk.took.as_secs_f64());
        }
        self.bad_values.inc_by(walked.bad_values as u64);
        for cost in &walked.costs {
            self.packets_sent.inc_by(cost.packets_sent);
            self.packets_retried.inc_by(cost.packets_retried);
            self.packets_received.inc_by(cost.packets_received);
            self.varbinds.inc_by(cost.varbinds);
            self.undecodable.inc_by(cost.undecodable);
        }
    }
}

/// How often each rule has voted.
pub type RuleVotes = Arc<Mutex<BTreeMap<Word, u64>>>;

/// The rules in force, counted as they vote.
#[derive(Debug)]
pub struct Counted {
    /// The rules.
    pub in_force: InForce,
    /// Their votes so far.
    pub votes: RuleVotes,
}

impl Labeller for Counted {
    fn label(&self, interfaces: &[Candidate<'_>], at: Timestamp) -> Vec<Explained> {
        let mut voted: BTreeMap<Word, u64> = BTreeMap::new();
        let label = |one: &Candidate<'_>| {
            let came = self.in_force.classify(one, at);
            for vote in &came.votes {
                match voted.get_mut(&vote.rule) {
                    Some(count) => *count += 1,
                    None => drop(voted.insert(vote.rule.clone(), 1)),
                }
            }
            Explained::new(&came, &self.in_force.digest, at)
        };
        let labels = interfaces.iter().map(label).collect();
        let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, count) in voted {
            *votes.entry(rule).or_default() += count;
        }
        labels
    }
}
