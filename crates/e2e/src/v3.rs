//! SNMPv3: users, net-snmp's agent that knows them, and an exporter whose clock can be moved.

use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::synth::Access;
use lab::{AuthProtocol, Level, PrivProtocol, User};
use tempfile::TempDir;

use crate::exposition::Exposition;
use crate::http::{self, Answer};
use crate::process::{Process, free_port};
use crate::programs::ours;

/// The programs that [`Snmpd`] needs.
pub const PROGRAMS: [&str; 2] = ["snmpd", "snmpget"];

/// Where Debian's libfaketime is; other distributions name the folder of their machine.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];

/// A user for each authentication protocol, for each pair of protocols, and one without passwords. Named after the
/// protocols, in letters and digits.
pub fn users() -> Vec<User> {
    let mut users = vec![User::no_auth("none")];
    for auth in AuthProtocol::ALL {
        users.push(User::auth_no_priv(auth.name(), auth, "auth-phrase"));
        for privacy in PrivProtocol::ALL {
            let name = format!("{auth}with{privacy}");
            users.push(User::auth_priv(&name, auth, "auth-phrase", privacy, "priv-phrase"));
        }
    }
    users
}

/// The user's name.
pub fn name(user: &User) -> String {
    String::from_utf8_lossy(user.name()).into_owned()
}

/// A line of `auths`: the user's profile by the user's own name.
pub fn profile(user: &User) -> String {
    format!("  {}: {{{}}}\n", name(user), Access::User(user).profile())
}

/// A running snmpd on a port of 127.0.0.1, that knows [`users`], and `public` over version 2c.
#[derive(Debug)]
pub struct Snmpd {
    /// Where it listens; the same after it was started again.
    pub address: SocketAddr,
    process: Option<Process>,
    folder: TempDir,
}

impl Snmpd {
    /// Starts it, and waits until it answers.
    pub fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = socket.local_addr().expect("a bound socket has an address");
        drop(socket);
        let folder = TempDir::new().expect("a temporary folder");
        let mut snmpd = Self { address, process: None, folder };
        snmpd.launch("");
        snmpd
    }

    /// Stops it and starts it again: its engine has booted once more, and its time begins at 0.
    pub fn restart(&mut self) {
        self.stop();
        self.launch("");
    }

    /// Stops it, forgets what it kept, and starts it as another engine, of this id (a text).
    pub fn restart_as(&mut self, engine_id: &str) {
        self.stop();
        let kept = self.folder.path().join("kept");
        fs::remove_dir_all(&kept).expect("what snmpd kept is there");
        self.launch(&format!("engineID {engine_id}\n"));
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It keeps its boots when it is asked to end.
            process.terminate();
        }
    }

    fn launch(&mut self, more: &str) {
        let (folder, address) = (self.folder.path(), self.address);
        let mut text = format!(
            "agentAddress udp:{address}\nview all included .1\nrocommunity public 127.0.0.1 -V all\n\
             sysName snmpd.example\n{more}"
        );
        for user in users() {
            let (name, level) = (name(&user), user.level().name().to_lowercase());
            let _ = write!(text, "rouser {name} {level} -V all\ncreateUser {name}");
            if let Some((protocol, password)) = user.auth() {
                let _ = write!(text, " {} {password}", hyphenated(protocol.name()));
            }
            if let Some((protocol, password)) = user.privacy() {
                let _ = write!(text, " {} {password}", hyphenated(protocol.name()));
            }
            text.push('\n');
        }
        let configuration = folder.join("snmpd.conf");
        fs::write(&configuration, text).expect("the configuration is written");
        let mut command = Command::new("snmpd");
        command.args(["-f", "-LO", "4", "-r", "-m", "", "-C", "-c"]).arg(&configuration);
        command.arg("-p").arg(folder.join("pid")).env("SNMP_PERSISTENT_DIR", folder.join("kept"));
        let mut process = Process::start(&mut command);
        process.ready("snmpd's answer", || {
            let mut get = Command::new("snmpget");
            get.args(["-v2c", "-c", "public", "-t0.5", "-r0", "-m", "", &address.to_string()]);
            let answer = get.arg("1.3.6.1.2.1.1.3.0").output().map_err(|error| error.to_string())?;
            answer
                .status
                .success()
                .then_some(())
                .ok_or_else(|| String::from_utf8_lossy(&answer.stderr).into_owned())
        });
        self.process = Some(process);
    }
}

/// A protocol's name as snmpd.conf(5) writes it: `SHA-256`, `AES-256-C`.
fn hyphenated(protocol: &str) -> String {
    let digits = protocol.find(|letter: char| letter.is_ascii_digit());
    match digits {
        Some(at) if protocol != "MD5" => format!("{}-{}", &protocol[..at], protocol[at..].replace('C', "-C")),
        _ => protocol.to_owned(),
    }
}

/// The library that moves a program's clocks, where it is installed; said aloud where it is not.
pub fn faketime() -> Option<&'static Path> {
    let found = FAKETIME.iter().map(Path::new).find(|library| library.is_file());
    if found.is_none() {
        let line = "missing: faketime (scripts/install-tools.sh installs programs)";
        assert!(std::env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
        println!("skipped, {line}");
    }
    found
}

/// A running exporter, all of whose clocks can be moved forward.
#[derive(Debug)]
pub struct TimeTraveller {
    address: SocketAddr,
    clock: PathBuf,
    _process: Process,
    _folder: TempDir,
}

impl TimeTraveller {
    /// Starts an exporter with these devices (the text of a devices.yml) under [`faketime`].
    pub fn start(devices: &str, faketime: &Path) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (file, clock) = (folder.path().join("devices.yml"), folder.path().join("clock"));
        fs::write(&file, devices).expect("the inventory is written");
        fs::write(&clock, "+0").expect("the clock is written");
        let address = free_port();
        let mut command = Command::new(ours("ward-exporter"));
        command
            .arg(format!("--devices.file={}", file.display()))
            .arg(format!("--web.listen-address={address}"))
            .env("LD_PRELOAD", faketime)
            .env("FAKETIME_TIMESTAMP_FILE", &clock)
            .env("FAKETIME_NO_CACHE", "1");
        let mut process = Process::start(&mut command);
        process.ready("the exporter's readiness", || http::get(address, "/-/ready")?.ok().map(drop));
        Self { address, clock, _process: process, _folder: folder }
    }

    /// From now on its clocks are so many seconds ahead of the right time.
    pub fn travel(&self, seconds: u32) {
        let beside = self.clock.with_extension("new");
        fs::write(&beside, format!("+{seconds}")).expect("the clock is written");
        fs::rename(&beside, &self.clock).expect("the clock is moved");
    }

    /// One scrape of a device.
    pub fn scrape(&self, device: &str) -> Exposition {
        let path = format!("/devices/{device}/metrics");
        let text = http::get(self.address, &path).and_then(Answer::ok);
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        Exposition::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// A user at a level that the agent's own profile of it does not have.
pub fn at(user: &str, level: Level) -> String {
    let user: User = user.parse().expect("a user");
    profile(&user).replace(user.level().name(), level.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_named_as_snmpd_names_them() {
        for (ours, theirs) in
            [("MD5", "MD5"), ("SHA", "SHA"), ("SHA512", "SHA-512"), ("AES192C", "AES-192-C"), ("DES", "DES")]
        {
            assert_eq!(hyphenated(ours), theirs);
        }
    }
}
