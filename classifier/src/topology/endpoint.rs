//! Neighbours that are no devices of the inventory: what kind each is, and who sees it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::identity::{Member, Place, name_key};
use super::observe::Stranger;
use super::surroundings::Sighting;
use crate::facts::Capability;

/// What somebody is who is not in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// A telephone.
    Telephone,
    /// A wireless access point.
    AccessPoint,
    /// A camera or its recorder.
    Camera,
    /// A printer.
    Printer,
    /// A server, a hypervisor, a workstation.
    Host,
    /// A switch or router: it belongs into the inventory.
    Network,
    /// Nothing says what it is.
    #[default]
    Unknown,
}

impl EndpointKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::AccessPoint => "access_point",
            Self::Camera => "camera",
            Self::Printer => "printer",
            Self::Host => "host",
            Self::Network => "network",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is an end of the network rather than a part of it.
    pub fn is_leaf(self) -> bool {
        !matches!(self, Self::Network | Self::Unknown)
    }

    /// What a neighbour is, by what it says of itself: its words before its capabilities, as access points and telephones
    /// with a second port call themselves bridges.
    pub fn of(sighting: &Sighting) -> Self {
        let text = [&sighting.platform, &sighting.descr, &sighting.device_id].map(|text| text.to_lowercase());
        let says = |words: &[&str]| words.iter().any(|word| text.iter().any(|text| has_word(text, word)));
        let can = |capability| sighting.capabilities.has(capability);
        let phone_name = ["sep", "sip"].iter().any(|prefix| {
            text[2]
                .strip_prefix(prefix)
                .is_some_and(|mac| mac.len() == 12 && mac.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        if says(&["camera", "hikvision", "dahua", "axis", "nvr", "ipcam", "network video"]) {
            return Self::Camera;
        }
        if can(Capability::Telephone)
            || sighting.med_class == Some(3)
            || phone_name
            || says(&["ip phone", "phone"])
        {
            return Self::Telephone;
        }
        if can(Capability::AccessPoint)
            || says(&[
                "aruba ap",
                "cisco ap software",
                "access point",
                "hotzone",
                "wap",
                "ap series",
                "k9w7",
                "k9w8",
            ])
            || text[0].contains("air-") && !text[0].contains("ct")
        {
            return Self::AccessPoint;
        }
        if says(&["printer", "laserjet", "officejet"]) {
            return Self::Printer;
        }
        if can(Capability::Router) || can(Capability::Bridge) || sighting.med_class == Some(4) {
            // A hypervisor bridges its guests and is a host all the same.
            let host = says(&[
                "debian", "ubuntu", "esxi", "vmware", "windows", "proxmox", "centos", "red hat", "hyper-v",
            ]);
            return if host { Self::Host } else { Self::Network };
        }
        if can(Capability::Station)
            || says(&["linux", "windows", "esxi", "vmware", "debian", "ubuntu", "freebsd"])
        {
            return Self::Host;
        }
        if says(&["switch", "router", "routeros", "ios software", "junos", "nx-os", "procurve"]) {
            return Self::Network;
        }
        Self::Unknown
    }
}

/// Whether a word stands in a text, not inside another word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        let open = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        open(before) && open(after)
    })
}

/// Somebody who is heard and is no device of the inventory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Endpoint {
    /// What identifies it: its chassis id, else what it calls itself.
    pub key: String,
    /// The name to show.
    pub name: String,
    /// What it is.
    pub kind: EndpointKind,
    /// What it says it is.
    pub platform: String,
    /// Addresses it can be managed at.
    pub addresses: Vec<IpAddr>,
    /// Who hears it: the device, its port (ifIndex), the far port's name.
    pub seen_by: Vec<(Place, Option<u32>, String)>,
    /// Devices of the inventory of which it is one, where it cannot be told which.
    pub candidates: Vec<Place>,
}

/// Strangers, each once.
pub fn endpoints(members: &[Member<'_>], strangers: &[Stranger]) -> Vec<Endpoint> {
    let mut found: BTreeMap<String, Endpoint> = BTreeMap::new();
    let mut keys_by_port: BTreeMap<(Place, Option<u32>, String), String> = BTreeMap::new();
    for stranger in strangers {
        let member = members.get(stranger.seer as usize);
        let Some(sighting) = member.and_then(|member| member.heard.neighbours.get(stranger.row)) else {
            continue;
        };
        // LLDP and CDP of one neighbour on one port: by the name or the address they have in common.
        let names = [&sighting.name, &sighting.device_id].into_iter().filter_map(|name| name_key(name));
        let addresses = sighting.addresses.iter().map(IpAddr::to_string);
        let marks: Vec<String> = names
            .map(|name| name.split('.').next().unwrap_or_default().to_owned())
            .chain(addresses)
            .filter(|mark| !mark.is_empty())
            .collect();
        let place = |mark: &String| (stranger.seer, stranger.port, mark.clone());
        let known = marks.iter().find_map(|mark| keys_by_port.get(&place(mark))).cloned();
        let key = known.unwrap_or_else(|| key(sighting));
        if key.is_empty() {
            continue;
        }
        for mark in &marks {
            keys_by_port.entry(place(mark)).or_insert_with(|| key.clone());
        }
        let endpoint = found.entry(key.clone()).or_insert_with(|| Endpoint { key, ..Endpoint::default() });
        merge(endpoint, stranger, sighting);
    }
    found.into_values().collect()
}

fn key(sighting: &Sighting) -> String {
    match &sighting.chassis {
        Some(chassis) => chassis.text.clone(),
        None => sighting.shown_name(),
    }
}

fn merge(endpoint: &mut Endpoint, stranger: &Stranger, sighting: &Sighting) {
    if endpoint.name.is_empty() || endpoint.name == endpoint.key {
        endpoint.name = sighting.shown_name();
    }
    let kind = EndpointKind::of(sighting);
    if rank(kind) < rank(endpoint.kind) {
        endpoint.kind = kind;
    }
    let platform = if sighting.platform.is_empty() { &sighting.descr } else { &sighting.platform };
    if endpoint.platform.is_empty() {
        endpoint.platform = platform.clone();
    }
    for address in &sighting.addresses {
        if !endpoint.addresses.contains(address) {
            endpoint.addresses.push(*address);
        }
    }
    let far = sighting.port_id.as_ref().map(|port| port.text.clone()).unwrap_or_default();
    let same = |seen: &(Place, Option<u32>, String)| seen.0 == stranger.seer && seen.1 == stranger.port;
    if !endpoint.seen_by.iter().any(same) {
        endpoint.seen_by.push((stranger.seer, stranger.port, far));
    }
    for candidate in &stranger.candidates {
        if !endpoint.candidates.contains(candidate) {
            endpoint.candidates.push(*candidate);
        }
    }
}

/// Which of two kinds that protocols say is kept.
fn rank(kind: EndpointKind) -> u8 {
    match kind {
        EndpointKind::Camera => 0,
        EndpointKind::Telephone => 1,
        EndpointKind::AccessPoint => 2,
        EndpointKind::Printer => 3,
        EndpointKind::Network => 4,
        EndpointKind::Host => 5,
        EndpointKind::Unknown => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::surroundings::Capabilities;

    #[test]
    fn kinds_by_words_and_capabilities() {
        for (platform, descr, mask, kind) in [
            ("Cisco IP Phone 8841", "", 0x490, EndpointKind::Telephone),
            ("cisco AIR-AP2702I-UXK9", "", 0x26, EndpointKind::AccessPoint),
            ("", "ArubaOS (MODEL: 205), Version Aruba AP", 0x02, EndpointKind::AccessPoint),
            ("cisco WS-C3850-12S", "Cisco IOS Software", 0x28, EndpointKind::Network),
            ("", "Debian GNU/Linux 12 (bookworm) Linux 6.8.12-9-pve", 0x08, EndpointKind::Host),
            ("", "HIKVISION DS-2CD", 0x10, EndpointKind::Camera),
            ("", "MyPower S3100-20TP", 0, EndpointKind::Unknown),
            ("AIR-CT5508-K9", "", 0x10, EndpointKind::Host),
        ] {
            let capabilities = Capabilities::cdp(&u32::to_be_bytes(mask)).unwrap_or_default();
            let sighting = Sighting {
                platform: platform.into(),
                descr: descr.into(),
                capabilities,
                ..Sighting::default()
            };
            assert_eq!(EndpointKind::of(&sighting), kind, "{platform} {descr}");
        }
    }
}
