//! What would change with other rules: the same interfaces, classified twice.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::classification::Classification;
use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::rules::Ruleset;
use crate::state::Label;
use crate::word::Word;

/// What changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// How many interfaces were looked at.
    pub interfaces: usize,
    /// How many of them change at all.
    pub changed: usize,
    /// Changes of the type, the most frequent first.
    pub types: Vec<Change>,
    /// Changes of the provider.
    pub providers: Vec<Change>,
    /// Changes of being critical.
    pub critical: Vec<Change>,
}

/// One kind of change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What it was.
    pub from: String,
    /// What it would be.
    pub to: String,
    /// Of how many interfaces.
    pub count: usize,
    /// Some of them.
    pub samples: Vec<Sample>,
}

/// An interface that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// The device.
    pub device: String,
    /// The interface: ifName, else ifDescr, else ifIndex.
    pub interface: String,
    /// Its alias.
    pub alias: String,
    /// The weightiest rule for what it would be.
    pub rule: Option<String>,
}

/// Changes by what it was and what it would be: how many, and some of them.
type Changes = BTreeMap<(String, String), (usize, Vec<Sample>)>;

/// What an interface is, as far as it is compared.
#[derive(Debug, Clone)]
pub struct Answer {
    kind: InterfaceType,
    provider: Option<Word>,
    critical: bool,
    /// The weightiest rule for it.
    rule: Option<Word>,
}

impl From<&Classification> for Answer {
    fn from(came: &Classification) -> Self {
        let rule = came.votes.iter().find(|vote| vote.kind == came.kind).map(|vote| vote.rule.clone());
        let (provider, critical) = (came.provider.clone(), came.critical.critical);
        Self { kind: came.kind, provider, critical, rule }
    }
}

impl From<Classification> for Answer {
    fn from(came: Classification) -> Self {
        Self::from(&came)
    }
}

impl From<&Label> for Answer {
    fn from(label: &Label) -> Self {
        let (provider, critical) = (label.provider.clone(), label.critical.critical);
        Self { kind: label.interface_type, provider, critical, rule: None }
    }
}

impl Diff {
    /// Classifies interfaces by both; keeps so many samples of each change.
    pub fn of_rules(old: &Ruleset, new: &Ruleset, interfaces: &[InterfaceFacts], samples: usize) -> Self {
        let answers = |facts| (facts, old.classify(facts), new.classify(facts));
        Self::of(interfaces.iter().map(answers), samples)
    }

    /// Compares what interfaces were and what they would be; keeps so many samples of each change.
    pub fn of<'a, W: Into<Answer>, I: Into<Answer>>(
        interfaces: impl IntoIterator<Item = (&'a InterfaceFacts, W, I)>,
        samples: usize,
    ) -> Self {
        let (mut types, mut providers, mut critical) = (Changes::new(), Changes::new(), Changes::new());
        let (mut all, mut changed) = (0, 0);
        for (facts, was, is) in interfaces {
            let (was, is): (Answer, Answer) = (was.into(), is.into());
            all += 1;
            let yes_no = |answer: &Answer| if answer.critical { "critical" } else { "not critical" };
            let provider = |answer: &Answer| answer.provider.as_deref().unwrap_or("no provider").to_owned();
            let differ = |changes: &mut Changes, from: String, to: String| {
                if from == to {
                    return false;
                }
                let (count, kept) = changes.entry((from, to)).or_default();
                *count += 1;
                if kept.len() < samples {
                    kept.push(sample(facts, &is));
                }
                true
            };
            let any = [
                differ(&mut types, was.kind.to_string(), is.kind.to_string()),
                differ(&mut providers, provider(&was), provider(&is)),
                differ(&mut critical, yes_no(&was).to_owned(), yes_no(&is).to_owned()),
            ];
            changed += usize::from(any.contains(&true));
        }
        let [types, providers, critical] = [types, providers, critical].map(sorted);
        Self { interfaces: all, changed, types, providers, critical }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = format!("{} of {} interfaces would change\n", self.changed, self.interfaces);
        for (what, changes) in
            [("type", &self.types), ("provider", &self.providers), ("critical", &self.critical)]
        {
            for change in changes {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "\n{what}: {} -> {}: {}", change.from, change.to, change.count);
                for sample in &change.samples {
                    let device =
                        if sample.device.is_empty() { String::new() } else { format!("{} ", sample.device) };
                    let rule = sample.rule.as_ref().map(|rule| format!("  by {rule}")).unwrap_or_default();
                    let _ = writeln!(out, "  {device}{} {:?}{rule}", sample.interface, sample.alias);
                }
                if let Some(more @ 1..) = change.count.checked_sub(change.samples.len()) {
                    let _ = writeln!(out, "  and {more} more");
                }
            }
        }
        out
    }
}

fn sample(facts: &InterfaceFacts, is: &Answer) -> Sample {
    let rule = is.rule.as_ref().map(Word::to_string);
    Sample { device: facts.device.name.clone(), interface: facts.key(), alias: facts.alias.clone(), rule }
}

/// The most frequent first; equal ones by name.
fn sorted(changes: Changes) -> Vec<Change> {
    let mut changes: Vec<Change> = changes
        .into_iter()
        .map(|((from, to), (count, samples))| Change { from, to, count, samples })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.count));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_and_shown() {
        let rules = |weight: &str| {
            let text = format!(
                "version: 1\nproviders: {{magti: {{aliases: [magti]}}}}\nrules:\n\
                 - {{id: trunk, match: {{text: {{words: [uplink]}}}}, vote: {{type: trunk, weight: 0.8}}}}\n\
                 - {{id: isp, match: {{text: {{provider: strong}}}}, vote: {{type: isp, weight: {weight}}}}}\n\
                 critical: [{{when: {{type: isp}}, reason: isp}}]\n"
            );
            Ruleset::parse(&text, "rules.yml").expect("rules")
        };
        let interface = |name: &str, alias: &str| InterfaceFacts {
            name: name.into(),
            alias: alias.into(),
            ..InterfaceFacts::default()
        };
        let interfaces = ["Gi1", "Gi2", "Gi3"].map(|name| interface(name, "Magti uplink"));
        let interfaces = [&interfaces[..], &[interface("Gi4", "uplink")]].concat();
        let diff = Diff::of_rules(&rules("0.7"), &rules("0.95"), &interfaces, 2);
        let expected = "3 of 4 interfaces would change\n\n\
                        type: trunk -> isp: 3\n\
                        \x20 Gi1 \"Magti uplink\"  by isp\n\
                        \x20 Gi2 \"Magti uplink\"  by isp\n\
                        \x20 and 1 more\n\n\
                        critical: not critical -> critical: 3\n\
                        \x20 Gi1 \"Magti uplink\"  by isp\n\
                        \x20 Gi2 \"Magti uplink\"  by isp\n\
                        \x20 and 1 more\n";
        assert_eq!(diff.text(), expected);
        let same = Diff::of_rules(&rules("0.7"), &rules("0.7"), &interfaces, 2);
        assert_eq!(same.text(), "0 of 4 interfaces would change\n");
    }
}
