//! Links as they are kept: by names, which stay when numbers change, with a state and a beginning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::identity::Member;
use super::links::{End, Link};
use super::network::Network;
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
    /// An operator has said so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
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

    /// Whether traffic may take it, as far as known.
    pub fn is_usable(&self) -> bool {
        self.state != LinkState::Down && self.ends.a.device != self.ends.b.device
    }
}

/// A link that an operator has said there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualLink {
    /// Its ends, both with their ports.
    #[serde(flatten)]
    pub ends: Ends,
    /// Who said so.
    #[serde(default)]
    pub author: String,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// The links of a network by names, and the operators' among them; of these, those whose ports are there. A port that an operator
/// has plugged in has no other link.
pub fn named(network: &Network, members: &[Member<'_>], manual: &[ManualLink]) -> Vec<KnownLink> {
    let names: Vec<BTreeMap<u32, String>> = members
        .iter()
        .map(|member| member.interfaces.iter().map(|facts| (facts.if_index, facts.key())).collect())
        .collect();
    let name = |device: u32, index: Option<u32>| {
        index.and_then(|index| names.get(device as usize)?.get(&index).cloned()).unwrap_or_default()
    };
    let exists = |port: &Port| {
        let mut places = members.iter().zip(&names).filter(|(member, _)| member.facts.name == port.device);
        places.any(|(_, names)| names.values().any(|name| *name == port.if_name))
    };
    let manual: Vec<&ManualLink> =
        manual.iter().filter(|link| link.ends.both().into_iter().all(&exists)).collect();
    let taken = |port: &Port| manual.iter().any(|link| link.ends.both().contains(&port));
    let seen = network.links.iter().filter_map(|link| {
        let known = of_link(link, members, &name)?;
        let is_free = !known.ends.both().into_iter().any(&taken);
        is_free.then_some(known)
    });
    let said = manual.iter().map(|link| KnownLink {
        ends: link.ends.clone(),
        protocol: "manual".into(),
        confidence: 1.0,
        seen_by: [true; 2],
        manual: true,
        ..KnownLink::default()
    });
    seen.chain(said).collect()
}

fn of_link(
    link: &Link,
    members: &[Member<'_>],
    name: &impl Fn(u32, Option<u32>) -> String,
) -> Option<KnownLink> {
    let member = |end: End| members.get(end.device as usize);
    let port = |end: End| {
        Some(Port { device: member(end)?.facts.name.clone(), if_name: name(end.device, end.port) })
    };
    let aggregate = |end: End| {
        let index = member(end).and_then(|member| member.heard.lags.get(&end.port?).copied());
        name(end.device, index)
    };
    let (a, b) = (port(link.a)?, port(link.b)?);
    let mut seen_by = [link.seen_by_a, link.seen_by_b];
    let mut aggregates = [aggregate(link.a), aggregate(link.b)];
    if b < a {
        seen_by.reverse();
        aggregates.reverse();
    }
    Some(KnownLink {
        ends: Ends::new(a, b),
        protocol: link.protocols.to_string(),
        confidence: link.confidence(),
        seen_by,
        shared: link.shared,
        aggregates,
        ..KnownLink::default()
    })
}
