//! Every module that snmp_exporter ships, over recordings of real devices, of which most have little of it or nothing.

use std::fs;
use std::path::{Path, PathBuf};

use lab::Agent;
use lab::snmprec::Recording;
use ward_e2e::definition::Definitions;
use ward_e2e::programs::shared;

use super::all;
use super::side::Exporters;

/// Recordings that are scraped with all modules; `WARD_COMPARE=all` takes all of them.
const RECORDINGS: usize = 6;
/// Longer ones take their time over SNMP.
const MOST_OBJECTS: usize = 8_000;

#[test]
fn modules_of_the_release_take_fewer_packets() {
    let Some(shared) = shared() else { return };
    let file = shared.join("peers/snmp_exporter-0.30.1-snmp.yml");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let modules = Definitions::parse(&text).expect("upstream's file").modules;
    // It has auths of its own, by the same names.
    let modules_only =
        text.split_once("\nmodules:").map(|(_, rest)| format!("modules:{rest}")).expect("modules");
    let Some(mut exporters) = Exporters::start(&modules_only, &modules_only) else { return };

    let mut devices: Vec<(PathBuf, Agent)> = files(&shared.join("recordings/devices"))
        .into_iter()
        .filter_map(|file| {
            let objects = Recording::load(&file).expect("a recording").objects;
            (objects.len() <= MOST_OBJECTS).then(|| (file, Agent::new(objects.build().expect("names fit"))))
        })
        .collect();
    if !all() {
        let step = devices.len().div_ceil(RECORDINGS).max(1);
        devices = devices.into_iter().step_by(step).collect();
    }
    let (mut scrapes, mut sums) = (0, [0u64; 3]);
    let mut more = [Vec::new(), Vec::new()];
    for (file, agent) in &devices {
        let device = file.file_stem().unwrap_or_default().to_string_lossy();
        for module in modules.keys() {
            let query = format!("module={module}");
            let counts = exporters.count(&query, agent);
            let Some(counts) = counts else { continue };
            scrapes += 1;
            for (sum, count) in sums.iter_mut().zip([counts.plain, counts.first, counts.later]) {
                *sum += count;
            }
            for (more, ours) in more.iter_mut().zip([counts.first, counts.later]) {
                if ours > counts.plain {
                    more.push(format!("{device}, {module}: {ours}, snmp_exporter {}", counts.plain));
                }
            }
        }
    }
    let [plain, first, later] = sums;
    println!(
        "{} modules over {} devices: snmp_exporter {plain} packets, Ward {first} the first time, {later} later; more in {} and {} of {scrapes}",
        modules.len(),
        devices.len(),
        more[0].len(),
        more[1].len(),
    );
    assert!(more[1].is_empty(), "later scrapes take more:\n{}", more[1].join("\n"));
    assert!(more[0].is_empty(), "first scrapes take more:\n{}", more[0].join("\n"));
    assert!(later * 2 <= plain && first < plain);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|file| file.extension().is_some_and(|extension| extension == "snmprec")).collect();
    files.sort();
    files
}
