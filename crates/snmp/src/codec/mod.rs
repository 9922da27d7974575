//! Messages: what is said in bytes. The only place that knows which SNMP version is spoken.

mod answer;
mod ber;

use bytes::Bytes;
use snmp2::asn1::AsnReader;

pub use answer::{Answer, DecodeError, Item};
pub(crate) use ber::arc_len;
use ber::tag;

use crate::Credentials;
use crate::pdu::Operation;

/// Encodes requests and decodes answers for one set of credentials.
#[derive(Debug, Clone)]
pub struct Codec {
    version: i32,
    community: Vec<u8>,
}

impl Codec {
    /// A codec that speaks with these credentials.
    pub fn new(credentials: &Credentials) -> Self {
        let (version, community) = match credentials {
            Credentials::V1 { community } => (0, community),
            Credentials::V2c { community } => (1, community),
            // Not spoken yet; the client refuses before it gets here.
            Credentials::V3(user) => (3, &user.name),
        };
        Self { version, community: community.expose().as_bytes().to_vec() }
    }

    /// Whether the protocol has GETBULK and names exceptions value by value (everything but SNMPv1).
    pub fn has_bulk(&self) -> bool {
        self.version > 0
    }

    /// Octets a message has beside its varbind list, counted generously.
    pub fn overhead(&self) -> usize {
        34 + self.community.len()
    }

    /// The request as a message. Each name is given as two runs of arcs, to spare joining them.
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
        let mut pdu = Vec::with_capacity(list.len() + 24);
        ber::integer(&mut pdu, id);
        ber::integer(&mut pdu, i32::try_from(second).unwrap_or(i32::MAX));
        ber::integer(&mut pdu, i32::try_from(third).unwrap_or(i32::MAX));
        ber::header(&mut pdu, tag::SEQUENCE, list.len());
        pdu.extend_from_slice(&list);

        let community = self.community.len();
        let inner = 3 + ber::header_len(community) + community + ber::header_len(pdu.len()) + pdu.len();
        let mut message = Vec::with_capacity(inner + 4);
        ber::header(&mut message, tag::SEQUENCE, inner);
        ber::integer(&mut message, self.version);
        ber::header(&mut message, tag::OCTET_STRING, community);
        message.extend_from_slice(&self.community);
        ber::header(&mut message, pdu_tag, pdu.len());
        message.extend_from_slice(&pdu);
        message
    }

    /// Reads the answer to the request with this id.
    ///
    /// # Errors
    /// The packet is malformed, is of another version, or answers something else.
    pub fn decode(&self, id: i32, packet: &Bytes) -> Result<Answer, DecodeError> {
        let mut reader = message(packet)?;
        let version = reader.read_asn_integer().map_err(|_| DecodeError::Malformed("no version"))?;
        if version != i64::from(self.version) {
            return Err(DecodeError::Unexpected("another SNMP version than was asked in"));
        }
        reader.read_asn_octetstring().map_err(|_| DecodeError::Malformed("no community"))?;
        let (request_id, answer) = Answer::read(&mut reader, packet)?;
        if request_id != i64::from(id) {
            return Err(DecodeError::Unexpected("another request-id than was asked with"));
        }
        Ok(answer)
    }
}

/// The id a packet, request or answer, goes by, whatever else is wrong with it: what the transport needs to find who
/// is waiting for it. `None` where the packet does not get that far.
pub fn message_id(packet: &[u8]) -> Option<i32> {
    // Not through `message`: a packet that was cut on the way still tells whose it is.
    let mut reader = AsnReader::from_bytes(packet);
    reader.read_byte().ok().filter(|t| *t == tag::SEQUENCE)?;
    reader.read_length().ok()?;
    reader.read_asn_integer().ok()?;
    reader.read_asn_octetstring().ok()?;
    reader.read_byte().ok()?;
    reader.read_length().ok()?;
    i32::try_from(reader.read_asn_integer().ok()?).ok()
}

fn message(packet: &[u8]) -> Result<AsnReader<'_>, DecodeError> {
    let content = AsnReader::from_bytes(packet)
        .read_raw(tag::SEQUENCE)
        .map_err(|_| DecodeError::Malformed("no message, or one cut short"))?;
    Ok(AsnReader::from_bytes(content))
}

#[cfg(test)]
mod tests;
