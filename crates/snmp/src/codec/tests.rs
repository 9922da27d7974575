use std::time::Instant;

use super::*;
use crate::pdu::ErrorStatus;
use crate::{Oid, Secret, Value};
use proptest::prelude::*;

fn v2c() -> Codec {
    Codec::new(&Credentials::V2c { community: Secret::new("public") }, &Sessions::default())
}

/// A response with these raw varbinds (each the content of its SEQUENCE).
fn response(id: u8, status: u8, index: u8, varbinds: &[&[u8]]) -> Bytes {
    let mut list = Vec::new();
    for varbind in varbinds {
        ber::header(&mut list, tag::SEQUENCE, varbind.len());
        list.extend_from_slice(varbind);
    }
    let mut pdu = vec![2, 1, id, 2, 1, status, 2, 1, index];
    ber::header(&mut pdu, tag::SEQUENCE, list.len());
    pdu.extend_from_slice(&list);
    let mut inner = vec![2, 1, 1, 4, 6];
    inner.extend_from_slice(b"public");
    ber::header(&mut inner, 0xa2, pdu.len());
    inner.extend_from_slice(&pdu);
    let mut message = Vec::new();
    ber::header(&mut message, tag::SEQUENCE, inner.len());
    message.extend_from_slice(&inner);
    message.into()
}

fn items(packet: &Bytes) -> Vec<String> {
    let mut out = Vec::new();
    v2c().decode(7, packet, Instant::now()).expect("an answer").each(|name, item| {
        let name = Oid::new(name);
        out.push(match item {
            Item::Value(value) => format!("{name} = {value:?}"),
            Item::BadValue(reason) => format!("{name} ! {reason}"),
            Item::BadName => "no name".into(),
        });
    });
    out
}

#[test]
fn a_request_is_what_net_snmp_sends() {
    // snmpbulkget -v2c -c public -Cn0 -Cr10 127.0.0.1 1.3.6.1.2.1.2.2.1.1, request-id 7
    let pdu = v2c().encode(
        7,
        Operation::GetBulk { non_repeaters: 0, max_repetitions: 10 },
        [(&[1, 3, 6, 1, 2, 1, 2, 2, 1][..], &[1][..])].into_iter(),
    );
    let sent = v2c().seal(7, &pdu, Instant::now(), 0);
    let expected = [
        &[0x30, 0x28, 2, 1, 1, 4, 6][..],
        b"public",
        &[0xa5, 0x1b, 2, 1, 7, 2, 1, 0, 2, 1, 10, 0x30, 0x10, 0x30, 0x0e, 6, 10],
        &[0x2b, 6, 1, 2, 1, 2, 2, 1, 1, 5, 0][..8],
    ]
    .concat();
    // The OID has nine content octets here, so lengths are checked through the reader instead of by hand.
    assert_eq!(sent[0], expected[0]);
    assert_eq!(sent[2..13], expected[2..13]);
    assert_eq!(sent[13], 0xa5);
    assert_eq!(message_id(&sent), Some(7));
    assert_eq!(usize::from(sent[1]), sent.len() - 2);
}

#[test]
fn every_kind_of_value_is_read() {
    let oid: &[u8] = &[6, 2, 0x2b, 6];
    let with = |rest: &[u8]| [oid, rest].concat();
    let table: &[(&[u8], &str)] = &[
        (&[2, 1, 0xff], "1.3.6 = Integer(-1)"),
        (&[2, 8, 0x80, 0, 0, 0, 0, 0, 0, 0], "1.3.6 = Integer(-9223372036854775808)"),
        (&[4, 2, b'h', b'i'], "1.3.6 = OctetString(b\"hi\")"),
        (&[5, 0], "1.3.6 = Null"),
        (&[6, 2, 0x2b, 6], "1.3.6 = ObjectIdentifier(1.3.6)"),
        (&[0x40, 4, 10, 0, 0, 1], "1.3.6 = IpAddress(Some(10.0.0.1))"),
        (&[0x40, 0], "1.3.6 = IpAddress(None)"),
        (&[0x41, 5, 0, 0xff, 0xff, 0xff, 0xff], "1.3.6 = Counter32(4294967295)"),
        (&[0x42, 0], "1.3.6 = Gauge32(0)"),
        (&[0x43, 5, 1, 0, 0, 0, 2], "1.3.6 = TimeTicks(2)"),
        (&[0x44, 7, 0x9f, 0x78, 4, 0x41, 0x21, 0x99, 0x9a], "1.3.6 = OpaqueFloat(10.1)"),
        (&[0x44, 1, 7], "1.3.6 = Opaque(b\"\\x07\")"),
        (
            &[0x46, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "1.3.6 = Counter64(18446744073709551615)",
        ),
        (&[0x47, 1, 0xff], "1.3.6 = UInteger32(4294967295)"),
        (&[0x80, 0], "1.3.6 = NoSuchObject"),
        (&[0x81, 0], "1.3.6 = NoSuchInstance"),
        (&[0x82, 0], "1.3.6 = EndOfMibView"),
        (&[0x45, 1, 1], "1.3.6 = Unknown { tag: 69, content: b\"\\x01\" }"),
        (
            &[0x41, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            "1.3.6 = Unknown { tag: 65, content: b\"\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08\\t\\n\" }",
        ),
        (&[2, 0], "1.3.6 ! an INTEGER has 1 to 8 octets"),
        (&[0x40, 3, 1, 2, 3], "1.3.6 ! an IpAddress has 4 octets"),
        (&[4, 9, 1], "1.3.6 ! the value is cut short"),
        (&[], "1.3.6 ! there is no value"),
    ];
    for (value, expected) in table {
        let varbind = with(value);
        let good = with(&[2, 1, 5]);
        // Whatever stands in the middle, its neighbours are read.
        let packet = response(7, 0, 0, &[&good, &varbind, &good]);
        assert_eq!(items(&packet), ["1.3.6 = Integer(5)", expected, "1.3.6 = Integer(5)"]);
    }
}

#[test]
fn a_varbind_without_a_name_is_reported() {
    let packet = response(7, 0, 0, &[&[2, 1, 5], &[6, 2, 0x2b, 6, 2, 1, 5]]);
    assert_eq!(items(&packet), ["no name", "1.3.6 = Integer(5)"]);
}

#[test]
fn what_is_no_answer_is_named() {
    let good = response(7, 0, 0, &[]);
    let mut codec = v2c();
    assert_eq!(codec.decode(7, &good, Instant::now()).map(|a| a.status), Ok(ErrorStatus::NO_ERROR));
    let cases: [(i32, Bytes, &str); 5] = [
        (8, good.clone(), "unexpected message: another request-id than was asked with"),
        (7, good.slice(..good.len() - 1), "malformed message: no message, or one cut short"),
        (7, Bytes::new(), "malformed message: no message, or one cut short"),
        (
            7,
            Bytes::from_static(b"\x30\x03\x02\x01\x00"),
            "unexpected message: another SNMP version than was asked in",
        ),
        (
            7,
            codec.seal(7, &codec.encode(7, Operation::Get, std::iter::empty()), Instant::now(), 0).into(),
            "unexpected message: the PDU is no response",
        ),
    ];
    for (id, packet, expected) in cases {
        assert_eq!(codec.decode(id, &packet, Instant::now()).unwrap_err().to_string(), expected);
    }
    // Whose it is can be told even of a packet that was cut.
    assert_eq!(message_id(&good.slice(..good.len() - 2)), Some(7));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let packet = Bytes::from(bytes);
        let _ = message_id(&packet);
        if let Ok(answer) = v2c().decode(7, &packet, Instant::now()) {
            answer.each(|_, _| ());
        }
    }

    #[test]
    fn no_damaged_answer_makes_it_panic(at in 0usize..60, with in any::<u8>()) {
        let varbind = [6, 8, 0x2b, 6, 1, 2, 1, 2, 2, 1, 4, 3, 1, 2, 3];
        let mut bytes = response(7, 0, 0, &[&varbind, &varbind]).to_vec();
        let at = at % bytes.len();
        bytes[at] = with;
        if let Ok(answer) = v2c().decode(7, &bytes.into(), Instant::now()) {
            answer.each(|_, item| if let Item::Value(Value::OctetString(b)) = item { assert!(b.len() < 200) });
        }
    }
}
