//! From the text of a target to an address, as snmp_exporter reads it: `[transport://]host[:port]`.

use std::net::{IpAddr, SocketAddr};

use inventory::Address;
use ipnet::IpNet;
use snmp::Failure;

/// The port of SNMP agents (RFC 3417 §3.1).
const SNMP_PORT: u16 = 161;

/// A target's host and port.
///
/// # Errors
/// The text is no target; the message says why.
pub fn parse(target: &str) -> Result<(Address, u16), String> {
    let rest = match target.split_once("://") {
        None => target,
        Some(("udp" | "udp4" | "udp6", rest)) => rest,
        Some((transport, _)) => return Err(format!("transport {transport:?} is not supported, only udp is")),
    };
    let port = |text: &str| {
        let number = text.parse::<u16>().ok().filter(|port| *port > 0);
        number.ok_or_else(|| format!("port number out of range for target {target:?}"))
    };
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, SNMP_PORT),
        Some((host, behind)) => {
            let digits = behind
                .strip_prefix(':')
                .ok_or_else(|| format!("unexpected {behind:?} in target {target:?}"))?;
            (host, port(digits)?)
        }
        // More than one colon: an IPv6 address without brackets, which leaves no room for a port.
        None => match rest.split_once(':') {
            Some((host, digits)) if !digits.contains(':') => (host, port(digits)?),
            _ => (rest, SNMP_PORT),
        },
    };
    Ok((Address::parse(host).map_err(|error| format!("target {target:?}: {error}"))?, port))
}

/// Looks a host name up; an address is taken as it is.
///
/// # Errors
/// The name does not resolve.
pub async fn resolve(address: &Address, port: u16) -> Result<SocketAddr, Failure> {
    let host = match address {
        Address::Ip(ip) => return Ok(SocketAddr::new(*ip, port)),
        Address::Host(host) => host,
    };
    let failure = |why: String| Failure::Unreachable(format!("host name {host:?} does not resolve: {why}"));
    let mut found =
        tokio::net::lookup_host((host.as_str(), port)).await.map_err(|error| failure(error.to_string()))?;
    found.next().ok_or_else(|| failure("no address".into()))
}

/// Whether an address may be scraped though it is in no inventory.
pub fn is_allowed(ip: IpAddr, allowed: &[IpNet]) -> bool {
    // An IPv4 address written as IPv6 is still that address.
    let ip = ip.to_canonical();
    allowed.iter().any(|network| network.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_snmp_exporter_reads_them() {
        for (target, expected) in [
            ("192.0.2.1", Ok("192.0.2.1 161")),
            ("192.0.2.1:1161", Ok("192.0.2.1 1161")),
            ("udp://192.0.2.1", Ok("192.0.2.1 161")),
            ("switch.example.net:99", Ok("switch.example.net 99")),
            ("[::1]", Ok("::1 161")),
            ("[::1]:1161", Ok("::1 1161")),
            ("2001:db8::1", Ok("2001:db8::1 161")),
            ("192.0.2.1:99999", Err("port number out of range for target \"192.0.2.1:99999\"")),
            ("192.0.2.1:", Err("port number out of range for target \"192.0.2.1:\"")),
            ("tcp://192.0.2.1", Err("transport \"tcp\" is not supported, only udp is")),
            ("[::1]x", Err("unexpected \"x\" in target \"[::1]x\"")),
        ] {
            let parsed = parse(target).map(|(host, port)| format!("{host} {port}"));
            assert_eq!(parsed.as_deref().map_err(String::as_str), expected, "{target}");
        }
    }

    #[test]
    fn only_permitted_networks_may_be_scraped() {
        let allowed: Vec<IpNet> = ["10.0.0.0/8", "fc00::/7"].iter().map(|net| net.parse().unwrap()).collect();
        for (ip, expected) in [
            ("10.1.2.3", true),
            ("8.8.8.8", false),
            ("::ffff:10.1.2.3", true),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_allowed(ip.parse().unwrap(), &allowed), expected, "{ip}");
        }
    }
}
