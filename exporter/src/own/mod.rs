//! The exporter's metrics about itself.

mod upstream;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;
use service::metrics::{BuildInfo, Metrics};

use crate::scrape::Scraped;
pub use upstream::Answering;
use upstream::UpstreamMetrics;

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
    modules: Gauge,
    bad_requests: Counter,
    upstream: UpstreamMetrics,
    duration: Histogram,
    packets_sent: Counter<u64, AtomicU64>,
    packets_retried: Counter<u64, AtomicU64>,
    packets_received: Counter<u64, AtomicU64>,
    varbinds: Counter<u64, AtomicU64>,
    undecodable: Counter<u64, AtomicU64>,
}

impl OwnMetrics {
    /// Registers all of them.
    pub fn new(metrics: &mut Metrics, build: BuildInfo) -> Self {
        let upstream = UpstreamMetrics::new(metrics, build.version, build.revision);
        let registry = metrics.registry();
        let own = Self {
            scrapes: Family::default(),
            in_flight: Gauge::default(),
            waiting: Gauge::default(),
            devices: Gauge::default(),
            modules: Gauge::default(),
            bad_requests: Counter::default(),
            upstream,
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

    /// Tells which modules are loaded.
    pub fn loaded<'a>(&self, modules: impl ExactSizeIterator<Item = &'a str>) {
        self.modules.set(modules.len() as i64);
        self.upstream.modules(modules);
    }

    /// Counts a request that was refused for what it asks.
    pub fn refused(&self) {
        self.bad_requests.inc();
        self.upstream.refused();
    }

    /// Counts an answer of these metrics, for as long as the result lives.
    pub fn answering(&self) -> Answering {
        self.upstream.answering()
    }

    /// Counts a walk of so many modules as in flight for as long as the result lives, however that ends.
    pub fn walking(&self, modules: usize) -> InFlight {
        let count = modules as i64;
        let (scrapes, modules) = (self.in_flight.clone(), self.upstream.modules_in_flight.clone());
        scrapes.inc();
        modules.inc_by(count);
        InFlight { scrapes, modules, count }
    }

    /// Counts a scrape, and what it cost where it took place.
    pub fn scraped(&self, labels: ScrapeLabels, seconds: f64, scraped: Option<&Scraped>) {
        self.scrapes.get_or_create(&labels).inc();
        self.duration.observe(seconds);
        let Some(scraped) = scraped else { return };
        self.upstream.scraped(scraped, seconds);
        for cost in scraped.harvests().map(|harvest| &harvest.cost) {
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
pub struct InFlight {
    scrapes: Gauge,
    modules: Gauge,
    count: i64,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.scrapes.dec();
        self.modules.dec_by(self.count);
    }
}
