//! Several devices on one port: something between them that nobody names, such as a hub or a switch without LLDP. In the graph it is
//! a node of its own, with one cable to each of them; drawn as links from each to each, cables would look redundant that are not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::graph::Node;
use super::known::{Ends, KnownLink, LinkState, Port};

/// What names of segments begin with; no device of an inventory is called so.
pub const PREFIX: &str = "segment:";

/// Links as they are drawn: those of segments in the place of those from each to each. And the segments.
pub fn drawn(links: &[Arc<KnownLink>]) -> (Vec<Arc<KnownLink>>, Vec<Node>) {
    let mut groups = Groups::default();
    for (nth, link) in links.iter().enumerate().filter(|(_, link)| is_shared(link)) {
        groups.add(nth, &link.ends);
    }
    let mut is_member = vec![false; links.len()];
    let (mut edges, mut nodes) = (Vec::new(), Vec::new());
    for members in groups.finish() {
        let links: Vec<&KnownLink> =
            members.iter().filter_map(|nth| links.get(*nth).map(Arc::as_ref)).collect();
        let devices: HashSet<&str> =
            links.iter().flat_map(|link| link.ends.both()).map(|port| port.device.as_str()).collect();
        // Two devices of which a port is not clear are no segment.
        if devices.len() < 3 {
            continue;
        }
        let Some(name) = name(&links) else { continue };
        members.iter().for_each(|nth| is_member[*nth] = true);
        edges.extend(cables(&name, &links).into_iter().map(Arc::new));
        nodes.push(Node {
            title: format!("{} devices on one line", devices.len()),
            segment: true,
            name,
            ..Node::default()
        });
    }
    let plain = links.iter().zip(is_member).filter(|(_, member)| !member).map(|(link, _)| Arc::clone(link));
    let mut drawn: Vec<Arc<KnownLink>> = plain.collect();
    drawn.extend(edges);
    (drawn, nodes)
}

/// What an operator has said is a cable.
fn is_shared(link: &KnownLink) -> bool {
    link.shared && !link.manual
}

/// The name of a segment: that of the port that most of it is known by, which stays while devices come and go.
fn name(links: &[&KnownLink]) -> Option<String> {
    let mut uses: BTreeMap<&Port, usize> = BTreeMap::new();
    for port in links.iter().flat_map(|link| link.ends.both()).filter(|port| !port.if_name.is_empty()) {
        *uses.entry(port).or_default() += 1;
    }
    let best = uses.into_iter().max_by_key(|(port, count)| (*count, std::cmp::Reverse(*port)))?.0;
    Some(format!("{PREFIX}{} {}", best.device, best.if_name))
}

/// One cable from a segment to each port on it; a device whose port is not known has one.
fn cables(name: &str, links: &[&KnownLink]) -> Vec<KnownLink> {
    let mut cables: BTreeMap<&Port, KnownLink> = BTreeMap::new();
    for link in links {
        for (end, port) in link.ends.both().into_iter().enumerate() {
            let cable = cables.entry(port).or_insert_with(|| KnownLink {
                ends: Ends::new(port.clone(), Port { device: name.to_owned(), if_name: String::new() }),
                aggregates: Default::default(),
                said: None,
                seen_by: [false; 2],
                ..KnownLink::clone(link)
            });
            let own = usize::from(cable.ends.b == *port);
            cable.seen_by[own] |= link.seen_by[end];
            cable.aggregates[own].clone_from(&link.aggregates[end]);
            cable.confidence = cable.confidence.max(link.confidence);
            cable.valid_from = cable.valid_from.min(link.valid_from);
            cable.last_seen = cable.last_seen.max(link.last_seen);
            if link.state == LinkState::Active {
                cable.state = link.state;
            }
        }
    }
    let known: HashSet<&str> =
        cables.keys().filter(|port| !port.if_name.is_empty()).map(|port| port.device.as_str()).collect();
    // A device that is on it with a port that is known needs no other.
    cables
        .iter()
        .filter(|(port, _)| !port.if_name.is_empty() || !known.contains(port.device.as_str()))
        .map(|(_, cable)| cable.clone())
        .collect()
}

/// Links by the ports they have in common.
#[derive(Default)]
struct Groups<'a> {
    /// For each group the one it has become a part of; itself where it has not.
    parts: Vec<usize>,
    members: Vec<(usize, usize)>,
    by_port: HashMap<&'a Port, usize>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, nth: usize, ends: &'a Ends) {
        let group = self.parts.len();
        self.parts.push(group);
        self.members.push((nth, group));
        for port in ends.both().into_iter().filter(|port| !port.if_name.is_empty()) {
            let known = *self.by_port.entry(port).or_insert(group);
            let (one, other) = (self.root(known), self.root(group));
            if let Some(part) = self.parts.get_mut(one.max(other)) {
                *part = one.min(other);
            }
        }
    }

    fn root(&self, mut group: usize) -> usize {
        while let Some(part) = self.parts.get(group).copied().filter(|part| *part != group) {
            group = part;
        }
        group
    }

    fn finish(self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (nth, group) in &self.members {
            groups.entry(self.root(*group)).or_default().push(*nth);
        }
        groups.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(links: &str) -> Vec<String> {
        let port = |text: &str| Port { device: text[..1].into(), if_name: text[1..].into() };
        let link = |text: &str| {
            let (one, two) = text.trim_end_matches('!').split_once('-').expect("two ends");
            let shared = text.ends_with('!');
            Arc::new(KnownLink { ends: Ends::new(port(one), port(two)), shared, ..KnownLink::default() })
        };
        let links: Vec<_> = links.split_whitespace().map(link).collect();
        let (links, nodes) = drawn(&links);
        let show = |port: &Port| format!("{}{}", port.device, port.if_name);
        let links = links.iter().map(|link| format!("{}-{}", show(&link.ends.a), show(&link.ends.b)));
        links.chain(nodes.iter().map(|node| node.name.clone())).collect()
    }

    #[test]
    fn a_hub_is_a_node_with_a_cable_to_each() {
        let hub = ["x1-y1", "a1-segment:a 1", "b1-segment:a 1", "c1-segment:a 1", "segment:a 1"];
        assert_eq!(told("x1-y1 a1-b1! a1-c1! b1-c1!"), hub);
        assert_eq!(told("x1-y1 a1-b1! a1-c1!"), hub, "where one hears both");
        assert_eq!(
            told("a1-b! a1-c!"),
            ["a1-segment:a 1", "b-segment:a 1", "c-segment:a 1", "segment:a 1"],
            "ports that are not known"
        );
    }

    #[test]
    fn two_devices_are_no_segment() {
        assert_eq!(told("a1-b1! a1-b2!"), ["a1-b1", "a1-b2"]);
        assert_eq!(told("a1-b1 b2-c1"), ["a1-b1", "b2-c1"]);
    }

    #[test]
    fn two_hubs_are_two() {
        assert_eq!(told("a1-b1! a1-c1! a2-d1! a2-e1!").len(), 8);
    }
}
