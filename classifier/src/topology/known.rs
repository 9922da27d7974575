//! Links as they are kept: by names, which stay when numbers change, with a state and a beginning.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::links::{End, Link};
use crate::state::{DeviceState, Interface};
use crate::timestamp::Timestamp;

/// A port at one end of a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Port {
    /// The device's name in the inventory.
    pub device: String,
    /// What the interface is known by on its device: ifName, else ifDescr, else ifIndex; empty where it is not known which
    /// it is.
    pub if_name: String,
}

/// Both ends of a link, the one that sorts first before: what identifies it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Ends {
    /// One end.
    pub a: Port,
    /// The other.
    pub b: Port,
}

impl Ends {
    /// Two ends in their order.
    pub fn new(one: Port, two: Port) -> Self {
        if one <= two { Self { a: one, b: two } } else { Self { a: two, b: one } }
    }

    /// Both.
    pub fn both(&self) -> [&Port; 2] {
        [&self.a, &self.b]
    }

    /// Whether both ports are known.
    pub fn is_complete(&self) -> bool {
        self.both().iter().all(|port| !port.if_name.is_empty())
    }
}

/// How it stands with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// It is seen, and its ports are up as far as known.
    #[default]
    Active,
    /// One of its ports is down.
    Down,
    /// Good walks no longer see it; after a few of them it is retired.
    Missing,
    /// One of its devices does not answer, and the other does not see it.
    Unknown,
}

impl LinkState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Down, Self::Missing, Self::Unknown];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Down => "down",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct KnownLink {
    /// Its ends.
    #[serde(flatten)]
    pub ends: Ends,
    /// Protocols it is seen in, such as `cdp+lldp`.
    pub protocol: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// Whether each end has seen the other when the link was last seen.
    pub seen_by: [bool; 2],
    /// Several devices are seen on one of its ports.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// An operator has said so, whether it is seen or not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
    /// Who, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Box<Said>>,
    /// The aggregates its ports are parts of, by end; empty where a port is in none.
    #[serde(skip_serializing_if = "none_of_both")]
    pub aggregates: [String; 2],
    /// How it stands with it.
    pub state: LinkState,
    /// Since when it stands so.
    pub state_since: Timestamp,
    /// Since when it has been known.
    pub valid_from: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How many good walks in a row have not seen it.
    pub missed: u32,
    /// Up to which walk of its devices that has been counted.
    #[serde(skip)]
    pub counted: Timestamp,
}

fn none_of_both(aggregates: &[String; 2]) -> bool {
    aggregates.iter().all(String::is_empty)
}

impl KnownLink {
    /// The end at a device.
    pub fn at(&self, device: &str) -> Option<&Port> {
        self.ends.both().into_iter().find(|port| port.device == device)
    }

    /// The other end.
    pub fn opposite(&self, device: &str) -> &Port {
        if self.ends.a.device == device { &self.ends.b } else { &self.ends.a }
    }

    /// Whether both ends are on one device.
    pub fn is_loop(&self) -> bool {
        self.ends.a.device == self.ends.b.device
    }

    /// Whether traffic may take it, as far as known.
    pub fn is_usable(&self) -> bool {
        self.state != LinkState::Down && !self.is_loop()
    }
}

/// What an operator has said of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Said {
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Until when; for ever where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What interfaces are called in links: by what they are known by on their devices, which no other has.
#[derive(Debug, Default)]
pub struct Names<'a> {
    devices: Vec<&'a DeviceState>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// The interfaces of all devices.
    pub fn new(devices: &'a [Arc<DeviceState>]) -> Self {
        let places = devices.iter().enumerate();
        Self {
            places: places.map(|(place, device)| (device.head.facts.name.as_str(), place)).collect(),
            devices: devices.iter().map(|device| &**device).collect(),
        }
    }

    /// A device.
    pub fn device(&self, name: &str) -> Option<&'a DeviceState> {
        self.places.get(name).and_then(|place| self.devices.get(*place)).copied()
    }

    /// The interface at an end of a link.
    pub fn interface(&self, port: &Port) -> Option<&'a Arc<Interface>> {
        self.device(&port.device)?.present().find(|interface| interface.key == port.if_name)
    }

    /// A link by names.
    pub fn link(&self, link: &Link) -> KnownLink {
        let mut seen_by = [link.seen_by_a, link.seen_by_b];
        let mut aggregates = [self.aggregate(link.a), self.aggregate(link.b)];
        let (a, b) = (self.port(link.a), self.port(link.b));
        if b < a {
            seen_by.reverse();
            aggregates.reverse();
        }
        KnownLink {
            ends: Ends::new(a, b),
            protocol: link.protocols.to_string(),
            confidence: link.confidence(),
            seen_by,
            shared: link.shared,
            aggregates,
            ..KnownLink::default()
        }
    }

    fn port(&self, End { device, port }: End) -> Port {
        let Some(state) = self.devices.get(device as usize) else { return Port::default() };
        let mut interfaces = state.present().filter(|interface| Some(interface.facts.if_index) == port);
        let if_name = interfaces.next().map(|interface| interface.key.clone()).unwrap_or_default();
        Port { device: state.head.facts.name.clone(), if_name }
    }

    fn aggregate(&self, End { device, port }: End) -> String {
        let state = self.devices.get(device as usize);
        let index = port.and_then(|port| state?.heard.lags.get(&port).copied());
        index.map(|index| self.port(End { device, port: Some(index) }).if_name).unwrap_or_default()
    }
}
