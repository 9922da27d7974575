//! The rows `http` and `v3` of the acceptance cases, each by its name: what snmp_exporter answered, and where ours
//! answers otherwise, why.

use std::fs;
use std::process::Command;

use lab::{Agent, Level};
use serde_json::Value as Json;
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::http::Answer;
use ward_e2e::process::run;
use ward_e2e::programs::{available, shared};
use ward_e2e::snmp_exporter::{Server, Side};
use ward_e2e::v3::{self, Snmpd, at, profile, users};

/// All rows of a kind. `None` where the cases are not here.
fn rows(kind: &str) -> Option<Vec<Json>> {
    let text =
        fs::read_to_string(shared()?.join("cases/snmp_exporter_cases.json")).expect("the cases are readable");
    let all: Json = serde_json::from_str(&text).expect("the cases are JSON");
    let rows = all[kind].as_array().expect("a list").clone();
    assert!(!rows.is_empty());
    Some(rows)
}

const MODULES: &str = "modules:
  m: {get: [1.3.6.1.2.1.1.3.0], retries: 0, timeout: 300ms, metrics: [{name: uptime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: h}]}
  n: {get: [1.3.6.1.2.1.1.5.0], retries: 0, timeout: 300ms, metrics: [{name: name, oid: 1.3.6.1.2.1.1.5, type: DisplayString, help: h}]}
  w: {walk: [1.3.6.1.2.1.1.3], retries: 0, timeout: 300ms, metrics: [{name: ticks, oid: 1.3.6.1.2.1.1.3, type: gauge, help: h}]}
";

#[test]
fn http() {
    let Some(rows) = rows("http") else { return };
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("snmp.yml");
    let good =
        format!("auths: {{public_v2: {{community: public}}, other: {{community: hush-hush}}}}\n{MODULES}");
    fs::write(&config, &good).unwrap();
    let server = Server::start(Side::Ours, vec![format!("--config.file={}", config.display())]);
    let device = lab::synth::Device::switch("r", "s", 2, 7);
    let agent = agents::start(Agent::new(device.mib().build().unwrap()));
    let target = agent.addr().to_string();
    for row in &rows {
        let name = row["request"].as_str().unwrap();
        let status = row["status"].as_u64().unwrap();
        let body = row["body"].as_str().unwrap();
        let ask = |method: &str, path: &str| -> Answer {
            let path = path.replace("target=T", &format!("target={target}"));
            server.request(method, &path, &[]).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let (method, path) = name.split_once(' ').unwrap();
        let plain = || {
            let answer = ask(method, path);
            assert_eq!(u64::from(answer.status), status, "{name}: {}", answer.body);
            answer
        };
        match name {
            "GET /snmp"
            | "GET /snmp?target=a&target=b"
            | "GET /snmp?target=a&snmp_context=x&snmp_context=y"
            | "GET /snmp?target=a&auth=zz"
            | "PUT /-/reload"
            | "GET /nosuch" => assert_eq!(plain().body, body, "{name}"),
            // As upstream's main: 0.30.1 answers nothing.
            "GET /snmp?target=T&module=" => {
                let answer = ask(method, path);
                let expected = "'module' parameter must contain at least one module name\n";
                assert_eq!((answer.status, answer.body.as_str()), (400, expected));
            }
            "GET /snmp?target=T" => assert!(plain().body.contains("\nifHCInOctets{"), "if_mib is meant"),
            "GET /snmp?target=127.0.0.1:bad&module=m" => {
                let answer = plain().body;
                for part in body.trim_start_matches("contains: ").split(" ... ") {
                    assert!(answer.contains(part), "{part} is not in {answer}");
                }
            }
            // As upstream's main: an address in brackets needs no port. Nobody is there, or somebody who says nothing.
            "GET /snmp?target=[::1]&module=m" => {
                let answer = ask(method, path).body;
                assert!(!answer.contains("missing port") && !answer.contains("[[::1]]"), "{answer}");
            }
            "GET /snmp?target=closed-port" => {
                let closed = ward_e2e::process::free_port();
                let answer = ask("GET", &format!("/snmp?target={closed}&module=w"));
                let (start, end) = body.trim_start_matches("starts: ").split_once(" ... ").unwrap();
                let start = start.replace("module=\"M\"", "module=\"w\"").replace("HOST", "127.0.0.1");
                assert_eq!(u64::from(answer.status), status);
                assert!(
                    answer.body.starts_with(&start) && answer.body.contains(end),
                    "{start}\n{}",
                    answer.body
                );
            }
            "HEAD /snmp?target=T&module=m" => {
                let before = agent.stats().requests;
                assert_eq!(plain().body, "");
                assert!(agent.stats().requests > before, "the scrape took place");
            }
            "POST /-/reload (bad config)" => {
                fs::write(&config, "modules: [").unwrap();
                let answer = ask("POST", "/-/reload");
                assert_eq!(u64::from(answer.status), status);
                assert!(answer.body.starts_with("failed to reload config: "), "{}", answer.body);
                assert_eq!(ask("GET", "/snmp?target=T&module=m").status, 200, "the old one stays");
                fs::write(&config, &good).unwrap();
                let answer = ask("POST", "/-/reload");
                assert_eq!((answer.status, answer.body.as_str()), (200, ""));
            }
            "GET /config" => {
                let shown = plain().body;
                assert!(shown.contains("  other:\n    community: <secret>\n"), "{shown}");
                assert!(shown.contains("max_repetitions: 25\n") && !shown.contains("hush-hush"), "{shown}");
            }
            // There is nothing of Go in here to be profiled.
            "GET /debug/pprof/cmdline" => assert_eq!(ask(method, path).status, 404),
            other => panic!("no test for the row {other:?}"),
        }
    }
    println!("{} rows", rows.len());
}

#[test]
fn v3() {
    let Some(rows) = rows("v3") else { return };
    if !available(&v3::PROGRAMS, false) {
        return;
    }
    let snmpd = Snmpd::start();
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("snmp.yml");
    let mut auths: String = users().iter().map(profile).collect();
    let of = |name: &str| users().iter().find(|user| v3::name(user) == name).map(profile).expect("a user");
    let called = |name: &str, line: String| {
        line.replacen(&format!("  {}:", line.trim().split(':').next().unwrap()), &format!("  {name}:"), 1)
    };
    auths += &called("wrong_auth", of("SHAwithAES").replace("auth-phrase", "not-the-phrase"));
    auths += &called("wrong_priv", of("SHAwithAES").replace("priv-phrase", "not-the-phrase"));
    auths += &called("stranger", of("SHA").replacen("username: SHA", "username: stranger", 1));
    auths += &called("too_low", at("SHAwithAES:SHA:auth-phrase:AES:priv-phrase", Level::NoAuthNoPriv));
    fs::write(&config, format!("auths:\n{auths}{MODULES}")).unwrap();
    let mut server = Server::start(Side::Ours, vec![format!("--config.file={}", config.display())]);
    let mut ask = |query: &str| {
        let path = format!("/snmp?target={}&{query}", snmpd.address);
        server.get(&path, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}"))
    };
    let sent = |answer: &Answer| -> f64 {
        let lines = answer.body.lines().filter(|line| line.starts_with("snmp_scrape_packets_sent{"));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
    };
    for row in &rows {
        let name = row["case"].as_str().unwrap();
        let status = row["status"].as_u64().unwrap();
        let mut fails = |query: &str, why: &str| {
            let answer = ask(query);
            assert_eq!(u64::from(answer.status), status, "{name}: {}", answer.body);
            assert!(answer.body.contains("error getting target 127.0.0.1: "), "{name}: {}", answer.body);
            assert!(answer.body.contains(why), "{name}: {why:?} is not in {}", answer.body);
        };
        match name {
            "noAuthNoPriv / SHA+AES / MD5+DES / SHA256+AES / SHA512+AES256(Blumenthal) against net-snmp" => {
                for user in ["none", "SHAwithAES", "MD5withDES", "SHA256withAES", "SHA512withAES256"] {
                    let [first, second] = [0, 1].map(|_| ask(&format!("module=m&auth={user}")));
                    assert_eq!((first.status, second.status), (200, 200), "{user}: {}", first.body);
                    assert!(
                        first.body.contains("\nuptime ") && sent(&first) <= 2.0,
                        "{user}: {}",
                        first.body
                    );
                    // What was discovered once is known from then on.
                    assert_eq!(sent(&second), 1.0, "{user}");
                }
            }
            "two modules, one worker" => {
                let answer = ask("module=m,n&auth=SHA224withAES");
                assert_eq!(u64::from(answer.status), status, "{}", answer.body);
                assert!(sent(&answer) <= 3.0, "{}", answer.body);
            }
            // Ours says which it is; upstream says the same of both, or that nothing came.
            "wrong auth password" => fails("module=m&auth=wrong_auth", "wrong authentication password"),
            "unknown user" => fails("module=m&auth=stranger", "user \"stranger\""),
            "wrong priv password" => fails("module=m&auth=wrong_priv", "priv"),
            "user needs priv, auth is noAuthNoPriv" => fails("module=m&auth=too_low", "authorizationError"),
            "snmp_context that the agent does not know" => {
                fails("module=m&auth=SHAwithAES&snmp_context=nowhere", "context");
            }
            "snmp_engineid=<hex>" => {
                let mut get = Command::new("snmpget");
                get.args([
                    "-v2c",
                    "-cpublic",
                    "-m",
                    "",
                    "-Oqvx",
                    &snmpd.address.to_string(),
                    "1.3.6.1.6.3.10.2.1.1.0",
                ]);
                let id: String = run(&mut get).chars().filter(char::is_ascii_hexdigit).collect();
                for query in [format!("snmp_engineid={id}"), String::from("snmp_engineid=&snmp_context=")] {
                    let answer = ask(&format!("module=m&auth=SHAwithAES&{query}"));
                    assert_eq!(u64::from(answer.status), status, "{query}: {}", answer.body);
                }
                let answer = ask("module=m&auth=SHAwithAES&snmp_engineid=zz");
                assert_eq!(answer.status, 400, "{}", answer.body);
                assert!(answer.body.starts_with("'snmp_engineid' parameter: "), "{}", answer.body);
            }
            other => panic!("no test for the row {other:?}"),
        }
    }
    println!("{} rows", rows.len());
}
