//! snmp_exporter's behaviour, case by case, from the recordings that lie beside the repository. Without them
//! these tests say so and pass; the tables beside the code cover the same ground with our own data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use snmp::{Oid, Value};

use super::Settings;
use super::device::{Device, module, parse};

/// Where the cases are.
pub(crate) fn shared(file: &str) -> Option<String> {
    let root = std::env::var_os("WARD_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("SKIPPED: {} is not here", path.display());
    }
    text
}

const BASE: &str = "1.3.6.1.4.1.50000.7";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn value(kind: &str, value: &Json) -> Value {
    let octets = || hex(value.as_str().unwrap()).into();
    let unsigned = || value.as_u64().unwrap();
    match kind {
        "Integer" => Value::Integer(value.as_i64().unwrap()),
        "OctetString" => Value::OctetString(octets()),
        "Opaque" => Value::Opaque(octets()),
        "OpaqueFloat" => Value::OpaqueFloat(value.as_f64().unwrap() as f32),
        "OpaqueDouble" => Value::OpaqueDouble(value.as_f64().unwrap()),
        "Counter32" => Value::Counter32(unsigned()),
        "Counter64" => Value::Counter64(unsigned()),
        "Gauge32" => Value::Gauge32(unsigned()),
        "TimeTicks" => Value::TimeTicks(unsigned() as u32),
        "Uinteger32" => Value::UInteger32(unsigned() as u32),
        "Null" => Value::Null,
        "ObjectIdentifier" => Value::ObjectIdentifier(value.as_str().unwrap().parse().unwrap()),
        "IPAddress" => Value::IpAddress(match hex(value.as_str().unwrap()).as_slice() {
            [] => None,
            four @ [_, _, _, _] => Some(<[u8; 4]>::try_from(four).unwrap().into()),
            other => Some(<[u8; 16]>::try_from(other).unwrap().into()),
        }),
        other => panic!("unknown type {other}"),
    }
}

/// The device of a case.
fn device(case: &Json) -> Device {
    let oid = |text: &Json| -> Oid { text.as_str().unwrap().replace('@', BASE).parse().unwrap() };
    let mut device = Device::default();
    for row in case["mib"].as_array().unwrap() {
        device.0.insert(oid(&row[0]), value(row[1].as_str().unwrap(), &row[2]));
    }
    for row in case["mib_rows"].as_array().into_iter().flatten() {
        for i in row[1].as_u64().unwrap()..=row[2].as_u64().unwrap() {
            device.0.insert(oid(&row[0]).child(&[i as u32]), Value::Integer(i as i64));
        }
    }
    device
}

/// JSON as flow YAML; the keys of `enum_values` are whole numbers there.
fn yaml(json: &Json, out: &mut String, plain_keys: bool) {
    match json {
        Json::Object(map) => {
            out.push('{');
            for (key, value) in map {
                let quoted = Json::String(key.clone()).to_string();
                out.push_str(if plain_keys { key } else { &quoted });
                out.push_str(": ");
                yaml(value, out, key == "enum_values");
                out.push_str(", ");
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for item in items {
                yaml(item, out, false);
                out.push_str(", ");
            }
            out.push(']');
        }
        Json::String(text) => out.push_str(&Json::String(text.replace('@', BASE)).to_string()),
        other => out.push_str(&other.to_string()),
    }
}

/// Where the newest version answers otherwise than 0.30.1, and we follow the newest: 0.30.1 fails the whole scrape, or
/// takes the last of several filters for all of them.
const NEWER: [&str; 2] =
    ["pdu_to_sample/14_displaystring_index_invalid_utf8", "scrape/two_filters_same_target"];

/// What needs a wire, or the program around this.
fn is_impure(case: &Json) -> bool {
    let id = case["id"].as_str().unwrap();
    case.get("fault").is_some_and(|fault| fault["action"] != "none")
        || id == "get/x_over_60_oids_with_max_repetitions_100_fails"
        || NEWER.contains(&id)
}

#[test]
fn cases_give_the_series_of_snmp_exporter() {
    let Some(text) = shared("cases/snmp_exporter_cases.json") else { return };
    let all: Json = serde_json::from_str(&text).unwrap();
    let mut failed = Vec::new();
    let mut run = 0;
    for case in all["cases"].as_array().unwrap().iter().filter(|case| !is_impure(case)) {
        run += 1;
        if let Err(reason) = check(case) {
            failed.push(format!("{}: {reason}", case["id"].as_str().unwrap()));
        }
    }
    println!("{run} cases run");
    assert!(failed.is_empty(), "{} of {run} cases fail:\n{}", failed.len(), failed.join("\n"));
}

fn check(case: &Json) -> Result<(), String> {
    let mut text = String::from("modules: {m: ");
    yaml(&case["module"], &mut text, false);
    text.push('}');
    let expect = &case["expect"];
    if expect.get("v0.30.1").is_some() {
        // Where snmp_exporter dies, a configuration may be refused; a device must not matter.
        if let Ok(modules) = crate::module::Modules::from_texts([("case", text.as_str())]) {
            device(case).scrape(&[modules.get("m").unwrap().clone()], &Settings::default());
        }
        return Ok(());
    }
    let flags = case.get("flags").map(Json::to_string).unwrap_or_default();
    let settings = Settings {
        wrap_large_counters: !flags.contains("no-snmp.wrap-large-counters"),
        ..Settings::default()
    };
    let (out, report) = device(case).scrape(&[module(&text)], &settings);
    let (samples, families) = parse(&out);
    if let Some(body) = expect.get("body_contains") {
        let body = body.as_str().unwrap();
        let told = report.problems.iter().any(|problem| problem.text.contains(body));
        return if told { Ok(()) } else { Err(format!("{body:?} is not in {:?}", report.problems)) };
    }
    if !report.problems.is_empty() {
        return Err(format!("{:?}", report.problems));
    }
    let show = |name: &str, labels: &BTreeMap<String, String>, value: f64, kind: &str, help: &str| {
        // serde_json reads floats to within a hair.
        format!("{name}{labels:?} {value:.14e} {kind} {help}")
    };
    let mut got: Vec<_> = samples
        .iter()
        .map(|(name, labels, value)| show(name, labels, *value, &families[name].0, &families[name].1))
        .collect();
    let mut wanted = Vec::new();
    for series in expect["series"].as_array().into_iter().flatten() {
        let labels = series["labels"].as_object().unwrap();
        let labels = labels.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
        let value = match series["value"].as_str() {
            Some("+Inf") => f64::INFINITY,
            Some("-Inf") => f64::NEG_INFINITY,
            Some(_) => f64::NAN,
            None => series["value"].as_f64().unwrap(),
        };
        let text = |key: &str| series[key].as_str().unwrap();
        wanted.push(show(text("name"), &labels, value, text("type"), text("help")));
    }
    for rows in expect["series_rows"].as_array().into_iter().flatten() {
        for i in rows[1].as_u64().unwrap()..=rows[2].as_u64().unwrap() {
            let labels = BTreeMap::from([("a".to_owned(), i.to_string())]);
            wanted.push(show(rows[0].as_str().unwrap(), &labels, i as f64, "gauge", "h"));
        }
    }
    got.sort();
    wanted.sort();
    if got == wanted { Ok(()) } else { Err(format!("\n  got    {got:#?}\n  wanted {wanted:#?}")) }
}

/// A row of a table of single functions, where it is about what a value becomes; `false` where it is not.
pub(crate) fn check_row(function: &str, row: &Json) -> bool {
    let octets = || Value::OctetString(hex(row["data_hex"].as_str().unwrap()).into());
    let quoted = |text: &str| Json::String(text.into()).to_string();
    let show = |kind: &str, hint: &Json| {
        let hint = quoted(hint.as_str().unwrap_or_default());
        let metric = format!("{{name: x, oid: 1.3.2, type: {}, display_hint: {hint}}}", quoted(kind));
        let yaml = format!("modules: {{m: {{walk: [1.3], metrics: [{metric}]}}}}");
        let (out, _) = Device::new([("1.3.2.0", octets())]).scrape(&[module(&yaml)], &Settings::default());
        parse(&out).0[0].1["x"].clone()
    };
    match function {
        "applyDisplayHint" | "ToValidUTF8(applyDisplayHint)" | "applyDisplayHint zero width" => {
            assert_eq!(show("", &row["hint"]), row["out"].as_str().unwrap(), "{row}");
        }
        "applyDisplayHint not ok -> caller falls back to default formatting" => {
            assert_eq!(show("", &row["hint"]), show("", &Json::Null), "{row}");
        }
        "applyDisplayHint must not panic" => drop(show("", &row["hint"])),
        "pduValueAsString with display_hint" => {
            assert_eq!(
                show(row["type"].as_str().unwrap(), &row["display_hint"]),
                row["out"].as_str().unwrap()
            );
        }
        "regex_extracts + scale/offset" => {
            let number = |key: &str| row[key].as_f64().unwrap_or_default();
            let metric = format!(
                "{{name: x, oid: 1.3.2, type: DisplayString, scale: {}, offset: {}, regex_extracts: {{A: [{{regex: {}, value: {}}}]}}}}",
                number("scale"),
                number("offset"),
                row["regex"],
                row["template"]
            );
            let device = Device::new([(
                "1.3.2.0",
                Value::OctetString(row["value"].as_str().unwrap().to_owned().into()),
            )]);
            let settings = Settings { adjust_extracts: true, ..Settings::default() };
            let yaml = format!("modules: {{m: {{walk: [1.3], metrics: [{metric}]}}}}");
            let (out, _) = device.scrape(&[module(&yaml)], &settings);
            assert_eq!(parse(&out).0[0].2, number("out"), "{row}");
        }
        "lookup type EnumAsInfo with enum_values" => {
            let index = row["index"][0].as_u64().unwrap();
            let mut enums = String::new();
            yaml(&row["enum_values"], &mut enums, true);
            let drop_index = if row["drop_index"] == true { ", {labels: [], labelname: idx}" } else { "" };
            let metric = format!(
                "{{name: x, oid: 1.3.2, type: gauge, indexes: [{{labelname: idx, type: gauge}}], lookups: [{{labels: [idx], \
                 labelname: poolType, oid: 1.3.3, type: EnumAsInfo, enum_values: {enums}}}{drop_index}]}}"
            );
            let value = Value::Integer(row["pdu_value"].as_i64().unwrap());
            let oids = [format!("1.3.2.{index}"), format!("1.3.3.{index}")];
            let device = Device::new([(oids[0].as_str(), Value::Integer(1)), (oids[1].as_str(), value)]);
            let (out, _) = device.scrape(
                &[module(&format!("modules: {{m: {{walk: [1.3], metrics: [{metric}]}}}}"))],
                &Settings::default(),
            );
            assert_eq!(serde_json::to_value(&parse(&out).0[0].1).unwrap(), row["labels"], "{row}");
        }
        _ => return false,
    }
    true
}

/// Devices as they are give text that Prometheus reads, and interfaces have the names people know them by.
#[test]
fn recorded_devices_give_sound_series() {
    let root = std::env::var_os("WARD_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let Ok(files) = std::fs::read_dir(root.join("recordings/devices")) else {
        println!("SKIPPED: recordings are not here");
        return;
    };
    let all = crate::module::Modules::builtin().unwrap();
    let of = |names: &[&str]| names.iter().map(|name| all.get(name).unwrap().clone()).collect::<Vec<_>>();
    let mut devices = 0;
    for file in
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "snmprec"))
    {
        let device = recorded(&std::fs::read(&file).unwrap());
        devices += 1;
        for names in [&["system", "interfaces"][..], &["if_mib"]] {
            let (out, report) = device.scrape(&of(names), &Settings::default());
            let (samples, _) = parse(&out);
            assert!(report.problems.is_empty(), "{}: {:?}", file.display(), report.problems);
            assert_eq!(samples.len(), report.samples);
            assert!(
                samples
                    .iter()
                    .all(|(_, labels, _)| labels.get("if_name").is_none_or(|name| !name.is_empty()))
            );
        }
    }
    println!("{devices} devices read");
    assert!(devices > 20);
}

/// A recording's lines, `OID|TAG|VALUE`; bad ones are left out, and of two the first counts.
fn recorded(text: &[u8]) -> Device {
    let mut device = Device::default();
    for line in String::from_utf8_lossy(text).lines() {
        let mut fields = line.splitn(3, '|');
        let (Some(oid), Some(tag), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let Ok(oid) = oid.parse::<Oid>() else { continue };
        let tag = tag.split(':').next().unwrap_or_default();
        let number = || value.parse::<i64>().ok();
        let value = match tag {
            "2" => number().map(Value::Integer),
            "4" => Some(Value::OctetString(value.to_owned().into())),
            "4x" if value.len() % 2 == 0 && value.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Some(Value::OctetString(hex(value).into()))
            }
            "6" => value.parse().ok().map(Value::ObjectIdentifier),
            "65" => number().map(|n| Value::Counter32(n as u64)),
            "66" => number().map(|n| Value::Gauge32(n as u64)),
            "67" => number().map(|n| Value::TimeTicks(n as u32)),
            "70" => value.parse().ok().map(Value::Counter64),
            _ => None,
        };
        if let Some(value) = value {
            device.0.entry(oid).or_insert(value);
        }
    }
    device
}
