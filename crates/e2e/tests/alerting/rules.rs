//! The shipped rules: valid in Prometheus and in vmalert, tested, explained, and built on metrics that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use ward_e2e::process::run;
use ward_e2e::programs::{available, find, repository};

/// Metrics of others: the scraper's own, vmalert's, Prometheus'.
const FOREIGN: [&str; 4] = [
    "up",
    "scrape_timeout_seconds",
    "vmalert_execution_errors_total",
    "prometheus_rule_evaluation_failures_total",
];

/// Where the names of our metrics are written, and what is written before them.
const SOURCES: [(&str, &str); 6] = [
    ("", "exporter/src/answer/device.rs"),
    ("ward_exporter_", "exporter/src/own/mod.rs"),
    ("ward_exporter_", "crates/service/src/reload.rs"),
    ("ward_classifier_", "crates/service/src/reload.rs"),
    ("ward_classifier_", "classifier/src/store/metrics.rs"),
    ("ward_classifier_", "classifier/src/analytics/metrics.rs"),
];

/// Those of the classifier about the fleet.
const INFO: &str = "classifier/src/info.rs";

/// Severities, as configs/alertmanager.yml routes them.
const SEVERITIES: [&str; 6] = ["critical", "high", "warning", "medium", "info", "none"];

#[derive(Debug, Deserialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    record: Option<String>,
    alert: Option<String>,
    expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    repository().join("alerting-rules")
}

/// The YAML files of a folder, by name.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|file| file.extension().is_some_and(|end| end == "yml")).collect();
    files.sort();
    files
}

fn rules() -> Vec<Rule> {
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for file in files(folder()) {
        let text = fs::read_to_string(&file).unwrap();
        let parsed: File =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for group in parsed.groups {
            assert!(
                names.insert(group.name.clone()),
                "{}: group {} is there twice",
                file.display(),
                group.name
            );
            rules.extend(group.rules);
        }
    }
    assert!(rules.len() > 80, "{} rules", rules.len());
    rules
}

#[test]
fn prometheus_and_vmalert_take_them() {
    if !available(&["promtool", "vmalert"], false) {
        return;
    }
    run(Command::new("promtool").args(["check", "rules"]).args(files(folder())));
    for file in files(folder()) {
        run(Command::new("vmalert").arg("-dryRun").arg(format!("-rule={}", file.display())));
    }
}

#[test]
fn their_tests_pass() {
    if !available(&["promtool"], false) {
        return;
    }
    let tests = files(folder().join("tests"));
    run(Command::new("promtool").args(["test", "rules"]).args(&tests));
    if find("vmalert-tool").is_some() {
        for file in &tests {
            run(Command::new("vmalert-tool").arg("unittest").arg(format!("--files={}", file.display())));
        }
    }
}

#[test]
fn every_alert_is_tested_and_says_what_to_do() {
    let tests: String =
        files(folder().join("tests")).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let runbook = fs::read_to_string(repository().join("docs/RUNBOOK.md")).unwrap();
    for rule in rules() {
        let Some(alert) = rule.alert else { continue };
        let severity = rule.labels.get("severity").map(String::as_str).unwrap_or_default();
        assert!(SEVERITIES.contains(&severity), "{alert}: severity {severity:?}");
        assert!(rule.labels.contains_key("category"), "{alert} has no category");
        for name in ["summary", "description"] {
            let text = rule.annotations.get(name).map(String::as_str).unwrap_or_default();
            assert!(text.len() > 10, "{alert}: {name} {text:?}");
        }
        let page = format!("docs/RUNBOOK.md#{}", alert.to_lowercase());
        assert_eq!(rule.annotations.get("runbook"), Some(&page), "{alert}");
        assert!(runbook.contains(&format!("\n### {alert}\n")), "docs/RUNBOOK.md has no section {alert}");
        assert!(tests.contains(&alert), "no file of alerting-rules/tests names {alert}");
    }
}

#[test]
fn every_metric_that_they_name_exists() {
    let rules = rules();
    let mut known: BTreeSet<String> = FOREIGN.map(str::to_owned).into();
    known.extend(rules.iter().filter_map(|rule| rule.record.clone()));
    for module in ["ethernet", "interfaces", "system"] {
        let text = fs::read_to_string(repository().join(format!("configs/modules/{module}.yml"))).unwrap();
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("- name: "));
        known.extend(names.map(str::to_owned));
    }
    let sources: Vec<(&str, String)> = SOURCES
        .iter()
        .map(|(prefix, file)| (*prefix, fs::read_to_string(repository().join(file)).unwrap()))
        .collect();
    // The classifier writes `interface_info` as an info metric called `interface`.
    let classifier = sources_below("classifier/src");
    let written = |metric: &str| {
        let plain = metric.trim_end_matches("_total");
        let said = |text: &str, name: &str| text.contains(&format!("\"{name}\""));
        let by_prefix = sources
            .iter()
            .any(|(prefix, text)| plain.strip_prefix(prefix).is_some_and(|name| said(text, name)));
        let info = metric.strip_suffix("_info").is_some_and(|name| said(&classifier, name));
        let own = metric.strip_prefix("ward_classifier_").is_some_and(|name| said(&classifier, name));
        by_prefix || info || own || said(&classifier, metric)
    };
    assert!(repository().join(INFO).is_file());
    for rule in &rules {
        for metric in metrics(&rule.expr) {
            let name = rule.record.as_ref().or(rule.alert.as_ref());
            assert!(
                known.contains(&metric) || written(&metric),
                "{name:?} names {metric}, which nobody writes"
            );
        }
    }
}

/// All Rust files below a folder, one after the other.
fn sources_below(folder: &str) -> String {
    fn collect(folder: PathBuf, text: &mut String) {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            match path.extension() {
                _ if path.is_dir() => collect(path, text),
                Some(end) if end == "rs" => text.push_str(&fs::read_to_string(path).unwrap()),
                _ => {}
            }
        }
    }
    let mut text = String::new();
    collect(repository().join(folder), &mut text);
    text
}

/// The metrics that a PromQL expression names: words that are no functions, keywords, labels, durations or numbers.
fn metrics(expression: &str) -> BTreeSet<String> {
    const LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    const KEYWORDS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];
    let mut found = BTreeSet::new();
    let mut rest: String = expression
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default())
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join(" ");
    // Texts, label matchers and windows hold no metric.
    for (open, close) in [('"', '"'), ('{', '}'), ('[', ']')] {
        while let Some(from) = rest.find(open) {
            let to = rest[from + 1..].find(close).map_or(rest.len(), |to| from + to + 2);
            rest.replace_range(from..to, " ");
        }
    }
    let word = |character: char| character.is_ascii_alphanumeric() || "_:.".contains(character);
    let mut chars = rest.char_indices().peekable();
    let mut skip_list = false;
    while let Some((at, first)) = chars.next() {
        if skip_list && first == '(' {
            while chars.next().is_some_and(|(_, character)| character != ')') {}
            skip_list = false;
        }
        if !word(first) {
            continue;
        }
        let mut end = at + 1;
        while let Some((next, _)) = chars.next_if(|(_, character)| word(*character)) {
            end = next + 1;
        }
        let name = &rest[at..end];
        let after = rest[end..].trim_start();
        let called = ["(", "by ", "by(", "without ", "without("].iter().any(|next| after.starts_with(next));
        skip_list = LISTS.contains(&name);
        let other = name.starts_with(|character: char| character.is_ascii_digit() || character == '.');
        if !called && !other && !skip_list && !KEYWORDS.contains(&name) {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn metrics_are_found_in_expressions() {
    let expression = r#"
        max by (device, site) (last_over_time(a:b{x="c"}[5m] offset 1d)) * on (device) group_left () d_total > bool 1e5
        # not this
        and count(e) or vector(2)"#;
    let expected = ["a:b", "d_total", "e"].map(str::to_owned);
    assert_eq!(metrics(expression), expected.into());
}
