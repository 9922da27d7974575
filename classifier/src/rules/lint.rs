//! What is allowed in a rule file, and probably not meant.

use inventory::Problem;

use super::Ruleset;
use super::condition::{Condition, TextTest};

/// Patterns that find their word within longer words, as `wan` in `Taiwan`.
pub(super) fn warnings(rules: &Ruleset) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for rule in &rules.rules {
        let open = |condition: &Condition| match condition {
            Condition::Text(_, TextTest::Pattern(place)) => {
                rules.texts.patterns.get(*place).is_some_and(|pattern| is_open(pattern.as_str()))
            }
            _ => false,
        };
        if rule.condition.asks(&open) {
            warnings.push(Problem {
                at: rule.at,
                key: format!("rules[{}].match", rule.id),
                message: "a pattern begins or ends with a letter, and so matches within words (wan in Taiwan): use words, \
                          or put ^, $, \\b or a separator there"
                    .to_owned(),
            });
        }
    }
    warnings
}

/// Whether a pattern begins or ends with a letter, at the top or in one of its alternatives there.
fn is_open(pattern: &str) -> bool {
    let body = pattern.trim_start_matches("(?i)");
    let first = body.trim_start_matches("(?:").trim_start_matches('(').chars().next();
    let last = body.trim_end_matches(')').chars().next_back();
    let escaped = body.trim_end_matches(')').chars().rev().nth(1) == Some('\\');
    first.is_some_and(char::is_alphabetic) || !escaped && last.is_some_and(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_match_within_words_are_known() {
        for (pattern, open) in [
            ("wan", true),
            (r"(?:wan|lan)\d", true),
            (r"^wan", true),
            (r"^wan\d", false),
            (r"\bwan\b", false),
            (r"^(wan|lan)$", false),
            (r"[ _]wan\d*", false),
            (r"^x\d+(foo|bar)", true),
        ] {
            assert_eq!(is_open(pattern), open, "{pattern}");
        }
    }
}
