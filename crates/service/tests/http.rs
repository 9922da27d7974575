//! The HTTP server as clients see it, over real sockets.

mod support;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::{Running, patiently};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use ward_service::http::{Limits, Request, Response, Server};

async fn echo(request: Request) -> Response {
    match request.path.as_str() {
        "/long" => Response::text("0123456789".repeat(1000)),
        "/post" => Response::text(request.body),
        "/panic" => panic!("on purpose"),
        "/only-post" => Response::method_not_allowed("POST"),
        path => Response::text(format!("{} {path}", request.method)),
    }
}

async fn start() -> Running {
    Running::start(Limits::default(), echo).await
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = start().await;
    let mut client = server.connect().await;
    for path in ["/a", "/b", "/c"] {
        let answer = client.ask("GET", path, "").await;
        assert_eq!((answer.status, answer.text()), (200, format!("GET {path}").as_str()));
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    // Pipelined ones are answered in their order.
    client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(client.answer(true).await.text(), "GET /1");
    assert_eq!(client.answer(true).await.text(), "GET /2");
    client.send("GET /last HTTP/1.0\r\n\r\n").await;
    assert!(client.rest().await.ends_with(b"GET /last"));
}

#[tokio::test]
async fn head_is_the_head_of_get() {
    let server = start().await;
    let mut client = server.connect().await;
    for headers in ["", "Accept-Encoding: gzip\r\n"] {
        let get = client.ask("GET", "/long", headers).await;
        let head = client.ask("HEAD", "/long", headers).await;
        assert_eq!(head.status, 200);
        for header in ["content-length", "content-type", "content-encoding", "vary"] {
            assert_eq!(head.header(header), get.header(header), "{header}");
        }
    }
    // Had the answer to HEAD had a body, this would not be the next thing to read.
    assert_eq!(client.ask("GET", "/after", "").await.text(), "GET /after");
}

#[tokio::test]
async fn bodies_are_compressed_for_those_who_can_read_that() {
    let server = start().await;
    let mut client = server.connect().await;
    for (accept, encoding) in [
        ("Accept-Encoding: gzip\r\n", Some("gzip")),
        ("Accept-Encoding: br, gzip;q=0.1\r\n", Some("gzip")),
        ("Accept-Encoding: gzip;q=0\r\n", None),
        ("Accept-Encoding: identity\r\n", None),
        ("", None),
    ] {
        let answer = client.ask("GET", "/long", accept).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
        let mut text = answer.body.clone();
        if encoding.is_some() {
            assert!(answer.body.len() < 500);
            text.clear();
            flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut text).unwrap();
        }
        assert_eq!(text, "0123456789".repeat(1000).as_bytes());
    }
    let short = client.ask("GET", "/short", "Accept-Encoding: gzip\r\n").await;
    assert_eq!(short.header("content-encoding"), None);
}

#[tokio::test]
async fn bodies_of_requests_are_read_up_to_a_limit() {
    let server = Running::start(Limits { body_bytes: 10, ..Limits::default() }, echo).await;
    let mut client = server.connect().await;
    client.send("POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await;
    assert_eq!(client.answer(true).await.text(), "hello");
    client.send("POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world").await;
    let answer = client.answer(true).await;
    assert_eq!((answer.status, answer.text()), (413, "the body is longer than 10 bytes\n"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let limits = Limits { body_timeout: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(limits, echo).await;
    let mut client = server.connect().await;
    client.send("POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe").await;
    assert_eq!(client.answer(true).await.status, 408);
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let server = start().await;
    let answer = server.connect().await.ask("GET", "/only-post", "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn a_panic_ends_one_request_only() {
    let server = start().await;
    let mut client = server.connect().await;
    let answer = client.ask("GET", "/panic", "").await;
    assert_eq!((answer.status, answer.text()), (500, "internal error, see the log\n"));
    assert_eq!(client.ask("GET", "/next", "").await.text(), "GET /next");
    assert_eq!(server.connect().await.ask("GET", "/other", "").await.text(), "GET /other");
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let limits = Limits { head_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = Running::start(limits, echo).await;
    for start in ["", "G", "GET /slow HTTP/1.1\r\nHost: ", "PRI * HTTP/2.0\r\n"] {
        let mut client = server.connect().await;
        client.send(start).await;
        assert_eq!(client.rest().await, b"", "{start:?}");
    }
}

#[tokio::test]
async fn the_limit_for_heads_spares_connections_between_requests() {
    let head_timeout = Duration::from_millis(50);
    let server = Running::start(Limits { head_timeout, ..Limits::default() }, echo).await;
    let mut client = server.connect().await;
    client.ask("GET", "/first", "").await;
    tokio::time::sleep(3 * head_timeout).await;
    assert_eq!(client.ask("GET", "/second", "").await.text(), "GET /second");
}

#[tokio::test]
async fn idle_connections_end_after_a_while() {
    let limits = Limits { idle_timeout: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(limits, echo).await;
    let mut client = server.connect().await;
    client.ask("GET", "/first", "").await;
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn connections_over_the_cap_wait_their_turn() {
    let server = Running::start(Limits { connections: 1, ..Limits::default() }, echo).await;
    let mut first = server.connect().await;
    first.ask("GET", "/1", "").await;
    let mut second = server.connect().await;
    second.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(first.ask("GET", "/3", "").await.text(), "GET /3");
    drop(first);
    assert_eq!(second.answer(true).await.text(), "GET /2");
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    struct Dropped(mpsc::UnboundedSender<&'static str>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let (events, mut seen) = mpsc::unbounded_channel();
    let server = Running::start(Limits::default(), move |_| {
        let dropped = Dropped(events.clone());
        async move {
            let _ = dropped.0.send("started");
            std::future::pending().await
        }
    })
    .await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(patiently(seen.recv()).await, Some("started"));
    drop(client);
    assert_eq!(patiently(seen.recv()).await, Some("dropped"));
}

/// A handler's work that says when it has begun and ends when it may.
#[derive(Clone, Default)]
struct Held {
    begun: Arc<Notify>,
    release: Arc<Notify>,
}

impl Held {
    async fn answer(self) -> Response {
        self.begun.notify_one();
        self.release.notified().await;
        Response::text("done")
    }
}

#[tokio::test]
async fn stopping_waits_for_requests_in_flight() {
    let held = Held::default();
    let work = held.clone();
    let mut server = Running::start(Limits::default(), move |_| work.clone().answer()).await;
    let mut idle = server.connect().await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    patiently(held.begun.notified()).await;

    server.stop();
    // The connection that asks for nothing is closed, and then new ones are refused.
    assert_eq!(idle.rest().await, b"");
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    held.release.notify_one();
    assert_eq!(client.answer(true).await.text(), "done");
    assert_eq!(client.rest().await, b"");
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let held = Held::default();
    let work = held.clone();
    let server =
        Running::start(Limits { drain: Duration::from_millis(50), ..Limits::default() }, move |_| {
            work.clone().answer()
        })
        .await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    patiently(held.begun.notified()).await;
    assert_eq!(server.ended().await.cut, 1);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn http2_without_tls() {
    let server = start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for (method, expected) in [("GET", "GET /h2"), ("HEAD", "")] {
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("http://{}/h2", server.address))
            .body(Full::<Bytes>::default())
            .unwrap();
        let answer = patiently(sender.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(patiently(answer.into_body().collect()).await.unwrap().to_bytes(), expected);
    }
}

#[tokio::test]
async fn several_addresses_share_one_handler() {
    let addresses = ["127.0.0.1:0", "[::1]:0", "localhost:0"].map(|text| text.parse().unwrap());
    let Ok(server) = Server::bind(&addresses, Limits::default()).await else {
        println!("skipped: no IPv6 on this machine");
        return;
    };
    let bound = server.addresses().to_vec();
    tokio::spawn(server.serve(echo, std::future::pending()));
    for address in bound {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request =
            hyper::Request::builder().uri("/").header("host", "x").body(Full::<Bytes>::default()).unwrap();
        assert_eq!(patiently(sender.send_request(request)).await.unwrap().status(), 200);
    }
}
