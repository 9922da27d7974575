//! `/snmp?target=&module=&auth=`: any permitted address, as snmp_exporter answers it.

use std::sync::Arc;
use std::time::Instant;

use inventory::{Address, Overrides};
use service::http::{Request, Response, StatusCode};

use crate::address;
use crate::answer;
use crate::app::{Answered, App};
use crate::own::ScrapeLabels;
use crate::plan::Plan;
use crate::render::text::CONTENT_TYPE;
use crate::scrape::{self, Subject};
use crate::snapshot::Snapshot;

/// What a request asks for, checked.
struct Asked {
    /// The target's host as it was written, for messages.
    host: String,
    subject: Subject,
    plan: Arc<Plan>,
    key: String,
}

/// Scrapes the target. What is wrong with the request is 400, what is wrong with the scrape 500.
pub async fn answer(app: &Arc<App>, request: &Request) -> Response {
    let snapshot = app.snapshot.load_full();
    let asked = match asked(app, &snapshot, request).await {
        Ok(asked) => asked,
        Err((status, why)) => {
            app.own.bad_requests.inc();
            return Response::status(status, why + "\n");
        }
    };
    let deadline = app.deadline(request);
    let key = asked.key.clone();
    match app.scrapes.join(key, || work(app.clone(), asked, deadline)).await {
        Some((StatusCode::OK, body)) => Response::new(CONTENT_TYPE, body),
        Some((status, body)) => Response::status(status, body),
        None => Response::status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the scrape ended unexpectedly; see the log\n",
        ),
    }
}

async fn work(app: Arc<App>, asked: Asked, deadline: Option<Instant>) -> Answered {
    let started = Instant::now();
    let Asked { host, subject, plan, .. } = asked;
    let device = subject.address.to_string();
    let _entry = match app.gate.enter(&device, deadline).await {
        Ok(entry) => entry,
        Err(refused) => return (StatusCode::SERVICE_UNAVAILABLE, format!("{refused}\n").into()),
    };
    let walking = app.own.walking();
    let scraped = scrape::scrape(&app.client, &subject, plan, deadline).await;
    drop(walking);
    let answer = answer::snmp(&scraped, &host, &app.settings, started.elapsed());
    let costs: Vec<_> = scraped.harvests().map(|harvest| &harvest.cost).collect();
    let result = match (&answer, scraped.failure()) {
        (Ok(_), _) => "ok",
        (Err(_), Some(failure)) => failure.reason(),
        (Err(_), None) => "series",
    };
    app.own.scraped(ScrapeLabels { endpoint: "snmp", result }, started.elapsed().as_secs_f64(), &costs);
    match answer {
        Ok((text, _)) => (StatusCode::OK, text.into()),
        Err(body) => {
            tracing::info!(target = host, result, "scrape failed");
            (StatusCode::INTERNAL_SERVER_ERROR, body.into())
        }
    }
}

/// Why a request is refused.
type Refusal = (StatusCode, String);

/// Checks the request in the order snmp_exporter does, and says what is wrong in its words.
async fn asked(app: &App, snapshot: &Snapshot, request: &Request) -> Result<Asked, Refusal> {
    let bad = |why: String| Err((StatusCode::BAD_REQUEST, why));
    let targets: Vec<&str> = request.query_all("target").collect();
    let [target] = targets.as_slice() else {
        return bad("'target' parameter must be specified once".into());
    };
    if target.is_empty() {
        return bad("'target' parameter must be specified once".into());
    }
    let mut auths = request.query_all("auth");
    let auth = auths.next().filter(|name| !name.is_empty());
    if auths.next().is_some() {
        return bad("'auth' parameter must only be specified once".into());
    }
    let (address, port) = match address::parse(target) {
        Ok(parsed) => parsed,
        Err(error) => return bad(error),
    };
    // A device of the inventory, by name or address, is asked the way the inventory says.
    let device = snapshot.inventory.device(target).or_else(|| match address {
        Address::Ip(ip) => snapshot.device_at(ip, port),
        Address::Host(_) => None,
    });
    let auth = match (auth, device) {
        (None, Some(device)) => device.auth.clone(),
        (name, _) => {
            let name = name.unwrap_or("public_v2");
            match snapshot.auth(name) {
                Some(auth) => auth.clone(),
                None => return bad(format!("Unknown auth '{name}'")),
            }
        }
    };
    let mut modules: Vec<String> = Vec::new();
    for name in request.query_all("module").flat_map(|list| list.split(',')).filter(|name| !name.is_empty()) {
        if !modules.iter().any(|known| known == name) {
            modules.push(name.into());
        }
    }
    if modules.is_empty() {
        if request.query("module").is_some() {
            return bad("'module' parameter must contain at least one module name".into());
        }
        modules.push("if_mib".into());
    }
    let plan = match snapshot.plan(&modules) {
        Ok(plan) => plan,
        Err(module) => return bad(format!("Unknown module '{module}'")),
    };
    let host = address.to_string();
    let mut subject = match device {
        Some(device) => Subject::from(device),
        None => Subject { address, port, auth: auth.clone(), overrides: Overrides::default() },
    };
    subject.auth = auth;
    if device.is_none() {
        permit(app, &mut subject, target).await?;
    }
    let key = format!("snmp {target} {} {}", subject.auth.name, modules.join(","));
    Ok(Asked { host, subject, plan, key })
}

/// Refuses addresses outside of the permitted networks. A name is resolved here, and what it resolved to is what is
/// scraped, so that it cannot resolve to something else meanwhile.
async fn permit(app: &App, subject: &mut Subject, target: &str) -> Result<(), Refusal> {
    if let Ok(resolved) = address::resolve(&subject.address, subject.port).await {
        if !address::is_allowed(resolved.ip(), &app.flags.allowed_targets) {
            let text = format!(
                "target {target:?} is neither in the inventory nor in a network that --snmp.allowed-targets permits"
            );
            return Err((StatusCode::FORBIDDEN, text));
        }
        // A link-local address needs the zone that its text has.
        if !matches!(&subject.address, Address::Host(host) if host.contains('%')) {
            subject.address = Address::Ip(resolved.ip());
        }
    }
    Ok(())
}
