//! What somebody at the other end of a cable says in LLDP and CDP: a device of ours, a telephone, an access point.

use std::net::Ipv4Addr;

use super::device::Device;
use super::habit::Habit;
use super::make::Make;
use super::neighbours::EndpointKind;
use super::port::Port;

/// The domain of all names.
pub(super) const DOMAIN: &str = "bank.example";

/// An id with its subtype, as LLDP has it for a chassis and, with other numbers, for a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) subtype: u8,
    pub(super) octets: Vec<u8>,
}

/// LldpChassisIdSubtype.
pub(super) mod chassis_id {
    pub const MAC_ADDRESS: u8 = 4;
    pub const NETWORK_ADDRESS: u8 = 5;
    pub const INTERFACE_NAME: u8 = 6;
    pub const LOCAL: u8 = 7;
}

/// LldpPortIdSubtype.
pub(super) mod port_id {
    pub const MAC_ADDRESS: u8 = 3;
    pub const INTERFACE_NAME: u8 = 5;
    pub const LOCAL: u8 = 7;
}

impl Id {
    pub(super) fn text(subtype: u8, text: &str) -> Self {
        Self { subtype, octets: text.as_bytes().to_vec() }
    }

    pub(super) fn mac(subtype: u8, mac: [u8; 6]) -> Self {
        Self { subtype, octets: mac.to_vec() }
    }

    /// The family by IANA's number, then the address.
    fn address(subtype: u8, address: Ipv4Addr) -> Self {
        Self { subtype, octets: [&[1], address.octets().as_slice()].concat() }
    }
}

/// What is said, in whichever protocol.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    pub(super) lldp: Option<Lldp>,
    pub(super) cdp: Option<Cdp>,
    /// The management address.
    pub(super) address: Option<Ipv4Addr>,
    /// The description of the system, of either protocol.
    pub(super) descr: String,
}

/// What LLDP says.
#[derive(Debug, Clone)]
pub(super) struct Lldp {
    pub(super) chassis: Id,
    pub(super) port: Id,
    pub(super) port_descr: Vec<u8>,
    pub(super) sys_name: Vec<u8>,
    /// lldpRemSysCapSupported and lldpRemSysCapEnabled: BITS, bit 0 first.
    pub(super) supported: [u8; 2],
    pub(super) enabled: [u8; 2],
}

/// What CDP says.
#[derive(Debug, Clone)]
pub(super) struct Cdp {
    pub(super) device_id: String,
    pub(super) sys_name: String,
    pub(super) port: String,
    pub(super) platform: String,
    pub(super) capabilities: u32,
    pub(super) address: Option<Ipv4Addr>,
}

/// LLDP's capabilities of a router, a switch that routes, a switch.
const ROUTER: [u8; 2] = [0x08, 0];
const BRIDGE_AND_ROUTER: [u8; 2] = [0x28, 0];
const BRIDGE: [u8; 2] = [0x20, 0];
const STATION: [u8; 2] = [0x01, 0];

/// What endpoints say of themselves.
const CAMERA: &str = "AXIS P3245-V Network Camera, 10.12.221";
const PRINTER: &str = "HP LaserJet M507, FW 2411097_060423";
const SERVER: &str = "Debian GNU/Linux 12 (bookworm) Linux 6.1.0-18-amd64 x86_64";

impl Speaker {
    /// What a device says out of one of its ports.
    pub(super) fn device(device: &Device, port: &Port) -> Self {
        Self {
            lldp: device.hears_lldp().then(|| Lldp::device(device, port)),
            cdp: device.speaks_cdp().then(|| Cdp {
                device_id: device.cdp_id(),
                sys_name: format!("{}.{DOMAIN}", device.name),
                port: port.descr.clone(),
                platform: format!("cisco {}", device.chassis.model),
                capabilities: if device.is_switch() { 0x28 } else { 0x29 },
                address: device.address.filter(|_| !device.has(Habit::NoCdpAddress)),
            }),
            address: device.address,
            descr: device.chassis.descr.to_owned(),
        }
    }

    /// Something that is no device of the inventory, with this MAC address.
    pub(super) fn endpoint(kind: EndpointKind, mac: [u8; 6]) -> Self {
        let address = Ipv4Addr::new(10, 64 | mac[2] & 0x3f, mac[3], mac[5]);
        match kind {
            EndpointKind::Telephone => Self::telephone(mac, address),
            EndpointKind::AccessPoint => Self::access_point(mac, address),
            EndpointKind::Camera => Self::station(mac, address, "axis", CAMERA),
            EndpointKind::Printer => Self::station(mac, address, "NPI", PRINTER),
            EndpointKind::Server => Self::station(mac, address, "srv-", SERVER),
        }
    }

    /// Something that only listens, in LLDP alone.
    fn station(mac: [u8; 6], address: Ipv4Addr, prefix: &str, descr: &str) -> Self {
        Self {
            lldp: Some(Lldp {
                chassis: Id::mac(chassis_id::MAC_ADDRESS, mac),
                port: Id::mac(port_id::MAC_ADDRESS, mac),
                port_descr: b"eth0".to_vec(),
                sys_name: format!("{prefix}{}", hex(mac).to_lowercase()).into_bytes(),
                supported: STATION,
                enabled: STATION,
            }),
            cdp: None,
            address: Some(address),
            descr: descr.to_owned(),
        }
    }

    /// A Cisco telephone with this MAC address.
    pub(super) fn telephone(mac: [u8; 6], address: Ipv4Addr) -> Self {
        let name = format!("SEP{}", hex(mac));
        Self {
            lldp: Some(Lldp {
                chassis: Id::address(chassis_id::NETWORK_ADDRESS, address),
                port: Id::text(port_id::LOCAL, &format!("{}:P1", hex(mac))),
                port_descr: b"SW PORT".to_vec(),
                sys_name: format!("{name}.{DOMAIN}").into_bytes(),
                supported: [0x24, 0],
                enabled: [0x24, 0],
            }),
            cdp: Some(Cdp {
                sys_name: format!("{name}.{DOMAIN}"),
                device_id: name,
                port: "Port 1".to_owned(),
                platform: "Cisco IP Phone 8841".to_owned(),
                capabilities: 0x490,
                address: Some(address),
            }),
            address: Some(address),
            descr: "Cisco IP Phone 8841, V4, sip88xx.12-8-1-0001-455".to_owned(),
        }
    }

    /// A Cisco access point with this MAC address.
    pub(super) fn access_point(mac: [u8; 6], address: Ipv4Addr) -> Self {
        let digits = hex(mac).to_lowercase();
        let name = format!("AP{}.{}.{}", &digits[..4], &digits[4..8], &digits[8..]);
        Self {
            lldp: Some(Lldp {
                chassis: Id::mac(chassis_id::MAC_ADDRESS, mac),
                port: Id::text(port_id::INTERFACE_NAME, "Gi0"),
                port_descr: b"GigabitEthernet0".to_vec(),
                sys_name: name.clone().into_bytes(),
                supported: [0x30, 0],
                enabled: [0x30, 0],
            }),
            cdp: Some(Cdp {
                sys_name: String::new(),
                device_id: name,
                port: "GigabitEthernet0".to_owned(),
                platform: "cisco C9120AXI-E".to_owned(),
                capabilities: 0x02,
                address: Some(address),
            }),
            address: Some(address),
            descr: "Cisco AP Software, ap1g7-k9w8 Version: 17.9.4.27".to_owned(),
        }
    }
}

impl Lldp {
    fn device(device: &Device, port: &Port) -> Self {
        let swapped = |octets: [u8; 2]| match device.has(Habit::SwappedCapabilities) {
            true => [octets[1], octets[0]],
            false => octets,
        };
        let name = match device.make {
            _ if device.has(Habit::NoName) => String::new(),
            Make::Ios => format!("{}.{DOMAIN}", device.name),
            _ => device.name.clone(),
        };
        let (mut chassis, mut id) = (device.chassis_id(), device.port_id(port));
        if let (true, Some(mac)) = (device.has(Habit::SwappedIds), port.mac) {
            chassis = Id { subtype: chassis_id::INTERFACE_NAME, octets: device.sent(&port.name) };
            id = Id { subtype: port_id::MAC_ADDRESS, octets: device.sent_mac(mac) };
        }
        Self {
            chassis,
            port: id,
            port_descr: device.port_descr(port),
            sys_name: device.sent(&name),
            supported: swapped(BRIDGE_AND_ROUTER),
            enabled: swapped(device.capabilities()),
        }
    }
}

impl Device {
    /// Whether it sends and reads LLDP.
    pub(super) fn hears_lldp(&self) -> bool {
        !self.has(Habit::NoLldp)
    }

    /// Whether it reads CDP.
    pub(super) fn hears_cdp(&self) -> bool {
        !self.has(Habit::NoCdp)
    }

    /// Whether it sends CDP.
    pub(super) fn speaks_cdp(&self) -> bool {
        self.hears_cdp() && !self.has(Habit::CdpInLldp)
    }

    /// lldpLocChassisId.
    pub(super) fn chassis_id(&self) -> Id {
        match self.address.filter(|_| self.has(Habit::AddressChassis)) {
            Some(address) => Id::address(chassis_id::NETWORK_ADDRESS, address),
            None => Id { subtype: chassis_id::MAC_ADDRESS, octets: self.sent_mac(self.base_mac()) },
        }
    }

    /// lldpLocPortId of a port.
    pub(super) fn port_id(&self, port: &Port) -> Id {
        let named = |text: &str| Id { subtype: port_id::INTERFACE_NAME, octets: self.sent(text) };
        let local = |text: String| Id { subtype: port_id::LOCAL, octets: self.sent(&text) };
        match port.mac {
            _ if self.has(Habit::IfIndexIds) => local(port.index.to_string()),
            Some(mac) if self.has(Habit::MacIds) => {
                Id { subtype: port_id::MAC_ADDRESS, octets: self.sent_mac(mac) }
            }
            _ if self.has(Habit::AliasIds) && !port.alias.is_empty() => named(&port.alias),
            _ if self.has(Habit::NamesInDescr) => local(format!("p-{}", port.index)),
            _ if self.has(Habit::UnitIds) => named(&format!("{}.0", port.name)),
            _ => named(&port.name),
        }
    }

    /// lldpLocPortDesc of a port.
    pub(super) fn port_descr(&self, port: &Port) -> Vec<u8> {
        self.sent(match () {
            () if self.has(Habit::NoDescr) => "",
            () if self.has(Habit::AliasDescr) && !port.alias.is_empty() => &port.alias,
            () => &port.descr,
        })
    }

    /// A text as it is sent.
    fn sent(&self, text: &str) -> Vec<u8> {
        let behind: &[u8] =
            if self.has(Habit::NulEnded) && !text.is_empty() { &[0, 0xfe, b'9'] } else { &[] };
        [text.as_bytes(), behind].concat()
    }

    /// A MAC address as it is sent.
    fn sent_mac(&self, mac: [u8; 6]) -> Vec<u8> {
        match self.has(Habit::TextMacs) {
            true => mac.map(|octet| format!("{octet:02x}")).join("-").into_bytes(),
            false => mac.to_vec(),
        }
    }

    /// lldpLocSysCapEnabled.
    pub(super) fn capabilities(&self) -> [u8; 2] {
        match self.role {
            "branch" => ROUTER,
            "core" => BRIDGE_AND_ROUTER,
            _ => BRIDGE,
        }
    }

    /// cdpGlobalDeviceId.
    pub(super) fn cdp_id(&self) -> String {
        match () {
            () if self.has(Habit::NameAndSerial) => format!("{}({})", self.name, self.serial_number),
            () if self.has(Habit::SerialAndName) => format!("{}({})", self.serial_number, self.name),
            () => format!("{}.{DOMAIN}", self.name),
        }
    }
}

/// Twelve digits.
fn hex(mac: [u8; 6]) -> String {
    mac.iter().map(|octet| format!("{octet:02X}")).collect()
}
