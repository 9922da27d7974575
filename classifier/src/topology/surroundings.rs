//! What a device says of its surroundings: who it hears, on which port, and what it calls itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::id::Id;
use crate::facts::Capability;

/// A protocol that neighbours are heard in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// LLDP (IEEE 802.1AB)
    #[default]
    Lldp,
    /// CDP
    Cdp,
    /// Nobody was heard: an operator has said so.
    Manual,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lldp, Self::Cdp, Self::Manual];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lldp => "lldp",
            Self::Cdp => "cdp",
            Self::Manual => "manual",
        }
    }
}

/// What one walk brought of a device's surroundings, decoded. Local ports are not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Surroundings {
    /// What the device calls itself.
    pub own: OwnIds,
    /// Ports as LLDP numbers them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub local_ports: BTreeMap<u32, LocalPort>,
    /// Whether these numbers are ifIndex: they are in LLDP-V2-MIB.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ports_by_index: bool,
    /// dot1dBasePortIfIndex: bridge ports to ifIndex.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bridge_ports: BTreeMap<u32, u32>,
    /// Parts of aggregates: ifIndex of the part to that of the aggregate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lags: BTreeMap<u32, u32>,
    /// Who is heard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<Sighting>,
    /// Whether each protocol's table was read to its end, and whether the device has it.
    pub lldp: Hearing,
    /// The same for CDP.
    pub cdp: Hearing,
    /// Whether the tables of the device itself were read to their end: local ports, bridge ports, aggregates. It is so of one
    /// walk; nothing of it is kept.
    #[serde(skip)]
    pub own_tables: bool,
}

impl Surroundings {
    /// Whether all that was asked for was read to its end.
    pub fn is_complete(&self) -> bool {
        self.lldp != Hearing::NotRead && self.cdp != Hearing::NotRead
    }

    /// What was read, over what was known: a table that was not read to its end says nothing.
    #[must_use]
    pub fn over(&self, known: &Self) -> Self {
        if self.lldp == Hearing::NotRead && self.cdp == Hearing::NotRead {
            return known.clone();
        }
        let of = |one: &Self, protocol| -> Vec<Sighting> {
            one.neighbours.iter().filter(|sighting| sighting.protocol == protocol).cloned().collect()
        };
        let (lldp, cdp) = (self.lldp != Hearing::NotRead, self.cdp != Hearing::NotRead);
        let mut neighbours = of(if lldp { self } else { known }, Protocol::Lldp);
        neighbours.extend(of(if cdp { self } else { known }, Protocol::Cdp));
        Self {
            own: self.own.over(&known.own),
            local_ports: self.own_table(&self.local_ports, &known.local_ports),
            ports_by_index: match self.own_tables || !self.local_ports.is_empty() {
                true => self.ports_by_index,
                false => known.ports_by_index,
            },
            bridge_ports: self.own_table(&self.bridge_ports, &known.bridge_ports),
            lags: self.own_table(&self.lags, &known.lags),
            neighbours,
            lldp: self.hearing(self.lldp, known.lldp),
            cdp: self.hearing(self.cdp, known.cdp),
            own_tables: false,
        }
    }

    /// A table of the device's own, where it was read; else what was known of it.
    fn own_table<T: Clone>(&self, read: &BTreeMap<u32, T>, known: &BTreeMap<u32, T>) -> BTreeMap<u32, T> {
        if self.own_tables || !read.is_empty() { read.clone() } else { known.clone() }
    }

    /// A device whose own tables were not read may hear nobody, and listen all the same.
    fn hearing(&self, read: Hearing, known: Hearing) -> Hearing {
        match read {
            Hearing::NotRead => known,
            Hearing::Silent if !self.own_tables => known.max(read),
            read => read,
        }
    }
}

impl OwnIds {
    /// What was read, over what was known: what a device did not say this time stays.
    fn over(&self, known: &Self) -> Self {
        let text = |new: &String, old: &String| if new.is_empty() { old.clone() } else { new.clone() };
        Self {
            chassis: self.chassis.clone().or_else(|| known.chassis.clone()),
            bridge: self.bridge.or(known.bridge),
            lldp_name: text(&self.lldp_name, &known.lldp_name),
            cdp_id: text(&self.cdp_id, &known.cdp_id),
            serials: if self.serials.is_empty() { known.serials.clone() } else { self.serials.clone() },
            addresses: if self.addresses.is_empty() {
                known.addresses.clone()
            } else {
                self.addresses.clone()
            },
        }
    }
}

/// Whether a device listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Hearing {
    /// The table was not read, or not to its end: what is missing in it is not gone.
    #[default]
    NotRead,
    /// It was read, and nothing says that the device speaks the protocol.
    Silent,
    /// It was read, and the device speaks the protocol.
    On,
}

/// What a device calls itself: what others see of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct OwnIds {
    /// lldpLocChassisId
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chassis: Option<Id>,
    /// dot1dBaseBridgeAddress
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<[u8; 6]>,
    /// lldpLocSysName
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lldp_name: String,
    /// cdpGlobalDeviceId
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cdp_id: String,
    /// entPhysicalSerialNum of all parts that are a chassis, or stand alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
    /// lldpLocManAddr
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

/// A row of lldpLocPortTable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LocalPort {
    /// lldpLocPortId
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// lldpLocPortDesc
    #[serde(skip_serializing_if = "String::is_empty")]
    pub descr: String,
}

/// How a local port is numbered in a table of neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortNumber {
    /// lldpRemLocalPortNum: LLDP's own number.
    Lldp(u32),
    /// ifIndex.
    IfIndex(u32),
}

impl Default for PortNumber {
    fn default() -> Self {
        Self::Lldp(0)
    }
}

impl PortNumber {
    /// The number.
    pub fn number(self) -> u32 {
        match self {
            Self::Lldp(number) | Self::IfIndex(number) => number,
        }
    }
}

/// Somebody heard on a port, as one row of one protocol has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Sighting {
    /// In which protocol.
    pub protocol: Protocol,
    /// On which port, as the device numbers it.
    pub port: PortNumber,
    /// The ifIndex that LLDP-V2-MIB gives for it, where LLDP-MIB has a number of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_index: Option<u32>,
    /// lldpRemIndex, cdpCacheDeviceIndex.
    pub index: u32,
    /// lldpRemChassisId
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chassis: Option<Id>,
    /// lldpRemPortId, cdpCacheDevicePort
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_id: Option<Id>,
    /// lldpRemPortDesc
    #[serde(skip_serializing_if = "String::is_empty")]
    pub port_descr: String,
    /// lldpRemSysName, cdpCacheSysName
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// cdpCacheDeviceId
    #[serde(skip_serializing_if = "String::is_empty")]
    pub device_id: String,
    /// lldpRemSysDesc, cdpCacheVersion
    #[serde(skip_serializing_if = "String::is_empty")]
    pub descr: String,
    /// cdpCachePlatform; lldpXMedRemMfgName and lldpXMedRemModelName
    #[serde(skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// lldpXMedRemSerialNum, or a serial number in a CDP device id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub serial: String,
    /// lldpRemSysCapEnabled, cdpCacheCapabilities
    #[serde(skip_serializing_if = "Capabilities::is_empty")]
    pub capabilities: Capabilities,
    /// lldpXMedRemDeviceClass: 1 to 3 are endpoints, 4 is a network device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub med_class: Option<u8>,
    /// Management addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

impl Sighting {
    /// The best name there is for it, to be shown.
    pub fn shown_name(&self) -> String {
        let chassis = self.chassis.as_ref().map_or("", |chassis| &chassis.text);
        let texts = [self.name.as_str(), self.device_id.as_str(), chassis];
        let named = texts.into_iter().find(|text| !text.is_empty()).map(str::to_owned);
        named.or_else(|| self.addresses.first().map(IpAddr::to_string)).unwrap_or_default()
    }
}

/// What a neighbour says it can do: a set of [`Capability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Capabilities(u8);

impl Capabilities {
    /// The set of LLDP's BITS, bit 0 first; `None` where it is none of them. Some agents send two octets for them, some one,
    /// some the bits of the TLV.
    pub fn lldp(octets: &[u8]) -> Option<Self> {
        if !(1..=4).contains(&octets.len()) {
            return None;
        }
        let set = octets.first().copied().unwrap_or_default();
        Some(Capability::ALL.into_iter().enumerate().fold(Self(0), |all, (bit, capability)| {
            if set & (0x80 >> bit) == 0 { all } else { all.with(capability) }
        }))
    }

    /// The set of CDP's mask, up to four octets, most significant first.
    pub fn cdp(octets: &[u8]) -> Option<Self> {
        if octets.is_empty() || octets.len() > 4 {
            return None;
        }
        let mask = octets.iter().fold(0_u32, |mask, octet| mask << 8 | u32::from(*octet));
        let bits = [
            (0x01, Capability::Router),
            (0x02 | 0x04 | 0x08, Capability::Bridge),
            (0x10, Capability::Station),
            (0x40, Capability::Repeater),
            (0x80, Capability::Telephone),
        ];
        Some(bits.into_iter().fold(
            Self(0),
            |all, (bit, capability)| {
                if mask & bit == 0 { all } else { all.with(capability) }
            },
        ))
    }

    /// The set that words such as `Router Switch IGMP` or `Bridge Router` are.
    pub fn words(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(Self(0), |all, word| match word.to_ascii_lowercase().as_str() {
            "router" => all.with(Capability::Router),
            "switch" | "bridge" => all.with(Capability::Bridge),
            "host" | "station" => all.with(Capability::Station),
            "repeater" => all.with(Capability::Repeater),
            "phone" | "telephone" => all.with(Capability::Telephone),
            "wlan" | "ap" => all.with(Capability::AccessPoint),
            _ => all,
        })
    }

    /// This set and one more.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u8)
    }

    /// Both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is in the set.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u8 != 0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// All of it.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.has(*capability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_of_both_protocols() {
        let words = |set: Option<Capabilities>| {
            set.map(|set| set.iter().map(Capability::as_str).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(words(Capabilities::lldp(&[0x28, 0])).as_deref(), Some("bridge router"));
        assert_eq!(words(Capabilities::lldp(&[0x24])).as_deref(), Some("bridge telephone"));
        assert_eq!(words(Capabilities::lldp(&[0x01, 0, 0])).as_deref(), Some("station"));
        // The bits of the TLV, as an agent that copies it shows them: nothing is guessed.
        assert_eq!(words(Capabilities::lldp(&[0x00, 0x14])).as_deref(), Some(""));
        assert_eq!(Capabilities::lldp(b"30 20 20"), None);
        assert_eq!(Capabilities::lldp(&[]), None);
        assert_eq!(words(Capabilities::cdp(&[0, 0, 0, 0x29])).as_deref(), Some("bridge router"));
        assert_eq!(words(Capabilities::cdp(&[0, 0, 4, 0x90])).as_deref(), Some("telephone station"));
        assert_eq!(words(Some(Capabilities::words("Router Switch IGMP"))).as_deref(), Some("bridge router"));
    }
}
