//! YAML as a tree that remembers the line of each value, so that a mistake can be named with its line. Scalars are texts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Options, Spanned};

use super::file::FileError;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    Text(String),
    List(Vec<Node>),
    /// In the order of the file, each key once, with the key's line.
    Map(Vec<(String, u64, Node)>),
}

impl Node {
    /// What a user would call it.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

impl Node {
    /// Its items; none where nothing is written.
    pub(super) fn list(&self, key: &str) -> Result<&[Node], FileError> {
        match &self.kind {
            Kind::List(items) => Ok(items),
            Kind::Null => Ok(&[]),
            _ => Err(FileError::new(self.line, key, format!("expected a list, found {}", self.name()))),
        }
    }

    /// Its text.
    pub(super) fn text(&self, key: &str, expected: &str) -> Result<&str, FileError> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(FileError::new(self.line, key, format!("expected {expected}, found {}", self.name()))),
        }
    }
}

/// A map of known keys.
#[derive(Debug)]
pub(super) struct Map<'a> {
    /// Where it stands, like `devices[gori-sw1]`.
    pub(super) path: String,
    line: u64,
    entries: &'a [(String, u64, Node)],
}

impl<'a> Map<'a> {
    /// The map that a node is, with no other keys than these.
    pub(super) fn of(node: &'a Node, path: &str, keys: &[&str]) -> Result<Self, FileError> {
        let map = Self::open(node, path)?;
        map.check_keys(keys)?;
        Ok(map)
    }

    /// Refuses other keys than these.
    pub(super) fn check_keys(&self, keys: &[&str]) -> Result<(), FileError> {
        match self.entries.iter().find(|(key, _, _)| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, line, _)) => {
                let message = format!("unknown key, expected one of {}", keys.join(", "));
                Err(FileError::new(*line, &self.key(key), message))
            }
        }
    }

    /// The map that a node is, whatever its keys.
    pub(super) fn open(node: &'a Node, path: &str) -> Result<Self, FileError> {
        let entries: &[_] = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => &[],
            _ => {
                return Err(FileError::new(
                    node.line,
                    path,
                    format!("expected a map, found {}", node.name()),
                ));
            }
        };
        Ok(Self { path: path.to_owned(), line: node.line, entries })
    }

    /// The path of one of its keys.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Its keys and their values.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, u64, &'a Node)> {
        self.entries.iter().map(|(key, line, node)| (key.as_str(), *line, node))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries().find(|(known, _, _)| *known == key).map(|(_, _, node)| node)
    }

    /// A mistake at one of its keys.
    pub(super) fn wrong(&self, key: &str, message: impl Into<String>) -> FileError {
        FileError::new(self.get(key).map_or(self.line, |node| node.line), &self.key(key), message)
    }

    pub(super) fn list(&self, key: &str) -> Result<&'a [Node], FileError> {
        self.get(key).map_or(Ok(&[]), |node| node.list(&self.key(key)))
    }

    pub(super) fn text(&self, key: &str, expected: &str) -> Result<Option<&'a str>, FileError> {
        self.get(key).map(|node| node.text(&self.key(key), expected)).transpose()
    }

    /// A number up to a bound.
    pub(super) fn number(&self, key: &str, most: u32) -> Result<Option<u32>, FileError> {
        let expected = format!("a number up to {most}");
        let Some(text) = self.text(key, &expected)? else { return Ok(None) };
        match text.parse().ok().filter(|number| *number <= most) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(key, format!("expected {expected}, found {text:?}"))),
        }
    }
}

/// Reads one YAML document.
pub(super) fn parse(text: &str) -> Result<Node, FileError> {
    match serde_yaml::from_str_with_options::<Option<Spanned<Raw>>>(text, options()) {
        Ok(None) => Ok(Node { line: 1, kind: Kind::Null }),
        Ok(Some(raw)) => node(raw),
        Err(error) => {
            let line = error.location().map_or(1, |place| place.line());
            let told = error.without_snippet().to_string();
            let told =
                told.split(" at line ").next().and_then(|told| told.lines().next()).unwrap_or_default();
            Err(FileError::new(line, "", format!("not valid YAML: {told}")))
        }
    }
}

fn options() -> Options {
    serde_yaml::options! { duplicate_keys: DuplicateKeyPolicy::PassThrough, with_snippet: false }
}

fn node(raw: Spanned<Raw>) -> Result<Node, FileError> {
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Text(text) => Kind::Text(text),
        Raw::List(items) => Kind::List(items.into_iter().map(node).collect::<Result<_, _>>()?),
        Raw::Map(entries) => {
            let mut map: Vec<(String, u64, Node)> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let (line, Raw::Text(key)) = (key.referenced.line(), key.value) else {
                    return Err(FileError::new(raw.referenced.line(), "", "a key has to be a text"));
                };
                if let Some((_, first, _)) = map.iter().find(|(known, _, _)| *known == key) {
                    return Err(FileError::new(line, &key, format!("written twice, first on line {first}")));
                }
                map.push((key, line, node(value)?));
            }
            Kind::Map(map)
        }
    };
    Ok(Node { line: raw.referenced.line(), kind })
}

/// A value as the parser hands it over.
enum Raw {
    Null,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Raw, E> {
        Ok(Raw::Text(flag.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Text(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
