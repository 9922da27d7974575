//! A strict reader of the Prometheus text format (0.0.4): the eye of the tests, so it forgives nothing.

use std::collections::{BTreeMap, BTreeSet};

/// A series' labels, by name.
pub type Labels = BTreeMap<String, String>;

/// A scrape's whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exposition {
    samples: BTreeMap<String, Vec<(Labels, f64)>>,
    types: BTreeMap<String, String>,
    helps: BTreeMap<String, String>,
}

impl Exposition {
    /// Reads an answer. The error names the line and what is wrong there: broken syntax, a series that comes twice,
    /// a metric whose samples are not together or that has no `# TYPE` before them, a HELP that comes twice or after
    /// its TYPE.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut exposition = Self::default();
        let mut seen = BTreeSet::new();
        let mut finished = BTreeSet::new();
        let mut current = String::new();
        if !text.is_empty() && !text.ends_with('\n') {
            return Err("the last line has no end".into());
        }
        // Not `lines`, which takes a carriage return at the end of a HELP for a part of the line's end.
        for (number, line) in text.split_terminator('\n').enumerate() {
            let fail = |what: &str| format!("line {}: {what}: {line}", number + 1);
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or_else(|| fail("no type"))?;
                if exposition.types.insert(name.into(), kind.into()).is_some() {
                    return Err(fail("second TYPE"));
                }
                continue;
            }
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').ok_or_else(|| fail("no space behind the name"))?;
                let help = unescaped(help).ok_or_else(|| fail("bad escape"))?;
                if exposition.types.contains_key(name) {
                    return Err(fail("HELP after TYPE"));
                }
                if exposition.helps.insert(name.into(), help).is_some() {
                    return Err(fail("second HELP"));
                }
                continue;
            }
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, labels, value) = sample(line).ok_or_else(|| fail("not a sample"))?;
            let family = exposition.family(&name).ok_or_else(|| fail("no TYPE before it"))?;
            if family != current {
                if !finished.insert(family.clone()) {
                    return Err(fail("its metric's samples are not together"));
                }
                current = family;
            }
            if !seen.insert((name.clone(), labels.clone())) {
                return Err(fail("the series comes twice"));
            }
            exposition.samples.entry(name).or_default().push((labels, value));
        }
        Ok(exposition)
    }

    /// The metric a sample belongs to: its own name, or that of its histogram or summary.
    fn family(&self, sample: &str) -> Option<String> {
        let of_parts = |kind: &String| kind == "histogram" || kind == "summary";
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| sample.strip_suffix(suffix));
        match base {
            Some(base) if self.types.get(base).is_some_and(of_parts) => Some(base.into()),
            _ => self.types.contains_key(sample).then(|| sample.into()),
        }
    }

    /// The `# TYPE` of a metric.
    pub fn kind(&self, name: &str) -> Option<&str> {
        self.types.get(name).map(String::as_str)
    }

    /// The `# HELP` of a metric, without escapes.
    pub fn help(&self, name: &str) -> Option<&str> {
        self.helps.get(name).map(String::as_str)
    }

    /// All samples of a metric, in the order they came.
    pub fn samples(&self, name: &str) -> &[(Labels, f64)] {
        self.samples.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of the only sample of `name` that carries all of `labels`.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let carries = |sample: &Labels| {
            labels.iter().all(|(name, value)| sample.get(*name).is_some_and(|v| v == value))
        };
        let mut matching = self.samples(name).iter().filter(|(sample, _)| carries(sample));
        match (matching.next(), matching.next()) {
            (Some((_, value)), None) => Some(*value),
            _ => None,
        }
    }

    /// The names of all metrics that have samples.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.samples.keys().map(String::as_str)
    }
}

/// Reads `name{label="value",…} value`.
fn sample(line: &str) -> Option<(String, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            if !is_name(label) || labels.insert(label.into(), value).is_some() {
                return None;
            }
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ')?;
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        number => number.parse().ok()?,
    };
    is_name(name).then(|| (name.into(), labels, value))
}

/// Reads up to the closing quote: the value, and what comes after the quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            plain => value.push(plain),
        }
    }
    None
}

/// A HELP text without its escapes.
fn unescaped(help: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = help.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next()? {
                'n' => '\n',
                '\\' => '\\',
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(text)
}

/// Whether a text may be the name of a metric or a label.
fn is_name(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == ':';
    text.chars().all(allowed) && text.starts_with(|first: char| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_labels() {
        let text = "# HELP up x\\\\y\\nz\n# TYPE up gauge\nup 1\n# TYPE octets counter\n\
                    octets{if_index=\"1\",if_name=\"a\\\"b\\\\\"} 18446744073709551615\noctets{if_index=\"2\"} NaN\n";
        let exposition = Exposition::parse(text).unwrap();
        assert_eq!((exposition.value("up", &[]), exposition.help("up")), (Some(1.0), Some("x\\y\nz")));
        assert_eq!(exposition.value("octets", &[("if_name", "a\"b\\")]), Some(18446744073709551615.0));
        assert_eq!(exposition.value("octets", &[]), None, "two series match");
        assert_eq!((exposition.kind("octets"), exposition.samples("octets").len()), (Some("counter"), 2));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("# TYPE a gauge\na 1", "the last line has no end"),
            ("a 1\n", "line 1: no TYPE before it: a 1"),
            ("# TYPE a gauge\na 1\na 2\n", "line 3: the series comes twice: a 2"),
            ("# TYPE a gauge\n# TYPE a gauge\n", "line 2: second TYPE: # TYPE a gauge"),
            ("# HELP a b\n# HELP a b\n", "line 2: second HELP: # HELP a b"),
            ("# TYPE a gauge\n# HELP a b\n", "line 2: HELP after TYPE: # HELP a b"),
            ("# HELP a b\\x\n", "line 1: bad escape: # HELP a b\\x"),
            (
                "# TYPE a gauge\n# TYPE b gauge\na{x=\"1\"} 1\nb 1\na 1\n",
                "line 5: its metric's samples are not together: a 1",
            ),
            ("# TYPE a gauge\na{x=\"1} 1\n", "line 2: not a sample: a{x=\"1} 1"),
            ("# TYPE a gauge\na one\n", "line 2: not a sample: a one"),
        ] {
            assert_eq!(Exposition::parse(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_histogram_is_one_metric() {
        let text = "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n";
        assert_eq!(Exposition::parse(text).unwrap().value("h_bucket", &[("le", "+Inf")]), Some(2.0));
    }
}
