//! `ward-lab record`: a real agent becomes a file.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lab::ask::{self, Response};
use lab::message::{Operation, status};
use lab::value::{END_OF_MIB_VIEW, NO_SUCH_INSTANCE, NO_SUCH_OBJECT};
use lab::{Oid, Value, Version, snmprec};
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, timeout_at};
use ward_lab as lab;

use super::manners::duration;
use super::{Failure, files};

#[derive(Debug, Args)]
pub struct Options {
    /// The agent: HOST or HOST:PORT; port 161 unless given.
    target: String,

    #[arg(long, default_value = "public", env = "SNMP_COMMUNITY", hide_env_values = true)]
    community: String,

    /// 1 asks for one object at a time.
    #[arg(long = "version", default_value = "2c", value_name = "VERSION")]
    version: Dialect,

    /// What to walk.
    #[arg(long, default_value = "1.3.6.1", value_name = "OID")]
    root: Oid,

    /// Objects to ask for at a time.
    #[arg(long, default_value_t = 25, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    repetitions: u16,

    /// How long to wait for an answer before asking again, three times.
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = duration)]
    timeout: Duration,

    /// The file to write; standard output unless given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dialect {
    #[value(name = "1")]
    V1,
    #[value(name = "2c", alias = "2")]
    V2c,
}

/// An unanswered request is sent so often altogether.
const ATTEMPTS: u32 = 4;

pub async fn run(options: Options) -> Result<ExitCode, Failure> {
    let target = resolve(&options.target).await?;
    let here: SocketAddr = if target.is_ipv6() { "[::]:0".parse()? } else { "0.0.0.0:0".parse()? };
    let socket = UdpSocket::bind(here).await?;
    socket.connect(target).await?;
    let version = match options.version {
        Dialect::V1 => Version::V1,
        Dialect::V2c => Version::V2c,
    };
    let mut peer = Peer {
        socket,
        version,
        community: options.community.into_bytes(),
        timeout: options.timeout,
        last_id: std::process::id() as i32 & 0xff_ffff,
    };
    let mut file = Vec::new();
    let mut walk = Walk::new(options.root, version, usize::from(options.repetitions));
    let outcome = loop {
        let response = match peer.ask(walk.operation(), &walk.last).await {
            Ok(response) => response,
            Err(failure) => break Err(failure),
        };
        let step = walk.take(response, |name, value| snmprec::write_line(name, value, &mut file));
        progress(walk.objects, &walk.last, false);
        match step {
            Ok(Step::More) => {}
            Ok(Step::Done) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    progress(walk.objects, &walk.last, true);
    // What came before a failure is worth keeping.
    match &options.output {
        Some(path) => files::write(path, &file)?,
        None => std::io::stdout().lock().write_all(&file)?,
    }
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            Err(format!("{failure}; recorded {} objects up to {}", walk.objects, walk.last).into())
        }
    }
}

async fn resolve(target: &str) -> Result<SocketAddr, Failure> {
    if let Ok(address) = target.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (host, port) = match target.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)))
    {
        // More than one colon is an IPv6 address without a port.
        Some((host, port)) if !host.contains(':') => (bare(host), port),
        _ => (bare(target), 161),
    };
    let found = lookup_host((host, port)).await;
    let mut found = found.map_err(|error| format!("{target}: {error}"))?;
    found.next().ok_or_else(|| format!("{target}: no address").into())
}

fn progress(objects: usize, last: &Oid, done: bool) {
    let mut stderr = std::io::stderr().lock();
    if done {
        let _ = writeln!(stderr, "\r\x1b[K{objects} objects");
    } else if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K{objects} objects, at {last}");
    }
}

/// The agent at the other end.
struct Peer {
    socket: UdpSocket,
    version: Version,
    community: Vec<u8>,
    timeout: Duration,
    last_id: i32,
}

impl Peer {
    async fn ask(&mut self, operation: Operation, name: &Oid) -> Result<Response, Failure> {
        self.last_id = self.last_id.wrapping_add(1) & 0x7fff_ffff;
        let names = std::slice::from_ref(name);
        let request = ask::request(self.version, &self.community, self.last_id, operation, names);
        let mut packet = vec![0; 65_536];
        let mut reason: Option<Failure> = None;
        for _ in 0..ATTEMPTS {
            self.socket.send(&request).await?;
            let deadline = Instant::now() + self.timeout;
            while let Ok(received) = timeout_at(deadline, self.socket.recv(&mut packet)).await {
                let length = received.map_err(|error| format!("the agent is not there: {error}"))?;
                match Response::decode(&packet[..length]) {
                    // Anything else answers a request that was given up.
                    Ok(response) if response.request_id == self.last_id => return Ok(response),
                    Ok(_) => {}
                    Err(error) => reason = Some(format!("an answer that cannot be read: {error}").into()),
                }
            }
        }
        Err(reason.unwrap_or_else(|| format!("no answer to {ATTEMPTS} requests behind {name}").into()))
    }
}

/// Where a walk stands.
struct Walk {
    root: Oid,
    last: Oid,
    version: Version,
    repetitions: usize,
    objects: usize,
}

enum Step {
    More,
    Done,
}

impl Walk {
    fn new(root: Oid, version: Version, repetitions: usize) -> Self {
        Self { last: root.clone(), root, version, repetitions, objects: 0 }
    }

    fn operation(&self) -> Operation {
        match self.version {
            Version::V1 => Operation::GetNext,
            Version::V2c => Operation::GetBulk { non_repeaters: 0, max_repetitions: self.repetitions },
        }
    }

    /// Takes an answer in, and hands each object of the walk to `keep`.
    fn take(
        &mut self,
        response: Response,
        mut keep: impl FnMut(&Oid, &Value) -> std::io::Result<()>,
    ) -> Result<Step, Failure> {
        match u8::try_from(response.error_status).unwrap_or(status::GEN_ERR) {
            status::NO_ERROR => {}
            status::NO_SUCH_NAME if self.version == Version::V1 => return Ok(Step::Done),
            // Some agents take a long answer for an error.
            status::TOO_BIG | status::GEN_ERR if self.repetitions > 1 => {
                self.repetitions /= 2;
                return Ok(Step::More);
            }
            other => return Err(format!("the agent says error {other} behind {}", self.last).into()),
        }
        if response.varbinds.is_empty() {
            return Err(format!("an answer without varbinds behind {}", self.last).into());
        }
        for (name, value) in response.varbinds {
            let exception =
                matches!(value, Value::Raw { tag: END_OF_MIB_VIEW | NO_SUCH_INSTANCE | NO_SUCH_OBJECT, .. });
            if exception || !name.arcs().starts_with(self.root.arcs()) {
                return Ok(Step::Done);
            }
            if name <= self.last {
                return Err(format!("the agent goes back, from {} to {name}", self.last).into());
            }
            keep(&name, &value)?;
            self.objects += 1;
            self.last = name;
        }
        Ok(Step::More)
    }
}
