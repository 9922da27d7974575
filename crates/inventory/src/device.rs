//! Devices: whom to scrape, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use snmp::Limits;

use crate::auth::Auth;

/// One device of the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its name: the `device` label, and a segment of URL paths.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Its UDP port.
    pub port: u16,
    /// How to prove who asks.
    pub auth: Arc<Auth>,
    /// The exporter's modules to run, each once.
    pub modules: Vec<String>,
    /// Labels that `/sd` attaches to all its series.
    pub labels: BTreeMap<String, String>,
    /// What the file says about limits, the device's own word before that of `defaults`.
    pub overrides: Overrides,
    /// The limits with nothing but the file's overrides.
    pub limits: Limits,
    /// How often it is to be scraped, where the scraper's own interval is not meant.
    pub interval: Option<Duration>,
    /// The line of the file it begins on.
    pub line: u32,
}

impl Device {
    /// Address and port, as `/snmp?target=` takes them: `192.0.2.1:161`, `[2001:db8::1]:161`.
    pub fn target(&self) -> String {
        match &self.address {
            Address::Ip(IpAddr::V6(ip)) => format!("[{ip}]:{}", self.port),
            Address::Host(host) if host.contains(':') => format!("[{host}]:{}", self.port),
            address => format!("{address}:{}", self.port),
        }
    }
}

/// Limits that the file speaks of; the others are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The longest wait for one answer.
    pub timeout: Option<Duration>,
    /// How often an unanswered request is sent again at the most.
    pub retries: Option<u32>,
    /// Requests in flight at the most.
    pub max_in_flight: Option<u32>,
    /// Values of each column in one answer at the most.
    pub max_repetitions: Option<u32>,
    /// Whether an agent that goes back in the MIB is read on.
    pub allow_nonincreasing_oids: Option<bool>,
}

impl Overrides {
    /// These limits, and where they are silent, those.
    pub fn or(self, other: Overrides) -> Overrides {
        Overrides {
            timeout: self.timeout.or(other.timeout),
            retries: self.retries.or(other.retries),
            max_in_flight: self.max_in_flight.or(other.max_in_flight),
            max_repetitions: self.max_repetitions.or(other.max_repetitions),
            allow_nonincreasing_oids: self.allow_nonincreasing_oids.or(other.allow_nonincreasing_oids),
        }
    }

    /// Limits as they are after these overrides, for instance a module's.
    pub fn over(&self, limits: &Limits) -> Limits {
        Limits {
            timeout: self.timeout.unwrap_or(limits.timeout),
            retries: self.retries.unwrap_or(limits.retries),
            max_in_flight: self.max_in_flight.unwrap_or(limits.max_in_flight),
            max_repetitions: self.max_repetitions.or(limits.max_repetitions),
            allow_nonincreasing_oids: self
                .allow_nonincreasing_oids
                .unwrap_or(limits.allow_nonincreasing_oids),
            ..limits.clone()
        }
    }
}

/// Where a device is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A host name, or a link-local IPv6 address with its zone (`fe80::1%eth0`): both need the resolver.
    Host(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Ip(ip) => ip.fmt(f),
            Address::Host(host) => f.write_str(host),
        }
    }
}

impl Address {
    /// Reads an IPv4 address, an IPv6 address (in brackets or not) or a host name.
    ///
    /// ```
    /// # use ward_inventory as inventory;
    /// # use inventory::Address;
    /// assert_eq!(Address::parse("192.0.2.1"), Ok(Address::Ip([192, 0, 2, 1].into())));
    /// assert!(Address::parse("192.0.2.256").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(ip) if ip.is_unspecified() => Err(format!("{text:?} is nobody's address")),
            Ok(ip @ IpAddr::V4(_)) if bare == text => Ok(Address::Ip(ip)),
            Ok(ip @ IpAddr::V6(_)) => Ok(Address::Ip(ip)),
            _ if is_zoned(bare) => Ok(Address::Host(bare.to_owned())),
            _ => host_name(text).map(Address::Host),
        }
    }
}

/// Whether a text is an IPv6 address with a zone (RFC 4007 §11).
fn is_zoned(text: &str) -> bool {
    text.split_once('%').is_some_and(|(ip, zone)| ip.parse::<Ipv6Addr>().is_ok() && !zone.is_empty())
}

fn host_name(text: &str) -> Result<String, String> {
    const RIGHT: &str = "expected an IPv4 or IPv6 address or a host name";
    if text.contains("://") {
        return Err(format!("{text:?} is a URL, {RIGHT}"));
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && port.parse::<u16>().is_ok()
        && (!host.contains(':') || host.ends_with(']'))
        && Address::parse(host).is_ok()
    {
        return Err(format!("{text:?} holds a port, write address: {host:?} and port: {port}"));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let well_formed = name.len() <= 253 && name.split('.').all(is_host_label);
    // What ends in a number is read as an IPv4 address by resolvers, if often not the one that was meant.
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if well_formed && !numeric {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not an address, {RIGHT}"))
    }
}

fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a name can be a device's: it becomes a label value and a segment of URL paths.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    // A path segment of dots is resolved away before it arrives.
    if name == "." || name == ".." || !name.chars().all(allowed) {
        return Err(format!("{name:?} cannot be part of a URL path, expected letters, digits and -_.: only"));
    }
    Ok(())
}

/// Whether a name can be a target label.
pub(crate) fn check_label_name(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!(
            "{name:?} is not a label name, expected letters, digits and underscores, no digit first"
        ));
    }
    if name.starts_with("__") {
        return Err(format!(
            "label {name:?} is reserved, names with two underscores first belong to Prometheus"
        ));
    }
    if name == "device" {
        return Err("label \"device\" is reserved, it always holds the device's name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, target) in [
            ("192.0.2.1", "192.0.2.1:161"),
            ("2001:db8::1", "[2001:db8::1]:161"),
            ("[2001:db8::1]", "[2001:db8::1]:161"),
            ("fe80::1%eth0", "[fe80::1%eth0]:161"),
            ("core-1.example.net", "core-1.example.net:161"),
            ("core-1.example.net.", "core-1.example.net.:161"),
            ("switch_7", "switch_7:161"),
            ("3com", "3com:161"),
        ] {
            let device = Device {
                name: "x".into(),
                address: Address::parse(text).unwrap(),
                port: 161,
                auth: Arc::new(Auth::built_in()[0].clone()),
                modules: vec![],
                labels: BTreeMap::new(),
                overrides: Overrides::default(),
                limits: Limits::default(),
                interval: None,
                line: 1,
            };
            assert_eq!(device.target(), target);
        }
    }

    #[test]
    fn bad_addresses() {
        for (text, expected) in [
            ("", "\"\" is not an address, expected an IPv4 or IPv6 address or a host name"),
            (
                "192.0.2.256",
                "\"192.0.2.256\" is not an address, expected an IPv4 or IPv6 address or a host name",
            ),
            ("10.1.1", "\"10.1.1\" is not an address, expected an IPv4 or IPv6 address or a host name"),
            (
                "192.0.2.1/24",
                "\"192.0.2.1/24\" is not an address, expected an IPv4 or IPv6 address or a host name",
            ),
            ("a b", "\"a b\" is not an address, expected an IPv4 or IPv6 address or a host name"),
            ("-x.net", "\"-x.net\" is not an address, expected an IPv4 or IPv6 address or a host name"),
            ("a..b", "\"a..b\" is not an address, expected an IPv4 or IPv6 address or a host name"),
            (
                "[192.0.2.1]",
                "\"[192.0.2.1]\" is not an address, expected an IPv4 or IPv6 address or a host name",
            ),
            ("0.0.0.0", "\"0.0.0.0\" is nobody's address"),
            (
                "udp://192.0.2.1",
                "\"udp://192.0.2.1\" is a URL, expected an IPv4 or IPv6 address or a host name",
            ),
            (
                "192.0.2.1:1161",
                "\"192.0.2.1:1161\" holds a port, write address: \"192.0.2.1\" and port: 1161",
            ),
            ("[::1]:1161", "\"[::1]:1161\" holds a port, write address: \"[::1]\" and port: 1161"),
        ] {
            assert_eq!(Address::parse(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn names_fit_a_url_path() {
        for name in ["tbilisi-core-1", "10.0.0.1", "A_b:7", "2001:db8::1", "..."] {
            assert_eq!(check_name(name), Ok(()));
        }
        for name in ["", ".", "..", "a/b", "a b", "a?b", "ядро", "a%20b"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn label_names() {
        for name in ["site", "_x", "Role2"] {
            assert_eq!(check_label_name(name), Ok(()));
        }
        for (name, expected) in [
            ("", "\"\" is not a label name, expected letters, digits and underscores, no digit first"),
            ("2x", "\"2x\" is not a label name, expected letters, digits and underscores, no digit first"),
            ("a-b", "\"a-b\" is not a label name, expected letters, digits and underscores, no digit first"),
            (
                "__address__",
                "label \"__address__\" is reserved, names with two underscores first belong to Prometheus",
            ),
            ("device", "label \"device\" is reserved, it always holds the device's name"),
        ] {
            assert_eq!(check_label_name(name).unwrap_err(), expected);
        }
    }
}
