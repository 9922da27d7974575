//! A part of the graph, as somebody wants to see it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::endpoint::EndpointKind;
use super::graph::{Graph, NodeId};
use super::known::{KnownLink, LinkState};
use super::segment;
use super::surroundings::Protocol;
use crate::timestamp::Timestamp;

/// Which part is wanted. Empty: all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Devices of these sites.
    pub sites: Vec<String>,
    /// Devices of these roles.
    pub roles: Vec<String>,
    /// Devices near these.
    pub around: Vec<String>,
    /// How many links away these are at the most; 1 unless said otherwise.
    pub depth: Option<u32>,
    /// What is drawn as one.
    pub collapse: Collapse,
    /// Telephones, access points and the like, and devices that are not in the inventory.
    pub endpoints: bool,
}

/// Which links are drawn as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Collapse {
    /// None: each cable is a link.
    #[default]
    None,
    /// Those of one aggregate.
    Lag,
    /// Those of one pair of devices.
    Device,
}

impl std::str::FromStr for Collapse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" | "" => Ok(Self::None),
            "lag" => Ok(Self::Lag),
            "device" => Ok(Self::Device),
            other => Err(format!("collapse: expected none, lag or device, found {other:?}")),
        }
    }
}

/// Somebody heard who is no device of the inventory, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ShownEndpoint {
    /// What identifies it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EndpointKind,
    /// What it says it is.
    pub platform: String,
    /// Addresses it can be managed at.
    pub addresses: Vec<String>,
    /// Who sees it: device, interface, its own port.
    pub seen_by: Vec<SeenFrom>,
    /// Devices of the inventory of which it is one, where it cannot be told which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

/// Where somebody is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct SeenFrom {
    /// The device.
    pub device: String,
    /// Its interface.
    pub if_name: String,
    /// The port at the other end, as that names it.
    pub port: String,
}

/// A device or an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownNode {
    /// What identifies it.
    pub id: String,
    /// `device`, `segment` for what several devices are on together, or the kind of endpoint.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its label `site`.
    pub site: String,
    /// Its label `role`.
    pub role: String,
    /// What it says it is.
    pub title: String,
    /// Whether it answered its last walk.
    pub answers: Option<bool>,
    /// How many links it has.
    pub links: usize,
}

/// A link, or several drawn as one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownLink {
    /// What identifies it.
    pub id: String,
    /// The node at one end.
    pub source: String,
    /// The node at the other end.
    pub target: String,
    /// Its interface at one end; empty where that is not known.
    pub source_port: String,
    /// Its interface at the other end.
    pub target_port: String,
    /// Protocols it is seen in.
    pub protocol: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// How it stands with it.
    pub state: &'static str,
    /// Since when it has been known.
    pub since: Timestamp,
    /// How many cables it is.
    pub cables: usize,
    /// It is an aggregate, or a part of one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aggregate: bool,
    /// An aggregate at one of its ends leads to several devices (MLAG, vPC).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub multi_chassis: bool,
    /// An operator has said so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
    /// Who said so, and why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A part of the graph.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Answer {
    /// When the graph was made.
    pub generated_at: Timestamp,
    /// Devices and endpoints.
    pub nodes: Vec<ShownNode>,
    /// Links.
    pub links: Vec<ShownLink>,
}

impl Filter {
    /// The part that is wanted. Neighbours of a site's or role's devices are not in it, unless they are such themselves.
    pub fn apply(&self, graph: &Graph, endpoints: &[ShownEndpoint], generated_at: Timestamp) -> Answer {
        let wanted = self.wanted(graph);
        let is_wanted = |id: NodeId| wanted.get(id as usize).copied().unwrap_or(false);
        let shown =
            graph.links().iter().zip(graph.ends()).filter(|(_, (a, b))| is_wanted(*a) && is_wanted(*b));
        let forked = forked(graph);
        let links = self.collapsed(shown.map(|(link, _)| &**link), &forked);
        let nodes = graph.nodes().iter().zip(0..).filter(|(_, id)| is_wanted(*id));
        let nodes = nodes.map(|(node, id)| ShownNode {
            id: node.name.clone(),
            kind: if node.segment { SEGMENT } else { "device" },
            name: node.name.trim_start_matches(segment::PREFIX).to_owned(),
            site: node.site.clone(),
            role: node.role.clone(),
            title: node.title.clone(),
            answers: node.answers,
            links: graph.degree(id),
        });
        let mut answer = Answer { generated_at, nodes: nodes.collect(), links };
        if self.endpoints {
            add_endpoints(&mut answer, endpoints);
        }
        answer
    }

    fn wanted(&self, graph: &Graph) -> Vec<bool> {
        let around: Vec<NodeId> = self.around.iter().filter_map(|name| graph.find(name)).collect();
        let near = match self.around.is_empty() {
            true => None,
            false => Some(graph.distances(&around, Some(self.depth.unwrap_or(1)))),
        };
        let fits = |wanted: &[String], text: &str| wanted.is_empty() || wanted.iter().any(|one| one == text);
        let nodes = graph.nodes().iter().enumerate().map(|(place, node)| {
            let near = near.as_ref().is_none_or(|near| near.get(place).copied().flatten().is_some());
            near && !node.segment && fits(&self.sites, &node.site) && fits(&self.roles, &node.role)
        });
        let mut wanted: Vec<bool> = nodes.collect();
        // A segment comes with those who are on it, where these are several.
        for id in (0..).take(wanted.len()).filter(|id| graph.is_segment(*id)) {
            let is_wanted =
                |(far, _): &&(NodeId, u32)| wanted.get(*far as usize).copied().unwrap_or_default();
            let is_seen = graph.edges(id).iter().filter(is_wanted).count() > 1;
            if let Some(place) = wanted.get_mut(id as usize) {
                *place = is_seen;
            }
        }
        wanted
    }

    fn collapsed<'a>(
        &self,
        links: impl Iterator<Item = &'a KnownLink>,
        forked: &HashSet<(&str, &str)>,
    ) -> Vec<ShownLink> {
        let shown = |link: &KnownLink, ports| shown(link, ports, forked);
        let ports = |link: &'a KnownLink| -> [&'a str; 2] {
            let own = [link.ends.a.if_name.as_str(), link.ends.b.if_name.as_str()];
            let [a, b] = &link.aggregates;
            match self.collapse {
                Collapse::Lag if !a.is_empty() || !b.is_empty() => {
                    [if a.is_empty() { own[0] } else { a }, if b.is_empty() { own[1] } else { b }]
                }
                Collapse::Device => [""; 2],
                _ => own,
            }
        };
        if self.collapse == Collapse::None {
            return links.map(|link| shown(link, ports(link))).collect();
        }
        let mut places: HashMap<(&str, &str, [&str; 2]), usize> = HashMap::new();
        let mut all: Vec<ShownLink> = Vec::new();
        for link in links {
            let ports = ports(link);
            let key = (link.ends.a.device.as_str(), link.ends.b.device.as_str(), ports);
            match places.get(&key).and_then(|place| all.get_mut(*place)) {
                Some(known) => join(known, link),
                None => {
                    places.insert(key, all.len());
                    all.push(shown(link, ports));
                }
            }
        }
        all
    }
}

/// Aggregates that lead to several devices.
fn forked(graph: &Graph) -> HashSet<(&str, &str)> {
    let mut far: HashMap<(&str, &str), HashSet<&str>> = HashMap::new();
    for link in graph.links() {
        let ends = [(&link.ends.a, &link.ends.b), (&link.ends.b, &link.ends.a)];
        for ((near, other), aggregate) in ends.into_iter().zip(&link.aggregates) {
            if !aggregate.is_empty() && near.device != other.device {
                far.entry((&near.device, aggregate)).or_default().insert(&other.device);
            }
        }
    }
    far.into_iter().filter(|(_, devices)| devices.len() > 1).map(|(aggregate, _)| aggregate).collect()
}

fn shown(
    link: &KnownLink,
    [source_port, target_port]: [&str; 2],
    forked: &HashSet<(&str, &str)>,
) -> ShownLink {
    let (source, target) = (&link.ends.a.device, &link.ends.b.device);
    let mut aggregates = link.ends.both().into_iter().zip(&link.aggregates);
    let note = link.said.as_ref().map(|said| format!("{}: {}", said.author, said.reason));
    ShownLink {
        id: format!("{source}|{source_port}|{target}|{target_port}"),
        source: source.clone(),
        target: target.clone(),
        source_port: source_port.to_owned(),
        target_port: target_port.to_owned(),
        protocol: link.protocol.clone(),
        confidence: link.confidence,
        state: link.state.as_str(),
        since: link.valid_from,
        cables: 1,
        aggregate: link.aggregates.iter().any(|aggregate| !aggregate.is_empty()),
        multi_chassis: aggregates.any(|(port, aggregate)| forked.contains(&(&port.device, aggregate))),
        manual: link.manual,
        note: note.unwrap_or_default(),
    }
}

/// One more cable of a link that is drawn as one: the best of them counts.
fn join(known: &mut ShownLink, link: &KnownLink) {
    known.cables += 1;
    known.confidence = known.confidence.max(link.confidence);
    known.since = known.since.min(link.valid_from);
    known.manual |= link.manual;
    if link.state == LinkState::Active {
        known.state = link.state.as_str();
    }
    let is_in = |protocol: &Protocol| {
        let mut words = known.protocol.split('+').chain(link.protocol.split('+'));
        words.any(|word| word == protocol.as_str())
    };
    let both: Vec<&str> =
        Protocol::ALL.iter().filter(|protocol| is_in(protocol)).map(|one| one.as_str()).collect();
    known.protocol = both.join("+");
}

/// Endpoints, each with a line to where it is seen. Several on one port are on a segment together.
fn add_endpoints(answer: &mut Answer, endpoints: &[ShownEndpoint]) {
    let names: HashSet<String> = answer.nodes.iter().map(|node| node.id.clone()).collect();
    let mut segments: HashMap<(String, String), String> = HashMap::new();
    for link in answer.links.iter().filter(|link| link.target.starts_with(segment::PREFIX)) {
        segments.insert((link.source.clone(), link.source_port.clone()), link.target.clone());
    }
    let shown: Vec<&ShownEndpoint> = endpoints.iter().filter(|one| one.candidates.is_empty()).collect();
    let mut on_port: HashMap<(&str, &str), usize> = HashMap::new();
    for seen in shown.iter().flat_map(|endpoint| &endpoint.seen_by).filter(|seen| !seen.if_name.is_empty()) {
        *on_port.entry((&seen.device, &seen.if_name)).or_default() += 1;
    }
    for endpoint in shown {
        let seen: Vec<&SeenFrom> =
            endpoint.seen_by.iter().filter(|seen| names.contains(&seen.device)).collect();
        if seen.is_empty() {
            continue;
        }
        let id = format!("endpoint:{}", endpoint.id);
        answer.nodes.push(ShownNode {
            kind: endpoint.kind.as_str(),
            title: endpoint.platform.clone(),
            links: seen.len(),
            ..node(&id, &endpoint.name)
        });
        for from in seen {
            let port = (from.device.clone(), from.if_name.clone());
            let is_shared = on_port.get(&(from.device.as_str(), from.if_name.as_str())) > Some(&1);
            if is_shared && !segments.contains_key(&port) {
                let name = format!("{} {}", from.device, from.if_name);
                let segment = format!("{}{name}", segment::PREFIX);
                answer.nodes.push(ShownNode { kind: SEGMENT, ..node(&segment, &name) });
                let line = line(answer, [&from.device, &from.if_name], [&segment, ""]);
                answer.links.push(line);
                segments.insert(port.clone(), segment);
            }
            let line = match segments.get(&port) {
                Some(segment) => line(answer, [segment, ""], [&id, &from.port]),
                None => line(answer, [&from.device, &from.if_name], [&id, &from.port]),
            };
            answer.links.push(line);
        }
    }
}

/// What a segment is called among kinds.
pub const SEGMENT: &str = "segment";

fn node(id: &str, name: &str) -> ShownNode {
    ShownNode {
        id: id.to_owned(),
        kind: "",
        name: name.to_owned(),
        site: String::new(),
        role: String::new(),
        title: String::new(),
        answers: None,
        links: 0,
    }
}

/// A line to somebody who is not in the inventory.
fn line(answer: &Answer, [source, source_port]: [&str; 2], [target, target_port]: [&str; 2]) -> ShownLink {
    ShownLink {
        id: format!("{source}|{source_port}|{target}|{target_port}"),
        source: source.to_owned(),
        target: target.to_owned(),
        source_port: source_port.to_owned(),
        target_port: target_port.to_owned(),
        protocol: String::new(),
        confidence: 0.6,
        state: LinkState::Active.as_str(),
        since: answer.generated_at,
        cables: 1,
        aggregate: false,
        multi_chassis: false,
        manual: false,
        note: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::graph::tests::graph;

    #[test]
    fn a_part_around_a_device_and_links_drawn_as_one() {
        let graph = graph("core* sw sw2 far", "core-sw core-sw sw-sw2 sw2-far");
        let near = Filter { around: vec!["core".into()], depth: Some(2), ..Filter::default() };
        let all = near.apply(&graph, &[], Timestamp::default());
        assert_eq!((all.nodes.len(), all.links.len()), (3, 3));
        let one = Filter { collapse: Collapse::Device, ..near }.apply(&graph, &[], Timestamp::default());
        assert_eq!((one.links.len(), one.links[0].cables), (2, 2));
        let site = Filter { sites: vec!["s".into()], ..Filter::default() };
        assert_eq!(site.apply(&graph, &[], Timestamp::default()).nodes.len(), 2);
    }

    #[test]
    fn endpoints_come_where_they_are_wanted() {
        let graph = graph("sw*", "");
        let phone = ShownEndpoint {
            id: "SEP001122334455".into(),
            seen_by: vec![SeenFrom { device: "sw".into(), ..SeenFrom::default() }],
            ..ShownEndpoint::default()
        };
        let count = |endpoints| {
            let filter = Filter { endpoints, ..Filter::default() };
            filter.apply(&graph, std::slice::from_ref(&phone), Timestamp::default()).nodes.len()
        };
        assert_eq!((count(false), count(true)), (1, 2));
    }
}
