//! What else is served: discovery, configuration, reloading, draining.

use std::time::Duration;

use lab::Agent;
use serde_json::{Value, json};

use crate::harness::{Exporter, line, router, spawn, until};

const DEVICES: &str = "
auths: {branches: {version: 2, community: s3cret-community}}
defaults: {auth: branches}
devices:
  - {name: tbilisi-core-1, address: 192.0.2.1, labels: {site: tbilisi, role: core}}
  - {name: rustavi-r1, address: 192.0.2.9, labels: {site: rustavi}, interval: 30s}
";

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_discovered() {
    let exporter = Exporter::start(DEVICES, &[]);
    let answer = exporter.get("/sd").await;
    assert!(answer.head.contains("application/json"), "{}", answer.head);
    let groups: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let address = &exporter.address;
    assert_eq!(
        groups,
        json!([
            {"targets": [address], "labels": {"device": "tbilisi-core-1", "site": "tbilisi", "role": "core",
                "__metrics_path__": "/devices/tbilisi-core-1/metrics"}},
            {"targets": [address], "labels": {"device": "rustavi-r1", "site": "rustavi",
                "__metrics_path__": "/devices/rustavi-r1/metrics", "__scrape_interval__": "30s"}},
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_say_what_is_there_and_no_secret() {
    let exporter = Exporter::start(DEVICES, &[]);
    for (path, expected) in [
        ("/", "<a href=\"/devices/rustavi-r1/metrics\">rustavi-r1</a>"),
        ("/config", "<secret>"),
        ("/metrics", "ward_exporter_config_last_reload_successful 1"),
        ("/metrics", "ward_exporter_devices 2"),
        ("/-/healthy", "Healthy"),
        ("/-/ready", "Ready"),
    ] {
        let answer = exporter.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains(expected), "{path}: {}", answer.text());
        assert!(!answer.text().contains("s3cret"), "{path}");
    }
    let unknown = exporter.get("/devices/rustavi-r2/metrics").await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown
            .text()
            .starts_with("no device \"rustavi-r2\" in the inventory; the nearest names are rustavi-r1")
    );
    assert_eq!(exporter.get("/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_and_heads_have_no_body() {
    let agent = spawn(Agent::new(router("rustavi-r1", 20))).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("rustavi-r1", &agent)), &[]);
    let path = "/devices/rustavi-r1/metrics";
    let plain = exporter.get(path).await;
    let packed = exporter.ask("GET", path, "Accept-Encoding: gzip\r\n").await;
    assert!(packed.head.to_lowercase().contains("content-encoding: gzip"), "{}", packed.head);
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() * 3 < plain.body.len());
    let head = exporter.ask("HEAD", path, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_refused_and_the_old_one_stays() {
    let exporter = Exporter::start(DEVICES, &[]);
    let successful = "ward_exporter_config_last_reload_successful";
    assert_eq!(exporter.ask("GET", "/-/reload", "").await.status, 400);

    std::fs::write(exporter.devices_file(), "devices: [{name: a, adress: 192.0.2.1}]").unwrap();
    let refused = exporter.ask("POST", "/-/reload", "Content-Length: 0\r\n").await;
    assert_eq!(refused.status, 500);
    let text = refused.text();
    assert!(
        text.starts_with("failed to reload config: ") && text.contains("adress") && text.contains("address"),
        "{text}"
    );
    assert_eq!(exporter.get("/metrics").await.value(successful), Some(0.0));
    assert!(exporter.get("/sd").await.text().contains("rustavi-r1"), "the old devices stay");

    // Written beside it and moved over it, as editors do: seen without being told.
    let better = exporter.folder.path().join("better.yml");
    std::fs::write(&better, "devices: [{name: gori-r1, address: 192.0.2.1}]").unwrap();
    std::fs::rename(&better, exporter.devices_file()).unwrap();
    until(async || exporter.get("/sd").await.text().contains("gori-r1")).await;
    until(async || exporter.get("/metrics").await.value(successful) == Some(1.0)).await;

    std::fs::write(exporter.devices_file(), "devices: [{name: poti-r1, address: 192.0.2.1}]").unwrap();
    exporter.signal("HUP");
    until(async || exporter.get("/sd").await.text().contains("poti-r1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_in_flight_is_finished_before_the_end() {
    let agent = spawn(Agent::new(router("slow", 2)).delay(Duration::from_millis(400))).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("slow", &agent)), &[]);
    let asked = async {
        let answer = exporter.get("/devices/slow/metrics").await;
        assert_eq!(answer.value("device_up"), Some(1.0));
    };
    let stopped = async {
        until(async || agent.stats().requests > 0).await;
        exporter.signal("TERM");
    };
    tokio::join!(asked, stopped);
    assert!(exporter.wait(), "it ends well");
}
