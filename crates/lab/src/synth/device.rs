//! A made-up device: how its ports are laid out, and what is written on them.

use std::net::Ipv4Addr;

use super::bank::PROVIDERS;
use super::habit::Habit;
use super::make::{Chassis, Make};
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
    /// Whose it is, and so how it names its ports.
    pub make: Make,
    /// What it does beside what all of its make do.
    pub habits: Vec<Habit>,
    /// What it is.
    pub(super) chassis: Chassis,
    /// The address by which it is managed; none as long as it stands in no network.
    pub address: Option<Ipv4Addr>,
    /// sysUpTime at the start, hundredths of a second.
    pub uptime: u32,
    /// Its interfaces, by ifIndex.
    pub ports: Vec<Port>,
    /// entPhysicalSerialNum of the chassis.
    pub serial_number: String,
    number: u32,
    /// sysUpTime when the neighbours it hears last changed, where that was after the start.
    pub(super) heard_change: Option<u32>,
}

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
                    let port = Port::new(index, TEN_GIGABIT, &place, PortUse::Trunk);
                    // The last interface of all is the port channel.
                    let bundled = port.index == physical as u32 && virtuals == 4;
                    let above = bundled.then_some(interfaces as u32);
                    port.alias(format!("TRUNK to {other}")).below(above)
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
        Device::assemble(name, site, "access", ports, dice)
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
            Port::new(5, SUBINTERFACE, "0/0/2.10", PortUse::Vlan).alias("DATA").above(3),
            Port::new(6, SUBINTERFACE, "0/0/2.20", PortUse::Voice).alias("VOICE").above(3),
            Port::new(7, SUBINTERFACE, "0/0/2.99", PortUse::Management).alias("MGMT").above(3),
            Port::new(8, LOOPBACK, "0", PortUse::Loopback).alias("router-id"),
            Port::new(9, TUNNEL, "1", PortUse::Tunnel).alias("DMVPN tbilisi-core-1"),
            Port::new(10, TUNNEL, "2", PortUse::Tunnel).alias("DMVPN batumi-core-1"),
        ];
        let ports = ports.into_iter().map(|port| port.live(&mut dice)).collect();
        Device::assemble(name, site, "branch", ports, dice)
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
            ports.push(port.alias(format!("TRUNK to {twin} {}/4", place - 48)).below(Some(53)));
        }
        ports.push(Port::new(53, PORT_CHANNEL, "1", PortUse::PortChannel).alias(format!("TRUNK to {twin}")));
        ports.push(Port::new(54, LOOPBACK, "0", PortUse::Loopback).alias("router-id"));
        ports.push(Port::new(55, VLAN, "10", PortUse::Vlan).alias("SERVERS"));
        ports.push(Port::new(56, VLAN, "99", PortUse::Vlan).alias("MGMT"));
        let ports = ports.into_iter().map(|port| port.live(&mut dice)).collect();
        Device::assemble(name, site, "core", ports, dice)
    }

    pub(super) fn assemble(
        name: &str,
        site: &str,
        role: &'static str,
        mut ports: Vec<Port>,
        mut dice: Dice,
    ) -> Self {
        // From two days to a year.
        let uptime = (dice.magnitude(2.0, 365.0) * 86_400.0 * 100.0) as u32;
        let number = dice.roll() as u32 & DEVICE_NUMBERS;
        for port in &mut ports {
            let changed = dice.happens(0.4) && port.mac.is_some();
            port.last_change = if changed { dice.below(u64::from(uptime)) as u32 } else { 0 };
        }
        let serial_number = format!("FOC{:04}{:04X}", 2000 + dice.below(600), dice.below(0x1_0000));
        let (make, chassis) = (Make::Ios, Make::Ios.chassis(role));
        let (name, site) = (name.to_owned(), site.to_owned());
        let mut device = Device {
            name,
            site,
            role,
            make,
            habits: Vec::new(),
            chassis,
            address: None,
            uptime,
            ports,
            serial_number,
            number,
            heard_change: None,
        };
        device.count_as(number);
        device
    }

    /// Is of this make, and names its ports so.
    pub fn of_make(mut self, make: Make) -> Self {
        (self.make, self.chassis) = (make, make.chassis(self.role));
        self.ports.iter_mut().for_each(|port| make.rename(port));
        self
    }

    /// Has these habits too.
    pub fn with_habits(mut self, habits: impl IntoIterator<Item = Habit>) -> Self {
        self.habits.extend(habits);
        self
    }

    /// Whether it has this habit, from its make or of its own.
    pub fn has(&self, habit: Habit) -> bool {
        self.make.habits().contains(&habit) || self.habits.contains(&habit)
    }

    /// Is the device of this number, from which its MAC addresses are made.
    pub(super) fn count_as(&mut self, number: u32) {
        self.number = number & DEVICE_NUMBERS;
        for place in 0..self.ports.len() {
            let mac = self.mac_of(self.ports[place].index);
            if let Some(own) = &mut self.ports[place].mac {
                *own = mac;
            }
        }
    }

    /// The MAC address of the whole device, by which others know it in LLDP and as a bridge.
    pub fn base_mac(&self) -> [u8; 6] {
        self.mac_of(0)
    }

    /// Twenty bits of device and twelve of port behind two octets of a vendor.
    fn mac_of(&self, port: u32) -> [u8; 6] {
        let [a, b, c, d] = (self.number << 12 | port & 0xfff).to_be_bytes();
        [0x00, 0x1b, a, b, c, d]
    }

    /// The port of this ifIndex.
    pub fn port(&self, index: u32) -> Option<&Port> {
        self.ports.iter().find(|port| port.index == index)
    }

    /// Whether it switches: only then it has a bridge.
    pub(super) fn is_switch(&self) -> bool {
        self.role != "branch"
    }
}

/// Twenty bits.
const DEVICE_NUMBERS: u32 = 0xf_ffff;

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
    let rate = dice.pick(&[100, 200, 300, 500]);
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
