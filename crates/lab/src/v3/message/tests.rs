use proptest::prelude::*;

use super::*;
use crate::v3::{AuthProtocol, PrivProtocol, User};

/// The discovery of `snmpget -v3`.
const DISCOVERY: &str = "303e02010330110204 7ce1e336 020300ffe3 040104 020103 0410 300e 0400 020100 020100 0400 0400 \
     0400 3014 0400 0400 a00e 0204 58a5522f 020100 020100 3000";

/// `snmpget -v3 -u sha -l authNoPriv -a SHA -A authphrase 127.70.1.1:11700 1.3.6.1.2.1.1.5.0`, its second packet.
const SIGNED: &str = "3071 020103 3011 0204 7ce1e335 020300ffe3 040105 020103 042a 3028 040b 80007ed9057f4601012db4 \
     020101 020101 0403 736861 040c d839e871b2ccc4d3073e0ca6 0400 302d 040b 80007ed9057f4601012db4 0400 a01c 0204 \
     58a5522e 020100 020100 300e 300c 0608 2b06010201010500 0500";

const ENGINE_ID: [u8; 11] = [0x80, 0, 0x7e, 0xd9, 5, 0x7f, 0x46, 1, 1, 0x2d, 0xb4];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}

#[test]
fn net_snmps_discovery_is_read() {
    let packet = unhex(DISCOVERY);
    assert!(is_v3(&packet));
    let message = Message::decode(&packet).unwrap();
    assert_eq!((message.msg_id, message.max_size), (0x7ce1_e336, 65_507));
    assert_eq!((message.level, message.reportable), (Level::NoAuthNoPriv, true));
    assert_eq!((message.engine_id, message.boots, message.time), (&[][..], 0, 0));
    assert_eq!(
        (message.user, message.tag, message.salt, message.trailing),
        (&[][..], &[][..], &[][..], false)
    );
    let scoped = Scoped::decode(message.data).unwrap();
    assert_eq!((scoped.engine_id, scoped.context, scoped.tag), (&[][..], &[][..], 0xa0));
}

#[test]
fn net_snmps_signature_is_verified_and_made() {
    let packet = unhex(SIGNED);
    let user = User::auth_no_priv("sha", AuthProtocol::Sha1, "authphrase");
    let keys = user.keys(&ENGINE_ID);
    let message = Message::decode(&packet).unwrap();
    assert_eq!((message.level, message.boots, message.time), (Level::AuthNoPriv, 1, 1));
    assert!(message.is_signed_with(&keys));
    let other = User::auth_no_priv("sha", AuthProtocol::Sha1, "authphrasf").keys(&ENGINE_ID);
    assert!(!message.is_signed_with(&other) && !message.is_signed_with(&Keys::default()));
    for at in 0..packet.len() {
        let mut changed = packet.clone();
        changed[at] ^= 0x10;
        if let Ok(message) = Message::decode(&changed) {
            assert!(!message.is_signed_with(&keys), "octet {at} is not under the signature");
        }
    }
    let scoped = Scoped::decode(message.data).unwrap();
    let seal = Seal {
        msg_id: message.msg_id,
        max_size: 65_507,
        level: message.level,
        reportable: true,
        engine_id: message.engine_id,
        boots: message.boots,
        time: message.time,
        user: message.user,
        keys: &keys,
        salt: [0; 8],
        context_engine_id: scoped.engine_id,
        context: scoped.context,
    };
    let (mut pdu, mut out) = (Vec::new(), Vec::new());
    ber::write_value(scoped.tag, scoped.pdu, &mut pdu);
    seal.encode(&pdu, &mut out);
    assert_eq!(out, packet);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let change = |from: &str, to: &str| {
        let (packet, from, to) = (unhex(DISCOVERY), unhex(from), unhex(to));
        let at = packet.windows(from.len()).position(|window| window == from).unwrap();
        [&packet[..at], &to, &packet[at + from.len()..]].concat()
    };
    let rows = [
        (change("020103 3011", "020101 3011"), BadRequest::Version(1)),
        (change("040104 020103", "040104 020102"), BadRequest::SecurityModel(2)),
        (change("040104", "040106"), BadRequest::Flags),
        (change("0400 020100", "0400 0201ff"), BadRequest::Ber(BerError::Negative(-1))),
        (change("040104", "040105"), BadRequest::Ber(BerError::Truncated)),
    ];
    for (packet, reason) in &rows[..4] {
        assert_eq!(Message::decode(packet), Err(*reason), "{packet:02x?}");
    }
    // Signed, says the flag, and there is no signature: for the engine to refuse.
    assert!(!Message::decode(&rows[4].0).unwrap().is_signed_with(&Keys::default()));
    let mut trailing = unhex(DISCOVERY);
    trailing.push(0);
    assert!(Message::decode(&trailing).unwrap().trailing);
}

fn users() -> impl Strategy<Value = User> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3).prop_map(|(auth, privacy, level)| {
        let (auth, privacy) = (*auth.get(&AuthProtocol::ALL), *privacy.get(&PrivProtocol::ALL));
        match level {
            0 => User::no_auth("ward"),
            1 => User::auth_no_priv("ward", auth, "authphrase"),
            _ => User::auth_priv("ward", auth, "authphrase", privacy, "privphrase"),
        }
    })
}

proptest! {
    // Passwords take a megabyte of hashing each.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_sealed_can_be_opened(
        user in users(), engine_id in prop::collection::vec(any::<u8>(), 5..33), boots in 0..=i32::MAX as u32,
        time in 0..=i32::MAX as u32, msg_id in 0..=i32::MAX, salt: [u8; 8], max_size in 484..=i32::MAX as u32,
        context in prop::collection::vec(any::<u8>(), 0..40), pdu in prop::collection::vec(any::<u8>(), 0..3000),
        octet: prop::sample::Index,
    ) {
        let (keys, mut body) = (user.keys(&engine_id), Vec::new());
        ber::write_value(0xa2, &pdu, &mut body);
        let seal = Seal {
            msg_id, max_size, level: user.level(), reportable: false, engine_id: &engine_id, boots, time,
            user: user.name(), keys: &keys, salt, context_engine_id: &engine_id, context: &context,
        };
        let mut packet = b"before".to_vec();
        seal.encode(&body, &mut packet);
        let mut packet = packet.split_off(6);
        prop_assert_eq!(packet.len(), seal.message_len(body.len()));

        let message = Message::decode(&packet).unwrap();
        prop_assert_eq!((message.msg_id, message.max_size as u32), (msg_id, max_size));
        prop_assert_eq!((message.boots, message.time, message.level), (boots, time, user.level()));
        prop_assert_eq!((message.engine_id, message.user), (&engine_id[..], user.name()));
        prop_assert_eq!(message.is_signed_with(&keys), user.level() >= Level::AuthNoPriv);
        let mut plain = Vec::new();
        let scoped = Scoped::decode(message.open(&keys, &mut plain).unwrap()).unwrap();
        prop_assert_eq!((scoped.engine_id, scoped.context), (&engine_id[..], &context[..]));
        prop_assert_eq!((scoped.tag, scoped.pdu), (0xa2, &pdu[..]));

        let at = octet.index(packet.len());
        packet[at] ^= 0x40;
        if let Ok(message) = Message::decode(&packet) {
            prop_assert!(!message.is_signed_with(&keys));
            let _ = message.open(&keys, &mut plain);
        }
    }
}

proptest! {
    #[test]
    fn no_packet_makes_the_decoder_panic(at in 0usize..115, octet: u8, cut in 0usize..116) {
        let mut packet = unhex(SIGNED);
        packet[at] = octet;
        packet.truncate(cut);
        if let Ok(message) = Message::decode(&packet) {
            let _ = Scoped::decode(message.data);
        }
    }
}
