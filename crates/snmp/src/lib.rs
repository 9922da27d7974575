//! The SNMP client both daemons stand on.
//!
//! | room | holds |
//! |---|---|
//! | [`oid`] | object identifiers and table indexes |
//! | [`target`] | whom to talk to: credentials, limits |
//! | [`value`] | SMI values as they came over the wire |
//! | [`wanted`] | what a caller asks for, and what came back |
//!
//! Data flows one way: a caller says what is [`Wanted`], the walk engine turns it into requests, the session sends
//! them and waits, the codec makes bytes of them, the transport carries the bytes; answers take the same way back
//! and end in a [`Harvest`].

pub mod codec;
pub mod device;
pub mod oid;
pub mod pacer;
pub mod pdu;
pub mod target;
pub mod value;
pub mod walk;
pub mod wanted;

pub use oid::{Index, Oid, OidError};
pub use target::{Credentials, Limits, Secret};
pub use value::Value;
pub use wanted::{Cell, Column, Cost, Failure, Harvest, Subtree, Trouble, Wanted};
