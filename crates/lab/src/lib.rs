//! Simulated agents and networks, faults on purpose, a recorder and a scrape benchmark.
//!
//! From the wire up: [`ber`] and [`message`] are the codec, [`oid`] and [`value`] what it carries. A [`mib`] is
//! what an agent knows, and [`respond`] what it answers by the book. [`fault`] is what it does wrong on purpose,
//! and [`agent`] puts all of it behind a UDP socket. Where the objects come from: [`synth`] makes devices up,
//! [`snmprec`] reads recordings of real ones. [`ask`] is the other side of the codec, for looking at agents.
//!
//! ```
//! # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
//! # use ward_lab as lab;
//! use lab::{Agent, Mib, Value};
//!
//! let mib = Mib::of([([1, 3, 6, 1, 2, 1, 1, 5, 0], Value::text("rustavi-r1"))])?;
//! let round_trip = std::time::Duration::from_millis(20);
//! let agent = Agent::new(mib).delay(round_trip).fault("gen_err@5".parse()?).spawn().await?;
//! // … scrape agent.addr() …
//! assert!(agent.stats().requests <= 5);
//! # Ok(())
//! # }
//! ```
//!
//! [`traffic`] has no agents at all: it is weeks of traffic made up, for rules to be tried on.
//!
//! The codec is this crate's own and shares nothing with the SNMP client it is there to test: a mistake in one must
//! not cancel itself out in the other.

pub mod agent;
pub mod ask;
pub mod ber;
pub mod dice;
pub mod fault;
pub mod message;
pub mod mib;
pub mod oid;
mod post;
pub mod respond;
pub mod snmprec;
pub mod synth;
pub mod traffic;
pub mod v3;
pub mod value;

pub use agent::{Agent, Behaviour, EngineState, RunningAgent, Service, SpawnError, Stats};
pub use fault::{Fault, FaultRule, When};
pub use message::Version;
pub use mib::{Mib, MibBuilder};
pub use oid::Oid;
pub use respond::{Limits, Miss};
pub use v3::{AuthProtocol, Engine, Level, PrivProtocol, User};
pub use value::{Moving, MovingKind, Value};
