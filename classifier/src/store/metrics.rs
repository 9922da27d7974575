//! How it stands with the store, as metrics. Register it below the daemon's prefix.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{Keeper, Status, StoreError};
use crate::timestamp::Timestamp;

/// Reads a keeper's [`Status`] whenever it is asked.
pub struct StoreMetrics(pub Keeper);

impl fmt::Debug for StoreMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreMetrics")
    }
}

impl Collector for StoreMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        encode(&self.0.status(), encoder)
    }
}

fn encode(status: &Status, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
    let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_seconds);
    let one = |yes: bool| Some(f64::from(u8::from(yes)));
    let error_at = status.last_error.as_ref().map(|(at, _)| *at);
    for (name, help, value) in [
        ("store_connected", "Whether the database answered when it was last asked", one(status.connected)),
        ("store_loaded", "Whether all devices of the inventory have been loaded", one(status.loaded)),
        (
            "store_waiting_devices",
            "Devices with changes that are not in the database yet",
            Some(status.waiting.devices as f64),
        ),
        (
            "store_waiting_since_timestamp_seconds",
            "Since when the oldest of these changes waits",
            seconds(status.waiting.since),
        ),
        (
            "store_last_write_timestamp_seconds",
            "When changes were last written to the database",
            seconds(status.last_write),
        ),
        (
            "store_last_error_timestamp_seconds",
            "When the database last failed to do what it was asked",
            seconds(error_at),
        ),
        (
            "store_busy_since_timestamp_seconds",
            "Since when the database has been at work on one thing",
            seconds(status.busy_since),
        ),
    ] {
        // What it is is said even while there is no value.
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        if let Some(value) = value {
            ConstGauge::new(value).encode(metric)?;
        }
    }
    for (name, help, value) in [
        ("store_written_devices", "Devices whose changes were written", status.written),
        ("store_conflicts", "Devices that another classifier had written meanwhile", status.conflicts),
        ("store_rejected_devices", "Devices whose changes the database does not take", status.rejected),
        (
            "store_given_up",
            "Events, ranges of history and runs that were given up, as too many waited",
            status.waiting.given_up,
        ),
    ] {
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(metric)?;
    }
    let help = "Errors of the database, by what they mean";
    let mut errors = encoder.encode_descriptor("store_errors", help, None, MetricType::Counter)?;
    for reason in StoreError::REASONS {
        let count = status.errors.get(reason).copied().unwrap_or(0);
        ConstCounter::new(count).encode(errors.encode_family(&[("reason", reason)])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Waiting;
    use prometheus_client::registry::Registry;

    #[derive(Debug)]
    struct Fixed(Status);

    impl Collector for Fixed {
        fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
            encode(&self.0, encoder)
        }
    }

    #[test]
    fn what_is_shown() {
        let at = |seconds: i64| Some(Timestamp::from_millis(seconds * 1000));
        let status = Status {
            connected: true,
            written: 7,
            errors: [("away", 3)].into(),
            waiting: Waiting { devices: 2, since: at(5), given_up: 1 },
            ..Status::default()
        };
        let mut registry = Registry::default();
        registry.sub_registry_with_prefix("ward_classifier").register_collector(Box::new(Fixed(status)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
        for line in [
            "ward_classifier_store_connected 1.0",
            "ward_classifier_store_loaded 0.0",
            "ward_classifier_store_waiting_devices 2.0",
            "ward_classifier_store_waiting_since_timestamp_seconds 5.0",
            "ward_classifier_store_written_devices_total 7",
            "ward_classifier_store_given_up_total 1",
            "ward_classifier_store_errors_total{reason=\"away\"} 3",
            "ward_classifier_store_errors_total{reason=\"full\"} 0",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} is not in\n{text}");
        }
        let written = text.lines().any(|line| line.starts_with("ward_classifier_store_last_write"));
        assert!(!written, "nothing was written yet");
    }
}
