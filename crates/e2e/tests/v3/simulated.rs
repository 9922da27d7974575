//! Simulated agents that boot, lose packets, answer what they must not, or have forgers beside them.

use lab::mib::Object;
use lab::synth::Device;
use lab::{Agent, Mib, MibBuilder, MovingKind, RunningAgent, User, Value};
use ward_e2e::agents;
use ward_e2e::exporter::Exporter;
use ward_e2e::http::Answer;
use ward_e2e::v3::{self, TimeTraveller};

use super::*;

/// A simulated switch that speaks versions 2c and 3, whose counters stand still.
struct Switch {
    agent: RunningAgent,
    inventory: String,
}

const USER: &str = "ward:SHA256:auth-phrase:AES256:priv-phrase";

impl Switch {
    /// A switch with 48 ports; `change` changes the agent, `fields` are further ones of its line in the inventory.
    fn new(change: impl FnOnce(Agent) -> Agent, fields: &str) -> Self {
        let user: User = USER.parse().unwrap();
        let agent = Agent::new(still(&Device::switch("gori-sw1", "gori", 48, 1).mib())).user(user.clone());
        let agent = agents::start(change(agent.booted(7, 100_000)));
        let inventory = format!(
            "auths:\n  v2: {{version: 2, community: public}}\n{}\
             defaults: {{modules: [system, interfaces], port: {}, timeout: 300ms, retries: 2}}\ndevices:\n  \
             - {{name: v2, address: 127.0.0.1, auth: v2{fields}}}\n  \
             - {{name: v3, address: 127.0.0.1, auth: ward{fields}}}\n",
            v3::profile(&user),
            agent.addr().port()
        );
        Self { agent, inventory }
    }
}

/// Objects whose numbers stay where they began.
fn still(moving: &MibBuilder) -> Mib {
    let mut mib = MibBuilder::default();
    for (name, object) in moving.iter() {
        let value = match object {
            Object::Still(value) => value.clone(),
            Object::Moving(moving) => match moving.kind {
                MovingKind::Integer => Value::Integer(moving.start as i64),
                MovingKind::Counter32 => Value::Counter32(moving.start as u32),
                MovingKind::Gauge32 => Value::Gauge32(moving.start as u32),
                MovingKind::TimeTicks => Value::TimeTicks(moving.start as u32),
                MovingKind::Counter64 => Value::Counter64(moving.start),
            },
        };
        mib.set(name.clone(), value);
    }
    mib.build().expect("names that were names before")
}

/// The scrape shows exactly this device.
fn shows(what: &str, scrape: &Exposition, truth: &BTreeMap<(String, Labels), f64>) {
    assert_eq!(reason(scrape), None, "{what}");
    let series = series(scrape);
    let differing: Vec<_> = series
        .iter()
        .filter(|(name, value)| truth.get(name) != Some(value))
        .chain(truth.iter().filter(|(name, _)| !series.contains_key(name)))
        .collect();
    assert!(differing.is_empty(), "{what}: {} series differ: {:?}", differing.len(), &differing[..1]);
}

#[test]
fn a_scrape_costs_no_more_packets_than_over_version_2c() {
    for fields in ["", ", max_in_flight: 1"] {
        let switch = Switch::new(|agent| agent, fields);
        let exporter = Exporter::start(&switch.inventory);
        exporter.scrape("v2");
        let truth = exporter.scrape("v2");
        exporter.scrape("v3");
        switch.agent.reset();
        let second = exporter.scrape("v3");
        shows(fields, &second, &series(&truth));
        let stats = switch.agent.stats();
        assert_eq!((stats.bad_requests, stats.last_bad), (0, None));
        assert_eq!(stats.usm, lab::v3::UsmStats::default(), "nothing to report");
        assert_eq!(stats.requests as f64, packets(&second));
        // The same answers hold a little less: signature and header take 130 octets of 1472.
        assert!(packets(&second) <= 1.12 * packets(&truth) + 1.0, "{} {}", packets(&second), packets(&truth));
        if !fields.is_empty() {
            assert_eq!(stats.max_outstanding, 1);
        }
    }
}

/// The fault, how long the engine lives with it, and what it may cost.
const BEARABLE: &[&str] = &[
    "reboot@5",
    "reboot@/20",
    "reboot:engine@5",
    "reboot:forgetful@5",
    "clock:+200@5",
    "clock:-200@5",
    "clock:+200@/20",
    "clock:+1000000@5",
    "blank_discovery",
    "no_report:engine@1",
    "no_report:time@2-4",
    "slow_discovery:200ms",
    "forge:digest",
    "forge:boots",
    "forge:time",
    "forge:engine",
    "forge:response",
    "forge_report:user",
    "forge_report:digest",
    "forge_report:level",
    "forge_report:decryption",
    "forge_report:time",
    "forge_report:engine",
    "forge_report:context",
    "forge_report:pdu_handler",
    "replay",
    "duplicate",
    "lower_level:none@/5",
    "lower_level:auth@/5",
    "wrong_msg_id@/5",
    "wrong_request_id@/5",
    "wrong_context@/5",
    "wrong_user@/5",
    "wrong_digest@/5",
    "cut_packet@/5",
    "garbage@/5",
    "drop@/5",
];

#[test]
fn faults_and_forgers_do_not_change_what_is_read() {
    for fault in BEARABLE {
        // With nothing known of the device when the fault strikes first, and in the middle of a known one's scrape.
        for known in [false, true] {
            let what = format!("{fault}, {}", if known { "known" } else { "new" });
            let switch = Switch::new(|agent| agent, "");
            let exporter = Exporter::start(&switch.inventory);
            let truth = series(&exporter.scrape("v2"));
            if known {
                shows(&what, &exporter.scrape("v3"), &truth);
            }
            switch.agent.reset();
            switch.agent.set_fault(fault.parse().unwrap());
            for _ in 0..3 {
                shows(&what, &exporter.scrape("v3"), &truth);
            }
            switch.agent.clear_faults();
            shows(&what, &exporter.scrape("v3"), &truth);
        }
    }
}

#[test]
fn engine_ids_and_message_sizes_of_all_lengths_are_taken() {
    for length in [5, 6, 12, 17, 31, 32] {
        let id: Vec<u8> = (0..length).map(|octet: u8| 0x80 ^ octet).collect();
        for size in [484, 1472, 65_507, 65_535, 0x7fff_ffff] {
            let switch = Switch::new(|agent| agent.engine_id(&id).max_size(size), "");
            let exporter = Exporter::start(&switch.inventory);
            let truth = series(&exporter.scrape("v2"));
            for _ in 0..2 {
                shows(&format!("{length} octets, {size}"), &exporter.scrape("v3"), &truth);
            }
            let stats = switch.agent.stats();
            assert_eq!((stats.bad_requests, stats.last_bad), (0, None), "{length} octets, {size}");
        }
    }
}

#[test]
fn nothing_that_is_less_protected_than_asked_is_believed() {
    for fault in [
        "lower_level:none",
        "lower_level:auth",
        "wrong_digest",
        "wrong_user",
        "wrong_context",
        "wrong_msg_id",
    ] {
        let switch = Switch::new(|agent| agent.fault(fault.parse().unwrap()), "");
        let exporter = Exporter::start(&switch.inventory);
        let scrape = exporter.scrape("v3");
        assert!(!up(&scrape) && reason(&scrape).is_some(), "{fault}");
        assert!(scrape.samples("interface_if_oper_status").is_empty(), "{fault}");
    }
}

#[test]
fn wrong_credentials_are_named_whether_the_agent_reports_or_not() {
    for (user, fault) in [
        ("ward:SHA256:wrong-phrase:AES256:priv-phrase", "duplicate"),
        ("nobody:SHA256:auth-phrase:AES256:priv-phrase", "duplicate"),
        ("ward:SHA256:auth-phrase:AES256:wrong-phrase", "duplicate"),
        ("ward:SHA256:auth-phrase:DES:priv-phrase", "duplicate"),
        // As net-snmp's agent.
        ("ward:SHA256:auth-phrase:AES256:wrong-phrase", "no_report:decryption"),
    ] {
        let switch = Switch::new(|agent| agent.fault(fault.parse().unwrap()), "");
        let wrong: User = user.parse().unwrap();
        let right: User = USER.parse().unwrap();
        let wrong_profile = v3::profile(&wrong);
        let (_, fields) = wrong_profile.split_once(": ").unwrap();
        let inventory = switch.inventory.replace(&v3::profile(&right), &format!("  ward: {fields}"));
        let exporter = Exporter::start(&inventory);
        let scrape = exporter.scrape("v3");
        assert_eq!((up(&scrape), reason(&scrape)), (false, Some("auth")), "{wrong:?} {fault}");
    }
}

#[test]
fn contexts_show_what_is_in_them() {
    let other = still(&Device::switch("vlan-10", "gori", 4, 2).mib());
    let switch = Switch::new(|agent| agent.context("vlan-10", other), "");
    let inventory = switch.inventory.replace("security_level", "context_name: vlan-10, security_level");
    let exporter = Exporter::start(&inventory);
    let scrape = exporter.scrape("v3");
    assert_eq!((reason(&scrape), scrape.samples("interface_if_oper_status").len()), (None, 4));
    let inventory = switch.inventory.replace("security_level", "context_name: vlan-11, security_level");
    let scrape = Exporter::start(&inventory).scrape("v3");
    assert_eq!((up(&scrape), reason(&scrape)), (false, Some("auth")));
}

#[test]
fn ten_idle_minutes_cost_nothing() {
    let Some(faketime) = v3::faketime() else { return };
    let switch = Switch::new(|agent| agent, "");
    let exporter = TimeTraveller::start(&switch.inventory, faketime);
    let truth = series(&exporter.scrape("v2"));
    for _ in 0..2 {
        shows("before", &exporter.scrape("v3"), &truth);
    }
    let usual = packets(&exporter.scrape("v3"));
    for minutes in [10, 60, 60 * 24] {
        switch.agent.change_engine(|engine, uptime| engine.set_time(100_000 + minutes * 60, uptime));
        exporter.travel(minutes * 60);
        switch.agent.reset();
        let scrape = exporter.scrape("v3");
        shows("after idleness", &scrape, &truth);
        assert_eq!(switch.agent.stats().usm, lab::v3::UsmStats::default(), "{minutes} minutes");
        assert_eq!(packets(&scrape), usual, "{minutes} minutes");
    }
}

#[test]
fn a_clock_far_off_costs_one_round() {
    let switch = Switch::new(|agent| agent, ", max_in_flight: 1");
    let exporter = Exporter::start(&switch.inventory);
    let truth = series(&exporter.scrape("v2"));
    exporter.scrape("v3");
    let usual = packets(&exporter.scrape("v3"));
    switch.agent.change_engine(|engine, _| engine.shift_time(600));
    let scrape = exporter.scrape("v3");
    shows("ten minutes ahead", &scrape, &truth);
    assert_eq!(packets(&scrape), usual + 1.0);
}

#[test]
fn several_scrapes_of_a_new_device_discover_it_once() {
    let switch = Switch::new(|agent| agent.delay(std::time::Duration::from_millis(20)), "");
    let exporter = Exporter::start(&switch.inventory);
    let truth = series(&exporter.scrape("v2"));
    switch.agent.reset();
    std::thread::scope(|scope| {
        let modules = ["interfaces", "system", "system,interfaces", "if_mib"];
        let scrapes: Vec<_> = modules
            .map(|module| {
                let (exporter, port) = (&exporter, switch.agent.addr().port());
                scope.spawn(move || {
                    let path = format!("/snmp?target=127.0.0.1:{port}&auth=ward&module={module}");
                    exporter.get(&path).and_then(Answer::ok)
                })
            })
            .into_iter()
            .collect();
        let whole = scope.spawn(|| exporter.scrape("v3"));
        for scrape in scrapes {
            scrape.join().unwrap().unwrap();
        }
        shows("at once", &whole.join().unwrap(), &truth);
    });
    let stats = switch.agent.stats();
    assert_eq!((stats.bad_requests, stats.last_bad), (0, None));
    assert_eq!(stats.usm.unknown_engine_ids, 1);
}
