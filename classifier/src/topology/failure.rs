//! Single points of failure: devices and links without which others are cut off from the roots. On the multigraph, so that of
//! two parallel links neither is one.

use std::collections::HashSet;

use serde::Serialize;

use super::graph::{Graph, NodeId};

/// What goes down with a device or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Impact {
    /// Devices that are cut off, without the one that fails.
    pub devices: u32,
    /// Sites with a device among them.
    pub sites: u32,
}

/// What a network hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failures {
    /// Devices, those with the greatest impact first.
    pub devices: Vec<(NodeId, Impact)>,
    /// Links, by their place in the graph.
    pub links: Vec<(u32, Impact)>,
}

const NONE: u32 = u32::MAX;

/// A device while the search is at it.
struct Frame {
    id: NodeId,
    /// The link it was reached by; `NONE` at the beginning, which parallel links are not.
    by: u32,
    /// The next of its edges.
    edge: usize,
    /// What is below it so far.
    below: Below,
    /// What of it hangs on this device.
    cut: Below,
}

/// Devices and their sites; segments are not counted.
#[derive(Default)]
struct Below {
    devices: u32,
    sites: HashSet<u32>,
}

impl Below {
    fn add(&mut self, mut other: Self) {
        if self.sites.len() < other.sites.len() {
            std::mem::swap(&mut self.sites, &mut other.sites);
        }
        self.devices += other.devices;
        self.sites.extend(other.sites);
    }

    fn impact(&self) -> Impact {
        Impact { devices: self.devices, sites: u32::try_from(self.sites.len()).unwrap_or(u32::MAX) }
    }
}

/// Finds what the network hangs on, as seen from its roots.
pub fn failures(graph: &Graph) -> Failures {
    let mut search = Search::new(graph);
    // A root alone in its failure cuts off only what has no other way to any root, so all roots count as one place.
    for root in graph.roots() {
        if let Some(order) = search.order.get_mut(root as usize) {
            *order = 0;
            search.is_root[root as usize] = true;
        }
    }
    for root in graph.roots() {
        search.search_below(root);
    }
    let Search { mut found, .. } = search;
    found.devices.sort_by_key(|(id, impact)| (std::cmp::Reverse(impact.devices), *id));
    found.links.sort_by_key(|(link, impact)| (std::cmp::Reverse(impact.devices), *link));
    found
}

struct Search<'g> {
    graph: &'g Graph,
    sites: Vec<u32>,
    /// When each device was reached; roots at 0, the place all of them are.
    order: Vec<u32>,
    /// The earliest device that can be reached from below each.
    low: Vec<u32>,
    is_root: Vec<bool>,
    next: u32,
    found: Failures,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph) -> Self {
        let count = graph.nodes().len();
        let mut names: std::collections::HashMap<&str, u32> = std::collections::HashMap::new();
        let site = |name: &'g str| {
            let next = u32::try_from(names.len()).unwrap_or(NONE);
            if name.is_empty() { NONE } else { *names.entry(name).or_insert(next) }
        };
        let sites = graph.nodes().iter().map(|node| node.site.as_str()).map(site).collect();
        Self {
            graph,
            sites,
            order: vec![NONE; count],
            low: vec![NONE; count],
            is_root: vec![false; count],
            next: 1,
            found: Failures::default(),
        }
    }

    /// Searches below a root. What is cut off by the root itself is what reaches no other root: its low is not 0 by another.
    fn search_below(&mut self, root: NodeId) {
        let mut stack =
            vec![Frame { id: root, by: NONE, edge: 0, below: Below::default(), cut: Below::default() }];
        while let Some(frame) = stack.last_mut() {
            let (id, by) = (frame.id, frame.by);
            let Some((far, link)) = self.graph.edges(id).get(frame.edge).copied() else {
                if let Some(done) = stack.pop() {
                    self.leave(done, stack.last_mut());
                }
                continue;
            };
            frame.edge += 1;
            if link == by || self.is_root[id as usize] && self.is_root[far as usize] {
                continue;
            }
            let place = far as usize;
            if self.order[place] != NONE {
                // A way back to the root this search is from is no way to another one.
                let own_root = self.is_root[place] && far == root;
                let reached = if own_root {
                    1
                } else if self.is_root[place] {
                    0
                } else {
                    self.order[place]
                };
                let low = &mut self.low[id as usize];
                *low = (*low).min(reached);
                continue;
            }
            self.next += 1;
            self.order[place] = self.next;
            self.low[place] = self.next;
            stack.push(Frame { id: far, by: link, edge: 0, below: Below::default(), cut: Below::default() });
        }
    }

    /// A device has been seen to its end, and all below it.
    fn leave(&mut self, mut frame: Frame, above: Option<&mut Frame>) {
        let place = frame.id as usize;
        if frame.cut.devices > 0 {
            self.found.devices.push((frame.id, frame.cut.impact()));
            frame.below.add(std::mem::take(&mut frame.cut));
        }
        let Some(above) = above else { return };
        frame.below.devices += u32::from(!self.graph.is_segment(frame.id));
        if self.sites[place] != NONE {
            frame.below.sites.insert(self.sites[place]);
        }
        let (low, parent) = (self.low[place], above.id as usize);
        let above_order = if self.is_root[parent] { 1 } else { self.order[parent] };
        if low > above_order {
            self.found.links.push((frame.by, frame.below.impact()));
        }
        if !self.is_root[parent] {
            self.low[parent] = self.low[parent].min(low);
        }
        if low >= above_order { above.cut.add(frame.below) } else { above.below.add(frame.below) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::graph::tests::graph;

    fn told(devices: &str, links: &str) -> (Vec<String>, Vec<String>) {
        let graph = graph(devices, links);
        let found = failures(&graph);
        let name = |id: &NodeId| graph.node(*id).map_or("", |node| &node.name).to_owned();
        let devices = found
            .devices
            .iter()
            .map(|(id, impact)| format!("{} {}/{}", name(id), impact.devices, impact.sites));
        let links = found.links.iter().map(|(link, impact)| {
            let ends = &graph.links()[*link as usize].ends;
            format!("{}-{} {}", ends.a.device, ends.b.device, impact.devices)
        });
        (devices.collect(), links.collect())
    }

    #[test]
    fn a_chain_hangs_on_each_of_its_parts() {
        let (devices, links) = told("r* a b c", "r-a a-b b-c");
        assert_eq!(devices, ["r 3/3", "a 2/2", "b 1/1"]);
        assert_eq!(links, ["a-r 3", "a-b 2", "b-c 1"]);
    }

    #[test]
    fn of_parallel_links_neither_is_one_but_the_device_is() {
        let (devices, links) = told("r* a b", "r-a r-a a-b a-b");
        assert_eq!(devices, ["r 2/2", "a 1/1"]);
        assert_eq!(links, Vec::<String>::new());
    }

    #[test]
    fn a_ring_hangs_on_its_root_alone() {
        assert_eq!(told("r* a b c", "r-a a-b b-c c-r"), (vec!["r 3/3".to_owned()], vec![]));
    }

    #[test]
    fn with_two_roots_what_reaches_either_is_safe() {
        let (devices, links) = told("r* s* a b c", "r-a a-s a-b r-c r-s");
        assert_eq!(devices, ["r 1/1", "a 1/1"], "c hangs on r, b on a");
        assert_eq!(links, ["a-b 1", "c-r 1"]);
    }

    #[test]
    fn sites_are_counted_once() {
        let (devices, _) = told("r* a b1 b2 c1", "r-a a-b1 b1-b2 a-c1");
        assert_eq!(devices, ["r 4/3", "a 3/2", "b1 1/1"]);
    }

    #[test]
    fn a_long_chain_is_no_deep_recursion() {
        let devices: Vec<String> =
            (0..20_000).map(|n| if n == 0 { "n0*".into() } else { format!("n{n}") }).collect();
        let links: Vec<String> = (1..20_000).map(|n| format!("n{}-n{n}", n - 1)).collect();
        let (devices, links) = told(&devices.join(" "), &links.join(" "));
        assert_eq!((devices.len(), links.len()), (19_999, 19_999));
    }
}
