//! An HTTP/1.1 client that costs little: one connection, kept alive, one request at a time.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

use super::Failure;

/// A URL with {target} and {name} in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    authority: String,
    path: String,
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("http://").ok_or("use an URL that begins with http://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port_missing = authority.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
        if port_missing {
            return Err(format!("{authority:?} has no port; use HOST:PORT"));
        }
        Ok(Self { authority: authority.to_owned(), path: format!("/{path}") })
    }
}

impl Template {
    /// The exporter's address.
    pub async fn resolve(&self) -> Result<SocketAddr, Failure> {
        let mut found =
            lookup_host(&self.authority).await.map_err(|error| format!("{}: {error}", self.authority))?;
        found.next().ok_or_else(|| format!("{}: no address", self.authority).into())
    }

    /// The whole request for one device, with the headers that Prometheus sends.
    pub fn request(&self, name: &str, target: SocketAddr, gzip: bool, timeout: Duration) -> Vec<u8> {
        let path = self.path.replace("{target}", &target.to_string()).replace("{name}", name);
        let encoding = if gzip { "gzip" } else { "identity" };
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ward-lab\r\nAccept: text/plain;version=0.0.4;q=1,*/*;q=0.1\r\n\
             Accept-Encoding: {encoding}\r\nX-Prometheus-Scrape-Timeout-Seconds: {}\r\n\r\n",
            self.authority,
            timeout.as_secs_f64()
        )
        .into_bytes()
    }
}

/// A connection to one server, opened when needed.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    received: Vec<u8>,
    body: Vec<u8>,
}

/// What a response says before its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    status: u16,
    length: Option<usize>,
    chunked: bool,
    gzip: bool,
    keep_alive: bool,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The body, without the chunks it may have come in.
    pub body: &'a [u8],
    /// Whether the body is compressed.
    pub gzip: bool,
}

impl Client {
    /// A client of this server; it connects with its first request.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, received: Vec::new(), body: Vec::new() }
    }

    /// Forgets the connection, for instance because a request was given up.
    pub fn disconnect(&mut self) {
        self.stream = None;
    }

    /// Sends a request and reads its answer.
    pub async fn get(&mut self, request: &[u8]) -> io::Result<Response<'_>> {
        let kept = self.stream.is_some();
        let head = match self.exchange(request).await {
            // The server may have closed a connection that it had kept: that says nothing about this request.
            Err(_) if kept && self.received.is_empty() => self.exchange(request).await?,
            other => other?,
        };
        Ok(Response { status: head.status, body: &self.body, gzip: head.gzip })
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        self.received.clear();
        self.body.clear();
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        let head_len = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read(&mut stream).await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        let head = Head::parse(&self.received[..head_len])?;
        let mut chunks = Chunks::new(head_len);
        loop {
            let done = match (head.chunked, head.length) {
                (true, _) => chunks.take(&self.received, &mut self.body)?,
                (false, Some(length)) => self.received.len() >= head_len + length,
                (false, None) => false,
            };
            if done {
                break;
            }
            if !self.read(&mut stream).await? {
                if head.chunked || head.length.is_some() {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                break;
            }
        }
        if !head.chunked {
            let end = head.length.map_or(self.received.len(), |length| head_len + length);
            self.body.extend_from_slice(&self.received[head_len..end]);
        }
        if head.keep_alive && (head.chunked || head.length.is_some()) {
            self.stream = Some(stream);
        }
        Ok(head)
    }

    /// Reads some more; false at the end.
    async fn read(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        self.received.reserve(64 * 1024);
        Ok(stream.read_buf(&mut self.received).await? > 0)
    }
}

impl Head {
    fn parse(octets: &[u8]) -> io::Result<Self> {
        let text = String::from_utf8_lossy(octets);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let Some(status) = status else {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("{first:?} is no HTTP/1.1 status line"),
            ));
        };
        let mut head = Head { status, length: None, chunked: false, gzip: false, keep_alive: true };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim().to_ascii_lowercase();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().ok(),
                "transfer-encoding" => head.chunked = value == "chunked",
                "content-encoding" => head.gzip = value == "gzip",
                "connection" => head.keep_alive = value != "close",
                _ => {}
            }
        }
        Ok(head)
    }
}

/// Takes a body out of its chunks (RFC 9112 §7.1) as they come in.
struct Chunks {
    at: usize,
}

impl Chunks {
    fn new(at: usize) -> Self {
        Self { at }
    }

    /// Takes the chunks that are complete; true after the last.
    fn take(&mut self, received: &[u8], body: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let rest = &received[self.at..];
            let Some(line_len) = rest.windows(2).take(32).position(|window| window == b"\r\n") else {
                return Ok(false);
            };
            let line = String::from_utf8_lossy(&rest[..line_len]);
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).map_err(|_| {
                io::Error::new(ErrorKind::InvalidData, format!("{digits:?} is no chunk size"))
            })?;
            let (from, to) = (line_len + 2, (line_len + 2).saturating_add(length));
            let Some(end) = rest.get(to..to.saturating_add(2)) else { return Ok(false) };
            if end != b"\r\n" {
                return Err(io::Error::new(ErrorKind::InvalidData, "a chunk is longer than it said"));
            }
            body.extend_from_slice(&rest[from..to]);
            self.at += to + 2;
            if length == 0 {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn templates_are_filled_in() {
        let template: Template = "http://127.0.0.1:9116/snmp?target={target}&d={name}".parse().unwrap();
        let request =
            template.request("rustavi-r1", ([127, 20, 0, 1], 1161).into(), true, Duration::from_millis(1500));
        let request = String::from_utf8(request).unwrap();
        assert!(request.starts_with(
            "GET /snmp?target=127.20.0.1:1161&d=rustavi-r1 HTTP/1.1\r\nHost: 127.0.0.1:9116\r\n"
        ));
        assert!(
            request.contains("Accept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 1.5\r\n\r\n")
        );
        assert!("https://a:1/".parse::<Template>().is_err() && "http://a/".parse::<Template>().is_err());
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    /// Serves these answers, a connection for each inner list, in pieces of a few octets.
    async fn server(connections: Vec<Vec<&'static str>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for answers in connections {
                let (mut stream, _) = listener.accept().await.unwrap();
                for answer in answers {
                    stream.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
                    for piece in answer.as_bytes().chunks(7) {
                        stream.write_all(piece).await.unwrap();
                        stream.flush().await.unwrap();
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn answers_of_every_form_are_read() {
        let address = server(vec![
            vec![
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0a;x=1\r\n0123456789\r\n0\r\n\r\n",
                "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nContent-Encoding: gzip\r\n\r\n",
            ],
            // The connection was kept, and is gone: a new one is opened.
            vec!["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"],
            vec!["HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ntoo short"],
        ])
        .await;
        let mut client = Client::new(address);
        for (status, body, gzip) in [
            (200, "hello", false),
            (200, "abc0123456789", false),
            (500, "", true),
            (200, "to the end", false),
        ] {
            let response = client.get(REQUEST).await.unwrap();
            assert_eq!(response, Response { status, body: body.as_bytes(), gzip });
        }
        assert_eq!(client.get(REQUEST).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
