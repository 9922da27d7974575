//! LLDP-MIB, LLDP-V2-MIB and LLDP-EXT-MED-MIB, and the vendors' tables of the same content: rows become sightings.

use std::collections::BTreeMap;
use std::net::IpAddr;

use snmp::Value;

use super::id::{Id, readable};
use super::index::{self, Layout, RowKey};
use super::oids::{self, rem};
use super::surroundings::{
    Capabilities, Hearing, LocalPort, OwnIds, PortNumber, Protocol, Sighting, Surroundings,
};
use super::{cdp, lag, tplink};
use crate::decode::octets::mac;
use crate::decode::oids::{BRIDGE_ADDRESS, CHASSIS_ID, CHASSIS_ID_SUBTYPE, ENT_CLASS, ENT_SERIAL};
use crate::decode::reading::Reading;

/// chassis(3) of PhysicalClass (ENTITY-MIB).
const CHASSIS: i64 = 3;
/// As many neighbours of one device are kept: a table that has more is broken.
const MOST_NEIGHBOURS: usize = 4096;

/// What a device says of its surroundings.
pub(crate) fn surroundings(reading: &Reading<'_>) -> Surroundings {
    let mut neighbours = lldp(reading, oids::LLDP_REM, oids::LLDP_REM_MAN_ADDR, Layout::V1);
    // The older table is the one that more agents fill; the newer one knows ifIndex.
    let newer = lldp(reading, oids::LLDP_V2_REM, oids::LLDP_V2_REM_MAN_ADDR, Layout::V2);
    if neighbours.is_empty() {
        neighbours = newer;
    } else {
        lend_indexes(&mut neighbours, &newer);
    }
    if neighbours.is_empty() {
        neighbours = lldp(reading, oids::TIMETRA_REM, &[], Layout::V2);
    }
    if neighbours.is_empty() {
        neighbours = tplink::neighbours(reading);
    }
    mikrotik(reading, &mut neighbours);
    let mut local_ports = local_ports(reading, oids::LLDP_LOC_PORT);
    let ports_by_index = local_ports.is_empty();
    if ports_by_index {
        local_ports = self::local_ports(reading, oids::LLDP_V2_LOC_PORT);
    }
    let own = own(reading);
    let tables = [oids::LLDP_REM, oids::LLDP_V2_REM, oids::TIMETRA_REM, oids::TPLINK_NEIGHBOUR];
    let lldp_speaks = own.chassis.is_some() || !local_ports.is_empty() || !neighbours.is_empty();
    let lldp = hearing(tables.iter().any(|table| complete(reading, table)), lldp_speaks);
    let lldp = if incomplete(reading, &tables) { Hearing::NotRead } else { lldp };
    let heard_in_cdp = cdp::neighbours(reading);
    let runs = reading.scalar(oids::CDP_RUN).and_then(Value::as_i64);
    let cdp_speaks =
        runs == Some(1) || runs.is_none() && (!own.cdp_id.is_empty() || !heard_in_cdp.is_empty());
    let cdp = hearing(complete(reading, oids::CDP_CACHE), cdp_speaks);
    neighbours.extend(heard_in_cdp);
    neighbours.truncate(MOST_NEIGHBOURS);
    Surroundings {
        own,
        ports_by_index: ports_by_index && !local_ports.is_empty(),
        local_ports,
        bridge_ports: numbers(reading, oids::BRIDGE_PORT),
        lags: lag::parts(reading),
        neighbours,
        lldp,
        cdp,
        own_tables: complete(reading, oids::LLDP_LOC_PORT) && complete(reading, oids::BRIDGE_PORT),
    }
}

fn hearing(read: bool, speaks: bool) -> Hearing {
    match (read, speaks) {
        (false, _) => Hearing::NotRead,
        (true, false) => Hearing::Silent,
        (true, true) => Hearing::On,
    }
}

/// Whether a table was asked for and read to its end.
fn complete(reading: &Reading<'_>, table: &[u32]) -> bool {
    let mut columns = reading.below(table).peekable();
    columns.peek().is_some() && columns.all(|column| column.trouble.is_none())
}

/// Whether a part of some table was not read to its end.
fn incomplete(reading: &Reading<'_>, tables: &[&[u32]]) -> bool {
    tables.iter().any(|table| reading.below(table).any(|column| column.trouble.is_some()))
}

/// The cells of a table, by column; it may have been asked for as a whole or column by column.
pub(super) fn cells<'h>(
    reading: &Reading<'h>,
    table: &'static [u32],
) -> impl Iterator<Item = (u32, &'h [u32], &'h Value)> + use<'h> {
    reading.below(table).flat_map(move |column| {
        let number = column.oid.arcs().get(table.len()).copied();
        column.cells.iter().filter_map(move |cell| match number {
            Some(number) => Some((number, cell.index.as_slice(), &cell.value)),
            None => cell.index.as_slice().split_first().map(|(number, index)| (*number, index, &cell.value)),
        })
    })
}

/// A column of numbers whose index is one number.
fn numbers(reading: &Reading<'_>, object: &'static [u32]) -> BTreeMap<u32, u32> {
    let rows = reading.rows(object);
    rows.filter_map(|(index, value)| Some((index, reading.number(object, &[index], value)?)))
        .filter(|(index, number)| *index > 0 && *number > 0)
        .collect()
}

/// What a row says, while it is put together of its columns.
#[derive(Default)]
struct Row<'h> {
    /// The newest timeMark of each column, with its value.
    columns: BTreeMap<u32, (u32, &'h Value)>,
    addresses: Vec<IpAddr>,
}

impl<'h> Row<'h> {
    /// Of several rows of one neighbour the newest counts alone, as far as it is whole: an older one may be of somebody else. While
    /// it is being read a row may get a newer mark.
    fn keep_newest(&mut self) {
        let Some(newest) = self.columns.values().map(|(time, _)| *time).max() else { return };
        let is_newest = |column| self.columns.get(&column).is_some_and(|(time, _)| *time == newest);
        if is_newest(rem::CHASSIS) && is_newest(rem::PORT) {
            self.columns.retain(|_, (time, _)| *time == newest);
        }
    }

    fn octets(&self, column: u32) -> Option<&'h [u8]> {
        self.columns.get(&column).and_then(|(_, value)| value.as_bytes())
    }

    fn number(&self, column: u32) -> Option<i64> {
        self.columns.get(&column).and_then(|(_, value)| value.as_i64())
    }

    fn text(&self, column: u32) -> String {
        self.octets(column).map(readable).unwrap_or_default()
    }
}

/// Neighbours of lldpRemTable, or of a table laid out like it.
fn lldp(
    reading: &Reading<'_>,
    table: &'static [u32],
    addresses: &'static [u32],
    layout: Layout,
) -> Vec<Sighting> {
    let mut rows: BTreeMap<RowKey, Row<'_>> = BTreeMap::new();
    // The columns of the newer table are one further on from the chassis' subtype.
    let further = u32::from(table == oids::LLDP_V2_REM);
    for (column, arcs, value) in cells(reading, table) {
        let Some((time, key)) = index::row(layout, arcs) else {
            reading.bad(table, arcs, "expected an index of timeMark, port and number");
            continue;
        };
        let Some(column) = column.checked_sub(further) else { continue };
        let row = rows.entry(key).or_default();
        let known = row.columns.entry(column).or_insert((time, value));
        if known.0 < time {
            *known = (time, value);
        }
    }
    rows.values_mut().for_each(Row::keep_newest);
    for (_, arcs, _) in cells(reading, addresses).filter(|_| !addresses.is_empty()) {
        add_address(&mut rows, layout, arcs);
    }
    keep_nearest(&mut rows);
    let v1 = layout == Layout::V1;
    let med = |object: &'static [u32], row: &RowKey| {
        let cells = reading.cells(object).iter().filter(|_| v1);
        let mut found = cells
            .filter(|cell| index::row(layout, cell.index.as_slice()).is_some_and(|(_, key)| key == *row));
        found.next().map(|cell| &cell.value)
    };
    let rows = rows.iter().filter_map(|(key, row)| {
        let chassis =
            row.octets(rem::CHASSIS).and_then(|octets| Id::chassis(row.number(rem::CHASSIS_SUBTYPE), octets));
        let port_id =
            row.octets(rem::PORT).and_then(|octets| Id::port(row.number(rem::PORT_SUBTYPE), octets));
        let name = row.text(rem::SYS_NAME);
        if chassis.is_none() && name.is_empty() && row.addresses.is_empty() {
            return None;
        }
        let (chassis, port_id) = unswap(chassis, port_id);
        let capabilities = [rem::CAP_ENABLED, rem::CAP_SUPPORTED]
            .into_iter()
            .find_map(|column| row.octets(column).and_then(Capabilities::lldp).filter(|set| !set.is_empty()));
        let text = |object| med(object, key).and_then(Value::as_bytes).map(readable).unwrap_or_default();
        Some(Sighting {
            protocol: Protocol::Lldp,
            port: if v1 { PortNumber::Lldp(key.port) } else { PortNumber::IfIndex(key.port) },
            index: key.index,
            chassis,
            port_id,
            port_descr: row.text(rem::PORT_DESCR),
            name,
            descr: row.text(rem::SYS_DESCR),
            platform: [text(oids::MED_MAKER), text(oids::MED_MODEL)].join(" ").trim().to_owned(),
            serial: text(oids::MED_SERIAL),
            capabilities: capabilities.unwrap_or_default(),
            med_class: med(oids::MED_CLASS, key)
                .and_then(Value::as_i64)
                .and_then(|class| u8::try_from(class).ok())
                .filter(|class| (1..=4).contains(class)),
            addresses: row.addresses.clone(),
            ..Sighting::default()
        })
    });
    rows.collect()
}

/// A frame to the next bridge comes from who is plugged in; one to bridges further away may have come through others. On a port
/// with both, only the first kind counts: the destination addresses are numbered from the nearest on.
fn keep_nearest(rows: &mut BTreeMap<RowKey, Row<'_>>) {
    let mut nearest: BTreeMap<u32, u32> = BTreeMap::new();
    for key in rows.keys() {
        let known = nearest.entry(key.port).or_insert(key.destination);
        *known = key.destination.min(*known);
    }
    rows.retain(|key, _| nearest.get(&key.port) == Some(&key.destination));
}

/// Tells rows of the older table the ifIndex of their port, as the newer one has it for the same neighbour.
fn lend_indexes(neighbours: &mut [Sighting], newer: &[Sighting]) {
    let same = |one: &Sighting, other: &Sighting| {
        one.chassis == other.chassis && one.port_id == other.port_id && one.name == other.name
    };
    let old = neighbours.to_vec();
    for sighting in neighbours {
        let mut twins = newer.iter().filter(|other| same(sighting, other));
        let is_only = old.iter().filter(|other| same(sighting, other)).count() == 1;
        if let (Some(twin), None, true) = (twins.next(), twins.next(), is_only) {
            sighting.if_index = Some(twin.port.number());
        }
    }
}

/// Gives an address to the row it belongs to; where there is no such row and one neighbour only on the port, to that one:
/// some agents number the rows of both tables differently.
fn add_address(rows: &mut BTreeMap<RowKey, Row<'_>>, layout: Layout, arcs: &[u32]) {
    // The first arc is the column.
    let Some((key, address)) = index::address(layout, arcs).filter(|(_, address)| index::identifies(address))
    else {
        return;
    };
    let row = if rows.contains_key(&key) {
        rows.get_mut(&key)
    } else {
        let mut on_port = rows.iter_mut().filter(|(other, _)| other.port == key.port).map(|(_, row)| row);
        on_port.next().filter(|_| on_port.next().is_none())
    };
    if let Some(row) = row.filter(|row| !row.addresses.contains(&address)) {
        row.addresses.push(address);
    }
}

/// Distributed switches of hypervisors send their port's name as chassis and their MAC address as port.
fn unswap(chassis: Option<Id>, port: Option<Id>) -> (Option<Id>, Option<Id>) {
    use super::id::IdKind::{Mac, Name};
    match (chassis, port) {
        (Some(chassis), Some(port)) if chassis.kind == Name && chassis.mac.is_none() && port.kind == Mac => {
            let name = Id { kind: Name, ..chassis };
            (Some(port), Some(name))
        }
        other => other,
    }
}

/// Older MikroTiks hear everybody on port 0; their own table says where, by lldpRemIndex.
fn mikrotik(reading: &Reading<'_>, neighbours: &mut [Sighting]) {
    let ports = numbers(reading, oids::MIKROTIK_PORT);
    for sighting in neighbours.iter_mut().filter(|sighting| sighting.port == PortNumber::Lldp(0)) {
        if let Some(port) = ports.get(&sighting.index) {
            sighting.port = PortNumber::IfIndex(*port);
        }
    }
}

fn local_ports(reading: &Reading<'_>, table: &'static [u32]) -> BTreeMap<u32, LocalPort> {
    const SUBTYPE: u32 = 2;
    const ID: u32 = 3;
    const DESCR: u32 = 4;
    let mut subtypes: BTreeMap<u32, i64> = BTreeMap::new();
    let mut ports: BTreeMap<u32, LocalPort> = BTreeMap::new();
    for (column, arcs, value) in cells(reading, table) {
        let [number] = *arcs else {
            reading.bad(table, arcs, "expected an index of one number");
            continue;
        };
        match (column, value.as_i64(), value.as_bytes()) {
            (SUBTYPE, Some(subtype), _) => drop(subtypes.insert(number, subtype)),
            (DESCR, _, Some(octets)) => ports.entry(number).or_default().descr = readable(octets),
            _ => {}
        }
    }
    for (_, arcs, value) in cells(reading, table).filter(|(column, _, _)| *column == ID) {
        if let ([number], Some(octets)) = (arcs, value.as_bytes()) {
            ports.entry(*number).or_default().id = Id::port(subtypes.get(number).copied(), octets);
        }
    }
    ports
}

fn own(reading: &Reading<'_>) -> OwnIds {
    let chassis = |id, subtype| {
        let subtype = reading.scalar(subtype).and_then(Value::as_i64);
        reading.scalar(id).and_then(Value::as_bytes).and_then(|octets| Id::chassis(subtype, octets))
    };
    let text = |object| reading.scalar(object).and_then(Value::as_bytes).map(readable).unwrap_or_default();
    let addresses = reading.cells(oids::LLDP_LOC_MAN_ADDR).iter();
    OwnIds {
        chassis: chassis(CHASSIS_ID, CHASSIS_ID_SUBTYPE)
            .or_else(|| chassis(oids::LLDP_V2_CHASSIS_ID, oids::LLDP_V2_CHASSIS_ID_SUBTYPE)),
        bridge: reading
            .scalar(BRIDGE_ADDRESS)
            .and_then(Value::as_bytes)
            .and_then(|octets| mac(octets).ok().flatten()),
        lldp_name: text(oids::LLDP_LOC_SYS_NAME),
        cdp_id: text(oids::CDP_DEVICE_ID),
        serials: serials(reading),
        addresses: addresses
            .filter_map(|cell| index::management_address(cell.index.as_slice()))
            .filter(index::identifies)
            .collect(),
    }
}

/// The serial numbers of all chassis: a stack has several.
fn serials(reading: &Reading<'_>) -> Vec<String> {
    let classes = numbers(reading, ENT_CLASS);
    let serials = reading
        .rows(ENT_SERIAL)
        .filter(|(index, _)| classes.get(index).is_some_and(|class| i64::from(*class) == CHASSIS));
    let mut serials: Vec<String> = serials
        .filter_map(|(_, value)| value.as_bytes().map(readable))
        .filter(|serial| serial.len() >= 6)
        .collect();
    serials.sort();
    serials.dedup();
    serials
}

#[cfg(test)]
mod tests;
