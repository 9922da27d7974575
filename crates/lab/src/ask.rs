//! The asking side of the codec: requests go out, responses come in. The recorder walks with it, and tests
//! look with it at what agents answer.

use crate::ber::{self, BerError, Reader};
use crate::message::{Operation, Version, pdu};
use crate::oid::{self, Oid};
use crate::value::Value;

/// Encodes a request of SNMPv1 or v2c for these names.
pub fn request(
    version: Version,
    community: &[u8],
    request_id: i32,
    operation: Operation,
    names: &[Oid],
) -> Vec<u8> {
    let mut packet = Vec::new();
    ber::write_nested(ber::SEQUENCE, &mut packet, |out| {
        ber::write_signed(ber::INTEGER, version.number(), out);
        ber::write_value(ber::OCTET_STRING, community, out);
        out.extend(pdu(request_id, operation, names));
    });
    packet
}

/// Encodes the PDU of a request for these names.
pub fn pdu(request_id: i32, operation: Operation, names: &[Oid]) -> Vec<u8> {
    let (tag, first, second) = match operation {
        Operation::Get => (pdu::GET, 0, 0),
        Operation::GetNext => (pdu::GET_NEXT, 0, 0),
        Operation::Set => (pdu::SET, 0, 0),
        Operation::GetBulk { non_repeaters, max_repetitions } => {
            (pdu::GET_BULK, non_repeaters as i64, max_repetitions as i64)
        }
    };
    let mut out = Vec::new();
    ber::write_nested(tag, &mut out, |out| {
        for number in [i64::from(request_id), first, second] {
            ber::write_signed(ber::INTEGER, number, out);
        }
        ber::write_nested(ber::SEQUENCE, out, |out| {
            for name in names {
                ber::write_nested(ber::SEQUENCE, out, |out| {
                    oid::encode(name.arcs(), out);
                    ber::write_value(ber::NULL, &[], out);
                });
            }
        });
    });
    out
}

/// What a response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The community it was sent with; none in SNMPv3.
    pub community: Vec<u8>,
    /// The number of the request it answers.
    pub request_id: i32,
    /// error-status, one of [`crate::message::status`].
    pub error_status: i32,
    /// error-index, from 1; 0 for none.
    pub error_index: i32,
    /// Names and values.
    pub varbinds: Vec<(Oid, Value)>,
}

impl Response {
    /// Reads a response of SNMPv1 or v2c.
    pub fn decode(packet: &[u8]) -> Result<Self, BerError> {
        let mut outer = Reader::new(packet);
        let mut message = Reader::new(outer.expect(ber::SEQUENCE)?);
        outer.end()?;
        message.integer()?;
        let community = message.expect(ber::OCTET_STRING)?.to_vec();
        let content = message.expect(pdu::RESPONSE)?;
        message.end()?;
        Ok(Self { community, ..Self::decode_pdu(content)? })
    }

    /// Reads the content of a response's PDU, or of a Report's.
    pub fn decode_pdu(content: &[u8]) -> Result<Self, BerError> {
        let mut fields = Reader::new(content);
        let (request_id, error_status, error_index) =
            (fields.integer()?, fields.integer()?, fields.integer()?);
        let mut list = Reader::new(fields.expect(ber::SEQUENCE)?);
        fields.end()?;
        let mut varbinds = Vec::new();
        while !list.is_empty() {
            let mut varbind = Reader::new(list.expect(ber::SEQUENCE)?);
            let mut arcs = Vec::new();
            oid::decode_arcs(varbind.expect(ber::OBJECT_IDENTIFIER)?, &mut arcs)?;
            let (tag, content) = varbind.value()?;
            varbind.end()?;
            varbinds.push((Oid::new(arcs), Value::decode(tag, content)?));
        }
        Ok(Self { community: Vec::new(), request_id, error_status, error_index, varbinds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Envelope, Names, Request, ResponseHead};
    use proptest::prelude::*;

    fn operations() -> impl Strategy<Value = Operation> {
        prop_oneof![
            Just(Operation::Get),
            Just(Operation::GetNext),
            (0usize..50, 0usize..1000).prop_map(|(non_repeaters, max_repetitions)| Operation::GetBulk {
                non_repeaters,
                max_repetitions
            }),
        ]
    }

    proptest! {
        #[test]
        fn a_request_is_understood_as_it_was_meant(
            community in proptest::collection::vec(any::<u8>(), 0..200),
            request_id: i32,
            operation in operations(),
            tails in proptest::collection::vec(proptest::collection::vec(any::<u32>(), 0..20), 1..60),
        ) {
            let asked: Vec<Oid> = tails.into_iter().map(|tail| Oid::from([1, 3]).child(&tail)).collect();
            let packet = request(Version::V2c, &community, request_id, operation, &asked);
            let mut names = Names::default();
            let read = Request::decode(&packet, &mut names).unwrap();
            prop_assert_eq!(read.envelope, Envelope::Community(&community));
            prop_assert_eq!((read.request_id, read.operation, read.oddity), (request_id, operation, None));
            prop_assert_eq!(names.iter().map(Oid::from).collect::<Vec<_>>(), asked);

            let mut reply = Vec::new();
            let head = ResponseHead {
                version: read.version, envelope: read.envelope, request_id, error_status: 5, error_index: 1
            };
            head.encode(read.varbinds, &mut reply);
            let response = Response::decode(&reply).unwrap();
            prop_assert_eq!((response.request_id, response.error_status, response.error_index), (request_id, 5, 1));
            prop_assert_eq!(response.varbinds.len(), names.len());
        }

        #[test]
        fn no_packet_makes_the_decoder_panic(packet in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Response::decode(&packet);
        }
    }
}
