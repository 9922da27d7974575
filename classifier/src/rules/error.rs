//! Why a rule file or a file of overrides was refused.

use std::fmt;

use inventory::Problem;

/// One mistake of a file: file, line, key, what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The file, as it was named.
    pub file: String,
    /// The rest.
    pub problem: Problem,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.problem)
    }
}

impl std::error::Error for RuleError {}

/// All problems of a file.
pub(crate) fn of_file(file: &str, problems: Vec<Problem>) -> Vec<RuleError> {
    problems.into_iter().map(|problem| RuleError { file: file.to_owned(), problem }).collect()
}
