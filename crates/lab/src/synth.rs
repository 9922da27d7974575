//! Devices that never were: a bank's routers and switches, made up from a seed.
//!
//! A [`Device`] is what an engineer would say about it: its name, its site, its [`Port`]s and what each is
//! for. Its [`Device::mib`] is what it says about itself over SNMP: the system group, ifTable and ifXTable
//! (RFC 2863) with all their columns, its chassis (RFC 6933), its bridge, its addresses, and how interfaces lie on each
//! other.
//!
//! A [`Network`] is devices and cables. [`Network::mib`] is a device with what it hears of its neighbours in LLDP and
//! CDP, each [`Make`] in its own way; [`Network::truth`] says what is really plugged into what.

mod bank;
mod cdp;
mod device;
mod inventory;
mod layers;
mod lldp;
mod make;
mod neighbours;
mod numbering;
mod port;
mod speaker;
mod tables;

pub use bank::Bank;
pub use device::Device;
pub use inventory::{Access, InventoryDevice, devices_yml};
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
        let mut network = Self { devices, links: Vec::new() };
        network.number();
        network
    }
}

#[cfg(test)]
mod tests;
