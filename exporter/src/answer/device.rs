//! The answer of `/devices/{name}/metrics`: whatever was read, whether the device is up, and why not.

use std::time::Duration;

use crate::render::text::{MetricType, Writer};
use crate::render::{self, Settings};
use crate::scrape::Scraped;

/// The text of a device's scrape, and what it comes to.
#[derive(Debug)]
pub struct DeviceAnswer {
    /// Prometheus text.
    pub text: Vec<u8>,
    /// Series of the modules.
    pub series: usize,
    /// Whether the device answered to the end.
    pub up: bool,
    /// The `reason` label of what went wrong, where something did.
    pub reason: Option<&'static str>,
    /// What went wrong, in one line.
    pub problem: Option<String>,
}

/// `/devices/{name}/metrics`: whatever was read, whether the device is up, and why not.
pub fn answer(scraped: &Scraped, settings: &Settings, took: Duration) -> DeviceAnswer {
    let mut out = Writer::with_capacity(16 * 1024);
    let report =
        render::render(&scraped.plan, &scraped.primary, scraped.fallback.as_ref(), settings, &mut out);
    let failure = scraped.failure();
    let troubles = scraped.troubles().count();
    let (reason, problem) = match (failure, scraped.troubles().next(), report.problems.iter().next()) {
        (Some(failure), _, _) => (Some(failure.reason()), Some(failure.to_string())),
        (None, Some(trouble), _) => (Some("partial"), Some(trouble.to_string())),
        (None, None, Some(problem)) => (Some("series"), Some(problem.to_string())),
        (None, None, None) => (None, None),
    };
    let answer =
        DeviceAnswer { text: Vec::new(), series: report.samples, up: failure.is_none(), reason, problem };
    about(&mut out, &answer, took);
    let cost = |of: fn(&snmp::Cost) -> f64| scraped.harvests().map(|harvest| of(&harvest.cost)).sum::<f64>();
    let mut gauge = |name, help, value: f64| {
        out.family(name, help, MetricType::Gauge).sample(&[], value);
    };
    gauge("device_scrape_walk_duration_seconds", "Time the SNMP walk took.", scraped.walked.as_secs_f64());
    gauge(
        "device_scrape_packets_sent",
        "SNMP requests sent, resent ones included.",
        cost(|c| c.packets_sent as f64),
    );
    gauge(
        "device_scrape_packets_retried",
        "SNMP requests sent again because no answer came.",
        cost(|c| c.packets_retried as f64),
    );
    gauge("device_scrape_varbinds", "Values read.", cost(|c| c.varbinds as f64));
    gauge("device_scrape_incomplete_columns", "Columns that may lack values.", troubles as f64);
    gauge("device_scrape_series", "Series of the modules.", report.samples as f64);
    gauge(
        "device_scrape_dropped_series",
        "Series left out as another has the same name and labels, or as their value does not fit.",
        report.problems.len() as f64,
    );
    if let Some(round_trip) = scraped.harvests().find_map(|harvest| harvest.cost.round_trip) {
        gauge(
            "device_scrape_round_trip_seconds",
            "Smoothed time from an SNMP request to its answer.",
            round_trip.as_secs_f64(),
        );
    }
    DeviceAnswer { text: out.finish(), ..answer }
}

/// The same where no scrape took place.
pub fn no_scrape(reason: &'static str, problem: String, took: Duration) -> DeviceAnswer {
    let mut out = Writer::default();
    let answer =
        DeviceAnswer { text: Vec::new(), series: 0, up: false, reason: Some(reason), problem: Some(problem) };
    about(&mut out, &answer, took);
    DeviceAnswer { text: out.finish(), ..answer }
}

fn about(out: &mut Writer, answer: &DeviceAnswer, took: Duration) {
    let up = if answer.up { 1.0 } else { 0.0 };
    out.family("device_up", "Whether the device answered all that was asked.", MetricType::Gauge)
        .sample(&[], up);
    if let Some(reason) = answer.reason {
        let help = "Why the scrape failed or is incomplete.";
        out.family("device_scrape_error_info", help, MetricType::Gauge).sample(&[("reason", reason)], 1.0);
    }
    let help = "Time from request to answer.";
    out.family("device_scrape_duration_seconds", help, MetricType::Gauge).sample(&[], took.as_secs_f64());
}
