//! The agents as net-snmp's tools see them, and net-snmp's agent as the recorder does. Skipped, with a line that says
//! so, where those are not installed.

use std::fmt::Write;
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lab::{Agent, AuthProtocol, Level, Mib, Moving, Oid, PrivProtocol, User, Value};
use ward_lab as lab;

/// What a tool prints when it walks over everything, or None where it is not installed.
async fn walk(name: &str, arguments: &[&str], target: &str) -> Option<String> {
    let mut command = Command::new(name);
    command.args(["-On", "-t", "2", "-r", "1"]).args(arguments).args([target, "1.3.6.1"]);
    // Without a directory of MIBs net-snmp complains on stderr; the numbers are on stdout either way.
    match tokio::task::spawn_blocking(move || command.output()).await.unwrap() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {name} is not installed");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

fn mib() -> Mib {
    let mut objects: Vec<(Oid, lab::mib::Object)> = vec![
        (
            Oid::from([1, 3, 6, 1, 2, 1, 1, 2, 0]),
            Value::ObjectIdentifier([1, 3, 6, 1, 4, 1, 9].into()).into(),
        ),
        (Oid::from([1, 3, 6, 1, 2, 1, 1, 3, 0]), Moving::uptime(12_345).into()),
        (Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0]), Value::text("rustavi-r1").into()),
        (Oid::from([1, 3, 6, 1, 2, 1, 4, 20, 1, 1, 192, 0, 2, 1]), Value::IpAddress([192, 0, 2, 1]).into()),
    ];
    for row in 1..=60 {
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 5, row]), Value::Gauge32(u32::MAX).into()));
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 10, row]), Value::Counter32(row).into()));
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, row]), Value::Counter64(1 << 40).into()));
    }
    Mib::of(objects).unwrap()
}

#[tokio::test]
async fn net_snmp_reads_everything() {
    let agent = Agent::new(mib()).delay(Duration::from_millis(1)).spawn().await.unwrap();
    let target = agent.addr().to_string();
    for (name, arguments, lines, counter64) in [
        ("snmpbulkwalk", &["-v2c", "-c", "public"][..], 184, 60),
        ("snmpbulkwalk", &["-v2c", "-c", "public", "-Cr100"], 184, 60),
        ("snmpwalk", &["-v2c", "-c", "public"], 184, 60),
        ("snmpwalk", &["-v1", "-c", "public"], 124, 0),
    ] {
        let Some(output) = walk(name, arguments, &target).await else { return };
        let found: Vec<&str> =
            output.lines().filter(|line| line.starts_with(".1.3") && !line.contains("No more")).collect();
        assert_eq!(found.len(), lines, "{name} {arguments:?}: {output}");
        assert_eq!(found.iter().filter(|line| line.contains("Counter64: 1099511627776")).count(), counter64);
        assert!(output.contains(".1.3.6.1.2.1.1.5.0 = STRING: \"rustavi-r1\""), "{output}");
        assert!(output.contains("IpAddress: 192.0.2.1"), "{output}");
        assert!(output.contains("OID: .1.3.6.1.4.1.9"), "{output}");
    }
    let stats = agent.stats();
    assert_eq!((stats.bad_requests, stats.last_bad), (0, None));
}

/// Everyone net-snmp and we can be: a user for each authentication protocol, for each pair of protocols, and one without
/// passwords. Named after the protocols.
fn users() -> Vec<User> {
    let mut users = vec![User::no_auth("none").at_least(Level::NoAuthNoPriv)];
    for auth in AuthProtocol::ALL {
        users.push(User::auth_no_priv(auth.name(), auth, "authphrase"));
        for privacy in PrivProtocol::ALL {
            let name = format!("{auth}-{privacy}");
            users.push(User::auth_priv(&name, auth, "authphrase", privacy, "privphrase"));
        }
    }
    users
}

fn name_of(user: &User) -> String {
    String::from_utf8_lossy(user.name()).into_owned()
}

/// The options by which net-snmp's tools ask as this user.
fn options(user: &User) -> Vec<String> {
    let mut options = vec!["-v3".into(), "-u".into(), name_of(user), "-l".into(), user.level().name().into()];
    if let Some((protocol, password)) = user.auth() {
        options.extend(["-a".into(), protocol.to_string(), "-A".into(), password.into()]);
    }
    if let Some((protocol, password)) = user.privacy() {
        options.extend(["-x".into(), protocol.to_string(), "-X".into(), password.into()]);
    }
    options
}

/// What `snmpget` says: its standard output, or if there is none its standard error. None where it is not installed.
async fn get(options: Vec<String>, target: &str) -> Option<String> {
    let mut command = Command::new("snmpget");
    command.args(["-On", "-t", "1", "-r", "0", "-m", ""]).args(options).args([target, "1.3.6.1.2.1.1.5.0"]);
    match tokio::task::spawn_blocking(move || command.output()).await.unwrap() {
        Ok(Output { stdout, stderr, .. }) => {
            let said = if stdout.is_empty() { stderr } else { stdout };
            Some(String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => {
            eprintln!("skipped: snmpget: {error}");
            None
        }
    }
}

#[tokio::test]
async fn net_snmp_reads_over_v3_with_every_protocol() {
    let agent = users().into_iter().fold(Agent::new(mib()), Agent::user);
    let agent = agent.booted(12, 3_456_789).spawn().await.unwrap();
    let target = agent.addr().to_string();
    let users = users();
    for user in &users {
        let Some(said) = get(options(user), &target).await else { return };
        assert_eq!(said, ".1.3.6.1.2.1.1.5.0 = STRING: \"rustavi-r1\"\n", "{user:?}");
    }
    let stats = agent.stats();
    assert_eq!((stats.bad_requests, stats.last_bad), (0, None));
    // A discovery and a request each, except for the user for whom the discovery is just another Report.
    assert_eq!(stats.requests, 2 * users.len() as u64);

    for name in ["SHA256", "SHA-AES", "MD5-DES", "SHA512-AES256C"] {
        let user = users.iter().find(|user| user.name() == name.as_bytes()).unwrap();
        let options = options(user);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let Some(output) = walk("snmpbulkwalk", &[&options[..], &["-Cr30"]].concat(), &target).await else {
            return;
        };
        let rows = output.lines().filter(|line| line.starts_with(".1.3") && !line.contains("No more"));
        assert_eq!(rows.count(), 184, "{user:?}: {output}");
    }
}

#[tokio::test]
async fn net_snmp_understands_every_refusal() {
    let user: User = "ward:SHA256:authphrase:AES:privphrase".parse().unwrap();
    let agent = Agent::new(mib()).user(user).user(User::no_auth("none")).context("vlan-10", mib());
    let agent = agent.spawn().await.unwrap();
    let target = agent.addr().to_string();
    let as_user = |text: &str| options(&text.parse().unwrap());
    let with = |more: [&str; 2]| {
        let mut all = as_user("ward:SHA256:authphrase:AES:privphrase");
        all.extend(more.map(String::from));
        all
    };
    for (options, expected) in [
        (with(["-n", "vlan-10"]), "rustavi-r1"),
        (as_user("ward:SHA256:wrongphrase:AES:privphrase"), "Authentication failure"),
        (as_user("ward:SHA:authphrase:AES:privphrase"), "Authentication failure"),
        (as_user("somebody:SHA256:authphrase:AES:privphrase"), "Unknown user name"),
        (as_user("none:SHA256:authphrase"), "Unsupported security level"),
        (as_user("ward:SHA256:authphrase:AES:wrongphrase"), "Decryption error"),
        (as_user("ward:SHA256:authphrase:DES:privphrase"), "Decryption error"),
        (as_user("ward:SHA256:authphrase"), "authorizationError"),
        (with(["-n", "vlan-11"]), "Bad context specified"),
    ] {
        let Some(said) = get(options.clone(), &target).await else { return };
        assert!(said.contains(expected), "{options:?}: {said}");
    }
    // The time it was told is too far off: net-snmp learns from the signed Report and asks again.
    agent.change_engine(|engine, uptime| {
        engine.set_boots(9);
        engine.set_time(77_777, uptime);
    });
    let Some(said) = get(with(["-Z", "9,1"]), &target).await else { return };
    assert!(said.contains("rustavi-r1"), "{said}");
    let usm = agent.stats().usm;
    assert_eq!((usm.wrong_digests, usm.unknown_user_names, usm.unsupported_sec_levels), (2, 1, 1));
    assert_eq!((usm.decryption_errors, usm.unknown_contexts), (2, 1));
}

/// A running snmpd that knows [`users`]; killed when dropped.
struct Snmpd {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Snmpd {
    fn start() -> Option<Self> {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut text = format!("agentAddress udp:{free}\nview all included .1\nsysName snmpd.example\n");
        for user in users() {
            let name = name_of(&user);
            write!(text, "rouser {name} {} -V all\ncreateUser {name}", user.level().name().to_lowercase())
                .unwrap();
            for (protocol, password) in [
                user.auth().map(|(protocol, password)| (protocol.name(), password)),
                user.privacy().map(|(protocol, password)| (protocol.name(), password)),
            ]
            .into_iter()
            .flatten()
            {
                // snmpd.conf(5) names SHA-256 and AES-256-C, with hyphens, where the tools take both.
                let digits = protocol.find(|letter: char| letter.is_ascii_digit()).unwrap_or(protocol.len());
                let (head, tail) = protocol.split_at(if protocol == "MD5" { 3 } else { digits });
                let hyphen = if tail.is_empty() { "" } else { "-" };
                write!(text, " {head}{hyphen}{} {password}", tail.replace('C', "-C")).unwrap();
            }
            text.push('\n');
        }
        let configuration = folder.path().join("snmpd.conf");
        std::fs::write(&configuration, text).unwrap();
        let mut command = Command::new("snmpd");
        command.args(["-f", "-Ln", "-r", "-m", "", "-C", "-c"]).arg(&configuration);
        command.arg("-p").arg(folder.path().join("pid")).env("SNMP_PERSISTENT_DIR", folder.path());
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Self { child, address: free.to_string(), _folder: folder }),
            Err(error) => {
                eprintln!("skipped: snmpd: {error}");
                None
            }
        }
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `ward-lab record` makes of sysName, asked as this user.
fn record(address: &str, user: &str, patience: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ward-lab"));
    command.args(["record", address, "--root", "1.3.6.1.2.1.1.5", "--timeout", patience, "--v3-user", user]);
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn the_recorder_reads_snmpd_with_every_protocol() {
    let Some(agent) = Snmpd::start() else { return };
    let deadline = Instant::now() + Duration::from_secs(60);
    while !record(&agent.address, "none", "300ms").status.success() {
        assert!(Instant::now() < deadline, "snmpd does not answer");
    }
    for user in users() {
        let mut text = name_of(&user);
        if let Some((protocol, password)) = user.auth() {
            write!(text, ":{protocol}:{password}").unwrap();
        }
        if let Some((protocol, password)) = user.privacy() {
            write!(text, ":{protocol}:{password}").unwrap();
        }
        let output = record(&agent.address, &text, "5s");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said, "1.3.6.1.2.1.1.5.0|4|snmpd.example\n", "{text}: {output:?}");
    }
    for (user, complaint) in [
        ("SHA-AES:SHA:wrongphrase:AES:privphrase", "the authentication password or protocol is wrong"),
        ("nobody:SHA:authphrase:AES:privphrase", "there is no such user"),
        ("SHA:SHA:authphrase:AES:privphrase", "the user has no keys for this security level"),
        ("SHA-AES:SHA:authphrase", "the agent says error 16"),
        // snmpd does not report what it cannot decrypt.
        ("SHA-AES:SHA:authphrase:AES:wrongphrase", "no answer to 4 requests"),
    ] {
        let output = record(&agent.address, user, "300ms");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(complaint), "{user}: {said}");
    }
}
