//! `ward-classifier topology`: what is plugged into what, from the database.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use crate::args::{Question, Sources, Topology};
use crate::store;
use crate::topology::age::show;
use crate::topology::answer::Filter;
use crate::topology::formats::Format;
use crate::topology::graph::NodeId;
use crate::topology::known::{KnownLink, Port};
use crate::topology::whole::{Whole, look};

/// Answers a question about the network; without one its links.
///
/// # Errors
/// The database cannot be read, or it knows no such device.
pub fn run(sources: &Sources, arguments: &Topology) -> Result<String, String> {
    let devices: Vec<Arc<_>> = super::stored(sources)?.into_iter().map(Arc::new).collect();
    let location = crate::app::location(sources)?;
    let mut store = store::open(&location, "command").map_err(|error| error.to_string())?;
    let known = store.links(None).map_err(|error| error.to_string())?;
    let whole = look(&devices, &known, &[], 0, SystemTime::now().into()).whole;
    match &arguments.question {
        None => links(&whole, arguments),
        Some(Question::Neighbours { device }) => neighbours(&whole, device),
        Some(Question::Path { from, to }) => path(&whole, from, to),
        Some(Question::Orphans) => Ok(orphans(&whole)),
        Some(Question::SinglePoints) => Ok(single_points(&whole)),
        Some(Question::Drift) => Ok(drift(&whole)),
        Some(Question::Redundancy) => Ok(redundancy(&whole)),
    }
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
        around: arguments.around.clone(),
        depth: arguments.depth,
        endpoints: arguments.endpoints,
        ..Filter::default()
    };
    let answer = filter.apply(&whole.graph, &whole.endpoints, whole.at);
    if let Some(format) = &arguments.format {
        return format.parse::<Format>().map(|format| format.write(&answer) + "\n");
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
                (&format!("{:.2}", link.confidence), 0),
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
    let links = whole.graph.links().iter().filter(|link| link.at(name).is_some());
    let shown = |port: &Port| if port.if_name.is_empty() { "?".to_owned() } else { port.if_name.clone() };
    for link in links {
        let link: &KnownLink = link;
        let (near, far) = (link.at(name).map(shown).unwrap_or_default(), link.opposite(name));
        line(&mut text, &[(&near, 24), (&far.device, 28), (&shown(far), 24), (link.state.as_str(), 0)]);
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
        let kind = format!("{:?}", one.kind);
        line(
            &mut text,
            &[(&kind, 16), (&one.device, 24), (&one.if_name, 24), (&one.written, 32), (&one.found, 0)],
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
