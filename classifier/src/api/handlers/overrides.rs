//! `/interfaces/{id}/override`: what someone knows better than the rules.

use std::time::Duration;

use serde::Serialize;
use service::http::Response;

use super::interfaces::{ID, named};
use crate::api::problem::{Problem, Reason};
use crate::api::routes::{Access, Body, Call, Content, READ, Route, Verb};
use crate::api::shape::{InterfaceRow, Override};
use crate::api::{Api, json, now, patch};
use crate::change::{Event, EventKind};
use crate::state::{Decision, Interface};

/// How long a request waits until its decision is kept. What is being written goes first.
const PATIENCE: Duration = Duration::from_secs(15);

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Patch,
        path: "/interfaces/{id}/override",
        id: "setOverride",
        summary: "Decides what an interface is; what is left out stays as it was decided, null leaves it to the rules",
        segments: &[ID],
        body: Some(Body {
            media: &["application/json", "application/merge-patch+json"],
            schema: "OverridePatch",
            most: 64 * 1024,
        }),
        answer: Content::Json(200, "OverrideAnswer"),
        access: Access::Change,
        handler: |api, call| Box::pin(set(api, call)),
        ..READ
    },
    Route {
        verb: Verb::Delete,
        path: "/interfaces/{id}/override",
        id: "deleteOverride",
        summary: "Takes a decision back: the rules decide again",
        segments: &[ID],
        answer: Content::Json(200, "OverrideAnswer"),
        access: Access::Change,
        handler: |api, call| Box::pin(delete(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct Decided<'a> {
    interface: InterfaceRow<'a>,
    #[serde(rename = "override")]
    decided: Option<Override<'a>>,
}

async fn set(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let interface = &named(&call, &call.snapshot)?.interface;
    let before = interface.decided.as_ref();
    let decision = patch::decide(before, &call.request.body, user(&call), now())?;
    let event = event(interface, EventKind::OverrideSet, words(before), words(Some(&decision)));
    keep(api, &call, Some(decision), event).await
}

async fn delete(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let interface = &named(&call, &call.snapshot)?.interface;
    let Some(before) = &interface.decided else {
        let why = match interface.label.overridden {
            true => "its override stands in the file of overrides, and is taken back there",
            false => "it has no override",
        };
        return Err(Problem::new(Reason::NotFound, why));
    };
    let event = event(interface, EventKind::OverrideRemoved, words(Some(before)), user(&call).to_owned());
    keep(api, &call, None, event).await
}

fn user<'c>(call: &'c Call<'_>) -> &'c str {
    call.request.user.as_deref().unwrap_or_default()
}

/// Who decided, and why.
fn words(decision: Option<&Decision>) -> String {
    decision.map(|decided| format!("{}: {}", decided.author, decided.reason)).unwrap_or_default()
}

fn event(interface: &Interface, kind: EventKind, old: String, new: String) -> Event {
    Event { at: now(), kind, interface: Some(interface.id), if_name: interface.facts.key(), old, new }
}

/// Has the store keep a decision, and shows what comes of it.
async fn keep(
    api: &Api,
    call: &Call<'_>,
    decision: Option<Decision>,
    event: Event,
) -> Result<Response, Problem> {
    let id = named(call, &call.snapshot)?.interface.id;
    let deciding = api.keeper.decide(id, decision, event);
    let Ok(kept) = tokio::time::timeout(PATIENCE, deciding).await else {
        let message = format!(
            "the database has not answered within {} s; it may still come to know of it, so look before trying again",
            PATIENCE.as_secs()
        );
        return Err(Problem::new(Reason::Database, message));
    };
    let there =
        kept.map_err(|error| Problem::database(&error, "nothing has changed, as it cannot be kept"))?;
    let snapshot = api.fresh.now().await;
    let row = named(call, &snapshot).ok().filter(|_| there);
    let shown = row.and_then(|row| Some((row, InterfaceRow::of_row(&snapshot, row)?)));
    let (row, interface) = shown.ok_or_else(|| Problem::not_found("interface", &id.to_string(), &[]))?;
    tracing::info!(interface = %id, name = %interface.if_name, device = interface.device_name, by = user(call), "an override has changed");
    json(&Decided { interface, decided: row.interface.decided.as_ref().map(Override::of) })
}
