//! The dashboards' questions, asked of a VictoriaMetrics: what is wrong with the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_json::Value;

use crate::dashboards::{Dashboard, Question, all, substitute, text_at};
use crate::exposition::Labels;
use crate::selectors::named;
use crate::{http, promql};

/// Asks every question of every dashboard about the moment `end`, in Unix seconds, or the hour before it, with everything chosen
/// where that can be, else one of `values`. Says what is refused, has no answer, or names a series or label that there is not.
///
/// `quiet` are panels that have nothing to show, and why; `late` are series that need not be there yet.
pub fn complaints(
    storage: SocketAddr,
    end: u64,
    values: &[(&str, &str)],
    quiet: &[(&str, &str)],
    late: &BTreeSet<String>,
) -> Vec<String> {
    let labels = labels(storage, end);
    let is_late = |text: &str| named(text).series.iter().any(|(name, _)| late.contains(name));
    let mut complaints = Vec::new();
    for dashboard in all() {
        let chosen = chosen(&dashboard, values);
        let chosen: Vec<_> = chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let with_values = |mut question: Question| {
            question.text = substitute(&question.text, &chosen);
            question
        };
        for question in dashboard.questions().into_iter().map(with_values) {
            let answered = rows(storage, &question, end);
            let is_late = is_late(&question.text);
            let is_quiet = is_late || quiet.iter().any(|(place, _)| *place == question.place);
            if !is_late {
                complaints.extend(unknown(&question.place, &question.text, &labels));
            }
            match answered {
                Ok(0) if !is_quiet => {
                    complaints.push(format!("{}: nothing: {}", question.place, question.text));
                }
                Ok(_) => {}
                Err(error) => complaints.push(format!("{}: {error}", question.place)),
            }
        }
        for annotation in dashboard.annotations().into_iter().map(with_values) {
            complaints.extend(unknown(&annotation.place, &annotation.text, &labels));
            complaints.extend(rows(storage, &annotation, end).err());
        }
        for (place, series, label) in dashboard.choices() {
            let series = substitute(&series, &chosen);
            complaints.extend(unknown(&place, &series, &labels));
            let text = format!("count by ({label}) ({series})");
            let offers =
                |rows: Vec<(Labels, f64)>| rows.iter().any(|(labels, _)| labels.contains_key(&label));
            match promql::query_at(storage, &text, end).map(offers) {
                Ok(true) => {}
                Ok(false) => complaints.push(format!("{place}: no value of {label} in {series}")),
                Err(error) => complaints.push(format!("{place}: {error}")),
            }
        }
    }
    complaints
}

/// What is chosen on a dashboard: everything where that can be.
fn chosen(dashboard: &Dashboard, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let every = |name: &str| {
        let variable = dashboard.variables().iter().find(|variable| variable["name"] == name)?;
        text_at(variable, "/allValue")
    };
    let choose =
        |(name, value): &(&str, &str)| (name.to_string(), every(name).unwrap_or_else(|| value.to_string()));
    values.iter().map(choose).collect()
}

/// How many rows a question has, at `end` or in the hour before it.
fn rows(storage: SocketAddr, question: &Question, end: u64) -> Result<usize, String> {
    let text = http::encode(&question.text);
    let path = match question.range {
        true => format!("/api/v1/query_range?nocache=1&start={}&end={end}&step=60&query={text}", end - 3600),
        false => format!("/api/v1/query?nocache=1&time={end}&query={text}"),
    };
    let body = http::get(storage, &path)?.ok()?;
    let answer: Value = serde_json::from_str(&body).map_err(|error| error.to_string())?;
    Ok(answer.pointer("/data/result").and_then(Value::as_array).map_or(0, Vec::len))
}

/// All series there are, with all labels that they have.
fn labels(storage: SocketAddr, end: u64) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!(
        "/api/v1/series?start={}&end={end}&match[]={}",
        end - 86_400,
        http::encode("{__name__!=\"\"}")
    );
    let body = http::get(storage, &path).and_then(http::Answer::ok).expect("the series");
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
