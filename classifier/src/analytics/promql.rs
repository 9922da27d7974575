//! PromQL as text. Pure. Whatever somebody calls a device, what is written here means that name and nothing else.

use std::fmt::Write;

/// A label's value as a PromQL string.
pub fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// A text as a regular expression (RE2) that matches it and nothing else.
fn literal(text: &str) -> String {
    let mut expression = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            expression.push('\\');
        }
        expression.push(c);
    }
    expression
}

/// A matcher: the label has one of these values. An empty one stands for a label that is not there.
pub fn among<T: AsRef<str>>(label: &str, values: &[T]) -> String {
    match values {
        [one] => format!("{label}={}", quoted(one.as_ref())),
        many => {
            let any: Vec<String> = many.iter().map(|value| literal(value.as_ref())).collect();
            format!("{label}=~{}", quoted(&any.join("|")))
        }
    }
}

/// A series with matchers.
pub fn series(name: &str, matchers: &[String]) -> String {
    if matchers.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", matchers.join(",")) }
}

/// The newest value of a recorded series within a window: one row for each interface and direction, however many programs
/// record it.
pub fn newest(name: &str, matchers: &[String], window: &str) -> String {
    format!("max by (device, if_name, direction) (last_over_time({}[{window}]))", series(name, matchers))
}

/// The label that tells the questions of [`union`] apart.
pub const FIGURE: &str = "figure";

/// Several questions in one. Each row says by the label `figure` which it answers.
pub fn union<T: AsRef<str>>(questions: &[(&str, T)]) -> String {
    let named = questions.iter().map(|(figure, question)| {
        format!("label_replace({}, \"{FIGURE}\", {}, \"\", \"\")", question.as_ref(), quoted(figure))
    });
    named.collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_nothing_else() {
        for (value, expected) in [
            ("r1", "\"r1\""),
            ("a\"} or vector(1) or x{b=\"", "\"a\\\"} or vector(1) or x{b=\\\"\""),
            ("back\\slash", "\"back\\\\slash\""),
            ("line\nfeed\u{0}\u{7f}", "\"line\\nfeed\\u0000\\u007f\""),
            ("თბილისი", "\"თბილისი\""),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }

    #[test]
    fn several_names_are_an_expression_that_matches_them_alone() {
        assert_eq!(among("device", &["r1"]), "device=\"r1\"");
        assert_eq!(
            among("if_name", &["Gi0/0.100", "a|b", ".*", "x\\\"y"]),
            r#"if_name=~"Gi0/0\\.100|a\\|b|\\.\\*|x\\\\\"y""#
        );
        assert_eq!(among("site", &["", "rustavi"]), "site=~\"|rustavi\"");
        let nobody: [&str; 0] = [];
        assert_eq!(among("site", &nobody), "site=~\"\"");
    }

    #[test]
    fn questions_are_put_together() {
        let own = [among("device", &["r1"])];
        assert_eq!(
            newest("a:b:c1d", &own, "2h"),
            "max by (device, if_name, direction) (last_over_time(a:b:c1d{device=\"r1\"}[2h]))"
        );
        assert_eq!(
            union(&[("x", "a"), ("y", "b")]),
            "label_replace(a, \"figure\", \"x\", \"\", \"\") or label_replace(b, \"figure\", \"y\", \"\", \"\")"
        );
    }
}
