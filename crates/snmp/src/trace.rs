//! Packets as lines of the log, for who wants to see them: what they ask and say, and nothing of how they prove who
//! sends them.

use std::net::SocketAddr;

use tracing::{Level, debug, enabled};

use crate::codec::{Answer, DecodeError};
use crate::pdu::Operation;
use crate::target::Protocol;
use crate::{Oid, Target};

/// What the lines are filed under; a part of it is what a log filter names.
macro_rules! packets {
    () => {
        "ward_snmp::packets"
    };
}

/// Logs the packets of one conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace {
    peer: SocketAddr,
    protocol: &'static str,
}

/// What a request asks, kept for each time it is sent.
#[derive(Debug)]
pub(crate) struct Asked {
    pdu: &'static str,
    non_repeaters: Option<u32>,
    max_repetitions: Option<u32>,
    names: Names,
}

/// How many, and between which two.
#[derive(Debug, Default)]
struct Names {
    count: usize,
    first: Oid,
    last: Oid,
}

impl Names {
    fn add(&mut self, name: Oid) {
        if self.count == 0 {
            self.first = name.clone();
        }
        self.last = name;
        self.count += 1;
    }
}

impl Trace {
    /// `None` where nobody wants to see the packets of this target, or the log does not show them.
    pub fn of(target: &Target) -> Option<Self> {
        let protocol = match target.protocol {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
        };
        let shown = target.trace && enabled!(target: packets!(), Level::DEBUG);
        shown.then_some(Self { peer: target.address, protocol })
    }

    /// What there is to say of a request whenever it is sent.
    pub fn asked<'a>(
        self,
        operation: Operation,
        names: impl Iterator<Item = (&'a [u32], &'a [u32])>,
    ) -> Asked {
        let (pdu, non_repeaters, max_repetitions) = match operation {
            Operation::Get => ("GetRequest", None, None),
            Operation::GetNext => ("GetNextRequest", None, None),
            Operation::GetBulk { non_repeaters, max_repetitions } => {
                ("GetBulkRequest", Some(non_repeaters), Some(max_repetitions))
            }
        };
        let mut all = Names::default();
        names.for_each(|(head, tail)| all.add(Oid::new([head, tail].concat())));
        Asked { pdu, non_repeaters, max_repetitions, names: all }
    }

    /// A request was sent for the `attempt`-th time, from 1.
    pub fn sent(self, id: i32, bytes: usize, attempt: u32, asked: &Asked) {
        let Asked { pdu, non_repeaters, max_repetitions, names } = asked;
        debug!(
            target: packets!(),
            device = %self.peer,
            protocol = self.protocol,
            bytes,
            pdu,
            request_id = id,
            attempt,
            non_repeaters,
            max_repetitions,
            varbinds = names.count,
            first = %names.first,
            last = %names.last,
            "packet sent",
        );
    }

    /// An answer came.
    pub fn received(self, id: i32, bytes: usize, answer: &Answer) {
        let mut names = Names::default();
        answer.each(|name, _| names.add(Oid::new(name)));
        debug!(
            target: packets!(),
            device = %self.peer,
            protocol = self.protocol,
            bytes,
            pdu = "Response",
            request_id = id,
            error_status = %answer.status,
            error_index = answer.error_index,
            varbinds = names.count,
            first = %names.first,
            last = %names.last,
            "packet received",
        );
    }

    /// Something came that is no answer.
    pub fn no_answer(self, id: i32, bytes: usize, error: &DecodeError) {
        let DecodeError::Report(report) = error else {
            return self.trouble(Some(id), Some(bytes), error);
        };
        debug!(
            target: packets!(),
            device = %self.peer,
            protocol = self.protocol,
            bytes,
            pdu = "Report",
            request_id = id,
            counter = report.complaint.name(),
            engine_id = %report.engine,
            engine_boots = report.shown.boots,
            engine_time = report.shown.time,
            "packet received",
        );
    }

    /// Something else came, or nothing ever will.
    pub fn trouble(self, id: Option<i32>, bytes: Option<usize>, what: impl std::fmt::Display) {
        debug!(
            target: packets!(),
            device = %self.peer,
            protocol = self.protocol,
            bytes,
            request_id = id,
            error = %what,
            "no answer that can be read",
        );
    }
}
