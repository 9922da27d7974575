//! Acceptance cases that were run against snmp_exporter 0.30.1: an agent, a module, and the series it gave. They are
//! kept outside of this repository; where they are absent the test says so and passes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lab::{Agent, Fault, FaultRule, MibBuilder, Miss, RunningAgent, Value};
use serde_json::Value as Json;

use crate::harness::{Exporter, spawn};

/// Where Ward answers otherwise on purpose, and why.
const OTHERWISE: [(&str, &str); 4] = [
    (
        "pdu_to_sample/14_displaystring_index_invalid_utf8",
        "a label that is not UTF-8 is made so, as upstream does by now",
    ),
    ("get/x_over_60_oids_with_max_repetitions_100_fails", "more than 60 GETs are made in several requests"),
    ("fault/toobig_silently_truncates", "tooBig is answered by asking for less: no row is lost"),
    (
        "fault/timeout_mid_walk_discards_everything",
        "all is read before the agent goes silent at the fifth request",
    ),
];

fn file() -> Option<PathBuf> {
    let shared = std::env::var_os("WARD_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    Some(shared.join("cases/snmp_exporter_cases.json")).filter(|file| file.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn series_are_those_of_snmp_exporter() {
    let Some(file) = file() else {
        println!("skipped: the acceptance cases are not here (WARD_SHARED names another place)");
        return;
    };
    let text = std::fs::read_to_string(file).expect("the cases are readable");
    let all: Json = serde_json::from_str(&text).expect("the cases are JSON");
    let cases: Vec<&Json> = all["cases"].as_array().into_iter().flatten().collect();
    // Where snmp_exporter crashes, Ward refuses the file or drops the sample: those have tests of their own.
    let cases: Vec<(usize, &Json)> =
        cases.into_iter().enumerate().filter(|(_, case)| case["expect"]["better"].is_null()).collect();
    assert!(!cases.is_empty());

    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut modules = String::from("modules:\n");
    let mut agents = Vec::new();
    for (number, case) in &cases {
        modules += &format!("  case_{number}: {}\n", yaml(&located(&case["module"], *number), false));
        agents.push(spawn(agent(case, *number)).await);
    }
    let config = folder.path().join("cases.yml");
    std::fs::write(&config, modules).expect("the modules are written");
    let exporter = Exporter::start("{}", &[&format!("--config.file={}", config.display())]);

    let mut wrong = Vec::new();
    for ((number, case), agent) in cases.iter().zip(&agents) {
        let id = case["id"].as_str().unwrap_or_default();
        if OTHERWISE.iter().any(|(other, _)| *other == id) {
            continue;
        }
        if let Err(difference) = compare(&exporter, case, *number, agent).await {
            wrong.push(format!("{id}: {difference}"));
        }
    }
    println!("{} cases, {} of them different on purpose", cases.len(), OTHERWISE.len());
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

async fn compare(
    exporter: &Exporter,
    case: &Json,
    number: usize,
    agent: &RunningAgent,
) -> Result<(), String> {
    let auth = case["auth"].as_str().unwrap_or("public_v2");
    let path = format!("/snmp?target={}&module=case_{number}&auth={auth}", agent.addr());
    let answer = exporter.get(&path).await;
    let text = answer.text();
    let expected = &case["expect"];
    if u64::from(answer.status) != expected["status"].as_u64().unwrap_or(200) {
        return Err(format!("status {}: {text}", answer.status));
    }
    if let Some(part) = expected["body_contains"].as_str() {
        return if text.contains(part) { Ok(()) } else { Err(format!("{part:?} is not in {text}")) };
    }
    let mut wanted = BTreeMap::new();
    for series in expected["series"].as_array().into_iter().flatten() {
        let value = match &series["value"] {
            Json::Number(number) => number.as_f64().unwrap_or(f64::NAN),
            Json::String(text) => text.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        let labels = series["labels"].as_object().into_iter().flatten();
        let labels = labels.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().into())).collect();
        let name = series["name"].as_str().unwrap_or_default().into();
        let help = series["help"].as_str().unwrap_or_default().into();
        wanted
            .insert((name, labels), (shown(value), series["type"].as_str().unwrap_or_default().into(), help));
    }
    for rows in expected["series_rows"].as_array().into_iter().flatten() {
        for row in rows[1].as_u64().unwrap_or(0)..=rows[2].as_u64().unwrap_or(0) {
            let labels = BTreeMap::from([("a".into(), row.to_string())]);
            let name = rows[0].as_str().unwrap_or_default().into();
            wanted.insert((name, labels), (shown(row as f64), "gauge".into(), "h".into()));
        }
    }
    let mut got = parse(&text);
    got.retain(|(name, _), _| !name.starts_with("snmp_scrape_"));
    if got == wanted { Ok(()) } else { Err(format!("\n  expected {wanted:?}\n  found    {got:?}")) }
}

/// A value to the digits that reading JSON keeps.
fn shown(value: f64) -> String {
    format!("{value:.13e}")
}

type Series = BTreeMap<(String, BTreeMap<String, String>), (String, String, String)>;

/// Name and labels → value, type and HELP.
fn parse(text: &str) -> Series {
    let mut all = Series::new();
    let (mut kind, mut help) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (_, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            help = unescape(rest);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            kind = rest.split_once(' ').map(|(_, kind)| kind.to_owned()).unwrap_or_default();
        } else if let Some((series, value)) = line.rsplit_once(' ') {
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let value: f64 = value.replace("Inf", "inf").parse().unwrap_or(f64::NAN);
            all.insert((name.into(), self::labels(labels)), (shown(value), kind.clone(), help.clone()));
        }
    }
    all
}

fn labels(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut rest = text.trim_end_matches('}');
    while let Some((name, behind)) = rest.split_once("=\"") {
        let mut end = 0;
        let bytes = behind.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        all.insert(name.trim_start_matches(',').into(), unescape(&behind[..end]));
        rest = behind.get(end + 1..).unwrap_or_default();
    }
    all
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => (),
            },
            (letter, _) => out.push(letter),
        }
    }
    out
}

/// The `@` of a case's OIDs made a place of its own.
fn located(json: &Json, number: usize) -> Json {
    let base = base(number);
    match json {
        // "@" itself, and "@.2", also behind the leading dot that some cases are about.
        Json::String(text)
            if matches!(text.trim_start_matches('.').strip_prefix('@'), Some("")) || text.contains("@.") =>
        {
            Json::String(text.replacen('@', &base, 1))
        }
        Json::Array(list) => list.iter().map(|item| located(item, number)).collect(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), located(value, number))).collect(),
        other => other.clone(),
    }
}

fn base(number: usize) -> String {
    format!("1.3.6.1.4.1.50000.{number}")
}

/// YAML in flow style. Keys of `enum_values` are numbers, which JSON has no keys of.
fn yaml(json: &Json, bare_keys: bool) -> String {
    match json {
        Json::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let name = if bare_keys { key.clone() } else { Json::String(key.clone()).to_string() };
                    format!("{name}: {}", yaml(value, key == "enum_values"))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Json::Array(list) => {
            format!("[{}]", list.iter().map(|item| yaml(item, false)).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn agent(case: &Json, number: usize) -> Agent {
    let mut mib = MibBuilder::default();
    let oid = |text: &str| -> lab::Oid {
        let text = text.replacen('@', &base(number), 1);
        lab::Oid::new(text.split('.').filter_map(|arc| arc.parse().ok()).collect::<Vec<u32>>())
    };
    for entry in case["mib"].as_array().into_iter().flatten() {
        let name = entry[0].as_str().unwrap_or_default();
        mib.set(oid(name), value(entry[1].as_str().unwrap_or_default(), &entry[2]));
    }
    for rows in case["mib_rows"].as_array().into_iter().flatten() {
        for row in rows[1].as_i64().unwrap_or(0)..=rows[2].as_i64().unwrap_or(0) {
            mib.set(oid(&format!("{}.{row}", rows[0].as_str().unwrap_or_default())), Value::Integer(row));
        }
    }
    mib.set(oid("1.3.6.1.4.1.60000.1.0"), Value::Integer(0));
    let agent = Agent::new(mib.build().expect("the names are fit for packets"));
    match fault(&case["fault"]) {
        Some(fault) => agent.fault(fault),
        None if case["fault"]["miss"].is_array() => agent.misses([Miss::EndOfMibView]),
        None => agent,
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
            Value::ObjectIdentifier(lab::Oid::new(arcs.collect::<Vec<u32>>()))
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
