//! `/interfaces`: lists, one of them, and what was.

use serde::Serialize;
use service::http::Response;

use super::csv;
use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::{Problem, Reason};
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::select::{FILTERS, Filter, Order, PAGE, after};
use crate::api::shape::{Facts, HistoryRange, InterfaceDetail, InterfaceRow, Neighbour, Override};
use crate::api::snapshot::{Row, Snapshot};
use crate::api::{Api, aside, csv as table, json, now};
use crate::change::Candidate;
use crate::state::InterfaceId;

/// So many ranges of history are shown with an interface.
const HISTORY: u32 = 50;

/// An interface, in a path.
pub const ID: Parameter = Parameter {
    name: "id",
    kind: Kind::Interface,
    what: "The interface: its number, or `DEVICE:IF_NAME`, in which a slash is `%2F`",
};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/interfaces",
        id: "listInterfaces",
        summary: "Interfaces, filtered, in an order, page by page",
        query: &[&FILTERS, &PAGE],
        answer: Content::Json(200, "InterfaceList"),
        tagged: true,
        handler: |_, call| Box::pin(async move { list(&call) }),
        ..READ
    },
    Route {
        path: "/interfaces.csv",
        id: "exportInterfaces",
        summary: "All interfaces that filters admit, as a table",
        query: &[&FILTERS, &[PAGE[0]]],
        answer: Content::Csv,
        tagged: true,
        handler: |_, call| Box::pin(export(call)),
        ..READ
    },
    Route {
        path: "/interfaces/{id}",
        id: "getInterface",
        summary: "One interface: facts, explanation, override, neighbours, history",
        segments: &[ID],
        answer: Content::Json(200, "InterfaceDetail"),
        handler: |api, call| Box::pin(one(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/{id}/history",
        id: "getInterfaceHistory",
        summary: "What held of an interface from when to when, the latest first",
        segments: &[ID],
        query: &[&[Parameter {
            name: "limit",
            kind: Kind::Number(1, 1000, Some(100)),
            what: "So many ranges at the most",
        }]],
        answer: Content::Json(200, "InterfaceHistory"),
        handler: |api, call| Box::pin(history(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct List<'a> {
    total: usize,
    interfaces: Vec<InterfaceRow<'a>>,
    next_cursor: Option<InterfaceId>,
}

fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let (given, snapshot) = (&call.given, &*call.snapshot);
    let filter = Filter::of(given, snapshot)?;
    let limit = given.count("limit").unwrap_or(100);
    let page = filter.page(snapshot, Order::of(given), after(given, snapshot)?, limit);
    let interfaces = InterfaceRow::of_rows(snapshot, page.rows);
    json(&List { total: page.total, interfaces, next_cursor: page.next })
}

async fn export(call: Call<'_>) -> Result<Response, Problem> {
    let Call { given, snapshot, .. } = call;
    aside(move || {
        let page = Filter::of(&given, &snapshot)?.page(&snapshot, Order::of(&given), None, usize::MAX);
        let rows = page.rows.into_iter().filter_map(|row| InterfaceRow::of_row(&snapshot, row));
        Ok(csv(table::table(&table::interfaces(), rows), "attachment; filename=\"interfaces.csv\""))
    })
    .await
}

/// The row of the interface that the path names.
pub fn named<'s>(call: &Call<'_>, snapshot: &'s Snapshot) -> Result<&'s Row, Problem> {
    if let Some(id) = call.given.number("id") {
        let row = snapshot.find(InterfaceId(id)).and_then(|place| snapshot.rows().get(place));
        return row.ok_or_else(|| Problem::not_found("interface", &id.to_string(), &[]));
    }
    let text = call.given.text("id").unwrap_or_default();
    let (device, if_name) = text.split_once(':').unwrap_or((text, ""));
    snapshot.named(device, if_name).ok_or_else(|| {
        let names: Vec<_> = snapshot.names_of(device).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        match names.iter().filter(|name| **name == if_name).count() {
            0 => Problem::not_found("interface", text, &inventory::nearest::nearest(if_name, names, 3)),
            several => Problem::new(
                Reason::NotFound,
                format!("{device} has {several} interfaces {if_name:?}: name one by its number"),
            ),
        }
    })
}

async fn one(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let row = named(&call, snapshot)?;
    let interface = &row.interface;
    let candidate = Candidate { facts: &interface.facts, decided: interface.decided.as_ref() };
    let id = interface.id;
    let history = api.ask("history is not known", move |store| store.history(id, HISTORY)).await;
    let (history, history_problem) = match history {
        Ok(ranges) => (Some(ranges.into_iter().map(HistoryRange::from).collect()), None),
        Err(problem) => (None, Some(problem.message().to_owned())),
    };
    json(&InterfaceDetail {
        interface: InterfaceRow::of_row(snapshot, row)
            .ok_or_else(|| Problem::not_found("interface", &id.to_string(), &[]))?,
        facts: Facts::of(interface),
        explanation: api.rules.load().in_force.classify(&candidate, now()),
        decided: interface.decided.as_ref().map(Override::of),
        neighbours: interface.facts.neighbours.iter().map(Neighbour::of).collect(),
        history,
        history_problem,
    })
}

#[derive(Serialize)]
struct History {
    id: InterfaceId,
    history: Vec<HistoryRange>,
}

async fn history(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let id = named(&call, &call.snapshot)?.interface.id;
    let limit = call.given.number("limit").and_then(|limit| u32::try_from(limit).ok()).unwrap_or(HISTORY);
    let ranges = api.ask("history is not known", move |store| store.history(id, limit)).await?;
    json(&History { id, history: ranges.into_iter().map(HistoryRange::from).collect() })
}
