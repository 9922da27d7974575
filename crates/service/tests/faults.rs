//! Clients that do what they should not: the server goes on serving the others.

mod support;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use nix::sys::resource::{Resource, setrlimit};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use support::site::{Site, echo};
use support::tools::{self, Folder};
use support::{Client, Running, patiently};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use ward_service::http::{Limits, Request, Response, Server};

/// More than any buffer of the system holds.
async fn huge(_: Request) -> Response {
    Response::text(vec![b'x'; 64 << 20])
}

/// One connection at a time: a second one is served when the first has ended.
fn one_at_a_time() -> Limits {
    Limits { connections: 1, write_timeout: Duration::from_millis(500), ..Limits::default() }
}

const ASK: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_cut() {
    let server = Running::start(one_at_a_time(), huge).await;
    let mut deaf = server.connect().await;
    deaf.send(ASK).await;
    let mut next = server.connect().await;
    next.send(ASK).await;
    assert_eq!(next.answer(true).await.body.len(), 64 << 20);
}

#[tokio::test]
async fn a_client_that_does_not_read_its_encrypted_answer_is_cut() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    let site = Site::start_with(folder, "", one_at_a_time(), huge).await;
    let mut deaf = encrypted(&site, None).await;
    deaf.write_all(ASK.as_bytes()).await.unwrap();
    deaf.flush().await.unwrap();
    let fetched = site.curl("-o /dev/null").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
}

#[tokio::test]
async fn answers_of_http2_that_nobody_takes_end_their_connection() {
    let server = Running::start(one_at_a_time(), huge).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut connection = tokio::spawn(connection);
    let request = hyper::Request::builder().uri("http://x/").body(Full::<Bytes>::default()).unwrap();
    let answer = patiently(sender.send_request(request)).await.unwrap();
    // The connection is alive, it reads and pings, and the body is not asked for.
    patiently(&mut connection).await.unwrap().unwrap_err();
    drop(answer);
    let mut next = server.connect().await;
    next.send(ASK).await;
    assert_eq!(next.answer(true).await.body.len(), 64 << 20);
}

/// A connection with TLS, with this protocol offered.
async fn encrypted(site: &Site, protocol: Option<&str>) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(site.folder.path("ca.crt")).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocol.map(|name| name.into()).into_iter().collect();
    let stream = TcpStream::connect(site.server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn handshakes_that_lead_nowhere_end() {
    if !tools::available() {
        return;
    }
    let limits =
        Limits { connections: 4, handshake_timeout: Duration::from_millis(300), ..Limits::default() };
    let site = Site::start_with(Arc::new(Folder::with_server()), "", limits, echo).await;
    // The head of a ClientHello of 512 bytes, garbage that is no TLS, an alert.
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for (said, failed) in [
        (&b""[..], 1),
        (&b"\x16"[..], 2),
        (hello, 3),
        (b"\x80\x2e\x01\x00\x02", 4),
        (b"\x15\x03\x01\x00\x02\x02\x28", 5),
    ] {
        let mut clients = Vec::new();
        for _ in 0..4 {
            let mut client = site.server.connect().await;
            client.stream.write_all(said).await.unwrap();
            clients.push(client);
        }
        // All places are taken; whoever comes now is served when they have ended.
        let fetched = site.curl("").await;
        assert_eq!(fetched.status, 200, "{said:?} {fetched:?}");
        assert!(
            site.metrics().contains(&format!("web_tls_handshakes_failed_total {}\n", failed * 4)),
            "{}",
            site.metrics()
        );
    }
    // Whoever only looks whether the port is open has not failed.
    for _ in 0..4 {
        drop(site.server.connect().await);
    }
    assert_eq!(site.curl("").await.status, 200);
    assert!(site.metrics().contains("web_tls_handshakes_failed_total 20\n"), "{}", site.metrics());
}

#[tokio::test]
async fn whoever_asks_for_nothing_after_the_handshake_is_cut() {
    if !tools::available() {
        return;
    }
    let limits = Limits { connections: 1, head_timeout: Duration::from_millis(200), ..Limits::default() };
    let site = Site::start_with(Arc::new(Folder::with_server()), "", limits, echo).await;
    let preface = &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..];
    for (protocol, said) in [(None, &b""[..]), (None, b"GET / HT"), (Some("h2"), preface)] {
        let mut slow = encrypted(&site, protocol).await;
        slow.write_all(said).await.unwrap();
        slow.flush().await.unwrap();
        let fetched = site.curl("").await;
        assert_eq!(fetched.status, 200, "{said:?} {fetched:?}");
    }
}

#[tokio::test]
async fn garbage_of_any_length_is_no_handshake() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    let mut state = 1u64;
    for length in (1..2000).step_by(37) {
        let mut garbage: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        garbage[0] = 0x16;
        let mut client = site.server.connect().await;
        // The server may have ended it before all was written.
        let _ = client.stream.write_all(&garbage).await;
        let _ = client.stream.shutdown().await;
        client.rest().await;
    }
    assert_eq!(site.curl("").await.status, 200);
}

const AS_DAEMON: &str = "WARD_TEST_AS_DAEMON";

/// A server that may open few files.
fn daemon() {
    setrlimit(Resource::RLIMIT_NOFILE, 64, 64).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], Limits::default()).await.unwrap();
        println!("\nlistening on {}", server.addresses()[0]);
        server.serve(echo, std::future::pending()).await;
    });
}

#[test]
fn without_descriptors_connections_wait() {
    if std::env::var_os(AS_DAEMON).is_some() {
        return daemon();
    }
    let mut daemon = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "without_descriptors_connections_wait", "--nocapture"])
        .env(AS_DAEMON, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address: SocketAddr = lines
        .find_map(|line| line.strip_prefix("listening on ").map(|address| address.parse().unwrap()))
        .unwrap();
    let ticks = |daemon: &std::process::Child| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", daemon.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // The first ones are served, the last ones wait in the system's queue.
        let mut held = Vec::new();
        for _ in 0..100 {
            held.push(Client::connect(address).await);
        }
        assert_eq!(held[0].ask("GET", "/first", "").await.text(), "GET /first");
        let last = held.last_mut().unwrap();
        last.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let before = ticks(&daemon);
        let early = tokio::time::timeout(Duration::from_secs(1), last.stream.readable()).await;
        assert!(early.is_err(), "it was answered without a descriptor");
        assert!(
            ticks(&daemon) - before < 20,
            "waiting for descriptors took {} ticks",
            ticks(&daemon) - before
        );
        let mut last = held.pop().unwrap();
        drop(held);
        assert_eq!(patiently(last.answer(true)).await.text(), "GET /last");
    });
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}
