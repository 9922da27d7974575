//! Requests come in, responses go out: PDUs (RFC 3416 §3), and the messages of SNMPv1 and v2c around them (RFC 1157 §4,
//! RFC 1901). What SNMPv3 wraps around a PDU is in [`crate::v3`].

use std::ops::Range;

use crate::ber::{self, BerError, Reader};
use crate::oid;
use crate::v3::Seal;

/// The protocol version of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// SNMPv1 (RFC 1157): no GETBULK, no Counter64, no exceptions.
    V1,
    /// SNMPv2c (RFC 1901).
    V2c,
    /// SNMPv3 (RFC 3412), whose PDUs are those of v2c.
    V3,
}

impl Version {
    /// The number that stands for it in a message.
    pub fn number(self) -> i64 {
        match self {
            Version::V1 => 0,
            Version::V2c => 1,
            Version::V3 => 3,
        }
    }
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The values of exactly these instances.
    Get,
    /// The next instance behind each of these OIDs.
    GetNext,
    /// The next instance behind each of the first, and many behind each of the rest.
    GetBulk {
        /// How many OIDs are asked like a GETNEXT; never below zero (RFC 3416 §4.2.3).
        non_repeaters: usize,
        /// How many rows are asked for the others; never below zero.
        max_repetitions: usize,
    },
    /// A change, which agents here refuse.
    Set,
}

/// Tags of the PDUs (RFC 3416 §3).
pub(crate) mod pdu {
    pub const GET: u8 = 0xa0;
    pub const GET_NEXT: u8 = 0xa1;
    pub const RESPONSE: u8 = 0xa2;
    pub const SET: u8 = 0xa3;
    pub const GET_BULK: u8 = 0xa5;
    pub const REPORT: u8 = 0xa8;
}

/// Error statuses of a response (RFC 3416 §3).
pub mod status {
    /// noError.
    pub const NO_ERROR: u8 = 0;
    /// tooBig: the answer does not fit.
    pub const TOO_BIG: u8 = 1;
    /// noSuchName: SNMPv1's only word for "not here".
    pub const NO_SUCH_NAME: u8 = 2;
    /// genErr: anything else.
    pub const GEN_ERR: u8 = 5;
    /// authorizationError: what a request gets that is less protected than its user has to be.
    pub const AUTHORIZATION_ERROR: u8 = 16;
    /// notWritable: what a SET gets here.
    pub const NOT_WRITABLE: u8 = 17;
}

/// Why a packet is not answered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// It is not BER, or not a message.
    #[error("{0}")]
    Ber(#[from] BerError),
    /// The version is none that this agent speaks.
    #[error("version {0} is not answered here (0 is v1, 1 is v2c, 3 is v3)")]
    Version(i32),
    /// The PDU is no request, or not one of this version.
    #[error("a PDU of tag {0:#04x} is no request in this version")]
    Pdu(u8),
    /// The security model is not the user-based one (RFC 3411 §3.1.1.1).
    #[error("security model {0} is unknown, only 3 is known")]
    SecurityModel(i32),
    /// msgFlags are not one octet, or say encrypted and not signed (RFC 3412 §7.2 step 5).
    #[error("msgFlags make no sense")]
    Flags,
    /// The message is longer than its receiver said it would take.
    #[error("{length} octets, and msgMaxSize was {max_size}")]
    TooLong {
        /// Octets of the message.
        length: usize,
        /// What the receiver had said.
        max_size: u32,
    },
    /// No Report about it may be sent (RFC 3412 §6.4), and it cannot be answered.
    #[error("a message that cannot be accepted, without the reportable flag")]
    NotReportable,
}

/// Something wrong with a request that is answered all the same, as agents do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Oddity {
    /// Octets follow the message, the PDU or the varbinds.
    #[error("octets follow the end")]
    Trailing,
    /// error-status and error-index are zero in a request.
    #[error("error-status or error-index is not zero")]
    ErrorFields,
    /// non-repeaters or max-repetitions is negative.
    #[error("non-repeaters or max-repetitions is negative")]
    NegativeBulk,
    /// What is asked carries NULL.
    #[error("a varbind of a request has a value")]
    Value,
    /// A request without varbinds asks for nothing.
    #[error("no varbinds")]
    Empty,
    /// A request wants to be told why it is not answered (RFC 3412 §6.4).
    #[error("a request without the reportable flag")]
    NotReportable,
    /// Everybody takes messages of 484 octets (RFC 3412 §6.2).
    #[error("msgMaxSize is less than 484")]
    MaxSize,
}

/// What is around a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope<'a> {
    /// SNMPv1 and v2c: the community.
    Community(&'a [u8]),
    /// SNMPv3: what the answer will be sealed with.
    Sealed(&'a Seal<'a>),
}

/// A request. The names asked for are in the buffer that [`Request::decode`] was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The version, which the response repeats.
    pub version: Version,
    /// What is around its PDU, likewise.
    pub envelope: Envelope<'a>,
    /// The number by which the client knows its request again.
    pub request_id: i32,
    /// What is asked.
    pub operation: Operation,
    /// The varbinds as they came, for errors that send them back.
    pub varbinds: &'a [u8],
    /// What is wrong with it, if it can be answered nevertheless.
    pub oddity: Option<Oddity>,
}

/// The OIDs of a request, in one buffer that is used again for the next.
#[derive(Debug, Default)]
pub struct Names {
    arcs: Vec<u32>,
    ranges: Vec<Range<usize>>,
}

impl Names {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The arcs of each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.ranges.iter().map(|range| &self.arcs[range.clone()])
    }

    fn clear(&mut self) {
        self.arcs.clear();
        self.ranges.clear();
    }

    fn push(&mut self, content: &[u8]) -> Result<(), BerError> {
        let from = self.arcs.len();
        oid::decode_arcs(content, &mut self.arcs)?;
        self.ranges.push(from..self.arcs.len());
        Ok(())
    }
}

impl<'a> Request<'a> {
    /// Reads a request of SNMPv1 or v2c from a packet, and the OIDs it asks for into `names`.
    pub fn decode(packet: &'a [u8], names: &mut Names) -> Result<Self, BadRequest> {
        let mut outer = Reader::new(packet);
        let mut message = Reader::new(outer.expect(ber::SEQUENCE)?);
        let version = match message.integer()? {
            0 => Version::V1,
            1 => Version::V2c,
            other => return Err(BadRequest::Version(other)),
        };
        let envelope = Envelope::Community(message.expect(ber::OCTET_STRING)?);
        let (tag, content) = message.value()?;
        let mut request = Self::decode_pdu(version, envelope, tag, content, names)?;
        if !outer.is_empty() || !message.is_empty() {
            request.oddity = Some(Oddity::Trailing);
        }
        Ok(request)
    }

    /// Reads a PDU of this tag and content, and the OIDs it asks for into `names`.
    pub fn decode_pdu(
        version: Version,
        envelope: Envelope<'a>,
        tag: u8,
        content: &'a [u8],
        names: &mut Names,
    ) -> Result<Self, BadRequest> {
        names.clear();
        let mut oddity = None;
        let mut odd = |found: bool, what: Oddity| {
            if found && oddity.is_none() {
                oddity = Some(what);
            }
        };
        let mut fields = Reader::new(content);
        let request_id = fields.integer()?;
        let (first, second) = (fields.integer()?, fields.integer()?);
        let varbinds = fields.expect(ber::SEQUENCE)?;
        odd(!fields.is_empty(), Oddity::Trailing);
        let operation = match tag {
            pdu::GET => Operation::Get,
            pdu::GET_NEXT => Operation::GetNext,
            pdu::SET => Operation::Set,
            pdu::GET_BULK if version != Version::V1 => {
                odd(first < 0 || second < 0, Oddity::NegativeBulk);
                Operation::GetBulk {
                    non_repeaters: usize::try_from(first).unwrap_or(0),
                    max_repetitions: usize::try_from(second).unwrap_or(0),
                }
            }
            other => return Err(BadRequest::Pdu(other)),
        };
        let bulk = matches!(operation, Operation::GetBulk { .. });
        odd(!bulk && (first != 0 || second != 0), Oddity::ErrorFields);
        let mut list = Reader::new(varbinds);
        while !list.is_empty() {
            let mut varbind = Reader::new(list.expect(ber::SEQUENCE)?);
            names.push(varbind.expect(ber::OBJECT_IDENTIFIER)?)?;
            let (value_tag, value) = varbind.value()?;
            odd(operation != Operation::Set && (value_tag != ber::NULL || !value.is_empty()), Oddity::Value);
            odd(!varbind.is_empty(), Oddity::Trailing);
        }
        odd(names.is_empty(), Oddity::Empty);
        Ok(Self { version, envelope, request_id, operation, varbinds, oddity })
    }
}

/// What a response says around its varbinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHead<'a> {
    /// The request's version.
    pub version: Version,
    /// What goes around the PDU.
    pub envelope: Envelope<'a>,
    /// The request's number.
    pub request_id: i32,
    /// One of [`status`].
    pub error_status: u8,
    /// The place of the varbind that is to blame, from 1; 0 for none.
    pub error_index: u32,
}

impl ResponseHead<'_> {
    /// How long the message is with varbinds of `varbinds` octets.
    pub fn message_len(&self, varbinds: usize) -> usize {
        let pdu = ber::value_len(self.pdu_len(varbinds));
        match self.envelope {
            Envelope::Community(community) => ber::value_len(self.community_len(community, pdu)),
            Envelope::Sealed(seal) => seal.message_len(pdu),
        }
    }

    /// Appends the message with these varbinds.
    pub fn encode(&self, varbinds: &[u8], out: &mut Vec<u8>) {
        match self.envelope {
            Envelope::Community(community) => {
                let pdu = ber::value_len(self.pdu_len(varbinds.len()));
                ber::write_header(ber::SEQUENCE, self.community_len(community, pdu), out);
                ber::write_signed(ber::INTEGER, self.version.number(), out);
                ber::write_value(ber::OCTET_STRING, community, out);
                self.encode_pdu(varbinds, out);
            }
            Envelope::Sealed(seal) => {
                let mut pdu = Vec::with_capacity(varbinds.len() + 32);
                self.encode_pdu(varbinds, &mut pdu);
                seal.encode(&pdu, out);
            }
        }
    }

    /// Appends the PDU with these varbinds.
    pub fn encode_pdu(&self, varbinds: &[u8], out: &mut Vec<u8>) {
        ber::write_header(pdu::RESPONSE, self.pdu_len(varbinds.len()), out);
        ber::write_signed(ber::INTEGER, i64::from(self.request_id), out);
        ber::write_signed(ber::INTEGER, i64::from(self.error_status), out);
        ber::write_signed(ber::INTEGER, i64::from(self.error_index), out);
        ber::write_value(ber::SEQUENCE, varbinds, out);
    }

    fn community_len(&self, community: &[u8], pdu: usize) -> usize {
        number_len(self.version.number()) + ber::value_len(community.len()) + pdu
    }

    fn pdu_len(&self, varbinds: usize) -> usize {
        number_len(i64::from(self.request_id))
            + number_len(i64::from(self.error_status))
            + number_len(i64::from(self.error_index))
            + ber::value_len(varbinds)
    }
}

fn number_len(number: i64) -> usize {
    ber::value_len(ber::signed_len(number))
}

#[cfg(test)]
mod tests;
