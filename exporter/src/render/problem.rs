//! What snmp_exporter would fail a scrape for, in its words.

use std::fmt;

/// As many problems of one scrape are kept; more of them say nothing new.
const MOST_KEPT: usize = 100;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// snmp_exporter's words for it.
    pub text: String,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Two series with the same name and labels; the first was written.
    Duplicate,
    /// Two HELP texts for one name; the first was written, and all samples.
    Help,
    /// A counter and a gauge of one name; the first type was written, and all samples.
    Type,
    /// A value that the metric's type can't be; it was left out.
    Value,
    /// The label that would carry the value is taken by an index or lookup; the metric was left out.
    Label,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The problems of a scrape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    total: usize,
}

impl Problems {
    /// The first hundred.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.kept.iter()
    }

    /// How many there were.
    pub fn len(&self) -> usize {
        self.total
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(super) fn push(&mut self, kind: ProblemKind, text: impl FnOnce() -> String) {
        self.total += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(Problem { kind, text: text() });
        }
    }
}

/// The text of an error metric of snmp_exporter.
pub(super) fn invalid_metric(help: &str, reason: &str) -> String {
    let labels = "constLabels: {}, variableLabels: {}";
    format!("error collecting metric Desc{{fqName: \"snmp_error\", help: {help:?}, {labels}}}: {reason}")
}
