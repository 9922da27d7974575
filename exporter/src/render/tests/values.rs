//! What one value becomes.

use snmp::Value;

use super::{octets, text, yaml};
use crate::render::Settings;
use crate::render::device::{Device, module};

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
        ("type: gauge", Value::UInteger32(u32::MAX), &["x 4.294967295e+09"]),
        ("type: gauge", text("42"), &["x 0"]),
        ("type: gauge", Value::Null, &["x 0"]),
        ("type: Float", Value::OpaqueFloat(0.1), &["x 0.10000000149011612"]),
        ("type: Double", Value::OpaqueDouble(f64::NEG_INFINITY), &["x -Inf"]),
        ("type: gauge, scale: 0.1, offset: -3", Value::Integer(50), &["x 2"]),
        ("type: gauge, scale: 0, offset: 3", Value::Integer(50), &["x 53"]),
        ("type: DateAndTime", octets(&[7, 0xe2, 8, 15, 8, 1, 15, 0]), &["x 1.534320075e+09"]),
        ("type: DateAndTime, offset: 5", octets(&[7, 0xe2, 8, 15, 8, 1, 15, 0]), &["x 1.53432008e+09"]),
        ("type: DateAndTime", octets(&[7]), &[]),
        ("type: DateAndTime", Value::Integer(5), &[]),
        ("type: ParseDateAndTime, datetime_pattern: '%b %d %Y'", text("Apr 01 2025"), &["x 1.7434656e+09"]),
        ("type: ParseDateAndTime, datetime_pattern: '%b %d %Y'", text("April"), &[]),
        (
            "type: NTPTimeStamp",
            octets(&[0xeb, 0x06, 0x77, 0xf6, 0x30, 0xd1, 0x0b, 0x3b]),
            &["x 1.734080886e+09"],
        ),
        ("type: NTPTimeStamp", octets(&[1, 2, 3]), &[]),
        ("type: NTPTimeStamp", Value::Integer(3), &[]),
        ("type: ParseFloatString", text("4.2"), &["x 4.2"]),
        ("type: ParseFloatString, scale: 10, offset: 1", text(" -0.5\u{0}"), &["x -4"]),
        ("type: ParseFloatString", Value::Integer(7), &["x 7"]),
        ("type: ParseFloatString", text("4.2 V"), &[]),
        ("type: ParseFloatString", text(""), &[]),
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
