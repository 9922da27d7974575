//! The User-based Security Model (RFC 3414): who may speak SNMPv3, and how that is proven.
//!
//! | room | holds |
//! |---|---|
//! | [`user`], [`protocol`], [`engine_id`] | what a caller says: who asks, with which protocols and passwords |
//! | [`keys`], [`auth`], [`privacy`], [`salts`] | keys from passwords, signatures, ciphers and what goes into them |
//! | [`clock`], [`engine`], [`session`] | whom a user speaks to: the engine, its clock, what is remembered of both |
//! | [`report`], [`trust`] | what an engine says is wrong with a request, and what a conversation makes of it |
//!
//! No room does IO, draws random numbers or looks at a clock. Messages as bytes are [`crate::codec`]'s. What is believed
//! when, and why: docs/adr/0007-usm-is-ours.md.

pub mod auth;
pub mod clock;
pub mod engine;
pub mod engine_id;
pub mod keys;
pub mod privacy;
pub mod protocol;
pub mod report;
pub mod salts;
pub mod session;
pub mod trust;
pub mod user;

pub use auth::AuthKey;
pub use clock::{Clock, EngineTime, Stale};
pub use engine::Engine;
pub use engine_id::{EngineId, EngineIdError};
pub use keys::Keys;
pub use privacy::PrivKey;
pub use protocol::{AuthProtocol, PrivProtocol, SecurityLevel};
pub use report::{Complaint, Proof, Report};
pub use salts::Salts;
pub use session::{Session, Sessions};
pub use trust::{Reaction, Trust};
pub use user::{Authentication, Context, Privacy, Security, User};

/// Octets from hexadecimal digits.
#[cfg(test)]
pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
