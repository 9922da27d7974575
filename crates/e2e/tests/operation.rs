//! A day with the exporter, seen from outside: check the inventory, scrape, edit it while running, stop.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;
use ward_e2e::exporter::Exporter;
use ward_e2e::http;
use ward_e2e::lab::Lab;
use ward_e2e::process::{PATIENCE, wait_for};
use ward_e2e::programs::ours;

const RELOADED: &str = "ward_exporter_config_last_reload_successful";

/// An address of the loopback network where nobody listens.
const NOBODY: &str = "\n  - {name: nobody, address: 127.255.0.9}\n";

#[test]
fn check_and_scrape_say_how_things_are() {
    let lab = Lab::serve(["--devices=3", "--interfaces=4"]);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("devices.yml");
    let exporter = |arguments: &[&str]| -> Output {
        let mut command = Command::new(ours("ward-exporter"));
        command.args(arguments).arg(format!("--devices.file={}", file.display())).output().unwrap()
    };
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();

    fs::write(&file, lab.devices()).unwrap();
    let all_well = exporter(&["check"]);
    assert!(all_well.status.success() && text(&all_well).contains("3 of 3 devices answered"), "{all_well:?}");

    fs::write(&file, format!("{}{NOBODY}", lab.devices().trim_end())).unwrap();
    let one_dead = exporter(&["check"]);
    assert_eq!(one_dead.status.code(), Some(1));
    assert!(text(&one_dead).contains("3 of 4 devices answered"), "{one_dead:?}");
    assert!(text(&one_dead).contains("nobody"), "{one_dead:?}");

    let name = lab.devices().split("name: ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let scrape = exporter(&["scrape", name, "--explain"]);
    assert!(scrape.status.success() && text(&scrape).contains("interface_if_hc_in_octets{"), "{scrape:?}");
    assert!(String::from_utf8_lossy(&scrape.stderr).contains("packets sent"), "{scrape:?}");

    let typo = exporter(&["scrape", "swich-1"]);
    assert!(!typo.status.success() && !typo.stderr.is_empty(), "{typo:?}");
}

#[test]
fn the_inventory_is_edited_while_it_runs() {
    let lab = Lab::serve(["--devices=2", "--interfaces=4"]);
    let mut exporter = Exporter::start(lab.devices());
    let reloaded = || exporter.exposition("/metrics").value(RELOADED, &[]);
    let status = |path: &str| exporter.get(path).map(|answer| answer.status);
    assert_eq!((status("/devices/nobody/metrics"), reloaded()), (Ok(404), Some(1.0)));

    // A new device is there without anybody asking for a reload. It fails, and says so in its own scrape only.
    let with_nobody = format!("{}{NOBODY}", lab.devices().trim_end());
    fs::write(exporter.devices_file(), &with_nobody).unwrap();
    wait_for("the new device", PATIENCE, || match status("/devices/nobody/metrics")? {
        200 => Ok(()),
        other => Err(format!("HTTP {other}")),
    });
    let scrape = exporter.scrape("nobody");
    assert_eq!(scrape.value("device_up", &[]), Some(0.0));
    assert_eq!(scrape.value("device_scrape_error_info", &[("reason", "unreachable")]), Some(1.0));

    // A mistake is refused with its line, and what was loaded before stays in force.
    fs::write(exporter.devices_file(), format!("{with_nobody}  - {{name: nobody, address: 127.0.0.1}}\n"))
        .unwrap();
    wait_for(
        "the refusal",
        PATIENCE,
        || if reloaded() == Some(0.0) { Ok(()) } else { Err("not yet".into()) },
    );
    let refusal = http::request(exporter.address, "POST", "/-/reload", &[]).unwrap();
    let line = with_nobody.lines().count() + 1;
    assert_eq!(refusal.status, 500);
    assert!(refusal.body.contains(&format!("devices.yml:{line}:")), "{}", refusal.body);
    assert_eq!((status("/devices/nobody/metrics"), status("/-/ready")), (Ok(200), Ok(200)));

    fs::write(exporter.devices_file(), lab.devices()).unwrap();
    exporter.process.signal("HUP");
    wait_for("the mended file", PATIENCE, || match (status("/devices/nobody/metrics")?, reloaded()) {
        (404, Some(1.0)) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert!(exporter.process.terminate().success());
}
