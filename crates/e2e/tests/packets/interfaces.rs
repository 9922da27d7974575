//! All of ifTable and ifXTable: the module if_mib.

use std::fs;
use std::time::Duration;

use lab::Agent;
use lab::synth::Device;
use ward_e2e::agents;
use ward_e2e::programs::repository;

use super::Verdict;
use super::side::{Exporters, Times};

const SIZES: [usize; 9] = [0, 1, 2, 5, 10, 24, 48, 100, 300];

fn modules() -> [String; 2] {
    let file = repository().join("configs/modules/if_mib.yml");
    let plain = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tuned = plain.replacen("  if_mib:\n", "  if_mib:\n    max_repetitions: 60\n", 1);
    assert_ne!(plain, tuned, "if_mib is where it was");
    [plain, tuned]
}

fn switch(interfaces: usize) -> Agent {
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
        for version in [2, 1] {
            if version == 1 && interfaces > 48 {
                continue;
            }
            let agent = agents::start(switch(interfaces));
            let query = format!("module=if_mib&auth=public_v{version}");
            let counts = exporters.count(&agent, &query).expect("all can read it");
            println!(
                "| {interfaces} | {version} | {} | {} | {} | {} |",
                counts.plain, counts.tuned, counts.first, counts.later
            );
            let what = format!("{interfaces} interfaces, version {version}");
            verdict.judge(&what, interfaces >= 24, &counts);
        }
    }
}

/// Never slower than snmp_exporter tuned to 60, which is a matter of round trips.
#[test]
fn interfaces_take_less_time() {
    let [plain, tuned] = modules();
    let Some(mut exporters) = Exporters::start(&plain, &tuned) else { return };
    let mut verdict = Verdict::default();
    println!(
        "| interfaces | round trip | snmp_exporter | tuned to 60 | Ward, first | later |\n|---|---|---|---|---|---|"
    );
    for delay in [0, 5, 20] {
        for interfaces in [1, 5, 24, 100] {
            let round_trip = Duration::from_millis(delay);
            let scrapes = if delay == 0 { 15 } else { 3 };
            let times = exporters
                .time("module=if_mib", scrapes, || agents::start(switch(interfaces).delay(round_trip)));
            let Times { plain, tuned, first, later } = times;
            let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
            println!(
                "| {interfaces} | {delay} ms | {} | {} | {} | {} |",
                ms(plain),
                ms(tuned),
                ms(first),
                ms(later)
            );
            // Half a round trip is the machine's to waste.
            let slack = Duration::from_millis(5) + round_trip / 2;
            for (which, ours) in [("first", first), ("later", later)] {
                let what = || {
                    format!(
                        "{interfaces} interfaces, {delay} ms, {which}: {ours:?}, tuned snmp_exporter {tuned:?}"
                    )
                };
                verdict.expect(ours <= tuned + slack, what);
            }
        }
    }
}
