//! Who speaks SNMPv3, how that is proven, and about which context.

use super::{AuthProtocol, EngineId, PrivProtocol, SecurityLevel};
use crate::Secret;

/// A user of the User-based Security Model (RFC 3414), as the agents know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// The name (`usmUserName`, up to 32 octets).
    pub name: Secret,
    /// Whether the name may stand in errors.
    pub name_is_public: bool,
    /// What protects its messages.
    pub security: Security,
    /// What it asks about.
    pub context: Context,
}

/// What protects a user's messages: a security level (RFC 3411 §3.4.3) with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Security {
    /// Nothing.
    NoAuthNoPriv,
    /// A signature.
    AuthNoPriv(Authentication),
    /// A signature and a cipher.
    AuthPriv(Authentication, Privacy),
}

/// How messages are signed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authentication {
    /// The protocol.
    pub protocol: AuthProtocol,
    /// The password.
    pub password: Secret,
}

/// How messages are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Privacy {
    /// The protocol.
    pub protocol: PrivProtocol,
    /// The password.
    pub password: Secret,
}

/// A collection of management information behind an agent (RFC 3411 §3.3.1): a VRF, a VLAN, another engine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Context {
    /// `contextName`, empty for the default one.
    pub name: String,
    /// `contextEngineID`, where it is not the agent's own. Whom the messages are for does not depend on it.
    pub engine_id: Option<EngineId>,
}

impl Security {
    /// The level.
    pub fn level(&self) -> SecurityLevel {
        match self {
            Security::NoAuthNoPriv => SecurityLevel::NoAuthNoPriv,
            Security::AuthNoPriv(_) => SecurityLevel::AuthNoPriv,
            Security::AuthPriv(..) => SecurityLevel::AuthPriv,
        }
    }
}

impl User {
    /// What these credentials lack, whatever the agent.
    pub fn problem(&self) -> Option<&'static str> {
        match &self.security {
            _ if self.name.expose().len() > 32 => Some("an SNMPv3 user's name has 32 octets at the most"),
            Security::AuthNoPriv(auth) | Security::AuthPriv(auth, _) if auth.password.is_empty() => {
                Some("the authentication password is empty")
            }
            Security::AuthPriv(_, privacy) if privacy.password.is_empty() => {
                Some("the privacy password is empty")
            }
            _ => None,
        }
    }
}
