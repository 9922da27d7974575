//! The topology of the fleet at one moment: everything that answers and metrics are made of. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::age::{Aged, Attention, LinkEvent, PortState, age};
use super::answer::{SeenFrom, ShownEndpoint};
use super::drift::{Drift, drift};
use super::endpoint::Endpoint;
use super::evidence::{Evidence, evidence};
use super::failure::{Failures, failures};
use super::graph::{Graph, Node, NodeId};
use super::identity::Member;
use super::known::{Ends, KnownLink, ManualLink, Port, named};
use super::local::Method;
use super::network::Network;
use super::orphan::{Line, OrphanKind, Redundancy, orphans, redundancy};
use super::surroundings::Hearing;
use crate::facts::{InterfaceFacts, Status};
use crate::kind::InterfaceType;
use crate::state::{DeviceState, Interface};
use crate::timestamp::Timestamp;

/// Labels `role` of the devices that all ways are measured from.
const CORE: [&str; 4] = ["core", "backbone", "spine", "core_router"];

/// The topology at one moment.
#[derive(Debug, Default)]
pub struct Whole {
    /// When it was made.
    pub at: Timestamp,
    /// [`crate::store::Fleet::version`] of the fleet it was made of.
    pub version: u64,
    /// Devices and links.
    pub graph: Graph,
    /// Who is heard and is no device of the inventory.
    pub endpoints: Vec<ShownEndpoint>,
    /// What the network hangs on.
    pub failures: Failures,
    /// Devices without a place in it.
    pub orphans: Vec<(NodeId, OrphanKind)>,
    /// For each device the next ones towards the core.
    pub upstreams: Vec<Vec<NodeId>>,
    /// Sites by their providers' lines.
    pub redundancy: Vec<Redundancy>,
    /// Where descriptions and what is there have come apart.
    pub drift: Vec<Drift>,
    /// Neighbours on local ports that could not be found: device, number in its table.
    pub unresolved: Vec<(String, u32)>,
    /// Neighbours for whom one key says somebody else than another: device, who is heard.
    pub conflicts: Vec<(String, String)>,
    /// Neighbours that are one of several devices: device, who is heard, the candidates.
    pub ambiguous: Vec<(String, String, Vec<String>)>,
    /// Devices that are in the inventory twice, as far as can be told.
    pub twins: Vec<(String, String)>,
    /// How local ports were found.
    pub methods: BTreeMap<Method, usize>,
    /// ifIndex of both ends of each link of the graph, by end; `None` where the interface is not there.
    pub indexes: Vec<[Option<u32>; 2]>,
}

/// What a look at the fleet came to.
#[derive(Debug, Default)]
pub struct Look {
    /// The topology.
    pub whole: Whole,
    /// Links that are there from now on, in the order of their ends.
    pub links: Vec<KnownLink>,
    /// Links that are no more.
    pub ended: Vec<(Ends, Timestamp)>,
    /// What happened.
    pub events: Vec<LinkEvent>,
    /// Who is at the other end of interfaces, for the rules: by device and ifIndex.
    pub evidence: HashMap<String, Evidence>,
}

/// Looks at the fleet, where `known` are the links there were.
pub fn look(
    devices: &[Arc<DeviceState>],
    known: &[KnownLink],
    manual: &[ManualLink],
    version: u64,
    now: Timestamp,
) -> Look {
    let members: Vec<Member<'_>> = devices.iter().map(|device| member(device)).collect();
    let network = Network::new(&members);
    let places: HashMap<&str, usize> =
        devices.iter().enumerate().map(|(place, device)| (device.head.facts.name.as_str(), place)).collect();
    let state = |device: &str| places.get(device).and_then(|place| devices.get(*place));
    let attention = |device: &str| {
        state(device).map_or_else(Attention::default, |state| Attention {
            heard: state.head.neighbours_at,
            answers: state.head.failures == 0 && state.head.last_ok.is_some(),
        })
    };
    let interface = |port: &Port| {
        let state = state(&port.device)?;
        let mut named = state.present().filter(|interface| is_called(&interface.facts, &port.if_name));
        named.next().map(|interface| &interface.facts)
    };
    let port_state = |port: &Port| interface(port).map_or(PortState::Up, status);
    // Links of devices that are no longer listed are no more.
    let known: Vec<KnownLink> = known.to_vec();
    let seen = named(&network, &members, manual);
    let Aged { links, retired, events } = age(&known, seen, attention, port_state, now);
    let (links, gone): (Vec<KnownLink>, Vec<KnownLink>) = links
        .into_iter()
        .partition(|link| link.ends.both().into_iter().all(|port| places.contains_key(port.device.as_str())));
    let shared: Vec<Arc<KnownLink>> = links.iter().cloned().map(Arc::new).collect();
    let graph = Graph::new(nodes(devices), &shared);
    let index = |port: &Port| interface(port).map(|facts| facts.if_index);
    let indexes = graph.links().iter().map(|link| [index(&link.ends.a), index(&link.ends.b)]).collect();
    let name = |place: u32| {
        devices.get(place as usize).map(|device| device.head.facts.name.clone()).unwrap_or_default()
    };
    let heard = |place: u32, row: usize| {
        let sighting = devices.get(place as usize).and_then(|device| device.heard.neighbours.get(row));
        sighting.map(|sighting| sighting.shown_name()).unwrap_or_default()
    };
    let oddities = &network.oddities;
    let whole = Whole {
        at: now,
        version,
        endpoints: network.endpoints.iter().map(|endpoint| shown(endpoint, devices)).collect(),
        failures: failures(&graph),
        orphans: orphans(&graph),
        upstreams: graph.upstreams(),
        redundancy: redundancy(lines(devices)),
        drift: drift(devices, &graph),
        unresolved: oddities.unresolved.iter().map(|(place, port)| (name(*place), port.number())).collect(),
        conflicts: oddities
            .conflicts
            .iter()
            .map(|(place, row)| (name(*place), heard(*place, *row)))
            .collect(),
        ambiguous: oddities
            .ambiguous
            .iter()
            .map(|(place, row, among)| {
                (name(*place), heard(*place, *row), among.iter().map(|place| name(*place)).collect())
            })
            .collect(),
        twins: oddities.twins.iter().map(|(one, two)| (name(*one), name(*two))).collect(),
        methods: network.methods.clone(),
        indexes,
        graph,
    };
    let ended = retired.into_iter().chain(gone).map(|link| (link.ends, now)).collect();
    let evidence = evidence(&members, &network.rows);
    Look { whole, links, ended, events, evidence }
}

/// A device as topology looks at it.
pub fn member(device: &DeviceState) -> Member<'_> {
    Member {
        facts: &device.head.facts,
        interfaces: device.present().map(|interface| &interface.facts).collect(),
        heard: &device.heard,
    }
}

/// Whether an interface has that key, without making it.
fn is_called(facts: &InterfaceFacts, key: &str) -> bool {
    match (facts.name.as_str(), facts.descr.as_str()) {
        ("", "") => key.parse() == Ok(facts.if_index),
        ("", descr) => descr == key,
        (name, _) => name == key,
    }
}

fn status(facts: &InterfaceFacts) -> PortState {
    match (facts.admin, facts.oper) {
        (Some(Status::Down), _) => PortState::Off,
        (_, Some(Status::Down | Status::LowerLayerDown | Status::NotPresent)) => PortState::Down,
        _ => PortState::Up,
    }
}

fn is_line(interface: &Interface) -> bool {
    interface.label.interface_type == InterfaceType::Isp
}

/// Devices as nodes. Ways are measured from the core, and from devices with providers' lines: a site with a line of its own does
/// not hang on the core.
fn nodes(devices: &[Arc<DeviceState>]) -> Vec<Node> {
    let label =
        |device: &DeviceState, name: &str| device.head.facts.labels.get(name).cloned().unwrap_or_default();
    let is_core = |device: &DeviceState| CORE.contains(&label(device, "role").to_lowercase().as_str());
    let node = |device: &Arc<DeviceState>| Node {
        name: device.head.facts.name.clone(),
        site: label(device, "site"),
        role: label(device, "role"),
        title: match device.head.facts.model.as_str() {
            "" => device.head.facts.sys_descr.chars().take(80).collect(),
            model => model.to_owned(),
        },
        answers: device.head.last_walk.map(|_| device.head.failures == 0),
        tells: device.heard.lldp == Hearing::On || device.heard.cdp == Hearing::On,
        root: is_core(device) || device.present().any(|interface| is_line(interface)),
    };
    devices.iter().map(node).collect()
}

/// Providers' lines.
fn lines(devices: &[Arc<DeviceState>]) -> Vec<Line> {
    let of_device = |device: &Arc<DeviceState>| -> Vec<Line> {
        let line = |interface: &Arc<Interface>| Line {
            device: device.head.facts.name.clone(),
            if_name: interface.facts.key(),
            provider: interface.label.provider.as_deref().unwrap_or_default().to_owned(),
            lag: interface.facts.lag.clone().unwrap_or_default(),
            site: device.head.facts.labels.get("site").cloned().unwrap_or_default(),
            up: status(&interface.facts) == PortState::Up,
        };
        device.present().filter(|interface| is_line(interface)).map(line).collect()
    };
    devices.iter().flat_map(of_device).filter(|line| !line.site.is_empty()).collect()
}

fn shown(endpoint: &Endpoint, devices: &[Arc<DeviceState>]) -> ShownEndpoint {
    let device = |place: u32| devices.get(place as usize);
    let name = |place: u32| device(place).map(|device| device.head.facts.name.clone()).unwrap_or_default();
    let port = |place: u32, index: Option<u32>| {
        let mut ports = device(place)?.present().filter(|interface| Some(interface.facts.if_index) == index);
        ports.next().map(|interface| interface.facts.key())
    };
    ShownEndpoint {
        id: endpoint.key.clone(),
        name: endpoint.name.clone(),
        kind: endpoint.kind,
        platform: endpoint.platform.clone(),
        addresses: endpoint.addresses.iter().map(ToString::to_string).collect(),
        seen_by: endpoint
            .seen_by
            .iter()
            .map(|(place, index, far)| SeenFrom {
                device: name(*place),
                if_name: port(*place, *index).unwrap_or_default(),
                port: far.clone(),
            })
            .collect(),
        candidates: endpoint.candidates.iter().map(|place| name(*place)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::DeviceFacts;
    use crate::state::{DeviceHead, DeviceId, InterfaceId};
    use crate::topology::id::Id;
    use crate::topology::surroundings::{PortNumber, Protocol, Sighting, Surroundings};

    /// A device with one port, `Gi0/1`, that hears those of these names on it.
    fn device(id: i64, name: &str, role: &str, hears: &[&str]) -> Arc<DeviceState> {
        let facts = Arc::new(DeviceFacts {
            name: name.into(),
            sys_name: name.into(),
            labels: [("role".to_owned(), role.to_owned())].into(),
            ..DeviceFacts::default()
        });
        let port = InterfaceFacts {
            device: Arc::clone(&facts),
            if_index: 7,
            name: "Gi0/1".into(),
            oper: Some(Status::Up),
            ..InterfaceFacts::default()
        };
        let sighting = |name: &&str| Sighting {
            protocol: Protocol::Lldp,
            port: PortNumber::IfIndex(7),
            name: (*name).into(),
            port_id: Id::port(Some(5), b"GigabitEthernet0/1"),
            ..Sighting::default()
        };
        let heard = Surroundings {
            neighbours: hears.iter().map(sighting).collect(),
            lldp: Hearing::On,
            cdp: Hearing::Silent,
            ..Surroundings::default()
        };
        let at = Some(Timestamp::from_millis(id));
        let head =
            DeviceHead { facts, last_ok: at, last_walk: at, neighbours_at: at, ..DeviceHead::default() };
        let interface = Interface { id: InterfaceId(id), facts: port, ..Interface::default() };
        Arc::new(DeviceState {
            id: DeviceId(id),
            head,
            interfaces: vec![Arc::new(interface)],
            heard: Arc::new(heard),
            ..DeviceState::default()
        })
    }

    #[test]
    fn a_fleet_comes_to_links_strangers_and_evidence() {
        let devices = [device(1, "core", "core", &["sw", "phone"]), device(2, "sw", "access", &["core"])];
        let look = look(&devices, &[], &[], 3, Timestamp::from_millis(5));
        assert_eq!(look.links.len(), 1);
        assert_eq!(look.whole.indexes, [[Some(7), Some(7)]]);
        assert_eq!(look.whole.endpoints[0].seen_by[0].if_name, "Gi0/1");
        assert_eq!(look.whole.upstreams, [vec![], vec![0]]);
        let evidence = &look.evidence["core"][&7];
        assert_eq!(evidence.len(), 2);
        assert_eq!(evidence.iter().find_map(|one| one.role.as_deref()), Some("access"));
        // Nothing new: the same link, with its beginning.
        let again = super::look(&devices, &look.links, &[], 4, Timestamp::from_millis(9));
        assert_eq!((again.links, again.ended.len(), again.events.len()), (look.links, 0, 0));
    }
}
