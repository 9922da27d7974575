//! Agents that are not ours: net-snmp's. And SNMPv3.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};

use lab::{AuthProtocol, PrivProtocol, User};
use tempfile::TempDir;

use crate::network::{Network, agent, printed, switch};
use crate::support::until;

/// net-snmp's agent on a port of its own, with a community and a user of SNMPv3.
struct Snmpd {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Snmpd {
    /// `None`, said aloud, without net-snmp.
    fn start() -> Option<Self> {
        for program in ["snmpd", "snmpbulkwalk"] {
            if Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_err()
            {
                let line = "missing: snmpd (scripts/install-tools.sh installs programs)";
                assert!(std::env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
                println!("skipped, {line}");
                return None;
            }
        }
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let port = socket.local_addr().expect("an address").port();
        drop(socket);
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("snmpd.conf");
        let text = format!(
            "agentAddress udp:127.0.0.1:{port}\nview all included .1\nrocommunity public default -V all\n\
             createUser ward SHA \"auth secret\" AES \"priv secret\"\nrouser ward priv -V all\n\
             sysName snmpd.example\nsysLocation a test\n"
        );
        std::fs::write(&file, text).expect("the configuration is written");
        let child = Command::new("snmpd")
            .args(["-f", "-LO", "0", "-r", "-C", "-c"])
            .arg(&file)
            .arg("-p")
            .arg(folder.path().join("pid"))
            .env("SNMP_PERSISTENT_DIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("snmpd starts");
        let snmpd = Self { child, port, _folder: folder };
        until("snmpd's answer", || !snmpd.walk("1.3.6.1.2.1.1.3").is_empty());
        Some(snmpd)
    }

    /// A subtree as net-snmp's own walk reads it: values in the order of their indexes.
    fn walk(&self, oid: &str) -> Vec<String> {
        let output = Command::new("snmpbulkwalk")
            .args([
                "-v2c",
                "-c",
                "public",
                "-m",
                "",
                "-t1",
                "-r1",
                "-OnQUev",
                &format!("127.0.0.1:{}", self.port),
                oid,
            ])
            .output()
            .expect("snmpbulkwalk runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(|line| line.trim().trim_matches('"').to_owned()).collect()
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn net_snmp_is_discovered_over_v2c_and_v3_as_its_own_walk_reads_it() {
    let Some(snmpd) = Snmpd::start() else { return };
    let network = Network::of(&[]).await;
    let port = snmpd.port;
    network.write(
        "devices.yml",
        &format!(
            "auths:\n  two: {{version: 2, community: public}}\n  three: {{version: 3, username: ward, \
             security_level: authPriv, auth_protocol: SHA, password: auth secret, priv_protocol: AES, \
             priv_password: priv secret}}\ndevices:\n\
             - {{name: two, address: 127.0.0.1, port: {port}, auth: two}}\n\
             - {{name: three, address: 127.0.0.1, port: {port}, auth: three}}\n"
        ),
    );
    let discovered = network.run(&["discover"]);
    assert!(discovered.status.success(), "{}", printed(&discovered));
    for device in ["two", "three"] {
        for (column, oid) in [
            ("if_index", "1.3.6.1.2.1.2.2.1.1"),
            ("if_descr", "1.3.6.1.2.1.2.2.1.2"),
            ("if_type_number", "1.3.6.1.2.1.2.2.1.3"),
            ("mtu", "1.3.6.1.2.1.2.2.1.4"),
            ("admin_status", "1.3.6.1.2.1.2.2.1.7"),
            ("oper_status", "1.3.6.1.2.1.2.2.1.8"),
            ("if_name", "1.3.6.1.2.1.31.1.1.1.1"),
        ] {
            let expected = snmpd.walk(oid);
            assert!(!expected.is_empty(), "{column}");
            let found = network.text(&format!(
                "SELECT group_concat({column}, ' ') FROM (SELECT {column} FROM device_interfaces \
                 WHERE device_name = '{device}' ORDER BY if_index)"
            ));
            assert_eq!(found, expected.join(" "), "{device} {column}");
        }
        let name = network
            .text(&format!("SELECT sys_name || ', ' || location FROM devices WHERE name = '{device}'"));
        assert_eq!(name, "snmpd.example, a test");
        assert_eq!(
            network
                .number(&format!("SELECT count(*) FROM devices WHERE name = '{device}' AND engine_id <> ''")),
            1
        );
    }
    let lo = network
        .text("SELECT interface_type FROM device_interfaces WHERE if_name = 'lo' AND device_name = 'three'");
    assert_eq!(lo, "loopback");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_every_kind_discover() {
    let users = [
        ("plain", "noAuthNoPriv", "", User::no_auth("plain")),
        (
            "sha",
            "authNoPriv",
            ", auth_protocol: SHA, password: password1",
            User::auth_no_priv("sha", AuthProtocol::Sha1, "password1"),
        ),
        (
            "sha512",
            "authPriv",
            ", auth_protocol: SHA512, password: password1, priv_protocol: AES256, priv_password: password2",
            User::auth_priv("sha512", AuthProtocol::Sha512, "password1", PrivProtocol::Aes256, "password2"),
        ),
    ];
    let network = Network::of(&[]).await;
    let (mut auths, mut devices, mut agents) = (String::new(), String::new(), Vec::new());
    for (name, level, secrets, user) in users {
        let agent = agent(&switch(name)).user(user).v3_only().spawn().await.expect("an agent");
        auths += &format!("  {name}: {{version: 3, username: {name}, security_level: {level}{secrets}}}\n");
        devices +=
            &format!("- {{name: {name}, address: 127.0.0.1, port: {}, auth: {name}}}\n", agent.addr().port());
        agents.push(agent);
    }
    // A wrong password is named, and costs the others nothing.
    auths += "  wrong: {version: 3, username: sha, security_level: authNoPriv, auth_protocol: SHA, password: password9}\n";
    devices +=
        &format!("- {{name: wrong, address: 127.0.0.1, port: {}, auth: wrong}}\n", agents[1].addr().port());
    network.write("devices.yml", &format!("auths:\n{auths}defaults: {{timeout: 2s}}\ndevices:\n{devices}"));
    let discovered = network.run(&["discover"]);
    let text = printed(&discovered);
    assert!(text.contains("4 devices, 1 without an answer; 72 interfaces: 72 new"), "{text}");
    let wrong = text.lines().find(|line| line.starts_with("wrong ")).expect("its line");
    assert!(wrong.contains("password"), "{wrong}");
    assert!(!text.contains("password9") && !text.contains("password1"), "{text}");
}
