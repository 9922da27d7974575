//! Acceptance cases that were run against snmp_exporter 0.30.1: an agent, a module, and the series it gave. They
//! are kept outside of this repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab::{Agent, Fault, FaultRule, MibBuilder, Miss, Oid, Value};
use serde_json::Value as Json;

/// A case, with objects at a place of its own.
#[derive(Debug)]
pub struct Case {
    /// Such as `lookup/chained`.
    pub id: String,
    /// What it expects: `status`, `series` and the like.
    pub expect: Json,
    /// The name of the auth profile.
    pub auth: String,
    /// The name of the module.
    pub module: String,
    /// The module itself, in YAML's flow style.
    pub definition: String,
    case: Json,
    base: String,
}

/// A series that is expected: its value, type and HELP.
pub type Expected = BTreeMap<(String, BTreeMap<String, String>), (f64, String, String)>;

/// Reads the file of cases.
pub fn read(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("the cases are readable");
    let all: Json = serde_json::from_str(&text).expect("the cases are JSON");
    let cases = all["cases"].as_array().into_iter().flatten().enumerate();
    cases.map(|(number, case)| Case::new(number, case)).collect()
}

impl Case {
    fn new(number: usize, case: &Json) -> Self {
        let base = format!("1.3.6.1.4.1.50000.{number}");
        Self {
            id: case["id"].as_str().unwrap_or_default().into(),
            expect: case["expect"].clone(),
            auth: case["auth"].as_str().unwrap_or("public_v2").into(),
            module: format!("case_{number}"),
            definition: yaml(&located(&case["module"], &base), false),
            case: case.clone(),
            base,
        }
    }

    /// Whether it ends snmp_exporter's process.
    pub fn crashes(&self) -> bool {
        !self.expect["better"].is_null()
    }

    /// The series it expects of a scrape that goes well.
    pub fn series(&self) -> Expected {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
        let mut all = Expected::new();
        for series in self.expect["series"].as_array().into_iter().flatten() {
            let value = match &series["value"] {
                Json::String(text) => text.parse().unwrap_or(f64::NAN),
                number => number.as_f64().unwrap_or(f64::NAN),
            };
            let labels = series["labels"].as_object().into_iter().flatten();
            let labels = labels.map(|(name, value)| (name.clone(), text(value))).collect();
            all.insert(
                (text(&series["name"]), labels),
                (value, text(&series["type"]), text(&series["help"])),
            );
        }
        for rows in self.expect["series_rows"].as_array().into_iter().flatten() {
            for row in rows[1].as_u64().unwrap_or(0)..=rows[2].as_u64().unwrap_or(0) {
                let labels = BTreeMap::from([("a".into(), row.to_string())]);
                all.insert((text(&rows[0]), labels), (row as f64, "gauge".into(), "h".into()));
            }
        }
        all
    }

    /// Its agent.
    pub fn agent(&self) -> Agent {
        let mut mib = MibBuilder::default();
        let oid = |text: &str| -> Oid {
            let text = text.replacen('@', &self.base, 1);
            Oid::new(text.split('.').filter_map(|arc| arc.parse().ok()).collect::<Vec<u32>>())
        };
        for entry in self.case["mib"].as_array().into_iter().flatten() {
            let name = entry[0].as_str().unwrap_or_default();
            mib.set(oid(name), value(entry[1].as_str().unwrap_or_default(), &entry[2]));
        }
        for rows in self.case["mib_rows"].as_array().into_iter().flatten() {
            for row in rows[1].as_i64().unwrap_or(0)..=rows[2].as_i64().unwrap_or(0) {
                let column = rows[0].as_str().unwrap_or_default();
                mib.set(oid(&format!("{column}.{row}")), Value::Integer(row));
            }
        }
        mib.set(oid("1.3.6.1.4.1.60000.1.0"), Value::Integer(0));
        let agent = Agent::new(mib.build().expect("the names are fit for packets"));
        match fault(&self.case["fault"]) {
            Some(fault) => agent.fault(fault),
            None if self.case["fault"]["miss"].is_array() => agent.misses([Miss::EndOfMibView]),
            None => agent,
        }
    }
}

/// The `@` of a case's OIDs made a place of its own.
fn located(json: &Json, base: &str) -> Json {
    match json {
        // "@" itself, and "@.2", also behind the leading dot that some cases are about.
        Json::String(text)
            if matches!(text.trim_start_matches('.').strip_prefix('@'), Some("")) || text.contains("@.") =>
        {
            Json::String(text.replacen('@', base, 1))
        }
        Json::Array(list) => list.iter().map(|item| located(item, base)).collect(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), located(value, base))).collect(),
        other => other.clone(),
    }
}

/// YAML in flow style. Keys of `enum_values` are numbers, which JSON has no keys of.
fn yaml(json: &Json, bare_keys: bool) -> String {
    match json {
        Json::Object(map) => {
            let entry = |(key, value): (&String, &Json)| {
                let name = if bare_keys { key.clone() } else { Json::String(key.clone()).to_string() };
                format!("{name}: {}", yaml(value, key == "enum_values"))
            };
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::Array(list) => {
            format!("[{}]", list.iter().map(|item| yaml(item, false)).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn fault(json: &Json) -> Option<FaultRule> {
    let number = |key: &str| json[key].as_u64();
    let status = || number("status").unwrap_or(5) as u8;
    let fault = match json["action"].as_str()? {
        "drop" => Fault::Drop,
        "error_status" => Fault::ErrorStatus(status()),
        "error_status_empty" => Fault::ErrorStatusEmpty(status()),
        "empty_varbinds" => Fault::EmptyVarbinds,
        "echo_request_oid" => Fault::EchoRequestOid,
        "swap_first_two" => Fault::SwapFirstTwo,
        "duplicate_first" => Fault::DuplicateFirst,
        "truncate" => Fault::Truncate(number("keep").unwrap_or(1) as usize),
        "wrong_request_id" => Fault::WrongRequestId,
        "last_less_than_earlier" => Fault::LastLessThanEarlier,
        _ => return None,
    };
    match (number("on_request"), number("from_request")) {
        (Some(on), _) => Some(FaultRule::on(on, fault)),
        (_, Some(from)) => Some(FaultRule::from(from, fault)),
        _ => Some(FaultRule::always(fault)),
    }
}

fn value(kind: &str, json: &Json) -> Value {
    let number = || json.as_u64().or_else(|| json.as_str().and_then(|text| text.parse().ok())).unwrap_or(0);
    let float = || json.as_f64().unwrap_or(0.0);
    match kind {
        "Integer" => Value::Integer(json.as_i64().unwrap_or(0)),
        "OctetString" => Value::OctetString(hex(json)),
        "IPAddress" => Value::Raw { tag: 0x40, content: hex(json) },
        "Opaque" => Value::Opaque(hex(json)),
        "OpaqueFloat" => Value::Opaque([&[0x9f, 0x78, 4][..], &(float() as f32).to_be_bytes()].concat()),
        "OpaqueDouble" => Value::Opaque([&[0x9f, 0x79, 8][..], &float().to_be_bytes()].concat()),
        "ObjectIdentifier" => {
            let arcs = json.as_str().unwrap_or_default().split('.').filter_map(|arc| arc.parse().ok());
            Value::ObjectIdentifier(Oid::new(arcs.collect::<Vec<u32>>()))
        }
        "Counter32" => Value::Counter32(number() as u32),
        "Gauge32" => Value::Gauge32(number() as u32),
        "TimeTicks" => Value::TimeTicks(number() as u32),
        "Counter64" => Value::Counter64(number()),
        "Uinteger32" => Value::Raw { tag: 0x47, content: (number() as u32).to_be_bytes().to_vec() },
        "Null" => Value::Null,
        other => panic!("a case has a {other}"),
    }
}

fn hex(json: &Json) -> Vec<u8> {
    let text = json.as_str().unwrap_or_default();
    (0..text.len() / 2).filter_map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}
