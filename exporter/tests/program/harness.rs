//! Starts the program and asks it over HTTP.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lab::{Agent, Mib, RunningAgent, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest any step of a test may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running exporter, and the folder its files are in.
pub struct Exporter {
    pub folder: tempfile::TempDir,
    pub address: String,
    child: Child,
    logged: Arc<Mutex<String>>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a series, written as in the answer.
    pub fn value(&self, series: &str) -> Option<f64> {
        let text = self.text();
        let line =
            text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ').map(String::from));
        line.and_then(|value| value.parse().ok())
    }
}

impl Exporter {
    /// Starts it with this devices.yml and further flags, and waits until it listens.
    pub fn start(devices: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("devices.yml");
        std::fs::write(&file, devices).expect("the inventory is written");
        let flag = format!("--devices.file={}", file.display());
        Self::launch(folder, program().arg(flag).args(flags))
    }

    /// Starts it as snmp_exporter is started: with this snmp.yml in its working directory, and no devices.
    pub fn in_place(snmp: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("snmp.yml"), snmp).expect("the modules are written");
        let place = folder.path().to_owned();
        Self::launch(folder, program().args(flags).current_dir(place))
    }

    fn launch(folder: tempfile::TempDir, command: &mut Command) -> Self {
        let command = command.arg("--web.listen-address=127.0.0.1:0").stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            let length = log.read_line(&mut line).expect("the log is text");
            assert!(length > 0, "it ended before it listened: {said}");
            if let Some((_, rest)) = line.split_once("msg=\"listening\" address=") {
                break rest.split_whitespace().next().expect("an address").to_owned();
            }
            said += &line;
        };
        // Whatever else it logs must not block it.
        let logged = Arc::new(Mutex::new(said));
        let kept = logged.clone();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                *kept.lock().expect("nobody panics with it") += &(line + "\n");
            }
        });
        Self { folder, address, child, logged }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.logged.lock().expect("nobody panics with it").clone()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn devices_file(&self) -> PathBuf {
        self.folder.path().join("devices.yml")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    /// A request with further header lines, each ended with `\r\n`.
    pub async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\n\r\n",
                self.address
            );
            stream.write_all(request.as_bytes()).await.expect("it reads");
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.expect("it answers");
            all
        };
        let all = tokio::time::timeout(PATIENCE, exchange).await.expect("it answers in time");
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("the head ends");
        let head = String::from_utf8_lossy(&all[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        Answer { status, head, body: all[end + 4..].to_vec() }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits for its end; says whether it ended well.
    pub fn wait(mut self) -> bool {
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ward-exporter"))
}

/// Runs it to its end with these flags and this devices.yml in a folder of its own.
pub fn run(folder: &Path, devices: &str, arguments: &[&str]) -> Output {
    let file = folder.join("devices.yml");
    std::fs::write(&file, devices).expect("the inventory is written");
    run_alone(folder, &[arguments, &[&format!("--devices.file={}", file.display())]].concat())
}

/// Runs it to its end with these flags in this folder.
pub fn run_alone(folder: &Path, arguments: &[&str]) -> Output {
    let mut child = program()
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = Vec::new();
    let mut stderr = Vec::new();
    child.stdout.take().expect("it is piped").read_to_end(&mut stdout).expect("it is read");
    child.stderr.take().expect("it is piped").read_to_end(&mut stderr).expect("it is read");
    Output { status: child.wait().expect("it ends"), stdout, stderr }
}

/// A router with this name and so many interfaces of the columns the default modules read.
pub fn router(name: &str, interfaces: u32) -> Mib {
    let mut objects = vec![
        (oid(&[1, 1, 0]), Value::text("Lab router")),
        (oid(&[1, 2, 0]), Value::ObjectIdentifier(lab::Oid::from([1, 3, 6, 1, 4, 1, 9, 1, 1]))),
        (oid(&[1, 3, 0]), Value::TimeTicks(8_640_000)),
        (oid(&[1, 5, 0]), Value::text(name)),
        (oid(&[1, 6, 0]), Value::text("rustavi")),
        (oid(&[99, 0]), Value::Integer(0)),
    ];
    for row in 1..=interfaces {
        objects.push((oid(&[2, 2, 1, 2, row]), Value::text(&format!("GigabitEthernet0/{row}"))));
        objects.push((oid(&[2, 2, 1, 7, row]), Value::Integer(1)));
        objects.push((oid(&[2, 2, 1, 8, row]), Value::Integer(1)));
        objects.push((oid(&[10, 7, 2, 1, 19, row]), Value::Integer(3)));
        objects.push((oid(&[31, 1, 1, 1, 1, row]), Value::text(&format!("Gi0/{row}"))));
        objects.push((oid(&[31, 1, 1, 1, 6, row]), Value::Counter64(u64::from(row) * 1000)));
        objects.push((oid(&[31, 1, 1, 1, 15, row]), Value::Gauge32(1000)));
    }
    Mib::of(objects).expect("the names are fit for packets")
}

fn oid(tail: &[u32]) -> lab::Oid {
    lab::Oid::new([&[1, 3, 6, 1, 2, 1], tail].concat())
}

pub async fn spawn(agent: Agent) -> RunningAgent {
    agent.spawn().await.expect("a free port on loopback")
}

/// One device's line of devices.yml.
pub fn line(name: &str, agent: &RunningAgent) -> String {
    format!(
        "  - {{name: {name}, address: {}, port: {}, labels: {{site: rustavi}}}}\n",
        agent.addr().ip(),
        agent.addr().port()
    )
}

/// Asks again until it is so.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it comes to that in time");
}
