//! Devices made up for a module: whatever it walks is there, with values that fit its types, and some that do
//! not. The same seed always makes the same device.
//!
//! | room | makes |
//! |---|---|
//! | `index` | the arcs of a row |
//! | `value` | a column's values |
//! | `text` | texts: odd ones, and those a pattern describes |

mod index;
mod text;
mod value;

use std::collections::BTreeMap;

use lab::dice::Dice;
use lab::{MibBuilder, Value};

use crate::definition::{Index, Lookup, Metric, Module, arcs};

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Character {
    /// The most rows of a table.
    pub rows: u64,
    /// How many of the values are odd, 0 to 1.
    pub oddness: f64,
    /// How many of the columns are missing, 0 to 1.
    pub missing_columns: f64,
    /// How many of the cells are missing, 0 to 1.
    pub missing_cells: f64,
}

/// All is there, and as the MIB says.
pub const TAME: Character = Character { rows: 6, oddness: 0.02, missing_columns: 0.0, missing_cells: 0.0 };
/// Half of the columns, and holes in them.
pub const SPARSE: Character = Character { rows: 9, oddness: 0.05, missing_columns: 0.5, missing_cells: 0.3 };
/// Nothing is as it should be.
pub const WILD: Character = Character { rows: 5, oddness: 0.4, missing_columns: 0.05, missing_cells: 0.1 };

/// No OID in a packet is longer; some room is left for siblings.
const MOST_ARCS: usize = 120;

/// The objects of a device for these modules.
pub fn device(modules: &[&Module], seed: u64, character: Character) -> MibBuilder {
    let mut maker =
        Maker { seed, dice: Dice::named(seed, "values"), character, objects: BTreeMap::new(), unique: 0 };
    for module in modules {
        maker.module(module);
    }
    maker.surroundings(modules);
    let mut mib = MibBuilder::default();
    for (name, value) in maker.objects {
        mib.set(name.as_slice(), value);
    }
    mib
}

struct Maker {
    seed: u64,
    dice: Dice,
    character: Character,
    objects: BTreeMap<Vec<u32>, Value>,
    /// Makes values different where two equal ones would make equal series.
    unique: u64,
}

impl Maker {
    fn module(&mut self, module: &Module) {
        for metric in &module.metrics {
            if self.dice.happens(self.character.missing_columns) {
                continue;
            }
            let column = arcs(&metric.oid);
            for row in self.rows(&metric.indexes) {
                if self.dice.happens(self.character.missing_cells) {
                    continue;
                }
                let value = value::of_metric(metric, &mut self.dice, self.character.oddness);
                self.cell(&column, &row, &metric.kind, value);
                self.lookups(metric, &row);
            }
        }
        for instance in &module.get {
            if self.dice.happens(0.8) {
                let value = value::number(&mut self.dice, self.character.oddness);
                self.set(arcs(instance), value);
            }
        }
    }

    /// The rows of all tables with this index: the same for the same index, so that tables go together.
    fn rows(&self, indexes: &[Index]) -> Vec<Vec<u32>> {
        if indexes.is_empty() {
            return vec![vec![0]];
        }
        let kinds: Vec<String> =
            indexes.iter().map(|index| format!("{}:{}", index.labelname, index.kind)).collect();
        let mut dice = Dice::named(self.seed, &kinds.join(" "));
        let count = 1 + dice.below(self.character.rows);
        let mut rows = Vec::new();
        for _ in 0..count {
            let mut row = Vec::new();
            for index in indexes {
                // Each index of this name takes its values from the same few, in whatever table.
                let choice = dice.below(self.character.rows);
                let name = format!("{} {} {choice}", index.labelname, index.kind);
                row.extend(index::arcs(
                    index,
                    choice,
                    &mut Dice::named(self.seed, &name),
                    self.character.oddness,
                ));
            }
            // Some agents leave out trailing zeros, or add what nobody knows.
            if row.len() > 1 && dice.happens(self.character.oddness / 8.0) {
                row.pop();
            }
            if dice.happens(self.character.oddness / 8.0) {
                row.push(7);
            }
            rows.push(row);
        }
        rows.sort();
        rows.dedup();
        rows
    }

    /// What the lookups of a row may find, followed as an exporter follows them: what one label finds is the
    /// next one's index.
    fn lookups(&mut self, metric: &Metric, row: &[u32]) {
        let mut labels: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut at = 0;
        for index in &metric.indexes {
            let length = index::length(index, row.get(at..).unwrap_or_default());
            let own: Vec<u32> = (at..at + length).map(|i| row.get(i).copied().unwrap_or(0)).collect();
            labels.insert(&index.labelname, own);
            at += length;
        }
        // Where the index itself is not shown, two misses would be the same series twice.
        let may_miss = metric.lookups.iter().all(|lookup| !lookup.labels.is_empty());
        for lookup in metric.lookups.iter().filter(|lookup| !lookup.labels.is_empty()) {
            let sources: Option<Vec<&Vec<u32>>> =
                lookup.labels.iter().map(|label| labels.get(label.as_str())).collect();
            let Some(sources) = sources else { continue };
            let key: Vec<u32> = sources.into_iter().flatten().copied().collect();
            if let Some(arc) = self.lookup(lookup, &key, may_miss) {
                labels.insert(&lookup.labelname, vec![arc]);
            }
        }
    }

    /// Makes what a lookup finds, unless it is there, and tells which arc it is for the next one.
    fn lookup(&mut self, lookup: &Lookup, key: &[u32], may_miss: bool) -> Option<u32> {
        let column = arcs(&lookup.oid);
        let name = [column.as_slice(), key].concat();
        let value = match self.objects.get(&name) {
            Some(value) => value.clone(),
            None => {
                if may_miss && self.dice.happens(0.1 + self.character.missing_cells / 2.0) {
                    return None;
                }
                self.unique += 1;
                let oddness = if may_miss { self.character.oddness } else { 0.0 };
                let value = value::of_lookup(lookup, self.unique, &mut self.dice, oddness);
                self.cell(&column, key, &lookup.kind, value.clone());
                value
            }
        };
        match value {
            Value::Integer(number) => u32::try_from(number).ok(),
            Value::Gauge32(number) | Value::Counter32(number) => Some(number),
            _ => Some(0),
        }
    }

    /// Sets a cell, and, for a type that is one of several, the column before it, which tells which.
    fn cell(&mut self, column: &[u32], row: &[u32], kind: &str, value: Value) {
        let Some((own, entry)) = column.split_last() else { return };
        let subtypes: &[i64] = match kind {
            "InetAddress" | "InetAddressMissingSize" => &[1, 2, 1, 2, 1, 2, 0, 3, 16],
            "LldpPortId" => &[1, 2, 3, 4, 5, 6, 7],
            _ => &[],
        };
        if own.checked_sub(1).is_some() && !subtypes.is_empty() && self.dice.happens(0.9) {
            let fitting = match &value {
                Value::OctetString(octets) if kind != "LldpPortId" && octets.len() == 4 => 1,
                Value::OctetString(octets) if kind != "LldpPortId" && octets.len() == 16 => 2,
                _ => self.dice.pick(subtypes),
            };
            let subtype = if self.dice.happens(0.1) { self.dice.pick(subtypes) } else { fitting };
            self.set([entry, &[own - 1], row].concat(), Value::Integer(subtype));
        }
        self.set([column, row].concat(), value);
    }

    /// What is there is not set again: metrics share columns.
    fn set(&mut self, name: Vec<u32>, value: Value) {
        if name.len() <= MOST_ARCS {
            self.objects.entry(name).or_insert(value);
        }
    }

    /// What the module does not ask for: objects beside and behind what it walks.
    fn surroundings(&mut self, modules: &[&Module]) {
        let walks = modules.iter().flat_map(|module| &module.walk).map(|walk| arcs(walk));
        for walk in walks.collect::<Vec<_>>() {
            if self.dice.happens(0.5) {
                let number = value::number(&mut self.dice, 0.0);
                self.set([walk.as_slice(), &[99, 1]].concat(), number);
            }
            if let Some((last, head)) = walk.split_last()
                && self.dice.happens(0.5)
                && let Some(next) = last.checked_add(1)
            {
                let number = value::number(&mut self.dice, 0.0);
                self.set([head, &[next, 0]].concat(), number);
            }
        }
        // Most agents have something behind whatever is walked; some end there.
        if self.dice.happens(0.7) {
            self.set(vec![1, 3, 6, 1, 6, 3, 1, 1, 6, 1, 0], Value::Integer(1));
        }
    }
}
