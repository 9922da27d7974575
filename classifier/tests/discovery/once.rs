//! `ward-classifier discover`, from the terminal.

use crate::network::{Network, Server, printed};

/// From now on no row of an interface, its label, its history or an event can be written.
fn refuse_writes(network: &Network) {
    let refuse = |event: &str, table: &str| {
        format!(
            "CREATE TRIGGER no_{event}_{table} BEFORE {event} ON {table} \
             BEGIN SELECT RAISE(ABORT, 'a row was written'); END;"
        )
    };
    for table in ["interfaces", "classifications", "interface_history", "events"] {
        let triggers = refuse("INSERT", table) + &refuse("UPDATE", table) + &refuse("DELETE", table);
        network.sqlite().execute_batch(&triggers).expect("triggers");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_neighbours_say_is_remembered() {
    let network = Network::bank(2).await;
    let heard = || {
        let votes = r#"SELECT count(*) FROM classifications WHERE explanation LIKE '%"source":"neighbour"%'"#;
        network.number(votes)
    };
    let server = Server::start(&network, &[]);
    server.until("/metrics", |answer| {
        answer.contains("ward_classifier_store_waiting_devices 0")
            && answer.contains("interface_info{")
            && heard() > 5
    });
    server.kill();
    refuse_writes(&network);
    let discovered = network.run(&["discover"]);
    assert!(printed(&discovered).contains(" 0 new, 0 changed, 0 gone"), "{}", printed(&discovered));
    assert!(discovered.status.success(), "{}", printed(&discovered));
    assert_eq!(printed(&network.run(&["rules", "diff", "built-in"])).split(' ').next(), Some("0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_device_is_discovered_again_without_writing_an_interface() {
    let network = Network::of(&["gori-sw1", "gori-sw2"]).await;
    let first = network.run(&["discover"]);
    assert!(first.status.success(), "{}", printed(&first));
    assert!(printed(&first).contains("48 interfaces: 48 new, 0 changed, 0 gone"), "{}", printed(&first));
    refuse_writes(&network);
    for flags in [&["discover"][..], &["discover", "--news"]] {
        let again = network.run(flags);
        assert!(again.status.success(), "{}", printed(&again));
        assert!(printed(&again).contains("48 interfaces: 0 new, 0 changed, 0 gone"), "{}", printed(&again));
    }
    assert_eq!(network.number("SELECT count(*) FROM discovery_runs WHERE outcome = 'complete'"), 6);
    assert_eq!(network.number("SELECT count(*) FROM leases WHERE owner IS NOT NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_falls_silent_keeps_its_interfaces() {
    let mut network = Network::of(&["gori-sw1", "gori-sw2"]).await;
    assert!(network.run(&["discover"]).status.success());
    network.agents.remove(1).stop().await;
    let again = network.run(&["discover"]);
    assert_eq!(again.status.code(), Some(1), "{}", printed(&again));
    let expected = "2 devices, 1 without an answer; 48 interfaces: 0 new";
    assert!(printed(&again).contains(expected), "{}", printed(&again));
    assert_eq!(network.number("SELECT failures FROM devices WHERE name = 'gori-sw2'"), 1);
    assert_eq!(network.number("SELECT count(*) FROM interfaces WHERE missed = 0 AND retired_at IS NULL"), 48);
    let explained = printed(&network.run(&["explain", "gori-sw2", "1"]));
    assert!(explained.contains("device \"gori-sw2\""), "{explained}");
    let unknown = printed(&network.run(&["discover", "gori-sw3"]));
    assert!(unknown.contains("no device \"gori-sw3\" in the inventory; the nearest names are"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_device_keeps_what_was_decided() {
    let network = Network::of(&["gori-sw1"]).await;
    let known = network.devices[0].ports[4].name.clone();
    let filed = network.devices[0].ports[5].name.clone();
    let overrides = format!(
        "overrides:\n- {{device: gori-sw1, interface: {filed}, set: {{type: camera}}, reason: r, author: a}}\n"
    );
    network.write("overrides.yml", &overrides);
    let discover = ["discover", "--overrides.file=overrides.yml"];
    assert!(network.run(&discover).status.success());
    let decide = format!(
        "INSERT INTO overrides (interface_id, decision, author, reason, created_at)
         SELECT id, '{{\"type\": \"isp\", \"provider\": \"magti\"}}', 'nino', 'contract 123', 0
         FROM interfaces WHERE if_name = '{known}'; UPDATE devices SET revision = revision + 1;"
    );
    network.sqlite().execute_batch(&decide).expect("an override");
    let row = |name: &str| {
        network.text(&format!(
            "SELECT id || ' ' || interface_type || ' ' || overridden || ' ' || if_index \
             FROM device_interfaces WHERE if_name = '{name}'"
        ))
    };
    assert!(network.run(&discover).status.success());
    let (before, before_filed) = (row(&known), row(&filed));
    assert!(
        before.ends_with(" isp 1 5") && before_filed.ends_with(" camera 1 6"),
        "{before}, {before_filed}"
    );

    // After a restart every port has the index of another.
    let mut renumbered = network.devices[0].clone();
    let count = renumbered.ports.len() as u32;
    for port in &mut renumbered.ports {
        port.index = port.index % count + 1;
        port.bundle = port.bundle.map(|index| index % count + 1);
    }
    renumbered.ports.sort_by_key(|port| port.index);
    network.agents[0].set_mib(renumbered.mib().build().expect("names that fit"));
    let again = network.run(&discover);
    assert!(printed(&again).contains("24 interfaces: 0 new, 24 changed, 0 gone"), "{}", printed(&again));
    assert_eq!(row(&known), before.replace(" isp 1 5", " isp 1 6"));
    assert_eq!(row(&filed), before_filed.replace(" camera 1 6", " camera 1 7"));
    assert_eq!(network.number("SELECT count(*) FROM events WHERE kind = 'reindexed'"), 24);
    assert_eq!(
        network.number("SELECT count(*) FROM events WHERE kind IN ('appeared', 'gone', 'renamed')"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_another_classifier_walks_is_walked_after_it() {
    let network =
        Network::like(&["gori-sw1"], |agent| agent.delay(std::time::Duration::from_millis(150))).await;
    let server = Server::start(&network, &["--discovery.interval=1s"]);
    server.until("/metrics", |answer| answer.contains("interface_info{"));
    for _ in 0..3 {
        let discovered = network.run(&["discover"]);
        assert!(discovered.status.success(), "{}", printed(&discovered));
    }
    drop(server);
    // Of each walk, whether the one before it had ended. Both clocks are this machine's.
    let overlaps = network.number(
        "SELECT count(*) FROM discovery_runs a JOIN discovery_runs b ON a.device_id = b.device_id AND a.id <> b.id
         AND a.started_at >= b.started_at AND a.started_at < b.started_at + b.took_ms",
    );
    assert_eq!(overlaps, 0);
    assert!(network.number("SELECT count(DISTINCT instance) FROM discovery_runs") > 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_are_tried_on_what_is_stored() {
    let network = Network::of(&["gori-sw1"]).await;
    let nothing = printed(&network.run(&["rules", "diff", "built-in"]));
    assert!(nothing.contains("there is no database ward.db yet"), "{nothing}");
    let filed = &network.devices[0].ports[5].name;
    let overrides = format!(
        "overrides:\n- {{device: gori-sw1, interface: {filed}, set: {{type: camera}}, reason: r, author: a}}\n"
    );
    network.write("overrides.yml", &overrides);
    assert!(network.run(&["discover", "--overrides.file=overrides.yml"]).status.success());
    let same = printed(&network.run(&["rules", "diff", "built-in"]));
    assert_eq!(
        same, "0 of 24 interfaces would change\n",
        "nor what the file has decided, which is not given"
    );
    network.write(
        "new.yml",
        "version: 1\nrules:\n- {id: all, match: {name: {regex: .}}, vote: {type: voice, weight: 0.9}}\n",
    );
    let voices = network.number("SELECT count(*) FROM device_interfaces WHERE interface_type = 'voice'");
    let diff =
        printed(&network.run(&["rules", "diff", "new.yml", "--samples=1", "--overrides.file=overrides.yml"]));
    assert!(diff.starts_with(&format!("{} of 24 interfaces would change\n", 23 - voices)), "{diff}");
    assert!(diff.contains("type: trunk -> voice: ") && diff.contains("  by all\n"), "{diff}");
}
