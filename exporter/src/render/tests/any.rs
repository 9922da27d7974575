//! Harvests that no device would send.

use proptest::prelude::*;
use snmp::{Cell, Column, Harvest, Value, Wanted};

use super::{text, yaml};
use crate::module::Modules;
use crate::plan::Plan;
use crate::render::device::{Device, module, parse};
use crate::render::text::Writer;
use crate::render::{Settings, render};

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

proptest! {
    /// Nothing that a file or a device says makes a reader of texts panic.
    #[test]
    fn any_text_is_read_or_refused(
        format in "(%[a-zA-Z:%+]|[ :/0-9a-z-]){0,6}", hint in "([*]?[0-9]{0,3}[dxoatz]?[.:]?){0,4}", pattern in "[a-z\\\\\\[\\]{}()*+?^$.,&~dDwWsSbBQE0-9-]{0,12}",
        text in ".{0,12}|[0-9 :+-]{0,24}|0x[0-9a-f_.]{0,20}p[+-]?[0-9]{0,6}", octets in prop::collection::vec(any::<u8>(), 0..24),
    ) {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let metrics = [
            format!("{{name: t, oid: 1.3.1, type: ParseDateAndTime, datetime_pattern: {}}}", quoted(&format)),
            format!("{{name: h, oid: 1.3.2, type: OctetString, display_hint: {}}}", quoted(&hint)),
            format!("{{name: r, oid: 1.3.1, type: DisplayString, regex_extracts: {{A: [{{regex: {}}}, {{regex: '(.*)'}}]}}}}", quoted(&pattern)),
        ];
        for metric in metrics {
            let Ok(modules) = Modules::from_texts([("m", yaml(&metric).as_str())]) else { continue };
            let mib = [("1.3.1.0", super::text(&text)), ("1.3.2.0", super::octets(&octets))];
            let (out, _) = Device::new(mib).scrape(&[modules.get("m").unwrap().clone()], &Settings::default());
            parse(&out);
        }
    }

    /// A file with something missing is read or refused with its line.
    #[test]
    fn any_file_is_read_or_refused(start in 0usize..5000, length in 1usize..40, insert in "[\\[\\]{}&*:,~'\"a1\n -]{0,3}") {
        let mut file = include_str!("../../../../configs/modules/interfaces.yml").to_owned();
        let end = (start + length).min(file.len());
        if let (true, true) = (file.is_char_boundary(start.min(end)), file.is_char_boundary(end)) {
            file.replace_range(start.min(end)..end, &insert);
        }
        if let Err(error) = Modules::from_texts([("interfaces.yml", file.as_str())]) {
            prop_assert!(error.line > 0, "{error}");
        }
    }
}
