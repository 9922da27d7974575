//! `make demo` shows what the README promises, and leaves nothing behind.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;
use ward_e2e::process::{PATIENCE, Process, run, wait_for};
use ward_e2e::programs::{available, find, ours, repository};
use ward_e2e::replay::{self, Rule};
use ward_e2e::{asking, dashboards, http, promql, victoria};

/// Until all of it has started and there are rates.
const STARTS: Duration = Duration::from_secs(180);

#[test]
fn the_demo_ends_in_first_answers_and_an_alert_on_request() {
    let programs =
        [&victoria::PROGRAMS[..], &["curl", "vmalert", "prometheus-alertmanager", "amtool"]].concat();
    if !available(&programs, false) {
        return;
    }
    let initdb = find("initdb").is_some() || std::path::Path::new("/usr/lib/postgresql").is_dir();
    // It builds by itself; building before keeps the compiler's output out of the way.
    ours("ward-lab");
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(repository().join("scripts/demo.sh"));
    let mut demo = Demo(Process::start(command.args(["--branches", "2"]).env("TMPDIR", folder.path())));
    let demo = &mut demo.0;
    let printed = wait_for("the demo", STARTS, || match (demo.output(), demo.ended()) {
        (printed, None) if printed.contains("Ctrl-C stops all.") => Ok(printed),
        (_, None) => Err("still starting".to_owned()),
        (printed, Some(status)) => panic!("{status}:\n{printed}"),
    });
    for promised in [
        "http://127.0.0.1:",
        "/metrics",
        "/sd",
        "/vmui/",
        "Mbit/s",
        "count(interface_if_hc_in_octets)",
        "/api/v1/interfaces",
        "by_type",
        "by_provider",
        "BECAUSE",
        "isp_provider",
        "/vmalert/groups",
        "/#/alerts",
        if initdb { "postgres://ward@127.0.0.1:" } else { "ward.db" },
    ] {
        assert!(printed.contains(promised), "no {promised} in:\n{printed}");
    }
    let providers = printed.lines().filter(|line| line.ends_with(" Mbit/s in all")).count();
    assert!(providers >= 2, "{printed}");
    let busiest = printed.lines().filter(|line| line.ends_with(" Mbit/s")).count();
    assert_eq!(busiest, 3, "{printed}");

    // The commands as they are printed.
    let line = |what: &str| {
        let line = printed.lines().find(|line| line.starts_with("  ") && line.contains(what));
        line.unwrap_or_else(|| panic!("no {what} in:\n{printed}"))
    };
    let shell = |line: &str| run(Command::new("sh").current_dir(repository()).args(["-c", line]));
    let query = line(" alert query ");
    assert!(!shell(query).contains("IspInterfaceDown"));
    shell(line(" down "));
    let shown = wait_for("the alert", PATIENCE + PATIENCE, || {
        let shown = shell(query);
        if shown.contains("IspInterfaceDown") { Ok(shown) } else { Err(shown) }
    });
    assert!(shown.contains(": line of "), "{shown}");
    let shown = shell(&format!("{query} alertname=IspInterfaceDown -o json"));
    let alerts: Value = serde_json::from_str(&shown).unwrap();
    for label in ["isp_provider", "site"] {
        assert!(
            alerts[0]["labels"][label].as_str().is_some_and(|text| !text.is_empty()),
            "no {label}: {shown}"
        );
    }
    // An alert fires, which dashboards have to show.
    let complaints = wrong_in_dashboards(&printed);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    shell(line(" up "));
    wait_for("the end of the alert", PATIENCE, || match shell(query) {
        shown if shown.contains("IspInterfaceDown") => Err(shown),
        _ => Ok(()),
    });

    demo.signal("INT");
    let status = wait_for("the demo's end", PATIENCE, || demo.ended().ok_or("still running".to_owned()));
    assert!(status.success(), "{status}");
    let left_behind = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left_behind, 0, "files in the folder for temporary ones");
}

/// Panels that have nothing to show in the demo, and why.
const QUIET: [(&str, &str); 15] = [
    ("ward-alerts: Medium", "what is broken is worse"),
    ("ward-alerts: Warning", "what is broken is worse"),
    ("ward-alerts: Info", "what is broken is worse"),
    ("ward-fleet: Devices that do not answer, by site", "all answer"),
    ("ward-fleet: Discards", "a minute without any"),
    ("ward-health: Programs away", "all are there"),
    ("ward-health: Incomplete devices", "all are complete"),
    ("ward-health: Not classified", "all are"),
    ("ward-health: How long walks take", "the first walks were over before somebody looked"),
    ("ward-providers: Sites with one line only", "all have two"),
    ("ward-topology: Devices without neighbours", "all have some"),
    ("ward-topology: Without neighbours", "all have some"),
    ("ward-topology: Links lost or moved", "no link is a day old"),
    ("ward-device: Discards", "a minute without any"),
    ("ward-interface: Plugged into", "a provider, who says nothing"),
];

/// Series that are there only where something is wrong: silent devices, damaged and discarded packets.
const TROUBLE: [&str; 4] =
    ["device_scrape_error_info", "device:behind", "interface:errors:labelled", "interface:discards:labelled"];

/// What is wrong with the dashboards, as somebody sees them who looks at this demo: questions without an answer, and links to the
/// classifier that lead nowhere.
fn wrong_in_dashboards(printed: &str) -> Vec<String> {
    let server = |path: &str| -> SocketAddr {
        let end = printed.find(path).unwrap_or_else(|| panic!("no {path} in:\n{printed}"));
        let begin = printed[..end].rfind("http://").expect("a URL") + "http://".len();
        printed[begin..end].parse().expect("an address")
    };
    let (storage, classifier) = (server("/vmui/"), server("/api/v1/interfaces"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    // Rules of minutes are evaluated as they stand, once more: their first time may be minutes away. Those of hours have to wait.
    let rules = replay::rules();
    let mut late = replay::late(&rules, 300);
    late.extend(TROUBLE.map(String::from));
    let at_once = rules.into_iter().map(|rule| Rule { interval: 1, ..rule }).collect();
    replay::replay(storage, at_once, now - 20, now, 1);
    // A line that is up.
    let lines = promql::query_at(storage, "interface:traffic_bps:labelled{interface_type=\"isp\"}", now);
    let (line, _) = lines.expect("an answer").into_iter().next().expect("a line of a provider");
    let (device, if_name) = (line["device"].as_str(), line["if_name"].as_str());
    let values = [
        ("site", ".*"),
        ("role", ".*"),
        ("device", device),
        ("if_name", if_name),
        ("interface_type", ".*"),
        ("isp_provider", ".*"),
        ("is_critical", ".*"),
        ("severity", ".*"),
        ("category", ".*"),
        ("depth", "2"),
        ("infinity", "x"),
        ("datasource", "x"),
        ("__rate_interval", "1m"),
        ("__range", "1h"),
        ("__interval", "1m"),
    ];
    let mut complaints = asking::complaints(storage, now, &values, &QUIET, &late);

    let (device, if_name) = (http::encode(device), http::encode(if_name));
    let filled = [
        ("device", device.as_str()),
        ("if_name", &if_name),
        ("__data.fields.device", &device),
        ("__data.fields.if_name", &if_name),
        ("__field.labels.device", &device),
        ("__field.labels.if_name", &if_name),
    ];
    let links = dashboards::all().into_iter().flat_map(|dashboard| dashboard.links());
    let links: BTreeSet<String> =
        links.filter_map(|(_, url)| url.strip_prefix("${classifier}").map(String::from)).collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        let path = dashboards::substitute(&link, &filled);
        complaints.extend(
            http::get(classifier, &path).and_then(http::Answer::ok).err().map(|e| format!("{path}: {e}")),
        );
    }
    complaints
}

/// What the demo has started must not outlive it where the test fails.
struct Demo(Process);

impl Drop for Demo {
    fn drop(&mut self) {
        if self.0.ended().is_none() {
            self.0.terminate();
        }
    }
}
