use super::*;
use crate::timestamp::Timestamp;

/// A row in short: ifIndex, ifName, ifDescr, last octet of the MAC address (0: none).
type Row = (u32, &'static str, &'static str, u8);

fn facts(&(if_index, name, descr, mac): &Row) -> InterfaceFacts {
    InterfaceFacts {
        if_index,
        name: name.into(),
        descr: descr.into(),
        if_type: Some(6),
        mac: (mac != 0).then_some([0, 1, 2, 3, 4, mac]),
        ..InterfaceFacts::default()
    }
}

fn known(rows: &[Row], gone: &[usize]) -> Vec<std::sync::Arc<Interface>> {
    let interface = |(place, row): (usize, &Row)| Interface {
        facts: facts(row),
        retired_at: gone.contains(&place).then(Timestamp::default),
        ..Interface::default()
    };
    rows.iter().enumerate().map(|(place, row)| interface((place, row)).into()).collect()
}

fn check(what: &str, old: &[Row], gone: &[usize], new: &[Row], expected: &[Option<usize>]) {
    let found: Vec<_> = new.iter().map(facts).collect();
    assert_eq!(matching(&known(old, gone), &found, false), expected, "{what}");
}

const PORTS: [Row; 3] = [(1, "Gi0/1", "", 1), (2, "Gi0/2", "", 2), (3, "Gi0/3", "", 3)];

#[test]
fn each_row_is_found_by_its_strongest_sign() {
    check("nothing changed", &PORTS, &[], &PORTS, &[Some(0), Some(1), Some(2)]);
    check(
        "all renumbered",
        &PORTS,
        &[],
        &[(11, "Gi0/1", "", 1), (12, "Gi0/2", "", 2), (13, "Gi0/3", "", 3)],
        &[Some(0), Some(1), Some(2)],
    );
    check(
        "two ports swapped their indexes",
        &PORTS,
        &[],
        &[(2, "Gi0/1", "", 1), (1, "Gi0/2", "", 2), (3, "Gi0/3", "", 3)],
        &[Some(0), Some(1), Some(2)],
    );
    check(
        "a stack member replaced: other addresses and indexes, the same names",
        &[(101, "Gi1/0/1", "", 1), (201, "Gi2/0/1", "", 2)],
        &[],
        &[(101, "Gi1/0/1", "", 1), (301, "Gi2/0/1", "", 9)],
        &[Some(0), Some(1)],
    );
    check(
        "one came, one went, the index is used again for another type",
        &PORTS[..2],
        &[],
        &[(1, "Gi0/1", "", 1), (9, "Vlan9", "", 0)],
        &[Some(0), None],
    );
    check(
        "renamed, seen by its description",
        &[(1, "Gi0/1", "GigabitEthernet0/1", 0), (2, "Gi0/2", "GigabitEthernet0/2", 0)],
        &[],
        &[(7, "ge1", "GigabitEthernet0/1", 0), (8, "Gi0/2", "GigabitEthernet0/2", 0)],
        &[Some(0), Some(1)],
    );
    check(
        "renamed, seen by its MAC address",
        &[(1, "ether1", "ether1", 1), (2, "ether2", "ether2", 2)],
        &[],
        &[(5, "ether1-wan", "ether1-wan", 1), (2, "ether2", "ether2", 2)],
        &[Some(0), Some(1)],
    );
    check(
        "renamed, seen by its index",
        &[(1, "vlan10", "vlan10", 0), (2, "ether2", "ether2", 0)],
        &[],
        &[(1, "vlan-voice", "vlan-voice", 0), (2, "ether2", "ether2", 0)],
        &[Some(0), Some(1)],
    );
    check(
        "the index says nothing while others move",
        &[(1, "vlan10", "vlan10", 0), (2, "ether2", "ether2", 0)],
        &[],
        &[(1, "vlan-voice", "vlan-voice", 0), (3, "ether2", "ether2", 0)],
        &[None, Some(1)],
    );
}

#[test]
fn names_that_several_have() {
    check(
        "told apart by description",
        &[(1, "eth", "left", 0), (2, "eth", "right", 0)],
        &[],
        &[(2, "eth", "left", 0), (1, "eth", "right", 0)],
        &[Some(0), Some(1)],
    );
    check(
        "told apart by address, although renumbered",
        &[(1, "eth", "x", 1), (2, "eth", "x", 2)],
        &[],
        &[(2, "eth", "x", 1), (1, "eth", "x", 2)],
        &[Some(0), Some(1)],
    );
    check(
        "told apart by index, although another port has moved",
        &[(1, "eth", "x", 0), (2, "eth", "x", 0), (3, "up", "up", 0)],
        &[],
        &[(1, "eth", "x", 0), (2, "eth", "x", 0), (4, "up", "up", 0)],
        &[Some(0), Some(1), Some(2)],
    );
    check(
        "no names at all: ifDescr, then ifIndex",
        &[(1, "", "Slot: 0 Port: 1", 0), (2, "", "Slot: 0 Port: 2", 0), (3, "", "", 0)],
        &[],
        &[(1, "", "Slot: 0 Port: 1", 0), (2, "", "Slot: 0 Port: 2", 0), (3, "", "", 0)],
        &[Some(0), Some(1), Some(2)],
    );
}

#[test]
fn what_was_given_up_comes_back_by_its_name_only() {
    check("it is back", &PORTS, &[1], &[(1, "Gi0/1", "", 1), (9, "Gi0/2", "", 8)], &[Some(0), Some(1)]);
    check(
        "the one that is there goes first",
        &[(1, "eth", "", 0), (2, "eth", "", 0)],
        &[0],
        &[(1, "eth", "", 0)],
        &[Some(1)],
    );
    check(
        "a session of another user at an index used again",
        &[(7, "ppp-bob", "", 0), (9, "ppp-alice", "", 0)],
        &[1],
        &[(7, "ppp-alice", "", 0)],
        &[Some(1)],
    );
    check("neither by address nor by index", &[(1, "old", "", 1)], &[0], &[(1, "new", "", 1)], &[None]);
}

#[test]
fn on_new_hardware_the_index_says_nothing() {
    let old = known(&[(1, "GigabitEthernet1", "", 1)], &[]);
    assert_eq!(matching(&old, &[facts(&(1, "port1", "", 9))], true), [None]);
    assert_eq!(matching(&old, &[facts(&(1, "port1", "", 9))], false), [Some(0)]);
}

#[test]
fn keys_are_names_and_say_more_where_they_must() {
    let rows: [Row; 5] =
        [(1, "Gi0/1", "", 0), (2, "eth", "x", 0), (3, "eth", "x", 0), (4, "", "Port 4", 0), (5, "", "", 0)];
    let rows = rows.each_ref().map(facts);
    let check = |known: [Option<&'static str>; 5], taken: &[&'static str], expected: [&str; 5]| {
        assert_eq!(keys(&rows, |row| known[row], taken.iter().copied()), expected);
    };
    check([None; 5], &[], ["Gi0/1", "eth#2", "eth#3", "Port 4", "5"]);
    check([None; 5], &["Gi0/1", "eth#2"], ["Gi0/1#1", "eth#2#2", "eth#3", "Port 4", "5"]);
    // What was known keeps its key, whether it was alone before or had another index; not under another name.
    check([None, Some("eth"), None, None, None], &[], ["Gi0/1", "eth", "eth#3", "Port 4", "5"]);
    check([None, Some("eth#3"), None, None, None], &[], ["Gi0/1", "eth#3", "eth#3#3", "Port 4", "5"]);
    check(
        [Some("Gi0/11"), Some("eth2"), None, None, Some("5")],
        &[],
        ["Gi0/1", "eth#2", "eth#3", "Port 4", "5"],
    );
}

#[test]
fn names_without_end_have_keys_of_bounded_length() {
    let long = |end: &str| InterfaceFacts { name: "ქ".repeat(9000) + end, ..InterfaceFacts::default() };
    let rows = [long("a"), long("b"), long("b")];
    let keys = keys(&rows, |_| None, [].into_iter());
    assert!(keys.iter().all(|key| key.len() < 300), "{keys:?}");
    assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    let known = keys.clone();
    assert_eq!(super::keys(&rows, |row| Some(known[row].as_str()), [].into_iter()), keys);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Vec<InterfaceFacts>> {
        let row = (1u32..6, "[ab]{0,2}", "[xy]{0,2}", 0u8..4);
        let row = row.prop_map(|(if_index, name, descr, mac)| InterfaceFacts {
            name,
            descr,
            ..facts(&(if_index, "", "", mac))
        });
        proptest::collection::vec(row, 0..8)
    }

    proptest! {
        #[test]
        fn nothing_is_found_twice(old in rows(), new in rows(), gone in any::<u8>()) {
            let known: Vec<_> = old.iter().enumerate().map(|(place, row)| Interface {
                facts: row.clone(),
                retired_at: (gone & 1 << place != 0).then(Timestamp::default),
                ..Interface::default()
            }.into()).collect::<Vec<std::sync::Arc<Interface>>>();
            let mut places: Vec<_> = matching(&known, &new, false).into_iter().flatten().collect();
            let count = places.len();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), count);
        }

        #[test]
        fn the_order_of_rows_does_not_matter(old in rows(), new in rows()) {
            let known = |rows: &[InterfaceFacts]| rows.iter().map(|row| Interface {
                facts: row.clone(), ..Interface::default()
            }.into()).collect::<Vec<std::sync::Arc<Interface>>>();
            let forwards = matching(&known(&old), &new, false);
            let (mut old_back, mut new_back) = (old.clone(), new.clone());
            old_back.reverse();
            new_back.reverse();
            let mut backwards: Vec<_> = matching(&known(&old_back), &new_back, false)
                .into_iter().map(|place| place.map(|place| old.len() - 1 - place)).collect();
            backwards.reverse();
            prop_assert_eq!(forwards, backwards);
        }

        #[test]
        fn an_unchanged_device_with_keys_of_its_own_is_found_whole(mut rows in rows()) {
            // Indexes are unique on a device; then every row has a sign that only it has.
            let mut index = 0;
            for row in &mut rows {
                index += 1;
                row.if_index = index;
            }
            let known: Vec<std::sync::Arc<Interface>> = rows.iter().map(|row| Interface {
                facts: row.clone(), ..Interface::default()
            }.into()).collect();
            let expected: Vec<_> = (0..rows.len()).map(Some).collect();
            prop_assert_eq!(matching(&known, &rows, false), expected);
        }
    }
}
