//! LLDP-MIB (IEEE 802.1AB-2005): a device about itself, and about what it hears.

use super::device::Device;
use super::make::Make;
use super::neighbours::Neighbour;
use super::port::Port;
use super::speaker::{Id, Lldp, Speaker, chassis_id, port_id};
use crate::mib::MibBuilder;
use crate::oid::Oid;
use crate::value::Value;

const LLDP: [u32; 7] = [1, 0, 8802, 1, 1, 2, 1];
/// mtxrNeighborInterfaceID of MIKROTIK-MIB.
const MTXR_NEIGHBOR_INTERFACE_ID: [u32; 12] = [1, 3, 6, 1, 4, 1, 14988, 1, 1, 11, 1, 1];

impl Device {
    /// lldpLocPortNum of a port.
    fn lldp_port(&self, port: &Port) -> u32 {
        match self.make {
            Make::RouterOs => 0,
            _ => self.bridge_port(port).unwrap_or(port.index),
        }
    }

    /// What the device says about itself.
    pub(super) fn write_lldp(&self, mib: &mut MibBuilder) {
        if !self.make.speaks_lldp() {
            return;
        }
        let local = Oid::from(LLDP).child(&[3]);
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
        let cables = self.ports.iter().filter(|port| port.mac.is_some() && self.make != Make::RouterOs);
        for port in cables {
            let Id { subtype, octets } = self.port_id(port);
            let columns = [
                (2, Value::Integer(i64::from(subtype))),
                (3, Value::OctetString(octets)),
                (4, Value::text(self.port_descr(port))),
            ];
            for (column, value) in columns {
                mib.set(local.child(&[7, 1, column, self.lldp_port(port)]), value);
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
        if let (true, Make::ProCurve, Some(copy)) =
            (neighbour.in_cdp, device.make, copy_of_cdp(&neighbour.speaker))
        {
            rows.write(neighbour.port, &copy, &neighbour.speaker);
        }
    }
    rows.write_statistics();
}

/// What a ProCurve makes of CDP in its LLDP table.
fn copy_of_cdp(speaker: &Speaker) -> Option<Lldp> {
    let cdp = speaker.cdp.as_ref()?;
    Some(Lldp {
        chassis: Id::text(chassis_id::LOCAL, &cdp.device_id),
        port: Id::text(port_id::LOCAL, &cdp.port),
        port_descr: cdp.port.clone(),
        sys_name: String::new(),
        supported: [0, 0],
        enabled: [0, 0],
    })
}

/// Rows of lldpRemTable in the making.
struct Rows<'a> {
    device: &'a Device,
    mib: &'a mut MibBuilder,
    next: u32,
    count: u32,
    last_change: u32,
}

impl<'a> Rows<'a> {
    fn new(device: &'a Device, mib: &'a mut MibBuilder) -> Self {
        let next = if device.make == Make::NxOs { 0 } else { 1 };
        Self { device, mib, next, count: 0, last_change: 0 }
    }

    fn write(&mut self, port: &Port, lldp: &Lldp, speaker: &Speaker) {
        let index = self.next;
        self.next += 1;
        self.count += 1;
        // sysUpTime when the row was last touched: a while after the port came up.
        let time_mark = port.last_change.saturating_add(3_000 + 100 * index).min(self.device.uptime);
        self.last_change = self.last_change.max(time_mark);
        let row = [time_mark, self.device.lldp_port(port), index];
        let columns = [
            (4, Value::Integer(i64::from(lldp.chassis.subtype))),
            (5, Value::OctetString(lldp.chassis.octets.clone())),
            (6, Value::Integer(i64::from(lldp.port.subtype))),
            (7, Value::OctetString(lldp.port.octets.clone())),
            (8, Value::text(&lldp.port_descr)),
            (9, Value::text(&lldp.sys_name)),
            (10, Value::text(&speaker.descr)),
            (11, Value::OctetString(lldp.supported.to_vec())),
            (12, Value::OctetString(lldp.enabled.to_vec())),
        ];
        let remote = Oid::from(LLDP).child(&[4]);
        for (column, value) in columns {
            self.mib.set(remote.child(&[1, 1, column]).child(&row), value);
        }
        if self.device.make == Make::RouterOs {
            let name = Oid::from(MTXR_NEIGHBOR_INTERFACE_ID).child(&[8, index]);
            self.mib.set(name, Value::Integer(i64::from(port.index)));
        }
        self.write_address(&remote, &row, speaker);
    }

    fn write_address(&mut self, remote: &Oid, row: &[u32], speaker: &Speaker) {
        let Some(address) = speaker.address else { return };
        let index = [row, &[1, 4], &address.octets().map(u32::from)].concat();
        let columns = match self.device.make {
            // What the MIB says cannot be read, and nothing else.
            Make::RouterOs => {
                vec![(1, Value::Integer(1)), (2, Value::OctetString(address.octets().to_vec()))]
            }
            _ => vec![
                (3, Value::Integer(2)),
                (4, Value::Integer(1)),
                (5, Value::ObjectIdentifier([0, 0].into())),
            ],
        };
        for (column, value) in columns {
            self.mib.set(remote.child(&[2, 1, column]).child(&index), value);
        }
    }

    fn write_statistics(self) {
        let statistics = Oid::from(LLDP).child(&[2]);
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
