use super::*;
use crate::ask;
use crate::message::Operation;
use crate::oid::Oid;
use crate::v3::{AuthProtocol, PrivProtocol};

const ID: &[u8] = b"\x80\0\x7e\xd9\x04engine";

fn user() -> User {
    User::auth_priv("ward", AuthProtocol::Sha256, "authphrase", PrivProtocol::Aes128, "privphrase")
}

fn engine() -> Engine {
    let mut engine = Engine::default();
    engine.set_id(ID);
    engine.set_boots(7);
    engine.set_time(1000, Duration::ZERO);
    engine.set_users([user(), User::no_auth("guest")]);
    engine.add_context(b"vlan-10", Arc::new(Mib::default()));
    engine
}

/// A request as `change` makes it, and what the engine, up for 60 s, says to it.
fn outcome(engine: &mut Engine, change: impl FnOnce(&mut Seal<'_>)) -> Result<(u32, usize), Refusal> {
    let keys = user().keys(ID);
    let mut seal = Seal {
        msg_id: 1,
        max_size: 1400,
        level: Level::AuthPriv,
        reportable: true,
        engine_id: ID,
        boots: 7,
        time: 1060,
        user: b"ward",
        keys: &keys,
        salt: [9; 8],
        context_engine_id: ID,
        context: b"",
    };
    change(&mut seal);
    let (mut packet, mut plain) = (Vec::new(), Vec::new());
    seal.encode(&ask::pdu(5, Operation::Get, &[Oid::from([1, 3, 6])]), &mut packet);
    let message = Message::decode(&packet).unwrap();
    let opened = engine.open(&message, Duration::from_secs(60), &mut plain)?;
    assert_eq!(opened.authorized, message.level == Level::AuthPriv || message.user == b"guest");
    Ok((opened.seal.time, opened.max_message))
}

#[test]
fn a_request_is_accepted_or_reported_as_rfc_3414_says() {
    let wrong =
        User::auth_priv("ward", AuthProtocol::Sha256, "wrongphrase", PrivProtocol::Aes128, "privphrase");
    let wrong = wrong.keys(ID);
    let unreadable =
        User::auth_priv("ward", AuthProtocol::Sha256, "authphrase", PrivProtocol::Aes128, "wrongphrase");
    let unreadable = unreadable.keys(ID);
    let des =
        User::auth_priv("ward", AuthProtocol::Sha256, "authphrase", PrivProtocol::Des, "privphrase").keys(ID);
    let accepted = Ok((1060, 1400));
    let report = |kind| Err(Refusal::Report(kind));
    type Change<'a> = &'a dyn Fn(&mut Seal<'_>);
    let rows: [(&str, Change<'_>, _); 17] = [
        ("right", &|_| {}, accepted.clone()),
        (
            "another engine",
            &|seal| seal.engine_id = b"\x80\0\x7e\xd9\x04enginf",
            report(ReportKind::UnknownEngineIds),
        ),
        ("no engine", &|seal| seal.engine_id = b"", report(ReportKind::UnknownEngineIds)),
        ("another user", &|seal| seal.user = b"war", report(ReportKind::UnknownUserNames)),
        ("a user without keys", &|seal| seal.user = b"guest", report(ReportKind::UnsupportedSecLevels)),
        ("early", &|seal| seal.time = 1060 + 150, accepted.clone()),
        ("too early", &|seal| seal.time = 1060 + 151, report(ReportKind::NotInTimeWindows)),
        ("late", &|seal| seal.time = 1060 - 150, accepted.clone()),
        ("too late", &|seal| seal.time = 1060 - 151, report(ReportKind::NotInTimeWindows)),
        ("an earlier boot", &|seal| seal.boots = 6, report(ReportKind::NotInTimeWindows)),
        ("a later boot", &|seal| seal.boots = 8, report(ReportKind::NotInTimeWindows)),
        ("another context", &|seal| seal.context = b"vlan-10", accepted.clone()),
        ("no such context", &|seal| seal.context = b"vlan-11", report(ReportKind::UnknownContexts)),
        (
            "no such context engine",
            &|seal| seal.context_engine_id = b"x",
            report(ReportKind::UnknownPduHandlers),
        ),
        ("signed only", &|seal| seal.level = Level::AuthNoPriv, accepted.clone()),
        (
            "not at all protected, whatever the time",
            &|seal| (seal.level, seal.boots, seal.user) = (Level::NoAuthNoPriv, 0, b"guest"),
            accepted.clone(),
        ),
        ("a small message size", &|seal| seal.max_size = 3, Ok((1060, 484))),
    ];
    for (what, change, expected) in rows {
        assert_eq!(outcome(&mut engine(), change), expected, "{what}");
    }
    // A closure could not lend keys to a seal of any lifetime.
    for (what, keys, expected) in [
        ("a wrong password", &wrong, ReportKind::WrongDigests),
        ("a wrong privacy password", &unreadable, ReportKind::DecryptionErrors),
        ("another privacy protocol", &des, ReportKind::DecryptionErrors),
    ] {
        let seal = Seal {
            msg_id: 1,
            max_size: 1400,
            level: Level::AuthPriv,
            reportable: true,
            engine_id: ID,
            boots: 7,
            time: 1060,
            user: b"ward",
            keys,
            salt: [9; 8],
            context_engine_id: ID,
            context: b"",
        };
        let (mut packet, mut plain) = (Vec::new(), Vec::new());
        seal.encode(&ask::pdu(5, Operation::Get, &[Oid::from([1, 3, 6])]), &mut packet);
        let mut engine = engine();
        let message = Message::decode(&packet).unwrap();
        let refusal = engine.open(&message, Duration::from_secs(60), &mut plain).unwrap_err();
        assert_eq!(refusal, Refusal::Report(expected), "{what}");
    }
}

#[test]
fn after_the_last_boot_nothing_is_in_time() {
    let mut engine = engine();
    engine.set_boots(MAX_BOOTS);
    let refusal = Err(Refusal::Report(ReportKind::NotInTimeWindows));
    assert_eq!(outcome(&mut engine, |seal| seal.boots = MAX_BOOTS), refusal);
}

#[test]
fn the_clock_goes_and_can_be_set() {
    let mut engine = engine();
    let after = |engine: &Engine, seconds| engine.time(Duration::from_secs(seconds));
    assert_eq!((after(&engine, 0), after(&engine, 3600)), (1000, 4600));
    engine.shift_time(-500);
    assert_eq!(after(&engine, 600), 1100);
    engine.set_time(0, Duration::from_secs(600));
    assert_eq!((after(&engine, 601), after(&engine, 599)), (1, 0));
}

#[test]
fn another_id_makes_other_keys() {
    let mut engine = engine();
    engine.set_id(b"\x80\0\x7e\xd9\x04enginf");
    let refusal = outcome(&mut engine, |seal| seal.engine_id = b"\x80\0\x7e\xd9\x04enginf");
    assert_eq!(refusal, Err(Refusal::Report(ReportKind::WrongDigests)));
}

#[test]
fn reports_count_and_only_that_about_the_time_is_signed() {
    let keys = user().keys(ID);
    let mut engine = engine();
    let (boots, guest) = (engine.boots(), Keys::default());
    let seal = |level, keys| Seal {
        msg_id: 77,
        max_size: 1400,
        level,
        reportable: true,
        engine_id: b"",
        boots,
        time: 1,
        user: b"ward",
        keys,
        salt: [9; 8],
        context_engine_id: b"",
        context: b"",
    };
    for (level, keys, kind, signed, request_id) in [
        (Level::NoAuthNoPriv, &guest, ReportKind::UnknownEngineIds, false, 5),
        (Level::AuthNoPriv, &keys, ReportKind::NotInTimeWindows, true, 5),
        (Level::AuthPriv, &keys, ReportKind::NotInTimeWindows, true, 0),
        (Level::AuthPriv, &keys, ReportKind::WrongDigests, false, 0),
    ] {
        let (mut packet, mut reply) = (Vec::new(), Vec::new());
        seal(level, keys).encode(&ask::pdu(5, Operation::Get, &[]), &mut packet);
        let asked = Message::decode(&packet).unwrap();
        let (answer, pdu) = engine.report(kind, &asked, Duration::from_secs(60));
        answer.encode(&pdu, &mut reply);
        let report = Message::decode(&reply).unwrap();
        assert_eq!((report.msg_id, report.engine_id, report.time), (77, ID, 1060));
        assert_eq!(report.level >= Level::AuthNoPriv, signed, "{kind:?}");
        assert_eq!(report.is_signed_with(keys), signed, "{kind:?}");
        let scoped = Scoped::decode(report.data).unwrap();
        let response = crate::ask::Response::decode_pdu(scoped.pdu).unwrap();
        assert_eq!((scoped.tag, response.request_id), (pdu::REPORT, request_id));
        assert_eq!(response.varbinds[0].0, kind.oid());
    }
    let (_, second) =
        engine.report(ReportKind::WrongDigests, &Message::decode(&discovery()).unwrap(), Duration::ZERO);
    assert_eq!(second.last(), Some(&2), "the counter goes on");
}

fn discovery() -> Vec<u8> {
    let mut packet = Vec::new();
    let seal = Seal {
        msg_id: 1,
        max_size: 1400,
        level: Level::NoAuthNoPriv,
        reportable: true,
        engine_id: b"",
        boots: 0,
        time: 0,
        user: b"",
        keys: &Keys::default(),
        salt: [0; 8],
        context_engine_id: b"",
        context: b"",
    };
    seal.encode(&ask::pdu(5, Operation::Get, &[]), &mut packet);
    packet
}
