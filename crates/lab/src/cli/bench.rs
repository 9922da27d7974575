//! `ward-lab bench`: whole scrapes through an exporter, from simulated agents to the text that comes out, and
//! what they cost.

mod agents;
mod expect;
mod exporter;
mod http;
mod load;
mod report;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lab::synth::{InventoryDevice, devices_yml};
use ward_lab as lab;

use super::addresses::{addresses, explain, loopback, make_room};
use super::manners::{Manners, duration};
use super::serve::MadeUp;
use super::{Failure, files};
use agents::Agents;
use expect::Expectation;
use exporter::{Exporter, Usage};
use http::Template;
use load::{Load, Pace};
use report::{Report, Setting};

#[derive(Debug, Args)]
pub struct Options {
    /// What to ask for: {target} becomes the agent's address and port, {name} the device's name.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:9116/snmp?target={target}&module=if_mib&auth=public_v2"
    )]
    url: Template,

    /// Starts the exporter with this shell command, and stops it afterwards; {devices} becomes the inventory
    /// file. What it prints goes to standard error.
    #[arg(long, value_name = "COMMAND")]
    spawn: Option<String>,

    /// Writes the inventory that lets Ward find the agents.
    #[arg(long, value_name = "FILE")]
    write_devices: Option<PathBuf>,

    /// The exporter's process, if it is neither spawned nor the one that listens on the URL's port.
    #[arg(long)]
    pid: Option<u32>,

    /// How long to wait for the exporter to listen.
    #[arg(long, default_value = "60s", value_name = "TIME", value_parser = duration)]
    ready_timeout: Duration,

    #[command(flatten)]
    made_up: MadeUp,

    /// The first agent's address; the others follow it.
    #[arg(long, default_value = "127.20.0.1", value_name = "IP", value_parser = loopback)]
    base_address: Ipv4Addr,

    /// The UDP port of all agents.
    #[arg(long, default_value_t = 1161)]
    port: u16,

    /// Scrapes to measure, one after another on each connection.
    #[arg(long, default_value_t = 100, value_name = "N", conflicts_with = "interval")]
    scrapes: usize,

    /// Scrapes at a time, never two of the same device.
    #[arg(long, default_value_t = 1, value_name = "N")]
    concurrency: usize,

    /// Scrapes every device so often instead, all spread evenly, as Prometheus does.
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "for_")]
    interval: Option<Duration>,

    /// For so long.
    #[arg(long = "for", id = "for_", value_name = "TIME", value_parser = duration, requires = "interval")]
    for_: Option<Duration>,

    /// Scrapes before the measurement begins; one of each device unless given.
    #[arg(long, value_name = "N")]
    warmup: Option<usize>,

    /// Asks for gzip, as Prometheus does. Series are then counted in every 16th scrape only.
    #[arg(long)]
    gzip: bool,

    /// Gives a scrape up after this long, and says so in X-Prometheus-Scrape-Timeout-Seconds.
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = duration)]
    client_timeout: Duration,

    /// Fails unless this holds: packets<=45, p50<=120ms, rss<=30MiB, cpu<=1.5, ok>=100% …
    #[arg(long, value_name = "NAME<=VALUE")]
    expect: Vec<Expectation>,

    /// How to print the result.
    #[arg(long, default_value = "table")]
    format: Format,

    #[command(flatten)]
    manners: Manners,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// The exit code where an expectation does not hold.
const UNEXPECTED: u8 = 1;

pub async fn run(options: Options) -> Result<ExitCode, Failure> {
    tokio::select! {
        outcome = measure(options) => outcome,
        // Dropping the measurement stops the exporter that it may have started.
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    }
}

async fn measure(options: Options) -> Result<ExitCode, Failure> {
    let network =
        options.made_up.build(options.manners.seed)?.ok_or("how many? use --devices, or --network bank")?;
    let devices = network.devices.len();
    if devices == 0 || options.concurrency == 0 {
        return Err("--devices and --concurrency are at least 1".into());
    }
    if options.concurrency > devices {
        let why = "no device is scraped twice at a time";
        return Err(format!("--concurrency {} needs as many --devices: {why}", options.concurrency).into());
    }
    make_room(2 * devices)?;
    let places: Vec<_> = addresses(options.base_address, options.port).take(devices).collect();
    let agents = Agents::start(&network, &places, &options.manners)?;
    let inventory: Vec<InventoryDevice<'_>> = (network.devices.iter().zip(&places))
        .map(|(device, place)| InventoryDevice {
            name: &device.name,
            address: place.ip(),
            labels: Some((&device.site, device.role)),
        })
        .collect();
    let inventory = devices_yml(&inventory, options.port, options.manners.access());

    let mut exporter = start(&options, &inventory).await?;
    let timeout = options.client_timeout;
    let requests = (network.devices.iter().zip(&places))
        .map(|(device, place)| options.url.request(&device.name, *place, options.gzip, timeout))
        .collect();
    let load = Load::new(agents, requests, exporter.address(), timeout);
    load.run(Pace::Closed {
        scrapes: options.warmup.unwrap_or(devices),
        concurrency: options.concurrency.max(devices.min(8)),
    })
    .await?;
    exporter.forget_peak();
    let before = Usage::now(exporter.pid());
    let pace = match options.interval.zip(options.for_) {
        Some((interval, length)) => Pace::Open { interval, length },
        None => Pace::Closed { scrapes: options.scrapes, concurrency: options.concurrency },
    };
    let outcome = load.run(pace).await?;
    let usage = Usage::now(exporter.pid()).since(&before);
    let still_there = exporter.is_alive();
    exporter.stop().await;

    let report = Report::new(&outcome, &usage);
    let setting = Setting {
        devices,
        interfaces: network.devices.iter().map(|device| device.ports.len()).sum::<usize>() as f64
            / devices as f64,
        delay: options.manners.delay,
        loss: options.manners.loss,
        concurrency: options.concurrency,
        interval: options.interval,
        gzip: options.gzip,
    };
    match options.format {
        Format::Table => print!("{}", report.table(&setting)),
        Format::Json => println!("{:#}", report.json(&setting)),
    }
    if !still_there {
        return Err("the exporter ended before the measurement did".into());
    }
    let failed: Vec<String> =
        options.expect.iter().filter_map(|expected| expected.check(&report).err()).collect();
    for line in &failed {
        eprintln!("ward-lab: {line}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(UNEXPECTED) })
}

/// Writes the inventory, starts the exporter or finds it, and waits until it listens.
async fn start(options: &Options, inventory: &str) -> Result<Exporter, Failure> {
    if let Some(path) = &options.write_devices {
        files::write(path, inventory.as_bytes())?;
    }
    let address = options.url.resolve().await?;
    let patience = options.ready_timeout;
    let Some(command) = &options.spawn else {
        if let Some(path) = &options.write_devices {
            eprintln!("wrote {}; waiting for an exporter on {address}", path.display());
        }
        return Exporter::find(address, options.pid, patience).await;
    };
    match &options.write_devices {
        Some(path) => Exporter::spawn(command, path, address, patience).await,
        None => {
            let path = std::env::temp_dir().join(format!("ward-lab-{}.yml", std::process::id()));
            files::write(&path, inventory.as_bytes())?;
            let started = Exporter::spawn(command, &path, address, patience).await;
            if started.is_err() {
                let _ = std::fs::remove_file(&path);
            }
            Ok(started?.with_file(path))
        }
    }
}
