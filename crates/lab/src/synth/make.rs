//! Makes of devices: what they call themselves and their ports, and how they speak of both in LLDP and CDP.

use super::habit::Habit;
use super::port::Port;

/// A make of device. Agents differ most in how they number ports in LLDP, so there is one make for each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Make {
    /// Cisco IOS and IOS XE. Speaks LLDP and CDP. LLDP counts a switch's ports as its bridge does, which
    /// dot1dBasePortIfIndex explains; port ids are short names.
    #[default]
    Ios,
    /// An older IOS: CDP only.
    OldIos,
    /// Cisco NX-OS. Speaks LLDP and CDP. LLDP's port numbers are ifIndexes, neighbours are counted from 0, and the
    /// device id of CDP is `name(SERIAL)`.
    NxOs,
    /// Junos. Speaks LLDP. Port ids are `local`: the ifIndex as a text. dot1dBasePortIfIndex names other ports.
    Junos,
    /// ProCurve. Speaks LLDP and hears CDP, and has what it hears of either in its LLDP table. Port ids are `local`
    /// numbers.
    ProCurve,
    /// A switch with Linux and lldpd. Speaks LLDP; port ids are MAC addresses.
    Linux,
    /// RouterOS before 7.7. Speaks LLDP and has all its neighbours on port 0; a table of its own knows the interfaces.
    RouterOs,
    /// Comware. Speaks LLDP; neither number nor id of a port says which it is, but its description does.
    Comware,
    /// FortiOS. Speaks LLDP; a port's id is what somebody wrote on it.
    FortiOs,
    /// Nokia SR OS. Speaks LLDP; its neighbours are in a table of its own.
    SrOs,
    /// TP-Link. Speaks LLDP; its neighbours are in a table of its own, with words for numbers.
    TpLink,
}

/// The makes by the names they have in files.
const NAMES: &[(&str, Make)] = &[
    ("ios", Make::Ios),
    ("old_ios", Make::OldIos),
    ("nxos", Make::NxOs),
    ("junos", Make::Junos),
    ("procurve", Make::ProCurve),
    ("linux", Make::Linux),
    ("routeros", Make::RouterOs),
    ("comware", Make::Comware),
    ("fortios", Make::FortiOs),
    ("sros", Make::SrOs),
    ("tplink", Make::TpLink),
];

/// What a make says about itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chassis {
    pub(super) manufacturer: &'static str,
    pub(super) model: &'static str,
    pub(super) descr: &'static str,
    pub(super) version: &'static str,
    pub(super) object_id: &'static [u32],
}

impl Make {
    /// All makes.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(_, make)| *make)
    }

    /// The make of this name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, make)| *make)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, make)| *make == self).map_or("", |(name, _)| name)
    }

    /// What all its devices do.
    pub fn habits(self) -> &'static [Habit] {
        use Habit::*;
        match self {
            Make::Ios => &[BridgePorts],
            Make::OldIos => &[NoLldp],
            Make::NxOs => &[CountsFromZero, AliasDescr, NameAndSerial],
            Make::Junos => &[NoCdp, AstrayBridge, IfIndexIds],
            Make::ProCurve => &[CdpInLldp, IfIndexIds],
            Make::Linux => &[NoCdp, MacIds],
            Make::RouterOs => &[NoCdp, PortZero, NoDescr, HiddenAddresses],
            Make::Comware => &[NoCdp, OwnNumbers, NamesInDescr],
            Make::FortiOs => &[NoCdp, AliasIds, OtherAddressRows],
            Make::SrOs => &[NoCdp, Timetra],
            Make::TpLink => &[NoCdp, TpLink],
        }
    }

    /// What a device of this make in this part of the network is.
    pub(super) fn chassis(self, role: &str) -> Chassis {
        match (self, role) {
            (Make::Ios, "core") => Chassis {
                manufacturer: "Cisco Systems Inc.",
                model: "C9500-48Y4C",
                descr: "Cisco IOS Software [Lab], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.12.3, RELEASE SOFTWARE (fc1)",
                version: "17.12.3",
                object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2582],
            },
            (Make::Ios, "branch") => Chassis {
                manufacturer: "Cisco Systems Inc.",
                model: "ISR4331/K9",
                descr: "Cisco IOS Software [Lab], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE SOFTWARE (fc2)",
                version: "17.6.5",
                object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2068],
            },
            (Make::Ios, _) => Chassis {
                manufacturer: "Cisco Systems Inc.",
                model: "C9300-48P",
                descr: "Cisco IOS Software [Lab], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4, RELEASE SOFTWARE (fc5)",
                version: "17.9.4",
                object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2494],
            },
            (Make::OldIos, _) => Chassis {
                manufacturer: "Cisco Systems Inc.",
                model: "CISCO2811",
                descr: "Cisco IOS Software, 2800 Software (C2800NM-ADVIPSERVICESK9-M), Version 12.4(24)T8, RELEASE SOFTWARE (fc1)",
                version: "12.4(24)T8",
                object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 576],
            },
            (Make::NxOs, _) => Chassis {
                manufacturer: "Cisco Systems, Inc.",
                model: "N9K-C93180YC-FX",
                descr: "Cisco NX-OS(tm) nxos.9.3.10.bin, Software (nxos), Version 9.3(10), RELEASE SOFTWARE",
                version: "9.3(10)",
                object_id: &[1, 3, 6, 1, 4, 1, 9, 12, 3, 1, 3, 1955],
            },
            (Make::Junos, _) => Chassis {
                manufacturer: "Juniper Networks",
                model: "EX3400-48P",
                descr: "Juniper Networks, Inc. ex3400-48p Ethernet Switch, kernel JUNOS 20.4R3.8",
                version: "20.4R3.8",
                object_id: &[1, 3, 6, 1, 4, 1, 2636, 1, 1, 1, 2, 132],
            },
            (Make::ProCurve, _) => Chassis {
                manufacturer: "HP",
                model: "J9776A",
                descr: "HP J9776A 2530-24G Switch, revision YA.16.10.0012, ROM YA.15.20",
                version: "YA.16.10.0012",
                object_id: &[1, 3, 6, 1, 4, 1, 11, 2, 3, 7, 11, 153],
            },
            (Make::Linux, _) => Chassis {
                manufacturer: "Edgecore",
                model: "AS4610-54T",
                descr: "Linux switch 6.1.0-18-armmp #1 SMP Debian 6.1.76-1 armv7l",
                version: "6.1.0-18",
                object_id: &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 10],
            },
            (Make::RouterOs, _) => Chassis {
                manufacturer: "MikroTik",
                model: "CCR2004-16G-2S+",
                descr: "RouterOS CCR2004-16G-2S+",
                version: "6.49.10",
                object_id: &[1, 3, 6, 1, 4, 1, 14988, 1],
            },
            (Make::Comware, _) => Chassis {
                manufacturer: "HPE",
                model: "5130-24G-4SFP+",
                descr: "HPE Comware Platform Software, Software Version 7.1.070, Release 3208P03",
                version: "7.1.070 Release 3208P03",
                object_id: &[1, 3, 6, 1, 4, 1, 25506, 11, 1, 180],
            },
            (Make::FortiOs, _) => Chassis {
                manufacturer: "Fortinet",
                model: "FGT_100F",
                descr: "FortiGate-100F v7.2.8,build1639,240313 (GA.M)",
                version: "v7.2.8",
                object_id: &[1, 3, 6, 1, 4, 1, 12356, 101, 1, 1041],
            },
            (Make::SrOs, _) => Chassis {
                manufacturer: "Nokia",
                model: "7750 SR-1",
                descr: "TiMOS-C-21.10.R1 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2021 Nokia.",
                version: "C-21.10.R1",
                object_id: &[1, 3, 6, 1, 4, 1, 6527, 1, 3, 17],
            },
            (Make::TpLink, _) => Chassis {
                manufacturer: "TP-Link",
                model: "T2600G-28TS",
                descr: "JetStream 24-Port Gigabit L2+ Managed Switch with 4 SFP Slots",
                version: "3.0.5",
                object_id: &[1, 3, 6, 1, 4, 1, 11863, 5, 46],
            },
        }
    }

    /// Names a port, which has IOS's names so far, in the make's own way: ifDescr and ifName.
    pub(super) fn rename(self, port: &mut Port) {
        let head = port.descr.find(|letter: char| letter.is_ascii_digit()).unwrap_or(port.descr.len());
        let (kind, place) = port.descr.split_at(head);
        let (kind, place) = (kind.to_owned(), place.to_owned());
        let index = port.index;
        let physical = port.mac.is_some();
        let one = |name: String| (name.clone(), name);
        (port.descr, port.name) = match (self, kind.as_str()) {
            (Make::Ios | Make::OldIos, _) => return,
            (Make::NxOs, "Port-channel") => one(format!("port-channel{place}")),
            (Make::NxOs, "Loopback") => one(format!("loopback{place}")),
            (Make::NxOs, "Vlan") => one(format!("Vlan{place}")),
            (Make::NxOs, _) => one(format!("Ethernet{}", without_the_middle(&place))),
            (Make::Junos, "Port-channel") => one(format!("ae{place}")),
            (Make::Junos, "Loopback") => one(format!("lo0.{place}")),
            (Make::Junos, "Vlan") => one(format!("irb.{place}")),
            (Make::Junos, _) => {
                let head = match port.speed {
                    0..=1_000_000_000 => "ge",
                    1_000_000_001..=10_000_000_000 => "xe",
                    _ => "et",
                };
                one(format!("{head}-{}", counted_from_zero(&place)))
            }
            (Make::ProCurve, "Port-channel") => one(format!("Trk{place}")),
            (Make::ProCurve, "Loopback") => one(format!("lo{place}")),
            (Make::ProCurve, "Vlan") => (format!("VLAN{place}"), port.alias.clone()),
            (Make::ProCurve, _) => one(index.to_string()),
            (Make::Linux, "Port-channel") => one(format!("bond{place}")),
            (Make::Linux, "Loopback") => one("lo".to_owned()),
            (Make::Linux, "Vlan") => one(format!("vlan{place}")),
            (Make::Linux, _) => one(format!("swp{index}")),
            (Make::RouterOs, "Tunnel") => one(format!("gre-tunnel{place}")),
            (Make::RouterOs, "Loopback") => one(format!("loopback{place}")),
            (Make::RouterOs, _) if physical => one(format!("ether{index}")),
            (Make::RouterOs, _) => one(format!("vlan{}", place.rsplit('.').next().unwrap_or(&place))),
            (Make::Comware, "Port-channel") => one(format!("Bridge-Aggregation{place}")),
            (Make::Comware, "Vlan") => one(format!("Vlan-interface{place}")),
            (Make::Comware, "Loopback") => one(format!("LoopBack{place}")),
            (Make::Comware, _) => one(format!("{kind}{place}")),
            (Make::FortiOs, "Port-channel") => one(format!("lag{place}")),
            (Make::FortiOs, "Vlan" | "Loopback") => one(format!("{}{place}", kind.to_lowercase())),
            (Make::FortiOs, _) => one(format!("port{index}")),
            (Make::SrOs, "Port-channel") => one(format!("lag-{place}")),
            (Make::SrOs, "Loopback") => one("system".to_owned()),
            (Make::SrOs, "Vlan") => one(format!("vlan{place}")),
            (Make::SrOs, _) => (format!("1/1/{index}, 10/100/Gig Ethernet SFP"), format!("1/1/{index}")),
            (Make::TpLink, "Port-channel") => one(format!("port-channel {place}")),
            (Make::TpLink, "Loopback" | "Vlan") => one(format!("{}{place}", kind.to_lowercase())),
            (Make::TpLink, _) => {
                (format!("gigabitEthernet 1/0/{index}"), format!("gigabitEthernet 1/0/{index}"))
            }
        };
    }
}

/// `1/0/49` as NX-OS says it: `1/49`.
fn without_the_middle(place: &str) -> String {
    match place.split('/').collect::<Vec<_>>()[..] {
        [member, "0", port] => format!("{member}/{port}"),
        _ => place.to_owned(),
    }
}

/// `1/0/49` as Junos says it: `0/0/48`.
fn counted_from_zero(place: &str) -> String {
    let numbers: Vec<u32> = place.split('/').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [member, card, port] => format!("{}/{card}/{}", member.saturating_sub(1), port.saturating_sub(1)),
        _ => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::PortUse;
    use crate::synth::port::{GIGABIT, HUNDRED_GIGABIT, LOOPBACK, PORT_CHANNEL, TEN_GIGABIT, TUNNEL, VLAN};

    #[test]
    fn ports_are_named_as_their_make_names_them() {
        let rows = [
            (Make::Ios, GIGABIT, "1/0/7", ("GigabitEthernet1/0/7", "Gi1/0/7")),
            (Make::NxOs, HUNDRED_GIGABIT, "1/0/7", ("Ethernet1/7", "Ethernet1/7")),
            (Make::NxOs, PORT_CHANNEL, "1", ("port-channel1", "port-channel1")),
            (Make::Junos, GIGABIT, "2/0/7", ("ge-1/0/6", "ge-1/0/6")),
            (Make::Junos, TEN_GIGABIT, "1/1/1", ("xe-0/1/0", "xe-0/1/0")),
            (Make::Junos, VLAN, "99", ("irb.99", "irb.99")),
            (Make::ProCurve, TEN_GIGABIT, "1/0/7", ("7", "7")),
            (Make::ProCurve, PORT_CHANNEL, "1", ("Trk1", "Trk1")),
            (Make::Linux, GIGABIT, "1/0/7", ("swp7", "swp7")),
            (Make::Linux, LOOPBACK, "0", ("lo", "lo")),
            (Make::RouterOs, GIGABIT, "0/0/6", ("ether7", "ether7")),
            (Make::RouterOs, TUNNEL, "2", ("gre-tunnel2", "gre-tunnel2")),
        ];
        for (make, model, place, (descr, name)) in rows {
            let mut port = Port::new(7, model, place, PortUse::Unused);
            make.rename(&mut port);
            assert_eq!((port.descr.as_str(), port.name.as_str()), (descr, name), "{make:?} {place}");
        }
    }
}
