//! The `ward-classifier` program: parses the command line, wires, and maps what comes of it to an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use ward_classifier::args::{Arguments, Command, Rules};
use ward_classifier::commands;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Explain(explain) => commands::explain::run(&explain),
        Command::Rules(Rules::Test { file }) => commands::test::run(&file),
        Command::Rules(Rules::Diff { old, new, against, samples, format }) => {
            commands::diff::run(&old, &new, &against, samples, format)
        }
    };
    match outcome {
        Ok(text) => {
            // A reader that hangs up has read enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("ward-classifier: {error}");
            ExitCode::FAILURE
        }
    }
}
