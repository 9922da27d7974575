//! What can be wrong with the server that keeps the series, by name.

use thiserror::Error;

/// Why a question to the series was not answered. None of these texts holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricsError {
    /// Nobody answers, or the connection has ended.
    #[error("{server} cannot be reached: {what}")]
    Away {
        /// Where it was looked for.
        server: String,
        /// What happened.
        what: String,
    },
    /// It takes longer than somebody waits.
    #[error("{server} did not answer within {seconds} s")]
    Slow {
        /// Who was asked.
        server: String,
        /// So long it was waited.
        seconds: u64,
    },
    /// It does not let us in, or does not answer this question.
    #[error("{server} refuses: {what}")]
    Refused {
        /// Who was asked.
        server: String,
        /// What it says.
        what: String,
    },
    /// What it answers is no answer to a PromQL question.
    #[error("{server} answers oddly, is it the right URL? {what}")]
    Odd {
        /// Who was asked.
        server: String,
        /// What is odd.
        what: String,
    },
    /// The answer is longer than it may be.
    #[error("the answer of {server} is longer than {octets} bytes, ask for less at once")]
    TooLong {
        /// Who was asked.
        server: String,
        /// So long it may be.
        octets: usize,
    },
    /// More is asked than is passed on at once.
    #[error("more is asked of the series than is passed on at once")]
    Busy,
}

impl MetricsError {
    /// All words of [`MetricsError::reason`].
    pub const REASONS: [&str; 6] = ["away", "slow", "refused", "odd", "too_long", "busy"];

    /// One word for it, as metrics have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Away { .. } => "away",
            Self::Slow { .. } => "slow",
            Self::Refused { .. } => "refused",
            Self::Odd { .. } => "odd",
            Self::TooLong { .. } => "too_long",
            Self::Busy => "busy",
        }
    }
}
