//! Every module that snmp_exporter ships, over devices made up for it.

use std::fs;
use std::path::{Path, PathBuf};

use lab::Agent;
use ward_e2e::agents;
use ward_e2e::compare::Pair;
use ward_e2e::definition::{Definitions, Module};
use ward_e2e::programs::shared;
use ward_e2e::synthetic::{self, Character, SPARSE, TAME, WILD};

use crate::{Tally, all};

/// The characters of the devices.
const CHARACTERS: [(&str, Character); 3] = [("tame", TAME), ("sparse", SPARSE), ("wild", WILD)];

fn release() -> Option<PathBuf> {
    Some(shared()?.join("peers/snmp_exporter-0.30.1-snmp.yml"))
}

fn read(file: &Path) -> Definitions {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Definitions::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn every_module_of_the_release() {
    let Some(file) = release() else { return };
    let Some(mut pair) = Pair::start(&file, &[]) else { return };
    let modules = read(&file).modules;
    let modules: Vec<_> = modules.iter().collect();
    compare(&mut pair, "modules of the release", &modules, &CHARACTERS);
}

/// snmp_exporter 0.30.1 cannot read the file of its own main branch; ours reads both, and where they say the same
/// the answers must be the same.
#[test]
fn every_module_of_main_that_is_as_it_was() {
    let Some(file) = release() else { return };
    let main = file.with_file_name("snmp_exporter-main-snmp.yml");
    let Some(mut pair) = Pair::start_with(&file, &main, &[]) else { return };
    let (release, main) = (read(&file).modules, read(&main).modules);
    let equal: Vec<_> = main.iter().filter(|(name, module)| release.get(*name) == Some(module)).collect();
    assert!(equal.len() > 30, "only {} modules are as they were", equal.len());
    compare(&mut pair, "modules of main", &equal, &CHARACTERS[1..2]);
}

fn compare(pair: &mut Pair, what: &str, modules: &[(&String, &Module)], characters: &[(&str, Character)]) {
    let seeds = if all() { 30 } else { 1 };
    let mut tally = Tally::default();
    for seed in 0..seeds {
        for (nth, (name, module)) in modules.iter().enumerate() {
            for (kind, character) in characters {
                let mut scrape = |modules: &[&Module], query: &str| {
                    let mib =
                        synthetic::device(modules, seed, *character).build().expect("names fit packets");
                    let agent = agents::start(Agent::new(mib));
                    let outcome = pair.scrape(agent.addr(), agent.addr(), query);
                    tally.add(&format!("{query}, {kind}, seed {seed}"), outcome);
                };
                scrape(&[module], &format!("module={name}"));
                if all() || nth % 4 == 0 {
                    scrape(&[module], &format!("module={name}&auth=public_v1"));
                }
                // Two modules at once, of which each sees only what it reads itself.
                if let Some((other, second)) = modules.get(nth + 1).filter(|_| all() || nth % 4 == 2) {
                    scrape(&[module, second], &format!("module={other},{name}"));
                }
            }
        }
    }
    tally.conclude(what, modules.len() * characters.len() / 2);
}
