//! Classification by rules that are data: `configs/classification.yml` is the built-in set, a user's file takes its place.
//!
//! | room | holds |
//! |---|---|
//! | `parse`, `naming`, `matching`, `cases`, `reading` | from YAML to a [`Ruleset`], every mistake named by its line |
//! | `condition`, `view`, `provider` | what a rule asks, and the texts it asks about, searched once |
//! | `rule`, `combine` | what a rule says; from all votes to one decision |
//! | `lint` | what is allowed, and probably not meant |
//! | `error` | [`RuleError`] |

use std::collections::HashSet;

use inventory::Problems;

use crate::classification::{Classification, Critical};
use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::word::Word;

mod cases;
mod combine;
mod condition;
pub(crate) mod error;
mod lint;
mod matching;
mod naming;
mod parse;
mod provider;
pub(crate) mod reading;
mod rule;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use cases::parse_mac;
pub use error::RuleError;

use cases::Case;
use combine::{Bounds, Decision};
use condition::{Condition, Subject};
use rule::{FieldWeights, Rule};
use view::Texts;

/// The rules that hold where the user has none: `configs/classification.yml`.
pub const BUILT_IN: &str = include_str!("../../../configs/classification.yml");

/// A rule file, compiled and tested.
#[derive(Debug, Clone)]
pub struct Ruleset {
    bounds: Bounds,
    weights: FieldWeights,
    texts: Texts,
    rules: Vec<Rule>,
    critical: Vec<CriticalRule>,
    cases: Vec<Case>,
    warnings: Vec<RuleError>,
}

/// When an interface is critical, and the word for why.
#[derive(Debug, Clone)]
struct CriticalRule {
    condition: Condition,
    reason: Word,
}

/// What the tests of a file reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// How many rules there are.
    pub rules: usize,
    /// How many tests there are.
    pub tests: usize,
    /// Rules that hold in no test: their id and their line.
    pub untested: Vec<(String, u32)>,
}

impl Ruleset {
    /// Reads, compiles and tests a rule file; `file` is its name in messages.
    ///
    /// # Errors
    /// All mistakes of the file, or, where it has none, all of its tests that fail.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<RuleError>> {
        let problems = Problems::default();
        let rules = parse::ruleset(text, &problems);
        let (mut rules, problems) = (rules, problems.finish());
        if !problems.is_empty() {
            return Err(error::of_file(file, problems));
        }
        let failures = rules.failures();
        if !failures.is_empty() {
            return Err(error::of_file(file, failures));
        }
        rules.warnings = error::of_file(file, lint::warnings(&rules));
        Ok(rules)
    }

    /// The rules this program brings along.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<Self, Vec<RuleError>> {
        Self::parse(BUILT_IN, "classification.yml")
    }

    /// What is allowed, and probably not meant.
    pub fn warnings(&self) -> &[RuleError] {
        &self.warnings
    }

    /// Says what an interface is. Pure: the same facts and rules give the same answer, in whatever order the rules stand.
    pub fn classify(&self, facts: &InterfaceFacts) -> Classification {
        self.judge(facts).0
    }

    /// All rules: their ids and their lines in the file.
    pub fn ids(&self) -> impl Iterator<Item = (&Word, u32)> {
        self.rules.iter().map(|rule| (&rule.id, rule.at.line))
    }

    /// What the tests of the file reach.
    pub fn coverage(&self) -> Coverage {
        let mut reached: HashSet<usize> = HashSet::new();
        for case in &self.cases {
            reached.extend(self.judge(&case.facts).1);
        }
        let untested = self.rules.iter().enumerate().filter(|(place, _)| !reached.contains(place));
        Coverage {
            rules: self.rules.len(),
            tests: self.cases.len(),
            untested: untested.map(|(_, rule)| (rule.id.to_string(), rule.at.line)).collect(),
        }
    }

    /// Whether an interface of this type is critical.
    pub(crate) fn critical(&self, facts: &InterfaceFacts, kind: InterfaceType) -> Critical {
        self.critical_in(&mut Subject::new(&self.texts, facts), kind)
    }

    /// The answer, and the places of all rules that held.
    fn judge(&self, facts: &InterfaceFacts) -> (Classification, Vec<usize>) {
        let mut subject = Subject::new(&self.texts, facts);
        let mut places = Vec::new();
        let mut held = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            if let Some(one) = rule.apply(&mut subject, &self.weights) {
                places.push(place);
                held.push(one);
            }
        }
        let decision = combine::decide(held, self.bounds, &self.texts.providers);
        let critical = self.critical_in(&mut subject, decision.kind);
        let Decision { kind, confidence, runner_up, best_guess, provider, votes, labels, review } = decision;
        let classification = Classification {
            kind,
            provider,
            critical,
            confidence,
            runner_up,
            best_guess,
            votes,
            labels,
            review,
            overridden_by: None,
        };
        (classification, places)
    }

    /// The first rule of the file that holds gives the reason.
    fn critical_in(&self, subject: &mut Subject<'_>, kind: InterfaceType) -> Critical {
        subject.kind = Some(kind);
        let written: Vec<_> = subject.written().map(Some).chain([None]).collect();
        for rule in &self.critical {
            for field in &written {
                subject.current = *field;
                if rule.condition.holds(subject) {
                    return Critical { critical: true, reason: Some(rule.reason.clone()) };
                }
            }
        }
        Critical::default()
    }
}
