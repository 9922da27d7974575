use proptest::prelude::*;
use snmp::{Cell, Column, Harvest, Value, Wanted};

use super::device::{Device, module, parse};
use super::problem::ProblemKind;
use super::*;
use crate::module::Modules;

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

/// The samples of one metric `x` at 1.3.2, whose only value this is.
fn of_value(metric: &str, value: Value) -> Vec<String> {
    Device::new([("1.3.2.0", value)]).samples(&yaml(&format!("{{name: x, oid: 1.3.2, {metric}}}")))
}

#[test]
fn values_become_samples_by_the_metrics_type() {
    let enums = "enum_values: {0: zero, 1: one, 2: two}";
    for (metric, value, expected) in [
        ("type: gauge", Value::Integer(-7), &["x -7"][..]),
        ("type: counter", Value::Integer(-3), &["x -3"]),
        ("type: counter", Value::Counter64(9_007_199_254_740_993), &["x 1"]),
        ("type: gauge", Value::Counter64(9_007_199_254_740_997), &["x 5"]),
        ("type: gauge", Value::UInteger32(u32::MAX), &["x 4294967295"]),
        ("type: gauge", text("42"), &["x 0"]),
        ("type: gauge", Value::Null, &["x 0"]),
        ("type: Float", Value::OpaqueFloat(0.1), &["x 0.10000000149011612"]),
        ("type: Double", Value::OpaqueDouble(f64::NEG_INFINITY), &["x -Inf"]),
        ("type: gauge, scale: 0.1, offset: -3", Value::Integer(50), &["x 2"]),
        ("type: gauge, scale: 0, offset: 3", Value::Integer(50), &["x 53"]),
        ("type: DateAndTime", octets(&[7, 0xe2, 8, 15, 8, 1, 15, 0]), &["x 1534320075"]),
        ("type: DateAndTime, offset: 5", octets(&[7, 0xe2, 8, 15, 8, 1, 15, 0]), &["x 1534320080"]),
        ("type: DateAndTime", octets(&[7]), &[]),
        ("type: DateAndTime", Value::Integer(5), &[]),
        ("type: ParseDateAndTime, datetime_pattern: '%b %d %Y'", text("Apr 01 2025"), &["x 1743465600"]),
        ("type: ParseDateAndTime, datetime_pattern: '%b %d %Y'", text("April"), &[]),
        ("type: NTPTimeStamp", octets(&[0xeb, 0x06, 0x77, 0xf6, 0x30, 0xd1, 0x0b, 0x3b]), &["x 1734080886"]),
        ("type: NTPTimeStamp", octets(&[1, 2, 3]), &[]),
        ("type: NTPTimeStamp", Value::Integer(3), &[]),
        ("type: Info", Value::Integer(3), &["x 1"]),
        // Texts are labels.
        ("type: DisplayString", text("q\"b\\s\nnl"), &[r#"x{x="q\"b\\s\nnl"} 1"#]),
        ("type: DisplayString", text("sane\u{0}"), &["x{x=\"sane\u{0}\"} 1"]),
        ("type: DisplayString", octets(b"sane\xfd\xbe\xd6"), &["x{x=\"sane\u{fffd}\"} 1"]),
        ("type: DisplayString, scale: 2, offset: 3", text("v"), &["x{x=\"v\"} 5"]),
        ("type: DisplayString", Value::Integer(7), &["x{x=\"7\"} 1"]),
        ("type: ''", Value::Integer(-2), &["x{x=\"-2\"} 1"]),
        ("type: Integer", Value::Gauge32(7), &["x{x=\"7\"} 1"]),
        ("type: Integer", text("plain"), &["x{x=\"112\"} 1"]),
        ("type: ''", octets(&[0x7f, 0x80, 0xff, 0]), &["x{x=\"0x7F80FF00\"} 1"]),
        ("type: OctetString", octets(&[]), &["x{x=\"\"} 1"]),
        ("type: OctetString, display_hint: '1d.'", octets(&[10, 0, 0, 1]), &["x{x=\"10.0.0.1\"} 1"]),
        ("type: OctetString, display_hint: 'z'", octets(&[10, 0]), &["x{x=\"0x0A00\"} 1"]),
        ("type: DisplayString, display_hint: '1x:'", text("AB"), &["x{x=\"AB\"} 1"]),
        (
            "type: PhysAddress48",
            octets(&[0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]),
            &["x{x=\"00:1A:2B:3C:4D:5E\"} 1"],
        ),
        ("type: PhysAddress48", octets(&[1, 2]), &["x{x=\"01:02:00:00:00:00\"} 1"]),
        ("type: PhysAddress48", octets(&[1, 2, 3, 4, 5, 6, 7, 8]), &["x{x=\"01:02:03:04:05:06\"} 1"]),
        ("type: InetAddressIPv4", octets(&[192, 0, 2, 1, 9]), &["x{x=\"192.0.2.1\"} 1"]),
        ("type: InetAddressIPv4", octets(&[]), &["x{x=\"0.0.0.0\"} 1"]),
        (
            "type: InetAddressIPv6",
            octets(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            &["x{x=\"2001:0DB8:0000:0000:0000:0000:0000:0001\"} 1"],
        ),
        ("type: DisplayString", Value::IpAddress(Some([192, 0, 2, 1].into())), &["x{x=\"192.0.2.1\"} 1"]),
        (
            "type: InetAddressIPv4",
            Value::IpAddress(Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1].into())),
            &["x{x=\"192.0.2.1\"} 1"],
        ),
        ("type: InetAddressIPv4", Value::IpAddress(None), &["x{x=\"\"} 1"]),
        ("type: ''", Value::ObjectIdentifier([1, 3, 6].into()), &["x{x=\"1.3.6\"} 1"]),
        ("type: ''", Value::OpaqueFloat(10.1), &["x{x=\"10.1\"} 1"]),
        ("type: ''", Value::OpaqueDouble(1e21), &["x{x=\"1000000000000000000000\"} 1"]),
        ("type: ''", Value::Opaque(vec![1, 2].into()), &["x{x=\"0x0102\"} 1"]),
        // Enums.
        (&format!("type: EnumAsInfo, {enums}"), Value::Integer(2), &["x_info{x=\"two\"} 1"]),
        (&format!("type: EnumAsInfo, {enums}"), Value::Integer(9), &["x_info{x=\"9\"} 1"]),
        (&format!("type: EnumAsInfo, {enums}"), text("x"), &["x_info{x=\"zero\"} 1"]),
        (
            &format!("type: EnumAsStateSet, {enums}"),
            Value::Integer(1),
            &["x{x=\"one\"} 1", "x{x=\"two\"} 0", "x{x=\"zero\"} 0"],
        ),
        (
            &format!("type: EnumAsStateSet, {enums}"),
            Value::Integer(9),
            &["x{x=\"9\"} 1", "x{x=\"one\"} 0", "x{x=\"two\"} 0", "x{x=\"zero\"} 0"],
        ),
        (
            "type: Bits, enum_values: {0: a, 1: b, 2: c, 8: d, 15: e, 24: f, -1: g}",
            octets(&[0xc0, 0x80, 1]),
            &[
                "x{x=\"a\"} 1",
                "x{x=\"b\"} 1",
                "x{x=\"c\"} 0",
                "x{x=\"d\"} 1",
                "x{x=\"e\"} 0",
                "x{x=\"f\"} 0",
                "x{x=\"g\"} 0",
            ],
        ),
    ] {
        assert_eq!(of_value(metric, value.clone()), expected, "{metric} of {value:?}");
    }
}

#[test]
fn numbers_are_taken_out_of_texts() {
    for (extracts, value, expected) in [
        ("{A: [{regex: '.*?(\\d+\\.\\d+).*'}]}", "load 4.42 x", &["xA 4.42"][..]),
        ("{A: [{regex: 'no', value: 1}, {regex: '.*', value: 2}, {regex: '.*', value: 3}]}", "v", &["xA 2"]),
        // The first that also gives a number.
        ("{A: [{regex: '(.*)'}, {regex: '.*', value: 7}]}", "v", &["xA 7"]),
        ("{A: [{regex: '(\\d+).*'}], '': [{regex: '\\d+(.)', value: '-${1}'}]}", "12", &["x -2", "xA 12"]),
        ("{A: [{regex: '(0x[0-9a-f]+p\\d)'}]}", "0x10p1", &["xA 32"]),
        ("{A: [{regex: '.*(inf)'}]}", "9 inf", &["xA +Inf"]),
        // Anchored at both ends.
        ("{A: [{regex: '\\d'}]}", "12", &[]),
        ("{A: ~}", "12", &[]),
    ] {
        let metric = format!("type: DisplayString, scale: 2, regex_extracts: {extracts}");
        assert_eq!(of_value(&metric, text(value)), expected, "{extracts}");
    }
    // Octets are shown in hex first.
    let metric = "type: OctetString, regex_extracts: {A: [{regex: '0x(.*)'}]}";
    assert_eq!(of_value(metric, octets(&[0x12])), ["xA 12"]);
    // On numbers they mean nothing.
    assert_eq!(
        of_value("type: gauge, regex_extracts: {A: [{regex: '.*', value: 1}]}", Value::Integer(5)),
        ["x 5"]
    );
    // Newer versions scale them.
    let device = Device::new([("1.3.2.0", text("70"))]);
    let metric = "{name: x, oid: 1.3.2, type: DisplayString, scale: 0.1, offset: 5, regex_extracts: {A: [{regex: '(.*)'}]}}";
    let settings = Settings { adjust_extracts: true, ..Settings::default() };
    let (out, _) = device.scrape(&[module(&yaml(metric))], &settings);
    assert!(out.ends_with("xA 12\n"), "{out}");
}

#[test]
fn indexes_become_labels() {
    let l = |more: &str| format!("{{labelname: l, {more}}}");
    for (indexes, index, expected) in [
        (l("type: gauge"), "4.9.9", r#"l="4""#),
        (l("type: Integer32"), "", r#"l="0""#),
        (l("type: PhysAddress48"), "1.255.0.0.0.16", r#"l="01:FF:00:00:00:10""#),
        (l("type: PhysAddress48"), "256.2.3", r#"l="100:02:03:00:00:00""#),
        (l("type: OctetString, fixed_size: 3"), "65.32.255", r#"l="0x4120FF""#),
        (l("type: OctetString"), "2.65.66", r#"l="0x4142""#),
        (l("type: OctetString"), "0", r#"l="""#),
        (l("type: OctetString, implied: true"), "65.66.67", r#"l="0x414243""#),
        (l("type: DisplayString"), "2.65.32", r#"l="A ""#),
        (l("type: DisplayString"), "1.321", r#"l="A""#),
        (l("type: DisplayString"), "2.65.255", "l=\"A\u{fffd}\""),
        (l("type: DisplayString, implied: true"), "65.32", r#"l="A ""#),
        (l("type: InetAddressIPv4"), "192.0.2.1", r#"l="192.0.2.1""#),
        (
            l("type: InetAddressIPv6"),
            "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16",
            r#"l="0102:0304:0506:0708:090A:0B0C:0D0E:0F10""#,
        ),
        (l("type: InetAddress"), "1.4.192.0.2.1", r#"l="192.0.2.1""#),
        (l("type: InetAddress"), "3.5.192.168.1.2.5", r#"l="0x0305C0A8010205""#),
        (l("type: InetAddressMissingSize"), "1.192.0.2.1", r#"l="192.0.2.1""#),
        (l("type: InetAddressMissingSize"), "3.192.168", r#"l="0x03C0A8""#),
        (l("type: LldpPortId"), "3.6.0.26.43.60.77.94", r#"l="00:1A:2B:3C:4D:5E""#),
        (l("type: LldpPortId"), "9.2.65.66", r#"l="0x09024142""#),
        // As snmp_exporter: the first character is taken for a length once more.
        (l("type: LldpPortId"), "5.3.2.66.67", r#"l="BC""#),
        (l("type: EnumAsInfo, enum_values: {1: one}"), "1", r#"l="one""#),
        (l("type: EnumAsInfo, enum_values: {1: one}"), "2", r#"l="2""#),
        (
            "{labelname: s, type: DisplayString, fixed_size: 2}, {labelname: g, type: gauge}".into(),
            "65.66.7",
            r#"g="7",s="AB""#,
        ),
        ("{labelname: l, type: gauge}, {labelname: l, type: gauge}".into(), "3.4", r#"l="4""#),
    ] {
        let oid = if index.is_empty() { "1.3.2".into() } else { format!("1.3.2.{index}") };
        let device = Device::new([(oid.as_str(), Value::Integer(7))]);
        let samples =
            device.samples(&yaml(&format!("{{name: x, oid: 1.3.2, type: gauge, indexes: [{indexes}]}}")));
        assert_eq!(samples, [format!("x{{{expected}}} 7")], "{indexes} of {index}");
    }
}

/// A length that no index can have costs neither time nor memory.
#[test]
fn absurd_lengths_are_cut() {
    let device = Device::new([("1.3.2.4294967295.65", Value::Integer(7))]);
    let index = "{labelname: l, type: DisplayString}";
    let samples = device.samples(&yaml(&format!("{{name: x, oid: 1.3.2, type: gauge, indexes: [{index}]}}")));
    assert!(samples[0].starts_with("x{l=\"A\0") && samples[0].len() < 1100, "{samples:?}");
}

#[test]
fn labels_are_looked_up() {
    let i = "{labelname: i, type: gauge}";
    let find = |labels: &str, label: &str, oid: &str, more: &str| {
        format!("{{labels: [{labels}], labelname: {label}, oid: {oid}, {more}}}")
    };
    let name = find("i", "n", "1.3.9", "type: DisplayString");
    let missing = find("i", "n", "1.3.8", "type: DisplayString");
    let mib = || {
        [
            ("1.3.2.4", Value::Integer(7)),
            ("1.3.9.4", text("eth0")),
            ("1.3.7.4", Value::Integer(2)),
            ("1.3.6.2", text("two")),
            ("1.3.6.0", text("nought")),
            ("1.3.5.4", Value::Integer(-1)),
            ("1.3.10.4", octets(&[192, 0, 2, 1])),
            ("1.3.11.4", octets(&[])),
        ]
    };
    for (lookups, expected) in [
        (name.clone(), r#"i="4",n="eth0""#),
        (missing.clone(), r#"i="4",n="""#),
        (find("i", "i", "1.3.9", "type: DisplayString"), r#"i="eth0""#),
        (find("i", "n", "1.3.9", ""), r#"i="4",n="0x65746830""#),
        (find("i", "n", "1.3.10", "type: InetAddressIPv4"), r#"i="4",n="192.0.2.1""#),
        (find("z", "n", "1.3.9", "type: DisplayString"), r#"i="4",n="""#),
        (format!("{name}, {{labels: [], labelname: i}}"), r#"n="eth0""#),
        // What is taken away can still be looked up with.
        (format!("{{labels: [], labelname: i}}, {name}"), r#"n="eth0""#),
        // Chains go by the number; by 0 for texts; and by what was there before where a lookup found nothing.
        (
            find("i", "c", "1.3.7", "") + ", " + &find("c", "n", "1.3.6", "type: DisplayString"),
            r#"c="2",i="4",n="two""#,
        ),
        (
            find("i", "c", "1.3.9", "type: DisplayString")
                + ", "
                + &find("c", "n", "1.3.6", "type: DisplayString"),
            r#"c="eth0",i="4",n="nought""#,
        ),
        (
            find("i", "c", "1.3.5", "") + ", " + &find("c", "n", "1.3.6", "type: DisplayString"),
            r#"c="-1",i="4",n="""#,
        ),
        (find("i", "i", "1.3.8", "") + ", " + &name, r#"i="",n="eth0""#),
        (missing + ", " + &find("n", "m", "1.3.9", "type: DisplayString"), r#"i="4",m="",n="""#),
        // Enums only with names.
        (find("i", "n", "1.3.7", "type: EnumAsInfo"), r#"i="4",n="2""#),
        (find("i", "n", "1.3.7", "type: EnumAsInfo, enum_values: {2: io}"), r#"i="4",n="io""#),
        (find("i", "n", "1.3.7", "type: EnumAsInfo, enum_values: {3: io}"), r#"i="4",n="2""#),
        // What stands in for nothing.
        (find("i", "n", "1.3.8", "type: DisplayString, fallback: [1.3.9, index]"), r#"i="4",n="eth0""#),
        (find("i", "n", "1.3.8", "type: DisplayString, fallback: [1.3.11, index]"), r#"i="4",n="4""#),
        (
            find("i", "n", "1.3.11", "type: DisplayString, fallback: [{oid: 1.3.10, type: InetAddressIPv4}]"),
            r#"i="4",n="192.0.2.1""#,
        ),
        (find("i", "i", "1.3.8", "type: DisplayString, fallback: [index]"), r#"i="4""#),
        (find("i, i", "n", "1.3.8", "type: DisplayString, fallback: [index]"), r#"i="4",n="4.4""#),
    ] {
        let metric = format!("{{name: x, oid: 1.3.2, type: gauge, indexes: [{i}], lookups: [{lookups}]}}");
        assert_eq!(Device::new(mib()).samples(&yaml(&metric)), [format!("x{{{expected}}} 7")], "{lookups}");
    }
}

#[test]
fn addresses_go_by_the_column_before_them() {
    let v4 = octets(&[4, 5, 6, 7]);
    for (kind, value, expected) in [
        (Some(1), v4.clone(), "4.5.6.7"),
        (Some(9), v4.clone(), "0x04050607"),
        (None, v4.clone(), "0x04050607"),
    ] {
        let mut device = Device::new([("1.3.2.2", value)]);
        device.0.extend(kind.map(|kind| ("1.3.1.2".parse().unwrap(), Value::Integer(kind))));
        assert_eq!(
            device.samples(&yaml("{name: x, oid: 1.3.2, type: InetAddress}")),
            [format!("x{{x=\"{expected}\"}} 1")]
        );
    }
    // In a lookup, a value without a subtype is read as subtype, length and address itself.
    let metric = "{name: x, oid: 1.3.5, type: gauge, indexes: [{labelname: i, type: gauge}], \
                  lookups: [{labels: [i], labelname: a, oid: 1.3.2, type: InetAddress}]}";
    let mib = [("1.3.5.2", Value::Integer(0)), ("1.3.2.2", octets(&[1, 4, 192, 0, 2, 1]))];
    assert_eq!(Device::new(mib).samples(&yaml(metric)), ["x{a=\"192.0.2.1\",i=\"2\"} 0"]);
}

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
    // Its own; 0, so the other's; missing; 0 and 0; 0 and missing; 0 and "too much"; nothing better than "too much".
    assert_eq!(values, ["5000", "2", "3", "0", "0", "0", "4294967295"]);
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
        // The last one counts.
        (
            "{oid: 1.3.4, targets: [1.3.2], values: [up]}, {oid: 1.3.4, targets: [1.3.2], values: [down]}",
            &["2"],
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

fn any_value() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        bytes().prop_map(|b| Value::OctetString(b.into())),
        "[a-z\"\\\\\n]{0,4}".prop_map(|t| text(&t)),
        Just(Value::Null),
        prop::collection::vec(any::<u32>(), 2..8)
            .prop_map(|arcs| Value::ObjectIdentifier(snmp::Oid::new(arcs))),
        any::<Option<[u8; 4]>>().prop_map(|ip| Value::IpAddress(ip.map(Into::into))),
        any::<[u8; 16]>().prop_map(|ip| Value::IpAddress(Some(ip.into()))),
        any::<u64>().prop_map(Value::Counter32),
        any::<u64>().prop_map(Value::Gauge32),
        any::<u32>().prop_map(Value::TimeTicks),
        bytes().prop_map(|b| Value::Opaque(b.into())),
        any::<f32>().prop_map(Value::OpaqueFloat),
        any::<f64>().prop_map(Value::OpaqueDouble),
        any::<u64>().prop_map(Value::Counter64),
        any::<u32>().prop_map(Value::UInteger32),
        Just(Value::NoSuchInstance),
        bytes().prop_map(|b| Value::Unknown { tag: 0x45, content: b.into() }),
    ]
}

fn any_column() -> impl Strategy<Value = Vec<Cell>> {
    let index = prop::collection::vec(prop_oneof![0..6u32, any::<u32>()], 0..5);
    let cell = (index, any_value()).prop_map(|(index, value)| Cell { index: index.into(), value });
    prop::collection::vec(cell, 0..8)
}

/// One metric of every type, with every kind of index and lookup.
fn every_type() -> String {
    let index_types = [
        "gauge",
        "PhysAddress48",
        "OctetString",
        "DisplayString",
        "InetAddressIPv4",
        "InetAddressIPv6",
        "InetAddress",
        "InetAddressMissingSize",
        "LldpPortId",
        "EnumAsInfo",
    ];
    let metric_types = [
        "counter",
        "Float",
        "DateAndTime",
        "ParseDateAndTime",
        "NTPTimeStamp",
        "EnumAsInfo",
        "EnumAsStateSet",
        "Bits",
        "Info",
        "",
    ];
    let mut metrics = Vec::new();
    for (i, kind) in metric_types.iter().chain(&index_types).enumerate() {
        let index = index_types[i % index_types.len()];
        let implied = i % 3 == 0;
        metrics.push(format!(
            "{{name: m{i}, oid: 1.3.1.{i}, type: '{kind}', scale: 0.5, datetime_pattern: '%Y', enum_values: {{0: a, 1: b}}, \
             display_hint: '1d.', fallback: [1.3.2.{i}], \
             indexes: [{{labelname: i, type: {index}, implied: {implied}, enum_values: {{1: one}}}}, {{labelname: n, type: gauge}}], \
             lookups: [{{labels: [i], labelname: m{i}_l, oid: 1.3.1.{}, type: '{kind}', fallback: [1.3.2.{i}, index]}}, \
             {{labels: [n], labelname: z, oid: 1.3.1.0, type: {index}}}, {{labels: [], labelname: n}}]}}",
            (i + 1) % 20
        ));
    }
    metrics.push(
        "{name: e, oid: 1.3.1.30, type: DisplayString, regex_extracts: {A: [{regex: '(.*)'}], '': [{regex: '.*?(.).*'}]}}".into(),
    );
    metrics.push(
        "{name: m0, oid: 1.3.1.31, type: gauge, help: other, indexes: [{labelname: i, type: gauge}]}".into(),
    );
    yaml(&metrics.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever a device sends, in whatever order, the answer is sound.
    #[test]
    fn any_harvest_gives_text_that_prometheus_reads(columns in prop::collection::vec(any_column(), 53), second in any::<bool>()) {
        let module = module(&every_type());
        let plan = Plan::new(&[module]);
        let mut cells = columns.into_iter();
        let mut harvest = |wanted: &Wanted| Harvest {
            columns: wanted.subtrees.iter().map(|s| Column {
                oid: s.oid.clone(),
                cells: cells.next().unwrap_or_default(),
                ..Column::default()
            }).collect(),
            ..Harvest::default()
        };
        let first = harvest(plan.wanted());
        let later = plan.fallback(&first);
        let second = later.filter(|_| second).map(|wanted| harvest(&wanted));
        let mut out = Writer::default();
        let report = render(&plan, &first, second.as_ref(), &Settings::default(), &mut out);
        let out = String::from_utf8(out.finish()).unwrap();
        let (samples, _) = parse(&out);
        prop_assert_eq!(samples.len(), report.samples);
        let mut series: Vec<_> = samples.iter().map(|(name, labels, _)| (name, labels)).collect();
        series.sort();
        series.dedup();
        prop_assert_eq!(series.len(), samples.len(), "a series stands there twice");
    }
}
