//! A program that is started, waited for and never left behind.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to become what a test waits for; ample, as a machine under load is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer. Fails when there is none within the deadline, with what was waited
/// for and the last refusal.
pub fn wait_for<T>(what: &str, deadline: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(refusal) => {
                assert!(start.elapsed() < deadline, "waited {deadline:?} for {what}; last: {refusal}")
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// A TCP port of 127.0.0.1 that was free a moment ago.
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address")
}

/// A running program; killed when dropped, and its output shown where the test fails.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a program with its output captured.
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let output = Arc::new(Mutex::new(String::new()));
        if let Some(stdout) = child.stdout.take() {
            collect(stdout, &output);
        }
        if let Some(stderr) = child.stderr.take() {
            collect(stderr, &output);
        }
        Self { name, child, output }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the program has written so far, standard output and standard error together.
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `ask` says yes, and fails early when the program ends before.
    pub fn ready<T>(&mut self, what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
        let (name, child, output) = (&self.name, &mut self.child, &self.output);
        wait_for(what, PATIENCE, || {
            if let Ok(Some(status)) = child.try_wait() {
                let output = output.lock().unwrap_or_else(PoisonError::into_inner);
                panic!("{name} ended ({status}) before {what}:\n{output}");
            }
            ask()
        })
    }

    /// How the program ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal by its name, such as `TERM` or `HUP`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} {}", self.name);
    }

    /// Asks the program to end (SIGTERM) and returns how it did.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        let (name, child) = (&self.name, &mut self.child);
        wait_for(&format!("the end of {name}"), PATIENCE, || match child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("still running".into()),
            Err(error) => Err(error.to_string()),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!("--- {} wrote:\n{}---", self.name, self.output());
        }
    }
}

/// Appends to `output` what a stream brings, line by line, until it ends.
fn collect(stream: impl Read + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            output.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
}

/// Runs a command to its end and returns what it printed; fails where it fails.
pub fn run(command: &mut Command) -> String {
    let line = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{line}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{line}: {}\n{stdout}{stderr}", output.status);
    stdout.into_owned()
}
