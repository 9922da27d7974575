//! A text with everything the rules may ask about it, found once.

use std::cell::OnceCell;
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

/// A text, searched when it is first asked about.
#[derive(Debug)]
pub(crate) struct View<'a> {
    texts: &'a Texts,
    pub text: &'a str,
    words: OnceCell<WordsFound>,
    matched: OnceCell<SetMatches>,
}

/// What the words of a text are.
#[derive(Debug, Default)]
struct WordsFound {
    hits: Vec<Hit>,
    providers: Vec<Found>,
}

impl<'a> View<'a> {
    pub fn new(texts: &'a Texts, text: &'a str) -> Self {
        Self { texts, text, words: OnceCell::new(), matched: OnceCell::new() }
    }

    fn words(&self) -> &WordsFound {
        self.words.get_or_init(|| {
            if self.text.is_empty() {
                return WordsFound::default();
            }
            let tokens = Tokens::of(self.text);
            let mut hits = self.texts.dictionary.find(&tokens);
            let providers = self.texts.providers.find(self.text, &tokens, &hits);
            // What is part of a provider's name says nothing else: there is no telephone in GlobalTel.
            hits.retain(|hit| !providers.iter().any(|found| !found.loose && found.has_within(&hit.span)));
            WordsFound { hits, providers }
        })
    }

    /// What of a list is in it, where anything is.
    pub fn word(&self, list: ListId) -> Option<&'a str> {
        let hit = self.words().hits.iter().find(|hit| hit.list == list)?;
        self.at(&hit.span)
    }

    /// The providers named in it.
    pub fn providers(&self) -> &[Found] {
        &self.words().providers
    }

    /// Whether a pattern matches.
    pub fn matches(&self, pattern: usize) -> bool {
        !self.text.is_empty()
            && self.matched.get_or_init(|| self.texts.set.matches(self.text)).matched(pattern)
    }

    /// What a pattern matches.
    pub fn captures(&self, pattern: usize) -> Option<Captures<'a>> {
        self.texts.patterns.get(pattern)?.captures(self.text)
    }

    /// A piece of the text.
    pub fn at(&self, span: &Range<usize>) -> Option<&'a str> {
        self.text.get(span.clone())
    }
}
