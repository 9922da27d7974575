//! The real snmp_exporter, and ours started the same way: whoever has one can have the other.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::http::{self, Answer};
use crate::process::{Process, free_port};
use crate::programs::{find, ours, repository};

/// The oldest version whose answers ours are meant to give.
const OLDEST: (u32, u32) = (0, 30);

/// Where it may be, beside `WARD_SNMP_EXPORTER` and what scripts/install-snmp-exporter.sh unpacks.
const NAMES: [&str; 2] = ["snmp_exporter", "prometheus-snmp-exporter"];

/// The path of an snmp_exporter that is new enough. `None`, said aloud once, where there is none.
pub fn installed() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let named = env::var_os("WARD_SNMP_EXPORTER").map(PathBuf::from);
        let unpacked = repository().join("target/tools/snmp_exporter/usr/bin/prometheus-snmp-exporter");
        let found = named
            .into_iter()
            .chain(NAMES.into_iter().filter_map(find))
            .chain([unpacked])
            .find(|program| version(program).is_some_and(|version| version >= OLDEST));
        if found.is_none() {
            println!("skipped: no snmp_exporter 0.30 or later (scripts/install-snmp-exporter.sh)");
        }
        found
    });
    found.clone()
}

/// What `--version` says.
fn version(program: &PathBuf) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    // Older ones say it on standard error.
    let said = [output.stdout, output.stderr].concat();
    parse_version(&String::from_utf8_lossy(&said))
}

/// Reads `snmp_exporter, version 0.30.1 (branch: …)`.
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split("version ").nth(1)?.split(['.', ' ']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// One of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// snmp_exporter.
    Theirs,
    /// ward-exporter.
    Ours,
}

/// A running exporter of either side.
#[derive(Debug)]
pub struct Server {
    side: Side,
    arguments: Vec<String>,
    running: Process,
    address: SocketAddr,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The program ended. Holds what it wrote about that.
    Crash(String),
    /// It runs, and did not answer.
    Silence(String),
}

impl Server {
    /// Starts a side's program with these flags beside the address to listen on, and waits until it answers.
    /// snmp_exporter must be [`installed`].
    pub fn start(side: Side, arguments: Vec<String>) -> Self {
        let (running, address) = launch(side, &arguments);
        Self { side, arguments, running, address }
    }

    /// Gets a path. A program that ends over it is started again.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, NoAnswer> {
        let answer = http::request(self.address, "GET", path, headers);
        // snmp_exporter may still answer a scrape while it ends over it, without the series that come last.
        let whole = |body: &str| !path.starts_with("/snmp") || body.contains("snmp_scrape_duration_seconds");
        match answer {
            Ok(answer) if answer.status != 200 || whole(&answer.body) => Ok(answer),
            answer => self.end().map_or(answer.map_err(NoAnswer::Silence), |end| Err(NoAnswer::Crash(end))),
        }
    }

    /// Any request, of a program that goes on.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        http::request(self.address, method, path, headers)
    }

    /// Why the program has ended, if it does so now; it is started again.
    fn end(&mut self) -> Option<String> {
        // Connections are closed a little before the end.
        for _ in 0..100 {
            if self.running.ended().is_some() {
                let end = self.last_words();
                (self.running, self.address) = launch(self.side, &self.arguments);
                return Some(end);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// What the program that has ended said about it. Its output may be read a little later than its end is noticed.
    fn last_words(&self) -> String {
        let told = |line: &&str| line.starts_with("panic:") || line.starts_with("fatal error:");
        for _ in 0..100 {
            if let Some(line) = self.running.output().lines().find(told) {
                return line.to_string();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        "no reason".into()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the program has written so far.
    pub fn output(&self) -> String {
        self.running.output()
    }
}

fn launch(side: Side, arguments: &[String]) -> (Process, SocketAddr) {
    let (program, ready) = match side {
        Side::Theirs => (installed().expect("the caller looked for it"), "/-/healthy"),
        Side::Ours => (ours("ward-exporter"), "/-/ready"),
    };
    let address = free_port();
    let mut command = Command::new(program);
    let mut process = Process::start(command.args(arguments).arg(format!("--web.listen-address={address}")));
    process.ready("the exporter's readiness", || http::get(address, ready)?.ok().map(drop));
    (process, address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for (said, version) in [
            ("snmp_exporter, version 0.30.1 (branch: debian/sid)\n", Some((0, 30))),
            ("snmp_exporter, version 0.21.0+ds (branch: x)", Some((0, 21))),
            ("snmp_exporter, version 1.0.0", Some((1, 0))),
            ("snmp_exporter: not found", None),
        ] {
            assert_eq!(parse_version(said), version, "{said}");
        }
    }
}
