use snmp::{Value, Wanted};

use super::*;
use crate::module::Modules;
use crate::render::Settings;
use crate::render::device::{Device, module};

fn show(wanted: &Wanted) -> String {
    let gets = wanted.get.iter().map(|oid| format!("get {oid}"));
    let walks =
        wanted.subtrees.iter().map(|s| format!("{} {}", if s.scalar { "scalar" } else { "walk" }, s.oid));
    gets.chain(walks).collect::<Vec<_>>().join(", ")
}

/// What a plan of modules of these bodies asks.
fn asks(bodies: &[&str]) -> String {
    let modules: Vec<_> = bodies.iter().map(|body| module(&format!("modules: {{m: {{{body}}}}}"))).collect();
    show(Plan::new(&modules).wanted())
}

const ROW: &str = "indexes: [{labelname: i, type: gauge}]";

#[test]
fn only_what_is_needed_and_allowed_is_asked_for() {
    let metric = |oid: &str, more: &str| format!("{{name: x, oid: {oid}, type: gauge, {more}}}");
    let column = |oid: &str| metric(oid, ROW);
    let lookup = |oid: &str, column: &str| {
        metric(
            oid,
            &format!("{ROW}, lookups: [{{labels: [i], labelname: l, oid: {column}, type: DisplayString}}]"),
        )
    };
    for (body, expected) in [
        // Only the column, not all of the walk.
        (format!("walk: [1.3.1], metrics: [{}]", column("1.3.1.5")), "walk 1.3.1.5"),
        // Nothing needs it.
        ("walk: [1.3.1], metrics: []".into(), ""),
        // Outside of the walk.
        (format!("walk: [1.3.1], metrics: [{}]", column("1.3.2")), ""),
        (format!("walk: [1.3.1], metrics: [{}]", lookup("1.3.1.5", "1.3.1.6")), "walk 1.3.1.5, walk 1.3.1.6"),
        (format!("walk: [1.3.1], metrics: [{}]", lookup("1.3.1.5", "1.3.2")), "walk 1.3.1.5"),
        // A metric above the walk has what the walk reads, which is most likely a row.
        (
            format!("walk: [1.3.1.5, 1.3.1.7], metrics: [{}]", column("1.3.1")),
            "scalar 1.3.1.5, scalar 1.3.1.7",
        ),
        // A leaf in the walk.
        (format!("walk: [1.3.1.5.0], metrics: [{}]", metric("1.3.1.5", "")), "scalar 1.3.1.5.0"),
        // Walks within walks, and instances within walks.
        (
            format!("walk: [1.3.1.2, 1.3.1, 1.3.1], get: [1.3.1.5.0], metrics: [{}]", metric("1.3.1.5", "")),
            "scalar 1.3.1.5",
        ),
        (
            format!("get: [1.3.1.6.0, 1.3.1.5.0, 1.3.1.5.0, 1.3.9.0], metrics: [{}]", metric("1.3.1.5", "")),
            "get 1.3.1.5.0",
        ),
        // Of two metrics on the way to a value the shorter has it, of two in one place the last.
        (format!("walk: [1.3.1], metrics: [{}, {}]", column("1.3.1.5.1"), column("1.3.1.5")), "walk 1.3.1.5"),
        // The type of an address stands in the column before it.
        (
            format!("walk: [1.3.1], metrics: [{{name: x, oid: 1.3.1.5, type: InetAddress, {ROW}}}]"),
            "walk 1.3.1.4, walk 1.3.1.5",
        ),
        // A scalar that is someone's table is no scalar.
        (
            format!("walk: [1.3.1], metrics: [{}, {}]", metric("1.3.1.5", ""), lookup("1.3.1.6", "1.3.1.5")),
            "walk 1.3.1.5, walk 1.3.1.6",
        ),
    ] {
        assert_eq!(asks(&[&body]), expected, "{body}");
    }
}

#[test]
fn modules_share_what_they_walk() {
    let a = format!("walk: [1.3.1], metrics: [{{name: a, oid: 1.3.1.5, type: gauge, {ROW}}}]");
    let b = format!("walk: [1.3.1.5], metrics: [{{name: b, oid: 1.3.1.5, type: gauge, {ROW}}}]");
    let c = "get: [1.3.1.5.2], metrics: [{name: c, oid: 1.3.1.5, type: gauge}]";
    let d = format!("walk: [1.3.1], metrics: [{{name: d, oid: 1.3.1, type: gauge, {ROW}}}]");
    assert_eq!(asks(&[&a, &b]), "walk 1.3.1.5");
    assert_eq!(asks(&[&a, c]), "walk 1.3.1.5");
    assert_eq!(asks(&[&a, &b, c, &d]), "walk 1.3.1");

    // Each still sees only its own: c has one instance, d all columns.
    let device = Device::new([
        ("1.3.1.5.1", Value::Integer(51)),
        ("1.3.1.5.2", Value::Integer(52)),
        ("1.3.1.6.1", Value::Integer(61)),
    ]);
    let modules: Vec<_> =
        [&a, &b, c, &d].map(|body| module(&format!("modules: {{m: {{{body}}}}}"))).into_iter().collect();
    let (text, report) = device.scrape(&modules, &Settings::default());
    let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    // d's index is the column.
    assert_eq!(samples[..5], ["a{i=\"1\"} 51", "a{i=\"2\"} 52", "b{i=\"1\"} 51", "b{i=\"2\"} 52", "c 52"]);
    assert_eq!(samples[5..], ["d{i=\"5\"} 51", "d{i=\"6\"} 61"]);
    assert_eq!(report.problems.len(), 1);
}

#[test]
fn a_module_does_not_look_up_what_another_walks() {
    let names = format!("walk: [1.3.2], metrics: [{{name: a, oid: 1.3.2.1, type: DisplayString, {ROW}}}]");
    let values = format!(
        "walk: [1.3.1], metrics: [{{name: b, oid: 1.3.1.1, type: gauge, {ROW}, lookups: [{{labels: [i], labelname: n, oid: 1.3.2.1, type: DisplayString}}]}}]"
    );
    let device =
        Device::new([("1.3.1.1.1", Value::Integer(5)), ("1.3.2.1.1", Value::OctetString("eth0".into()))]);
    let modules = [&names, &values].map(|body| module(&format!("modules: {{m: {{{body}}}}}")));
    let (text, _) = device.scrape(&modules, &Settings::default());
    assert!(text.contains("\nb{i=\"1\",n=\"\"} 5\n"), "{text}");
}

#[test]
fn the_shipped_modules_ask_for_what_they_need() {
    let all = Modules::builtin().unwrap();
    let plan = |names: &[&str]| {
        Plan::new(&names.iter().map(|name| all.get(name).unwrap().clone()).collect::<Vec<_>>())
    };
    let if_mib = plan(&["if_mib"]);
    assert_eq!(if_mib.wanted().subtrees.len(), 1 + 22 + 19);
    assert!(if_mib.wanted().subtrees[0].scalar && !if_mib.wanted().subtrees[1].scalar);
    // Eight HC counters, four of errors, two of state, ifHighSpeed, ifLastChange, ifName, ifDescr.
    let both = plan(&["system", "interfaces"]);
    assert_eq!((both.wanted().get.len(), both.wanted().subtrees.len()), (5, 18));
    // if_mib asks for all that interfaces may fall back on: nothing is left for later.
    let all = plan(&["interfaces", "if_mib"]);
    assert_eq!(all.wanted().subtrees.len(), 42);
    assert_eq!(all.fallback(&Device::default().walk(all.wanted())), None);
}

#[test]
fn fallbacks_are_asked_for_where_something_is_missing() {
    let all = Modules::builtin().unwrap();
    let plan = Plan::new(&[all.get("interfaces").unwrap().clone()]);
    let later =
        |device: &Device| plan.fallback(&device.walk(plan.wanted())).map(|w| show(&w)).unwrap_or_default();
    let (entry, x_entry) = ("1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1");

    // Two interfaces that have everything.
    let mut device = Device::default();
    let mut set = |oid: String, value| device.0.insert(oid.parse().unwrap(), value);
    for row in 1..=2 {
        for column in 6..=13 {
            set(format!("{x_entry}.{column}.{row}"), Value::Counter64(7));
        }
        set(format!("{x_entry}.1.{row}"), Value::OctetString("eth".into()));
        set(format!("{entry}.2.{row}"), Value::OctetString("Ethernet".into()));
        set(format!("{x_entry}.15.{row}"), Value::Gauge32(1000));
        set(format!("{entry}.8.{row}"), Value::Integer(1));
    }
    assert_eq!(later(&device), "");

    // A speed of zero, an empty name, and one counter that one row lacks.
    let mut some = device.clone();
    some.0.insert(format!("{x_entry}.15.2").parse().unwrap(), Value::Gauge32(0));
    assert_eq!(later(&some), format!("walk {entry}.5"));
    some.0.insert(format!("{x_entry}.1.2").parse().unwrap(), Value::OctetString("".into()));
    // ifDescr stands in for the name, and is read anyway.
    assert_eq!(later(&some), format!("walk {entry}.5"));
    some.0.remove(&format!("{x_entry}.10.1").parse::<snmp::Oid>().unwrap());
    assert_eq!(later(&some), format!("walk {entry}.5, walk {entry}.16"));

    // No ifXTable at all: rows are known from ifTable.
    let mut old = device.clone();
    old.0.retain(|oid, _| !oid.to_string().starts_with(x_entry));
    let everything = format!(
        "walk {entry}.5, walk {entry}.10, walk {entry}.11, walk {entry}.16, walk {entry}.17, \
         walk {x_entry}.2, walk {x_entry}.3, walk {x_entry}.4, walk {x_entry}.5"
    );
    assert_eq!(later(&old), everything);
    // Not even a row: still the fallbacks may be all that there is.
    assert_eq!(later(&Device::default()), everything);
}
