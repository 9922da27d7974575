//! The exporters side by side, and one scrape by each.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lab::{Agent, RunningAgent};
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::exposition::Exposition;
use ward_e2e::snmp_exporter::{Server, Side, installed};

const AUTHS: &str = "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\n";

/// snmp_exporter as it comes, snmp_exporter with `max_repetitions: 60` in every module, and ours.
pub struct Exporters {
    plain: Server,
    tuned: Server,
    ours: Server,
    /// Agents started so far.
    started: u32,
    _folder: TempDir,
}

/// Packets of a scrape.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub plain: u64,
    pub tuned: u64,
    /// Ours, of a device that was never scraped before.
    pub first: u64,
    /// Ours, from then on.
    pub later: u64,
}

/// Times of a scrape, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub plain: Duration,
    pub tuned: Duration,
    pub first: Duration,
    pub later: Duration,
}

/// Scrapes that are timed, of which the quickest counts.
const SCRAPES: u32 = 3;
/// The same where the machine was busy with something else in one or the other of them.
const MOST_SCRAPES: u32 = 30;

impl Exporters {
    /// Starts them with these modules, of which `tuned` says the same with more repetitions. `None`, said aloud, where
    /// there is no snmp_exporter.
    pub fn start(modules: &str, tuned: &str) -> Option<Self> {
        installed()?;
        let folder = TempDir::new().expect("a temporary folder");
        let write = |name: &str, text: &str| -> PathBuf {
            let file = folder.path().join(name);
            fs::write(&file, format!("{AUTHS}{text}")).expect("the configuration is written");
            file
        };
        let (plain, tuned) = (write("plain.yml", modules), write("tuned.yml", tuned));
        let start =
            |side, file: &PathBuf| Server::start(side, vec![format!("--config.file={}", file.display())]);
        Some(Self {
            plain: start(Side::Theirs, &plain),
            tuned: start(Side::Theirs, &tuned),
            ours: start(Side::Ours, &plain),
            started: 0,
            _folder: folder,
        })
    }

    /// Starts an agent at an address nobody has met.
    fn start_agent(&mut self, agent: &Agent) -> RunningAgent {
        self.started += 1;
        let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 61, 0, 0)) + self.started);
        agents::start(agent.clone().listen((address, 0)))
    }

    /// What each sends for one scrape of such an agent. `None` where snmp_exporter fails.
    pub fn count(&mut self, query: &str, agent: &Agent) -> Option<Counts> {
        let mut running = self.start_agent(agent);
        let plain = undisturbed(|| packets(&mut self.plain, &running, query))?;
        let tuned = undisturbed(|| packets(&mut self.tuned, &running, query))?;
        let first = undisturbed(|| {
            running = self.start_agent(agent);
            packets(&mut self.ours, &running, query)
        })?;
        let later = undisturbed(|| packets(&mut self.ours, &running, query))?;
        Some(Counts { plain, tuned, first, later })
    }

    /// How long each takes at least, all in turn; again where ours is not the quickest, as the machine may be busy.
    pub fn time(&mut self, query: &str, agent: &Agent) -> Times {
        let known = self.start_agent(agent);
        seconds(&mut self.ours, &known, query);
        let plain = seconds(&mut self.plain, &known, query);
        let mut times = Times { plain, tuned: Duration::MAX, first: Duration::MAX, later: Duration::MAX };
        for nth in 1..=MOST_SCRAPES {
            let unknown = self.start_agent(agent);
            times.tuned = times.tuned.min(seconds(&mut self.tuned, &known, query));
            times.first = times.first.min(seconds(&mut self.ours, &unknown, query));
            times.later = times.later.min(seconds(&mut self.ours, &known, query));
            if nth >= SCRAPES && times.first.max(times.later) <= times.tuned {
                break;
            }
        }
        times
    }
}

/// The count of a scrape in which nothing had to be sent again because the machine is busy.
fn undisturbed(mut count: impl FnMut() -> Option<Packets>) -> Option<u64> {
    for _ in 0..MOST_SCRAPES {
        let packets = count()?;
        if packets.retried == 0 {
            return Some(packets.sent);
        }
    }
    panic!("packets get lost on loopback");
}

/// What one scrape took.
struct Packets {
    sent: u64,
    retried: u64,
}

/// Packets one scrape takes, as the agent counts them; the exporter must count the same. `None` where it fails.
fn packets(server: &mut Server, agent: &RunningAgent, query: &str) -> Option<Packets> {
    agent.reset();
    let text = get(server, agent, query)?;
    let exposition = Exposition::parse(&text).unwrap_or_else(|error| panic!("{query}: {error}"));
    let sum = |name: &str| exposition.samples(name).iter().map(|(_, value)| *value).sum::<f64>() as u64;
    let stats = agent.stats();
    assert_eq!(stats.bad_requests, 0, "{query}: {:?}", stats.last_bad);
    let (sent, retried) = (sum("snmp_scrape_packets_sent"), sum("snmp_scrape_packets_retried"));
    assert!(sent == stats.requests || retried > 0, "{query}: {sent} packets, {} came", stats.requests);
    Some(Packets { sent, retried })
}

fn get(server: &mut Server, agent: &RunningAgent, query: &str) -> Option<String> {
    let path = format!("/snmp?target={}&{query}", agent.addr());
    match server.get(&path, &[]) {
        Ok(answer) => (answer.status == 200).then_some(answer.body),
        answer => panic!("{path}: {answer:.300?}"),
    }
}

fn seconds(server: &mut Server, agent: &RunningAgent, query: &str) -> Duration {
    let started = Instant::now();
    get(server, agent, query).expect("all can read it");
    started.elapsed()
}
