//! CISCO-CDP-MIB: a device about itself, and about what it hears.

use std::net::Ipv4Addr;

use super::device::Device;
use super::habit::Habit;
use super::neighbours::Neighbour;
use crate::mib::MibBuilder;
use crate::oid::Oid;
use crate::value::Value;

const CDP: [u32; 10] = [1, 3, 6, 1, 4, 1, 9, 9, 23, 1];
/// CiscoNetworkProtocol: ip.
const IP: i64 = 1;

impl Device {
    /// What the device says about itself.
    pub(super) fn write_cdp(&self, mib: &mut MibBuilder) {
        if !self.speaks_cdp() {
            return;
        }
        let scalars = [
            (1, Value::Integer(1)),
            (2, Value::Integer(60)),
            (3, Value::Integer(180)),
            (4, Value::text(&self.cdp_id())),
            (5, Value::TimeTicks(self.heard_change.unwrap_or(self.uptime / 2))),
            (7, Value::Integer(3)),
        ];
        for (arc, value) in scalars {
            mib.set(Oid::from(CDP).child(&[3, arc, 0]), value);
        }
    }
}

/// What the device hears: cdpCacheTable.
pub(super) fn write_neighbours(device: &Device, neighbours: &[Neighbour<'_>], mib: &mut MibBuilder) {
    let heard = neighbours.iter().filter(|neighbour| neighbour.in_cdp);
    for (number, neighbour) in (1..).zip(heard) {
        let Some(cdp) = &neighbour.speaker.cdp else { continue };
        let family: &[u8] = if device.has(Habit::FiveOctetAddresses) { &[1] } else { &[] };
        let address = [family, &cdp.address.unwrap_or(Ipv4Addr::UNSPECIFIED).octets()].concat();
        let columns = [
            (3, Value::Integer(IP)),
            (4, Value::OctetString(address.clone())),
            (5, Value::text(&neighbour.speaker.descr)),
            (6, Value::text(&cdp.device_id)),
            (7, Value::text(&cdp.port)),
            (8, Value::text(&cdp.platform)),
            (9, Value::OctetString(cdp.capabilities.to_be_bytes().to_vec())),
            (10, Value::text("")),
            (11, Value::Integer(1)),
            (12, Value::Integer(3)),
            (17, Value::text(&cdp.sys_name)),
            (19, Value::Integer(IP)),
            (20, Value::OctetString(address)),
            (24, Value::TimeTicks(neighbour.port.last_change)),
        ];
        for (column, value) in columns {
            let row = [2, 1, 1, column, neighbour.port.index, device.cdp_index(number)];
            mib.set(Oid::from(CDP).child(&row), value);
        }
    }
}

impl Device {
    /// cdpCacheDeviceIndex of the n-th neighbour.
    fn cdp_index(&self, number: u32) -> u32 {
        // IOS counts all it has ever heard.
        self.uptime % 1000 + number
    }
}
