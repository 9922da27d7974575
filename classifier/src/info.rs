//! What is known of the fleet, as metrics: pure, from device states to samples.
//!
//! `interface_info` and `device_info` are joined to the exporter's series: `on(device, if_index, if_name)
//! group_left(interface_type, isp_provider, is_critical)`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Error;
use std::sync::Arc;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabel, EncodeLabelSet, LabelSetEncoder, MetricEncoder,
};
use prometheus_client::metrics::MetricType;

use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::state::{DeviceState, Interface};

/// The fleet as it is shown.
#[derive(Debug, Clone)]
pub struct Info<'a> {
    /// The devices of the inventory that are known.
    pub devices: &'a [Arc<DeviceState>],
    /// Whether `interface_info` has the label `if_alias`.
    pub alias: bool,
}

/// Upper bounds of confidence.
const CONFIDENCE: [f64; 6] = [0.3, 0.5, 0.7, 0.8, 0.9, 1.0];

/// Labels with their values; those in `more` come last.
struct Labels<'a, const N: usize> {
    fixed: [(&'a str, &'a str); N],
    more: &'a BTreeMap<String, String>,
}

impl<const N: usize> EncodeLabelSet for Labels<'_, N> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), Error> {
        for label in &self.fixed {
            label.encode(encoder.encode_label())?;
        }
        let free = |name: &str| self.fixed.iter().all(|(fixed, _)| *fixed != name);
        for (name, value) in self.more.iter().filter(|(name, _)| free(name)) {
            (name.as_str(), value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

/// The label in which classification rules keep what was bought.
const CONTRACT: &str = "contract_bps";

/// A number of a device.
type OfDevice = fn(&DeviceState) -> Option<f64>;

/// No labels beside the fixed ones.
const NONE: &BTreeMap<String, String> = &BTreeMap::new();

impl Info<'_> {
    /// Writes `interface_info`, `interface_contract_bps` and `device_info`.
    ///
    /// # Errors
    /// What is written to does not take it.
    pub fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let help = "What each interface is, as of the device's last walk; always 1";
        let mut metric = encoder.encode_descriptor("interface", help, None, MetricType::Info)?;
        for device in self.devices {
            self.interfaces(device, &mut metric)?;
        }
        let help = "Bandwidth that was bought, as a classification rule reads it from the description, in bits per second";
        let mut metric =
            encoder.encode_descriptor("interface_contract_bps", help, None, MetricType::Gauge)?;
        for device in self.devices {
            contracts(device, &mut metric)?;
        }
        let help = "What each device says it is; always 1";
        let mut metric = encoder.encode_descriptor("device", help, None, MetricType::Info)?;
        for device in self.walked() {
            let facts = &device.head.facts;
            let fixed = [
                ("device", facts.name.as_str()),
                ("address", &facts.address),
                ("sys_name", &facts.sys_name),
                ("sys_object_id", &facts.sys_object_id),
                ("model", &facts.model),
                ("serial", &facts.serial),
                ("location", &facts.location),
            ];
            metric.encode_info(&Labels { fixed, more: &facts.labels })?;
        }
        Ok(())
    }

    /// Writes what is counted, and how it stands with each device, with names that follow the registry's prefix.
    ///
    /// # Errors
    /// What is written to does not take it.
    pub fn encode_own(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        self.counts(encoder)?;
        let gauges: [(&str, &str, OfDevice); 4] = [
            ("device_last_walk_timestamp_seconds", "When a device was last asked, in Unix time", |device| {
                Some(device.head.last_walk?.as_seconds())
            }),
            (
                "device_last_success_timestamp_seconds",
                "When all interfaces of a device were last read, in Unix time",
                |device| Some(device.head.last_ok?.as_seconds()),
            ),
            ("device_last_walk_duration_seconds", "How long the last walk of a device took", |device| {
                device.head.last_walk.map(|_| device.head.last_walk_ms as f64 / 1e3)
            }),
            ("device_walk_failures", "How many walks of a device in a row have brought nothing", |device| {
                Some(device.head.failures as f64)
            }),
        ];
        for (name, help, value) in gauges {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for device in self.devices {
                if let Some(value) = value(device) {
                    let labels = Labels { fixed: [("device", device.head.facts.name.as_str())], more: NONE };
                    metric.encode_family(&labels)?.encode_gauge(&value)?;
                }
            }
        }
        Ok(())
    }

    /// Devices that have answered once.
    fn walked(&self) -> impl Iterator<Item = &Arc<DeviceState>> {
        self.devices.iter().filter(|device| device.head.first_seen.is_some())
    }

    fn interfaces(&self, device: &DeviceState, metric: &mut MetricEncoder<'_>) -> Result<(), Error> {
        let name = device.head.facts.name.as_str();
        for interface in shown(device) {
            let facts = &interface.facts;
            let label = &interface.label;
            let index = facts.if_index.to_string();
            let if_name = &*if_name(facts);
            let kind = ("interface_type", label.interface_type.as_str());
            let provider = ("isp_provider", label.provider.as_deref().unwrap_or_default());
            let critical = ("is_critical", if label.critical.critical { "true" } else { "false" });
            let (device, index, if_name) = (("device", name), ("if_index", &*index), ("if_name", if_name));
            match self.alias {
                true => {
                    let alias = ("if_alias", facts.alias.as_str());
                    let fixed = [device, index, if_name, alias, kind, provider, critical];
                    metric.encode_info(&Labels { fixed, more: NONE })?;
                }
                false => {
                    let fixed = [device, index, if_name, kind, provider, critical];
                    metric.encode_info(&Labels { fixed, more: NONE })?;
                }
            }
        }
        Ok(())
    }

    fn counts(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut counts: BTreeMap<(InterfaceType, &str), u64> = BTreeMap::new();
        let (mut all, mut review, mut critical, mut overridden, mut sum) = (0_u64, 0_u64, 0_u64, 0_u64, 0.0);
        let mut buckets = CONFIDENCE.map(|bound| (bound, 0));
        for interface in self.devices.iter().flat_map(|device| device.present()) {
            let label = &interface.label;
            let provider = label.provider.as_deref().unwrap_or_default();
            *counts.entry((label.interface_type, provider)).or_default() += 1;
            all += 1;
            sum += label.confidence;
            if let Some(bucket) = buckets.iter_mut().find(|(bound, _)| label.confidence <= *bound) {
                bucket.1 += 1;
            }
            review += u64::from(label.review);
            critical += u64::from(label.critical.critical);
            overridden += u64::from(label.overridden);
        }
        let help = "Interfaces by type and provider";
        let mut metric = encoder.encode_descriptor("interfaces", help, None, MetricType::Gauge)?;
        for ((kind, provider), count) in counts {
            let fixed = [("interface_type", kind.as_str()), ("isp_provider", provider)];
            metric.encode_family(&Labels { fixed, more: NONE })?.encode_gauge(&whole(count))?;
        }
        for (name, help, count) in [
            ("interfaces_critical", "Interfaces that are critical", critical),
            ("interfaces_overridden", "Interfaces with an override in force", overridden),
            ("review_queue_length", "Interfaces that someone should look at", review),
        ] {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            metric.encode_gauge(&whole(count))?;
        }
        let help = "How sure the labels of interfaces are, as of now, from 0 to 1";
        let mut metric = encoder.encode_descriptor("confidence", help, None, MetricType::Histogram)?;
        metric.encode_histogram::<[(&str, &str); 0]>(sum, all, &buckets, None)
    }
}

/// Writes the bandwidths that were bought, where rules have found any.
fn contracts(device: &DeviceState, metric: &mut MetricEncoder<'_>) -> Result<(), Error> {
    for interface in shown(device) {
        let told = interface.label.labels.iter().find(|(name, _)| &***name == CONTRACT);
        let bought = told.and_then(|(_, value)| value.parse::<f64>().ok());
        let Some(bps) = bought.filter(|bps| bps.is_finite() && *bps > 0.0) else { continue };
        let index = interface.facts.if_index.to_string();
        let if_name = if_name(&interface.facts);
        let fixed =
            [("device", device.head.facts.name.as_str()), ("if_index", &*index), ("if_name", &*if_name)];
        metric.encode_family(&Labels { fixed, more: NONE })?.encode_gauge(&bps)?;
    }
    Ok(())
}

/// The label `if_name`, which an interface without a name has, too.
fn if_name(facts: &InterfaceFacts) -> Cow<'_, str> {
    match facts.name.as_str() {
        "" => Cow::Owned(facts.key()),
        name => Cow::Borrowed(name),
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The interfaces of a device that are there, each index and name once: where a row that is missed has been followed
/// by another of its index and name, only that is shown.
fn shown(device: &DeviceState) -> impl Iterator<Item = &Interface> {
    let missed = device.present().any(|interface| interface.missed > 0);
    let current: HashSet<(u32, &str)> = match missed {
        false => HashSet::new(),
        true => {
            let current = device.present().filter(|interface| interface.missed == 0);
            current.map(|interface| (interface.facts.if_index, interface.facts.name.as_str())).collect()
        }
    };
    device.present().map(|interface| &**interface).filter(move |interface| {
        interface.missed == 0 || !current.contains(&(interface.facts.if_index, interface.facts.name.as_str()))
    })
}
