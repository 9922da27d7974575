//! Messages of SNMPv1 (RFC 1157) and SNMPv2c (RFC 1901): a version, a community and the PDU.

use bytes::Bytes;
use snmp2::asn1::AsnReader;
use snmp2::snmp;

use super::ber::{self, tag};
use super::{Answer, DecodeError};
use crate::Secret;

/// Speaks with a community.
#[derive(Debug)]
pub struct Community {
    version: i32,
    community: Secret,
}

impl Community {
    /// Speaks the version with this number on the wire: 0 for SNMPv1, 1 for SNMPv2c.
    pub(super) fn new(version: i32, community: &Secret) -> Self {
        Self { version, community: community.clone() }
    }

    pub(super) fn has_bulk(&self) -> bool {
        self.version > 0
    }

    pub(super) fn overhead(&self) -> usize {
        34 + self.community.expose().len()
    }

    pub(super) fn seal(&self, pdu: &[u8]) -> Vec<u8> {
        let community = self.community.expose().as_bytes();
        let inner = 3 + ber::header_len(community.len()) + community.len() + pdu.len();
        let mut message = Vec::with_capacity(inner + 4);
        ber::header(&mut message, tag::SEQUENCE, inner);
        ber::integer(&mut message, self.version);
        ber::octets(&mut message, community);
        message.extend_from_slice(pdu);
        message
    }

    pub(super) fn open(&self, id: i32, packet: &Bytes) -> Result<Answer, DecodeError> {
        let content = AsnReader::from_bytes(packet)
            .read_raw(tag::SEQUENCE)
            .map_err(|_| DecodeError::Malformed("no message, or one cut short"))?;
        let mut reader = AsnReader::from_bytes(content);
        let version = reader.read_asn_integer().map_err(|_| DecodeError::Malformed("no version"))?;
        if version != i64::from(self.version) {
            return Err(DecodeError::Unexpected("another SNMP version than was asked in"));
        }
        reader.read_asn_octetstring().map_err(|_| DecodeError::Malformed("no community"))?;
        let (request_id, answer) = Answer::read(&mut reader, snmp::MSG_RESPONSE, packet, packet.len())?;
        if request_id != i64::from(id) {
            return Err(DecodeError::Unexpected("another request-id than was asked with"));
        }
        Ok(answer)
    }
}
