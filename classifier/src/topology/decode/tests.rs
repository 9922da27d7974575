//! Tables of neighbours as agents have them.

use bytes::Bytes;
use snmp::{Cell, Column, Harvest, Index, Oid, Value};

use super::*;
use crate::topology::surroundings::LocalPort;

/// One value: its table or object, what follows, and itself.
type Item = (&'static [u32], Vec<u32>, Value);

fn text(text: &str) -> Value {
    octets(text.as_bytes())
}

fn octets(octets: &[u8]) -> Value {
    Value::OctetString(Bytes::copy_from_slice(octets))
}

/// What a device says that answers so; tables that are named and have no items are empty.
fn heard(empty: &[&'static [u32]], items: &[Item]) -> Surroundings {
    let mut objects: Vec<&'static [u32]> = items.iter().map(|(object, _, _)| *object).collect();
    objects.extend(empty);
    objects.sort_unstable();
    objects.dedup();
    let column = |object: &&'static [u32]| Column {
        oid: Oid::new(*object),
        cells: items
            .iter()
            .filter(|(of, _, _)| of == object)
            .map(|(_, index, value)| Cell { index: Index::from_slice(index), value: value.clone() })
            .collect(),
        trouble: None,
        packets: 1,
    };
    let harvest = Harvest { columns: objects.iter().map(column).collect(), ..Harvest::default() };
    surroundings(&Reading::new(&[&harvest]))
}

/// A neighbour's row: its index, its chassis, its port and its name. `further`: columns of the newer table.
fn row(table: &'static [u32], index: &[u32], mac: u8, port: &str, name: &str) -> Vec<Item> {
    let further = u32::from(table == oids::LLDP_V2_REM);
    let item = |column: u32, value| (table, [&[column + further], index].concat(), value);
    let mut items = vec![
        item(rem::CHASSIS_SUBTYPE, Value::Integer(4)),
        item(rem::CHASSIS, octets(&[0, 0x1b, 0x21, 0x3c, 0x9d, mac])),
        item(rem::PORT_SUBTYPE, Value::Integer(5)),
        item(rem::PORT, text(port)),
    ];
    if !name.is_empty() {
        items.push(item(rem::SYS_NAME, text(name)));
    }
    items
}

fn told(heard: &Surroundings) -> Vec<String> {
    let tell = |sighting: &Sighting| {
        let port = sighting.port_id.as_ref().map_or("", |port| &port.text);
        format!("{:?} {} {port}", sighting.port, sighting.shown_name())
    };
    heard.neighbours.iter().map(tell).collect()
}

#[test]
fn of_several_rows_of_one_neighbour_the_newest_counts_alone() {
    let old = row(oids::LLDP_REM, &[100, 3, 1], 1, "Gi0/1", "old-switch");
    let new = row(oids::LLDP_REM, &[900, 3, 1], 2, "Gi0/2", "");
    for rows in [[old.clone(), new.clone()].concat(), [new, old].concat()] {
        assert_eq!(told(&heard(&[], &rows)), ["Lldp(3) 00:1b:21:3c:9d:02 Gi0/2"]);
    }
    // A mark that changes while the row is read takes nothing away.
    let mut torn = row(oids::LLDP_REM, &[100, 3, 1], 1, "Gi0/1", "");
    torn.push((oids::LLDP_REM, vec![rem::SYS_NAME, 101, 3, 1], text("sw1")));
    assert_eq!(told(&heard(&[], &torn)), ["Lldp(3) sw1 Gi0/1"]);
}

#[test]
fn the_newer_table_is_by_if_index_and_the_nearest_bridge_counts() {
    let near = row(oids::LLDP_V2_REM, &[0, 10, 1, 1], 1, "Gi0/1", "near");
    let far = row(oids::LLDP_V2_REM, &[0, 10, 3, 1], 2, "Gi0/7", "far");
    let alone = row(oids::LLDP_V2_REM, &[0, 11, 3, 1], 3, "Gi0/8", "alone");
    let newer = [near.clone(), far, alone].concat();
    assert_eq!(told(&heard(&[], &newer)), ["IfIndex(10) near Gi0/1", "IfIndex(11) alone Gi0/8"]);
    // Where both tables are there, the older one is told the ifIndex.
    let both = [row(oids::LLDP_REM, &[0, 1, 1], 1, "Gi0/1", "near"), near].concat();
    let found = heard(&[], &both);
    assert_eq!(
        (told(&found), found.neighbours[0].if_index),
        (vec!["Lldp(1) near Gi0/1".to_owned()], Some(10))
    );
}

#[test]
fn local_ports_of_the_newer_mib_are_by_if_index() {
    let item = |column, value| (oids::LLDP_V2_LOC_PORT, vec![column, 10], value);
    let found = heard(&[oids::LLDP_LOC_PORT], &[item(2, Value::Integer(7)), item(3, text("port-a"))]);
    assert!(found.ports_by_index);
    assert_eq!(found.local_ports[&10].id.as_ref().map(|id| id.text.as_str()), Some("port-a"));
}

#[test]
fn inventory_of_telephones_and_addresses_belong_to_their_row() {
    let mut items = row(oids::LLDP_REM, &[5, 2, 7], 1, "1", "phone");
    items.extend([
        (oids::MED_CLASS, vec![5, 2, 7], Value::Integer(3)),
        (oids::MED_SERIAL, vec![5, 2, 7], text("FCH1234ABCD")),
        (oids::MED_MAKER, vec![5, 2, 7], text("Yealink")),
        (oids::MED_MODEL, vec![5, 2, 7], text("T46")),
        (oids::LLDP_REM_MAN_ADDR, vec![3, 5, 2, 7, 1, 4, 192, 0, 2, 9], Value::Integer(2)),
        // Of another row's number, on a port with one neighbour.
        (oids::LLDP_REM_MAN_ADDR, vec![3, 5, 2, 8, 1, 4, 192, 0, 2, 10], Value::Integer(2)),
        (oids::LLDP_REM_MAN_ADDR, vec![3, 5, 2, 7, 1, 4, 127, 0, 0, 1], Value::Integer(2)),
    ]);
    let found = heard(&[], &items).neighbours.remove(0);
    assert_eq!(
        (found.platform.as_str(), found.serial.as_str(), found.med_class),
        ("Yealink T46", "FCH1234ABCD", Some(3))
    );
    let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.9", "192.0.2.10"]);
}

#[test]
fn a_walk_that_did_not_read_the_devices_own_tables_keeps_them() {
    let known = Surroundings {
        local_ports: [(3, LocalPort { id: Id::port(Some(5), b"Gi0/3"), ..LocalPort::default() })].into(),
        lags: [(3, 100)].into(),
        lldp: Hearing::On,
        cdp: Hearing::On,
        neighbours: vec![Sighting { name: "gone".into(), ..Sighting::default() }],
        ..Surroundings::default()
    };
    let cheap = heard(&[oids::LLDP_REM, oids::CDP_CACHE], &[]).over(&known);
    let expected = Surroundings { neighbours: vec![], ..known.clone() };
    assert_eq!(cheap, expected, "it hears nobody any more, and listens all the same");
    let full =
        heard(&[oids::LLDP_REM, oids::CDP_CACHE, oids::LLDP_LOC_PORT, oids::BRIDGE_PORT], &[]).over(&known);
    assert_eq!((full.lldp, full.local_ports.len(), full.lags.len()), (Hearing::Silent, 0, 0));
    // A table that was not read says nothing.
    assert_eq!(heard(&[oids::CDP_CACHE], &[]).over(&known).neighbours, known.neighbours);
}
