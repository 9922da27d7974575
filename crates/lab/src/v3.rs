//! SNMPv3 with the user-based security model (RFC 3412, RFC 3414), for both sides.
//!
//! [`auth`] and [`privacy`] are the protocols, [`user`] turns passwords into keys. [`message`] is the wire format: a
//! [`Message`] is what came in, a [`Seal`] what goes around what goes out. [`engine`] is the agent's side, that
//! answers what it cannot accept with the [`report`]s of the RFC; [`client`] is the asking side.
//!
//! All of it but hashes and ciphers is written here, after the RFCs, without a look at the client it is there to test.

pub mod auth;
pub mod client;
pub mod engine;
pub mod message;
pub mod privacy;
pub mod report;
pub mod user;

pub use auth::AuthProtocol;
pub use client::Session;
pub use engine::Engine;
pub use message::{Message, Scoped, Seal};
pub use privacy::PrivProtocol;
pub use report::{ReportKind, UsmStats};
pub use user::{Level, User, UserError};

/// How many seconds a message may be early or late (RFC 3414 §2.2.3).
pub const TIME_WINDOW: u32 = 150;
/// The number of boots from which on nothing is in the time window any more, and the greatest time (RFC 3414
/// §2.2.2).
pub const MAX_BOOTS: u32 = 0x7fff_ffff;
/// The least msgMaxSize (RFC 3412 §6), which every engine can receive.
pub const LEAST_MAX_SIZE: u32 = 484;
