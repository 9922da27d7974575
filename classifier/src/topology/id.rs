//! What a neighbour calls itself and its port: LldpChassisId and LldpPortId with their subtypes (LLDP-MIB), tolerant of
//! what agents make of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::decode::octets::mac;
use crate::decode::text::clean;

/// What an id is said to be. Chassis and port ids number their subtypes differently; the kinds are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// chassisComponent, portComponent: entPhysicalAlias
    Component,
    /// interfaceAlias: ifAlias
    Alias,
    /// macAddress
    Mac,
    /// networkAddress
    Address,
    /// interfaceName: ifName
    Name,
    /// agentCircuitId (RFC 3046)
    Circuit,
    /// local: whatever the vendor likes
    Local,
    /// No subtype was read, or one that is not in the MIB.
    #[default]
    Unknown,
}

/// An id, decoded as far as it can be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Id {
    /// What it is said to be.
    pub kind: IdKind,
    /// The text as people should see it; octets that are no text are in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The MAC address it is, whatever its subtype says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<[u8; 6]>,
    /// The address it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

impl Id {
    /// A chassis id by its LldpChassisIdSubtype; `None` where it says nothing.
    pub fn chassis(subtype: Option<i64>, octets: &[u8]) -> Option<Self> {
        let kind = match subtype {
            Some(1) => IdKind::Component,
            Some(2) => IdKind::Alias,
            Some(3) => IdKind::Component,
            Some(4) => IdKind::Mac,
            Some(5) => IdKind::Address,
            Some(6) => IdKind::Name,
            Some(7) => IdKind::Local,
            _ => IdKind::Unknown,
        };
        Self::decode(kind, octets)
    }

    /// A port id by its LldpPortIdSubtype; `None` where it says nothing.
    pub fn port(subtype: Option<i64>, octets: &[u8]) -> Option<Self> {
        let kind = match subtype {
            Some(1) => IdKind::Alias,
            Some(2) => IdKind::Component,
            Some(3) => IdKind::Mac,
            Some(4) => IdKind::Address,
            Some(5) => IdKind::Name,
            Some(6) => IdKind::Circuit,
            Some(7) => IdKind::Local,
            _ => IdKind::Unknown,
        };
        Self::decode(kind, octets)
    }

    /// An id by its kind.
    pub fn decode(kind: IdKind, octets: &[u8]) -> Option<Self> {
        let id = match kind {
            IdKind::Mac => match mac_of(octets) {
                Found::Mac(mac) => Self { kind, text: mac_text(&mac), mac: Some(mac), address: None },
                // Interfaces without an address of their own say zeros.
                Found::Zero => return None,
                Found::None => Self { kind, text: readable(octets), mac: None, address: None },
            },
            IdKind::Address => {
                let address = network_address(octets);
                let text = address.map_or_else(|| readable(octets), |address| address.to_string());
                Self { kind, text, mac: None, address }
            }
            IdKind::Circuit => Self { kind, text: readable(octets), mac: None, address: None },
            _ => {
                let text = readable(octets);
                // Text under one subtype that is a MAC address all the same; and where no subtype was read, six octets.
                let mac = written_mac(&text)
                    .or_else(|| six_octets(octets).filter(|_| kind == IdKind::Unknown || !is_text(octets)));
                let mac = mac.filter(|mac| *mac != [0; 6]);
                let text = match mac {
                    Some(mac) if !is_text(octets) => mac_text(&mac),
                    _ => text,
                };
                let address = text.parse().ok();
                Self { kind, text, mac, address }
            }
        };
        (!id.text.is_empty()).then_some(id)
    }

    /// An id that is a text, as CDP has them.
    pub fn text(kind: IdKind, octets: &[u8]) -> Option<Self> {
        Self::decode(kind, octets)
    }

    /// Whether two ids are the same, as far as their subtypes were read.
    pub fn same(&self, other: &Self) -> bool {
        let kinds = self.kind == other.kind || [self.kind, other.kind].contains(&IdKind::Unknown);
        match (self.mac, other.mac) {
            (Some(one), Some(two)) => one == two,
            _ => kinds && self.text == other.text,
        }
    }
}

/// What may be a MAC address.
enum Found {
    Mac([u8; 6]),
    Zero,
    None,
}

fn mac_of(octets: &[u8]) -> Found {
    match mac(octets) {
        Ok(Some(mac)) => Found::Mac(mac),
        Ok(None) if octets.is_empty() || octets.iter().all(|octet| *octet == 0) => Found::Zero,
        // Text of zeros, and octets that are no MAC address.
        Ok(None) if is_text(octets) => Found::Zero,
        _ => Found::None,
    }
}

fn six_octets(octets: &[u8]) -> Option<[u8; 6]> {
    <[u8; 6]>::try_from(octets).ok()
}

/// A MAC address in a text that is nothing but one.
pub fn written_mac(text: &str) -> Option<[u8; 6]> {
    let separators = text.chars().filter(|c| ":-. ".contains(*c)).count();
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    let shaped = digits == 12 && matches!((separators, text.len()), (0, 12) | (2, 14) | (5, 17));
    // Twelve decimal digits are more likely a number than an address.
    let is_number = separators == 0 && text.bytes().all(|b| b.is_ascii_digit());
    if !shaped || is_number {
        return None;
    }
    mac(text.as_bytes()).ok().flatten()
}

/// An address as LLDP has it: the family by IANA's number (1 IPv4, 2 IPv6), then its octets. Some agents leave the family
/// out, and some print the address.
pub fn network_address(octets: &[u8]) -> Option<IpAddr> {
    let address = match octets {
        [1, rest @ ..] if rest.len() == 4 => v4(rest),
        [2, rest @ ..] if rest.len() == 16 => v6(rest),
        _ if octets.len() == 4 => v4(octets),
        _ if octets.len() == 16 && !is_text(octets) => v6(octets),
        _ => {
            std::str::from_utf8(octets).ok().and_then(|text| text.trim_matches(['\0', ' ', '"']).parse().ok())
        }
    };
    address.filter(|address| !address.is_unspecified())
}

/// Four octets.
pub fn v4(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets).ok().map(|octets| Ipv4Addr::from(octets).into())
}

/// Sixteen octets.
pub fn v6(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 16]>::try_from(octets).ok().map(|octets| Ipv6Addr::from(octets).into())
}

/// A text up to its first NUL, as some agents leave garbage behind it; octets that are no text in hexadecimal.
pub fn readable(octets: &[u8]) -> String {
    let padded = octets.iter().position(|octet| *octet == 0).filter(|end| *end > 0);
    let text = padded.and_then(|end| octets.get(..end)).unwrap_or(octets);
    if is_text(text) {
        return clean(text);
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Whether it is UTF-8 that can be seen.
fn is_text(octets: &[u8]) -> bool {
    std::str::from_utf8(octets)
        .is_ok_and(|text| text.chars().all(|c| !c.is_control() || "\r\n\t".contains(c)))
}

/// A MAC address with colons.
pub fn mac_text(mac: &[u8; 6]) -> String {
    let pairs: Vec<String> = mac.iter().map(|octet| format!("{octet:02x}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAC: [u8; 6] = [0xa0, 0xf8, 0x49, 0xf0, 0xeb, 0x08];

    #[test]
    fn chassis_ids_of_every_subtype() {
        for (subtype, octets, text, mac, address) in [
            (Some(4), &MAC[..], "a0:f8:49:f0:eb:08", Some(MAC), None),
            (Some(4), b"a0:f8:49:f0:eb:08", "a0:f8:49:f0:eb:08", Some(MAC), None),
            (Some(4), b"a0 f8 49 f0 eb 08 ", "a0:f8:49:f0:eb:08", Some(MAC), None),
            (Some(4), b"a0f849f0eb08", "a0:f8:49:f0:eb:08", Some(MAC), None),
            (Some(4), b"not one", "not one", None, None),
            (Some(5), &[1, 10, 119, 31, 14], "10.119.31.14", None, Some("10.119.31.14")),
            (Some(5), &[10, 119, 31, 14], "10.119.31.14", None, Some("10.119.31.14")),
            (Some(5), b"10.119.31.14", "10.119.31.14", None, Some("10.119.31.14")),
            (Some(7), b"switch 1\0\0\x81", "switch 1", None, None),
            (Some(6), b"A0-F8-49-F0-EB-08", "A0-F8-49-F0-EB-08", Some(MAC), None),
            (Some(1), &[0xff, 0xfe], "fffe", None, None),
            (None, &MAC[..], "a0:f8:49:f0:eb:08", Some(MAC), None),
            (Some(99), b"sw1", "sw1", None, None),
        ] {
            let id = Id::chassis(subtype, octets).expect("an id");
            let expected = (text.to_owned(), mac, address.map(|text| text.parse().expect("an address")));
            assert_eq!((id.text, id.mac, id.address), expected, "{subtype:?} {octets:?}");
        }
        for (subtype, octets) in
            [(Some(4), &[0; 6][..]), (Some(4), b""), (Some(7), b""), (Some(4), b"00:00:00:00:00:00")]
        {
            assert_eq!(Id::chassis(subtype, octets), None, "{subtype:?} {octets:?}");
        }
    }

    #[test]
    fn port_ids_have_numbers_of_their_own() {
        assert_eq!(Id::port(Some(3), &MAC).and_then(|id| id.mac), Some(MAC));
        assert_eq!(
            Id::port(Some(5), b"Gi1/0/1").map(|id| (id.kind, id.text)),
            Some((IdKind::Name, "Gi1/0/1".into()))
        );
        assert_eq!(Id::port(Some(4), &[1, 192, 0, 2, 1]).map(|id| id.text), Some("192.0.2.1".into()));
        // A name of six letters is a name.
        assert_eq!(Id::port(Some(5), b"Gi0/10").map(|id| id.mac), Some(None));
        assert_eq!(Id::port(Some(7), b"312/25\0").map(|id| id.text), Some("312/25".into()));
    }

    #[test]
    fn numbers_are_no_mac_addresses() {
        assert_eq!(written_mac("123456789012"), None);
        assert_eq!(written_mac("a0f849f0eb08"), Some(MAC));
        assert_eq!(written_mac("a0f8.49f0.eb08"), Some(MAC));
        assert_eq!(written_mac("A0:F8:49:F0:EB:08:11"), None);
    }

    proptest! {
        #[test]
        fn no_octets_break_it(subtype in -1_i64..10, octets in proptest::collection::vec(any::<u8>(), 0..40)) {
            for id in [Id::chassis(Some(subtype), &octets), Id::port(Some(subtype), &octets)].into_iter().flatten() {
                prop_assert!(!id.text.is_empty());
            }
        }
    }
}
