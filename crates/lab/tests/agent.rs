//! Agents over real sockets: what a client sees of their manners and of their faults.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lab::ask::{self, Response};
use lab::message::Operation;
use lab::{Agent, FaultRule, Limits, Mib, Oid, Value, Version};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use ward_lab as lab;

/// Long enough for any answer that comes at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Long enough to believe that no answer comes: every agent here answers at once or not at all.
const SILENCE: Duration = Duration::from_millis(150);
const COLUMN: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 10];

fn mib() -> Mib {
    Mib::of((1..=40).map(|row| (Oid::from(COLUMN).child(&[row]), Value::Counter32(row)))).unwrap()
}

struct Client {
    socket: UdpSocket,
    agent: SocketAddr,
    next_id: i32,
}

impl Client {
    async fn of(agent: SocketAddr) -> Self {
        let here = if agent.is_ipv6() { "[::1]:0" } else { "127.0.0.1:0" };
        Self { socket: UdpSocket::bind(here).await.unwrap(), agent, next_id: 100 }
    }

    async fn send(&mut self, operation: Operation, asked: &[Oid]) {
        self.next_id += 1;
        let packet = ask::request(Version::V2c, b"public", self.next_id, operation, asked);
        self.socket.send_to(&packet, self.agent).await.unwrap();
    }

    /// The next packet and its sender, if one comes within `patience`.
    async fn packet(&self, patience: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        let mut packet = vec![0; 65_536];
        let (length, from) = timeout(patience, self.socket.recv_from(&mut packet)).await.ok()?.unwrap();
        packet.truncate(length);
        Some((packet, from))
    }

    async fn response(&self) -> Response {
        Response::decode(&self.packet(PATIENCE).await.expect("an answer").0).unwrap()
    }

    /// The last arcs of a GETBULK's answer: which rows came.
    async fn rows(&mut self, repetitions: usize) -> Vec<u32> {
        self.send(bulk(repetitions), &[COLUMN.into()]).await;
        rows(&self.response().await)
    }
}

fn bulk(max_repetitions: usize) -> Operation {
    Operation::GetBulk { non_repeaters: 0, max_repetitions }
}

fn rows(response: &Response) -> Vec<u32> {
    response.varbinds.iter().map(|(name, _)| name.arcs().last().copied().unwrap()).collect()
}

fn fault(text: &str) -> FaultRule {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_agent_answers_and_counts() {
    let agent = Agent::new(mib()).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    assert_eq!(client.rows(5).await, [1, 2, 3, 4, 5]);
    let (request, reply) = {
        client.send(Operation::Get, &[Oid::from(COLUMN).child(&[7])]).await;
        let (packet, from) = client.packet(PATIENCE).await.unwrap();
        assert_eq!(from, agent.addr());
        let response = Response::decode(&packet).unwrap();
        assert_eq!(response.varbinds, [(Oid::from(COLUMN).child(&[7]), Value::Counter32(7))]);
        assert_eq!(response.request_id, client.next_id);
        (ask::request(Version::V2c, b"public", 1, Operation::Get, &[Oid::from(COLUMN).child(&[7])]), packet)
    };
    let stats = agent.stats();
    assert_eq!((stats.requests, stats.bad_requests, stats.answers, stats.varbinds), (2, 0, 2, 6));
    assert_eq!((stats.max_outstanding, stats.rounds), (1, 2));
    assert!(stats.bytes_in > request.len() as u64 && stats.bytes_out > reply.len() as u64);
    agent.reset();
    assert_eq!(agent.stats(), lab::Stats::default());
}

#[tokio::test]
async fn agents_listen_on_ipv6_too_and_free_their_port() {
    let address: SocketAddr = "[::1]:0".parse().unwrap();
    let agent = Agent::new(mib()).listen(address).spawn().await.unwrap();
    let address = agent.addr();
    assert_eq!(Client::of(address).await.rows(2).await, [1, 2]);
    agent.stop().await;
    Agent::new(mib()).listen(address).spawn().await.expect("the port is free again");
}

#[tokio::test]
async fn what_is_no_request_is_counted_and_gets_no_answer() {
    let agent = Agent::new(mib()).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    client.socket.send_to(b"hello", agent.addr()).await.unwrap();
    let stranger = ask::request(Version::V2c, b"private", 1, bulk(2), &[COLUMN.into()]);
    client.socket.send_to(&stranger, agent.addr()).await.unwrap();
    // Packets on one socket are answered in order, so this answer is the first.
    assert_eq!(client.rows(1).await, [1]);
    let stats = agent.stats();
    assert_eq!((stats.requests, stats.bad_requests, stats.wrong_community, stats.answers), (3, 1, 1, 1));
    assert_eq!(stats.last_bad.as_deref(), Some("the data ends too early"));
}

#[tokio::test]
async fn requests_in_flight_share_a_round_and_following_ones_add_one() {
    let delay = Duration::from_millis(40);
    let agent = Agent::new(mib()).delay(delay).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    let begin = Instant::now();
    for _ in 0..30 {
        client.send(bulk(3), &[COLUMN.into()]).await;
    }
    for _ in 0..30 {
        assert_eq!(rows(&client.response().await), [1, 2, 3]);
    }
    assert!(begin.elapsed() >= delay - Duration::from_millis(1), "{:?}", begin.elapsed());
    let stats = agent.stats();
    assert_eq!((stats.max_outstanding, stats.rounds), (30, 1));
    client.rows(1).await;
    client.rows(1).await;
    assert_eq!(agent.stats().rounds, 3);
    agent.reset();
    client.rows(1).await;
    assert_eq!(agent.stats().rounds, 1);
}

#[tokio::test]
async fn a_serial_agent_does_one_request_after_the_other() {
    let agent =
        Agent::new(mib()).serial(Duration::from_millis(5), Duration::from_millis(1)).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    let begin = Instant::now();
    for _ in 0..4 {
        client.send(bulk(5), &[COLUMN.into()]).await;
    }
    for _ in 0..4 {
        client.response().await;
    }
    assert!(begin.elapsed() >= Duration::from_millis(39), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn losses_are_drawn_from_the_seed() {
    let mut lost = Vec::new();
    for _ in 0..2 {
        let agent = Agent::new(mib()).loss(0.3).seed(7).spawn().await.unwrap();
        let mut client = Client::of(agent.addr()).await;
        for _ in 0..200 {
            client.send(Operation::Get, &[COLUMN.into()]).await;
        }
        while agent.stats().requests < 200 {
            tokio::task::yield_now().await;
        }
        let stats = agent.stats();
        assert_eq!(stats.lost + stats.answers, 200);
        assert!((30..90).contains(&stats.lost), "{}", stats.lost);
        lost.push(stats.lost);
    }
    assert_eq!(lost[0], lost[1]);
}

#[tokio::test]
async fn faults_in_the_varbinds_are_as_named() {
    let agent = Agent::new(mib()).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    let cases: [(&str, &[u32], i32); 14] = [
        ("swap_first_two", &[2, 1, 3, 4, 5, 6], 0),
        ("duplicate_first", &[1, 1, 2, 3, 4, 5, 6], 0),
        ("truncate:2", &[1, 2], 0),
        ("empty_varbinds", &[], 0),
        ("last_less_than_earlier", &[1, 2, 3, 4, 5, 3], 0),
        ("echo_request_oid", &[10], 0),
        ("error_status:5", &[1], 5),
        ("error_status_empty:1", &[], 1),
        ("tooBig", &[], 1),
        ("tooBig:5", &[], 1),
        ("tooBig:6", &[1, 2, 3, 4, 5, 6], 0),
        ("genErr", &[10], 5),
        ("genErr:1.3.6.1.2.1.2.2.1.10.4", &[10], 5),
        ("hide_row:3", &[1, 2, 4, 5, 6, 7], 0),
    ];
    for (text, wanted, error_status) in cases {
        agent.set_fault(fault(text));
        client.send(bulk(6), &[COLUMN.into()]).await;
        let response = client.response().await;
        assert_eq!((rows(&response).as_slice(), response.error_status), (wanted, error_status), "{text}");
    }
    agent.set_fault(fault("loop"));
    client.send(bulk(2), &[Oid::from(COLUMN).child(&[9])]).await;
    assert_eq!(rows(&client.response().await), [1, 2]);
    for text in ["undecodable:integer", "undecodable:ip", "undecodable:length"] {
        agent.set_fault(fault(text));
        client.send(bulk(3), &[COLUMN.into()]).await;
        let (packet, _) = client.packet(PATIENCE).await.unwrap();
        let odd = match Response::decode(&packet) {
            Ok(response) => matches!(response.varbinds[1].1, Value::Raw { .. }),
            Err(_) => true,
        };
        assert!(odd, "{text}");
    }
    agent.clear_faults();
    assert_eq!(client.rows(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn faults_in_the_packet_are_as_named() {
    let agent = Agent::new(mib()).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;

    agent.set_fault(fault("wrong_request_id"));
    client.send(bulk(1), &[COLUMN.into()]).await;
    assert_ne!(client.response().await.request_id, client.next_id);

    agent.set_fault(fault("wrong_community"));
    client.send(bulk(1), &[COLUMN.into()]).await;
    assert_ne!(client.response().await.community, b"public");

    agent.set_fault(fault("other_port"));
    client.send(bulk(1), &[COLUMN.into()]).await;
    let (packet, from) = client.packet(PATIENCE).await.unwrap();
    assert!(from.ip() == agent.addr().ip() && from.port() != agent.addr().port());
    assert_eq!(rows(&Response::decode(&packet).unwrap()), [1]);

    for text in ["cut_packet", "garbage"] {
        agent.set_fault(fault(text));
        client.send(bulk(1), &[COLUMN.into()]).await;
        assert!(Response::decode(&client.packet(PATIENCE).await.unwrap().0).is_err(), "{text}");
    }

    agent.set_fault(fault("duplicate"));
    client.send(bulk(1), &[COLUMN.into()]).await;
    let first = client.packet(PATIENCE).await;
    assert_eq!(client.packet(PATIENCE).await, first);

    agent.set_fault(fault("late:60ms"));
    let begin = Instant::now();
    assert_eq!(client.rows(1).await, [1]);
    assert!(begin.elapsed() >= Duration::from_millis(59));
}

#[tokio::test]
async fn faults_strike_on_the_requests_they_are_told() {
    let agent = Agent::new(mib()).fault(fault("truncate:1@2")).fault(fault("drop@4+")).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        counts.push(client.rows(3).await.len());
    }
    assert_eq!(counts, [3, 1, 3]);
    client.send(bulk(3), &[COLUMN.into()]).await;
    assert_eq!(client.packet(SILENCE).await, None);
    assert_eq!(agent.stats().max_outstanding, 1, "a dropped request is not outstanding");
    agent.reset();
    assert_eq!(client.rows(3).await.len(), 3, "requests are counted anew");
}

#[tokio::test]
async fn misses_come_in_turn_and_answers_keep_to_the_limits() {
    let limits = Limits { max_message: 200, ..Limits::default() };
    let agent = Agent::new(mib())
        .misses(["nsi", "nso", "eomv"].map(|miss| miss.parse().unwrap()))
        .limits(limits)
        .spawn()
        .await
        .unwrap();
    let mut client = Client::of(agent.addr()).await;
    for wanted in [0x81, 0x80, 0x82, 0x81] {
        client.send(Operation::Get, &[[1, 3, 9].into()]).await;
        let Value::Raw { tag, .. } = client.response().await.varbinds[0].1 else { panic!("no exception") };
        assert_eq!(tag, wanted);
    }
    client.send(bulk(40), &[COLUMN.into()]).await;
    let (packet, _) = client.packet(PATIENCE).await.unwrap();
    assert!((180..=200).contains(&packet.len()), "{}", packet.len());
}

#[tokio::test]
async fn a_mib_can_be_exchanged_while_running() {
    let agent = Agent::new(mib()).spawn().await.unwrap();
    let mut client = Client::of(agent.addr()).await;
    assert_eq!(client.rows(2).await, [1, 2]);
    agent.set_mib(Mib::of([(Oid::from(COLUMN).child(&[9]), Value::Counter32(9))]).unwrap());
    client.send(bulk(1), &[COLUMN.into()]).await;
    assert_eq!(rows(&client.response().await), [9]);
}
