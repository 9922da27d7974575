//! What an engine says is wrong with a request: a Report PDU (RFC 3412 §7.1, RFC 3414 §3.2).

use super::{EngineId, EngineTime, Security, User};

/// A Report, and how far it can be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What it is about.
    pub complaint: Complaint,
    /// The engine that says so.
    pub engine: EngineId,
    /// What it says its clock shows.
    pub shown: EngineTime,
    /// How far it can be believed.
    pub proof: Proof,
}

/// How far a Report can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Anybody who saw the request can have sent it.
    None,
    /// Only the engine can have signed it, but its clock showed less than it was known to have shown before.
    FromThePast,
    /// Only the engine can have sent it.
    Full,
}

/// The counter that a Report names: each counts one thing that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complaint {
    /// `usmStatsUnsupportedSecLevels`.
    UnsupportedSecLevel,
    /// `usmStatsNotInTimeWindows`.
    NotInTimeWindow,
    /// `usmStatsUnknownUserNames`.
    UnknownUserName,
    /// `usmStatsUnknownEngineIDs`: whom a message is for, or, asked on purpose, what the engine's id is.
    UnknownEngineId,
    /// `usmStatsWrongDigests`.
    WrongDigest,
    /// `usmStatsDecryptionErrors`.
    DecryptionError,
    /// `snmpUnavailableContexts` (RFC 3413).
    UnavailableContext,
    /// `snmpUnknownContexts` (RFC 3413).
    UnknownContext,
    /// `snmpUnknownPDUHandlers` (RFC 3412): nobody there for the context engine id.
    UnknownPduHandler,
    /// Any other.
    Other,
}

impl Complaint {
    /// What the counter with this name counts.
    pub fn from_name(name: &[u32]) -> Self {
        let Some(within) = name.strip_prefix(&[1, 3, 6, 1, 6, 3]) else { return Self::Other };
        match within {
            [15, 1, 1, 1, ..] => Self::UnsupportedSecLevel,
            [15, 1, 1, 2, ..] => Self::NotInTimeWindow,
            [15, 1, 1, 3, ..] => Self::UnknownUserName,
            [15, 1, 1, 4, ..] => Self::UnknownEngineId,
            [15, 1, 1, 5, ..] => Self::WrongDigest,
            [15, 1, 1, 6, ..] => Self::DecryptionError,
            [12, 1, 4, ..] => Self::UnavailableContext,
            [12, 1, 5, ..] => Self::UnknownContext,
            [11, 2, 1, 3, ..] => Self::UnknownPduHandler,
            _ => Self::Other,
        }
    }

    /// The counter's name in its MIB.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnsupportedSecLevel => "usmStatsUnsupportedSecLevels",
            Self::NotInTimeWindow => "usmStatsNotInTimeWindows",
            Self::UnknownUserName => "usmStatsUnknownUserNames",
            Self::UnknownEngineId => "usmStatsUnknownEngineIDs",
            Self::WrongDigest => "usmStatsWrongDigests",
            Self::DecryptionError => "usmStatsDecryptionErrors",
            Self::UnavailableContext => "snmpUnavailableContexts",
            Self::UnknownContext => "snmpUnknownContexts",
            Self::UnknownPduHandler => "snmpUnknownPDUHandlers",
            Self::Other => "a counter that is not known",
        }
    }

    /// What is wrong, for people who have to put it right.
    pub fn explain(self, user: &User) -> String {
        let who = match user.name_is_public {
            true => format!("user {:?}", user.name.expose()),
            false => "the user of these credentials".into(),
        };
        let (auth, privacy) = match &user.security {
            Security::NoAuthNoPriv => ("none", "none"),
            Security::AuthNoPriv(auth) => (auth.protocol.as_str(), "none"),
            Security::AuthPriv(auth, privacy) => (auth.protocol.as_str(), privacy.protocol.as_str()),
        };
        let context = &user.context;
        match self {
            Self::UnknownUserName => match user.name_is_public {
                true => format!("unknown {who}: the agent has none of this name"),
                false => "unknown user: the agent has none with the name in these credentials".into(),
            },
            Self::WrongDigest => {
                format!("wrong authentication password or protocol ({auth}) for {who}, says the agent")
            }
            Self::DecryptionError => {
                format!("wrong privacy password or protocol ({privacy}) for {who}: the agent cannot decrypt its requests")
            }
            Self::UnsupportedSecLevel => {
                format!("the agent does not support security level {} for {who}", user.security.level())
            }
            Self::UnknownContext => format!("the agent has no context {:?}", context.name),
            Self::UnavailableContext => format!("the agent's context {:?} is not available now", context.name),
            Self::UnknownPduHandler => match &context.engine_id {
                Some(engine) => format!("the agent has nothing behind context engine id {engine}"),
                None => "the agent has nothing behind its own engine id (unknownPDUHandlers)".into(),
            },
            Self::NotInTimeWindow => {
                "the agent says again and again that requests are outside of its time window, whatever time of its \
                 own they name"
                    .into()
            }
            Self::UnknownEngineId => {
                "the agent says again and again that requests are for another engine, whatever engine id of its own \
                 they name"
                    .into()
            }
            Self::Other => "the agent refuses the request with a report it does not explain".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usm::{AuthProtocol, Authentication, Context, PrivProtocol, Privacy};
    use crate::{Oid, Secret};

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        let authentication =
            Authentication { protocol: AuthProtocol::Sha256, password: Secret::new("auth-secret") };
        let privacy = Privacy { protocol: PrivProtocol::Aes, password: Secret::new("priv-secret") };
        let context = Context { name: "vrf-a".into(), engine_id: "8000000001".parse().ok() };
        let user = User {
            name: Secret::new("ward"),
            name_is_public: true,
            security: Security::AuthPriv(authentication, privacy),
            context,
        };
        let nameless = User { name_is_public: false, ..user.clone() };
        for (oid, text, nameless_text) in [
            (
                "1.3.6.1.6.3.15.1.1.1.0",
                "the agent does not support security level authPriv for user \"ward\"",
                "the agent does not support security level authPriv for the user of these credentials",
            ),
            (
                "1.3.6.1.6.3.15.1.1.3.0",
                "unknown user \"ward\": the agent has none of this name",
                "unknown user: the agent has none with the name in these credentials",
            ),
            (
                "1.3.6.1.6.3.15.1.1.5.0",
                "wrong authentication password or protocol (SHA256) for user \"ward\", says the agent",
                "wrong authentication password or protocol (SHA256) for the user of these credentials, says the agent",
            ),
            (
                "1.3.6.1.6.3.15.1.1.6.0",
                "wrong privacy password or protocol (AES) for user \"ward\": the agent cannot decrypt its requests",
                "wrong privacy password or protocol (AES) for the user of these credentials: the agent cannot decrypt its requests",
            ),
            ("1.3.6.1.6.3.12.1.4.0", "the agent's context \"vrf-a\" is not available now", ""),
            ("1.3.6.1.6.3.12.1.5.0", "the agent has no context \"vrf-a\"", ""),
            ("1.3.6.1.6.3.11.2.1.3.0", "the agent has nothing behind context engine id 8000000001", ""),
            ("1.3.6.1.6.3.11.2.1.2.0", "the agent refuses the request with a report it does not explain", ""),
            ("1.3.6.1.2.1.1.1.0", "the agent refuses the request with a report it does not explain", ""),
        ] {
            let complaint = Complaint::from_name(oid.parse::<Oid>().unwrap().arcs());
            assert_eq!(complaint.explain(&user), text);
            assert_eq!(
                complaint.explain(&nameless),
                if nameless_text.is_empty() { text } else { nameless_text }
            );
        }
        for (oid, complaint) in [
            ("1.3.6.1.6.3.15.1.1.2.0", Complaint::NotInTimeWindow),
            ("1.3.6.1.6.3.15.1.1.4.0", Complaint::UnknownEngineId),
            ("1.3.6.1.6.3.15.1.1.4", Complaint::UnknownEngineId),
        ] {
            assert_eq!(Complaint::from_name(oid.parse::<Oid>().unwrap().arcs()), complaint);
            assert!(!complaint.explain(&user).contains("secret"));
        }
    }
}
