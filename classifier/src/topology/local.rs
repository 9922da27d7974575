//! Which interface a local port number of LLDP is. lldpLocPortNum need not be ifIndex; what it is differs by vendor, and is
//! found out for each device: every way is tried, and judged by the ports whose names prove the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ports::{Ports, is_down};
use super::surroundings::{LocalPort, PortNumber, Sighting, Surroundings};

/// How a local port was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The table of neighbours has ifIndex itself.
    IfIndex,
    /// lldpLocPortId names the interface.
    PortId,
    /// lldpLocPortId is a number that is an ifIndex.
    PortIdNumber,
    /// lldpLocPortDesc describes the interface.
    PortDescr,
    /// The number is a bridge port: dot1dBasePortIfIndex.
    BridgePort,
    /// The number is ifIndex.
    Number,
    /// The far end names the port.
    FarEnd,
}

impl Method {
    /// Whether it rests on a name, not on a number that happens to fit.
    pub fn is_proof(self) -> bool {
        !matches!(self, Self::BridgePort | Self::Number)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IfIndex => "if_index",
            Self::PortId => "port_id",
            Self::PortIdNumber => "port_id_number",
            Self::PortDescr => "port_descr",
            Self::BridgePort => "bridge_port",
            Self::Number => "number",
            Self::FarEnd => "far_end",
        }
    }
}

/// What a vendor is known to do, where the ways below would be led astray.
struct Quirk {
    /// How the vendor's sysObjectIDs begin.
    prefix: &'static str,
    /// Ways that are wrong there.
    never: &'static [Method],
}

/// Vendors' habits. Most need none: names prove what a number means.
const QUIRKS: &[Quirk] = &[
    // Juniper EX: bridge ports are numbered otherwise than LLDP's ports, and fit all the same.
    Quirk { prefix: "1.3.6.1.4.1.2636.", never: &[Method::BridgePort] },
    // Fortinet: lldpLocPortDesc has the operator's words, of another port at times.
    Quirk { prefix: "1.3.6.1.4.1.12356.", never: &[Method::PortDescr] },
];

/// The interfaces behind local port numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalPorts {
    known: BTreeMap<u32, (u32, Method)>,
}

impl LocalPorts {
    /// Finds out what the numbers of a device's table of neighbours, and of its own ports, are.
    pub fn new(sys_object_id: &str, heard: &Surroundings, ports: &Ports<'_>) -> Self {
        if heard.ports_by_index {
            let there = heard.local_ports.keys().filter(|index| ports.get(**index).is_some());
            return Self { known: there.map(|index| (*index, (*index, Method::IfIndex))).collect() };
        }
        let quirk =
            QUIRKS.iter().find(|quirk| sys_object_id.trim_start_matches('.').starts_with(quirk.prefix));
        let allowed = |method: Method| quirk.is_none_or(|quirk| !quirk.never.contains(&method));
        let of_neighbours = heard.neighbours.iter().filter_map(|sighting| match sighting.port {
            PortNumber::Lldp(number) => Some(number),
            PortNumber::IfIndex(_) => None,
        });
        let mut numbers: Vec<u32> = of_neighbours.chain(heard.local_ports.keys().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let proven: BTreeMap<u32, (u32, Method)> = numbers
            .iter()
            .filter_map(|number| Some((*number, proof(heard.local_ports.get(number)?, ports, allowed)?)))
            .collect();
        let bridge = |number: u32| {
            heard.bridge_ports.get(&number).copied().filter(|index| ports.physical(*index).is_some())
        };
        let itself =
            |number: u32| Some(number).filter(|index| *index > 0 && ports.physical(*index).is_some());
        let bridge_score = Score::of(&numbers, &proven, ports, &heard.neighbours, bridge);
        let number_score = Score::of(&numbers, &proven, ports, &heard.neighbours, itself);
        let has_bridge = allowed(Method::BridgePort) && bridge_score.is_undenied();
        let has_number = allowed(Method::Number) && number_score.is_undenied();
        let mut known = proven;
        for number in numbers {
            if known.contains_key(&number) {
                continue;
            }
            let by_bridge = bridge(number).filter(|_| has_bridge).map(|index| (index, Method::BridgePort));
            let by_number = itself(number).filter(|_| has_number).map(|index| (index, Method::Number));
            let found = match (by_bridge, by_number) {
                (Some(one), Some(other)) if one.0 == other.0 => Some(one),
                (Some(one), Some(other)) => match bridge_score.better(&number_score) {
                    Some(true) => Some(one),
                    Some(false) => Some(other),
                    None => None,
                },
                // A bridge knows all its ports: a number it does not have is another's only where numbers are proven.
                (None, Some(other)) => {
                    let may = heard.bridge_ports.is_empty() || !has_bridge || number_score.agreed > 0;
                    Some(other).filter(|_| may && number_score.is_likely())
                }
                (one, None) => one.filter(|_| bridge_score.is_likely()),
            };
            if let Some(found) = found.filter(|(index, _)| !is_taken(&known, *index)) {
                known.insert(number, found);
            }
        }
        Self { known }
    }

    /// The ifIndex of the port a neighbour was heard on, and how it was found.
    pub fn resolve(&self, sighting: &Sighting, ports: &Ports<'_>) -> Option<(u32, Method)> {
        match sighting.port {
            // Agents write ifIndexes of interfaces that are not in ifTable: these are not known.
            PortNumber::IfIndex(index) => ports.get(index).map(|facts| (facts.if_index, Method::IfIndex)),
            PortNumber::Lldp(number) => {
                let by_number = self.by_number(number);
                let proven = by_number.filter(|(_, method)| method.is_proof());
                let newer = sighting.if_index.filter(|index| ports.physical(*index).is_some());
                proven.or(newer.map(|index| (index, Method::IfIndex))).or(by_number)
            }
        }
    }

    /// The ifIndex of a number of LLDP's.
    pub fn by_number(&self, number: u32) -> Option<(u32, Method)> {
        self.known.get(&number).copied()
    }

    /// The ifIndex of the port that calls itself so: what others say of a port is its lldpLocPortId.
    pub fn by_id(&self, id: &super::id::Id, heard: &Surroundings) -> Option<u32> {
        let mut found = heard
            .local_ports
            .iter()
            .filter(|(_, port)| port.id.as_ref().is_some_and(|own| own.same(id)))
            .map(|(number, _)| self.by_number(*number).map(|(index, _)| index));
        let first = found.next()??;
        found.all(|other| other == Some(first)).then_some(first)
    }
}

/// Whether a name has proven another number to be that interface.
fn is_taken(known: &BTreeMap<u32, (u32, Method)>, index: u32) -> bool {
    known.values().any(|(taken, method)| *taken == index && method.is_proof())
}

/// The interface that a row of lldpLocPortTable names.
fn proof(port: &LocalPort, ports: &Ports<'_>, allowed: impl Fn(Method) -> bool) -> Option<(u32, Method)> {
    let by_id = port.id.as_ref().and_then(|id| ports.identified(id)).map(|index| (index, Method::PortId));
    let by_number = || {
        let number: u32 = port.id.as_ref().filter(|id| id.mac.is_none())?.text.parse().ok()?;
        Some((ports.physical(number)?.if_index, Method::PortIdNumber))
    };
    let by_descr = || ports.described(&port.descr).map(|index| (index, Method::PortDescr));
    let ways = [by_id, by_number().filter(|_| by_id.is_none()), by_descr()];
    ways.into_iter().flatten().find(|(index, method)| allowed(*method) && ports.physical(*index).is_some())
}

/// How well a way fits a device.
struct Score {
    /// Ports whose names say the same.
    agreed: usize,
    /// Ports whose names say something else.
    denied: usize,
    /// Neighbours on ports that are not down.
    up: usize,
    /// Neighbours it says nothing of, or that would be on a port that is down.
    off: usize,
}

impl Score {
    fn of(
        numbers: &[u32],
        proven: &BTreeMap<u32, (u32, Method)>,
        ports: &Ports<'_>,
        neighbours: &[Sighting],
        way: impl Fn(u32) -> Option<u32>,
    ) -> Self {
        let mut score = Self { agreed: 0, denied: 0, up: 0, off: 0 };
        for number in numbers {
            match (way(*number), proven.get(number)) {
                (Some(found), Some((proof, _))) if found == *proof => score.agreed += 1,
                (Some(_), Some(_)) => score.denied += 1,
                _ => {}
            }
        }
        for sighting in neighbours {
            let PortNumber::Lldp(number) = sighting.port else { continue };
            match way(number).and_then(|index| ports.get(index)) {
                Some(facts) if !is_down(facts) => score.up += 1,
                _ => score.off += 1,
            }
        }
        score
    }

    /// Whether names contradict it nowhere, or far less than they agree.
    fn is_undenied(&self) -> bool {
        self.denied * 10 <= self.agreed
    }

    /// Whether something speaks for it: names, or neighbours on ports that are up.
    fn is_likely(&self) -> bool {
        self.agreed > 0 || self.up > 0
    }

    /// Whether it is better than another; `None` where nothing tells them apart.
    fn better(&self, other: &Self) -> Option<bool> {
        let rank = |score: &Self| (score.agreed, score.up);
        match rank(self).cmp(&rank(other)) {
            std::cmp::Ordering::Greater => Some(true),
            std::cmp::Ordering::Less => Some(false),
            std::cmp::Ordering::Equal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{InterfaceFacts, Status};
    use crate::topology::id::Id;

    fn interface(index: u32, name: &str, up: bool) -> InterfaceFacts {
        let oper = Some(if up { Status::Up } else { Status::Down });
        InterfaceFacts {
            if_index: index,
            name: name.into(),
            if_type: Some(6),
            oper,
            ..InterfaceFacts::default()
        }
    }

    fn heard(numbers: &[u32], ids: &[(u32, &str)], bridge: &[(u32, u32)]) -> Surroundings {
        let port = |text: &str| LocalPort { id: Id::port(None, text.as_bytes()), ..LocalPort::default() };
        let sighting = |number: &u32| Sighting { port: PortNumber::Lldp(*number), ..Sighting::default() };
        Surroundings {
            neighbours: numbers.iter().map(sighting).collect(),
            local_ports: ids.iter().map(|(number, text)| (*number, port(text))).collect(),
            bridge_ports: bridge.iter().copied().collect(),
            ..Surroundings::default()
        }
    }

    fn found(interfaces: &[InterfaceFacts], heard: &Surroundings) -> Vec<Option<u32>> {
        let ports = Ports::new(interfaces);
        let local = LocalPorts::new("1.3.6.1.4.1.9.1.1", heard, &ports);
        heard
            .neighbours
            .iter()
            .map(|sighting| local.resolve(sighting, &ports).map(|(index, _)| index))
            .collect()
    }

    #[test]
    fn names_go_before_numbers() {
        let interfaces =
            [interface(1, "Gi0/1", true), interface(2, "Gi0/2", true), interface(101, "Gi0/3", true)];
        let heard = heard(&[1, 2], &[(1, "GigabitEthernet0/2"), (2, "101")], &[(1, 1), (2, 2)]);
        assert_eq!(found(&interfaces, &heard), [Some(2), Some(101)]);
    }

    #[test]
    fn a_way_that_names_contradict_is_not_gone() {
        let interfaces: Vec<_> = (1..=6).map(|n| interface(n, &format!("p{n}"), true)).collect();
        // Bridge ports are off by one; names say so of two ports. The third has no name: its number is proven by theirs.
        let off_by_one = heard(&[1, 2, 3], &[(1, "p1"), (2, "p2")], &[(1, 2), (2, 3), (3, 4)]);
        assert_eq!(found(&interfaces, &off_by_one), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn where_two_ways_differ_the_ports_that_are_up_decide() {
        let interfaces = [
            interface(1, "a", false),
            interface(2, "b", false),
            interface(10, "c", true),
            interface(11, "d", true),
        ];
        assert_eq!(found(&interfaces, &heard(&[1, 2], &[], &[(1, 10), (2, 11)])), [Some(10), Some(11)]);
        let all_up = [interface(1, "a", true), interface(10, "c", true)];
        assert_eq!(found(&all_up, &heard(&[1], &[], &[(1, 10)])), [None], "nothing is guessed");
        assert_eq!(found(&all_up, &heard(&[0], &[], &[])), [None]);
    }

    #[test]
    fn two_ports_of_one_name_are_told_apart_by_the_bridge() {
        let interfaces = [interface(5, "port", true), interface(6, "port", true)];
        assert_eq!(
            found(&interfaces, &heard(&[1, 2], &[(1, "port"), (2, "port")], &[(1, 5), (2, 6)])),
            [Some(5), Some(6)]
        );
    }
}
