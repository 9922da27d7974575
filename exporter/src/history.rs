//! How each device's last scrape went: what the landing page shows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The end of one scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct LastScrape {
    /// When it ended.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Series it gave.
    pub series: usize,
    /// What went wrong, in one line; `None` when nothing did.
    pub problem: Option<String>,
    /// Whether the device answered all that was asked.
    pub up: bool,
}

/// The last scrape of each device, by name.
#[derive(Debug, Default)]
pub struct History {
    last: Mutex<HashMap<String, LastScrape>>,
}

impl History {
    /// Notes a scrape. Returns what was wrong before, so that a change can be told from a state that goes on.
    pub fn note(&self, device: &str, scrape: LastScrape) -> Option<String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.get_mut(device) {
            Some(known) => std::mem::replace(known, scrape).problem,
            None => {
                last.insert(device.into(), scrape);
                None
            }
        }
    }

    /// The last scrape of a device.
    pub fn of(&self, device: &str) -> Option<LastScrape> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).get(device).cloned()
    }
}
