//! Hand-labelled interfaces of real devices: how many get the right type, provider and critical mark.
//!
//! The rows are split by device. Rules are tuned on one half only; the other half says how good they are on devices nobody
//! looked at while tuning. The rows are not part of the repository: without them the test says so and passes.
//!
//! `WARD_SHOW=tuning cargo test -p ward-classifier --test labelled -- --nocapture` shows every wrong row of that half with
//! its votes, `WARD_RULES=FILE` tries other rules.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use ward_classifier::classification::Classification;
use ward_classifier::kind::InterfaceType;
use ward_classifier::rules::{BUILT_IN, Ruleset};
use ward_classifier::table::Table;

/// One labelled row and what came of it.
struct Row {
    shown: String,
    label: String,
    provider: String,
    /// Whether it should be critical: as its label and its text say.
    critical: bool,
    tuning: bool,
    came: Classification,
}

/// The rows, or why there are none.
fn rows() -> Option<Vec<Row>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = env::var_os("WARD_SHARED").map_or_else(beside, PathBuf::from);
    let file = shared.join("recordings/aliases_labelled.tsv");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: no {}", file.display());
        return None;
    };
    let rules = env::var("WARD_RULES").map(|file| std::fs::read_to_string(file).expect("a file"));
    let rules = Ruleset::parse(rules.as_deref().unwrap_or(BUILT_IN), "rules").expect("rules");
    let table = Table::parse(&text).expect("a table");
    let columns =
        ["recording", "label", "provider"].map(|name| table.column(name).expect("a column of the file"));
    let rows = table.rows.iter().zip(table.interfaces()).map(|(row, facts)| {
        let [device, label, provider] = columns.map(|at| row[at].clone());
        let text = facts.alias.to_lowercase();
        let core = ["core", "backbone", "aggregation", "spine"].iter().any(|word| text.contains(word));
        Row {
            shown: format!("{:?} {:?} {:?} {:?}", facts.name, facts.descr, facts.alias, facts.if_type),
            critical: label == "isp" || label == "trunk" && core,
            label,
            provider: letters(&provider),
            tuning: hash(&device) & 1 == 0,
            came: rules.classify(&facts),
        }
    });
    Some(rows.collect())
}

/// Spreads devices over the two halves.
fn hash(device: &str) -> u32 {
    device.bytes().fold(7_u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into())) >> 3
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Row {
    /// Whether the provider is the labelled one, or one of the two a label names.
    fn provider_is_right(&self) -> bool {
        let came = self.came.provider.as_deref().map(letters).unwrap_or_default();
        if came.is_empty() { self.provider.is_empty() } else { self.provider.contains(&came) }
    }
}

/// Shares of right answers of one half.
struct Shares {
    kind: f64,
    provider: f64,
    critical: f64,
}

fn shares(rows: &[&Row]) -> Shares {
    let share = |right: &dyn Fn(&Row) -> bool, of: &dyn Fn(&Row) -> bool| {
        let of: Vec<&&Row> = rows.iter().filter(|row| of(row)).collect();
        of.iter().filter(|row| right(row)).count() as f64 / of.len() as f64
    };
    Shares {
        kind: share(&|row| row.came.kind.as_str() == row.label, &|_| true),
        // Of those that have one, or got one.
        provider: share(&Row::provider_is_right, &|row| {
            row.came.provider.is_some() || !row.provider.is_empty() && row.label == "isp"
        }),
        critical: share(&|row| row.came.critical.critical == row.critical, &|_| true),
    }
}

/// Which labels became which types.
fn confusion(rows: &[&Row]) -> String {
    let mut counts: BTreeMap<(&str, InterfaceType), usize> = BTreeMap::new();
    for row in rows {
        *counts.entry((row.label.as_str(), row.came.kind)).or_default() += 1;
    }
    let mut out = format!("{:<12}", "label");
    InterfaceType::ALL.iter().for_each(|kind| out += &format!("{kind:>12}"));
    for label in InterfaceType::ALL {
        out += &format!("\n{label:<12}");
        for kind in InterfaceType::ALL {
            out += &format!("{:>12}", counts.get(&(label.as_str(), kind)).copied().unwrap_or(0));
        }
    }
    out
}

#[test]
fn most_labelled_interfaces_are_classified_right() {
    let Some(rows) = rows() else { return };
    assert!(rows.len() > 400, "only {} rows", rows.len());
    // A little below what was measured.
    for (half, tuning, least) in [
        ("tuning", true, Shares { kind: 0.84, provider: 0.74, critical: 0.93 }),
        ("holdout", false, Shares { kind: 0.86, provider: 0.68, critical: 0.93 }),
    ] {
        let of_half: Vec<&Row> = rows.iter().filter(|row| row.tuning == tuning).collect();
        let Shares { kind, provider, critical } = shares(&of_half);
        println!(
            "{half}: {} rows, type {kind:.3}, provider {provider:.3}, critical {critical:.3}",
            of_half.len()
        );
        println!("{}\n", confusion(&of_half));
        if env::var("WARD_SHOW").is_ok_and(|show| show == half) {
            show(&of_half);
        }
        assert!(kind >= least.kind, "{half}: type {kind:.3}");
        assert!(provider >= least.provider, "{half}: provider {provider:.3}");
        assert!(critical >= least.critical, "{half}: critical {critical:.3}");
    }
}

fn show(rows: &[&Row]) {
    for row in rows {
        let (kind, provider) = (row.came.kind.as_str() == row.label, row.provider_is_right());
        if kind && provider && row.came.critical.critical == row.critical {
            continue;
        }
        let Classification { kind, provider, confidence, best_guess, .. } = &row.came;
        println!(
            "{} {:?}, came {kind} {provider:?} {confidence} {best_guess:?}: {}",
            row.label, row.provider, row.shown
        );
        for vote in &row.came.votes {
            println!("    {:<24} {:<12} {:<6} {}", vote.rule, vote.kind, vote.weight, vote.because);
        }
    }
}
