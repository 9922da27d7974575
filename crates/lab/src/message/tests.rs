use super::*;
use proptest::prelude::*;

/// `snmpget -v1 -c public` of sysUpTime.0 and sysName.0, as net-snmp sends it.
const GET: &[u8] = &[
    0x30, 0x34, 0x02, 0x01, 0x00, 0x04, 0x06, b'p', b'u', b'b', b'l', b'i', b'c', 0xa0, 0x27, 0x02, 0x04,
    0x11, 0x22, 0x33, 0x44, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x19, 0x30, 0x0c, 0x06, 0x08, 0x2b, 6,
    1, 2, 1, 1, 3, 0, 0x05, 0x00, 0x30, 0x09, 0x06, 0x05, 0x2b, 6, 1, 2, 1, 0x05, 0x00,
];

#[test]
fn a_get_is_read() {
    let mut names = Names::default();
    let request = Request::decode(GET, &mut names).unwrap();
    assert_eq!(request.version, Version::V1);
    assert_eq!(request.envelope, Envelope::Community(b"public"));
    assert_eq!(request.request_id, 0x1122_3344);
    assert_eq!(request.operation, Operation::Get);
    assert_eq!(request.oddity, None);
    assert_eq!(names.iter().collect::<Vec<_>>(), [&[1, 3, 6, 1, 2, 1, 1, 3, 0][..], &[1, 3, 6, 1, 2, 1]]);
}

#[test]
fn what_is_no_request_is_refused_and_what_is_odd_is_noted() {
    let change = |at: usize, octet: u8| {
        let mut packet = GET.to_vec();
        packet[at] = octet;
        packet
    };
    let refused = [
        (change(4, 3), BadRequest::Version(3)),
        (change(13, 0xa5), BadRequest::Pdu(0xa5)),
        (change(13, 0xa2), BadRequest::Pdu(0xa2)),
        (change(1, 0x35), BadRequest::Ber(BerError::Truncated)),
        (change(29, 0x31), BadRequest::Ber(BerError::Tag { wanted: 0x30, got: 0x31 })),
    ];
    let mut names = Names::default();
    for (packet, reason) in refused {
        assert_eq!(Request::decode(&packet, &mut names), Err(reason), "{packet:02x?}");
    }
    let mut trailing = GET.to_vec();
    trailing.push(0);
    for (packet, oddity) in [
        (trailing, Oddity::Trailing),
        (change(23, 1), Oddity::ErrorFields),
        (change(41, 0x04), Oddity::Value),
    ] {
        assert_eq!(Request::decode(&packet, &mut names).unwrap().oddity, Some(oddity));
    }
}

proptest! {
    #[test]
    fn a_response_is_as_long_as_promised(
        community in proptest::collection::vec(any::<u8>(), 0..300),
        request_id: i32, error_status: u8, error_index: u32, varbinds in 0usize..70_000
    ) {
        let head = ResponseHead {
            version: Version::V2c,
            envelope: Envelope::Community(&community),
            request_id,
            error_status,
            error_index
        };
        let mut out = Vec::new();
        head.encode(&vec![0; varbinds], &mut out);
        prop_assert_eq!(out.len(), head.message_len(varbinds));
        let mut reader = Reader::new(&out);
        let content = reader.expect(ber::SEQUENCE).unwrap();
        prop_assert!(reader.is_empty());
        let mut message = Reader::new(content);
        prop_assert_eq!(message.integer(), Ok(1));
        prop_assert_eq!(message.expect(ber::OCTET_STRING), Ok(&community[..]));
        let mut fields = Reader::new(message.expect(0xa2).unwrap());
        prop_assert_eq!(fields.integer(), Ok(request_id));
    }

    #[test]
    fn no_packet_makes_the_decoder_panic(mut packet in Just(GET.to_vec()), at in 0usize..54, octet: u8,
        cut in 0usize..55) {
        packet[at] = octet;
        packet.truncate(cut);
        let _ = Request::decode(&packet, &mut Names::default());
    }
}
