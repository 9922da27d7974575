//! Addresses to listen on, written as Go programs take them.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use listenfd::ListenFd;
use tokio::net::{TcpListener, lookup_host};

/// An address to listen on: `:9116`, `127.0.0.1:9116`, `[::1]:9116`, `localhost:9116`. Port 0 takes any free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// Empty for all addresses of the machine.
    host: String,
    port: u16,
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("vsock://") {
            return Err("vsock is not supported, expected host:port or :port".to_owned());
        }
        let expected = "expected host:port or :port, such as 127.0.0.1:9116 or :9116";
        let (host, port) =
            text.rsplit_once(':').ok_or_else(|| format!("{text:?} has no port, {expected}"))?;
        let port = port.parse().map_err(|_| format!("{port:?} is not a port, {expected}"))?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest
                .strip_suffix(']')
                .ok_or_else(|| format!("a bracket of {text:?} is not closed, {expected}"))?,
            None if host.contains(':') => {
                return Err(format!("an IPv6 address needs brackets, write [{host}]:{port}"));
            }
            None => host,
        };
        Ok(ListenAddress { host: host.to_owned(), port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// An address that could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}")]
pub struct BindError {
    /// The address, or the name of a socket that was passed.
    pub address: String,
    /// The system's word.
    pub error: io::Error,
}

impl ListenAddress {
    /// Opens the listening socket.
    pub(super) async fn bind(&self) -> Result<TcpListener, BindError> {
        self.open().await.map_err(|error| BindError { address: self.to_string(), error })
    }

    async fn open(&self) -> io::Result<TcpListener> {
        if self.host.is_empty() {
            // The IPv6 wildcard takes IPv4 too; where there is no IPv6, IPv4 alone must do.
            return match TcpListener::bind((Ipv6Addr::UNSPECIFIED, self.port)).await {
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    TcpListener::bind((Ipv4Addr::UNSPECIFIED, self.port)).await
                }
                bound => bound,
            };
        }
        // A name is listened on at one of its addresses, an IPv4 one where there is one, as in Go.
        let addresses: Vec<SocketAddr> = lookup_host((self.host.as_str(), self.port)).await?.collect();
        let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
        let address =
            address.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))?;
        TcpListener::bind(address).await
    }
}

/// The sockets that systemd passes (sd_listen_fds(3)).
pub(super) fn activated() -> Result<Vec<TcpListener>, BindError> {
    let mut passed = ListenFd::from_env();
    let wrong = |number: usize, error| BindError { address: format!("socket {number} of systemd"), error };
    let count = passed.len();
    if count == 0 {
        let error = io::Error::other("none was passed, expected to be started by a .socket unit");
        return Err(BindError { address: "systemd's sockets".to_owned(), error });
    }
    let mut take = |index| {
        let listener = passed.take_tcp_listener(index)?.ok_or(io::ErrorKind::NotFound)?;
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    };
    (0..count).map(|index| take(index).map_err(|error| wrong(index + 1, error))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_go_reads_them() {
        for text in [":9116", "127.0.0.1:9116", "[::]:9116", "[fe80::1%eth0]:9116", "localhost:0"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        for (text, expected) in [
            ("9116", "\"9116\" has no port, expected host:port or :port, such as 127.0.0.1:9116 or :9116"),
            (":", "\"\" is not a port, expected host:port or :port, such as 127.0.0.1:9116 or :9116"),
            (
                ":70000",
                "\"70000\" is not a port, expected host:port or :port, such as 127.0.0.1:9116 or :9116",
            ),
            ("vsock://:9116", "vsock is not supported, expected host:port or :port"),
            ("::1:9116", "an IPv6 address needs brackets, write [::1]:9116"),
            (
                "[::1:9116",
                "a bracket of \"[::1:9116\" is not closed, expected host:port or :port, such as 127.0.0.1:9116 or :9116",
            ),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap_err(), expected);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = "127.0.0.1:0".parse::<ListenAddress>().unwrap().bind().await.unwrap();
        let taken: ListenAddress = first.local_addr().unwrap().to_string().parse().unwrap();
        let error = taken.bind().await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot listen on {taken}: Address")), "{error}");
    }

    #[tokio::test]
    async fn no_host_means_every_address() {
        let listener = ":0".parse::<ListenAddress>().unwrap().bind().await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    }
}
