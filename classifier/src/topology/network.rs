//! The whole: from devices and what they hear to links, aggregates, endpoints and what is odd.

use std::collections::{BTreeMap, HashMap};

use super::endpoint::{Endpoint, endpoints};
use super::evidence::HeardRow;
use super::far::View;
use super::identity::{Identities, Member, Place};
use super::links::{End, Link, links, mark_shared};
use super::local::Method;
use super::observe::{Heard, observe};
use super::surroundings::PortNumber;

/// What a network comes to.
#[derive(Debug, Default)]
pub struct Network {
    /// Links between devices of the inventory.
    pub links: Vec<Link>,
    /// Links between aggregates, derived from those of their parts.
    pub aggregates: Vec<Aggregate>,
    /// Telephones, access points and the like, and devices that are not in the inventory.
    pub endpoints: Vec<Endpoint>,
    /// What could not be told, or is odd.
    pub oddities: Oddities,
    /// Everybody who is heard on a known port.
    pub rows: Vec<HeardRow>,
    /// How local ports were found.
    pub methods: BTreeMap<Method, usize>,
}

/// A link between two aggregates, or between an aggregate and single ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// The aggregate at one end, or the device alone where its ports are in none.
    pub a: End,
    /// The other end.
    pub b: End,
    /// The links it is made of: places among [`Network::links`].
    pub members: Vec<usize>,
    /// An end's aggregate leads to several devices (MLAG, vPC).
    pub multi_chassis: bool,
}

/// What could not be told, and what is odd.
#[derive(Debug, Default, PartialEq)]
pub struct Oddities {
    /// Neighbours on ports that could not be found: the device, and the number in its table.
    pub unresolved: Vec<(Place, PortNumber)>,
    /// Neighbours for whom one key says somebody else than another: the device that hears, and the row.
    pub conflicts: Vec<(Place, usize)>,
    /// Neighbours that are one of several devices: the device that hears, the row, the candidates.
    pub ambiguous: Vec<(Place, usize, Vec<Place>)>,
    /// Devices that are in the inventory twice, as far as can be told.
    pub twins: Vec<(Place, Place)>,
    /// Links that begin and end on one device: places among [`Network::links`].
    pub loops: Vec<usize>,
}

impl Network {
    /// What the members' words come to.
    pub fn new(members: &[Member<'_>]) -> Self {
        let keys = Identities::new(members);
        let views: Vec<View<'_>> = members.iter().map(View::new).collect();
        let mut heard = observe(members, &views, &keys);
        let twins = keys.twins().to_vec();
        // Of two entries for one device it is not known which one a cable belongs to.
        let is_twin = |place: Place| twins.iter().any(|(one, two)| *one == place || *two == place);
        heard.observations.retain(|seen| !is_twin(seen.seer) && !is_twin(seen.far));
        let mut methods: BTreeMap<Method, usize> = BTreeMap::new();
        for (member, view) in members.iter().zip(&views) {
            for sighting in &member.heard.neighbours {
                if let Some((_, method)) = view.local.resolve(sighting, &view.ports) {
                    *methods.entry(method).or_default() += 1;
                }
            }
        }
        let Heard { observations, strangers, unresolved, conflicts, rows, .. } = heard;
        let links = links(observations);
        let loops = loops(&links);
        let ambiguous = strangers.iter().filter(|stranger| !stranger.candidates.is_empty());
        let ambiguous =
            ambiguous.map(|stranger| (stranger.seer, stranger.row, stranger.candidates.clone())).collect();
        Self {
            aggregates: aggregates(members, &links),
            endpoints: endpoints(members, &strangers),
            oddities: Oddities { unresolved, conflicts, ambiguous, twins, loops },
            links,
            rows,
            methods,
        }
    }

    /// Takes links away that are out of date, by their places.
    pub fn drop_links(&mut self, members: &[Member<'_>], outdated: &[bool]) {
        let mut outdated = outdated.iter();
        self.links.retain(|_| !outdated.next().copied().unwrap_or_default());
        mark_shared(&mut self.links);
        self.aggregates = aggregates(members, &self.links);
        self.oddities.loops = loops(&self.links);
    }
}

fn loops(links: &[Link]) -> Vec<usize> {
    links.iter().enumerate().filter(|(_, link)| link.is_loop()).map(|(nth, _)| nth).collect()
}

/// One aggregate for all links whose parts lie in the same aggregates.
fn aggregates(members: &[Member<'_>], links: &[Link]) -> Vec<Aggregate> {
    let aggregate = |end: End| {
        let member = members.get(end.device as usize)?;
        member.heard.lags.get(&end.port?).copied()
    };
    let mut found: BTreeMap<(End, End), Vec<usize>> = BTreeMap::new();
    for (nth, link) in links.iter().enumerate().filter(|(_, link)| !link.is_loop()) {
        let (a, b) = (aggregate(link.a), aggregate(link.b));
        if a.is_some() || b.is_some() {
            let ends = (End { device: link.a.device, port: a }, End { device: link.b.device, port: b });
            found.entry(ends).or_default().push(nth);
        }
    }
    let mut leads_to: HashMap<End, Vec<Place>> = HashMap::new();
    for (a, b) in found.keys() {
        for (near, far) in [(a, b), (b, a)].into_iter().filter(|(near, _)| near.port.is_some()) {
            let places = leads_to.entry(*near).or_default();
            if !places.contains(&far.device) {
                places.push(far.device);
            }
        }
    }
    let several = |end: &End| leads_to.get(end).is_some_and(|places| places.len() > 1);
    let aggregates = found.into_iter().map(|((a, b), members)| Aggregate {
        multi_chassis: several(&a) || several(&b),
        a,
        b,
        members,
    });
    aggregates.collect()
}
