//! What the devices of a network hear of each other, and the truth about it.

use serde::Serialize;

use super::device::Device;
use super::port::Port;
use super::speaker::Speaker;
use super::{Network, cdp, lldp};
use crate::mib::MibBuilder;

/// A cable as it really is, and who knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// One end.
    pub a: End,
    /// The other end.
    pub b: End,
}

/// One end of a cable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// The device's name.
    pub device: String,
    /// Its place in [`Network::devices`].
    pub place: usize,
    /// ifIndex.
    pub if_index: u32,
    /// ifName.
    pub if_name: String,
    /// The ifIndex of the port channel that the port is bundled into.
    pub bundle: Option<u32>,
    /// Whether this end hears the other in LLDP.
    pub hears_lldp: bool,
    /// Whether this end hears the other in CDP.
    pub hears_cdp: bool,
}

/// Something that is no device of the inventory and says who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The name of the device that hears it.
    pub device: String,
    /// The port it is plugged into: ifIndex.
    pub if_index: u32,
    /// What it is.
    pub kind: EndpointKind,
    /// Its MAC address; in JSON like `70:db:00:00:60:01`.
    #[serde(serialize_with = "mac_text")]
    pub mac: [u8; 6],
}

fn mac_text<S: serde::Serializer>(mac: &[u8; 6], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&mac.map(|octet| format!("{octet:02x}")).join(":"))
}

/// Kinds of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// A telephone.
    Telephone,
    /// A wireless access point.
    AccessPoint,
    /// A camera.
    Camera,
    /// A printer.
    Printer,
    /// A server.
    Server,
}

impl EndpointKind {
    /// All kinds, by the names they have in files and in JSON.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("telephone", Self::Telephone),
        ("access_point", Self::AccessPoint),
        ("camera", Self::Camera),
        ("printer", Self::Printer),
        ("server", Self::Server),
    ];
}

/// Somebody heard on a port.
pub(super) struct Neighbour<'a> {
    pub(super) port: &'a Port,
    pub(super) speaker: Speaker,
    /// Whether it is heard in each protocol.
    pub(super) in_lldp: bool,
    pub(super) in_cdp: bool,
}

impl Network {
    /// What a device of this network says about itself and about its neighbours; empty where there is no such
    /// device.
    pub fn mib(&self, place: usize) -> MibBuilder {
        let Some(device) = self.devices.get(place) else { return MibBuilder::default() };
        let mut mib = device.mib();
        let neighbours = self.neighbours(place, device);
        if device.hears_lldp() {
            lldp::write_neighbours(device, &neighbours, &mut mib);
        }
        if device.hears_cdp() {
            cdp::write_neighbours(device, &neighbours, &mut mib);
        }
        mib
    }

    /// All cables, each with both its ends: what a topology made of the devices' answers has to come to.
    pub fn truth(&self) -> Vec<Connection> {
        let links = self.links.iter();
        links
            .filter_map(|link| {
                Some(Connection { a: self.end(link.a, link.b)?, b: self.end(link.b, link.a)? })
            })
            .collect()
    }

    /// What is no device of the inventory and says who it is, by the ports it is plugged into.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let heard = self.plugged.iter().filter_map(|plugged| {
            let device = self.devices.get(plugged.at.0)?;
            let port = device.port(plugged.at.1).filter(|port| port.oper_up)?;
            let (device, if_index) = (device.name.clone(), port.index);
            Some(Endpoint { device, if_index, kind: plugged.kind, mac: plugged.mac })
        });
        heard.collect()
    }

    fn end(&self, (place, index): (usize, u32), (far, far_index): (usize, u32)) -> Option<End> {
        let (device, far) = (self.devices.get(place)?, self.devices.get(far)?);
        let port = device.port(index)?;
        let is_up = port.oper_up && far.port(far_index)?.oper_up;
        Some(End {
            device: device.name.clone(),
            place,
            if_index: index,
            if_name: port.name.clone(),
            bundle: port.bundle,
            hears_lldp: is_up && device.hears_lldp() && far.hears_lldp(),
            hears_cdp: is_up && device.hears_cdp() && far.speaks_cdp(),
        })
    }

    fn neighbours<'a>(&'a self, place: usize, device: &'a Device) -> Vec<Neighbour<'a>> {
        let cables = self.links.iter().flat_map(|link| [(link.a, link.b), (link.b, link.a)]);
        let ours = cables.filter(|((near, _), _)| *near == place);
        let devices = ours.filter_map(|((_, index), (far, far_index))| {
            let far = self.devices.get(far)?;
            Some((device.port(index)?, Speaker::device(far, far.port(far_index)?)))
        });
        let endpoints = self.plugged.iter().filter(|plugged| plugged.at.0 == place).filter_map(|plugged| {
            Some((device.port(plugged.at.1)?, Speaker::endpoint(plugged.kind, plugged.mac)))
        });
        let mut all: Vec<Neighbour<'a>> = devices
            .chain(endpoints)
            .map(|(port, speaker)| Neighbour {
                in_lldp: device.hears_lldp() && speaker.lldp.is_some(),
                in_cdp: device.hears_cdp() && speaker.cdp.is_some(),
                port,
                speaker,
            })
            .filter(|neighbour| neighbour.port.oper_up)
            .collect();
        all.sort_by_key(|neighbour| neighbour.port.index);
        all
    }
}
