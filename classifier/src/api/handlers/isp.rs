//! Providers' lines, and interfaces by device: what the first users' pages ask for, for many devices at once.

use std::collections::BTreeMap;

use serde::Serialize;
use service::http::Response;

use super::critical::LIMIT;
use crate::api::json;
use crate::api::parameters::{Given, Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::select::{FILTERS, Filter, Order};
use crate::api::shape::InterfaceRow;
use crate::api::snapshot::{Row, Snapshot};
use crate::facts::Status;
use crate::kind::InterfaceType;
use crate::timestamp::Timestamp;

/// Devices that are asked about.
pub const DEVICES: [Parameter; 2] = [
    Parameter { name: "device_ips", kind: Kind::Texts, what: "Devices, by their addresses in the inventory" },
    Parameter { name: "devices", kind: Kind::Texts, what: "Devices, by name" },
];

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/interfaces/isp",
        id: "listIspInterfaces",
        summary: "Providers' lines by provider, physical interfaces before logical ones",
        query: &[&FILTERS, &[LIMIT]],
        answer: Content::Json(200, "IspList"),
        tagged: true,
        handler: |_, call| Box::pin(async move { isp(&call) }),
        ..READ
    },
    Route {
        path: "/interfaces/isp-status",
        id: "getIspStatus",
        summary: "Whether the lines of devices are up, by device and provider",
        query: &[&DEVICES],
        answer: Content::Json(200, "IspStatus"),
        tagged: true,
        handler: |_, call| Box::pin(async move { isp_status(&call) }),
        ..READ
    },
    Route {
        path: "/interfaces/by-devices",
        id: "listInterfacesByDevices",
        summary: "All interfaces of devices, by device",
        query: &[&DEVICES],
        answer: Content::Json(200, "ByDevices"),
        tagged: true,
        handler: |_, call| Box::pin(async move { by_devices(&call) }),
        ..READ
    },
];

#[derive(Serialize)]
struct Isp<'a> {
    total: usize,
    providers: Vec<Provider<'a>>,
}

#[derive(Serialize)]
struct Provider<'a> {
    /// `None`: the provider is not known.
    isp_provider: Option<&'a str>,
    interfaces_up: usize,
    interfaces: Vec<InterfaceRow<'a>>,
}

fn isp(call: &Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let filter = Filter::of(&call.given, snapshot)?;
    let page = filter.page(snapshot, Order::of(&call.given), None, usize::MAX);
    let mut rows: Vec<&Row> = page.rows.into_iter().filter(|row| row.kind == InterfaceType::Isp).collect();
    let total = rows.len();
    // Stable: otherwise they stay in the order that is asked for.
    rows.sort_by_key(|row| (row.provider.unwrap_or(u16::MAX), !row.physical));
    rows.truncate(call.given.count("limit").unwrap_or(1000));
    let providers = rows.chunk_by(|a, b| a.provider == b.provider).map(|rows| Provider {
        isp_provider: rows.first().and_then(|row| snapshot.provider(row)).map(|name| &**name),
        interfaces_up: rows.iter().filter(|row| row.oper == Some(Status::Up)).count(),
        interfaces: InterfaceRow::of_rows(snapshot, rows.iter().copied()),
    });
    json(&Isp { total, providers: providers.collect() })
}

/// The devices that are asked about, as they are called in the question, and their rows. There are none for a device
/// that is not known.
pub fn asked<'a>(given: &'a Given, snapshot: &'a Snapshot) -> Result<Vec<(&'a str, Vec<&'a Row>)>, Problem> {
    let (ips, names) = (given.texts("device_ips"), given.texts("devices"));
    if ips.is_empty() && names.is_empty() {
        let expected = "up to 200 addresses such as 192.0.2.1,192.0.2.9, or names in `devices`";
        return Err(Problem::parameter("device_ips", "no device is named", expected));
    }
    let mut asked: BTreeMap<&str, Vec<usize>> = ips.iter().map(|ip| (*ip, Vec::new())).collect();
    for (place, device) in snapshot.devices().iter().enumerate().filter(|_| !ips.is_empty()) {
        if let Some(places) = asked.get_mut(device.head.facts.address.as_str()) {
            places.push(place);
        }
    }
    for name in names {
        asked.entry(name).or_default().extend(snapshot.place(name));
    }
    let rows = |places: Vec<usize>| {
        let rows = places.into_iter().flat_map(|place| snapshot.rows_of(place));
        rows.filter(|row| !row.gone).collect()
    };
    Ok(asked.into_iter().map(|(device, places)| (device, rows(places))).collect())
}

#[derive(Serialize)]
struct Line<'a> {
    /// `up` or `down`: whether any of them is up.
    status: &'static str,
    id: crate::state::InterfaceId,
    if_name: std::borrow::Cow<'a, str>,
    if_alias: &'a str,
    oper_status: Option<&'static str>,
    admin_status: Option<&'static str>,
    is_critical: bool,
    last_seen: Option<Timestamp>,
    last_status_change: Option<Timestamp>,
    interfaces: usize,
}

#[derive(Serialize)]
struct IspStatus<'a> {
    devices: BTreeMap<&'a str, BTreeMap<&'a str, Line<'a>>>,
}

fn isp_status(call: &Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let devices = asked(&call.given, snapshot)?.into_iter().map(|(device, rows)| {
        let mut lines: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.kind == InterfaceType::Isp) {
            let provider = snapshot.provider(row).map_or("unknown", |name| name);
            lines.entry(provider).or_default().push(row);
        }
        let lines = lines.into_iter().filter_map(|(provider, rows)| Some((provider, line(snapshot, rows)?)));
        (device, lines.collect())
    });
    json(&IspStatus { devices: devices.collect() })
}

/// How it stands with a provider's lines on one device. Physical interfaces tell; what is made of them only where there
/// are none. Of these one that is up stands for all.
fn line<'a>(snapshot: &'a Snapshot, mut rows: Vec<&'a Row>) -> Option<Line<'a>> {
    let interfaces = rows.len();
    if rows.iter().any(|row| row.physical) {
        rows.retain(|row| row.physical);
    }
    let up = |row: &Row| row.oper == Some(Status::Up);
    let shown = rows.iter().find(|row| up(row)).or(rows.first())?;
    let row = InterfaceRow::of_row(snapshot, shown)?;
    Some(Line {
        status: if up(shown) { "up" } else { "down" },
        id: row.id,
        if_name: row.if_name,
        if_alias: row.if_alias,
        oper_status: row.oper_status,
        admin_status: row.admin_status,
        is_critical: row.is_critical,
        last_seen: row.last_seen,
        last_status_change: row.last_status_change,
        interfaces,
    })
}

#[derive(Serialize)]
struct ByDevices<'a> {
    devices: BTreeMap<&'a str, Vec<InterfaceRow<'a>>>,
}

fn by_devices(call: &Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let devices = asked(&call.given, snapshot)?;
    let rows = devices.into_iter().map(|(device, rows)| (device, InterfaceRow::of_rows(snapshot, rows)));
    json(&ByDevices { devices: rows.collect() })
}
