//! A scrape configuration that was written for snmp_exporter, word for word but for addresses: vmagent pulls through ours
//! what it pulled through that.

use std::fs;

use lab::{Agent, synth};
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::process::{PATIENCE, wait_for};
use ward_e2e::programs::available;
use ward_e2e::snmp_exporter::{Server, Side};
use ward_e2e::victoria::{self, VictoriaMetrics, Vmagent};

/// Jobs in the three ways snmp_exporter's users write them. EXPORTER, FIRST and SECOND stand for addresses.
const SCRAPE: &str = "
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: snmp
    static_configs:
      - targets: [FIRST, SECOND]
    metrics_path: /snmp
    params:
      auth: [public_v2]
      module: [if_mib]
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: EXPORTER
  - job_name: lists
    static_configs:
      - targets: [FIRST]
        labels: {__param_module: 'if_mib,system', __param_auth: branches}
    metrics_path: /snmp
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: EXPORTER
  - job_name: repeated
    static_configs:
      - targets: [SECOND]
    metrics_path: /snmp
    params:
      module: [if_mib, system]
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: EXPORTER
  - job_name: snmp_exporter
    static_configs:
      - targets: [EXPORTER]
";

/// What the jobs name beside `if_mib` and `public_v2`, which ours has itself.
const SNMP_YML: &str = "
auths:
  public_v2: {version: 2, community: public}
  branches: {version: 2, community: public}
modules:
  system:
    get: [1.3.6.1.2.1.1.3.0]
    metrics:
    - {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: The time in hundredths of a second}
";

#[test]
fn a_scrape_configuration_goes_on_working() {
    if !available(&victoria::PROGRAMS, false) {
        return;
    }
    const INTERFACES: u32 = 6;
    let agent = |seed| {
        let device = synth::Device::switch("switch", "site", INTERFACES as usize, seed);
        agents::start(Agent::new(device.mib().build().unwrap()))
    };
    let (first, second) = (agent(1), agent(2));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("snmp.yml");
    fs::write(&file, SNMP_YML).unwrap();
    let exporter = Server::start(Side::Ours, vec![format!("--config.file={}", file.display())]);
    let storage = VictoriaMetrics::start();
    let configuration = SCRAPE
        .replace("FIRST", &format!("'{}'", first.addr()))
        .replace("SECOND", &format!("'{}'", second.addr()))
        .replace("EXPORTER", &format!("'{}'", exporter.address()));
    let _agent = Vmagent::start(&configuration, &storage);
    for (question, expected) in [
        ("count(up == 1)", 5),
        (r#"count(count by (instance) (ifHCInOctets{job="snmp"}))"#, 2),
        (r#"count(ifOperStatus{job="lists"})"#, INTERFACES),
        (r#"count(sysUpTime{job="lists"})"#, 1),
        (r#"count(sysUpTime{job="repeated"})"#, 1),
        (r#"count(snmp_scrape_pdus_returned{job="repeated"})"#, 2),
        (r#"count(ifHCInOctets{job="snmp",ifName!=""})"#, 2 * INTERFACES),
        (r#"count(snmp_collection_duration_seconds_count{job="snmp_exporter",module="if_mib"})"#, 1),
        ("count(snmp_exporter_build_info)", 1),
    ] {
        wait_for(question, PATIENCE, || match storage.value(question)? {
            value if value == f64::from(expected) => Ok(()),
            value => Err(format!("{value}, not {expected}")),
        });
    }
    let instance = format!(r#"up{{job="snmp",instance="{}"}}"#, first.addr());
    assert_eq!(storage.value(&instance), Ok(1.0));
}
