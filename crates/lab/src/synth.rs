//! Devices that never were: a bank's routers and switches, made up from a seed.
//!
//! A [`Device`] is what an engineer would say about it: its name, its site, its [`Port`]s and what each is
//! for. Its [`Device::mib`] is what it says about itself over SNMP: the system group, ifTable and ifXTable
//! (RFC 2863) with all their columns, and its chassis (RFC 6933). Neighbour tables will be written from
//! [`Network::links`].

mod bank;
mod device;
mod inventory;
mod port;
mod tables;

pub use bank::Bank;
pub use device::Device;
pub use inventory::{Access, InventoryDevice, devices_yml};
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
        Self { devices, links: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
