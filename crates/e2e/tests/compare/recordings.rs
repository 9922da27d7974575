//! Recordings of real devices. They are not part of the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab::mib::Object;
use lab::snmprec::Recording;
use lab::value::Moment;
use lab::{Agent, MibBuilder, Value};
use ward_e2e::agents;
use ward_e2e::compare::Pair;
use ward_e2e::definition::{Definitions, Module, arcs};
use ward_e2e::programs::shared;

use crate::{Tally, all};

/// Modules beside if_mib of each recording, where time matters.
const SPREAD: usize = 2;

#[test]
fn recordings_of_real_devices() {
    let Some(shared) = shared() else { return };
    let file = shared.join("peers/snmp_exporter-0.30.1-snmp.yml");
    let Some(mut pair) = Pair::start(&file, &[]) else { return };
    let modules = Definitions::parse(&std::fs::read_to_string(&file).unwrap()).unwrap().modules;
    let mut tally = Tally::default();
    let mut tried = BTreeSet::new();
    for (nth, file) in recordings(&shared).iter().enumerate() {
        let objects = standing_still(&Recording::load(file).expect("a recording").objects);
        let fitting: Vec<&str> = modules
            .iter()
            .filter(|(_, module)| has_data(module, &objects))
            .map(|(name, _)| name.as_str())
            .collect();
        let agent = agents::start(Agent::new(objects.build().expect("names fit packets")));
        let device = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Others for each device, and the usual one for all.
        let others = fitting.iter().cycle().skip(nth * SPREAD).take(SPREAD.min(fitting.len()));
        let chosen: BTreeSet<&str> = match all() {
            true => fitting.iter().copied().collect(),
            false => others.copied().chain(fitting.contains(&"if_mib").then_some("if_mib")).collect(),
        };
        for module in &chosen {
            let outcome = pair.scrape(agent.addr(), agent.addr(), &format!("module={module}"));
            tally.add(&format!("{device}, {module}"), outcome);
        }
        if chosen.len() > 1 && (all() || nth % 4 == 0) {
            let several = chosen.iter().copied().collect::<Vec<_>>().join(",");
            let outcome = pair.scrape(agent.addr(), agent.addr(), &format!("module={several}"));
            tally.add(&format!("{device}, {several}"), outcome);
        }
        tried.extend(chosen.into_iter().map(str::to_string));
    }
    println!("recordings: {} modules: {tried:?}", tried.len());
    tally.conclude("recordings", 100);
}

/// All recordings, of single devices and of whole networks.
fn recordings(shared: &Path) -> Vec<PathBuf> {
    let folder = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let recordings = shared.join("recordings");
    let networks = folder(&recordings.join("networks"));
    let mut files: Vec<PathBuf> = networks.iter().flat_map(|network| folder(network)).collect();
    files.extend(folder(&recordings.join("devices")));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "snmprec"));
    files.sort();
    files
}

/// The objects with clocks and counters stopped: both programs shall see the same, one after the other.
fn standing_still(objects: &MibBuilder) -> MibBuilder {
    let start = Moment::new(Duration::ZERO, Duration::ZERO);
    let mut still = MibBuilder::default();
    for (name, object) in objects.iter() {
        let value = match object {
            Object::Still(value) => value.clone(),
            Object::Moving(moving) => {
                let content = moving.at(&start).to_be_bytes();
                Value::Raw { tag: moving.tag(), content: [&[0], &content[..]].concat() }
            }
        };
        still.set(name.clone(), value);
    }
    still
}

/// Whether a device has something that the module makes series of.
fn has_data(module: &Module, objects: &MibBuilder) -> bool {
    let names: BTreeSet<&[u32]> = objects.iter().map(|(name, _)| name.arcs()).collect();
    module.metrics.iter().any(|metric| {
        let column = arcs(&metric.oid);
        names.range(column.as_slice()..).next().is_some_and(|name| name.starts_with(&column))
    })
}
