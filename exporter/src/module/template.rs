//! What a regular expression's match becomes: Go's `Regexp.Expand`, read once at load.
//!
//! `$1`, `${1}`, `$name` and `${name}` are groups, `$$` is a dollar. A name is as long as it can be: `$1x` is
//! the group `1x`, which does not exist, and an unknown group is empty.

use regex::Captures;

use super::re2::Names;

/// A template, ready to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The first of these groups that caught something.
    Group(Vec<usize>),
}

impl Template {
    /// Reads a template for groups of these names.
    pub(super) fn parse(text: &str, names: &Names) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            plain.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                plain.push('$');
                rest = after;
            } else if let Some((name, after)) = group_name(rest) {
                rest = after;
                let groups = groups(name, names);
                if !groups.is_empty() {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Group(groups));
                }
            } else {
                plain.push('$');
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Self(pieces)
    }

    /// Writes the template for one match.
    pub fn expand(&self, captures: &Captures<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(groups) => {
                    let caught = groups.iter().find_map(|group| captures.get(*group));
                    out.push_str(caught.map_or("", |caught| caught.as_str()));
                }
            }
        }
    }
}

/// The name behind a dollar, and what follows it.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let word = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = match text.strip_prefix('{') {
        Some(inner) => {
            let (name, rest) = inner.split_at(word(inner));
            (name, rest.strip_prefix('}')?)
        }
        None => text.split_at(word(text)),
    };
    (!name.is_empty()).then_some((name, rest))
}

/// The groups that are meant; group 0 is the whole match.
fn groups(name: &str, names: &Names) -> Vec<usize> {
    let plain_number = name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    match name.parse::<usize>() {
        Ok(number) if plain_number => {
            if number <= names.len() {
                vec![number]
            } else {
                Vec::new()
            }
        }
        _ => {
            let called = names.iter().enumerate().filter(|(_, known)| known.as_deref() == Some(name));
            called.map(|(nth, _)| nth + 1).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_filled_in_as_go_does_it() {
        for (regex, template, text, expected) in [
            (r"v=(\d+)", "$1", "v=12", "12"),
            (r"v=(\d+)", "${1}5", "v=12", "125"),
            (r"v=(\d+)", "$1x", "v=12", ""),
            (r"v=(?P<n>\d+)", "${n}5", "v=12", "125"),
            (r"v=(?P<n>\d+)", "$n.5", "v=12", "12.5"),
            (r"v=(\d+)", "-$1", "v=12", "-12"),
            (r"v=(\d+)", "$$1", "v=12", "$1"),
            (r"v=(\d+)", "$0", "v=12", "v=12"),
            (r"v=(\d+)", "$01", "v=12", ""),
            (r"v=(\d+)", "$2|", "v=12", "|"),
            (r"v=(\d+)", "a$", "v=12", "a$"),
            (r"v=(\d+)", "${1", "v=12", "${1"),
            (r"v=(\d+)", "${}", "v=12", "${}"),
            (r"v=(\d+)|(w)", "$2$1", "v=12", "12"),
            (r"v", "5", "v", "5"),
            (r"(?P<n>\d+)C|F(?P<n>\d+)", "${n}.5", "F7", "7.5"),
            (r"(?P<1n>\d+)C", "$1n", "7C", "7"),
        ] {
            let (regex, names) = crate::module::re2::compile(regex).unwrap();
            let captures = regex.captures(text).unwrap();
            let mut out = String::new();
            Template::parse(template, &names).expand(&captures, &mut out);
            assert_eq!(out, expected, "{template}");
        }
    }
}
