//! Reading an answer: snmp2's `AsnReader`, with a loop of our own that reports a varbind it cannot read and goes on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use snmp2::asn1::AsnReader;
use snmp2::snmp;

use super::ber;
use crate::pdu::ErrorStatus;
use crate::usm::Report;
use crate::{Oid, Value};

/// Why a packet is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not BER, end too early, or lack a part every message has.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// Well-formed, but not the answer to what was asked.
    #[error("unexpected message: {0}")]
    Unexpected(&'static str),
    /// SNMPv3: not proven to come from whom it says, or recorded earlier. It counts as not having come (RFC 3414 §3.2).
    #[error("unproven message: {0}")]
    Unproven(&'static str),
    /// SNMPv3: the agent's engine has not served the request, and says why.
    #[error("the agent reports {}", .0.complaint.name())]
    Report(Box<Report>),
}

/// An answer's PDU: a `GetResponse` (RFC 3416 §3).
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the agent says went wrong.
    pub status: ErrorStatus,
    /// Which varbind of the request it went wrong at, from 1; 0 for none.
    pub error_index: u32,
    /// Octets of the whole message.
    pub size: usize,
    /// The varbind list's content.
    varbinds: Bytes,
}

/// What stood in one place of the varbind list.
#[derive(Debug)]
pub enum Item {
    /// A name and its value; the name is in the scratch vector.
    Value(Value),
    /// A name (in the scratch vector) whose value cannot be read, and why.
    BadValue(&'static str),
    /// Not even a name.
    BadName,
}

impl Answer {
    /// Reads what follows the message's header: the PDU, with this tag, which lies in `within`. Returns it with its
    /// request-id.
    pub(super) fn read(
        reader: &mut AsnReader<'_>,
        tag: u8,
        within: &Bytes,
        size: usize,
    ) -> Result<(i64, Self), DecodeError> {
        let bad = DecodeError::Malformed;
        let pdu = match reader.peek_byte() {
            Ok(found) if found == tag => reader.read_raw(tag).map_err(|_| bad("PDU is cut short"))?,
            Ok(_) => return Err(DecodeError::Unexpected("the PDU is no response")),
            Err(_) => return Err(bad("there is no PDU")),
        };
        let mut reader = AsnReader::from_bytes(pdu);
        let request_id = reader.read_asn_integer().map_err(|_| bad("no request-id"))?;
        let status = reader.read_asn_integer().map_err(|_| bad("no error-status"))?;
        let error_index = reader.read_asn_integer().map_err(|_| bad("no error-index"))?;
        let varbinds =
            reader.read_raw(ber::tag::SEQUENCE).map_err(|_| bad("the varbind list is cut short"))?;
        let answer = Self {
            status: ErrorStatus(u8::try_from(status).unwrap_or(u8::MAX)),
            error_index: u32::try_from(error_index).unwrap_or(0),
            size,
            varbinds: within.slice_ref(varbinds),
        };
        Ok((request_id, answer))
    }

    /// Calls `each` for every place in the varbind list, in order, with its name (empty for [`Item::BadName`]).
    pub fn each(&self, mut each: impl FnMut(&[u32], Item)) {
        let mut list = AsnReader::from_bytes(&self.varbinds);
        let mut arcs = Vec::with_capacity(32);
        while list.bytes_left() > 0 {
            let Ok(varbind) = list.read_raw(ber::tag::SEQUENCE) else {
                // Whatever follows cannot be told apart any more.
                each(&[], Item::BadName);
                return;
            };
            let mut varbind = AsnReader::from_bytes(varbind);
            let name = varbind.read_raw(ber::tag::OID).ok().and_then(|c| ber::read_arcs(c, &mut arcs));
            match name {
                None => each(&[], Item::BadName),
                Some(()) => match self.value(&mut varbind) {
                    Ok(value) => each(&arcs, Item::Value(value)),
                    Err(reason) => each(&arcs, Item::BadValue(reason)),
                },
            }
        }
    }

    fn value(&self, varbind: &mut AsnReader<'_>) -> Result<Value, &'static str> {
        let tag = varbind.peek_byte().map_err(|_| "there is no value")?;
        let content = varbind.read_raw(tag).map_err(|_| "the value is cut short")?;
        let kept = || self.varbinds.slice_ref(content);
        Ok(match tag {
            ber::tag::INTEGER => Value::Integer(signed(content).ok_or("an INTEGER has 1 to 8 octets")?),
            ber::tag::OCTET_STRING => Value::OctetString(kept()),
            ber::tag::NULL => Value::Null,
            ber::tag::OID => {
                let mut arcs = Vec::new();
                // An empty OID is what some agents send for 0.0.
                if content.is_empty() {
                    arcs.extend([0, 0]);
                } else {
                    ber::read_arcs(content, &mut arcs).ok_or("the OBJECT IDENTIFIER ends inside an arc")?;
                }
                Value::ObjectIdentifier(Oid::new(arcs))
            }
            snmp::TYPE_IPADDRESS => Value::IpAddress(address(content)?),
            snmp::TYPE_COUNTER32 => unsigned(content).map_or_else(|| unknown(tag, kept()), Value::Counter32),
            snmp::TYPE_GAUGE32 => unsigned(content).map_or_else(|| unknown(tag, kept()), Value::Gauge32),
            snmp::TYPE_TIMETICKS => {
                unsigned(content).map_or_else(|| unknown(tag, kept()), |n| Value::TimeTicks(n as u32))
            }
            snmp::TYPE_COUNTER64 => unsigned(content).map_or_else(|| unknown(tag, kept()), Value::Counter64),
            // RFC 1442's UInteger32; agents that send it sign-extend it.
            0x47 => signed(content).map_or_else(|| unknown(tag, kept()), |n| Value::UInteger32(n as u32)),
            snmp::TYPE_OPAQUE => opaque(content, kept()),
            snmp::SNMP_NOSUCHOBJECT => Value::NoSuchObject,
            snmp::SNMP_NOSUCHINSTANCE => Value::NoSuchInstance,
            snmp::SNMP_ENDOFMIBVIEW => Value::EndOfMibView,
            _ => unknown(tag, kept()),
        })
    }
}

fn unknown(tag: u8, content: Bytes) -> Value {
    Value::Unknown { tag, content }
}

fn signed(content: &[u8]) -> Option<i64> {
    let first = *content.first().filter(|_| content.len() <= 8)?;
    let start = if first & 0x80 != 0 { -1 } else { 0 };
    Some(content.iter().fold(start, |n, &octet| (n << 8) | i64::from(octet)))
}

/// Up to 64 bits, with the leading zero octet a value with the highest bit set needs.
fn unsigned(content: &[u8]) -> Option<u64> {
    let digits = match content {
        [0, rest @ ..] if rest.len() == 8 => rest,
        _ if content.len() <= 8 => content,
        _ => return None,
    };
    Some(digits.iter().fold(0, |n, &octet| (n << 8) | u64::from(octet)))
}

fn address(content: &[u8]) -> Result<Option<IpAddr>, &'static str> {
    Ok(match content.len() {
        0 => None,
        4 => <[u8; 4]>::try_from(content).ok().map(|a| Ipv4Addr::from(a).into()),
        16 => <[u8; 16]>::try_from(content).ok().map(|a| Ipv6Addr::from(a).into()),
        _ => return Err("an IpAddress has 4 octets"),
    })
}

/// net-snmp wraps floats in Opaque: an inner tag of 9f78 or 9f79 and its length.
fn opaque(content: &[u8], kept: Bytes) -> Value {
    match *content {
        [0x9f, 0x78, 4, a, b, c, d] => Value::OpaqueFloat(f32::from_be_bytes([a, b, c, d])),
        [0x9f, 0x79, 8, a, b, c, d, e, f, g, h] => {
            Value::OpaqueDouble(f64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        _ => Value::Opaque(kept),
    }
}
