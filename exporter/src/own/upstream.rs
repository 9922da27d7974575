//! The exporter's metrics about itself under the names that snmp_exporter gives them, so that its dashboards and alerts
//! go on working.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use service::metrics::Metrics;

use crate::scrape::Scraped;

/// A module, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModuleLabel {
    module: Arc<str>,
}

/// The status of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: u16,
}

/// Buckets of Go's client where none are named.
const DEFAULT_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What snmp_exporter counts about itself.
#[derive(Debug, Clone)]
pub(super) struct UpstreamMetrics {
    collection_duration: Family<ModuleLabel, Histogram, fn() -> Histogram>,
    packet_duration: Histogram,
    packets: Counter<u64, AtomicU64>,
    retries: Counter<u64, AtomicU64>,
    request_errors: Counter,
    unexpected_types: Counter<u64, AtomicU64>,
    /// Modules that are being read.
    pub modules_in_flight: Gauge,
    answers: Family<CodeLabel, Counter>,
    answers_in_flight: Gauge,
}

impl UpstreamMetrics {
    /// Registers all of them.
    pub fn new(metrics: &mut Metrics, version: &'static str, revision: &'static str) -> Self {
        let own = Self {
            collection_duration: Family::new_with_constructor(|| Histogram::new(DEFAULT_BUCKETS)),
            packet_duration: Histogram::new(exponential_buckets(0.0001, 2.0, 15)),
            packets: Counter::default(),
            retries: Counter::default(),
            request_errors: Counter::default(),
            unexpected_types: Counter::default(),
            modules_in_flight: Gauge::default(),
            answers: Family::default(),
            answers_in_flight: Gauge::default(),
        };
        for code in [200, 500, 503] {
            let _ = own.answers.get_or_create(&CodeLabel { code });
        }
        let snmp = metrics.registry_of("snmp");
        snmp.register(
            "collection_duration_seconds",
            "Duration of collections by the SNMP exporter",
            own.collection_duration.clone(),
        );
        snmp.register(
            "packet_duration_seconds",
            "A histogram of latencies for SNMP packets",
            own.packet_duration.clone(),
        );
        snmp.register("packets", "Number of SNMP packet sent, including retries", own.packets.clone());
        snmp.register("packet_retries", "Number of SNMP packet retries", own.retries.clone());
        snmp.register(
            "request_errors",
            "Errors in requests to the SNMP exporter",
            own.request_errors.clone(),
        );
        snmp.register(
            "request_in_flight",
            "Current number of SNMP scrapes being requested",
            own.modules_in_flight.clone(),
        );
        snmp.register(
            "unexpected_pdu_type",
            "Unexpected types in a PDU: values that could not be decoded",
            own.unexpected_types.clone(),
        );
        let labels = vec![
            ("branch", "unknown"),
            ("goarch", go_arch()),
            ("goos", std::env::consts::OS),
            ("goversion", "unknown"),
            ("revision", revision),
            ("tags", "unknown"),
            ("version", version),
        ];
        let help = "What this program was built from: Ward, in the place of snmp_exporter";
        metrics.registry_of("snmp_exporter").register("build", help, Info::new(labels));
        let handler = metrics.registry_of("promhttp_metric_handler");
        handler.register("requests", "Total number of scrapes by HTTP status code", own.answers.clone());
        handler.register(
            "requests_in_flight",
            "Current number of scrapes being served",
            own.answers_in_flight.clone(),
        );
        own
    }

    /// Begins the series of modules, at zero.
    pub fn modules<'a>(&self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            let _ = self.collection_duration.get_or_create(&ModuleLabel { module: name.into() });
        }
    }

    /// A request was refused.
    pub fn refused(&self) {
        self.request_errors.inc();
    }

    /// Own metrics are asked for; they are answered when the result is dropped.
    pub fn answering(&self) -> Answering {
        self.answers_in_flight.inc();
        Answering { in_flight: self.answers_in_flight.clone(), answers: self.answers.clone() }
    }

    /// Counts what a scrape cost, and for each of its modules how long it took: they are read together.
    pub fn scraped(&self, scraped: &Scraped, seconds: f64) {
        for module in scraped.plan.modules() {
            let label = ModuleLabel { module: module.name.as_str().into() };
            self.collection_duration.get_or_create(&label).observe(seconds);
        }
        for cost in scraped.harvests().map(|harvest| &harvest.cost) {
            self.packets.inc_by(cost.packets_sent);
            self.retries.inc_by(cost.packets_retried);
            self.unexpected_types.inc_by(cost.undecodable);
            for took in &cost.answer_times {
                self.packet_duration.observe(took.as_secs_f64());
            }
        }
    }
}

/// Own metrics that are being written.
#[derive(Debug)]
pub struct Answering {
    in_flight: Gauge,
    answers: Family<CodeLabel, Counter>,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.in_flight.dec();
        self.answers.get_or_create(&CodeLabel { code: 200 }).inc();
    }
}

/// What Go calls this machine's architecture.
fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        other => other,
    }
}
