//! YAML as a tree that remembers the line of each value, so that a mistake can be named with its line. Scalars keep the
//! text they were written with.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Location, NonFiniteFloatPolicy, Options, Spanned};

use super::fields::Mistake;

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node {
    pub line: u64,
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone)]
pub(super) enum Kind {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone)]
pub(super) struct Key {
    pub line: u64,
    pub text: String,
}

impl Kind {
    /// What a user would call it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Null => "nothing",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Reads one YAML document.
pub(super) fn parse(text: &str) -> Result<Node, Mistake> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_yaml::from_str_with_options::<Option<Spanned<Raw>>>(text, options()) {
        Ok(None) => Ok(Node { line: 1, kind: Kind::Null }),
        Ok(Some(raw)) => node(raw, text),
        Err(error) => {
            // The parser's snippet would show the line, and a line may hold a secret.
            let error = error.without_snippet();
            let line = error.location().map_or(1, |place| place.line());
            let message = match error {
                serde_yaml::Error::MultipleDocuments { .. } => {
                    "expected one document, found another after ---".to_owned()
                }
                error => {
                    let told = error.to_string();
                    told.split(" at line ")
                        .next()
                        .and_then(|told| told.lines().next())
                        .unwrap_or("")
                        .to_owned()
                }
            };
            Err(Mistake::new(line, "", format!("not valid YAML: {message}")))
        }
    }
}

fn options() -> Options {
    serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn node(raw: Spanned<Raw>, source: &str) -> Result<Node, Mistake> {
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Plain => Kind::Text(written(raw.defined, source)),
        Raw::Text(text) => Kind::Text(text),
        Raw::List(items) => {
            Kind::List(items.into_iter().map(|item| node(item, source)).collect::<Result<_, _>>()?)
        }
        Raw::Map(entries) => {
            let mut map: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let key = Key { line: key.referenced.line(), text: key.value };
                if let Some((first, _)) = map.iter().find(|(known, _)| known.text == key.text) {
                    let message = format!("written twice, first on line {}", first.line);
                    return Err(Mistake::new(key.line, &key.text, message));
                }
                map.push((key, node(value, source)?));
            }
            Kind::Map(map)
        }
    };
    Ok(Node { line: raw.referenced.line(), kind })
}

/// The text a plain scalar was written with.
fn written(place: Location, source: &str) -> String {
    let span = place.span();
    let range = span.byte_offset().zip(span.byte_len());
    let text = range.and_then(|(start, len)| source.get(start as usize..(start + len) as usize));
    text.unwrap_or_default().to_owned()
}

/// A value as the parser hands it over.
enum Raw {
    Null,
    /// A number or a boolean: its text stands in the file at the value's place.
    Plain,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
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
