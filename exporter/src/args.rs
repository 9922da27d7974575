//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use ipnet::IpNet;
use snmp::{Client, Source};

use crate::render::Settings;

/// A Prometheus exporter for SNMP devices.
///
/// Without a command it serves: every device of the inventory at /devices/NAME/metrics, any permitted address at
/// /snmp?target=, the list of devices for Prometheus and vmagent at /sd.
#[derive(Debug, Parser)]
#[command(name = "ward-exporter", version, args_conflicts_with_subcommands = false)]
pub struct Arguments {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Modules and devices.
    #[command(flatten)]
    pub files: Files,
    /// How devices are asked.
    #[command(flatten)]
    pub snmp: Snmp,
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
    /// What all of our daemons have.
    #[command(flatten)]
    pub service: service::args::ServiceArgs,
}

/// The whole command line.
pub fn command() -> clap::Command {
    let command = Arguments::command()
        .long_version(service::build::VERSION)
        .mut_arg("listen_addresses", |arg| arg.default_value(":9116"));
    service::args::with_no_forms(command)
}

/// Commands beside serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks every device (or the ones named) one question and says which answer, and what to do about the others
    Check(Check),
    /// Prints one scrape of a device or an address to the terminal
    Scrape(Scrape),
}

/// Where modules and devices are described.
#[derive(Debug, Clone, Args)]
pub struct Files {
    /// File with modules in snmp_exporter's format; may be a pattern, and repeated. Modules built in keep their names unless a file has them too [default: snmp.yml, where it exists]
    #[arg(long = "config.file", value_name = "FILE", global = true)]
    pub config: Vec<String>,
    /// Replace $NAME and ${NAME} by environment variables in username, password and priv_password of the auths in module files. The file with devices may always use ${NAME}
    #[arg(long = "config.expand-environment-variables", global = true)]
    pub expand_environment: bool,
    /// File with devices and their credentials
    #[arg(long = "devices.file", value_name = "FILE", global = true)]
    pub devices: Option<PathBuf>,
}

/// How devices are asked, and what becomes of what they say.
#[derive(Debug, Clone, Args)]
pub struct Snmp {
    /// Let 64-bit counters begin anew at 2^53, where a float64 stops being exact
    #[arg(long = "snmp.wrap-large-counters", default_value_t = true, global = true)]
    pub wrap_large_counters: bool,
    /// Address of this machine to send from, `ADDRESS:PORT`; an empty port or 0 is any free one
    #[arg(
        long = "snmp.source-address",
        value_name = "ADDRESS",
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    pub source: Source,
    /// Log every SNMP packet, at level debug
    #[arg(long = "snmp.debug-packets", global = true)]
    pub debug_packets: bool,
}

/// The file that snmp_exporter reads where none is named.
const DEFAULT_CONFIG: &str = "snmp.yml";

impl Files {
    /// Patterns of the files with modules, and whether they were named.
    pub fn patterns(&self) -> (Vec<String>, bool) {
        match self.config.as_slice() {
            [] => (vec![DEFAULT_CONFIG.into()], false),
            named => (named.to_vec(), true),
        }
    }
}

impl Snmp {
    /// The client that asks so.
    pub fn client(&self) -> Client {
        Client::from_source(self.source)
    }

    /// How values are to be written.
    pub fn settings(&self) -> Settings {
        Settings { wrap_large_counters: self.wrap_large_counters, ..Settings::default() }
    }
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Only check the configuration
    #[arg(long = "dry-run")]
    pub dry_run: bool,
    /// Taken for snmp_exporter's sake: the modules of a scrape are always read together
    #[arg(
        long = "snmp.module-concurrency",
        value_name = "N",
        default_value_t = 1,
        allow_negative_numbers = true
    )]
    pub module_concurrency: i64,
    /// Network that /snmp?target= may name addresses of; may be repeated. Devices of the inventory are always permitted [default: all networks, or with --devices.file the private ones]
    #[arg(long = "snmp.allowed-targets", value_name = "CIDR")]
    pub allowed_targets: Vec<IpNet>,
    /// Scrapes at once; further ones wait for their turn
    #[arg(long = "scrape.max-concurrent", value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_concurrent: u32,
    /// Scrapes of one device at once, where they differ; equal ones share one walk
    #[arg(long = "scrape.max-concurrent-per-device", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_concurrent_per_device: u32,
    /// Time kept back from the scraper's own timeout, to send what is known before it hangs up
    #[arg(long = "scrape.timeout-offset", value_name = "DURATION", default_value = "500ms", value_parser = inventory::parse_duration)]
    pub timeout_offset: Duration,
}

/// What `check` takes.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Devices to ask, by name; all when none is named
    #[arg(value_name = "DEVICE")]
    pub names: Vec<String>,
    /// The longest wait for a device
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = inventory::parse_duration)]
    pub patience: Duration,
    /// Devices asked at once
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: u32,
}

/// What `scrape` takes.
#[derive(Debug, Clone, Args)]
pub struct Scrape {
    /// A device of the inventory by name, or an address: `HOST`, `HOST:PORT`, `[IPV6]:PORT`
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Module to run; may be repeated [default: the device's own, or system and interfaces]
    #[arg(long = "module", value_name = "NAME")]
    pub modules: Vec<String>,
    /// Auth profile [default: the device's own, or public_v2]
    #[arg(long, value_name = "NAME")]
    pub auth: Option<String>,
    /// Tell what the scrape cost, column by column, on standard error
    #[arg(long)]
    pub explain: bool,
    /// Scrape so often and tell about the last; from the second on, what was learned about the device helps
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
}
