//! TPLINK-LLDPINFO-MIB: a vendor's own table of neighbours, by ifIndex, with words for what LLDP-MIB numbers.

use std::collections::BTreeMap;

use snmp::Value;

use super::decode::cells;
use super::id::{Id, IdKind, readable};
use super::oids;
use super::surroundings::{Capabilities, PortNumber, Protocol, Sighting};
use crate::decode::reading::Reading;

const CHASSIS_KIND: u32 = 3;
const CHASSIS: u32 = 4;
const PORT_KIND: u32 = 5;
const PORT: u32 = 6;
const PORT_DESCR: u32 = 8;
const SYS_NAME: u32 = 9;
const SYS_DESCR: u32 = 10;
const CAP_ENABLED: u32 = 12;

/// Neighbours of lldpNeighborInfoTable.
pub(super) fn neighbours(reading: &Reading<'_>) -> Vec<Sighting> {
    let mut rows: BTreeMap<(u32, u32), BTreeMap<u32, &Value>> = BTreeMap::new();
    for (column, arcs, value) in cells(reading, oids::TPLINK_NEIGHBOUR) {
        match *arcs {
            [port, number] => drop(rows.entry((port, number)).or_default().insert(column, value)),
            _ => reading.bad(oids::TPLINK_NEIGHBOUR, arcs, "expected an index of ifIndex and number"),
        }
    }
    rows.into_iter().filter_map(|((port, index), row)| sighting(port, index, &row)).collect()
}

fn sighting(port: u32, index: u32, row: &BTreeMap<u32, &Value>) -> Option<Sighting> {
    let octets = |column: u32| row.get(&column).and_then(|value| value.as_bytes());
    let text = |column: u32| octets(column).map(readable).unwrap_or_default();
    let id = |said: u32, column: u32| octets(column).and_then(|octets| Id::decode(kind(&text(said)), octets));
    let chassis = id(CHASSIS_KIND, CHASSIS);
    let name = text(SYS_NAME);
    if chassis.is_none() && name.is_empty() {
        return None;
    }
    Some(Sighting {
        protocol: Protocol::Lldp,
        port: PortNumber::IfIndex(port),
        index,
        chassis,
        port_id: id(PORT_KIND, PORT),
        port_descr: text(PORT_DESCR),
        name,
        descr: text(SYS_DESCR),
        capabilities: Capabilities::words(&text(CAP_ENABLED)),
        ..Sighting::default()
    })
}

/// The kind of an id by its words.
fn kind(words: &str) -> IdKind {
    match words.to_ascii_lowercase().as_str() {
        "mac address" => IdKind::Mac,
        "interface name" => IdKind::Name,
        "interface alias" => IdKind::Alias,
        "network address" => IdKind::Address,
        "chassis component" | "port component" => IdKind::Component,
        "agent circuit id" => IdKind::Circuit,
        "locally assigned" | "local" => IdKind::Local,
        _ => IdKind::Unknown,
    }
}
