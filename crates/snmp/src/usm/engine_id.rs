//! The name of an SNMP engine.

use std::fmt;
use std::str::FromStr;

use smallvec::SmallVec;

/// An `SnmpEngineID` (RFC 3411 §5): 5 to 32 octets by the book; shorter ones have been seen, longer ones have not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EngineId(SmallVec<[u8; 32]>);

/// Why something is no engine id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no engine id: it has 1 to 32 octets, written as hexadecimal digits such as 80001f8880b7a3"
)]
pub struct EngineIdError {
    text: String,
}

impl EngineId {
    /// An engine id of these octets. `None` where there are none, or more than 32.
    pub fn new(octets: &[u8]) -> Option<Self> {
        (1..=32).contains(&octets.len()).then(|| Self(SmallVec::from_slice(octets)))
    }

    /// Its octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for EngineId {
    type Err = EngineIdError;

    /// Hexadecimal digits, with or without `0x` before them.
    fn from_str(text: &str) -> Result<Self, EngineIdError> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text).as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let octets: Option<SmallVec<[u8; 32]>> =
            pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?)).collect();
        let id = octets.filter(|_| rest.is_empty()).and_then(|octets| Self::new(&octets));
        id.ok_or_else(|| EngineIdError { text: text.into() })
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|n| n as u8)
}

impl fmt::Display for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_in_hexadecimal() {
        for (text, expected) in [
            ("80001f8880", Some("80001f8880")),
            ("0x80001F8880", Some("80001f8880")),
            ("00", Some("00")),
            ("", None),
            ("0x", None),
            ("800", None),
            ("80001g", None),
            ("80:00", None),
            ("é0", None),
        ] {
            let id = text.parse::<EngineId>();
            assert_eq!(id.ok().map(|id| id.to_string()).as_deref(), expected, "{text:?}");
        }
        assert!("ab".repeat(32).parse::<EngineId>().is_ok());
        assert_eq!(
            "ab".repeat(33).parse::<EngineId>().unwrap_err().to_string(),
            format!(
                "{:?} is no engine id: it has 1 to 32 octets, written as hexadecimal digits such as 80001f8880b7a3",
                "ab".repeat(33)
            )
        );
    }
}
