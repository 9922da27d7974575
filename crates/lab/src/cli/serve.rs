//! `ward-lab serve`: agents to look at and to point programs at.

mod control;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use lab::snmprec::Recording;
use lab::synth::{Bank, InventoryDevice, Live, Network, devices_yml};
use lab::{Agent, MibBuilder, RunningAgent, Stats};
use ward_lab as lab;

use super::addresses::{addresses, explain, loopback, make_room};
use super::manners::Manners;
use super::{Failure, files};

/// So many agents are listed; the rest is counted.
const LISTED: usize = 20;

#[derive(Debug, Args)]
pub struct Options {
    /// Recordings to serve, each as a device of its own.
    #[arg(value_name = "NAME=FILE", value_parser = recording)]
    recordings: Vec<(String, PathBuf)>,

    #[command(flatten)]
    made_up: MadeUp,

    /// The first agent's address; the others follow it.
    #[arg(long, default_value = "127.20.0.1", value_name = "IP", value_parser = loopback)]
    base_address: Ipv4Addr,

    /// The UDP port of all agents. 161 needs root.
    #[arg(long, default_value_t = 1161)]
    port: u16,

    /// Writes the inventory that lets Ward find the agents.
    #[arg(long, value_name = "FILE")]
    write_devices: Option<PathBuf>,

    /// Writes what is really plugged into what, as JSON: the links of the network with both their ends, and what else is
    /// plugged in.
    #[arg(long, value_name = "FILE")]
    write_truth: Option<PathBuf>,

    /// Where `ward-lab network` finds this network, to move its cables and break its lines: a socket that is made there.
    #[arg(long, value_name = "SOCKET", env = super::network::CONTROL)]
    control: Option<PathBuf>,

    #[command(flatten)]
    manners: Manners,
}

/// Devices that are made up.
#[derive(Debug, Clone, Args)]
pub struct MadeUp {
    /// So many switches.
    #[arg(long, value_name = "N", conflicts_with = "network")]
    pub devices: Option<usize>,

    /// Interfaces of each switch.
    #[arg(long, value_name = "M")]
    pub interfaces: Option<usize>,

    /// A whole network instead: `bank`, two core sites and branches with two providers each, or a YAML file of devices and
    /// cables.
    #[arg(long, value_name = "bank|FILE")]
    pub network: Option<PathBuf>,

    /// Branches of the bank, each with a router and a switch.
    #[arg(long, default_value_t = 30, value_name = "B")]
    pub branches: usize,
}

impl MadeUp {
    /// The network that the options describe; none if they describe none.
    pub fn build(&self, seed: u64) -> Result<Option<Network>, Failure> {
        let Some(network) = &self.network else {
            let switches = |devices| Network::of_switches(devices, self.interfaces.unwrap_or(24), seed);
            return Ok(self.devices.map(switches));
        };
        if network.as_os_str() == "bank" {
            let switch_interfaces = self.interfaces.unwrap_or(Bank::default().switch_interfaces);
            return Ok(Some(Bank { branches: self.branches, switch_interfaces, seed }.build()));
        }
        let text = std::fs::read_to_string(network)
            .map_err(|error| format!("{}: {error}; --network is `bank` or a YAML file", network.display()))?;
        let network =
            Network::read(&text, seed).map_err(|error| format!("{}: {error}", network.display()))?;
        Ok(Some(network))
    }
}

fn recording(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("use NAME=FILE, like core-1=core-1.snmprec".to_owned()),
    }
}

/// A device about to be served.
struct Exhibit {
    name: String,
    labels: Option<(String, &'static str)>,
    objects: MibBuilder,
    remark: String,
}

pub async fn run(options: Options) -> Result<ExitCode, Failure> {
    let network = options.made_up.build(options.manners.seed)?.unwrap_or_default();
    let exhibits = gather(&options, &network)?;
    if exhibits.is_empty() {
        return Err("nothing to serve: use --devices, --network or NAME=FILE".into());
    }
    make_room(exhibits.len())?;
    let places: Vec<SocketAddr> =
        addresses(options.base_address, options.port).take(exhibits.len()).collect();
    let time_of_day = time_of_day();
    let mut running = Vec::new();
    for (number, (exhibit, place)) in exhibits.iter().zip(&places).enumerate() {
        let mib = exhibit.objects.build().map_err(|error| format!("{}: {error}", exhibit.name))?;
        let agent = options.manners.apply(Agent::new(mib).listen(*place).time_of_day(time_of_day), number);
        running.push(agent.spawn().await.map_err(explain)?);
    }
    // Before the inventory is there, which others wait for.
    let control = options.control.as_deref().map(control::Control::open).transpose()?;
    if let Some(path) = &options.write_devices {
        let devices: Vec<InventoryDevice<'_>> =
            exhibits.iter().zip(&places).map(|(exhibit, place)| exhibit.inventory(*place)).collect();
        files::write(path, devices_yml(&devices, options.port, options.manners.access()).as_bytes())?;
        println!("wrote {}", path.display());
    }
    for (exhibit, place) in exhibits.iter().zip(&places).take(LISTED) {
        println!("{place:<21} {:<24} {:>6} objects{}", exhibit.name, exhibit.objects.len(), exhibit.remark);
    }
    if exhibits.len() > LISTED {
        println!("… and {} more, up to {}", exhibits.len() - LISTED, places[places.len() - 1]);
    }
    println!("serving {} agents; ctrl-c stops", exhibits.len());
    match control {
        None => tokio::signal::ctrl_c().await?,
        Some(control) => tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            ended = control.serve(Live::new(network), &running) => ended?,
        },
    }
    summarise(&running);
    Ok(ExitCode::SUCCESS)
}

impl Exhibit {
    fn inventory(&self, place: SocketAddr) -> InventoryDevice<'_> {
        let labels = self.labels.as_ref().map(|(site, role)| (site.as_str(), *role));
        InventoryDevice { name: &self.name, address: place.ip(), labels }
    }
}

fn gather(options: &Options, network: &Network) -> Result<Vec<Exhibit>, Failure> {
    let mut exhibits = Vec::new();
    for (place, device) in network.devices.iter().enumerate() {
        exhibits.push(Exhibit {
            objects: network.mib(place),
            labels: Some((device.site.clone(), device.role)),
            name: device.name.clone(),
            remark: String::new(),
        });
    }
    if let Some(path) = &options.write_truth {
        files::write(path, format!("{:#}\n", truth(network)).as_bytes())?;
        println!("wrote {}", path.display());
    }
    for (name, file) in &options.recordings {
        let Recording { objects, bad_lines, duplicates } = Recording::load(file)?.with_running_clock();
        let mut remark = String::new();
        if let Some(first) = bad_lines.first() {
            let (count, line, reason) = (bad_lines.len(), first.line, &first.reason);
            remark = format!(", {count} lines left out (line {line}: {reason})");
        }
        if duplicates > 0 {
            remark = format!("{remark}, {duplicates} twice");
        }
        exhibits.push(Exhibit { name: name.clone(), labels: None, objects, remark });
    }
    Ok(exhibits)
}

/// What is really plugged into what.
fn truth(network: &Network) -> serde_json::Value {
    serde_json::json!({"links": network.truth(), "endpoints": network.endpoints()})
}

/// The time since midnight, UTC: counters of made-up devices are busiest around noon.
fn time_of_day() -> Duration {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(since_1970.as_secs() % 86_400)
}

fn summarise(running: &[RunningAgent]) {
    let mut all = Stats::default();
    for stats in running.iter().map(RunningAgent::stats) {
        all.requests += stats.requests;
        all.bad_requests += stats.bad_requests;
        all.wrong_community += stats.wrong_community;
        all.lost += stats.lost;
        all.answers += stats.answers;
        all.varbinds += stats.varbinds;
        all.last_bad = stats.last_bad.or(all.last_bad);
        all.usm.unknown_engine_ids += stats.usm.unknown_engine_ids;
        all.usm.not_in_time_windows += stats.usm.not_in_time_windows;
        all.usm.unknown_user_names += stats.usm.unknown_user_names;
        all.usm.unsupported_sec_levels += stats.usm.unsupported_sec_levels;
        all.usm.wrong_digests += stats.usm.wrong_digests;
        all.usm.decryption_errors += stats.usm.decryption_errors;
    }
    println!("\n{} requests, {} answers with {} varbinds", all.requests, all.answers, all.varbinds);
    let usm = |count: u32| u64::from(count);
    for (count, what) in [
        (all.lost, "lost on purpose"),
        (all.wrong_community, "with a wrong community"),
        (usm(all.usm.unknown_engine_ids), "for an unknown engine (discoveries)"),
        (usm(all.usm.not_in_time_windows), "not in the time window"),
        (usm(all.usm.unknown_user_names), "of an unknown user"),
        (usm(all.usm.unsupported_sec_levels), "at a level the user has no keys for"),
        (usm(all.usm.wrong_digests), "with a wrong digest"),
        (usm(all.usm.decryption_errors), "that could not be decrypted"),
    ] {
        if count > 0 {
            println!("{count} {what}");
        }
    }
    if let Some(reason) = all.last_bad {
        println!("{} bad requests, the last: {reason}", all.bad_requests);
    }
}
