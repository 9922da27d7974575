//! What a scrape takes in requests and in time: a switch's interfaces, and modules that walk single columns, as two of
//! five walks of those that snmp_exporter ships do. Prints the table of docs/PERFORMANCE.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use lab::{Agent, Mib, Value};

use super::interfaces::{self, switch};
use super::side::{Counts, Exporters, Times};
use super::{Verdict, all};

/// A module of snmp_exporter's that walks single columns.
struct Columns {
    name: &'static str,
    /// What has so many rows in each of them.
    rows: (u32, &'static str),
    walks: &'static [&'static str],
}

const MODULES: [Columns; 3] = [
    Columns {
        name: "tplink-ddm",
        rows: (28, "ports"),
        walks: &[
            "1.3.6.1.2.1.31.1.1.1.1",
            "1.3.6.1.2.1.31.1.1.1.18",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.2",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.3",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.4",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.5",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.6",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.8",
            "1.3.6.1.4.1.11863.6.96.1.7.1.1.9",
        ],
    },
    Columns {
        name: "raritan",
        rows: (24, "outlets"),
        walks: &[
            "1.3.6.1.4.1.13742.4.1.2.2.1.2",
            "1.3.6.1.4.1.13742.4.1.2.2.1.3",
            "1.3.6.1.4.1.13742.4.1.2.2.1.31",
            "1.3.6.1.4.1.13742.4.1.2.2.1.4",
            "1.3.6.1.4.1.13742.4.1.2.2.1.5",
            "1.3.6.1.4.1.13742.4.1.2.2.1.6",
            "1.3.6.1.4.1.13742.4.1.2.2.1.7",
            "1.3.6.1.4.1.13742.4.1.20.2.1.7",
            "1.3.6.1.4.1.13742.4.1.20.2.1.8",
            "1.3.6.1.4.1.13742.4.1.20.2.1.9",
        ],
    },
    Columns {
        name: "printer_mib",
        rows: (5, "supplies"),
        walks: &[
            "1.3.6.1.2.1.43.10.2.1.4",
            "1.3.6.1.2.1.43.10.2.1.5",
            "1.3.6.1.2.1.43.11.1.1.5",
            "1.3.6.1.2.1.43.11.1.1.6",
            "1.3.6.1.2.1.43.11.1.1.8",
            "1.3.6.1.2.1.43.11.1.1.9",
            "1.3.6.1.2.1.43.5.1.1.13",
            "1.3.6.1.2.1.43.5.1.1.16",
            "1.3.6.1.2.1.43.5.1.1.17",
            "1.3.6.1.2.1.43.5.1.1.18",
            "1.3.6.1.2.1.43.5.1.1.19",
            "1.3.6.1.2.1.43.5.1.1.3",
            "1.3.6.1.2.1.43.6.1.1.3",
        ],
    },
];

impl Columns {
    /// The module, with a metric for each column.
    fn definition(&self, repetitions: Option<u32>) -> String {
        let mut text = format!("  {}:\n", self.name);
        if let Some(repetitions) = repetitions {
            let _ = writeln!(text, "    max_repetitions: {repetitions}");
        }
        let _ = writeln!(text, "    walk: [{}]\n    metrics:", self.walks.join(", "));
        for (nth, oid) in self.walks.iter().enumerate() {
            let index = "[{labelname: row, type: gauge}]";
            let _ = writeln!(text, "    - {{name: column{nth}, oid: {oid}, type: gauge, indexes: {index}}}");
        }
        text
    }

    /// A device that has them, all other columns up to the last of each table, and something behind.
    fn device(&self) -> Agent {
        let mut tables: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        for oid in self.walks {
            let mut arcs: Vec<u32> = oid.split('.').map(|arc| arc.parse().expect("an OID")).collect();
            let column = arcs.pop().expect("an OID has arcs");
            let last = tables.entry(arcs).or_default();
            *last = column.max(*last);
        }
        let cells = tables.iter().flat_map(|(entry, last)| {
            (1..=last + 1).flat_map(move |column| {
                (1..=self.rows.0).map(move |row| [&entry[..], &[column, row]].concat())
            })
        });
        let cells = cells.map(|name| (lab::Oid::from(name.as_slice()), Value::Gauge32(4_000_000)));
        let ends = [&[1, 3, 6, 1, 2, 1, 1, 5, 0][..], &[1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0]];
        let ends = ends.map(|name| (lab::Oid::from(name), Value::Integer(1)));
        Agent::new(Mib::of(cells.chain(ends)).expect("the names are fit for packets"))
    }
}

/// Never slower than snmp_exporter tuned to 60, and the fewer requests the fewer.
#[test]
fn interfaces_and_columns_take_less_time() {
    let [mut plain, mut tuned] = interfaces::modules();
    for module in &MODULES {
        plain += &module.definition(None);
        tuned += &module.definition(Some(60));
    }
    let Some(mut exporters) = Exporters::start(&plain, &tuned) else { return };
    let sizes: &[usize] = if all() { &[1, 5, 24, 48, 100] } else { &[24, 48] };
    let switches =
        sizes.iter().map(|&size| ("if_mib", format!("{size} interfaces"), size >= 24, switch(size)));
    let others = MODULES.iter().map(|module| {
        let (rows, what) = module.rows;
        let device = format!("{} columns, {rows} {what}", module.walks.len());
        (module.name, device, true, module.device())
    });
    let delays: &[u64] = if all() { &[0, 5, 20] } else { &[20] };
    let mut verdict = Verdict::default();
    println!(
        "| module | device, round trip | snmp_exporter | … tuned to 60 | Ward, first scrape | … later |\n|---|---|---|---|---|---|"
    );
    for (module, device, is_large, agent) in switches.chain(others) {
        let query = format!("module={module}");
        let counts = exporters.count(&query, &agent).expect("all can read it");
        for delay in delays {
            let delay = Duration::from_millis(*delay);
            let times = exporters.time(&query, &agent.clone().delay(delay));
            println!("| `{module}` | {device}, {} ms | {} |", delay.as_millis(), row(&counts, &times));
            let what = format!("{module}, {device}, {delay:?} away");
            verdict.judge(&what, is_large, &counts);
            let Times { tuned, first, later, .. } = times;
            verdict.expect(first.max(later) <= tuned, || {
                format!("{what}: {first:?} and later {later:?}, tuned snmp_exporter {tuned:?}")
            });
        }
    }
}

fn row(counts: &Counts, times: &Times) -> String {
    let cells = [
        (counts.plain, times.plain),
        (counts.tuned, times.tuned),
        (counts.first, times.first),
        (counts.later, times.later),
    ];
    cells.map(|(packets, time)| format!("{packets} packets, {:.3} s", time.as_secs_f64())).join(" | ")
}
