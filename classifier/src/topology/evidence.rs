//! What neighbours say about an interface, for the rules: who is at its other end, and what that is.

use std::collections::HashMap;

use super::identity::{Member, Place, name_key};
use super::known::{KnownLink, Names};
use super::surroundings::Sighting;
use crate::facts::{DeviceFacts, NeighbourFacts};

/// Somebody by the place of their device and by their name, as far as these are known.
type Whom = (Option<Place>, Option<String>);

/// Neighbours of a device's interfaces, by ifIndex.
pub type Evidence = HashMap<u32, Vec<NeighbourFacts>>;

/// Somebody heard on a known port: who hears, on which port (ifIndex), the row, and which device of the inventory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardRow {
    /// Who hears.
    pub seer: Place,
    /// ifIndex.
    pub port: u32,
    /// The place among what that device hears.
    pub row: usize,
    /// The device of the inventory that is heard.
    pub far: Option<Place>,
}

/// The neighbours of all interfaces, by device. LLDP and CDP of one neighbour are one.
pub fn evidence(members: &[Member<'_>], rows: &[HeardRow]) -> HashMap<String, Evidence> {
    let mut all: HashMap<String, Evidence> = HashMap::new();
    let mut who: HashMap<(Place, u32), Vec<Whom>> = HashMap::new();
    for row in rows {
        let Some(member) = members.get(row.seer as usize) else { continue };
        let Some(sighting) = member.heard.neighbours.get(row.row) else { continue };
        let far = row.far.and_then(|far| members.get(far as usize));
        let own_name = name_key(&sighting.shown_name()).map(|name| short(&name));
        let known = who.entry((row.seer, row.port)).or_default();
        let same = known.iter().position(|(far, name)| match (far, row.far) {
            (Some(one), Some(two)) => *one == two,
            _ => name.is_some() && *name == own_name,
        });
        let device = all.entry(member.facts.name.clone()).or_default();
        let neighbours = device.entry(row.port).or_default();
        let new = neighbour(sighting, far);
        match same.and_then(|place| neighbours.get_mut(place)) {
            Some(known) => merge(known, new),
            None => {
                known.push((row.far, own_name));
                neighbours.push(new);
            }
        }
    }
    all
}

/// Who is at the other end by the word of operators.
pub fn add_manual(evidence: &mut HashMap<String, Evidence>, links: &[KnownLink], names: &Names<'_>) {
    for link in links.iter().filter(|link| link.manual) {
        for (near, far) in [(&link.ends.a, &link.ends.b), (&link.ends.b, &link.ends.a)] {
            let interface = names.interface(near).map(|interface| interface.facts.if_index);
            let (Some(index), Some(device)) = (interface, names.device(&far.device)) else { continue };
            let neighbours = evidence.entry(near.device.clone()).or_default().entry(index).or_default();
            match neighbours.iter_mut().find(|known| known.name == far.device) {
                Some(known) => known.manual = true,
                None => neighbours.push(of_device(&device.head.facts)),
            }
        }
    }
}

fn of_device(facts: &DeviceFacts) -> NeighbourFacts {
    let label = |name: &str| facts.labels.get(name).filter(|text| !text.is_empty()).cloned();
    NeighbourFacts {
        name: facts.name.clone(),
        platform: [facts.model.as_str(), &facts.sys_descr].join(" ").trim().to_owned(),
        capabilities: Vec::new(),
        role: label("role"),
        site: label("site"),
        manual: true,
    }
}

fn short(name: &str) -> String {
    name.split('.').next().unwrap_or_default().to_owned()
}

fn neighbour(sighting: &Sighting, far: Option<&Member<'_>>) -> NeighbourFacts {
    let label =
        |name: &str| far.and_then(|far| far.facts.labels.get(name).cloned()).filter(|text| !text.is_empty());
    let platform = [sighting.platform.as_str(), &sighting.descr].map(str::trim);
    NeighbourFacts {
        name: far.map_or_else(|| sighting.shown_name(), |far| far.facts.name.clone()),
        platform: platform.join(" ").trim().to_owned(),
        capabilities: sighting.capabilities.iter().collect(),
        role: label("role"),
        site: label("site"),
        manual: false,
    }
}

/// What another protocol says of the same neighbour. A longer name of the same is as good.
fn merge(known: &mut NeighbourFacts, new: NeighbourFacts) {
    if known.platform.is_empty() {
        known.platform = new.platform;
    }
    for capability in new.capabilities {
        if !known.capabilities.contains(&capability) {
            known.capabilities.push(capability);
        }
    }
    known.role = known.role.take().or(new.role);
    known.site = known.site.take().or(new.site);
}
