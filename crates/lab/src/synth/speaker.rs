//! What somebody at the other end of a cable says in LLDP and CDP: a device of ours, a telephone, an access point.

use std::net::Ipv4Addr;

use super::device::Device;
use super::make::Make;
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
    pub(super) port_descr: String,
    pub(super) sys_name: String,
    /// lldpRemSysCapSupported and lldpRemSysCapEnabled: BITS, bit 0 first.
    pub(super) supported: [u8; 2],
    pub(super) enabled: [u8; 2],
}

/// What CDP says.
#[derive(Debug, Clone)]
pub(super) struct Cdp {
    pub(super) device_id: String,
    pub(super) port: String,
    pub(super) platform: String,
    pub(super) capabilities: u32,
}

/// LLDP's capabilities of a router, a switch that routes, a switch.
const ROUTER: [u8; 2] = [0x08, 0];
const BRIDGE_AND_ROUTER: [u8; 2] = [0x28, 0];
const BRIDGE: [u8; 2] = [0x20, 0];

impl Speaker {
    /// What a device says out of one of its ports.
    pub(super) fn device(device: &Device, port: &Port) -> Self {
        Self {
            lldp: device.make.speaks_lldp().then(|| Lldp {
                chassis: device.chassis_id(),
                port: device.port_id(port),
                port_descr: device.port_descr(port).to_owned(),
                sys_name: match device.make {
                    Make::Ios => format!("{}.{DOMAIN}", device.name),
                    _ => device.name.clone(),
                },
                supported: BRIDGE_AND_ROUTER,
                enabled: device.capabilities(),
            }),
            cdp: device.make.speaks_cdp().then(|| Cdp {
                device_id: device.cdp_id(),
                port: port.descr.clone(),
                platform: format!("cisco {}", device.chassis.model),
                capabilities: if device.is_switch() { 0x28 } else { 0x29 },
            }),
            address: device.address,
            descr: device.chassis.descr.to_owned(),
        }
    }

    /// A Cisco telephone with this MAC address.
    pub(super) fn telephone(mac: [u8; 6], address: Ipv4Addr) -> Self {
        let name = format!("SEP{}", hex(mac));
        let [a, b, c, d] = address.octets();
        Self {
            lldp: Some(Lldp {
                chassis: Id { subtype: chassis_id::NETWORK_ADDRESS, octets: vec![1, a, b, c, d] },
                port: Id::text(port_id::LOCAL, &format!("{}:P1", hex(mac))),
                port_descr: "SW PORT".to_owned(),
                sys_name: format!("{name}.{DOMAIN}"),
                supported: [0x24, 0],
                enabled: [0x24, 0],
            }),
            cdp: Some(Cdp {
                device_id: name,
                port: "Port 1".to_owned(),
                platform: "Cisco IP Phone 8841".to_owned(),
                capabilities: 0x490,
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
                port_descr: "GigabitEthernet0".to_owned(),
                sys_name: name.clone(),
                supported: [0x30, 0],
                enabled: [0x30, 0],
            }),
            cdp: Some(Cdp {
                device_id: name,
                port: "GigabitEthernet0".to_owned(),
                platform: "cisco C9120AXI-E".to_owned(),
                capabilities: 0x02,
            }),
            address: Some(address),
            descr: "Cisco AP Software, ap1g7-k9w8 Version: 17.9.4.27".to_owned(),
        }
    }
}

impl Device {
    /// lldpLocChassisId.
    pub(super) fn chassis_id(&self) -> Id {
        Id::mac(chassis_id::MAC_ADDRESS, self.base_mac())
    }

    /// lldpLocPortId of a port.
    pub(super) fn port_id(&self, port: &Port) -> Id {
        match (self.make, port.mac) {
            (Make::Junos | Make::ProCurve, _) => Id::text(port_id::LOCAL, &port.index.to_string()),
            (Make::Linux, Some(mac)) => Id::mac(port_id::MAC_ADDRESS, mac),
            _ => Id::text(port_id::INTERFACE_NAME, &port.name),
        }
    }

    /// lldpLocPortDesc of a port.
    pub(super) fn port_descr<'a>(&self, port: &'a Port) -> &'a str {
        match self.make {
            Make::NxOs if !port.alias.is_empty() => &port.alias,
            Make::RouterOs => "",
            _ => &port.descr,
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
        match self.make {
            Make::NxOs => format!("{}({})", self.name, self.serial_number),
            Make::ProCurve => {
                let mac = hex(self.base_mac()).to_lowercase();
                format!("{}({}-{})", self.name, &mac[..6], &mac[6..])
            }
            _ => format!("{}.{DOMAIN}", self.name),
        }
    }
}

/// Twelve digits.
fn hex(mac: [u8; 6]) -> String {
    mac.iter().map(|octet| format!("{octet:02X}")).collect()
}
