//! The `ward-exporter` program: parses the command line, wires, waits, and maps what comes of it to an exit code.

use std::process::ExitCode;

use clap::FromArgMatches;
use ward_exporter::args::{self, Arguments, Command};
use ward_exporter::{app, commands};

fn main() -> ExitCode {
    let arguments = match Arguments::from_arg_matches(&args::command().get_matches()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let Arguments { command, files, snmp, serve, service } = arguments;
    service::logging::init(service.log_level, service.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("ward-exporter: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match command {
            None if serve.dry_run => commands::dry_run(&files).map(|()| true),
            None => app::serve(files, snmp, serve, service).await.map(|()| true),
            Some(Command::Check(check)) => commands::check::run(&files, &snmp, &check).await,
            Some(Command::Scrape(scrape)) => commands::scrape::run(&files, &snmp, &scrape).await,
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ward-exporter: {error}");
            ExitCode::FAILURE
        }
    }
}
