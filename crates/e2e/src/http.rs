//! One request, one answer: as little HTTP as a test needs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case, as they came.
    pub headers: Vec<(String, String)>,
    /// The text.
    pub body: String,
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body of a 200; anything else is an error with its first lines.
    pub fn ok(self) -> Result<String, String> {
        if self.status == 200 {
            return Ok(self.body);
        }
        Err(format!("HTTP {}: {:.300}", self.status, self.body))
    }
}

/// Gets `path`, with its query.
pub fn get(server: SocketAddr, path: &str) -> Result<Answer, String> {
    request(server, "GET", path, &[])
}

/// Posts a body to `path`.
pub fn post(server: SocketAddr, path: &str, body: &str) -> Result<Answer, String> {
    send(server, "POST", path, &[("Content-Length", &body.len().to_string())], body)
}

/// Sends any request without a body. Errors are those of the connection.
pub fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Answer, String> {
    send(server, method, path, headers, "")
}

fn send(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, String> {
    // HTTP/1.0, as its answers are never chunked and end with the connection.
    let mut text = format!("{method} {path} HTTP/1.0\r\nHost: {server}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut connection = TcpStream::connect_timeout(&server, Duration::from_secs(5))?;
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        connection.write_all(text.as_bytes())?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let bytes = exchange().map_err(|error| format!("{method} http://{server}{path}: {error}"))?;
    parse(&bytes).ok_or_else(|| format!("{method} http://{server}{path}: not HTTP"))
}

/// Reads a whole answer.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
        .collect();
    Some(Answer { status, headers, body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned() })
}

/// Percent-encodes a query parameter's value.
pub fn encode(value: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value
        .bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_status_headers_and_body() {
        let answer =
            parse(b"HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such device\n").unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/plain")));
        assert_eq!(answer.ok().unwrap_err(), "HTTP 404: no such device\n");
        assert_eq!(parse(b"nonsense"), None);
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(encode("rate(x[5m]) * 8"), "rate%28x%5B5m%5D%29%20%2A%208");
    }
}
