//! Finding ports by what people call them: `gori-sw1:Gi1/0/3`, `gori-sw1:3`.

use super::{Device, Network};

/// So many names are listed where one is unknown.
const LISTED: usize = 8;

impl Network {
    /// The device of this name, by its place.
    pub fn find_device(&self, name: &str) -> Result<usize, String> {
        self.devices.iter().position(|device| device.name == name).ok_or_else(|| {
            format!("no device {name:?}, only {}", some(self.devices.iter().map(|device| &*device.name)))
        })
    }

    /// The port of this name, like `gori-sw1:Gi1/0/3`: ifName, ifDescr or ifIndex.
    pub fn find_port(&self, name: &str) -> Result<(usize, u32), String> {
        let (device, port) = halves(name)?;
        let place = self.find_device(device)?;
        Ok((place, self.devices[place].find_port(port)?))
    }

    /// The same, where a cable can be plugged in.
    pub fn find_socket(&self, name: &str) -> Result<(usize, u32), String> {
        let (device, port) = halves(name)?;
        let place = self.find_device(device)?;
        Ok((place, self.devices[place].find_socket(port)?))
    }

    /// What people call a port: `gori-sw1:Gi1/0/3`.
    pub fn port_name(&self, (place, index): (usize, u32)) -> String {
        let device = self.devices.get(place);
        let port = device.and_then(|device| device.port(index));
        let (device, port) = (device.map(|device| &device.name), port.map(|port| &port.name));
        format!("{}:{}", device.map_or("?", |name| name), port.map_or("?", |name| name))
    }
}

impl Device {
    /// The ifIndex of the port with this ifName, ifDescr or ifIndex.
    pub fn find_port(&self, name: &str) -> Result<u32, String> {
        let ports = &self.ports;
        let named = ports
            .iter()
            .find(|port| port.name == name)
            .or_else(|| ports.iter().find(|port| port.descr == name));
        let numbered = || ports.iter().find(|port| name.parse() == Ok(port.index));
        named.or_else(numbered).map(|port| port.index).ok_or_else(|| {
            format!("{} has no port {name:?}, only {}", self.name, some(ports.iter().map(|port| &*port.name)))
        })
    }

    /// The same, of ports with a socket.
    pub(super) fn find_socket(&self, name: &str) -> Result<u32, String> {
        let index = self.find_port(name)?;
        match self.port(index).is_some_and(|port| port.mac.is_some()) {
            true => Ok(index),
            false => Err(format!("{name} of {} is a virtual interface: no cable goes in there", self.name)),
        }
    }
}

fn halves(name: &str) -> Result<(&str, &str), String> {
    name.split_once(':')
        .ok_or_else(|| format!("expected a device and its port, like gori-sw1:3, found {name:?}"))
}

/// The first names of a list.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let (all, first) = (names.len(), names.take(LISTED).collect::<Vec<_>>().join(", "));
    if all > LISTED { format!("{first} … ({all} in all)") } else { first }
}
