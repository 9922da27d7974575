//! `ward-classifier summaries`: writes the last 24 hours of each interface, and says how long that took.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::analytics::keep::{LEASE, NotWritten, collect};
use crate::analytics::metrics::QueryMetrics;
use crate::analytics::summary::{Figure, Summary};
use crate::app;
use crate::args::{Sources, Summaries};
use crate::store::{self, Store, StoreError, Turn};

/// Writes them, due or not; what comes back is for the terminal.
///
/// # Errors
/// Something is named in a way that cannot be, or does not answer, or another classifier is at it.
pub async fn run(sources: &Sources, arguments: &Summaries) -> Result<String, String> {
    let client = app::client(&arguments.metrics, QueryMetrics::default())?;
    let client = client.ok_or("--metrics.url is missing, expected one such as http://127.0.0.1:8428")?;
    let (location, owner) = (super::existing(sources)?, app::owner());
    let interval = arguments.metrics.summary_interval;
    let name = owner.clone();
    let (store, devices) = aside(move || {
        let mut store = store::open(&location, &name)?;
        match store.claim_summaries(&name, LEASE, true)? {
            Turn::Ours => {}
            Turn::In(_) => return Err(StoreError::Busy(NotWritten::Taken.to_string())),
        }
        let devices = store.load(None)?;
        Ok((store, devices.into_iter().map(Arc::new).collect::<Vec<_>>()))
    })
    .await?;

    let begun = Instant::now();
    let collected = collect(&client, &devices, SystemTime::now().into()).await;
    let asked = begun.elapsed();
    let (summaries, strangers, failed) = match collected {
        Ok(collected) => {
            let strangers = collected.strangers;
            (collected.summaries(), strangers, None)
        }
        Err(error) => (Vec::new(), 0, Some(error.to_string())),
    };
    let next_in = if failed.is_some() { Duration::ZERO } else { interval };
    let begun = Instant::now();
    let written = aside(move || put(store, &owner, &summaries, next_in)).await?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    let wrote = begun.elapsed();
    let mut text = format!(
        "{written} interfaces: {} questions answered in {:.2} s, written in {:.2} s, together {:.2} s\n",
        Figure::ALL.len(),
        asked.as_secs_f64(),
        wrote.as_secs_f64(),
        (asked + wrote).as_secs_f64()
    );
    if strangers > 0 {
        text += &format!("{strangers} rows of answers are about interfaces that are not known here\n");
    }
    Ok(text)
}

fn put(
    mut store: Box<dyn Store>,
    owner: &str,
    summaries: &[Summary],
    next_in: Duration,
) -> Result<u64, StoreError> {
    let written = store.write_summaries(owner, summaries, next_in)?;
    written.ok_or_else(|| StoreError::Busy(NotWritten::Taken.to_string()))
}

/// Does what blocks on a thread for that.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| format!("it failed: {error}"))?.map_err(|error| error.to_string())
}
