//! `ward-classifier rules test`: is a rule file right, and what do its tests not reach.

use crate::rules::Ruleset;

/// Tests a file; what comes back is for the terminal.
///
/// # Errors
/// The file cannot be read, or has mistakes, or tests of it fail.
pub fn run(file: &str) -> Result<String, String> {
    Ok(report(file, &super::rules(file)?))
}

/// What there is to say about a file that is right.
fn report(file: &str, rules: &Ruleset) -> String {
    let coverage = rules.coverage();
    let mut out = format!("{file}: rules: {}, tests: {}, all passed\n", coverage.rules, coverage.tests);
    for warning in rules.warnings() {
        out.push_str(&format!("warning: {warning}\n"));
    }
    if !coverage.untested.is_empty() {
        out.push_str(&format!("rules without a test: {}\n", coverage.untested.len()));
        for (rule, line) in &coverage.untested {
            out.push_str(&format!("  {file}:{line}: {rule}\n"));
        }
    }
    out
}
