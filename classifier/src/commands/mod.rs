//! What `ward-classifier` does from the terminal.

use std::fs;
use std::io::Read;

use crate::rules::{BUILT_IN, RuleError, Ruleset};

pub mod diff;
pub mod explain;
pub mod test;

/// Reads a rule file; `built-in` is the one this program brings along.
pub(crate) fn rules(file: &str) -> Result<Ruleset, String> {
    match file {
        "built-in" => Ruleset::parse(BUILT_IN, file),
        file => Ruleset::parse(&read(file)?, file),
    }
    .map_err(|errors| told(&errors))
}

/// Reads a file of UTF-8; `-` is standard input.
pub(crate) fn read(file: &str) -> Result<String, String> {
    let mut octets = Vec::new();
    match file {
        "-" => std::io::stdin().read_to_end(&mut octets).map(|_| ()),
        file => fs::read(file).map(|read| octets = read),
    }
    .map_err(|error| format!("{file}: {error}"))?;
    String::from_utf8(octets).map_err(|error| format!("{file}: not UTF-8: {}", error.utf8_error()))
}

/// As many mistakes of one file are told.
const MOST_TOLD: usize = 20;

/// All mistakes, one a line.
pub(crate) fn told(errors: &[RuleError]) -> String {
    let mut lines: Vec<String> = errors.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    if let Some(more @ 1..) = errors.len().checked_sub(MOST_TOLD) {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}
