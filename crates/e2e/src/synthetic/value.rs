//! Values that fit a type, and some that do not.

use lab::dice::Dice;
use lab::{Oid, Value};

use super::text;
use crate::definition::{Lookup, Metric};

/// BER tag of the Uinteger32 of RFC 1442, which lives on in some agents.
const UINTEGER32: u8 = 0x47;
/// BER tag of an IpAddress.
const IP_ADDRESS: u8 = 0x40;

/// A metric's value.
pub(super) fn of_metric(metric: &Metric, dice: &mut Dice, oddness: f64) -> Value {
    if dice.happens(oddness / 6.0) {
        return anything(dice);
    }
    let odd = dice.happens(oddness);
    match metric.kind.as_str() {
        "counter" | "gauge" => number(dice, oddness),
        "Float" | "Double" => float(dice, odd),
        "EnumAsInfo" | "EnumAsStateSet" => {
            let known: Vec<i64> = metric.enum_values.keys().copied().collect();
            match odd {
                true => Value::Integer(dice.pick(&[0, -1, 99, 1 << 31, i64::MAX, i64::MIN])),
                false => Value::Integer(dice.pick(&known)),
            }
        }
        "Bits" => {
            let length = if odd { dice.below(40) } else { 1 + dice.below(4) };
            Value::OctetString((0..length).map(|_| dice.below(256) as u8).collect())
        }
        "DateAndTime" => Value::OctetString(date_and_time(dice, odd)),
        "NTPTimeStamp" => Value::OctetString((0..8).map(|_| dice.below(256) as u8).collect()),
        "ParseDateAndTime" => match odd {
            true => Value::text(&text::matching(".*", dice)),
            false => Value::text(&text::date(&metric.datetime_pattern, dice)),
        },
        _ if !metric.regex_extracts.is_empty() => {
            let rules: Vec<&str> =
                metric.regex_extracts.values().flatten().map(|rule| rule.regex.as_str()).collect();
            Value::text(&text::matching(dice.pick(&rules), dice))
        }
        kind => octets(kind, 0, dice, odd),
    }
}

/// A value of a column that a lookup reads; different for different `unique`, as far as its type allows.
pub(super) fn of_lookup(lookup: &Lookup, unique: u64, dice: &mut Dice, oddness: f64) -> Value {
    let odd = dice.happens(oddness);
    match lookup.kind.as_str() {
        _ if dice.happens(oddness / 6.0) => anything(dice),
        "gauge" | "counter" | "Integer" | "Integer32" => Value::Integer(unique as i64),
        "EnumAsInfo" => {
            let known: Vec<i64> = lookup.enum_values.keys().copied().collect();
            Value::Integer(if odd { 77 } else { dice.pick(&known) })
        }
        kind => octets(kind, unique, dice, odd),
    }
}

/// Octets, or what agents send instead of them.
fn octets(kind: &str, unique: u64, dice: &mut Dice, odd: bool) -> Value {
    let mut some = |count: u64| (0..count).map(|_| dice.below(256) as u8).collect::<Vec<u8>>();
    let octets = match kind {
        "PhysAddress48" if odd => match some(1)[0] % 3 {
            0 => Vec::new(),
            1 => some(2),
            _ => some(8),
        },
        "PhysAddress48" => some(6),
        "InetAddressIPv4" => {
            let octets = some(4);
            return match octets[0] % 3 {
                0 => Value::Raw { tag: IP_ADDRESS, content: octets },
                _ if odd => Value::OctetString(some(7)),
                _ => Value::OctetString(octets),
            };
        }
        "InetAddressIPv6" => some(if odd { 20 } else { 16 }),
        "InetAddress" | "InetAddressMissingSize" => match some(1)[0] % 3 {
            _ if odd => some(9),
            0 => some(16),
            _ => some(4),
        },
        // Any octets: most of them are no text.
        "OctetString" | "Bits" | "" => text::octets(false, unique, dice, odd),
        // One octet is what a number is made of, and that is not unique.
        "LldpPortId" if odd => some(6),
        _ => text::octets(true, unique, dice, odd),
    };
    Value::OctetString(octets)
}

/// A number of any type that has one.
pub(super) fn number(dice: &mut Dice, oddness: f64) -> Value {
    let small = dice.magnitude(1.0, 4e9) as u32;
    if !dice.happens(oddness) {
        return match dice.below(6) {
            0 => Value::Counter32(small),
            1 => Value::Gauge32(small),
            2 => Value::TimeTicks(small),
            3 => Value::Counter64(dice.magnitude(1.0, 9e15) as u64),
            4 => Value::Integer(i64::from(small >> 1)),
            _ => Value::Integer(-i64::from(small >> 8)),
        };
    }
    match dice.below(14) {
        0 => Value::Counter64(u64::MAX),
        1 => Value::Counter64((1 << 53) + 1),
        2 => Value::Counter64((1 << 53) - 1),
        3 => Value::Counter64(dice.roll()),
        4 => Value::Integer(i64::MIN),
        5 => Value::Integer(-1),
        6 => Value::Integer(1 << 53 | 1),
        7 => Value::Raw { tag: UINTEGER32, content: vec![0xff] },
        8 => Value::Raw { tag: UINTEGER32, content: small.to_be_bytes().to_vec() },
        9 => Value::Gauge32(u32::MAX),
        10 => Value::Counter32(999_999 + dice.below(3) as u32),
        11 => float(dice, true),
        12 => Value::text(&small.to_string()),
        _ => Value::Integer(0),
    }
}

/// An Opaque float or double, as net-snmp packs them.
fn float(dice: &mut Dice, odd: bool) -> Value {
    let number = match odd {
        true => {
            let odd = [
                0.0,
                -0.0,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                1e-5,
                1e-310,
                1e308,
                1e21,
                123_456.75,
            ];
            dice.pick(&odd)
        }
        false => (dice.share() - 0.5) * dice.magnitude(1.0, 1e6),
    };
    match dice.happens(0.5) {
        true => Value::Opaque([&[0x9f, 0x78, 4][..], &(number as f32).to_be_bytes()].concat()),
        false => Value::Opaque([&[0x9f, 0x79, 8][..], &number.to_be_bytes()].concat()),
    }
}

/// A DateAndTime (RFC 2579): year, month, day, hour, minutes, seconds, deciseconds, and where odd no such.
fn date_and_time(dice: &mut Dice, odd: bool) -> Vec<u8> {
    if odd {
        let length = [0, 1, 7, 8, 9, 10, 11, 12][dice.below(8) as usize];
        return (0..length).map(|_| dice.below(64) as u8).collect();
    }
    let year = 1970 + dice.below(100) as u16;
    let mut octets = year.to_be_bytes().to_vec();
    for (low, high) in [(1, 12), (1, 31), (0, 23), (0, 59), (0, 60), (0, 9)] {
        octets.push(low + dice.below(high - u64::from(low) + 1) as u8);
    }
    if dice.happens(0.5) {
        octets.extend([dice.pick(b"+-"), dice.below(15) as u8, dice.below(60) as u8]);
    }
    octets
}

/// A value of any type at all.
fn anything(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => Value::Null,
        1 => Value::ObjectIdentifier(Oid::from([1, 3, 6, 1, 4, 1, dice.below(70_000) as u32])),
        2 => Value::ObjectIdentifier(Oid::from([0, 0])),
        3 => Value::IpAddress([192, 0, 2, dice.below(256) as u8]),
        4 => Value::Raw { tag: IP_ADDRESS, content: (0..16).map(|_| dice.below(256) as u8).collect() },
        5 => Value::Opaque((0..1 + dice.below(9)).map(|_| dice.below(256) as u8).collect()),
        6 => Value::OctetString((0..dice.below(30)).map(|_| dice.below(256) as u8).collect()),
        _ => Value::Integer(dice.roll() as i64),
    }
}
