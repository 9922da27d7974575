//! `ward-lab record`: a real agent becomes a file.

mod peer;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};
use lab::ask::Response;
use lab::message::{Operation, status};
use lab::v3::Session;
use lab::value::{END_OF_MIB_VIEW, NO_SUCH_INSTANCE, NO_SUCH_OBJECT};
use lab::{Oid, User, Value, Version, snmprec};
use tokio::net::{UdpSocket, lookup_host};
use ward_lab as lab;

use super::manners::duration;
use super::{Failure, files};
use peer::{Peer, Speech};

#[derive(Debug, Args)]
pub struct Options {
    /// The agent: HOST or HOST:PORT; port 161 unless given.
    target: String,

    #[arg(long, default_value = "public", env = "SNMP_COMMUNITY", hide_env_values = true)]
    community: String,

    /// 1 asks for one object at a time. 3 is understood where there is a user.
    #[arg(
        long = "version",
        default_value = "2c",
        default_value_if("v3_user", ArgPredicate::IsPresent, "3"),
        value_name = "VERSION"
    )]
    version: Dialect,

    /// The user of SNMPv3, who asks at the highest level there are passwords for.
    #[arg(
        long,
        value_name = "NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]]",
        env = "SNMP_V3_USER",
        hide_env_values = true
    )]
    // Not read here: what cannot be read is shown, and passwords must not be.
    v3_user: Option<String>,

    /// The context of SNMPv3.
    #[arg(long, default_value = "", value_name = "NAME")]
    v3_context: String,

    /// What to walk; may be repeated. All that agents have, unless given: LLDP-MIB and IEEE8023-LAG-MIB lie outside of
    /// 1.3.6.1.
    #[arg(long, default_values = ["1.0.8802", "1.2.840", "1.3.6.1", "1.3.111"], value_name = "OID")]
    root: Vec<Oid>,

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
    #[value(name = "3")]
    V3,
}

pub async fn run(options: Options) -> Result<ExitCode, Failure> {
    let target = resolve(&options.target).await?;
    let here: SocketAddr = if target.is_ipv6() { "[::]:0".parse()? } else { "0.0.0.0:0".parse()? };
    let socket = UdpSocket::bind(here).await?;
    socket.connect(target).await?;
    let (version, speech) = match (options.version, options.v3_user) {
        (Dialect::V1, _) => (Version::V1, Speech::Open(options.community.into_bytes())),
        (Dialect::V2c, _) => (Version::V2c, Speech::Open(options.community.into_bytes())),
        (Dialect::V3, Some(user)) => {
            let user: User = user.parse().map_err(|error| format!("--v3-user: {error}"))?;
            (Version::V3, Speech::Sealed(Box::new(Session::new(user, options.v3_context.as_bytes()))))
        }
        (Dialect::V3, None) => return Err("who asks? use --v3-user".into()),
    };
    let mut peer = Peer::new(socket, version, speech, options.timeout);
    let mut file = Vec::new();
    let mut objects = 0;
    let mut outcome = Ok(());
    let mut last = Oid::default();
    for root in options.root {
        let mut walk = Walk::new(root, version, usize::from(options.repetitions), objects);
        outcome = walk.run(&mut peer, &mut file).await;
        (objects, last) = (walk.objects, walk.last);
        if outcome.is_err() {
            break;
        }
    }
    progress(objects, &last, true);
    // What came before a failure is worth keeping.
    match &options.output {
        Some(path) => files::write(path, &file)?,
        None => std::io::stdout().lock().write_all(&file)?,
    }
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => Err(format!("{failure}; recorded {objects} objects up to {last}").into()),
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
    /// A walk over what is below `root`, after so many objects from other walks.
    fn new(root: Oid, version: Version, repetitions: usize, objects: usize) -> Self {
        Self { last: root.clone(), root, version, repetitions, objects }
    }

    /// Walks to the end, and writes what comes.
    async fn run(&mut self, peer: &mut Peer, file: &mut Vec<u8>) -> Result<(), Failure> {
        loop {
            let response = peer.ask(self.operation(), &self.last).await?;
            let step = self.take(response, |name, value| snmprec::write_line(name, value, file))?;
            progress(self.objects, &self.last, false);
            if matches!(step, Step::Done) {
                return Ok(());
            }
        }
    }

    fn operation(&self) -> Operation {
        match self.version {
            Version::V1 => Operation::GetNext,
            Version::V2c | Version::V3 => {
                Operation::GetBulk { non_repeaters: 0, max_repetitions: self.repetitions }
            }
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
