//! What snmp_exporter would fail a scrape for, in its words.

use std::fmt;

use snmp::Oid;

use crate::plan::slot::Slot;

/// As many problems of one scrape are kept; more of them say nothing new.
const MOST_KEPT: usize = 100;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// The number of the module.
    pub module: usize,
    /// The OID of the metric.
    pub oid: Oid,
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

impl ProblemKind {
    /// The short word used as `reason` label.
    pub fn reason(self) -> &'static str {
        match self {
            ProblemKind::Duplicate => "duplicate",
            ProblemKind::Help => "help",
            ProblemKind::Type => "type",
            ProblemKind::Value => "value",
            ProblemKind::Label => "label",
        }
    }
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

    /// Adds one of the metric with this slot.
    pub(super) fn push(&mut self, kind: ProblemKind, slot: &Slot, text: impl FnOnce() -> String) {
        self.total += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(Problem { kind, module: slot.module, oid: slot.oid.clone(), text: text() });
        }
    }
}

/// The text of an error metric of snmp_exporter, which is about a module or not.
pub(crate) fn invalid_metric(help: &str, module: Option<&str>, reason: &str) -> String {
    let module = module.map(|name| format!("module={name:?}")).unwrap_or_default();
    let labels = format!("constLabels: {{{module}}}, variableLabels: {{}}");
    format!("error collecting metric Desc{{fqName: \"snmp_error\", help: {help:?}, {labels}}}: {reason}")
}
