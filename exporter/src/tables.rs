//! The tables of upstream's own tests, function by function, from the acceptance cases that lie beside the repository:
//! each row is tried, and a row nobody has thought of fails.

use serde_json::Value as Json;
use service::http::Request;
use snmp::{Oid, Value};

use crate::address::Parts;
use crate::endpoints::params::Params;
use crate::module::Modules;
use crate::plan::Plan;
use crate::render::Settings;
use crate::render::cases::{check_row, shared};
use crate::render::device::{Device, module, parse};
use crate::snapshot::Snapshot;

#[test]
fn every_row_is_met() {
    let Some(text) = shared("cases/snmp_exporter_cases.json") else { return };
    let all: Json = serde_json::from_str(&text).unwrap();
    let mut run = 0;
    for table in all["unit"].as_array().unwrap() {
        let function = table["function"].as_str().unwrap();
        // Upstream's older version keeps the brackets of an address without port, and fails over it.
        let older = table["since"] == "0.30.1";
        for row in table["rows"].as_array().unwrap() {
            run += 1;
            if check_row(function, row) {
                continue;
            }
            match function {
                "oidToList" => {
                    let oid: Oid = text_of(&row["in"]).parse().unwrap();
                    assert_eq!(oid.arcs(), arcs(&row["out"]), "{row}");
                }
                "splitOid(oid,count)->(head,tail)" => split(row),
                "filterAllowedIndices" => rows_left(row),
                "updateWalkConfig(walk,targets) exact equality removal" => walks_left(row),
                "updateGetConfig(get,targets) string-prefix removal" => gets(row, &[]),
                "addAllowedIndices(get,targets,indices)" => gets(row, &texts(&row["indices"])),
                "target parsing" => target(row, older),
                "parseModules(query)" => modules(row),
                "config load" => config(row),
                other => panic!("no test for the table {other:?}"),
            }
        }
    }
    println!("{run} rows run");
    assert!(run >= 129, "{run}");
}

fn text_of(json: &Json) -> &str {
    json.as_str().unwrap()
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array().into_iter().flatten().map(text_of).collect()
}

fn arcs(json: &Json) -> Vec<u32> {
    json.as_array().unwrap().iter().map(|arc| arc.as_u64().unwrap() as u32).collect()
}

/// An index of two labels shows where it is split, and what stands for arcs that are not there.
fn split(row: &Json) {
    let (index, head, tail) = (arcs(&row["oid"]), arcs(&row["head"]), arcs(&row["tail"]));
    let yaml = format!(
        "modules: {{m: {{walk: [1.3], metrics: [{{name: x, oid: 1.3.2, type: gauge, indexes: [\
         {{labelname: head, type: OctetString, fixed_size: {}}}, {{labelname: tail, type: OctetString, implied: true}}]}}]}}}}",
        row["count"]
    );
    let oid = Oid::from([1, 3, 2]).child(&index).to_string();
    let (out, _) =
        Device::new([(oid.as_str(), Value::Integer(1))]).scrape(&[module(&yaml)], &Settings::default());
    let shown = |arcs: &[u32]| match arcs {
        [] => String::new(),
        arcs => format!("0x{}", arcs.iter().map(|arc| format!("{arc:02X}")).collect::<String>()),
    };
    let labels = &parse(&out).0[0].1;
    assert_eq!((&labels["head"], &labels["tail"]), (&shown(&head), &shown(&tail)), "{row}");
}

/// What a module asks a device for, first and then: walks, and gets.
fn asked(yaml: &str, device: &Device) -> (Vec<String>, Vec<String>) {
    let plan = Plan::new(&[module(yaml)]);
    let first = plan.wanted();
    let later = plan.fallback(&device.walk(first)).unwrap_or_default();
    let walks = first.subtrees.iter().map(|subtree| subtree.oid.to_string()).collect();
    let gets = first.get.iter().chain(&later.get).map(ToString::to_string).collect();
    (walks, gets)
}

/// A metric of an OID, with rows.
fn metric(oid: &str) -> String {
    format!(
        "{{name: x{}, oid: {oid}, type: gauge, indexes: [{{labelname: i, type: gauge}}]}}",
        oid.replace('.', "_")
    )
}

fn rows_left(row: &Json) {
    const TARGET: &str = "1.3.6.1.2.1.2.2.1.5";
    let device = row["pdus"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pdu| (text_of(&pdu["oid"]), Value::OctetString(text_of(&pdu["value"]).to_owned().into())));
    let yaml = format!(
        "modules: {{m: {{walk: [{TARGET}], metrics: [{}], filters: [{{oid: 1.3.6.1.2.1.2.2.1.8, targets: [{TARGET}], values: {}}}]}}}}",
        metric(TARGET),
        row["values"]
    );
    let expected: Vec<_> = texts(&row["out"]).iter().map(|index| format!("{TARGET}.{index}")).collect();
    assert_eq!(asked(&yaml, &Device::new(device)).1, expected, "{row}");
}

fn walks_left(row: &Json) {
    let walk = texts(&row["walk"]);
    let metrics: Vec<_> = walk.iter().map(|oid| metric(oid)).collect();
    let yaml = format!(
        "modules: {{m: {{walk: {}, metrics: [{}], filters: [{{oid: 1.3.9, targets: {}, values: [x]}}]}}}}",
        row["walk"],
        metrics.join(", "),
        row["targets"]
    );
    let mut walks = asked(&yaml, &Device::default()).0;
    // The filter's own column.
    walks.retain(|oid| oid != "1.3.9");
    assert_eq!(walks, texts(&row["out"]), "{row}");
}

fn gets(row: &Json, indices: &[&str]) {
    let wanted: Vec<_> = texts(&row["get"]).into_iter().chain(texts(&row["targets"])).collect();
    // A metric above another would have its values.
    let apart = wanted.iter().filter(|oid| !wanted.iter().any(|other| oid.starts_with(&format!("{other}."))));
    let metrics: Vec<_> = apart.map(|oid| metric(oid)).collect();
    let yaml = format!(
        "modules: {{m: {{get: {}, metrics: [{}], filters: [{{oid: 1.3.9, targets: {}, values: [x]}}]}}}}",
        row["get"],
        metrics.join(", "),
        row["targets"]
    );
    let rows: Vec<_> = indices.iter().map(|index| format!("1.3.9.{index}")).collect();
    let device = Device::new(rows.iter().map(|oid| (oid.as_str(), Value::OctetString("x".into()))));
    let mut expected = texts(&row["out"]);
    let mut gets = asked(&yaml, &device).1;
    expected.sort_unstable();
    gets.sort_unstable();
    assert_eq!(gets, expected, "{row}");
}

fn target(row: &Json, older: bool) {
    let parts = Parts::of(text_of(&row["target"]));
    if row["error"] == true {
        assert!(parts.is_err(), "{row}");
        return;
    }
    let parts = parts.unwrap();
    let host = text_of(&row["host"]);
    let host = if older { host.trim_matches(['[', ']']) } else { host };
    assert_eq!((parts.transport, parts.host), (text_of(&row["transport"]), host), "{row}");
    assert_eq!(u64::from(parts.port), row["port"].as_u64().unwrap(), "{row}");
}

fn modules(row: &Json) {
    let named =
        texts(&row["query"]["module"]).iter().map(|list| format!("&module={list}")).collect::<String>();
    let request = Request::get(&format!("/snmp?target=a{named}"));
    match (Params::read(&request), &row["error"]) {
        (Ok(params), Json::Null) => assert_eq!(params.modules, texts(&row["out"]), "{row}"),
        (found, error) => assert_eq!(found.unwrap_err(), text_of(error), "{row}"),
    }
}

/// What a file is loaded as, with these variables where they are expanded.
fn load(yaml: &str, env: Option<&[(&str, &str)]>) -> Result<Snapshot, String> {
    let modules = Modules::from_texts([("m.yml", yaml)]).map_err(|error| error.to_string())?;
    let variables = |name: &str| {
        let found = env.into_iter().flatten().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Snapshot::new(modules, inventory::Inventory::default(), "", env.map(|_| &variables as inventory::Env<'_>))
}

/// Rows that tell in words what a file holds.
fn config(row: &Json) {
    const SECRETS: &str = "auths: {a: {version: 3, username: \"snmp_${ENV_USERNAME}\", security_level: authPriv, \
        password: \"${ENV_PASSWORD}\", priv_password: \"${ENV_PRIV_PASSWORD}\"}}";
    let set = [("ENV_USERNAME", "user"), ("ENV_PASSWORD", "word"), ("ENV_PRIV_PASSWORD", "privy")];
    let empty = set.map(|(name, _)| (name, ""));
    let about = row["yaml_has"].as_str().or(row["files"][0].as_str()).unwrap();
    match about {
        "auths.with_secret{community:mysecret,password:mysecret,priv_password:mysecret,...}" => {
            let yaml = "auths: {with_secret: {version: 3, community: mysecret, security_level: authPriv, username: user, \
                password: mysecret, auth_protocol: SHA, priv_protocol: AES, priv_password: mysecret}}";
            let shown = load(yaml, None).unwrap().show();
            assert!(!shown.contains("mysecret") && shown.contains("priv_password: <secret>\n"), "{shown}");
        }
        "password: ${ENV_PASSWORD} etc, flag --config.expand-environment-variables, all env vars set; username: snmp_${ENV_USERNAME}" =>
        {
            let auth = load(SECRETS, Some(&set)).unwrap().auth("a").unwrap().clone();
            let values = [&auth.username, &auth.password, &auth.priv_password].map(|secret| secret.expose());
            assert_eq!(values, ["snmp_user", "word", "privy"]);
        }
        "same, ENV_USERNAME unset" => {
            let error = load(SECRETS, Some(&set[1..])).unwrap_err();
            assert!(error.contains("ENV_USERNAME environment variable not found"), "{error}");
        }
        // Ours asks more of a password: an empty one cannot be meant.
        "same, vars set but empty" => {
            let only_user = "auths: {a: {version: 3, username: \"snmp_${ENV_USERNAME}\"}}";
            let auth = load(only_user, Some(&empty)).unwrap().auth("a").unwrap().clone();
            assert_eq!(auth.username.expose(), "snmp_");
            let error = load(SECRETS, Some(&empty)).unwrap_err();
            assert!(error.contains("password is missing"), "{error}");
        }
        "v2 auth without username/password, expansion on" => {
            assert!(load("auths: {a: {version: 2}}", Some(&[])).is_ok());
        }
        "module1.retries: 5, module2 without retries" => {
            let modules = load("modules: {module1: {retries: 5}, module2: {}}", None).unwrap().modules;
            assert_eq!(["module1", "module2"].map(|name| modules.get(name).unwrap().params.retries), [5, 3]);
        }
        "metrics[].indexes[].type: DateAndTime" => {
            let metric = "{name: x, oid: 1.3, type: gauge, indexes: [{labelname: i, type: DateAndTime}]}";
            let error = load(&format!("modules: {{m: {{metrics: [{metric}]}}}}"), None).unwrap_err();
            assert!(error.contains("invalid index type \"DateAndTime\""), "{error}");
        }
        "regex_extracts.Temp[0].regex: (null)" => {
            let metric = "{name: x, oid: 1.3, type: DisplayString, regex_extracts: {Temp: [{regex: null}, {regex: }]}}";
            assert!(load(&format!("modules: {{m: {{metrics: [{metric}]}}}}"), None).is_ok());
        }
        "a.yml with auths" => {
            let files = [("a.yml", "auths: {x: {}}"), ("b.yml", "modules: {m: {}}")];
            let all = Modules::from_texts(files).unwrap();
            assert_eq!((all.auths().len(), all.len()), (1, 1));
            let error = Modules::from_texts([files[0], files[0]]).unwrap_err();
            assert!(error.to_string().contains("key \"x\" already set in map"), "{error}");
        }
        other => panic!("no test for the configuration {other:?}"),
    }
}
