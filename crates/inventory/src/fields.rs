//! Reading the fields of a map: what is there in the right form comes back, what is not becomes a problem.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::duration::parse_duration;
use crate::nearest::hint;
use crate::problem::{At, Problems};
use crate::yaml::{Key, Kind, Node};

/// The fields of one map. A field of nothing (`port:`) counts as left out.
#[derive(Debug)]
pub struct Fields<'a> {
    /// Where the map stands.
    pub at: At,
    /// How errors call it, such as `devices[rustavi-r1]`.
    pub path: String,
    entries: &'a [(Key, Node)],
    problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// The fields of a map; anything else is a problem, and nothing has no fields.
    pub fn open(node: &'a Node, path: String, problems: &'a Problems) -> Option<Self> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries.as_slice(),
            Kind::Null => &[],
            _ => {
                problems.push(
                    node.at,
                    &path,
                    format!("expected a map of keys and values, found {}", node.name()),
                );
                return None;
            }
        };
        Some(Fields { at: node.at, path, entries, problems })
    }

    /// Reports the keys that nobody knows. A slip of the finger makes a key of a secret, as in `password:s3cret`: only
    /// what looks like a key is repeated.
    pub fn check_keys(&self, known: &[&'static str]) {
        for key in self.unknown_keys(known) {
            let hint = hint(&key.text, known.iter().copied());
            let word = key.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            let shown = if word { format!("unknown key {:?}", key.text) } else { "unknown key".to_owned() };
            self.problems.push(key.at, &self.path, format!("{shown}{hint}"));
        }
    }

    /// The same without repeating any, for a map of secrets.
    pub fn check_keys_discreetly(&self, known: &[&'static str]) {
        for key in self.unknown_keys(known) {
            self.problems.push(
                key.at,
                &self.path,
                format!("unknown key{}", hint(&key.text, known.iter().copied())),
            );
        }
    }

    /// Keys that begin with `x-` are the user's own: notes, and places for anchors.
    fn unknown_keys(&self, known: &[&'static str]) -> impl Iterator<Item = &'a Key> {
        let keys = self.entries.iter().map(|(key, _)| key);
        keys.filter(|key| !known.contains(&key.text.as_str()) && !key.text.starts_with("x-"))
    }

    /// All keys and values.
    pub fn entries(&self) -> &'a [(Key, Node)] {
        self.entries
    }

    /// A field that is more than nothing.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.raw(key).filter(|node| !node.is_null())
    }

    /// A field, even one of nothing.
    pub fn raw(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// Notes a problem with one field, at its value where it has one.
    pub fn problem(&self, key: &str, message: impl Into<String>) {
        let at = self.raw(key).map_or(self.at, |node| node.at);
        self.problems.push(at, &self.key(key), message);
    }

    /// The field's full name, such as `devices[rustavi-r1].port`.
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        let node = self.get(key)?;
        if node.text().is_none() {
            self.problem(key, format!("expected a text, found {}", node.name()));
        }
        node.text()
    }

    /// A whole number within bounds.
    pub fn number<T>(&self, key: &str, bounds: RangeInclusive<T>) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + Display,
    {
        let text = self.text(key)?;
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (low, high) = bounds.into_inner();
            self.problem(key, format!("expected a whole number from {low} to {high}, found {text:?}"));
        }
        number
    }

    /// A duration longer than nothing.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        let text = self.text(key)?;
        match parse_duration(text) {
            Ok(duration) if duration.is_zero() => {
                self.problem(key, format!("expected a duration longer than nothing, found {text:?}"));
                None
            }
            Ok(duration) => Some(duration),
            Err(message) => {
                self.problem(key, message);
                None
            }
        }
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let text = self.text(key)?;
        let flag = text.parse().ok();
        if flag.is_none() {
            self.problem(key, format!("expected true or false, found {text:?}"));
        }
        flag
    }

    /// A list of texts, each once.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        let node = self.get(key)?;
        let Kind::List(items) = &node.kind else {
            self.problem(key, format!("expected a list such as [system, interfaces], found {}", node.name()));
            return None;
        };
        let mut texts: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            match item.text() {
                Some("") => {
                    self.problems.push(item.at, &self.key(key), "expected a name, found an empty text")
                }
                Some(text) if texts.iter().any(|known| known == text) => {}
                Some(text) => texts.push(text.to_owned()),
                None => {
                    let message = format!("expected a name, found {}", item.name());
                    self.problems.push(item.at, &self.key(key), message);
                }
            }
        }
        if items.is_empty() {
            self.problem(key, "expected at least one name, such as [system, interfaces]");
        }
        Some(texts)
    }
}
