//! Names as Prometheus takes them: what it does not know becomes `_`, as upstream writes them by default
//! (`escaping=underscores`).

/// A metric's name; `None` where there is none.
pub(super) fn metric(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| escape(text, ":_", true))
}

/// What is put behind a metric's name.
pub(super) fn suffix(text: &str) -> String {
    escape(text, ":_", false)
}

/// A label's name, or why it is none.
pub(super) fn label(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a label needs a name".into()),
        _ if text.starts_with("__") => {
            Err(format!("label {text:?}: names that begin with two underscores belong to Prometheus"))
        }
        _ => Ok(escape(text, "_", true)),
    }
}

fn escape(text: &str, also: &str, first_no_digit: bool) -> String {
    let valid = |i: usize, c: char| {
        c.is_ascii_alphabetic() || also.contains(c) || (c.is_ascii_digit() && !(first_no_digit && i == 0))
    };
    text.char_indices().map(|(i, c)| if valid(i, c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_prometheus_takes() {
        for (text, name) in [
            ("ifHCInOctets", "ifHCInOctets"),
            ("my-metric.x", "my_metric_x"),
            ("1st", "_st"),
            ("job:x", "job:x"),
            ("è2", "_2"),
        ] {
            assert_eq!(metric(text).as_deref(), Some(name));
        }
        assert_eq!(metric(""), None);
        assert_eq!(suffix("1.x"), "1_x");
        assert_eq!(label("a-b:c"), Ok("a_b_c".into()));
        assert!(label("__name__").is_err());
        assert!(label("").is_err());
    }
}
