//! What `/metrics` shows beside the counters: the fleet, and how it stands with the store.

use std::fmt::{self, Error};
use std::sync::PoisonError;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use crate::info::Info;
use crate::own::RuleVotes;
use crate::store::Keeper;

/// `interface_info` and `device_info`.
pub struct Fleet {
    /// What is known.
    pub keeper: Keeper,
    /// Whether `interface_info` has the label `if_alias`.
    pub alias: bool,
}

impl Collector for Fleet {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let devices = self.keeper.fleet().snapshot();
        Info { devices: &devices, alias: self.alias }.encode(&mut encoder)
    }
}

/// What is counted of the fleet, of the rules and of the store.
pub struct Standing {
    /// What is known.
    pub keeper: Keeper,
    /// How often each rule has voted.
    pub votes: RuleVotes,
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let devices = self.keeper.fleet().snapshot();
        Info { devices: &devices, alias: false }.encode_own(&mut encoder)?;
        self.rules(&mut encoder)?;
        self.store(&mut encoder)
    }
}

impl Standing {
    fn rules(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let help = "How often each rule has voted when an interface was labelled";
        let mut metric = encoder.encode_descriptor("rule_votes", help, None, MetricType::Counter)?;
        for (rule, count) in votes {
            let labels = [("rule", &*rule)];
            metric.encode_family(&labels)?.encode_counter::<[(&str, &str); 0], _, f64>(&count, None)?;
        }
        Ok(())
    }

    fn store(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let status = self.keeper.status();
        let waiting = status.waiting;
        let seconds = |at: Option<crate::timestamp::Timestamp>| at.map_or(0.0, |at| at.as_seconds());
        for (name, help, value) in [
            (
                "database_connected",
                "Whether the database answered when it was last asked",
                f64::from(u8::from(status.connected)),
            ),
            (
                "database_pending_devices",
                "Devices with something that waits to be written",
                waiting.devices as f64,
            ),
            (
                "database_pending_since_timestamp_seconds",
                "Since when the oldest of what waits does so, in Unix time; 0 where nothing waits",
                seconds(waiting.since),
            ),
            (
                "database_last_write_timestamp_seconds",
                "When something was last written, in Unix time",
                seconds(status.last_write),
            ),
        ] {
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
        }
        for (name, help, count) in [
            ("database_writes", "Changes of devices written", status.written),
            ("database_conflicts", "Devices that another classifier had written meanwhile", status.conflicts),
            ("database_rejected", "Devices whose changes the database did not take", status.rejected),
            ("database_given_up", "Events, ranges and runs given up, as too many waited", waiting.given_up),
        ] {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            metric.encode_counter::<[(&str, &str); 0], _, f64>(&count, None)?;
        }
        let help = "Errors of the database by reason";
        let mut metric = encoder.encode_descriptor("database_errors", help, None, MetricType::Counter)?;
        for (reason, count) in &status.errors {
            let labels = [("reason", *reason)];
            metric.encode_family(&labels)?.encode_counter::<[(&str, &str); 0], _, f64>(count, None)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("alias", &self.alias).finish_non_exhaustive()
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing").finish_non_exhaustive()
    }
}
