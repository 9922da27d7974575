//! `ward-classifier discover`: walks devices once, keeps what is learned, and shows it in a table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inventory::{Device, Inventory};
use tokio::task::JoinSet;

use crate::app::Parts;
use crate::args::{Discover, Format, Sources};
use crate::discover::turns::Turns;
use crate::discover::walk::{Extent, walk};
use crate::kind::InterfaceType;
use crate::state::DeviceState;
use crate::store::{EventFilter, Keeper, Learned};

/// How long the database may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(20);

/// One device's line.
#[derive(Debug, Default, serde::Serialize)]
struct Line {
    device: String,
    interfaces: usize,
    new: usize,
    changed: usize,
    gone: usize,
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
    let Parts { inventory, keeper, ending, .. } = Parts::open(sources, &arguments.rules)?;
    let inventory = inventory.load_full();
    let devices = chosen(&inventory, &arguments.names)?;
    known(&keeper).await?;
    let mut lines = walk_all(devices, sources, &keeper, arguments).await;
    lines.sort_by(|a, b| a.device.cmp(&b.device));
    let settled =
        keeper.ask_settled(|store| store.events(&EventFilter { limit: 1, ..EventFilter::default() }));
    let stored = settled.await;
    let _ = tokio::task::spawn_blocking(|| ending.end()).await;
    stored.map_err(|error| format!("what was learned is not stored: {error}"))?;
    let good = lines.iter().all(|line| !line.failed);
    match arguments.format {
        Format::Text => Ok((table(&lines), good)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&lines).map_err(|error| error.to_string())?;
            Ok((json + "\n", good))
        }
    }
}

fn chosen(inventory: &Inventory, names: &[String]) -> Result<Vec<Device>, String> {
    if names.is_empty() {
        return Ok(inventory.devices().to_vec());
    }
    let find = |name: &String| {
        inventory.device(name).cloned().ok_or_else(|| {
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

async fn walk_all(
    devices: Vec<Device>,
    sources: &Sources,
    keeper: &Keeper,
    arguments: &Discover,
) -> Vec<Line> {
    let bar = ProgressBar::new(devices.len() as u64);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} devices, {msg}") {
        bar.set_style(style);
    }
    let client = Arc::new(sources.client());
    let extent = if arguments.news { Extent::News(Duration::MAX) } else { Extent::Everything };
    let mut turns = Turns::new(arguments.concurrency as usize, arguments.concurrency_per_site as usize);
    let (mut waiting, mut walks, mut lines) = (devices, JoinSet::new(), Vec::new());
    loop {
        let mut kept = Vec::new();
        for device in waiting {
            let site = device.labels.get("site").cloned();
            if !turns.admits(site.as_deref()) {
                kept.push(device);
                continue;
            }
            turns.begin(site.as_deref());
            let (client, keeper) = (Arc::clone(&client), keeper.clone());
            walks.spawn(async move {
                let before = keeper.fleet().device(&device.name);
                let walked = walk(&client, &device, before.as_deref(), extent).await;
                let after = keeper.learn(&device.name, walked.learned.clone());
                (line(&device.name, &walked.learned, before.as_deref(), after.as_deref()), site)
            });
        }
        waiting = kept;
        match walks.join_next().await {
            Some(Ok((line, site))) => {
                turns.end(site.as_deref());
                bar.set_message(line.device.clone());
                bar.inc(1);
                lines.push(line);
            }
            Some(Err(error)) => tracing::error!(%error, "a walk has ended the wrong way"),
            None => break,
        }
    }
    bar.finish_and_clear();
    lines
}

fn line(name: &str, learned: &Learned, before: Option<&DeviceState>, after: Option<&DeviceState>) -> Line {
    let mut line = Line { device: name.to_owned(), ..Line::default() };
    match learned {
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
    let Some(after) = after else { return line };
    for interface in after.present() {
        line.interfaces += 1;
        *line.types.entry(interface.label.interface_type.as_str()).or_default() += 1;
        match before.and_then(|before| before.interface(interface.id)) {
            None => line.new += 1,
            Some(known) if known.missed == 0 && interface.missed > 0 => line.gone += 1,
            Some(known) if !Arc::ptr_eq(known, interface) && known.facts != interface.facts => {
                line.changed += 1
            }
            Some(_) => {}
        }
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
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{:<width$}  {:>10}  {:>5}  {:>7}  {:>4}  {:>7.2}  {}",
            line.device,
            line.interfaces,
            line.new,
            line.changed,
            line.gone,
            line.seconds,
            types(&line.types)
        );
        if let Some(error) = &line.error {
            let _ = write!(out, "{}{error}", if line.types.is_empty() { "" } else { "  " });
        }
        out.push('\n');
        all.interfaces += line.interfaces;
        all.new += line.new;
        all.changed += line.changed;
        all.gone += line.gone;
        for (kind, count) in &line.types {
            *all.types.entry(kind).or_default() += count;
        }
    }
    let failed = lines.iter().filter(|line| line.failed).count();
    let _ = writeln!(
        out,
        "\n{}, {} without an answer; {} interfaces: {} new, {} changed, {} gone; {}",
        all.device,
        failed,
        all.interfaces,
        all.new,
        all.changed,
        all.gone,
        types(&all.types)
    );
    out
}

/// Counts by type, in the order of types.
fn types(types: &BTreeMap<&'static str, usize>) -> String {
    let counted = |kind: InterfaceType| Some(format!("{kind} {}", types.get(kind.as_str())?));
    InterfaceType::ALL.into_iter().filter_map(counted).collect::<Vec<_>>().join(", ")
}
