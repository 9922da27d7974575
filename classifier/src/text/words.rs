//! Many lists of words and phrases, looked up in one pass over a text's words.
//!
//! A phrase is matched word by word. A word may be `magti*` (begins so), `*server` (ends so), `*server*` (has it within)
//! or `#` (any number).

use std::collections::HashMap;
use std::ops::Range;

use super::tokens::{Tokens, Words};

/// Which list a phrase is of.
pub type ListId = u32;

/// A phrase of a list, found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The list.
    pub list: ListId,
    /// Where it stands in the text, in octets.
    pub span: Range<usize>,
    /// Whether a `*` stands for a part of it.
    pub loose: bool,
}

/// One word of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Exactly(Box<str>),
    Beginning(Box<str>),
    Ending(Box<str>),
    Within(Box<str>),
    Number,
}

impl Pattern {
    fn matches(&self, word: &str) -> bool {
        match self {
            Pattern::Exactly(text) => word == &**text,
            Pattern::Beginning(text) => word.starts_with(&**text),
            Pattern::Ending(text) => word.ends_with(&**text),
            Pattern::Within(text) => word.contains(&**text),
            Pattern::Number => word.starts_with(|c: char| c.is_numeric()),
        }
    }
}

#[derive(Debug, Clone)]
struct Phrase {
    list: ListId,
    loose: bool,
    /// The words behind the first.
    rest: Box<[Pattern]>,
}

/// All lists.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    /// Phrases by their first word.
    exact: HashMap<Box<str>, Vec<Phrase>>,
    /// Phrases whose first word begins so, by its first letter.
    beginning: HashMap<char, Vec<(Pattern, Phrase)>>,
    /// Phrases whose first word ends so, by its last letter.
    ending: HashMap<char, Vec<(Pattern, Phrase)>>,
    /// Phrases whose first word is of another kind.
    others: Vec<(Pattern, Phrase)>,
}

impl Dictionary {
    /// Adds a phrase to a list.
    ///
    /// # Errors
    /// There is no word in it, or a `*` or `#` in an odd place.
    pub fn add(&mut self, list: ListId, phrase: &str) -> Result<(), String> {
        let mut patterns = patterns(phrase)?;
        if patterns.is_empty() {
            return Err(format!("expected a word of letters or digits, found {phrase:?}"));
        }
        let first = patterns.remove(0);
        let spelt_out = |pattern: &Pattern| matches!(pattern, Pattern::Exactly(_) | Pattern::Number);
        let loose = !spelt_out(&first) || !patterns.iter().all(spelt_out);
        let phrase = Phrase { list, loose, rest: patterns.into() };
        let (first_letter, last_letter) = match &first {
            Pattern::Beginning(text) => (text.chars().next(), None),
            Pattern::Ending(text) => (None, text.chars().next_back()),
            _ => (None, None),
        };
        match (first, first_letter, last_letter) {
            (Pattern::Exactly(word), ..) => self.exact.entry(word).or_default().push(phrase),
            (first, Some(letter), _) => self.beginning.entry(letter).or_default().push((first, phrase)),
            (first, _, Some(letter)) => self.ending.entry(letter).or_default().push((first, phrase)),
            (first, None, None) => self.others.push((first, phrase)),
        }
        Ok(())
    }

    /// All phrases found in a text, in the text's order; a phrase found with and without capitals is told once.
    pub fn find(&self, tokens: &Tokens) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.find_in(tokens.words(), &mut hits);
        if let Some(words) = tokens.camel_words() {
            self.find_in(words, &mut hits);
            hits.sort_by_key(|hit| (hit.span.start, hit.span.end, hit.list));
            hits.dedup();
        }
        hits
    }

    fn find_in(&self, words: Words<'_>, hits: &mut Vec<Hit>) {
        for (place, word) in words.iter().enumerate() {
            let mut check = |phrase: &Phrase| {
                let rest = phrase.rest.iter().zip(place + 1..);
                if rest.into_iter().all(|(pattern, at)| words.get(at).is_some_and(|w| pattern.matches(w))) {
                    let span = words.span(place, phrase.rest.len() + 1);
                    hits.push(Hit { list: phrase.list, span, loose: phrase.loose });
                }
            };
            self.exact.get(word).into_iter().flatten().for_each(&mut check);
            let beginning = word.chars().next().and_then(|letter| self.beginning.get(&letter));
            let ending = word.chars().next_back().and_then(|letter| self.ending.get(&letter));
            let loose = beginning.into_iter().chain(ending).flatten().chain(&self.others);
            loose.filter(|(first, _)| first.matches(word)).for_each(|(_, phrase)| check(phrase));
        }
    }
}

/// The words of a phrase as patterns.
fn patterns(phrase: &str) -> Result<Vec<Pattern>, String> {
    let mut patterns = Vec::new();
    for piece in phrase.split_whitespace() {
        if piece == "#" {
            patterns.push(Pattern::Number);
            continue;
        }
        let (open_start, open_end) = (piece.starts_with('*'), piece.ends_with('*'));
        let body = piece.trim_matches('*');
        if body.contains(['*', '#']) {
            return Err(format!(
                "{piece:?}: a * stands at the beginning or the end of a word, a # alone for a number"
            ));
        }
        let tokens = Tokens::of(body);
        let words = tokens.words();
        let last = words.len().saturating_sub(1);
        for (place, word) in words.iter().enumerate() {
            let loose = (open_start && place == 0, open_end && place == last);
            let short = word.chars().count() < 3;
            if loose != (false, false) && short {
                return Err(format!("{piece:?}: expected at least three letters beside a *"));
            }
            patterns.push(match loose {
                (false, false) => Pattern::Exactly(word.into()),
                (false, true) => Pattern::Beginning(word.into()),
                (true, false) => Pattern::Ending(word.into()),
                (true, true) => Pattern::Within(word.into()),
            });
        }
    }
    Ok(patterns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let mut dictionary = Dictionary::default();
        for (list, phrase) in phrases.iter().enumerate() {
            dictionary.add(list as ListId, phrase).expect("a phrase");
        }
        dictionary.find(&Tokens::of(text)).into_iter().map(|hit| text[hit.span].to_owned()).collect()
    }

    #[test]
    fn words_are_whole_words() {
        for (phrase, text, expected) in [
            ("isp", "Display wall 3", ""),
            ("isp", "ISP2", "ISP"),
            ("isp", "to_isp-1", "isp"),
            ("magti", "Magti_Internet", "Magti"),
            ("magti", "MagtiInternet", "Magti"),
            ("voip", "VoIP", "VoIP"),
            ("caucasus online", "Caucasus_Online", "Caucasus_Online"),
            ("caucasus online", "caucasus", ""),
            ("L2VPN", "l2-vpn to Batumi", "l2-vpn"),
            ("isp #", "ISP connection 2", ""),
            ("isp #", "ISP-2", "ISP-2"),
            ("magti*", "magtinet", "magtinet"),
            ("*server", "fileserver", "fileserver"),
            ("*server", "servers", ""),
            ("*server*", "xyzserverm78", "xyzserverm"),
            ("მაგთი", "მაგთი ინტერნეტი", "მაგთი"),
            ("服务器", "内网服务器上行", "服务器"),
        ] {
            assert_eq!(found(&[phrase], text).join(" "), expected, "{phrase:?} in {text:?}");
        }
    }

    #[test]
    fn odd_phrases_are_refused() {
        for phrase in ["", "--", "*", "a*b", "is*", "isp#"] {
            assert!(Dictionary::default().add(0, phrase).is_err(), "{phrase:?}");
        }
    }

    proptest! {
        #[test]
        fn a_word_is_never_found_within_a_longer_one(word in "[a-z]{2,8}", before in "[a-z]{0,3}", after in "[a-z]{1,3}") {
            let (longer, alone) = (format!("{before}{word}{after}"), format!("x {word}_1"));
            prop_assert!(found(&[&word], &longer).is_empty());
            prop_assert_eq!(found(&[&word], &alone).len(), 1);
        }
    }
}
