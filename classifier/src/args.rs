//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use snmp::{Client, Source};

use crate::analytics::args::Metrics;
use crate::date::parse_moment;
use crate::store::args::Database;
use crate::text::speed::parse_speed;
use crate::timestamp::Timestamp;
use crate::topology::answer::Collapse;

/// Learns what each interface of a network is, and says why.
///
/// Without a command it serves: devices are walked on time, what is learned is kept in a database, and /metrics says
/// what each interface is.
#[derive(Debug, Parser)]
#[command(name = "ward-classifier", version)]
pub struct Arguments {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Devices, and where what is learned of them is kept.
    #[command(flatten)]
    pub sources: Sources,
    /// Rules and overrides.
    #[command(flatten)]
    pub rules: RuleFiles,
    /// When devices are walked.
    #[command(flatten)]
    pub discovery: Discovery,
    /// Where the series are.
    #[command(flatten)]
    pub metrics: Metrics,
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
        .mut_arg("listen_addresses", |arg| arg.default_value(":9117"));
    service::args::with_no_forms(command)
}

/// Devices, and where what is learned of them is kept.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// File with devices and their credentials
    #[arg(long = "devices.file", value_name = "FILE", global = true, default_value = "devices.yml")]
    pub devices: PathBuf,
    /// Where what is learned is kept.
    #[command(flatten)]
    pub database: Database,
    /// File with links that nobody hears and someone knows of
    #[arg(long = "links.file", value_name = "FILE", global = true)]
    pub links: Option<PathBuf>,
    /// Address of this machine to send SNMP from, `ADDRESS:PORT`; an empty port or 0 is any free one
    #[arg(
        long = "snmp.source-address",
        value_name = "ADDRESS",
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    pub source: Source,
}

impl Sources {
    /// The client that asks devices.
    pub fn client(&self) -> Client {
        Client::from_source(self.source)
    }
}

/// Rules and overrides.
#[derive(Debug, Clone, Default, Args)]
pub struct RuleFiles {
    /// File with rules [default: the built-in ones]
    #[arg(long = "classification.file", alias = "rules.file", value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// File with overrides
    #[arg(long = "overrides.file", value_name = "FILE")]
    pub overrides: Option<PathBuf>,
}

/// When devices are walked, and how many at once.
#[derive(Debug, Clone, Copy, Args)]
pub struct Discovery {
    /// From one walk of a device to the next
    #[arg(long = "discovery.interval", value_name = "DURATION", default_value = "1h", value_parser = interval)]
    pub interval: Duration,
    /// Even where a device says that nothing has changed, all of it is read again after this time
    #[arg(long = "discovery.full-interval", value_name = "DURATION", default_value = "6h", value_parser = interval)]
    pub full_interval: Duration,
    /// Walks at once
    #[arg(long = "discovery.max-concurrent", value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// Walks at once among devices with the same label `site`
    #[arg(long = "discovery.max-concurrent-per-site", value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub most_per_site: u32,
    /// After this time without a word from a classifier, others on its database take over the devices it was walking
    #[arg(long = "discovery.lease", value_name = "DURATION", default_value = "1m", value_parser = interval)]
    pub lease: Duration,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Whether interface_info has the label if_alias
    #[arg(
        long = "metrics.alias-label",
        value_name = "BOOL",
        default_value_t = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set
    )]
    pub alias_label: bool,
    /// Let the API change something: overrides, and walks on request. Who asks must be known through the web config
    #[arg(long = "web.enable-admin-api")]
    pub admin_api: bool,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says what an interface is, from its texts alone, and shows every vote
    Explain(Box<Explain>),
    /// Walks all devices once (or the ones named), keeps what is learned, and shows it in a table
    Discover(Discover),
    /// Tests and compares rule files
    #[command(subcommand)]
    Rules(Rules),
    /// Shows what is plugged into what, from the database
    Topology(Topology),
    /// Writes the last 24 hours of each interface into the database, due or not, and says how long that took
    Summaries(Summaries),
}

/// What `summaries` takes.
#[derive(Debug, Clone, Args)]
pub struct Summaries {
    /// Where the series are.
    #[command(flatten)]
    pub metrics: Metrics,
}

/// What `topology` takes.
#[derive(Debug, Clone, Args)]
pub struct Topology {
    /// The question; without one, all links
    #[command(subcommand)]
    pub question: Option<Question>,
    /// Only devices with this label `site`; may be repeated
    #[arg(long = "site", value_name = "SITE")]
    pub sites: Vec<String>,
    /// Only devices with this label `role`; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// Only devices near this one; may be repeated
    #[arg(long, value_name = "DEVICE")]
    pub around: Vec<String>,
    /// So many links away at the most
    #[arg(long, value_name = "N", requires = "around")]
    pub depth: Option<u32>,
    /// Telephones, access points and others that are not in the inventory, too
    #[arg(long)]
    pub endpoints: bool,
    /// Draws the links of one aggregate (lag), or of one pair of devices (device), as one
    #[arg(long, value_name = "HOW", default_value = "none", hide_default_value = true)]
    pub collapse: Collapse,
    /// The links of then, such as 2026-11-24T12:00:00Z; devices are those of now
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub at: Option<Timestamp>,
    /// In the place of a table: json, grafana, cytoscape, graphml or dot
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<crate::topology::formats::Format>,
}

/// Questions to the network.
#[derive(Debug, Clone, Subcommand)]
pub enum Question {
    /// Who is at the other ends of a device's interfaces
    Neighbours {
        /// The device
        #[arg(value_name = "DEVICE")]
        device: String,
    },
    /// A shortest way between two devices
    Path {
        /// Where it begins
        #[arg(value_name = "FROM")]
        from: String,
        /// Where it ends
        #[arg(value_name = "TO")]
        to: String,
    },
    /// Devices without a place in the network, and neighbours that are not in the inventory
    Orphans,
    /// Devices and links without which others are cut off
    SinglePoints,
    /// Interfaces whose description and what is there have come apart
    Drift,
    /// Sites by their providers' lines
    Redundancy,
    /// What could not be told, and what is odd
    Anomalies,
    /// Links added, removed, moved and changed between two moments
    Diff {
        /// The earlier moment, such as 2026-11-24T12:00:00Z, or a day
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        from: Timestamp,
        /// The later one; now where it is left out
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        to: Option<Timestamp>,
    },
    /// Links that appeared, were lost, or lead to somebody else, the latest first
    Events {
        /// So many at the most
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
}

/// What `discover` takes.
#[derive(Debug, Clone, Args)]
pub struct Discover {
    /// Devices to walk, by name; all when none is named
    #[arg(value_name = "DEVICE")]
    pub names: Vec<String>,
    /// Rules and overrides.
    #[command(flatten)]
    pub rules: RuleFiles,
    /// Walks at once
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: u32,
    /// Walks at once among devices with the same label `site`
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency_per_site: u32,
    /// Leave out what has not changed since the last walk, by the devices' own word
    #[arg(long)]
    pub news: bool,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// A device of the database; without one, the interface is described by flags
    #[arg(value_name = "DEVICE", requires = "known_interface")]
    pub known_device: Option<String>,
    /// Its interface: ifName, ifDescr or ifIndex
    #[arg(value_name = "INTERFACE")]
    pub known_interface: Option<String>,
    /// ifAlias: what the operator wrote about it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub alias: String,
    /// ifName
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub name: String,
    /// ifDescr
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub descr: String,
    /// ifType, by its number (6 is Ethernet)
    #[arg(long = "type", value_name = "N")]
    pub if_type: Option<u32>,
    /// Speed in bits a second, or like 10G
    #[arg(long, value_name = "BPS", value_parser = speed)]
    pub speed: Option<u64>,
    /// The device's name in the inventory
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub device: String,
    /// A label of the device, such as site=tbilisi; may be repeated
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
    /// Rules and overrides.
    #[command(flatten)]
    pub files: RuleFiles,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Commands about rule files.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Checks a rule file, runs its tests and says which rules no test reaches
    Test {
        /// The file; `built-in` is the one this program brings along
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Shows what would change with another rule file, for the interfaces of the database or of a file
    Diff(Diff),
    /// Compares what a rule file says of interfaces with what people say, and prints how often it is right
    Score(Score),
}

/// What `rules diff` takes.
#[derive(Debug, Clone, Args)]
pub struct Diff {
    /// The rules to be tried; `built-in` are the ones this program brings along
    #[arg(value_name = "FILE")]
    pub new: String,
    /// The rules to compare them with [default: what the database says now; of a file's interfaces: built-in]
    #[arg(long, value_name = "FILE")]
    pub from: Option<String>,
    /// Interfaces in the place of those of the database: tab-separated, names in the first line (device, ifName, ifDescr, ifAlias, ifType, …); `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub against: Option<String>,
    /// File with overrides
    #[arg(long = "overrides.file", value_name = "FILE")]
    pub overrides: Option<PathBuf>,
    /// Interfaces shown of each change
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub samples: usize,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What `rules score` takes.
#[derive(Debug, Clone, Args)]
pub struct Score {
    /// The rules; `built-in` are the ones this program brings along
    #[arg(value_name = "FILE", default_value = "built-in")]
    pub rules: String,
    /// Interfaces as for `rules diff`, with the columns `label`, the right type, and `provider`; and, where they are there, `sure` and `note`
    #[arg(long, value_name = "FILE")]
    pub against: String,
    /// Only rows with this in the column `sure`
    #[arg(long, value_name = "WORD")]
    pub sure: Option<String>,
    /// Also list what is wrong
    #[arg(long)]
    pub wrong: bool,
}

/// An interval of at least a second.
pub fn interval(text: &str) -> Result<Duration, String> {
    let interval = inventory::parse_duration(text)?;
    if interval < Duration::from_secs(1) {
        return Err("expected at least 1s".into());
    }
    Ok(interval)
}

fn moment(text: &str) -> Result<Timestamp, String> {
    parse_moment(text).ok_or_else(|| "expected a moment such as 2026-11-24T12:00:00Z, or a day".to_owned())
}

fn speed(text: &str) -> Result<u64, String> {
    parse_speed(text).ok_or_else(|| "expected bits a second such as 100000000, or 100M, 10G".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as site=tbilisi")?;
    Ok((key.to_owned(), value.to_owned()))
}
