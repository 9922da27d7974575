//! A request as a plain value.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, percent-decoded.
    pub path: String,
    /// The path as it was sent: what tells a slash within a part (`%2F`) from one between two.
    pub raw_path: String,
    /// The query's names and values in their order, decoded; names may repeat.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// Who asks, where the web config has found that out: the name whose password was given, or the name in a client's
    /// certificate that was verified.
    pub user: Option<Arc<str>>,
}

impl Request {
    /// A GET, as tests send it: `Request::get("/snmp?target=192.0.2.1")`.
    pub fn get(path_and_query: &str) -> Self {
        Self::new(Method::GET, path_and_query)
    }

    /// A request without headers and body from this machine.
    pub fn new(method: Method, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Request {
            method,
            path: percent_decode(path, false),
            raw_path: path.to_owned(),
            query: parse_query(query),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            user: None,
        }
    }

    pub(super) fn from_parts(
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
        peer: SocketAddr,
        user: Option<Arc<str>>,
    ) -> Self {
        Request {
            method,
            path: percent_decode(uri.path(), false),
            raw_path: uri.path().to_owned(),
            query: parse_query(uri.query().unwrap_or_default()),
            headers,
            body,
            peer,
            user,
        }
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter, in their order.
    pub fn query_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header, where it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the method is GET or HEAD, for which the same answer is prepared.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }
}

/// The pairs of an `application/x-www-form-urlencoded` query.
fn parse_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name, true), percent_decode(value, true))
        })
        .collect()
}

/// Decodes `%XX`, and `+` where it stands for a space; what is no such code stays as it is.
pub fn percent_decode(text: &str, plus_is_space: bool) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            (byte, _) => decoded.push(*byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_decoded() {
        for (input, path, query) in [
            ("/", "/", vec![]),
            ("/snmp?", "/snmp", vec![]),
            (
                "/snmp?target=a&module=x&module=y",
                "/snmp",
                vec![("target", "a"), ("module", "x"), ("module", "y")],
            ),
            ("/snmp?target=%5B::1%5D:161", "/snmp", vec![("target", "[::1]:161")]),
            ("/a%20b+c?x=a+b%2B", "/a b+c", vec![("x", "a b+")]),
            ("/?flag&empty=&=v&&", "/", vec![("flag", ""), ("empty", ""), ("", "v")]),
            ("/?a=b=c", "/", vec![("a", "b=c")]),
            ("/?a=%&b=%zz&c=%4", "/", vec![("a", "%"), ("b", "%zz"), ("c", "%4")]),
            ("/?a=%ff", "/", vec![("a", "\u{fffd}")]),
            ("/?a=%D1%8F", "/", vec![("a", "я")]),
        ] {
            let request = Request::get(input);
            assert_eq!(request.path, path, "{input}");
            let found: Vec<_> = request.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(found, query, "{input}");
        }
    }

    #[test]
    fn parameters_are_looked_up() {
        let request = Request::get("/?a=1&b=2&a=3");
        assert_eq!(request.query("a"), Some("1"));
        assert_eq!(request.query_all("a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(request.query("c"), None);
    }
}
