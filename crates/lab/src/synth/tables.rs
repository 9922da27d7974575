//! A made-up device as its MIB: the system group (RFC 3418), ifTable and ifXTable (RFC 2863), its chassis
//! (RFC 6933); and, from other files, all the rest.

use super::device::Device;
use super::port::{Pause, Port};
use crate::mib::{MibBuilder, Object};
use crate::oid::Oid;
use crate::value::{Moving, MovingKind, Value};

const SYSTEM: [u32; 7] = [1, 3, 6, 1, 2, 1, 1];
const IF_NUMBER: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 1, 0];
const IF_ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const IF_X_ENTRY: [u32; 10] = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1];
const IF_TABLE_LAST_CHANGE: [u32; 10] = [1, 3, 6, 1, 2, 1, 31, 1, 5, 0];
const ENT_PHYSICAL_ENTRY: [u32; 11] = [1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1];

/// A packet's octets, on average.
const PACKET: f64 = 700.0;
/// Multicast and broadcast packets per second that a port of a living segment sees.
const MULTICAST: f64 = 0.7;
const BROADCAST: f64 = 0.3;

impl Device {
    /// What the device says about itself. Its N interfaces make exactly 41 N + 1 varbinds under
    /// 1.3.6.1.2.1.2 and 1.3.6.1.2.1.31.1.1.
    pub fn mib(&self) -> MibBuilder {
        let mut mib = MibBuilder::default();
        self.write_system(&mut mib);
        mib.set(IF_NUMBER, Value::Integer(self.ports.len() as i64));
        let uptime = f64::from(self.uptime) / 100.0;
        for port in &self.ports {
            write_if_entry(port, uptime, &mut mib);
            write_if_x_entry(port, uptime, &mut mib);
        }
        // No row comes or goes.
        mib.set(IF_TABLE_LAST_CHANGE, Value::TimeTicks(0));
        self.write_chassis(&mut mib);
        self.write_bridge(&mut mib);
        self.write_stack(&mut mib);
        self.write_addresses(&mut mib);
        self.write_lldp(&mut mib);
        self.write_cdp(&mut mib);
        mib
    }

    fn write_system(&self, mib: &mut MibBuilder) {
        let system = Oid::from(SYSTEM);
        let mut scalar = |arc: u32, value: Object| {
            mib.set(system.child(&[arc, 0]), value);
        };
        scalar(1, Value::text(self.chassis.descr).into());
        scalar(2, Value::ObjectIdentifier(self.chassis.object_id.into()).into());
        scalar(3, Moving::uptime(self.uptime).into());
        scalar(4, Value::text("noc@bank.example").into());
        scalar(5, Value::text(&self.name).into());
        scalar(6, Value::text(&format!("{}, {}", self.site, self.role)).into());
        scalar(7, Value::Integer(6).into());
        scalar(8, Value::TimeTicks(0).into());
    }

    fn write_chassis(&self, mib: &mut MibBuilder) {
        let columns = [
            (2, Value::text(self.chassis.descr)),
            (5, Value::Integer(3)),
            (7, Value::text("Chassis")),
            (10, Value::text(self.chassis.version)),
            (11, Value::text(&self.serial_number)),
            (12, Value::text(self.chassis.manufacturer)),
            (13, Value::text(self.chassis.model)),
        ];
        for (column, value) in columns {
            mib.set(Oid::from(ENT_PHYSICAL_ENTRY).child(&[column, 1]), value);
        }
    }
}

/// Packets and octets per second one way.
struct Flow {
    octets: f64,
    unicast: f64,
    multicast: f64,
    broadcast: f64,
}

impl Flow {
    fn of(bits_per_second: f64) -> Self {
        let living = if bits_per_second > 0.0 { 1.0 } else { 0.0 };
        let octets = bits_per_second / 8.0;
        Self {
            octets,
            unicast: octets / PACKET,
            multicast: living * MULTICAST,
            broadcast: living * BROADCAST,
        }
    }
}

/// Counters of a port that has been up for a while: what they show follows from how fast they go.
struct Counters {
    /// For how long something flowed before the agent's start, less the pauses since.
    flowed: f64,
    pause: Pause,
}

impl Counters {
    fn new(port: &Port, uptime: f64) -> Self {
        Self { flowed: uptime - port.pause.seconds, pause: port.pause }
    }

    fn of(&self, kind: MovingKind, per_second: f64) -> Object {
        // What rounding may take after a pause is given beforehand: a counter never goes back.
        let start = ((per_second * self.flowed) as i64 as u64).wrapping_add(2 * self.pause.count);
        let moving = Moving::daily(kind, start, per_second);
        match (kind, per_second > 0.0, self.pause.since) {
            (_, true, None) => moving.into(),
            (MovingKind::Counter64, true, Some(since)) => Value::Counter64(moving.at(&since)).into(),
            (_, true, Some(since)) => Value::Counter32(moving.at(&since) as u32).into(),
            (MovingKind::Counter64, false, _) => Value::Counter64(0).into(),
            (_, false, _) => Value::Counter32(0).into(),
        }
    }

    fn narrow(&self, per_second: f64) -> Object {
        self.of(MovingKind::Counter32, per_second)
    }

    fn wide(&self, per_second: f64) -> Object {
        self.of(MovingKind::Counter64, per_second)
    }
}

fn write_if_entry(port: &Port, uptime: f64, mib: &mut MibBuilder) {
    let counters = Counters::new(port, uptime);
    let (inward, outward) = (Flow::of(port.traffic.in_bps), Flow::of(port.traffic.out_bps));
    let status = |up: bool| Value::Integer(if up { 1 } else { 2 });
    let columns: [Object; 22] = [
        Value::Integer(i64::from(port.index)).into(),
        Value::text(&port.descr).into(),
        Value::Integer(i64::from(port.if_type)).into(),
        Value::Integer(i64::from(port.mtu)).into(),
        // From 4.3 Gbit/s on ifSpeed says its maximum, and ifHighSpeed the truth.
        Value::Gauge32(u32::try_from(port.speed).unwrap_or(u32::MAX)).into(),
        Value::OctetString(port.mac.map(Vec::from).unwrap_or_default()).into(),
        status(port.admin_up).into(),
        status(port.oper_up).into(),
        Value::TimeTicks(port.last_change).into(),
        counters.narrow(inward.octets),
        counters.narrow(inward.unicast),
        counters.narrow(inward.multicast + inward.broadcast),
        counters.narrow(port.traffic.discards),
        counters.narrow(port.traffic.errors),
        Value::Counter32(0).into(),
        counters.narrow(outward.octets),
        counters.narrow(outward.unicast),
        counters.narrow(outward.multicast + outward.broadcast),
        counters.narrow(port.traffic.discards * 2.0),
        counters.narrow(port.traffic.errors / 4.0),
        Value::Gauge32(0).into(),
        Value::ObjectIdentifier([0, 0].into()).into(),
    ];
    for (column, value) in (1..).zip(columns) {
        mib.set(Oid::from(IF_ENTRY).child(&[column, port.index]), value);
    }
}

fn write_if_x_entry(port: &Port, uptime: f64, mib: &mut MibBuilder) {
    let counters = Counters::new(port, uptime);
    let (inward, outward) = (Flow::of(port.traffic.in_bps), Flow::of(port.traffic.out_bps));
    let truth = |yes: bool| Value::Integer(if yes { 1 } else { 2 });
    let columns: [Object; 19] = [
        Value::text(&port.name).into(),
        counters.narrow(inward.multicast),
        counters.narrow(inward.broadcast),
        counters.narrow(outward.multicast),
        counters.narrow(outward.broadcast),
        counters.wide(inward.octets),
        counters.wide(inward.unicast),
        counters.wide(inward.multicast),
        counters.wide(inward.broadcast),
        counters.wide(outward.octets),
        counters.wide(outward.unicast),
        counters.wide(outward.multicast),
        counters.wide(outward.broadcast),
        Value::Integer(1).into(),
        Value::Gauge32(u32::try_from(port.speed / 1_000_000).unwrap_or(u32::MAX)).into(),
        truth(false).into(),
        truth(port.mac.is_some()).into(),
        Value::text(&port.alias).into(),
        Value::TimeTicks(0).into(),
    ];
    for (column, value) in (1..).zip(columns) {
        mib.set(Oid::from(IF_X_ENTRY).child(&[column, port.index]), value);
    }
}
