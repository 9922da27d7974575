//! What to do about a device that does not answer. Pure: failures in, sentences out.

use std::collections::BTreeSet;
use std::net::IpAddr;

use snmp::Failure;

/// A device's problem in a few words, for a table.
pub fn short(failure: &Failure) -> String {
    match failure {
        Failure::Timeout { .. } | Failure::Deadline { .. } => "no answer".into(),
        Failure::PortClosed(_) => "port closed".into(),
        failure => failure.to_string(),
    }
}

/// The devices that did not answer, by what their silence looks like.
#[derive(Debug, Default)]
pub struct Silent {
    /// No answer at all: device, auth profile, and this machine's address towards it.
    pub unanswered: Vec<(String, String, Option<IpAddr>)>,
    /// The port is closed: device.
    pub closed: Vec<String>,
    /// The address is out of reach: device.
    pub unreachable: Vec<String>,
}

/// What to do about all of them, in paragraphs; empty when there is nothing to do.
pub fn advice(silent: &Silent) -> String {
    let mut out = String::new();
    if !silent.unanswered.is_empty() {
        let sources: BTreeSet<IpAddr> =
            silent.unanswered.iter().filter_map(|(_, _, source)| *source).collect();
        let auths: BTreeSet<&str> = silent.unanswered.iter().map(|(_, auth, _)| auth.as_str()).collect();
        let auths: Vec<&str> = auths.into_iter().collect();
        let names = named(silent.unanswered.iter().map(|(device, _, _)| device.as_str()));
        out += &format!(
            "No answer from {names}. An SNMP agent is silent when\n\
             \x20 - the host is down or its address is wrong: try ping\n\
             \x20 - an access list or a firewall does not let this machine in: see the lines below\n\
             \x20 - the community is wrong: compare the auth profile ({}) with the device's configuration\n",
            auths.join(", ")
        );
        let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = sources.into_iter().partition(IpAddr::is_ipv4);
        out +=
            "On Cisco IOS and IOS XE these lines permit this machine (COMMUNITY as in the auth profile):\n";
        if !v4.is_empty() {
            out += "  ip access-list standard WARD\n";
            out.extend(v4.iter().map(|ip| format!("   permit host {ip}\n")));
            out += "  snmp-server community COMMUNITY RO WARD\n";
        }
        if !v6.is_empty() {
            out += "  ipv6 access-list WARD6\n";
            out.extend(v6.iter().map(|ip| format!("   permit udp host {ip} any eq snmp\n")));
            out += "  snmp-server community COMMUNITY RO ipv6 WARD6\n";
        }
        if v4.is_empty() && v6.is_empty() {
            out += "  snmp-server community COMMUNITY RO\n";
        }
    }
    if !silent.closed.is_empty() {
        out += &format!(
            "Port closed on {}: the host is there, but no SNMP agent listens. On Cisco: snmp-server community COMMUNITY RO; on Linux: \
             systemctl enable --now snmpd, and an agentaddress other than 127.0.0.1\n",
            named(silent.closed.iter().map(String::as_str))
        );
    }
    if !silent.unreachable.is_empty() {
        out += &format!(
            "Out of reach: {}: check the address, the name server and this machine's routes\n",
            named(silent.unreachable.iter().map(String::as_str))
        );
    }
    out
}

/// The first few names, and how many more.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0..=5 => names.join(", "),
        count => format!("{} and {} more", names[..4].join(", "), count - 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_met_with_the_lines_that_would_end_it() {
        let unanswered =
            (1..=7).map(|n| (format!("r{n}"), "branches".into(), Some([192, 0, 2, 10].into()))).collect();
        let text = advice(&Silent { unanswered, ..Silent::default() });
        assert!(text.starts_with("No answer from r1, r2, r3, r4 and 3 more."), "{text}");
        assert!(
            text.contains("permit host 192.0.2.10\n  snmp-server community COMMUNITY RO WARD\n"),
            "{text}"
        );
        assert!(text.contains("auth profile (branches)"), "{text}");
        assert_eq!(advice(&Silent::default()), "");
    }
}
