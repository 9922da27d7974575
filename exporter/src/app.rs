//! All parts of the serving exporter, and the one function that puts them together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use bytes::Bytes;
use service::build;
use service::http::{Limits, Request, Response, Server, StatusCode};
use service::metrics::Metrics;
use service::ready::Readiness;
use service::reload::Reloader;
use service::web::Web;
use snmp::Client;

use crate::address::Allowed;
use crate::args::{Files, Serve, Snmp};
use crate::endpoints;
use crate::gate::Gate;
use crate::history::History;
use crate::own::OwnMetrics;
use crate::render::Settings;
use crate::share::Share;
use crate::snapshot::Snapshot;

/// What requests work with.
pub struct App {
    /// What is configured, swapped whole on reload.
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    /// The SNMP client.
    pub client: Client,
    /// How many scrapes run.
    pub gate: Gate,
    /// Equal scrapes share one walk.
    pub scrapes: Share<String, Answered>,
    /// How each device's last scrape went.
    pub history: History,
    /// Own metrics.
    pub own: OwnMetrics,
    /// How values are written.
    pub settings: Settings,
    /// Whether packets of every scrape are logged.
    pub debug_packets: bool,
    /// Which addresses `/snmp` may scrape beside the inventory.
    pub allowed: Allowed,
    /// The flags.
    pub flags: Serve,
    /// Where own metrics are.
    pub telemetry_path: String,
    metrics: Metrics,
    readiness: Readiness,
    reloader: Reloader,
}

/// A scrape's answer: status and text.
pub type Answered = (StatusCode, Bytes);

/// Connections at once: scrapers keep one for each device.
const CONNECTIONS: usize = 8192;

impl App {
    /// Answers a request.
    pub async fn answer(self: Arc<Self>, request: Request) -> Response {
        let path = request.path.as_str();
        if path == self.telemetry_path {
            let _answering = self.own.answering();
            return self.metrics.answer(&request);
        }
        match path {
            "/snmp" => endpoints::snmp::answer(&self, &request).await,
            "/sd" => endpoints::sd::answer(&self.snapshot.load(), &request),
            "/config" => endpoints::config::answer(self.snapshot.load_full()).await,
            "/" => endpoints::landing::answer(&self),
            "/-/healthy" => service::ready::healthy(),
            "/-/ready" => self.readiness.answer(),
            "/-/reload" => endpoints::reload::answer(&self.reloader, &request).await,
            _ => match path.strip_prefix("/devices/").and_then(|rest| rest.strip_suffix("/metrics")) {
                Some(name) => endpoints::device::answer(&self, &request, name).await,
                None => Response::not_found(),
            },
        }
    }

    /// When a scrape has to end so that its answer arrives in time: what the scraper says, less the offset.
    pub fn deadline(&self, request: &Request) -> Option<Instant> {
        let seconds: f64 = request.header("x-prometheus-scrape-timeout-seconds")?.trim().parse().ok()?;
        let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())?;
        // A scraper in a hurry gets at least half of what it grants.
        let usable = timeout.saturating_sub(self.flags.timeout_offset).max(timeout / 2);
        Instant::now().checked_add(usable)
    }
}

/// Serves until asked to stop: the one place that knows who gets what.
///
/// # Errors
/// The configuration is bad, or an address cannot be listened on.
pub async fn serve(
    files: Files,
    snmp: Snmp,
    flags: Serve,
    args: service::args::ServiceArgs,
) -> Result<(), String> {
    service::descriptors::raise_limit();
    let mut metrics = Metrics::new("ward_exporter", build::INFO);
    let own = OwnMetrics::new(&mut metrics, build::INFO);
    let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
    let watched = Arc::new(Mutex::new(Vec::new()));
    let allowed = Allowed::new(&flags.allowed_targets, files.devices.is_some());
    let load = {
        let (snapshot, watched, own) = (snapshot.clone(), watched.clone(), own.clone());
        move || {
            let (loaded, read) = Snapshot::load(&files)?;
            own.devices.set(loaded.inventory.devices().len() as i64);
            own.loaded(loaded.modules.iter().map(|module| module.name.as_str()));
            snapshot.store(Arc::new(loaded));
            *watched.lock().unwrap_or_else(PoisonError::into_inner) = read;
            Ok(())
        }
    };
    let paths = move || watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let reloader = Reloader::start(load, paths)?;
    reloader.register(metrics.registry());
    let web = Web::of(&args)?;
    if let Some(web) = &web {
        web.register(metrics.registry());
    }
    let readiness = Readiness::default();
    let app = Arc::new(App {
        snapshot,
        client: snmp.client(),
        gate: Gate::new(flags.max_concurrent, flags.max_concurrent_per_device, own.waiting.clone()),
        scrapes: Share::default(),
        history: History::default(),
        own,
        settings: snmp.settings(),
        debug_packets: snmp.debug_packets,
        allowed,
        flags,
        telemetry_path: args.telemetry_path.clone(),
        metrics,
        readiness: readiness.clone(),
        reloader,
    });
    let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
    let server = Server::open(&args, limits).await.map_err(|error| error.to_string())?.with_web(web);
    for address in server.addresses() {
        tracing::info!(%address, devices = app.snapshot.load().inventory.devices().len(), "listening");
    }
    if app.allowed.is_everything() {
        tracing::info!(
            "/snmp scrapes any address, as there is no --devices.file; --snmp.allowed-targets says otherwise"
        );
    }
    readiness.set();
    let drained =
        server.serve(move |request| app.clone().answer(request), service::shutdown::requested()).await;
    tracing::info!(cut = drained.cut, "stopped");
    Ok(())
}
