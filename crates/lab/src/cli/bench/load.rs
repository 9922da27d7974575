//! The load: scrapes in a closed loop, or at the times at which Prometheus would make them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lab::Stats;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use ward_lab as lab;

use super::Failure;
use super::agents::Agents;
use super::http::{Client, Response};

/// When to scrape.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many scrapes, the next as soon as one is done, so many at a time.
    Closed {
        /// Scrapes altogether.
        scrapes: usize,
        /// Scrapes at a time.
        concurrency: usize,
    },
    /// Each device once in every interval, all spread evenly over it, whether or not the others are done.
    Open {
        /// The time between two scrapes of a device.
        interval: Duration,
        /// How long altogether.
        length: Duration,
    },
}

/// One scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// From the request to the last octet of its answer, or until it was given up.
    pub seconds: f64,
    /// The status, or what went wrong.
    pub outcome: Result<u16, &'static str>,
    /// Octets of the body, as they came.
    pub body_bytes: usize,
    /// Samples in the body, where they were counted.
    pub series: Option<usize>,
    /// What the device's agent saw of it.
    pub agent: Stats,
}

/// All scrapes of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The scrapes made.
    pub samples: Vec<Sample>,
    /// Scrapes not made since the device's last one was not done.
    pub skipped: usize,
}

/// Agents, and the requests that have an exporter scrape them.
#[derive(Debug, Clone)]
pub struct Load(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    agents: Agents,
    requests: Vec<Vec<u8>>,
    exporter: SocketAddr,
    timeout: Duration,
    /// Devices that are not being scraped; the one that waited longest is first.
    idle: Mutex<VecDeque<usize>>,
    clients: Mutex<Vec<Client>>,
}

/// Compressed bodies are unpacked only now and then, as that costs more than everything else here.
const UNPACK_EVERY: usize = 16;

impl Load {
    /// A load on this exporter: one request for each agent.
    pub fn new(agents: Agents, requests: Vec<Vec<u8>>, exporter: SocketAddr, timeout: Duration) -> Self {
        let idle = (0..agents.len()).collect();
        Self(Arc::new(Shared {
            agents,
            requests,
            exporter,
            timeout,
            idle: Mutex::new(idle),
            clients: Mutex::default(),
        }))
    }

    /// Scrapes at this pace.
    pub async fn run(&self, pace: Pace) -> Result<Outcome, Failure> {
        match pace {
            Pace::Closed { scrapes, concurrency } => self.closed(scrapes, concurrency).await,
            Pace::Open { interval, length } => self.open(interval, length).await,
        }
    }

    async fn closed(&self, scrapes: usize, concurrency: usize) -> Result<Outcome, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..concurrency.min(scrapes) {
            let (shared, next) = (Arc::clone(&self.0), Arc::clone(&next));
            workers.spawn(async move {
                let mut samples = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(device) = (number < scrapes).then(|| shared.take_idle(None)).flatten() else {
                        return samples;
                    };
                    samples.push(shared.scrape(device, number).await);
                }
            });
        }
        let samples = workers.join_all().await.into_iter().flatten().collect();
        Ok(Outcome { samples, skipped: 0 })
    }

    async fn open(&self, interval: Duration, length: Duration) -> Result<Outcome, Failure> {
        let devices = self.0.agents.len();
        let rounds = (length.as_secs_f64() / interval.as_secs_f64()).floor() as usize;
        if rounds == 0 {
            return Err(format!("--for {length:?} is shorter than --interval {interval:?}").into());
        }
        let begin = Instant::now();
        let mut under_way = JoinSet::new();
        let mut outcome = Outcome::default();
        for number in 0..rounds * devices {
            sleep_until(begin + interval.mul_f64(number as f64 / devices as f64)).await;
            match self.0.take_idle(Some(number % devices)) {
                Some(device) => {
                    let shared = Arc::clone(&self.0);
                    under_way.spawn(async move { shared.scrape(device, number).await });
                }
                None => outcome.skipped += 1,
            }
            while let Some(done) = under_way.try_join_next() {
                outcome.samples.push(done?);
            }
        }
        outcome.samples.extend(under_way.join_all().await);
        Ok(outcome)
    }
}

impl Shared {
    /// Takes this device, or whichever has waited longest, unless it is being scraped.
    fn take_idle(&self, device: Option<usize>) -> Option<usize> {
        let mut idle = lock(&self.idle);
        match device {
            None => idle.pop_front(),
            Some(device) => {
                let place = idle.iter().position(|known| *known == device)?;
                idle.remove(place)
            }
        }
    }

    async fn scrape(&self, device: usize, number: usize) -> Sample {
        let mut client = lock(&self.clients).pop().unwrap_or_else(|| Client::new(self.exporter));
        if let Some(agent) = self.agents.get(device) {
            agent.reset();
        }
        let begin = Instant::now();
        let answer = timeout(self.timeout, client.get(&self.requests[device])).await;
        let seconds = begin.elapsed().as_secs_f64();
        let agent = self.agents.get(device).map(|agent| agent.stats()).unwrap_or_default();
        let mut sample = Sample { seconds, outcome: Err("timeout"), body_bytes: 0, series: None, agent };
        match answer {
            Ok(Ok(response)) => {
                sample.outcome = Ok(response.status);
                sample.body_bytes = response.body.len();
                let wanted = !response.gzip || number.is_multiple_of(UNPACK_EVERY);
                sample.series = wanted.then(|| count_series(&response)).flatten();
            }
            Ok(Err(_)) => sample.outcome = Err("connection lost"),
            Err(_) => client.disconnect(),
        }
        lock(&self.clients).push(client);
        lock(&self.idle).push_back(device);
        sample
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count_series(response: &Response<'_>) -> Option<usize> {
    if !response.gzip {
        return Some(count_samples(response.body));
    }
    let mut text = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(response.body), &mut text).ok()?;
    Some(count_samples(&text))
}

/// The lines of a text in Prometheus' format that hold a sample.
fn count_samples(text: &[u8]) -> usize {
    let ends = memchr::memchr_iter(b'\n', text);
    let starts = std::iter::once(0).chain(ends.map(|end| end + 1));
    starts.filter(|start| text.get(*start).is_some_and(|first| !matches!(first, b'#' | b'\n'))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_without_the_lines_about_them() {
        assert_eq!(count_samples(b"# HELP a b\n# TYPE a gauge\na 1\na{b=\"c\"} 2\n\nb 3"), 3);
        assert_eq!(count_samples(b""), 0);
    }
}
