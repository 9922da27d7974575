//! Names as Prometheus takes them: any text. How those are written that are more than letters, digits and underscores
//! is decided for each scrape, see [`Escaping`](crate::render::escaping::Escaping).

/// A metric's name; `None` where there is none.
pub(super) fn metric(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why a label cannot have this name.
pub(super) fn check_label(text: &str) -> Result<(), String> {
    match text {
        "" => Err("a label needs a name".into()),
        _ if text.starts_with("__") => {
            Err(format!("label {text:?}: names that begin with two underscores belong to Prometheus"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_any_text_but_none() {
        assert_eq!(metric("my-metric.x").as_deref(), Some("my-metric.x"));
        assert_eq!(metric(""), None);
        assert_eq!(check_label("a-b:c"), Ok(()));
        assert!(check_label("__name__").is_err());
        assert!(check_label("").is_err());
    }
}
