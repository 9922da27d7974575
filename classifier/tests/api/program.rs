//! The program itself, over HTTP, asked by curl.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::document::Document;
use crate::network::{Network, Server};
use crate::support::series::Series;

/// A web config with one user, `admin`, whose password is this.
const PASSWORD: &str = "geheim";
const WEB: &str = "basic_auth_users: {admin: $2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.}\n";

/// What came back.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}{}", self.head, self.body))
    }
}

/// Asks with curl; the answer is one that the document describes.
fn curl(server: &Server, method: &str, path: &str, more: &[&str]) -> Answer {
    let url = format!("http://{}/api/v1{path}", server.address);
    let how = if method == "HEAD" { vec!["-I"] } else { vec!["-i", "-X", method] };
    let output = Command::new("curl").arg("-s").args(how).arg(url).args(more).output().expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
            .unwrap_or_default()
    };
    if method != "HEAD" {
        let path = format!("/api/v1{}", path.split('?').next().unwrap_or_default());
        let wrong = Document::new().wrong(method, &path, status, header("content-type"), body.as_bytes());
        assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}\n{text}");
    }
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

const AUTH: [&str; 2] = ["-u", "admin:geheim"];
const JSON: [&str; 2] = ["-H", "Content-Type: application/json"];

/// Waits until a path's answer is as expected.
fn until(server: &Server, path: &str, expected: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = curl(server, "GET", path, &AUTH);
        if answer.status == 200 && expected(&answer.json()) {
            return answer.json();
        }
        assert!(Instant::now() < end, "{path}: {} {}\n{}", answer.status, answer.body, server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The program over two switches, with a web config, changes permitted, and series that say nothing.
async fn served() -> (Network, Server) {
    let network = Network::of(&["rustavi-r1", "rustavi-r2"]).await;
    network.write("web.yml", WEB);
    let url = format!("--metrics.url={}", Series::empty().url);
    let server = Server::start(&network, &["--web.config.file=web.yml", "--web.enable-admin-api", &url]);
    until(&server, "/interfaces", |list| list["total"] == 48);
    (network, server)
}

/// An interface that rules say is something else.
fn some_id(server: &Server) -> i64 {
    let list = curl(server, "GET", "/interfaces?device=rustavi-r1&if_name=Gi1/0/1", &AUTH).json();
    list["interfaces"][0]["id"].as_i64().expect("a number")
}

fn kind_of(server: &Server, id: i64) -> Value {
    let one = curl(server, "GET", &format!("/interfaces/{id}"), &AUTH).json();
    json!([one["interface"]["interface_type"], one["interface"]["isp_provider"], one["override"]["author"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_outlive_walks_renumbering_and_kill_9() {
    let (network, server) = served().await;
    let id = some_id(&server);
    let path = format!("/interfaces/{id}/override");
    let body = r#"{"interface_type": "isp", "isp_provider": "veon", "reason": "contract 123"}"#;
    let set = [&AUTH[..], &JSON, &["-d", body]].concat();
    assert_eq!(curl(&server, "PATCH", &path, &set[2..]).status, 401, "without a name");
    let answer = curl(&server, "PATCH", &path, &set);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let decided = json!(["isp", "veon", "admin"]);
    assert_eq!(kind_of(&server, id), decided);

    // Walked again, with other indexes.
    let mut device = network.devices[0].clone();
    device.ports.iter_mut().for_each(|port| port.index += 100);
    network.agents[0].set_mib(device.mib().build().expect("names that fit"));
    let job = curl(&server, "POST", "/devices/rustavi-r1/discover", &AUTH);
    assert_eq!(job.status, 202, "{}", job.body);
    let number = job.json()["id"].clone();
    assert!(job.head.contains(&format!("location: /api/v1/jobs/{number}")), "{}", job.head);
    let done = until(&server, &format!("/jobs/{number}"), |job| job["job"]["status"] == "done");
    assert_eq!((&done["job"]["done"], &done["devices"][0]["status"]), (&json!(1), &json!("done")));
    let one = curl(&server, "GET", &format!("/interfaces/{id}"), &AUTH).json();
    assert_eq!(one["interface"]["if_index"], 101);
    assert_eq!(kind_of(&server, id), decided);
    let url = format!("http://{}/metrics", server.address);
    let metrics =
        Command::new("curl").args(["-s", AUTH[0], AUTH[1], &url]).output().expect("curl runs").stdout;
    assert!(String::from_utf8_lossy(&metrics).contains("isp_provider=\"veon\""), "the metrics say it too");
    server.kill();

    let server = Server::start(&network, &["--web.config.file=web.yml", "--web.enable-admin-api"]);
    until(&server, "/interfaces", |list| list["total"] == 48);
    assert_eq!(kind_of(&server, id), decided);
    assert_eq!(curl(&server, "DELETE", &path, &AUTH).status, 200);
    assert_ne!(kind_of(&server, id), decided);
    let events =
        curl(&server, "GET", &format!("/events?interface_id={id}&kind=override_set,override_removed"), &AUTH);
    assert_eq!(events.json()["events"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_web_config_all_can_be_read_and_nothing_changed() {
    let network = Network::of(&["rustavi-r1"]).await;
    let server = Server::start(&network, &["--web.enable-admin-api"]);
    until(&server, "/interfaces", |list| list["total"] == 24);
    let refused = curl(&server, "POST", "/discover", &[]);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (401, &json!("unauthenticated")));
    let refused = curl(&server, "POST", "/discover", &["-H", "Origin: http://evil.example"]);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (403, &json!("cross_site")));
    let long = "x".repeat(2 * 1024 * 1024);
    network.write("long.yml", &long);
    let file = format!("@{}", network.folder.path().join("long.yml").display());
    let yaml = ["-H", "Content-Type: application/yaml", "-H", "Expect:", "--data-binary", &file];
    let refused = curl(&server, "POST", "/rules/dry-run", &yaml);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (413, &json!("too_large")));
    let head = curl(&server, "HEAD", "/interfaces", &[]);
    assert!(
        head.status == 200 && head.body.is_empty() && head.head.contains("content-length: "),
        "{}",
        head.head
    );
    let packed = curl(&server, "HEAD", "/interfaces", &["-H", "Accept-Encoding: gzip"]);
    assert!(packed.head.contains("content-encoding: gzip"), "{}", packed.head);
    drop(server);

    network.write("web.yml", WEB);
    let server = Server::start(&network, &["--web.config.file=web.yml"]);
    until(&server, "/interfaces", |list| list["total"] == 24);
    let refused = curl(&server, "GET", "/interfaces", &[]);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (401, &json!("unauthenticated")));
    assert!(refused.head.contains("www-authenticate: basic"), "{}", refused.head);
    let refused = curl(&server, "POST", "/discover", &AUTH);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (403, &json!("admin_disabled")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_documentation_runs() {
    let (network, server) = served().await;
    network.write("mine.yml", ward_classifier::rules::BUILT_IN);
    let page = include_str!("../../../docs/API.md");
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let script: String = blocks.collect();
    assert!(script.matches("curl ").count() > 15);
    // All of them by someone who is let in; each must succeed.
    let script = script.replace("http://127.0.0.1:9117", &format!("http://{}", server.address));
    let script = format!(
        "set -e\nPASSWORD={PASSWORD}\ncurl() {{ command curl -u admin:$PASSWORD \"$@\"; }}\n{script}"
    );
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &script])
        .current_dir(network.folder.path())
        .output()
        .expect("bash runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in
        ["\"operationId\": \"getJob\"", "\"votes\":[", "\"author\":\"admin\"", "\"complete\":true"]
    {
        assert!(printed.contains(expected), "no {expected} in:\n{printed}");
    }
    let table = std::fs::read_to_string(network.folder.path().join("critical.csv")).expect("a table");
    assert!(table.starts_with("id,device_id,"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools/schemathesis/bin/schemathesis");
    if !std::path::Path::new(program).exists() {
        println!("skipped, missing: schemathesis (scripts/install-schemathesis.sh gets it)");
        return;
    }
    let (network, server) = served().await;
    let url = format!("http://{}/api/v1/openapi.json", server.address);
    let output = Command::new(program)
        .current_dir(network.folder.path())
        .args(["run", &url, "--auth", "admin:geheim", "--no-color", "--generation-deterministic"])
        // What fits the schema can still be refused: rules that are no rules, devices that nobody has.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(["--max-examples", "10", "--max-time", "30", "--no-shrink"])
        .output()
        .expect("it runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        ["Tested: 2", "Tested: 3", "Tested: 4"].iter().any(|tested| printed.contains(tested)),
        "{printed}"
    );
}
