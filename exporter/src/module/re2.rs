//! Go's regular expressions (RE2) for the `regex` crate. The two agree but for a few spellings, which are
//! rewritten here: in Go `\d \w \s \b` are ASCII while `.` is any character, `\Q…\E` quotes, `[` within a
//! class and a `{` that counts nothing are plain characters, and classes have no set operations. Several groups may
//! have one name, which is why names are kept beside the pattern.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// The names of a pattern's groups, where they have any; the first is that of group 1.
pub(super) type Names = Vec<Option<String>>;

/// Compiles a pattern as Go would; the error is one line.
pub(super) fn compile(pattern: &str) -> Result<(Regex, Names), String> {
    let (rewritten, names) = rewrite(pattern);
    let regex = RegexBuilder::new(&rewritten).octal(true).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(&text);
        format!("{pattern}: {reason}")
    })?;
    Ok((regex, names))
}

fn rewrite(pattern: &str) -> (String, Names) {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut names = Names::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out, false),
            '[' => class(&mut rest, &mut out),
            '{' if !counts(rest.clone()) => out.push_str(r"\{"),
            '(' => match group(&mut rest) {
                Some(name) => {
                    names.push(name);
                    out.push('(');
                }
                // Flags, or a group that catches nothing.
                None => out.push('('),
            },
            _ => out.push(c),
        }
    }
    (out, names)
}

/// Reads on behind an opening parenthesis: the name of the group that it begins, where it has one; `None` where it
/// begins no group that catches anything.
fn group(rest: &mut Peekable<Chars<'_>>) -> Option<Option<String>> {
    if rest.peek() != Some(&'?') {
        return Some(None);
    }
    let mut ahead = rest.clone().skip(1).peekable();
    let _ = ahead.next_if_eq(&'P');
    ahead.next_if_eq(&'<')?;
    let name: String = ahead.by_ref().take_while(|c| *c != '>').collect();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| {
        // What was read ahead: up to the name, the name, and its bracket.
        while rest.next_if(|c| *c != '>').is_some() {}
        rest.next();
        Some(name)
    })
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
        Some(c @ ('p' | 'P')) => unicode_class(c == 'P', rest, out),
        Some('x') if rest.next_if_eq(&'{').is_some() => {
            let digits: String = rest.by_ref().take_while(|c| *c != '}').collect();
            out.push_str(&format!(r"\x{{{digits}}}"));
        }
        Some(c) if c.is_ascii_punctuation() => out.push_str(&regex::escape(&c.to_string())),
        Some(c) => {
            out.push('\\');
            out.push(c);
        }
        None => out.push('\\'),
    }
}

/// `\pL`, `\p{Greek}`, `\p{^Greek}`.
fn unicode_class(mut negated: bool, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let name: String = match rest.next_if_eq(&'{') {
        Some(_) => rest.by_ref().take_while(|c| *c != '}').collect(),
        None => rest.next().into_iter().collect(),
    };
    let name = match name.strip_prefix('^') {
        Some(name) => {
            negated = !negated;
            name
        }
        None => &name,
    };
    out.push_str(if negated { r"\P{" } else { r"\p{" });
    out.push_str(name);
    out.push('}');
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
            (r"\pL\p{Greek}", "aα", true),
            (r"\PL[\p{^Lu}]", "1a", true),
            (r"\PL[\p{^Lu}]", "1A", false),
            (r"(?P<1a>x)(?<n>y)(?P<n>z)", "xyz", true),
            (r"(?i:X)(?:y)", "xy", true),
        ] {
            let (regex, _) = compile(&format!("^(?:{pattern})$")).unwrap();
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_in_one_line() {
        for pattern in ["(", "[a", "*a", r"\", r"\8", r"\p{Nope}", "(?P<a-b>x)", "a{1001}{1001}{1001}"] {
            let error = compile(pattern).unwrap_err();
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
