//! Every file that a user copies from `configs/` is good as it is, and so is what the documentation tells people to type.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use inventory::Inventory;
use ward_e2e::process::run;
use ward_e2e::programs::{available, find, ours, repository};

mod documents;
mod images;

use documents::knows_flags;

/// All files below `configs/`, by their path in it, but for the modules, which the exporter tests itself.
fn files() -> Vec<String> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() { collect(&entry.path(), files) } else { files.push(entry.path()) }
        }
    }
    let (top, mut files) = (repository().join("configs"), Vec::new());
    collect(&top, &mut files);
    let name =
        |file: &PathBuf| file.strip_prefix(&top).expect("below configs").to_string_lossy().into_owned();
    files.iter().map(name).filter(|name| !name.starts_with("modules/")).collect()
}

#[test]
fn every_file_has_a_test() {
    let tested = [
        "devices.yml",
        "vmagent.yml",
        "alertmanager.yml",
        "systemd/ward-exporter.service",
        "systemd/ward-classifier.service",
        // By scripts/test-packages.sh, in a Debian that boots.
        "systemd/ward-vmagent.service",
        "systemd/ward-vmalert.service",
        "deploy.sh",
        "web.yml",
        "classification.yml",
        "overrides.yml",
        // By the classifier's own tests.
        "links.yml",
    ];
    for file in files() {
        assert!(tested.contains(&file.as_str()), "configs/{file} has no test in {}", file!());
    }
}

#[test]
fn inventories_load() {
    let env = |name: &str| name.starts_with("SNMP_").then(|| "secret".to_string());
    let shipped = Inventory::load(&repository().join("configs/devices.yml"), &env).unwrap();
    assert_eq!(shipped.device("rustavi-r1").map(|device| device.limits.max_in_flight), Some(1));

    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let indented =
        readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an inventory");
    let no_file = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let shown = Inventory::parse(indented, "README.md", &env, &no_file).unwrap();
    assert_eq!(shown.devices().len(), 2);
}

#[test]
fn rules_and_overrides_of_the_classifier_load() {
    let file = |name: &str| repository().join("configs").join(name);
    let report =
        run(Command::new(ours("ward-classifier")).args(["rules", "test"]).arg(file("classification.yml")));
    assert!(report.ends_with("all passed\n"), "{report}");
    let mut explain = Command::new(ours("ward-classifier"));
    explain.args(["explain", "--device=batumi-r1", "--name=ge2"]);
    explain.arg(format!("--overrides.file={}", file("overrides.yml").display()));
    let explained = run(&mut explain);
    assert!(
        explained.contains("provider    silknet\n") && explained.contains("circuit=\"SN-4711\""),
        "{explained}"
    );
}

#[test]
fn vmagent_takes_its_configuration() {
    if !available(&["vmagent"], false) {
        return;
    }
    let file = repository().join("configs/vmagent.yml");
    run(Command::new("vmagent").arg("-dryRun").arg(format!("-promscrape.config={}", file.display())));
}

#[test]
fn alertmanager_takes_its_configuration() {
    if !available(&["amtool"], false) {
        return;
    }
    let file = repository().join("configs/alertmanager.yml");
    let report = run(Command::new("amtool").arg("check-config").arg(&file));
    assert!(report.contains("SUCCESS"), "{report}");
    let route = |labels: &[&str]| {
        let config = format!("--config.file={}", file.display());
        run(Command::new("amtool").args(["config", "routes", "test", &config]).args(labels)).trim().to_owned()
    };
    assert_eq!(route(&["alertname=Watchdog", "severity=none"]), "watchdog");
    assert_eq!(route(&["alertname=IspInterfaceDown", "severity=critical", "site=gori"]), "providers,on-call");
    assert_eq!(route(&["alertname=DeviceUnreachable", "severity=critical", "site=gori"]), "on-call");
    assert_eq!(route(&["alertname=ExporterDown", "severity=critical", "category=pipeline"]), "ward");
    assert_eq!(route(&["alertname=InterfaceErrors", "severity=warning"]), "daily");
    assert_eq!(route(&["alertname=InterfaceTrafficAnomaly", "severity=medium"]), "weekly");
}

#[test]
fn vmalert_starts_with_the_flags_of_its_unit() {
    if !available(&["vmalert"], false) {
        return;
    }
    let unit = fs::read_to_string(repository().join("configs/systemd/ward-vmalert.service")).unwrap();
    let start = unit
        .split("ExecStart=")
        .nth(1)
        .and_then(|rest| rest.split("\nExecReload").next())
        .expect("a command");
    let arguments =
        unit.split("\"ARGS=").nth(1).and_then(|rest| rest.split('"').next()).expect("the default of ARGS");
    let flags = start.replace('\\', " ").replace("$ARGS", arguments);
    let rules = format!("-rule={}/*.yml", repository().join("alerting-rules").display());
    let flags =
        flags.split_whitespace().skip(1).map(|flag| if flag.starts_with("-rule=") { &rules } else { flag });
    run(Command::new("vmalert").arg("-dryRun").args(flags));
}

#[test]
fn units_start_our_programs_with_flags_that_they_have() {
    for name in ["ward-exporter.service", "ward-classifier.service"] {
        let file = repository().join("configs/systemd").join(name);
        let unit = fs::read_to_string(&file).unwrap();
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("an ExecStart");
        knows_flags(start);
        // Where systemd is, it says itself whether it knows each setting. It wants the program to be installed, too.
        if find("systemd-analyze").is_some() {
            let output =
                Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap();
            let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
            let real: Vec<_> = complaints.lines().filter(|line| line.contains(&format!("{name}:"))).collect();
            assert!(real.iter().all(|line| line.contains("not executable")), "{real:?}");
        }
    }
}
