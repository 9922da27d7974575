//! The rules in force, for whole devices: with what people decided, in the store and in a file.

use std::sync::Arc;

use crate::change::{Candidate, Labeller};
use crate::classification::Classification;
use crate::overrides::{Override, Overrides};
use crate::rules::Ruleset;
use crate::state::Explained;
use crate::timestamp::Timestamp;
use crate::word::Word;

/// Rules and the overrides of a file, swapped together.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The rules.
    pub rules: Arc<Ruleset>,
    /// The overrides of a file; a decision in the store goes before them.
    pub overrides: Arc<Overrides>,
    /// The digest of the rule file, by which labels say which rules they come from.
    pub digest: Word,
}

/// The rules in force, and the file they come from.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Its name; `built-in` where this program has brought it along.
    pub name: String,
    /// What is in it.
    pub text: Arc<str>,
    /// When it was read.
    pub loaded_at: Timestamp,
    /// The rules.
    pub in_force: InForce,
}

impl InForce {
    /// Says what an interface is, with its reasons.
    pub fn classify(&self, candidate: &Candidate<'_>, at: Timestamp) -> Classification {
        match candidate.decided.filter(|decided| decided.holds(at)) {
            Some(decided) => {
                let by = Override {
                    device: candidate.facts.device.name.clone(),
                    interface: candidate.facts.key(),
                    set: decided.set.clone(),
                    reason: decided.reason.clone(),
                    author: decided.author.clone(),
                    until: decided.expires.map(|end| end.to_string()),
                    expires: None,
                    line: 0,
                };
                self.rules.overridden_by(candidate.facts, &by)
            }
            None => {
                let now = u64::try_from(at.as_millis() / 1000).unwrap_or_default();
                self.rules.classify_with(candidate.facts, &self.overrides, now)
            }
        }
    }
}

impl Labeller for InForce {
    fn label(&self, interfaces: &[Candidate<'_>], at: Timestamp) -> Vec<Explained> {
        let label = |one: &Candidate<'_>| Explained::new(&self.classify(one, at), &self.digest, at);
        interfaces.iter().map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DeviceFacts, InterfaceFacts};
    use crate::kind::InterfaceType;
    use crate::overrides::Set;
    use crate::state::Decision;

    #[test]
    fn a_decision_of_the_store_goes_before_the_file_and_ends_by_itself() {
        let rules = Arc::new(Ruleset::built_in().expect("the built-in rules"));
        let file = "overrides:\n- {device: r1, interface: Fa3, set: {type: camera}, reason: r, author: a}\n";
        let overrides = Arc::new(Overrides::parse(file, "overrides.yml").expect("overrides"));
        let in_force = InForce { rules, overrides, digest: "1".into() };
        let device = Arc::new(DeviceFacts { name: "r1".into(), ..DeviceFacts::default() });
        let facts = InterfaceFacts { device, name: "Fa3".into(), ..InterfaceFacts::default() };
        let decided = Decision {
            set: Set { kind: Some(InterfaceType::Voice), ..Set::default() },
            expires: Some(Timestamp::from_millis(10_000)),
            ..Decision::default()
        };
        for (decided, at, expected) in [
            (None, 0, InterfaceType::Camera),
            (Some(&decided), 9_999, InterfaceType::Voice),
            (Some(&decided), 10_000, InterfaceType::Camera),
        ] {
            let candidates = [Candidate { facts: &facts, decided }];
            let labels = in_force.label(&candidates, Timestamp::from_millis(at));
            assert_eq!(labels[0].label.interface_type, expected);
            assert!(labels[0].label.overridden);
        }
    }
}
