//! Every question of every dashboard, asked after weeks of made-up traffic: each has an answer, and names only series and labels
//! that there are. What the programs themselves say of a network is asked in `alerting/demo.rs`.

use std::collections::BTreeSet;

use ward_e2e::asking::complaints;
use ward_e2e::victoria::VictoriaMetrics;
use ward_e2e::{programs, replay};

use crate::world;

/// What is chosen on dashboards where not everything is.
pub const VALUES: [(&str, &str); 16] = [
    ("site", ".*"),
    ("role", ".*"),
    ("device", "rustavi-r1"),
    ("if_name", "ge3"),
    ("interface_type", ".*"),
    ("isp_provider", ".*"),
    ("is_critical", ".*"),
    ("severity", ".*"),
    ("category", ".*"),
    ("depth", "2"),
    ("infinity", "x"),
    ("__rate_interval", "5m"),
    ("__range", "1h"),
    ("__interval", "1m"),
    ("datasource", "x"),
    ("classifier", "http://127.0.0.1:9117"),
];

/// Panels that have nothing to show in this world, and why.
const QUIET: [(&str, &str); 6] = [
    ("ward-device: Why not", "the chosen device answers"),
    ("ward-interface: Full in", "the chosen interface does not grow"),
    ("ward-alerts: Medium", "the deviation is larger than that"),
    ("ward-alerts: Waiting", "alerts fire at once here"),
    ("ward-health: Programs away", "all are there"),
    ("ward-topology: Links lost or moved", "no link is a day old"),
];

#[test]
fn every_question_has_an_answer() {
    if !programs::available(&["victoria-metrics"], false) {
        return;
    }
    let storage = VictoriaMetrics::start();
    let end = world::END;
    replay::import(storage.address, &world::lines(end));
    replay::replay(storage.address, replay::rules(), end - world::PAST, end, 3600);
    let complaints = complaints(storage.address, end, &VALUES, &QUIET, &BTreeSet::new());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
