//! What a file means, and what is said about one that is wrong.

mod support;

use std::path::Path;
use std::time::Duration;

use support::{mistakes, parse};
use ward_inventory::{Address, Inventory, LoadError, Version};

const FILE: &str = r#"
auths:
  branches: {version: 2, community: "${COMMUNITY}"}
  lab: {version: 1, community_file: community}
  core: {version: 3, username: ward, security_level: authPriv, auth_protocol: SHA256, password: a-password, priv_protocol: AES, priv_password: b-password}
defaults: {auth: branches, modules: [system], timeout: 2s, max_in_flight: 4, interval: 30s}
devices:
  - {name: tbilisi-core-1, address: 192.0.2.1, auth: core, labels: {site: tbilisi, role: core}}
  - name: rustavi-r1
    address: "2001:db8::9"
    port: 1161
    labels: {site: rustavi, floor: 2, note: }
    modules: [system, interfaces, system]
    max_in_flight: 1
    timeout: 300ms
    retries: 0
    max_repetitions: 10
    allow_nonincreasing_oids: true
    interval: 1m30s
  - {name: 7, address: printer.example.net}
"#;

#[test]
fn a_device_has_its_own_values_and_those_of_the_defaults() {
    let inventory = parse(FILE).unwrap();
    let names: Vec<_> = inventory.devices().iter().map(|device| device.name.as_str()).collect();
    assert_eq!(names, ["tbilisi-core-1", "rustavi-r1", "7"]);

    let core = inventory.device("tbilisi-core-1").unwrap();
    assert_eq!(core.target(), "192.0.2.1:161");
    assert_eq!((core.auth.name.as_str(), core.auth.version), ("core", Version::V3));
    assert_eq!(core.modules, ["system"]);
    assert_eq!(core.labels["site"], "tbilisi");
    assert_eq!(core.limits.timeout, Duration::from_secs(2));
    assert_eq!((core.limits.max_in_flight, core.limits.retries), (4, 3));
    assert_eq!(core.interval, Some(Duration::from_secs(30)));
    assert_eq!(core.line, 8);

    let branch = inventory.device("rustavi-r1").unwrap();
    assert_eq!(branch.target(), "[2001:db8::9]:1161");
    assert_eq!(branch.auth.community.expose(), "from-the-environment");
    assert_eq!(branch.modules, ["system", "interfaces"]);
    assert_eq!((branch.labels["floor"].as_str(), branch.labels["note"].as_str()), ("2", ""));
    assert_eq!(branch.limits.timeout, Duration::from_millis(300));
    assert_eq!((branch.limits.max_in_flight, branch.limits.retries), (1, 0));
    assert_eq!(branch.limits.max_repetitions, Some(10));
    assert!(branch.limits.allow_nonincreasing_oids);
    assert_eq!(branch.interval, Some(Duration::from_secs(90)));

    assert_eq!(inventory.device("7").unwrap().address, Address::Host("printer.example.net".into()));
    assert_eq!(inventory.auth("lab").unwrap().community.expose(), "from-a-file");
    assert_eq!(inventory.secret_files(), [Path::new("conf/community")]);
    assert!(inventory.device("rustavi").is_none());
    assert_eq!(inventory.nearest("rustavi-r2", 3), ["rustavi-r1"]);
}

#[test]
fn overrides_go_over_the_limits_of_a_module() {
    let inventory = parse(FILE).unwrap();
    let module = snmp::Limits {
        timeout: Duration::from_secs(9),
        retries: 7,
        max_repetitions: Some(4),
        ..Default::default()
    };
    let limits = inventory.device("tbilisi-core-1").unwrap().overrides.over(&module);
    assert_eq!((limits.timeout, limits.retries), (Duration::from_secs(2), 7));
    assert_eq!(limits.max_repetitions, Some(4));
}

#[test]
fn nothing_is_a_valid_inventory() {
    for text in ["", "# nothing yet\n", "auths:\ndefaults:\ndevices:\n", "{}", "devices: []"] {
        let inventory = parse(text).unwrap();
        assert!(inventory.devices().is_empty(), "{text:?}");
        let auths: Vec<_> = inventory.auths().iter().map(|auth| (auth.name.as_str(), auth.version)).collect();
        assert_eq!(auths, [("public_v1", Version::V1), ("public_v2", Version::V2c)]);
    }
    assert!(Inventory::default().devices().is_empty());
}

#[test]
fn the_least_that_makes_a_device() {
    let inventory = parse("devices: [{name: a, address: 192.0.2.1}]").unwrap();
    let device = inventory.device("a").unwrap();
    assert_eq!(device.auth.name, "public_v2");
    assert_eq!(device.modules, ["system", "interfaces"]);
    assert_eq!(device.port, 161);
    assert_eq!(device.limits, snmp::Limits::default());
}

#[test]
fn built_in_auths_can_be_overridden() {
    let text = "auths: {public_v2: {community: other}}\ndevices: [{name: a, address: 192.0.2.1}]";
    let inventory = parse(text).unwrap();
    assert_eq!(inventory.device("a").unwrap().auth.community.expose(), "other");
    assert_eq!(inventory.auths().len(), 2);
}

#[test]
fn anchors_and_keys_of_ones_own_are_welcome() {
    let text = "x-branch: &branch {max_in_flight: 1, labels: {role: branch}}
devices:
  - {<<: *branch, name: a, address: 192.0.2.1}
  - {<<: *branch, name: b, address: 192.0.2.2, max_in_flight: 2}
";
    let inventory = parse(text).unwrap();
    assert_eq!(inventory.device("a").unwrap().limits.max_in_flight, 1);
    assert_eq!(inventory.device("b").unwrap().limits.max_in_flight, 2);
    assert_eq!(inventory.device("b").unwrap().labels["role"], "branch");
}

/// Each mistake alone, in the field of one device.
#[test]
fn mistakes_of_a_device() {
    for (field, expected) in [
        ("prot: 161", "4:3: devices[a]: unknown key \"prot\", did you mean \"port\"?"),
        (
            "zzz: 1",
            "4:3: devices[a]: unknown key \"zzz\", expected one of name, address, port, auth, modules, labels, timeout, \
             retries, max_in_flight, max_repetitions, allow_nonincreasing_oids, interval",
        ),
        ("port: 0", "4:9: devices[a].port: expected a whole number from 1 to 65535, found \"0\""),
        ("port: 70000", "4:9: devices[a].port: expected a whole number from 1 to 65535, found \"70000\""),
        ("port: snmp", "4:9: devices[a].port: expected a whole number from 1 to 65535, found \"snmp\""),
        ("port: [161]", "4:9: devices[a].port: expected a text, found a list"),
        ("auth: pubic_v2", "4:9: devices[a].auth: unknown auth \"pubic_v2\", did you mean \"public_v2\"?"),
        ("auth: zzz", "4:9: devices[a].auth: unknown auth \"zzz\", expected one of public_v1, public_v2"),
        (
            "modules: system",
            "4:12: devices[a].modules: expected a list such as [system, interfaces], found a text",
        ),
        ("modules: []", "4:12: devices[a].modules: expected at least one name, such as [system, interfaces]"),
        ("modules: [system, {}]", "4:21: devices[a].modules: expected a name, found a map"),
        ("timeout: 5", "4:12: devices[a].timeout: \"5\" has no unit, write 5s or 5ms"),
        (
            "timeout: soon",
            "4:12: devices[a].timeout: \"soon\" is not a duration, write one such as 5s, 300ms or 1m30s",
        ),
        ("timeout: 0s", "4:12: devices[a].timeout: expected a duration longer than nothing, found \"0s\""),
        ("interval: 60", "4:13: devices[a].interval: \"60\" has no unit, write 60s or 60ms"),
        ("retries: -1", "4:12: devices[a].retries: expected a whole number from 0 to 100, found \"-1\""),
        (
            "max_in_flight: 0",
            "4:18: devices[a].max_in_flight: expected a whole number from 1 to 65535, found \"0\"",
        ),
        (
            "max_repetitions: 0",
            "4:20: devices[a].max_repetitions: expected a whole number from 1 to 2147483647, found \"0\"",
        ),
        (
            "allow_nonincreasing_oids: maybe",
            "4:29: devices[a].allow_nonincreasing_oids: expected true or false, found \"maybe\"",
        ),
        ("labels: x", "4:11: devices[a].labels: expected a map of keys and values, found a text"),
        (
            "labels: {device: x}",
            "4:12: devices[a].labels: label \"device\" is reserved, it always holds the device's name",
        ),
        (
            "labels: {__x: y}",
            "4:12: devices[a].labels: label \"__x\" is reserved, names with two underscores first belong to Prometheus",
        ),
        (
            "labels: {a-b: y}",
            "4:12: devices[a].labels: \"a-b\" is not a label name, expected letters, digits and underscores, no digit first",
        ),
        ("labels: {site: [x]}", "4:18: devices[a].labels.site: expected a text, found a list"),
        ("name: b", "4:3: name: written twice, first on line 2"),
    ] {
        let text = format!("devices:\n- name: a\n  address: 192.0.2.1\n  {field}\n");
        assert_eq!(mistakes(&text), [expected], "{field}");
    }
}

#[test]
fn mistakes_of_files() {
    for (text, expected) in [
        ("device: []", vec!["1:1: unknown key \"device\", did you mean \"devices\"?"]),
        ("- a", vec!["1:1: expected a map of keys and values, found a list"]),
        (
            "devices: {a: 192.0.2.1}",
            vec!["1:10: devices: expected a list of devices, each with a name and an address, found a map"],
        ),
        ("devices:\n- 192.0.2.1", vec!["2:3: devices[0]: expected a map of keys and values, found a text"]),
        (
            "devices:\n- {}",
            vec![
                "2:3: devices[0].name: missing, expected the word its series and its URL have it by",
                "2:3: devices[0].address: missing, expected an IPv4 or IPv6 address or a host name",
            ],
        ),
        ("devices:\n- {name: '', address: 192.0.2.1}", vec!["2:10: devices[0].name: the name is empty"]),
        (
            "devices:\n- {name: a/b, address: 192.0.2.1}",
            vec![
                "2:10: devices[0].name: \"a/b\" cannot be part of a URL path, expected letters, digits and -_.: only",
            ],
        ),
        (
            "devices:\n- {name: a, address: 192.0.2.300}",
            vec![
                "2:22: devices[a].address: \"192.0.2.300\" is not an address, expected an IPv4 or IPv6 address or a host name",
            ],
        ),
        (
            "devices:\n- {name: a, address: 192.0.2.1}\n\n- {name: a, address: 192.0.2.2}\n- {name: a, address: 192.0.2.3}",
            vec![
                "4:10: devices[1].name: \"a\" is the name of another device, on line 2",
                "5:10: devices[2].name: \"a\" is the name of another device, on line 2",
            ],
        ),
        (
            "defaults: {auth: core}",
            vec!["1:18: defaults.auth: unknown auth \"core\", expected one of public_v1, public_v2"],
        ),
        (
            "defaults: {name: a}",
            vec![
                "1:12: defaults: unknown key \"name\", expected one of auth, modules, port, timeout, retries, max_in_flight, max_repetitions, allow_nonincreasing_oids, interval",
            ],
        ),
        ("auths: [a]", vec!["1:8: auths: expected a map of keys and values, found a list"]),
        ("auths: {a: secret}", vec!["1:12: auths.a: expected a map of keys and values, found a text"]),
        ("auths: {a: {comunity: x}}", vec!["1:13: auths.a: unknown key, did you mean \"community\"?"]),
        (
            "auths: {a: {S3cr3t: }}",
            vec![
                "1:13: auths.a: unknown key, expected one of version, community, community_file, username, security_level, password, password_file, auth_protocol, priv_protocol, priv_password, priv_password_file, context_name",
            ],
        ),
        ("auths: {a: {community: [x]}}", vec!["1:24: auths.a.community: expected a text, found a list"]),
        (
            "auths: {a: {community: \"${NONE}\"}}",
            vec!["1:24: auths.a.community: environment variable NONE is not set"],
        ),
        (
            "auths: {a: {community_file: none}}",
            vec!["1:29: auths.a.community_file: cannot read conf/none: entity not found"],
        ),
        (
            "auths: {a: {version: 3}}",
            vec!["1:12: auths.a.username: auth username is missing, required for SNMPv3"],
        ),
        ("auths: {a: {}, a: {}}", vec!["1:16: a: written twice, first on line 1"]),
        // A profile with a mistake is known all the same, so that its devices are not blamed.
        (
            "auths: {a: {version: 4}}\ndevices: [{name: x, address: 192.0.2.1, auth: a}]",
            vec!["1:22: auths.a.version: SNMP version must be 1, 2 or 3. Got: 4"],
        ),
    ] {
        assert_eq!(mistakes(text), expected, "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_up_to_a_point() {
    let mut text = "devices:\n".to_owned();
    for i in 0..30 {
        text.push_str(&format!("  - {{name: d{i}, address: 192.0.2.1, port: 0}}\n"));
    }
    let told = parse(&text).unwrap_err().to_string();
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 21);
    assert_eq!(
        lines[1],
        "conf/devices.yml:3:42: devices[d1].port: expected a whole number from 1 to 65535, found \"0\""
    );
    assert_eq!(lines[20], "conf/devices.yml: and 10 more");
}

#[test]
fn files_are_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("devices.yml");
    let missing = Inventory::load(&path, &|_| None).unwrap_err();
    assert!(missing.is_missing());
    assert_eq!(missing.to_string(), format!("{}: No such file or directory (os error 2)", path.display()));

    std::fs::write(&path, "auths: {a: {community_file: secret}}").unwrap();
    std::fs::write(folder.path().join("secret"), "s3cret\n").unwrap();
    let inventory = Inventory::load(&path, &|_| None).unwrap();
    assert_eq!(inventory.auth("a").unwrap().community.expose(), "s3cret");
    assert_eq!(inventory.secret_files(), [folder.path().join("secret")]);

    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    let unreadable = Inventory::load(&path, &|_| None).unwrap_err();
    assert!(matches!(unreadable, LoadError::Unreadable { .. }) && !unreadable.is_missing());
}
