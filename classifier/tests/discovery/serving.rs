//! The serving program: what is discovered on time, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::network::{Network, Server, series, value};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_discovered_is_served_and_outlives_kill_9() {
    let network = Network::of(&["gori-sw1", "gori-sw2"]).await;
    let server = Server::start(&network, &[]);
    let answer = server.until("/metrics", |answer| {
        series(answer, "interface_info") == 48 && answer.contains("ward_classifier_store_waiting_devices 0")
    });
    assert!(answer.contains("device_info{device=\"gori-sw1\",address=\"127.0.0.1\""), "{answer}");
    assert!(answer.contains("if_alias=\"") && answer.contains("ward_classifier_devices 2\n"), "{answer}");
    server.kill();

    // What is stored is shown at once, whether devices answer or not.
    for agent in &network.agents {
        agent.set_fault("drop".parse().expect("a fault"));
    }
    let server = Server::start(&network, &["--metrics.alias-label=false"]);
    let answer = server.until("/metrics", |answer| answer.starts_with("HTTP/1.1 200"));
    assert_eq!(series(&answer, "interface_info"), 48, "{answer}");
    assert!(!answer.contains("if_alias=\""), "{answer}");
    assert!(server.get("/-/ready").ends_with("Ready"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_device_is_left_alone_and_the_others_go_on() {
    let network = Network::of(&["gori-sw1", "gori-dead"]).await;
    network.agents[1].set_fault("drop".parse().expect("a fault"));
    let server = Server::start(&network, &["--discovery.interval=1s"]);
    let answer = server.until("/metrics", |answer| {
        value(answer, "ward_classifier_walks_total{result=\"ok\",depth=\"cheap\"}") >= 8.0
    });
    let failures = value(&answer, "ward_classifier_device_walk_failures{device=\"gori-dead\"}");
    assert!((1.0..=5.0).contains(&failures), "{answer}");
    assert_eq!(value(&answer, "ward_classifier_device_walk_failures{device=\"gori-sw1\"}"), 0.0);
    assert_eq!(
        value(&answer, "ward_classifier_walks_total{result=\"timeout\",depth=\"\"}"),
        failures,
        "{answer}"
    );
    assert_eq!(series(&answer, "interface_info"), 24);
    // Said once, not with each walk.
    assert_eq!(server.log().matches("no walk").count(), 1, "{}", server.log());
    network.agents[1].clear_faults();
    server.until("/metrics", |answer| series(answer, "interface_info") == 48);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_says_is_unchanged_is_not_read() {
    let network = Network::of(&["gori-sw1"]).await;
    let server = Server::start(&network, &["--discovery.interval=1s"]);
    let walks = |answer: &str, depth: &str| {
        value(answer, &format!("ward_classifier_walks_total{{result=\"ok\",depth=\"{depth}\"}}"))
    };
    let answer = server.until("/metrics", |answer| walks(answer, "cheap") >= 1.0);
    assert_eq!(walks(&answer, "full"), 1.0, "{answer}");
    // The gates say nothing of descriptions: they are read always, and the MTU is not.
    let mut device = network.devices[0].clone();
    device.ports[0].alias = "Magti_Internet [100M]".into();
    device.ports[1].mtu = 9000;
    network.agents[0].set_mib(device.mib().build().expect("names that fit"));
    let answer = server.until("/metrics", |answer| answer.contains("isp_provider=\"magti\""));
    let mut bought = answer.lines().filter(|line| line.starts_with("interface_contract_bps{"));
    assert!(
        bought.any(|line| line.contains("if_index=\"1\"") && line.ends_with("} 100000000.0")),
        "{answer}"
    );
    assert_eq!(walks(&answer, "full"), 1.0, "{answer}");
    assert_eq!(network.number("SELECT count(*) FROM interfaces WHERE mtu = 9000"), 0);
    // A row more without a word: all is read, and the device's word counts for nothing from then on.
    let mut port = device.ports[2].clone();
    (port.index, port.name) = (77, "Gi9/0/1".into());
    device.ports.push(port);
    let lied = device.mib().iter().map(|(name, object)| (name.clone(), object.clone())).collect::<Vec<_>>();
    let number = lab::Oid::from([1, 3, 6, 1, 2, 1, 2, 1, 0]);
    let objects = lied.into_iter().map(|(name, object)| match name == number {
        true => (name, lab::mib::Object::from(lab::Value::Integer(24))),
        false => (name, object),
    });
    network.agents[0].set_mib(lab::Mib::of(objects).expect("names that fit"));
    server.until("/metrics", |answer| series(answer, "interface_info") == 25 && walks(answer, "full") >= 3.0);
    assert_eq!(network.number("SELECT count(*) FROM interfaces WHERE mtu = 9000"), 1);
    drop(server);

    let network = Network::of(&["gori-sw1"]).await;
    let server = Server::start(&network, &["--discovery.interval=1s", "--discovery.full-interval=2s"]);
    server.until("/metrics", |answer| walks(answer, "full") >= 3.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_the_inventory_count_at_once() {
    let network = Network::of(&["gori-sw1"]).await;
    let by_role = "version: 1\nrules:\n- {id: core, match: {device: {role: [core]}}, vote: {type: trunk, weight: 0.9}}\n";
    network.write("rules.yml", by_role);
    let server = Server::start(&network, &["--classification.file=rules.yml"]);
    let answer = server.until("/metrics", |answer| series(answer, "interface_info") == 24);
    assert!(!answer.contains("interface_type=\"trunk\",isp"), "{answer}");
    network.list(&["site: poti, role: core"]);
    server.signal("HUP");
    let answer = server.until("/metrics", |answer| {
        answer.contains("role=\"core\"") && answer.contains("ward_classifier_store_waiting_devices 0")
    });
    assert_eq!(
        answer.matches("interface_type=\"trunk\",isp_provider=\"\",is_critical").count(),
        24,
        "{answer}"
    );
    assert!(answer.contains("site=\"poti\""), "{answer}");
    assert_eq!(network.number("SELECT count(*) FROM discovery_runs"), 1, "without a walk");
    assert_eq!(network.number("SELECT count(*) FROM device_interfaces WHERE interface_type = 'trunk'"), 24);
    assert_eq!(network.text("SELECT json_extract(labels, '$.role') FROM devices"), "core");
    // A file that changed while this program was not running counts, too.
    server.kill();
    network.agents[0].set_fault("drop".parse().expect("a fault"));
    network.list(&["site: gori"]);
    let server = Server::start(&network, &["--classification.file=rules.yml"]);
    let answer = server.until("/metrics", |answer| answer.starts_with("HTTP/1.1 200"));
    assert!(answer.contains("site=\"gori\"") && !answer.contains("interface_type=\"trunk\",isp"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn walks_are_bounded_in_all_and_at_each_site() {
    let names: Vec<String> = (1..=12).map(|n| format!("sw{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let network = Network::like(&names, |agent| agent.delay(Duration::from_millis(40))).await;
    let labels: Vec<&str> = (0..12).map(|n| if n < 8 { "site: gori" } else { "site: poti" }).collect();
    network.list(&labels);
    let flags = ["--discovery.max-concurrent=5", "--discovery.max-concurrent-per-site=2"];
    let server = Server::start(&network, &flags);
    server.until("/metrics", |answer| {
        series(answer, "interface_info") == 12 * 24
            && answer.contains("ward_classifier_store_waiting_devices 0")
    });
    // How many walks were under way when each began.
    let sites = |site: &str| {
        network.number(&format!(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM discovery_runs a JOIN devices d ON d.id = a.device_id
             JOIN discovery_runs b ON a.started_at BETWEEN b.started_at AND b.started_at + b.took_ms - 1
             JOIN devices e ON e.id = b.device_id
             WHERE '{site}' IN ('', json_extract(d.labels, '$.site')) AND '{site}' IN ('', json_extract(e.labels, '$.site'))
             GROUP BY a.id)"
        ))
    };
    let most: BTreeMap<&str, i64> = ["", "gori", "poti"].map(|site| (site, sites(site))).into();
    assert!(most["gori"] <= 2 && most["poti"] <= 2 && most[""] <= 4, "{most:?}");
    assert!(most["gori"] == 2 && most["poti"] == 2, "both sites at once: {most:?}");
}
