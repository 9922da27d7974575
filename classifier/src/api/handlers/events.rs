//! `/events`: what happened, the latest first.

use serde::Serialize;
use service::http::Response;

use super::csv;
use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::shape::EventRow;
use crate::api::{Api, csv as table, json};
use crate::change::EventKind;
use crate::state::InterfaceId;
use crate::store::EventFilter;

const FILTERS: [Parameter; 4] = [
    Parameter { name: "device", kind: Kind::Text, what: "Of this device, by name" },
    Parameter { name: "interface_id", kind: Kind::Number(1, i64::MAX, None), what: "Of this interface" },
    Parameter { name: "kind", kind: Kind::Words(kinds), what: "Of these kinds" },
    Parameter { name: "since", kind: Kind::Moment, what: "Since then" },
];

fn kinds() -> Vec<&'static str> {
    EventKind::ALL.map(EventKind::as_str).to_vec()
}

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/events",
        id: "listEvents",
        summary: "What happened, the latest first, page by page",
        query: &[
            &FILTERS,
            &[
                Parameter {
                    name: "limit",
                    kind: Kind::Number(1, 1000, Some(100)),
                    what: "So many at the most",
                },
                Parameter {
                    name: "cursor",
                    kind: Kind::Number(1, i64::MAX, None),
                    what: "Those before the page that gave this as `next_cursor`, with the same other parameters",
                },
            ],
        ],
        answer: Content::Json(200, "EventList"),
        handler: |api, call| Box::pin(list(api, call)),
        ..READ
    },
    Route {
        path: "/events.csv",
        id: "exportEvents",
        summary: "What happened, the latest first, as a table",
        query: &[
            &FILTERS,
            &[Parameter {
                name: "limit",
                kind: Kind::Number(1, 10_000, Some(10_000)),
                what: "So many at the most",
            }],
        ],
        answer: Content::Csv,
        handler: |api, call| Box::pin(export(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct List {
    events: Vec<EventRow>,
    next_cursor: Option<i64>,
}

async fn list(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let limit = call.given.count("limit").unwrap_or(100);
    let mut events = events(api, &call, limit + 1).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let next_cursor = events.last().filter(|_| more).map(|event| event.id);
    json(&List { events, next_cursor })
}

async fn export(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let limit = call.given.count("limit").unwrap_or(10_000);
    let events = events(api, &call, limit).await?;
    Ok(csv(table::table(&table::events(), events), "attachment; filename=\"events.csv\""))
}

async fn events(api: &Api, call: &Call<'_>, limit: usize) -> Result<Vec<EventRow>, Problem> {
    let (given, snapshot) = (&call.given, &*call.snapshot);
    let device = given.text("device").map(|name| {
        let known = snapshot.device(name).map(|device| device.id);
        known.ok_or_else(|| Problem::parameter("device", "there is none of that name", "a name of /devices"))
    });
    let filter = EventFilter {
        device: device.transpose()?,
        interface: given.number("interface_id").map(InterfaceId),
        kinds: given.texts("kind").into_iter().filter_map(EventKind::from_word).collect(),
        since: given.moment("since"),
        before: given.number("cursor"),
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    };
    let events = api.ask("events are not known", move |store| store.events(&filter)).await?;
    Ok(events.into_iter().map(|event| EventRow::of(event, snapshot)).collect())
}
