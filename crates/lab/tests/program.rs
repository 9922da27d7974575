//! The program `ward-lab` from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use lab::ask::{self, Response};
use lab::message::Operation;
use lab::synth::Device;
use lab::{Agent, Oid, Version};
use ward_lab as lab;

fn ward_lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ward-lab"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// `--port=` and a UDP port that was free a moment ago, so that two runs of these tests do not meet.
fn port() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    format!("--port={}", socket.local_addr().unwrap().port())
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The rows of ifIndex, asked as an exporter would, but for the pipelining.
fn scrape(target: SocketAddr) -> Option<Vec<u32>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let column = Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 1]);
    let (mut last, mut rows) = (column.clone(), Vec::new());
    loop {
        let operation = Operation::GetBulk { non_repeaters: 0, max_repetitions: 10 };
        let request = ask::request(Version::V2c, b"public", 7, operation, &[last.clone()]);
        socket.send_to(&request, target).unwrap();
        let mut packet = [0; 2000];
        let length = socket.recv(&mut packet).ok()?;
        for (name, _) in Response::decode(&packet[..length]).unwrap().varbinds {
            let [.., index] = name.arcs() else { return None };
            if !name.arcs().starts_with(column.arcs()) {
                return Some(rows);
            }
            rows.push(*index);
            last = name;
        }
    }
}

/// An exporter that is just good enough: one series for each interface, chunked, on connections that it
/// keeps.
fn exporter() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(stream: TcpStream) {
    let mut requests = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if requests.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        while requests
            .by_ref()
            .lines()
            .next()
            .is_some_and(|header| header.is_ok_and(|header| !header.is_empty()))
        {}
        let target = line.split_once("target=").unwrap().1.split([' ', '&']).next().unwrap();
        let rows = scrape(target.parse().unwrap()).unwrap();
        let mut body = "# HELP up x\n# TYPE up gauge\n".to_owned();
        for row in rows {
            body += &format!("up{{if=\"{row}\"}} 1\n");
        }
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        write!(stream, "{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).unwrap();
    }
}

fn bench(exporter: SocketAddr, arguments: &[&str]) -> Output {
    let url = format!("http://{exporter}/snmp?target={{target}}&module=if_mib");
    let pid = std::process::id().to_string();
    let mut command = ward_lab(&["bench", "--url", &url, "--pid", &pid]);
    command.args(arguments).output().unwrap()
}

#[test]
fn a_benchmark_measures_scrapes_and_holds_them_to_limits() {
    let exporter = exporter();
    let port = port();
    let common = [
        port.as_str(),
        "--devices",
        "4",
        "--interfaces",
        "24",
        "--base-address",
        "127.61.0.1",
        "--delay",
        "5ms",
    ];
    let json = ["--scrapes", "20", "--concurrency", "2", "--format", "json"];
    let output = bench(exporter, &[&common[..], &json].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("no {name} in {report}"));
    assert_eq!(number("scrapes"), 20.0);
    assert_eq!(number("ok"), 1.0);
    // 24 rows and one behind them, ten at a time, one after another.
    assert_eq!((number("packets"), number("rounds"), number("outstanding")), (3.0, 3.0, 1.0));
    assert_eq!((number("varbinds"), number("series"), number("bad_requests")), (30.0, 24.0, 0.0));
    assert!(number("p50") >= 0.0146 && number("max") < 5.0);
    assert!(number("rss") > 1e5 && number("cores") >= 0.0);
    assert_eq!(report["statuses"]["200"], 20);

    let limits = ["--scrapes", "4", "--expect", "packets<=3", "--expect", "p50<=1us", "--expect", "ok>=100%"];
    let output = bench(exporter, &[&common[..], &limits].concat());
    assert_eq!(output.status.code(), Some(1));
    let complaints = text(&output.stderr);
    assert!(complaints.contains("ward-lab: expected p50<=1us, but it is "), "{complaints}");
    assert_eq!(complaints.matches("expected").count(), 1, "{complaints}");
    assert!(text(&output.stdout).contains("requests per scrape"));
}

#[test]
fn an_open_loop_scrapes_every_device_once_in_each_interval() {
    let arguments =
        ["--devices", "5", "--interfaces", "4", "--base-address", "127.62.0.1", "--interval", "200ms"];
    let output = bench(exporter(), &[&arguments[..], &["--for", "1s", "--format", "json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["scrapes"].as_f64(), report["ok"].as_f64()), (Some(25.0), Some(1.0)));
    assert!(report["seconds"].as_f64().unwrap() >= 0.95, "{report}");
}

#[test]
fn a_benchmark_says_what_is_missing() {
    let cases: [(&[&str], &str); 4] = [
        (&["bench"], "how many? use --devices, or --network bank"),
        (&["bench", "--devices", "2", "--concurrency", "3"], "no device is scraped twice at a time"),
        (
            &[
                "bench",
                "--devices",
                "1",
                "--base-address",
                "127.63.0.1",
                "--url",
                "http://127.0.0.1:9/",
                "--ready-timeout",
                "50ms",
            ],
            "nobody listens on 127.0.0.1:9 after 50ms",
        ),
        (
            &[
                "bench",
                "--devices",
                "1",
                "--base-address",
                "127.63.0.1",
                "--url",
                "http://127.0.0.1:9/",
                "--spawn",
                "cat {devices} >&2; exit 3",
            ],
            "the exporter ended with exit status: 3",
        ),
    ];
    for (arguments, complaint) in cases {
        let mut command = ward_lab(arguments);
        let output = command.arg(port()).output().unwrap();
        assert!(!output.status.success());
        let stderr = text(&output.stderr);
        assert!(stderr.contains(complaint), "{arguments:?}: {stderr}");
    }
}

#[test]
fn recordings_come_back_as_they_were_served() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let device = Device::switch("gori-sw1", "gori", 12, 1);
    let mib = device.mib();
    let agent = runtime.block_on(Agent::new(mib.build().unwrap()).spawn()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (version, missing) in [("2c", 0), ("1", 8 * 12)] {
        let file = folder.path().join("walk.snmprec");
        let target = agent.addr().to_string();
        let arguments = ["record", &target, "--version", version, "-o", file.to_str().unwrap()];
        let output = ward_lab(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let recording = lab::snmprec::Recording::load(&file).unwrap();
        assert_eq!((recording.bad_lines.len(), recording.duplicates), (0, 0));
        assert_eq!(recording.objects.len(), mib.len() - missing, "version {version}");
        assert!(text(&output.stderr).contains("objects"));
    }
    let output =
        ward_lab(&["record", &agent.addr().to_string(), "--root", "1.3.6.1.2.1.1.5"]).output().unwrap();
    assert_eq!(text(&output.stdout), "1.3.6.1.2.1.1.5.0|4|gori-sw1\n");
}

#[test]
fn a_recorder_keeps_what_it_has_when_an_agent_goes_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mib = Device::switch("gori-sw1", "gori", 12, 1).mib().build().unwrap();
    let agent = Agent::new(mib).fault("loop@3+".parse().unwrap());
    let agent = runtime.block_on(agent.spawn()).unwrap();
    let output = ward_lab(&["record", &agent.addr().to_string(), "--repetitions", "5"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).lines().count(), 10);
    assert!(text(&output.stderr).contains("the agent goes back, from "), "{}", text(&output.stderr));
}

#[test]
fn agents_are_served_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, inventory) = (folder.path().join("r.snmprec"), folder.path().join("devices.yml"));
    std::fs::write(&recording, "1.3.6.1.2.1.2.2.1.1.7|2|7\nbroken\n1.3.6.1.4.1.9.1.0|2|1\n").unwrap();
    let arguments = ["serve", "--devices", "2", "--interfaces", "3", "--base-address", "127.64.0.1"];
    let port = port();
    let (_, number) = port.split_once('=').unwrap();
    let mut command = ward_lab(&arguments);
    command.arg(&port);
    command.arg(format!("old={}", recording.display())).arg("--write-devices").arg(&inventory);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shown: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("serving")).collect();
    assert!(
        shown[3].starts_with("127.64.0.3:") && shown[3].contains("1 lines left out (line 2: "),
        "{shown:?}"
    );
    assert_eq!(scrape(format!("127.64.0.2:{number}").parse().unwrap()), Some(vec![1, 2, 3]));
    assert_eq!(scrape(format!("127.64.0.3:{number}").parse().unwrap()), Some(vec![7]));
    let devices = std::fs::read_to_string(&inventory).unwrap();
    assert!(
        devices.contains(
            "- {name: kutaisi-sw1, address: \"127.64.0.2\", labels: {site: kutaisi, role: access}}"
        )
    );
    interrupt(child.id());
    assert!(child.wait().unwrap().success());
    let last: Vec<String> = lines.collect();
    assert!(last.iter().any(|line| line.starts_with("2 requests, 2 answers")), "{last:?}");
}

#[test]
fn agents_are_served_and_recorded_over_v3() {
    let folder = tempfile::tempdir().unwrap();
    let (inventory, truth) = (folder.path().join("devices.yml"), folder.path().join("truth.json"));
    let user = "ward:SHA256:auth-phrase:AES256:priv-phrase";
    let port = port();
    let arguments =
        ["serve", "--network", "bank", "--branches", "3", "--base-address", "127.65.0.1", "--v3-only"];
    let mut command = ward_lab(&arguments);
    command.args(["--v3-user", user, "--v3-boots", "9", "--fault", "blank_discovery", &port]);
    command.arg("--write-devices").arg(&inventory).arg("--write-truth").arg(&truth);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.by_ref().find(|line| line.starts_with("serving")).unwrap();
    let devices = std::fs::read_to_string(&inventory).unwrap();
    assert!(devices.contains("username: ward, security_level: authPriv, auth_protocol: SHA256"), "{devices}");
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(&truth).unwrap()).unwrap();
    let ends = &truth["links"][0];
    assert_eq!(
        (&ends["a"]["device"], &ends["a"]["if_name"]),
        (&"tbilisi-core-1".into(), &"Ethernet1/49".into())
    );
    assert_eq!((&ends["b"]["device"], &ends["b"]["hears_lldp"]), (&"tbilisi-core-2".into(), &true.into()));

    let target = port.replace("--port=", "127.65.0.1:");
    let record = |more: &[&str]| {
        let arguments = ["record", &target, "--root", "1.0.8802.1.1.2.1.3.1", "--timeout", "300ms"];
        ward_lab(&[&arguments[..], more].concat()).output().unwrap()
    };
    let output = record(&["--v3-user", user]);
    assert_eq!(text(&output.stdout), "1.0.8802.1.1.2.1.3.1.0|2|4\n", "{}", text(&output.stderr));
    for (more, complaint) in [
        (
            &["--v3-user", "ward:SHA256:too-bad-phrase"][..],
            "the authentication password or protocol is wrong",
        ),
        (&["--v3-user", "ward:SHA256:short"], "--v3-user: a password has at least eight octets"),
        (&["--version", "3"], "who asks? use --v3-user"),
        (&["--version", "2c"], "no answer to 4 requests"),
    ] {
        let stderr = text(&record(more).stderr);
        assert!(stderr.contains(complaint) && !stderr.contains("phrase"), "{more:?}: {stderr}");
    }
    interrupt(child.id());
    assert!(child.wait().unwrap().success());
    let last: Vec<String> = lines.collect();
    assert!(last.contains(&"1 not in the time window".to_owned()), "{last:?}");
}

/// A network from a file, and all that can happen in it, as a client sees it.
#[test]
fn things_happen_in_a_network_that_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (network, socket) = (file("office.yml"), file("lab.sock"));
    let office = "devices:\n  - {name: r1, role: branch, ports: 3, aliases: {1: ISP Magti}}\n  - {name: sw1, make: linux, ports: 4}\n\
                  cables: [[r1:2, sw1:1]]\n";
    std::fs::write(&network, office).unwrap();
    let port = port();
    let mut command = ward_lab(&["serve", "--network", &network, "--base-address", "127.66.0.1", &port]);
    let mut child = Child(command.args(["--control", &socket]).stdout(Stdio::piped()).spawn().unwrap());
    let child = &mut child.0;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.by_ref().find(|line| line.starts_with("serving")).unwrap();
    let happen = |what: &str| {
        let words: Vec<&str> = ["network", "--control", &socket].into_iter().chain(what.split(' ')).collect();
        let output = ward_lab(&words).output().unwrap();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    let router = format!("127.66.0.1:{}", port.trim_start_matches("--port="));
    // What a recorder finds below a column, by what follows it.
    let rows = |column: &str| {
        let arguments = ["record", &router, "--timeout", "500ms", "--root", column];
        text(&ward_lab(&arguments).output().unwrap().stdout)
    };
    let statuses =
        || rows("1.3.6.1.2.1.2.2.1.8").lines().map(|line| line.ends_with("|1")).collect::<Vec<_>>();
    let heard = || rows("1.0.8802.1.1.2.1.4.1.1.9").lines().count();

    assert_eq!((statuses(), heard()), (vec![true, true, false, true], 1));
    assert_eq!(happen("down r1:Gi0/0/0").unwrap(), "r1:Gi0/0/0 is down\n");
    assert_eq!((statuses(), heard()), (vec![false, true, false, true], 1));
    happen("up r1:1").unwrap();
    let told = happen("move r1:2 r1:3").unwrap();
    assert_eq!(told, "r1:Gi0/0/1 is down\nr1:Gi0/0/2 is up\nr1:2 → r1:3\n");
    assert_eq!((statuses(), heard()), (vec![true, false, true, true], 1));
    happen("down sw1:swp1").unwrap();
    assert_eq!((statuses(), heard()), (vec![true, false, false, true], 0));
    let shown = happen("show").unwrap();
    assert!(shown.contains("r1:Gi0/0/2") && shown.contains("sw1:swp1  down"), "{shown}");
    let truth: serde_json::Value = serde_json::from_str(&happen("truth").unwrap()).unwrap();
    assert_eq!(truth["links"][0]["a"]["if_name"], "Gi0/0/2");
    happen("silence r1").unwrap();
    assert_eq!(rows("1.3.6.1.2.1.2.2.1.8"), "");
    happen("wake r1").unwrap();
    assert_eq!(statuses(), [true, false, false, true]);

    let mistake = happen("down r1:9").unwrap_err();
    assert!(mistake.contains("r1 has no port \"9\", only Gi0/0/0, Gi0/0/1"), "{mistake}");
    let second =
        ward_lab(&["serve", "--devices", "1", "--base-address", "127.66.1.1", "--control", &socket, &port]);
    let second = { second }.output().unwrap();
    assert!(text(&second.stderr).contains("another ward-lab listens there"), "{}", text(&second.stderr));
    interrupt(child.id());
    assert!(child.wait().unwrap().success());
    assert!(!Path::new(&socket).exists());
    let gone = happen("show").unwrap_err();
    assert!(gone.contains("is `ward-lab serve --control "), "{gone}");
    std::fs::write(&network, "devices:\n  - {name: r1, make: hp}\n").unwrap();
    let output = ward_lab(&["serve", "--network", &network]).output().unwrap();
    let complaint = text(&output.stderr);
    assert!(complaint.contains("office.yml: line 2: devices[r1].make: unknown: \"hp\""), "{complaint}");
}

/// A program that does not outlive its test.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn interrupt(pid: u32) {
    use nix::sys::signal::{Signal, kill};
    kill(nix::unistd::Pid::from_raw(pid as i32), Signal::SIGINT).unwrap();
}

#[test]
fn a_missing_recording_is_named() {
    let output = ward_lab(&["serve", "a=/nonexistent/a.snmprec"]).output().unwrap();
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("/nonexistent/a.snmprec: No such file"),
        "{}",
        text(&output.stderr)
    );
    assert!(!Path::new("/nonexistent").exists());
}
