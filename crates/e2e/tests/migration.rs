//! What docs/MIGRATION.md tells people to type works.

use std::fs;
use std::path::Path;
use std::process::Command;

use lab::{Agent, Mib, Value};
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::process::{free_port, run};
use ward_e2e::programs::{available, ours, repository};
use ward_e2e::snmp_exporter::{Server, Side, installed};

/// The shell block of the document that holds `word`.
fn block(word: &str) -> String {
    let text = fs::read_to_string(repository().join("docs/MIGRATION.md")).expect("the document");
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(word)).expect("the block").to_string()
}

#[test]
fn both_exporters_side_by_side() {
    if !available(&["curl", "diff", "sed"], false) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("snmp.yml");
    let module = fs::read_to_string(repository().join("configs/modules/if_mib.yml")).unwrap();
    fs::write(&config, format!("auths: {{public_v2: {{version: 2}}}}\n{module}")).unwrap();
    let row = |column| [1, 3, 6, 1, 2, 1, 2, 2, 1, column, 1];
    let objects =
        [(row(1), Value::Integer(1)), (row(2), Value::text("eth0")), (row(10), Value::Counter32(7))];
    let agent = agents::start(Agent::new(Mib::of(objects).expect("names fit packets")));

    // Where there is no snmp_exporter, one of ours stands where it would.
    let side = if installed().is_some() { Side::Theirs } else { Side::Ours };
    let old = Server::start(side, vec![format!("--config.file={}", config.display())]);
    let (old_port, new_port) = (old.address().port().to_string(), free_port().port().to_string());
    let script = block("diff")
        .replace("/tmp/", &format!("{}/", folder.path().display()))
        .replace("192.0.2.1", &agent.addr().to_string())
        .replace("/etc/prometheus/snmp.yml", &config.display().to_string())
        .replace("9116", &old_port)
        .replace("9117", &new_port);
    let programs = ours("ward-exporter");
    let folders = programs.parent().unwrap_or(Path::new(".")).display();
    let path = format!("{folders}:{}", std::env::var("PATH").unwrap_or_default());
    let said = run(Command::new("bash").args(["-eu", "-o", "pipefail", "-c", &script]).env("PATH", path));
    assert_eq!(said, "the same series\n");
    let answer = fs::read_to_string(folder.path().join(format!("snmp.{new_port}"))).unwrap();
    assert!(
        answer.contains("ifInOctets{ifAlias=\"\",ifDescr=\"eth0\",ifIndex=\"1\",ifName=\"\"}"),
        "{answer}"
    );
}
