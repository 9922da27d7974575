//! A network from a YAML file: devices, the cables between their ports, and what else is plugged in.
//!
//! ```yaml
//! devices:
//!   - {name: tbilisi-core-1, make: nxos, role: core, ports: 8, aliases: {1: ISP Magti 200M}}
//!   - {name: gori-sw1, make: junos, ports: 12, lags: {1: [11, 12]}, habits: [no_name]}
//! cables:
//!   - [tbilisi-core-1:2, gori-sw1:ge-0/0/0]
//! endpoints: {telephone: [gori-sw1:3, gori-sw1:4], camera: [gori-sw1:5]}
//! ```

mod device;

use std::collections::BTreeMap;
use std::fmt;

use super::port::PortUse;
use super::yaml::{Map, Node, parse};
use super::{EndpointKind, Link, Network};
use crate::dice::Dice;

/// Why a file is no network: the line, the key, what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The line, from 1.
    pub line: u64,
    /// The key, like `devices[gori-sw1].make`; empty where it is the whole file.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

impl FileError {
    pub(super) fn new(line: u64, key: &str, message: impl Into<String>) -> Self {
        Self { line, key: key.to_owned(), message: message.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.key.is_empty() { "" } else { ": " };
        write!(f, "line {}: {}{colon}{}", self.line, self.key, self.message)
    }
}

impl std::error::Error for FileError {}

/// The ports of a network in which something is plugged in, and the line that says so.
type Taken = BTreeMap<(usize, u32), u64>;

impl Network {
    /// Reads a network from a YAML file's text. `seed` settles what the file leaves open: serial numbers, uptimes, traffic.
    pub fn read(text: &str, seed: u64) -> Result<Self, FileError> {
        let root = parse(text)?;
        let file = Map::of(&root, "", &["devices", "cables", "endpoints"])?;
        let mut network = Self::default();
        for (position, node) in file.list("devices")?.iter().enumerate() {
            let device = device::read(node, position, seed)?;
            if network.devices.iter().any(|other| other.name == device.name) {
                let key = format!("devices[{}].name", device.name);
                return Err(FileError::new(node.line, &key, "another device has this name"));
            }
            network.devices.push(device);
        }
        if network.devices.is_empty() {
            let message = "missing, expected a list like [{name: gori-sw1, ports: 24}]";
            return Err(FileError::new(root.line, "devices", message));
        }
        let mut taken = Taken::new();
        for (position, node) in file.list("cables")?.iter().enumerate() {
            let key = format!("cables[{position}]");
            let [a, b] = node.list(&key)? else {
                let message = "expected two ends, like [gori-r1:3, gori-sw1:1]";
                return Err(FileError::new(node.line, &key, message));
            };
            let (a, b) = (network.take(a, &key, &mut taken)?, network.take(b, &key, &mut taken)?);
            network.links.push(Link { a, b });
        }
        let mut plugged = Vec::new();
        if let Some(node) = file.get("endpoints") {
            let map = Map::of(node, "endpoints", &EndpointKind::NAMES.map(|(name, _)| name))?;
            for (name, kind) in EndpointKind::NAMES {
                for port in map.list(name)? {
                    plugged.push((network.take(port, &map.key(name), &mut taken)?, kind));
                }
            }
        }
        network.bring_up(&plugged, seed);
        network.number();
        plugged.into_iter().for_each(|(at, kind)| network.plug_in(at, kind));
        Ok(network)
    }

    /// The port that a text names, unless something is plugged in there.
    fn take(&self, node: &Node, key: &str, taken: &mut Taken) -> Result<(usize, u32), FileError> {
        let wrong = |message| FileError::new(node.line, key, message);
        let at = self.find_socket(node.text(key, "a port, like gori-sw1:3")?).map_err(wrong)?;
        match taken.insert(at, node.line) {
            None => Ok(at),
            Some(line) => Err(wrong(format!("{} is taken already, on line {line}", self.port_name(at)))),
        }
    }

    /// Ports with a cable are up and say where it goes, those with words of their own are up, and all others down.
    fn bring_up(&mut self, plugged: &[((usize, u32), EndpointKind)], seed: u64) {
        let mut uses: BTreeMap<(usize, u32), (PortUse, String)> = BTreeMap::new();
        for link in &self.links {
            for (near, far) in [(link.a, link.b), (link.b, link.a)] {
                let far = self.port_name(far).replace(':', " ");
                uses.insert(near, (PortUse::Trunk, format!("TRUNK to {far}")));
            }
        }
        for (at, kind) in plugged {
            let used_for = match kind {
                EndpointKind::Telephone => PortUse::Voice,
                EndpointKind::AccessPoint => PortUse::Wireless,
                EndpointKind::Camera => PortUse::Camera,
                EndpointKind::Printer => PortUse::Printer,
                EndpointKind::Server => PortUse::Server,
            };
            uses.insert(*at, (used_for, String::new()));
        }
        for (place, device) in self.devices.iter_mut().enumerate() {
            let mut dice = Dice::named(seed, &format!("{} traffic", device.name));
            let mut live = Vec::new();
            for port in device.ports.iter_mut().filter(|port| port.mac.is_some()) {
                let (used_for, alias) = match uses.remove(&(place, port.index)) {
                    Some(used) => used,
                    None if port.alias.is_empty() => (PortUse::Unused, String::new()),
                    None if port.provider.is_some() => (PortUse::Isp, String::new()),
                    None => (PortUse::Access, String::new()),
                };
                port.used_for = used_for;
                if port.alias.is_empty() {
                    port.alias = alias;
                }
                if port.used_for == PortUse::Unused {
                    (port.admin_up, port.oper_up) = (true, false);
                    continue;
                }
                *port = port.clone().live(&mut dice);
                port.oper_up = true;
                live.extend(port.bundle);
            }
            for port in device.ports.iter_mut().filter(|port| port.used_for == PortUse::PortChannel) {
                port.oper_up = live.contains(&port.index);
            }
        }
    }
}

#[cfg(test)]
mod tests;
