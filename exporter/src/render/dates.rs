//! Times in octets, as seconds since 1970.

use snmp::Value;

use crate::module::calendar::days_from_civil;

/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX: i64 = 2_208_988_800;

/// A DateAndTime (RFC 2579): eight octets are UTC, eleven have an offset. Fields out of range roll over, as
/// month 13 does; an offset out of range makes it none.
pub(crate) fn date_and_time(value: &Value) -> Option<i64> {
    let octets = value.as_bytes().or(match value {
        Value::Opaque(octets) => Some(octets),
        _ => None,
    })?;
    let (date, zone) = octets.split_at_checked(8)?;
    let field = |i: usize| i64::from(date[i]);
    let offset = match *zone {
        [] => 0,
        [sign @ (b'+' | b'-'), hours @ 0..=24, minutes @ 0..=60] => {
            let offset = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            if sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let days = days_from_civil(field(0) << 8 | field(1), field(2), field(3));
    // Deciseconds are cut, but more than ten of them are seconds.
    let seconds = field(4) * 3600 + field(5) * 60 + field(6) + field(7) / 10;
    Some(days * 86_400 + seconds - offset)
}

/// An NTP timestamp (RFC 5905 §6): seconds since 1900 and a fraction, which is ignored.
pub(crate) fn ntp(value: &Value) -> Option<i64> {
    let octets = match value {
        Value::OctetString(octets) | Value::Opaque(octets) => octets,
        _ => return None,
    };
    let (seconds, _) = octets.get(..8)?.split_first_chunk::<4>()?;
    Some(i64::from(u32::from_be_bytes(*seconds)) - NTP_TO_UNIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (octets, unix) in [
            (&[7, 0xe2, 8, 15, 8, 1, 15, 0][..], Some(1_534_320_075)),
            (&[7, 0xe2, 8, 15, 8, 1, 15, 0, b'-', 5, 30], Some(1_534_339_875)),
            (&[7, 0xe2, 8, 15, 8, 1, 15, 0, b'+', 2, 0], Some(1_534_312_875)),
            (&[7, 0xe2, 8, 15, 8, 1, 15, 0, b'+', 25, 0], None),
            (&[7, 0xe2, 8, 15, 8, 1, 15, 0, b' ', 1, 0], None),
            (&[7, 0xe2, 8, 15, 8, 1, 15, 19], Some(1_534_320_076)),
            (&[7, 0xe2, 13, 0, 0, 0, 61, 0], Some(1_546_214_461)),
            (&[0; 8], Some(-62_169_984_000)),
            (&[0], None),
            (&[0; 9], None),
            (&[], None),
        ] {
            assert_eq!(date_and_time(&Value::OctetString(octets.to_vec().into())), unix, "{octets:?}");
        }
        assert_eq!(date_and_time(&Value::Integer(5)), None);
    }

    #[test]
    fn timestamps_are_read() {
        let stamp = [0xeb, 0x06, 0x77, 0xf6, 0x30, 0xd1, 0x0b, 0x3b];
        assert_eq!(ntp(&Value::OctetString(stamp.to_vec().into())), Some(1_734_080_886));
        assert_eq!(ntp(&Value::OctetString(vec![1, 2, 3].into())), None);
        assert_eq!(ntp(&Value::Integer(1)), None);
    }
}
