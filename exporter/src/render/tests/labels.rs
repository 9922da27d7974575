//! What a row's labels become.

use snmp::Value;

use super::{octets, text, yaml};
use crate::render::device::Device;

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
