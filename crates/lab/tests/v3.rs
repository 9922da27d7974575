//! Agents that speak SNMPv3, over real sockets, as the lab's own client sees them and their faults.

use std::time::{Duration, Instant};

use lab::message::Operation;
use lab::v3::client::Received;
use lab::v3::{Level, ReportKind, Session};
use lab::{Agent, AuthProtocol, Mib, Oid, PrivProtocol, RunningAgent, User, Value};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use ward_lab as lab;

/// Long enough for any answer that comes at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Long enough to believe that no answer comes: every agent here answers at once or not at all.
const SILENCE: Duration = Duration::from_millis(150);
const SYS_NAME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 5, 0];
const COLUMN: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 10];

fn mib(name: &str) -> Mib {
    let rows = (1..=100).map(|row| (Oid::from(COLUMN).child(&[row]), Value::Counter32(row)));
    Mib::of(rows.chain([(Oid::from(SYS_NAME), Value::text(name))])).unwrap()
}

fn user() -> User {
    User::auth_priv("ward", AuthProtocol::Sha256, "authphrase", PrivProtocol::Aes256, "privphrase")
}

fn agent() -> Agent {
    Agent::new(mib("gori-r1")).user(user()).booted(7, 1000)
}

struct Client {
    socket: UdpSocket,
    session: Session,
    started: Instant,
}

impl Client {
    async fn of(agent: &RunningAgent, session: Session) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(agent.addr()).await.unwrap();
        Self { socket, session, started: Instant::now() }
    }

    async fn send(&mut self) {
        let packet = self.session.request(Operation::Get, &[SYS_NAME.into()], self.started.elapsed());
        self.socket.send(&packet).await.unwrap();
    }

    /// The next packet and what it is to the client, if one comes within `patience`.
    async fn next(&mut self, patience: Duration) -> Option<(usize, Received)> {
        let mut packet = vec![0; 65_536];
        let length = timeout(patience, self.socket.recv(&mut packet)).await.ok()?.unwrap();
        let received = self.session.receive(&packet[..length], self.started.elapsed()).unwrap();
        Some((length, received))
    }

    async fn received(&mut self) -> Received {
        self.next(PATIENCE).await.expect("a packet").1
    }

    /// One request, and what comes first.
    async fn ask(&mut self) -> Received {
        self.send().await;
        self.received().await
    }

    /// Discovers the engine and gets the name: the client knows all there is to know.
    async fn meet(&mut self) {
        assert_eq!(self.ask().await, Received::Learned);
        assert_eq!(name(self.ask().await), "gori-r1");
    }
}

/// The sysName in an answer.
fn name(received: Received) -> String {
    let Received::Answer(response) = received else { panic!("no answer: {received:?}") };
    let Value::OctetString(name) = &response.varbinds[0].1 else { panic!("no name: {response:?}") };
    String::from_utf8_lossy(name).into_owned()
}

fn report(kind: ReportKind) -> Received {
    let signed = kind == ReportKind::NotInTimeWindows;
    Received::Report { kind: Some(kind), signed }
}

#[tokio::test]
async fn an_agent_is_discovered_and_answers() {
    let agent = agent().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    let engine = agent.engine().unwrap();
    assert_eq!((engine.boots, engine.id.len()), (7, 11));
    assert!((1000..1010).contains(&engine.time), "{engine:?}");
    let (id, boots, time) = client.session.engine(client.started.elapsed()).unwrap();
    assert_eq!((id, boots), (&engine.id[..], 7));
    assert!(time.abs_diff(engine.time) <= 1);
    let stats = agent.stats();
    assert_eq!((stats.requests, stats.answers, stats.bad_requests, stats.last_bad), (2, 2, 0, None));
    assert_eq!((stats.usm.unknown_engine_ids, stats.rounds), (1, 2));
}

#[tokio::test]
async fn an_engine_id_is_what_it_is_told() {
    for length in [5, 12, 17, 32] {
        let id: Vec<u8> = (0..length).map(|octet| 0x80 ^ octet).collect();
        let agent = agent().engine_id(&id).spawn().await.unwrap();
        let mut client = Client::of(&agent, Session::new(user(), b"")).await;
        client.meet().await;
        assert_eq!(agent.engine().unwrap().id, id);
    }
}

#[tokio::test]
async fn contexts_show_other_objects() {
    let agent = agent().context("vlan-10", mib("vlan-10")).spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"vlan-10")).await;
    client.ask().await;
    assert_eq!(name(client.ask().await), "vlan-10");
}

#[tokio::test]
async fn answers_are_no_longer_than_either_side_takes() {
    for (theirs, ours, longest) in [(484, 1472, 484), (0x7fff_ffff, 1472, 1472), (65_507, 900, 900)] {
        let limits = lab::Limits { max_message: ours, ..lab::Limits::default() };
        let agent = agent().max_size(theirs).limits(limits).spawn().await.unwrap();
        let mut client = Client::of(&agent, Session::new(user(), b"")).await;
        client.meet().await;
        let bulk = Operation::GetBulk { non_repeaters: 0, max_repetitions: 100 };
        let packet = client.session.request(bulk, &[COLUMN.into()], client.started.elapsed());
        client.socket.send(&packet).await.unwrap();
        let (length, received) = client.next(PATIENCE).await.unwrap();
        let Received::Answer(response) = received else { panic!("{received:?}") };
        assert!((longest - 30..=longest).contains(&length), "{length} of {longest}");
        assert!(response.varbinds.len() > 10);
    }
}

#[tokio::test]
async fn what_is_longer_than_an_agent_takes_gets_no_answer() {
    let agent = agent().max_size(484).spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    let names = vec![Oid::from(SYS_NAME); 40];
    let packet = client.session.request(Operation::Get, &names, client.started.elapsed());
    client.socket.send(&packet).await.unwrap();
    assert_eq!(client.next(SILENCE).await, None);
    let complaint = format!("{} octets, and msgMaxSize was 484", packet.len());
    assert_eq!(agent.stats().last_bad, Some(complaint));
}

#[tokio::test]
async fn other_versions_get_silence_where_only_v3_is_spoken() {
    let agent = agent().v3_only().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    let packet = lab::ask::request(lab::Version::V2c, b"public", 1, Operation::Get, &[SYS_NAME.into()]);
    client.socket.send(&packet).await.unwrap();
    client.meet().await;
    let stats = agent.stats();
    assert_eq!((stats.requests, stats.answers, stats.bad_requests), (3, 2, 1));
    assert!(stats.last_bad.unwrap().starts_with("version 1 is not answered here"));
}

#[tokio::test]
async fn who_must_encrypt_gets_an_error_for_less() {
    let agent = agent().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"").at_level(Level::AuthNoPriv)).await;
    client.ask().await;
    let Received::Answer(response) = client.ask().await else { panic!("no answer") };
    assert_eq!((response.error_status, response.error_index, response.varbinds.len()), (16, 0, 1));
    agent.change_engine(|engine, _| engine.set_users([user().at_least(Level::AuthNoPriv)]));
    assert_eq!(name(client.ask().await), "gori-r1");
}

#[tokio::test]
async fn a_boot_is_learned_from_a_report_and_another_engine_discovered() {
    let agent = agent().fault("reboot@3".parse().unwrap()).spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    assert_eq!(client.ask().await, Received::Learned);
    assert_eq!(name(client.ask().await), "gori-r1");
    assert_eq!(agent.engine().unwrap().boots, 8);

    let before = agent.engine().unwrap().id;
    agent.set_fault("reboot:engine@5".parse().unwrap());
    client.send().await;
    // The Report comes from an engine that is not known.
    assert_eq!(client.received().await, Received::Ignored("another engine"));
    assert_ne!(agent.engine().unwrap().id, before);
    client.session.forget();
    client.meet().await;

    agent.change_engine(|engine, _| engine.set_boots(5));
    client.session.forget();
    client.meet().await;
    agent.set_fault("reboot:forgetful@10".parse().unwrap());
    assert_eq!(client.ask().await, Received::Ignored("from another time"));
    assert_eq!(agent.engine().unwrap().boots, 1);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_is_followed() {
    let agent = agent().fault("clock:+200@3".parse().unwrap()).spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    assert_eq!(client.ask().await, Received::Learned);
    assert_eq!(name(client.ask().await), "gori-r1");
    assert!(agent.engine().unwrap().time >= 1200);
    assert_eq!(agent.stats().usm.not_in_time_windows, 1);
    agent.set_fault("clock:-1000@5".parse().unwrap());
    assert_eq!(client.ask().await, Received::Ignored("from another time"));
}

#[tokio::test]
async fn faults_of_a_discovery_are_as_named() {
    let agent = agent().fault("blank_discovery".parse().unwrap()).spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    assert_eq!(client.ask().await, Received::Learned);
    let (_, boots, time) = client.session.engine(client.started.elapsed()).unwrap();
    assert_eq!((boots, time), (0, 0));
    assert_eq!(client.ask().await, Received::Learned, "the time comes with a signed Report");
    assert_eq!(name(client.ask().await), "gori-r1");

    agent.set_fault("no_report:engine".parse().unwrap());
    client.session.forget();
    client.send().await;
    assert_eq!(client.next(SILENCE).await, None);

    agent.set_fault("slow_discovery:100ms".parse().unwrap());
    let begin = Instant::now();
    client.session.forget();
    client.meet().await;
    assert!(begin.elapsed() >= Duration::from_millis(99));
}

#[tokio::test]
async fn a_report_can_be_withheld() {
    let agent = agent().spawn().await.unwrap();
    let text = "ward:SHA256:authphrase:AES256:wrongphrase";
    let mut client = Client::of(&agent, Session::new(text.parse().unwrap(), b"")).await;
    client.ask().await;
    assert_eq!(client.ask().await, report(ReportKind::DecryptionErrors));
    agent.set_fault("no_report:digest".parse().unwrap());
    assert_eq!(client.ask().await, report(ReportKind::DecryptionErrors));
    for fault in ["no_report", "no_report:decryption"] {
        agent.set_fault(fault.parse().unwrap());
        client.send().await;
        assert_eq!(client.next(SILENCE).await, None, "{fault}");
    }
    assert_eq!(agent.stats().usm.decryption_errors, 4);
}

#[tokio::test]
async fn answers_that_must_not_be_believed_are_as_named() {
    let agent = agent().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    for (fault, why) in [
        ("lower_level:none", "an answer less protected than the request"),
        ("lower_level:auth", "an answer less protected than the request"),
        ("wrong_msg_id", "the answer to another request"),
        ("wrong_request_id", "the answer to another request"),
        ("wrong_context", "another context"),
        ("wrong_user", "a wrong signature"),
        ("wrong_digest", "a wrong signature"),
    ] {
        agent.set_fault(fault.parse().unwrap());
        assert_eq!(client.ask().await, Received::Ignored(why), "{fault}");
        assert_eq!(client.next(SILENCE).await, None, "{fault}");
    }
}

#[tokio::test]
async fn forgeries_come_before_the_answer_and_are_as_named() {
    let agent = agent().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    let unsigned = |kind| Received::Report { kind: Some(kind), signed: false };
    for (fault, first) in [
        ("forge:digest", Received::Ignored("a wrong signature")),
        ("forge:boots", Received::Ignored("a wrong signature")),
        ("forge:time", Received::Ignored("a wrong signature")),
        ("forge:engine", Received::Ignored("another engine")),
        ("forge:response", Received::Ignored("an answer less protected than the request")),
        ("forge_report:user", unsigned(ReportKind::UnknownUserNames)),
        ("forge_report:time", unsigned(ReportKind::NotInTimeWindows)),
        ("forge_report:digest", unsigned(ReportKind::WrongDigests)),
        ("forge_report:engine", Received::Ignored("another engine")),
        ("replay", Received::Ignored("the answer to another request")),
    ] {
        agent.set_fault(fault.parse().unwrap());
        assert_eq!(client.ask().await, first, "{fault}");
        assert_eq!(name(client.received().await), "gori-r1", "{fault}");
    }
}

#[tokio::test]
async fn faults_of_pdus_are_the_same_in_every_version() {
    let agent = agent().spawn().await.unwrap();
    let mut client = Client::of(&agent, Session::new(user(), b"")).await;
    client.meet().await;
    agent.set_fault("gen_err".parse().unwrap());
    let Received::Answer(response) = client.ask().await else { panic!("no answer") };
    assert_eq!((response.error_status, response.error_index), (5, 1));
    agent.set_fault("duplicate".parse().unwrap());
    assert_eq!(name(client.ask().await), "gori-r1");
    assert_eq!(name(client.received().await), "gori-r1");
}
