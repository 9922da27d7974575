//! The exporter under test: started or found, watched through /proc, stopped.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::Failure;

/// Time to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// The exporter.
#[derive(Debug)]
pub struct Exporter {
    address: SocketAddr,
    pid: Option<u32>,
    child: Option<Child>,
    file: Option<PathBuf>,
}

impl Exporter {
    /// Starts it and waits until it listens.
    pub async fn spawn(
        command: &str,
        devices: &Path,
        address: SocketAddr,
        patience: Duration,
    ) -> Result<Self, Failure> {
        if TcpStream::connect(address).await.is_ok() {
            return Err(
                format!("something listens on {address} already, so nothing can be started there").into()
            );
        }
        let line = command.replace("{devices}", &devices.display().to_string());
        // In a group of its own, so that the shell and all it starts can be stopped together.
        let child = Command::new("sh")
            .args(["-c", &line])
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .process_group(0)
            .spawn()?;
        let mut exporter = Self { address, pid: child.id(), child: Some(child), file: None };
        exporter.wait(patience).await?;
        // The one that listens may be the shell's child.
        exporter.pid = listener(address.port()).or(exporter.pid);
        Ok(exporter)
    }

    /// Waits until somebody listens, and finds out who.
    pub async fn find(address: SocketAddr, pid: Option<u32>, patience: Duration) -> Result<Self, Failure> {
        let mut exporter = Self { address, pid, child: None, file: None };
        exporter.wait(patience).await?;
        exporter.pid = pid.or_else(|| listener(address.port()));
        if exporter.pid.is_none() {
            eprintln!(
                "cannot see which process listens on {address}: CPU and memory are not measured; use --pid"
            );
        }
        Ok(exporter)
    }

    /// Removes this file in the end.
    pub fn with_file(mut self, path: PathBuf) -> Self {
        self.file = Some(path);
        self
    }

    async fn wait(&mut self, patience: Duration) -> Result<(), Failure> {
        let begin = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                return Err(format!(
                    "the exporter ended with {status} before it listened on {}",
                    self.address
                )
                .into());
            }
            if begin.elapsed() > patience {
                return Err(format!("nobody listens on {} after {patience:?}", self.address).into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process, if that is known.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Lets the peak of memory be measured from now on.
    pub fn forget_peak(&self) {
        if let Some(pid) = self.pid {
            // 5 resets VmHWM (proc(5)). Where that is not allowed, the peak since the start is shown.
            let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        }
    }

    /// Whether the process is still there, or was never known.
    pub fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => self.pid.is_none_or(|pid| fs::metadata(format!("/proc/{pid}")).is_ok()),
        }
    }

    /// Stops it, if it was started here.
    pub async fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        if let Some(child) = &mut self.child {
            // What does not end by itself is ended when this is dropped.
            let _ = timeout(GRACE, child.wait()).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.child.as_ref().and_then(Child::id) {
            let _ = killpg(Pid::from_raw(pid as i32), signal);
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
        if let Some(path) = &self.file {
            let _ = fs::remove_file(path);
        }
    }
}

/// The process that listens on this TCP port, as far as /proc shows it.
fn listener(port: u16) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inode = tables.iter().find_map(|table| listening_inode(table, port))?;
    let wanted = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let mut open = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        let found =
            open.any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str()));
        found.then_some(pid)
    })
}

/// The inode of the socket in state LISTEN (0A) on this port, in a table like /proc/net/tcp.
fn listening_inode(table: &str, port: u16) -> Option<u64> {
    let suffix = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == "0A";
        if listens { fields.get(9)?.parse().ok() } else { None }
    })
}

/// What has been used up to a moment.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// The moment; between two, the time that passed.
    at: Instant,
    /// CPU seconds of the exporter.
    exporter: Option<f64>,
    /// CPU seconds of this program: agents and clients.
    own: Option<f64>,
    /// CPU seconds of the whole machine.
    machine: Option<f64>,
    /// The exporter's greatest resident memory, octets.
    peak: Option<u64>,
}

/// What was used between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Seconds that passed.
    pub seconds: f64,
    /// CPU seconds of the exporter.
    pub exporter: Option<f64>,
    /// CPU seconds of this program: agents and clients.
    pub own: Option<f64>,
    /// CPU seconds of all others, the kernel's own work among them.
    pub others: Option<f64>,
    /// The exporter's greatest resident memory, octets.
    pub peak: Option<u64>,
}

/// The unit of times in /proc, which is the same on all architectures of today (USER_HZ).
const TICKS_PER_SECOND: f64 = 100.0;

impl Usage {
    /// What has been used until now.
    pub fn now(exporter: Option<u32>) -> Self {
        let file =
            |name: &str| exporter.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/{name}")).ok());
        Self {
            at: Instant::now(),
            exporter: file("stat").and_then(|text| process_seconds(&text)),
            own: fs::read_to_string("/proc/self/stat").ok().and_then(|text| process_seconds(&text)),
            machine: fs::read_to_string("/proc/stat").ok().and_then(|text| machine_seconds(&text)),
            peak: file("status").and_then(|text| peak_memory(&text)),
        }
    }

    /// What was used between then and now.
    pub fn since(&self, before: &Usage) -> Used {
        let between = |now: Option<f64>, then: Option<f64>| now.zip(then).map(|(now, then)| now - then);
        let exporter = between(self.exporter, before.exporter);
        let own = between(self.own, before.own);
        let machine = between(self.machine, before.machine);
        let known = exporter.unwrap_or(0.0) + own.unwrap_or(0.0);
        Used {
            seconds: (self.at - before.at).as_secs_f64(),
            exporter,
            own,
            others: machine.map(|all| (all - known).max(0.0)),
            peak: self.peak,
        }
    }
}

/// utime and stime of /proc/PID/stat. The name before them may hold anything, so they are counted from its
/// end.
fn process_seconds(stat: &str) -> Option<f64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}

/// All of the first line of /proc/stat but idle and iowait, and without guests, who are counted in user
/// already.
fn machine_seconds(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<f64> = fields.map(|field| field.parse().unwrap_or(0.0)).collect();
    let busy = [0, 1, 2, 5, 6, 7].into_iter().filter_map(|place: usize| ticks.get(place));
    Some(busy.sum::<f64>() / TICKS_PER_SECOND)
}

fn peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_as_it_is_written() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 7 0 1 2 3";
        assert_eq!(process_seconds(stat), Some(2.0));
        assert_eq!(machine_seconds("cpu  100 10 50 9999 777 5 5 30 0 0\ncpu0 1"), Some(2.0));
        assert_eq!(peak_memory("Name:\tx\nVmHWM:\t    2048 kB\n"), Some(2 << 20));
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:239C 0100007F:1234 01 0:0 0:0 0 0 0 11\n   \
                     1: 00000000:239C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1";
        assert_eq!(listening_inode(table, 0x239c), Some(4711));
        assert_eq!(listening_inode(table, 80), None);
    }

    #[tokio::test]
    async fn the_process_behind_a_port_is_found() {
        let listener_socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener_socket.local_addr().unwrap();
        let exporter = Exporter::find(address, None, Duration::from_secs(5)).await.unwrap();
        assert_eq!(exporter.pid(), Some(std::process::id()));
        let used = Usage::now(exporter.pid());
        assert!(used.peak.is_some_and(|octets| octets > 100_000) && used.exporter.is_some());
    }
}
