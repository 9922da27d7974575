//! A server on loopback and a client that shows every byte.

// Every test program has its own copy of this and uses a part of it.
#![allow(dead_code)]

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use ward_service::http::{Drained, Limits, Request, Response, Server};
use ward_service::web::Web;

pub mod site;
pub mod tools;

/// Anything that takes longer hangs.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs until told to stop.
pub struct Running {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Drained>,
}

impl Running {
    /// Serves on loopback.
    pub async fn start<H, F>(limits: Limits, handler: H) -> Self
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        Self::start_with(None, limits, handler).await
    }

    /// The same with a web config.
    pub async fn start_with<H, F>(web: Option<Web>, limits: Limits, handler: H) -> Self
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], limits).await.unwrap().with_web(web);
        let address = server.addresses()[0];
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(handler, async {
            let _ = stopped.await;
        }));
        Running { address, stop: Some(stop), served }
    }

    /// Asks it to stop.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// How it ended.
    pub async fn ended(mut self) -> Drained {
        self.stop();
        patiently(self.served).await.unwrap()
    }

    pub async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }
}

/// One connection.
pub struct Client {
    pub stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Client { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    pub async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends a request without a body and reads the answer.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        self.send(&format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
        self.answer(method != "HEAD").await
    }

    /// Reads one answer; what follows it stays for the next.
    pub async fn answer(&mut self, with_body: bool) -> Answer {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(
                self.more().await,
                "connection closed in a head: {:?}",
                String::from_utf8_lossy(&self.read)
            );
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        if with_body {
            while self.read.len() < length {
                assert!(self.more().await, "connection closed in a body");
            }
            answer.body = self.read.drain(..length).collect();
        }
        answer
    }

    /// Reads to the end of the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    async fn more(&mut self) -> bool {
        patiently(self.stream.read_buf(&mut self.read)).await.is_ok_and(|n| n > 0)
    }
}

pub async fn patiently<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}
