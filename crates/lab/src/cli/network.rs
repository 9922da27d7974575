//! `ward-lab network`: lets things happen in a network that `ward-lab serve --control` serves.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use lab::synth::Change;
use serde::{Deserialize, Serialize};
use ward_lab as lab;

use super::Failure;

/// The environment variable that names the socket, for both sides.
pub const CONTROL: &str = "WARD_LAB_CONTROL";
/// By then a network of any size has changed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ports are named as DEVICE:PORT, the port by ifName, ifDescr or ifIndex: gori-r1:Gi0/0/1, gori-r1:2.
#[derive(Debug, Args)]
#[command(
    after_help = "Ports are DEVICE:PORT, the port by ifName, ifDescr or ifIndex: gori-r1:Gi0/0/1, gori-r1:2"
)]
pub struct Options {
    /// The socket of the network: what `serve` was given as --control.
    #[arg(long, global = true, value_name = "SOCKET", env = CONTROL)]
    control: Option<PathBuf>,

    #[command(subcommand)]
    event: Event,
}

#[derive(Debug, Subcommand)]
enum Event {
    /// What is plugged into what, and what is down or silent.
    Show,
    /// What is really plugged into what, as JSON.
    Truth,
    /// A line fails: the port goes down, and the one at the other end of its cable.
    Down { port: String },
    /// A line is mended: both its ends come up.
    Up { port: String },
    /// One end of a cable is pulled from a port and plugged into another one.
    Move { from: String, to: String },
    /// A new cable between two ports.
    Plug { a: String, b: String },
    /// The cable in a port is taken away.
    Unplug { port: String },
    /// A device's agent falls silent.
    Silence { device: String },
    /// A silent agent answers again.
    Wake { device: String },
}

/// What a served network is asked, as a line of JSON. The answer is one too: `{"Ok": TEXT}` or `{"Err": TEXT}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    Show,
    Truth,
    Change(Change),
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        Self::Change(match event {
            Event::Show => return Self::Show,
            Event::Truth => return Self::Truth,
            Event::Down { port } => Change::Down { port },
            Event::Up { port } => Change::Up { port },
            Event::Move { from, to } => Change::Move { from, to },
            Event::Plug { a, b } => Change::Plug { a, b },
            Event::Unplug { port } => Change::Unplug { port },
            Event::Silence { device } => Change::Silence { device },
            Event::Wake { device } => Change::Wake { device },
        })
    }
}

pub fn run(options: Options) -> Result<ExitCode, Failure> {
    let Some(path) = options.control else {
        return Err(
            format!("which network? use --control SOCKET or {CONTROL}, as with `ward-lab serve`").into()
        );
    };
    let failed = |error: std::io::Error| {
        format!("{}: {error}; is `ward-lab serve --control {0}` running?", path.display())
    };
    let mut stream = UnixStream::connect(&path).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let request = serde_json::to_string(&Request::from(options.event))?;
    writeln!(stream, "{request}").map_err(failed)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(failed)?;
    println!("{}", serde_json::from_str::<Result<String, String>>(&answer)??);
    Ok(ExitCode::SUCCESS)
}
