//! What happened at ports: somebody was plugged in, unplugged, or took another's place. Each end of a cable has its own.

use std::collections::BTreeMap;

use super::known::{Ends, KnownLink, Port};
use crate::change::EventKind;

/// Something that happened at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortEvent {
    /// Where; the interface's name is empty where it is not known which it is.
    pub port: Port,
    /// What.
    pub kind: EventKind,
    /// Who was at the other end.
    pub old: String,
    /// Who is.
    pub new: String,
    /// The link that has come or, where none has, gone.
    pub of: Ends,
}

/// What happened, by links that are new and links that are no more.
pub fn events(added: &[KnownLink], gone: &[KnownLink]) -> Vec<PortEvent> {
    let mut ports: BTreeMap<&Port, [Vec<&KnownLink>; 2]> = BTreeMap::new();
    for (place, links) in [gone, added].into_iter().enumerate() {
        for link in links {
            for port in told_at(&link.ends) {
                ports.entry(port).or_default()[place].push(link);
            }
        }
    }
    let mut all = Vec::new();
    for (port, [mut gone, mut added]) in ports {
        // A link of which a port has become known, or no longer is, is no other cable.
        added.retain(|new| {
            let same = gone.iter().position(|old| is_same(far(&old.ends, port), far(&new.ends, port)));
            same.map(|place| gone.swap_remove(place)).is_none()
        });
        for nth in 0..gone.len().max(added.len()) {
            let (old, new) = (gone.get(nth), added.get(nth));
            let Some(of) = new.or(old) else { continue };
            let told =
                |link: Option<&&KnownLink>| link.map(|link| show(far(&link.ends, port))).unwrap_or_default();
            all.push(PortEvent {
                port: port.clone(),
                kind: match (old, new) {
                    (Some(_), Some(_)) => EventKind::NeighbourChanged,
                    (None, _) => EventKind::LinkAppeared,
                    (_, None) => EventKind::LinkLost,
                },
                old: told(old),
                new: told(new),
                of: of.ends.clone(),
            });
        }
    }
    all
}

/// The ports at which an event of a link is told: those that are known, else the devices.
fn told_at(ends: &Ends) -> impl Iterator<Item = &Port> {
    let any = ends.both().into_iter().any(|port| !port.if_name.is_empty());
    ends.both().into_iter().filter(move |port| !any || !port.if_name.is_empty())
}

fn far<'e>(ends: &'e Ends, port: &Port) -> &'e Port {
    if ends.a == *port { &ends.b } else { &ends.a }
}

fn is_same(one: &Port, other: &Port) -> bool {
    let open = one.if_name.is_empty() || other.if_name.is_empty();
    one.device == other.device && (open || one.if_name == other.if_name)
}

/// An end in a few words.
fn show(port: &Port) -> String {
    [port.device.as_str(), &port.if_name].join(" ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Links such as `a1-b1`; a port that is not known has no number.
    fn links(text: &str) -> Vec<KnownLink> {
        let port = |text: &str| Port { device: text[..1].into(), if_name: text[1..].into() };
        let link = |text: &str| {
            let (one, two) = text.split_once('-').expect("two ends");
            KnownLink { ends: Ends::new(port(one), port(two)), ..KnownLink::default() }
        };
        text.split_whitespace().map(link).collect()
    }

    #[test]
    fn each_end_has_its_own_story() {
        for (added, gone, expected) in [
            ("a1-b1", "", "a1 link_appeared >b 1; b1 link_appeared >a 1"),
            ("", "a1-b1", "a1 link_lost b 1>; b1 link_lost a 1>"),
            ("a1-g2", "a1-b1", "a1 neighbour_changed b 1>g 2; b1 link_lost a 1>; g2 link_appeared >a 1"),
            ("a1-b", "", "a1 link_appeared >b"),
            ("a-b", "", "a link_appeared >b; b link_appeared >a"),
            // A port that has become known is no other cable, for the end that knew.
            ("a1-b1", "a1-b", "b1 link_appeared >a 1"),
            ("a1-b2", "a1-b1", "a1 neighbour_changed b 1>b 2; b1 link_lost a 1>; b2 link_appeared >a 1"),
        ] {
            let told = events(&links(added), &links(gone)).into_iter().map(|event| {
                let PortEvent { port, kind, old, new, .. } = event;
                format!("{}{} {kind} {old}>{new}", port.device, port.if_name)
            });
            assert_eq!(told.collect::<Vec<_>>().join("; "), expected, "{added} after {gone}");
        }
    }
}
