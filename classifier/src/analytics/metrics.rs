//! What the classifier counts of its questions to the series, and of the summaries it writes.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::error::MetricsError;
use crate::timestamp::Timestamp;

/// How something ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ending {
    /// `ok`, or why not.
    result: &'static str,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    reason: &'static str,
}

/// Questions to the series.
#[derive(Debug, Clone)]
pub struct QueryMetrics {
    queries: Family<Ending, Counter>,
    duration: Histogram,
}

impl Default for QueryMetrics {
    fn default() -> Self {
        let queries = Family::<Ending, Counter>::default();
        for result in ["ok"].into_iter().chain(MetricsError::REASONS) {
            drop(queries.get_or_create(&Ending { result }));
        }
        Self { queries, duration: Histogram::new(exponential_buckets(0.005, 2.0, 14)) }
    }
}

impl QueryMetrics {
    /// Registers all of them.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Questions in PromQL to --metrics.url, by how they ended";
        registry.register("metrics_queries", help, self.queries.clone());
        let help = "How long they took";
        registry.register_with_unit("metrics_query_duration", help, Unit::Seconds, self.duration.clone());
    }

    /// Counts a question.
    pub fn asked(&self, result: &'static str, took: Duration) {
        self.queries.get_or_create(&Ending { result }).inc();
        self.duration.observe(took.as_secs_f64());
    }
}

/// The summaries of the last 24 hours.
#[derive(Debug, Clone)]
pub struct SummaryMetrics {
    last_success: Gauge<f64, AtomicU64>,
    rows: Gauge,
    duration: Gauge<f64, AtomicU64>,
    failures: Family<Cause, Counter>,
}

/// The reason of a failure that is the database's.
pub const DATABASE: &str = "database";
/// The reason where there are no series at all.
pub const EMPTY: &str = "empty";

impl Default for SummaryMetrics {
    fn default() -> Self {
        let failures = Family::<Cause, Counter>::default();
        for reason in MetricsError::REASONS.into_iter().chain([DATABASE, EMPTY]) {
            drop(failures.get_or_create(&Cause { reason }));
        }
        Self { last_success: Gauge::default(), rows: Gauge::default(), duration: Gauge::default(), failures }
    }
}

impl SummaryMetrics {
    /// Registers all of them.
    pub fn register(&self, registry: &mut Registry) {
        let unix = "When this classifier last wrote the summaries of 24 hours, in Unix time; 0 where it has not: of several one does";
        registry.register("summaries_last_success_timestamp_seconds", unix, self.last_success.clone());
        registry.register("summaries_rows", "How many interfaces it wrote then", self.rows.clone());
        registry.register("summaries_duration_seconds", "How long that took", self.duration.clone());
        let help = "Summaries that were due and were not written, by why";
        registry.register("summaries_failures", help, self.failures.clone());
    }

    /// Notes that they were written.
    pub fn written(&self, at: Timestamp, rows: u64, took: Duration) {
        self.last_success.set(at.as_seconds());
        self.rows.set(i64::try_from(rows).unwrap_or(i64::MAX));
        self.duration.set(took.as_secs_f64());
    }

    /// Counts a failure.
    pub fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&Cause { reason }).inc();
    }
}
