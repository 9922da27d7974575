//! Hand-labelled interfaces of real devices: how many get the right type and provider.
//!
//! The rows are not part of the repository: without them the test says so and passes. `ward-classifier rules score
//! --against FILE --wrong` shows every wrong row.

use std::env;
use std::path::PathBuf;

use ward_classifier::rules::Ruleset;
use ward_classifier::score::{Score, rows};
use ward_classifier::table::Table;

#[test]
fn most_labelled_interfaces_are_classified_right() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = env::var_os("WARD_SHARED").map_or_else(beside, PathBuf::from);
    let file = shared.join("recordings/aliases_labelled.tsv");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: no {}", file.display());
        return;
    };
    let rules = Ruleset::built_in().expect("the built-in rules");
    let table = Table::parse(&text).expect("a table");
    // What people are sure of is to be right; of the rest as much as was measured, or a little less.
    for (sure, precision, recall, providers) in [(Some("high"), 0.95, 0.95, 0.95), (None, 0.92, 0.89, 0.95)] {
        let rows = rows(&table, &rules, sure).expect("the columns that are needed");
        assert!(rows.len() > 200, "only {} rows", rows.len());
        let score = Score::of(&rows);
        println!("{}", score.text());
        assert!(score.mean().0 >= precision, "{}", score.text());
        assert!(score.mean().1 >= recall, "{}", score.text());
        assert!(score.providers.precision() >= providers, "{}", score.text());
        assert!(score.traps > 10 && score.trapped == 0, "{}", score.text());
    }
}
