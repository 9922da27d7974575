//! What changed between two moments: links added, removed, moved.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::known::{Ends, KnownLink, Port};

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Difference {
    /// Links that are there now, and whose ports had none.
    pub added: Vec<Ends>,
    /// Links that are gone, and whose ports have none.
    pub removed: Vec<Ends>,
    /// Cables that were plugged elsewhere.
    pub moved: Vec<Move>,
    /// Links that are the same but stand otherwise.
    pub changed: Vec<Change>,
}

/// A cable of which one end was plugged elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Where it was.
    pub from: Ends,
    /// Where it is.
    pub to: Ends,
}

/// A link that stands otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The link.
    pub ends: Ends,
    /// How it stood.
    pub from: &'static str,
    /// How it stands.
    pub to: &'static str,
}

/// What changed from the links of one moment to those of another.
pub fn difference<'a>(
    before: impl IntoIterator<Item = &'a KnownLink>,
    after: impl IntoIterator<Item = &'a KnownLink>,
) -> Difference {
    let by_ends = |links: Vec<&'a KnownLink>| -> BTreeMap<&'a Ends, &'a KnownLink> {
        links.into_iter().map(|link| (&link.ends, link)).collect()
    };
    let before = by_ends(before.into_iter().collect());
    let after = by_ends(after.into_iter().collect());
    let mut gone: BTreeMap<&Port, &Ends> = BTreeMap::new();
    for ends in before.keys().filter(|ends| !after.contains_key(*ends)) {
        for port in ends.both().into_iter().filter(|port| !port.if_name.is_empty()) {
            gone.insert(port, ends);
        }
    }
    let mut difference = Difference::default();
    let mut moved: BTreeSet<&Ends> = BTreeSet::new();
    for (ends, link) in &after {
        match before.get(ends) {
            Some(old) if old.state != link.state => difference.changed.push(Change {
                ends: (*ends).clone(),
                from: old.state.as_str(),
                to: link.state.as_str(),
            }),
            Some(_) => {}
            None => {
                match ends.both().into_iter().find_map(|port| gone.get(port)).filter(|old| moved.insert(old))
                {
                    Some(from) => difference.moved.push(Move { from: (*from).clone(), to: (*ends).clone() }),
                    None => difference.added.push((*ends).clone()),
                }
            }
        }
    }
    let removed = before.keys().filter(|ends| !after.contains_key(*ends) && !moved.contains(*ends));
    difference.removed = removed.map(|ends| (*ends).clone()).collect();
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(a: &str, b: &str) -> KnownLink {
        let port = |text: &str| {
            let (device, name) = text.split_once(' ').expect("a device and a port");
            Port { device: device.into(), if_name: name.into() }
        };
        KnownLink { ends: Ends::new(port(a), port(b)), ..KnownLink::default() }
    }

    #[test]
    fn a_cable_that_moved_is_neither_new_nor_gone() {
        let before = [link("a 1", "b 1"), link("a 2", "c 1"), link("a 3", "d 1")];
        let after = [link("a 1", "b 1"), link("a 2", "c 9"), link("e 1", "d 2")];
        let found = difference(&before, &after);
        assert_eq!(found.moved, [Move { from: before[1].ends.clone(), to: after[1].ends.clone() }]);
        assert_eq!((found.added, found.removed), (vec![after[2].ends.clone()], vec![before[2].ends.clone()]));
    }
}
