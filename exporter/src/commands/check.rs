//! `ward-exporter check`: one question to every device, and what to do about those that do not answer.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inventory::Device;
use snmp::{Client, Failure, Harvest, Oid, Target, Value, Wanted};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::advice::{self, Silent};
use crate::address::Place;
use crate::args::{Check, Files, Snmp};
use crate::snapshot::Snapshot;

/// sysName.0 (RFC 3418).
const SYS_NAME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 5, 0];

/// One device's answer.
struct Asked {
    device: String,
    address: String,
    auth: String,
    version: &'static str,
    /// This machine's address on the way to it.
    source: Option<IpAddr>,
    outcome: Result<(Duration, String), Failure>,
}

/// Asks the devices named, or all. Says whether all answered.
///
/// # Errors
/// The configuration is bad, or a name is in no inventory.
pub async fn run(files: &Files, snmp: &Snmp, check: &Check) -> Result<bool, String> {
    let (snapshot, _) = Snapshot::load(files)?;
    let devices = chosen(&snapshot, &check.names)?;
    if devices.is_empty() {
        return Err("there are no devices to check: name a file with --devices.file".into());
    }
    let mut asked = ask_all(devices, snmp, check).await;
    asked.sort_by_key(|(_, place)| *place);
    let asked: Vec<Asked> = asked.into_iter().map(|(asked, _)| asked).collect();
    print!("{}", table(&asked));
    let silent = silent(&asked);
    let advice = advice::advice(&silent);
    if !advice.is_empty() {
        println!("\n{}", advice.trim_end());
    }
    let answered = asked.iter().filter(|asked| asked.outcome.is_ok()).count();
    println!("\n{answered} of {} devices answered", asked.len());
    Ok(answered == asked.len())
}

fn chosen(snapshot: &Snapshot, names: &[String]) -> Result<Vec<Device>, String> {
    if names.is_empty() {
        return Ok(snapshot.inventory.devices().to_vec());
    }
    let find = |name: &String| {
        snapshot.inventory.device(name).cloned().ok_or_else(|| {
            match snapshot.inventory.nearest(name, 3).join(", ") {
                none if none.is_empty() => format!(
                    "no device {name:?}, as the inventory is empty; --devices.file says which file it is"
                ),
                nearest => format!("no device {name:?} in the inventory; the nearest names are {nearest}"),
            }
        })
    };
    names.iter().map(find).collect()
}

/// All answers, each with its device's place in the inventory.
async fn ask_all(devices: Vec<Device>, snmp: &Snmp, check: &Check) -> Vec<(Asked, usize)> {
    let bar = ProgressBar::new(devices.len() as u64);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} devices, {msg}") {
        bar.set_style(style);
    }
    let client = Arc::new(snmp.client());
    let turns = Arc::new(Semaphore::new(check.concurrency as usize));
    let (patience, trace) = (check.patience, snmp.debug_packets);
    let mut running = JoinSet::new();
    for (place, device) in devices.into_iter().enumerate() {
        let (client, turns) = (client.clone(), turns.clone());
        running.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await;
            (ask(&client, &device, patience, trace).await, place)
        });
    }
    let mut asked = Vec::with_capacity(running.len());
    let mut answered = 0;
    while let Some(done) = running.join_next().await {
        if let Ok(done) = done {
            answered += usize::from(done.0.outcome.is_ok());
            asked.push(done);
        }
        bar.inc(1);
        bar.set_message(format!("{answered} answered"));
    }
    bar.finish_and_clear();
    asked
}

async fn ask(client: &Client, device: &Device, patience: Duration, trace: bool) -> Asked {
    let resolved = Place::from(device).resolve().await;
    let source = resolved.as_ref().ok().and_then(|address| source_towards(*address));
    let outcome = match resolved {
        Err(failure) => Err(failure),
        Ok(address) => {
            // Three sendings within the patience there is.
            let limits = snmp::Limits { timeout: patience / 3, retries: 2, ..device.limits.clone() };
            let target = Target::new(address, device.auth.credentials(), limits);
            let target = Target { trace, ..target };
            let wanted = Wanted { get: vec![Oid::from(SYS_NAME)], ..Wanted::default() };
            let harvest = client.harvest(&target, &wanted, Some(Instant::now() + patience)).await;
            read(harvest)
        }
    };
    Asked {
        device: device.name.clone(),
        address: device.target(),
        auth: device.auth.name.clone(),
        version: device.auth.version.as_str(),
        source,
        outcome,
    }
}

fn read(harvest: Harvest) -> Result<(Duration, String), Failure> {
    if let Some(failure) = harvest.failure {
        return Err(failure);
    }
    let cell = harvest.gets.first().and_then(|column| column.cells.first());
    let name = match cell.map(|cell| &cell.value) {
        Some(Value::OctetString(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => "(no sysName)".into(),
    };
    Ok((harvest.cost.round_trip.unwrap_or_default(), name))
}

/// This machine's address towards another, which is what the other's access list has to permit. Sends nothing.
fn source_towards(peer: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if peer.is_ipv4() { [0, 0, 0, 0].into() } else { [0u16; 8].into() };
    let socket = std::net::UdpSocket::bind((any, 0)).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn silent(asked: &[Asked]) -> Silent {
    let mut silent = Silent::default();
    for asked in asked {
        match &asked.outcome {
            Err(Failure::Timeout { .. } | Failure::Deadline { .. }) => {
                silent.unanswered.push((asked.device.clone(), asked.auth.clone(), asked.source));
            }
            Err(Failure::PortClosed(_)) => silent.closed.push(asked.device.clone()),
            Err(Failure::Unreachable(_)) => silent.unreachable.push(asked.device.clone()),
            _ => (),
        }
    }
    silent
}

/// The answers in columns.
fn table(asked: &[Asked]) -> String {
    let head = ["DEVICE", "ADDRESS", "AUTH", "VERSION", "ROUND TRIP", "ANSWER"].map(String::from);
    let rows = asked.iter().map(|asked| {
        let (round_trip, answer) = match &asked.outcome {
            Ok((round_trip, name)) => (format!("{:.1} ms", round_trip.as_secs_f64() * 1e3), name.clone()),
            Err(failure) => ("-".into(), format!("! {}", advice::short(failure))),
        };
        let printable = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        [
            asked.device.clone(),
            asked.address.clone(),
            asked.auth.clone(),
            asked.version.into(),
            round_trip,
            printable,
        ]
    });
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(rows).collect();
    let width = |nth: usize| rows.iter().map(|row| row[nth].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
