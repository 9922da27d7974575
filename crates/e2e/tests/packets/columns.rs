//! Modules that walk single columns, as two of five walks of those that snmp_exporter ships do.

use std::fmt::Write;

use lab::{Agent, Mib, Value};

use super::Verdict;
use super::side::{Counts, Exporters};

const ENTRY: [u32; 13] = [1, 3, 6, 1, 4, 1, 9, 9, 109, 1, 1, 1, 1];
const COLUMNS: [u32; 4] = [1, 2, 4, 8];
const ROWS: [u32; 9] = [0, 1, 2, 5, 10, 24, 48, 100, 300];

/// Where the columns of a module are.
#[derive(Debug, Clone, Copy)]
enum Layout {
    /// Next to each other.
    Dense,
    /// With two between them that the module does not walk.
    Sparse,
    /// In two tables.
    Split,
}

impl Layout {
    const ALL: [Layout; 3] = [Layout::Dense, Layout::Sparse, Layout::Split];

    fn name(self) -> &'static str {
        match self {
            Layout::Dense => "dense",
            Layout::Sparse => "sparse",
            Layout::Split => "split",
        }
    }

    /// The column's OID.
    fn column(self, nth: u32) -> Vec<u32> {
        let mut entry = ENTRY.to_vec();
        match self {
            Layout::Dense => entry.push(1 + nth),
            Layout::Sparse => entry.push(1 + 3 * nth),
            Layout::Split => {
                entry[11] += nth % 2;
                entry.push(1 + nth);
            }
        }
        entry
    }
}

fn dotted(arcs: &[u32]) -> String {
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// A module for each layout and number of columns.
fn modules(repetitions: Option<u32>) -> String {
    let mut text = String::from("modules:\n");
    for layout in Layout::ALL {
        for columns in COLUMNS {
            let _ = writeln!(text, "  {}_{columns}:", layout.name());
            if let Some(repetitions) = repetitions {
                let _ = writeln!(text, "    max_repetitions: {repetitions}");
            }
            let oids: Vec<String> = (0..columns).map(|nth| dotted(&layout.column(nth))).collect();
            let _ = writeln!(text, "    walk: [{}]\n    metrics:", oids.join(", "));
            for (nth, oid) in oids.iter().enumerate() {
                let index = "[{labelname: row, type: gauge}]";
                let _ =
                    writeln!(text, "    - {{name: column{nth}, oid: {oid}, type: gauge, indexes: {index}}}");
            }
        }
    }
    text
}

/// A device with so many rows in all columns between the first and the last; with something behind them, or not.
fn device(rows: u32, something_behind: bool) -> Agent {
    let tables = [ENTRY, {
        let mut other = ENTRY;
        other[11] += 1;
        other
    }];
    let cells = tables.iter().flat_map(|entry| {
        (1..=24).flat_map(move |column| (1..=rows).map(move |row| [&entry[..], &[column, row]].concat()))
    });
    let mut objects: Vec<(lab::Oid, Value)> =
        cells.map(|name| (lab::Oid::from(name.as_slice()), Value::Gauge32(4_000_000))).collect();
    objects.push((lab::Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0]), Value::text("rustavi-r1")));
    if something_behind {
        objects.push((lab::Oid::from([1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0]), Value::Integer(1)));
    }
    Agent::new(Mib::of(objects).expect("the names are fit for packets"))
}

#[test]
fn single_columns_take_half_the_packets_or_less() {
    let Some(mut exporters) = Exporters::start(&modules(None), &modules(Some(60))) else { return };
    let mut verdict = Verdict::default();
    println!(
        "| columns | rows | packets: snmp_exporter | tuned to 60 | Ward, first | later |\n|---|---|---|---|---|---|"
    );
    for rows in ROWS {
        for something_behind in [true, false] {
            let agent = device(rows, something_behind);
            for columns in COLUMNS {
                for layout in Layout::ALL {
                    let query = format!("module={}_{columns}", layout.name());
                    let counts = exporters.count(&query, &agent);
                    let counts = counts.expect("all can read it");
                    let what = format!(
                        "{columns} columns, {rows} rows, {layout:?}, something behind: {something_behind}"
                    );
                    verdict.judge(&what, columns >= 4 || rows >= 24, &counts);
                    if matches!((layout, something_behind), (Layout::Sparse, true)) {
                        let Counts { plain, tuned, first, later } = counts;
                        println!("| {columns} | {rows} | {plain} | {tuned} | {first} | {later} |");
                    }
                }
            }
        }
    }
}

#[test]
fn single_columns_over_version_1_take_no_more_packets() {
    let Some(mut exporters) = Exporters::start(&modules(None), &modules(Some(60))) else { return };
    let mut verdict = Verdict::default();
    for columns in COLUMNS {
        for rows in [0, 1, 5, 24] {
            for something_behind in [true, false] {
                let agent = device(rows, something_behind);
                let query = format!("module=sparse_{columns}&auth=public_v1");
                let counts = exporters.count(&query, &agent);
                let counts = counts.expect("all can read it");
                let what = format!(
                    "{columns} columns, {rows} rows, version 1, something behind: {something_behind}"
                );
                verdict.judge(&what, false, &counts);
            }
        }
    }
}
