//! Which interface of a walk is which of those that are known.
//!
//! Names make an interface, not indexes: agents renumber after a restart, and then the index points at another port.
//! So rows are matched by the strongest sign first, and each weaker sign only among what is left, and only where it
//! is unique on both sides. An interface that is found again keeps its number, its history and what people decided
//! about it.

mod device;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

pub use device::{Replaced, Sighting, replaced, sightings};

use crate::facts::InterfaceFacts;
use crate::state::{Interface, digest};

/// For each interface found, the place among `known` of the one it is, if it is one of them.
///
/// Among rows of one name, description, MAC address and index tell them apart. Interfaces that were given up are found
/// again by their names only. The index alone is the weakest sign: it counts where the type is the same and no other
/// row of this walk has moved to another index, and not on new hardware.
pub fn matching<K>(known: &[K], found: &[InterfaceFacts], new_hardware: bool) -> Vec<Option<usize>>
where
    K: AsRef<Interface>,
{
    let mut pairs = Pairs {
        known: known.iter().map(AsRef::as_ref).collect(),
        found,
        taken: vec![false; known.len()],
        place: vec![None; found.len()],
    };
    for gone in [false, true] {
        pairs.by(gone, |row| some(&row.name));
        pairs.by(gone, |row| Some((some(&row.name)?, some(&row.descr)?)));
        pairs.by(gone, |row| Some((some(&row.name)?, row.mac?)));
        pairs.by(gone, |row| Some((some(&row.name)?, row.if_index)));
    }
    pairs.by(false, |row| some(&row.descr));
    pairs.by(false, |row| Some((row.mac?, row.if_type)));
    if !new_hardware && !pairs.moved() {
        pairs.by(false, |row| Some((row.if_index, row.if_type)));
    }
    pairs.place
}

/// What each interface found is known by on its device: its name, and where others have the same, `name#ifIndex`. An
/// interface that is found again under its name keeps its key, also where it has another index now; `taken` are the
/// keys of interfaces that are there but were not found.
pub fn keys<'a>(
    found: &[InterfaceFacts],
    known: impl Fn(usize) -> Option<&'a str>,
    taken: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let mut taken: HashSet<String> = taken.map(str::to_owned).collect();
    let mut count: HashMap<String, u32> = HashMap::new();
    let mut keys: Vec<Option<String>> = Vec::with_capacity(found.len());
    for (place, row) in found.iter().enumerate() {
        let name = short(row.key());
        let key = known(place).filter(|key| {
            key.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        });
        taken.extend(key.map(str::to_owned));
        keys.push(key.map(str::to_owned));
        *count.entry(name).or_default() += 1;
    }
    let new = |(row, key): (&InterfaceFacts, Option<String>)| {
        key.unwrap_or_else(|| {
            let mut key = short(row.key());
            let mut ambiguous = count.get(&key).is_some_and(|count| *count > 1);
            while ambiguous || taken.contains(&key) {
                key = format!("{key}#{}", row.if_index);
                ambiguous = false;
            }
            taken.insert(key.clone());
            key
        })
    };
    found.iter().zip(keys).map(new).collect()
}

/// A name as part of a key. Names of real ports are short; one that is not is cut, and keeps apart from others that
/// begin alike by its digest, as databases bound what can be unique.
fn short(name: String) -> String {
    const LONGEST: usize = 255;
    if name.len() <= LONGEST {
        return name;
    }
    let end = (0..=LONGEST - 17).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}~{:016x}", &name[..end], digest(name.as_bytes()))
}

/// A text that says something.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Who is matched so far.
struct Pairs<'a> {
    known: Vec<&'a Interface>,
    found: &'a [InterfaceFacts],
    /// Whether each known interface has been found.
    taken: Vec<bool>,
    /// For each found interface, the place of the known one.
    place: Vec<Option<usize>>,
}

/// Where a sign was seen.
#[derive(Clone, Copy)]
enum Seen {
    Never,
    At(usize),
    Often,
}

impl Seen {
    fn and(self, place: usize) -> Self {
        match self {
            Self::Never => Self::At(place),
            _ => Self::Often,
        }
    }
}

impl<'a> Pairs<'a> {
    /// Matches what is left by a sign that rows have, where each side has it once: among known interfaces that are
    /// there, or among those that are `gone`.
    fn by<S: Eq + Hash>(&mut self, gone: bool, sign: impl Fn(&'a InterfaceFacts) -> Option<S>) {
        let mut seen: HashMap<S, (Seen, Seen)> = HashMap::new();
        for (place, row) in self.found.iter().enumerate().filter(|(place, _)| self.place[*place].is_none()) {
            if let Some(sign) = sign(row) {
                let both = seen.entry(sign).or_insert((Seen::Never, Seen::Never));
                both.1 = both.1.and(place);
            }
        }
        for (place, row) in self.known.iter().enumerate().filter(|(place, _)| !self.taken[*place]) {
            if row.retired_at.is_some() == gone
                && let Some(both) = sign(&row.facts).and_then(|sign| seen.get_mut(&sign))
            {
                both.0 = both.0.and(place);
            }
        }
        for both in seen.into_values() {
            if let (Seen::At(old), Seen::At(new)) = both {
                self.place[new] = Some(old);
                self.taken[old] = true;
            }
        }
    }

    /// Whether any interface that was there has another index now: then the device has renumbered.
    fn moved(&self) -> bool {
        let both =
            self.place.iter().zip(self.found).filter_map(|(old, new)| Some((self.known[(*old)?], new)));
        both.into_iter().any(|(old, new)| old.retired_at.is_none() && old.facts.if_index != new.if_index)
    }
}

#[cfg(test)]
mod tests;
