//! `/snmp?target=&module=&auth=`: any permitted address, as snmp_exporter answers it.

use std::sync::Arc;
use std::time::Instant;

use inventory::{Address, Version};
use service::http::{Request, Response, StatusCode};

use super::params::Params;
use crate::address::{self, BadTarget, Place};
use crate::answer::errors;
use crate::answer::snmp::{self as answer, Manner};
use crate::app::{Answered, App};
use crate::own::ScrapeLabels;
use crate::plan::Plan;
use crate::scrape::{self, Subject};
use crate::snapshot::Snapshot;

/// What a request asks for, checked.
struct Asked {
    /// The target as it was asked for, for messages.
    target: String,
    /// Its host as it was written.
    host: String,
    subject: Subject,
    plan: Arc<Plan>,
    partial: Option<bool>,
}

/// Scrapes the target. What is wrong with the request is 400, what is wrong with the scrape 500.
pub async fn answer(app: &Arc<App>, request: &Request) -> Response {
    let snapshot = app.snapshot.load_full();
    let refused = |(status, why): Refusal| {
        if status != StatusCode::INTERNAL_SERVER_ERROR {
            app.own.refused();
        }
        Response::status(status, why)
    };
    let params = match Params::read(request) {
        Ok(params) => params,
        Err(why) => return refused(bad(why)),
    };
    let asked = match asked(app, &snapshot, &params).await {
        Ok(asked) => asked,
        Err(refusal) => return refused(refusal),
    };
    let deadline = app.deadline(request);
    match app.scrapes.join(params.key(), || work(app.clone(), asked, deadline)).await {
        Some((StatusCode::OK, body)) => Response::new(params.escaping.content_type(), body),
        Some((status, body)) => Response::status(status, body),
        None => Response::status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the scrape ended unexpectedly; see the log\n",
        ),
    }
}

async fn work(app: Arc<App>, asked: Asked, deadline: Option<Instant>) -> Answered {
    let started = Instant::now();
    let Asked { target, host, subject, plan, partial } = asked;
    let device = subject.place.address.to_string();
    let _entry = match app.gate.enter(&device, deadline).await {
        Ok(entry) => entry,
        Err(refused) => return (StatusCode::SERVICE_UNAVAILABLE, format!("{refused}\n").into()),
    };
    let walking = app.own.walking(plan.modules().len());
    let scraped = scrape::scrape(&app.client, &subject, plan, deadline).await;
    drop(walking);
    let settings = &app.settings;
    let manner = Manner { target: &target, host: &host, settings, partial, took: started.elapsed() };
    let answer = answer::answer(&scraped, &manner);
    let result = match (&answer, scraped.failure()) {
        (Ok(_), None) => "ok",
        (_, Some(failure)) => failure.reason(),
        (Err(_), None) => "series",
    };
    app.own.scraped(
        ScrapeLabels { endpoint: "snmp", result },
        started.elapsed().as_secs_f64(),
        Some(&scraped),
    );
    match answer {
        Ok(text) => (StatusCode::OK, text.into()),
        Err(body) => {
            tracing::info!(target = host, result, "scrape failed");
            (StatusCode::INTERNAL_SERVER_ERROR, body.into())
        }
    }
}

/// Why a request is refused: status and body.
type Refusal = (StatusCode, String);

fn bad(why: String) -> Refusal {
    (StatusCode::BAD_REQUEST, why + "\n")
}

/// Finds what the request names.
async fn asked(app: &App, snapshot: &Snapshot, params: &Params<'_>) -> Result<Asked, Refusal> {
    let target = params.target;
    let parsed = address::parse(target);
    // A device of the inventory, by name or address, is asked the way the inventory says.
    let device = snapshot.inventory.device(target).or_else(|| match &parsed {
        Ok(Place { address: Address::Ip(ip), port, .. }) => snapshot.device_at(*ip, *port),
        _ => None,
    });
    let auth = match (params.auth, device) {
        (None, Some(device)) => device.auth.clone(),
        (name, _) => {
            let name = name.unwrap_or("public_v2");
            snapshot.auth(name).cloned().ok_or_else(|| bad(format!("Unknown auth '{name}'")))?
        }
    };
    let plan = snapshot
        .plan(&params.modules, params.escaping)
        .map_err(|module| bad(format!("Unknown module '{module}'")))?;
    let (mut subject, host) = match (device, parsed) {
        (Some(device), _) => (Subject::from(device), device.address.to_string()),
        (None, Ok(place)) => {
            let host = place.address.to_string();
            (Subject::new(permitted(app, place, target).await?, auth.clone()), host)
        }
        (None, Err(error)) => {
            return Err((StatusCode::INTERNAL_SERVER_ERROR, errors::bad_target(&error)));
        }
    };
    if auth.version == Version::V3 {
        subject.context = params.context().map_err(bad)?;
    }
    subject.auth = auth;
    subject.trace = app.debug_packets || params.debug_packets;
    Ok(Asked { target: target.into(), host, subject, plan, partial: params.partial })
}

/// Refuses addresses outside of the permitted networks. A name is resolved here, and what it resolved to is what is
/// scraped, so that it cannot resolve to something else meanwhile.
async fn permitted(app: &App, mut place: Place, target: &str) -> Result<Place, Refusal> {
    if app.allowed.is_everything() {
        return Ok(place);
    }
    let resolved = place.resolve().await.map_err(|failure| {
        let error = BadTarget::Host { host: place.address.to_string(), reason: failure.to_string() };
        (StatusCode::INTERNAL_SERVER_ERROR, errors::bad_target(&error))
    })?;
    if !app.allowed.permits(resolved.ip()) {
        let text = format!(
            "target {target:?} is neither in the inventory nor in a network that --snmp.allowed-targets permits\n"
        );
        return Err((StatusCode::FORBIDDEN, text));
    }
    // A link-local address needs the zone that its text has.
    if !matches!(&place.address, Address::Host(host) if host.contains('%')) {
        place.address = Address::Ip(resolved.ip());
    }
    Ok(place)
}
