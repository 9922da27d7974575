//! `/topology/manual-links`: links that nobody hears and someone knows of.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use service::http::Response;

use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::{Problem, Reason};
use crate::api::routes::{Access, Body, Call, Content, READ, Route, Verb};
use crate::api::snapshot::Snapshot;
use crate::api::{Api, json, now, patch};
use crate::change::{Event, EventKind};
use crate::state::{DeviceId, InterfaceId};
use crate::store::SaidLink;
use crate::timestamp::Timestamp;
use crate::topology::known::{Ends, Port, Said};
use crate::topology::manual::ManualLink;

/// How long a request waits until what it says is kept.
const PATIENCE: Duration = Duration::from_secs(15);

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/topology/manual-links",
        id: "listManualLinks",
        summary: "Links that someone has said there are, here or in the file",
        answer: Content::Json(200, "ManualLinks"),
        handler: |api, call| Box::pin(async move { list(api, &call.snapshot) }),
        ..READ
    },
    Route {
        verb: Verb::Post,
        path: "/topology/manual-links",
        id: "setManualLink",
        summary: "Says that there is a link, over what was said of it; it goes before what is heard on its ports",
        body: Some(Body { media: &["application/json"], schema: "ManualLinkRequest", most: 64 * 1024 }),
        answer: Content::Json(200, "ManualLink"),
        access: Access::Change,
        handler: |api, call| Box::pin(set(api, call)),
        ..READ
    },
    Route {
        verb: Verb::Delete,
        path: "/topology/manual-links/{id}",
        id: "deleteManualLink",
        summary: "Takes a link back: what is heard on its ports counts again",
        segments: &[Parameter {
            name: "id",
            kind: Kind::Number(1, i64::MAX, None),
            what: "The link's number",
        }],
        answer: Content::Json(200, "ManualLink"),
        access: Access::Change,
        handler: |api, call| Box::pin(delete(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct List<'a> {
    links: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: Option<i64>,
    #[serde(flatten)]
    ends: &'a Ends,
    #[serde(flatten)]
    said: &'a Said,
    created_at: Option<Timestamp>,
    /// `api` or `file`.
    source: &'static str,
    in_force: bool,
    /// Why it is not.
    why: Option<&'static str>,
}

impl<'a> Shown<'a> {
    fn of(link: &'a ManualLink, in_force: &[ManualLink], snapshot: &Snapshot) -> Self {
        let there = |port: &Port| interface(snapshot, port).is_some();
        let why = if !link.holds(now()) {
            Some("its time is over")
        } else if !in_force.contains(link) {
            Some("another has been said of one of its ports")
        } else if !link.ends.both().into_iter().all(there) {
            Some("one of its ports is not there")
        } else {
            None
        };
        Self {
            id: link.id,
            ends: &link.ends,
            said: &link.said,
            created_at: link.id.map(|_| link.created),
            source: if link.id.is_some() { "api" } else { "file" },
            in_force: why.is_none(),
            why,
        }
    }
}

fn list(api: &Api, snapshot: &Snapshot) -> Result<Response, Problem> {
    let in_force = api.manual.in_force(now());
    let (stored, file) = (api.manual.stored.load(), api.manual.file.load());
    let links = stored.iter().chain(file.iter()).map(|link| Shown::of(link, &in_force, snapshot));
    json(&List { links: links.collect() })
}

async fn set(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let user = call.request.user.as_deref().unwrap_or_default();
    let (ports, said) = patch::link(&call.request.body, user, now())?;
    for (port, field) in ports.iter().zip(["a", "b"]) {
        if interface(&call.snapshot, port).is_none() {
            let wrong = format!("there is no interface {:?} of a device {:?}", port.if_name, port.device);
            return Err(Problem::parameter(field, &wrong, "a device of /devices and an interface's name"));
        }
    }
    let [one, two] = ports;
    let ends = Ends::new(one, two);
    let stored = api.manual.stored.load();
    let on_port = |link: &&ManualLink| {
        let mut ports = ends.both().into_iter();
        link.ends != ends && link.holds(now()) && ports.any(|port| link.ends.both().contains(&port))
    };
    if let Some(other) = stored.iter().find(on_port) {
        let id = other.id.unwrap_or_default();
        let wrong = format!("link {id} has one of these ports already");
        return Err(Problem::parameter("a", &wrong, "ports without another such link; DELETE takes it back"));
    }
    let before = stored.iter().find(|link| link.ends == ends);
    let old = before.map(|link| words(&link.said)).unwrap_or_default();
    let events = events(&call.snapshot, EventKind::ManualLinkSet, &ends, &old, &words(&said));
    let link = Arc::new(ManualLink { id: None, ends, said, created: now() });
    let kept = Arc::clone(&link);
    keep(api, move |store| store.say_link(&SaidLink::Is(&kept), &events)).await?;
    tracing::info!(
        device = link.ends.a.device,
        interface = link.ends.a.if_name,
        by = user,
        "a link was said"
    );
    let stored = api.manual.stored.load();
    let same = stored.iter().find(|known| known.ends == link.ends);
    let known =
        same.ok_or_else(|| Problem::new(Reason::NotFound, "someone else has taken it back meanwhile"))?;
    json(&Shown::of(known, &api.manual.in_force(now()), &call.snapshot))
}

async fn delete(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let id = call.given.number("id").unwrap_or_default();
    let none = || Problem::not_found("manual link", &id.to_string(), &[]);
    let link = api.manual.stored.load().iter().find(|link| link.id == Some(id)).cloned().ok_or_else(none)?;
    let shown = json(&Shown::of(&link, &api.manual.in_force(now()), &call.snapshot));
    let user = call.request.user.as_deref().unwrap_or_default();
    let before = words(&link.said);
    let events = events(&call.snapshot, EventKind::ManualLinkRemoved, &link.ends, &before, user);
    let there = keep(api, move |store| store.say_link(&SaidLink::IsNot(id), &events)).await?;
    tracing::info!(id, by = user, "a link was taken back");
    if there { shown } else { Err(none()) }
}

/// Has the store keep it, and knows it from then on.
async fn keep(
    api: &Api,
    mut say: impl FnMut(&mut dyn crate::store::Store) -> crate::store::Result<bool> + Send + 'static,
) -> Result<bool, Problem> {
    let asked = api.keeper.ask(move |store| Ok((say(store)?, store.manual_links()?)));
    let Ok(kept) = tokio::time::timeout(PATIENCE, asked).await else {
        let message = format!(
            "the database has not answered within {} s; it may still come to know of it, so look before trying again",
            PATIENCE.as_secs()
        );
        return Err(Problem::new(Reason::Database, message));
    };
    let (there, links) =
        kept.map_err(|error| Problem::database(&error, "nothing has changed, as it cannot be kept"))?;
    api.manual.stored.store(Arc::new(links));
    api.manual.changed.notify_one();
    Ok(there)
}

/// The interface of a port, and its device.
fn interface(snapshot: &Snapshot, port: &Port) -> Option<(DeviceId, InterfaceId)> {
    let device = snapshot.device(&port.device)?;
    let interface = device.present().find(|interface| interface.key == port.if_name)?;
    Some((device.id, interface.id))
}

/// What is noted of it at both ends.
fn events(snapshot: &Snapshot, kind: EventKind, ends: &Ends, old: &str, new: &str) -> Vec<(DeviceId, Event)> {
    let event = |port: &Port| {
        let (device, interface) = interface(snapshot, port)?;
        let (old, new, if_name) = (old.to_owned(), new.to_owned(), port.if_name.clone());
        Some((device, Event { at: now(), kind, interface: Some(interface), if_name, old, new }))
    };
    ends.both().into_iter().filter_map(event).collect()
}

/// Who has said it, and why.
fn words(said: &Said) -> String {
    format!("{}: {}", said.author, said.reason)
}
