//! Names as Prometheus takes them: any text. How those are written that are more than letters, digits and underscores
//! is decided for each scrape, see [`Escaping`](crate::render::escaping::Escaping).

/// A metric's name; `None` where there is none.
pub(super) fn metric(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A label's name, or why it is none.
pub(super) fn label(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a label needs a name".into()),
        _ if text.starts_with("__") => {
            Err(format!("label {text:?}: names that begin with two underscores belong to Prometheus"))
        }
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_any_text_but_none() {
        assert_eq!(metric("my-metric.x").as_deref(), Some("my-metric.x"));
        assert_eq!(metric(""), None);
        assert_eq!(label("a-b:c"), Ok("a-b:c".into()));
        assert!(label("__name__").is_err());
        assert!(label("").is_err());
    }
}
