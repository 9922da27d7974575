//! Three real hosts that speak LLDP: lldpd and snmpd, each pair in a network namespace of its own, with cables between.
//!
//! The truth is how the cables were plugged, and lldpd's own `show neighbors`. LLDP does not run over the lines by which
//! the hosts are managed.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use ward_e2e::http;
use ward_e2e::netns::Namespace;
use ward_e2e::process::{PATIENCE, Process, run, wait_for};
use ward_e2e::programs::{available, ours};

const HOSTS: [&str; 3] = ["alpha", "beta", "gamma"];

/// A port: the host's name, and the port's number.
type Port = (&'static str, u32);
/// What is plugged into what, the end that sorts first before.
type Cables = BTreeSet<(String, String)>;

const STAYS: [(Port, Port); 2] = [(("alpha", 2), ("beta", 3)), (("beta", 2), ("gamma", 1))];
/// Beside another cable of the same two hosts.
const BEFORE: (Port, Port) = (("alpha", 1), ("beta", 1));
/// The end at alpha is where it was.
const AFTER: (Port, Port) = (("alpha", 1), ("gamma", 2));

#[test]
fn links_are_the_cables_that_lldpd_tells_of_and_one_that_is_moved_is_followed() {
    if !available(&["lldpd", "lldpcli", "snmpd", "snmpget", "ip", "unshare"], true) {
        return;
    }
    let station = Namespace::new();
    let folder = TempDir::new().unwrap();
    let mut hosts: Vec<Host> =
        HOSTS.iter().zip(1..).map(|(name, number)| Host::new(name, number, &station)).collect();
    for (one, two) in STAYS.iter().chain([&BEFORE]) {
        plug(&hosts, *one, *two);
    }
    for host in &mut hosts {
        host.start(&station);
    }

    let cables = named(STAYS.iter().chain([&BEFORE]));
    heard(&hosts, &cables);
    let classifier = Classifier::start(&station, &folder, &hosts);
    wait_for("the links", PATIENCE, || exactly(&classifier.links()?, &cables));

    unplug(&hosts, BEFORE.0);
    // Until lldpd has let go of the ports: it keeps the socket of one that is deleted and at once there again.
    heard(&hosts, &named(STAYS.iter()));
    // The port has another MAC address now, as after an exchange of its module.
    hosts[0].generation = 1;
    plug(&hosts, AFTER.0, AFTER.1);
    let cables = named(STAYS.iter().chain([&AFTER]));
    heard(&hosts, &cables);
    // lldpd does not say that its neighbours have changed where an interface went: walks look at them all the same.
    wait_for("the links after the move", PATIENCE, || exactly(&classifier.links()?, &cables));
    wait_for("the move among the events", PATIENCE, || {
        let told = classifier.get("/api/v1/events?device=alpha&kind=link_appeared,neighbour_changed")?;
        // Its port is known by name where gamma was walked first.
        let is_move = |event: &Value| {
            event["if_name"] == "swp1" && ["gamma", "gamma swp2"].iter().any(|new| event["new_value"] == *new)
        };
        match told["events"].as_array().is_some_and(|events| events.iter().any(is_move)) {
            true => Ok(()),
            false => Err(told.to_string()),
        }
    });
}

/// A host. Its daemons end before its namespace is deleted.
struct Host {
    name: &'static str,
    number: u8,
    /// How often its ports were exchanged; a part of their MAC addresses.
    generation: u8,
    /// Of the line by which it is managed.
    address: String,
    daemons: Vec<Process>,
    folder: TempDir,
    namespace: Namespace,
}

impl Host {
    /// Makes one, with a line of its own to the station.
    fn new(name: &'static str, number: u8, station: &Namespace) -> Self {
        let host = Self {
            name,
            number,
            generation: 0,
            address: format!("192.0.2.{}", 4 * number + 1),
            daemons: Vec::new(),
            folder: TempDir::new().expect("a temporary folder"),
            namespace: Namespace::new(),
        };
        let line = format!("line{number}");
        let number_there = 100 + u32::from(number);
        cable((station, &line, number_there, [0, 0]), (&host.namespace, "mgmt0", 2, [number, 0]));
        let near = format!("192.0.2.{}/30", 4 * number + 2);
        run(station.command("ip").args(["address", "add", &near, "dev", &line]));
        let far = format!("{}/30", host.address);
        run(host.namespace.command("ip").args(["address", "add", &far, "dev", "mgmt0"]));
        host
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts snmpd, and lldpd as its subagent.
    fn start(&mut self, station: &Namespace) {
        let (name, address, agentx) = (self.name, &self.address, self.file("agentx"));
        let text = format!(
            "agentAddress udp:{address}:161\nview all included .1\nrocommunity public default -V all\n\
             sysName {name}.example\nmaster agentx\nagentXSocket {}\n",
            agentx.display()
        );
        fs::write(self.file("snmpd.conf"), text).expect("the configuration is written");
        let mut command = self.namespace.command("snmpd");
        command.args(["-f", "-LO", "4", "-r", "-C", "-c"]).arg(self.file("snmpd.conf"));
        command.arg("-p").arg(self.file("pid"));
        let mut snmpd =
            Process::start(command.env("SNMP_PERSISTENT_DIR", self.folder.path()).env("MIBS", ""));
        snmpd.ready("snmpd's answer", || get(station, address, "1.3.6.1.2.1.1.3.0"));

        let text = format!("configure system hostname {name}.example\nconfigure lldp tx-interval 1\n");
        fs::write(self.file("lldpd.conf"), text).expect("the configuration is written");
        // Each needs a /run/lldpd of its own. The shell is the first process of a process namespace, so that all of
        // lldpd goes with it; lldpd itself would not hear that unshare is gone, once it has given up root's rights.
        let mut command = self.namespace.command("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"]);
        command.arg("mkdir -p /run/lldpd && mount -t tmpfs none /run/lldpd && lldpd \"$@\"; exit");
        // -I: not over mgmt0.
        command.args(["lldpd", "-d", "-x", "-I", "swp*", "-X"]).arg(agentx);
        command.arg("-u").arg(self.file("control")).arg("-O").arg(self.file("lldpd.conf"));
        let mut lldpd = Process::start(command.env("MIBS", ""));
        // lldpLocSysName
        lldpd.ready("lldpd's answer", || get(station, address, "1.0.8802.1.1.2.1.3.3.0"));
        self.daemons.extend([lldpd, snmpd]);
    }

    /// Whom lldpd hears: its own port, and who is there on which port.
    fn neighbours(&self) -> Result<BTreeSet<(String, String)>, String> {
        let mut command = Command::new("lldpcli");
        command.arg("-u").arg(self.file("control")).args(["-f", "json0", "show", "neighbors"]);
        let shown = run(&mut command);
        let shown: Value = serde_json::from_str(&shown).map_err(|error| error.to_string())?;
        let text = |value: &Value, path: &str| value.pointer(path)?.as_str().map(str::to_owned);
        let interfaces = shown.pointer("/lldp/0/interface").and_then(Value::as_array);
        let neighbour = |interface: &Value| {
            let port = text(interface, "/name")?;
            let host = text(interface, "/chassis/0/name/0/value")?;
            let far = text(interface, "/port/0/descr/0/value")?;
            Some((format!("{}/{port}", self.name), format!("{}/{far}", host.trim_end_matches(".example"))))
        };
        let all = interfaces.into_iter().flatten().map(|interface| neighbour(interface).ok_or(interface));
        all.collect::<Result<_, _>>().map_err(|interface| interface.to_string())
    }
}

/// Waits until the hosts hear each other over these cables, both ends, and nobody else.
fn heard(hosts: &[Host], cables: &Cables) {
    let turned = cables.iter().map(|(one, two)| (two.clone(), one.clone()));
    let expected: BTreeSet<_> = cables.iter().cloned().chain(turned).collect();
    wait_for("the hosts to hear each other", PATIENCE, || {
        let mut heard = BTreeSet::new();
        for host in hosts {
            heard.extend(host.neighbours()?);
        }
        if heard == expected { Ok(()) } else { Err(format!("{heard:?}")) }
    });
}

/// Asks for one OID, which must be there.
fn get(station: &Namespace, address: &str, oid: &str) -> Result<(), String> {
    let mut command = station.command("snmpget");
    command.args(["-v2c", "-c", "public", "-t0.5", "-r0", "-m", "", address, oid]);
    let answer = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&answer.stdout) + String::from_utf8_lossy(&answer.stderr);
    if answer.status.success() && !text.contains("No Such") { Ok(()) } else { Err(text.into_owned()) }
}

/// An end of a cable: where, the interface's name, its ifIndex, and the number and generation of the host, for the MAC address.
type CableEnd<'a> = (&'a Namespace, &'a str, u32, [u8; 2]);

/// Lays a cable between two namespaces.
fn cable(one: CableEnd<'_>, two: CableEnd<'_>) {
    let mac = |end: CableEnd<'_>| format!("02:00:00:{:02x}:{:02x}:{:02x}", end.3[1], end.3[0], end.2);
    let mut add = one.0.command("ip");
    add.args(["link", "add", one.1, "address", &mac(one), "index", &one.2.to_string()]);
    add.args(["type", "veth", "peer", "name", two.1, "address", &mac(two), "index", &two.2.to_string()]);
    add.args(["netns", two.0.name()]);
    run(&mut add);
    for (namespace, interface, ..) in [one, two] {
        run(namespace.command("ip").args(["link", "set", interface, "up"]));
    }
}

fn host<'a>(hosts: &'a [Host], name: &str) -> &'a Host {
    hosts.iter().find(|host| host.name == name).expect("a host of this name")
}

/// Plugs a cable in. A port has the same ifIndex whatever is plugged in.
fn plug(hosts: &[Host], one: Port, two: Port) {
    let names = [one, two].map(|(_, number)| format!("swp{number}"));
    let [one_host, two_host] = [one, two].map(|(name, _)| host(hosts, name));
    cable(
        (&one_host.namespace, &names[0], 10 + one.1, [one_host.number, one_host.generation]),
        (&two_host.namespace, &names[1], 10 + two.1, [two_host.number, two_host.generation]),
    );
}

fn unplug(hosts: &[Host], (name, number): Port) {
    run(host(hosts, name).namespace.command("ip").args(["link", "delete", &format!("swp{number}")]));
}

fn named<'a>(cables: impl Iterator<Item = &'a (Port, Port)>) -> Cables {
    let port = |(host, number): Port| format!("{host}/swp{number}");
    cables.map(|(one, two)| (port(*one), port(*two))).collect()
}

/// A classifier at the station.
struct Classifier<'a> {
    station: &'a Namespace,
    _process: Process,
}

impl<'a> Classifier<'a> {
    fn start(station: &'a Namespace, folder: &TempDir, hosts: &[Host]) -> Self {
        let mut devices = String::from(
            "auths: {public: {version: 2, community: public}}\ndefaults: {auth: public}\ndevices:\n",
        );
        for Host { name, address, .. } in hosts {
            devices.push_str(&format!("  - {{name: {name}, address: {address}}}\n"));
        }
        let file = folder.path().join("devices.yml");
        fs::write(&file, devices).unwrap();
        let mut command = station.command(ours("ward-classifier"));
        command
            .arg(format!("--devices.file={}", folder.path().join("devices.yml").display()))
            .arg(format!("--database={}", folder.path().join("ward.db").display()));
        command.arg("--web.listen-address=127.0.0.1:9117").arg("--discovery.interval=2s");
        let mut process = Process::start(&mut command);
        process.ready("the classifier", || station.inside(|| http::get(LISTENS, "/-/ready"))?.ok().map(drop));
        Self { station, _process: process }
    }

    /// The links of the graph, with all that is said of them.
    fn links(&self) -> Result<Vec<Value>, String> {
        let graph = self.get("/api/v1/topology?endpoints=true")?;
        graph["links"].as_array().cloned().ok_or_else(|| graph.to_string())
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        let body = self.station.inside(|| http::get(LISTENS, path))?.ok()?;
        serde_json::from_str(&body).map_err(|error| error.to_string())
    }
}

const LISTENS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9117);

/// Whether the links are these cables and nothing else, each seen from both ends and up.
fn exactly(links: &[Value], cables: &Cables) -> Result<(), String> {
    let text = |link: &Value, key: &str| link.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
    let end = |link: &Value, device: &str, port: &str| format!("{}/{}", text(link, device), text(link, port));
    let shown = links.iter().map(|link| {
        let (one, two) = (end(link, "source", "source_port"), end(link, "target", "target_port"));
        if one <= two { (one, two) } else { (two, one) }
    });
    let sure = |link: &Value| link["state"] == "active" && link["confidence"].as_f64() >= Some(0.98);
    let good = links.len() == cables.len() && shown.collect::<Cables>() == *cables && links.iter().all(sure);
    if good { Ok(()) } else { Err(format!("{links:?}")) }
}
