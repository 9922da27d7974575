//! The User-based Security Model (RFC 3414): who may speak SNMPv3, and how that is proven.

pub mod engine_id;
pub mod protocol;
pub mod user;

pub use engine_id::{EngineId, EngineIdError};
pub use protocol::{AuthProtocol, PrivProtocol, SecurityLevel};
pub use user::{Authentication, Context, Privacy, Security, User};
