//! A text with everything the rules may ask about it, found once.

use std::ops::Range;

use regex::{Captures, Regex, RegexSet, SetMatches};

use super::provider::{Found, Providers};
use crate::text::tokens::Tokens;
use crate::text::words::{Dictionary, Hit, ListId};

/// What texts are searched for: all word lists, all patterns, all providers of a rule file.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    pub dictionary: Dictionary,
    pub patterns: Vec<Regex>,
    /// The same patterns, tried all at once.
    pub set: RegexSet,
    pub providers: Providers,
    /// Names that nobody chose, such as `GigabitEthernet0/1`.
    pub port_names: Option<Regex>,
}

impl Texts {
    /// Whether a text says nothing but which port it is.
    pub fn is_port_name(&self, text: &str) -> bool {
        text.is_empty() || self.port_names.as_ref().is_some_and(|names| names.is_match(text))
    }
}

/// A text, searched.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub text: &'a str,
    hits: Vec<Hit>,
    matched: Option<SetMatches>,
    pub found: Vec<Found>,
}

impl<'a> View<'a> {
    pub fn new(texts: &Texts, text: &'a str) -> Self {
        if text.is_empty() {
            return Self { text, hits: Vec::new(), matched: None, found: Vec::new() };
        }
        let tokens = Tokens::of(text);
        let mut hits = texts.dictionary.find(&tokens);
        let found = texts.providers.find(text, &tokens, &hits);
        // What is part of a provider's name says nothing else: there is no telephone in GlobalTel.
        hits.retain(|hit| !found.iter().any(|found| !found.loose && found.has_within(&hit.span)));
        Self { text, hits, matched: Some(texts.set.matches(text)), found }
    }

    /// What of a list is in it, where anything is.
    pub fn word(&self, list: ListId) -> Option<&'a str> {
        let hit = self.hits.iter().find(|hit| hit.list == list)?;
        self.at(&hit.span)
    }

    /// Whether a pattern matches.
    pub fn matches(&self, pattern: usize) -> bool {
        self.matched.as_ref().is_some_and(|matched| matched.matched(pattern))
    }

    /// What a pattern matches.
    pub fn captures(&self, texts: &Texts, pattern: usize) -> Option<Captures<'a>> {
        texts.patterns.get(pattern)?.captures(self.text)
    }

    /// A piece of the text.
    pub fn at(&self, span: &Range<usize>) -> Option<&'a str> {
        self.text.get(span.clone())
    }
}
