//! The socket by which a served network is told what happens in it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab::synth::{Live, Outcome};
use lab::{Fault, FaultRule, RunningAgent};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use ward_lab as lab;

use super::super::Failure;
use super::super::network::Request;

/// Longer requests are none.
const LONGEST: u64 = 64 * 1024;
/// So long a client may take to say something.
const PATIENCE: Duration = Duration::from_secs(5);

/// The socket; gone when this is dropped.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
    listener: UnixListener,
}

impl Control {
    /// Makes the socket, for this user only, where nobody else listens.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| format!("--control {}: {error}", path.display());
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(format!("--control {}: another ward-lab listens there", path.display()).into());
        }
        // One that was left behind, and nothing but a socket.
        let is_socket =
            |data: std::fs::Metadata| std::os::unix::fs::FileTypeExt::is_socket(&data.file_type());
        if std::fs::symlink_metadata(path).is_ok_and(is_socket) {
            std::fs::remove_file(path).map_err(failed)?;
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), listener })
    }

    /// Takes requests, one after another, for ever.
    pub async fn serve(&self, mut live: Live, running: &[RunningAgent]) -> io::Result<()> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            // A client that goes away or says nothing is its own trouble.
            let _ = timeout(PATIENCE, converse(stream, &mut live, running)).await;
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn converse(mut stream: UnixStream, live: &mut Live, running: &[RunningAgent]) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new((&mut stream).take(LONGEST)).read_line(&mut line).await?;
    let answer = serde_json::from_str(&line)
        .map_err(|error| format!("not a request: {error}"))
        .and_then(|request| answer(&request, live, running));
    stream.write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes()).await
}

fn answer(request: &Request, live: &mut Live, running: &[RunningAgent]) -> Result<String, String> {
    let change = match request {
        Request::Show => return Ok(live.show()),
        Request::Truth => return Ok(format!("{:#}", super::truth(live.network()))),
        Request::Change(change) => change,
    };
    // Devices come before recordings, so an agent's place is its device's.
    let clock = |place: usize| running.get(place).map_or_else(Default::default, RunningAgent::moment);
    let Outcome { changed, told } = live.apply(change, clock)?;
    for place in changed {
        let Some(agent) = running.get(place) else { continue };
        agent.set_mib(live.network().mib(place).build().map_err(|error| error.to_string())?);
        let silence = FaultRule::always(Fault::Drop);
        agent.change(|behaviour| {
            behaviour.faults.retain(|fault| *fault != silence);
            behaviour.faults.extend(live.is_silent(place).then_some(silence));
        });
    }
    Ok(told.join("\n"))
}
