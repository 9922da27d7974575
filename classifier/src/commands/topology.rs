//! `ward-classifier topology`: what is plugged into what, from the database.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use crate::args::{Question, Sources, Topology};
use crate::change::EventKind;
use crate::state::{DeviceId, DeviceState};
use crate::store::{self, EventFilter, Store, StoredEvent};
use crate::topology::age::show;
use crate::topology::answer::{Filter, ShownLink};
use crate::topology::compare::{Difference, difference};
use crate::topology::graph::NodeId;
use crate::topology::known::{KnownLink, Port};
use crate::topology::whole::{Before, Whole, look};

/// Answers a question about the network; without one its links.
///
/// # Errors
/// The database cannot be read, or it knows no such device.
pub fn run(sources: &Sources, arguments: &Topology) -> Result<String, String> {
    let devices: Vec<Arc<_>> = super::stored(sources)?.into_iter().map(Arc::new).collect();
    let location = crate::app::location(sources)?;
    let mut store = store::open(&location, "command").map_err(|error| error.to_string())?;
    let links = |at, store: &mut dyn Store| store.links(at).map_err(|error| error.to_string());
    match &arguments.question {
        Some(Question::Diff { from, to }) => {
            let (before, after) = (links(Some(*from), &mut *store)?, links(*to, &mut *store)?);
            return Ok(changes(&difference(&before, &after)));
        }
        Some(Question::Events { limit }) => return events(&mut *store, &devices, *limit),
        _ => {}
    }
    let now = SystemTime::now().into();
    let said = super::manual_links(sources)?;
    said.stored.store(Arc::new(store.manual_links().map_err(|error| error.to_string())?));
    let mut before =
        Before { links: links(None, &mut *store)?, manual: said.in_force(now), ..Before::default() };
    let mut whole = look(&devices, &mut before, 0, now).whole;
    if let Some(at) = arguments.at {
        let links: Vec<Arc<_>> = links(Some(at), &mut *store)?.into_iter().map(Arc::new).collect();
        whole.see(links, at);
    }
    match &arguments.question {
        Some(Question::Neighbours { device }) => neighbours(&whole, device),
        Some(Question::Path { from, to }) => path(&whole, from, to),
        Some(Question::Orphans) => Ok(orphans(&whole)),
        Some(Question::SinglePoints) => Ok(single_points(&whole)),
        Some(Question::Drift) => Ok(drift(&whole)),
        Some(Question::Redundancy) => Ok(redundancy(&whole)),
        Some(Question::Anomalies) => Ok(anomalies(&whole)),
        None | Some(Question::Diff { .. } | Question::Events { .. }) => self::links(&whole, arguments),
    }
}

/// What changed between two moments.
fn changes(difference: &Difference) -> String {
    let mut text = String::new();
    for ends in &difference.added {
        line(&mut text, &[("added", 8), (&show(ends), 0)]);
    }
    for ends in &difference.removed {
        line(&mut text, &[("removed", 8), (&show(ends), 0)]);
    }
    for one in &difference.moved {
        line(&mut text, &[("moved", 8), (&show(&one.from), 0), ("to", 0), (&show(&one.to), 0)]);
    }
    for one in &difference.changed {
        line(&mut text, &[("changed", 8), (&show(&one.ends), 0), (one.from, 0), ("to", 0), (one.to, 0)]);
    }
    if text.is_empty() { "nothing\n".to_owned() } else { text }
}

/// What happened to links.
fn events(store: &mut dyn Store, devices: &[Arc<DeviceState>], limit: u32) -> Result<String, String> {
    let names: HashMap<DeviceId, &str> =
        devices.iter().map(|device| (device.id, device.head.facts.name.as_str())).collect();
    let kinds = vec![
        EventKind::LinkAppeared,
        EventKind::LinkLost,
        EventKind::NeighbourChanged,
        EventKind::ManualLinkSet,
        EventKind::ManualLinkRemoved,
    ];
    let filter = EventFilter { kinds, limit, ..EventFilter::default() };
    let mut text = String::new();
    for StoredEvent { device, event, .. } in store.events(&filter).map_err(|error| error.to_string())? {
        let name = names.get(&device).copied().unwrap_or("?");
        let told = [event.old.as_str(), &event.new].join(" > ");
        let columns =
            [(&*event.at.to_string(), 24), (event.kind.as_str(), 19), (name, 24), (&*event.if_name, 20)];
        line(&mut text, &[&columns[..], &[(told.trim_start(), 0)]].concat());
    }
    Ok(text)
}

/// What could not be told, and what is odd.
fn anomalies(whole: &Whole) -> String {
    let mut text = String::new();
    for (device, port) in &whole.unresolved {
        line(&mut text, &[("unresolved port", 20), (device, 24), (&port.to_string(), 0)]);
    }
    for (device, neighbour) in &whole.conflicts {
        line(&mut text, &[("identity conflict", 20), (device, 24), (neighbour, 0)]);
    }
    for (device, neighbour, among) in &whole.ambiguous {
        line(&mut text, &[("ambiguous", 20), (device, 24), (neighbour, 28), (&among.join(", "), 0)]);
    }
    for (one, two) in &whole.twins {
        line(&mut text, &[("duplicate device", 20), (one, 24), (two, 0)]);
    }
    for ends in &whole.loops {
        line(&mut text, &[("self-link", 20), (&show(ends), 0)]);
    }
    if text.is_empty() { "none\n".to_owned() } else { text }
}

fn device(whole: &Whole, name: &str) -> Result<NodeId, String> {
    whole.graph.find(name).ok_or_else(|| format!("no device {name:?} is known"))
}

fn node(whole: &Whole, id: NodeId) -> &str {
    whole.graph.node(id).map_or("", |node| &node.name)
}

fn links(whole: &Whole, arguments: &Topology) -> Result<String, String> {
    for name in &arguments.around {
        device(whole, name)?;
    }
    let filter = Filter {
        sites: arguments.sites.clone(),
        roles: arguments.roles.clone(),
        collapse: arguments.collapse,
        around: arguments.around.clone(),
        depth: arguments.depth,
        endpoints: arguments.endpoints,
    };
    let answer = filter.apply(&whole.graph, &whole.endpoints, whole.at);
    if let Some(format) = &arguments.format {
        return Ok(format.write(&answer) + "\n");
    }
    let mut text = String::new();
    for link in &answer.links {
        let port = |name: &str| if name.is_empty() { "?".to_owned() } else { name.to_owned() };
        let (source, target) = (port(&link.source_port), port(&link.target_port));
        line(
            &mut text,
            &[
                (&link.source, 24),
                (&source, 24),
                (link.target.trim_start_matches("endpoint:"), 24),
                (&target, 24),
                (&link.protocol, 10),
                (link.state, 8),
                (&format!("{:.2}", link.confidence), 5),
                (&drawn(link), 0),
            ],
        );
    }
    let strange = [
        (whole.unresolved.len(), "neighbours on ports that could not be found"),
        (whole.ambiguous.len(), "neighbours that are one of several devices"),
        (whole.conflicts.len(), "neighbours for whom one key says somebody else than another"),
        (whole.twins.len(), "pairs of devices in the inventory that are one"),
    ];
    let _ = writeln!(text, "{} devices, {} links", answer.nodes.len(), answer.links.len());
    for (count, what) in strange.into_iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "{count} {what}");
    }
    Ok(text)
}

/// What else there is to say of a link.
fn drawn(link: &ShownLink) -> String {
    let cables = format!("{} cables", link.cables);
    let words = [
        (link.cables > 1, cables.as_str()),
        (link.aggregate, "aggregate"),
        (link.multi_chassis, "multi-chassis"),
        (!link.note.is_empty(), link.note.as_str()),
    ];
    words.iter().filter(|(is_so, _)| *is_so).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

/// A line of columns, each padded to its width; writing to a string cannot fail.
fn line(text: &mut String, columns: &[(&str, usize)]) {
    for (column, width) in columns {
        let _ = write!(text, "{column:<width$} ");
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn neighbours(whole: &Whole, name: &str) -> Result<String, String> {
    let id = device(whole, name)?;
    let mut text = String::new();
    let links = whole.links.iter().filter(|link| link.at(name).is_some());
    let shown = |port: &Port| if port.if_name.is_empty() { "?".to_owned() } else { port.if_name.clone() };
    for link in links {
        let link: &KnownLink = link;
        let (near, far) = (link.at(name).map(shown).unwrap_or_default(), link.opposite(name));
        let (far_port, state, protocol) = (shown(far), link.state.as_str(), link.protocol.as_str());
        let said =
            link.said.as_ref().map(|said| format!("{}: {}", said.author, said.reason)).unwrap_or_default();
        let columns =
            [(&*near, 24), (&*far.device, 28), (&*far_port, 24), (state, 8), (protocol, 10), (&*said, 0)];
        line(&mut text, &columns);
    }
    for endpoint in &whole.endpoints {
        for seen in endpoint.seen_by.iter().filter(|seen| seen.device == name) {
            let what = endpoint.kind.as_str();
            line(&mut text, &[(&seen.if_name, 24), (&endpoint.name, 28), (&seen.port, 24), (what, 0)]);
        }
    }
    let upstreams: Vec<&str> =
        whole.upstreams.get(id as usize).into_iter().flatten().map(|id| node(whole, *id)).collect();
    if !upstreams.is_empty() {
        let _ = writeln!(text, "towards the core: {}", upstreams.join(", "));
    }
    Ok(text)
}

fn path(whole: &Whole, from: &str, to: &str) -> Result<String, String> {
    let way = whole.graph.path(device(whole, from)?, device(whole, to)?);
    let way = way.ok_or_else(|| format!("there is no way from {from} to {to} over links that are known"))?;
    let mut text = format!("{from}\n");
    for (link, id) in way {
        let ends = whole.graph.links().get(link as usize).map(|link| show(&link.ends)).unwrap_or_default();
        line(&mut text, &[(node(whole, id), 28), (&ends, 0)]);
    }
    Ok(text)
}

fn orphans(whole: &Whole) -> String {
    let mut text = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, kind) in &whole.orphans {
        *counts.entry(kind.as_str()).or_default() += 1;
        line(&mut text, &[(kind.as_str(), 18), (node(whole, *id), 0)]);
    }
    for endpoint in whole.endpoints.iter().filter(|endpoint| !endpoint.kind.is_leaf()) {
        *counts.entry("unknown_neighbour").or_default() += 1;
        let seen: Vec<String> =
            endpoint.seen_by.iter().map(|seen| format!("{} {}", seen.device, seen.if_name)).collect();
        line(&mut text, &[("unknown_neighbour", 18), (&endpoint.name, 28), (&seen.join(", "), 0)]);
    }
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let _ = writeln!(text, "{}", if counts.is_empty() { "none".to_owned() } else { counts.join(", ") });
    text
}

fn single_points(whole: &Whole) -> String {
    let mut text = String::new();
    for (id, impact) in &whole.failures.devices {
        let cut = format!("{} devices at {} sites", impact.devices, impact.sites);
        line(&mut text, &[("device", 8), (node(whole, *id), 60), (&cut, 0)]);
    }
    for (link, impact) in &whole.failures.links {
        let ends = whole.graph.links().get(*link as usize).map(|link| show(&link.ends)).unwrap_or_default();
        let cut = format!("{} devices at {} sites", impact.devices, impact.sites);
        line(&mut text, &[("link", 8), (&ends, 60), (&cut, 0)]);
    }
    text
}

fn drift(whole: &Whole) -> String {
    let mut text = String::new();
    for one in &whole.drift {
        line(
            &mut text,
            &[
                (one.kind.as_str(), 16),
                (&one.device, 24),
                (&one.if_name, 24),
                (&one.written, 32),
                (&one.found, 0),
            ],
        );
    }
    text
}

fn redundancy(whole: &Whole) -> String {
    let mut text = String::new();
    for site in &whole.redundancy {
        let verdict = if site.is_single() { "single" } else { "redundant" };
        let lines = format!("{} lines", site.lines.len());
        line(&mut text, &[(verdict, 10), (&site.site, 24), (&lines, 10), (&site.providers_up.join(", "), 0)]);
    }
    text
}
