//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::text::speed::parse_speed;

/// Learns what each interface of a network is, and says why.
#[derive(Debug, Parser)]
#[command(name = "ward-classifier", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says what an interface is, from its texts alone, and shows every vote
    Explain(Box<Explain>),
    /// Tests and compares rule files
    #[command(subcommand)]
    Rules(Rules),
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
    /// File with rules [default: the built-in ones]
    #[arg(long = "rules.file", value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// File with overrides
    #[arg(long = "overrides.file", value_name = "FILE")]
    pub overrides: Option<PathBuf>,
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
    /// Shows what would change with another rule file
    Diff {
        /// The rules in force; `built-in` are the ones this program brings along
        #[arg(value_name = "OLD")]
        old: String,
        /// The rules to compare them with
        #[arg(value_name = "NEW")]
        new: String,
        /// Interfaces: tab-separated, names in the first line (device, ifName, ifDescr, ifAlias, ifType, …); `-` is standard input
        #[arg(long, value_name = "FILE")]
        against: String,
        /// Interfaces shown of each change
        #[arg(long, value_name = "N", default_value_t = 3)]
        samples: usize,
        /// How to write the answer
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

fn speed(text: &str) -> Result<u64, String> {
    parse_speed(text).ok_or_else(|| "expected bits a second such as 100000000, or 100M, 10G".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as site=tbilisi")?;
    Ok((key.to_owned(), value.to_owned()))
}
