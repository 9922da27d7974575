//! What an agent counts.

use std::net::IpAddr;

use crate::message::{BadRequest, Oddity};
use crate::v3::UsmStats;

/// What an agent has seen and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets received, good and bad, the lost ones too.
    pub requests: u64,
    /// Of these, the ones that were no proper request; some of them were answered, as agents do.
    pub bad_requests: u64,
    /// What was wrong with the last bad one.
    pub last_bad: Option<String>,
    /// Requests with a community that is not the agent's. They got no answer.
    pub wrong_community: u64,
    /// What was reported of SNMPv3 messages that were not accepted. A discovery is an unknown engine id.
    pub usm: UsmStats,
    /// Requests lost on purpose, by [`super::Behaviour::loss`].
    pub lost: u64,
    /// Answers sent; duplicates count.
    pub answers: u64,
    /// Varbinds in them.
    pub varbinds: u64,
    /// UDP payload received, octets.
    pub bytes_in: u64,
    /// UDP payload sent, octets.
    pub bytes_out: u64,
    /// The most requests that were received and not answered yet, at once.
    pub max_outstanding: u64,
    /// The most requests that had to come one after another: a request's depth is one more than the greatest
    /// depth of the answers that had been sent to its sender (an IP address) when it came. Without a delay
    /// this says little: an answer is then out before a request that was sent together with its own comes in.
    pub rounds: u64,
}

/// The counters of an agent, and what they are worked out from.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) stats: Stats,
    outstanding: u64,
    /// The greatest depth answered to each client. There are few.
    depths: Vec<(IpAddr, u64)>,
    /// Answers to requests from before the last reset belong to no count.
    era: u64,
}

/// What is remembered about a request until its answer has left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    client: IpAddr,
    depth: u64,
    era: u64,
}

impl Ledger {
    pub(super) fn received(&mut self, octets: usize) {
        self.stats.requests += 1;
        self.stats.bytes_in += octets as u64;
    }

    pub(super) fn bad(&mut self, reason: &BadRequest) {
        self.stats.bad_requests += 1;
        self.stats.last_bad = Some(reason.to_string());
    }

    pub(super) fn odd(&mut self, oddity: &Oddity) {
        self.stats.bad_requests += 1;
        self.stats.last_bad = Some(oddity.to_string());
    }

    /// A request was taken on.
    pub(super) fn open(&mut self, client: IpAddr) -> Receipt {
        let answered = self.depths.iter().find(|(known, _)| *known == client).map_or(0, |(_, depth)| *depth);
        let depth = answered + 1;
        self.stats.rounds = self.stats.rounds.max(depth);
        self.outstanding += 1;
        self.stats.max_outstanding = self.stats.max_outstanding.max(self.outstanding);
        Receipt { client, depth, era: self.era }
    }

    /// Its answer leaves: `copies` packets of this size. No copies if there is none.
    pub(super) fn close(&mut self, receipt: Receipt, copies: u64, varbinds: usize, octets: usize) {
        if receipt.era != self.era {
            return;
        }
        self.outstanding = self.outstanding.saturating_sub(1);
        if copies == 0 {
            return;
        }
        self.stats.answers += copies;
        self.stats.varbinds += copies * varbinds as u64;
        self.stats.bytes_out += copies * octets as u64;
        match self.depths.iter_mut().find(|(known, _)| *known == receipt.client) {
            Some((_, depth)) => *depth = receipt.depth.max(*depth),
            None => self.depths.push((receipt.client, receipt.depth)),
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Ledger { era: self.era + 1, ..Ledger::default() };
    }
}
