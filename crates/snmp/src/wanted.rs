//! What a caller asks of a device, and what came back.

use std::time::Duration;

use crate::pdu::ErrorStatus;
use crate::{Index, Oid, Value};

/// What to read from a device in one go. The order of the lists is the order of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Instances to GET, e.g. `1.3.6.1.2.1.1.3.0`.
    pub get: Vec<Oid>,
    /// Subtrees to read whole: usually one column each. None may lie within another.
    pub subtrees: Vec<Subtree>,
    /// Subtrees of which a good part is wanted, such as a whole table; only a hint. The columns below one of them may
    /// be read in passing, as a plain walk of it reads them: with what lies between, and in the belief that the agent
    /// goes through it in order.
    pub walks: Vec<Oid>,
}

/// One subtree to read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtree {
    /// The subtree's root, usually a column such as `1.3.6.1.2.1.2.2.1.10`. Where the root itself is an instance,
    /// its value is read too, with an empty index.
    pub oid: Oid,
    /// Whether it is expected to hold one scalar (`.0`) and nothing else. Only a hint: what is there is read either way.
    pub scalar: bool,
}

/// One instance below a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The arcs behind the column's OID.
    pub index: Index,
    /// The value; never an exception (noSuchObject, noSuchInstance, endOfMibView): such cells do not exist.
    pub value: Value,
}

/// What was read of one `get` instance or one subtree.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Column {
    /// The OID that was asked for.
    pub oid: Oid,
    /// What lies below it, by index in SNMP order, each index once. A GET's answer has an empty index.
    pub cells: Vec<Cell>,
    /// Why it may be incomplete; `None` when all of it was read.
    pub trouble: Option<Trouble>,
    /// Packets that carried at least one of its cells or asked only for it.
    pub packets: u32,
}

/// Why a column is incomplete, or a value missing from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No (more) answers; the text names attempts and time.
    #[error("{0}")]
    Unanswered(String),
    /// The conversation ended before all of it was read; [`Harvest::failure`] says why.
    #[error("the walk ended before all of it was read")]
    Unfinished,
    /// The agent went back: it named an OID at or before the one it was asked to go on from.
    #[error("OID not increasing: {asked} >= {answered}")]
    NotIncreasing {
        /// The OID the request went on from.
        asked: Oid,
        /// The OID the agent answered with.
        answered: Oid,
    },
    /// A value could not be decoded; it was skipped.
    #[error("undecodable value at {oid}: {reason}")]
    Undecodable {
        /// The instance.
        oid: Oid,
        /// What is wrong with its bytes.
        reason: String,
    },
    /// The agent answered an error-status (RFC 3416 §3) that halving and stepping past did not cure.
    #[error("agent answered {status} at {oid}")]
    ErrorStatus {
        /// Such as `genErr`.
        status: ErrorStatus,
        /// The instance it points at.
        oid: Oid,
    },
}

impl Trouble {
    /// A short word for it, for use as a label: `unanswered`, `unfinished`, `not_increasing`, `undecodable`,
    /// `error_status`.
    pub fn reason(&self) -> &'static str {
        match self {
            Trouble::Unanswered(_) => "unanswered",
            Trouble::Unfinished => "unfinished",
            Trouble::NotIncreasing { .. } => "not_increasing",
            Trouble::Undecodable { .. } => "undecodable",
            Trouble::ErrorStatus { .. } => "error_status",
        }
    }
}

/// What came back, `get` first, then the subtrees, in the order they were asked for.
#[derive(Debug, Default)]
pub struct Harvest {
    /// One for each [`Wanted::get`].
    pub gets: Vec<Column>,
    /// One for each [`Wanted::subtrees`].
    pub columns: Vec<Column>,
    /// What it cost.
    pub cost: Cost,
    /// Why it ended early, where it did; columns then hold what was read before.
    pub failure: Option<Failure>,
}

/// What a harvest cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    /// Requests sent, resent ones included.
    pub packets_sent: u64,
    /// Requests sent again because no answer came.
    pub packets_retried: u64,
    /// Answers received in time.
    pub packets_received: u64,
    /// Varbinds in the answers that were kept.
    pub varbinds: u64,
    /// Octets sent and received, UDP payload only.
    pub bytes_sent: u64,
    /// Octets received, UDP payload only.
    pub bytes_received: u64,
    /// Varbinds that could not be decoded and were skipped.
    pub undecodable: u64,
    /// The most requests that were in flight at once.
    pub most_in_flight: u32,
    /// The longest chain of requests that had to wait for each other.
    pub rounds: u32,
    /// Smoothed round-trip time, where an answer came.
    pub round_trip: Option<Duration>,
    /// How long each answer took from the last time its request was sent, in the order they came.
    pub answer_times: Vec<Duration>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

/// Why a conversation with a device ended before all was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer within timeout and retries.
    #[error("request timeout (after {retries} retries)")]
    Timeout {
        /// How often the last request was sent again.
        retries: u32,
    },
    /// SNMPv3: the agent said who it is, and then answered nothing that this user asked, within timeout and retries.
    #[error(
        "request timeout (after {retries} retries): the agent says who it is, but does not answer this user, whose \
         {suspect} may be wrong"
    )]
    Ignored {
        /// How often the last request was sent again.
        retries: u32,
        /// What agents are silent about when it is wrong.
        suspect: &'static str,
    },
    /// The scraper's deadline passed first.
    #[error("deadline of {after:?} passed before the walk was complete")]
    Deadline {
        /// How long the walk had taken.
        after: Duration,
    },
    /// There is no way to it.
    #[error("{0}")]
    Unreachable(String),
    /// The host is there and says that nobody listens on the port (ICMP, or a TCP reset).
    #[error("{0}")]
    PortClosed(String),
    /// The agent refuses these credentials.
    #[error("{0}")]
    Auth(String),
    /// Answers came, but none that could be read.
    #[error("{0}")]
    Decode(String),
    /// A fault of this machine: no socket, no descriptors left.
    #[error("{0}")]
    Local(String),
}

impl Failure {
    /// The short word used as `reason` label: `timeout`, `unreachable`, `auth`, `decode`, `local`.
    pub fn reason(&self) -> &'static str {
        match self {
            Failure::Timeout { .. } | Failure::Deadline { .. } => "timeout",
            Failure::Unreachable(_) | Failure::PortClosed(_) => "unreachable",
            // It is there, and silent to this user only.
            Failure::Auth(_) | Failure::Ignored { .. } => "auth",
            Failure::Decode(_) => "decode",
            Failure::Local(_) => "local",
        }
    }
}
