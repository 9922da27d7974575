//! Simulated agents, their inventory, the place of a database, and the program that discovers them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use lab::synth::{Bank, Device};
use lab::{Agent, RunningAgent};
use tempfile::TempDir;

use crate::support::postgres::PASSWORD;

/// Some agents, their inventory, and the place of a database.
pub struct Network {
    pub folder: TempDir,
    pub devices: Vec<Device>,
    pub agents: Vec<RunningAgent>,
    /// Where what is learned goes: `ward.db` in the folder, or a server.
    pub database: String,
}

/// A switch of 24 interfaces.
pub fn switch(name: &str) -> Device {
    Device::switch(name, "gori", 24, 7)
}

/// An agent that is that device.
pub fn agent(device: &Device) -> Agent {
    Agent::new(device.mib().build().expect("names that fit"))
}

impl Network {
    /// Switches of these names, which answer at once.
    pub async fn of(names: &[&str]) -> Self {
        Self::like(names, |agent| agent).await
    }

    /// Switches of these names, whose agents are made so.
    pub async fn like(names: &[&str], make: impl Fn(Agent) -> Agent) -> Self {
        let folder = TempDir::new().expect("a folder");
        let devices: Vec<Device> = names.iter().map(|name| switch(name)).collect();
        let mut agents = Vec::new();
        for device in &devices {
            agents.push(make(agent(device)).spawn().await.expect("an agent"));
        }
        let network = Self { folder, devices, agents, database: "ward.db".into() };
        network.list(&vec!["site: gori"; names.len()]);
        network
    }

    /// A bank's network with so many branches, whose devices hear each other.
    pub async fn bank(branches: usize) -> Self {
        let bank = Bank { branches, ..Bank::default() }.build();
        let mut agents = Vec::new();
        for place in 0..bank.devices.len() {
            let mib = bank.mib(place).build().expect("names that fit");
            agents.push(Agent::new(mib).spawn().await.expect("an agent"));
        }
        let folder = TempDir::new().expect("a folder");
        let network = Self { folder, devices: bank.devices, agents, database: "ward.db".into() };
        let labels: Vec<String> = network
            .devices
            .iter()
            .map(|device| format!("site: {}, role: {}", device.site, device.role))
            .collect();
        network.list(&labels.iter().map(String::as_str).collect::<Vec<_>>());
        network
    }

    /// Writes the inventory: every device with its labels.
    pub fn list(&self, labels: &[&str]) {
        let mut text = String::from(
            "auths: {lab: {version: 2, community: public}}\n\
             defaults: {auth: lab, timeout: 300ms, retries: 1}\ndevices:\n",
        );
        for ((device, agent), labels) in self.devices.iter().zip(&self.agents).zip(labels) {
            let (name, port) = (&device.name, agent.addr().port());
            text += &format!("- {{name: {name}, address: 127.0.0.1, port: {port}, labels: {{{labels}}}}}\n");
        }
        self.write("devices.yml", &text);
    }

    /// Writes a file beside it.
    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).expect(file);
    }

    /// The program, where everything lies.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ward-classifier"));
        command.current_dir(self.folder.path()).args(arguments);
        command.env("WARD_DATABASE", &self.database).env("WARD_DATABASE_PASSWORD", PASSWORD);
        command
    }

    /// What the program prints.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().expect("the program runs")
    }

    /// The SQLite file, past the program.
    pub fn sqlite(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.folder.path().join("ward.db")).expect("a database");
        database.busy_timeout(Duration::from_secs(20)).expect("a timeout");
        database
    }

    /// The one number that a query gives.
    pub fn number(&self, sql: &str) -> i64 {
        self.sqlite().query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    /// The one text that a query gives.
    pub fn text(&self, sql: &str) -> String {
        self.sqlite().query_row(sql, [], |row| row.get(0)).expect(sql)
    }
}

/// All that a program has printed.
pub fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The serving program.
pub struct Server {
    pub child: Child,
    /// Where it listens.
    pub address: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts it, and waits until it listens.
    pub fn start(network: &Network, flags: &[&str]) -> Self {
        let mut child = network
            .program(&[&["--web.listen-address=127.0.0.1:0"], flags].concat())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let mut line = String::new();
            let read = lines.read_line(&mut line).expect("a log");
            log.lock().unwrap().push_str(&line);
            assert_ne!(read, 0, "the program has ended: {}", log.lock().unwrap());
            if let Some((_, rest)) = line.split_once("address=") {
                break rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Self { child, address, log }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The answer to a GET, with its head.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: ward\r\nConnection: close\r\n\r\n").expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks until the answer is as expected.
    pub fn until(&self, path: &str, expected: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = self.get(path);
            if expected(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{answer}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal}");
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many samples of a metric are in an answer.
pub fn series(answer: &str, metric: &str) -> usize {
    answer.lines().filter(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with('{'))).count()
}

/// The value of a sample, by its name and labels as they are written; 0 where it is not there.
pub fn value(answer: &str, sample: &str) -> f64 {
    let line = answer.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}
