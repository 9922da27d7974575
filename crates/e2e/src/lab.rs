//! A running `ward-lab serve`: simulated devices on loopback addresses.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Process, run};
use crate::programs::ours;

/// The socket by which the devices are told what happens.
const CONTROL: &str = "lab.sock";

/// Simulated devices; gone when dropped.
#[derive(Debug)]
pub struct Lab {
    devices: String,
    _process: Process,
    folder: TempDir,
}

impl Lab {
    /// Serves what the arguments of `ward-lab serve` describe, and waits until all agents listen.
    pub fn serve(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("devices.yml");
        let mut command = Command::new(ours("ward-lab"));
        command.arg("serve").args(arguments).arg(format!("--port={}", free_udp_port()));
        command.arg("--control").arg(folder.path().join(CONTROL));
        let mut process = Process::start(command.arg("--write-devices").arg(&file));
        let devices = process.ready("the simulated devices", || {
            std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
        });
        Self { devices, _process: process, folder }
    }

    /// Lets something happen, as `ward-lab network` says it: `["down", "gori-r1:1"]`.
    pub fn happen(&self, what: &[&str]) {
        let mut command = Command::new(ours("ward-lab"));
        run(command.arg("network").arg("--control").arg(self.folder.path().join(CONTROL)).args(what));
    }

    /// The inventory of the devices: the text of a devices.yml.
    pub fn devices(&self) -> &str {
        &self.devices
    }
}

/// A UDP port that was free a moment ago on 127.0.0.1, and so most likely on the lab's addresses.
fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}
