//! IP-MIB (RFC 4293): addresses by interface, from ipAddressTable and from the older ipAddrTable.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use snmp::Value;

use super::interfaces::Interfaces;
use super::octets::prefix_len;
use super::oids;
use super::reading::Reading;

/// Where an address is, and how long its network's prefix; both as far as known.
#[derive(Default)]
struct Known {
    if_index: Option<u32>,
    prefix: Option<u8>,
}

/// Gives the interfaces their addresses.
pub(super) fn assign(reading: &Reading<'_>, interfaces: &mut Interfaces) {
    let mut known: BTreeMap<IpAddr, Known> = BTreeMap::new();
    for cell in reading.cells(oids::IP_ADDRESS_IF_INDEX) {
        if let Some(address) = new_index(reading, oids::IP_ADDRESS_IF_INDEX, &cell.index) {
            let if_index = reading.number(oids::IP_ADDRESS_IF_INDEX, &cell.index, &cell.value);
            known.entry(address).or_default().if_index = if_index;
        }
    }
    for cell in reading.cells(oids::IP_ADDRESS_PREFIX) {
        let Some(address) = new_index(reading, oids::IP_ADDRESS_PREFIX, &cell.index) else { continue };
        let Value::ObjectIdentifier(row) = &cell.value else {
            reading.wrong::<()>(oids::IP_ADDRESS_PREFIX, &cell.index, &cell.value, "an OID");
            continue;
        };
        // A row of ipAddressPrefixTable, whose last arc is the length; 0.0 is none. Some agents end it before that.
        let host = if address.is_ipv4() { 32 } else { 128 };
        let length = row.arcs().last().and_then(|arc| u8::try_from(*arc).ok());
        let length = length.filter(|length| row.arcs().len() > 2 && (1..=host).contains(length));
        known.entry(address).or_default().prefix = length;
    }
    for cell in reading.cells(oids::IP_AD_ENT_IF_INDEX) {
        if let Some(address) = old_index(reading, oids::IP_AD_ENT_IF_INDEX, &cell.index) {
            let if_index = reading.number(oids::IP_AD_ENT_IF_INDEX, &cell.index, &cell.value);
            let known = known.entry(address).or_default();
            known.if_index = known.if_index.or(if_index);
        }
    }
    for cell in reading.cells(oids::IP_AD_ENT_NET_MASK) {
        let Some(address) = old_index(reading, oids::IP_AD_ENT_NET_MASK, &cell.index) else { continue };
        let length = match &cell.value {
            Value::IpAddress(Some(IpAddr::V4(mask))) => prefix_len(*mask),
            value => reading.wrong(oids::IP_AD_ENT_NET_MASK, &cell.index, value, "a mask"),
        };
        // This table is the older, and the one that more agents fill rightly.
        let known = known.entry(address).or_default();
        known.prefix = length.or(known.prefix);
    }
    for (address, Known { if_index, prefix }) in known {
        let Some(facts) = if_index.and_then(|index| interfaces.get_mut(&index)) else { continue };
        let host = if address.is_ipv4() { 32 } else { 128 };
        let network = IpNet::new(address, prefix.unwrap_or(host)).ok();
        facts.addresses.extend(network.filter(|network| is_a_host(*network)));
    }
}

/// Whether it is the address of one host. Some agents list a network's broadcast address beside their own.
fn is_a_host(address: IpNet) -> bool {
    match address {
        IpNet::V4(v4) if v4.prefix_len() < 31 => v4.addr() != v4.broadcast() && v4.addr() != v4.network(),
        _ => !address.addr().is_unspecified(),
    }
}

/// An index of ipAddrTable: four octets.
fn old_index(reading: &Reading<'_>, column: &[u32], index: &[u32]) -> Option<IpAddr> {
    let octets = octets(index).and_then(|octets| <[u8; 4]>::try_from(octets).ok());
    if octets.is_none() {
        reading.bad(column, index, "expected an index of four octets");
    }
    octets.map(|octets| Ipv4Addr::from(octets).into())
}

/// An index of ipAddressTable: type, length, octets. A zone behind the address (ipv4z, ipv6z) is left out.
fn new_index(reading: &Reading<'_>, column: &[u32], index: &[u32]) -> Option<IpAddr> {
    let address = match index {
        // Some agents leave the length out.
        [1, rest @ ..] if rest.len() == 4 => octets(rest).and_then(|octets| v4(&octets)),
        [2, rest @ ..] if rest.len() == 16 => octets(rest).and_then(|octets| v6(&octets)),
        [1 | 3, length, rest @ ..] if *length as usize == rest.len() => {
            octets(rest).and_then(|octets| v4(octets.get(..4)?))
        }
        [2 | 4, length, rest @ ..] if *length as usize == rest.len() => {
            octets(rest).and_then(|octets| v6(octets.get(..16)?))
        }
        _ => None,
    };
    if address.is_none() {
        reading.bad(column, index, "expected an index of type, length and octets of an address");
    }
    address
}

fn octets(arcs: &[u32]) -> Option<Vec<u8>> {
    arcs.iter().map(|arc| u8::try_from(*arc).ok()).collect()
}

fn v4(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets).ok().map(IpAddr::from)
}

fn v6(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}
