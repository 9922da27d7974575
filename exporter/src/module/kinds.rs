//! The names of types, as module files write them.

use super::spec::TextKind;

/// What a metric's `type` may be, apart from the texts.
pub(super) const NUMBERS_AND_ENUMS: [&str; 12] = [
    "counter",
    "gauge",
    "Float",
    "Double",
    "DateAndTime",
    "ParseDateAndTime",
    "NTPTimeStamp",
    "ParseFloatString",
    "EnumAsInfo",
    "EnumAsStateSet",
    "Bits",
    "Info",
];

/// What an index's `type` may be, and what a metric or lookup that is shown as text may be.
pub(super) const TEXTS: [(&str, TextKind); 13] = [
    ("Integer32", TextKind::Number),
    ("Integer", TextKind::Number),
    ("gauge", TextKind::Number),
    ("counter", TextKind::Number),
    ("OctetString", TextKind::OctetString),
    ("DisplayString", TextKind::DisplayString),
    ("PhysAddress48", TextKind::PhysAddress48),
    ("InetAddressIPv4", TextKind::InetAddressIpv4),
    ("InetAddressIPv6", TextKind::InetAddressIpv6),
    ("InetAddress", TextKind::InetAddress),
    ("InetAddressMissingSize", TextKind::InetAddressMissingSize),
    ("LldpPortId", TextKind::LldpPortId),
    ("EnumAsInfo", TextKind::Enum),
];

/// An index's type.
pub(super) fn index(name: &str) -> Option<TextKind> {
    TEXTS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// How a metric or a lookup of this type is shown as text. No type and BITS are octets; types that are
/// numbers elsewhere (`Float`, `DateAndTime` …) are too: as labels they show the value as it is, and octets
/// in hex.
pub(super) fn text(name: &str) -> Option<TextKind> {
    match name {
        "" => Some(TextKind::OctetString),
        _ => index(name).or_else(|| NUMBERS_AND_ENUMS.contains(&name).then_some(TextKind::OctetString)),
    }
}

/// All names of types a metric may have.
pub(super) fn metric_names() -> impl Iterator<Item = &'static str> {
    NUMBERS_AND_ENUMS.into_iter().chain(TEXTS.into_iter().map(|(name, _)| name))
}

/// All names of types an index may have.
pub(super) fn index_names() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter().map(|(name, _)| name)
}
