use super::*;
use crate::Secret;
use crate::usm::{AuthProtocol, Authentication, Context, Security, Sessions};

fn user() -> User {
    let authentication = Authentication { protocol: AuthProtocol::Sha, password: Secret::new("maplesyrup") };
    User {
        name: Secret::new("ward"),
        name_is_public: true,
        security: Security::AuthNoPriv(authentication),
        context: Context::default(),
    }
}

fn id(octet: u8) -> EngineId {
    EngineId::new(&[0x80, 0, 0, 0, octet]).unwrap()
}

fn shown(boots: u32, time: u32) -> EngineTime {
    EngineTime { boots, time }
}

/// A conversation with engine 1, at 5 boots and 1000 s, which has proven itself or not.
fn trust(proven: bool, now: Instant) -> Trust {
    let mut trust = Trust::new(user(), Sessions::default().get(&user()));
    trust.found(id(1), shown(5, 1000), now);
    if proven {
        let engine = trust.engine().unwrap();
        engine.receive(shown(5, 1000), now).unwrap();
        trust.proven(&engine);
    }
    trust
}

fn report(complaint: Complaint, engine: u8, shown: EngineTime, proof: Proof) -> Report {
    Report { complaint, engine: id(engine), shown, proof }
}

/// Whom requests are made for, and at which time.
fn speaks_to(trust: &Trust, now: Instant) -> (u8, u32, u32) {
    let engine = trust.engine().unwrap();
    let EngineTime { boots, time } = engine.time(now);
    (engine.id().octets()[4], boots, time)
}

#[test]
fn each_report_has_its_reaction() {
    use Complaint::*;
    let now = Instant::now();
    for (complaint, engine, proof, reaction, then) in [
        (NotInTimeWindow, 1, Proof::Full, Reaction::Resend, (1, 5, 1000)),
        (NotInTimeWindow, 1, Proof::FromThePast, Reaction::Resend, (1, 5, 7)),
        (NotInTimeWindow, 1, Proof::None, Reaction::Resend, (1, 5, 7)),
        (NotInTimeWindow, 2, Proof::None, Reaction::Ignored, (1, 5, 1000)),
        (UnknownEngineId, 2, Proof::None, Reaction::Resend, (2, 5, 7)),
        (UnknownEngineId, 1, Proof::None, Reaction::Resend, (1, 5, 1000)),
        (UnknownUserName, 1, Proof::None, Reaction::Doubted, (1, 5, 1000)),
        (WrongDigest, 1, Proof::None, Reaction::Doubted, (1, 5, 1000)),
        (WrongDigest, 2, Proof::None, Reaction::Ignored, (1, 5, 1000)),
        (DecryptionError, 1, Proof::Full, Reaction::Refused, (1, 5, 1000)),
        (DecryptionError, 1, Proof::FromThePast, Reaction::Ignored, (1, 5, 1000)),
        (UnknownContext, 1, Proof::Full, Reaction::Refused, (1, 5, 1000)),
        (Other, 1, Proof::None, Reaction::Doubted, (1, 5, 1000)),
    ] {
        let mut trust = trust(true, now);
        let report = report(complaint, engine, shown(5, 7), proof);
        assert_eq!(trust.on_report(&report, now), reaction, "{report:?}");
        assert_eq!(speaks_to(&trust, now), then, "{report:?}");
        // Another conversation believes what it did before, whatever the Report.
        assert_eq!(trust.session().engine().unwrap().id(), &id(1));
        assert_eq!(trust.session().engine().unwrap().time(now), shown(5, 1000));
    }
}

#[test]
fn a_forged_engine_is_given_up_when_the_true_one_speaks() {
    let now = Instant::now();
    let mut trust = trust(true, now);
    let forged = report(Complaint::UnknownEngineId, 9, shown(1, 1), Proof::None);
    assert_eq!(trust.on_report(&forged, now), Reaction::Resend);
    assert_eq!(speaks_to(&trust, now), (9, 1, 1));
    // It says that the request was for somebody else …
    let true_one = report(Complaint::UnknownEngineId, 1, shown(5, 1000), Proof::None);
    assert_eq!(trust.on_report(&true_one, now), Reaction::Resend);
    assert_eq!(speaks_to(&trust, now), (1, 5, 1000));
    // … or answers a request that was made earlier.
    assert_eq!(trust.on_report(&forged, now), Reaction::Resend);
    let (_, known) = trust.engines(id(1).octets());
    trust.proven(&known.unwrap());
    assert_eq!(speaks_to(&trust, now), (1, 5, 1000));
    // And not for ever.
    assert_eq!(trust.on_report(&forged, now), Reaction::Doubted);
    assert_eq!(speaks_to(&trust, now), (1, 5, 1000));
}

#[test]
fn a_new_engine_takes_the_place_when_it_has_proven_itself() {
    let now = Instant::now();
    let mut trust = trust(true, now);
    trust.on_report(&report(Complaint::UnknownEngineId, 2, shown(1, 30), Proof::None), now);
    let (tried, known) = trust.engines(id(2).octets());
    assert!(known.is_none());
    assert_eq!(trust.session().engine().unwrap().id(), &id(1));
    trust.proven(&tried.unwrap());
    assert_eq!(trust.session().engine().unwrap().id(), &id(2));
    assert!(trust.engines(id(1).octets()).1.is_none());
}

#[test]
fn a_clock_set_back_is_believed_after_an_answer() {
    let now = Instant::now();
    let mut trust = trust(true, now);
    trust.on_report(&report(Complaint::NotInTimeWindow, 1, shown(1, 30), Proof::FromThePast), now);
    let (tried, known) = trust.engines(id(1).octets());
    let (tried, known) = (tried.unwrap(), known.unwrap());
    assert!(known.receive(shown(1, 31), now).is_err());
    assert!(tried.receive(shown(1, 31), now).is_ok());
    trust.proven(&tried);
    assert_eq!(trust.session().engine().unwrap().time(now), shown(1, 31));
}

#[test]
fn a_conversation_goes_on_when_another_has_forgotten_the_engine() {
    let now = Instant::now();
    let mut trust = trust(false, now);
    trust.session().doubt();
    assert!(trust.engine().is_none());
    let introduction = report(Complaint::UnknownEngineId, 1, shown(5, 1001), Proof::None);
    assert_eq!(trust.on_report(&introduction, now), Reaction::Resend);
    assert_eq!(speaks_to(&trust, now), (1, 5, 1001));
}

#[test]
fn silence_after_an_introduction_is_told_apart() {
    let now = Instant::now();
    let timeout = Failure::Timeout { retries: 3 };
    assert_eq!(trust(true, now).unanswered(3), timeout);
    assert_eq!(Trust::new(user(), Sessions::default().get(&user())).unanswered(3), timeout);
    assert_eq!(
        trust(false, now).unanswered(3).to_string(),
        "request timeout (after 3 retries): the agent says who it is, but does not answer this user, whose \
         authentication password or protocol may be wrong"
    );
}
