//! Which series and labels a PromQL question names. Pure.
//!
//! No parser of PromQL: names are told apart by what stands around them, which is enough for questions that
//! VictoriaMetrics has accepted.

use std::collections::BTreeSet;

/// Words that stand before a list of labels.
const LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// Words that are no names of series.
const WORDS: [&str; 7] = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

/// What a question names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Series, each with the labels that its selector asks for.
    pub series: Vec<(String, BTreeSet<String>)>,
    /// Labels that it groups or joins by.
    pub grouped: BTreeSet<String>,
}

/// Reads what a question names.
pub fn named(question: &str) -> Named {
    let (mut named, mut rest) = (Named::default(), question);
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            rest = after_text(rest);
        } else if first == '[' {
            rest = rest.find(']').map_or("", |end| &rest[end + 1..]);
        } else if first.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
        } else if is_start(first) {
            let (word, tail) = word(rest);
            let next = tail.trim_start();
            if LISTS.contains(&word) && next.starts_with('(') {
                let (labels, tail) = labels(next, ')');
                named.grouped.extend(labels);
                rest = tail;
            } else if next.starts_with('(') || WORDS.contains(&word) || is_aggregation(word, next) {
                rest = tail;
            } else if next.starts_with('{') {
                let (labels, tail) = labels(next, '}');
                named.series.push((word.into(), labels.into_iter().collect()));
                rest = tail;
            } else {
                named.series.push((word.into(), BTreeSet::new()));
                rest = tail;
            }
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    named
}

/// Whether a word stands before the labels it groups by, as in `sum by (site) (…)`, or is such a word itself.
fn is_aggregation(before: &str, next: &str) -> bool {
    LISTS.contains(&before) || ["by", "without"].contains(&word(next).0)
}

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':'
}

/// The name that a text begins with, and what follows.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(is_start(c) || c.is_ascii_digit())).unwrap_or(text.len());
    text.split_at(end)
}

/// What follows the quoted text that a text begins with.
fn after_text(text: &str) -> &str {
    let quote = text.chars().next().unwrap_or('"');
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// The names between brackets, and what follows them.
fn labels(text: &str, end: char) -> (Vec<String>, &str) {
    let (mut labels, mut rest) = (Vec::new(), &text[1..]);
    while let Some(first) = rest.chars().next() {
        if first == end {
            return (labels, &rest[1..]);
        } else if first == '"' || first == '\'' {
            rest = after_text(rest);
        } else if is_start(first) {
            let (label, tail) = word(rest);
            labels.push(label.into());
            rest = tail;
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    (labels, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_questions_name() {
        let found = named(
            r#"topk(10, sum by (site, role) (a:b{x=~"y{.+}",z!=''}) / on (device) group_left () (c > bool 0.5)) or rate(d[5m] offset 1h)"#,
        );
        let series: Vec<_> = found.series.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(series, ["a:b", "c", "d"]);
        assert_eq!(found.series[0].1, BTreeSet::from(["x".to_string(), "z".to_string()]));
        assert_eq!(found.grouped, ["site", "role", "device"].map(String::from).into());
    }

    #[test]
    fn what_is_not_closed_ends_it() {
        for text in ["a{b=\"", "sum by (x", "a[5m", "\"", "é{"] {
            named(text);
        }
    }
}
