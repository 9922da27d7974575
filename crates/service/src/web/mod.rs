//! The web config, as all exporters of Prometheus take it (`--web.config.file`): TLS, clients' certificates, passwords,
//! security headers, and how many requests are answered.
//!
//! | room | holds |
//! |---|---|
//! | `config` | the file's keys: parsed and checked, without IO; `yaml` and `fields` name the line of a mistake |
//! | `tls` | `tls_server_config`: certificates, keys and clients' certificates, put together for rustls |
//! | `auth` | names and passwords |
//! | `rate` | the token bucket |
//!
//! The file and those that it names are watched. A change is taken over for new connections and requests, or refused
//! with its line, and then what was in force stays so. Only TLS itself is not switched on or off while running.

mod auth;
mod config;
#[cfg(test)]
mod config_tests;
mod fields;
mod rate;
mod tls;
mod yaml;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{HeaderMap, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use rustls::{ServerConfig, ServerConnection};
use tracing::info;

use self::auth::{Credentials, Passwords, Verdict};
use self::config::Config;
use self::rate::Bucket;
use self::tls::Settings;
use crate::args::ServiceArgs;
use crate::http::Response;
use crate::reload::Reloader;

/// The web config in force. Its clones are the same, and it is watched until the last of them is gone.
#[derive(Clone)]
pub struct Web {
    state: Arc<State>,
    reloader: Reloader,
}

struct State {
    file: PathBuf,
    /// `None` before the first load.
    active: ArcSwapOption<Active>,
    passwords: Passwords,
    bucket: Mutex<Option<Bucket>>,
    /// The file and those that it names.
    watched: Mutex<Vec<PathBuf>>,
    metrics: Metrics,
}

/// What a file says, ready for use.
struct Active {
    config: Config,
    tls: Option<Tls>,
}

/// How connections are encrypted.
#[derive(Clone)]
pub(crate) struct Tls {
    /// For rustls.
    pub config: Arc<ServerConfig>,
    /// Whether a client's certificate proves who it is.
    verifies: bool,
}

impl Tls {
    /// The name in the client's certificate, where there is one that was verified.
    pub fn certified(&self, connection: &ServerConnection) -> Option<Arc<str>> {
        let own = connection.peer_certificates().filter(|_| self.verifies)?.first()?;
        Some(tls::subject(own).into())
    }
}

#[derive(Clone, Default)]
struct Metrics {
    refused: Family<Refusal, Counter>,
    handshakes_failed: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    reason: &'static str,
}

impl Web {
    /// The web config that the flags name, if they do.
    ///
    /// # Errors
    /// As [`Web::start`].
    pub fn of(args: &ServiceArgs) -> Result<Option<Self>, String> {
        let named = args.web_config.as_deref().filter(|file| !file.as_os_str().is_empty());
        named.map(Self::start).transpose()
    }

    /// Loads a file and watches it from now on. To be called within a tokio runtime.
    ///
    /// # Errors
    /// The file cannot be read or has a mistake, which the text names with its line.
    pub fn start(file: &Path) -> Result<Self, String> {
        let state = Arc::new(State {
            file: file.to_owned(),
            active: ArcSwapOption::empty(),
            passwords: Passwords::new()?,
            bucket: Mutex::default(),
            watched: Mutex::new(vec![file.to_owned()]),
            metrics: Metrics::default(),
        });
        let load = {
            let state = state.clone();
            move || state.load()
        };
        let paths = {
            let state = state.clone();
            move || lock(&state.watched).clone()
        };
        Ok(Web { reloader: Reloader::of("web config", load, paths)?, state })
    }

    /// How loading it has gone so far, and requests to load it again.
    pub fn reloader(&self) -> &Reloader {
        &self.reloader
    }

    /// Registers `web_requests_refused_total`, `web_tls_handshakes_failed_total`, and how reloading went, as
    /// `web_config_last_reload_successful` and `web_config_last_reload_success_timestamp_seconds`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("web");
        let Metrics { refused, handshakes_failed } = self.state.metrics.clone();
        registry.register("requests_refused", "Requests that were refused by the web config", refused);
        registry.register(
            "tls_handshakes_failed",
            "Connections that ended before TLS was agreed on",
            handshakes_failed,
        );
        self.reloader.register(registry);
    }

    /// How new connections are encrypted; `None` for plain HTTP.
    pub(crate) fn tls(&self) -> Option<Tls> {
        self.state.active.load().as_ref()?.tls.clone()
    }

    /// Whether HTTP/2 is spoken.
    pub(crate) fn http2(&self) -> bool {
        self.state.active.load().as_ref().is_none_or(|active| active.config.http2)
    }

    /// Counts a handshake that failed.
    pub(crate) fn handshake_failed(&self) {
        self.state.metrics.handshakes_failed.inc();
    }

    /// Adds the headers that every answer has to have, where it does not have them by itself.
    pub(crate) fn adorn(&self, headers: &mut HeaderMap) {
        let Some(active) = self.state.active.load_full() else { return };
        for (name, value) in &active.config.headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }

    /// Lets a request in, or refuses it: its rate first, then who asks. Says whose password it came with.
    pub(crate) async fn admit(
        &self,
        headers: &HeaderMap,
        from: std::net::IpAddr,
    ) -> Result<Option<Arc<str>>, Response> {
        if !self.state.permits(Instant::now()) {
            return Err(self.refuse(StatusCode::TOO_MANY_REQUESTS, "rate"));
        }
        let Some(active) = self.state.active.load_full() else {
            return Err(self.refuse(StatusCode::SERVICE_UNAVAILABLE, "busy"));
        };
        if active.config.users.is_empty() {
            return Ok(None);
        }
        let offered = headers.get(AUTHORIZATION).and_then(Credentials::read);
        let name = offered.as_ref().map(Credentials::name);
        let verdict = match offered {
            Some(offered) => self.state.passwords.check(&active.config.users, offered, from).await,
            None => Verdict::Wrong,
        };
        match verdict {
            Verdict::Right => Ok(name),
            Verdict::Wrong => Err(self
                .refuse(StatusCode::UNAUTHORIZED, "password")
                .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"))),
            Verdict::Busy => Err(self
                .refuse(StatusCode::SERVICE_UNAVAILABLE, "busy")
                .with_header(RETRY_AFTER, HeaderValue::from_static("1"))),
        }
    }

    /// The answer to a request that is not let in: the status in words, as Go programs say it.
    fn refuse(&self, status: StatusCode, reason: &'static str) -> Response {
        self.state.metrics.refused.get_or_create(&Refusal { reason }).inc();
        Response::status(status, format!("{}\n", status.canonical_reason().unwrap_or_default()))
    }
}

impl State {
    /// Reads everything and puts it in force, or says why not.
    fn load(&self) -> Result<(), String> {
        let file = self.file.display();
        let bytes = std::fs::read(&self.file).map_err(|error| format!("{file}: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{file}: not UTF-8"))?;
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let config = Config::parse(&text, folder).map_err(|mistake| format!("{file}{mistake}"))?;
        let named = config.tls.iter().flat_map(|tls| tls.files()).map(Path::to_owned);
        // Also where they cannot be loaded: it is their change that will put it right.
        *lock(&self.watched) = [self.file.clone()].into_iter().chain(named).collect();
        let loaded = config.tls.as_ref().map(|tls| tls.load(config.http2)).transpose();
        let loaded = loaded.map_err(|mistake| format!("{file}{mistake}"))?;
        let verifies = config.tls.as_ref().is_some_and(Settings::verifies_clients);
        let (tls, expires) =
            loaded.map(|loaded| (Tls { config: loaded.config, verifies }, loaded.expires)).unzip();
        if let Some(active) = self.active.load().as_ref()
            && active.tls.is_some() != tls.is_some()
        {
            let turned = if tls.is_some() { "on" } else { "off" };
            return Err(format!("{file}: TLS is turned {turned} in it, and that takes a restart"));
        }
        self.limit(&config);
        info!(
            file = %file,
            tls = tls.is_some(),
            users = config.users.len(),
            certificate_ends = expires,
            "web config in force"
        );
        self.active.store(Some(Arc::new(Active { config, tls })));
        Ok(())
    }

    fn limit(&self, config: &Config) {
        let mut bucket = lock(&self.bucket);
        match (&mut *bucket, config.rate) {
            (Some(bucket), Some(rate)) => bucket.change(rate),
            (bucket, rate) => *bucket = rate.map(|rate| Bucket::new(rate, Instant::now())),
        }
    }

    /// Whether one more request may be answered.
    fn permits(&self, now: Instant) -> bool {
        lock(&self.bucket).as_mut().is_none_or(|bucket| bucket.takes(now))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
