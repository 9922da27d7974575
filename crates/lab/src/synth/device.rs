//! A made-up device: how its ports are laid out, and what is written on them.

use super::bank::PROVIDERS;
use super::port::{
    GIGABIT, HUNDRED_GIGABIT, LOOPBACK, PORT_CHANNEL, Port, PortUse, SUBINTERFACE, TEN_GIGABIT, TUNNEL, VLAN,
};
use crate::dice::Dice;

/// A made-up device.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// sysName, and its name in the inventory: `rustavi-r1`.
    pub name: String,
    /// Where it stands: `rustavi`.
    pub site: String,
    /// `core`, `branch` or `access`: what part it has in the network.
    pub role: &'static str,
    /// What it is.
    pub(super) chassis: Chassis,
    /// sysUpTime at the start, hundredths of a second.
    pub uptime: u32,
    /// Its interfaces, by ifIndex.
    pub ports: Vec<Port>,
    pub(super) serial_number: String,
}

/// A make of device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chassis {
    pub(super) model: &'static str,
    pub(super) descr: &'static str,
    pub(super) version: &'static str,
    pub(super) object_id: &'static [u32],
}

const SWITCH: Chassis = Chassis {
    model: "C9300-48P",
    descr: "Cisco IOS Software [Lab], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4, RELEASE SOFTWARE (fc5)",
    version: "17.9.4",
    object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2494],
};
const ROUTER: Chassis = Chassis {
    model: "ISR4331/K9",
    descr: "Cisco IOS Software [Lab], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE SOFTWARE (fc2)",
    version: "17.6.5",
    object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2068],
};
const CORE: Chassis = Chassis {
    model: "C9500-48Y4C",
    descr: "Cisco IOS Software [Lab], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.12.3, RELEASE SOFTWARE (fc1)",
    version: "17.12.3",
    object_id: &[1, 3, 6, 1, 4, 1, 9, 1, 2582],
};

/// The ports of one member of a stack, at most.
const MEMBER_PORTS: usize = 52;

impl Device {
    /// A switch with exactly this many interfaces: from 20 on with its virtual ones among them, and a pair of
    /// 10-gigabit ports on each member of the stack.
    pub fn switch(name: &str, site: &str, interfaces: usize, seed: u64) -> Self {
        let mut dice = Dice::named(seed, name);
        let mut ports = Vec::with_capacity(interfaces);
        let virtuals = match interfaces {
            0..6 => 0,
            6..20 => 1,
            _ => 4,
        };
        let physical = interfaces - virtuals;
        for member in 0..physical.div_ceil(MEMBER_PORTS) {
            let here = (physical - member * MEMBER_PORTS).min(MEMBER_PORTS);
            let uplinks = if here >= 16 { 2 } else { 0 };
            for port in 1..=here {
                let place = format!("{}/{}/{port}", member / 9 + 1, member % 9);
                let index = ports.len() as u32 + 1;
                let port = if port > here - uplinks {
                    let other = if port == here { "core-2" } else { "core-1" };
                    Port::new(index, TEN_GIGABIT, &place, PortUse::Trunk).alias(format!("TRUNK to {other}"))
                } else {
                    switch_port(index, &place, &mut dice)
                };
                ports.push(port.live(&mut dice));
            }
        }
        let virtual_ports = [
            (VLAN, "10", PortUse::Vlan, "DATA"),
            (VLAN, "99", PortUse::Vlan, "MGMT"),
            (LOOPBACK, "0", PortUse::Loopback, "router-id"),
            (PORT_CHANNEL, "1", PortUse::PortChannel, "TRUNK to core-1 LACP"),
        ];
        for (model, place, used_for, alias) in virtual_ports.into_iter().take(virtuals) {
            let index = ports.len() as u32 + 1;
            ports.push(Port::new(index, model, place, used_for).alias(alias).live(&mut dice));
        }
        Device::assemble(name, site, "access", SWITCH, ports, dice)
    }

    /// A branch's router: two providers, the switch below, a voice and a management subinterface, and a
    /// tunnel to each core site.
    pub fn branch_router(name: &str, site: &str, switch: &str, seed: u64) -> Self {
        let mut dice = Dice::named(seed, name);
        let first = dice.below(PROVIDERS.len() as u64) as usize;
        let second = (first + 1 + dice.below(PROVIDERS.len() as u64 - 1) as usize) % PROVIDERS.len();
        let isp = |index: u32, which: usize, dice: &mut Dice| {
            let provider = PROVIDERS[which];
            let place = format!("0/0/{}", index - 1);
            Port::new(index, GIGABIT, &place, PortUse::Isp)
                .alias(isp_alias(provider, site, index, dice))
                .provider(provider)
        };
        let ports = vec![
            isp(1, first, &mut dice),
            isp(2, second, &mut dice),
            Port::new(3, GIGABIT, "0/0/2", PortUse::Trunk).alias(format!("TRUNK to {switch}")),
            Port::new(4, GIGABIT, "0", PortUse::Unused),
            Port::new(5, SUBINTERFACE, "0/0/2.10", PortUse::Vlan).alias("DATA"),
            Port::new(6, SUBINTERFACE, "0/0/2.20", PortUse::Voice).alias("VOICE"),
            Port::new(7, SUBINTERFACE, "0/0/2.99", PortUse::Management).alias("MGMT"),
            Port::new(8, LOOPBACK, "0", PortUse::Loopback).alias("router-id"),
            Port::new(9, TUNNEL, "1", PortUse::Tunnel).alias("DMVPN tbilisi-core-1"),
            Port::new(10, TUNNEL, "2", PortUse::Tunnel).alias("DMVPN batumi-core-1"),
        ];
        let ports = ports.into_iter().map(|port| port.live(&mut dice)).collect();
        Device::assemble(name, site, "branch", ROUTER, ports, dice)
    }

    /// A core switch: two providers, its twin, the other core site, and servers.
    pub fn core_switch(name: &str, site: &str, twin: &str, far: &str, seed: u64) -> Self {
        let mut dice = Dice::named(seed, name);
        let mut ports = Vec::new();
        for (place, provider) in [(1, "magti"), (2, "silknet")] {
            let alias = isp_alias(provider, site, place, &mut dice);
            let port = Port::new(place, TEN_GIGABIT, &format!("1/0/{place}"), PortUse::Isp);
            ports.push(port.alias(alias).provider(provider));
        }
        for place in 3..=48 {
            let name = format!("1/0/{place}");
            let port = match place {
                3 => Port::new(place, TEN_GIGABIT, &name, PortUse::Trunk).alias(format!("TRUNK to {far}")),
                4..=36 => {
                    Port::new(place, TEN_GIGABIT, &name, PortUse::Server).alias(server_alias(&mut dice))
                }
                _ => Port::new(place, TEN_GIGABIT, &name, PortUse::Unused),
            };
            ports.push(port);
        }
        for place in 49..=52 {
            let port = Port::new(place, HUNDRED_GIGABIT, &format!("1/0/{place}"), PortUse::Trunk);
            ports.push(port.alias(format!("TRUNK to {twin} {}/4", place - 48)));
        }
        ports.push(Port::new(53, PORT_CHANNEL, "1", PortUse::PortChannel).alias(format!("TRUNK to {twin}")));
        ports.push(Port::new(54, LOOPBACK, "0", PortUse::Loopback).alias("router-id"));
        ports.push(Port::new(55, VLAN, "10", PortUse::Vlan).alias("SERVERS"));
        ports.push(Port::new(56, VLAN, "99", PortUse::Vlan).alias("MGMT"));
        let ports = ports.into_iter().map(|port| port.live(&mut dice)).collect();
        Device::assemble(name, site, "core", CORE, ports, dice)
    }

    fn assemble(
        name: &str,
        site: &str,
        role: &'static str,
        chassis: Chassis,
        mut ports: Vec<Port>,
        mut dice: Dice,
    ) -> Self {
        // From two days to a year.
        let uptime = (dice.magnitude(2.0, 365.0) * 86_400.0 * 100.0) as u32;
        let base = dice.roll().to_be_bytes();
        for port in &mut ports {
            if let Some(mac) = &mut port.mac {
                let [.., high, low] = port.index.to_be_bytes();
                *mac = [0x00, 0x1b, base[0], base[1], base[2].wrapping_add(high), low];
            }
            let changed = dice.happens(0.4) && port.mac.is_some();
            port.last_change = if changed { dice.below(u64::from(uptime)) as u32 } else { 0 };
        }
        let serial_number = format!("FOC{:04}{:04X}", 2000 + dice.below(600), dice.below(0x1_0000));
        Device { name: name.to_owned(), site: site.to_owned(), role, chassis, uptime, ports, serial_number }
    }
}

/// An ordinary port of a switch: mostly desks.
fn switch_port(index: u32, place: &str, dice: &mut Dice) -> Port {
    let number = 1 + dice.below(60);
    let (used_for, alias) = match dice.below(100) {
        0..44 => {
            let desk = dice.pick(&["Teller", "desk", "PC", "Credit officer", "Cashier", ""]);
            (PortUse::Access, if desk.is_empty() { String::new() } else { format!("{desk} {number}") })
        }
        44..52 => (PortUse::Voice, format!("{} {number}", dice.pick(&["VOIP phone", "IP-PHONE", "VoIP GW"]))),
        52..62 => (PortUse::Camera, format!("{} {number}", dice.pick(&["CCTV cam", "NVR", "IP-CAM hall"]))),
        62..66 => (PortUse::Server, server_alias(dice)),
        66..70 => (PortUse::Wireless, format!("AP-{}F-{number}", 1 + number % 3)),
        70..74 => (PortUse::Atm, format!("ATM {:04}", 200 + number)),
        74..79 => (PortUse::Printer, format!("{} {number}", dice.pick(&["PRN", "Printer hall"]))),
        79..82 => (PortUse::Management, format!("{} {number}", dice.pick(&["MGMT ups", "iLO", "PDU mgmt"]))),
        _ => (PortUse::Unused, String::new()),
    };
    Port::new(index, GIGABIT, place, used_for).alias(alias)
}

fn server_alias(dice: &mut Dice) -> String {
    let kind = dice.pick(&["SRV-ESX", "SRV-SQL", "srv-file", "SRV-DC", "BACKUP-NAS", "srv-app"]);
    format!("{kind}-{:02}", 1 + dice.below(20))
}

/// What people write on a line to a provider: everybody in their own way.
fn isp_alias(provider: &str, site: &str, number: u32, dice: &mut Dice) -> String {
    let rate = dice.pick(&[20, 50, 100, 200]);
    let mut capital = provider.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match dice.below(6) {
        0 => format!("ISP{number} {capital} {rate}M"),
        1 => format!("WAN: {provider} L3VPN #{}", 10_000 + dice.below(80_000)),
        2 => format!("*** INTERNET {} {} ***", capital, if number == 1 { "main" } else { "backup" }),
        3 => format!("{}_{site}_{rate}Mbps", provider.to_uppercase()),
        4 => format!("Uplink {provider}"),
        _ => format!("{capital}-L2-{site}"),
    }
}
