//! Keeps the snapshot that requests are answered from.
//!
//! A small fleet is shown as it is at every request. Where a snapshot takes longer to make than a request may wait, the
//! last one is shown while the next is made, and only one that is old is waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::snapshot::Snapshot;
use crate::store::Fleet;

/// A snapshot that is made as fast as that is made for every request.
const FAST: Duration = Duration::from_millis(5);
/// One that is older is not shown where there is news.
const OLD: Duration = Duration::from_secs(60);
/// After making one, it rests for so many times as long as that took.
const REST: u32 = 10;

/// The current snapshot. Its clones are the same.
#[derive(Clone)]
pub struct Fresh {
    fleet: Arc<Fleet>,
    made: Arc<ArcSwap<Made>>,
    /// One is made at a time.
    making: Arc<Mutex<()>>,
    /// Whether one is being made for no request.
    ahead: Arc<AtomicBool>,
}

/// A snapshot, and how it was made.
struct Made {
    snapshot: Arc<Snapshot>,
    at: Instant,
    took: Duration,
}

impl Fresh {
    /// Shows a fleet.
    pub fn new(fleet: Arc<Fleet>) -> Self {
        // Older than any fleet.
        let none = Snapshot::new(Vec::new(), u64::MAX, SystemTime::UNIX_EPOCH.into());
        let made = Made { snapshot: Arc::new(none), at: Instant::now(), took: Duration::ZERO };
        let made = Arc::new(ArcSwap::from_pointee(made));
        Self { fleet, made, making: Arc::default(), ahead: Arc::default() }
    }

    /// The fleet as a request is to see it.
    pub async fn snapshot(&self) -> Arc<Snapshot> {
        let made = self.made.load_full();
        if made.snapshot.version == self.fleet.version() {
            return Arc::clone(&made.snapshot);
        }
        if made.took <= FAST || made.at.elapsed() >= OLD {
            return self.now().await;
        }
        if made.at.elapsed() >= made.took * REST && !self.ahead.swap(true, Ordering::AcqRel) {
            let fresh = self.clone();
            tokio::spawn(async move {
                fresh.now().await;
                fresh.ahead.store(false, Ordering::Release);
            });
        }
        Arc::clone(&made.snapshot)
    }

    /// The fleet as it is now.
    pub async fn now(&self) -> Arc<Snapshot> {
        let _one = self.making.lock().await;
        let made = self.made.load_full();
        if made.snapshot.version == self.fleet.version() {
            return Arc::clone(&made.snapshot);
        }
        let fleet = Arc::clone(&self.fleet);
        let new = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            // Before the devices: what changes meanwhile is to be seen the next time.
            let version = fleet.version();
            let snapshot = Snapshot::new(fleet.snapshot(), version, SystemTime::now().into());
            Made { snapshot: Arc::new(snapshot), at: Instant::now(), took: begun.elapsed() }
        });
        // It does not panic; should it, the last one goes on being shown.
        let Ok(new) = new.await else { return Arc::clone(&made.snapshot) };
        let snapshot = Arc::clone(&new.snapshot);
        self.made.store(Arc::new(new));
        snapshot
    }
}
