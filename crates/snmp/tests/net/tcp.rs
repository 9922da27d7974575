//! SNMP over TCP (RFC 3430), with devices that are good at it and with others.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ward_snmp::{Client, Credentials, Failure, Oid, Protocol, Secret, Subtree, Target, Wanted};

use super::server::{Habit, Server};
use super::{agent, assert_complete, target, wanted};

#[tokio::test]
async fn a_table_is_read_over_one_connection() {
    let agent = agent().await;
    let server = Server::start(agent.addr(), Habit::Whole).await;
    let client = Client::new(7);
    let target = target(server.address, Protocol::Tcp);
    let wanted = wanted();
    for (number, what) in [(1, "first"), (2, "second")] {
        let harvest = client.harvest(&target, &wanted, None).await;
        assert_complete(&harvest, what);
        assert_eq!((server.connections(), harvest.cost.packets_retried), (number, 0), "{what}");
        assert!(number == 1 || harvest.cost.most_in_flight > 1, "several requests are in flight");
    }
    // Conversations at the same time share it, and it ends with the last of them.
    let both = tokio::join!(client.harvest(&target, &wanted, None), client.harvest(&target, &wanted, None));
    assert_complete(&both.0, "third");
    assert_complete(&both.1, "fourth");
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn however_the_answers_are_cut_they_are_read() {
    let agent = agent().await;
    for habit in [
        Habit::Fragments(1),
        Habit::Fragments(7),
        Habit::Together,
        Habit::ClosesAfter(1),
        Habit::ClosesAfter(2),
        Habit::ClosesInTheMiddle,
    ] {
        let server = Server::start(agent.addr(), habit).await;
        let target = target(server.address, Protocol::Tcp);
        let harvest = Client::new(7).harvest(&target, &wanted(), None).await;
        assert_complete(&harvest, &format!("{habit:?}"));
        let reconnects = !matches!(habit, Habit::Fragments(_) | Habit::Together);
        assert_eq!(server.connections() > 1, reconnects, "{habit:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_device_is_told_at_once() {
    let agent = agent().await;
    let closes = "the device closes the connection instead of answering";
    for (habit, reason, text) in [
        (Habit::Closes, "unreachable", closes),
        (Habit::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "decode", "what came is no SNMP message"),
        (
            Habit::Garbage(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
            "decode",
            "a message of more than a million octets was begun",
        ),
    ] {
        let server = Server::start(agent.addr(), habit).await;
        let target = target(server.address, Protocol::Tcp);
        let started = Instant::now();
        let failure = Client::new(7).harvest(&target, &wanted(), None).await.failure.expect("it fails");
        assert_eq!(
            (failure.reason(), failure.to_string()),
            (reason, format!("{}: {text}", target.address)),
            "{habit:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(2), "{habit:?}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn patience_is_as_the_caller_has_it() {
    let agent = agent().await;
    // Well-formed, and no message: nobody knows whose answer it is.
    for (habit, expected) in [
        (Habit::Silent, Failure::Timeout { retries: 2 }),
        (
            Habit::Garbage(&[0x30, 2, 5, 0]),
            Failure::Decode("3 packets came that are no SNMP messages".into()),
        ),
    ] {
        let server = Server::start(agent.addr(), habit).await;
        let mut target = target(server.address, Protocol::Tcp);
        target.limits.timeout = Duration::from_millis(100);
        let started = Instant::now();
        let harvest = Client::new(7).harvest(&target, &wanted(), None).await;
        assert_eq!(harvest.failure, Some(expected));
        assert!((300..1500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());

        target.limits.timeout = Duration::from_secs(60);
        let deadline = Instant::now() + Duration::from_millis(150);
        let harvest = Client::new(7).harvest(&target, &wanted(), Some(deadline)).await;
        assert!(matches!(harvest.failure, Some(Failure::Deadline { .. })), "{:?}", harvest.failure);
    }
}

#[tokio::test]
async fn a_closed_port_is_told_at_once() {
    let server = Server::start(agent().await.addr(), Habit::Whole).await;
    let target = target(server.address, Protocol::Tcp);
    drop(server);
    tokio::task::yield_now().await;
    let failure = Client::new(7).harvest(&target, &wanted(), None).await.failure;
    let text = format!(
        "{}: connection refused: the host is there, but nobody listens on this TCP port",
        target.address
    );
    assert_eq!(failure, Some(Failure::PortClosed(text)));
}

#[tokio::test]
async fn a_host_that_takes_no_connection_is_given_up_after_the_timeout() {
    // A listener whose queue is full: the kernel drops what else comes.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let fill = || async move {
        let connect = tokio::net::TcpStream::connect(address);
        tokio::time::timeout(Duration::from_millis(100), connect).await.ok().and_then(Result::ok)
    };
    let mut filling = Vec::new();
    while let Some(stream) = fill().await {
        filling.push(stream);
    }
    let mut target = target(address, Protocol::Tcp);
    target.limits.timeout = Duration::from_millis(200);
    let failure = Client::new(7).harvest(&target, &wanted(), None).await.failure;
    let text = format!("{address}: no TCP connection within 200ms");
    assert_eq!(failure, Some(Failure::Unreachable(text)));
}

/// net-snmp's agent on a TCP port of 127.0.0.1; stopped when dropped.
struct Snmpd {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Snmpd {
    /// `None` where it is not installed.
    fn start(port: u16) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let configuration = folder.path().join("snmpd.conf");
        let text = format!("agentAddress tcp:127.0.0.1:{port}\nrocommunity public\nsysName over-tcp\n");
        std::fs::write(&configuration, text).expect("the configuration is written");
        let mut command = Command::new("/usr/sbin/snmpd");
        command.args(["-f", "-LE", "4", "-r", "-C", "-c"]).arg(&configuration);
        command.arg("-p").arg(folder.path().join("pid")).env("SNMP_PERSISTENT_DIR", folder.path());
        match command.stdin(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Self { child, _folder: folder }),
            Err(error) => {
                println!("skipped: /usr/sbin/snmpd: {error}");
                None
            }
        }
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn net_snmp_is_read_over_tcp() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_snmpd) = Snmpd::start(port) else { return };
    let address = ([127, 0, 0, 1], port).into();
    let client = Client::new(7);
    let name = Wanted { get: vec![Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0])], ..Wanted::default() };
    let started = Instant::now();
    for (what, credentials) in [
        ("v1", Credentials::V1 { community: Secret::new("public") }),
        ("v2c", Credentials::V2c { community: Secret::new("public") }),
    ] {
        let target = Target { credentials, ..target(address, Protocol::Tcp) };
        // Until it listens.
        let harvest = loop {
            let harvest = client.harvest(&target, &name, None).await;
            match harvest.failure {
                Some(Failure::PortClosed(_)) if started.elapsed() < Duration::from_secs(20) => (),
                _ => break harvest,
            }
        };
        assert_eq!(harvest.failure, None, "{what}");
        assert_eq!(harvest.gets[0].cells[0].value.as_bytes(), Some(&b"over-tcp"[..]), "{what}");

        // All of the system group and the MIB's modules, several requests at a time.
        let subtree = |arcs: &[u32]| Subtree { oid: Oid::new(arcs), scalar: false };
        let columns = (2..=4).map(|column| subtree(&[1, 3, 6, 1, 2, 1, 1, 9, 1, column]));
        let processes = (1..=7).map(|column| subtree(&[1, 3, 6, 1, 2, 1, 25, 4, 2, 1, column]));
        let wanted = Wanted { subtrees: columns.chain(processes).collect(), ..Wanted::default() };
        // Once its rows are known.
        client.harvest(&target, &wanted, None).await;
        let harvest = client.harvest(&target, &wanted, None).await;
        assert_eq!((&harvest.failure, harvest.cost.packets_retried), (&None, 0), "{what}");
        assert!(harvest.columns.iter().all(|column| column.trouble.is_none()), "{what}");
        assert!(harvest.columns[0].cells.len() >= 5, "{what}: sysORID");
        assert!(harvest.columns[4].cells.len() >= 10, "{what}: hrSWRunName");
        assert!(harvest.cost.most_in_flight > 1, "{what}");
    }
}
