//! Reading a map of known keys, with every mistake named: line, key, what is there and what would be right.

use std::fmt;

use super::yaml::{Key, Kind, Node};

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    line: u64,
    /// Such as `tls_server_config.min_version`; empty where the whole file is meant.
    key: String,
    message: String,
}

impl Mistake {
    pub fn new(line: u64, key: &str, message: impl Into<String>) -> Self {
        Mistake { line, key: key.to_owned(), message: message.into() }
    }
}

impl fmt::Display for Mistake {
    /// To be put behind the file's name: `:3: tls_server_config.min_version: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// A value and where it stands, for those who find out later that it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub line: u64,
    pub key: String,
    pub value: T,
}

impl<T> Placed<T> {
    /// The same place with another value.
    pub fn with<U>(&self, value: U) -> Placed<U> {
        Placed { line: self.line, key: self.key.clone(), value }
    }

    /// Says what is wrong here.
    pub fn wrong(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.line, &self.key, message)
    }
}

/// The entries of a map whose keys are known.
pub(super) struct Fields<'a> {
    pub line: u64,
    path: String,
    entries: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// A map, or nothing at all, which is an empty one; with no keys but these.
    pub fn open(node: &'a Node, path: &str, known: &[&str]) -> Result<Self, Mistake> {
        let fields = Self::any(node, path)?;
        match fields.entries.iter().find(|(key, _)| !known.contains(&key.text.as_str())) {
            Some((key, _)) => {
                let message = format!("unknown key, expected {}", one_of(known));
                Err(Mistake::new(key.line, &fields.path_of(&key.text), message))
            }
            None => Ok(fields),
        }
    }

    /// The same with any keys.
    pub fn any(node: &'a Node, path: &str) -> Result<Self, Mistake> {
        let entries = match &node.kind {
            Kind::Null => &[][..],
            Kind::Map(entries) => entries,
            other => {
                return Err(Mistake::new(node.line, path, format!("expected a map, found {}", other.name())));
            }
        };
        Ok(Fields { line: node.line, path: path.to_owned(), entries })
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What stands at a key.
    pub fn node(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// A map at a key, which need not be there.
    pub fn map(&self, key: &str, known: &[&str]) -> Result<Fields<'a>, Mistake> {
        static NOTHING: Node = Node { line: 1, kind: Kind::Null };
        Fields::open(self.node(key).unwrap_or(&NOTHING), &self.path_of(key), known)
    }

    /// A text at a key; nothing and an empty text are the same.
    pub fn text(&self, key: &str) -> Result<Option<Placed<&'a str>>, Mistake> {
        match self.node(key) {
            Some(node) => scalar(node, self.path_of(key)),
            None => Ok(None),
        }
    }

    /// A text at a key that `read` understands, or it says what would be right.
    pub fn value<T>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Placed<T>>, Mistake> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        read(text.value).map(|value| Some(text.with(value))).map_err(|message| text.wrong(message))
    }

    /// A list of texts that `read` understands.
    pub fn list<T>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Placed<Vec<T>>, Mistake> {
        let path = self.path_of(key);
        let Some(node) = self.node(key) else {
            return Ok(Placed { line: self.line, key: path, value: Vec::new() });
        };
        let items = match &node.kind {
            Kind::Null => &[][..],
            Kind::List(items) => items,
            other => {
                return Err(Mistake::new(
                    node.line,
                    &path,
                    format!("expected a list, found {}", other.name()),
                ));
            }
        };
        let mut list = Placed { line: node.line, key: path.clone(), value: Vec::with_capacity(items.len()) };
        for item in items {
            let text = scalar(item, path.clone())?;
            let text =
                text.ok_or_else(|| Mistake::new(item.line, &path, "expected a text, found nothing"))?;
            list.value.push(read(text.value).map_err(|message| text.wrong(message))?);
        }
        Ok(list)
    }

    /// All keys and their texts; an empty text is one, too.
    pub fn texts(&self) -> Result<Vec<(&'a str, Placed<&'a str>)>, Mistake> {
        let entry = |(key, node): &'a (Key, Node)| {
            let path = self.path_of(&key.text);
            let empty = Placed { line: key.line, key: path.clone(), value: "" };
            Ok((key.text.as_str(), scalar(node, path)?.unwrap_or(empty)))
        };
        self.entries.iter().map(entry).collect()
    }
}

/// A text that is not empty.
fn scalar(node: &Node, key: String) -> Result<Option<Placed<&str>>, Mistake> {
    match &node.kind {
        Kind::Null => Ok(None),
        Kind::Text(text) if text.is_empty() => Ok(None),
        Kind::Text(value) => Ok(Some(Placed { line: node.line, key, value })),
        other => Err(Mistake::new(node.line, &key, format!("expected a text, found {}", other.name()))),
    }
}

/// `a`, `b` or `c`.
pub(super) fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}
