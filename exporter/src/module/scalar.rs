//! Scalars as Go's yaml.v2 reads them into its types.
//!
//! Texts keep the characters they were written with (`1.50`, `off`, `0123`). Whole numbers may be in hex, octal or
//! binary, have underscores between their digits, or be floats, whose fraction is cut off. Nothing (`~`, or no value
//! at all) is an empty text, and zero.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(pub String);

/// A whole number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Int(pub i64);

/// A number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Float(pub f64);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| Text(text.unwrap_or_default()))
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Text {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Either kind of number, before it is known which one is meant.
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// Reads what YAML itself takes for a text.
    fn parse(text: &str) -> Option<Self> {
        let plain = text.replace('_', "");
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let radix = |prefix: [&str; 2], radix| {
            let digits = digits.strip_prefix(prefix[0]).or_else(|| digits.strip_prefix(prefix[1]))?;
            i64::from_str_radix(digits, radix).ok()
        };
        let whole =
            radix(["0x", "0X"], 16).or_else(|| radix(["0o", "0O"], 8)).or_else(|| radix(["0b", "0B"], 2));
        // Go's old octal numbers: 010 is 8.
        let octal = digits.strip_prefix('0').and_then(|digits| i64::from_str_radix(digits, 8).ok());
        if let Some(whole) = whole.or(octal).or_else(|| digits.parse().ok()) {
            return Some(Number::Int(sign * whole));
        }
        // Rust also reads words, which YAML spells otherwise.
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let number = digits.parse::<f64>().ok().filter(|_| is_number)?;
        Some(Number::Float(number * f64::from(sign as i32)))
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number without quotes")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
        Ok(Number::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
        Ok(i64::try_from(number).map_or(Number::Float(number as f64), Number::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        Ok(Number::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        Number::parse(text).ok_or_else(|| E::invalid_type(de::Unexpected::Str(text), &self))
    }

    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number::Int(0))
    }

    fn visit_none<E>(self) -> Result<Number, E> {
        Ok(Number::Int(0))
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(NumberVisitor)? {
            Number::Int(number) => Ok(Int(number)),
            // The bounds of a 64-bit whole number, as far as floats go.
            Number::Float(number) if (-9.2e18..=9.2e18).contains(&number) => Ok(Int(number as i64)),
            Number::Float(number) => {
                Err(de::Error::custom(format!("{number} is no whole number of 64 bits")))
            }
        }
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Float(match deserializer.deserialize_any(NumberVisitor)? {
            Number::Int(number) => number as f64,
            Number::Float(number) => number,
        }))
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

/// A whole number that is only kept as text so far, such as an auth profile's version.
pub(super) fn whole(text: &str) -> Option<i64> {
    match Number::parse(text)? {
        Number::Int(number) => Some(number),
        Number::Float(number) => Some(number as i64),
    }
}

/// A duration, `5s`; a bare number is nanoseconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match whole(text) {
        Some(nanoseconds) => u64::try_from(nanoseconds)
            .map(Duration::from_nanos)
            .map_err(|_| format!("{text} is less than nothing, write one such as 5s, 300ms or 1m30s")),
        None => inventory::parse_duration(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("25", Some(25)),
            ("-1", Some(-1)),
            ("+3", Some(3)),
            ("0x19", Some(25)),
            ("-0X19", Some(-25)),
            ("0o10", Some(8)),
            ("010", Some(8)),
            ("08", Some(8)),
            ("0", Some(0)),
            ("0b11", Some(3)),
            ("5_000_000", Some(5_000_000)),
            ("3.9", Some(3)),
            ("1e1", Some(10)),
            (".5", Some(0)),
            ("", None),
            ("-", None),
            ("inf", None),
            ("nan", None),
            ("5s", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_may_be_nanoseconds() {
        for (text, expected) in [
            ("5s", Ok(Duration::from_secs(5))),
            ("1m30s", Ok(Duration::from_secs(90))),
            ("5000000000", Ok(Duration::from_secs(5))),
            ("5_000_000_000", Ok(Duration::from_secs(5))),
            ("0x10", Ok(Duration::from_nanos(16))),
            ("1.5", Ok(Duration::from_nanos(1))),
            ("-0", Ok(Duration::ZERO)),
            ("-5", Err("less than nothing")),
            ("-5s", Err("not a duration")),
            ("5 s", Err("not a duration")),
        ] {
            match (duration(text), expected) {
                (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
                (found, expected) => assert_eq!(found.ok(), expected.ok(), "{text}"),
            }
        }
    }
}
