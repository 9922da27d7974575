//! The network as a graph: devices are nodes, each link is an edge of its own, so that parallel links count. What several devices
//! are on together is a node, too, and no step of its own on a way.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::known::KnownLink;
use super::segment;

/// A node's place in the graph.
pub type NodeId = u32;

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Its name in the inventory.
    pub name: String,
    /// Its label `site`.
    pub site: String,
    /// Its label `role`.
    pub role: String,
    /// What it says it is, in short.
    pub title: String,
    /// Whether it answered its last walk; `None` where it has not been walked.
    pub answers: Option<bool>,
    /// Whether it tells of neighbours: LLDP or CDP is on and was read.
    pub tells: bool,
    /// Whether all ways to others are measured from it: a core device, or one with an ISP's line.
    pub root: bool,
    /// It is no device, but what several devices are on together.
    pub segment: bool,
}

/// The network.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    links: Vec<Arc<KnownLink>>,
    ends: Vec<(NodeId, NodeId)>,
    /// Where each node's edges begin in `edges`; one more than there are nodes.
    starts: Vec<u32>,
    /// Neighbour and link of each end of each usable link, by node.
    edges: Vec<(NodeId, u32)>,
    by_name: HashMap<String, NodeId>,
}

impl Graph {
    /// A graph of devices and links. Links of devices that are not among them are left out.
    pub fn new(mut nodes: Vec<Node>, links: &[Arc<KnownLink>]) -> Self {
        let (links, segments) = segment::drawn(links);
        nodes.extend(segments);
        let by_name: HashMap<String, NodeId> =
            nodes.iter().zip(0..).map(|(node, id)| (node.name.clone(), id)).collect();
        let mut kept = Vec::with_capacity(links.len());
        let mut ends = Vec::with_capacity(links.len());
        for link in links {
            let end = |device: &str| by_name.get(device).copied();
            if let (Some(a), Some(b)) = (end(&link.ends.a.device), end(&link.ends.b.device)) {
                kept.push(link);
                ends.push((a, b));
            }
        }
        let mut starts = vec![0_u32; nodes.len() + 1];
        let usable = |place: usize| kept.get(place).is_some_and(|link: &Arc<KnownLink>| link.is_usable());
        for (_, (a, b)) in ends.iter().enumerate().filter(|(place, _)| usable(*place)) {
            for end in [a, b] {
                starts[*end as usize + 1] += 1;
            }
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut next = starts.clone();
        let mut edges = vec![(0, 0); starts.last().copied().unwrap_or_default() as usize];
        for (link, (a, b)) in (0_u32..).zip(&ends).filter(|(link, _)| usable(*link as usize)) {
            for (near, far) in [(a, b), (b, a)] {
                edges[next[*near as usize] as usize] = (*far, link);
                next[*near as usize] += 1;
            }
        }
        Self { nodes, links: kept, ends, starts, edges, by_name }
    }

    /// All devices, and after them all segments.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All links, those that are down too.
    pub fn links(&self) -> &[Arc<KnownLink>] {
        &self.links
    }

    /// Both ends of each of [`Graph::links`].
    pub fn ends(&self) -> &[(NodeId, NodeId)] {
        &self.ends
    }

    /// A device by its name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).copied()
    }

    /// A device.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// Neighbours of a device over usable links: who, and over which of [`Graph::links`].
    pub fn edges(&self, id: NodeId) -> &[(NodeId, u32)] {
        let place = id as usize;
        let range = self.starts.get(place).zip(self.starts.get(place + 1));
        range.and_then(|(start, end)| self.edges.get(*start as usize..*end as usize)).unwrap_or_default()
    }

    /// Whether a node is no device but a segment.
    pub fn is_segment(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.segment)
    }

    /// Neighbours of a device over usable links and segments, each maybe more than once.
    fn next_devices(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let next = |far: NodeId| {
            let beyond = if self.is_segment(far) { self.edges(far) } else { &[] };
            beyond.iter().map(|(far, _)| *far).chain((!self.is_segment(far)).then_some(far))
        };
        self.edges(id).iter().flat_map(move |(far, _)| next(*far)).filter(move |far| *far != id)
    }

    /// How many usable links end at a device.
    pub fn degree(&self, id: NodeId) -> usize {
        self.edges(id).len()
    }

    /// The devices that all ways are measured from; where nobody has said, in each part of the network the one with the most
    /// links.
    pub fn roots(&self) -> Vec<NodeId> {
        let all = 0..self.nodes.len() as NodeId;
        let said: Vec<NodeId> =
            all.clone().filter(|id| self.node(*id).is_some_and(|node| node.root)).collect();
        if !said.is_empty() {
            return said;
        }
        let parts = self.parts();
        let mut best: HashMap<u32, NodeId> = HashMap::new();
        for id in all.filter(|id| self.degree(*id) > 0 && !self.is_segment(*id)) {
            let part = parts.get(id as usize).copied().unwrap_or_default();
            let root = best.entry(part).or_insert(id);
            if self.degree(id) > self.degree(*root) {
                *root = id;
            }
        }
        let mut roots: Vec<NodeId> = best.into_values().collect();
        roots.sort_unstable();
        roots
    }

    /// For each device the number of the part of the network it is in.
    pub fn parts(&self) -> Vec<u32> {
        const NONE: u32 = u32::MAX;
        let mut parts = vec![NONE; self.nodes.len()];
        let mut count = 0;
        let mut stack = Vec::new();
        for start in 0..self.nodes.len() {
            if parts[start] != NONE {
                continue;
            }
            parts[start] = count;
            stack.push(start as NodeId);
            while let Some(id) = stack.pop() {
                for (far, _) in self.edges(id) {
                    if parts[*far as usize] == NONE {
                        parts[*far as usize] = count;
                        stack.push(*far);
                    }
                }
            }
            count += 1;
        }
        parts
    }

    /// For each device how many links it is away from the nearest of some; `None` where there is no way.
    pub fn distances(&self, from: &[NodeId], deepest: Option<u32>) -> Vec<Option<u32>> {
        let mut distances = vec![None; self.nodes.len()];
        let mut queue: VecDeque<NodeId> = VecDeque::new();
        for id in from {
            if let Some(place @ None) = distances.get_mut(*id as usize) {
                *place = Some(0);
                queue.push_back(*id);
            }
        }
        while let Some(id) = queue.pop_front() {
            let own = distances[id as usize].unwrap_or_default();
            for (far, _) in self.edges(id) {
                // A segment is a part of the way to those who are on it.
                let next = own + u32::from(!self.is_segment(*far));
                let place = &mut distances[*far as usize];
                if deepest.is_some_and(|deepest| next > deepest) || place.is_some_and(|known| known <= next) {
                    continue;
                }
                *place = Some(next);
                if next == own { queue.push_front(*far) } else { queue.push_back(*far) }
            }
        }
        distances
    }

    /// A shortest way between two devices: the links in their order, each with the device it leads to. It is the way of
    /// cables: spanning tree and routing may take another.
    pub fn path(&self, from: NodeId, to: NodeId) -> Option<Vec<(u32, NodeId)>> {
        let mut came_by: Vec<Option<(NodeId, u32)>> = vec![None; self.nodes.len()];
        let mut queue = VecDeque::from([from]);
        self.node(from)?;
        self.node(to)?;
        while let Some(id) = queue.pop_front() {
            if id == to {
                break;
            }
            for (far, link) in self.edges(id) {
                let place = &mut came_by[*far as usize];
                if place.is_none() && *far != from {
                    *place = Some((id, *link));
                    if self.is_segment(*far) { queue.push_front(*far) } else { queue.push_back(*far) }
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while at != from {
            let (before, link) = came_by[at as usize]?;
            way.push((link, at));
            at = before;
        }
        way.reverse();
        Some(way)
    }

    /// For each device the next ones on the shortest ways towards the roots; several where there are several such ways.
    pub fn upstreams(&self) -> Vec<Vec<NodeId>> {
        let distances = self.distances(&self.roots(), None);
        let distance = |id: NodeId| distances.get(id as usize).copied().flatten();
        let of = |id: NodeId| {
            let Some(own) = distance(id).filter(|own| *own > 0 && !self.is_segment(id)) else {
                return Vec::new();
            };
            let nearer = self.next_devices(id).filter(|far| distance(*far) == Some(own - 1));
            let mut nearer: Vec<NodeId> = nearer.collect();
            nearer.sort_unstable();
            nearer.dedup();
            nearer
        };
        (0..self.nodes.len() as NodeId).map(of).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::topology::known::{Ends, LinkState, Port};

    /// A graph of devices, roots with a `*`, and links `a-b`, those that are down with a `!`.
    pub(crate) fn graph(devices: &str, links: &str) -> Graph {
        let node = |name: &str| Node {
            name: name.trim_end_matches('*').to_owned(),
            site: name.chars().take(1).collect(),
            root: name.ends_with('*'),
            answers: Some(true),
            tells: true,
            ..Node::default()
        };
        let link = |(text, number): (&str, usize)| {
            let (a, b) = text.trim_end_matches('!').split_once('-').expect("two ends");
            let port = |device: &str| Port { device: device.into(), if_name: number.to_string() };
            let state = if text.ends_with('!') { LinkState::Down } else { LinkState::Active };
            Arc::new(KnownLink { ends: Ends::new(port(a), port(b)), state, ..KnownLink::default() })
        };
        let links: Vec<_> = links.split_whitespace().zip(1..).map(link).collect();
        Graph::new(devices.split_whitespace().map(node).collect(), &links)
    }

    fn names(graph: &Graph, ids: impl IntoIterator<Item = NodeId>) -> String {
        let names: Vec<&str> = ids.into_iter().filter_map(|id| Some(graph.node(id)?.name.as_str())).collect();
        names.join(" ")
    }

    #[test]
    fn ways_are_the_shortest_over_links_that_are_up() {
        let graph = graph("a* b c d e", "a-b b-c c-d a-d! d-e");
        let id = |name| graph.find(name).expect("a device");
        let way = graph.path(id("a"), id("e")).expect("a way");
        assert_eq!(names(&graph, way.iter().map(|(_, to)| *to)), "b c d e");
        assert_eq!(graph.path(id("a"), id("a")), Some(vec![]));
        assert_eq!(graph.path(0, 99), None);
        let near = graph.distances(&[id("c")], Some(1));
        assert_eq!(near.iter().flatten().count(), 3);
    }

    #[test]
    fn upstreams_lead_to_the_root() {
        let graph = graph("core* d1 d2 sw lone", "core-d1 core-d2 d1-sw d2-sw");
        let upstreams = graph.upstreams();
        assert_eq!(names(&graph, upstreams[3].clone()), "d1 d2");
        assert_eq!(names(&graph, upstreams[1].clone()), "core");
        assert!(upstreams[0].is_empty() && upstreams[4].is_empty());
    }

    #[test]
    fn a_segment_is_no_step_of_its_own() {
        let hub = |a: &str, b: &str| {
            let port = |device: &str| Port { device: device.into(), if_name: "1".into() };
            Arc::new(KnownLink { ends: Ends::new(port(a), port(b)), shared: true, ..KnownLink::default() })
        };
        let node = |name: &str| Node { name: name.into(), root: name == "core", ..Node::default() };
        let links = [hub("core", "x"), hub("core", "y"), hub("x", "y")];
        let graph = Graph::new(["core", "x", "y"].map(node).to_vec(), &links);
        assert_eq!((graph.nodes().len(), graph.links().len()), (4, 3));
        assert_eq!(graph.distances(&[0], Some(1)), [Some(0), Some(1), Some(1), Some(0)]);
        assert_eq!(names(&graph, graph.upstreams()[1].clone()), "core");
        let way = graph.path(0, 1).expect("a way");
        assert_eq!(names(&graph, way.iter().map(|(_, to)| *to)), "segment:core 1 x");
    }

    #[test]
    fn without_roots_the_best_connected_device_is_one() {
        let graph = graph("a b c x y", "a-b b-c x-y");
        assert_eq!(names(&graph, graph.roots()), "b x");
    }
}
