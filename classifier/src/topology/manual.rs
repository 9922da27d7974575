//! Links that nobody hears and an operator knows of: from a file, and from the API.
//!
//! ```yaml
//! links:
//!   - a: {device: rustavi-r1, interface: FastEthernet3}
//!     b: {device: rustavi-modem, interface: eth0}
//!     reason: the modem speaks no LLDP
//!     author: nino
//!     until: 2027-01-01
//! ```
//!
//! They go before what is heard: a port that is plugged in so has no other link. Where both say the same, it is one link. Where
//! a port is not there, the link is not either.

use std::collections::{HashMap, HashSet};

use inventory::fields::Fields;
use inventory::yaml::{self, Kind, Node};
use inventory::{At, Problems};

use super::known::{Ends, KnownLink, Names, Port, Said};
use crate::date::parse_until;
use crate::rules::error::{self, RuleError};
use crate::timestamp::Timestamp;

/// A link that an operator has said there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualLink {
    /// Its number in the store; those of a file have none.
    pub id: Option<i64>,
    /// Its ends, both with their ports.
    pub ends: Ends,
    /// Who said so, why, and until when.
    pub said: Said,
    /// When.
    pub created: Timestamp,
}

impl ManualLink {
    /// Whether it is in force.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.said.expires_at.is_none_or(|end| now < end)
    }
}

/// Those in force. What was said through the API goes before the file, where it is about the same port.
pub fn in_force(stored: &[ManualLink], file: &[ManualLink], now: Timestamp) -> Vec<ManualLink> {
    let mut taken: HashSet<&Port> = HashSet::new();
    let all = stored.iter().chain(file).filter(|link| link.holds(now));
    let free = all.filter(|link| {
        let is_free = !link.ends.both().into_iter().any(|port| taken.contains(port));
        if is_free {
            taken.extend(link.ends.both());
        }
        is_free
    });
    free.cloned().collect()
}

const KEYS: [&str; 5] = ["a", "b", "reason", "author", "until"];
const END_KEYS: [&str; 2] = ["device", "interface"];

/// Reads a file; `name` is its name in messages.
///
/// # Errors
/// All mistakes of the file.
pub fn parse(text: &str, name: &str) -> Result<Vec<ManualLink>, Vec<RuleError>> {
    let problems = Problems::default();
    let root = yaml::parse(text, &problems).unwrap_or(Node { at: At::START, kind: Kind::Null });
    let links = Fields::open(&root, String::new(), &problems).map(|file| links(&file, &problems));
    match problems.finish() {
        problems if problems.is_empty() => Ok(links.unwrap_or_default()),
        problems => Err(error::of_file(name, problems)),
    }
}

fn links(file: &Fields<'_>, problems: &Problems) -> Vec<ManualLink> {
    file.check_keys(&["links"]);
    let items = match file.get("links") {
        None => return Vec::new(),
        Some(Node { kind: Kind::List(items), .. }) => items,
        Some(other) => {
            problems.push(other.at, "links", format!("expected a list of links, found {}", other.name()));
            return Vec::new();
        }
    };
    let mut links = Vec::with_capacity(items.len());
    let mut lines: HashMap<Port, u32> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        let Some(fields) = Fields::open(item, format!("links[{place}]"), problems) else { continue };
        fields.check_keys(&KEYS);
        let ends = Ends::new(end(&fields, "a", problems), end(&fields, "b", problems));
        for port in ends.both() {
            if let Some(line) = lines.insert(port.clone(), fields.at.line) {
                let message =
                    format!("{} of {} has a link already, on line {line}", port.if_name, port.device);
                problems.push(fields.at, "links", message);
            }
        }
        let until = fields.text("until");
        let expires_at = until.and_then(|text| {
            let end = parse_until(text).and_then(|seconds| i64::try_from(seconds * 1000).ok());
            if end.is_none() {
                let message = format!(
                    "expected a day such as 2027-01-01 or a time such as 2027-01-01T12:00:00Z, found {text:?}"
                );
                fields.problem("until", message);
            }
            end.map(Timestamp::from_millis)
        });
        let reason = required(&fields, "reason", "why, for those who come after");
        let author = required(&fields, "author", "who says so");
        let said = Said { author, reason, expires_at };
        links.push(ManualLink { id: None, ends, said, created: Timestamp::default() });
    }
    links
}

fn end(fields: &Fields<'_>, key: &str, problems: &Problems) -> Port {
    let opened = fields.get(key).and_then(|node| Fields::open(node, fields.key(key), problems));
    let Some(end) = opened else {
        fields.problem(key, "missing, expected an end, such as {device: rustavi-r1, interface: Fa3}");
        return Port::default();
    };
    end.check_keys(&END_KEYS);
    Port {
        device: required(&end, "device", "the device's name in the inventory"),
        if_name: required(&end, "interface", "the interface's ifName"),
    }
}

fn required(fields: &Fields<'_>, key: &str, what: &str) -> String {
    let text = fields.text(key).map(str::trim).filter(|text| !text.is_empty());
    if text.is_none() {
        fields.problem(key, format!("missing, expected {what}"));
    }
    text.unwrap_or_default().to_owned()
}

/// What is seen, with what operators have said. Also what is seen on ports of theirs, and is something else: each such link, and the
/// one that was said.
pub fn with_manual(
    seen: Vec<KnownLink>,
    manual: &[ManualLink],
    names: &Names<'_>,
) -> (Vec<KnownLink>, Vec<(KnownLink, Ends)>) {
    let there = |link: &&ManualLink| link.ends.both().into_iter().all(|port| names.interface(port).is_some());
    let manual: Vec<&ManualLink> = manual.iter().filter(there).collect();
    let taken: HashMap<&Port, usize> =
        manual.iter().enumerate().flat_map(|(nth, link)| link.ends.both().map(|port| (port, nth))).collect();
    let mut said: Vec<KnownLink> = manual.iter().map(|link| of_manual(link)).collect();
    let (mut free, mut others) = (Vec::with_capacity(seen.len()), Vec::new());
    for link in seen {
        let Some(nth) = link.ends.both().into_iter().find_map(|port| taken.get(port).copied()) else {
            free.push(link);
            continue;
        };
        let Some(known) = said.get_mut(nth) else { continue };
        match is_part_of(&link.ends, &known.ends) {
            true => confirm(known, &link),
            false => others.push((link, known.ends.clone())),
        }
    }
    free.extend(said);
    (free, others)
}

fn of_manual(link: &ManualLink) -> KnownLink {
    KnownLink {
        ends: link.ends.clone(),
        protocol: MANUAL.into(),
        confidence: 1.0,
        manual: true,
        said: Some(Box::new(link.said.clone())),
        ..KnownLink::default()
    }
}

/// The word for it among protocols.
pub const MANUAL: &str = "manual";

/// Whether a link is another, as far as its ports are known.
fn is_part_of(ends: &Ends, whole: &Ends) -> bool {
    let fits = |one: &Port, other: &Port| {
        one.device == other.device && (one.if_name.is_empty() || one.if_name == other.if_name)
    };
    fits(&ends.a, &whole.a) && fits(&ends.b, &whole.b) || fits(&ends.a, &whole.b) && fits(&ends.b, &whole.a)
}

/// What is heard says the same.
fn confirm(said: &mut KnownLink, heard: &KnownLink) {
    let turned = heard.ends.a.device != said.ends.a.device;
    let order = if turned { [1, 0] } else { [0, 1] };
    for (end, of) in order.into_iter().enumerate() {
        said.seen_by[end] |= heard.seen_by[of];
        if said.aggregates[end].is_empty() {
            said.aggregates[end].clone_from(&heard.aggregates[of]);
        }
    }
    said.protocol = format!("{}+{MANUAL}", heard.protocol);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(reason: &str, until: &str) -> String {
        format!(
            "- {{a: {{device: r1, interface: Fa3}}, b: {{device: m1, interface: eth0}}, reason: {reason}, author: nino{until}}}\n"
        )
    }

    #[test]
    fn a_file_of_links_is_read() {
        let text = format!("links:\n{}", link("no LLDP", ", until: 2027-01-01"));
        let links = parse(&text, "links.yml").expect("links");
        assert_eq!((links[0].ends.a.device.as_str(), links[0].ends.b.if_name.as_str()), ("m1", "Fa3"));
        assert!(links[0].holds(Timestamp::from_millis(1_798_847_999_000)));
        assert!(!links[0].holds(Timestamp::from_millis(1_798_848_000_000)));
        assert_eq!(parse("", "links.yml"), Ok(Vec::new()));
    }

    #[test]
    fn the_file_that_is_shipped_is_read() {
        let links = parse(include_str!("../../../configs/links.yml"), "links.yml").expect("links");
        assert_eq!((links.len(), links[0].said.author.as_str()), (1, "noc"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("links: 3\n", "links.yml:1:8: links: expected a list of links"),
            (
                "links:\n- {a: {device: r1}}\n",
                "links[0].a.interface: missing, expected the interface's ifName",
            ),
            ("links:\n- {a: {device: r1, interface: 1}}\n", "links[0].b: missing, expected an end"),
            (&format!("links:\n{}", link("x", ", until: soon")), "links[0].until: expected a day such as"),
            (
                &format!("links:\n{}{}", link("x", ""), link("y", "")),
                "eth0 of m1 has a link already, on line 2",
            ),
            ("link: []\n", "unknown key \"link\", did you mean \"links\""),
        ] {
            let errors = parse(text, "links.yml").expect_err(text);
            let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(shown.join("\n").contains(expected), "{shown:?}");
        }
    }

    #[test]
    fn what_was_said_through_the_api_goes_before_the_file() {
        let text = format!("links:\n{}", link("file", ""));
        let of_file = parse(&text, "links.yml").expect("links");
        let said = Said { reason: "api".into(), ..Said::default() };
        let ends = Ends::new(of_file[0].ends.a.clone(), Port { device: "m2".into(), if_name: "1".into() });
        let stored = vec![ManualLink { id: Some(1), ends, said, created: Timestamp::default() }];
        let all = in_force(&stored, &of_file, Timestamp::default());
        assert_eq!(all, stored);
    }
}
