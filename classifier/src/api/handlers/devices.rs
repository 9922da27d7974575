//! `/devices`: how it stands with each of them and its walks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use service::http::Response;

use super::csv;
use crate::api::parameters::{Given, Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::shape::{DeviceDetail, DeviceRow, WalkRow, Walks};
use crate::api::snapshot::Snapshot;
use crate::api::{Api, csv as table, json};
use crate::discover::schedule;
use crate::state::{DeviceId, DeviceState};
use crate::timestamp::Timestamp;

/// So many walks are shown with a device.
const WALKS: u32 = 20;

/// A device's name, in a path.
pub const NAME: Parameter =
    Parameter { name: "name", kind: Kind::Text, what: "The device's name in the inventory" };

const FILTERS: [Parameter; 5] = [
    Parameter {
        name: "q",
        kind: Kind::Text,
        what: "Words that all occur in name, address, sysName, sysDescr, model, serial number, location or labels, in capital letters or not",
    },
    Parameter { name: "site", kind: Kind::Texts, what: "With these labels `site`" },
    Parameter { name: "role", kind: Kind::Texts, what: "With these labels `role`" },
    Parameter {
        name: "failing",
        kind: Kind::Flag,
        what: "Those whose last walk brought nothing, or the others",
    },
    Parameter { name: "walked", kind: Kind::Flag, what: "Those that have ever answered, or the others" },
];

const PAGE: [Parameter; 2] = [
    Parameter { name: "limit", kind: Kind::Number(1, 1000, Some(100)), what: "So many at the most" },
    Parameter {
        name: "cursor",
        kind: Kind::Number(1, i64::MAX, None),
        what: "Those after the page that gave this as `next_cursor`, with the same other parameters",
    },
];

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/devices",
        id: "listDevices",
        summary: "Devices by name, with their last and next walk, page by page",
        query: &[&FILTERS, &PAGE],
        answer: Content::Json(200, "DeviceList"),
        handler: |api, call| Box::pin(async move { list(api, &call) }),
        ..READ
    },
    Route {
        path: "/devices.csv",
        id: "exportDevices",
        summary: "All devices that filters admit, as a table",
        query: &[&FILTERS],
        answer: Content::Csv,
        handler: |api, call| Box::pin(async move { Ok(export(api, &call)) }),
        ..READ
    },
    Route {
        path: "/devices/{name}",
        id: "getDevice",
        summary: "One device: what it says it is, its last walks, its failure, its next walk",
        segments: &[NAME],
        answer: Content::Json(200, "DeviceDetail"),
        handler: |api, call| Box::pin(one(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct List<'a> {
    total: usize,
    devices: Vec<DeviceRow<'a>>,
    next_cursor: Option<DeviceId>,
}

fn list(api: &Api, call: &Call<'_>) -> Result<Response, Problem> {
    let (given, snapshot) = (&call.given, &*call.snapshot);
    let meant = meant(given, snapshot);
    let begin = match given.number("cursor") {
        None => 0,
        Some(cursor) => {
            let last = snapshot.device_by_id(DeviceId(cursor)).ok_or_else(|| {
                let expected = "next_cursor of a page, or none to begin anew";
                Problem::parameter("cursor", "the device it stands at is known no more", expected)
            })?;
            meant.partition_point(|(_, device)| device.head.facts.name <= last.head.facts.name)
        }
    };
    let limit = given.count("limit").unwrap_or(100);
    let page: Vec<_> = meant.iter().skip(begin).take(limit).collect();
    let more = meant.len() > begin + page.len();
    let next_cursor = page.last().filter(|_| more).map(|(_, device)| device.id);
    let running = api.discovery.running();
    let rows = page.into_iter().map(|(place, device)| row(api, &running, snapshot, *place, device));
    json(&List { total: meant.len(), devices: rows.collect(), next_cursor })
}

fn export(api: &Api, call: &Call<'_>) -> Response {
    let snapshot = &*call.snapshot;
    let running = api.discovery.running();
    let meant = meant(&call.given, snapshot);
    let rows = meant.into_iter().map(|(place, device)| row(api, &running, snapshot, place, device));
    csv(table::table(&table::devices(), rows), "attachment; filename=\"devices.csv\"")
}

/// The devices that filters admit, with their places, by name.
fn meant<'s>(given: &Given, snapshot: &'s Snapshot) -> Vec<(usize, &'s Arc<DeviceState>)> {
    let words = given.text("q").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    let (sites, roles) = (given.texts("site"), given.texts("role"));
    let (failing, walked) = (given.flag("failing"), given.flag("walked"));
    let admits = |device: &DeviceState| {
        let (head, facts) = (&device.head, &device.head.facts);
        let label = |name: &str| facts.labels.get(name).map(String::as_str).unwrap_or_default();
        (sites.is_empty() || sites.contains(&label("site")))
            && (roles.is_empty() || roles.contains(&label("role")))
            && failing.is_none_or(|failing| failing == (head.failures > 0))
            && walked.is_none_or(|walked| walked == head.first_seen.is_some())
            && (words.is_empty() || {
                let own = [&facts.name, &facts.address, &facts.sys_name, &facts.sys_descr];
                let more = [&facts.model, &facts.serial, &facts.location];
                let texts = own.into_iter().chain(more).chain(facts.labels.values());
                let text: String = texts.flat_map(|text| [text.as_str(), "\n"]).collect();
                let text = text.to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
    };
    snapshot.devices().iter().enumerate().filter(|(_, device)| admits(device)).collect()
}

fn row<'s>(
    api: &Api,
    running: &BTreeMap<Arc<str>, Timestamp>,
    snapshot: &'s Snapshot,
    place: usize,
    device: &'s DeviceState,
) -> DeviceRow<'s> {
    let name = device.head.facts.name.as_str();
    let walks =
        Walks { next: schedule::due(name, &device.head, api.interval), since: running.get(name).copied() };
    DeviceRow::of(device, snapshot.rows_of(place), walks)
}

async fn one(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let (place, device) = named(&call, snapshot)?;
    let id = device.id;
    let walks = api.ask("earlier walks are not known", move |store| store.runs(id, WALKS)).await;
    let (walks, walks_problem) = match walks {
        Ok(runs) => (Some(runs.into_iter().map(WalkRow::from).collect()), None),
        Err(problem) => (None, Some(problem.message().to_owned())),
    };
    let mut by_type: BTreeMap<&'static str, usize> = BTreeMap::new();
    for row in snapshot.rows_of(place).iter().filter(|row| !row.gone) {
        *by_type.entry(row.kind.as_str()).or_default() += 1;
    }
    let facts = &device.head.facts;
    json(&DeviceDetail {
        device: row(api, &api.discovery.running(), snapshot, place, device),
        sys_descr: &facts.sys_descr,
        sys_object_id: &facts.sys_object_id,
        location: &facts.location,
        chassis: &facts.chassis,
        engine_id: &facts.engine_id,
        generation: device.head.generation,
        interfaces_by_type: by_type,
        walks,
        walks_problem,
    })
}

/// The device that the path names.
pub fn named<'s>(call: &Call<'_>, snapshot: &'s Snapshot) -> Result<(usize, &'s Arc<DeviceState>), Problem> {
    let name = call.given.text("name").unwrap_or_default();
    let found = snapshot.place(name).and_then(|place| Some((place, snapshot.devices().get(place)?)));
    found.ok_or_else(|| {
        let names = snapshot.devices().iter().map(|device| device.head.facts.name.as_str());
        Problem::not_found("device", name, &inventory::nearest::nearest(name, names, 3))
    })
}
