//! Reading configuration again while running: when a file changes, on SIGHUP, or when asked over HTTP.
//!
//! The three end in the same place, one thread that does one reload at a time. What was loaded before stays in force
//! when a reload fails: the load function puts new configuration in place only when all of it is good.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tracing::{debug, error, info, warn};

use crate::watch::{Fingerprint, Notices};

/// How long a reload waits for files to come to rest: editors and deployment tools change them in several steps.
const REST: Duration = Duration::from_millis(300);

/// A reload comes after this long even if there is no rest.
const LONGEST_UNREST: Duration = Duration::from_secs(3);

/// How often files are looked at without notice: network file systems and single bind-mounted files give none.
const LOOK: Duration = Duration::from_secs(30);

/// How reloading has gone so far.
#[derive(Debug, Clone)]
pub struct Status {
    /// Loads tried, the first one included.
    pub attempts: u64,
    /// How often files were looked at and held nothing new.
    pub unchanged: u64,
    /// Why the last load failed; what was loaded before is in force.
    pub error: Option<String>,
    /// When a load last succeeded.
    pub last_success: SystemTime,
}

/// Reloads configuration; its clones are the same reloader, and it ends with the last of them.
#[derive(Clone)]
pub struct Reloader {
    shared: Arc<Shared>,
}

struct Shared {
    triggers: mpsc::Sender<Trigger>,
    status: watch::Receiver<Status>,
    metrics: Metrics,
    hangup: Option<AbortHandle>,
}

/// Why to look at the files, or to load them.
enum Trigger {
    /// Something happened in one of their folders.
    Touched,
    /// SIGHUP.
    Hangup,
    /// Somebody asked and waits for the outcome.
    Asked(oneshot::Sender<Result<(), String>>),
    /// Nobody wants to know any more.
    End,
}

impl Reloader {
    /// Loads the configuration for the first time and then again on every change; fails if the first load does.
    ///
    /// `load` reads everything and puts it in place, or says why not. `paths` names the files to watch as they are after
    /// each load; those that do not exist are waited for, and a pattern such as `modules/*.yml` may be among them to
    /// have its folder watched. To be called within a tokio runtime.
    pub fn start<L, P>(load: L, paths: P) -> Result<Self, String>
    where
        L: Fn() -> Result<(), String> + Send + 'static,
        P: Fn() -> Vec<PathBuf> + Send + 'static,
    {
        Self::of("configuration", load, paths)
    }

    /// The same for what the log calls something else.
    pub fn of<L, P>(what: &'static str, load: L, paths: P) -> Result<Self, String>
    where
        L: Fn() -> Result<(), String> + Send + 'static,
        P: Fn() -> Vec<PathBuf> + Send + 'static,
    {
        let (triggers, triggered) = mpsc::channel();
        let pending = Arc::new(AtomicBool::new(false));
        let notices = Notices::new({
            let (triggers, pending) = (triggers.clone(), pending.clone());
            move || {
                if !pending.swap(true, Ordering::Relaxed) {
                    let _ = triggers.send(Trigger::Touched);
                }
            }
        });
        let status = Status { attempts: 0, unchanged: 0, error: None, last_success: SystemTime::now() };
        let (status, observed) = watch::channel(status);
        let metrics = Metrics::default();
        let mut worker = Worker {
            what,
            load,
            paths,
            notices,
            seen: Fingerprint::default(),
            triggered,
            pending,
            status,
            metrics: metrics.clone(),
        };
        worker.look();
        worker.load()?;
        std::thread::Builder::new()
            .name("reload".to_owned())
            .spawn(move || worker.run())
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        let hangup = forward_hangups(triggers.clone());
        Ok(Reloader { shared: Arc::new(Shared { triggers, status: observed, metrics, hangup }) })
    }

    /// Loads now, whether files changed or not, and says how it went.
    pub async fn reload(&self) -> Result<(), String> {
        let (answer, outcome) = oneshot::channel();
        let _ = self.shared.triggers.send(Trigger::Asked(answer));
        outcome.await.unwrap_or_else(|_| Err("the reloader has ended".to_owned()))
    }

    /// How it has gone so far, and a way to wait for more.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared.status.clone()
    }

    /// Registers `config_last_reload_successful` and `config_last_reload_success_timestamp_seconds`.
    pub fn register(&self, registry: &mut Registry) {
        let Metrics { successful, success_time } = self.shared.metrics.clone();
        registry.register(
            "config_last_reload_successful",
            "Whether the last attempt to load the configuration succeeded",
            successful,
        );
        registry.register(
            "config_last_reload_success_timestamp_seconds",
            "When the configuration was last loaded with success, in Unix time",
            success_time,
        );
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(hangup) = &self.hangup {
            hangup.abort();
        }
        let _ = self.triggers.send(Trigger::End);
    }
}

/// Turns SIGHUP into triggers. Without a handler the signal would end the process.
fn forward_hangups(triggers: mpsc::Sender<Trigger>) -> Option<AbortHandle> {
    match signal(SignalKind::hangup()) {
        Ok(mut hangup) => {
            let task = tokio::spawn(async move {
                while hangup.recv().await.is_some() && triggers.send(Trigger::Hangup).is_ok() {}
            });
            Some(task.abort_handle())
        }
        Err(error) => {
            warn!(%error, "cannot listen for SIGHUP");
            None
        }
    }
}

#[derive(Clone, Default)]
struct Metrics {
    successful: Gauge,
    success_time: Gauge<f64, AtomicU64>,
}

/// The thread that reloads.
struct Worker<L, P> {
    /// What is loaded, for the log.
    what: &'static str,
    load: L,
    paths: P,
    notices: Notices,
    /// The files as they were at the last attempt.
    seen: Fingerprint,
    triggered: mpsc::Receiver<Trigger>,
    /// Whether a notice waits among the triggers; more of them would say the same.
    pending: Arc<AtomicBool>,
    status: watch::Sender<Status>,
    metrics: Metrics,
}

impl<L, P> Worker<L, P>
where
    L: Fn() -> Result<(), String>,
    P: Fn() -> Vec<PathBuf>,
{
    fn run(mut self) {
        let mut next = None;
        loop {
            let trigger = match next.take() {
                Some(trigger) => Ok(trigger),
                None => self.triggered.recv_timeout(LOOK),
            };
            match trigger {
                Ok(Trigger::Touched) => {
                    next = self.rest();
                    if next.is_none() {
                        self.load_if_changed();
                    }
                }
                Ok(Trigger::Hangup) => {
                    info!("reloading the {}, as SIGHUP asks", self.what);
                    self.look();
                    let _ = self.load();
                }
                Ok(Trigger::Asked(answer)) => {
                    self.look();
                    let _ = answer.send(self.load());
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.load_if_changed(),
                Ok(Trigger::End) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Waits until nothing more happens, or something more urgent does.
    fn rest(&self) -> Option<Trigger> {
        let end = Instant::now() + LONGEST_UNREST;
        loop {
            self.pending.store(false, Ordering::Relaxed);
            let left = end.saturating_duration_since(Instant::now());
            match self.triggered.recv_timeout(REST.min(left)) {
                Ok(Trigger::Touched) => {}
                Ok(urgent) => return Some(urgent),
                Err(_) => return None,
            }
        }
    }

    fn load_if_changed(&mut self) {
        if self.look() {
            info!("reloading the {}, as its files have changed", self.what);
            let _ = self.load();
        } else {
            self.status.send_modify(|status| status.unchanged += 1);
        }
    }

    /// Looks at the files; whether they are new. The folders are watched first, so that what changes after the look
    /// leads to another.
    fn look(&mut self) -> bool {
        let paths = (self.paths)();
        self.notices.watch(&paths);
        let found = Fingerprint::of(paths);
        let new = found != self.seen;
        self.seen = found;
        new
    }

    /// Loads, tells how it went, and watches what is to be watched from now on.
    fn load(&mut self) -> Result<(), String> {
        let outcome = catch_unwind(AssertUnwindSafe(&self.load))
            .unwrap_or_else(|_| Err(format!("the {} made the program panic", self.what)));
        let paths = (self.paths)();
        self.notices.watch(&paths);
        self.seen = std::mem::take(&mut self.seen).moved_to(paths);
        let now = SystemTime::now();
        match &outcome {
            Ok(()) => {
                debug!("{} loaded", self.what);
                self.metrics.success_time.set(unix_seconds(now));
            }
            Err(reason) => {
                error!(reason, "cannot load the {}, what was loaded before stays in force", self.what)
            }
        }
        self.metrics.successful.set(outcome.is_ok().into());
        self.status.send_modify(|status| {
            status.attempts += 1;
            status.error = outcome.clone().err();
            if outcome.is_ok() {
                status.last_success = now;
            }
        });
        outcome
    }
}

fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
