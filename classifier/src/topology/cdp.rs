//! CISCO-CDP-MIB: rows become sightings, and the forms of device ids come apart.

use std::collections::BTreeMap;
use std::net::IpAddr;

use snmp::Value;

use super::decode::cells;
use super::id::{Id, IdKind, network_address, readable, v4, v6, written_mac};
use super::index::identifies;
use super::oids::{self, cdp};
use super::surroundings::{Capabilities, PortNumber, Protocol, Sighting};
use crate::decode::reading::Reading;

/// CiscoNetworkProtocol: ip.
const IP: i64 = 1;
/// CiscoNetworkProtocol: ipv6.
const IP_V6: i64 = 20;

/// Neighbours of cdpCacheTable.
pub(super) fn neighbours(reading: &Reading<'_>) -> Vec<Sighting> {
    let mut rows: BTreeMap<(u32, u32), BTreeMap<u32, &Value>> = BTreeMap::new();
    for (column, arcs, value) in cells(reading, oids::CDP_CACHE) {
        match *arcs {
            [port, device] => drop(rows.entry((port, device)).or_default().insert(column, value)),
            _ => reading.bad(oids::CDP_CACHE, arcs, "expected an index of ifIndex and number"),
        }
    }
    rows.into_iter().filter_map(|((port, index), row)| sighting(port, index, &row)).collect()
}

fn sighting(port: u32, index: u32, row: &BTreeMap<u32, &Value>) -> Option<Sighting> {
    let octets = |column: u32| row.get(&column).and_then(|value| value.as_bytes());
    let text = |column: u32| octets(column).map(readable).unwrap_or_default();
    let device_id = octets(cdp::DEVICE_ID).and_then(|octets| Id::text(IdKind::Unknown, octets))?;
    let DeviceName { name, serial, mac } = device_name(&device_id);
    let addresses = [
        (cdp::PRIMARY_TYPE, cdp::PRIMARY),
        (cdp::SECONDARY_TYPE, cdp::SECONDARY),
        (cdp::ADDRESS_TYPE, cdp::ADDRESS),
    ];
    let mut known: Vec<IpAddr> = Vec::new();
    for (kind, column) in addresses {
        let kind = row.get(&kind).and_then(|value| value.as_i64());
        let address = octets(column).and_then(|octets| address(kind, octets)).filter(identifies);
        known.extend(address.filter(|address| !known.contains(address)));
    }
    let sys_name = text(cdp::SYS_NAME);
    let capabilities = octets(cdp::CAPABILITIES)
        .map(|octets| Capabilities::cdp(octets).unwrap_or_else(|| Capabilities::words(&readable(octets))));
    Some(Sighting {
        protocol: Protocol::Cdp,
        port: PortNumber::IfIndex(port),
        index,
        chassis: mac.map(|mac| Id {
            kind: IdKind::Mac,
            text: super::id::mac_text(&mac),
            mac: Some(mac),
            address: None,
        }),
        port_id: octets(cdp::DEVICE_PORT).and_then(|octets| Id::text(IdKind::Name, octets)),
        name: if sys_name.is_empty() { name } else { sys_name },
        device_id: device_id.text,
        descr: text(cdp::VERSION),
        platform: text(cdp::PLATFORM),
        serial,
        capabilities: capabilities.unwrap_or_default(),
        addresses: known,
        ..Sighting::default()
    })
}

/// An address by CiscoNetworkProtocol. Some agents put LLDP's octet of the family before it.
fn address(kind: Option<i64>, octets: &[u8]) -> Option<IpAddr> {
    match (kind, octets.len()) {
        (Some(IP) | None, 4) => v4(octets),
        (Some(IP) | None, 5) => network_address(octets),
        (Some(IP_V6) | None, 16) => v6(octets),
        _ => None,
    }
    .filter(|address| !address.is_unspecified())
}

/// What is in a CDP device id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DeviceName {
    pub name: String,
    pub serial: String,
    pub mac: Option<[u8; 6]>,
}

/// Takes a CDP device id apart: `host`, `host(SERIAL)` (NX-OS), `SERIAL(host)` (CatOS), `host(0123ab-4567cd)` (ProCurve), a
/// MAC address.
pub(super) fn device_name(id: &Id) -> DeviceName {
    let text = id.text.as_str();
    if let Some(mac) = id.mac {
        return DeviceName { mac: Some(mac), ..DeviceName::default() };
    }
    let parts = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let Some((outside, inside)) = parts.map(|(outside, inside)| (outside.trim(), inside.trim())) else {
        return DeviceName { name: text.to_owned(), ..DeviceName::default() };
    };
    let is_half = |half: &str| half.len() == 6 && half.bytes().all(|b| b.is_ascii_hexdigit());
    let halves = inside.split_once('-').filter(|(one, two)| is_half(one) && is_half(two));
    let mac = halves.and_then(|(one, two)| written_mac(&mac_of_halves(one, two)));
    let owned = str::to_owned;
    if mac.is_some() {
        DeviceName { name: owned(outside), mac, ..DeviceName::default() }
    } else if is_serial(inside) || outside.is_empty() {
        DeviceName { name: owned(outside), serial: owned(inside), mac: None }
    } else if is_serial(outside) || outside.bytes().all(|b| b.is_ascii_digit()) {
        DeviceName { name: owned(inside), serial: owned(outside), mac: None }
    } else {
        DeviceName { name: owned(text), ..DeviceName::default() }
    }
}

/// With colons, as twelve digits alone may be a number.
fn mac_of_halves(one: &str, two: &str) -> String {
    let digits: Vec<char> = one.chars().chain(two.chars()).collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    pairs.join(":")
}

/// A serial number of Cisco's: three letters, four digits, four of either.
fn is_serial(text: &str) -> bool {
    let octets = text.as_bytes();
    let (Some(site), Some(date), Some(rest)) = (octets.get(..3), octets.get(3..7), octets.get(7..11)) else {
        return false;
    };
    octets.len() == 11
        && site.iter().all(u8::is_ascii_uppercase)
        && date.iter().all(u8::is_ascii_digit)
        && rest.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_ids_come_apart() {
        for (text, name, serial, mac) in [
            ("sw1.bank.example", "sw1.bank.example", "", None),
            ("nx1(SSI15130ABC)", "nx1", "SSI15130ABC", None),
            ("TBA05071417(cat6k)", "cat6k", "TBA05071417", None),
            ("066556304(cat5k)", "cat5k", "066556304", None),
            ("hp1(0123ab-4567cd)", "hp1", "", Some([0x01, 0x23, 0xab, 0x45, 0x67, 0xcd])),
            ("a0f849f0eb08", "", "", Some([0xa0, 0xf8, 0x49, 0xf0, 0xeb, 0x08])),
            ("SEP001122334455", "SEP001122334455", "", None),
            ("router (old)", "router (old)", "", None),
            ("(", "(", "", None),
            (")", ")", "", None),
        ] {
            let id = Id::text(IdKind::Unknown, text.as_bytes()).expect("an id");
            let expected = DeviceName { name: name.into(), serial: serial.into(), mac };
            assert_eq!(device_name(&id), expected, "{text}");
        }
    }

    #[test]
    fn addresses_by_kind_and_length() {
        let expected: Option<IpAddr> = "10.1.2.3".parse().ok();
        assert_eq!(address(Some(1), &[10, 1, 2, 3]), expected);
        assert_eq!(address(Some(1), &[1, 10, 1, 2, 3]), expected);
        assert_eq!(address(Some(65535), &[]), None);
        assert_eq!(address(Some(1), &[0, 0x11, 0x22, 0x33, 0x44, 0x55]), None);
        assert_eq!(address(Some(1), &[0, 0, 0, 0]), None);
    }
}
