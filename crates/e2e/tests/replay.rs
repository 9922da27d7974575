//! A few weeks of made-up traffic through the shipped rules: `scripts/replay.sh`, small enough for every day. The figures of
//! docs/ANALYTICS.md are of the whole one.

use std::process::Command;

use ward_e2e::process::run;
use ward_e2e::programs::{available, ours, repository};

#[test]
fn known_anomalies_are_found_and_few_others() {
    if !available(&["victoria-metrics", "vmalert", "curl"], false) {
        return;
    }
    let report = run(Command::new(repository().join("scripts/replay.sh"))
        .env("WARD_LAB", ours("ward-lab"))
        .args(["--seed=1", "--interfaces=6", "--weeks=4"])
        .args(["--min-recall=0.7", "--max-false=0.15"]));
    assert!(report.contains("| Drop |"), "{report}");
}
