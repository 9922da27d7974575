//! From votes to a decision.
//!
//! Of each source the weightiest vote for a type counts; sources err independently, so what speaks for a type is
//! 1 − Π (1 − weight). Hints count only for types that something else claims, or where nothing is claimed at all. What
//! speaks for the runner-up takes half of itself off the confidence. Nothing here depends on the order of rules.

use std::collections::BTreeMap;

use super::provider::Providers;
use super::rule::Held;
use crate::classification::{Source, Support, Vote};
use crate::kind::InterfaceType;
use crate::word::Word;

/// Support of a runner-up from which on the two are in conflict.
const CONFLICT: f64 = 0.6;

/// What came of the votes, before overrides.
#[derive(Debug)]
pub(crate) struct Decision {
    pub kind: InterfaceType,
    pub confidence: f64,
    pub runner_up: Option<Support>,
    pub best_guess: Option<InterfaceType>,
    pub provider: Option<Word>,
    pub votes: Vec<Vote>,
    pub labels: BTreeMap<Word, String>,
    pub review: Vec<String>,
}

/// The bounds of a rule file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Below this confidence nothing is said: the type is `other`.
    pub min_confidence: f64,
    /// Below this someone should have a look.
    pub review_below: f64,
}

/// Decides.
pub(crate) fn decide(mut held: Vec<Held<'_>>, bounds: Bounds, providers: &Providers) -> Decision {
    let dampen: f64 = held.iter().filter_map(|held| held.rule.dampen).fold(1.0, f64::min);
    for vote in held.iter_mut().filter_map(|held| held.vote.as_mut()) {
        if !vote.is_final && matches!(vote.source, Source::Text | Source::Structure) {
            vote.weight = rounded(vote.weight * dampen);
        }
    }
    // The weightiest first; equal ones by type and name, so that the order of the file has no say.
    held.sort_by(|a, b| {
        let key = |held: &Held<'_>| held.vote.as_ref().map(|vote| (vote.is_final, vote.weight));
        let (a_key, b_key) = (key(a).unwrap_or((false, -1.0)), key(b).unwrap_or((false, -1.0)));
        let kind = |held: &Held<'_>| held.vote.as_ref().map(|vote| vote.kind);
        b_key
            .0
            .cmp(&a_key.0)
            .then(b_key.1.total_cmp(&a_key.1))
            .then(kind(a).cmp(&kind(b)))
            .then_with(|| a.rule.id.cmp(&b.rule.id))
    });
    let mut labels = BTreeMap::new();
    for (name, text) in held.iter().flat_map(|held| &held.labels) {
        labels.entry(name.clone()).or_insert_with(|| text.clone());
    }
    let named = provider_of(&held, providers);
    let votes: Vec<Vote> = held.into_iter().filter_map(|held| held.vote).collect();
    if let Some(settled) = votes.first().filter(|vote| vote.is_final) {
        let (kind, confidence) = (settled.kind, settled.weight);
        return Decision {
            kind,
            confidence,
            runner_up: None,
            best_guess: None,
            provider: None,
            votes,
            labels,
            review: Vec::new(),
        };
    }
    let supports = supports(&votes);
    let (first, second) = (supports.first().copied(), supports.get(1).copied());
    let mut review = Vec::new();
    let (provider, candidates) = named;
    if candidates.len() > 1 {
        review.push(format!("several providers are named: {}", candidates.join(", ")));
    }
    let against = second.map_or(0.0, |second| second.support);
    let confidence = rounded(first.map_or(0.0, |first| first.support) * (1.0 - against / 2.0));
    let guess = first.map_or(InterfaceType::Other, |first| first.kind);
    let sure = first.is_some() && confidence >= bounds.min_confidence;
    if let (Some(first), Some(second)) = (first, second)
        && second.support >= CONFLICT
    {
        review.push(format!("{} and {} are both well supported", first.kind, second.kind));
    } else if first.is_some() && confidence < bounds.review_below {
        review.push(format!("the confidence is below {}", bounds.review_below));
    }
    Decision {
        kind: if sure { guess } else { InterfaceType::Other },
        confidence,
        runner_up: second,
        best_guess: (first.is_some() && !sure && guess != InterfaceType::Other).then_some(guess),
        provider: if sure { provider } else { None },
        votes,
        labels,
        review,
    }
}

/// What speaks for each type, the best first.
fn supports(votes: &[Vote]) -> Vec<Support> {
    let claimed = |kind| votes.iter().any(|vote| vote.kind == kind && !vote.hint);
    let any_claim = votes.iter().any(|vote| !vote.hint);
    let mut supports: Vec<Support> = InterfaceType::ALL
        .into_iter()
        .filter(|kind| claimed(*kind) || !any_claim)
        .map(|kind| {
            let best = |source| {
                let votes = votes.iter().filter(|vote| vote.kind == kind && vote.source == source);
                votes.map(|vote| vote.weight).fold(0.0, f64::max)
            };
            let doubt: f64 = Source::ALL.into_iter().map(|source| 1.0 - best(source)).product();
            Support { kind, support: rounded(1.0 - doubt) }
        })
        .filter(|support| support.support > 0.0)
        .collect();
    // Stable: equal ones stay in the order of decision.
    supports.sort_by(|a, b| b.support.total_cmp(&a.support));
    supports
}

/// The one provider that votes for a line of a provider name, and all of them.
fn provider_of(held: &[Held<'_>], providers: &Providers) -> (Option<Word>, Vec<String>) {
    let mut names: Vec<Word> = Vec::new();
    for held in held.iter().filter(|held| held.vote.as_ref().is_some_and(|v| v.kind == InterfaceType::Isp)) {
        for name in &held.providers {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    let place = |name: &Word| providers.by_id(name);
    let owners: Vec<usize> =
        names.iter().filter_map(|name| providers.list.get(place(name)?)?.parent).collect();
    names.retain(|name| place(name).is_none_or(|place| !owners.contains(&place)));
    let one = if let [one] = names.as_slice() { Some(one.clone()) } else { None };
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.sort();
    (one, names)
}

/// Four digits are enough for anyone, and the same on every machine.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}
