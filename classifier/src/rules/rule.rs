//! Rules and what they lead to, compiled.

use inventory::At;

use super::condition::{Because, Condition, Field, Subject};
use crate::classification::{Source, Vote};
use crate::kind::InterfaceType;
use crate::text::speed::parse_speed;
use crate::word::Word;

/// A provider whose spelling is a slip of the finger is that much less sure.
const SLIP: f64 = 0.9;

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub id: Word,
    pub at: At,
    pub condition: Condition,
    /// Whether it asks about [`Field::Any`], and so once for each written text.
    pub any_text: bool,
    /// Whether it asks about the description of the vendor, which weighs less.
    pub descr: bool,
    pub source: Source,
    pub outcome: Outcome,
    /// Votes of text and structure count this much where the rule holds.
    pub dampen: Option<f64>,
    pub labels: Vec<(Word, Template)>,
}

/// What a rule says of the type.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Nothing.
    None,
    Vote {
        kind: InterfaceType,
        weight: f64,
        hint: bool,
        provider: Option<Template>,
    },
    /// The matter is settled.
    Final {
        kind: InterfaceType,
        confidence: f64,
    },
}

/// A text that may come from a capture: `$circuit`, `$speed|bps`, or plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Template {
    Plain(Word),
    Capture { group: String, bps: bool },
}

impl Template {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('$') else { return Ok(Self::Plain(text.into())) };
        let (group, filter) = rest.split_once('|').unwrap_or((rest, ""));
        if !["", "bps"].contains(&filter) {
            return Err(format!(
                "unknown filter {filter:?} in {text:?}, expected bps (a speed as bits a second)"
            ));
        }
        Ok(Self::Capture { group: group.to_owned(), bps: filter == "bps" })
    }

    /// The text, where there is one.
    pub fn fill(&self, because: &Because) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.to_string()),
            Self::Capture { group, bps: false } => because.group(group).map(str::to_owned),
            Self::Capture { group, bps: true } => {
                because.group(group).and_then(parse_speed).map(|bits| bits.to_string())
            }
        }
    }
}

/// A rule that held.
#[derive(Debug)]
pub(crate) struct Held<'r> {
    pub rule: &'r Rule,
    pub vote: Option<Vote>,
    /// All providers its vote may mean.
    pub providers: Vec<Word>,
    pub labels: Vec<(Word, String)>,
}

/// How much the fields weigh: what is found in a vendor's description or in a name is less sure than in an alias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FieldWeights {
    pub alias: f64,
    pub descr: f64,
    pub name: f64,
}

impl Rule {
    /// What it says, where it holds.
    pub fn apply(&self, subject: &mut Subject<'_>, weights: &FieldWeights) -> Option<Held<'_>> {
        let field = self.holds(subject)?;
        subject.current = field;
        let mut because = Because::default();
        self.condition.because(subject, &mut because);
        let factor = match field {
            Some(Field::Alias) => weights.alias,
            Some(Field::Descr) => weights.descr,
            Some(Field::Name) => weights.name,
            _ if self.descr => weights.descr,
            _ => 1.0,
        };
        // A word in the name and the shape of the name are one piece of evidence.
        let source = match field {
            Some(Field::Name) if self.source == Source::Text => Source::Structure,
            _ => self.source,
        };
        let labels = self.labels.iter().filter_map(|(name, text)| Some((name.clone(), text.fill(&because)?)));
        let labels = labels.collect();
        let mut providers = Vec::new();
        let vote = match &self.outcome {
            Outcome::None => None,
            Outcome::Final { kind, confidence } => {
                Some(self.vote(*kind, *confidence, false, source, &because))
            }
            Outcome::Vote { kind, weight, hint, provider } => {
                let slip = if because.slip { SLIP } else { 1.0 };
                providers = match provider {
                    Some(template) => canonical(template, subject, &because).into_iter().collect(),
                    None => because.providers.clone(),
                };
                Some(self.vote(*kind, weight * factor * slip, *hint, source, &because))
            }
        };
        subject.current = None;
        let provider = if let [one] = providers.as_slice() { Some(one.clone()) } else { None };
        let vote = vote.map(|vote| Vote { provider, ..vote });
        Some(Held { rule: self, vote, providers, labels })
    }

    /// Whether it holds, and for which text.
    fn holds(&self, subject: &mut Subject<'_>) -> Option<Option<Field>> {
        if !self.any_text {
            return self.condition.holds(subject).then_some(None);
        }
        let mut nothing_written = true;
        for field in subject.written() {
            nothing_written = false;
            subject.current = Some(field);
            if self.condition.holds(subject) {
                return Some(Some(field));
            }
        }
        subject.current = None;
        (nothing_written && self.condition.holds(subject)).then_some(None)
    }

    fn vote(&self, kind: InterfaceType, weight: f64, hint: bool, source: Source, because: &Because) -> Vote {
        Vote {
            rule: self.id.clone(),
            kind,
            weight: super::combine::rounded(weight),
            hint,
            source,
            because: because.text.clone(),
            provider: None,
            is_final: matches!(self.outcome, Outcome::Final { .. }),
        }
    }
}

/// The provider a template means.
fn canonical(template: &Template, subject: &Subject<'_>, because: &Because) -> Option<Word> {
    match template {
        Template::Plain(id) => Some(id.clone()),
        Template::Capture { .. } => {
            let text = template.fill(because)?;
            let tokens = crate::text::tokens::Tokens::of(&text);
            let hits = subject.texts.dictionary.find(&tokens);
            subject.texts.providers.canonical(&text, &tokens, &hits)
        }
    }
}
