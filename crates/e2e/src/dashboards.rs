//! The dashboards of `grafana/dashboards`, and what they ask, show and lead to.

use std::fs;

use serde_json::Value;

use crate::programs::repository;

/// One dashboard.
#[derive(Debug)]
pub struct Dashboard {
    /// The name of its file.
    pub file: String,
    /// What it is known by in addresses.
    pub uid: String,
    /// All of it.
    pub json: Value,
}

/// A PromQL question that a dashboard asks, and where.
#[derive(Debug, Clone)]
pub struct Question {
    /// The dashboard's uid and what asks in it, such as `ward-fleet: Silent devices`.
    pub place: String,
    /// The question, with Grafana's variables in it.
    pub text: String,
    /// Whether it is asked about a stretch of time, not about one moment.
    pub range: bool,
}

/// All dashboards, by file.
///
/// # Panics
/// One of them is not JSON, or has no uid.
pub fn all() -> Vec<Dashboard> {
    let folder = repository().join("grafana/dashboards");
    let mut dashboards: Vec<Dashboard> = fs::read_dir(&folder)
        .expect("the folder of dashboards")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read_to_string(&path).expect("a file");
            let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let uid = text_at(&json, "/uid").unwrap_or_else(|| panic!("{file}: no uid"));
            Dashboard { file, uid, json }
        })
        .collect();
    dashboards.sort_by(|a, b| a.file.cmp(&b.file));
    dashboards
}

/// A text within a value, by its JSON pointer.
pub fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(String::from)
}

/// The members of a list within a value, by its JSON pointer; none where it is not there.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Dashboard {
    /// All panels that show something, those that are folded away included, but no headings.
    pub fn panels(&self) -> Vec<&Value> {
        let open = list(&self.json, "/panels").iter();
        open.flat_map(|panel| std::iter::once(panel).chain(list(panel, "/panels")))
            .filter(|panel| text_at(panel, "/type").as_deref() != Some("row"))
            .collect()
    }

    /// Its variables.
    pub fn variables(&self) -> &[Value] {
        list(&self.json, "/templating/list")
    }

    /// The names of its variables.
    pub fn variable_names(&self) -> Vec<String> {
        self.variables().iter().filter_map(|variable| text_at(variable, "/name")).collect()
    }

    /// What its panels ask the series' store.
    pub fn questions(&self) -> Vec<Question> {
        let of = |panel: &Value| {
            let title = text_at(panel, "/title").unwrap_or_default();
            let ask = |target: &Value| {
                let range = target.get("range") == Some(&Value::Bool(true));
                let text = text_at(target, "/expr")?;
                Some(Question { place: format!("{}: {title}", self.uid), text, range })
            };
            list(panel, "/targets").iter().filter_map(ask).collect::<Vec<_>>()
        };
        self.panels().into_iter().flat_map(of).collect()
    }

    /// What its annotations ask.
    pub fn annotations(&self) -> Vec<Question> {
        let of = |annotation: &Value| {
            let name = text_at(annotation, "/name")?;
            let text = text_at(annotation, "/target/expr")?;
            Some(Question { place: format!("{}: annotation {name}", self.uid), text, range: true })
        };
        list(&self.json, "/annotations/list").iter().filter_map(of).collect()
    }

    /// The series and the label of each variable that offers a label's values.
    pub fn choices(&self) -> Vec<(String, String, String)> {
        let of = |variable: &Value| {
            let name = text_at(variable, "/name")?;
            let question = text_at(variable, "/query/query")?;
            let inner = question.strip_prefix("label_values(")?.strip_suffix(')')?;
            let (series, label) = inner.rsplit_once(',')?;
            Some((format!("{}: variable {name}", self.uid), series.trim().into(), label.trim().into()))
        };
        self.variables().iter().filter_map(of).collect()
    }

    /// Every address that it leads to, and from where.
    pub fn links(&self) -> Vec<(String, String)> {
        fn collect(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    let address = members.get("url").and_then(Value::as_str);
                    found.extend(address.filter(|_| members.contains_key("title")).map(String::from));
                    members.values().for_each(|member| collect(member, found));
                }
                Value::Array(members) => members.iter().for_each(|member| collect(member, found)),
                _ => {}
            }
        }
        let mut links = Vec::new();
        for panel in self.panels() {
            let mut found = Vec::new();
            collect(panel, &mut found);
            let title = text_at(panel, "/title").unwrap_or_default();
            links.extend(found.into_iter().map(|url| (format!("{}: {title}", self.uid), url)));
        }
        links
    }
}

/// A question with values in the place of Grafana's variables: `$name`, `${name}` and `${name:format}`.
pub fn substitute(question: &str, values: &[(&str, &str)]) -> String {
    let mut answer = question.to_string();
    let mut values = values.to_vec();
    // Longer names first: `$device` must not spoil `$device_type`.
    values.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, value) in values {
        while let Some(start) = answer.find(&format!("${{{name}")) {
            let end = answer[start..].find('}').map_or(answer.len(), |end| start + end + 1);
            answer.replace_range(start..end, value);
        }
        answer = answer.replace(&format!("${name}"), value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_variables() {
        let values = [("device", "r1"), ("device_type", "x"), ("site", ".*")];
        let question = r#"a{device="$device",t="$device_type",site=~"${site:regex}"}"#;
        assert_eq!(substitute(question, &values), r#"a{device="r1",t="x",site=~".*"}"#);
    }
}
