//! The interfaces of one device, to be found by what others call them: always exactly one, or none.

use std::collections::HashMap;

use super::id::{Id, IdKind};
use super::names::{Canonical, canonical};
use crate::facts::{InterfaceFacts, Status};

/// softwareLoopback, tunnel, l2vlan, l3ipvlan, l3ipxvlan (IANAifType-MIB): nobody is heard there.
const LOGICAL: [u32; 5] = [24, 131, 135, 136, 137];

/// What is remembered for a name that several interfaces have.
const SEVERAL: u32 = u32::MAX;

/// Interfaces by all they may be called.
#[derive(Debug, Default)]
pub struct Ports<'a> {
    by_index: HashMap<u32, &'a InterfaceFacts>,
    names: HashMap<&'a str, u32>,
    descrs: HashMap<&'a str, u32>,
    aliases: HashMap<&'a str, u32>,
    canonical_names: HashMap<Canonical, u32>,
    canonical_descrs: HashMap<Canonical, u32>,
    macs: HashMap<[u8; 6], u32>,
}

impl<'a> Ports<'a> {
    /// The interfaces of a device.
    pub fn new(interfaces: impl IntoIterator<Item = &'a InterfaceFacts>) -> Self {
        let mut ports = Self::default();
        for facts in interfaces {
            let index = facts.if_index;
            ports.by_index.insert(index, facts);
            for (map, text) in [
                (&mut ports.names, facts.name.as_str()),
                (&mut ports.descrs, facts.descr.as_str()),
                (&mut ports.aliases, facts.alias.as_str()),
            ] {
                if !text.is_empty() {
                    note(map, text, index);
                }
            }
            for (map, text) in
                [(&mut ports.canonical_names, &facts.name), (&mut ports.canonical_descrs, &facts.descr)]
            {
                if let Some(key) = canonical(text) {
                    note(map, key, index);
                }
            }
            if let Some(mac) = facts.mac.filter(|_| !is_logical(facts)) {
                note(&mut ports.macs, mac, index);
            }
        }
        ports
    }

    /// An interface by its ifIndex.
    pub fn get(&self, index: u32) -> Option<&'a InterfaceFacts> {
        self.by_index.get(&index).copied()
    }

    /// The interface of that ifIndex, where somebody can be heard on it.
    pub fn physical(&self, index: u32) -> Option<&'a InterfaceFacts> {
        self.get(index).filter(|facts| !is_logical(facts))
    }

    /// The one interface of that name: ifName first, as one port's name can be another's description.
    pub fn named(&self, text: &str) -> Option<u32> {
        if text.is_empty() {
            return None;
        }
        let exact = [&self.names, &self.descrs].into_iter().find_map(|map| map.get(text).copied());
        if let Some(found) = exact {
            return self.one(found);
        }
        let key = canonical(text)?;
        let found = [&self.canonical_names, &self.canonical_descrs]
            .into_iter()
            .find_map(|map| map.get(&key).copied());
        self.one(found?)
    }

    /// The one interface of that description: ifDescr, ifName, ifAlias.
    pub fn described(&self, text: &str) -> Option<u32> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let maps = [&self.descrs, &self.names, &self.aliases];
        if let Some(found) = maps.into_iter().find_map(|map| map.get(text).copied()) {
            return self.one(found);
        }
        let found = self.canonical_descrs.get(&canonical(text)?).copied();
        self.one(found?)
    }

    /// The one interface of that ifAlias.
    pub fn aliased(&self, text: &str) -> Option<u32> {
        self.aliases.get(text).copied().and_then(|found| self.one(found))
    }

    /// The one physical interface of that MAC address.
    pub fn with_mac(&self, mac: [u8; 6]) -> Option<u32> {
        self.macs.get(&mac).copied().and_then(|found| self.one(found))
    }

    /// Whether any physical interface has that MAC address.
    pub fn has_mac(&self, mac: [u8; 6]) -> bool {
        self.macs.contains_key(&mac)
    }

    /// The one interface a port id names, by its subtype, and without it by what it looks like. Numbers are left to others.
    pub fn identified(&self, id: &Id) -> Option<u32> {
        let by_mac = || id.mac.and_then(|mac| self.with_mac(mac));
        match id.kind {
            IdKind::Mac => by_mac(),
            IdKind::Alias => self.aliased(&id.text).or_else(|| self.named(&id.text)),
            IdKind::Address | IdKind::Circuit => None,
            _ => self
                .named(&id.text)
                .or_else(by_mac)
                .or_else(|| self.aliased(&id.text).filter(|_| is_telling(&id.text))),
        }
    }

    fn one(&self, found: u32) -> Option<u32> {
        (found != SEVERAL).then_some(found)
    }
}

/// Whether a text can be a port's own: a bare number as an alias is no proof.
fn is_telling(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

fn note<K: std::hash::Hash + Eq>(map: &mut HashMap<K, u32>, key: K, index: u32) {
    map.entry(key)
        .and_modify(|known| {
            if *known != index {
                *known = SEVERAL;
            }
        })
        .or_insert(index);
}

/// Whether nobody can be heard on an interface of that type.
pub fn is_logical(facts: &InterfaceFacts) -> bool {
    facts.if_type.is_some_and(|kind| LOGICAL.contains(&kind))
}

/// Whether an interface is known to be down; one whose status was not read is not.
pub fn is_down(facts: &InterfaceFacts) -> bool {
    !matches!(facts.oper, None | Some(Status::Up | Status::Unknown | Status::Dormant | Status::Testing))
}
