//! How often rules are right: what they say of interfaces, beside what people say. Pure.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::classification::Classification;
use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::rules::Ruleset;
use crate::table::Table;

/// One interface, what people say of it, and what rules do.
#[derive(Debug, Clone)]
pub struct Row {
    /// The interface.
    pub facts: InterfaceFacts,
    /// The type that people say it is of.
    pub label: String,
    /// The provider that people name, spelled as they do; empty: none.
    pub provider: String,
    /// Whether it is there because it invites a wrong label.
    pub trap: bool,
    /// What the rules say.
    pub came: Classification,
}

/// Right and wrong answers of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Said, and true.
    pub right: usize,
    /// Said, and not true.
    pub wrong: usize,
    /// True, and not said.
    pub missed: usize,
}

impl Counts {
    /// Of what was said, how much is true. Who says nothing says nothing wrong.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// Of what is true, how much was said.
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// How often rules are right.
#[derive(Debug, Clone, Default)]
pub struct Score {
    /// Rows that were looked at.
    pub rows: usize,
    /// By type; those that neither people nor rules name are left out.
    pub types: BTreeMap<InterfaceType, Counts>,
    /// Providers.
    pub providers: Counts,
    /// Rows that are traps.
    pub traps: usize,
    /// Those of them that are critical as somebody's line, and are nobody's.
    pub trapped: usize,
}

/// The rows of a table with the columns `label` and `provider`, classified. `sure`: only those with that word in the column
/// of that name.
///
/// # Errors
/// A column is missing.
pub fn rows(table: &Table, rules: &Ruleset, sure: Option<&str>) -> Result<Vec<Row>, String> {
    let column = |name: &str| table.column(name).ok_or_else(|| format!("no column {name:?}"));
    let (label, provider) = (column("label")?, column("provider")?);
    let sure = sure.map(|word| Ok::<_, String>((column("sure")?, word))).transpose()?;
    let note = table.column("note");
    let mut rows = Vec::new();
    for (row, facts) in table.rows.iter().zip(table.interfaces()) {
        let cell = |at: usize| row.get(at).cloned().unwrap_or_default();
        if sure.is_some_and(|(at, word)| cell(at) != word) {
            continue;
        }
        let came = rules.classify(&facts);
        let trap = note.is_some_and(|at| cell(at).contains("TRAP"));
        rows.push(Row { facts, label: cell(label), provider: cell(provider), trap, came });
    }
    Ok(rows)
}

impl Row {
    /// Whether the type is right.
    pub fn type_is_right(&self) -> bool {
        self.came.kind.as_str() == self.label
    }

    /// Whether the provider is the one people name, however they spell it; or one of two they name.
    pub fn provider_is_right(&self) -> bool {
        let came = self.came.provider.as_deref().map(letters).unwrap_or_default();
        let named = letters(&self.provider);
        if came.is_empty() { named.is_empty() } else { named.contains(&came) }
    }

    /// Whether it is critical as somebody's line, which it is not.
    pub fn is_trapped(&self) -> bool {
        self.trap
            && self.label != "isp"
            && self.came.kind == InterfaceType::Isp
            && self.came.critical.critical
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Score {
    /// Counts.
    pub fn of(rows: &[Row]) -> Self {
        let mut score = Self { rows: rows.len(), ..Self::default() };
        for row in rows {
            if row.type_is_right() {
                score.types.entry(row.came.kind).or_default().right += 1;
            } else {
                score.types.entry(row.came.kind).or_default().wrong += 1;
                let label = InterfaceType::ALL.into_iter().find(|kind| kind.as_str() == row.label);
                if let Some(label) = label {
                    score.types.entry(label).or_default().missed += 1;
                }
            }
            let (named, came) = (!row.provider.is_empty(), row.came.provider.is_some());
            let right = came && row.provider_is_right();
            score.providers.right += usize::from(right);
            score.providers.wrong += usize::from(came && !right);
            score.providers.missed += usize::from(named && !right);
            score.traps += usize::from(row.trap);
            score.trapped += usize::from(row.is_trapped());
        }
        score
    }

    /// The mean of all types, each counted once, however many interfaces are of it: precision and recall.
    pub fn mean(&self) -> (f64, f64) {
        let mean = |of: fn(&Counts) -> f64| {
            self.types.values().map(of).sum::<f64>() / self.types.len().max(1) as f64
        };
        (mean(Counts::precision), mean(Counts::recall))
    }

    /// A table in Markdown.
    pub fn text(&self) -> String {
        let mut out = String::from("| | interfaces | precision | recall |\n|---|--:|--:|--:|\n");
        let mut line = |name: &str, number: usize, precision: f64, recall: f64| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "| {name} | {number} | {precision:.3} | {recall:.3} |");
        };
        for (kind, counts) in &self.types {
            line(kind.as_str(), counts.right + counts.missed, counts.precision(), counts.recall());
        }
        let (precision, recall) = self.mean();
        line("mean of the types", self.rows, precision, recall);
        let providers = &self.providers;
        line("provider", providers.right + providers.missed, providers.precision(), providers.recall());
        let _ = writeln!(
            out,
            "\n{} interfaces that invite a wrong label, {} of them critical as a provider's line and none",
            self.traps, self.trapped
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_type() {
        let table = "ifName\tifAlias\tlabel\tprovider\tsure\tnote\n\
                     Gi1\tMagti internet\tisp\tMagti\thigh\t\n\
                     Gi2\tSilknet internet\tisp\tMagti\thigh\t\n\
                     Gi3\tsomething\ttrunk\t\thigh\t\n\
                     Gi4\tinternet uplink 2\ttrunk\t\thigh\tTRAP: not one\n\
                     Gi5\tinternet uplink\ttrunk\t\tlow\t\n";
        let table = Table::parse(table).expect("a table");
        let rules = Ruleset::built_in().expect("the built-in rules");
        let rows = rows(&table, &rules, Some("high")).expect("all columns");
        let score = Score::of(&rows);
        assert_eq!((score.rows, score.traps, score.trapped), (4, 1, 1));
        assert_eq!(score.types[&InterfaceType::Isp], Counts { right: 2, wrong: 1, missed: 0 });
        assert_eq!(score.types[&InterfaceType::Trunk], Counts { right: 0, wrong: 0, missed: 2 });
        assert_eq!(score.types[&InterfaceType::Other], Counts { right: 0, wrong: 1, missed: 0 });
        assert_eq!(score.providers, Counts { right: 1, wrong: 1, missed: 1 });
        assert!(score.text().contains("| isp | 2 | 0.667 | 1.000 |"), "{}", score.text());
        let nameless = Table::parse("ifAlias\nx\n").expect("a table");
        assert_eq!(super::rows(&nameless, &rules, None).expect_err("no labels"), "no column \"label\"");
    }
}
