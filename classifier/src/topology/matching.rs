//! Which device of the inventory a neighbour is: evidence of exact keys is weighed, a MAC address over a name, and what stays
//! ambiguous is no device and is told.

use std::collections::BTreeMap;

use super::identity::{Identities, Member, Place, Strength, is_virtual, name_key, prefixes};
use super::surroundings::Sighting;

/// What told who a neighbour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The chassis id, or the CDP device id, is exactly the device's own.
    OwnId,
    /// A MAC address that one device has.
    Mac,
    /// A serial number.
    Serial,
    /// An address that one device has.
    Address,
    /// The name, in full.
    Name,
    /// The name without a domain that only one side gives.
    ShortName,
}

/// Who a neighbour is.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// A device of the inventory.
    Device {
        /// Which.
        place: Place,
        /// How sure that is, from 0 to 1.
        score: f64,
        /// By what.
        by: Evidence,
        /// Another key says somebody else.
        conflict: bool,
    },
    /// The device that heard it.
    Itself,
    /// One of several devices of the inventory; which one cannot be told.
    Ambiguous(Vec<Place>),
    /// Nobody of the inventory. `conflict`: a name or address is known, but the MAC address is somebody else's.
    Nobody {
        /// Whether a key had to be left aside.
        conflict: bool,
    },
}

/// A second candidate must be that much less likely.
const MARGIN: f64 = 0.2;
/// Less is no match.
const LEAST: f64 = 0.6;

#[derive(Debug, Clone, Copy)]
struct Claim {
    place: Place,
    score: f64,
    by: Evidence,
}

/// Says who a neighbour is that the member at `seer` hears.
pub fn who(sighting: &Sighting, seer: Place, members: &[Member<'_>], keys: &Identities) -> Who {
    let mut case = Case { sighting, members, keys, claims: Vec::new(), several: Vec::new(), conflict: false };
    case.hear_ids();
    let by_hardware = !case.claims.is_empty() || !case.several.is_empty();
    let hardware: Vec<Claim> = case.claims.clone();
    let shared = case.several.clone();
    case.hear_names_and_addresses();
    let found = if by_hardware { case.judge_hardware(&hardware, &shared) } else { case.judge_names() };
    match found {
        Who::Device { place, .. } if place == seer => Who::Itself,
        found => found,
    }
}

struct Case<'a, 'm> {
    sighting: &'a Sighting,
    members: &'a [Member<'m>],
    keys: &'a Identities,
    claims: Vec<Claim>,
    /// Devices of which one is meant.
    several: Vec<Vec<Place>>,
    conflict: bool,
}

impl Case<'_, '_> {
    /// What identifies hardware: chassis ids, MAC addresses, serial numbers, the own id in CDP.
    fn hear_ids(&mut self) {
        let sighting = self.sighting;
        let chassis = sighting.chassis.as_ref();
        if let Some(mac) = chassis.and_then(|chassis| chassis.mac).filter(|mac| !is_virtual(mac)) {
            self.hear_mac(mac);
        } else if let Some(chassis) = chassis.filter(|chassis| chassis.address.is_none()) {
            self.hear(self.keys.with_chassis(chassis), 1.0, Evidence::OwnId);
        }
        if let Some(id) = name_key(&sighting.device_id) {
            self.hear(self.keys.with_cdp_id(&id), 1.0, Evidence::OwnId);
        }
        if self.claims.is_empty() && self.several.is_empty() {
            if let Some(mac) =
                sighting.port_id.as_ref().and_then(|port| port.mac).filter(|mac| !is_virtual(mac))
            {
                self.hear_mac(mac);
                self.drop_contradicted();
            }
            let serial = sighting.serial.as_str();
            if serial.len() >= 6 {
                self.hear(self.keys.with_serial(serial), 0.95, Evidence::Serial);
            }
        }
    }

    fn hear_mac(&mut self, mac: [u8; 6]) {
        match self.keys.with_mac(&mac).as_slice() {
            [] => {}
            [(place, strength)] => {
                let (score, by) = match strength {
                    Strength::Own => (1.0, Evidence::OwnId),
                    Strength::Base => (0.95, Evidence::Mac),
                    Strength::Interface => (0.85, Evidence::Mac),
                };
                self.claims.push(Claim { place: *place, score, by });
            }
            owners => self.several.push(owners.iter().map(|(place, _)| *place).collect()),
        }
    }

    fn hear(&mut self, places: &[Place], score: f64, by: Evidence) {
        match places {
            [] => {}
            [place] => self.claims.push(Claim { place: *place, score, by }),
            several => self.several.push(several.to_vec()),
        }
    }

    fn hear_names_and_addresses(&mut self) {
        let sighting = self.sighting;
        let before = self.claims.len();
        let chassis = sighting.chassis.as_ref().filter(|id| id.mac.is_none() && id.address.is_none());
        let chassis = chassis.map_or("", |id| &id.text);
        let names = [sighting.name.as_str(), sighting.device_id.as_str(), chassis];
        let names: Vec<String> = names.into_iter().filter_map(name_key).collect();
        for name in &names {
            let found = self.keys.named(name);
            self.hear(found, 0.8, Evidence::Name);
            if found.is_empty() {
                // One side gives a domain that the other does not.
                let longer = self.keys.named_in_short(name);
                let shorter = || {
                    prefixes(name)
                        .map(|short| self.keys.named(short))
                        .filter(|found| !found.is_empty())
                        .last()
                };
                let found = if longer.is_empty() { shorter().unwrap_or_default() } else { longer };
                // So short a name may be somebody else's, where the MAC address is not known to be its own.
                match found {
                    [place] if !self.is_plausible(*place, &names) => self.conflict = true,
                    found => self.hear(found, 0.6, Evidence::ShortName),
                }
            }
        }
        self.drop_contradicted();
        let named: Vec<Place> = self.claims.iter().skip(before).map(|claim| claim.place).collect();
        let of_chassis = sighting.chassis.as_ref().and_then(|chassis| chassis.address);
        for address in sighting.addresses.iter().chain(&of_chassis) {
            let [(place, strength)] = self.keys.with_address(address)[..] else { continue };
            // An address alone may be one of another network.
            if named.contains(&place) || self.is_plausible(place, &names) {
                let score = if strength > Strength::Interface { 0.9 } else { 0.85 };
                self.claims.push(Claim { place, score, by: Evidence::Address });
            } else {
                self.conflict = true;
            }
        }
    }

    /// Whether nothing of what a device is known by speaks against it being the neighbour.
    fn is_plausible(&self, place: Place, names: &[String]) -> bool {
        let Some(member) = self.members.get(place as usize) else { return false };
        let chassis = self.sighting.chassis.as_ref().and_then(|chassis| chassis.mac);
        let has_macs =
            member.interfaces.iter().any(|facts| facts.mac.is_some()) || member.heard.own.bridge.is_some();
        if let Some(mac) = chassis.filter(|mac| has_macs && !is_virtual(mac)) {
            return self.has_mac(member, mac);
        }
        let own = [&member.facts.sys_name, &member.heard.own.lldp_name, &member.heard.own.cdp_id];
        let own: Vec<String> = own.into_iter().filter_map(|name| name_key(name)).collect();
        let agree = |one: &String, two: &String| {
            one == two || prefixes(one).any(|p| p == two) || prefixes(two).any(|p| p == one)
        };
        own.is_empty() || names.is_empty() || own.iter().any(|own| names.iter().any(|name| agree(own, name)))
    }

    fn has_mac(&self, member: &Member<'_>, mac: [u8; 6]) -> bool {
        let own = &member.heard.own;
        own.chassis.as_ref().and_then(|chassis| chassis.mac) == Some(mac)
            || own.bridge == Some(mac)
            || member.interfaces.iter().any(|facts| facts.mac == Some(mac))
    }

    /// Leaves aside devices whose own chassis id is a MAC address that is not the neighbour's.
    fn drop_contradicted(&mut self) {
        let mac = self.sighting.chassis.as_ref().and_then(|chassis| chassis.mac);
        let Some(mac) = mac.filter(|mac| !is_virtual(mac)) else { return };
        let before = self.claims.len();
        let claims = std::mem::take(&mut self.claims);
        let stays = |claim: &Claim| {
            let member = self.members.get(claim.place as usize);
            let own = member.and_then(|member| member.heard.own.chassis.as_ref()?.mac);
            own.is_none_or(|own| own == mac || member.is_some_and(|member| self.has_mac(member, mac)))
        };
        self.claims = claims.into_iter().filter(stays).collect();
        self.conflict |= self.claims.len() < before;
    }

    /// Hardware is known: names and addresses only tell apart those that share it.
    fn judge_hardware(&self, hardware: &[Claim], shared: &[Vec<Place>]) -> Who {
        let Some(best) =
            hardware.iter().copied().reduce(|one, two| if two.score > one.score { two } else { one })
        else {
            let mut candidates: Vec<Place> = shared.iter().flatten().copied().collect();
            candidates.sort_unstable();
            candidates.dedup();
            let mut told: Vec<Place> = self
                .claims
                .iter()
                .map(|claim| claim.place)
                .filter(|place| candidates.contains(place))
                .collect();
            told.sort_unstable();
            told.dedup();
            return match told[..] {
                [place] => Who::Device { place, score: 0.8, by: Evidence::Mac, conflict: self.conflict },
                _ => Who::Ambiguous(candidates),
            };
        };
        let others: Vec<&Claim> = self.claims.iter().filter(|claim| claim.place != best.place).collect();
        let strong = |claim: &&&Claim| !matches!(claim.by, Evidence::Name | Evidence::ShortName);
        // Two that both say exactly their own id: a device of a stack that is listed by itself, or a copy.
        let rival = others.iter().filter(strong).find(|claim| best.score < 1.0 || claim.score >= 1.0);
        match rival {
            Some(rival) => Who::Ambiguous(vec![best.place, rival.place]),
            None => Who::Device {
                place: best.place,
                score: best.score,
                by: best.by,
                conflict: self.conflict || !others.is_empty(),
            },
        }
    }

    /// Only names and addresses are known.
    fn judge_names(&self) -> Who {
        let mut best: BTreeMap<Place, Claim> = BTreeMap::new();
        for claim in &self.claims {
            let known = best.entry(claim.place).or_insert(*claim);
            if known.score < claim.score {
                *known = *claim;
            }
        }
        let mut ranked: Vec<Claim> = best.into_values().collect();
        ranked.sort_by(|one, two| two.score.total_cmp(&one.score));
        match ranked[..] {
            [first, second, ..] if first.score - second.score < MARGIN - 1e-9 => {
                Who::Ambiguous(ranked.iter().map(|claim| claim.place).collect())
            }
            [first, ..] if first.score >= LEAST => {
                Who::Device { place: first.place, score: first.score, by: first.by, conflict: self.conflict }
            }
            _ => match self.several.first() {
                Some(several) => Who::Ambiguous(several.clone()),
                None => Who::Nobody { conflict: self.conflict },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DeviceFacts, InterfaceFacts};
    use crate::topology::id::Id;
    use crate::topology::surroundings::{OwnIds, Surroundings};

    /// A device by its sysName, its own LLDP chassis id, the MAC addresses and addresses of its interfaces.
    struct Kit {
        facts: DeviceFacts,
        interface: Vec<InterfaceFacts>,
        heard: Surroundings,
    }

    fn device(name: &str, chassis: Option<u8>, macs: &[u8], address: &str) -> Kit {
        let interface = |last: &u8| InterfaceFacts {
            mac: Some(mac(*last)),
            addresses: format!("{address}/24").parse().into_iter().collect(),
            ..InterfaceFacts::default()
        };
        Kit {
            facts: DeviceFacts {
                name: format!("inv-{name}"),
                sys_name: name.into(),
                ..DeviceFacts::default()
            },
            interface: macs.iter().map(interface).collect(),
            heard: Surroundings {
                own: OwnIds {
                    chassis: chassis.and_then(|last| Id::chassis(Some(4), &mac(last))),
                    ..OwnIds::default()
                },
                ..Surroundings::default()
            },
        }
    }

    fn mac(last: u8) -> [u8; 6] {
        [0, 0x1e, 0x58, 0, 0, last]
    }

    fn sighting(chassis: Option<[u8; 6]>, name: &str, address: &str) -> Sighting {
        Sighting {
            chassis: chassis.and_then(|mac| Id::chassis(Some(4), &mac)),
            name: name.into(),
            addresses: address.parse().into_iter().collect(),
            ..Sighting::default()
        }
    }

    /// Who is seen by somebody else: the name, `?` where it is one of several, `-` where it is nobody.
    fn told(sighting: &Sighting) -> String {
        let devices = [
            device("seer", None, &[99], "192.0.2.99"),
            device("sw1.bank.example", Some(1), &[10, 11], "192.0.2.1"),
            device("sw10", Some(2), &[20, 21], "192.0.2.10"),
            device("r1", None, &[30], "10.0.0.1"),
            device("r2", None, &[40], "10.0.0.1"),
            device("same", None, &[50], "192.0.2.50"),
            device("same", None, &[60], "192.0.2.60"),
        ];
        let members: Vec<Member<'_>> = devices
            .iter()
            .map(|one| Member {
                facts: &one.facts,
                interfaces: one.interface.iter().collect(),
                heard: &one.heard,
            })
            .collect();
        let keys = Identities::new(&members);
        match who(sighting, 0, &members, &keys) {
            Who::Device { place, conflict, .. } => {
                format!(
                    "{}{}",
                    members[place as usize].facts.sys_name,
                    if conflict { " conflict" } else { "" }
                )
            }
            Who::Itself => "itself".into(),
            Who::Ambiguous(_) => "?".into(),
            Who::Nobody { conflict } => if conflict { "- conflict" } else { "-" }.into(),
        }
    }

    #[test]
    fn exact_keys_tell_who_it_is() {
        let vrrp = Some([0, 0, 0x5e, 0, 1, 7]);
        for (chassis, name, address, expected) in [
            (Some(mac(1)), "", "", "sw1.bank.example"),
            (Some(mac(11)), "", "", "sw1.bank.example"),
            (Some(mac(99)), "", "", "itself"),
            (None, "SW1.bank.example", "", "sw1.bank.example"),
            (None, "sw1", "", "sw1.bank.example"),
            (None, "sw10.bank.example", "", "sw10"),
            (None, "sw", "", "-"),
            (None, "sw100", "", "-"),
            (None, "sw1.other.example", "", "-"),
            // The MAC address goes before the name.
            (Some(mac(1)), "sw10", "", "sw1.bank.example conflict"),
            (Some(mac(77)), "sw10", "", "- conflict"),
            // Of what several have none is meant, but where a name tells.
            (None, "same", "", "?"),
            (Some(mac(60)), "same", "", "same"),
            (None, "", "10.0.0.1", "-"),
            (None, "r2", "10.0.0.1", "r2"),
            (vrrp, "r1", "", "r1"),
            (vrrp, "", "", "-"),
            // An address of another network, where somebody else has it.
            (Some(mac(77)), "", "192.0.2.50", "- conflict"),
            (None, "stranger", "192.0.2.50", "- conflict"),
            (None, "", "192.0.2.50", "same"),
            (None, "", "127.0.0.1", "-"),
            (None, "<private>", "", "-"),
        ] {
            assert_eq!(told(&sighting(chassis, name, address)), expected, "{chassis:?} {name} {address}");
        }
    }
}
