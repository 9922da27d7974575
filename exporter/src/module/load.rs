//! Files of modules: patterns, reading and YAML. The only IO of the pure core.

use std::fs;
use std::path::PathBuf;

use inventory::nearest::did_you_mean;
use serde_yaml::{Error, Options};

use super::Modules;
use super::error::ModuleError;
use super::raw::RawFile;

impl Modules {
    /// Reads all files that match these patterns (`modules/*.yml`) as if they were one. A pattern that
    /// matches nothing is a warning, a name that is used twice an error. Also says which files were read.
    pub fn load<S: AsRef<str>>(patterns: &[S]) -> Result<(Self, Vec<PathBuf>), ModuleError> {
        let mut all = Self::default();
        let mut read = Vec::new();
        for pattern in patterns.iter().map(AsRef::as_ref) {
            let paths = glob::glob(pattern)
                .map_err(|error| ModuleError::of_file(pattern, format!("not a file pattern: {error}")))?;
            let mut found = false;
            for path in paths {
                found = true;
                let path = path.map_err(|error| ModuleError::of_file(pattern, error.to_string()))?;
                let file = path.display().to_string();
                let bytes =
                    fs::read(&path).map_err(|error| ModuleError::of_file(&file, error.to_string()))?;
                let text = String::from_utf8(bytes).map_err(|error| {
                    ModuleError::of_file(&file, format!("not UTF-8: {}", error.utf8_error()))
                })?;
                all.add(&file, &text)?;
                read.push(path);
            }
            if !found {
                all.warnings.push(ModuleError::of_file(pattern, "no file matches this pattern"));
            }
        }
        Ok((all, read))
    }
}

/// Reads the first YAML document of a text, which is all that upstream reads.
pub(super) fn parse(file: &str, text: &str) -> Result<RawFile, ModuleError> {
    let text = first_document(text.strip_prefix('\u{feff}').unwrap_or(text));
    match serde_yaml::from_str_with_options::<Option<RawFile>>(text, options()) {
        Ok(raw) => Ok(raw.unwrap_or_default()),
        Err(error) => {
            let line = error.location().map_or(0, |place| place.line());
            Err(ModuleError { file: file.into(), line, message: describe(&error) })
        }
    }
}

/// A text up to where its second document begins: a line of `---` or `...` ends a document wherever it stands.
fn first_document(text: &str) -> &str {
    let mut begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_mark = |mark| {
            line.strip_prefix(mark)
                .is_some_and(|rest| rest.trim_start().len() < rest.len() || rest.is_empty())
        };
        let (starts, ends) = (is_mark("---"), is_mark("..."));
        if begun && (starts || ends) {
            return &text[..at];
        }
        let content = if starts { &line[3..] } else { line }.trim_start();
        begun |= !content.is_empty() && !content.starts_with(['#', '%']);
        at += line.len();
    }
    text
}

/// The parser's message without the place, which is told apart; for a key nobody knows, the nearest one that
/// exists.
fn describe(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("unknown key {field:?}{}", did_you_mean(field, expected.iter().copied()))
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("key {key:?} already set in map"),
        Error::AliasError { error, .. } => describe(error),
        _ => {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or(&text);
            text.lines().next().unwrap_or("not valid YAML").to_owned()
        }
    }
}

/// Upstream's own file has 220,000 nodes; a fleet's generated one may have a few times that.
fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
            max_aliases: 1_000_000,
            max_anchors: 1_000_000,
            max_merge_keys: 1_000_000,
            enforce_alias_anchor_ratio: false,
        },
        // Go's yaml.v2 is YAML 1.1.
        legacy_octal_numbers: true,
        // A snippet could show a secret of `auths`.
        with_snippet: false,
    }
}
