//! What is most asked of interfaces: how many there are of what, and which are critical.

use std::collections::BTreeMap;

use serde::Serialize;
use service::http::Response;

use crate::api::json;
use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::select::{FILTERS, Filter, Order};
use crate::api::shape::InterfaceRow;
use crate::facts::Status;
use crate::kind::InterfaceType;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/interfaces/summary",
        id: "summarizeInterfaces",
        summary: "How many interfaces there are, of each type and provider, and how many are up",
        query: &[&FILTERS],
        answer: Content::Json(200, "Summary"),
        tagged: true,
        handler: |_, call| Box::pin(async move { summary(&call) }),
        ..READ
    },
    Route {
        path: "/interfaces/critical",
        id: "listCriticalInterfaces",
        summary: "Critical interfaces, those that are down first",
        query: &[&FILTERS, &[LIMIT]],
        answer: Content::Json(200, "CriticalList"),
        tagged: true,
        handler: |_, call| Box::pin(async move { critical(&call) }),
        ..READ
    },
];

/// How many are shown of a list that has no pages.
pub const LIMIT: Parameter =
    Parameter { name: "limit", kind: Kind::Number(1, 10_000, Some(1000)), what: "So many at the most" };

/// The names are those of the system the first users had before.
#[derive(Debug, Default, Serialize)]
struct Summary<'a> {
    total_interfaces: usize,
    critical_interfaces: usize,
    critical_interfaces_down: usize,
    isp_interfaces: usize,
    trunk_interfaces: usize,
    interfaces_up: usize,
    interfaces_down: usize,
    interfaces_for_review: usize,
    interfaces_overridden: usize,
    devices: usize,
    interfaces_by_type: BTreeMap<&'static str, usize>,
    interfaces_by_provider: BTreeMap<&'a str, usize>,
    isp_providers: Vec<&'a str>,
}

fn summary(call: &Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let filter = Filter::of(&call.given, snapshot)?;
    let mut summary = Summary::default();
    let mut kinds = [0; InterfaceType::ALL.len()];
    let mut providers = vec![0; snapshot.providers().len()];
    let mut device = None;
    for (_, row) in filter.all(snapshot) {
        let up = row.oper == Some(Status::Up);
        summary.total_interfaces += 1;
        summary.critical_interfaces += usize::from(row.critical);
        summary.critical_interfaces_down += usize::from(row.critical && !up);
        summary.interfaces_up += usize::from(up);
        summary.interfaces_down += usize::from(!up);
        summary.interfaces_for_review += usize::from(row.review);
        summary.interfaces_overridden += usize::from(row.overridden);
        // Rows of one device stand together.
        summary.devices += usize::from(device.replace(row.device) != Some(row.device));
        if let Some(count) = kinds.get_mut(row.kind as usize) {
            *count += 1;
        }
        if let Some(count) = row.provider.and_then(|place| providers.get_mut(usize::from(place))) {
            *count += 1;
        }
    }
    let kinds = InterfaceType::ALL.into_iter().zip(kinds);
    summary.interfaces_by_type = kinds.map(|(kind, count)| (kind.as_str(), count)).collect();
    let of = |kind: InterfaceType| summary.interfaces_by_type.get(kind.as_str()).copied().unwrap_or(0);
    (summary.isp_interfaces, summary.trunk_interfaces) = (of(InterfaceType::Isp), of(InterfaceType::Trunk));
    let providers = snapshot.providers().iter().zip(providers).filter(|(_, count)| *count > 0);
    summary.interfaces_by_provider = providers.map(|(name, count)| (&**name, count)).collect();
    summary.isp_providers = summary.interfaces_by_provider.keys().copied().collect();
    json(&summary)
}

#[derive(Serialize)]
struct Critical<'a> {
    total: usize,
    down: usize,
    interfaces: Vec<InterfaceRow<'a>>,
}

fn critical(call: &Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let filter = Filter::of(&call.given, snapshot)?;
    let order = Order::of(&call.given);
    let page = filter.page(snapshot, order, None, usize::MAX);
    let mut rows: Vec<_> = page.rows.into_iter().filter(|row| row.critical).collect();
    rows.sort_by_key(|row| row.oper == Some(Status::Up));
    let total = rows.len();
    let down = rows.iter().filter(|row| row.oper != Some(Status::Up)).count();
    rows.truncate(call.given.count("limit").unwrap_or(1000));
    json(&Critical { total, down, interfaces: InterfaceRow::of_rows(snapshot, rows) })
}
