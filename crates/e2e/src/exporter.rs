//! A running `ward-exporter`.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::exposition::Exposition;
use crate::http::{self, Answer};
use crate::netns::Namespace;
use crate::process::{Process, free_port};
use crate::programs::ours;

/// An exporter with an inventory of its own; stopped when dropped.
#[derive(Debug)]
pub struct Exporter<'a> {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    folder: TempDir,
    namespace: Option<&'a Namespace>,
}

impl Exporter<'static> {
    /// Starts an exporter with these devices (the text of a devices.yml) and waits until it is ready.
    pub fn start(devices: &str) -> Self {
        Self::launch(devices, None)
    }
}

impl<'a> Exporter<'a> {
    /// The same inside a network namespace.
    pub fn start_inside(namespace: &'a Namespace, devices: &str) -> Self {
        Self::launch(devices, Some(namespace))
    }

    fn launch(devices: &str, namespace: Option<&'a Namespace>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("devices.yml");
        fs::write(&file, devices).expect("the inventory is written");
        let address = free_port();
        let program = ours("ward-exporter");
        let mut command = match namespace {
            Some(namespace) => namespace.command(program),
            None => Command::new(program),
        };
        command
            .arg(format!("--devices.file={}", file.display()))
            .arg(format!("--web.listen-address={address}"));
        let mut exporter = Self { process: Process::start(&mut command), address, folder, namespace };
        let ask = || in_namespace(namespace, || http::get(address, "/-/ready")?.ok().map(drop));
        exporter.process.ready("the exporter's readiness", ask);
        exporter
    }

    /// The inventory file it watches.
    pub fn devices_file(&self) -> PathBuf {
        self.folder.path().join("devices.yml")
    }

    /// Gets a path from it.
    pub fn get(&self, path: &str) -> Result<Answer, String> {
        in_namespace(self.namespace, || http::get(self.address, path))
    }

    /// One scrape of a device of the inventory.
    pub fn scrape(&self, device: &str) -> Exposition {
        self.exposition(&format!("/devices/{device}/metrics"))
    }

    /// What a path gives, read as metrics.
    pub fn exposition(&self, path: &str) -> Exposition {
        let text = self.get(path).and_then(Answer::ok).unwrap_or_else(|error| panic!("{path}: {error}"));
        Exposition::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// Does some work in a namespace, where there is one.
fn in_namespace<T: Send>(namespace: Option<&Namespace>, work: impl FnOnce() -> T + Send) -> T {
    match namespace {
        Some(namespace) => namespace.inside(work),
        None => work(),
    }
}
