use super::*;
use crate::message::{Envelope, Names, Request, Version};
use crate::mib::Mib;
use crate::respond::{Answer, View};
use crate::v3::engine::{Engine, Refusal};
use crate::v3::{AuthProtocol, PrivProtocol};
use crate::value::{Moment, Value};

const SYS_NAME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 5, 0];

/// An agent without sockets.
struct Agent {
    engine: Engine,
    mib: Mib,
}

impl Agent {
    fn new(user: User) -> Self {
        let mut engine = Engine::default();
        engine.set_id(b"\x80\0\x7e\xd9\x04engine");
        engine.set_boots(3);
        engine.set_users([user]);
        Self { engine, mib: Mib::of([(SYS_NAME, Value::text("gori-r1"))]).unwrap() }
    }

    fn answer(&mut self, packet: &[u8], uptime: Duration) -> Vec<u8> {
        let (mut plain, mut reply) = (Vec::new(), Vec::new());
        let message = Message::decode(packet).unwrap();
        let refusal = match self.engine.open(&message, uptime, &mut plain) {
            Ok(opened) => {
                let (mut names, mut answer) = (Names::default(), Answer::default());
                let envelope = Envelope::Sealed(&opened.seal);
                let scoped = opened.scoped;
                let request =
                    Request::decode_pdu(Version::V3, envelope, scoped.tag, scoped.pdu, &mut names).unwrap();
                let moment = Moment::new(uptime, Duration::ZERO);
                answer.respond(&request, &names, &self.mib, &View::default(), &moment);
                answer.head(&request).encode(&answer.varbinds, &mut reply);
                return reply;
            }
            Err(refusal) => refusal,
        };
        let Refusal::Report(kind) = refusal else { panic!("{refusal:?}") };
        let (seal, pdu) = self.engine.report(kind, &message, uptime);
        seal.encode(&pdu, &mut reply);
        reply
    }
}

fn user() -> User {
    User::auth_priv("ward", AuthProtocol::Sha1, "authphrase", PrivProtocol::Aes128, "privphrase")
}

fn get(session: &mut Session, now: Duration) -> Vec<u8> {
    session.request(Operation::Get, &[SYS_NAME.into()], now)
}

/// Asks until there is no more to learn, and counts the packets.
fn talk(session: &mut Session, agent: &mut Agent, now: Duration) -> (Received, usize) {
    for packets in 1..10 {
        let request = get(session, now);
        let reply = agent.answer(&request, now);
        match session.receive(&reply, now).unwrap() {
            Received::Learned => {}
            other => return (other, packets),
        }
    }
    panic!("there is always more to learn");
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn an_engine_is_discovered_once_and_its_time_kept() {
    let (mut session, mut agent) = (Session::new(user(), b""), Agent::new(user()));
    let (received, packets) = talk(&mut session, &mut agent, HOUR);
    let Received::Answer(response) = received else { panic!("{received:?}") };
    assert_eq!(response.varbinds, [(Oid::from(SYS_NAME), Value::text("gori-r1"))]);
    assert_eq!(packets, 2);
    assert_eq!(session.engine(HOUR), Some((&b"\x80\0\x7e\xd9\x04engine"[..], 3, 3600)));
    assert_eq!(talk(&mut session, &mut agent, 5 * HOUR).1, 1, "hours later its time is still known");
    agent.engine.set_boots(4);
    agent.engine.set_time(0, 5 * HOUR);
    assert_eq!(
        talk(&mut session, &mut agent, 5 * HOUR).1,
        2,
        "after a boot the time is learned from a Report"
    );
    assert_eq!(session.engine(5 * HOUR).map(|engine| engine.1), Some(4));
}

#[test]
fn what_the_agent_reports_is_told() {
    let wrong = |user: &str| user.parse::<User>().unwrap();
    for (user, kind) in [
        (wrong("somebody:SHA:authphrase:AES:privphrase"), ReportKind::UnknownUserNames),
        (wrong("ward:SHA:wrongphrase:AES:privphrase"), ReportKind::WrongDigests),
        (wrong("ward:SHA256:authphrase:AES:privphrase"), ReportKind::WrongDigests),
        (wrong("ward:SHA:authphrase:AES:wrongphrase"), ReportKind::DecryptionErrors),
    ] {
        let mut session = Session::new(user, b"");
        let (received, _) = talk(&mut session, &mut Agent::new(self::user()), HOUR);
        assert_eq!(received, Received::Report { kind: Some(kind), signed: false });
    }
    let mut session = Session::new(user(), b"vlan-10");
    let (received, _) = talk(&mut session, &mut Agent::new(user()), HOUR);
    assert_eq!(received, Received::Report { kind: Some(ReportKind::UnknownContexts), signed: true });
}

#[test]
fn what_is_not_to_be_believed_is_ignored() {
    let (mut session, mut agent) = (Session::new(user(), b""), Agent::new(user()));
    talk(&mut session, &mut agent, HOUR);
    let old = agent.answer(&get(&mut session, HOUR), HOUR);
    let request = get(&mut session, HOUR);
    assert_eq!(session.receive(&old, HOUR), Ok(Received::Ignored("the answer to another request")));
    let reply = agent.answer(&request, HOUR);
    let mut forged = reply.clone();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(session.receive(&forged, HOUR), Ok(Received::Ignored("a wrong signature")));
    let later = HOUR + Duration::from_secs(151);
    assert_eq!(session.receive(&reply, later), Ok(Received::Ignored("from another time")));

    // The same agent, and a user who need not sign: what comes unsigned does not answer what was asked signed.
    let (mut careless, lax) = (Session::new(user(), b""), user().at_least(Level::NoAuthNoPriv));
    let mut agent = Agent::new(lax);
    talk(&mut careless, &mut agent, HOUR);
    let mut asks_open = careless.clone().at_level(Level::NoAuthNoPriv);
    let reply = agent.answer(&get(&mut asks_open, HOUR), HOUR);
    get(&mut careless, HOUR);
    assert_eq!(
        careless.receive(&reply, HOUR),
        Ok(Received::Ignored("an answer less protected than the request"))
    );
}
