//! The exporters side by side, and one scrape by each.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lab::RunningAgent;
use tempfile::TempDir;
use ward_e2e::exposition::Exposition;
use ward_e2e::snmp_exporter::{Server, Side, installed};

const AUTHS: &str = "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\n";

/// snmp_exporter as it comes, snmp_exporter with `max_repetitions: 60` in every module, and ours.
pub struct Exporters {
    plain: Server,
    tuned: Server,
    ours: Server,
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
            _folder: folder,
        })
    }

    /// What each sends for one scrape of an agent that ours has never met. `None` where snmp_exporter fails.
    pub fn count(&mut self, agent: &RunningAgent, query: &str) -> Option<Counts> {
        Some(Counts {
            plain: packets(&mut self.plain, agent, query)?,
            tuned: packets(&mut self.tuned, agent, query)?,
            first: packets(&mut self.ours, agent, query)?,
            later: packets(&mut self.ours, agent, query)?,
        })
    }

    /// How long each takes at least, as the machine may be busy; all in turn. The first time is that of agents ours has
    /// never met.
    pub fn time(&mut self, query: &str, scrapes: usize, mut agent: impl FnMut() -> RunningAgent) -> Times {
        let mut times = [const { Vec::new() }; 4];
        let known = agent();
        get(&mut self.ours, known.addr(), query);
        for nth in 0..scrapes {
            times[0].push(seconds(&mut self.plain, known.addr(), query));
            times[1].push(seconds(&mut self.tuned, known.addr(), query));
            times[3].push(seconds(&mut self.ours, known.addr(), query));
            if nth < 3 {
                times[2].push(seconds(&mut self.ours, agent().addr(), query));
            }
        }
        let [plain, tuned, first, later] = times.map(|times| times.into_iter().min().unwrap_or_default());
        Times { plain, tuned, first, later }
    }
}

fn get(server: &mut Server, agent: SocketAddr, query: &str) -> Option<String> {
    let path = format!("/snmp?target={agent}&{query}");
    match server.get(&path, &[]) {
        Ok(answer) => (answer.status == 200).then_some(answer.body),
        answer => panic!("{path}: {answer:.300?}"),
    }
}

/// Packets one scrape takes, as the agent counts them; the exporter must count the same.
fn packets(server: &mut Server, agent: &RunningAgent, query: &str) -> Option<u64> {
    // What is sent again because the machine is busy is no part of it.
    for _ in 0..20 {
        agent.reset();
        let text = get(server, agent.addr(), query)?;
        let exposition = Exposition::parse(&text).unwrap_or_else(|error| panic!("{query}: {error}"));
        let sum = |name: &str| exposition.samples(name).iter().map(|(_, value)| *value).sum::<f64>();
        let stats = agent.stats();
        assert_eq!(stats.bad_requests, 0, "{query}: {:?}", stats.last_bad);
        assert_eq!(sum("snmp_scrape_packets_sent") as u64, stats.requests, "{query}");
        if sum("snmp_scrape_packets_retried") == 0.0 {
            return Some(stats.requests);
        }
    }
    panic!("{query}: packets get lost on loopback");
}

fn seconds(server: &mut Server, agent: SocketAddr, query: &str) -> Duration {
    let started = Instant::now();
    get(server, agent, query);
    started.elapsed()
}
