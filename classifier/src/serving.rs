//! What `/metrics` shows beside the counters: the fleet, and what rules say of it.

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

/// What is counted of the fleet and of the rules.
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
        self.rules(&mut encoder)
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
