//! Devices that never were: a bank's routers and switches, made up from a seed.
//!
//! A [`Device`] is what an engineer would say about it: its name, its site, its [`Port`]s and what each is
//! for. Its [`Device::mib`] is what it says about itself over SNMP: the system group, ifTable and ifXTable
//! (RFC 2863) with all their columns, its chassis (RFC 6933), its bridge, its addresses, and how interfaces lie on each
//! other.
//!
//! A [`Network`] is devices and cables, out of nothing ([`Bank`]) or from a file ([`Network::read`]). [`Network::mib`] is a
//! device with what it hears of its neighbours in LLDP and CDP, each [`Make`] with its own [`Habit`]s; [`Network::truth`]
//! says what is really plugged into what. In a [`Live`] network cables move, lines fail and agents fall silent.

mod bank;
mod cdp;
mod device;
mod file;
mod find;
mod habit;
mod inventory;
mod layers;
mod live;
mod lldp;
mod make;
mod neighbours;
mod numbering;
mod port;
mod speaker;
mod tables;
mod yaml;

pub use bank::Bank;
pub use device::Device;
pub use file::FileError;
pub use habit::Habit;
pub use inventory::{Access, InventoryDevice, devices_yml};
pub use live::{Change, Live, Outcome};
pub use make::Make;
pub use neighbours::{Connection, End, Endpoint, EndpointKind};
pub use port::{Port, PortUse, Traffic};

/// Devices and the cables between them.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The devices, in the order in which they are given addresses.
    pub devices: Vec<Device>,
    /// The cables between ports of these devices.
    pub links: Vec<Link>,
    /// What else is plugged into their ports.
    pub plugged: Vec<Plugged>,
}

/// Something that is no device of the inventory, and the port it is plugged into: a device's place and an ifIndex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plugged {
    /// Where.
    pub at: (usize, u32),
    /// What it is.
    pub kind: EndpointKind,
    /// Its MAC address.
    pub mac: [u8; 6],
}

/// A cable: a device and its ifIndex at each end, the devices by their place in [`Network::devices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// One end.
    pub a: (usize, u32),
    /// The other end.
    pub b: (usize, u32),
}

impl Network {
    /// So many switches with exactly so many interfaces each: for measuring, where only the size matters.
    pub fn of_switches(devices: usize, interfaces: usize, seed: u64) -> Self {
        let towns = bank::TOWNS.len();
        let devices = (0..devices)
            .map(|number| {
                let town = bank::TOWNS[number % towns];
                Device::switch(&format!("{town}-sw{}", number / towns + 1), town, interfaces, seed)
            })
            .collect();
        let mut network = Self { devices, ..Self::default() };
        network.number();
        network
    }

    /// Plugs something into a port; its MAC address is made from the port's.
    fn plug_in(&mut self, at: (usize, u32), kind: EndpointKind) {
        let port = self.devices.get(at.0).and_then(|device| device.port(at.1));
        if let Some([_, _, a, b, c, d]) = port.and_then(|port| port.mac) {
            self.plugged.push(Plugged { at, kind, mac: [0x70, 0xdb, a, b, c, d] });
        }
    }
}

#[cfg(test)]
mod tests;
