//! From the devices through `/sd`, vmagent and VictoriaMetrics to an answer in PromQL, with the shipped vmagent.yml.

use std::fs;

use tempfile::TempDir;
use ward_e2e::exporter::Exporter;
use ward_e2e::lab::Lab;
use ward_e2e::process::{PATIENCE, wait_for};
use ward_e2e::programs::{available, repository};
use ward_e2e::victoria::{self, VictoriaMetrics, Vmagent};

/// Octets per second that interface 1 of the steady device receives; interface 2 twice as much, and so on.
const PACE: u32 = 1_250_000;
const STEADY_INTERFACES: u32 = 4;

#[test]
fn series_arrive_and_rates_are_right() {
    if !available(&victoria::PROGRAMS, false) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let recording = folder.path().join("steady.snmprec");
    fs::write(&recording, steady_device()).unwrap();
    let lab = Lab::serve(["--devices=3", "--interfaces=24", &format!("steady={}", recording.display())]);
    let exporter = Exporter::start(lab.devices());
    let storage = VictoriaMetrics::start();
    let _agent = Vmagent::start(&shipped_configuration(&exporter), &storage);

    // Every interface of every device arrives, under its device's name.
    let answer_is = |question: &str, expected: u32| {
        wait_for(question, PATIENCE, || match storage.value(question)? {
            value if value == f64::from(expected) => Ok(()),
            value => Err(format!("{value}, not {expected}")),
        });
    };
    let made_up = 3 * 24;
    answer_is("count(interface_if_hc_in_octets)", STEADY_INTERFACES + made_up);
    answer_is(r#"count(interface_if_hc_in_octets{device="steady"})"#, STEADY_INTERFACES);
    answer_is("count(count by (device) (device_up == 1))", 4);
    answer_is(r#"count(up{job="snmp"} == 1)"#, 4);
    answer_is(r#"up{job="ward-exporter"}"#, 1);

    // Once there are enough samples, the rate is the pace the counters were given.
    let samples = r#"min(count_over_time(interface_if_hc_in_octets{device="steady"}[5m]))"#;
    wait_for("ten samples", PATIENCE, || match storage.value(samples)? {
        count if count >= 10.0 => Ok(()),
        count => Err(format!("{count} samples")),
    });
    for interface in 1..=STEADY_INTERFACES {
        let question =
            format!(r#"rate(interface_if_hc_in_octets{{device="steady",if_index="{interface}"}}[5m]) * 8"#);
        let (labels, rate) = storage.query(&question).unwrap().pop().expect("a row");
        assert_eq!(labels.get("if_name"), Some(&format!("ge-0/0/{interface}")));
        let expected = f64::from(interface * PACE * 8);
        assert!((rate / expected - 1.0).abs() < 0.03, "{question} is {rate}, not {expected}");
    }
}

/// A device whose counters go at a known pace, in snmpsim's format.
fn steady_device() -> String {
    let mut lines = vec!["1.3.6.1.2.1.1.3.0|67|4711".to_string(), "1.3.6.1.2.1.1.5.0|4|steady".to_string()];
    for interface in 1..=STEADY_INTERFACES {
        let pace = interface * PACE;
        lines.push(format!("1.3.6.1.2.1.2.2.1.1.{interface}|2|{interface}"));
        lines.push(format!("1.3.6.1.2.1.2.2.1.8.{interface}|2|1"));
        lines.push(format!("1.3.6.1.2.1.31.1.1.1.1.{interface}|4|ge-0/0/{interface}"));
        lines
            .push(format!("1.3.6.1.2.1.31.1.1.1.6.{interface}|70:numeric|initial=9000000000000,rate={pace}"));
    }
    lines.join("\n") + "\n"
}

/// configs/vmagent.yml, asking this exporter, and more often than it would.
fn shipped_configuration(exporter: &Exporter<'_>) -> String {
    let mut text = fs::read_to_string(repository().join("configs/vmagent.yml")).unwrap();
    for (shipped, here) in [
        ("127.0.0.1:9116", exporter.address.to_string().as_str()),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("scrape_timeout: 10s", "scrape_timeout: 1s"),
    ] {
        assert!(text.contains(shipped), "configs/vmagent.yml has no {shipped}");
        text = text.replace(shipped, here);
    }
    text
}
