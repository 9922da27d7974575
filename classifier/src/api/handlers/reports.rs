//! `/topology/…`: questions to the graph, such as who is next to a device, what hangs on what, and what has changed.

use std::sync::Arc;

use serde::Serialize;
use service::http::Response;

use crate::api::parameters::{Given, Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::{Api, json};
use crate::topology::answer::ShownEndpoint;
use crate::topology::compare::difference;
use crate::topology::drift::Drift;
use crate::topology::failure::Impact;
use crate::topology::graph::{Graph, NodeId};
use crate::topology::known::{Ends, KnownLink};
use crate::topology::orphan::{OrphanKind, Redundancy};
use crate::topology::whole::Whole;

const DEVICE: Parameter = Parameter { name: "device", kind: Kind::Text, what: "A device, by name" };

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/topology/neighbours",
        id: "listNeighbours",
        summary: "Who is at the other ends of a device's interfaces",
        query: &[&[
            DEVICE,
            Parameter { name: "interface", kind: Kind::Text, what: "Only of this one, by name" },
        ]],
        answer: Content::Json(200, "Neighbours"),
        handler: |api, call| Box::pin(async move { neighbours(&api.topology.load(), &call.given) }),
        ..READ
    },
    Route {
        path: "/topology/path",
        id: "getPath",
        summary: "A shortest way between two devices over links that are up; spanning tree and routing may take another",
        query: &[&[
            Parameter { name: "from", kind: Kind::Text, what: "A device, by name" },
            Parameter { name: "to", kind: Kind::Text, what: "Another, by name" },
        ]],
        answer: Content::Json(200, "Path"),
        handler: |api, call| Box::pin(async move { path(&api.topology.load(), &call.given) }),
        ..READ
    },
    Route {
        path: "/topology/orphans",
        id: "listOrphans",
        summary: "Devices without a place in the network by what is wrong, and neighbours that are not in the inventory",
        query: &[&[Parameter { name: "kind", kind: Kind::Words(kinds), what: "Of these kinds" }]],
        answer: Content::Json(200, "Orphans"),
        handler: |api, call| Box::pin(async move { orphans(&api.topology.load(), &call.given) }),
        ..READ
    },
    Route {
        path: "/topology/single-points",
        id: "listSinglePoints",
        summary: "Devices and links without which others are cut off, those with the greatest impact first",
        query: &[&[Parameter {
            name: "limit",
            kind: Kind::Number(1, 10_000, Some(100)),
            what: "So many of either at the most",
        }]],
        answer: Content::Json(200, "SinglePoints"),
        handler: |api, call| Box::pin(async move { single_points(&api.topology.load(), &call.given) }),
        ..READ
    },
    Route {
        path: "/topology/redundancy",
        id: "listRedundancy",
        summary: "Sites by their providers' lines: how many providers, and whether all lines share a device or an aggregate",
        answer: Content::Json(200, "RedundancyReport"),
        handler: |api, _| Box::pin(async move { redundancy(&api.topology.load()) }),
        ..READ
    },
    Route {
        path: "/topology/drift",
        id: "listDrift",
        summary: "Where descriptions and what is there have come apart",
        answer: Content::Json(200, "DriftReport"),
        handler: |api, _| Box::pin(async move { json(&Drifts { interfaces: &api.topology.load().drift }) }),
        ..READ
    },
    Route {
        path: "/topology/anomalies",
        id: "listTopologyAnomalies",
        summary: "What could not be told, and what is odd: neighbours that have no link therefore, and links of a device with itself",
        answer: Content::Json(200, "TopologyAnomalies"),
        handler: |api, _| Box::pin(async move { anomalies(&api.topology.load()) }),
        ..READ
    },
    Route {
        path: "/topology/diff",
        id: "compareTopology",
        summary: "Links added, removed, moved and changed between two moments",
        query: &[&[
            Parameter { name: "from", kind: Kind::Moment, what: "The earlier moment" },
            Parameter { name: "to", kind: Kind::Moment, what: "The later one; now where it is left out" },
        ]],
        answer: Content::Json(200, "TopologyDifference"),
        handler: |api, call| Box::pin(changes(api, call)),
        ..READ
    },
];

fn kinds() -> Vec<&'static str> {
    OrphanKind::ALL.map(OrphanKind::as_str).into_iter().chain(["unknown_neighbour"]).collect()
}

fn device(graph: &Graph, given: &Given, name: &'static str) -> Result<NodeId, Problem> {
    let expected = "a name of /devices";
    let device = given.text(name).ok_or_else(|| Problem::parameter(name, "it is missing", expected))?;
    graph.find(device).ok_or_else(|| Problem::parameter(name, "there is no device of that name", expected))
}

#[derive(Serialize)]
struct Neighbours<'a> {
    device: &'a str,
    links: Vec<&'a KnownLink>,
    endpoints: Vec<&'a ShownEndpoint>,
    upstream: Vec<&'a str>,
}

fn neighbours(whole: &Whole, given: &Given) -> Result<Response, Problem> {
    let id = device(&whole.graph, given, "device")?;
    let name = node(whole, id);
    let port = given.text("interface");
    let wanted = |device: &str, if_name: &str| device == name && port.is_none_or(|port| port == if_name);
    let links = whole.links.iter().map(Arc::as_ref);
    let links =
        links.filter(|link| link.ends.both().into_iter().any(|end| wanted(&end.device, &end.if_name)));
    let endpoints = whole.endpoints.iter();
    let endpoints =
        endpoints.filter(|endpoint| endpoint.seen_by.iter().any(|seen| wanted(&seen.device, &seen.if_name)));
    let upstream = whole.upstreams.get(id as usize).into_iter().flatten().map(|id| node(whole, *id));
    json(&Neighbours {
        device: name,
        links: links.collect(),
        endpoints: endpoints.collect(),
        upstream: upstream.collect(),
    })
}

fn node(whole: &Whole, id: NodeId) -> &str {
    whole.graph.node(id).map_or("", |node| &node.name)
}

#[derive(Serialize)]
struct Path<'a> {
    from: &'a str,
    to: &'a str,
    found: bool,
    hops: Vec<Hop<'a>>,
}

#[derive(Serialize)]
struct Hop<'a> {
    device: &'a str,
    link: &'a KnownLink,
}

fn path(whole: &Whole, given: &Given) -> Result<Response, Problem> {
    let (from, to) = (device(&whole.graph, given, "from")?, device(&whole.graph, given, "to")?);
    let way = whole.graph.path(from, to);
    let hop = |(link, to): &(u32, NodeId)| {
        Some(Hop { device: node(whole, *to), link: whole.graph.links().get(*link as usize)? })
    };
    json(&Path {
        from: node(whole, from),
        to: node(whole, to),
        found: way.is_some(),
        hops: way.iter().flatten().filter_map(hop).collect(),
    })
}

#[derive(Serialize)]
struct Orphans<'a> {
    devices: Vec<Orphan<'a>>,
    unknown_neighbours: Vec<&'a ShownEndpoint>,
}

#[derive(Serialize)]
struct Orphan<'a> {
    device: &'a str,
    site: &'a str,
    kind: OrphanKind,
}

fn orphans(whole: &Whole, given: &Given) -> Result<Response, Problem> {
    let wanted = given.texts("kind");
    let is_wanted = |kind: &str| wanted.is_empty() || wanted.contains(&kind);
    let devices =
        whole.orphans.iter().filter(|(_, kind)| is_wanted(kind.as_str())).filter_map(|(id, kind)| {
            let node = whole.graph.node(*id)?;
            Some(Orphan { device: &node.name, site: &node.site, kind: *kind })
        });
    let unknown =
        whole.endpoints.iter().filter(|endpoint| is_wanted("unknown_neighbour") && !endpoint.kind.is_leaf());
    json(&Orphans { devices: devices.collect(), unknown_neighbours: unknown.collect() })
}

#[derive(Serialize)]
struct SinglePoints<'a> {
    devices: Vec<SingleDevice<'a>>,
    links: Vec<SingleLink<'a>>,
}

#[derive(Serialize)]
struct SingleDevice<'a> {
    device: &'a str,
    site: &'a str,
    impact: Impact,
}

#[derive(Serialize)]
struct SingleLink<'a> {
    link: &'a KnownLink,
    impact: Impact,
}

fn single_points(whole: &Whole, given: &Given) -> Result<Response, Problem> {
    let limit = given.count("limit").unwrap_or(100);
    let devices = whole.failures.devices.iter().take(limit).filter_map(|(id, impact)| {
        let node = whole.graph.node(*id)?;
        Some(SingleDevice { device: &node.name, site: &node.site, impact: *impact })
    });
    let links = whole.failures.links.iter().take(limit).filter_map(|(link, impact)| {
        Some(SingleLink { link: whole.graph.links().get(*link as usize)?, impact: *impact })
    });
    json(&SinglePoints { devices: devices.collect(), links: links.collect() })
}

#[derive(Serialize)]
struct Drifts<'a> {
    interfaces: &'a [Drift],
}

#[derive(Serialize)]
struct Anomalies<'a> {
    unresolved_ports: Vec<Unresolved<'a>>,
    identity_conflicts: Vec<Seen<'a>>,
    ambiguous_neighbours: Vec<Ambiguous<'a>>,
    duplicate_devices: Vec<[&'a str; 2]>,
    self_links: &'a [Ends],
}

#[derive(Serialize)]
struct Unresolved<'a> {
    device: &'a str,
    port: u32,
}

#[derive(Serialize)]
struct Seen<'a> {
    device: &'a str,
    neighbour: &'a str,
}

#[derive(Serialize)]
struct Ambiguous<'a> {
    device: &'a str,
    neighbour: &'a str,
    candidates: &'a [String],
}

fn anomalies(whole: &Whole) -> Result<Response, Problem> {
    let unresolved = whole.unresolved.iter().map(|(device, port)| Unresolved { device, port: *port });
    let conflicts = whole.conflicts.iter().map(|(device, neighbour)| Seen { device, neighbour });
    let ambiguous = whole.ambiguous.iter();
    let ambiguous =
        ambiguous.map(|(device, neighbour, candidates)| Ambiguous { device, neighbour, candidates });
    json(&Anomalies {
        unresolved_ports: unresolved.collect(),
        identity_conflicts: conflicts.collect(),
        ambiguous_neighbours: ambiguous.collect(),
        duplicate_devices: whole.twins.iter().map(|(one, two)| [one.as_str(), two]).collect(),
        self_links: &whole.loops,
    })
}

#[derive(Serialize)]
struct Report<'a> {
    sites: Vec<Site<'a>>,
}

#[derive(Serialize)]
struct Site<'a> {
    #[serde(flatten)]
    redundancy: &'a Redundancy,
    single_homed: bool,
}

fn redundancy(whole: &Whole) -> Result<Response, Problem> {
    let sites = whole.redundancy.iter();
    let sites = sites.map(|redundancy| Site { redundancy, single_homed: redundancy.is_single() });
    json(&Report { sites: sites.collect() })
}

async fn changes(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let expected = "a moment such as 2026-11-22T21:58:10Z";
    let from = call.given.moment("from");
    let from = from.ok_or_else(|| Problem::parameter("from", "it is missing", expected))?;
    let to = call.given.moment("to");
    let both = api.ask("links of the past are not known", move |store| {
        Ok((store.links(Some(from))?, store.links(to)?))
    });
    let (before, after) = both.await?;
    json(&difference(&before, &after))
}
