//! What came of it: the label of an interface, and everything that led to it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kind::InterfaceType;
use crate::word::Word;

/// The label of an interface, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: InterfaceType,
    /// Whose line it is: a provider's id in the rule file, or the name that was found in the text.
    pub provider: Option<Word>,
    /// Whether its loss is a matter of its own.
    pub critical: Critical,
    /// From 0 to 1.
    pub confidence: f64,
    /// The second best type and its support.
    pub runner_up: Option<Support>,
    /// The best type, where its confidence was too low to say so: `kind` is then `other`.
    pub best_guess: Option<InterfaceType>,
    /// Every vote, the weightiest first.
    pub votes: Vec<Vote>,
    /// What captures and rules say beside the type, such as `circuit` and `contract_bps`.
    pub labels: BTreeMap<Word, String>,
    /// Why someone should look at it; empty where nobody needs to.
    pub review: Vec<String>,
    /// The override that took precedence.
    pub overridden_by: Option<Overridden>,
}

/// Whether an interface is critical.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Critical {
    /// Whether it is.
    pub critical: bool,
    /// The word of the rule that says so.
    pub reason: Option<Word>,
}

/// How much speaks for a type.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Support {
    /// The type.
    #[serde(rename = "type")]
    pub kind: InterfaceType,
    /// From 0 to 1: the chance that not all of its evidence errs.
    pub support: f64,
}

/// One rule's word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Vote {
    /// The rule's id.
    pub rule: Word,
    /// The type it votes for.
    #[serde(rename = "type")]
    pub kind: InterfaceType,
    /// Its weight, from 0 to 1, less what was taken off for the field it was found in.
    pub weight: f64,
    /// Whether it only hints: a hint never competes with a claim.
    pub hint: bool,
    /// Where its evidence comes from; of each source one vote counts for each type.
    pub source: Source,
    /// What in the facts made it speak.
    pub because: String,
    /// The provider it found.
    pub provider: Option<Word>,
    /// Whether it ended the matter.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// Kinds of evidence that err independently of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// What someone wrote.
    Text,
    /// What the device says it is: name, ifType, aggregate.
    Structure,
    /// Who is at the other end.
    Neighbour,
    /// Its addresses.
    Address,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Structure, Self::Neighbour, Self::Address];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Structure => "structure",
            Self::Neighbour => "neighbour",
            Self::Address => "address",
        }
    }
}

/// An override that took precedence over the rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overridden {
    /// Who said so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Until when, as it was written.
    pub until: Option<String>,
    /// What the rules would have said.
    pub hides: Hidden,
    /// Whether the rules have come to say the same: the override is not needed any more.
    pub redundant: bool,
}

/// What an override hides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hidden {
    /// The type.
    #[serde(rename = "type")]
    pub kind: InterfaceType,
    /// The provider.
    pub provider: Option<Word>,
    /// Whether it is critical.
    pub critical: Critical,
    /// How sure the rules are.
    pub confidence: f64,
}
