//! What is known of an interface: what discovery stores, and what rules look at.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;

use crate::decode::text::label;

/// A device, as the inventory and its own words describe it. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFacts {
    /// Its name in the inventory.
    pub name: String,
    /// Its labels in the inventory, such as `site` and `role`.
    pub labels: BTreeMap<String, String>,
    /// Its address in the inventory.
    pub address: String,
    /// sysObjectID (SNMPv2-MIB), dotted.
    pub sys_object_id: String,
    /// sysName (SNMPv2-MIB).
    pub sys_name: String,
    /// sysDescr (SNMPv2-MIB).
    pub sys_descr: String,
    /// sysLocation (SNMPv2-MIB).
    pub location: String,
    /// entPhysicalModelName (ENTITY-MIB) of the chassis.
    pub model: String,
    /// entPhysicalSerialNum (ENTITY-MIB) of the chassis.
    pub serial: String,
    /// The chassis' own MAC address: lldpLocChassisId or dot1dBaseBridgeAddress.
    pub chassis: String,
    /// snmpEngineID (SNMP-FRAMEWORK-MIB) in hexadecimal.
    pub engine_id: String,
}

/// One interface of a device. A value that was not read is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InterfaceFacts {
    /// Whose it is.
    pub device: Arc<DeviceFacts>,
    /// ifIndex (IF-MIB).
    pub if_index: u32,
    /// ifName (IF-MIB).
    pub name: String,
    /// ifDescr (IF-MIB): what the vendor calls it, on some devices what the operator does.
    pub descr: String,
    /// ifAlias (IF-MIB): what the operator wrote about it.
    pub alias: String,
    /// ifType, by its number in IANAifType-MIB.
    pub if_type: Option<u32>,
    /// Nominal speed in bits a second.
    pub speed_bps: Option<u64>,
    /// ifMtu in octets.
    pub mtu: Option<u32>,
    /// ifAdminStatus: what the operator wants.
    pub admin: Option<Status>,
    /// ifOperStatus: what is.
    pub oper: Option<Status>,
    /// dot3StatsDuplexStatus (EtherLike-MIB).
    pub duplex: Option<Duplex>,
    /// ifPhysAddress, where it is a MAC address.
    pub mac: Option<[u8; 6]>,
    /// ifConnectorPresent: whether a plug can go in.
    pub connector: Option<bool>,
    /// ifLastChange: sysUpTime when the status last changed, in hundredths of a second.
    pub last_change: Option<u32>,
    /// Addresses with their networks (IP-MIB).
    pub addresses: Vec<IpNet>,
    /// Whether it is made of other interfaces (ifStackTable, or ifType 161).
    pub is_lag: bool,
    /// The name of the aggregate it is part of.
    pub lag: Option<String>,
    /// Who is seen at its other end.
    pub neighbours: Vec<NeighbourFacts>,
    /// The octets of texts that are shown otherwise than the device sent them.
    pub raw: Option<Box<RawTexts>>,
}

/// The octets of texts as they came, each where its text is another: it is not UTF-8, or has NULs, control characters or
/// space around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawTexts {
    /// Those of ifName.
    pub name: Option<Vec<u8>>,
    /// Those of ifDescr.
    pub descr: Option<Vec<u8>>,
    /// Those of ifAlias.
    pub alias: Option<Vec<u8>>,
}

impl InterfaceFacts {
    /// The label `if_name` exactly as ward-exporter writes it, by which series of both are joined: ifName, else ifDescr,
    /// else ifIndex, as the device sent it; each run of octets that are no UTF-8 is one U+FFFD.
    pub fn if_name(&self) -> String {
        let raw = self.raw.as_deref();
        let name = raw.and_then(|raw| raw.name.as_deref()).unwrap_or(self.name.as_bytes());
        let descr = raw.and_then(|raw| raw.descr.as_deref()).unwrap_or(self.descr.as_bytes());
        match (name, descr) {
            ([], []) => self.if_index.to_string(),
            ([], descr) => label(descr),
            (name, _) => label(name),
        }
    }

    /// What it is known by on its device: ifName, else ifDescr, else ifIndex.
    pub fn key(&self) -> String {
        match (self.name.is_empty(), self.descr.is_empty()) {
            (false, _) => self.name.clone(),
            (true, false) => self.descr.clone(),
            (true, true) => self.if_index.to_string(),
        }
    }
}

/// ifAdminStatus and ifOperStatus (IF-MIB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// up(1)
    Up,
    /// down(2)
    Down,
    /// testing(3)
    Testing,
    /// unknown(4)
    Unknown,
    /// dormant(5)
    Dormant,
    /// notPresent(6)
    NotPresent,
    /// lowerLayerDown(7)
    LowerLayerDown,
}

impl Status {
    /// All of them, in the order of their numbers from 1.
    pub const ALL: [Self; 7] = [
        Self::Up,
        Self::Down,
        Self::Testing,
        Self::Unknown,
        Self::Dormant,
        Self::NotPresent,
        Self::LowerLayerDown,
    ];

    /// The MIB's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Testing => "testing",
            Self::Unknown => "unknown",
            Self::Dormant => "dormant",
            Self::NotPresent => "notPresent",
            Self::LowerLayerDown => "lowerLayerDown",
        }
    }

    /// The status of that number.
    pub fn from_number(number: i64) -> Option<Self> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Self::ALL.get(place).copied()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// dot3StatsDuplexStatus (EtherLike-MIB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplex {
    /// halfDuplex(2)
    Half,
    /// fullDuplex(3)
    Full,
}

/// What is known of who is at the other end. Filled by topology, from LLDP, CDP and the inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeighbourFacts {
    /// The name it gives itself, or that of the inventory.
    pub name: String,
    /// What it says it is: cdpCachePlatform, lldpRemSysDesc.
    pub platform: String,
    /// What it says it can do.
    pub capabilities: Vec<Capability>,
    /// The label `role` of the inventory, where it is a device of ours.
    pub role: Option<String>,
    /// The label `site` of the inventory, where it is a device of ours.
    pub site: Option<String>,
    /// An operator has said so.
    pub manual: bool,
}

/// What a neighbour can do, in the words of LLDP (lldpRemSysCapEnabled) and CDP (cdpCacheCapabilities).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// other
    Other,
    /// repeater
    Repeater,
    /// bridge; CDP: switch, transparent and source-route bridge
    Bridge,
    /// wlanAccessPoint
    AccessPoint,
    /// router
    Router,
    /// telephone; CDP: VoIP phone
    Telephone,
    /// docsisCableDevice
    Docsis,
    /// stationOnly; CDP: host
    Station,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Other,
        Self::Repeater,
        Self::Bridge,
        Self::AccessPoint,
        Self::Router,
        Self::Telephone,
        Self::Docsis,
        Self::Station,
    ];

    /// The word for it in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Repeater => "repeater",
            Self::Bridge => "bridge",
            Self::AccessPoint => "access_point",
            Self::Router => "router",
            Self::Telephone => "telephone",
            Self::Docsis => "docsis",
            Self::Station => "station",
        }
    }
}
