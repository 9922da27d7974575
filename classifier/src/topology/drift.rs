//! Where what is written and what is there have come apart: the description names another device than the one that is plugged
//! in, a provider's line without a provider, a critical port without a description.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::identity::name_key;
use super::known::{Ends, KnownLink};
use crate::kind::InterfaceType;
use crate::state::DeviceState;

/// What has come apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// ifAlias names a device of the inventory, and another one is plugged in.
    OtherNeighbour,
    /// A provider's line, and nothing says whose.
    UnknownProvider,
    /// A critical interface without ifAlias.
    Undescribed,
    /// An operator has said who is plugged in, and somebody else is heard.
    NotAsSaid,
}

impl DriftKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::OtherNeighbour, Self::UnknownProvider, Self::Undescribed, Self::NotAsSaid];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherNeighbour => "other_neighbour",
            Self::UnknownProvider => "unknown_provider",
            Self::Undescribed => "undescribed",
            Self::NotAsSaid => "not_as_said",
        }
    }
}

/// One interface where they have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Drift {
    /// The device.
    pub device: String,
    /// The interface.
    pub if_name: String,
    /// What has come apart.
    pub kind: DriftKind,
    /// ifAlias; of a link that was said, who should be plugged in.
    pub written: String,
    /// Who is plugged in.
    pub found: String,
}

/// All of them, by device and interface. `contradicted` are links that are heard where operators have said others.
pub fn drift(
    devices: &[Arc<DeviceState>],
    links: &[Arc<KnownLink>],
    contradicted: &[(KnownLink, Ends)],
) -> Vec<Drift> {
    let names: HashSet<String> = devices
        .iter()
        .filter_map(|device| name_key(&device.head.facts.name))
        .filter(|name| is_telling(name))
        .collect();
    let mut far: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
    for ends in links.iter().map(|link| &link.ends) {
        for (near, other) in [(&ends.a, &ends.b), (&ends.b, &ends.a)] {
            far.entry((&near.device, &near.if_name)).or_default().push(&other.device);
        }
    }
    let mut all = Vec::new();
    for device in devices {
        let own = &device.head.facts.name;
        for interface in device.present() {
            let (facts, label) = (&interface.facts, &interface.label);
            let if_name = interface.key.clone();
            let there = far.get(&(own.as_str(), if_name.as_str())).map(Vec::as_slice).unwrap_or_default();
            let mut note = |kind| {
                let (written, found) = (facts.alias.clone(), there.join(", "));
                all.push(Drift { device: own.clone(), if_name: if_name.clone(), kind, written, found });
            };
            let named: Vec<String> =
                words(&facts.alias).filter(|word| names.contains(word) && !same(word, own)).collect();
            let is_there = |word: &String| there.iter().any(|device| same(word, device));
            if !there.is_empty() && !named.is_empty() && !named.iter().any(is_there) {
                note(DriftKind::OtherNeighbour);
            }
            if label.interface_type == InterfaceType::Isp && label.provider.is_none() {
                note(DriftKind::UnknownProvider);
            }
            if label.critical.critical && facts.alias.is_empty() {
                note(DriftKind::Undescribed);
            }
        }
    }
    for (heard, said) in contradicted {
        all.extend(not_as_said(heard, said));
    }
    all.sort();
    all.dedup();
    all
}

/// What is heard on a port of which an operator has said something else.
fn not_as_said(heard: &KnownLink, said: &Ends) -> Option<Drift> {
    let port = said.both().into_iter().find(|port| heard.ends.both().contains(port))?;
    let far = |ends: &Ends| {
        let far = if ends.a == *port { &ends.b } else { &ends.a };
        [far.device.as_str(), &far.if_name].join(" ").trim_end().to_owned()
    };
    let (device, if_name) = (port.device.clone(), port.if_name.clone());
    Some(Drift { device, if_name, kind: DriftKind::NotAsSaid, written: far(said), found: far(&heard.ends) })
}

/// Names that are words of the language say nothing.
fn is_telling(name: &str) -> bool {
    name.len() > 3 && name.chars().any(|c| c.is_ascii_digit())
}

/// The words of a description that may be names of devices.
fn words(alias: &str) -> impl Iterator<Item = String> {
    let words = alias.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
    words.map(|word| word.trim_matches(['.', '-', '_']).to_lowercase()).filter(|word| !word.is_empty())
}

fn same(word: &str, device: &str) -> bool {
    word.eq_ignore_ascii_case(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DeviceFacts, InterfaceFacts};
    use crate::state::{DeviceHead, Interface};
    use crate::topology::known::Port;

    fn device(name: &str, alias: &str) -> Arc<DeviceState> {
        let facts = InterfaceFacts { name: "1".into(), alias: alias.into(), ..InterfaceFacts::default() };
        let head = DeviceHead {
            facts: Arc::new(DeviceFacts { name: name.into(), ..DeviceFacts::default() }),
            ..DeviceHead::default()
        };
        let interface = Interface { key: facts.key(), facts, ..Interface::default() };
        Arc::new(DeviceState { head, interfaces: vec![Arc::new(interface)], ..DeviceState::default() })
    }

    #[test]
    fn a_description_that_names_another_device_is_told() {
        for (alias, told) in [
            ("To gori-sw3 Gi0/5", 1),
            ("To gori-sw2", 0),
            ("gori-sw2 (was gori-sw3)", 0),
            ("from gori-sw1", 0),
            ("uplink", 0),
            ("gori-sw33", 0),
            ("", 0),
        ] {
            let devices = [device("gori-sw1", alias), device("gori-sw2", ""), device("gori-sw3", "")];
            let port = |device: &str| Port { device: device.into(), if_name: "1".into() };
            let ends = Ends::new(port("gori-sw1"), port("gori-sw2"));
            let link = Arc::new(KnownLink { ends, ..KnownLink::default() });
            assert_eq!(drift(&devices, &[link], &[]).len(), told, "{alias}");
        }
    }

    #[test]
    fn what_is_heard_where_something_else_was_said_is_told() {
        let port = |device: &str| Port { device: device.into(), if_name: "1".into() };
        let heard = KnownLink { ends: Ends::new(port("a"), port("c")), ..KnownLink::default() };
        let told = drift(&[], &[], &[(heard, Ends::new(port("a"), port("b")))]);
        assert_eq!((told[0].kind, told[0].device.as_str()), (DriftKind::NotAsSaid, "a"));
        assert_eq!((told[0].written.as_str(), told[0].found.as_str()), ("b 1", "c 1"));
    }
}
