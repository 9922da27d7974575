//! Messages: what is said in bytes. The only place that knows which SNMP version is spoken.
//!
//! A request is encoded once, as a PDU, and sealed in a message each time it is sent: SNMPv3 signs and encrypts no two
//! messages alike.

mod answer;
mod ber;
mod community;
pub mod message;
mod secured;

use std::time::Instant;

use bytes::Bytes;
use snmp2::asn1::AsnReader;

pub use answer::{Answer, DecodeError, Item};
pub(crate) use ber::arc_len;
use ber::tag;
pub use community::Community;
pub use secured::Secured;

use crate::Credentials;
use crate::pdu::Operation;
use crate::usm::{Sessions, Trust};

/// Encodes requests and decodes answers for one set of credentials.
#[derive(Debug)]
pub enum Codec {
    /// SNMPv1 and SNMPv2c.
    Community(Community),
    /// SNMPv3.
    Secured(Secured),
}

impl Codec {
    /// A codec that speaks with these credentials to the device whose sessions these are.
    pub fn new(credentials: &Credentials, sessions: &Sessions) -> Self {
        match credentials {
            Credentials::V1 { community } => Codec::Community(Community::new(0, community)),
            Credentials::V2c { community } => Codec::Community(Community::new(1, community)),
            Credentials::V3(user) => {
                Codec::Secured(Secured::new(Trust::new(user.clone(), sessions.get(user))))
            }
        }
    }

    /// Whether the protocol has GETBULK and names exceptions value by value (everything but SNMPv1).
    pub fn has_bulk(&self) -> bool {
        match self {
            Codec::Community(community) => community.has_bulk(),
            Codec::Secured(_) => true,
        }
    }

    /// Octets a message has beside its varbind list, counted generously.
    pub fn overhead(&self) -> usize {
        match self {
            Codec::Community(community) => community.overhead(),
            Codec::Secured(secured) => secured.overhead(),
        }
    }

    /// The request as a PDU. Each name is given as two runs of arcs, to spare joining them.
    pub fn encode<'a>(
        &self,
        id: i32,
        operation: Operation,
        names: impl Iterator<Item = (&'a [u32], &'a [u32])>,
    ) -> Vec<u8> {
        let mut list = Vec::with_capacity(512);
        for (head, tail) in names {
            let oid = ber::oid_content(head, tail);
            let inner = ber::header_len(oid.len()) + oid.len() + 2;
            ber::header(&mut list, tag::SEQUENCE, inner);
            ber::header(&mut list, tag::OID, oid.len());
            list.extend_from_slice(&oid);
            list.extend_from_slice(&[tag::NULL, 0]);
        }
        let (pdu_tag, second, third) = match operation {
            Operation::Get => (tag::GET, 0, 0),
            Operation::GetNext => (tag::GET_NEXT, 0, 0),
            Operation::GetBulk { non_repeaters, max_repetitions } => {
                (tag::GET_BULK, non_repeaters, max_repetitions)
            }
        };
        let mut numbers = Vec::with_capacity(24);
        ber::integer(&mut numbers, id);
        ber::integer(&mut numbers, i32::try_from(second).unwrap_or(i32::MAX));
        ber::integer(&mut numbers, i32::try_from(third).unwrap_or(i32::MAX));
        ber::header(&mut numbers, tag::SEQUENCE, list.len());
        let mut pdu = Vec::with_capacity(numbers.len() + list.len() + 4);
        ber::header(&mut pdu, pdu_tag, numbers.len() + list.len());
        pdu.extend_from_slice(&numbers);
        pdu.extend_from_slice(&list);
        pdu
    }

    /// The message for a PDU with this id, to be sent now, with a salt that no other message has.
    pub fn seal(&self, id: i32, pdu: &[u8], now: Instant, salt: u64) -> Vec<u8> {
        match self {
            Codec::Community(community) => community.seal(pdu),
            Codec::Secured(secured) => secured.seal(id, pdu, now, salt),
        }
    }

    /// Reads the answer to the request with this id, at this time. What an answer proves of its engine is kept.
    ///
    /// # Errors
    /// The packet is malformed, is of another version, answers something else, or is not proven to be an answer.
    pub fn decode(&mut self, id: i32, packet: &Bytes, now: Instant) -> Result<Answer, DecodeError> {
        match self {
            Codec::Community(community) => community.open(id, packet),
            Codec::Secured(secured) => secured.open(id, packet, now),
        }
    }
}

/// The id a packet, request or answer, goes by, whatever else is wrong with it: what the transport needs to find who
/// is waiting for it. `None` where the packet does not get that far.
///
/// It is the request-id, or SNMPv3's `msgID`, which is the same number and stands outside of what is encrypted.
pub fn message_id(packet: &[u8]) -> Option<i32> {
    // Not through `read_raw`: a packet that was cut on the way still tells whose it is.
    let mut reader = AsnReader::from_bytes(packet);
    enter(&mut reader, tag::SEQUENCE)?;
    reader.read_asn_integer().ok()?;
    if reader.peek_byte().ok()? == tag::SEQUENCE {
        enter(&mut reader, tag::SEQUENCE)?;
    } else {
        reader.read_asn_octetstring().ok()?;
        reader.read_byte().ok()?;
        reader.read_length().ok()?;
    }
    i32::try_from(reader.read_asn_integer().ok()?).ok()
}

/// Goes past a tag and a length.
fn enter(reader: &mut AsnReader<'_>, tag: u8) -> Option<()> {
    reader.read_byte().ok().filter(|found| *found == tag)?;
    reader.read_length().ok().map(|_| ())
}

#[cfg(test)]
mod tests;
