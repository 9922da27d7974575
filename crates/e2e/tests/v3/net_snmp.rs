//! A real agent: net-snmp's snmpd, with a user for every pair of protocols.

use std::fs;
use std::path::Path;
use std::process::Command;

use lab::Level;
use ward_e2e::exporter::Exporter;
use ward_e2e::programs::{available, ours};
use ward_e2e::snmp_exporter::{Server, Side};
use ward_e2e::v3::{self, Snmpd, users};

use super::*;

#[test]
fn every_protocol_reads_what_version_2c_reads() {
    if !available(&v3::PROGRAMS, false) {
        return;
    }
    let snmpd = Snmpd::start();
    let exporter = Exporter::start(&inventory(&snmpd));
    exporter.scrape("v2");
    let truth = exporter.scrape("v2");
    assert!(up(&truth) && truth.samples("interface_if_oper_status").len() > 1);
    for user in users() {
        let device = v3::name(&user);
        let first = exporter.scrape(&device);
        assert_eq!((reason(&first), names(&first)), (None, names(&truth)), "{device}");
        let second = exporter.scrape(&device);
        assert_eq!((reason(&second), names(&second)), (None, names(&truth)), "{device}");
        assert_eq!(packets(&second), packets(&truth), "{device}");
    }
}

#[test]
fn auths_of_an_snmp_yml_read_the_same() {
    if !available(&v3::PROGRAMS, false) {
        return;
    }
    let snmpd = Snmpd::start();
    let folder = tempfile::TempDir::new().unwrap();
    let config = folder.path().join("snmp.yml");
    let auths: String = users().iter().map(v3::profile).collect();
    fs::write(&config, format!("auths:\n{auths}  v2: {{version: 2, community: public}}\n")).unwrap();
    let mut exporter = Server::start(Side::Ours, vec![format!("--config.file={}", config.display())]);
    let mut scrape = |auth: &str| {
        let path = format!("/snmp?target={}&module=if_mib&auth={auth}", snmpd.address);
        let text = exporter.get(&path, &[]).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        Exposition::parse(&text.ok().unwrap_or_else(|error| panic!("{auth}: {error}"))).unwrap()
    };
    scrape("v2");
    let truth = scrape("v2");
    let cost = |scrape: &Exposition| scrape.value("snmp_scrape_packets_sent", &[("module", "if_mib")]);
    assert!(truth.samples("ifHCInOctets").len() > 1 && cost(&truth).is_some());
    for user in users() {
        let auth = v3::name(&user);
        scrape(&auth);
        let second = scrape(&auth);
        assert_eq!(names(&second), names(&truth), "{auth}");
        assert!(cost(&second) <= cost(&truth).map(with_signatures), "{auth}: {:?}", cost(&second));
    }
}

/// What is wrong, the profile, and what `check` says about it.
fn refusals() -> Vec<(&'static str, String, &'static str)> {
    let user = |text: &str| v3::profile(&text.parse().unwrap());
    vec![
        ("password", user("SHAwithAES:SHA:wrong-phrase:AES:priv-phrase"), "password"),
        ("protocol", user("SHAwithAES:SHA256:auth-phrase:AES:priv-phrase"), "protocol"),
        ("user", user("nobody:SHA:auth-phrase:AES:priv-phrase"), "user"),
        ("too_high", user("SHA:SHA:auth-phrase:AES:priv-phrase"), "level"),
        (
            "too_low",
            v3::at("SHAwithAES:SHA:auth-phrase:AES:priv-phrase", Level::AuthNoPriv),
            "authorizationError",
        ),
        ("privacy", user("SHAwithAES:SHA:auth-phrase:AES:wrong-phrase"), "priv"),
    ]
}

#[test]
fn what_is_wrong_with_credentials_is_named() {
    if !available(&v3::PROGRAMS, false) {
        return;
    }
    let snmpd = Snmpd::start();
    let port = snmpd.address.port();
    let mut text = "auths:\n".to_string();
    let mut devices = String::new();
    for (name, profile, _) in refusals() {
        let (_, fields) = profile.split_once(": {").unwrap();
        text += &format!("  {name}: {{{fields}");
        devices +=
            &format!("  - {{name: {name}, address: 127.0.0.1, auth: {name}, timeout: 300ms, retries: 1}}\n");
    }
    text += &format!("defaults: {{modules: [system, interfaces], port: {port}}}\ndevices:\n{devices}");
    let exporter = Exporter::start(&text);
    for (name, _, said) in refusals() {
        let scrape = exporter.scrape(name);
        assert_eq!((up(&scrape), reason(&scrape)), (false, Some("auth")), "{name}");
        assert!(scrape.samples("interface_if_oper_status").is_empty(), "{name}");
        let check = check(&exporter.devices_file(), name);
        assert!(check.contains(said), "{name}: {check}");
        assert!(!check.contains("phrase"), "{name}: {check}");
    }
}

fn check(devices: &Path, name: &str) -> String {
    let mut command = Command::new(ours("ward-exporter"));
    command.args(["check", "--patience=2s", name]).arg(format!("--devices.file={}", devices.display()));
    let output = command.output().expect("the exporter runs");
    assert!(!output.status.success(), "{name}: the check should fail");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_restart_and_another_engine_cost_no_scrape() {
    if !available(&v3::PROGRAMS, false) {
        return;
    }
    let mut snmpd = Snmpd::start();
    let exporter = Exporter::start(&inventory(&snmpd));
    let truth = names(&exporter.scrape("v2"));
    for device in ["SHA256withAES256", "MD5", "none"] {
        for _ in 0..2 {
            let scrape = exporter.scrape(device);
            assert_eq!((reason(&scrape), names(&scrape)), (None, truth.clone()), "{device}");
        }
    }
    for what in ["boots", "engine", "boots again"] {
        match what {
            "engine" => snmpd.restart_as("another-engine"),
            _ => snmpd.restart(),
        }
        for device in ["SHA256withAES256", "MD5", "none"] {
            let scrape = exporter.scrape(device);
            assert_eq!((reason(&scrape), names(&scrape)), (None, truth.clone()), "{device} after {what}");
        }
    }
}

/// All users as devices, named after them, and `v2`.
fn inventory(snmpd: &Snmpd) -> String {
    let mut text = "auths:\n  v2: {version: 2, community: public}\n".to_string();
    text.extend(users().iter().map(v3::profile));
    text += &format!("defaults: {{modules: [system, interfaces], port: {}}}\n", snmpd.address.port());
    text += "devices:\n  - {name: v2, address: 127.0.0.1, auth: v2}\n";
    for user in users() {
        let name = v3::name(&user);
        text += &format!("  - {{name: {name}, address: 127.0.0.1, auth: {name}}}\n");
    }
    text
}
