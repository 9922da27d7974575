//! The address and port requests are sent from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// What sockets are bound to. The default leaves both to the system.
///
/// As text it is `ADDRESS`, `ADDRESS:PORT` or `:PORT`, an IPv6 address with a port in brackets; a port that is empty
/// or 0 is any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Source {
    /// The address, where it is to be a certain one. Devices of the other family can then not be asked.
    pub address: Option<IpAddr>,
    /// The port; 0 is any free one. With a certain port there is one socket instead of several, and one TCP
    /// connection at a time to each device.
    pub port: u16,
}

/// Why a text is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no source address: {what}")]
pub struct SourceError {
    text: String,
    what: &'static str,
}

impl Source {
    /// What a socket for this peer is bound to. `None` where the peer is of the other family.
    pub fn towards(&self, peer: SocketAddr) -> Option<SocketAddr> {
        let address = match (self.address, peer) {
            (None, SocketAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
            (None, SocketAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
            (Some(address), peer) if address.is_ipv4() == peer.is_ipv4() => address,
            (Some(_), _) => return None,
        };
        Some(SocketAddr::new(address, self.port))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.port) {
            (Some(address), 0) => address.fmt(f),
            (Some(address), port) => SocketAddr::new(address, port).fmt(f),
            (None, port) => write!(f, ":{port}"),
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let error = |what| SourceError { text: text.into(), what };
        let (address, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(None) => return Err(error("the bracket is not closed")),
            Some(Some((address, ""))) => (address, ""),
            Some(Some((address, behind))) => {
                (address, behind.strip_prefix(':').ok_or_else(|| error("behind the bracket comes :PORT"))?)
            }
            // More than one colon: an IPv6 address without brackets, which leaves no room for a port.
            None => match text.split_once(':') {
                Some((address, port)) if !port.contains(':') => (address, port),
                _ => (text, ""),
            },
        };
        let address = match address {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                error("an IP address of this machine is expected, such as 192.0.2.1, 192.0.2.1:1161 or [2001:db8::1]:1161")
            })?),
        };
        let port = match port {
            "" => 0,
            digits => digits.parse().map_err(|_| error("a port is a number from 0 to 65535"))?,
        };
        Ok(Self { address, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_meant() {
        for (text, expected) in [
            ("", Ok(":0")),
            (":", Ok(":0")),
            (":0", Ok(":0")),
            (":1161", Ok(":1161")),
            ("192.0.2.1", Ok("192.0.2.1")),
            ("192.0.2.1:", Ok("192.0.2.1")),
            ("192.0.2.1:0", Ok("192.0.2.1")),
            ("192.0.2.1:1161", Ok("192.0.2.1:1161")),
            ("2001:db8::1", Ok("2001:db8::1")),
            ("[2001:db8::1]", Ok("2001:db8::1")),
            ("[2001:db8::1]:1161", Ok("[2001:db8::1]:1161")),
            ("[2001:db8::1", Err("the bracket is not closed")),
            ("[2001:db8::1]1161", Err("behind the bracket comes :PORT")),
            ("192.0.2.1:66000", Err("a port is a number from 0 to 65535")),
            (
                "eth0",
                Err(
                    "an IP address of this machine is expected, such as 192.0.2.1, 192.0.2.1:1161 or [2001:db8::1]:1161",
                ),
            ),
        ] {
            let read = text.parse::<Source>();
            let expected = expected.map(String::from);
            let expected = expected.map_err(|what| format!("{text:?} is no source address: {what}"));
            assert_eq!(read.map(|s| s.to_string()).map_err(|e| e.to_string()), expected);
        }
    }

    #[test]
    fn a_source_serves_its_own_family() {
        let (v4, v6) = ("192.0.2.9:161".parse().unwrap(), "[2001:db8::9]:161".parse().unwrap());
        for (source, towards_v4, towards_v6) in [
            (":7", Some("0.0.0.0:7"), Some("[::]:7")),
            ("192.0.2.1:7", Some("192.0.2.1:7"), None),
            ("2001:db8::1", None, Some("[2001:db8::1]:0")),
        ] {
            let source: Source = source.parse().unwrap();
            let towards = |peer| source.towards(peer).map(|address| address.to_string());
            assert_eq!((towards(v4).as_deref(), towards(v6).as_deref()), (towards_v4, towards_v6));
        }
    }
}
