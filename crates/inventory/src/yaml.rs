//! YAML as a tree that remembers where each value stands, so that every mistake of a file can be named with its line.
//!
//! Scalars keep the text they were written with: `0123`, `1.50` and `true` are what the user wrote, whatever a YAML
//! schema makes of them, as in snmp_exporter.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Location, NonFiniteFloatPolicy, Options, Spanned};

use crate::problem::{At, Problems};

/// A value and its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub at: At,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing was written.
    Null,
    /// A scalar, as it was written.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file; each key once.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands.
    pub at: At,
    /// The key as it was written.
    pub text: String,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing was written.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// What a user would call it.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Reads one YAML document. Bad syntax and keys written twice are reported; a document that cannot be read is `None`.
pub fn parse(text: &str, problems: &Problems) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_yaml::from_str_with_options::<Option<Spanned<Raw>>>(text, options()) {
        Ok(None) => Some(Node { at: At::START, kind: Kind::Null }),
        Ok(Some(raw)) => Some(Builder { text, problems }.node(raw)),
        Err(error) => {
            // The parser's snippet would show the line, and a line may hold a secret.
            let error = error.without_snippet();
            let at = error.location().map_or(At::START, At::from);
            problems.push(at, "", describe(error));
            None
        }
    }
}

/// The parser's message in a user's words, without the place, which is told apart.
fn describe(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let message = match error {
        serde_yaml::Error::MultipleDocuments { .. } => "expected one document, found another after ---",
        serde_yaml::Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands within its own anchor"
        }
        _ => text.split(" at line ").next().unwrap_or(&text).lines().next().unwrap_or("unreadable"),
    };
    format!("not valid YAML: {message}")
}

/// Room for a file of a hundred thousand devices, with an end all the same.
fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 40_000_000,
            max_nodes: 20_000_000,
            max_aliases: 1_000_000,
            max_merge_keys: 1_000_000,
            max_total_scalar_bytes: 256 * 1024 * 1024,
            // One anchor that a thousand devices refer to is what anchors are for.
            enforce_alias_anchor_ratio: false,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// A value as the parser hands it over.
enum Raw {
    Null,
    /// A number or a boolean: its text stands in the file at the value's place.
    Plain,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<RawKey>, Spanned<Raw>)>),
}

/// A key: any scalar; only its text is of interest.
struct RawKey(String);

impl<'de> Deserialize<'de> for RawKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(RawKey)
    }
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

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
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

/// Turns what the parser hands over into nodes.
struct Builder<'a> {
    text: &'a str,
    problems: &'a Problems,
}

impl Builder<'_> {
    fn node(&self, raw: Spanned<Raw>) -> Node {
        let at = At::from(raw.referenced);
        let kind = match raw.value {
            Raw::Null => Kind::Null,
            Raw::Plain => Kind::Text(self.source(raw.defined)),
            Raw::Text(text) => Kind::Text(text),
            Raw::List(items) => Kind::List(items.into_iter().map(|item| self.node(item)).collect()),
            Raw::Map(entries) => Kind::Map(self.map(entries)),
        };
        Node { at, kind }
    }

    fn map(&self, entries: Vec<(Spanned<RawKey>, Spanned<Raw>)>) -> Vec<(Key, Node)> {
        let mut map: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
        let mut seen: HashMap<String, At> = HashMap::new();
        let large = entries.len() > 16;
        for (key, value) in entries {
            let key = Key { at: At::from(key.referenced), text: key.value.0 };
            let value = self.node(value);
            let first = if large {
                seen.get(&key.text).copied()
            } else {
                map.iter().find(|(known, _)| known.text == key.text).map(|(known, _)| known.at)
            };
            if let Some(first) = first {
                self.problems.push(key.at, &key.text, format!("written twice, first on line {}", first.line));
                continue;
            }
            if large {
                seen.insert(key.text.clone(), key.at);
            }
            map.push((key, value));
        }
        map
    }

    /// The text a plain scalar was written with.
    fn source(&self, place: Location) -> String {
        let span = place.span();
        let range = span.byte_offset().zip(span.byte_len());
        range
            .and_then(|(start, len)| self.text.get(start as usize..(start + len) as usize))
            .unwrap_or_default()
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<String>) {
        let problems = Problems::default();
        let node = parse(text, &problems);
        (node, problems.finish().iter().map(ToString::to_string).collect())
    }

    fn show(node: &Node) -> String {
        match &node.kind {
            Kind::Null => "null".into(),
            Kind::Text(text) => format!("{text:?}"),
            Kind::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
            Kind::Map(map) => format!(
                "{{{}}}",
                map.iter()
                    .map(|(k, v)| format!("{}@{}:{}={}", k.text, k.at.line, k.at.column, show(v)))
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
        }
    }

    #[test]
    fn scalars_keep_their_text() {
        for (yaml, text) in [
            ("0123", "0123"),
            ("1.50", "1.50"),
            ("0x10", "0x10"),
            ("true", "true"),
            ("off", "off"),
            ("2001-01-01", "2001-01-01"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1_000", "1_000"),
            ("1e999", "1e999"),
            (".nan", ".nan"),
            ("'12'", "12"),
            ("\"a\\tb\"", "a\tb"),
            ("'~'", "~"),
            ("пароль", "пароль"),
        ] {
            let (node, problems) = read(&format!("# ключ\nkey: {yaml}\n"));
            assert_eq!(show(&node.unwrap()), format!("{{key@2:1={text:?}}}"));
            assert!(problems.is_empty(), "{yaml}: {problems:?}");
        }
    }

    #[test]
    fn nothing_is_null() {
        for yaml in ["", "~", "null", "# only a comment\n", "---\n"] {
            let (node, problems) = read(yaml);
            assert!(problems.is_empty(), "{yaml:?}: {problems:?}");
            assert!(node.unwrap().is_null(), "{yaml:?}");
        }
        assert_eq!(show(&read("a:\nb: ~").0.unwrap()), "{a@1:1=null b@2:1=null}");
    }

    #[test]
    fn anchors_and_merge_keys_work() {
        let text = "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\n";
        let (node, problems) = read(text);
        assert!(problems.is_empty(), "{problems:?}");
        let shown = show(&node.unwrap());
        assert!(shown.contains("y@2:1={b@2:13=\"3\" a@2:9=\"1\"}"), "{shown}");
        assert!(shown.contains("z@3:1={a@3:4=\"1\" b@3:4=\"2\"}"), "{shown}");
    }

    #[test]
    fn one_anchor_may_serve_thousands() {
        let mut text = "x: &x {port: 161}\nl:\n".to_owned();
        for _ in 0..20_000 {
            text.push_str("  - {<<: *x, a: *x}\n");
        }
        let (node, problems) = read(&text);
        assert!(node.is_some(), "{problems:?}");
    }

    #[test]
    fn mistakes_name_their_line() {
        for (yaml, expected) in [
            ("a: 1\nb: 2\na: 3\n", "3:1: a: written twice, first on line 1"),
            ("a: [1, 2\nb: 3\n", "not valid YAML"),
            ("a: *nowhere\n", "1:4: not valid YAML"),
            ("a: 'open\n", "not valid YAML"),
            ("a:\n\tb: 1\n", "not valid YAML"),
            ("a: 1\n---\nb: 1\n", "3:1: not valid YAML: expected one document, found another after ---"),
            ("a: &x [*x]\n", "1:8: not valid YAML: an alias stands within its own anchor"),
        ] {
            let (_, problems) = read(yaml);
            assert_eq!(problems.len(), 1, "{yaml:?} {problems:?}");
            assert!(problems[0].contains(expected), "{yaml:?}: {problems:?}");
        }
    }
}
