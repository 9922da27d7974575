//! Where requests are sent from, and where answers may come from.

use std::net::SocketAddr;
use std::time::Duration;

use ward_snmp::{Client, Failure, Protocol, Source};

use super::server::{Habit, Server};
use super::{agent, assert_complete, target, wanted};

/// A port that was free a moment ago, for UDP and TCP.
fn free_port() -> u16 {
    loop {
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = udp.local_addr().expect("it is bound").port();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn source(text: &str) -> Source {
    text.parse().expect("a source")
}

#[tokio::test]
async fn requests_come_from_the_address_and_port_they_should() {
    let port = free_port();
    for (text, expected_port) in [("127.0.0.7".to_string(), None), (format!("127.0.0.7:{port}"), Some(port))]
    {
        let client = Client::sending_from(source(&text), 7);
        // Several devices share the one port.
        for listen in ["127.0.0.1:0", "127.0.0.2:0"] {
            let device = tokio::net::UdpSocket::bind(listen).await.unwrap();
            let target = target(device.local_addr().unwrap(), Protocol::Udp);
            let (wanted, mut buffer) = (wanted(), [0; 2048]);
            tokio::select! {
                _ = client.harvest(&target, &wanted, None) => panic!("nobody answers"),
                received = device.recv_from(&mut buffer) => {
                    let (_, from) = received.unwrap();
                    assert_eq!(from.ip().to_string(), "127.0.0.7");
                    assert_eq!(from.port(), expected_port.unwrap_or(from.port()));
                }
            }
        }
    }
}

#[tokio::test]
async fn harvests_at_the_same_time_share_a_certain_port() {
    let (one, two) = (agent().await, agent().await);
    let (tcp_one, tcp_two) =
        (Server::start(one.addr(), Habit::Whole).await, Server::start(two.addr(), Habit::Whole).await);
    let client = Client::sending_from(source(&format!("127.0.0.1:{}", free_port())), 7);
    let wanted = wanted();
    let ask = |address: SocketAddr, protocol| {
        let (client, wanted) = (&client, &wanted);
        async move {
            let target = target(address, protocol);
            assert_complete(&client.harvest(&target, wanted, None).await, &format!("{protocol:?} {address}"));
        }
    };
    // And one after another: the port is free again at once.
    for _ in 0..3 {
        tokio::join!(
            ask(one.addr(), Protocol::Udp),
            ask(two.addr(), Protocol::Udp),
            ask(two.addr(), Protocol::Udp),
            ask(tcp_one.address, Protocol::Tcp),
            ask(tcp_one.address, Protocol::Tcp),
            ask(tcp_two.address, Protocol::Tcp),
        );
    }
}

#[tokio::test]
async fn a_source_that_cannot_be_is_a_local_fault() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listens = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (taken, listens) = (taken.local_addr().unwrap(), listens.local_addr().unwrap());
    let here: SocketAddr = agent().await.addr();
    let family =
        |family, source| format!("requests are sent from {source}, which {family} devices do not see");
    for (from, address, protocol, expected) in [
        ("::1".into(), here, Protocol::Udp, family("IPv4", "::1")),
        ("::1".into(), here, Protocol::Tcp, family("IPv4", "::1")),
        ("127.0.0.1".into(), "[::1]:161".parse().unwrap(), Protocol::Udp, family("IPv6", "127.0.0.1")),
        (
            taken.to_string(),
            here,
            Protocol::Udp,
            format!("no UDP socket on {taken}: Address already in use (os error 98)"),
        ),
        (
            "192.0.2.77".into(),
            here,
            Protocol::Udp,
            "no UDP socket on 192.0.2.77:0: Cannot assign requested address (os error 99)".into(),
        ),
        (
            "192.0.2.77".into(),
            here,
            Protocol::Tcp,
            "no TCP socket on 192.0.2.77:0: Cannot assign requested address (os error 99)".into(),
        ),
        (
            listens.to_string(),
            here,
            Protocol::Tcp,
            format!("no TCP socket on {listens}: Address already in use (os error 98)"),
        ),
    ] {
        let client = Client::sending_from(source(&from), 7);
        let harvest = client.harvest(&target(address, protocol), &wanted(), None).await;
        assert_eq!(harvest.failure, Some(Failure::Local(expected)), "{from} {address} {protocol:?}");
    }
}

#[tokio::test]
async fn answers_from_another_port_count_where_they_may() {
    let agent = agent().await;
    agent.set_fault("other_port".parse().unwrap());
    let client = Client::new(7);
    let mut target = target(agent.addr(), Protocol::Udp);
    (target.limits.timeout, target.limits.retries) = (Duration::from_millis(100), 1);
    let strict = client.harvest(&target, &wanted(), None).await;
    assert_eq!(strict.failure, Some(Failure::Timeout { retries: 1 }));
    target.limits.answers_from_anywhere = true;
    assert_complete(&client.harvest(&target, &wanted(), None).await, "answers from anywhere");
}
