//! Devices without a place in the network, by what is wrong with each, and sites by how they hang on their providers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::graph::{Graph, NodeId};

/// Why a device has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrphanKind {
    /// It answers and tells of neighbours, and has no link.
    Isolated,
    /// It answers, and tells of no neighbours: LLDP and CDP are off, or not there.
    Silent,
    /// It does not answer.
    Unreachable,
    /// It has links, and no way to any root.
    Island,
}

impl OrphanKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Isolated, Self::Silent, Self::Unreachable, Self::Island];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Isolated => "isolated",
            Self::Silent => "silent",
            Self::Unreachable => "unreachable",
            Self::Island => "island",
        }
    }
}

/// All devices without a place. A silent device that others see has one.
pub fn orphans(graph: &Graph) -> Vec<(NodeId, OrphanKind)> {
    let roots = graph.roots();
    let near = graph.distances(&roots, None);
    let said = graph.nodes().iter().any(|node| node.root);
    let ids = 0..NodeId::try_from(graph.nodes().len()).unwrap_or(NodeId::MAX);
    let kind = |id: NodeId| {
        let node = graph.node(id).filter(|node| !node.segment)?;
        if graph.degree(id) == 0 {
            return Some(match node.answers {
                Some(true) if node.tells => OrphanKind::Isolated,
                Some(true) => OrphanKind::Silent,
                _ => OrphanKind::Unreachable,
            });
        }
        let cut_off = said && near.get(id as usize).copied().flatten().is_none();
        cut_off.then_some(OrphanKind::Island)
    };
    ids.filter_map(|id| Some((id, kind(id)?))).collect()
}

/// A line of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The device it ends at.
    pub device: String,
    /// The interface.
    pub if_name: String,
    /// Whose line it is; empty where that is not known.
    pub provider: String,
    /// The aggregate the interface is part of; empty where it is in none.
    pub lag: String,
    /// The device's site.
    pub site: String,
    /// Whether the interface is up.
    pub up: bool,
}

/// How a site hangs on its providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Redundancy {
    /// The site.
    pub site: String,
    /// Providers with a line there.
    pub providers: Vec<String>,
    /// Providers with a line that is up.
    pub providers_up: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
    /// All lines end at one device.
    pub shared_device: bool,
    /// All lines are parts of one aggregate.
    pub shared_lag: bool,
}

impl Redundancy {
    /// Whether one failure leaves the site without any provider.
    pub fn is_single(&self) -> bool {
        self.providers_up.len() < 2 || self.shared_device || self.shared_lag
    }
}

/// All sites with lines, by name.
pub fn redundancy(lines: Vec<Line>) -> Vec<Redundancy> {
    let mut sites: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        sites.entry(line.site.clone()).or_default().push(line);
    }
    let of_site = |(site, lines): (String, Vec<Line>)| {
        let providers = |up: bool| -> Vec<String> {
            let lines = lines.iter().filter(|line| (line.up || !up) && !line.provider.is_empty());
            lines.map(|line| line.provider.clone()).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let devices: BTreeSet<&str> = lines.iter().map(|line| line.device.as_str()).collect();
        let lags: BTreeSet<(&str, &str)> =
            lines.iter().map(|line| (line.device.as_str(), line.lag.as_str())).collect();
        let shared_lag = lines.len() > 1 && lags.len() == 1 && lags.iter().all(|(_, lag)| !lag.is_empty());
        Redundancy {
            providers: providers(false),
            providers_up: providers(true),
            shared_device: devices.len() == 1,
            shared_lag,
            site,
            lines,
        }
    };
    sites.into_iter().map(of_site).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::graph::tests::graph;

    #[test]
    fn every_orphan_has_its_reason() {
        let graph = graph("core* sw lone x y", "core-sw x-y");
        let found: Vec<_> = orphans(&graph)
            .into_iter()
            .filter_map(|(id, kind)| Some(format!("{} {}", graph.node(id)?.name, kind.as_str())))
            .collect();
        assert_eq!(found, ["lone isolated", "x island", "y island"]);
    }

    #[test]
    fn two_lines_of_one_provider_are_no_redundancy() {
        let line = |device: &str, provider: &str, up| Line {
            device: device.into(),
            if_name: provider.into(),
            provider: provider.into(),
            lag: String::new(),
            site: "gori".into(),
            up,
        };
        let site = |lines| redundancy(lines).remove(0);
        assert!(site(vec![line("r1", "magti", true), line("r2", "magti", true)]).is_single());
        assert!(!site(vec![line("r1", "magti", true), line("r2", "silknet", true)]).is_single());
        assert!(site(vec![line("r1", "magti", true), line("r1", "silknet", true)]).is_single(), "one router");
        assert!(
            site(vec![line("r1", "magti", true), line("r2", "silknet", false)]).is_single(),
            "one is down"
        );
    }
}
