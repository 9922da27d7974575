//! A network in which things happen: cables move, lines fail, agents fall silent, and come back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::port::{Pause, Traffic};
use super::{Link, Network};
use crate::value::Moment;

/// Something that happens. Ports are named as in [`Network::find_port`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A line fails: the port goes down, and the one at the other end of its cable.
    Down {
        /// The port.
        port: String,
    },
    /// It is mended: both ends come up.
    Up {
        /// The port.
        port: String,
    },
    /// One end of a cable, or a telephone, is plugged into another port.
    Move {
        /// The port it is pulled from.
        from: String,
        /// The port it is plugged into.
        to: String,
    },
    /// A new cable.
    Plug {
        /// One end.
        a: String,
        /// The other end.
        b: String,
    },
    /// A cable, or a telephone, is taken away.
    Unplug {
        /// A port it is plugged into.
        port: String,
    },
    /// A device's agent answers no more; the device itself goes on.
    Silence {
        /// The device.
        device: String,
    },
    /// It answers again.
    Wake {
        /// The device.
        device: String,
    },
}

/// What a change has led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The devices that have something else to say now, by their places.
    pub changed: BTreeSet<usize>,
    /// What has happened, a line for each thing.
    pub told: Vec<String>,
}

/// A network, and what has happened to it.
#[derive(Debug, Clone, Default)]
pub struct Live {
    network: Network,
    silent: BTreeSet<usize>,
}

impl Live {
    /// A network to which nothing has happened yet.
    pub fn new(network: Network) -> Self {
        Self { network, silent: BTreeSet::new() }
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether the agent of a device, by its place, is silent.
    pub fn is_silent(&self, place: usize) -> bool {
        self.silent.contains(&place)
    }

    /// Lets something happen. `clock` tells where the clock of a device's agent is, by its place. What cannot happen changes
    /// nothing, and the error says why.
    pub fn apply(&mut self, change: &Change, clock: impl Fn(usize) -> Moment) -> Result<Outcome, String> {
        let mut event = Event { network: &mut self.network, clock: &clock, outcome: Outcome::default() };
        match change {
            Change::Down { port } => event.switch(port, false)?,
            Change::Up { port } => event.switch(port, true)?,
            Change::Move { from, to } => event.shift(from, to)?,
            Change::Plug { a, b } => event.plug(a, b)?,
            Change::Unplug { port } => event.unplug(port)?,
            Change::Silence { device } => {
                self.silent.insert(event.network.find_device(device)?);
                event.outcome.told.push(format!("{device} is silent"));
            }
            Change::Wake { device } => {
                self.silent.remove(&event.network.find_device(device)?);
                event.outcome.told.push(format!("{device} answers"));
            }
        }
        let Outcome { mut changed, told } = event.outcome;
        changed.extend(match change {
            Change::Silence { device } | Change::Wake { device } => self.network.find_device(device).ok(),
            _ => None,
        });
        Ok(Outcome { changed, told })
    }

    /// What is plugged into what, and what is wrong, a line for each.
    pub fn show(&self) -> String {
        let network = &self.network;
        let is_up = |(place, index): (usize, u32)| {
            network.devices.get(place).and_then(|device| device.port(index)).is_some_and(|port| port.oper_up)
        };
        let state = |up: bool| if up { "" } else { "  down" };
        let mut lines = Vec::new();
        for Link { a, b } in &network.links {
            let state = state(is_up(*a) && is_up(*b));
            lines.push(format!("{:<32} {}{state}", network.port_name(*a), network.port_name(*b)));
        }
        for plugged in &network.plugged {
            let kind = super::EndpointKind::NAMES.iter().find(|(_, kind)| *kind == plugged.kind);
            let kind = kind.map_or("", |(name, _)| name);
            lines.push(format!("{:<32} {kind}{}", network.port_name(plugged.at), state(is_up(plugged.at))));
        }
        for (place, device) in network.devices.iter().enumerate() {
            for port in device.ports.iter().filter(|port| port.provider.is_some()) {
                let (name, state) = (network.port_name((place, port.index)), state(port.oper_up));
                lines.push(format!("{name:<32} {}{state}", port.alias));
            }
        }
        lines.extend(
            self.silent
                .iter()
                .filter_map(|place| network.devices.get(*place))
                .map(|device| format!("{} is silent", device.name)),
        );
        lines.join("\n")
    }
}

/// A change on its way.
struct Event<'a> {
    network: &'a mut Network,
    clock: &'a dyn Fn(usize) -> Moment,
    outcome: Outcome,
}

impl Event<'_> {
    fn switch(&mut self, name: &str, up: bool) -> Result<(), String> {
        let at = self.network.find_port(name)?;
        for end in [Some(at), self.other_end(at)].into_iter().flatten() {
            self.set(end, up);
        }
        if self.outcome.told.is_empty() {
            self.outcome.told.push(format!("{name} is {} already", if up { "up" } else { "down" }));
        }
        Ok(())
    }

    fn plug(&mut self, a: &str, b: &str) -> Result<(), String> {
        let (a, b) = (self.free(a)?, self.free(b)?);
        if a == b {
            return Err("a cable has its ends in two ports".to_owned());
        }
        self.network.links.push(Link { a, b });
        self.set(a, true);
        self.set(b, true);
        Ok(())
    }

    fn unplug(&mut self, name: &str) -> Result<(), String> {
        let at = self.network.find_port(name)?;
        let other = self.other_end(at);
        if other.is_none() && !self.network.plugged.iter().any(|plugged| plugged.at == at) {
            return Err(format!("nothing is plugged into {name}"));
        }
        self.network.links.retain(|link| link.a != at && link.b != at);
        self.network.plugged.retain(|plugged| plugged.at != at);
        for end in [Some(at), other].into_iter().flatten() {
            self.set(end, false);
        }
        Ok(())
    }

    fn shift(&mut self, from: &str, to: &str) -> Result<(), String> {
        let (old, new) = (self.network.find_port(from)?, self.free(to)?);
        let other = self.other_end(old);
        let ends = self.network.links.iter_mut().flat_map(|link| [&mut link.a, &mut link.b]);
        let ends = ends.chain(self.network.plugged.iter_mut().map(|plugged| &mut plugged.at));
        let end = ends.into_iter().find(|end| **end == old);
        *end.ok_or_else(|| format!("nothing is plugged into {from}"))? = new;
        let traffic = self.network.devices[old.0].port(old.1).map(|port| port.traffic).unwrap_or_default();
        self.set(old, false);
        self.carry(new, traffic);
        self.set(new, true);
        if let Some(other) = other {
            self.set(other, true);
            self.touch(other);
        }
        self.outcome.told.push(format!("{from} → {to}"));
        Ok(())
    }

    /// The port of this name, if a cable fits in.
    fn free(&self, name: &str) -> Result<(usize, u32), String> {
        let at = self.network.find_socket(name)?;
        let plugged = self.network.plugged.iter().any(|plugged| plugged.at == at);
        match self.other_end(at) {
            Some(other) => Err(format!("{name} has a cable already, to {}", self.network.port_name(other))),
            None if plugged => Err(format!("{name} has something plugged in already")),
            None => Ok(at),
        }
    }

    /// The port at the other end of a port's cable.
    fn other_end(&self, at: (usize, u32)) -> Option<(usize, u32)> {
        self.network.links.iter().find_map(|link| match at {
            _ if link.a == at => Some(link.b),
            _ if link.b == at => Some(link.a),
            _ => None,
        })
    }

    /// sysUpTime of a device.
    fn up_time(&self, place: usize) -> u32 {
        let started = self.network.devices.get(place).map_or(0, |device| device.uptime);
        started.wrapping_add(((self.clock)(place).seconds() * 100.0) as u32)
    }

    /// A port that carries nothing yet carries that from now on: its counters begin at 0.
    fn carry(&mut self, (place, index): (usize, u32), traffic: Traffic) {
        let now = (self.clock)(place);
        let Some(device) = self.network.devices.get_mut(place) else { return };
        let before = f64::from(device.uptime) / 100.0;
        let port = device.ports.iter_mut().find(|port| port.index == index);
        if let Some(port) = port.filter(|port| port.traffic == Traffic::default()) {
            port.traffic = traffic;
            port.pause = Pause { seconds: before + now.busy_seconds(), ..Pause::default() };
        }
    }

    /// The neighbours of a port are others now.
    fn touch(&mut self, (place, index): (usize, u32)) {
        let up_time = self.up_time(place);
        let Some(device) = self.network.devices.get_mut(place) else { return };
        device.heard_change = Some(up_time);
        if let Some(port) = device.ports.iter_mut().find(|port| port.index == index) {
            port.last_change = up_time;
        }
        self.outcome.changed.insert(place);
    }

    /// A port goes up or down, and what lies on it.
    fn set(&mut self, (place, index): (usize, u32), up: bool) {
        let now = (self.clock)(place);
        let Some(device) = self.network.devices.get_mut(place) else { return };
        let Some(port) = device.ports.iter_mut().find(|port| port.index == index) else { return };
        port.admin_up |= up;
        if port.oper_up == up {
            return;
        }
        port.oper_up = up;
        match (up, port.pause.since.take()) {
            (false, _) => port.pause.since = Some(now),
            (true, Some(since)) => {
                port.pause.seconds += now.busy_seconds() - since.busy_seconds();
                port.pause.count += 1;
            }
            (true, None) => {}
        }
        let state = if up { "up" } else { "down" };
        self.outcome.told.push(format!("{}:{} is {state}", device.name, port.name));
        let bundle = port.bundle;
        let above: Vec<u32> =
            device.ports.iter().filter(|port| port.parent == Some(index)).map(|port| port.index).collect();
        let any = |bundle| device.ports.iter().any(|port| port.bundle == Some(bundle) && port.oper_up);
        let bundle = bundle.map(|bundle| (bundle, any(bundle)));
        self.touch((place, index));
        for (index, up) in above.into_iter().map(|index| (index, up)).chain(bundle) {
            self.set((place, index), up);
        }
    }
}

#[cfg(test)]
mod tests;
