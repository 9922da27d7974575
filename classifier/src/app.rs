//! All parts of the serving classifier, and the one function that puts them together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use inventory::Inventory;
use service::build;
use service::http::{Limits, Request, Response, Server, StatusCode};
use service::metrics::Metrics;
use service::reload::Reloader;
use service::web::Web;
use tokio::task::JoinHandle;

use crate::analytics;
use crate::analytics::client::Client;
use crate::analytics::keep::Summaries;
use crate::analytics::metrics::{QueryMetrics, SummaryMetrics};
use crate::api::Api;
use crate::api::problem::worded;
use crate::args::{self, RuleFiles, Serve, Sources};
use crate::change::Policy;
use crate::commands;
use crate::discover::schedule::Pace;
use crate::discover::walk::listed;
use crate::discover::{Discovery, Settings};
use crate::endpoints;
use crate::facts::DeviceFacts;
use crate::labeller::RuleFile;
use crate::own::{Counted, OwnMetrics, RuleVotes};
use crate::serving;
use crate::store::{self, Ending, Fleet, Keeper, Location, Options, StoreMetrics};
use crate::topology::{self, watch};

/// What requests work with.
pub struct App {
    /// What is known, and the store.
    pub keeper: Keeper,
    /// The inventory, swapped whole on reload.
    pub inventory: Arc<ArcSwap<Inventory>>,
    /// The REST API.
    pub api: Api,
    telemetry_path: String,
    metrics: Metrics,
    reloader: Reloader,
}

impl App {
    /// Answers a request.
    pub async fn answer(self: Arc<Self>, request: Request) -> Response {
        let path = request.path.as_str();
        if path == self.telemetry_path {
            return match self.is_ready() {
                true => self.metrics.answer(&request),
                false => Response::status(StatusCode::SERVICE_UNAVAILABLE, NOT_LOADED),
            };
        }
        if path.starts_with("/api/") {
            return self.api.answer(&request).await;
        }
        match path {
            "/" => endpoints::landing(&self.telemetry_path),
            "/-/healthy" => service::ready::healthy(),
            "/-/ready" => endpoints::ready(&self.keeper.status()),
            "/-/reload" => endpoints::reload(&self.reloader, &request).await,
            _ => Response::not_found(),
        }
    }

    /// Whether all that is stored has been read: what is shown before that would look like interfaces lost.
    fn is_ready(&self) -> bool {
        self.keeper.status().begun
    }
}

/// What `/metrics` says before that.
const NOT_LOADED: &str = "what is known has not been read from the database yet\n";

/// The parts that serving and `discover` have in common.
pub struct Parts {
    /// The inventory.
    pub inventory: Arc<ArcSwap<Inventory>>,
    /// How often each rule has voted.
    pub votes: RuleVotes,
    /// The rules in force, swapped whole on reload.
    pub rules: Arc<ArcSwap<RuleFile>>,
    /// What is known, and the store.
    pub keeper: Keeper,
    /// Ends the store's thread.
    pub ending: Ending,
    /// The name of this classifier.
    pub owner: String,
}

impl Parts {
    /// Reads inventory and rules, and opens the store.
    ///
    /// # Errors
    /// A file is bad, or the database is named in a way that cannot be.
    pub fn open(sources: &Sources, rules: &RuleFiles) -> Result<Self, String> {
        let inventory = commands::inventory(&sources.devices)?;
        let votes = RuleVotes::default();
        let file = commands::rule_file(rules)?;
        let labeller = Arc::new(Counted { in_force: file.in_force.clone(), votes: Arc::clone(&votes) });
        let fleet = Arc::new(Fleet::new(labeller, Policy::default()));
        fleet.describe(described(&inventory), SystemTime::now().into());
        let location = location(sources)?;
        let owner = owner();
        let open = {
            let owner = owner.clone();
            Box::new(move || store::open(&location, &owner))
        };
        let (keeper, ending) = Keeper::start(fleet, open, Options::default())
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        let inventory = Arc::new(ArcSwap::from_pointee(inventory));
        let rules = Arc::new(ArcSwap::from_pointee(file));
        Ok(Self { inventory, votes, rules, keeper, ending, owner })
    }
}

/// What the inventory says of its devices.
fn described(inventory: &Inventory) -> Vec<DeviceFacts> {
    inventory.devices().iter().map(listed).collect()
}

/// The database the flags name.
///
/// # Errors
/// It is named in a way that cannot be, or the file with its password cannot be read.
pub fn location(sources: &Sources) -> Result<Location, String> {
    let env = |name: &str| std::env::var(name).ok();
    let location = sources.database.location(&env, &|file| std::fs::read_to_string(file));
    location.map_err(|error| error.to_string())
}

/// The client of the server that keeps the series, where one is named.
///
/// # Errors
/// It is named in a way that cannot be, or a file that goes with it cannot be read.
pub fn client(
    flags: &analytics::args::Metrics,
    metrics: QueryMetrics,
) -> Result<Option<Arc<Client>>, String> {
    let endpoint = flags.endpoint(&|name: &str| std::env::var(name).ok())?;
    endpoint.map(|endpoint| Client::new(endpoint, metrics).map(Arc::new)).transpose()
}

/// A name that no other classifier has, and no earlier run of this one.
pub fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let started =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    format!("{}:{}:{started}", host.trim(), std::process::id())
}

/// Serves until asked to stop: the one place that knows who gets what.
///
/// # Errors
/// The configuration is bad, or an address cannot be listened on.
pub async fn serve(
    sources: Sources,
    rule_files: RuleFiles,
    discovery: args::Discovery,
    series: analytics::args::Metrics,
    flags: Serve,
    args: service::args::ServiceArgs,
) -> Result<(), String> {
    service::descriptors::raise_limit();
    let Parts { inventory, votes, rules, keeper, ending, owner } = Parts::open(&sources, &rule_files)?;
    let mut metrics = Metrics::new("ward_classifier", build::INFO);
    let own = OwnMetrics::default();
    own.register(metrics.registry());
    let standing = serving::Standing { keeper: keeper.clone(), votes: Arc::clone(&votes) };
    metrics.registry().register_collector(Box::new(standing));
    metrics.registry().register_collector(Box::new(StoreMetrics(keeper.clone())));
    let fleet = serving::Fleet { keeper: keeper.clone(), alias: flags.alias_label };
    metrics.unprefixed().register_collector(Box::new(fleet));
    let (queries, summaries) = (QueryMetrics::default(), SummaryMetrics::default());
    queries.register(metrics.registry());
    summaries.register(metrics.registry());
    let client = client(&series, queries)?;
    let manual = Arc::new(commands::manual_links(&sources)?);
    let topology = watch::Live::default();
    metrics.unprefixed().register_collector(Box::new(topology::info::Topology(Arc::clone(&topology))));

    let watched = Arc::new(Mutex::new(Vec::new()));
    let load = {
        let (inventory, keeper, own, watched) =
            (Arc::clone(&inventory), keeper.clone(), own.clone(), Arc::clone(&watched));
        let (sources, rule_files) = (sources.clone(), rule_files.clone());
        let (rules, votes, manual) = (Arc::clone(&rules), Arc::clone(&votes), Arc::clone(&manual));
        move || {
            let files = commands::files(&sources, &rule_files);
            *watched.lock().unwrap_or_else(PoisonError::into_inner) = files.clone();
            let loaded = commands::inventory(&sources.devices)?;
            let file = commands::rule_file(&rule_files)?;
            let links = commands::manual_links(&sources)?;
            watched
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(loaded.secret_files().iter().cloned());
            own.devices.set(i64::try_from(loaded.devices().len()).unwrap_or(i64::MAX));
            let changed = keeper.describe(described(&loaded));
            inventory.store(Arc::new(loaded));
            manual.file.store(links.file.load_full());
            manual.changed.notify_one();
            let in_force = file.in_force.clone();
            rules.store(Arc::new(file));
            let changed = changed + keeper.relabel(Arc::new(Counted { in_force, votes: Arc::clone(&votes) }));
            if changed > 0 {
                tracing::info!(devices = changed, "labelled again");
            }
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
    let server =
        Server::open(&args, Limits::default()).await.map_err(|error| error.to_string())?.with_web(web);
    let server = server.with_wording(|path, refusal| match path.starts_with("/api/") {
        true => worded(refusal),
        false => refusal,
    });

    let settings = Settings {
        scheduled: true,
        pace: Pace { interval: discovery.interval, full_every: discovery.full_interval },
        most: discovery.most as usize,
        most_per_site: discovery.most_per_site as usize,
        lease: discovery.lease,
        owner: owner.clone(),
    };
    let interval = settings.pace.interval;
    let snmp = Arc::new(sources.client());
    let discovery = Discovery::start(snmp, Arc::clone(&inventory), keeper.clone(), own, settings);
    let api = Api::new(keeper.clone(), discovery.clone(), interval, rules, votes, flags.admin_api)
        .with_topology(Arc::clone(&topology), Arc::clone(&manual))
        .with_series(client.clone());
    let app = Arc::new(App {
        keeper,
        inventory,
        api,
        telemetry_path: args.telemetry_path.clone(),
        metrics,
        reloader,
    });
    let watching = watch::start(app.keeper.clone(), topology, manual);
    let keeping = client.map(|client| {
        let (keeper, interval) = (app.keeper.clone(), series.summary_interval);
        Summaries { keeper, client, owner, interval, metrics: summaries }.start()
    });
    for address in server.addresses() {
        tracing::info!(%address, devices = app.inventory.load().devices().len(), "listening");
    }
    let drained =
        server.serve(move |request| app.clone().answer(request), service::shutdown::requested()).await;
    discovery.stop().await;
    watching.abort();
    keeping.inspect(JoinHandle::abort);
    let _ = tokio::task::spawn_blocking(|| ending.end()).await;
    tracing::info!(cut = drained.cut, "stopped");
    Ok(())
}
