//! From the text of a target to an address, as snmp_exporter reads it: `[transport://]host[:port]`, where the
//! transport is one of Go's network names (`udp`, `udp4`, `udp6`, `tcp`, `tcp4`, `tcp6`).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use inventory::{Address, Device};
use ipnet::IpNet;
use snmp::{Failure, Protocol};

/// The port of SNMP agents (RFC 3417 §3.1).
const SNMP_PORT: u16 = 161;

/// Where a device is and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its address or name.
    pub address: Address,
    /// Its port.
    pub port: u16,
    /// What carries the messages.
    pub protocol: Protocol,
    /// The only kind of addresses its name may stand for, where only one is wanted.
    pub family: Option<Family>,
}

/// A kind of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Why a text is no target; [`fmt::Display`] says it in snmp_exporter's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadTarget {
    /// What stands behind the last colon is no port.
    Port(String),
    /// There is no way to such a host, or no such transport.
    Host {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadTarget::Port(reason) => f.write_str(reason),
            BadTarget::Host { host, reason } => {
                write!(
                    f,
                    "error connecting to target {host}: error establishing connection to host: {reason}"
                )
            }
        }
    }
}

/// A target in its parts. The host may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `udp` where the text names none.
    pub transport: &'a str,
    /// Without brackets.
    pub host: &'a str,
    /// 161 where the text names none.
    pub port: u16,
}

impl<'a> Parts<'a> {
    /// Takes a target apart.
    ///
    /// # Errors
    /// The port is no number, or none that a port can have.
    pub fn of(target: &'a str) -> Result<Self, BadTarget> {
        let (transport, rest) = target.split_once("://").unwrap_or(("udp", target));
        let Some((host, port)) = split_host_port(rest) else {
            let bare = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let host = bare.filter(|bare| !bare.contains(['[', ']'])).unwrap_or(rest);
            return Ok(Self { transport, host, port: SNMP_PORT });
        };
        let number: i64 = port.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let is_number = matches!(error.kind(), PosOverflow | NegOverflow);
            let reason = if is_number { "value out of range" } else { "invalid syntax" };
            BadTarget::Port(format!(
                "error converting port number to int for target {host:?}: strconv.Atoi: parsing {port:?}: {reason}"
            ))
        })?;
        let port = u16::try_from(number)
            .map_err(|_| BadTarget::Port(format!("port number out of range for target {host:?}")))?;
        Ok(Self { transport, host, port })
    }

    /// The place they name.
    ///
    /// # Errors
    /// The transport is unknown, or the host is neither an address nor a name.
    pub fn place(self) -> Result<Place, BadTarget> {
        let Self { transport, host, port } = self;
        let error = |reason: String| BadTarget::Host { host: host.into(), reason };
        let (protocol, family) = match transport {
            "udp" => (Protocol::Udp, None),
            "udp4" => (Protocol::Udp, Some(Family::V4)),
            "udp6" => (Protocol::Udp, Some(Family::V6)),
            "tcp" => (Protocol::Tcp, None),
            "tcp4" => (Protocol::Tcp, Some(Family::V4)),
            "tcp6" => (Protocol::Tcp, Some(Family::V6)),
            other => return Err(error(format!("dial {other}: unknown network {other}"))),
        };
        let address = Address::parse(host).map_err(|reason| error(format!("dial {transport}: {reason}")))?;
        Ok(Place { address, port, protocol, family })
    }
}

/// Host and port as Go's `net.SplitHostPort` tells them apart; `None` where there is no port, or more than one colon
/// without brackets.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']')?;
            (host, behind.strip_prefix(':').filter(|port| !port.contains(':'))?)
        }
        None => text.split_once(':').filter(|(_, port)| !port.contains(':'))?,
    };
    (!host.contains(['[', ']']) && !port.contains(['[', ']'])).then_some((host, port))
}

/// The place a target names.
///
/// # Errors
/// The text is no target.
pub fn parse(target: &str) -> Result<Place, BadTarget> {
    Parts::of(target)?.place()
}

impl From<&Device> for Place {
    fn from(device: &Device) -> Self {
        Place { address: device.address.clone(), port: device.port, protocol: Protocol::Udp, family: None }
    }
}

impl Place {
    /// Looks a host name up; an address is taken as it is.
    ///
    /// # Errors
    /// The name does not resolve, or to no address of the family that is wanted.
    pub async fn resolve(&self) -> Result<SocketAddr, Failure> {
        let unsuitable =
            || Failure::Unreachable(format!("address {}: no suitable address found", self.address));
        let host = match &self.address {
            Address::Ip(ip) if self.admits(*ip) => return Ok(SocketAddr::new(*ip, self.port)),
            Address::Ip(_) => return Err(unsuitable()),
            Address::Host(host) => host,
        };
        let failure =
            |why: String| Failure::Unreachable(format!("host name {host:?} does not resolve: {why}"));
        let mut found = tokio::net::lookup_host((host.as_str(), self.port))
            .await
            .map_err(|error| failure(error.to_string()))?
            .peekable();
        found.peek().ok_or_else(|| failure("no address".into()))?;
        found.find(|address| self.admits(address.ip())).ok_or_else(unsuitable)
    }

    fn admits(&self, ip: IpAddr) -> bool {
        self.family.is_none_or(|family| (family == Family::V4) == ip.is_ipv4())
    }
}

/// Addresses that may be scraped though they are in no inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed(Option<Vec<IpNet>>);

/// Networks of one's own: loopback, RFC 1918, shared (RFC 6598), link-local, unique local (RFC 4193).
const PRIVATE: [&str; 9] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

impl Allowed {
    /// The networks that were named. Where none was: without an inventory the exporter stands in the place of
    /// snmp_exporter and scrapes what it is told to, as that does; with one, only private networks.
    pub fn new(named: &[IpNet], has_inventory: bool) -> Self {
        match (named, has_inventory) {
            ([], false) => Self(None),
            // Each of them is a network.
            ([], true) => Self(Some(PRIVATE.iter().filter_map(|text| text.parse().ok()).collect())),
            (named, _) => Self(Some(named.to_vec())),
        }
    }

    /// Whether all addresses are.
    pub fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this address is.
    pub fn permits(&self, ip: IpAddr) -> bool {
        // An IPv4 address written as IPv6 is still that address.
        self.0.as_ref().is_none_or(|networks| networks.iter().any(|net| net.contains(&ip.to_canonical())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart() {
        let atoi = |host: &str, port: &str| {
            let what = "error converting port number to int for target";
            Err(format!("{what} {host:?}: strconv.Atoi: parsing {port:?}: invalid syntax"))
        };
        let range = |host: &str| Err(format!("port number out of range for target {host:?}"));
        for (target, expected) in [
            ("192.0.2.1", Ok(("udp", "192.0.2.1", 161))),
            ("192.0.2.1:1161", Ok(("udp", "192.0.2.1", 1161))),
            ("udp://switch.example:1161", Ok(("udp", "switch.example", 1161))),
            ("tcp6://[::1]:1161", Ok(("tcp6", "::1", 1161))),
            ("[::1]", Ok(("udp", "::1", 161))),
            ("[switch]", Ok(("udp", "switch", 161))),
            ("2001:db8::1", Ok(("udp", "2001:db8::1", 161))),
            ("tcp://udp://localhost:1161", Ok(("tcp", "udp://localhost:1161", 161))),
            ("a:0", Ok(("udp", "a", 0))),
            ("a:+7", Ok(("udp", "a", 7))),
            ("192.0.2.1:99999", range("192.0.2.1")),
            ("192.0.2.1:-1", range("192.0.2.1")),
            ("192.0.2.1:", atoi("192.0.2.1", "")),
            ("[::1]:bad", atoi("::1", "bad")),
            ("[::1]x", Ok(("udp", "[::1]x", 161))),
        ] {
            let parts = Parts::of(target).map(|parts| (parts.transport, parts.host, parts.port));
            assert_eq!(parts.map_err(|error| error.to_string()), expected, "{target}");
        }
    }

    #[test]
    fn places_are_named_by_transport_and_host() {
        for (target, expected) in [
            ("udp4://a", Ok((Protocol::Udp, Some(Family::V4)))),
            ("tcp://a", Ok((Protocol::Tcp, None))),
            ("tcp6://a", Ok((Protocol::Tcp, Some(Family::V6)))),
            ("http://a", Err("dial http: unknown network http")),
            ("a_b/c", Err("dial udp: ")),
            ("[::1]x", Err("dial udp: ")),
            (":161", Err("dial udp: ")),
        ] {
            let place = parse(target).map(|place| (place.protocol, place.family));
            match (place.map_err(|error| error.to_string()), expected) {
                (Err(error), Err(reason)) => {
                    let start = "error connecting to target ";
                    assert!(error.starts_with(start) && error.contains(reason), "{target}: {error}");
                }
                (place, expected) => assert_eq!(place.ok(), expected.ok(), "{target}"),
            }
        }
    }

    #[tokio::test]
    async fn a_family_is_kept() {
        for (target, expected) in [
            ("127.0.0.1:7", Some("127.0.0.1:7")),
            ("udp4://127.0.0.1:7", Some("127.0.0.1:7")),
            ("udp6://127.0.0.1:7", None),
            ("tcp4://[::1]:7", None),
            ("tcp6://[::1]:7", Some("[::1]:7")),
        ] {
            let found = parse(target).unwrap().resolve().await.map(|address| address.to_string());
            assert_eq!(found.as_deref().ok(), expected, "{target}");
        }
    }

    #[test]
    fn only_permitted_networks_may_be_scraped() {
        let named: Vec<IpNet> = ["10.0.0.0/8", "fc00::/7"].iter().map(|net| net.parse().unwrap()).collect();
        let [named, alone, beside] =
            [(&named[..], false), (&[], false), (&[], true)].map(|(named, has)| Allowed::new(named, has));
        assert!(alone.is_everything() && !beside.is_everything());
        for (ip, by_name, with_inventory) in [
            ("10.1.2.3", true, true),
            ("192.168.0.1", false, true),
            ("8.8.8.8", false, false),
            ("::ffff:10.1.2.3", true, true),
            ("fd00::1", true, true),
            ("2001:db8::1", false, false),
        ] {
            let ip = ip.parse().unwrap();
            assert_eq!((named.permits(ip), beside.permits(ip)), (by_name, with_inventory), "{ip}");
            assert!(alone.permits(ip));
        }
    }
}
