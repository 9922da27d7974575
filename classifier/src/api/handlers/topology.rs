//! `/topology`: the graph, whole or in part, now or as it was, in several formats.

use std::sync::Arc;

use service::http::Response;
use service::http::header::{CONTENT_TYPE, HeaderValue};

use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::{Api, aside};
use crate::topology::answer::{Answer, Filter};
use crate::topology::formats::Format;
use crate::topology::graph::Graph;

/// Which part of the graph is wanted.
const PART: [Parameter; 7] = [
    Parameter { name: "sites", kind: Kind::Texts, what: "Devices with these labels `site`" },
    Parameter { name: "roles", kind: Kind::Texts, what: "Devices with these labels `role`" },
    Parameter { name: "around", kind: Kind::Texts, what: "Devices near these, by name" },
    Parameter {
        name: "depth",
        kind: Kind::Number(0, 64, None),
        what: "So many links away at the most; 1 where only `around` is given",
    },
    Parameter {
        name: "collapse",
        kind: Kind::Word(collapses),
        what: "Draws links of one aggregate, or of one pair of devices, as one",
    },
    Parameter {
        name: "endpoints",
        kind: Kind::Flag,
        what: "Telephones, access points and others that are not in the inventory, too",
    },
    Parameter { name: "at", kind: Kind::Moment, what: "The links of then; devices are those of now" },
];

fn collapses() -> Vec<&'static str> {
    vec!["none", "lag", "device"]
}

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/topology",
        id: "getTopology",
        summary: "Devices and the links between them",
        query: &[&PART],
        answer: Content::Json(200, "Topology"),
        handler: |api, call| Box::pin(graph(api, call, Format::Json)),
        ..READ
    },
    Route {
        path: "/topology/nodegraph",
        id: "getNodeGraph",
        summary: "The same as the two frames of Grafana's node graph panel, which shows about 1,500 nodes at the most",
        query: &[&PART],
        answer: Content::Json(200, "NodeGraph"),
        handler: |api, call| Box::pin(graph(api, call, Format::Grafana)),
        ..READ
    },
    Route {
        path: "/topology/cytoscape",
        id: "getCytoscape",
        summary: "The same as Cytoscape.js has it",
        query: &[&PART],
        answer: Content::Json(200, "Cytoscape"),
        handler: |api, call| Box::pin(graph(api, call, Format::Cytoscape)),
        ..READ
    },
    Route {
        path: "/topology.graphml",
        id: "getGraphMl",
        summary: "The same in GraphML, for yEd and Gephi",
        query: &[&PART],
        answer: Content::Text("application/graphml+xml"),
        handler: |api, call| Box::pin(graph(api, call, Format::GraphMl)),
        ..READ
    },
    Route {
        path: "/topology.dot",
        id: "getDot",
        summary: "The same for Graphviz",
        query: &[&PART],
        answer: Content::Text("text/vnd.graphviz"),
        handler: |api, call| Box::pin(graph(api, call, Format::Dot)),
        ..READ
    },
];

async fn graph(api: &Api, call: Call<'_>, format: Format) -> Result<Response, Problem> {
    let given = &call.given;
    let texts = |name| given.texts(name).into_iter().map(str::to_owned).collect();
    let filter = Filter {
        sites: texts("sites"),
        roles: texts("roles"),
        around: texts("around"),
        depth: given.number("depth").and_then(|depth| u32::try_from(depth).ok()),
        collapse: given.text("collapse").and_then(|word| word.parse().ok()).unwrap_or_default(),
        endpoints: given.flag("endpoints").unwrap_or_default(),
    };
    let whole = api.topology.load_full();
    for name in &filter.around {
        if whole.graph.find(name).is_none() {
            return Err(Problem::parameter(
                "around",
                "there is no device of that name",
                "a name of /devices",
            ));
        }
    }
    let past = match given.moment("at") {
        Some(at) => {
            let links =
                api.ask("links of the past are not known", move |store| store.links(Some(at))).await?;
            let links: Vec<_> = links.into_iter().map(Arc::new).collect();
            let devices = whole.graph.nodes().iter().filter(|node| !node.segment).cloned().collect();
            Some((Graph::new(devices, &links), at))
        }
        None => None,
    };
    let written = aside(move || {
        let answer: Answer = match &past {
            Some((graph, at)) => filter.apply(graph, &[], *at),
            None => filter.apply(&whole.graph, &whole.endpoints, whole.at),
        };
        Ok(format.write(&answer))
    });
    let mut response = Response::json(written.await?.into_bytes());
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    Ok(response)
}
