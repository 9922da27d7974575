//! Who is known by what: exact keys to devices of the inventory, never a part of a name. What several devices have in common
//! identifies none of them.

use std::collections::HashMap;
use std::net::IpAddr;

use super::id::Id;
use super::index::identifies;
use super::surroundings::Surroundings;
use crate::facts::{DeviceFacts, InterfaceFacts};

/// A device of the inventory, as far as topology looks at it.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// What the inventory and the device say about it.
    pub facts: &'a DeviceFacts,
    /// Its interfaces.
    pub interfaces: Vec<&'a InterfaceFacts>,
    /// Who it hears, and what it calls itself.
    pub heard: &'a Surroundings,
}

/// A device's place among the members.
pub type Place = u32;

/// How sure a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// An interface has it.
    Interface,
    /// The inventory's address; dot1dBaseBridgeAddress.
    Base,
    /// What the device itself sends as its id.
    Own,
}

/// Keys to devices.
#[derive(Debug, Default)]
pub struct Identities {
    macs: Vec<([u8; 6], Place, Strength)>,
    addresses: Vec<(IpAddr, Place, Strength)>,
    names: HashMap<String, Vec<Place>>,
    short_names: HashMap<String, Vec<Place>>,
    cdp_ids: HashMap<String, Vec<Place>>,
    chassis: HashMap<String, Vec<Place>>,
    serials: HashMap<String, Vec<Place>>,
    twins: Vec<(Place, Place)>,
}

/// Beginnings of MAC addresses that wander: VRRP, HSRP, GLBP.
const VIRTUAL: &[&[u8]] = &[
    &[0x00, 0x00, 0x5e, 0x00, 0x01],
    &[0x00, 0x00, 0x5e, 0x00, 0x02],
    &[0x00, 0x00, 0x0c, 0x07, 0xac],
    &[0x00, 0x00, 0x0c, 0x9f, 0xf0],
    &[0x00, 0x05, 0x73, 0xa0],
    &[0x00, 0x07, 0xb4, 0x00],
];

/// Names that devices come with, or that stand for one that was removed.
const FACTORY_NAMES: &[&str] = &[
    "<private>",
    "<removed>",
    "removed",
    "private",
    "redacted",
    "localhost",
    "localhost.localdomain",
    "switch",
    "router",
    "mikrotik",
    "(none)",
    "none",
    "ubnt",
    "hostname",
    "unknown",
    "default",
    "ap",
    "sysname",
    "system",
    "not set",
    "openwrt",
    "linux",
    "debian",
    "ubuntu",
    "firewall",
    "cisco",
    "hp",
    "huawei",
    "h3c",
    "hpe",
    "quidway",
    "zyxel",
    "d-link",
    "dlink",
    "edgeswitch",
    "unifi",
    "procurve switch",
    "s",
    "device",
    "no-name",
    "noname",
    "test",
    "not advertised",
    "null",
    "n/a",
    "na",
    "wap",
    "accesspoint",
];

impl Identities {
    /// The keys of all members.
    pub fn new(members: &[Member<'_>]) -> Self {
        let mut keys = Self::default();
        for (member, place) in members.iter().zip(0..) {
            keys.add(member, place);
        }
        keys.macs.sort_unstable();
        keys.macs.dedup();
        keys.addresses.sort_unstable();
        keys.addresses.dedup();
        keys.find_twins(members);
        keys
    }

    fn add(&mut self, member: &Member<'_>, place: Place) {
        let Member { facts, interfaces, heard } = member;
        let own = &heard.own;
        let mut mac = |mac: [u8; 6], strength| {
            if !is_virtual(&mac) {
                self.macs.push((mac, place, strength));
            }
        };
        if let Some(chassis) = own.chassis.as_ref().and_then(|chassis| chassis.mac) {
            mac(chassis, Strength::Own);
        }
        for bridge in own.bridge.into_iter().chain(super::id::written_mac(&facts.chassis)) {
            mac(bridge, Strength::Base);
        }
        for interface in interfaces.iter().filter_map(|facts| facts.mac) {
            mac(interface, Strength::Interface);
        }
        let mut address = |address: IpAddr, strength| {
            if identifies(&address) {
                self.addresses.push((address, place, strength));
            }
        };
        if let Ok(listed) = facts.address.parse() {
            address(listed, Strength::Base);
        }
        for known in interfaces.iter().flat_map(|facts| &facts.addresses).map(ipnet::IpNet::addr) {
            address(known, Strength::Interface);
        }
        for known in &own.addresses {
            address(*known, Strength::Interface);
        }
        for name in [facts.name.as_str(), &facts.sys_name, &own.lldp_name] {
            let Some(name) = name_key(name) else { continue };
            for short in prefixes(&name) {
                note(&mut self.short_names, short.to_owned(), place);
            }
            note(&mut self.names, name, place);
        }
        if let Some(id) = name_key(&own.cdp_id) {
            note(&mut self.cdp_ids, id, place);
        }
        if let Some(chassis) = own.chassis.as_ref().filter(|chassis| chassis.mac.is_none()) {
            note(&mut self.chassis, chassis.text.to_lowercase(), place);
        }
        for serial in own.serials.iter().chain([&facts.serial]).filter(|serial| serial.len() >= 6) {
            note(&mut self.serials, serial.to_lowercase(), place);
        }
    }

    /// Who has a MAC address, each with the strongest way.
    pub fn with_mac(&self, mac: &[u8; 6]) -> Vec<(Place, Strength)> {
        let start = self.macs.partition_point(|(known, _, _)| known < mac);
        let rows = self.macs.iter().skip(start).take_while(|(known, _, _)| known == mac);
        strongest(rows.map(|(_, place, strength)| (*place, *strength)))
    }

    /// Who has an address.
    pub fn with_address(&self, address: &IpAddr) -> Vec<(Place, Strength)> {
        let start = self.addresses.partition_point(|(known, _, _)| known < address);
        let rows = self.addresses.iter().skip(start).take_while(|(known, _, _)| known == address);
        strongest(rows.map(|(_, place, strength)| (*place, *strength)))
    }

    /// Who has a name, in full.
    pub fn named(&self, name: &str) -> &[Place] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Who has a name that goes on with a dot and a domain.
    pub fn named_in_short(&self, name: &str) -> &[Place] {
        self.short_names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Who calls itself so in CDP.
    pub fn with_cdp_id(&self, id: &str) -> &[Place] {
        self.cdp_ids.get(id).map_or(&[], Vec::as_slice)
    }

    /// Who sends that chassis id, which is no MAC address.
    pub fn with_chassis(&self, id: &Id) -> &[Place] {
        self.chassis.get(&id.text.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Who has a part with that serial number.
    pub fn with_serial(&self, serial: &str) -> &[Place] {
        self.serials.get(&serial.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Devices that are listed twice: pairs of members that are one piece of hardware as far as can be told.
    pub fn twins(&self) -> &[(Place, Place)] {
        &self.twins
    }

    /// Pairs with a common MAC address that is at least one's own, with nothing of a name or serial number to tell them apart.
    fn find_twins(&mut self, members: &[Member<'_>]) {
        let mut twins = Vec::new();
        for same in self.macs.chunk_by(|one, two| one.0 == two.0).filter(|same| same.len() > 1) {
            let owners = strongest(same.iter().map(|(_, place, strength)| (*place, *strength)));
            for (nth, (one, strength)) in owners.iter().enumerate() {
                for (two, other) in owners.iter().skip(nth + 1) {
                    if *strength.max(other) > Strength::Interface
                        && is_twin(members, (*one, *strength), (*two, *other))
                    {
                        twins.push((*one, *two));
                    }
                }
            }
        }
        twins.sort_unstable();
        twins.dedup();
        self.twins = twins;
    }
}

fn is_twin(members: &[Member<'_>], one: (Place, Strength), two: (Place, Strength)) -> bool {
    let member = |place: Place| members.get(place as usize);
    let (Some(first), Some(second)) = (member(one.0), member(two.0)) else { return false };
    // A device with a MAC address of its own is another one, even where an interface has somebody else's.
    let has_own = |member: &Member<'_>, strength: Strength| {
        let own = &member.heard.own;
        strength == Strength::Interface
            && (own.bridge.is_some() || own.chassis.as_ref().is_some_and(|id| id.mac.is_some()))
    };
    if has_own(first, one.1) || has_own(second, two.1) {
        return false;
    }
    let same_names = match (name_key(&first.facts.sys_name), name_key(&second.facts.sys_name)) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    };
    let (one, two) = (&first.heard.own.serials, &second.heard.own.serials);
    let same_serials = one.is_empty() || two.is_empty() || one.iter().any(|serial| two.contains(serial));
    same_names && same_serials
}

fn strongest(rows: impl Iterator<Item = (Place, Strength)>) -> Vec<(Place, Strength)> {
    let mut owners: Vec<(Place, Strength)> = Vec::new();
    for (place, strength) in rows {
        match owners.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) => *known = strength.max(*known),
            None => owners.push((place, strength)),
        }
    }
    owners
}

fn note(map: &mut HashMap<String, Vec<Place>>, key: String, place: Place) {
    let places = map.entry(key).or_default();
    if !places.contains(&place) {
        places.push(place);
    }
}

/// Whether a MAC address belongs to no one device: virtual routers', multicast, all ones.
pub fn is_virtual(mac: &[u8; 6]) -> bool {
    *mac == [0; 6] || mac[0] & 1 == 1 || VIRTUAL.iter().any(|prefix| mac.starts_with(prefix))
}

/// A name as it is looked up; `None` where it tells nobody from anybody.
pub fn name_key(name: &str) -> Option<String> {
    let key = name.trim().trim_end_matches('.').to_lowercase();
    let telling =
        key.len() > 1 && !FACTORY_NAMES.contains(&key.as_str()) && key.chars().any(char::is_alphanumeric);
    let all_x = key.chars().all(|c| c == 'x' || !c.is_alphanumeric());
    (telling && !all_x).then_some(key)
}

/// What is left of a name when labels are taken off its end. An address has no labels.
pub fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let is_address = name.parse::<IpAddr>().is_ok();
    let dots = name.match_indices('.').filter(move |_| !is_address).map(|(at, _)| at);
    dots.filter_map(|at| name.get(..at)).filter(|short| name_key(short).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_domains_come_off_label_by_label() {
        let all: Vec<_> = prefixes("f241.01.c9500.cisco.com").collect();
        assert_eq!(all, ["f241", "f241.01", "f241.01.c9500", "f241.01.c9500.cisco"]);
        assert_eq!(prefixes("10.1.2.3").count(), 0);
        assert_eq!(name_key(" SW1.Bank.Example. ").as_deref(), Some("sw1.bank.example"));
        for nobody in ["", "<private>", "XXX", "MikroTik", "-", "Switch"] {
            assert_eq!(name_key(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn virtual_routers_are_nobody() {
        assert!(is_virtual(&[0, 0, 0x5e, 0, 1, 7]));
        assert!(is_virtual(&[0, 0, 0x0c, 7, 0xac, 1]));
        assert!(is_virtual(&[1, 0x80, 0xc2, 0, 0, 0]));
        assert!(!is_virtual(&[0, 0x1e, 0x58, 0x5c, 9, 0]));
    }
}
