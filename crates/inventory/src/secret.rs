//! Where secrets come from: the file itself, the environment (`${NAME}`), or a file of their own (`community_file`).

use std::io;
use std::path::{Path, PathBuf};

/// Looks up an environment variable: `&|name| std::env::var(name).ok()`.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads a file: `&|path| std::fs::read_to_string(path)`.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Where values that do not stand in the file are looked up.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// An environment variable, for `${NAME}`; without it texts stay as they are written.
    pub env: Option<Env<'a>>,
    /// The content of a file.
    pub read_file: ReadFile<'a>,
    /// The folder that relative file names start from: that of the configuration file.
    pub folder: &'a Path,
}

/// A text with `${NAME}` replaced.
#[derive(Debug, PartialEq)]
pub(crate) struct Expanded {
    pub text: String,
    /// Whether any of it came from the environment.
    pub from_env: bool,
}

impl Sources<'_> {
    /// Replaces each `${NAME}` by the variable's value; `$${` stands for `${` itself. Errors name the variable only.
    pub(crate) fn expand(&self, text: &str) -> Result<Expanded, String> {
        let mut expanded = Expanded { text: String::with_capacity(text.len()), from_env: false };
        let Some(env) = self.env else {
            expanded.text.push_str(text);
            return Ok(expanded);
        };
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if let Some(literal) = rest[..start].strip_suffix('$') {
                expanded.text.push_str(literal);
                expanded.text.push_str("${");
                rest = &rest[start + 2..];
                continue;
            }
            expanded.text.push_str(&rest[..start]);
            // What follows an unclosed brace may be part of the secret: it is not repeated.
            let (name, tail) = rest[start + 2..]
                .split_once('}')
                .ok_or("a \"${\" is not closed, expected ${NAME} (or $${ for the characters themselves)")?;
            if !is_variable_name(name) {
                return Err("a \"${…}\" holds no variable name, expected letters, digits and underscores (or $${ for \
                            the characters themselves)"
                    .to_owned());
            }
            let value = env(name).ok_or_else(|| format!("environment variable {name} is not set"))?;
            expanded.text.push_str(&value);
            expanded.from_env = true;
            rest = tail;
        }
        expanded.text.push_str(rest);
        Ok(expanded)
    }

    /// Where a secret's file is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The content of a secret's file without its last line break. Errors name the file only.
    pub(crate) fn file(&self, name: &str) -> Result<String, String> {
        let path = self.path(name);
        let content =
            (self.read_file)(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let content = content.strip_suffix('\n').unwrap_or(&content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        if content.is_empty() {
            return Err(format!("{} is empty", path.display()));
        }
        Ok(content.to_owned())
    }
}

/// As POSIX has them.
fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(act: impl Fn(Sources<'_>) -> T) -> T {
        let env = |name: &str| match name {
            "A" => Some("alpha".to_owned()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${A}".to_owned()),
            _ => None,
        };
        let read_file = |path: &Path| match path.to_str() {
            Some("/etc/ward/community") => Ok("s3cret\n".to_owned()),
            Some("/etc/ward/windows") => Ok("s3cret\r\n".to_owned()),
            Some("/run/secrets/two-lines") => Ok("a\n\n".to_owned()),
            Some("/etc/ward/empty") => Ok("\n".to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        act(Sources { env: Some(&env), read_file: &read_file, folder: Path::new("/etc/ward") })
    }

    #[test]
    fn variables_are_replaced() {
        with(|sources| {
            for (text, expected, from_env) in [
                ("plain", "plain", false),
                ("${A}", "alpha", true),
                ("x-${A}-${A}", "x-alpha-alpha", true),
                ("${EMPTY}", "", true),
                ("${NESTED}", "${A}", true),
                ("$A $", "$A $", false),
                ("$${A}", "${A}", false),
                ("$$${A}", "$${A}", false),
            ] {
                let expanded = sources.expand(text).unwrap();
                assert_eq!((expanded.text.as_str(), expanded.from_env), (expected, from_env), "{text}");
            }
            for (text, expected) in [
                ("${MISSING}", "environment variable MISSING is not set"),
                ("a${", "a \"${\" is not closed"),
                ("a${A", "a \"${\" is not closed"),
                ("${}", "holds no variable name"),
                ("${1A}", "holds no variable name"),
                ("${A B}", "holds no variable name"),
            ] {
                let error = sources.expand(text).unwrap_err();
                assert!(error.contains(expected), "{text}: {error}");
            }
            let literal = Sources { env: None, ..sources };
            assert_eq!(literal.expand("${A}").unwrap().text, "${A}");
        });
    }

    #[test]
    fn files_are_read_beside_the_configuration() {
        with(|sources| {
            for (name, expected) in [
                ("community", Ok("s3cret")),
                ("windows", Ok("s3cret")),
                ("/run/secrets/two-lines", Ok("a\n")),
                ("empty", Err("/etc/ward/empty is empty")),
                ("none", Err("cannot read /etc/ward/none: entity not found")),
            ] {
                assert_eq!(sources.file(name), expected.map(str::to_owned).map_err(str::to_owned), "{name}");
            }
        });
    }
}
