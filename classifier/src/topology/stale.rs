//! Words that are out of date: what a device said of a port before the cable was moved. Devices are walked one after the other,
//! so for a while the one where a cable is now knows of it, and the one where it was does not.
//!
//! Of two links on one port the older goes where only walks from before the newer one came tell of it. Where one table has
//! both, or the newer one's far end hears the older's too, several devices share the port, and both stay.

use std::collections::HashMap;

use super::known::{Ends, KnownLink, Port};
use crate::timestamp::Timestamp;

/// Ports whose link is no more, each with the device that was at the other end and since when: what they were last heard to say
/// before that counts for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacated(HashMap<(Port, String), Timestamp>);

/// Says of each link that is seen whether it is out of date. `heard`: when a device's neighbours were last read.
pub fn outdated(
    seen: &[KnownLink],
    known: &[KnownLink],
    heard: &impl Fn(&str) -> Option<Timestamp>,
    vacated: &mut Vacated,
) -> Vec<bool> {
    let view = View::new(seen, known, heard);
    let mut outdated = vec![false; seen.len()];
    for (port, links) in &view.seen_at {
        for new in links {
            for old in links.iter().filter(|old| *old != new) {
                if let Some(since) = view.supersedes(*new, *old, port) {
                    outdated[*old] = true;
                    vacated.leave(&seen[*old].ends, port, since);
                }
            }
            for gone in view.gone_from.get(port).into_iter().flatten() {
                if let Some(since) =
                    view.is_read(*new, port).then(|| view.birth(*new, &port.device)).flatten()
                {
                    vacated.leave(&gone.ends, port, since);
                }
            }
        }
    }
    vacated.0.retain(|(port, _), since| heard(&port.device).is_some_and(|heard| heard < *since));
    for (nth, link) in seen.iter().enumerate() {
        outdated[nth] |= vacated.covers(link);
    }
    outdated
}

impl Vacated {
    /// Notes that the far end of a link that was at a port is free, as far as it has not been heard since.
    fn leave(&mut self, ends: &Ends, port: &Port, since: Timestamp) {
        let far = if ends.a == *port { &ends.b } else { &ends.a };
        if !far.if_name.is_empty() {
            let known = self.0.entry((far.clone(), port.device.clone())).or_insert(since);
            *known = since.max(*known);
        }
    }

    /// Whether only vacated ports tell of a link.
    fn covers(&self, link: &KnownLink) -> bool {
        let both = link.ends.both();
        let mut seers = (0..2).filter(|end| link.seen_by[*end]).peekable();
        seers.peek().is_some()
            && seers.all(|end| self.0.contains_key(&(both[end].clone(), both[1 - end].device.clone())))
    }
}

/// Links by their ports, and who has told of them when.
struct View<'a, F> {
    seen: &'a [KnownLink],
    known: HashMap<&'a Ends, &'a KnownLink>,
    /// Links that are seen, by those ports that have several or had another.
    seen_at: HashMap<&'a Port, Vec<usize>>,
    /// Links that were known and are not seen.
    gone_from: HashMap<&'a Port, Vec<&'a KnownLink>>,
    heard: &'a F,
}

impl<'a, F: Fn(&str) -> Option<Timestamp>> View<'a, F> {
    fn new(seen: &'a [KnownLink], known: &'a [KnownLink], heard: &'a F) -> Self {
        let mut seen_at: HashMap<&Port, Vec<usize>> = HashMap::new();
        for (nth, link) in seen.iter().enumerate() {
            for port in ports(&link.ends) {
                seen_at.entry(port).or_default().push(nth);
            }
        }
        let ends: std::collections::HashSet<&Ends> = seen.iter().map(|link| &link.ends).collect();
        let mut gone_from: HashMap<&Port, Vec<&KnownLink>> = HashMap::new();
        for link in known.iter().filter(|link| !ends.contains(&link.ends)) {
            for port in ports(&link.ends) {
                gone_from.entry(port).or_default().push(link);
            }
        }
        seen_at.retain(|port, links| links.len() > 1 || gone_from.contains_key(port));
        let known = known.iter().map(|link| (&link.ends, link)).collect();
        Self { seen, known, seen_at, gone_from, heard }
    }

    /// Since when there is a link, as far as an end's words go.
    fn birth(&self, nth: usize, device: &str) -> Option<Timestamp> {
        let known = self.known.get(&self.seen[nth].ends).map(|link| link.valid_from);
        known.or_else(|| (self.heard)(device))
    }

    /// The last word on a link.
    fn last_word(&self, nth: usize) -> Option<Timestamp> {
        let link = &self.seen[nth];
        let seers = link.ends.both().into_iter().zip(link.seen_by).filter(|(_, sees)| *sees);
        seers.filter_map(|(port, _)| (self.heard)(&port.device)).max()
    }

    /// Whether the port itself hears a link's other end.
    fn is_read(&self, nth: usize, port: &Port) -> bool {
        let link = &self.seen[nth];
        link.ends.both().into_iter().zip(link.seen_by).any(|(end, sees)| sees && end == port)
    }

    /// Whether a link on a port takes the place of another there, and since when.
    fn supersedes(&self, new: usize, old: usize, port: &Port) -> Option<Timestamp> {
        let (is_read, was_read) = (self.is_read(new, port), self.is_read(old, port));
        let (link, other) = (&self.seen[new], &self.seen[old]);
        let far = if link.ends.a == *port { &link.ends.b } else { &link.ends.a };
        let birth = match is_read {
            // One table has both.
            true if was_read => return None,
            true => self.birth(new, &port.device)?,
            false => {
                let old_birth = self.known.get(&other.ends).map(|link| link.valid_from);
                let new_birth = self.known.get(&link.ends).map(|link| link.valid_from);
                let came_later = match (old_birth, new_birth) {
                    (Some(old), Some(new)) => old < new,
                    (old, new) => old.is_some() || new.is_some(),
                };
                if far.if_name.is_empty() || !came_later || self.hears(far, opposite(&other.ends, port)) {
                    return None;
                }
                self.birth(new, &far.device)?
            }
        };
        self.last_word(old).is_some_and(|word| word < birth).then_some(birth)
    }

    /// Whether a port hears a device.
    fn hears(&self, port: &Port, device: &str) -> bool {
        let on_port = self.seen_at.get(port).into_iter().flatten();
        on_port.copied().any(|nth| self.is_read(nth, port) && opposite(&self.seen[nth].ends, port) == device)
    }
}

fn ports(ends: &Ends) -> impl Iterator<Item = &Port> {
    ends.both().into_iter().filter(|port| !port.if_name.is_empty())
}

fn opposite<'e>(ends: &'e Ends, port: &Port) -> &'e str {
    if ends.a == *port { &ends.b.device } else { &ends.a.device }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    /// A link such as `a1>b2`, seen by `a` alone, `a1=b2`, seen by both, or `a>b2`, where a's port is not known.
    fn link(text: &str, since: i64) -> KnownLink {
        let (one, two) = text.split_once(['>', '=']).expect("two ends");
        let port = |text: &str| Port { device: text[..1].into(), if_name: text[1..].into() };
        let (one, two) = (port(one), port(two));
        let first = one <= two;
        let both = text.contains('=');
        let seen_by = [both || first, both || !first];
        KnownLink { ends: Ends::new(one, two), seen_by, valid_from: at(since), ..KnownLink::default() }
    }

    /// Which of the links that are seen are out of date, where devices were last heard at these hours.
    fn old<const N: usize>(
        seen: &[&str],
        known: &[(&str, i64)],
        heard: [(&str, i64); N],
        vacated: &mut Vacated,
    ) -> Vec<String> {
        let links: Vec<KnownLink> = seen.iter().map(|text| link(text, 0)).collect();
        let known: Vec<KnownLink> = known.iter().map(|(text, since)| link(text, *since)).collect();
        let heard: HashMap<&str, i64> = heard.into_iter().collect();
        let outdated = outdated(&links, &known, &|device| heard.get(device).map(|hour| at(*hour)), vacated);
        seen.iter().zip(outdated).filter(|(_, old)| *old).map(|(text, _)| (*text).to_owned()).collect()
    }

    #[test]
    fn a_table_that_is_read_later_counts_more_than_the_far_ends_older_one() {
        let vacated = &mut Vacated::default();
        let heard = [("a", 5), ("b", 3), ("g", 4)];
        assert_eq!(old(&["a1>g2", "b1>a1"], &[("a1=b1", 1)], heard, vacated), ["b1>a1"]);
        // It stays so until b is heard again; its fresh word then says that the cable is back.
        assert_eq!(old(&["a1>g2", "b1>a1"], &[("a1>g2", 5)], heard, vacated), ["b1>a1"]);
        let later = [("a", 5), ("b", 6), ("g", 4)];
        assert_eq!(old(&["a1>g2", "b1>a1"], &[("a1>g2", 5)], later, vacated), ["a1>g2"]);
    }

    #[test]
    fn half_a_link_is_not_left_where_its_other_half_went() {
        // b still tells of a port of a that is no longer to be found, as it has another MAC address.
        let vacated = &mut Vacated::default();
        let heard = [("a", 5), ("b", 3), ("g", 5)];
        assert_eq!(old(&["a1=g2", "b1>a"], &[("a1=b1", 1)], heard, vacated), ["b1>a"]);
        assert_eq!(old(&["a1=g2", "b1>a"], &[("a1=g2", 5)], heard, vacated), ["b1>a"]);
        // What b says of another device is no matter of this cable.
        assert_eq!(old(&["a1=g2", "b1>c"], &[("a1=g2", 5)], heard, vacated), [""; 0]);
        let later = [("a", 5), ("b", 6), ("g", 5)];
        assert_eq!(old(&["a1=g2", "b1>a"], &[("a1=g2", 5)], later, vacated), [""; 0]);
        assert_eq!(*vacated, Vacated::default());
    }

    #[test]
    fn who_is_newly_plugged_in_is_believed_before_the_port_itself_is_read() {
        let vacated = &mut Vacated::default();
        let heard = [("a", 3), ("b", 3), ("g", 5)];
        assert_eq!(old(&["a1=b1", "g2>a1"], &[("a1=b1", 1)], heard, vacated), ["a1=b1"]);
        assert_eq!(old(&["a1=b1", "g2>a1"], &[("g2>a1", 5)], heard, vacated), ["a1=b1"]);
        let later = [("a", 6), ("b", 6), ("g", 5)];
        assert_eq!(old(&["a1=b1", "g2>a1"], &[("g2>a1", 5)], later, vacated), ["g2>a1"], "it is back");
    }

    #[test]
    fn who_shares_a_port_stays() {
        let vacated = &mut Vacated::default();
        let heard = [("a", 5), ("b", 3), ("c", 4)];
        // One table has both.
        assert_eq!(old(&["a1=b1", "a1=c1"], &[("a1=b1", 1)], heard, vacated), [""; 0]);
        // The newcomer hears both.
        let heard = [("a", 3), ("b", 3), ("c", 4)];
        assert_eq!(old(&["a1=b1", "c1>a1", "c1>b1"], &[("a1=b1", 1)], heard, vacated), [""; 0]);
        // Nothing is known of what was before: nobody is newer.
        assert_eq!(old(&["a1=b1", "c1>a1"], &[], heard, vacated), [""; 0]);
        assert_eq!(old(&["a1=b1", "c1>a1"], &[("a1=b1", 4), ("c1>a1", 4)], heard, vacated), [""; 0]);
    }
}
