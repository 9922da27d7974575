//! Keeps the summaries of the last 24 hours: every quarter of an hour one of the classifiers asks for each figure once, for the
//! whole fleet, and writes all of them in one batch.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::{JoinHandle, JoinSet};

use super::client::{Client, FLEET};
use super::decode;
use super::error::MetricsError::{self, Odd};
use super::figures::Collected;
use super::metrics::{DATABASE, EMPTY, SummaryMetrics};
use super::summary::{Figure, Summary};
use crate::state::DeviceState;
use crate::store::{Keeper, StoreError, Turn};
use crate::timestamp::Timestamp;

/// After this time without a word, another classifier takes the turn over.
pub const LEASE: Duration = Duration::from_secs(600);
/// What failed is due again after this time.
const AGAIN: Duration = Duration::from_secs(60);
/// It is not looked more often than this.
const LEAST: Duration = Duration::from_millis(200);
/// So many figures are asked for at once.
const AT_ONCE: usize = 3;
/// It is looked at least as often as this whether summaries are due.
const LOOK: Duration = Duration::from_secs(60);

/// Why they were not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The series were not answered.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The database did not take them.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are none.
    #[error(
        "there is no figure of the last 24 hours of any known interface: are the rules of rollups.yml evaluated?"
    )]
    Empty,
    /// Another classifier has the turn.
    #[error("another classifier is at it")]
    Taken,
}

impl NotWritten {
    fn reason(&self) -> &'static str {
        match self {
            Self::Metrics(error) => error.reason(),
            Self::Store(_) | Self::Taken => DATABASE,
            Self::Empty => EMPTY,
        }
    }
}

/// Who keeps them.
#[derive(Clone)]
pub struct Summaries {
    /// What is known, and the store.
    pub keeper: Keeper,
    /// The series.
    pub client: Arc<Client>,
    /// The name of this classifier.
    pub owner: String,
    /// How often they are written.
    pub interval: Duration,
    /// What is counted of it.
    pub metrics: SummaryMetrics,
}

/// What came of looking whether summaries are due.
enum Looked {
    /// They were, and are written.
    Wrote,
    /// They may be after this time.
    NotYet(Duration),
}

impl Summaries {
    /// Keeps them until the handle ends it.
    pub fn start(self) -> JoinHandle<()> {
        tokio::spawn(async move {
            // The reason of the last failure that was logged, until all is well again.
            let mut said = None;
            loop {
                let pause = match self.look().await {
                    Ok(Looked::Wrote) => {
                        if said.take().is_some() {
                            tracing::info!("summaries of 24 hours are written again");
                        }
                        self.interval
                    }
                    Ok(Looked::NotYet(wait)) => wait.max(LEAST),
                    Err(error) => {
                        self.metrics.failed(error.reason());
                        if said.replace(error.reason()) != Some(error.reason()) {
                            tracing::warn!(%error, "summaries of 24 hours are not written");
                        }
                        AGAIN
                    }
                };
                tokio::time::sleep(pause.min(LOOK)).await;
            }
        })
    }

    /// Writes them where that is due.
    async fn look(&self) -> Result<Looked, NotWritten> {
        let devices = self.keeper.fleet().snapshot();
        if !self.keeper.status().begun || devices.iter().all(|device| device.interfaces.is_empty()) {
            return Ok(Looked::NotYet(LEAST));
        }
        if let Turn::In(wait) = self.claim().await? {
            return Ok(Looked::NotYet(wait));
        }
        let begun = Instant::now();
        match self.write().await {
            Ok(rows) => {
                self.metrics.written(now(), rows, begun.elapsed());
                Ok(Looked::Wrote)
            }
            // Another one does it.
            Err(NotWritten::Taken) => Ok(Looked::NotYet(AGAIN)),
            Err(error) => {
                // Where the database is away, the lease runs out.
                let _ = self.put(Vec::new(), AGAIN).await;
                Err(error)
            }
        }
    }

    async fn claim(&self) -> Result<Turn, StoreError> {
        let owner = self.owner.clone();
        self.keeper.ask(move |store| store.claim_summaries(&owner, LEASE, false)).await
    }

    /// Asks, and writes; says how many.
    async fn write(&self) -> Result<u64, NotWritten> {
        let devices = self.keeper.fleet().snapshot();
        let collected = collect(&self.client, &devices, now()).await?;
        let strangers = collected.strangers;
        let rows = self.put(collected.summaries(), self.interval).await?.ok_or(NotWritten::Taken)?;
        tracing::debug!(rows, strangers, "summaries of 24 hours are written");
        Ok(rows)
    }

    /// Writes a batch and gives the turn back.
    async fn put(&self, summaries: Vec<Summary>, next_in: Duration) -> Result<Option<u64>, StoreError> {
        let owner = self.owner.clone();
        self.keeper.ask(move |store| store.write_summaries(&owner, &summaries, next_in)).await
    }
}

/// Asks for each figure once, a few at a time, for all interfaces of these devices; all answers are of the same moment.
///
/// # Errors
/// The series are not answered, or there are none.
pub async fn collect(
    client: &Arc<Client>,
    devices: &[Arc<DeviceState>],
    at: Timestamp,
) -> Result<Collected, NotWritten> {
    let mut collected = Collected::new(devices, at);
    for figures in Figure::ALL.chunks(AT_ONCE) {
        let mut answers = JoinSet::new();
        for figure in figures.iter().copied() {
            let client = Arc::clone(client);
            answers.spawn(async move { (figure, client.instant(&figure.question(), at, FLEET).await) });
        }
        while let Some(answer) = answers.join_next().await {
            let failed = |error| Odd { server: client.endpoint().to_string(), what: format!("{error}") };
            let (figure, answer) = answer.map_err(failed)?;
            let answer = answer?;
            let read = tokio::task::spawn_blocking(move || {
                let read = decode::rows(&answer, |row| collected.take(figure, &row));
                read.map(|()| collected)
            });
            collected = read.await.map_err(failed)?.map_err(|wrong| client.wrong(wrong))?;
        }
    }
    if collected.is_empty() { Err(NotWritten::Empty) } else { Ok(collected) }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
