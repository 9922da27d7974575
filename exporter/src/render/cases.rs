//! snmp_exporter's behaviour, case by case, from the recordings that lie beside the repository. Without them these tests
//! say so and pass; the tables beside the code cover the same ground with our own data.

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
    let octets = || bytes::Bytes::from(hex(value.as_str().unwrap()));
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

/// What the newest version answers where 0.30.1 fails the whole scrape, and we follow the newest.
const NEWER: [&str; 1] = ["pdu_to_sample/14_displaystring_index_invalid_utf8"];

/// What needs a wire, or the program around this.
fn is_impure(case: &Json) -> bool {
    let id = case["id"].as_str().unwrap();
    case.get("fault").is_some_and(|fault| fault["action"] != "none")
        || id == "get/x_over_60_oids_with_max_repetitions_100_fails"
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
        if NEWER.contains(&case["id"].as_str().unwrap()) {
            return Ok(());
        }
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
