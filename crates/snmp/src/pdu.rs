//! Protocol data units (RFC 3416 §3) as the session sees them: version, community and encoding are the codec's business.

use std::fmt;

/// What a request asks the agent to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The named instances themselves (RFC 3416 §4.2.1).
    Get,
    /// The instance behind each name (§4.2.2).
    GetNext,
    /// Like [`Operation::GetNext`] for the first names, and again and again for the others (§4.2.3).
    GetBulk {
        /// How many of the first names are asked once only.
        non_repeaters: u32,
        /// How often the others are asked.
        max_repetitions: u32,
    },
}

/// The error-status of an answer (RFC 3416 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorStatus(pub u8);

impl ErrorStatus {
    /// All went well.
    pub const NO_ERROR: Self = Self(0);
    /// The answer would not fit.
    pub const TOO_BIG: Self = Self(1);
    /// SNMPv1: there is no such instance, or none behind it.
    pub const NO_SUCH_NAME: Self = Self(2);
    /// Something went wrong inside the agent.
    pub const GEN_ERR: Self = Self(5);
    /// The agent does not let these credentials in.
    pub const AUTHORIZATION_ERROR: Self = Self(16);
}

impl fmt::Display for ErrorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 19] = [
            "noError",
            "tooBig",
            "noSuchName",
            "badValue",
            "readOnly",
            "genErr",
            "noAccess",
            "wrongType",
            "wrongLength",
            "wrongEncoding",
            "wrongValue",
            "noCreation",
            "inconsistentValue",
            "resourceUnavailable",
            "commitFailed",
            "undoFailed",
            "authorizationError",
            "notWritable",
            "inconsistentName",
        ];
        match NAMES.get(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "error-status {}", self.0),
        }
    }
}
