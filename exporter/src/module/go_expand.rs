//! Environment variables in texts, as Go's `os.Expand` finds them: `$NAME`, `${NAME}`, and the one-letter names of the
//! shell.

use inventory::Env;

/// Replaces the variables of a text.
///
/// # Errors
/// One is not set. The message names it, in snmp_exporter's words, and nothing else of the text.
pub(super) fn expand(text: &str, env: Env<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (name, length) = name(behind);
        match (name, length) {
            // Nothing that could be a name: a dollar.
            ("", 0) => out.push('$'),
            // A brace that holds none is left out.
            ("", _) => {}
            (name, _) => {
                let value = env(name).ok_or_else(|| format!("{name} environment variable not found"))?;
                out.push_str(&value);
            }
        }
        rest = &behind[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The name a text begins with, behind a dollar, and the octets it takes.
fn name(text: &str) -> (&str, usize) {
    let Some(braced) = text.strip_prefix('{') else {
        let special = text.chars().next().is_some_and(is_special);
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
        let length = if special { 1 } else { end };
        return (&text[..length], length);
    };
    match braced.find('}') {
        Some(end) => (&braced[..end], end + 2),
        None => ("", 1),
    }
}

/// What is a name of its own.
fn is_special(c: char) -> bool {
    matches!(c, '*' | '#' | '$' | '@' | '!' | '?' | '-' | '0'..='9')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_as_go_finds_them() {
        let env = |name: &str| match name {
            "A" => Some("alpha".to_owned()),
            "EMPTY" => Some(String::new()),
            "1" => Some("one".to_owned()),
            "a-b" => Some("dashed".to_owned()),
            _ => None,
        };
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("$A", Ok("alpha")),
            ("x${A}y$A-$A", Ok("xalphayalpha-alpha")),
            ("snmp_${EMPTY}", Ok("snmp_")),
            ("$12", Ok("one2")),
            ("${a-b}", Ok("dashed")),
            ("5$ $", Ok("5$ $")),
            ("$é", Ok("$é")),
            ("${}x", Ok("x")),
            ("${A", Ok("A")),
            ("$B", Err("B environment variable not found")),
            ("${A}${NOT_SET}", Err("NOT_SET environment variable not found")),
            ("$$A", Err("$ environment variable not found")),
        ] {
            let expanded = expand(text, &env);
            assert_eq!(expanded.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}
