//! A text as words.
//!
//! `\b` of regular expressions does not find the words in names: `_` and digits are letters to it, so it sees neither
//! `Magti` in `Magti_Internet` nor in `Magti2`. Here a word ends at everything that is neither letter nor digit, and
//! where letters and digits meet. Each ideograph is a word of its own.

use std::ops::Range;

/// A text and its words.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// All words, folded, one behind the other.
    folded: String,
    /// The words.
    plain: Vec<Token>,
    /// The words cut where a capital begins too: `MagtiInternet` as `magti`, `internet`. Empty where that changes
    /// nothing.
    camel: Vec<Token>,
}

/// One word: where it stands among the folded words and in the text, in octets.
#[derive(Debug, Clone)]
struct Token {
    folded: Range<usize>,
    text: Range<usize>,
}

/// The words of a text, cut in one of two ways.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    folded: &'a str,
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// One word.
    pub fn get(&self, place: usize) -> Option<&'a str> {
        self.folded.get(self.tokens.get(place)?.folded.clone())
    }

    /// All words.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let folded = self.folded;
        self.tokens.iter().filter_map(move |token| folded.get(token.folded.clone()))
    }

    /// Where `count` words from `place` on stand in the text, in octets.
    pub fn span(&self, place: usize, count: usize) -> Range<usize> {
        let first = self.tokens.get(place).map_or(0, |token| token.text.start);
        let last = self.tokens.get(place + count.saturating_sub(1)).map_or(first, |token| token.text.end);
        first..last
    }
}

/// What kind of character a word is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter {
        capital: bool,
    },
    Digit,
    Ideograph,
    Between,
    /// An accent that follows its letter.
    Mark,
}

impl Tokens {
    /// Cuts a text into words.
    pub fn of(text: &str) -> Self {
        let mut tokens = Self { folded: String::with_capacity(text.len()), ..Self::default() };
        let mut camel_differs = false;
        let mut previous = Class::Between;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let class = class(c);
            let end = at + c.len_utf8();
            match class {
                Class::Between => {
                    previous = class;
                    continue;
                }
                Class::Mark => {
                    tokens.extend(end);
                    continue;
                }
                Class::Letter { .. } | Class::Digit | Class::Ideograph => {}
            }
            let start = tokens.folded.len();
            fold(c, &mut tokens.folded);
            let token = || Token { folded: start..start, text: at..at };
            if begins_word(previous, class) {
                tokens.plain.push(token());
                tokens.camel.push(token());
            } else if begins_capital(previous, class, chars.peek().map(|(_, next)| *next)) {
                tokens.camel.push(token());
                camel_differs = true;
            }
            tokens.extend(end);
            previous = class;
        }
        if !camel_differs {
            tokens.camel.clear();
        }
        tokens
    }

    /// Lets the last word reach up to here.
    fn extend(&mut self, end: usize) {
        let folded = self.folded.len();
        for token in self.plain.last_mut().into_iter().chain(self.camel.last_mut()) {
            token.folded.end = folded;
            token.text.end = end;
        }
    }

    /// The words.
    pub fn words(&self) -> Words<'_> {
        Words { folded: &self.folded, tokens: &self.plain }
    }

    /// The words, cut at capitals too, where that makes a difference.
    pub fn camel_words(&self) -> Option<Words<'_>> {
        (!self.camel.is_empty()).then_some(Words { folded: &self.folded, tokens: &self.camel })
    }
}

/// Whether a character of this class begins a word behind that one.
fn begins_word(previous: Class, class: Class) -> bool {
    match (previous, class) {
        (Class::Letter { .. }, Class::Letter { .. }) | (Class::Digit, Class::Digit) => false,
        _ => previous != Class::Mark,
    }
}

/// Whether a capital begins a word within a word: after a small letter, and before one at the end of an abbreviation
/// (`SWCore`).
fn begins_capital(previous: Class, class: Class, next: Option<char>) -> bool {
    let Class::Letter { capital: true } = class else { return false };
    match previous {
        Class::Letter { capital: false } => true,
        Class::Letter { capital: true } => next.is_some_and(char::is_lowercase),
        _ => false,
    }
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' => Class::Letter { capital: false },
        'A'..='Z' => Class::Letter { capital: true },
        '0'..='9' => Class::Digit,
        _ if c.is_ascii() => Class::Between,
        // Combining diacritical marks.
        '\u{300}'..='\u{36f}' => Class::Mark,
        // Kana, CJK ideographs and their compatibility forms.
        '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' => Class::Ideograph,
        _ if c.is_alphabetic() => Class::Letter { capital: c.is_uppercase() },
        _ if c.is_numeric() => Class::Digit,
        _ => Class::Between,
    }
}

/// Adds a character in small letters and without its accent.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => out.push('e'),
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => out.push('g'),
            'ì'..='ï' | 'ĩ' | 'ī' | 'į' | 'ı' => out.push('i'),
            'ķ' => out.push('k'),
            'ĺ' | 'ļ' | 'ľ' | 'ł' => out.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => out.push('o'),
            'œ' => out.push_str("oe"),
            'ŕ' | 'ř' => out.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ţ' | 'ť' | 'ț' => out.push('t'),
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            // A capital I with a dot becomes an i and a dot.
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(words: Words<'_>) -> String {
        words.iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn texts_are_cut_into_words() {
        for (text, plain, camel) in [
            ("Magti_Internet", "magti internet", ""),
            ("Magti2", "magti 2", ""),
            ("MagtiInternet", "magtiinternet", "magti internet"),
            ("SWCore-1", "swcore 1", "sw core 1"),
            ("VoIP ESXi", "voip esxi", "vo ip es xi"),
            ("*** მაგთი ინტერნეტი ***", "მაგთი ინტერნეტი", ""),
            ("МАГТИ", "магти", ""),
            ("内网服务器", "内 网 服 务 器", ""),
            ("gestión Zrušené ŁÓDŹ", "gestion zrusene lodz", ""),
            ("gestio\u{301}n", "gestion", ""),
            ("İstanbul", "istanbul", ""),
            ("10G/100Mbps", "10 g 100 mbps", ""),
            ("", "", ""),
            ("--- ", "", ""),
        ] {
            let tokens = Tokens::of(text);
            assert_eq!(shown(tokens.words()), plain, "{text}");
            assert_eq!(tokens.camel_words().map_or(String::new(), shown), camel, "{text}");
        }
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "to: Gestión_SW 12";
        let tokens = Tokens::of(text);
        let words = tokens.words();
        assert_eq!(&text[words.span(1, 1)], "Gestión");
        assert_eq!(&text[words.span(1, 3)], "Gestión_SW 12");
        assert_eq!(words.span(9, 1), 0..0);
    }

    proptest! {
        #[test]
        fn cutting_again_changes_nothing(text in "\\PC{0,40}") {
            let once = shown(Tokens::of(&text).words());
            prop_assert_eq!(shown(Tokens::of(&once).words()), once);
        }

        #[test]
        fn spans_lie_on_characters(text in any::<String>()) {
            let tokens = Tokens::of(&text);
            for words in [Some(tokens.words()), tokens.camel_words()].into_iter().flatten() {
                for place in 0..words.len() {
                    prop_assert!(text.get(words.span(place, 1)).is_some_and(|word| !word.is_empty()));
                    prop_assert!(words.get(place).is_some());
                }
            }
        }
    }
}
