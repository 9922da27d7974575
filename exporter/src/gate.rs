//! How many scrapes run at once, in total and of one device.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets so many scrapes in.
#[derive(Debug)]
pub struct Gate {
    total: Arc<Semaphore>,
    per_device: u32,
    inside: Arc<Mutex<HashMap<String, u32>>>,
    /// Scrapes that wait.
    waiting: Gauge,
}

/// Leave to scrape, given back when dropped.
#[derive(Debug)]
pub struct Entry {
    _place: Place,
    _permit: OwnedSemaphorePermit,
}

/// One of a device's places.
#[derive(Debug)]
struct Place {
    device: String,
    inside: Arc<Mutex<HashMap<String, u32>>>,
}

/// Why a scrape may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many different scrapes of this one device are running.
    #[error("too many scrapes of this device are running")]
    DeviceBusy,
    /// The scraper's deadline passed while others were before it.
    #[error("the deadline passed while other scrapes were running; see --scrape.max-concurrent")]
    Deadline,
}

impl Gate {
    /// A gate for `total` scrapes at once, `per_device` of one device; `waiting` shows how many wait.
    pub fn new(total: u32, per_device: u32, waiting: Gauge) -> Self {
        Self { total: Arc::new(Semaphore::new(total as usize)), per_device, inside: Arc::default(), waiting }
    }

    /// Waits for its turn, but not beyond the deadline.
    pub async fn enter(&self, device: &str, deadline: Option<Instant>) -> Result<Entry, Refused> {
        {
            let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
            let count = inside.entry(device.into()).or_default();
            if *count >= self.per_device {
                return Err(Refused::DeviceBusy);
            }
            *count += 1;
        }
        // From here on the device's place is given back however this ends.
        let place = Place { device: device.into(), inside: self.inside.clone() };
        let permit = match self.total.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = Waiting::new(&self.waiting);
                let turn = self.total.clone().acquire_owned();
                let turn = match deadline {
                    Some(deadline) => tokio::time::timeout_at(deadline.into(), turn).await.ok(),
                    None => Some(turn.await),
                };
                turn.and_then(Result::ok).ok_or(Refused::Deadline)?
            }
        };
        Ok(Entry { _place: place, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.device);
            }
        }
    }
}

struct Waiting<'a>(&'a Gauge);

impl<'a> Waiting<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_and_no_more() {
        let gate = Gate::new(2, 1, Gauge::default());
        let now = Instant::now();
        let first = gate.enter("a", None).await.expect("there is room");
        assert_eq!(gate.enter("a", None).await.map(drop), Err(Refused::DeviceBusy));
        let _second = gate.enter("b", None).await.expect("there is room");
        assert_eq!(gate.enter("c", Some(now)).await.map(drop), Err(Refused::Deadline));
        drop(first);
        // The one that gave up waiting left no trace.
        assert!(gate.enter("c", Some(now)).await.is_ok());
    }
}
