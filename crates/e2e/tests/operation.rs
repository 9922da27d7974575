//! A day with the exporter, seen from outside: check the inventory, scrape, edit it while running, stop.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use ward_e2e::documents::{commands, page};
use ward_e2e::exporter::Exporter;
use ward_e2e::http;
use ward_e2e::lab::Lab;
use ward_e2e::process::{PATIENCE, Process, free_port, run, wait_for};
use ward_e2e::programs::{available, find, ours, repository};
use ward_e2e::victoria::VictoriaMetrics;

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

/// A daemon of ours that a command line starts, once it is ready; it has walked all devices, where it is the classifier.
fn daemon(line: &str, folder: &Path) -> (Process, String) {
    let mut words = line.split_whitespace();
    let program = words.next().expect("a program");
    let address = free_port();
    let mut command = Command::new(ours(program));
    command.args(words).arg(format!("--web.listen-address={address}")).current_dir(folder);
    command.env("SNMP_COMMUNITY", "public");
    let mut process = Process::start(&mut command);
    process.ready(line, || http::get(address, "/-/ready")?.ok());
    if program == "ward-classifier" {
        process.ready("the first walks", || {
            let waiting =
                http::get(address, "/metrics")?.ok()?.contains("ward_classifier_store_waiting_devices 0");
            let list = http::get(address, "/api/v1/devices?walked=false&limit=1")?.ok()?;
            if waiting && list.contains("\"total\":0,") { Ok(()) } else { Err(list) }
        });
    }
    (process, address.to_string())
}

/// All commands of the README, as they stand there, but for `make`, which would build and test all.
#[test]
fn the_readme_is_followed() {
    if !available(&["bash", "curl", "vmagent", "victoria-metrics"], false) {
        return;
    }
    let lab = Lab::serve(["--network=bank", "--branches=1"]);
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("devices.yml"), lab.devices()).unwrap();
    std::os::unix::fs::symlink(repository().join("configs"), folder.path().join("configs")).unwrap();
    let value = |key: &str| {
        let found = lab.devices().split(&format!("{key}: ")).nth(1).expect(key);
        found.split(['}', ',', '\n']).next().expect(key).trim_matches('"').to_string()
    };
    let a_device = format!("{}:{}", value("address"), value("port"));

    let told = commands("README.md", &page("README.md"), |_| false);
    let lines: Vec<&str> =
        told.iter().map(|told| told.text.as_str()).filter(|line| !line.starts_with("make ")).collect();
    let is_daemon = |line: &&str| {
        line.contains("ward-")
            && line.split_whitespace().nth(1).is_some_and(|word| word.starts_with("--devices.file"))
    };
    let (daemons, others): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(is_daemon);
    assert!(daemons.len() >= 3 && others.len() >= 9, "{daemons:?} {others:?}");

    // Each by itself, in the folder that the reader is in; the database of others is not here.
    for line in daemons.iter().filter(|line| !line.contains("postgres://")) {
        assert!(daemon(line, folder.path()).0.terminate().success(), "{line}");
    }
    // The demo's own, for what asks them.
    let storage = VictoriaMetrics::start();
    let (_exporter, exporter) = daemon("ward-exporter --devices.file=devices.yml", folder.path());
    let (_classifier, classifier) =
        daemon("ward-classifier --devices.file=devices.yml --database=demo.db", folder.path());
    let mut script = String::from("set -euo pipefail\n");
    for line in others {
        let line = line
            .replace("127.0.0.1:9116", &exporter)
            .replace("127.0.0.1:9117", &classifier)
            .replace("http://127.0.0.1:8428", &format!("http://{}", storage.address))
            .replace("curl -s ", "curl -fsS ")
            .replace("192.0.2.1", &a_device)
            .replace("SNMP_COMMUNITY=…", "SNMP_COMMUNITY=public")
            .replace("vmagent ", "vmagent -dryRun ");
        if line.starts_with("dot ") && find("dot").is_none() {
            continue;
        }
        script += &format!("echo '$ '{}\n{line}\n", line.split_whitespace().next().unwrap_or_default());
    }
    let programs = ours("ward-exporter");
    let path = format!(
        "{}:{}",
        programs.parent().expect("a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut bash = Command::new("bash");
    let said = run(bash.args(["-c", &script]).env("PATH", path).current_dir(folder.path()));
    for expected in [
        "interface_if_hc_in_octets{",
        "interfaces_by_type",
        "\"isp_provider\":\"",
        "\"status\":\"success\"",
        "devices answered",
        "BECAUSE",
    ] {
        assert!(said.contains(expected), "no {expected} in:\n{said}");
    }
    let around = fs::read_to_string(folder.path().join("around.dot")).unwrap();
    assert!(around.contains("\"rustavi-r1\" [label="), "{around}");
}
