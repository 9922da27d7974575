//! `/devices/{name}/metrics`: one device of the inventory. The answer is 200 whatever the device does: that it is
//! down is something to be stored, with the reason and with what was read before.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use inventory::Device;
use service::http::{Request, Response, StatusCode};

use crate::answer::device::{self as answer, DeviceAnswer};
use crate::app::{Answered, App};
use crate::gate::Refused;
use crate::history::LastScrape;
use crate::own::ScrapeLabels;
use crate::render::escaping::Escaping;
use crate::scrape::{self, Subject};
use crate::snapshot::Snapshot;

/// Scrapes the device; 404 where there is none of this name. `?module=` narrows it to some modules.
pub async fn answer(app: &Arc<App>, request: &Request, name: &str) -> Response {
    let snapshot = app.snapshot.load_full();
    let Some(device) = snapshot.inventory.device(name) else {
        app.own.refused();
        return Response::status(StatusCode::NOT_FOUND, unknown(&snapshot, name));
    };
    let mut modules: Vec<String> =
        request.query_all("module").flat_map(|list| list.split(',')).map(String::from).collect();
    if modules.is_empty() {
        modules.clone_from(&device.modules);
    }
    let escaping = Escaping::negotiated(request.header("accept").unwrap_or_default());
    let plan = match snapshot.plan(&modules, escaping) {
        Ok(plan) => plan,
        Err(module) => {
            app.own.refused();
            let hint = snapshot.modules.nearest(&module);
            return Response::bad_request(format!("unknown module {module:?}{hint}\n"));
        }
    };
    let deadline = app.deadline(request);
    let key = format!("device {name:?} {modules:?} {escaping:?}");
    let work = || work(app.clone(), device.clone(), plan, deadline);
    match app.scrapes.join(key, work).await {
        Some((_, body)) => Response::new(escaping.content_type(), body),
        None => Response::status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the scrape ended unexpectedly; see the log\n",
        ),
    }
}

async fn work(
    app: Arc<App>,
    device: Device,
    plan: Arc<crate::plan::Plan>,
    deadline: Option<Instant>,
) -> Answered {
    let started = Instant::now();
    let answer = match app.gate.enter(&device.name, deadline).await {
        Ok(_entry) => {
            let walking = app.own.walking(plan.modules().len());
            let scraped = scrape::scrape(&app.client, &Subject::from(&device), plan, deadline).await;
            drop(walking);
            let answer = answer::answer(&scraped, &app.settings, started.elapsed());
            let labels = ScrapeLabels { endpoint: "devices", result: answer.reason.unwrap_or("ok") };
            app.own.scraped(labels, started.elapsed().as_secs_f64(), Some(&scraped));
            answer
        }
        Err(refused) => {
            let reason = match refused {
                Refused::DeviceBusy => "busy",
                Refused::Deadline => "overload",
            };
            let labels = ScrapeLabels { endpoint: "devices", result: reason };
            app.own.scraped(labels, started.elapsed().as_secs_f64(), None);
            answer::no_scrape(reason, refused.to_string(), started.elapsed())
        }
    };
    note(&app, &device.name, &answer, started);
    (StatusCode::OK, answer.text.into())
}

/// Remembers how it went, and tells the log when that has changed.
fn note(app: &App, device: &str, answer: &DeviceAnswer, started: Instant) {
    let before = app.history.note(
        device,
        LastScrape {
            at: SystemTime::now(),
            took: started.elapsed(),
            series: answer.series,
            problem: answer.problem.clone(),
            up: answer.up,
        },
    );
    match (&answer.problem, before) {
        (Some(problem), None) => {
            tracing::warn!(device, reason = answer.reason.unwrap_or_default(), %problem, "scrape failed or incomplete");
        }
        (None, Some(_)) => tracing::info!(device, "scraped again without problems"),
        _ => tracing::debug!(device, problem = answer.problem.as_deref(), "scraped"),
    }
}

fn unknown(snapshot: &Snapshot, name: &str) -> String {
    let nearest = snapshot.inventory.nearest(name, 3);
    match nearest.as_slice() {
        [] => format!("no device {name:?} in the inventory\n"),
        names => format!("no device {name:?} in the inventory; the nearest names are {}\n", names.join(", ")),
    }
}
