use std::time::Duration;

use super::*;
use crate::mib::Object;
use crate::oid::Oid;
use crate::value::Value;

const FILE: &str = "
devices:
  - {name: core, role: core, ports: 6, lags: {1: [1, 2]}}
  - {name: left, ports: 6, aliases: {6: ISP Silknet}}
  - {name: right, make: linux, ports: 6}
cables: [[core:1, left:1], [core:2, left:2], [left:3, right:1]]
endpoints: {telephone: [right:4]}
";

fn live() -> Live {
    Live::new(Network::read(FILE, 1).unwrap())
}

fn after(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds), Duration::from_secs(12 * 3600))
}

fn change(live: &mut Live, change: Change, seconds: u64) -> Result<Outcome, String> {
    live.apply(&change, |_| after(seconds))
}

fn port(name: &str) -> String {
    name.to_owned()
}

fn cables(live: &Live) -> Vec<String> {
    let links = live.network().links.iter();
    links
        .map(|link| format!("{} {}", live.network().port_name(link.a), live.network().port_name(link.b)))
        .collect()
}

/// A value of a device at a moment.
fn value(live: &Live, device: &str, column: &[u32], index: u32, seconds: u64) -> u64 {
    let mib = live.network().mib(live.network().find_device(device).unwrap());
    let name = Oid::from(column).child(&[index]);
    match mib.iter().find(|(known, _)| **known == name).map(|(_, object)| object) {
        Some(Object::Moving(moving)) => moving.at(&after(seconds)),
        Some(Object::Still(Value::Counter64(number))) => *number,
        Some(Object::Still(Value::Counter32(number) | Value::TimeTicks(number))) => u64::from(*number),
        Some(Object::Still(Value::Integer(number))) => u64::try_from(*number).unwrap(),
        other => panic!("{other:?}"),
    }
}

const OPER_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 8];
const LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 9];
const OCTETS: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6];
const NARROW: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 10];

#[test]
fn a_line_goes_down_at_both_ends_and_its_counters_stand_still() {
    let mut live = live();
    let before = value(&live, "left", OCTETS, 3, 100);
    let outcome = change(&mut live, Change::Down { port: port("left:3") }, 100).unwrap();
    assert_eq!(outcome.told, ["left:Gi1/0/3 is down", "right:swp1 is down"]);
    assert_eq!(outcome.changed, BTreeSet::from([1, 2]));
    for (device, index) in [("left", 3), ("right", 1)] {
        assert_eq!(value(&live, device, OPER_STATUS, index, 100), 2);
    }
    assert_eq!(value(&live, "left", OCTETS, 3, 160), before);
    let truth = live.network().truth();
    assert!(truth.iter().any(|link| !link.a.hears_lldp && !link.b.hears_lldp), "{truth:?}");

    change(&mut live, Change::Up { port: port("right:swp1") }, 160).unwrap();
    assert_eq!(value(&live, "left", OPER_STATUS, 3, 160), 1);
    let (then, later) = (value(&live, "left", OCTETS, 3, 160), value(&live, "left", OCTETS, 3, 170));
    assert!(then >= before && then <= before + 2 && later > then, "{before} {then} {later}");
    assert_eq!(value(&live, "left", NARROW, 3, 170), later & 0xffff_ffff);
    let started = live.network().devices[1].uptime;
    assert_eq!(value(&live, "left", LAST_CHANGE, 3, 170), u64::from(started) + 16_000);
    let again = change(&mut live, Change::Up { port: port("left:3") }, 170).unwrap();
    assert_eq!((again.told, again.changed), (vec!["left:3 is up already".to_owned()], BTreeSet::new()));
}

#[test]
fn counters_never_go_back_however_often_a_line_fails() {
    let mut live = live();
    let mut last = 0;
    for round in 0..50 {
        let name = port("left:3");
        change(&mut live, Change::Down { port: name.clone() }, 10 * round + 3).unwrap();
        let down = value(&live, "left", OCTETS, 3, 10 * round + 5);
        change(&mut live, Change::Up { port: name }, 10 * round + 7).unwrap();
        let up = value(&live, "left", OCTETS, 3, 10 * round + 7);
        assert!(last <= down && down <= up && up <= down + 4, "{last} {down} {up}");
        last = up;
    }
}

#[test]
fn a_cable_moves_with_its_traffic() {
    let mut live = live();
    let moved = Change::Move { from: port("right:1"), to: port("core:5") };
    let outcome = change(&mut live, moved, 50).unwrap();
    assert_eq!(outcome.changed, BTreeSet::from([0, 1, 2]));
    assert_eq!(cables(&live)[2], "left:Gi1/0/3 core:Gi1/0/5");
    let is_up = |device, index| value(&live, device, OPER_STATUS, index, 50) == 1;
    assert!(is_up("left", 3) && is_up("core", 5) && !is_up("right", 1));
    assert_eq!(value(&live, "core", OCTETS, 5, 50), 0);
    assert!(value(&live, "core", OCTETS, 5, 60) > 0);
    // Both that hear somebody else now say when that was.
    let lldp = [1, 0, 8802, 1, 1, 2, 1, 2, 1];
    for (device, place) in [("core", 0), ("left", 1)] {
        let started = live.network().devices[place].uptime;
        assert_eq!(value(&live, device, &lldp, 0, 60), u64::from(started) + 5_000, "{device}");
    }
    let telephone = Change::Move { from: port("right:4"), to: port("left:4") };
    change(&mut live, telephone, 60).unwrap();
    let endpoints = live.network().endpoints();
    assert_eq!((endpoints[0].device.as_str(), endpoints[0].if_index), ("left", 4));
}

#[test]
fn cables_come_and_go() {
    let mut live = live();
    let outcome = change(&mut live, Change::Plug { a: port("core:6"), b: port("right:6") }, 5).unwrap();
    assert_eq!(outcome.told, ["core:Gi1/0/6 is up", "right:swp6 is up"]);
    change(&mut live, Change::Unplug { port: port("left:3") }, 6).unwrap();
    assert_eq!(
        cables(&live),
        ["core:Gi1/0/1 left:Gi1/0/1", "core:Gi1/0/2 left:Gi1/0/2", "core:Gi1/0/6 right:swp6"]
    );
    // A port channel is up as long as one of its ports is.
    let channel = live.network().devices[0].ports.last().unwrap().index;
    for (cable, status) in [("core:1", 1), ("core:2", 2)] {
        change(&mut live, Change::Unplug { port: port(cable) }, 7).unwrap();
        assert_eq!(value(&live, "core", OPER_STATUS, channel, 7), status, "{cable}");
    }
}

#[test]
fn agents_fall_silent_and_come_back() {
    let mut live = live();
    let outcome = change(&mut live, Change::Silence { device: port("left") }, 5).unwrap();
    assert_eq!((outcome.changed, live.is_silent(1)), (BTreeSet::from([1]), true));
    change(&mut live, Change::Down { port: port("left:6") }, 6).unwrap();
    let shown = live.show();
    for line in [
        "core:Gi1/0/1                     left:Gi1/0/1",
        "left:Gi1/0/6                     ISP Silknet  down",
        "right:swp4                       telephone",
        "left is silent",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no {line:?} in\n{shown}");
    }
    change(&mut live, Change::Wake { device: port("left") }, 7).unwrap();
    assert!(!live.is_silent(1) && !live.show().contains("silent"));
}

#[test]
fn what_cannot_happen_changes_nothing_and_says_why() {
    for (wrong, expected) in [
        (Change::Down { port: port("left:99") }, "left has no port \"99\", only Gi1/0/1, "),
        (Change::Down { port: port("left") }, "expected a device and its port"),
        (Change::Silence { device: port("lft") }, "no device \"lft\", only core, left, right"),
        (Change::Move { from: port("left:5"), to: port("core:6") }, "nothing is plugged into left:5"),
        (
            Change::Move { from: port("left:3"), to: port("core:1") },
            "core:1 has a cable already, to left:Gi1/0/1",
        ),
        (Change::Plug { a: port("core:6"), b: port("core:6") }, "a cable has its ends in two ports"),
        (Change::Plug { a: port("core:6"), b: port("right:4") }, "right:4 has something plugged in already"),
        (Change::Plug { a: port("core:6"), b: port("left:Vl99") }, "Vl99 of left is a virtual interface"),
        (Change::Unplug { port: port("core:6") }, "nothing is plugged into core:6"),
    ] {
        let mut live = live();
        let before = live.show();
        let error = change(&mut live, wrong, 1).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(live.show(), before);
    }
}
