//! The exporter's metrics about itself.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use snmp::Cost;

/// Which way a scrape came and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ScrapeLabels {
    /// `devices` or `snmp`.
    pub endpoint: &'static str,
    /// `ok`, or the reason it failed for.
    pub result: &'static str,
}

/// What the exporter counts about itself.
#[derive(Debug, Clone)]
pub struct OwnMetrics {
    /// Scrapes ended.
    pub scrapes: Family<ScrapeLabels, Counter>,
    /// Scrapes that walk a device now.
    in_flight: Gauge,
    /// Scrapes that wait for their turn.
    pub waiting: Gauge,
    /// Devices in the inventory.
    pub devices: Gauge,
    /// Modules loaded.
    pub modules: Gauge,
    /// Requests refused for what they ask.
    pub bad_requests: Counter,
    duration: Histogram,
    packets_sent: Counter<u64, AtomicU64>,
    packets_retried: Counter<u64, AtomicU64>,
    packets_received: Counter<u64, AtomicU64>,
    varbinds: Counter<u64, AtomicU64>,
    undecodable: Counter<u64, AtomicU64>,
}

impl OwnMetrics {
    /// Registers all of them.
    pub fn new(registry: &mut Registry) -> Self {
        let own = Self {
            scrapes: Family::default(),
            in_flight: Gauge::default(),
            waiting: Gauge::default(),
            devices: Gauge::default(),
            modules: Gauge::default(),
            bad_requests: Counter::default(),
            duration: Histogram::new(exponential_buckets(0.005, 2.0, 13)),
            packets_sent: Counter::default(),
            packets_retried: Counter::default(),
            packets_received: Counter::default(),
            varbinds: Counter::default(),
            undecodable: Counter::default(),
        };
        registry.register("scrapes", "Scrapes by endpoint and result", own.scrapes.clone());
        registry.register("scrapes_in_flight", "Scrapes that walk a device now", own.in_flight.clone());
        registry.register("scrapes_waiting", "Scrapes that wait for their turn", own.waiting.clone());
        registry.register("devices", "Devices in the inventory", own.devices.clone());
        registry.register("modules", "Modules loaded", own.modules.clone());
        registry.register("bad_requests", "Requests refused for what they ask", own.bad_requests.clone());
        registry.register(
            "snmp_packets_sent",
            "SNMP requests sent, resent ones included",
            own.packets_sent.clone(),
        );
        registry.register(
            "snmp_packets_retried",
            "SNMP requests sent again because no answer came",
            own.packets_retried.clone(),
        );
        registry.register(
            "snmp_packets_received",
            "SNMP answers received in time",
            own.packets_received.clone(),
        );
        registry.register("snmp_varbinds", "Values read from devices", own.varbinds.clone());
        registry.register(
            "snmp_undecodable_varbinds",
            "Values from devices that could not be decoded",
            own.undecodable.clone(),
        );
        registry.register_with_unit(
            "scrape_duration",
            "Time from request to answer of a scrape",
            Unit::Seconds,
            own.duration.clone(),
        );
        own
    }

    /// Counts a walk as in flight for as long as the result lives, however that ends.
    pub fn walking(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts what a scrape cost.
    pub fn scraped(&self, labels: ScrapeLabels, seconds: f64, costs: &[&Cost]) {
        self.scrapes.get_or_create(&labels).inc();
        self.duration.observe(seconds);
        for cost in costs {
            self.packets_sent.inc_by(cost.packets_sent);
            self.packets_retried.inc_by(cost.packets_retried);
            self.packets_received.inc_by(cost.packets_received);
            self.varbinds.inc_by(cost.varbinds);
            self.undecodable.inc_by(cost.undecodable);
        }
    }
}

/// A walk in flight.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
