//! The command line: one file for each command, and what several of them share.

mod addresses;
mod bench;
mod files;
mod manners;
mod network;
mod record;
mod serve;
mod traffic;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ward_lab as lab;

/// Why a command failed, in one line for the user.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Simulated SNMP agents, a recorder of real ones, and a benchmark of exporters.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts simulated agents and serves until ctrl-c.
    #[command(after_long_help = lab::fault::HELP)]
    Serve(Box<serve::Options>),
    /// Moves cables, breaks lines and silences agents of a network that `serve --control` serves.
    Network(network::Options),
    /// Walks a real agent and writes what it says as a .snmprec file.
    Record(record::Options),
    /// Scrapes simulated agents through an exporter, and says what that costs.
    #[command(after_long_help = lab::fault::HELP)]
    Bench(Box<bench::Options>),
    /// Makes up weeks of traffic with known anomalies, and compares alerts with them.
    Traffic(traffic::Options),
}

/// Runs the command, on one thread: agents and clients are cheaper so, and there is more than enough room for
/// them.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.command {
        Command::Serve(options) => runtime.block_on(serve::run(*options)),
        Command::Network(options) => network::run(options),
        Command::Record(options) => runtime.block_on(record::run(options)),
        Command::Bench(options) => runtime.block_on(bench::run(*options)),
        Command::Traffic(options) => traffic::run(options),
    }
}
