//! From a rule file's text to a [`Ruleset`], with every mistake on the way noted.

use std::collections::{HashMap, HashSet};

use inventory::fields::Fields;
use inventory::nearest::hint;
use inventory::yaml::{self, Kind, Node};
use inventory::{At, Problems};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::cases;
use super::combine::Bounds;
use super::condition::Condition;
use super::provider::Providers;
use super::reading::Reader;
use super::rule::{FieldWeights, Outcome, Rule, Template};
use super::view::Texts;
use super::{CriticalRule, Ruleset};
use crate::classification::Source;
use crate::text::words::{Dictionary, ListId};
use crate::word::Word;

const FILE_KEYS: [&str; 12] = [
    "version",
    "min_confidence",
    "review_below",
    "fields",
    "port_names",
    "providers",
    "carriers",
    "not_providers",
    "lists",
    "rules",
    "critical",
    "tests",
];
const RULE_KEYS: [&str; 6] = ["id", "match", "vote", "final", "dampen", "labels"];

/// More rules than this are a mistake.
const MOST_RULES: usize = 5_000;
/// A pattern's length in octets.
const LONGEST_PATTERN: usize = 4_096;
/// What a compiled pattern, and all of them together, may take.
const PATTERN_SIZE: usize = 1 << 20;
const SET_SIZE: usize = 64 << 20;
/// Memory for the automaton that tries all patterns at once.
const SET_CACHE: usize = 16 << 20;

/// Reads the whole file; what comes back is of use only where no problem was noted.
pub(super) fn ruleset(text: &str, problems: &Problems) -> Ruleset {
    let root = yaml::parse(text, problems).unwrap_or(Node { at: At::START, kind: Kind::Null });
    let mut parser = Parser::new(problems);
    if root.is_null() {
        problems.push(root.at, "", "the file is empty, expected version: 1 and rules");
        return parser.finish(Vec::new(), Vec::new(), Vec::new());
    }
    let Some(file) = Fields::open(&root, String::new(), problems) else {
        return parser.finish(Vec::new(), Vec::new(), Vec::new());
    };
    file.check_keys(&FILE_KEYS);
    match file.text("version") {
        Some("1") => {}
        Some(other) => file.problem("version", format!("expected 1, found {other:?}")),
        None => file.problem("version", "missing, expected version: 1"),
    }
    parser.bounds(&file);
    parser.port_names = parser.compiled(&file, "port_names");
    parser.lists(&file);
    parser.providers(&file);
    let rules = parser.rules(&file);
    let critical = parser.critical(&file);
    let cases = cases::cases(&file, problems);
    parser.finish(rules, critical, cases)
}

/// What is gathered while a file is read.
pub(super) struct Parser<'a> {
    pub problems: &'a Problems,
    pub reader: Reader<'a>,
    bounds: Bounds,
    weights: FieldWeights,
    /// Named lists of words.
    named: HashMap<&'a str, Vec<String>>,
    pub dictionary: Dictionary,
    /// Lists of the dictionary by their words, so that equal ones are looked up once.
    known: HashMap<Vec<String>, ListId>,
    pub next_list: ListId,
    patterns: Vec<Regex>,
    port_names: Option<Regex>,
    pub providers: Providers,
}

impl<'a> Parser<'a> {
    fn new(problems: &'a Problems) -> Self {
        Self {
            problems,
            reader: Reader { problems },
            bounds: Bounds { min_confidence: 0.5, review_below: 0.65 },
            weights: FieldWeights { alias: 1.0, descr: 0.7, name: 0.6 },
            named: HashMap::new(),
            dictionary: Dictionary::default(),
            known: HashMap::new(),
            next_list: 0,
            patterns: Vec::new(),
            port_names: None,
            providers: Providers::default(),
        }
    }

    fn finish(self, rules: Vec<Rule>, critical: Vec<CriticalRule>, cases: Vec<cases::Case>) -> Ruleset {
        let patterns = self.patterns.iter().map(Regex::as_str);
        let set = RegexSetBuilder::new(patterns)
            .case_insensitive(true)
            .size_limit(SET_SIZE)
            .dfa_size_limit(SET_CACHE)
            .build()
            .unwrap_or_else(|error| {
                self.problems.push(At::START, "rules", format!("all patterns together: {error}"));
                RegexSet::empty()
            });
        let texts = Texts {
            dictionary: self.dictionary,
            patterns: self.patterns,
            set,
            providers: self.providers,
            port_names: self.port_names,
        };
        Ruleset {
            bounds: self.bounds,
            weights: self.weights,
            texts,
            rules,
            critical,
            cases,
            warnings: Vec::new(),
        }
    }

    fn bounds(&mut self, file: &Fields<'_>) {
        if let Some(share) = self.reader.share(file, "min_confidence") {
            self.bounds.min_confidence = share;
        }
        if let Some(share) = self.reader.share(file, "review_below") {
            self.bounds.review_below = share;
        }
        let Some(fields) = self.reader.section(file, "fields") else { return };
        fields.check_keys(&["alias", "descr", "name"]);
        let share = |key: &str, default: f64| self.reader.share(&fields, key).unwrap_or(default);
        self.weights = FieldWeights {
            alias: share("alias", self.weights.alias),
            descr: share("descr", self.weights.descr),
            name: share("name", self.weights.name),
        };
    }

    /// The named lists, which may name the ones before them.
    fn lists<'n>(&mut self, file: &Fields<'n>)
    where
        'n: 'a,
    {
        let Some(section) = self.reader.section(file, "lists") else { return };
        for (key, _) in section.entries() {
            let words = self.phrases(&section, &key.text);
            self.named.insert(&key.text, words);
        }
    }

    /// Words and phrases of a field, with `$name` replaced by that list.
    pub(super) fn phrases(&self, fields: &Fields<'_>, key: &str) -> Vec<String> {
        let mut phrases = Vec::new();
        for (node, text) in self.reader.texts(fields, key).unwrap_or_default() {
            let Some(name) = text.strip_prefix('$') else {
                phrases.push(text.to_owned());
                continue;
            };
            match self.named.get(name) {
                Some(words) => phrases.extend(words.iter().cloned()),
                None => {
                    let mut known: Vec<&str> = self.named.keys().copied().collect();
                    known.sort_unstable();
                    let hint = if known.is_empty() {
                        ", expected one of the lists above it".to_owned()
                    } else {
                        hint(name, known.iter().copied())
                    };
                    self.reader.problem(node, fields, key, format!("unknown list {name:?}{hint}"));
                }
            }
        }
        phrases
    }

    /// The list of the dictionary that holds the words of a field.
    pub(super) fn word_list(&mut self, fields: &Fields<'_>, key: &str) -> ListId {
        let mut phrases = self.phrases(fields, key);
        phrases.sort();
        phrases.dedup();
        if let Some(list) = self.known.get(&phrases) {
            return *list;
        }
        let list = self.new_list();
        for phrase in &phrases {
            if let Err(message) = self.dictionary.add(list, phrase) {
                fields.problem(key, message);
            }
        }
        self.known.insert(phrases, list);
        list
    }

    pub(super) fn new_list(&mut self) -> ListId {
        let list = self.next_list;
        self.next_list += 1;
        list
    }

    /// A pattern of a rule; its place.
    pub(super) fn pattern(&mut self, fields: &Fields<'_>, key: &str) -> Option<usize> {
        let pattern = self.compiled(fields, key)?;
        self.patterns.push(pattern);
        Some(self.patterns.len() - 1)
    }

    /// A pattern, compiled. Matching takes time linear in the text, whatever the pattern.
    fn compiled(&self, fields: &Fields<'_>, key: &str) -> Option<Regex> {
        let text = fields.text(key)?;
        if text.len() > LONGEST_PATTERN {
            fields.problem(
                key,
                format!("a pattern has at most {LONGEST_PATTERN} octets, this has {}", text.len()),
            );
            return None;
        }
        let compiled = RegexBuilder::new(text).case_insensitive(true).size_limit(PATTERN_SIZE).build();
        compiled
            .map_err(|error| {
                let error = error.to_string();
                let reason = error.lines().rev().find_map(|line| line.strip_prefix("error: "));
                let reason = reason.unwrap_or(error.lines().next().unwrap_or("not a pattern"));
                fields.problem(key, format!("{text}: {reason}"));
            })
            .ok()
    }

    fn rules(&mut self, file: &Fields<'_>) -> Vec<Rule> {
        let items = list_of(file, "rules", "rules, each with an id and a match", self.problems);
        if items.len() > MOST_RULES {
            file.problem("rules", format!("expected at most {MOST_RULES} rules, found {}", items.len()));
            return Vec::new();
        }
        let mut seen: HashMap<String, At> = HashMap::new();
        let mut rules = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let Some(mut fields) = Fields::open(item, format!("rules[{place}]"), self.problems) else {
                continue;
            };
            let id = fields.text("id").unwrap_or_default();
            if id.is_empty() {
                fields.problem("id", "missing, expected a name that explanations call it by");
            } else {
                fields.path = format!("rules[{id}]");
            }
            if let Some(first) = seen.insert(id.to_owned(), fields.at)
                && !id.is_empty()
            {
                fields.problem("id", format!("{id:?} is the id of another rule, on line {}", first.line));
            }
            rules.extend(self.rule(&fields, id));
        }
        rules
    }

    fn rule(&mut self, fields: &Fields<'_>, id: &str) -> Option<Rule> {
        fields.check_keys(&RULE_KEYS);
        let first_pattern = self.patterns.len();
        let condition = match self.reader.section(fields, "match") {
            Some(section) => self.condition(&section, false),
            None => {
                fields.problem("match", "missing, expected what must hold");
                return None;
            }
        };
        let groups: HashSet<String> = self
            .patterns
            .iter()
            .skip(first_pattern)
            .flat_map(|pattern| pattern.capture_names().flatten().map(str::to_owned))
            .collect();
        let outcome = self.outcome(fields, &groups)?;
        let labels = self.labels(fields, &groups);
        let dampen = self.reader.share(fields, "dampen");
        if matches!(outcome, Outcome::None) && labels.is_empty() && dampen.is_none() {
            fields.problem("vote", "missing, expected one of vote, final, dampen, labels");
        }
        let asks = |about: fn(&Condition) -> bool| condition.asks(&about);
        let text =
            |field| move |condition: &Condition| matches!(condition, Condition::Text(f, _) if *f == field);
        use super::condition::Field;
        let any_text = condition.asks(&text(Field::Any));
        let (alias, descr) = (condition.asks(&text(Field::Alias)), condition.asks(&text(Field::Descr)));
        let source = if asks(|condition| matches!(condition, Condition::Neighbour(_))) {
            Source::Neighbour
        } else if asks(|condition| matches!(condition, Condition::Address(_))) {
            Source::Address
        } else if any_text || alias || descr {
            Source::Text
        } else {
            Source::Structure
        };
        Some(Rule {
            id: id.into(),
            at: fields.at,
            condition,
            any_text,
            descr: descr && !alias && !any_text,
            source,
            outcome,
            dampen,
            labels,
        })
    }

    fn outcome(&self, fields: &Fields<'_>, groups: &HashSet<String>) -> Option<Outcome> {
        if let (Some(_), Some(_)) = (fields.get("vote"), fields.get("final")) {
            fields.problem("final", "expected either vote or final, found both");
        }
        if let Some(settled) = self.reader.section(fields, "final") {
            settled.check_keys(&["type", "confidence"]);
            let kind = self.required_kind(&settled);
            let confidence = self.reader.share(&settled, "confidence").unwrap_or(0.99);
            return Some(Outcome::Final { kind: kind?, confidence });
        }
        let Some(vote) = self.reader.section(fields, "vote") else { return Some(Outcome::None) };
        vote.check_keys(&["type", "weight", "hint", "provider"]);
        let kind = self.required_kind(&vote);
        let weight = self.reader.share(&vote, "weight");
        if vote.get("weight").is_none() {
            vote.problem("weight", "missing, expected how sure it is, such as 0.8");
        }
        let provider = vote.text("provider").and_then(|text| {
            let template = self.template(&vote, "provider", text, groups)?;
            if let Template::Plain(id) = &template
                && self.providers.by_id(id).is_none()
            {
                let known = self.providers.list.iter().map(|provider| &*provider.id);
                vote.problem("provider", format!("unknown provider {id:?}{}", hint(id, known)));
            }
            Some(template)
        });
        Some(Outcome::Vote {
            kind: kind?,
            weight: weight?,
            hint: vote.flag("hint").unwrap_or(false),
            provider,
        })
    }

    fn required_kind(&self, fields: &Fields<'_>) -> Option<crate::kind::InterfaceType> {
        if fields.get("type").is_none() {
            fields.problem("type", "missing, expected a type such as isp");
        }
        self.reader.kind(fields, "type")
    }

    fn labels(&self, fields: &Fields<'_>, groups: &HashSet<String>) -> Vec<(Word, Template)> {
        let Some(section) = self.reader.section(fields, "labels") else { return Vec::new() };
        let mut labels = Vec::new();
        for (key, _) in section.entries() {
            let Some(text) = section.text(&key.text) else { continue };
            if let Some(template) = self.template(&section, &key.text, text, groups) {
                labels.push((key.text.as_str().into(), template));
            }
        }
        labels
    }

    fn template(
        &self,
        fields: &Fields<'_>,
        key: &str,
        text: &str,
        groups: &HashSet<String>,
    ) -> Option<Template> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(message) => {
                fields.problem(key, message);
                return None;
            }
        };
        if let Template::Capture { group, .. } = &template
            && !groups.contains(group)
        {
            let message =
                format!("no pattern of this rule has a group {group:?}, expected (?P<{group}>…) in one");
            fields.problem(key, message);
        }
        Some(template)
    }

    fn critical(&mut self, file: &Fields<'_>) -> Vec<CriticalRule> {
        if file.get("critical").is_none() {
            return Vec::new();
        }
        let items = list_of(file, "critical", "conditions, each with when and reason", self.problems);
        let mut rules = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let Some(fields) = Fields::open(item, format!("critical[{place}]"), self.problems) else {
                continue;
            };
            fields.check_keys(&["when", "reason"]);
            let Some(reason) = fields.text("reason") else {
                fields.problem("reason", "missing, expected a word for why");
                continue;
            };
            match self.reader.section(&fields, "when") {
                Some(when) => {
                    let condition = self.condition(&when, true);
                    rules.push(CriticalRule { condition, reason: reason.into() });
                }
                None => fields.problem("when", "missing, expected what must hold, such as {type: isp}"),
            }
        }
        rules
    }
}

/// The items of a list that must be one.
pub(super) fn list_of<'n>(file: &Fields<'n>, key: &str, what: &str, problems: &Problems) -> &'n [Node] {
    match file.get(key) {
        Some(Node { kind: Kind::List(items), .. }) => items,
        Some(other) => {
            problems.push(other.at, key, format!("expected a list of {what}, found {}", other.name()));
            &[]
        }
        None => {
            file.problem(key, format!("missing, expected a list of {what}"));
            &[]
        }
    }
}
