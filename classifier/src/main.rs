//! The `ward-classifier` program: parses the command line, wires, waits, and maps what comes of it to an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::FromArgMatches;
use ward_classifier::args::{self, Arguments, Command, Rules};
use ward_classifier::{app, commands};

fn main() -> ExitCode {
    let arguments = match Arguments::from_arg_matches(&args::command().get_matches()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let Arguments { command, sources, rules, discovery, metrics, serve, service } = arguments;
    let outcome = match command {
        None => {
            service::logging::init(service.log_level, service.log_format);
            waiting(app::serve(sources, rules, discovery, metrics, serve, service))
                .map(|()| (String::new(), true))
        }
        Some(Command::Discover(discover)) => {
            service::logging::init(service.log_level, service.log_format);
            waiting(commands::discover::run(&sources, &discover))
        }
        Some(Command::Summaries(summaries)) => {
            service::logging::init(service.log_level, service.log_format);
            waiting(commands::summaries::run(&sources, &summaries)).map(told)
        }
        Some(Command::Explain(explain)) => commands::explain::run(&sources, &explain).map(told),
        Some(Command::Rules(Rules::Test { file })) => commands::test::run(&file).map(told),
        Some(Command::Rules(Rules::Diff(diff))) => commands::diff::run(&sources, &diff).map(told),
        Some(Command::Topology(topology)) => commands::topology::run(&sources, &topology).map(told),
        Some(Command::Rules(Rules::Score(score))) => commands::score::run(&score).map(told),
    };
    match outcome {
        Ok((text, good)) => {
            // A reader that hangs up has read enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("ward-classifier: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is to be printed, all being well.
fn told(text: String) -> (String, bool) {
    (text, true)
}

/// Runs what waits for others.
fn waiting<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(work)
}
