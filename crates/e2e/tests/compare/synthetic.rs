//! Devices made up for modules of our own, with stored answers: those that the repository ships, as far as
//! snmp_exporter reads them too, and those in `synthetic/`.

use std::fs;

use ward_e2e::definition::Definitions;
use ward_e2e::programs::repository;
use ward_e2e::synthetic::{self, Character, SPARSE, TAME, WILD};

use crate::group::Group;

const AUTHS: &str = "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\n";

/// Many rows of a few columns.
const LONG: Character = Character { rows: 40, oddness: 0.1, missing_columns: 0.0, missing_cells: 0.1 };

/// Compares the modules of a file over devices of these characters, from seed 0 on.
fn check(name: &'static str, file: &str, characters: &[(&str, Character, u64)]) {
    let text = fs::read_to_string(repository().join(file)).expect("a file of modules");
    let modules = Definitions::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}")).modules;
    let mut group = Group::start(name, &format!("{AUTHS}{text}"), &[]);
    for (module, definition) in &modules {
        for (character, settings, seeds) in characters {
            for seed in 0..*seeds {
                let device = synthetic::device(&[definition], seed, *settings);
                for (auth, suffix) in [("public_v2", ""), ("public_v1", ", v1")] {
                    let what = format!("{module}, {character} {seed}{suffix}");
                    group.scrape(&what, &device, &format!("module={module}&auth={auth}"));
                }
            }
        }
    }
    group.conclude(1);
}

#[test]
fn if_mib() {
    check(
        "if_mib",
        "configs/modules/if_mib.yml",
        &[("tame", TAME, 1), ("sparse", SPARSE, 1), ("wild", WILD, 1)],
    );
}

#[test]
fn tables() {
    let file = "crates/e2e/tests/compare/synthetic/tables.yml";
    check("tables", file, &[("tame", TAME, 3), ("sparse", SPARSE, 3), ("wild", WILD, 3)]);
}

#[test]
fn dates() {
    check("dates", "crates/e2e/tests/compare/synthetic/dates.yml", &[("long", LONG, 1), ("wild", WILD, 1)]);
}
