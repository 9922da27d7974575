//! What an engine sends, made by the simulated agents' own codec, and what is believed of it.

use std::time::Duration;

use lab::v3::{self, Level, Seal};
use proptest::prelude::*;

use super::*;
use crate::codec::{Codec, message_id};
use crate::pdu::{ErrorStatus, Operation};
use crate::usm::{AuthProtocol, Authentication, Context, PrivProtocol, Privacy, Sessions, User};
use crate::{Credentials, Secret};

const ENGINE: [u8; 9] = [0x80, 0, 0, 0, 9, 1, 2, 3, 4];
const ID: i32 = 0x1234_5678;
/// A response with sysName in it, and this id.
const RESPONSE: [u8; 30] = [
    0xa2, 28, 2, 4, 0x12, 0x34, 0x56, 0x78, 2, 1, 0, 2, 1, 0, 0x30, 14, 0x30, 12, 6, 8, 0x2b, 6, 1, 2, 1, 1,
    5, 0, 5, 0,
];

fn user(level: SecurityLevel) -> User {
    let authentication =
        Authentication { protocol: AuthProtocol::Sha256, password: Secret::new("maplesyrup") };
    let privacy = Privacy { protocol: PrivProtocol::Aes, password: Secret::new("sirup d'érable") };
    User {
        name: Secret::new("ward"),
        name_is_public: true,
        security: match level {
            SecurityLevel::NoAuthNoPriv => Security::NoAuthNoPriv,
            SecurityLevel::AuthNoPriv => Security::AuthNoPriv(authentication),
            SecurityLevel::AuthPriv => Security::AuthPriv(authentication, privacy),
        },
        context: Context { name: "vrf-a".into(), engine_id: None },
    }
}

/// The keys the agent has for that user.
fn keys() -> v3::user::Keys {
    let (auth, privacy) = (v3::AuthProtocol::Sha256, v3::PrivProtocol::Aes128);
    v3::User::auth_priv("ward", auth, "maplesyrup", privacy, "sirup d'érable").keys(&ENGINE)
}

/// A codec that has been told of the engine at 5 boots and 1000 seconds, and at this level has proof of it.
fn codec(level: SecurityLevel, now: Instant) -> Codec {
    let mut codec = Codec::new(&Credentials::V3(user(level)), &Sessions::default());
    let Codec::Secured(secured) = &mut codec else { unreachable!("these are SNMPv3's credentials") };
    let engine = EngineId::new(&ENGINE).unwrap();
    secured.trust.found(engine, EngineTime { boots: 5, time: 1000 }, now);
    let engine = secured.trust.engine().unwrap();
    engine.receive(EngineTime { boots: 5, time: 1000 }, now).unwrap();
    secured.trust.proven(&engine);
    codec
}

/// What goes around an answer that is right in everything.
fn seal<'a>(level: SecurityLevel, keys: &'a v3::user::Keys) -> Seal<'a> {
    Seal {
        msg_id: ID,
        max_size: 65_507,
        level: match level {
            SecurityLevel::NoAuthNoPriv => Level::NoAuthNoPriv,
            SecurityLevel::AuthNoPriv => Level::AuthNoPriv,
            SecurityLevel::AuthPriv => Level::AuthPriv,
        },
        reportable: false,
        engine_id: &ENGINE,
        boots: 5,
        time: 1003,
        user: b"ward",
        keys,
        salt: *b"saltsalt",
        context_engine_id: &ENGINE,
        context: b"vrf-a",
    }
}

fn packet(seal: &Seal<'_>, pdu: &[u8]) -> Bytes {
    let mut out = Vec::new();
    seal.encode(pdu, &mut out);
    out.into()
}

/// How it is read: the varbinds an answer holds, or what is wrong.
fn read(codec: &mut Codec, packet: &Bytes, now: Instant) -> Result<usize, String> {
    let answer = codec.decode(ID, packet, now).map_err(|error| error.to_string())?;
    let mut varbinds = 0;
    answer.each(|_, _| varbinds += 1);
    Ok(varbinds)
}

#[test]
fn an_answer_is_read_at_each_level() {
    let (now, keys) = (Instant::now(), keys());
    for &level in SecurityLevel::ALL {
        let packet = packet(&seal(level, &keys), &RESPONSE);
        let mut codec = codec(level, now);
        assert_eq!(message_id(&packet), Some(ID));
        assert_eq!(read(&mut codec, &packet, now), Ok(1), "{level}");
        let answer = codec.decode(ID, &packet, now).unwrap();
        assert_eq!((answer.size, answer.status), (packet.len(), ErrorStatus::NO_ERROR));
        // What a datagram may hold behind the message is nobody's.
        let behind = [&packet[..], b"behind"].concat().into();
        assert_eq!(read(&mut codec, &behind, now), Ok(1), "{level}");
        let other_level = SecurityLevel::ALL.iter().filter(|other| **other != level);
        for &other in other_level {
            let packet = self::packet(&seal(other, &keys), &RESPONSE);
            let read = read(&mut codec, &packet, now);
            assert!(
                read.as_ref().is_err_and(|e| e.starts_with("unproven message: ")),
                "{level} {other}: {read:?}"
            );
        }
    }
}

#[test]
fn what_is_wrong_with_an_answer_is_named_and_proves_nothing() {
    let (now, keys) = (Instant::now(), keys());
    let forger =
        v3::User::auth_priv("ward", v3::AuthProtocol::Sha256, "guessed", v3::PrivProtocol::Aes128, "guessed");
    let forgers_keys = forger.keys(&ENGINE);
    let mixed_keys = v3::user::Keys { privacy: forgers_keys.privacy.clone(), ..keys.clone() };
    let mut other_id = RESPONSE;
    other_id[4] = 1;
    let mut request = RESPONSE;
    request[0] = 0xa0;
    let good = seal(SecurityLevel::AuthPriv, &keys);
    let cases: [(&str, Seal<'_>, &[u8], &str); 13] = [
        (
            "another's msgID",
            Seal { msg_id: 7, ..good },
            &RESPONSE,
            "unexpected message: another msgID than was asked with",
        ),
        (
            "another's request-id",
            good,
            &other_id,
            "unexpected message: another request-id than was asked with",
        ),
        ("a request", good, &request, "unexpected message: the PDU is no response"),
        (
            "another engine",
            Seal { engine_id: b"\x80\0\0\0\x09\x09", ..good },
            &RESPONSE,
            "unproven message: from another engine than was asked",
        ),
        (
            "another user",
            Seal { user: b"wart", ..good },
            &RESPONSE,
            "unproven message: for another user than asked",
        ),
        (
            "another context",
            Seal { context: b"vrf-b", ..good },
            &RESPONSE,
            "unexpected message: about another context than was asked about",
        ),
        (
            "no signature",
            Seal { level: Level::NoAuthNoPriv, ..good },
            &RESPONSE,
            "unproven message: not protected as the request was",
        ),
        (
            "not encrypted",
            Seal { level: Level::AuthNoPriv, ..good },
            &RESPONSE,
            "unproven message: not protected as the request was",
        ),
        (
            "a guessed password",
            Seal { keys: &forgers_keys, boots: 99, ..good },
            &RESPONSE,
            "unproven message: its signature is not the engine's",
        ),
        (
            "a guessed privacy password",
            Seal { keys: &mixed_keys, ..good },
            &RESPONSE,
            "malformed message: no scoped PDU",
        ),
        (
            "151 s old",
            Seal { time: 849, ..good },
            &RESPONSE,
            "unproven message: recorded earlier, or the engine's clock was set back",
        ),
        (
            "before the last start",
            Seal { boots: 4, time: 2_000_000, ..good },
            &RESPONSE,
            "unproven message: recorded earlier, or the engine's clock was set back",
        ),
        (
            "too many starts",
            Seal { boots: v3::MAX_BOOTS, ..good },
            &RESPONSE,
            "unproven message: recorded earlier, or the engine's clock was set back",
        ),
    ];
    for (what, seal, pdu, expected) in cases {
        let mut codec = codec(SecurityLevel::AuthPriv, now);
        assert_eq!(read(&mut codec, &packet(&seal, pdu), now), Err(expected.into()), "{what}");
        // Only what is signed moves the clock; `engine` names whoever is spoken to.
        let Codec::Secured(secured) = &codec else { unreachable!() };
        let engine = secured.trust.engine().unwrap();
        assert_eq!(engine.id().octets(), ENGINE, "{what}");
        if seal.keys.auth != keys.auth || seal.level == Level::NoAuthNoPriv || seal.engine_id != ENGINE {
            assert_eq!(engine.time(now), EngineTime { boots: 5, time: 1000 }, "{what}");
        }
    }
    // 150 s are not too old, and a message of 2^31-1 octets is nothing an agent may not say it takes.
    for seal in [
        Seal { time: 850, ..good },
        Seal { max_size: 0x7fff_ffff, ..good },
        Seal { boots: 6, time: 0, ..good },
    ] {
        assert_eq!(read(&mut codec(SecurityLevel::AuthPriv, now), &packet(&seal, &RESPONSE), now), Ok(1));
    }
}

#[test]
fn ten_minutes_of_silence_need_no_resynchronisation() {
    let (start, keys) = (Instant::now(), keys());
    let mut codec = codec(SecurityLevel::AuthPriv, start);
    let now = start + Duration::from_secs(600);
    let pdu = codec.encode(ID, Operation::Get, std::iter::empty());
    let request = codec.seal(ID, &pdu, now, 7);
    let message = message::read(&request).unwrap();
    assert_eq!(message.shown, EngineTime { boots: 5, time: 1600 });
    let answer = seal(SecurityLevel::AuthPriv, &keys);
    assert_eq!(read(&mut codec, &packet(&Seal { time: 1601, ..answer }, &RESPONSE), now), Ok(1));
    // What was recorded before is from the past now.
    assert!(read(&mut codec, &packet(&answer, &RESPONSE), now).is_err());
}

#[test]
fn a_request_is_what_an_agent_reads() {
    let (now, keys) = (Instant::now(), keys());
    for &level in SecurityLevel::ALL {
        let codec = codec(level, now);
        let pdu = codec.encode(ID, Operation::Get, [(&[1, 3, 6, 1][..], &[2, 1][..])].into_iter());
        let sealed = codec.seal(ID, &pdu, now, 7);
        assert_eq!(message_id(&sealed), Some(ID));
        let message = v3::Message::decode(&sealed).unwrap();
        let wanted = seal(level, &keys);
        assert_eq!((message.msg_id, message.level, message.reportable), (ID, wanted.level, true));
        assert_eq!((message.engine_id, message.user), (&ENGINE[..], &b"ward"[..]));
        let shown = if level == SecurityLevel::NoAuthNoPriv { (0, 0) } else { (5, 1000) };
        assert_eq!((message.boots, message.time), shown);
        assert_eq!(message.is_signed_with(&keys), level != SecurityLevel::NoAuthNoPriv);
        let mut plain = Vec::new();
        let scoped = v3::Scoped::decode(message.open(&keys, &mut plain).unwrap()).unwrap();
        assert_eq!((scoped.engine_id, scoped.context, scoped.trailing), (&ENGINE[..], &b"vrf-a"[..], false));
        assert_eq!([&[scoped.tag, scoped.pdu.len() as u8], scoped.pdu].concat(), pdu);
        // The same request again is another message, where that matters.
        assert_eq!(codec.seal(ID, &pdu, now, 8) == sealed, level != SecurityLevel::AuthPriv);
        assert!(sealed.len() <= codec.overhead() + pdu.len(), "{level}");
    }
}

#[test]
fn who_is_there_is_asked_without_saying_who_asks() {
    let mut codec = Codec::new(&Credentials::V3(user(SecurityLevel::AuthPriv)), &Sessions::default());
    let now = Instant::now();
    let asked = codec.seal(ID, b"", now, 7);
    let message = v3::Message::decode(&asked).unwrap();
    assert_eq!((message.msg_id, message.level, message.reportable), (ID, Level::NoAuthNoPriv, true));
    assert_eq!((message.engine_id, message.user, message.boots, message.time), (&b""[..], &b""[..], 0, 0));
    // Nothing but a Report is believed before that.
    let keys = keys();
    for &level in SecurityLevel::ALL {
        assert!(read(&mut codec, &packet(&seal(level, &keys), &RESPONSE), now).is_err());
    }
}

/// A Report PDU with the counter of this number.
fn report_pdu(number: u8) -> Vec<u8> {
    [
        &[0xa8, 29, 2, 1, 0, 2, 1, 0, 2, 1, 0, 0x30, 18, 0x30, 16, 6, 10],
        &[0x2b, 6, 1, 6, 3, 15, 1, 1, number, 0][..],
        &[0x41, 2, 0, 9],
    ]
    .concat()
}

#[test]
fn reports_are_read_with_how_far_they_can_be_believed() {
    let (now, keys) = (Instant::now(), keys());
    let mut spoilt = keys.clone();
    spoilt.auth.as_mut().unwrap().1[0] ^= 1;
    let plain = Seal { boots: 6, time: 7, ..seal(SecurityLevel::NoAuthNoPriv, &keys) };
    let signed = Seal { level: Level::AuthNoPriv, ..plain };
    for (seal, number, expected) in [
        (plain, 3, Ok((Complaint::UnknownUserName, Proof::None, 1000))),
        (signed, 2, Ok((Complaint::NotInTimeWindow, Proof::Full, 7))),
        (Seal { level: Level::AuthPriv, ..plain }, 2, Ok((Complaint::NotInTimeWindow, Proof::Full, 7))),
        (Seal { boots: 3, ..signed }, 2, Ok((Complaint::NotInTimeWindow, Proof::FromThePast, 1000))),
        (Seal { engine_id: b"\x80other", ..plain }, 4, Ok((Complaint::UnknownEngineId, Proof::None, 1000))),
        (Seal { keys: &spoilt, ..signed }, 2, Err("unproven message: its signature is not the engine's")),
        (
            Seal { engine_id: b"\x80other", ..signed },
            4,
            Err("unproven message: from another engine than was asked"),
        ),
        (Seal { engine_id: b"", ..plain }, 4, Err("malformed message: a report without an engine id")),
        (Seal { engine_id: &[1; 33], ..plain }, 4, Err("malformed message: a report without an engine id")),
    ] {
        let mut codec = codec(SecurityLevel::AuthPriv, now);
        let read = codec.decode(ID, &packet(&seal, &report_pdu(number)), now);
        let Codec::Secured(secured) = &codec else { unreachable!() };
        let time = secured.trust.engine().unwrap().time(now).time;
        match (read, expected) {
            (Err(DecodeError::Report(report)), Ok(expected)) => {
                assert_eq!((report.complaint, report.proof, time), expected, "{report:?}");
                assert_eq!(report.engine.octets(), seal.engine_id);
            }
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (read, expected) => panic!("{read:?}, expected {expected:?}"),
        }
    }
    let mut codec = codec(SecurityLevel::AuthPriv, now);
    let nothing = [0xa8, 11, 2, 1, 0, 2, 1, 0, 2, 1, 0, 0x30, 0];
    assert_eq!(
        read(&mut codec, &packet(&plain, &nothing), now),
        Err("malformed message: a report about nothing".into())
    );
}

#[test]
fn headers_that_make_no_sense_are_named() {
    let (now, keys) = (Instant::now(), keys());
    let good = packet(&seal(SecurityLevel::NoAuthNoPriv, &keys), &RESPONSE);
    let at = |part: &[u8]| good.windows(part.len()).position(|w| w == part).unwrap();
    // Where in the message things are: msgFlags and msgSecurityModel, boots.
    let (flags, boots) = (at(&[4, 1, 0, 2, 1, 3]), at(&[2, 1, 5, 2, 2]));
    for (octet, value, expected) in [
        (4, 2, "unexpected message: another SNMP version than was asked in"),
        (flags + 2, 2, "malformed message: encrypted and not signed"),
        (flags + 2, 3, "malformed message: no msgData, or not what msgFlags say"),
        (flags + 2, 1, "unproven message: its signature has another length than the protocol says"),
        (flags + 5, 2, "unexpected message: another security model than was asked in"),
        (boots + 2, 0xff, "malformed message: the engine's boots and time have 31 bits"),
        (boots, 4, "malformed message: msgSecurityParameters lack a part"),
    ] {
        let mut bytes = good.to_vec();
        bytes[octet] = value;
        let read = read(&mut codec(SecurityLevel::AuthPriv, now), &bytes.into(), now);
        assert_eq!(read, Err(expected.into()), "octet {octet}");
    }
    // Cut anywhere, or with a length beyond all that is there.
    for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthPriv] {
        let good = packet(&seal(level, &keys), &RESPONSE);
        for length in 0..good.len() {
            assert!(read(&mut codec(level, now), &good.slice(..length), now).is_err(), "{length} octets");
        }
        for (at, length) in [(1, 0x84), (1, 0xff), (1, 0x80), (6, 0x84)] {
            let mut bytes = good.to_vec();
            bytes[at] = length;
            bytes.splice(at + 1..at + 1, [0xff; 4]);
            assert!(read(&mut codec(level, now), &bytes.into(), now).is_err(), "octet {at}: {length:x}");
        }
    }
}

#[test]
fn answers_may_be_as_long_as_they_are_asked_to_be() {
    let (now, keys) = (Instant::now(), keys());
    for &level in SecurityLevel::ALL {
        let codec = codec(level, now);
        // As many octets of varbinds as the walk asks for: the message has no more than the agent has shown it sends.
        let list = vec![5; 1472 - codec.overhead()];
        let mut pdu = vec![0xa2, 0x82, 0, 0, 2, 4, 0x12, 0x34, 0x56, 0x78, 2, 1, 0, 2, 1, 0, 0x30, 0x82];
        pdu.extend((list.len() as u16).to_be_bytes());
        pdu.extend(&list);
        let length = (pdu.len() - 4) as u16;
        pdu[2..4].copy_from_slice(&length.to_be_bytes());
        let longest = Seal { boots: 0x7fff_fffe, time: 0x7fff_ffff, ..seal(level, &keys) };
        let sent = packet(&longest, &pdu).len();
        assert!((1472 - 24..=1472).contains(&sent), "{level}: {sent} octets");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let now = Instant::now();
        let packet = Bytes::from(bytes);
        let _ = message_id(&packet);
        let _ = codec(SecurityLevel::AuthPriv, now).decode(ID, &packet, now);
    }

    #[test]
    fn no_octet_can_be_changed_unseen(at in any::<proptest::sample::Index>(), by in 1u8..=255, privacy in any::<bool>()) {
        let now = Instant::now();
        let level = if privacy { SecurityLevel::AuthPriv } else { SecurityLevel::AuthNoPriv };
        let keys = keys();
        let mut bytes = packet(&seal(level, &keys), &RESPONSE).to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        prop_assert!(codec(level, now).decode(ID, &bytes.into(), now).is_err());
    }
}
