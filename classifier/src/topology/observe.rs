//! From what each device hears to observations: this port of this device hears that device, there on that port.

use super::evidence::HeardRow;
use super::far::{View, far_port};
use super::identity::{Identities, Member, Place};
use super::local::Method;
use super::matching::{Evidence, Who, who};
use super::surroundings::{PortNumber, Protocol, Sighting};

/// A set of [`Protocol`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Protocols(u8);

impl Protocols {
    /// One protocol.
    pub fn of(protocol: Protocol) -> Self {
        Self(1 << protocol as u8)
    }

    /// Both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is in the set.
    pub fn has(self, protocol: Protocol) -> bool {
        self.0 & 1 << protocol as u8 != 0
    }

    /// All of it.
    pub fn iter(self) -> impl Iterator<Item = Protocol> {
        Protocol::ALL.into_iter().filter(move |protocol| self.has(*protocol))
    }
}

impl std::fmt::Display for Protocols {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.iter().map(Protocol::as_str).collect();
        f.pad(&words.join("+"))
    }
}

/// A device of the inventory that is heard on a port.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Who hears.
    pub seer: Place,
    /// On which port: ifIndex, and how that was found.
    pub port: Option<(u32, Method)>,
    /// The port as the table numbers it.
    pub number: PortNumber,
    /// Who is heard.
    pub far: Place,
    /// On which port of theirs: ifIndex.
    pub far_port: Option<u32>,
    /// Whether only a description says which port that is.
    pub weak: bool,
    /// In which protocols.
    pub protocols: Protocols,
    /// How sure it is who is heard.
    pub score: f64,
    /// By what.
    pub by: Evidence,
}

/// Somebody heard who is no device of the inventory, or not surely one.
#[derive(Debug, Clone, PartialEq)]
pub struct Stranger {
    /// Who hears.
    pub seer: Place,
    /// On which port: ifIndex.
    pub port: Option<u32>,
    /// The place among what that device hears.
    pub row: usize,
    /// Devices of the inventory of which it is one, where it cannot be told which.
    pub candidates: Vec<Place>,
}

/// All that is heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// Devices of the inventory.
    pub observations: Vec<Observation>,
    /// Others.
    pub strangers: Vec<Stranger>,
    /// Neighbours whose local port could not be found: the device, and the number in its table.
    pub unresolved: Vec<(Place, PortNumber)>,
    /// Neighbours for whom one key says somebody else than another: the device that hears, and the row.
    pub conflicts: Vec<(Place, usize)>,
    /// Everybody who is heard on a known port.
    pub rows: Vec<HeardRow>,
    /// Devices that hear themselves on the port they speak on; nothing comes of it.
    pub echoes: usize,
}

/// What all members hear.
pub fn observe(members: &[Member<'_>], views: &[View<'_>], keys: &Identities) -> Heard {
    let mut heard = Heard::default();
    for ((member, view), seer) in members.iter().zip(views).zip(0..) {
        for (row, sighting) in member.heard.neighbours.iter().enumerate() {
            let port = view.local.resolve(sighting, &view.ports);
            if port.is_none() {
                heard.unresolved.push((seer, sighting.port));
            }
            let stranger =
                |candidates| Stranger { seer, port: port.map(|(index, _)| index), row, candidates };
            let found = who(sighting, seer, members, keys);
            if let (Some((port, _)), false) = (port, found == Who::Itself) {
                let far = match &found {
                    Who::Device { place, .. } => Some(*place),
                    _ => None,
                };
                heard.rows.push(HeardRow { seer, port, row, far });
            }
            let (far, score, by) = match found {
                Who::Device { place, score, by, conflict } => {
                    if conflict {
                        heard.conflicts.push((seer, row));
                    }
                    (place, score, by)
                }
                Who::Itself => (seer, 1.0, Evidence::OwnId),
                Who::Ambiguous(candidates) => {
                    heard.strangers.push(stranger(candidates));
                    continue;
                }
                Who::Nobody { conflict } => {
                    if conflict {
                        heard.conflicts.push((seer, row));
                    }
                    heard.strangers.push(stranger(Vec::new()));
                    continue;
                }
            };
            let there = members.get(far as usize).zip(views.get(far as usize));
            let far_port = there.and_then(|(member, view)| far_port(sighting, member, view));
            if far == seer
                && (far_port.is_none() || far_port.map(|far| far.index) == port.map(|(index, _)| index))
            {
                heard.echoes += 1;
                continue;
            }
            heard.observations.push(Observation {
                seer,
                port,
                number: sighting.port,
                far,
                far_port: far_port.map(|far| far.index),
                weak: far_port.is_some_and(|far| far.weak),
                protocols: Protocols::of(sighting.protocol),
                score,
                by,
            });
        }
    }
    doubt_descriptions(members, views, &mut heard);
    heard.observations = merged(std::mem::take(&mut heard.observations));
    heard
}

/// A port that is known by a description only is not believed where that port itself hears others, and not us.
fn doubt_descriptions(members: &[Member<'_>], views: &[View<'_>], heard: &mut Heard) {
    // Both are in the order of who hears.
    let strangers = |place: Place| {
        let start = heard.strangers.partition_point(|stranger| stranger.seer < place);
        heard.strangers.iter().skip(start).take_while(move |stranger| stranger.seer == place)
    };
    let observations = |place: Place| {
        let start = heard.observations.partition_point(|seen| seen.seer < place);
        heard.observations.iter().skip(start).take_while(move |seen| seen.seer == place)
    };
    let hears_others = |place: Place, index: u32, us: Place| {
        let hears_us = observations(place)
            .any(|other| other.far == us && other.port.is_none_or(|(port, _)| port == index));
        let (Some(member), Some(view)) = (members.get(place as usize), views.get(place as usize)) else {
            return false;
        };
        let on_port = |sighting: &Sighting| {
            view.local.resolve(sighting, &view.ports).is_some_and(|(port, _)| port == index)
        };
        let may_be_us = |row: usize| {
            strangers(place).any(|stranger| stranger.row == row && stranger.candidates.contains(&us))
        };
        let mut rows =
            member.heard.neighbours.iter().enumerate().filter(|(_, sighting)| on_port(sighting)).peekable();
        !hears_us && rows.peek().is_some() && !rows.any(|(row, _)| may_be_us(row))
    };
    let doubted: Vec<usize> = heard
        .observations
        .iter()
        .enumerate()
        .filter(|(_, seen)| {
            seen.weak && seen.far_port.is_some_and(|index| hears_others(seen.far, index, seen.seer))
        })
        .map(|(nth, _)| nth)
        .collect();
    for nth in doubted {
        if let Some(seen) = heard.observations.get_mut(nth) {
            seen.far_port = None;
        }
    }
}

/// One observation for what several rows say of one port and one device: both protocols, copies, units of one port.
fn merged(observations: Vec<Observation>) -> Vec<Observation> {
    let key = |seen: &Observation| (seen.seer, seen.far, seen.port.map(|(index, _)| index));
    let mut sorted = observations;
    // Those with a far port go first, the ones that are surer before the others, so that the rest join them.
    sorted.sort_by(|one, two| {
        let rank = |seen: &Observation| (seen.far_port.is_none(), seen.weak, seen.far_port);
        (key(one), rank(one)).cmp(&(key(two), rank(two)))
    });
    let mut merged: Vec<Observation> = Vec::with_capacity(sorted.len());
    let mut start = 0;
    for seen in sorted {
        if merged.get(start).is_none_or(|first| key(first) != key(&seen)) {
            start = merged.len();
        }
        let same_number = |known: &&mut Observation| seen.port.is_some() || known.number == seen.number;
        let known = merged.iter_mut().skip(start).filter(same_number).find(|known| {
            known.far_port == seen.far_port || seen.far_port.is_none() || (seen.weak && !known.weak)
        });
        match known {
            Some(known) => {
                known.protocols = known.protocols.and(seen.protocols);
                if known.score < seen.score {
                    (known.score, known.by) = (seen.score, seen.by);
                }
            }
            None => merged.push(seen),
        }
    }
    merged
}
