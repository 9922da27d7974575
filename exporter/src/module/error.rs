//! Why a module file was refused.

use std::fmt;

/// A mistake in a module file: where it stands, what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleError {
    /// The file, as it was named; a pattern where no file could be read.
    pub file: String,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: u64,
    /// Module and metric it is about, where it is about one; then what is wrong.
    pub message: String,
}

impl ModuleError {
    /// A mistake of a whole file.
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, message: message.into() }
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ModuleError {}
