//! What someone knows better than the rules: per interface, with author, reason and expiry.
//!
//! ```yaml
//! overrides:
//!   - {device: rustavi-r1, interface: FastEthernet3, set: {type: isp, provider: magti}, reason: contract 123, author: nino, until: 2027-01-01}
//! ```
//!
//! An interface is known by its device's name in the inventory and its ifName, so that an override stays with its port when
//! indexes change. The rules still run: an answer says what the override hides, and whether it is still needed.

use std::collections::HashMap;

use inventory::fields::Fields;
use inventory::yaml::{self, Kind, Node};
use inventory::{At, Problems};

use crate::classification::{Classification, Critical, Hidden, Overridden};
use crate::date::parse_until;
use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::rules::Ruleset;
use crate::rules::error::{self, RuleError};
use crate::rules::reading::Reader;
use crate::word::Word;

/// One override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The device's name in the inventory.
    pub device: String,
    /// ifName, else ifDescr, else ifIndex.
    pub interface: String,
    /// What it sets.
    pub set: Set,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub author: String,
    /// Until when, as it was written.
    pub until: Option<String>,
    /// The same in seconds since 1970.
    pub expires: Option<u64>,
    /// Its line in the file.
    pub line: u32,
}

/// What an override sets; the rest is left to the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set {
    /// The type.
    pub kind: Option<InterfaceType>,
    /// The provider, or that there is none.
    pub provider: Option<Option<Word>>,
    /// Whether it is critical.
    pub critical: Option<bool>,
    /// The description the device cannot hold: rules read it instead of ifAlias.
    pub alias: Option<String>,
    /// Labels.
    pub labels: Vec<(Word, String)>,
}

/// All overrides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    list: Vec<Override>,
    /// Places in the list, by device and interface in small letters.
    places: HashMap<(String, String), usize>,
}

const KEYS: [&str; 6] = ["device", "interface", "set", "reason", "author", "until"];
const SET_KEYS: [&str; 5] = ["type", "provider", "critical", "alias", "labels"];

impl Overrides {
    /// Reads a file; `file` is its name in messages.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<RuleError>> {
        let problems = Problems::default();
        let root = yaml::parse(text, &problems).unwrap_or(Node { at: At::START, kind: Kind::Null });
        let list = Fields::open(&root, String::new(), &problems)
            .map(|fields| overrides(&fields, &problems))
            .unwrap_or_default();
        let mut all = Self::default();
        for one in list {
            let at = At { line: one.line, column: 1 };
            let key = (one.device.clone(), one.interface.to_ascii_lowercase());
            if let Some(first) = all.places.get(&key).and_then(|place| all.list.get(*place)) {
                let message = format!(
                    "{} of {} has an override already, on line {}",
                    one.interface, one.device, first.line
                );
                problems.push(at, "overrides", message);
            }
            all.places.insert(key, all.list.len());
            all.list.push(one);
        }
        match problems.finish() {
            problems if problems.is_empty() => Ok(all),
            problems => Err(error::of_file(file, problems)),
        }
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Override> {
        self.list.iter()
    }

    /// The one for an interface, unless it has expired; `now` in seconds since 1970.
    pub fn find(&self, facts: &InterfaceFacts, now: u64) -> Option<&Override> {
        if self.list.is_empty() {
            return None;
        }
        let key = (facts.device.name.clone(), facts.key().to_ascii_lowercase());
        let found = self.list.get(*self.places.get(&key)?)?;
        (!found.is_expired(now)).then_some(found)
    }

    /// Those that have expired and can go.
    pub fn expired(&self, now: u64) -> impl Iterator<Item = &Override> {
        self.list.iter().filter(move |one| one.is_expired(now))
    }
}

impl Override {
    /// Whether its time is over; `now` in seconds since 1970.
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

fn overrides(file: &Fields<'_>, problems: &Problems) -> Vec<Override> {
    file.check_keys(&["overrides"]);
    let items = match file.get("overrides") {
        None => return Vec::new(),
        Some(Node { kind: Kind::List(items), .. }) => items,
        Some(other) => {
            problems.push(
                other.at,
                "overrides",
                format!("expected a list of overrides, found {}", other.name()),
            );
            return Vec::new();
        }
    };
    let reader = Reader { problems };
    let mut list = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let Some(fields) = Fields::open(item, format!("overrides[{place}]"), problems) else { continue };
        fields.check_keys(&KEYS);
        let required = |key: &str, what: &str| {
            let text = fields.text(key).map(str::trim).filter(|text| !text.is_empty());
            if text.is_none() {
                fields.problem(key, format!("missing, expected {what}"));
            }
            text.unwrap_or_default().to_owned()
        };
        let until = fields.text("until").map(str::to_owned);
        let expires = until.as_deref().and_then(|text| {
            let expires = parse_until(text);
            if expires.is_none() {
                let message = format!(
                    "expected a day such as 2027-01-01 or a time such as 2027-01-01T12:00:00Z, found {text:?}"
                );
                fields.problem("until", message);
            }
            expires
        });
        let section = reader.section(&fields, "set").filter(|section| !section.entries().is_empty());
        let set = section.as_ref().map(|set| set_of(set, &reader)).unwrap_or_default();
        if section.is_none() {
            fields.problem("set", "missing, expected what it sets, such as {type: isp, provider: magti}");
        }
        list.push(Override {
            device: required("device", "the device's name in the inventory"),
            interface: required("interface", "the interface's ifName"),
            reason: required("reason", "why, for those who come after"),
            author: required("author", "who says so"),
            set,
            until,
            expires,
            line: fields.at.line,
        });
    }
    list
}

fn set_of(fields: &Fields<'_>, reader: &Reader<'_>) -> Set {
    fields.check_keys(&SET_KEYS);
    let labels = reader.section(fields, "labels");
    let entries = labels.as_ref().map_or(&[][..], Fields::entries);
    Set {
        kind: reader.kind(fields, "type"),
        provider: fields.raw("provider").map(|node| node.text().map(Word::from)),
        critical: fields.flag("critical"),
        alias: fields.text("alias").map(str::to_owned),
        labels: entries
            .iter()
            .map(|(key, node)| (key.text.as_str().into(), node.text().unwrap_or_default().to_owned()))
            .collect(),
    }
}

impl Ruleset {
    /// Says what an interface is, with what someone knows better; `now` in seconds since 1970.
    pub fn classify_with(&self, facts: &InterfaceFacts, overrides: &Overrides, now: u64) -> Classification {
        match overrides.find(facts, now) {
            Some(found) => self.overridden_by(facts, found),
            None => self.classify(facts),
        }
    }

    /// Says what an interface is, with an override that is in force.
    pub fn overridden_by(&self, facts: &InterfaceFacts, by: &Override) -> Classification {
        let ruled = self.classify(facts);
        let mut came = ruled.clone();
        let described;
        let mut facts = facts;
        if let Some(alias) = &by.set.alias {
            described = InterfaceFacts { alias: alias.clone(), ..facts.clone() };
            facts = &described;
            came = self.classify(facts);
        }
        if let Some(kind) = by.set.kind {
            (came.kind, came.confidence, came.best_guess, came.runner_up) = (kind, 1.0, None, None);
            came.critical = self.critical(facts, kind);
            came.review.clear();
        }
        if let Some(provider) = &by.set.provider {
            came.provider.clone_from(provider);
        }
        if let Some(critical) = by.set.critical {
            came.critical = Critical { critical, reason: critical.then(|| "override".into()) };
        }
        came.labels.extend(by.set.labels.iter().cloned());
        let same = |came: &Classification| (came.kind, came.provider.clone(), came.critical.critical);
        let redundant = same(&ruled) == same(&came) && ruled.labels == came.labels;
        came.overridden_by = Some(Overridden {
            author: by.author.clone(),
            reason: by.reason.clone(),
            until: by.until.clone(),
            hides: Hidden {
                kind: ruled.kind,
                provider: ruled.provider,
                critical: ruled.critical,
                confidence: ruled.confidence,
            },
            redundant,
        });
        came
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::DeviceFacts;

    fn rules() -> Ruleset {
        let text = "version: 1\n\
                    providers: {magti: {aliases: [magti*]}}\n\
                    rules:\n\
                    \x20 - {id: isp, match: {text: {provider: strong}}, vote: {type: isp, weight: 0.9}}\n\
                    critical: [{when: {type: isp}, reason: isp}]\n";
        Ruleset::parse(text, "rules.yml").expect("rules")
    }

    fn interface(name: &str, alias: &str) -> InterfaceFacts {
        let device = Arc::new(DeviceFacts { name: "rustavi-r1".into(), ..DeviceFacts::default() });
        InterfaceFacts { device, name: name.into(), alias: alias.into(), ..InterfaceFacts::default() }
    }

    fn overrides(set: &str) -> Overrides {
        let text = format!(
            "overrides:\n  - {{device: rustavi-r1, interface: Fa3, set: {set}, reason: contract, author: nino, until: 2027-01-01}}\n"
        );
        Overrides::parse(&text, "overrides.yml").expect("overrides")
    }

    #[test]
    fn an_override_takes_precedence_until_it_expires() {
        let (rules, facts) = (rules(), interface("Fa3", "office"));
        let overrides = overrides("{type: isp, provider: magti, labels: {circuit: MGT-1}}");
        let came = rules.classify_with(&facts, &overrides, 1_798_847_999);
        assert_eq!((came.kind, came.provider.as_deref()), (InterfaceType::Isp, Some("magti")));
        assert_eq!(came.critical.reason.as_deref(), Some("isp"));
        assert_eq!(came.labels["circuit"], "MGT-1");
        let by = came.overridden_by.expect("an override");
        assert_eq!((by.hides.kind, by.redundant, by.author.as_str()), (InterfaceType::Other, false, "nino"));
        let later = rules.classify_with(&facts, &overrides, 1_798_848_000);
        assert_eq!((later.kind, later.overridden_by), (InterfaceType::Other, None));
        assert_eq!(overrides.expired(1_798_848_000).count(), 1);
        assert_eq!(rules.classify_with(&interface("Fa4", ""), &overrides, 0).overridden_by, None);
    }

    #[test]
    fn what_the_device_cannot_hold_is_read_by_the_rules() {
        let came = rules().classify_with(&interface("fa3", ""), &overrides("{alias: Magti 2}"), 0);
        assert_eq!((came.kind, came.provider.as_deref()), (InterfaceType::Isp, Some("magti")));
        assert!(!came.votes.is_empty());
    }

    #[test]
    fn an_override_the_rules_agree_with_is_redundant() {
        let came = rules().classify_with(&interface("Fa3", "Magti"), &overrides("{type: isp}"), 0);
        assert!(came.overridden_by.expect("an override").redundant);
        let came = rules().classify_with(&interface("Fa3", "Magti"), &overrides("{critical: false}"), 0);
        assert!(!came.critical.critical && !came.overridden_by.expect("an override").redundant);
        let came = rules().classify_with(&interface("Fa3", "Magti"), &overrides("{provider: ~}"), 0);
        assert_eq!(came.provider, None);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("overrides: 3\n", "overrides.yml:1:12: overrides: expected a list"),
            (
                "overrides:\n- {device: a}\n",
                "overrides[0].interface: missing, expected the interface's ifName",
            ),
            (
                "overrides:\n- {device: a, interface: b, set: {type: ips}, reason: c, author: d}\n",
                "overrides.yml:2:41: overrides[0].set.type: unknown type \"ips\", expected one of loopback, isp,",
            ),
            (
                "overrides:\n- {device: a, interface: b, set: {critical: true}, reason: c, author: d, until: soon}\n",
                "overrides[0].until: expected a day such as 2027-01-01",
            ),
            (
                "overrides:\n- &x {device: a, interface: b, set: {critical: true}, reason: c, author: d}\n- {<<: *x, interface: B}\n",
                "overrides: B of a has an override already, on line 2",
            ),
        ] {
            let errors = Overrides::parse(text, "overrides.yml").expect_err(text);
            let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(shown.join("\n").contains(expected), "{shown:?}");
        }
        assert_eq!(Overrides::parse("", "x").map(|all| all.iter().count()), Ok(0));
    }
}
