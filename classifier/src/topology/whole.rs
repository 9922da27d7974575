//! The topology of the fleet at one moment: everything that answers and metrics are made of. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::age::{Aged, Attention, PortState, age};
use super::answer::{SeenFrom, ShownEndpoint};
use super::drift::{Drift, drift};
use super::endpoint::Endpoint;
use super::event::{PortEvent, events};
use super::evidence::{Evidence, add_manual, evidence};
use super::failure::{Failures, failures};
use super::graph::{Graph, Node, NodeId};
use super::identity::Member;
use super::known::{Ends, KnownLink, Names, Port};
use super::local::Method;
use super::manual::{ManualLink, with_manual};
use super::network::Network;
use super::orphan::{Line, OrphanKind, Redundancy, orphans, redundancy};
use super::stale::{Vacated, outdated};
use super::surroundings::{Hearing, Sighting};
use crate::change::{Event, EventKind};
use crate::facts::{InterfaceFacts, Status};
use crate::kind::InterfaceType;
use crate::state::{DeviceId, DeviceState, Interface};
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
    /// Devices and links as they are drawn.
    pub graph: Graph,
    /// All links, as they are known.
    pub links: Vec<Arc<KnownLink>>,
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
    /// Links that begin and end on one device.
    pub loops: Vec<Ends>,
    /// How local ports were found.
    pub methods: BTreeMap<Method, usize>,
    /// The interfaces at both ends of each of `links`, as series name them: ifIndex and `if_name`; `None` where one is not there.
    pub series: Vec<[Option<(u32, String)>; 2]>,
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
    pub events: Vec<Happened>,
    /// Who is at the other end of interfaces, for the rules: by device and ifIndex.
    pub evidence: HashMap<String, Evidence>,
}

/// Something that happened at a device's port, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The device.
    pub device: DeviceId,
    /// What.
    pub event: Event,
    /// The link that has come or gone with it: where the store knows of that already, it knows of the event, too.
    pub of: Ends,
    /// Whether that link has come.
    pub begins: bool,
}

/// What is known before the fleet is looked at.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// The links there were.
    pub links: Vec<KnownLink>,
    /// What operators have said.
    pub manual: Vec<ManualLink>,
    /// Ports whose devices have not been heard since their link went.
    pub vacated: Vacated,
}

/// Looks at the fleet, by what was known before.
pub fn look(devices: &[Arc<DeviceState>], before: &mut Before, version: u64, now: Timestamp) -> Look {
    let members: Vec<Member<'_>> = devices.iter().map(|device| member(device)).collect();
    let names = Names::new(devices);
    let attention = |device: &str| {
        names.device(device).map_or_else(Attention::default, |state| Attention {
            heard: state.head.neighbours_at,
            answers: state.head.failures == 0 && state.head.last_ok.is_some(),
        })
    };
    let port_state =
        |port: &Port| names.interface(port).map_or(PortState::Up, |interface| status(&interface.facts));
    let mut network = Network::new(&members);
    let seen: Vec<KnownLink> = network.links.iter().map(|link| names.link(link)).collect();
    let heard = |device: &str| attention(device).heard;
    let outdated = outdated(&seen, &before.links, &heard, &mut before.vacated);
    if outdated.contains(&true) {
        network.drop_links(&members, &outdated);
    }
    let seen: Vec<KnownLink> = network.links.iter().map(|link| names.link(link)).collect();
    let (seen, contradicted) = with_manual(seen, &before.manual, &names);
    let Aged { links, added, retired } = age(&before.links, seen, attention, port_state, now);
    // Links of devices that are no longer listed are no more.
    let (links, gone): (Vec<KnownLink>, Vec<KnownLink>) = links
        .into_iter()
        .partition(|link| link.ends.both().into_iter().all(|port| names.device(&port.device).is_some()));
    let shared: Vec<Arc<KnownLink>> = links.iter().cloned().map(Arc::new).collect();
    let graph = Graph::new(nodes(devices), &shared);
    let told = |port: &Port| {
        names.interface(port).map(|interface| (interface.facts.if_index, interface.facts.if_name()))
    };
    let oddities = &network.oddities;
    let word = Words { devices };
    let whole = Whole {
        at: now,
        version,
        endpoints: network.endpoints.iter().map(|endpoint| shown(endpoint, devices)).collect(),
        failures: failures(&graph),
        orphans: orphans(&graph),
        upstreams: graph.upstreams(),
        redundancy: redundancy(lines(devices)),
        drift: drift(devices, &shared, &contradicted),
        unresolved: oddities
            .unresolved
            .iter()
            .map(|(place, port)| (word.name(*place), port.number()))
            .collect(),
        conflicts: word.heard(&oddities.conflicts),
        ambiguous: oddities
            .ambiguous
            .iter()
            .map(|(place, row, among)| {
                let among = among.iter().map(|place| word.name(*place)).collect();
                (word.name(*place), word.sighting(*place, *row), among)
            })
            .collect(),
        twins: oddities.twins.iter().map(|(one, two)| (word.name(*one), word.name(*two))).collect(),
        loops: links.iter().filter(|link| link.is_loop()).map(|link| link.ends.clone()).collect(),
        methods: network.methods.clone(),
        series: links.iter().map(|link| link.ends.both().map(told)).collect(),
        links: shared,
        graph,
    };
    let retired: Vec<KnownLink> = retired.into_iter().chain(gone).collect();
    let happened = events(&added, &retired).into_iter();
    let events = happened.filter_map(|event| {
        let device = names.device(&event.port.device)?;
        Some(happened_at(event, device, &names, now))
    });
    let events = events.filter(|event| is_news(&event.of, &names)).collect();
    let mut evidence = evidence(&members, &network.rows);
    add_manual(&mut evidence, &links, &names);
    let ended = retired.into_iter().map(|link| (link.ends, now)).collect();
    Look { whole, links, ended, events, evidence }
}

/// Where a device is walked for the first time, that is the news, not its cables.
fn is_news(ends: &Ends, names: &Names<'_>) -> bool {
    let is_new = |device: &DeviceState| device.head.first_seen == device.head.neighbours_at;
    !ends.both().into_iter().filter_map(|port| names.device(&port.device)).any(is_new)
}

fn happened_at(
    PortEvent { port, kind, old, new, of }: PortEvent,
    device: &DeviceState,
    names: &Names<'_>,
    at: Timestamp,
) -> Happened {
    let interface = names.interface(&port).map(|interface| interface.id);
    let event = Event { at, kind, interface, if_name: port.if_name, old, new };
    Happened { device: device.id, begins: kind != EventKind::LinkLost, event, of }
}

/// Devices and neighbours by their names.
struct Words<'a> {
    devices: &'a [Arc<DeviceState>],
}

impl Words<'_> {
    fn name(&self, place: u32) -> String {
        let device = self.devices.get(place as usize);
        device.map(|device| device.head.facts.name.clone()).unwrap_or_default()
    }

    fn sighting(&self, place: u32, row: usize) -> String {
        let sighting = self.devices.get(place as usize).and_then(|device| device.heard.neighbours.get(row));
        sighting.map(Sighting::shown_name).unwrap_or_default()
    }

    fn heard(&self, rows: &[(u32, usize)]) -> Vec<(String, String)> {
        rows.iter().map(|(place, row)| (self.name(*place), self.sighting(*place, *row))).collect()
    }
}

impl Whole {
    /// Shows other links of the same devices: those of another moment.
    pub fn see(&mut self, links: Vec<Arc<KnownLink>>, at: Timestamp) {
        let devices = self.graph.nodes().iter().filter(|node| !node.segment).cloned().collect();
        self.graph = Graph::new(devices, &links);
        self.failures = failures(&self.graph);
        self.orphans = orphans(&self.graph);
        self.upstreams = self.graph.upstreams();
        self.loops = links.iter().filter(|link| link.is_loop()).map(|link| link.ends.clone()).collect();
        // Who else was there then is not kept.
        (self.endpoints, self.series) = (Vec::new(), Vec::new());
        (self.links, self.at) = (links, at);
    }
}

/// A device as topology looks at it.
pub fn member(device: &DeviceState) -> Member<'_> {
    Member {
        facts: &device.head.facts,
        interfaces: device.present().map(|interface| &interface.facts).collect(),
        heard: &device.heard,
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
        segment: false,
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
        ports.next().map(|interface| interface.key.clone())
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
        let key = port.key();
        let interface = Interface { id: InterfaceId(id), key, facts: port, ..Interface::default() };
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
        let mut before = Before::default();
        let look = look(&devices, &mut before, 3, Timestamp::from_millis(5));
        assert_eq!(look.links.len(), 1);
        assert_eq!(look.whole.series, [[Some((7, "Gi0/1".into())), Some((7, "Gi0/1".into()))]]);
        assert_eq!(look.whole.endpoints[0].seen_by[0].if_name, "Gi0/1");
        assert_eq!(look.whole.upstreams, [vec![], vec![0]]);
        let evidence = &look.evidence["core"][&7];
        assert_eq!(evidence.len(), 2);
        assert_eq!(evidence.iter().find_map(|one| one.role.as_deref()), Some("access"));
        // Nothing new: the same link, with its beginning.
        let mut before = Before { links: look.links.clone(), ..before };
        let again = super::look(&devices, &mut before, 4, Timestamp::from_millis(9));
        assert_eq!((again.links, again.ended.len(), again.events.len()), (look.links, 0, 0));
    }
}
