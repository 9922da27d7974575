//! `ward-lab`: simulated agents to look at, a recorder of real ones, and a benchmark of exporters.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ward-lab: {error}");
            ExitCode::FAILURE
        }
    }
}
