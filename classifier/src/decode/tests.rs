//! Devices that say odd things.

use std::net::IpAddr;

use bytes::Bytes;
use proptest::prelude::*;
use snmp::{Cell, Column as Read, Failure, Index, Oid, Value};

use super::oids::*;
use super::*;
use crate::facts::{Duplex, InterfaceFacts, Status};

/// All objects of this file.
const ALL: &[&[u32]] = &[
    SYS_DESCR,
    SYS_OBJECT_ID,
    SYS_NAME,
    SYS_LOCATION,
    ENGINE_ID,
    BRIDGE_ADDRESS,
    CHASSIS_ID,
    CHASSIS_ID_SUBTYPE,
    IF_INDEX,
    IF_DESCR,
    IF_TYPE,
    IF_MTU,
    IF_SPEED,
    IF_PHYS_ADDRESS,
    IF_ADMIN_STATUS,
    IF_OPER_STATUS,
    IF_LAST_CHANGE,
    IF_NAME,
    IF_HIGH_SPEED,
    IF_CONNECTOR_PRESENT,
    IF_ALIAS,
    IF_STACK_STATUS,
    DUPLEX_STATUS,
    IP_AD_ENT_IF_INDEX,
    IP_AD_ENT_NET_MASK,
    IP_ADDRESS_IF_INDEX,
    IP_ADDRESS_PREFIX,
    ENT_CLASS,
    ENT_SERIAL,
    ENT_MODEL,
];

/// One value: its object, its index and itself.
type Item = (&'static [u32], &'static [u32], Value);

/// A harvest of everything, all of it read to its end.
fn harvest(items: &[Item]) -> Harvest {
    let column = |object: &&'static [u32]| Read {
        oid: Oid::new(*object),
        cells: items
            .iter()
            .filter(|(of, _, _)| of == object)
            .map(|(_, index, value)| Cell { index: Index::from_slice(index), value: value.clone() })
            .collect(),
        trouble: None,
        packets: 1,
    };
    Harvest { columns: ALL.iter().map(column).collect(), ..Harvest::default() }
}

fn decoded(items: &[Item]) -> Decoded {
    decode(DeviceFacts { name: "r1".into(), ..DeviceFacts::default() }, &[&harvest(items)])
}

fn text(text: impl AsRef<[u8]>) -> Value {
    Value::OctetString(Bytes::copy_from_slice(text.as_ref()))
}

fn bad(decoded: &Decoded) -> Vec<String> {
    decoded.bad_values.iter().map(ToString::to_string).collect()
}

#[test]
fn rows_become_interfaces() {
    let came = decoded(&[
        (IF_DESCR, &[3], text("FastEthernet3")),
        (IF_NAME, &[3], text("Fa3")),
        (IF_ALIAS, &[3], text("Magti_Internet")),
        (IF_TYPE, &[3], Value::Integer(6)),
        (IF_MTU, &[3], Value::Integer(1500)),
        (IF_SPEED, &[3], Value::Gauge32(100_000_000)),
        (IF_HIGH_SPEED, &[3], Value::Gauge32(100)),
        (IF_PHYS_ADDRESS, &[3], text([0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e])),
        (IF_ADMIN_STATUS, &[3], Value::Integer(1)),
        (IF_OPER_STATUS, &[3], Value::Integer(7)),
        (IF_LAST_CHANGE, &[3], Value::TimeTicks(4711)),
        (IF_CONNECTOR_PRESENT, &[3], Value::Integer(1)),
        (DUPLEX_STATUS, &[3], Value::Integer(3)),
        (SYS_OBJECT_ID, &[], Value::ObjectIdentifier(Oid::new([1, 3, 6, 1, 4, 1, 9, 1, 1208]))),
    ]);
    let [facts] = came.walk.interfaces.as_slice() else { panic!("{came:?}") };
    let expected = InterfaceFacts {
        device: facts.device.clone(),
        if_index: 3,
        name: "Fa3".into(),
        descr: "FastEthernet3".into(),
        alias: "Magti_Internet".into(),
        if_type: Some(6),
        speed_bps: Some(100_000_000),
        mtu: Some(1500),
        admin: Some(Status::Up),
        oper: Some(Status::LowerLayerDown),
        duplex: Some(Duplex::Full),
        mac: Some([0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]),
        connector: Some(true),
        last_change: Some(4711),
        ..InterfaceFacts::default()
    };
    assert_eq!(*facts, expected);
    assert_eq!(
        (facts.device.name.as_str(), facts.device.sys_object_id.as_str()),
        ("r1", "1.3.6.1.4.1.9.1.1208")
    );
    assert_eq!((came.walk.all_rows, came.walk.trouble), (true, None));
}

#[test]
fn a_bad_value_costs_that_value_only() {
    let came = decoded(&[
        (IF_DESCR, &[1], Value::Null),
        (IF_DESCR, &[2, 9], text("odd index")),
        (IF_NAME, &[1], text("Gi1")),
        (IF_TYPE, &[1], text("6")),
        (IF_MTU, &[1], Value::Integer(-1)),
        (IF_OPER_STATUS, &[1], Value::Integer(9)),
        (IF_ADMIN_STATUS, &[1], Value::Integer(2)),
        (IF_PHYS_ADDRESS, &[1], text("abc")),
        (IF_CONNECTOR_PRESENT, &[1], Value::Integer(0)),
        (IF_STACK_STATUS, &[1], Value::Integer(1)),
        (IP_AD_ENT_IF_INDEX, &[10, 0, 0], Value::Integer(1)),
        (IP_ADDRESS_IF_INDEX, &[9, 1], Value::Integer(1)),
    ]);
    let [facts] = came.walk.interfaces.as_slice() else { panic!("{came:?}") };
    assert_eq!((facts.name.as_str(), facts.admin, facts.if_type), ("Gi1", Some(Status::Down), None));
    assert_eq!(
        bad(&came),
        [
            "ifDescr.1: expected a text, found nothing",
            "ifDescr.2.9: expected an index of one number",
            "ifType.1: expected a number, found 1 octets",
            "ifMtu.1: -1 is out of range",
            "ifOperStatus.1: expected a status from 1 to 7, found 9",
            "ifPhysAddress.1: expected 6 octets, found 3",
            "ifConnectorPresent.1: expected true(1) or false(2), found 0",
            "ifStackStatus.1: expected an index of two numbers",
            "ipAddressIfIndex.9.1: expected an index of type, length and octets of an address",
            "ipAdEntIfIndex.10.0.0: expected an index of four octets",
        ]
    );
}

#[test]
fn a_device_full_of_bad_values_does_not_fill_the_log() {
    let items: Vec<Item> = vec![(IF_TYPE, &[1], Value::Null); 300];
    let came = decoded(&items);
    assert_eq!((came.bad_values.len(), came.bad_value_count), (reading::MOST_TOLD, 300));
}

#[test]
fn texts_are_shown_readable_and_kept_as_they_came() {
    let came = decoded(&[
        (IF_NAME, &[1], text("Gi1\0\0")),
        (IF_ALIAS, &[1], text(b"gesti\xf3n ")),
        (IF_DESCR, &[2], text(b" \xffa\xfe\xfe ")),
        (IF_TYPE, &[3], Value::Integer(1)),
        (IF_DESCR, &[4], text("plain")),
    ]);
    let shown: Vec<_> = came
        .walk
        .interfaces
        .iter()
        .map(|facts| (facts.key(), facts.if_name(), facts.alias.as_str(), facts.raw.is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            ("Gi1".to_owned(), "Gi1\0\0".to_owned(), "gestión", true),
            ("ÿaþþ".to_owned(), " \u{fffd}a\u{fffd} ".to_owned(), "", true),
            ("3".to_owned(), "3".to_owned(), "", false),
            ("plain".to_owned(), "plain".to_owned(), "", false),
        ]
    );
}

#[test]
fn aggregates_know_their_parts() {
    let mut items: Vec<Item> = vec![
        (IF_NAME, &[1], text("Gi1")),
        (IF_NAME, &[2], text("Gi2")),
        (IF_NAME, &[3], text("Gi3")),
        (IF_NAME, &[10], text("Po1")),
        (IF_NAME, &[11], text("Po2")),
        (IF_NAME, &[12], text("Vl1")),
        (IF_NAME, &[13], text("Gi1.100")),
        (IF_TYPE, &[10], Value::Integer(161)),
        (IF_TYPE, &[11], Value::Integer(53)),
        (IF_TYPE, &[12], Value::Integer(53)),
        (IF_TYPE, &[13], Value::Integer(135)),
        // Nothing above, nothing below, itself, nobody, and a row that is not in service.
        (IF_STACK_STATUS, &[0, 10], Value::Integer(1)),
        (IF_STACK_STATUS, &[1, 0], Value::Integer(1)),
        (IF_STACK_STATUS, &[10, 10], Value::Integer(1)),
        (IF_STACK_STATUS, &[10, 99], Value::Integer(1)),
        (IF_STACK_STATUS, &[10, 3], Value::Integer(2)),
        (IF_STACK_STATUS, &[10, 1], Value::Integer(1)),
        (IF_STACK_STATUS, &[11, 2], Value::Integer(1)),
        (IF_STACK_STATUS, &[11, 3], Value::Integer(1)),
        (IF_STACK_STATUS, &[12, 3], Value::Integer(1)),
        (IF_STACK_STATUS, &[13, 1], Value::Integer(1)),
    ];
    items.extend([&[1][..], &[2], &[3]].map(|index| (IF_TYPE, index, Value::Integer(6))));
    let came = decoded(&items);
    let of = |index| came.walk.interfaces.iter().find(|facts| facts.if_index == index).expect("a row");
    let parts: Vec<_> = [1, 2, 3].map(|index| of(index).lag.as_deref()).to_vec();
    assert_eq!(parts, [Some("Po1"), Some("Po2"), Some("Po2")]);
    let aggregates: Vec<_> = [1, 10, 11, 12, 13].map(|index| of(index).is_lag).to_vec();
    assert_eq!(aggregates, [false, true, true, false, false]);
}

#[test]
fn addresses_come_from_both_tables() {
    let mask = |octets: [u8; 4]| Value::IpAddress(Some(IpAddr::from(octets)));
    let prefix = |length| {
        let row = [1, 3, 6, 1, 2, 1, 4, 32, 1, 5, 3, 1, 4, 192, 0, 2, 0, length];
        Value::ObjectIdentifier(Oid::new(row))
    };
    let v6: &[u32] = &[2, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    let zoned: &[u32] = &[4, 20, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 3];
    let came = decoded(&[
        (IF_NAME, &[3], text("Gi3")),
        (IP_AD_ENT_IF_INDEX, &[192, 0, 2, 1], Value::Integer(3)),
        (IP_AD_ENT_NET_MASK, &[192, 0, 2, 1], mask([255, 255, 255, 252])),
        (IP_AD_ENT_IF_INDEX, &[192, 0, 2, 9], Value::Integer(3)),
        (IP_AD_ENT_NET_MASK, &[192, 0, 2, 9], mask([255, 0, 255, 0])),
        (IP_AD_ENT_IF_INDEX, &[192, 0, 2, 77], Value::Integer(99)),
        (IP_ADDRESS_IF_INDEX, &[1, 4, 192, 0, 2, 1], Value::Integer(3)),
        (IP_ADDRESS_PREFIX, &[1, 4, 192, 0, 2, 1], prefix(24)),
        (IP_ADDRESS_IF_INDEX, &[1, 4, 192, 0, 2, 3], Value::Integer(3)),
        (IP_ADDRESS_PREFIX, &[1, 4, 192, 0, 2, 3], prefix(30)),
        (IP_ADDRESS_IF_INDEX, &[1, 4, 192, 0, 2, 5], Value::Integer(3)),
        (IP_ADDRESS_PREFIX, &[1, 4, 192, 0, 2, 5], Value::ObjectIdentifier(Oid::new([0, 0]))),
        (IP_ADDRESS_IF_INDEX, v6, Value::Integer(3)),
        (IP_ADDRESS_PREFIX, v6, prefix(64)),
        (IP_ADDRESS_IF_INDEX, zoned, Value::Integer(3)),
    ]);
    let addresses: Vec<String> = came.walk.interfaces[0].addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.1/30", "192.0.2.5/32", "192.0.2.9/32", "2001:db8::7/64", "fe80::7/128"]);
    assert_eq!(bad(&came), Vec::<String>::new());
}

#[test]
fn a_device_is_known_by_its_first_chassis() {
    let came = decoded(&[
        (SYS_NAME, &[], text("r1.example\r\n")),
        (ENT_CLASS, &[1], Value::Integer(11)),
        (ENT_SERIAL, &[1], text("STACK")),
        (ENT_CLASS, &[2001], Value::Integer(3)),
        (ENT_SERIAL, &[2001], text("FOC2")),
        (ENT_CLASS, &[1001], Value::Integer(3)),
        (ENT_SERIAL, &[1001], text("FOC1 ")),
        (ENT_MODEL, &[1001], text("WS-C3750X\0")),
        (BRIDGE_ADDRESS, &[], text([0, 1, 2, 3, 4, 5])),
        (CHASSIS_ID_SUBTYPE, &[], Value::Integer(7)),
        (CHASSIS_ID, &[], text("r1-box")),
        (ENGINE_ID, &[], text([0x80, 0, 0, 9, 3])),
    ]);
    let DeviceFacts { sys_name, serial, model, chassis, engine_id, .. } = came.walk.device;
    let expected = ["r1.example", "FOC1", "WS-C3750X", "00:01:02:03:04:05", "8000000903"];
    assert_eq!([sys_name, serial, model, chassis, engine_id], expected);
}

#[test]
fn what_was_not_read_to_its_end_is_not_known() {
    let full = harvest(&[(IF_NAME, &[1], text("Gi1"))]);
    let read = |change: &dyn Fn(&mut Harvest)| {
        let mut harvest = Harvest { columns: full.columns.clone(), ..Harvest::default() };
        change(&mut harvest);
        decode(DeviceFacts::default(), &[&harvest]).walk
    };
    let trouble = |object: &'static [u32]| {
        read(&|harvest| {
            for column in harvest.columns.iter_mut().filter(|column| column.oid.arcs() == object) {
                column.trouble = Some(Trouble::Unanswered("no answer".into()));
            }
        })
    };
    let whole = read(&|_| {});
    assert!(whole.all_rows && whole.read.has(Column::Name) && whole.read.has(Column::Addresses));
    let half = trouble(IF_HIGH_SPEED);
    assert!(half.all_rows && !half.read.has(Column::Speed) && half.read.has(Column::Name));
    assert_eq!(half.trouble.as_deref(), Some("ifHighSpeed: no answer"));
    assert!(!trouble(IP_ADDRESS_PREFIX).read.has(Column::Addresses));
    let nameless = trouble(IF_NAME);
    assert!(!nameless.all_rows && !nameless.read.has(Column::Name) && nameless.interfaces.len() == 1);
    // What was not asked for was not read.
    let cheap = read(&|harvest| harvest.columns.retain(|column| column.oid.arcs() != IF_TYPE));
    assert!(cheap.all_rows && !cheap.read.has(Column::Type) && !cheap.read.has(Column::Stack));
    let late = read(&|harvest| harvest.failure = Some(Failure::Timeout { retries: 2 }));
    assert_eq!(late.trouble.as_deref(), Some("request timeout (after 2 retries)"));
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        (0_i64..300).prop_map(Value::Integer),
        any::<u64>().prop_map(Value::Counter64),
        any::<u64>().prop_map(Value::Gauge32),
        any::<u32>().prop_map(Value::TimeTicks),
        proptest::collection::vec(any::<u8>(), 0..24).prop_map(text),
        "[0-9a-f]{2}(:[0-9a-f]{1,2}){4,6}".prop_map(text),
        proptest::collection::vec(any::<u32>(), 2..20)
            .prop_map(|arcs| Value::ObjectIdentifier(Oid::new(arcs))),
        proptest::option::of(any::<IpAddr>()).prop_map(Value::IpAddress),
        Just(Value::Null),
    ]
}

proptest! {
    #[test]
    fn any_answer_is_decoded(
        cells in proptest::collection::vec(
            (0..ALL.len(), proptest::collection::vec(prop_oneof![0_u32..5, 0_u32..300, any::<u32>()], 0..22), any_value()),
            0..60,
        )
    ) {
        let mut harvest = harvest(&[]);
        for (object, index, value) in cells {
            harvest.columns[object].cells.push(Cell { index: Index::from_vec(index), value });
        }
        let came = decode(DeviceFacts::default(), &[&harvest]);
        prop_assert!(came.walk.interfaces.windows(2).all(|pair| pair[0].if_index < pair[1].if_index));
        prop_assert!(came.bad_values.len() <= reading::MOST_TOLD);
    }
}
