//! How links come, stay and go: a walk that failed changes nothing, good walks without a link retire it, and who is newly plugged in
//! retires at once who was there before.

use std::collections::{BTreeSet, HashMap};

use super::known::{Ends, KnownLink, LinkState, Port};
use crate::timestamp::Timestamp;

/// What is known of a device when links are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attention {
    /// When its neighbours were last read to their end.
    pub heard: Option<Timestamp>,
    /// Whether it answered its last walk.
    pub answers: bool,
}

/// What is known of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortState {
    /// ifOperStatus is up, or not known.
    #[default]
    Up,
    /// ifOperStatus is down.
    Down,
    /// ifAdminStatus is down.
    Off,
}

/// After so many good walks without it a link is retired.
pub const MISSES: u32 = 3;

/// What a look at all links came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aged {
    /// Links as they are from now on.
    pub links: Vec<KnownLink>,
    /// Links that are no more.
    pub retired: Vec<KnownLink>,
    /// Links that are new.
    pub added: Vec<KnownLink>,
}

/// Lays what is seen now over what was known. `seen` need have neither state nor times.
pub fn age(
    known: &[KnownLink],
    seen: Vec<KnownLink>,
    attention: impl Fn(&str) -> Attention,
    port_state: impl Fn(&Port) -> PortState,
    now: Timestamp,
) -> Aged {
    let before: HashMap<&Ends, &KnownLink> = known.iter().map(|link| (&link.ends, link)).collect();
    let occupied: HashMap<Port, Ends> = occupied(&seen);
    let mut aged = Aged::default();
    let seen_ends: BTreeSet<Ends> = seen.iter().map(|link| link.ends.clone()).collect();
    for new in seen {
        let state = state(&new, &port_state);
        let old = before.get(&new.ends);
        if old.is_none() && state == LinkState::Down && is_off(&new, &port_state) {
            continue;
        }
        let heard = last_heard(&new, &attention).unwrap_or(now);
        let link = KnownLink {
            state,
            state_since: old.filter(|old| old.state == state).map_or(now, |old| old.state_since),
            valid_from: old.map_or(now, |old| old.valid_from),
            last_seen: heard,
            missed: 0,
            counted: heard,
            ..new
        };
        if old.is_none() {
            aged.added.push(link.clone());
        }
        aged.links.push(link);
    }
    for old in known.iter().filter(|old| !seen_ends.contains(&old.ends)) {
        match unseen(old, &occupied, &attention, &port_state, now) {
            Some(link) => aged.links.push(link),
            None => aged.retired.push(old.clone()),
        }
    }
    aged.links.sort_by(|one, two| one.ends.cmp(&two.ends));
    aged
}

/// The ports that surely have a link now.
fn occupied(seen: &[KnownLink]) -> HashMap<Port, Ends> {
    let sure = seen.iter().filter(|link| !link.shared);
    let ports = sure.flat_map(|link| link.ends.both().map(|port| (port.clone(), link.ends.clone())));
    ports.filter(|(port, _)| !port.if_name.is_empty()).collect()
}

fn state(link: &KnownLink, port_state: &impl Fn(&Port) -> PortState) -> LinkState {
    let down = |port: &Port| !port.if_name.is_empty() && port_state(port) != PortState::Up;
    if link.ends.both().into_iter().any(down) { LinkState::Down } else { LinkState::Active }
}

fn is_off(link: &KnownLink, port_state: &impl Fn(&Port) -> PortState) -> bool {
    link.ends.both().into_iter().any(|port| !port.if_name.is_empty() && port_state(port) == PortState::Off)
}

/// When an end that sees a link was last heard.
fn last_heard(link: &KnownLink, attention: &impl Fn(&str) -> Attention) -> Option<Timestamp> {
    let ends = link.ends.both().into_iter().zip(link.seen_by).filter(|(_, sees)| *sees);
    ends.filter_map(|(port, _)| attention(&port.device).heard).max()
}

/// A link that is not seen, as it is from now on; `None` where it is no more.
fn unseen(
    old: &KnownLink,
    occupied: &HashMap<Port, Ends>,
    attention: &impl Fn(&str) -> Attention,
    port_state: &impl Fn(&Port) -> PortState,
    now: Timestamp,
) -> Option<KnownLink> {
    let evicted =
        old.ends.both().into_iter().any(|port| occupied.get(port).is_some_and(|ends| *ends != old.ends));
    if old.manual || evicted || is_off(old, port_state) || is_refined(old, occupied) {
        return None;
    }
    let watching = old.ends.both().into_iter().zip(old.seen_by).filter(|(_, saw)| *saw);
    let heard: Vec<Timestamp> = watching
        .clone()
        .filter_map(|(port, _)| attention(&port.device).heard)
        .filter(|at| *at > old.counted)
        .collect();
    let silent = watching.map(|(port, _)| attention(&port.device)).any(|attention| !attention.answers);
    let missed = old.missed + u32::from(!heard.is_empty());
    if missed >= MISSES {
        return None;
    }
    let down = state(old, port_state) == LinkState::Down;
    let state = match (down, missed > 0, silent) {
        (true, _, _) => LinkState::Down,
        (false, true, _) => LinkState::Missing,
        (false, false, true) => LinkState::Unknown,
        (false, false, false) => old.state,
    };
    Some(KnownLink {
        state,
        state_since: if state == old.state { old.state_since } else { now },
        missed,
        counted: heard.into_iter().max().unwrap_or(old.counted),
        ..old.clone()
    })
}

/// Whether a link is now known with a port more: it is no other link.
fn is_refined(old: &KnownLink, occupied: &HashMap<Port, Ends>) -> bool {
    let devices = |ends: &Ends| [ends.a.device.clone(), ends.b.device.clone()];
    // Where one of its ports was known, whoever is there now has evicted it.
    let is_open = old.ends.both().into_iter().all(|port| port.if_name.is_empty());
    is_open && occupied.values().any(|ends| ends.is_complete() && devices(ends) == devices(&old.ends))
}

/// A link in a line.
pub fn show(ends: &Ends) -> String {
    let port = |port: &Port| {
        let name = if port.if_name.is_empty() { "?" } else { &port.if_name };
        format!("{} {name}", port.device)
    };
    format!("{} – {}", port(&ends.a), port(&ends.b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    fn link(a: (&str, &str), b: (&str, &str)) -> KnownLink {
        let port = |(device, name): (&str, &str)| Port { device: device.into(), if_name: name.into() };
        KnownLink { ends: Ends::new(port(a), port(b)), seen_by: [true; 2], ..KnownLink::default() }
    }

    fn heard(hours: i64) -> impl Fn(&str) -> Attention {
        move |_| Attention { heard: Some(at(hours)), answers: true }
    }

    fn up(_: &Port) -> PortState {
        PortState::Up
    }

    #[test]
    fn three_good_walks_without_it_retire_a_link() {
        let first = age(&[], vec![link(("a", "1"), ("b", "1"))], heard(0), up, at(0));
        assert_eq!(first.added.len(), 1);
        let mut known = first.links;
        for (hour, missed) in [(1, 1), (2, 2)] {
            known = age(&known, vec![], heard(hour), up, at(hour)).links;
            assert_eq!((known[0].missed, known[0].state), (missed, LinkState::Missing));
            // Looked at again without a new walk: nothing is counted twice.
            known = age(&known, vec![], heard(hour), up, at(hour)).links;
            assert_eq!(known[0].missed, missed);
        }
        let last = age(&known, vec![], heard(3), up, at(3));
        assert_eq!((last.links.len(), last.retired.len()), (0, 1));
        let back = age(&known, vec![link(("a", "1"), ("b", "1"))], heard(3), up, at(3));
        assert_eq!((back.links[0].missed, back.links[0].valid_from), (0, at(0)));
    }

    #[test]
    fn a_walk_that_failed_changes_nothing() {
        let known = age(&[], vec![link(("a", "1"), ("b", "1"))], heard(0), up, at(0)).links;
        let silent = |_: &str| Attention { heard: Some(at(0)), answers: false };
        let mut links = known;
        for hour in 1..20 {
            links = age(&links, vec![], silent, up, at(hour)).links;
        }
        assert_eq!((links[0].state, links[0].missed), (LinkState::Unknown, 0));
    }

    #[test]
    fn a_newer_neighbour_retires_at_once() {
        let known = age(&[], vec![link(("a", "1"), ("b", "1"))], heard(0), up, at(0)).links;
        let moved = age(&known, vec![link(("a", "1"), ("c", "7"))], heard(1), up, at(1));
        assert_eq!((moved.links.len(), &moved.retired), (1, &known));
        // On a hub nobody takes anybody's place.
        let hub = KnownLink { shared: true, ..link(("a", "1"), ("c", "7")) };
        assert_eq!(age(&known, vec![hub], heard(1), up, at(1)).links.len(), 2);
    }

    #[test]
    fn ports_that_are_down_keep_their_link_and_ports_that_are_off_do_not() {
        let seen = || vec![link(("a", "1"), ("b", "1"))];
        let known = age(&[], seen(), heard(0), up, at(0)).links;
        let down = age(&known, vec![], heard(1), |_| PortState::Down, at(1));
        assert_eq!((down.links[0].state, down.links[0].state_since), (LinkState::Down, at(1)));
        assert!(age(&known, vec![], heard(1), |_| PortState::Off, at(1)).links.is_empty());
    }

    #[test]
    fn a_port_that_becomes_known_is_no_new_cable() {
        let known = age(&[], vec![link(("a", "1"), ("b", ""))], heard(0), up, at(0)).links;
        let refined = age(&known, vec![link(("a", "1"), ("b", "1"))], heard(1), up, at(1));
        assert_eq!(refined.links.len(), 1);
        let nowhere = vec![link(("a", ""), ("b", ""))];
        let known = age(&[], nowhere, heard(0), up, at(0)).links;
        assert_eq!(age(&known, vec![link(("a", "1"), ("b", "1"))], heard(1), up, at(1)).links.len(), 1);
        // Of parallel cables one that is not seen for once is no other.
        let known = age(&[], vec![link(("a", "2"), ("b", ""))], heard(0), up, at(0)).links;
        assert_eq!(age(&known, vec![link(("a", "1"), ("b", "1"))], heard(1), up, at(1)).links.len(), 2);
    }
}
