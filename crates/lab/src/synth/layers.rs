//! How a device's interfaces hang together: its bridge (RFC 4188), which interface lies on which (ifStackTable of
//! RFC 2863, IEEE8023-LAG-MIB), and its addresses (ipAddrTable of RFC 4293).

use super::device::Device;
use super::habit::Habit;
use super::make::Make;
use super::port::Port;
use crate::mib::MibBuilder;
use crate::oid::Oid;
use crate::value::Value;

const DOT1D_BASE: [u32; 8] = [1, 3, 6, 1, 2, 1, 17, 1];
const IF_STACK_STATUS: [u32; 11] = [1, 3, 6, 1, 2, 1, 31, 1, 2, 1, 3];
const DOT3AD_AGG_PORT_ATTACHED_AGG_ID: [u32; 11] = [1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13];
const IP_ADDR_ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 4, 20, 1];

impl Device {
    /// dot1dBasePort of a port, on a device with a bridge; only cables end at bridge ports here.
    pub(super) fn bridge_port(&self, port: &Port) -> Option<u32> {
        if !self.is_switch() || port.mac.is_none() {
            return None;
        }
        match self.make {
            _ if self.has(Habit::AstrayBridge) => Some(500 + port.index),
            _ if self.has(Habit::BridgePorts) => Some(64 + port.index),
            // Its table has gaps.
            Make::Comware if port.index.is_multiple_of(5) => None,
            Make::ProCurve | Make::Linux | Make::Comware => Some(port.index),
            _ => None,
        }
    }

    pub(super) fn write_bridge(&self, mib: &mut MibBuilder) {
        let base = Oid::from(DOT1D_BASE);
        let ports: Vec<(u32, &Port)> = self
            .ports
            .iter()
            .filter_map(|port| self.bridge_port(port).map(|number| (number, port)))
            .collect();
        if ports.is_empty() {
            return;
        }
        mib.set(base.child(&[1, 0]), Value::OctetString(self.base_mac().to_vec()));
        mib.set(base.child(&[2, 0]), Value::Integer(ports.len() as i64));
        mib.set(base.child(&[3, 0]), Value::Integer(2));
        for (number, port) in ports {
            let named = match self.has(Habit::AstrayBridge) {
                // Five ports off.
                true => self.port(port.index + 5).map_or(port.index, |other| other.index),
                false => port.index,
            };
            let columns = [
                (1, Value::Integer(i64::from(number))),
                (2, Value::Integer(i64::from(named))),
                (3, Value::ObjectIdentifier([0, 0].into())),
                (4, Value::Counter32(0)),
                (5, Value::Counter32(0)),
            ];
            for (column, value) in columns {
                mib.set(base.child(&[4, 1, column, number]), value);
            }
        }
    }

    pub(super) fn write_stack(&self, mib: &mut MibBuilder) {
        let mut row = |higher: u32, lower: u32| {
            mib.set(Oid::from(IF_STACK_STATUS).child(&[higher, lower]), Value::Integer(1));
        };
        for port in &self.ports {
            let above = port.bundle.into_iter().chain(
                self.ports.iter().filter(|other| other.parent == Some(port.index)).map(|other| other.index),
            );
            let below = port.parent.into_iter().chain(
                self.ports.iter().filter(|other| other.bundle == Some(port.index)).map(|other| other.index),
            );
            let (above, below): (Vec<u32>, Vec<u32>) = (above.collect(), below.collect());
            // 0 stands for nothing.
            if above.is_empty() {
                row(0, port.index);
            }
            if below.is_empty() {
                row(port.index, 0);
            }
            above.into_iter().for_each(|above| row(above, port.index));
        }
        for port in &self.ports {
            if let Some(bundle) = port.bundle {
                mib.set(
                    Oid::from(DOT3AD_AGG_PORT_ATTACHED_AGG_ID).child(&[port.index]),
                    Value::Integer(i64::from(bundle)),
                );
            }
        }
    }

    pub(super) fn write_addresses(&self, mib: &mut MibBuilder) {
        for (port, (address, prefix)) in
            self.ports.iter().flat_map(|port| port.addresses.iter().map(move |address| (port, *address)))
        {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0).to_be_bytes();
            let index = address.octets().map(u32::from);
            let columns = [
                (1, Value::IpAddress(address.octets())),
                (2, Value::Integer(i64::from(port.index))),
                (3, Value::IpAddress(mask)),
                (4, Value::Integer(1)),
                (5, Value::Integer(18_024)),
            ];
            for (arc, value) in columns {
                mib.set(Oid::from(IP_ADDR_ENTRY).child(&[arc]).child(&index), value);
            }
        }
    }
}
