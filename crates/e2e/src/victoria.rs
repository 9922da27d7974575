//! VictoriaMetrics, which keeps the series, and vmagent, which pulls them.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

use crate::exposition::Labels;
use crate::process::{Process, free_port};
use crate::{http, promql};

/// The programs a test needs that uses this module.
pub const PROGRAMS: [&str; 2] = ["victoria-metrics", "vmagent"];

/// A VictoriaMetrics with an empty storage of its own.
#[derive(Debug)]
pub struct VictoriaMetrics {
    /// Where it answers PromQL and takes samples.
    pub address: SocketAddr,
    _process: Process,
    _folder: TempDir,
}

impl VictoriaMetrics {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        let (address, folder) = (free_port(), TempDir::new().expect("a temporary folder"));
        let mut command = Command::new("victoria-metrics");
        command.arg(format!("-httpListenAddr={address}")).arg("-storageDataPath").arg(folder.path());
        // A sample is seen as soon as it is there, not half a minute later, and however old it is.
        let mut process =
            Process::start(command.arg("-search.latencyOffset=0s").arg("-retentionPeriod=100y"));
        process.ready("VictoriaMetrics", || http::get(address, "/health")?.ok());
        Self { address, _process: process, _folder: folder }
    }

    /// Asks a PromQL question about now, with all samples in view that have arrived.
    pub fn query(&self, question: &str) -> Result<Vec<(Labels, f64)>, String> {
        http::get(self.address, "/internal/force_flush")?.ok()?;
        promql::query(self.address, question)
    }

    /// Asks a question that has one row and returns its value.
    pub fn value(&self, question: &str) -> Result<f64, String> {
        match self.query(question)?.as_slice() {
            [(_, value)] => Ok(*value),
            rows => Err(format!("{question}: {} rows", rows.len())),
        }
    }
}

/// A vmagent that writes into a VictoriaMetrics.
#[derive(Debug)]
pub struct Vmagent {
    /// Where it shows its targets.
    pub address: SocketAddr,
    _process: Process,
    _folder: TempDir,
}

impl Vmagent {
    /// Starts one with a scrape configuration and waits until it answers.
    pub fn start(configuration: &str, storage: &VictoriaMetrics) -> Self {
        let (address, folder) = (free_port(), TempDir::new().expect("a temporary folder"));
        let file = folder.path().join("vmagent.yml");
        fs::write(&file, configuration).expect("the configuration is written");
        let mut command = Command::new("vmagent");
        command
            .arg(format!("-httpListenAddr={address}"))
            .arg(format!("-promscrape.config={}", file.display()))
            .arg(format!("-remoteWrite.url=http://{}/api/v1/write", storage.address))
            .arg("-remoteWrite.flushInterval=200ms")
            .arg("-remoteWrite.tmpDataPath")
            .arg(folder.path().join("queue"));
        let mut process = Process::start(&mut command);
        process.ready("vmagent", || http::get(address, "/health")?.ok());
        Self { address, _process: process, _folder: folder }
    }
}
