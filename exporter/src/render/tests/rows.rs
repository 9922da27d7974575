//! Which rows and columns are read, and which value a row has.

use snmp::Value;

use super::{text, yaml};
use crate::plan::Plan;
use crate::render::device::{Device, module};

#[test]
fn a_fallback_stands_in_row_by_row() {
    let metric = "{name: x, oid: 1.3.2, type: gauge, scale: 1000, indexes: [{labelname: i, type: gauge}], \
                  fallback: [{oid: 1.3.3, scale: 1, when: missing_or_zero}]}";
    let gauge = |n| Value::Gauge32(n);
    let mib = [
        ("1.3.2.1", gauge(5)),
        ("1.3.3.1", gauge(1)),
        ("1.3.2.2", gauge(0)),
        ("1.3.3.2", gauge(2)),
        ("1.3.3.3", gauge(3)),
        ("1.3.2.4", gauge(0)),
        ("1.3.3.4", gauge(0)),
        ("1.3.2.5", gauge(0)),
        ("1.3.2.6", gauge(0)),
        ("1.3.3.6", gauge(u32::MAX.into())),
        ("1.3.3.7", gauge(u32::MAX.into())),
    ];
    let samples = Device::new(mib).samples(&yaml(metric));
    let values: Vec<_> = samples.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    // Its own; 0, so the other's; missing; 0 and 0; 0 and missing; 0 and "too much"; nothing better than "too
    // much".
    assert_eq!(values, ["5000", "2", "3", "0", "0", "0", "4.294967295e+09"]);
    // An empty text is none.
    let metric = "{name: x, oid: 1.3.2, type: DisplayString, fallback: [1.3.3]}";
    let mib = [("1.3.2.0", text("")), ("1.3.3.0", text("b"))];
    assert_eq!(Device::new(mib).samples(&yaml(metric)), ["x{x=\"b\"} 1"]);
    assert_eq!(Device::new([("1.3.2.0", text(""))]).samples(&yaml(metric)), ["x{x=\"\"} 1"]);
}

#[test]
fn filters_limit_columns_to_rows() {
    let int = Value::Integer;
    let mib = || {
        [
            ("1.3.2.1", int(1)),
            ("1.3.2.2", int(2)),
            ("1.3.2.10", int(10)),
            ("1.3.3.1", int(1)),
            ("1.3.4.1", text("up")),
            ("1.3.4.2", text("down")),
            ("1.3.4.10", text("up")),
        ]
    };
    let x = "{name: x, oid: 1.3.2, type: gauge, indexes: [{labelname: i, type: gauge}], \
             lookups: [{labels: [i], labelname: n, oid: 1.3.3, type: DisplayString}]}";
    for (filters, rows) in [
        ("{oid: 1.3.4, targets: [1.3.2], values: [up]}", &["1", "10"][..]),
        // Somewhere in the text is enough.
        ("{oid: 1.3.4, targets: [1.3.2], values: [^d, nothing]}", &["2"]),
        ("{oid: 1.3.4, targets: [1.3.2], values: [nothing]}", &[]),
        ("{oid: 1.3.4, targets: [1.3.2], values: []}", &[]),
        ("{oid: 1.3.4, targets: [1.3.9], values: [up]}", &["1", "10", "2"]),
        // All of them count.
        ("{oid: 1.3.4, targets: [1.3.2], values: [up]}, {oid: 1.3.4, targets: [1.3.2], values: [down]}", &[]),
        (
            "{oid: 1.3.4, targets: [1.3.2], values: [up]}, {oid: 1.3.4, targets: [1.3.2, 1.3.9], values: ['']}",
            &["1", "10"],
        ),
    ] {
        let yaml = format!("modules: {{m: {{walk: [1.3.2, 1.3.3], metrics: [{x}], filters: [{filters}]}}}}");
        let samples = Device::new(mib()).samples(&yaml);
        let seen: Vec<_> = samples.iter().map(|line| line.split('"').nth(1).unwrap()).collect();
        assert_eq!(seen, rows, "{filters}");
    }
    // Only the filter's column and what it does not limit are walked; the rows left are asked for one by one.
    let yaml = format!(
        "modules: {{m: {{walk: [1.3.2, 1.3.3], metrics: [{x}], filters: [{{oid: 1.3.4, targets: [1.3.2], values: [up]}}]}}}}"
    );
    let plan = Plan::new(&[module(&yaml)]);
    let walked: Vec<_> = plan.wanted().subtrees.iter().map(|s| s.oid.to_string()).collect();
    assert_eq!(walked, ["1.3.3", "1.3.4"]);
    let mut first = Device::new(mib()).walk(plan.wanted());
    let later = plan.fallback(&first).unwrap();
    assert_eq!(later.get.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.3.2.1", "1.3.2.10"]);
    // A filter that could not be read is none.
    first.columns[1].trouble = Some(snmp::Trouble::Unanswered("no answer".into()));
    let later = plan.fallback(&first).unwrap();
    assert_eq!((later.get.len(), later.subtrees[0].oid.to_string()), (0, "1.3.2".to_owned()));
}
