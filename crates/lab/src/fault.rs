//! What an agent does wrong on purpose: the faults by name, and when they strike.

mod act;
mod parse;
mod security;

use std::time::Duration;

use serde::Deserialize;

use crate::oid::Oid;

pub use act::Prank;
pub use parse::{FaultError, HELP, parse_duration};
pub use security::{Forgery, Reboot, SecurityFault};

/// A way for an agent to misbehave. The texts are what [`FaultRule`] reads; upper and lower case, `_` and `-`
/// make no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `drop`, `silence`: no answer.
    Drop,
    /// `late:3s`: the answer comes so much later than it would.
    Late(Duration),
    /// `duplicate`: the answer comes twice.
    Duplicate,
    /// `other_port`: the answer comes from another port of the same address.
    OtherPort,
    /// `wrong_request_id`: the answer bears the number of another request.
    WrongRequestId,
    /// `wrong_community`: the answer bears another community.
    WrongCommunity,
    /// `cut_packet`: the second half of the answer's octets is missing.
    CutPacket,
    /// `garbage`: octets that are no message.
    Garbage,
    /// `too_big`, `too_big:20`: tooBig, always or where more than so many varbinds are asked for.
    TooBig(Option<usize>),
    /// `gen_err`, `gen_err:OID`: genErr, always or where this object is reached, which error-index then
    /// names.
    GenErr(Option<Oid>),
    /// `error_status:5`: this error, with the first varbind of the answer, its value NULL, and error-index 1.
    ErrorStatus(u8),
    /// `error_status_empty:1`: this error, without varbinds.
    ErrorStatusEmpty(u8),
    /// `empty_varbinds`: noError, and no varbinds.
    EmptyVarbinds,
    /// `echo_request_oid`: one varbind: the first OID that was asked itself, INTEGER 1.
    EchoRequestOid,
    /// `swap_first_two`: the first two varbinds change places.
    SwapFirstTwo,
    /// `duplicate_first`: the first varbind comes twice.
    DuplicateFirst,
    /// `truncate:3`: only the first varbinds.
    Truncate(usize),
    /// `last_less_than_earlier`: the first five varbinds, then the third again.
    LastLessThanEarlier,
    /// `loop`: the answer begins at the first row of each asked column, however far the client has come.
    Loop,
    /// `undecodable:integer`, `undecodable:ip`, `undecodable:length`: a varbind in the middle that cannot be
    /// read.
    Undecodable(Nonsense),
    /// `hide_row:3`: the rows with this index are not there.
    HideRow(u32),
    /// A fault of SNMPv3.
    Security(SecurityFault),
}

/// What is wrong with an undecodable varbind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonsense {
    /// An INTEGER of no octets.
    Integer,
    /// An IpAddress of three octets.
    IpAddress,
    /// A value longer than the varbind it stands in.
    Length,
}

/// On which requests a fault strikes; they are counted from 1, retransmissions included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The first request.
    pub from: u64,
    /// The last request.
    pub to: u64,
    /// Every so manieth request from the first on; 1 for all of them.
    pub every: u64,
}

impl When {
    /// On every request.
    pub const ALWAYS: When = When { from: 1, to: u64::MAX, every: 1 };

    /// Only on the n-th request.
    pub fn on(request: u64) -> Self {
        When { from: request, to: request, every: 1 }
    }

    /// From the n-th request on.
    pub fn from(request: u64) -> Self {
        When { from: request, ..When::ALWAYS }
    }

    /// Whether it strikes on this request.
    pub fn strikes(&self, request: u64) -> bool {
        (self.from..=self.to).contains(&request) && (request - self.from).is_multiple_of(self.every.max(1))
    }
}

/// A fault and when it strikes. As a text: `FAULT`, always; `FAULT@5`, on the fifth request; `FAULT@5+`, from
/// then on; `FAULT@5-9`, on those; `FAULT@/3`, on every third.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FaultRule {
    /// What happens.
    pub fault: Fault,
    /// When.
    pub when: When,
}

impl FaultRule {
    /// A fault on every request.
    pub fn always(fault: Fault) -> Self {
        Self { fault, when: When::ALWAYS }
    }

    /// A fault on the n-th request.
    pub fn on(request: u64, fault: Fault) -> Self {
        Self { fault, when: When::on(request) }
    }

    /// A fault from the n-th request on.
    pub fn from(request: u64, fault: Fault) -> Self {
        Self { fault, when: When::from(request) }
    }
}
