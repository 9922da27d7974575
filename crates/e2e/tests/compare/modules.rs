//! Every module that snmp_exporter ships, over devices made up for it.

use std::fs;
use std::path::Path;

use lab::Agent;
use ward_e2e::agents;
use ward_e2e::compare::Pair;
use ward_e2e::definition::{Definitions, Module};
use ward_e2e::programs::shared;
use ward_e2e::synthetic::{self, Character, SPARSE, TAME, WILD};

use crate::{all, conclude};

/// The characters of the devices.
const CHARACTERS: [(&str, Character); 3] = [("tame", TAME), ("sparse", SPARSE), ("wild", WILD)];

fn read(file: &Path) -> Definitions {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Definitions::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn every_module_of_the_release() {
    let Some(shared) = shared() else { return };
    let file = shared.join("peers/snmp_exporter-0.30.1-snmp.yml");
    let Some(mut pair) = Pair::start(&file, &[]) else { return };
    let modules = read(&file).modules;
    let modules: Vec<_> = modules.iter().collect();
    compare_all(&mut pair, "modules of 0.30.1", &modules);
}

fn compare_all(pair: &mut Pair, what: &str, modules: &[(&String, &Module)]) {
    let seeds = if all() { 30 } else { 1 };
    let (mut scrapes, mut series, mut differences) = (0, 0, Vec::new());
    for seed in 0..seeds {
        for (name, module) in modules {
            for (kind, character) in CHARACTERS {
                let mib = synthetic::device(&[module], seed, character).build().expect("names fit packets");
                let agent = agents::start(Agent::new(mib));
                scrapes += 1;
                match pair.scrape(agent.addr(), agent.addr(), &format!("module={name}")) {
                    Ok(same) => {
                        if same.status != 200 {
                            println!("{name} {kind} {seed}: {}", same.status);
                        }
                        series += same.series;
                    }
                    Err(difference) => differences.push(format!("{name} {kind} {seed}: {difference}")),
                }
            }
        }
    }
    conclude(what, scrapes, series, &differences);
}
