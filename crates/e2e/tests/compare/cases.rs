//! Acceptance cases: what snmp_exporter gave once, and what it gives now.

use std::fs;

use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::cases::{self, Case, Expected};
use ward_e2e::compare::Pair;
use ward_e2e::exposition::Exposition;
use ward_e2e::http::Answer;
use ward_e2e::programs::shared;
use ward_e2e::snmp_exporter::{Server, Side};

use crate::Tally;

/// Where ours answers otherwise on purpose, and why.
const OTHERWISE: [(&str, &str); 5] = [
    (
        "pdu_to_sample/14_displaystring_index_invalid_utf8",
        "a label that is not UTF-8 is made so, as upstream does by now",
    ),
    ("scrape/two_filters_same_target", "all filters of a column must match, as upstream's main has it"),
    ("get/x_over_60_oids_with_max_repetitions_100_fails", "more than 60 GETs are made in several requests"),
    ("fault/toobig_silently_truncates", "tooBig is answered by asking for less: no row is lost"),
    (
        "fault/timeout_mid_walk_discards_everything",
        "all is read before the agent goes silent at the fifth request",
    ),
];

fn otherwise(case: &Case) -> bool {
    OTHERWISE.iter().any(|(other, _)| *other == case.id)
}

/// All cases, and a file with their modules.
fn load(folder: &TempDir) -> Option<(Vec<Case>, std::path::PathBuf)> {
    let file = shared()?.join("cases/snmp_exporter_cases.json");
    let mut cases = cases::read(&file);
    // Where snmp_exporter crashes there is nothing to be the same as; ours mostly refuses such a file.
    cases.retain(|case| !case.crashes());
    assert!(!cases.is_empty());
    let mut text = String::from("auths: {public_v1: {version: 1}, public_v2: {version: 2}}\nmodules:\n");
    for case in &cases {
        text += &format!("  {}: {}\n", case.module, case.definition);
    }
    let config = folder.path().join("cases.yml");
    fs::write(&config, text).expect("the modules are written");
    Some((cases, config))
}

#[test]
fn ours_gives_what_was_recorded() {
    let folder = TempDir::new().unwrap();
    let Some((cases, config)) = load(&folder) else { return };
    let mut ours = Server::start(Side::Ours, vec![format!("--config.file={}", config.display())]);
    let mut wrong = Vec::new();
    let cases: Vec<&Case> = cases.iter().filter(|case| !otherwise(case)).collect();
    for case in &cases {
        let agent = agents::start(case.agent());
        let path = format!("/snmp?target={}&module={}&auth={}", agent.addr(), case.module, case.auth);
        let answer = ours.get(&path, &[]).expect("an answer");
        if let Err(difference) = check(case, &answer) {
            wrong.push(format!("{}: {difference}", case.id));
        }
    }
    println!("{} cases, {} different on purpose", cases.len(), OTHERWISE.len());
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn check(case: &Case, answer: &Answer) -> Result<(), String> {
    if u64::from(answer.status) != case.expect["status"].as_u64().unwrap_or(200) {
        return Err(format!("status {}: {}", answer.status, answer.body));
    }
    if let Some(part) = case.expect["body_contains"].as_str() {
        let contained = answer.body.contains(part);
        return if contained { Ok(()) } else { Err(format!("{part:?} is not in {}", answer.body)) };
    }
    let (found, expected) = (found(&Exposition::parse(&answer.body)?), case.series());
    // The cases' values went through JSON: their last digits may not be what they were.
    let shown = |series: &Expected| -> Vec<String> {
        let lines = series
            .iter()
            .map(|(series, (value, kind, help))| format!("{series:?} {value:.13e} {kind} {help:?}"));
        lines.collect()
    };
    let (found, expected) = (shown(&found), shown(&expected));
    if found == expected { Ok(()) } else { Err(format!("\n  expected {expected:?}\n  found    {found:?}")) }
}

fn found(exposition: &Exposition) -> Expected {
    let mut all = Expected::new();
    for name in exposition.names().filter(|name| !name.starts_with("snmp_scrape_")) {
        let text = |text: Option<&str>| text.unwrap_or_default().to_string();
        for (labels, value) in exposition.samples(name) {
            let told = (*value, text(exposition.kind(name)), text(exposition.help(name)));
            all.insert((name.to_string(), labels.clone()), told);
        }
    }
    all
}

#[test]
fn both_give_the_same() {
    let folder = TempDir::new().unwrap();
    let Some((cases, config)) = load(&folder) else { return };
    let Some(mut pair) = Pair::start(&config, &[]) else { return };
    let mut tally = Tally::default();
    for case in cases.iter().filter(|case| !otherwise(case)) {
        // One agent each, as faults go by the number of the request.
        let (theirs, ours) = (agents::start(case.agent()), agents::start(case.agent()));
        let query = format!("module={}&auth={}", case.module, case.auth);
        tally.add(&case.id, pair.scrape(theirs.addr(), ours.addr(), &query));
    }
    tally.conclude("acceptance cases", 100);
}
