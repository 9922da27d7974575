//! Whom to talk to and how: the vocabulary the inventory fills in.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::usm::{Context, User};

/// A secret that prints as `<secret>` and can only be read on purpose.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; what it is used for must not print it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// How a request proves who sends it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// SNMPv1 (RFC 1157): no GETBULK, no 64-bit counters.
    V1 {
        /// The community.
        community: Secret,
    },
    /// SNMPv2c (RFC 1901, RFC 3416).
    V2c {
        /// The community.
        community: Secret,
    },
    /// SNMPv3 (RFC 3412) with the User-based Security Model (RFC 3414).
    V3(User),
}

impl Credentials {
    /// `1`, `2c` or `3`.
    pub fn version(&self) -> &'static str {
        match self {
            Credentials::V1 { .. } => "1",
            Credentials::V2c { .. } => "2c",
            Credentials::V3(_) => "3",
        }
    }

    /// What SNMPv3 asks about; the other versions have no contexts.
    pub fn context_mut(&mut self) -> Option<&mut Context> {
        match self {
            Credentials::V1 { .. } | Credentials::V2c { .. } => None,
            Credentials::V3(user) => Some(&mut user.context),
        }
    }
}

/// The limits of a conversation with one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// How often an unanswered request is sent again at the most.
    pub retries: u32,
    /// Requests in flight at the most; 1 is always correct.
    pub max_in_flight: u32,
    /// Varbinds an answer is asked to hold at the most in each column, where a device is known to need that.
    pub max_repetitions: Option<u32>,
    /// Whether an agent that goes back in the MIB is read on rather than reported.
    pub allow_nonincreasing_oids: bool,
    /// Whether UDP answers count that come from another address or port than was asked, as some agents with several
    /// addresses send them. Then whoever guesses a request-id (31 bits) and the socket's port can forge an answer.
    pub answers_from_anywhere: bool,
}

impl Default for Limits {
    /// snmp_exporter's five seconds and three retries, 32 in flight.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            retries: 3,
            max_in_flight: 32,
            max_repetitions: None,
            allow_nonincreasing_oids: false,
            answers_from_anywhere: false,
        }
    }
}

/// What carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Protocol {
    /// One message a datagram (RFC 3417 §3).
    #[default]
    Udp,
    /// Messages one after another on a connection (RFC 3430).
    Tcp,
}

/// One device to talk to.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Address and port.
    pub address: SocketAddr,
    /// What carries the messages.
    pub protocol: Protocol,
    /// How to prove who asks.
    pub credentials: Credentials,
    /// The limits of the conversation.
    pub limits: Limits,
    /// Whether each packet is logged, at level debug: whose, how large, and what it asks or says, but no secret.
    pub trace: bool,
}

impl Target {
    /// A device that is asked over UDP, and whose packets nobody wants to see.
    pub fn new(address: SocketAddr, credentials: Credentials, limits: Limits) -> Self {
        Self { address, protocol: Protocol::Udp, credentials, limits, trace: false }
    }
}
