use snmp::Value;

use super::device::{Device, module, parse};
use super::escaping::Escaping;
use super::problem::ProblemKind;
use super::*;
use crate::module::Modules;

mod any;
mod labels;
mod rows;
mod values;

fn octets(octets: &[u8]) -> Value {
    Value::OctetString(octets.to_vec().into())
}

fn text(text: &str) -> Value {
    octets(text.as_bytes())
}

/// A module that reads all of 1.3 with these metrics.
fn yaml(metrics: &str) -> String {
    format!("modules: {{m: {{walk: [1.3], metrics: [{metrics}]}}}}")
}

#[test]
fn families_and_samples_come_in_prometheus_order() {
    let row = "indexes: [{labelname: i, type: gauge}]";
    let metrics = format!(
        "{{name: zz, oid: 1.3.2, type: gauge, help: last, {row}}}, {{name: aa, oid: 1.3.3, type: DisplayString, {row}}}, \
         {{name: none, oid: 1.3.4, type: gauge}}"
    );
    let mib = [
        ("1.3.2.1", Value::Integer(1)),
        ("1.3.2.2", Value::Integer(2)),
        ("1.3.2.10", Value::Integer(10)),
        ("1.3.3.1", text("b")),
        ("1.3.3.2", text("a")),
        ("1.3.3.10", text("b")),
    ];
    let (out, report) = Device::new(mib).scrape(&[module(&yaml(&metrics))], &Settings::default());
    let expected = "# HELP aa \n# TYPE aa gauge\n\
                    aa{aa=\"a\",i=\"2\"} 1\naa{aa=\"b\",i=\"1\"} 1\naa{aa=\"b\",i=\"10\"} 1\n\
                    # HELP zz last\n# TYPE zz gauge\nzz{i=\"1\"} 1\nzz{i=\"10\"} 10\nzz{i=\"2\"} 2\n";
    assert_eq!(out, expected);
    assert_eq!(report.samples, 6);
}

#[test]
fn odd_names_are_written_as_the_scraper_asks() {
    let row = "indexes: [{labelname: port-nr, type: gauge}]";
    let metrics = format!(
        "{{name: a-b.c, oid: 1.3.2, type: gauge, help: h, {row}}}, {{name: d_e, oid: 1.3.3, type: DisplayString, {row}}}, \
         {{name: x-y, oid: 1.3.4, type: gauge}}"
    );
    let device =
        Device::new([("1.3.2.1", Value::Integer(1)), ("1.3.3.1", text("t")), ("1.3.4.0", Value::Integer(2))]);
    for (escaping, expected) in [
        (
            Escaping::Underscores,
            ["# HELP a_b_c h", "a_b_c{port_nr=\"1\"} 1", "d_e{d_e=\"t\",port_nr=\"1\"} 1", "x_y 2"],
        ),
        (
            Escaping::AllowUtf8,
            [
                "# HELP \"a-b.c\" h",
                "{\"a-b.c\",\"port-nr\"=\"1\"} 1",
                "d_e{d_e=\"t\",\"port-nr\"=\"1\"} 1",
                "{\"x-y\"} 2",
            ],
        ),
        (
            Escaping::Dots,
            [
                "# HELP a__b_dot_c h",
                "a__b_dot_c{port__nr=\"1\"} 1",
                "d_e{d_e=\"t\",port__nr=\"1\"} 1",
                "x__y 2",
            ],
        ),
    ] {
        let plan = Plan::escaped(&[module(&yaml(&metrics))], escaping);
        let (out, _) = device.scrape_by(&plan, &Settings::default());
        let shown = out.lines().filter(|line| !line.starts_with("# TYPE") && !line.ends_with(' '));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_snmp_exporter_fails_for_is_told_and_the_rest_is_sound() {
    let two = [("1.3.2.1.1", Value::Integer(1)), ("1.3.2.1.2", Value::Integer(2))];
    let a = "{labelname: a, type: gauge}";
    for (metrics, kind, told, left) in [
        (
            // The index that tells the rows apart is taken away.
            format!("{{name: x, oid: 1.3.2, type: gauge, indexes: [{a}, {{labelname: b, type: gauge}}], lookups: [{{labels: [], labelname: b}}]}}"),
            ProblemKind::Duplicate,
            "collected metric \"x\" { label:{name:\"a\" value:\"1\"} gauge:{value:2}} was collected before with the same name and label values",
            vec!["x{a=\"1\"} 1"],
        ),
        (
            "{name: x, oid: 1.3.2.1.1, type: EnumAsStateSet, enum_values: {1: up, 8: up}}".into(),
            ProblemKind::Duplicate,
            "was collected before with the same name and label values",
            vec!["x{x=\"up\"} 1"],
        ),
        (
            "{name: x, oid: 1.3.2.1.1, type: gauge, help: a}, {name: x, oid: 1.3.2.1, type: gauge, help: b, indexes: []}".into(),
            ProblemKind::Duplicate,
            "was collected before",
            vec!["x 1"],
        ),
        (
            format!("{{name: x, oid: 1.3.2.1.1, type: gauge, help: a}}, {{name: x, oid: 1.3.2.1.2, type: gauge, help: b, indexes: [{a}]}}"),
            ProblemKind::Help,
            "collected metric x label:{name:\"a\" value:\"0\"} gauge:{value:2} has help \"b\" but should have \"a\"",
            vec!["x 1", "x{a=\"0\"} 2"],
        ),
        (
            format!("{{name: x, oid: 1.3.2.1.1, type: counter}}, {{name: x, oid: 1.3.2.1.2, type: gauge, indexes: [{a}]}}"),
            ProblemKind::Type,
            "collected metric x label:{name:\"a\" value:\"0\"} gauge:{value:2} should be a Counter",
            vec!["x 1", "x{a=\"0\"} 2"],
        ),
        (
            "{name: x, oid: 1.3.2.1.1, type: Bits, enum_values: {0: a}}".into(),
            ProblemKind::Value,
            "error collecting metric Desc{fqName: \"snmp_error\", help: \"BITS type was not a BISTRING on the wire.\", \
             constLabels: {}, variableLabels: {}}: error for metric x with labels []: int",
            vec![],
        ),
        (
            "{name: x, oid: 1.3.2.1.1, type: EnumAsStateSet, enum_values: {0: a}, indexes: [{labelname: x, type: gauge}]}".into(),
            ProblemKind::Label,
            "Error calling NewConstMetric for EnumAsStateSet",
            vec![],
        ),
    ] {
        let (out, report) = Device::new(two.clone()).scrape(&[module(&yaml(&metrics))], &Settings::default());
        let problem = report.problems.iter().next().unwrap_or_else(|| panic!("{metrics}"));
        assert_eq!(problem.kind, kind, "{problem}");
        assert!(problem.text.contains(told), "{problem}");
        let left_over: Vec<_> = out.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(left_over, left, "{metrics}");
        parse(&out);
    }
    // Different labels under one name are fine.
    let metrics = format!(
        "{{name: x, oid: 1.3.2.1.1, type: gauge, indexes: [{a}]}}, {{name: x, oid: 1.3.2.1.2, type: gauge, indexes: [{{labelname: b, type: gauge}}]}}"
    );
    let (_, report) = Device::new(two).scrape(&[module(&yaml(&metrics))], &Settings::default());
    assert!(report.problems.is_empty() && report.samples == 2);
}

#[test]
fn a_thousand_duplicates_are_counted_and_not_all_kept() {
    let mib: Vec<_> = (1..=1000).map(|i| (format!("1.3.2.{i}"), Value::Integer(i))).collect();
    let device = Device::new(mib.iter().map(|(oid, value)| (oid.as_str(), value.clone())));
    let (_, report) =
        device.scrape(&[module(&yaml("{name: x, oid: 1.3.2, type: gauge}"))], &Settings::default());
    assert_eq!((report.samples, report.problems.len(), report.problems.iter().count()), (1, 999, 100));
}

/// A small switch, made up.
fn switch() -> Device {
    let mut device = Device::new([
        ("1.3.6.1.2.1.1.1.0", text("Ward test switch\r\nversion 1")),
        ("1.3.6.1.2.1.1.2.0", Value::ObjectIdentifier([1, 3, 6, 1, 4, 1, 99999].into())),
        ("1.3.6.1.2.1.1.3.0", Value::TimeTicks(123_456)),
        ("1.3.6.1.2.1.1.5.0", text("sw1")),
        ("1.3.6.1.2.1.1.6.0", text("rack \"7\"")),
        ("1.3.6.1.2.1.2.1.0", Value::Integer(2)),
    ]);
    // The second interface is a virtual one of an old kind: no 64-bit counters, no ifName, ifHighSpeed 0.
    for row in [1u32, 10] {
        let hc = row == 1;
        for column in 1..=22u32 {
            let value = match column {
                1 => Value::Integer(row.into()),
                2 => text(if hc { "GigabitEthernet0/1" } else { "Vlan10" }),
                3 => Value::Integer(if hc { 6 } else { 9999 }),
                5 => Value::Gauge32(if hc { 1_000_000_000 } else { 100_000 }),
                6 => octets(if hc { &[0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e] } else { &[] }),
                7 | 8 => Value::Integer(1),
                9 => Value::TimeTicks(row * 50),
                22 => Value::ObjectIdentifier([0, 0].into()),
                _ => Value::Counter32((row * 1000 + column).into()),
            };
            device.0.insert([1, 3, 6, 1, 2, 1, 2, 2, 1, column, row].into(), value);
        }
        for column in (1..=19u32).filter(|column| hc || !(6..=13).contains(column)) {
            let value = match column {
                1 => text(if hc { "Gi0/1" } else { "" }),
                6 | 10 => Value::Counter64(1 << 40),
                15 => Value::Gauge32(if hc { 1000 } else { 0 }),
                18 => text(if hc { "uplink" } else { "" }),
                19 => Value::TimeTicks(0),
                _ => Value::Counter64((row * 2000 + column).into()),
            };
            device.0.insert([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column, row].into(), value);
        }
    }
    device
}

#[test]
fn the_shipped_modules_give_these_series() {
    let all = Modules::builtin().unwrap();
    for names in [&["system", "interfaces"][..], &["if_mib"]] {
        let modules: Vec<_> = names.iter().map(|name| all.get(name).unwrap().clone()).collect();
        let (out, report) = switch().scrape(&modules, &Settings::default());
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        assert_eq!(parse(&out).0.len(), report.samples);
        insta::assert_snapshot!(names.join("_and_"), out);
    }
}
