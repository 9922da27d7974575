//! The topology as metrics: pure, from what is known to samples.
//!
//! `topology_link_info` has a row for each end of each link, as seen from there, so that it joins with an interface's series;
//! `device_upstream_info` says over whom a device is reached, by which an alert names the cause.

use std::collections::BTreeMap;
use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabel, EncodeLabelSet, LabelSetEncoder, MetricEncoder,
};
use prometheus_client::metrics::MetricType;

use super::drift::DriftKind;
use super::orphan::OrphanKind;
use super::watch::Live;
use super::whole::Whole;

/// The topology's metrics.
#[derive(Debug)]
pub struct Topology(pub Live);

impl Collector for Topology {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        encode(&self.0.load(), &mut encoder)
    }
}

/// Labels with their values.
struct Labels<'a, const N: usize>([(&'a str, &'a str); N]);

impl<const N: usize> EncodeLabelSet for Labels<'_, N> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), Error> {
        self.0.iter().try_for_each(|label| label.encode(encoder.encode_label()))
    }
}

/// Writes all of it.
///
/// # Errors
/// What is written to does not take it.
pub fn encode(whole: &Whole, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    links(whole, encoder)?;
    let help = "The next device towards the core or the provider, over which a device is reached; always 1";
    let mut metric = encoder.encode_descriptor("device_upstream", help, None, MetricType::Info)?;
    let name = |id: u32| whole.graph.node(id).map_or("", |node| node.name.as_str());
    for (id, upstreams) in (0_u32..).zip(&whole.upstreams) {
        for upstream in upstreams {
            metric.encode_info(&Labels([("device", name(id)), ("upstream_device", name(*upstream))]))?;
        }
    }
    counts(whole, encoder)?;
    let help = "Devices that are cut off from the core where a device fails";
    let mut metric = encoder.encode_descriptor("topology_cut_devices", help, None, MetricType::Gauge)?;
    let cut = || whole.failures.devices.iter().filter(|(id, _)| !whole.graph.is_segment(*id));
    for (id, impact) in cut() {
        gauge(&mut metric, [("device", name(*id))], impact.devices as usize)?;
    }
    let help = "Sites with a device that is cut off from the core where a device fails";
    let mut metric = encoder.encode_descriptor("topology_cut_sites", help, None, MetricType::Gauge)?;
    for (id, impact) in cut() {
        gauge(&mut metric, [("device", name(*id))], impact.sites as usize)?;
    }
    let help = "Providers with a line that is up at a site";
    let mut metric = encoder.encode_descriptor("topology_site_providers", help, None, MetricType::Gauge)?;
    for site in &whole.redundancy {
        gauge(&mut metric, [("site", site.site.as_str())], site.providers_up.len())?;
    }
    let help =
        "Whether one failure leaves a site without any provider: one provider, one device, or one aggregate";
    let mut metric =
        encoder.encode_descriptor("topology_site_single_homed", help, None, MetricType::Gauge)?;
    for site in &whole.redundancy {
        gauge(&mut metric, [("site", site.site.as_str())], usize::from(site.is_single()))?;
    }
    Ok(())
}

fn links(whole: &Whole, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    let help = "What each interface is plugged into, as of the last walks; always 1";
    let mut metric = encoder.encode_descriptor("topology_link", help, None, MetricType::Info)?;
    for (link, series) in whole.links.iter().zip(&whole.series) {
        let [a, b] = link.ends.both();
        for (near, far, [own, other]) in [(a, b, [0, 1]), (b, a, [1, 0])] {
            // A port that is not known, or is not there, has no series to be joined with.
            let Some((index, if_name)) = &series[own] else { continue };
            let index = index.to_string();
            let far_name = series[other].as_ref().map_or(far.if_name.as_str(), |(_, name)| name);
            metric.encode_info(&Labels([
                ("device", near.device.as_str()),
                ("if_index", index.as_str()),
                ("if_name", if_name.as_str()),
                ("remote_device", far.device.as_str()),
                ("remote_if_name", far_name),
                ("protocol", link.protocol.as_str()),
                ("state", link.state.as_str()),
            ]))?;
        }
    }
    Ok(())
}

fn counts(whole: &Whole, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    let mut links: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for link in &whole.links {
        *links.entry((link.state.as_str(), link.protocol.as_str())).or_default() += 1;
    }
    let help = "Links by how it stands with them and by protocol";
    let mut metric = encoder.encode_descriptor("topology_links", help, None, MetricType::Gauge)?;
    for ((state, protocol), count) in links {
        gauge(&mut metric, [("state", state), ("protocol", protocol)], count)?;
    }
    let help =
        "Devices without a place in the network, and neighbours that belong into the inventory, by reason";
    let mut metric = encoder.encode_descriptor("topology_orphans", help, None, MetricType::Gauge)?;
    for kind in OrphanKind::ALL {
        let count = whole.orphans.iter().filter(|(_, one)| *one == kind).count();
        gauge(&mut metric, [("kind", kind.as_str())], count)?;
    }
    let unknown = whole.endpoints.iter().filter(|endpoint| !endpoint.kind.is_leaf()).count();
    gauge(&mut metric, [("kind", "unknown_neighbour")], unknown)?;
    let help = "Interfaces where what is written and what is there have come apart, by kind";
    let mut metric = encoder.encode_descriptor("topology_drift", help, None, MetricType::Gauge)?;
    for kind in DriftKind::ALL {
        let count = whole.drift.iter().filter(|drift| drift.kind == kind).count();
        gauge(&mut metric, [("kind", kind.as_str())], count)?;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for endpoint in &whole.endpoints {
        *kinds.entry(endpoint.kind.as_str()).or_default() += 1;
    }
    let help = "Neighbours that are not in the inventory, by what they are";
    let mut metric = encoder.encode_descriptor("topology_endpoints", help, None, MetricType::Gauge)?;
    for (kind, count) in kinds {
        gauge(&mut metric, [("kind", kind)], count)?;
    }
    for (name, help, count) in [
        (
            "topology_unresolved_ports",
            "Neighbours on local ports that could not be found",
            whole.unresolved.len(),
        ),
        (
            "topology_identity_conflicts",
            "Neighbours for whom one key says somebody else than another",
            whole.conflicts.len(),
        ),
        (
            "topology_ambiguous_neighbours",
            "Neighbours that are one of several devices, which have no link therefore",
            whole.ambiguous.len(),
        ),
        ("topology_duplicate_devices", "Pairs of devices in the inventory that are one", whole.twins.len()),
        ("topology_self_links", "Links that begin and end on one device", whole.loops.len()),
        (
            "topology_segments",
            "Ports with several devices behind something that nobody names",
            whole.graph.nodes().iter().filter(|node| node.segment).count(),
        ),
    ] {
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        metric.encode_gauge(&i64::try_from(count).unwrap_or(i64::MAX))?;
    }
    Ok(())
}

fn gauge<const N: usize>(
    metric: &mut MetricEncoder<'_>,
    labels: [(&str, &str); N],
    count: usize,
) -> Result<(), Error> {
    metric.encode_family(&Labels(labels))?.encode_gauge(&i64::try_from(count).unwrap_or(i64::MAX))
}
