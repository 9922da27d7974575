//! net-snmp's agent on a port of loopback.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use tempfile::TempDir;
use ward_snmp::{AuthProtocol, Client, Credentials, Limits, Oid, PrivProtocol, Secret, Target, Wanted};

/// Every user's password.
pub const AUTH_PASSWORD: &str = "an auth password";
/// Every user's privacy password.
pub const PRIV_PASSWORD: &str = "a priv password";
/// A context besides the default one.
pub const CONTEXT: &str = "vrf-a";

/// A running snmpd.
pub struct Snmpd {
    process: Child,
    folder: TempDir,
    address: SocketAddr,
    /// What the context shows: another agent, which this one speaks for.
    _behind: Option<Box<Snmpd>>,
}

/// The user with these protocols.
pub fn user_name(auth: AuthProtocol, privacy: PrivProtocol) -> String {
    format!("{auth}_{privacy}")
}

impl Snmpd {
    /// Starts one that knows a user for each pair of protocols, and waits until it answers. None where it is not
    /// installed.
    pub async fn start() -> Option<Self> {
        let behind =
            Self::start_with("rocommunity public 127.0.0.1\nsysName behind the proxy\n", None).await?;
        let mut text = String::from("rocommunity public 127.0.0.1\nsysName snmpd.example\n");
        for &auth in AuthProtocol::ALL {
            for &privacy in PrivProtocol::ALL {
                let name = user_name(auth, privacy);
                // As snmpd.conf(5) writes them.
                let auth =
                    auth.as_str().replace("SHA2", "SHA-2").replace("SHA3", "SHA-3").replace("SHA5", "SHA-5");
                text +=
                    &format!("createUser {name} {auth} \"{AUTH_PASSWORD}\" {privacy} \"{PRIV_PASSWORD}\"\n");
                let least = if name == "MD5_DES" { "noauth" } else { "auth" };
                text += &format!("rouser {name} {least}\n");
            }
        }
        text += &format!("createUser auth_only SHA-256 \"{AUTH_PASSWORD}\"\nrouser auth_only auth\n");
        text += "view all included .1\n";
        text += &format!("rouser SHA256_AES auth -V all {CONTEXT}\n");
        text += &format!("proxy -Cn {CONTEXT} -v2c -c public {} .1.3.6.1.2.1.1\n", behind.address);
        Self::start_with(&text, Some(Box::new(behind))).await
    }

    async fn start_with(text: &str, behind: Option<Box<Snmpd>>) -> Option<Self> {
        // Another program may take the port meanwhile; then snmpd does not come up, and the test says so.
        let address = std::iter::repeat_with(|| UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()))
            .map(|address| address.expect("a free port"))
            .find(|address| TcpListener::bind(address).is_ok())
            .expect("one of them is free for TCP, too");
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("var")).expect("a folder in it");
        fs::write(folder.path().join("snmpd.conf"), text).expect("the configuration is written");
        let process = match spawn(&folder, address) {
            Ok(process) => process,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                assert!(env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "snmpd is not installed");
                eprintln!("skipped: snmpd is not installed");
                return None;
            }
            Err(error) => panic!("snmpd: {error}"),
        };
        let agent = Self { process, folder, address, _behind: behind };
        agent.ready().await;
        Some(agent)
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and starts it again; it counts its starts.
    pub async fn restart(&mut self) {
        // It writes down how often it has started when it is asked to end, and at its start.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.process.wait();
        self.process = spawn(&self.folder, self.address).expect("snmpd starts again");
        self.ready().await;
    }

    async fn ready(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        let limits = Limits { timeout: Duration::from_millis(100), retries: 0, ..Limits::default() };
        let credentials = Credentials::V2c { community: Secret::new("public") };
        let target = Target::new(self.address, credentials, limits);
        let wanted = Wanted { get: vec![Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0])], ..Wanted::default() };
        while Client::default().harvest(&target, &wanted, None).await.failure.is_some() {
            assert!(Instant::now() < until, "snmpd does not answer at {}", self.address);
            tokio::task::yield_now().await;
        }
    }
}

fn spawn(folder: &TempDir, address: SocketAddr) -> io::Result<Child> {
    // -f: in the foreground; -Lf: no log; -C -c: this configuration and no other; -r: without root's rights too.
    Command::new("snmpd")
        .args(["-f", "-Lf", "/dev/null", "-r", "-C", "-c"])
        .arg(folder.path().join("snmpd.conf"))
        .arg("-p")
        .arg(folder.path().join("pid"))
        .arg(format!("udp:{address},tcp:{address}"))
        // Where it counts its starts; in a file of the same name as its configuration.
        .env("SNMP_PERSISTENT_DIR", folder.path().join("var"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
