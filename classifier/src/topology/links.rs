//! From observations of both ends to links: each cable once, parallel cables apart, nothing joined that could be two.

use std::collections::HashMap;

use super::identity::Place;
use super::local::Method;
use super::observe::{Observation, Protocols};

/// One end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// The device.
    pub device: Place,
    /// The port: ifIndex; `None` where it is not known.
    pub port: Option<u32>,
}

/// A link between two ports of devices of the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The end that sorts first.
    pub a: End,
    /// The other end.
    pub b: End,
    /// In which protocols it is seen.
    pub protocols: Protocols,
    /// Whether `a` hears `b`.
    pub seen_by_a: bool,
    /// Whether `b` hears `a`.
    pub seen_by_b: bool,
    /// How sure it is who the far device is.
    pub score: f64,
    /// Others are seen on one of its ports too: something between does not say who it is.
    pub shared: bool,
}

impl Link {
    /// How sure the link is, from 0 to 1.
    pub fn confidence(&self) -> f64 {
        let complete = self.a.port.is_some() && self.b.port.is_some();
        let base = match (self.seen_by_a && self.seen_by_b, complete, self.shared) {
            (true, true, _) => 0.98,
            (_, _, true) => 0.50,
            (_, true, false) => 0.85,
            (_, false, false) => 0.70,
        };
        f64::min(base, if self.seen_by_a && self.seen_by_b { 1.0 } else { self.score })
    }

    /// Whether both ends see it.
    pub fn is_two_sided(&self) -> bool {
        self.seen_by_a && self.seen_by_b
    }

    /// Whether both ends are ports of one device: a loop, or a cable inside.
    pub fn is_loop(&self) -> bool {
        self.a.device == self.b.device
    }

    /// Both ends.
    pub fn ends(&self) -> [End; 2] {
        [self.a, self.b]
    }

    fn new(seen: &Observation) -> Self {
        let near = End { device: seen.seer, port: seen.port.map(|(index, _)| index) };
        let far = End { device: seen.far, port: seen.far_port };
        let near_is_a = near <= far;
        let (a, b) = if near_is_a { (near, far) } else { (far, near) };
        Self {
            a,
            b,
            protocols: seen.protocols,
            seen_by_a: near_is_a,
            seen_by_b: !near_is_a,
            score: seen.score,
            shared: false,
        }
    }

    /// Another observation of it.
    fn join(&mut self, seen: &Observation) {
        self.protocols = self.protocols.and(seen.protocols);
        self.score = self.score.max(seen.score);
        let by_a = if self.is_loop() {
            seen.port.map(|(index, _)| index) == self.a.port
        } else {
            seen.seer == self.a.device
        };
        self.seen_by_a |= by_a;
        self.seen_by_b |= !by_a;
    }
}

/// Two devices, the one that sorts first before.
type Pair = (Place, Place);

/// The links that observations come to.
pub fn links(mut observations: Vec<Observation>) -> Vec<Link> {
    let mut pairs: HashMap<Pair, Vec<Observation>> = HashMap::new();
    for seen in observations.drain(..) {
        let pair = (seen.seer.min(seen.far), seen.seer.max(seen.far));
        pairs.entry(pair).or_default().push(seen);
    }
    let mut links: Vec<Link> = pairs.into_values().flat_map(of_pair).collect();
    links.sort_by_key(Link::ends);
    mark_shared(&mut links);
    links
}

/// The links between two devices.
fn of_pair(mut seen: Vec<Observation>) -> Vec<Link> {
    believe_the_far_end(&mut seen);
    let (full, partial): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|seen| seen.port.is_some() && seen.far_port.is_some());
    let mut links: Vec<Link> = Vec::new();
    for seen in &full {
        let new = Link::new(seen);
        match links.iter_mut().find(|link| link.ends() == new.ends()) {
            Some(link) => link.join(seen),
            None => links.push(new),
        }
    }
    drop_doubtful(&mut links);
    // What names one port joins the one link that has it; with several it could be any, and says nothing new.
    let (placed, mut open): (Vec<_>, Vec<_>) =
        partial.into_iter().partition(|seen| links.iter().any(|link| has_known_end(link, seen)));
    for seen in placed {
        let mut fitting = links.iter_mut().filter(|link| has_known_end(link, &seen));
        if let (Some(link), None) = (fitting.next(), fitting.next()) {
            link.join(&seen);
        }
    }
    // One such on either side, and no other: it is one cable of which each end knows its own port.
    open.sort_by_key(|seen| (seen.seer, seen.port, seen.far_port));
    if let [one, two] = &open[..]
        && one.seer != two.seer
        && let (Ok(near), Ok(far)) = (known_port(one, one.seer, two), known_port(one, two.seer, two))
    {
        let port = |index: Option<u32>| index.map(|index| (index, Method::FarEnd));
        let mut link = Link::new(&Observation { port: port(near), far_port: far, ..one.clone() });
        link.join(&Observation { port: port(far), far_port: near, ..two.clone() });
        links.push(link);
        return links;
    }
    for seen in &open {
        // Without any port there is no telling it from the links that are known.
        let nowhere = seen.port.is_none() && seen.far_port.is_none();
        let other_side = |link: &&mut Link| {
            (seen.seer == link.a.device && !link.seen_by_a) || (seen.seer == link.b.device && !link.seen_by_b)
        };
        if nowhere && !links.is_empty() {
            let mut fitting = links.iter_mut().filter(other_side);
            if let (Some(link), None) = (fitting.next(), fitting.next()) {
                link.join(seen);
            }
            continue;
        }
        links.push(Link::new(seen));
    }
    links
}

/// A port that the far end names twice, where only one of these hears us: the other is a name for the same.
fn drop_doubtful(links: &mut Vec<Link>) {
    let sure: Vec<[End; 2]> = links.iter().filter(|link| link.is_two_sided()).map(Link::ends).collect();
    links.retain(|link| {
        let seers = link.ends().into_iter().zip([link.seen_by_a, link.seen_by_b]).filter(|(_, sees)| *sees);
        link.is_two_sided()
            || !seers.map(|(end, _)| end).any(|end| sure.iter().any(|ends| ends.contains(&end)))
    });
}

/// The port of a device that either of two observations knows, if any; an error where they do not agree.
fn known_port(one: &Observation, device: Place, two: &Observation) -> Result<Option<u32>, ()> {
    let at = |seen: &Observation| {
        if seen.seer == device { seen.port.map(|(index, _)| index) } else { seen.far_port }
    };
    match (at(one), at(two)) {
        (Some(one), Some(two)) if one != two => Err(()),
        (one, two) => Ok(one.or(two)),
    }
}

/// Whether a link has the one port that an observation knows.
fn has_known_end(link: &Link, seen: &Observation) -> bool {
    let port = |device, port| link.ends().contains(&End { device, port: Some(port) });
    match (seen.port, seen.far_port) {
        (Some((near, _)), _) => port(seen.seer, near),
        (None, Some(far)) => port(seen.far, far),
        (None, None) => false,
    }
}

/// A local port that only a number has found is given up for the one that the far end names, where both are otherwise the same
/// cable.
fn believe_the_far_end(seen: &mut [Observation]) {
    let named: Vec<(Place, u32, u32)> = seen
        .iter()
        .filter(|seen| !seen.weak)
        .filter_map(|seen| {
            Some((seen.far, seen.far_port?, seen.port.filter(|(_, method)| method.is_proof())?.0))
        })
        .collect();
    for observation in seen.iter_mut() {
        let (Some((near, method)), Some(far)) = (observation.port, observation.far_port) else { continue };
        if method.is_proof() {
            continue;
        }
        let mut says =
            named.iter().filter(|(device, _, theirs)| *device == observation.seer && *theirs == far);
        if let (Some((_, told, _)), None) = (says.next(), says.next())
            && *told != near
        {
            observation.port = Some((*told, Method::FarEnd));
        }
    }
}

/// Marks links of which a port has several.
pub fn mark_shared(links: &mut [Link]) {
    let mut uses: HashMap<End, u32> = HashMap::new();
    for end in links.iter().flat_map(Link::ends).filter(|end| end.port.is_some()) {
        *uses.entry(end).or_default() += 1;
    }
    for link in links {
        link.shared = link.ends().iter().any(|end| uses.get(end).is_some_and(|uses| *uses > 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::matching::Evidence;
    use crate::topology::surroundings::{PortNumber, Protocol};

    fn seen(seer: Place, port: Option<u32>, far: Place, far_port: Option<u32>) -> Observation {
        Observation {
            seer,
            port: port.map(|index| (index, Method::PortId)),
            number: PortNumber::Lldp(port.unwrap_or_default()),
            far,
            far_port,
            weak: false,
            protocols: Protocols::of(Protocol::Lldp),
            score: 1.0,
            by: Evidence::OwnId,
        }
    }

    /// Links as `a:port-b:port`, with who sees them.
    fn told(observations: Vec<Observation>) -> Vec<String> {
        let port = |port: Option<u32>| port.map_or("?".to_owned(), |port| port.to_string());
        let tell = |link: Link| {
            let by = match (link.seen_by_a, link.seen_by_b) {
                (true, true) => "both",
                (true, false) => "a",
                _ => "b",
            };
            format!(
                "{}:{}-{}:{} {by}{}",
                link.a.device,
                port(link.a.port),
                link.b.device,
                port(link.b.port),
                if link.shared { " shared" } else { "" }
            )
        };
        links(observations).into_iter().map(tell).collect()
    }

    #[test]
    fn both_ends_are_one_link_and_parallel_ones_stay_apart() {
        let both =
            vec![seen(0, Some(1), 1, Some(7)), seen(1, Some(7), 0, Some(1)), seen(0, Some(2), 1, Some(8))];
        assert_eq!(told(both), ["0:1-1:7 both", "0:2-1:8 a"]);
    }

    #[test]
    fn halves_join_only_where_they_are_one_each() {
        assert_eq!(told(vec![seen(0, Some(1), 1, None), seen(1, Some(7), 0, None)]), ["0:1-1:7 both"]);
        assert_eq!(told(vec![seen(0, Some(1), 1, None), seen(1, Some(7), 0, Some(1))]), ["0:1-1:7 both"]);
        assert_eq!(told(vec![seen(0, None, 1, Some(7)), seen(1, Some(7), 0, None)]), ["0:?-1:7 both"]);
        let two = vec![
            seen(0, Some(1), 1, None),
            seen(0, Some(2), 1, None),
            seen(1, Some(7), 0, None),
            seen(1, Some(8), 0, None),
        ];
        assert_eq!(
            told(two),
            ["0:?-1:7 b", "0:?-1:8 b", "0:1-1:? a", "0:2-1:? a"],
            "which goes where is not known"
        );
        assert_eq!(told(vec![seen(0, None, 1, None), seen(1, Some(7), 0, Some(3))]), ["0:3-1:7 both"]);
    }

    #[test]
    fn of_two_names_for_a_port_the_one_that_hears_us_counts() {
        let twice =
            vec![seen(0, Some(1), 1, Some(7)), seen(0, Some(1), 1, Some(70)), seen(1, Some(7), 0, Some(1))];
        assert_eq!(told(twice), ["0:1-1:7 both"]);
    }

    #[test]
    fn several_devices_on_a_port_share_it() {
        let hub = vec![seen(0, Some(1), 1, Some(7)), seen(0, Some(1), 2, Some(5))];
        assert_eq!(told(hub), ["0:1-1:7 a shared", "0:1-2:5 a shared"]);
    }

    #[test]
    fn cables_within_a_device_are_one_link() {
        assert_eq!(told(vec![seen(0, Some(1), 0, Some(2)), seen(0, Some(2), 0, Some(1))]), ["0:1-0:2 both"]);
    }

    #[test]
    fn a_number_gives_way_to_a_name() {
        let mut guess = seen(0, Some(1), 1, Some(7));
        guess.port = Some((1, Method::Number));
        assert_eq!(told(vec![guess, seen(1, Some(7), 0, Some(11))]), ["0:11-1:7 both"]);
    }
}
