//! LLDP-MIB (IEEE 802.1AB-2005): a device about itself, and about what it hears. Where it has LLDP-V2-MIB
//! (802.1AB-2009) or a vendor's own table instead, these are written here too.

use super::device::Device;
use super::habit::Habit;
use super::neighbours::Neighbour;
use super::port::Port;
use super::speaker::{Id, Lldp, Speaker, chassis_id, port_id};
use crate::mib::MibBuilder;
use crate::oid::Oid;
use crate::value::Value;

const LLDP: [u32; 7] = [1, 0, 8802, 1, 1, 2, 1];
const LLDP_V2: [u32; 9] = [1, 3, 111, 2, 802, 1, 1, 13, 1];
/// tmnxLldpRemEntry of TIMETRA-LLDP-MIB.
const TIMETRA_REM: [u32; 14] = [1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 59, 4, 1, 1];
/// lldpNeighborInfoEntry of TPLINK-LLDPINFO-MIB.
const TPLINK_NEIGHBOUR: [u32; 13] = [1, 3, 6, 1, 4, 1, 11863, 6, 35, 1, 2, 2, 1];
/// mtxrNeighborInterfaceID of MIKROTIK-MIB.
const MTXR_NEIGHBOR_INTERFACE_ID: [u32; 12] = [1, 3, 6, 1, 4, 1, 14988, 1, 1, 11, 1, 1];

impl Device {
    /// lldpLocPortNum of a port.
    fn lldp_port(&self, port: &Port) -> u32 {
        match () {
            () if self.has(Habit::PortZero) => 0,
            () if self.has(Habit::OwnNumbers) => 2000 + 3 * port.index,
            () if self.has(Habit::BridgePorts) || self.has(Habit::AstrayBridge) => {
                self.bridge_port(port).unwrap_or(port.index)
            }
            () => port.index,
        }
    }

    /// Below which all of LLDP is.
    fn lldp_root(&self) -> Oid {
        if self.has(Habit::LldpV2) { LLDP_V2.into() } else { LLDP.into() }
    }

    /// What the device says about itself.
    pub(super) fn write_lldp(&self, mib: &mut MibBuilder) {
        if !self.hears_lldp() {
            return;
        }
        let local = self.lldp_root().child(&[3]);
        let Id { subtype, octets } = self.chassis_id();
        let scalars = [
            (1, Value::Integer(i64::from(subtype))),
            (2, Value::OctetString(octets)),
            (3, Value::text(&self.name)),
            (4, Value::text(self.chassis.descr)),
            (5, Value::OctetString(vec![0x28, 0])),
            (6, Value::OctetString(self.capabilities().to_vec())),
        ];
        for (arc, value) in scalars {
            mib.set(local.child(&[arc, 0]), value);
        }
        let has_table =
            ![Habit::PortZero, Habit::Timetra, Habit::TpLink].iter().any(|habit| self.has(*habit));
        for port in self.ports.iter().filter(|port| port.mac.is_some() && has_table) {
            let number = if self.has(Habit::LldpV2) { port.index } else { self.lldp_port(port) };
            let Id { subtype, octets } = self.port_id(port);
            let (mut id, mut descr) = (octets, self.port_descr(port));
            if self.has(Habit::SwappedLocal) {
                (id, descr) = (descr, id);
            }
            let columns = [
                (2, Value::Integer(i64::from(subtype))),
                (3, Value::OctetString(id)),
                (4, Value::OctetString(descr)),
            ];
            for (column, value) in columns {
                mib.set(local.child(&[7, 1, column, number]), value);
            }
        }
        if let Some(address) = self.address {
            let [a, b, c, d] = address.octets().map(u32::from);
            let columns = [
                (3, Value::Integer(5)),
                (4, Value::Integer(2)),
                (5, Value::Integer(i64::from(self.management_port()))),
                (6, Value::ObjectIdentifier([0, 0].into())),
            ];
            for (column, value) in columns {
                mib.set(local.child(&[8, 1, column, 1, 4, a, b, c, d]), value);
            }
        }
    }

    /// The ifIndex of the port that has the management address.
    fn management_port(&self) -> u32 {
        let has_it = |port: &&Port| port.addresses.iter().any(|(address, _)| Some(*address) == self.address);
        self.ports.iter().find(has_it).map_or(0, |port| port.index)
    }
}

/// What the device hears: lldpRemTable, lldpRemManAddrTable and the statistics.
pub(super) fn write_neighbours(device: &Device, neighbours: &[Neighbour<'_>], mib: &mut MibBuilder) {
    let mut rows = Rows::new(device, mib);
    for neighbour in neighbours {
        if let (true, Some(lldp)) = (neighbour.in_lldp, &neighbour.speaker.lldp) {
            rows.write(neighbour.port, lldp, &neighbour.speaker);
        }
        if let (true, true, Some(copy)) =
            (neighbour.in_cdp, device.has(Habit::CdpInLldp), copy_of_cdp(&neighbour.speaker))
        {
            rows.write(neighbour.port, &copy, &neighbour.speaker);
        }
    }
    rows.write_statistics();
}

/// What somebody makes of CDP in its LLDP table.
fn copy_of_cdp(speaker: &Speaker) -> Option<Lldp> {
    let cdp = speaker.cdp.as_ref()?;
    Some(Lldp {
        chassis: Id::text(chassis_id::LOCAL, &cdp.device_id),
        port: Id::text(port_id::LOCAL, &cdp.port),
        port_descr: cdp.port.clone().into_bytes(),
        sys_name: Vec::new(),
        supported: [0, 0],
        enabled: [0, 0],
    })
}

/// Rows of lldpRemTable in the making.
struct Rows<'a> {
    device: &'a Device,
    mib: &'a mut MibBuilder,
    /// How many have been written.
    count: u32,
    last_change: u32,
}

impl<'a> Rows<'a> {
    fn new(device: &'a Device, mib: &'a mut MibBuilder) -> Self {
        Self { device, mib, count: 0, last_change: device.heard_change.unwrap_or(0) }
    }

    fn write(&mut self, port: &Port, lldp: &Lldp, speaker: &Speaker) {
        let device = self.device;
        let index = match () {
            () if device.has(Habit::SameIndex) => 1,
            () if device.has(Habit::CountsFromZero) => self.count,
            () => self.count + 1,
        };
        self.count += 1;
        // sysUpTime when the row was last touched: a while after the port came up.
        let latest = device.uptime.max(port.last_change);
        let time_mark = port.last_change.saturating_add(3_000 + 100 * self.count).min(latest);
        self.last_change = self.last_change.max(time_mark);
        if device.has(Habit::TpLink) {
            self.write_words(&[port.index, index], lldp, &speaker.descr);
            return;
        }
        let row = |time_mark: u32| match device.has(Habit::LldpV2) || device.has(Habit::Timetra) {
            true => vec![time_mark, port.index, 1, index],
            false => vec![time_mark, device.lldp_port(port), index],
        };
        if device.has(Habit::OldRows) {
            let before = Lldp {
                port: Id::text(port_id::LOCAL, "before"),
                port_descr: b"before".to_vec(),
                sys_name: b"before".to_vec(),
                ..lldp.clone()
            };
            self.write_row(&row(time_mark / 2), &before, "before");
        }
        self.write_row(&row(time_mark), lldp, &speaker.descr);
        if device.has(Habit::PortZero) {
            let name = Oid::from(MTXR_NEIGHBOR_INTERFACE_ID).child(&[8, index]);
            self.mib.set(name, Value::Integer(i64::from(port.index)));
        }
        let mut row = row(time_mark);
        if let (true, Some(index)) = (device.has(Habit::OtherAddressRows), row.last_mut()) {
            *index += 700;
        }
        self.write_address(&row, speaker);
    }

    fn write_row(&mut self, row: &[u32], lldp: &Lldp, descr: &str) {
        let remote = match self.device.has(Habit::Timetra) {
            true => TIMETRA_REM.into(),
            false => self.device.lldp_root().child(&[4, 1, 1]),
        };
        // The newer table has one column more before these.
        let further = u32::from(self.device.has(Habit::LldpV2));
        let columns = [
            (4, Value::Integer(i64::from(lldp.chassis.subtype))),
            (5, Value::OctetString(lldp.chassis.octets.clone())),
            (6, Value::Integer(i64::from(lldp.port.subtype))),
            (7, Value::OctetString(lldp.port.octets.clone())),
            (8, Value::OctetString(lldp.port_descr.clone())),
            (9, Value::OctetString(lldp.sys_name.clone())),
            (10, Value::text(descr)),
            (11, Value::OctetString(lldp.supported.to_vec())),
            (12, Value::OctetString(lldp.enabled.to_vec())),
        ];
        for (column, value) in columns {
            self.mib.set(remote.child(&[column + further]).child(row), value);
        }
    }

    /// A row of TP-Link's.
    fn write_words(&mut self, row: &[u32], lldp: &Lldp, descr: &str) {
        let text = |octets: &[u8]| {
            let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
            String::from_utf8_lossy(&octets[..end]).into_owned()
        };
        let mac = |octets: &[u8]| match octets.len() {
            6 => octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(":"),
            _ => text(octets),
        };
        let (chassis, chassis_text) = match (lldp.chassis.subtype, &lldp.chassis.octets[..]) {
            (chassis_id::MAC_ADDRESS, octets) => ("MAC address", mac(octets)),
            (chassis_id::NETWORK_ADDRESS, [_, a, b, c, d]) => ("Network address", format!("{a}.{b}.{c}.{d}")),
            (chassis_id::INTERFACE_NAME, octets) => ("Interface name", text(octets)),
            (_, octets) => ("Locally assigned", text(octets)),
        };
        let (port, port_text) = match (lldp.port.subtype, &lldp.port.octets[..]) {
            (port_id::MAC_ADDRESS, octets) => ("MAC address", mac(octets)),
            (port_id::INTERFACE_NAME, octets) => ("Interface name", text(octets)),
            (_, octets) => ("Locally assigned", text(octets)),
        };
        let [set, _] = lldp.enabled;
        let capabilities = if set & 0x20 != 0 {
            "Bridge"
        } else if set & 0x08 != 0 {
            "Router"
        } else {
            "Station"
        };
        let columns = [
            (3, chassis.to_owned()),
            (4, chassis_text),
            (5, port.to_owned()),
            (6, port_text),
            (8, text(&lldp.port_descr)),
            (9, text(&lldp.sys_name)),
            (10, descr.to_owned()),
            (12, capabilities.to_owned()),
        ];
        for (column, value) in columns {
            self.mib.set(Oid::from(TPLINK_NEIGHBOUR).child(&[column]).child(row), Value::text(&value));
        }
    }

    fn write_address(&mut self, row: &[u32], speaker: &Speaker) {
        let Some(address) = speaker.address.filter(|_| !self.device.has(Habit::Timetra)) else { return };
        let kind: &[u32] = if self.device.has(Habit::ShortAddresses) { &[1] } else { &[1, 4] };
        let index = [row, kind, &address.octets().map(u32::from)].concat();
        let columns = match self.device.has(Habit::HiddenAddresses) {
            true => vec![(1, Value::Integer(1)), (2, Value::OctetString(address.octets().to_vec()))],
            false => vec![
                (3, Value::Integer(2)),
                (4, Value::Integer(1)),
                (5, Value::ObjectIdentifier([0, 0].into())),
            ],
        };
        let addresses = self.device.lldp_root().child(&[4, 2, 1]);
        for (column, value) in columns {
            self.mib.set(addresses.child(&[column]).child(&index), value);
        }
    }

    fn write_statistics(self) {
        let statistics = self.device.lldp_root().child(&[2]);
        let columns = [
            (1, Value::TimeTicks(self.last_change)),
            (2, Value::Gauge32(self.count)),
            (3, Value::Gauge32(0)),
            (4, Value::Gauge32(0)),
            (5, Value::Gauge32(0)),
        ];
        for (arc, value) in columns {
            self.mib.set(statistics.child(&[arc, 0]), value);
        }
    }
}
