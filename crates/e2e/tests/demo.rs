//! `make demo` shows what the README promises, and leaves nothing behind.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use ward_e2e::process::{PATIENCE, Process, run, wait_for};
use ward_e2e::programs::{available, find, ours, repository};
use ward_e2e::victoria;

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

/// What the demo has started must not outlive it where the test fails.
struct Demo(Process);

impl Drop for Demo {
    fn drop(&mut self) {
        if self.0.ended().is_none() {
            self.0.terminate();
        }
    }
}
