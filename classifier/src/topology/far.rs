//! Which interface of a known device a neighbour's port id names.

use super::id::{Id, IdKind};
use super::identity::Member;
use super::local::LocalPorts;
use super::names::parent;
use super::ports::Ports;
use super::surroundings::Sighting;

/// A device's interfaces and local ports, ready to be looked up.
#[derive(Debug)]
pub struct View<'a> {
    /// Interfaces by all they are called.
    pub ports: Ports<'a>,
    /// Interfaces by LLDP's numbers.
    pub local: LocalPorts,
}

impl<'a> View<'a> {
    /// The view of a member.
    pub fn new(member: &Member<'a>) -> Self {
        let ports = Ports::new(member.interfaces.iter().copied());
        let local = LocalPorts::new(&member.facts.sys_object_id, member.heard, &ports);
        Self { ports, local }
    }
}

/// A port of the far device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FarPort {
    /// ifIndex.
    pub index: u32,
    /// Whether only its description says so: then what the port itself hears counts more.
    pub weak: bool,
}

/// lldpLocPortNum goes up to that; a larger number that is an ifIndex is one by intention.
const LARGEST_PORT_NUMBER: u32 = 4096;

/// The port of `member` that a neighbour says it is; `None` where that cannot be told.
pub fn far_port(sighting: &Sighting, member: &Member<'_>, view: &View<'_>) -> Option<FarPort> {
    let sure = |index| FarPort { index, weak: false };
    let id = sighting.port_id.as_ref();
    // What a device sends as its port id is its lldpLocPortId.
    if let Some(index) = id.and_then(|id| view.local.by_id(id, member.heard)) {
        return Some(sure(index));
    }
    if let Some(index) = id.and_then(|id| by_name(id, &view.ports)) {
        return Some(sure(index));
    }
    let described = view.ports.described(&sighting.port_descr);
    let number = id.filter(|id| id.mac.is_none()).and_then(|id| id.text.parse::<u32>().ok());
    if let Some(facts) = number.and_then(|number| view.ports.physical(number)) {
        let says_so = described == Some(facts.if_index);
        if says_so || facts.if_index > LARGEST_PORT_NUMBER {
            return Some(sure(facts.if_index));
        }
    }
    // A description is not believed against a port id that no port of the device has.
    if id.and_then(|id| id.mac).is_some_and(|mac| !view.ports.has_mac(mac)) {
        return None;
    }
    let physical = described.filter(|index| view.ports.physical(*index).is_some());
    physical.map(|index| FarPort { index, weak: true })
}

fn by_name(id: &Id, ports: &Ports<'_>) -> Option<u32> {
    if let Some(index) = ports.identified(id) {
        return Some(index);
    }
    if matches!(id.kind, IdKind::Mac | IdKind::Address | IdKind::Circuit) {
        return None;
    }
    // A unit of a port that has no row of its own, and the path through bridges that MikroTiks send.
    let of_unit = parent(&id.text).and_then(|port| ports.named(port));
    of_unit.or_else(|| {
        id.text
            .rsplit_once('/')
            .filter(|(_, last)| !starts_with_digit(last))
            .and_then(|(_, last)| ports.named(last))
    })
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}
