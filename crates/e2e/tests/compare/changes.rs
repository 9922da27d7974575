//! Devices that change between scrapes: whatever ours has learned about one, its next answer must be snmp_exporter's,
//! which learns nothing.

use std::fs;

use lab::Agent;
use lab::dice::Dice;
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::compare::Pair;
use ward_e2e::definition::Definitions;
use ward_e2e::programs::repository;
use ward_e2e::synthetic::{self, Character};

use crate::{Tally, all};

/// How a device is one time, with more or less of everything.
fn moment(dice: &mut Dice) -> Character {
    Character {
        rows: 1 + dice.below(40),
        oddness: 0.02,
        missing_columns: dice.share() * 0.7,
        missing_cells: dice.share() * 0.3,
    }
}

#[test]
fn a_device_that_is_another_each_time() {
    let folder = TempDir::new().unwrap();
    let modules = ["configs/modules/if_mib.yml", "crates/e2e/tests/compare/synthetic/tables.yml"];
    let texts: Vec<String> =
        modules.iter().map(|file| fs::read_to_string(repository().join(file)).expect("modules")).collect();
    let mut definitions: Vec<_> =
        texts.iter().map(|text| Definitions::parse(text).expect("modules").modules).collect();
    let (Some(mut tables), Some(interfaces)) = (definitions.pop(), definitions.pop()) else { return };
    tables.extend(interfaces);
    let config = folder.path().join("snmp.yml");
    let text = texts.concat().replacen(
        "modules:",
        "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\nmodules:",
        1,
    );
    let second = text.rfind("modules:\n").expect("two lists of modules");
    let text = format!("{}{}", &text[..second], &text[second + "modules:\n".len()..]);
    fs::write(&config, text).expect("the modules are written");
    let Some(mut pair) = Pair::start(&config, &[]) else { return };
    let mut tally = Tally::default();
    for (name, module) in &tables {
        let mut dice = Dice::named(1, name);
        let agent = agents::start(Agent::new(lab::Mib::default()));
        for time in 0..if all() { 300 } else { 25 } {
            let seed = dice.below(5);
            let mib =
                synthetic::device(&[module], seed, moment(&mut dice)).build().expect("names fit packets");
            agent.set_mib(mib);
            let auth = if dice.happens(0.2) { "public_v1" } else { "public_v2" };
            let outcome = pair.scrape(agent.addr(), agent.addr(), &format!("module={name}&auth={auth}"));
            tally.add(&format!("{name}, {auth}, time {time}"), outcome);
        }
    }
    tally.conclude("changing devices", 30);
}
