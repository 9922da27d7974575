//! The SNMP client both daemons stand on.
//!
//! | room | holds |
//! |---|---|
//! | [`target`], [`wanted`] | what a caller says (whom to ask, how, and for what) and gets (a [`Harvest`]) |
//! | [`client`] | conversations: requests sent, waited for, resent |
//! | [`walk`] | the walk engine, without IO: which requests to send, and what their answers mean |
//! | [`pacer`], [`room`], [`device`] | what a device's answers say it can take, and what is remembered of it |
//! | [`codec`] | messages as bytes; the only place that knows which version is spoken |
//! | [`usm`] | what SNMPv3 proves: users, keys, signatures, ciphers, engines and their clocks |
//! | [`transport`] | UDP sockets and TCP connections, and who waits for what on them |
//! | `trace` | packets as lines of the log |
//! | [`pdu`], [`value`], [`oid`], [`source`] | the vocabulary |
//!
//! Data flows one way: a caller says what is [`Wanted`], the walk engine turns it into requests, the client sends
//! them and waits, the codec makes bytes of them, the transport carries the bytes; answers take the same way back
//! and end in a [`Harvest`].

pub mod client;
pub mod codec;
pub mod device;
pub mod oid;
pub mod pacer;
pub mod pdu;
pub mod room;
pub mod source;
pub mod target;
mod trace;
pub mod transport;
pub mod usm;
pub mod value;
pub mod walk;
pub mod wanted;

pub use client::Client;
pub use oid::{Index, Oid, OidError};
pub use source::{Source, SourceError};
pub use target::{Credentials, Limits, Protocol, Secret, Target};
pub use usm::{AuthProtocol, EngineId, EngineIdError, PrivProtocol, SecurityLevel, User};
pub use value::Value;
pub use wanted::{Cell, Column, Cost, Failure, Harvest, Subtree, Trouble, Wanted};
