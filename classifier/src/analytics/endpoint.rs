//! The server that keeps the series: where it is, and who we are to it. Pure.

use std::fmt::{self, Write};
use std::path::PathBuf;

use snmp::Secret;

/// A server that answers PromQL over HTTP. It prints without its credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What its paths begin with, before `/api/v1`; without a slash at the end.
    pub prefix: String,
    /// Who we are to it.
    pub credentials: Credentials,
    /// The file of the certificates that are trusted; `None`: those of the system.
    pub ca_file: Option<PathBuf>,
}

/// Who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Anybody.
    None,
    /// A user with a password (RFC 7617).
    Basic {
        /// The user.
        name: String,
        /// The password.
        password: Held,
    },
    /// Who has this token (RFC 6750).
    Bearer(Held),
}

/// A secret, or the file that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The secret.
    Value(Secret),
    /// The file, whose first line it is.
    File(PathBuf),
}

impl Endpoint {
    /// Reads `http://host:8428`, `https://host/prefix`.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(url: &str) -> Result<Self, String> {
        let right = "expected one such as http://127.0.0.1:8428 or https://vmselect:8481/select/0/prometheus";
        let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("it is no URL, {right}"))?;
        let tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(format!("{scheme}: is not known here, {right}")),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(
                "a user has no place in it, expected --metrics.username and --metrics.password-file".into()
            );
        }
        if path.contains(['?', '#']) || authority.contains(['?', '#']) {
            return Err(format!("a query has no place in it, {right}"));
        }
        let prefix = path.trim_end_matches('/');
        if let Some((before, _)) = prefix.split_once("/api/v1") {
            return Err(format!("/api/v1 is not part of it, expected {scheme}://{authority}{before}"));
        }
        if !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("its path has characters that have to be percent-encoded, {right}"));
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or_default())),
            None => authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(port) => port.parse().map_err(|_| format!("{port:?} is no port, {right}"))?,
            None if tls => 443,
            None => 80,
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(format!("{host:?} is no host, {right}"));
        }
        let (host, prefix) = (host.to_owned(), prefix.to_owned());
        Ok(Self { tls, host, port, prefix, credentials: Credentials::None, ca_file: None })
    }

    /// Host and port, as the header `Host` has them.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.prefix)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The fields of a form, as they are sent (`application/x-www-form-urlencoded`).
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte))
                }
                // Writing to a string cannot fail.
                byte => drop(write!(text, "%{byte:02X}")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_is() {
        for (url, expected) in [
            ("http://127.0.0.1:8428", "http://127.0.0.1:8428"),
            ("http://victoria", "http://victoria:80"),
            ("https://vmselect/select/0/prometheus/", "https://vmselect:443/select/0/prometheus"),
            ("http://[::1]:8428/", "http://[::1]:8428"),
            ("victoria:8428", "it is no URL"),
            ("ftp://victoria", "ftp: is not known here"),
            ("http://nino:geheim@victoria", "a user has no place in it"),
            ("http://victoria:port", "\"port\" is no port"),
            ("http://:8428", "\"\" is no host"),
            ("http://a b/", "\"a b\" is no host"),
            ("http://victoria/x?y=z", "a query has no place in it"),
            ("http://victoria:8428/api/v1/query", "/api/v1 is not part of it, expected http://victoria:8428"),
            ("http://victoria/a b", "its path has characters"),
        ] {
            let found = Endpoint::parse(url).map_or_else(|wrong| wrong, |endpoint| endpoint.to_string());
            assert!(found.starts_with(expected), "{url}: {found}");
        }
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("query", "a{b=\"ი\"} + 1"), ("time", "7")]),
            "query=a%7Bb%3D%22%E1%83%98%22%7D%20%2B%201&time=7"
        );
    }
}
