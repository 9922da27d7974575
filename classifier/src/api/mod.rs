//! The REST API, below `/api/v1`.
//!
//! | room | holds |
//! |---|---|
//! | `routes` | which requests there are; how to add one |
//! | `parameters` | what was given in path and query, checked |
//! | `guard` | who may change something |
//! | `fresh`, `snapshot` | the fleet as requests see it: immutable, one row for each interface |
//! | `select` | filters, orders and pages over its rows |
//! | `handlers` | what is done, a file for each kind of thing |
//! | `shape`, `csv`, `problem` | what answers look like |
//! | `patch` | a request for an override → a decision |
//! | `openapi`, `schemas/` | the document, made from `routes` and the descriptions of answers |
//!
//! A request goes through [`Api::answer`] from top to bottom. What only reads is answered from memory; history, events
//! and walks are asked of the store.

mod csv;
mod fresh;
mod guard;
mod handlers;
pub mod openapi;
pub mod parameters;
mod patch;
pub mod problem;
pub mod routes;
pub mod select;
pub mod shape;
pub mod snapshot;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use serde::Serialize;
use service::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use service::http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;

use self::fresh::Fresh;
use self::parameters::Given;
use self::problem::{Problem, Reason};
use self::routes::{Access, Body, Call, Route};
use crate::analytics::client::Client;
use crate::discover::Discovery;
use crate::labeller::RuleFile;
use crate::own::RuleVotes;
use crate::store::{Keeper, Store, StoreError};
use crate::timestamp::Timestamp;
use crate::topology::watch::{Live, ManualLinks};

/// How long a request waits for the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// What requests are answered with.
pub struct Api {
    /// What is known, and the store.
    pub keeper: Keeper,
    /// The walks.
    pub discovery: Discovery,
    /// From one walk of a device to the next.
    pub interval: Duration,
    /// The rules in force.
    pub rules: Arc<ArcSwap<RuleFile>>,
    /// How often each rule has voted.
    pub votes: RuleVotes,
    /// What is plugged into what.
    pub topology: Live,
    /// The series, where a flag says where they are.
    pub series: Option<Arc<Client>>,
    /// What operators have said is plugged in.
    pub manual: Arc<ManualLinks>,
    /// Whether `--web.enable-admin-api` is given.
    pub admin: bool,
    fresh: Fresh,
    /// One dry run at a time.
    dry_runs: Arc<Semaphore>,
    /// Tells the snapshots of this process from those of others.
    epoch: i64,
}

impl Api {
    /// Answers for a fleet.
    pub fn new(
        keeper: Keeper,
        discovery: Discovery,
        interval: Duration,
        rules: Arc<ArcSwap<RuleFile>>,
        votes: RuleVotes,
        admin: bool,
    ) -> Self {
        Self {
            fresh: Fresh::new(Arc::clone(keeper.fleet())),
            dry_runs: Arc::new(Semaphore::new(1)),
            epoch: now().as_millis(),
            keeper,
            discovery,
            interval,
            rules,
            votes,
            admin,
            topology: Live::default(),
            series: None,
            manual: Arc::default(),
        }
    }

    /// Answers with this topology too, and takes what operators say of it.
    #[must_use]
    pub fn with_topology(self, topology: Live, manual: Arc<ManualLinks>) -> Self {
        Self { topology, manual, ..self }
    }

    /// Answers with what the series say too.
    #[must_use]
    pub fn with_series(self, series: Option<Arc<Client>>) -> Self {
        Self { series, ..self }
    }

    /// Answers a request.
    pub async fn answer(&self, request: &Request) -> Response {
        self.answered(request).await.unwrap_or_else(Problem::response)
    }

    async fn answered(&self, request: &Request) -> Result<Response, Problem> {
        let found = routes::find(&request.method, &request.raw_path)?;
        let route = found.route;
        if route.access == Access::Change {
            guard::admit(self.admin, request)?;
        }
        check_body(route.body.as_ref(), request)?;
        let segments = found.segments.iter().map(|(name, text)| (*name, text.as_str()));
        let query = request.query.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let taken: Vec<_> = route.query.iter().copied().flatten().copied().collect();
        let given = Given::read(route.segments, segments)?.with(Given::read(&taken, query)?);
        let snapshot = match route.access {
            Access::Always => Arc::default(),
            Access::Read | Access::Change if self.keeper.status().begun => self.fresh.snapshot().await,
            Access::Read | Access::Change => return Err(self.starting()),
        };
        let tag = format!("W/\"{:x}-{:x}\"", self.epoch, snapshot.version);
        if route.tagged && request.header(IF_NONE_MATCH.as_str()).is_some_and(|known| matches(known, &tag)) {
            let mut response = Response::status(StatusCode::NOT_MODIFIED, "");
            response.headers.remove(CONTENT_TYPE);
            return Ok(tagged(response, &tag));
        }
        let response = (route.handler)(self, Call { given, snapshot, request }).await?;
        Ok(if route.tagged { tagged(response, &tag) } else { response })
    }

    /// What is said before all that is stored has been read: what were shown then would look like interfaces lost.
    fn starting(&self) -> Problem {
        let why = self.keeper.status().last_error.map(|(_, error)| format!(": {error}")).unwrap_or_default();
        let message = format!("what is known has not been read from the database yet{why}");
        Problem::new(Reason::Starting, message)
    }

    /// Asks the store. `consequence` says what it means for the request where that fails.
    async fn ask<T: Send + 'static>(
        &self,
        consequence: &str,
        question: impl FnMut(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let asked = tokio::time::timeout(PATIENCE, self.keeper.ask(question)).await;
        let late = || Err(StoreError::Slow(format!("no answer within {} s", PATIENCE.as_secs())));
        asked.unwrap_or_else(|_| late()).map_err(|error| Problem::database(&error, consequence))
    }
}

/// Whether the body is one that the endpoint takes.
fn check_body(taken: Option<&Body>, request: &Request) -> Result<(), Problem> {
    let Some(taken) = taken else {
        return match request.body.is_empty() || request.is_read() {
            true => Ok(()),
            false => Err(Problem::new(Reason::BadBody, "no body is taken here")),
        };
    };
    let media = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !taken.media.iter().any(|known| known.eq_ignore_ascii_case(media)) {
        let expected = taken.media.join(" or ");
        let message = format!("a body of type {media:?} is not taken here");
        return Err(Problem::new(Reason::UnsupportedMediaType, message).expected(expected));
    }
    if request.body.len() > taken.most {
        let message = format!("the body is longer than {} bytes", taken.most);
        return Err(Problem::new(Reason::TooLarge, message));
    }
    Ok(())
}

/// Whether a client knows the answer already (RFC 9110 §13.1.2).
fn matches(known: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.split(',').any(|one| one.trim() == "*" || opaque(one) == opaque(tag))
}

fn tagged(response: Response, tag: &str) -> Response {
    let response = response.with_header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    match HeaderValue::from_str(tag) {
        Ok(tag) => response.with_header(ETAG, tag),
        Err(_) => response,
    }
}

/// An answer in JSON.
fn json(told: &impl Serialize) -> Result<Response, Problem> {
    let failed = |error| Problem::new(Reason::Internal, format!("the answer cannot be written: {error}"));
    serde_json::to_vec(told).map(Response::json).map_err(failed)
}

/// Does what takes long on a thread for that.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |error| Err(Problem::new(Reason::Internal, format!("it failed: {error}")));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(failed)
}

/// The endpoint that a route is about, for messages of tests.
impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}{}", self.verb.as_str().to_uppercase(), routes::ROOT, self.path)
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
