//! The rules of `alerting-rules/` over a past that is given: each rule is asked for its whole range at once, and its answer is
//! stored as its series, in the order in which rules need each other. A month takes seconds.
//!
//! What this leaves out of vmalert: a rule that remembers itself sees nothing of its own, and alerts fire without their `for`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http;
use crate::programs::repository;
use crate::selectors::named;

#[derive(Deserialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    interval: Option<String>,
    rules: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    record: Option<String>,
    alert: Option<String>,
    expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The group it is in.
    pub group: String,
    /// How often it is evaluated, in seconds.
    pub interval: u64,
    /// The series it records; `ALERTS` for an alert.
    pub series: String,
    /// Its question.
    pub expr: String,
    /// Labels that it adds; an alert's name and state among them.
    pub labels: BTreeMap<String, String>,
}

/// All rules of `alerting-rules/`.
///
/// # Panics
/// A file is not one of rules.
pub fn rules() -> Vec<Rule> {
    let folder = repository().join("alerting-rules");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the folder of rules").flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).expect("a file");
        let file: File =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        file.groups
    };
    files.iter().flat_map(read).flat_map(of_group).collect()
}

fn of_group(group: Group) -> Vec<Rule> {
    let interval = group.interval.as_deref().and_then(seconds).unwrap_or(60);
    let rule = |written: Written| {
        let mut labels = written.labels;
        if let Some(alert) = written.alert {
            labels.extend([("alertname".into(), alert), ("alertstate".into(), "firing".into())]);
        }
        let series = written.record.unwrap_or_else(|| "ALERTS".into());
        Rule { group: group.name.clone(), interval, series, expr: written.expr, labels }
    };
    group.rules.into_iter().map(rule).collect()
}

/// A duration such as `5m`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()? * unit)
}

/// Rules in an order in which each comes after those whose series it reads.
///
/// # Panics
/// Rules need each other in a circle.
pub fn in_order(rules: Vec<Rule>) -> Vec<Rule> {
    let recorded: BTreeSet<String> = rules.iter().map(|rule| rule.series.clone()).collect();
    let (mut ordered, mut open) = (Vec::new(), rules);
    while !open.is_empty() {
        let waiting: BTreeSet<String> = open.iter().map(|rule| rule.series.clone()).collect();
        let is_ready = |rule: &Rule| {
            let needs = named(&rule.expr).series.into_iter().map(|(name, _)| name);
            needs
                .filter(|name| recorded.contains(name) && *name != rule.series)
                .all(|name| !waiting.contains(&name))
        };
        let (ready, blocked): (Vec<_>, Vec<_>) = open.into_iter().partition(is_ready);
        assert!(!ready.is_empty(), "rules in a circle: {waiting:?}");
        ordered.extend(ready);
        open = blocked;
    }
    ordered
}

/// Evaluates rules up to the moment `end`, in Unix seconds: for the last `recent` seconds, and as far back before as others look,
/// but not before `start`.
///
/// # Panics
/// VictoriaMetrics refuses a rule.
pub fn replay(storage: SocketAddr, rules: Vec<Rule>, start: u64, end: u64, recent: u64) {
    let rules = in_order(rules);
    let pasts = pasts(&rules, recent);
    for (rule, past) in rules.into_iter().zip(pasts) {
        let start = start.max(end - past.max(rule.interval * 2));
        let start = start - start % rule.interval;
        let path = format!(
            "/api/v1/query_range?nocache=1&start={start}&end={end}&step={}&query={}",
            rule.interval,
            http::encode(&rule.expr)
        );
        let body = http::get(storage, &path).and_then(http::Answer::ok);
        let body = body.unwrap_or_else(|error| panic!("{} of {}: {error}", rule.series, rule.group));
        let lines = series(&body, &rule);
        if !lines.is_empty() {
            import(storage, &lines);
        }
    }
}

/// Series that are there only some time after the first scrape: recorded by rules that are evaluated less often than every
/// `often` seconds, or made of such.
pub fn late(rules: &[Rule], often: u64) -> BTreeSet<String> {
    let mut late = BTreeSet::new();
    loop {
        let is_late = |rule: &&Rule| {
            rule.interval > often || named(&rule.expr).series.iter().any(|(name, _)| late.contains(name))
        };
        let found: BTreeSet<String> = rules
            .iter()
            .filter(is_late)
            .map(|rule| rule.series.clone())
            .filter(|name| name != "ALERTS")
            .collect();
        if found == late {
            return late;
        }
        late = found;
    }
}

/// How far back each rule has to be evaluated, in seconds, so that those behind it find what they look at.
fn pasts(rules: &[Rule], recent: u64) -> Vec<u64> {
    let mut needed: BTreeMap<&str, u64> = BTreeMap::new();
    let mut pasts = Vec::new();
    for rule in rules.iter().rev() {
        let past = needed.get(rule.series.as_str()).copied().unwrap_or(0).max(recent);
        pasts.push(past);
        let reach = past + looks_back(&rule.expr) + 2 * rule.interval;
        for (name, _) in named(&rule.expr).series {
            if let Some(read) = rules.iter().find(|read| read.series == name && name != rule.series) {
                let needed = needed.entry(&read.series).or_default();
                *needed = reach.max(*needed);
            }
        }
    }
    pasts.reverse();
    pasts
}

/// How far a question looks back, in seconds: its widest window, and the largest offset.
fn looks_back(expr: &str) -> u64 {
    let after = |mark: &str| {
        let texts = expr.split(mark).skip(1).map(str::trim_start);
        let durations =
            texts.map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(""));
        durations.map(total).max().unwrap_or(0)
    };
    after("[") + after("offset")
}

/// A duration of several units, such as `671h30m`, in seconds.
fn total(text: &str) -> u64 {
    text.split_inclusive(|c: char| c.is_ascii_alphabetic()).filter_map(seconds).sum()
}

/// Stores series, written as lines of VictoriaMetrics' own JSON.
///
/// # Panics
/// VictoriaMetrics does not take them.
pub fn import(storage: SocketAddr, lines: &str) {
    let taken = http::post(storage, "/api/v1/import", lines).expect("an answer");
    assert!(taken.status < 300, "HTTP {}: {}", taken.status, taken.body);
    http::get(storage, "/internal/force_flush").and_then(http::Answer::ok).expect("a flush");
}

/// A line of an import: labels, and values with their moments in Unix seconds.
pub fn line(labels: &BTreeMap<String, String>, points: &[(u64, f64)]) -> String {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let moments: Vec<u64> = points.iter().map(|(moment, _)| moment * 1000).collect();
    json!({"metric": labels, "values": values, "timestamps": moments}).to_string() + "\n"
}

/// The answer of `/api/v1/query_range` as what the rule records.
fn series(body: &str, rule: &Rule) -> String {
    let answer: Value = serde_json::from_str(body).expect("JSON");
    let rows = answer.pointer("/data/result").and_then(Value::as_array).expect("rows");
    let of_row = |row: &Value| {
        let found = row["metric"].as_object().expect("labels");
        let mut labels: BTreeMap<String, String> = found
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().into()))
            .collect();
        labels.insert("__name__".into(), rule.series.clone());
        labels.extend(rule.labels.clone());
        let point = |point: &Value| {
            let value = if rule.series == "ALERTS" { 1.0 } else { point.get(1)?.as_str()?.parse().ok()? };
            Some((point.get(0)?.as_f64()? as u64, value)).filter(|(_, value): &(u64, f64)| value.is_finite())
        };
        let points: Vec<(u64, f64)> =
            row["values"].as_array().expect("values").iter().filter_map(point).collect();
        line(&labels, &points)
    };
    rows.iter().map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_after_what_they_read() {
        let rule = |series: &str, expr: &str| Rule {
            group: String::new(),
            interval: 60,
            series: series.into(),
            expr: expr.into(),
            labels: BTreeMap::new(),
        };
        let rules = vec![rule("a:c", "a:b + a:c"), rule("ALERTS", "a:c > 1"), rule("a:b", "up")];
        let order: Vec<_> = in_order(rules).into_iter().map(|rule| rule.series).collect();
        assert_eq!(order, ["a:b", "a:c", "ALERTS"]);
    }

    #[test]
    fn rules_are_evaluated_as_far_back_as_others_look() {
        let rule = |series: &str, expr: &str| Rule {
            group: String::new(),
            interval: 60,
            series: series.into(),
            expr: expr.into(),
            labels: BTreeMap::new(),
        };
        let rules =
            [rule("a:a", "up"), rule("a:b", "avg_over_time(a:a[1d])"), rule("a:c", "a:b offset 1h30m")];
        assert_eq!(pasts(&rules, 100), [100 + 120 + 5400 + 120 + 86400, 100 + 120 + 5400, 100]);
        assert_eq!(looks_back("max_over_time(x[20m:5m]) + y[2d] offset 20d + z"), 22 * 86400);
    }

    #[test]
    fn durations() {
        for (text, expected) in [("30s", Some(30)), ("6h", Some(21600)), ("", None), ("x", None)] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
