//! What can be wrong with a store, by name.

use thiserror::Error;

/// Why a store did not do what it was asked. None of these texts holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Nobody answers, or the connection has ended.
    #[error("the database cannot be reached: {0}")]
    Away(String),
    /// It does not let us in: wrong password, no such user or database, no right to the tables.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// No room is left.
    #[error("the database is full: {0}")]
    Full(String),
    /// It can be read only: a standby, or a file without the right to write.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// A statement or a lock took longer than it may.
    #[error("the database takes too long: {0}")]
    Slow(String),
    /// Someone else was in the way; the same again may succeed.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// Its files are damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Its schema is not what this program makes or knows.
    #[error("the database's schema: {0}")]
    Schema(String),
    /// It does not take what it was given.
    #[error("the database does not take it: {0}")]
    Rejected(String),
    /// It is named in a way that cannot be.
    #[error("{0}")]
    Misnamed(String),
}

impl StoreError {
    /// All words of [`StoreError::reason`].
    pub const REASONS: [&str; 10] =
        ["away", "refused", "full", "read_only", "slow", "busy", "damaged", "schema", "rejected", "misnamed"];

    /// One word for it, as metrics have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Away(_) => "away",
            Self::Refused(_) => "refused",
            Self::Full(_) => "full",
            Self::ReadOnly(_) => "read_only",
            Self::Slow(_) => "slow",
            Self::Busy(_) => "busy",
            Self::Damaged(_) => "damaged",
            Self::Schema(_) => "schema",
            Self::Rejected(_) => "rejected",
            Self::Misnamed(_) => "misnamed",
        }
    }

    /// Whether it is about what was to be written, so that trying the same again is of no use.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }

    /// The same error with the name of the database before it.
    #[must_use]
    pub fn of(mut self, database: &str) -> Self {
        let (Self::Away(text)
        | Self::Refused(text)
        | Self::Full(text)
        | Self::ReadOnly(text)
        | Self::Slow(text)
        | Self::Busy(text)
        | Self::Damaged(text)
        | Self::Schema(text)
        | Self::Rejected(text)
        | Self::Misnamed(text)) = &mut self;
        *text = format!("{database}: {text}");
        self
    }
}
