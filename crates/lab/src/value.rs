//! Values of objects: standing still, or moving with a clock.

use std::time::Duration;

use crate::ber::{self, BerError};
use crate::oid::{self, Oid};

/// IpAddress (RFC 2578 §7.1.5).
pub const IP_ADDRESS: u8 = 0x40;
/// Counter32.
pub const COUNTER32: u8 = 0x41;
/// Gauge32 and Unsigned32.
pub const GAUGE32: u8 = 0x42;
/// TimeTicks, hundredths of a second.
pub const TIME_TICKS: u8 = 0x43;
/// Opaque.
pub const OPAQUE: u8 = 0x44;
/// Counter64, which SNMPv1 does not know (RFC 3584 §4.2.2.1).
pub const COUNTER64: u8 = 0x46;
/// The exception of a GET for an object type the agent does not have (RFC 3416 §3).
pub const NO_SUCH_OBJECT: u8 = 0x80;
/// The exception of a GET for an instance the agent does not have.
pub const NO_SUCH_INSTANCE: u8 = 0x81;
/// The exception of a GETNEXT or GETBULK behind the last object.
pub const END_OF_MIB_VIEW: u8 = 0x82;

/// A value as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// INTEGER; wider than the 32 bits of the standard, as some agents send them.
    Integer(i64),
    /// OCTET STRING.
    OctetString(Vec<u8>),
    /// NULL.
    Null,
    /// OBJECT IDENTIFIER.
    ObjectIdentifier(Oid),
    /// IpAddress.
    IpAddress([u8; 4]),
    /// Counter32.
    Counter32(u32),
    /// Gauge32.
    Gauge32(u32),
    /// TimeTicks, hundredths of a second.
    TimeTicks(u32),
    /// Opaque.
    Opaque(Vec<u8>),
    /// Counter64.
    Counter64(u64),
    /// Any other tag with any content, right or wrong: an IpAddress of three octets, an INTEGER of none.
    Raw {
        /// The BER tag.
        tag: u8,
        /// The content octets.
        content: Vec<u8>,
    },
}

impl Value {
    /// An OCTET STRING of this text.
    pub fn text(text: &str) -> Self {
        Value::OctetString(text.as_bytes().to_vec())
    }

    /// The BER tag.
    pub fn tag(&self) -> u8 {
        match self {
            Value::Integer(_) => ber::INTEGER,
            Value::OctetString(_) => ber::OCTET_STRING,
            Value::Null => ber::NULL,
            Value::ObjectIdentifier(_) => ber::OBJECT_IDENTIFIER,
            Value::IpAddress(_) => IP_ADDRESS,
            Value::Counter32(_) => COUNTER32,
            Value::Gauge32(_) => GAUGE32,
            Value::TimeTicks(_) => TIME_TICKS,
            Value::Opaque(_) => OPAQUE,
            Value::Counter64(_) => COUNTER64,
            Value::Raw { tag, .. } => *tag,
        }
    }

    /// Appends tag, length and content.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Value::Integer(number) => ber::write_signed(ber::INTEGER, *number, out),
            Value::OctetString(octets) => ber::write_value(ber::OCTET_STRING, octets, out),
            Value::Null => ber::write_value(ber::NULL, &[], out),
            Value::ObjectIdentifier(oid) => oid::encode(oid.arcs(), out),
            Value::IpAddress(octets) => ber::write_value(IP_ADDRESS, octets, out),
            Value::Counter32(number) => ber::write_unsigned(COUNTER32, u64::from(*number), out),
            Value::Gauge32(number) => ber::write_unsigned(GAUGE32, u64::from(*number), out),
            Value::TimeTicks(number) => ber::write_unsigned(TIME_TICKS, u64::from(*number), out),
            Value::Opaque(octets) => ber::write_value(OPAQUE, octets, out),
            Value::Counter64(number) => ber::write_unsigned(COUNTER64, *number, out),
            Value::Raw { tag, content } => ber::write_value(*tag, content, out),
        }
    }

    /// The value of a tag and its content octets. What does not fit its type is kept as [`Value::Raw`]; only
    /// an OID that cannot be read at all is an error.
    pub fn decode(tag: u8, content: &[u8]) -> Result<Self, BerError> {
        let raw = || Value::Raw { tag, content: content.to_vec() };
        let narrow = || ber::unsigned(content).ok().and_then(|number| u32::try_from(number).ok());
        let value = match tag {
            ber::INTEGER => ber::signed(content).ok().map(Value::Integer),
            ber::OCTET_STRING => Some(Value::OctetString(content.to_vec())),
            ber::NULL if content.is_empty() => Some(Value::Null),
            ber::OBJECT_IDENTIFIER => {
                let mut arcs = Vec::new();
                oid::decode_arcs(content, &mut arcs)?;
                Some(Value::ObjectIdentifier(Oid::new(arcs)))
            }
            IP_ADDRESS => content.try_into().ok().map(Value::IpAddress),
            COUNTER32 => narrow().map(Value::Counter32),
            GAUGE32 => narrow().map(Value::Gauge32),
            TIME_TICKS => narrow().map(Value::TimeTicks),
            OPAQUE => Some(Value::Opaque(content.to_vec())),
            COUNTER64 => ber::unsigned(content).ok().map(Value::Counter64),
            _ => None,
        };
        Ok(value.unwrap_or_else(raw))
    }
}

/// A number that moves as time goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moving {
    /// The type it is sent as; 32-bit types wrap at 2^32, Counter64 at 2^64.
    pub kind: MovingKind,
    /// The number at the agent's start.
    pub start: u64,
    /// Units per second of an average hour; TimeTicks always go at 100 a second.
    pub per_second: f64,
    /// Whether it follows the day: little at night, most around one in the afternoon.
    pub daily: bool,
}

/// The types that can move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovingKind {
    /// INTEGER, wrapping at 2^31.
    Integer,
    /// Counter32.
    Counter32,
    /// Gauge32.
    Gauge32,
    /// TimeTicks.
    TimeTicks,
    /// Counter64.
    Counter64,
}

impl Moving {
    /// sysUpTime and its kin: hundredths of a second since `start` hundredths before the agent's start.
    pub fn uptime(start: u32) -> Self {
        Self { kind: MovingKind::TimeTicks, start: u64::from(start), per_second: 100.0, daily: false }
    }

    /// A counter that follows the day, `per_second` on average.
    pub fn daily(kind: MovingKind, start: u64, per_second: f64) -> Self {
        Self { kind, start, per_second, daily: true }
    }

    /// A number that goes at the same pace all the time.
    pub fn steady(kind: MovingKind, start: u64, per_second: f64) -> Self {
        Self { kind, start, per_second, daily: false }
    }

    /// The BER tag it is sent with.
    pub fn tag(&self) -> u8 {
        match self.kind {
            MovingKind::Integer => ber::INTEGER,
            MovingKind::Counter32 => COUNTER32,
            MovingKind::Gauge32 => GAUGE32,
            MovingKind::TimeTicks => TIME_TICKS,
            MovingKind::Counter64 => COUNTER64,
        }
    }

    /// The number at this moment.
    pub fn at(&self, moment: &Moment) -> u64 {
        let elapsed = if self.daily { moment.busy_seconds } else { moment.seconds };
        let number = self.start.wrapping_add((self.per_second * elapsed) as u64);
        match self.kind {
            MovingKind::Counter64 => number,
            MovingKind::Integer => number & 0x7fff_ffff,
            _ => number & 0xffff_ffff,
        }
    }

    /// Appends tag, length and content of the number at this moment.
    pub fn encode(&self, moment: &Moment, out: &mut Vec<u8>) {
        ber::write_unsigned(self.tag(), self.at(moment), out);
    }
}

/// A point in an agent's life. Worked out once per request, so that moving values cost a multiplication each.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moment {
    seconds: f64,
    busy_seconds: f64,
}

/// How much of the average comes and goes over the day.
const DAILY_SWING: f64 = 0.8;
const DAY: f64 = 86_400.0;
/// The quietest hour is one at night, so that the busiest is one in the afternoon.
const QUIET_HOUR: f64 = 3_600.0;

impl Moment {
    /// The moment `uptime` after an agent started, if it started at `time_of_day` (since midnight).
    pub fn new(uptime: Duration, time_of_day: Duration) -> Self {
        let seconds = uptime.as_secs_f64();
        // Traffic goes at 1 - swing * cos(hour); what has flowed is its integral.
        let turn = |second: f64| (std::f64::consts::TAU * (second - QUIET_HOUR) / DAY).sin();
        let midnight = time_of_day.as_secs_f64() % DAY;
        let swing = DAILY_SWING * DAY / std::f64::consts::TAU * (turn(midnight + seconds) - turn(midnight));
        Self { seconds, busy_seconds: seconds - swing }
    }

    /// Seconds since the agent's start.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The same, weighted by how busy the hours were: what daily values have gone by.
    pub fn busy_seconds(&self) -> f64 {
        self.busy_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds), Duration::ZERO)
    }

    #[test]
    fn counters_wrap_where_their_type_ends() {
        let rows = [
            (MovingKind::Counter32, u64::from(u32::MAX), 1),
            (MovingKind::Gauge32, u64::from(u32::MAX), 1),
            (MovingKind::Counter64, u64::MAX, 1),
            (MovingKind::Integer, 0x7fff_ffff, 1),
            (MovingKind::Counter64, u64::from(u32::MAX), u64::from(u32::MAX) + 2),
        ];
        for (kind, start, later) in rows {
            let counter = Moving::steady(kind, start, 1.0);
            assert_eq!(counter.at(&after(0)), start, "{kind:?}");
            assert_eq!(counter.at(&after(2)), later, "{kind:?}");
        }
        assert_eq!(Moving::uptime(50).at(&after(3)), 350);
    }

    #[test]
    fn daily_counters_never_go_back_and_average_out_over_a_day() {
        let counter = Moving::daily(MovingKind::Counter64, 0, 1000.0);
        let hours: Vec<u64> = (0..=24).map(|hour| counter.at(&after(hour * 3600))).collect();
        assert!(hours.is_sorted());
        assert!(hours[24].abs_diff(86_400_000) <= 1, "{}", hours[24]);
        let at_night = hours[2] - hours[1];
        let at_noon = hours[13] - hours[12];
        assert!(at_noon > 5 * at_night, "{at_noon} at noon, {at_night} at night");
    }

    #[test]
    fn values_survive_the_wire_and_odd_ones_are_kept_as_they_are() {
        let values = [
            Value::Integer(-5),
            Value::Integer(1 << 40),
            Value::text("GigabitEthernet1/0/1"),
            Value::Null,
            Value::ObjectIdentifier(Oid::from([1, 3, 6, 1, 4, 1, 9])),
            Value::IpAddress([192, 0, 2, 1]),
            Value::Counter32(u32::MAX),
            Value::Gauge32(0),
            Value::TimeTicks(7),
            Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
            Value::Counter64(u64::MAX),
            Value::Raw { tag: IP_ADDRESS, content: vec![1, 2, 3] },
            Value::Raw { tag: ber::INTEGER, content: vec![] },
            Value::Raw { tag: 0x47, content: vec![1] },
        ];
        for value in values {
            let mut wire = Vec::new();
            value.encode(&mut wire);
            let (tag, content) = ber::Reader::new(&wire).value().unwrap();
            assert_eq!(Value::decode(tag, content), Ok(value));
        }
    }
}
