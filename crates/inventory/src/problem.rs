//! What is wrong with a file, said so that it can be put right: place, key, what is there and what would be right.

use std::cell::RefCell;
use std::fmt;

use serde_yaml::Location;

/// As many mistakes of one file are told; more of them seldom help.
const MOST_TOLD: usize = 20;

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl At {
    /// Where a file begins.
    pub const START: At = At { line: 1, column: 1 };
}

impl From<Location> for At {
    fn from(place: Location) -> Self {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).max(1);
        At { line: number(place.line()), column: number(place.column()) }
    }
}

/// One mistake of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub at: At,
    /// The key it is about, such as `devices[rustavi-r1].port`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.at.line, self.at.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// The mistakes found so far. Shared by all that look for some.
#[derive(Debug, Default)]
pub struct Problems {
    list: RefCell<Vec<Problem>>,
}

impl Problems {
    /// Notes a mistake.
    pub fn push(&self, at: At, key: &str, message: impl Into<String>) {
        self.list.borrow_mut().push(Problem { at, key: key.to_owned(), message: message.into() });
    }

    /// All of them, as they stand in the file.
    pub fn finish(self) -> Vec<Problem> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|problem| (problem.at.line, problem.at.column));
        list
    }
}

/// Why a file was refused.
#[derive(Debug)]
pub enum LoadError {
    /// It could not be read at all.
    Unreadable {
        /// The file.
        file: String,
        /// The system's word.
        error: std::io::Error,
    },
    /// It was read, and these mistakes are in it; never an empty list.
    Invalid {
        /// The file.
        file: String,
        /// In the order of the file.
        problems: Vec<Problem>,
    },
}

impl LoadError {
    /// Whether the file does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, LoadError::Unreadable { error, .. } if error.kind() == std::io::ErrorKind::NotFound)
    }

    /// The mistakes in it, where it could be read.
    pub fn problems(&self) -> &[Problem] {
        match self {
            LoadError::Unreadable { .. } => &[],
            LoadError::Invalid { problems, .. } => problems,
        }
    }
}

impl std::error::Error for LoadError {}

impl fmt::Display for LoadError {
    /// One line for each mistake: `devices.yml:7:23: devices[rustavi-r1].port: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unreadable { file, error } => write!(f, "{file}: {error}"),
            LoadError::Invalid { file, problems } => {
                for (i, problem) in problems.iter().take(MOST_TOLD).enumerate() {
                    write!(f, "{}{file}:{problem}", if i == 0 { "" } else { "\n" })?;
                }
                match problems.len().checked_sub(MOST_TOLD) {
                    Some(more @ 1..) => write!(f, "\n{file}: and {more} more"),
                    _ => Ok(()),
                }
            }
        }
    }
}
