//! `ward-classifier discover`: walks devices once, keeps what is learned, and shows it in a table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inventory::Inventory;

use crate::app::Parts;
use crate::args::{Discover, Format, Sources};
use crate::discover::outcome::{Difference, Outcome};
use crate::discover::schedule::Pace;
use crate::discover::walk::Extent;
use crate::discover::{Discovery, Settings};
use crate::kind::InterfaceType;
use crate::own::OwnMetrics;
use crate::store::{EventFilter, Keeper, Learned};

/// How long the database may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(20);
/// How long others leave our devices alone where this ends without a word.
const LEASE: Duration = Duration::from_secs(60);

/// One device's line.
#[derive(Debug, Default, serde::Serialize)]
struct Line {
    device: String,
    #[serde(flatten)]
    difference: Difference,
    types: BTreeMap<&'static str, usize>,
    seconds: f64,
    error: Option<String>,
    #[serde(skip)]
    failed: bool,
}

/// Walks the devices named, or all. What comes back is for the terminal, and whether all answered.
///
/// # Errors
/// The configuration is bad, a name is in no inventory, or the database cannot be reached.
pub async fn run(sources: &Sources, arguments: &Discover) -> Result<(String, bool), String> {
    let Parts { inventory, keeper, ending, owner, .. } = Parts::open(sources, &arguments.rules)?;
    let devices = chosen(&inventory.load(), &arguments.names)?;
    known(&keeper).await?;
    let settings = Settings {
        scheduled: false,
        pace: Pace { interval: Duration::from_secs(3600), full_every: Duration::MAX },
        most: arguments.concurrency as usize,
        most_per_site: arguments.concurrency_per_site as usize,
        lease: LEASE,
        owner,
    };
    let client = Arc::new(sources.client());
    let discovery = Discovery::start(client, inventory, keeper.clone(), OwnMetrics::default(), settings);
    let extent = if arguments.news { Extent::News(Duration::MAX) } else { Extent::Everything };
    let lines = walk_all(devices, &discovery, extent, service::shutdown::requested()).await;
    discovery.stop().await;
    let settled =
        keeper.ask_settled(|store| store.events(&EventFilter { limit: 1, ..EventFilter::default() }));
    let stored = settled.await;
    let _ = tokio::task::spawn_blocking(|| ending.end()).await;
    stored.map_err(|error| format!("what was learned is not stored: {error}"))?;
    let mut lines = lines.ok_or("ended before all devices were walked; what was learned is kept")?;
    lines.sort_by(|a, b| a.device.cmp(&b.device));
    let good = lines.iter().all(|line| !line.failed);
    match arguments.format {
        Format::Text => Ok((table(&lines), good)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&lines).map_err(|error| error.to_string())?;
            Ok((json + "\n", good))
        }
    }
}

fn chosen(inventory: &Inventory, names: &[String]) -> Result<Vec<Arc<str>>, String> {
    if names.is_empty() {
        return Ok(inventory.devices().iter().map(|device| device.name.as_str().into()).collect());
    }
    let find = |name: &String| {
        inventory.device(name).map(|device| device.name.as_str().into()).ok_or_else(|| {
            let nearest = inventory.nearest(name, 3).join(", ");
            format!("no device {name:?} in the inventory; the nearest names are {nearest}")
        })
    };
    names.iter().map(find).collect()
}

/// Waits until what is stored is known.
async fn known(keeper: &Keeper) -> Result<(), String> {
    let wait = async {
        while !keeper.status().loaded {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| {
        let error = keeper.status().last_error.map(|(_, error)| error.to_string());
        error.unwrap_or_else(|| "the database takes too long".into())
    })
}

/// Has devices walked, and shows how far that is; `None` where someone has asked to end it.
async fn walk_all(
    devices: Vec<Arc<str>>,
    discovery: &Discovery,
    extent: Extent,
    interrupted: impl Future<Output = ()>,
) -> Option<Vec<Line>> {
    let bar = ProgressBar::new(devices.len() as u64);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} devices, {msg}") {
        bar.set_style(style);
    }
    let (_job, mut hears) = discovery.request_told(devices, extent);
    let mut lines = Vec::new();
    let all = async {
        while let Some(outcome) = hears.recv().await {
            bar.set_message(outcome.device.to_string());
            bar.inc(1);
            lines.push(line(&outcome));
        }
    };
    let ended = tokio::select! {
        () = all => true,
        () = interrupted => false,
    };
    bar.finish_and_clear();
    ended.then_some(lines)
}

fn line(outcome: &Outcome) -> Line {
    let mut line = Line { device: outcome.device.to_string(), ..Line::default() };
    match &outcome.walked.learned {
        Learned::Walked(walk) => {
            line.seconds = walk.took.as_secs_f64();
            line.error.clone_from(&walk.trouble);
        }
        Learned::Failed(failure) => {
            line.seconds = failure.took.as_secs_f64();
            line.error = Some(failure.reason.clone());
            line.failed = true;
        }
    }
    let Some(after) = &outcome.after else { return line };
    line.difference = Difference::of(outcome.before.as_deref(), after);
    for interface in after.present() {
        *line.types.entry(interface.label.interface_type.as_str()).or_default() += 1;
    }
    line
}

fn table(lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.device.chars().count()).max().unwrap_or(0).max(6);
    let mut out = format!(
        "{:<width$}  {:>10}  {:>5}  {:>7}  {:>4}  {:>7}  TYPES\n",
        "DEVICE", "INTERFACES", "NEW", "CHANGED", "GONE", "SECONDS"
    );
    let mut all = Line { device: format!("{} devices", lines.len()), ..Line::default() };
    for line in lines {
        let Difference { interfaces, new, changed, gone } = line.difference;
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{:<width$}  {:>10}  {:>5}  {:>7}  {:>4}  {:>7.2}  {}",
            line.device,
            interfaces,
            new,
            changed,
            gone,
            line.seconds,
            types(&line.types)
        );
        if let Some(error) = &line.error {
            let _ = write!(out, "{}{error}", if line.types.is_empty() { "" } else { "  " });
        }
        out.push('\n');
        all.difference += line.difference;
        for (kind, count) in &line.types {
            *all.types.entry(kind).or_default() += count;
        }
    }
    let failed = lines.iter().filter(|line| line.failed).count();
    let Difference { interfaces, new, changed, gone } = all.difference;
    let _ = writeln!(
        out,
        "\n{}, {failed} without an answer; {interfaces} interfaces: {new} new, {changed} changed, {gone} gone; {}",
        all.device,
        types(&all.types)
    );
    out
}

/// Counts by type, in the order of types.
fn types(types: &BTreeMap<&'static str, usize>) -> String {
    let counted = |kind: InterfaceType| Some(format!("{kind} {}", types.get(kind.as_str())?));
    InterfaceType::ALL.into_iter().filter_map(counted).collect::<Vec<_>>().join(", ")
}
