//! Go's regular expressions (RE2) for the `regex` crate. The two agree but for a few spellings, which are
//! rewritten here: in Go `\d \w \s \b` are ASCII while `.` is any character, `\Q…\E` quotes, `[` within a
//! class and a `{` that counts nothing are plain characters, and classes have no set operations.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Compiles a pattern as Go would; the error is one line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&rewrite(pattern)).octal(true).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(&text);
        format!("{pattern}: {reason}")
    })
}

fn rewrite(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out, false),
            '[' => class(&mut rest, &mut out),
            '{' if !counts(rest.clone()) => out.push_str(r"\{"),
            _ => out.push(c),
        }
    }
    out
}

/// What follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String, in_class: bool) {
    match rest.next() {
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str(r"[\t\n\f\r ]"),
        Some('S') => out.push_str(r"[^\t\n\f\r ]"),
        Some('b') if !in_class => out.push_str(r"(?-u:\b)"),
        Some('B') if !in_class => out.push_str(r"(?-u:\B)"),
        Some('Q') if !in_class => quoted(rest, out),
        Some(c @ ('p' | 'P' | 'x')) if rest.next_if_eq(&'{').is_some() => {
            let inner: String = rest.by_ref().take_while(|c| *c != '}').collect();
            // In Go `\p{^Greek}` is `\P{Greek}`.
            let (c, inner) = match (c, inner.strip_prefix('^')) {
                ('p', Some(inner)) => ('P', inner),
                ('P', Some(inner)) => ('p', inner),
                _ => (c, inner.as_str()),
            };
            out.push_str(&format!("\\{c}{{{inner}}}"));
        }
        Some(c) if c.is_ascii_punctuation() => out.push_str(&regex::escape(&c.to_string())),
        Some(c) => {
            out.push('\\');
            out.push(c);
        }
        None => out.push('\\'),
    }
}

/// `\Q…\E`: everything is plain.
fn quoted(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(c) = rest.next() {
        if c == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
        out.push_str(&regex::escape(&c.to_string()));
    }
}

/// A class, behind its opening bracket.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // A bracket that closes at once is a plain one.
    if rest.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    // A minus at the beginning is a plain one, and may begin a range.
    if rest.next_if_eq(&'-').is_some() {
        out.push_str(r"\-");
    }
    while let Some(c) = rest.next() {
        match c {
            ']' => return out.push(']'),
            '\\' => escape(rest, out, true),
            '[' if rest.peek() == Some(&':') => {
                // A POSIX class such as [:alpha:] is copied whole.
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // Two would be a difference; in Go it is a range that ends with a minus.
            '-' if rest.next_if_eq(&'-').is_some() => out.push_str(r"-\-"),
            _ => out.push(c),
        }
    }
}

/// Whether what follows a brace is a count: `{2}`, `{2,}` or `{2,5}`.
fn counts(rest: Peekable<Chars<'_>>) -> bool {
    let inner: String = rest.take_while(|c| *c != '}').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match inner.split_once(',') {
        Some((least, most)) => digits(least) && (most.is_empty() || digits(most)),
        None => digits(&inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, text, matches) in [
            (r"\d+", "42", true),
            (r"\d+", "٤٢", false),
            (r"\w", "é", false),
            (r"\W", "é", true),
            (r".", "é", true),
            (r".", "\n", false),
            (r"(?s).", "\n", true),
            (r"\s", "\u{a0}", false),
            (r"[\d.]+", "4.2", true),
            (r"[^\d]", "x", true),
            (r"[\D]", "5", false),
            (r"a\b.*", "a-b", true),
            (r"\Qa.b\E", "a.b", true),
            (r"\Qa.b\E", "axb", false),
            (r"[[]x", "[x", true),
            (r"[]a]", "]", true),
            (r"[^]a]", "b", true),
            (r"[a&&b]+", "a&b", true),
            (r"[[:alpha:]]+", "abc", true),
            (r"a{2}", "aa", true),
            (r"a{,2}", "a{,2}", true),
            (r"{x}", "{x}", true),
            (r"(?i)V", "v", true),
            (r"(?P<n>x)", "x", true),
            (r"\x41\x{42}", "AB", true),
            (r"\<\>\-", "<>-", true),
            (r"\x{1F980}[\x{e9}]", "🦀é", true),
            (r"\p{Lu}\pL+", "Éa", true),
            (r"[\p{Greek}]+\P{Greek}", "αβx", true),
            (r"\p{^Greek}", "α", false),
            (r"\P{^Greek}", "α", true),
            (r"[\p{^Lu}x]", "a", true),
            (r"(?U)a+", "aa", true),
            (r"[+--]", ",", true),
            (r"[--/]", ".", true),
            (r"[a-]+", "a-", true),
        ] {
            let regex = compile(&format!("^(?:{pattern})$")).unwrap();
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_in_one_line() {
        for pattern in ["(", "[a", "*a", r"\", r"\8", "a{1001}{1001}{1001}"] {
            let error = compile(pattern).unwrap_err();
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
