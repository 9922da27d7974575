//! All of ifTable and ifXTable: the module if_mib.

use std::fs;

use lab::Agent;
use lab::synth::Device;
use ward_e2e::programs::repository;

use super::Verdict;
use super::side::Exporters;

const SIZES: [usize; 9] = [0, 1, 2, 5, 10, 24, 48, 100, 300];

/// The module as it comes, and tuned to 60.
pub fn modules() -> [String; 2] {
    let file = repository().join("configs/modules/if_mib.yml");
    let plain = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tuned = plain.replacen("  if_mib:\n", "  if_mib:\n    max_repetitions: 60\n", 1);
    assert_ne!(plain, tuned, "if_mib is where it was");
    [plain, tuned]
}

/// A switch.
pub fn switch(interfaces: usize) -> Agent {
    let device = Device::switch("rustavi-sw1", "rustavi", interfaces, 1);
    Agent::new(device.mib().build().expect("the names are fit for packets"))
}

#[test]
fn interfaces_take_half_the_packets_or_less() {
    let [plain, tuned] = modules();
    let Some(mut exporters) = Exporters::start(&plain, &tuned) else { return };
    let mut verdict = Verdict::default();
    println!(
        "| interfaces | version | packets: snmp_exporter | tuned to 60 | Ward, first | later |\n|---|---|---|---|---|---|"
    );
    for interfaces in SIZES {
        let agent = switch(interfaces);
        for version in [2, 1] {
            if version == 1 && interfaces > 48 {
                continue;
            }
            let query = format!("module=if_mib&auth=public_v{version}");
            let counts = exporters.count(&query, &agent).expect("all can read it");
            println!(
                "| {interfaces} | {version} | {} | {} | {} | {} |",
                counts.plain, counts.tuned, counts.first, counts.later
            );
            let what = format!("{interfaces} interfaces, version {version}");
            verdict.judge(&what, interfaces >= 24, &counts);
        }
    }
}
