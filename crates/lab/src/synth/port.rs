//! One interface of a made-up device.

use std::net::Ipv4Addr;

use crate::dice::Dice;
use crate::value::Moment;

/// What an interface is for. The classifier's tests compare its verdicts with this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortUse {
    /// A line to an Internet provider.
    Isp,
    /// A line to another switch or router of ours.
    Trunk,
    /// A server.
    Server,
    /// A desk.
    Access,
    /// A telephone, or the box behind many.
    Voice,
    /// A camera or its recorder.
    Camera,
    /// Management of other equipment.
    Management,
    /// A wireless access point.
    Wireless,
    /// A cash machine.
    Atm,
    /// A printer.
    Printer,
    /// Nothing; shut down or without a cable.
    Unused,
    /// The switch's own leg in a VLAN.
    Vlan,
    /// A loopback.
    Loopback,
    /// Several ports bundled.
    PortChannel,
    /// A tunnel to a core site.
    Tunnel,
}

/// How much flows, on the average of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Bits per second received.
    pub in_bps: f64,
    /// Bits per second sent.
    pub out_bps: f64,
    /// Packets per second lost to errors, each way.
    pub errors: f64,
    /// Packets per second discarded, each way.
    pub discards: f64,
}

/// The times within an agent's life in which nothing flowed through a port, as its counters need them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pause {
    /// Busy seconds of all pauses that are over.
    pub(super) seconds: f64,
    /// How many these are.
    pub(super) count: u64,
    /// When the one that is not over began.
    pub(super) since: Option<Moment>,
}

/// One interface. Fields are named after the columns they fill (RFC 2863).
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// ifIndex.
    pub index: u32,
    /// ifDescr: `GigabitEthernet1/0/1`.
    pub descr: String,
    /// ifName: `Gi1/0/1`.
    pub name: String,
    /// ifAlias: what somebody wrote on it.
    pub alias: String,
    /// What it is for.
    pub used_for: PortUse,
    /// The provider, of a line to one.
    pub provider: Option<&'static str>,
    /// ifType (IANAifType).
    pub if_type: u32,
    /// ifMtu, octets.
    pub mtu: u32,
    /// Bits per second, for ifSpeed and ifHighSpeed.
    pub speed: u64,
    /// ifPhysAddress; virtual interfaces have none.
    pub mac: Option<[u8; 6]>,
    /// ifAdminStatus: up or down.
    pub admin_up: bool,
    /// ifOperStatus: up or down.
    pub oper_up: bool,
    /// ifLastChange: sysUpTime when it went up or down, hundredths of a second.
    pub last_change: u32,
    /// What flows.
    pub traffic: Traffic,
    /// For how long nothing flowed of late, and when that began, if it is so now.
    pub(super) pause: Pause,
    /// The ifIndex of the port channel it is bundled into.
    pub bundle: Option<u32>,
    /// The ifIndex of the port it is a part of, of a subinterface.
    pub parent: Option<u32>,
    /// Its IP addresses and the lengths of their prefixes.
    pub addresses: Vec<(Ipv4Addr, u8)>,
}

/// The kinds of interface a Cisco-like device has: long and short name, ifType, speed, ifMtu.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    long: &'static str,
    short: &'static str,
    if_type: u32,
    speed: u64,
    mtu: u32,
    physical: bool,
}

pub(super) const GIGABIT: Model = Model {
    long: "GigabitEthernet",
    short: "Gi",
    if_type: 6,
    speed: 1_000_000_000,
    mtu: 1500,
    physical: true,
};
pub(super) const TEN_GIGABIT: Model = Model {
    long: "TenGigabitEthernet",
    short: "Te",
    if_type: 6,
    speed: 10_000_000_000,
    mtu: 1500,
    physical: true,
};
pub(super) const HUNDRED_GIGABIT: Model =
    Model { long: "HundredGigE", short: "Hu", if_type: 6, speed: 100_000_000_000, mtu: 9216, physical: true };
pub(super) const VLAN: Model =
    Model { long: "Vlan", short: "Vl", if_type: 53, speed: 1_000_000_000, mtu: 1500, physical: false };
pub(super) const SUBINTERFACE: Model = Model {
    long: "GigabitEthernet",
    short: "Gi",
    if_type: 135,
    speed: 1_000_000_000,
    mtu: 1500,
    physical: false,
};
pub(super) const LOOPBACK: Model =
    Model { long: "Loopback", short: "Lo", if_type: 24, speed: 8_000_000_000, mtu: 1514, physical: false };
pub(super) const TUNNEL: Model =
    Model { long: "Tunnel", short: "Tu", if_type: 131, speed: 100_000, mtu: 1476, physical: false };
pub(super) const PORT_CHANNEL: Model = Model {
    long: "Port-channel",
    short: "Po",
    if_type: 161,
    speed: 20_000_000_000,
    mtu: 1500,
    physical: false,
};

impl Port {
    /// An interface that is up and idle; `place` is what follows its kind, like `1/0/7`.
    pub(super) fn new(index: u32, model: Model, place: &str, used_for: PortUse) -> Self {
        Port {
            index,
            descr: format!("{}{place}", model.long),
            name: format!("{}{place}", model.short),
            alias: String::new(),
            used_for,
            provider: None,
            if_type: model.if_type,
            mtu: model.mtu,
            speed: model.speed,
            mac: model.physical.then_some([0; 6]),
            admin_up: true,
            oper_up: true,
            last_change: 0,
            traffic: Traffic::default(),
            pause: Pause::default(),
            bundle: None,
            parent: None,
            addresses: Vec::new(),
        }
    }

    /// Is bundled into the port channel of this ifIndex.
    pub(super) fn below(mut self, bundle: Option<u32>) -> Self {
        self.bundle = bundle;
        self
    }

    /// Is a part of the port of this ifIndex.
    pub(super) fn above(mut self, parent: u32) -> Self {
        self.parent = Some(parent);
        self
    }

    pub(super) fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = alias.into();
        self
    }

    pub(super) fn provider(mut self, provider: &'static str) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Gives it the traffic, and sometimes the trouble, that its use brings along.
    pub(super) fn live(mut self, dice: &mut Dice) -> Self {
        const KILO: f64 = 1e3;
        const MEGA: f64 = 1e6;
        let (inward, outward, dark) = match self.used_for {
            PortUse::Isp => ((5.0 * MEGA, 60.0 * MEGA), (2.0 * MEGA, 20.0 * MEGA), 0.0),
            PortUse::Trunk | PortUse::PortChannel => {
                ((8.0 * MEGA, 400.0 * MEGA), (8.0 * MEGA, 400.0 * MEGA), 0.0)
            }
            PortUse::Server => ((1.0 * MEGA, 80.0 * MEGA), (1.0 * MEGA, 120.0 * MEGA), 0.02),
            PortUse::Access => ((5.0 * KILO, 600.0 * KILO), (20.0 * KILO, 3.0 * MEGA), 0.25),
            PortUse::Voice => ((2.0 * KILO, 90.0 * KILO), (2.0 * KILO, 90.0 * KILO), 0.1),
            PortUse::Camera => ((1.5 * MEGA, 6.0 * MEGA), (10.0 * KILO, 60.0 * KILO), 0.05),
            PortUse::Wireless => ((200.0 * KILO, 8.0 * MEGA), (400.0 * KILO, 30.0 * MEGA), 0.05),
            PortUse::Management | PortUse::Atm | PortUse::Printer => {
                ((1.0 * KILO, 20.0 * KILO), (1.0 * KILO, 40.0 * KILO), 0.1)
            }
            PortUse::Tunnel => ((100.0 * KILO, 10.0 * MEGA), (100.0 * KILO, 10.0 * MEGA), 0.0),
            PortUse::Vlan => ((1.0 * KILO, 100.0 * KILO), (1.0 * KILO, 100.0 * KILO), 0.0),
            PortUse::Loopback => return self,
            PortUse::Unused => {
                self.admin_up = !dice.happens(0.7);
                self.oper_up = false;
                return self;
            }
        };
        if dice.happens(dark) {
            self.oper_up = false;
            return self;
        }
        // Nothing here is anywhere near its line rate on average.
        let most = self.speed.max(10_000_000) as f64 * 0.4;
        let in_bps = dice.magnitude(inward.0, inward.1).min(most);
        let out_bps = dice.magnitude(outward.0, outward.1).min(most);
        let errors = if dice.happens(0.06) { dice.magnitude(1e-4, 0.05) } else { 0.0 };
        let discards = if dice.happens(0.1) { dice.magnitude(1e-3, 0.5) } else { 0.0 };
        self.traffic = Traffic { in_bps, out_bps, errors, discards };
        self
    }
}
