//! Every question of every dashboard, asked: each has an answer, and names only series and labels that there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use ward_e2e::dashboards::{Dashboard, Question, all, substitute, text_at};
use ward_e2e::selectors::named;
use ward_e2e::victoria::VictoriaMetrics;
use ward_e2e::{http, programs, replay};

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
const QUIET: [(&str, &str); 5] = [
    ("ward-device: Why not", "the chosen device answers"),
    ("ward-alerts: Medium", "the deviation is larger than that"),
    ("ward-alerts: Waiting", "alerts fire at once here"),
    ("ward-health: Programs away", "all are there"),
    ("ward-topology: Links lost or moved", "no link is a day old"),
];

/// What is chosen on a dashboard: everything where that can be.
fn chosen(dashboard: &Dashboard) -> Vec<(String, String)> {
    let every = |name: &str| {
        let variable = dashboard.variables().iter().find(|variable| variable["name"] == name)?;
        text_at(variable, "/allValue")
    };
    let choose = |(name, value): (&str, &str)| (name.into(), every(name).unwrap_or_else(|| value.into()));
    VALUES.into_iter().map(choose).collect()
}

#[test]
fn every_question_has_an_answer() {
    if !programs::available(&["victoria-metrics"], false) {
        return;
    }
    let storage = VictoriaMetrics::start();
    let end = world::END;
    replay::import(&storage, &world::lines(end));
    replay::replay(&storage, replay::rules(), end - world::PAST, end, 3600);

    let labels = labels(&storage, end);
    let mut complaints = Vec::new();
    for dashboard in all() {
        let chosen = chosen(&dashboard);
        let chosen: Vec<_> = chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let with_values = |mut question: Question| {
            question.text = substitute(&question.text, &chosen);
            question
        };
        for question in dashboard.questions().into_iter().map(with_values) {
            complaints.extend(unknown(&question.place, &question.text, &labels));
            let is_quiet = QUIET.iter().any(|(place, _)| *place == question.place);
            match rows(&storage, &question, end) {
                Ok(0) if !is_quiet => {
                    complaints.push(format!("{}: nothing: {}", question.place, question.text));
                }
                Ok(_) => {}
                Err(error) => complaints.push(format!("{}: {error}", question.place)),
            }
        }
        for annotation in dashboard.annotations().into_iter().map(with_values) {
            complaints.extend(unknown(&annotation.place, &annotation.text, &labels));
            complaints.extend(rows(&storage, &annotation, end).err());
        }
        for (place, series, label) in dashboard.choices() {
            let series = substitute(&series, &chosen);
            complaints.extend(unknown(&place, &series, &labels));
            let text = format!("count by ({label}) ({series}) @ {end}");
            let offered = storage.query(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
            if !offered.iter().any(|(labels, _)| labels.contains_key(&label)) {
                complaints.push(format!("{place}: no value of {label} in {series}"));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// How many rows a question has, at `end` or in the hour before it.
fn rows(storage: &VictoriaMetrics, question: &Question, end: u64) -> Result<usize, String> {
    let text = http::encode(&question.text);
    let path = match question.range {
        true => format!("/api/v1/query_range?nocache=1&start={}&end={end}&step=60&query={text}", end - 3600),
        false => format!("/api/v1/query?nocache=1&time={end}&query={text}"),
    };
    let body = http::get(storage.address, &path)?.ok()?;
    let answer: Value = serde_json::from_str(&body).map_err(|error| error.to_string())?;
    Ok(answer.pointer("/data/result").and_then(Value::as_array).map_or(0, Vec::len))
}

/// All series there are, with all labels that they have.
fn labels(storage: &VictoriaMetrics, end: u64) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!(
        "/api/v1/series?start={}&end={end}&match[]={}",
        end - 86_400,
        http::encode("{__name__!=\"\"}")
    );
    let body = http::get(storage.address, &path).and_then(http::Answer::ok).expect("the series");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for series in answer["data"].as_array().expect("a list") {
        let series = series.as_object().expect("labels");
        let name = series.get("__name__").and_then(Value::as_str).unwrap_or_default();
        found.entry(name.into()).or_default().extend(series.keys().cloned());
    }
    found
}

/// The series and labels that a question names and that there are not.
fn unknown(place: &str, text: &str, labels: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let asked = named(text);
    let mut complaints = Vec::new();
    let mut theirs: BTreeSet<&String> = BTreeSet::new();
    for (series, wanted) in &asked.series {
        let Some(have) = labels.get(series) else {
            complaints.push(format!("{place}: no series {series}"));
            continue;
        };
        theirs.extend(have);
        complaints
            .extend(wanted.difference(have).map(|label| format!("{place}: {series} has no label {label}")));
    }
    let made = |label: &String| text.contains(&format!("\"{label}\""));
    let missing = asked.grouped.iter().filter(|label| !theirs.contains(label) && !made(label));
    complaints.extend(missing.map(|label| format!("{place}: no label {label} to group by")));
    complaints
}
