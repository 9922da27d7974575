//! A provider's line goes down at a simulated router: from the device through exporter, classifier, vmagent,
//! VictoriaMetrics and vmalert to Alertmanager, all of them real, with the shipped rules and configurations.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use lab::{Agent, Mib, RunningAgent};
use tempfile::TempDir;
use ward_e2e::process::{PATIENCE, Process, free_port, wait_for};
use ward_e2e::programs::{available, ours, repository};
use ward_e2e::victoria::{VictoriaMetrics, Vmagent};
use ward_e2e::{agents, exporter::Exporter, http};

/// Seconds between evaluations here; 30 as shipped.
const EVALUATION: u64 = 3;

#[test]
fn a_line_that_goes_down_is_told_with_its_provider_and_site() {
    if !available(&["victoria-metrics", "vmagent", "vmalert", "prometheus-alertmanager"], false) {
        return;
    }
    let (router, other) = (router(1), agents::start(Agent::new(device("gori-sw1", 1))));
    let folder = TempDir::new().unwrap();
    let inventory = inventory(&[("gori-r1", router.addr()), ("gori-sw1", other.addr())]);
    let exporter = Exporter::start(&inventory);
    let classifier = free_port();
    let _classifier = classify(&folder, &inventory, classifier);
    let storage = VictoriaMetrics::start();
    let _agent = Vmagent::start(&scraping(exporter.address, classifier), &storage);
    let alertmanager = Alertmanager::start(&folder);
    let _vmalert = evaluate(&folder, &storage, alertmanager.address);

    // It is known what the line is, and nothing is wrong.
    let known = r#"count(interface:info{interface_type="isp",isp_provider="magti",site="gori"})"#;
    wait_for(known, PATIENCE, || storage.value(known).map(drop));
    assert_eq!(alertmanager.alerts("IspInterfaceDown").unwrap(), [] as [Told; 0]);

    router.set_mib(device("gori-r1", 2));
    // From when the series show it, as scrapes have a rhythm of their own.
    let down = r#"count(interface_if_oper_status{device="gori-r1",if_name="Gi0/1"} == 2)"#;
    wait_for(down, PATIENCE, || storage.value(down).map(drop));
    let since = Instant::now();
    let told = wait_for("the alert of the line", PATIENCE, || alertmanager.one("IspInterfaceDown"));
    let took = since.elapsed();
    let label = |name: &str| told.labels.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    assert_eq!((label("isp_provider"), label("site"), label("if_name")), ("magti", "gori", "Gi0/1"));
    assert_eq!((label("severity"), told.state.as_str()), ("critical", "active"));
    // Two evaluations, and what it takes to send.
    assert!(took < Duration::from_secs(2 * EVALUATION + 5), "{took:?}");
    let site = wait_for("the alert of the site", PATIENCE, || alertmanager.one("SiteIspDown"));
    assert_eq!(site.state, "active");

    // Then the whole site falls silent: one alert is told, those of its devices are held back.
    drop((router, other));
    let site = wait_for("the alert of the silent site", PATIENCE, || alertmanager.one("SiteDown"));
    assert_eq!(site.state, "active");
    wait_for("the devices' alerts, held back", PATIENCE, || {
        let devices = alertmanager.alerts("DeviceUnreachable")?;
        let held = devices.len() == 2 && devices.iter().all(|device| device.state == "suppressed");
        if held { Ok(()) } else { Err(format!("{devices:?}")) }
    });
}

fn router(status: i64) -> RunningAgent {
    agents::start(Agent::new(device("gori-r1", status)))
}

/// A device with a line to a provider, of that status, and two ports. The switch has a trunk in its place.
fn device(name: &str, status: i64) -> Mib {
    use lab::Value;
    let mut mib = lab::MibBuilder::default();
    let text = |text: &str| Value::text(text);
    mib.set([1, 3, 6, 1, 2, 1, 1, 1, 0], text("simulated"));
    mib.set(
        [1, 3, 6, 1, 2, 1, 1, 2, 0],
        Value::ObjectIdentifier("1.3.6.1.4.1.8072.3.2.10".parse().expect("an OID")),
    );
    mib.set([1, 3, 6, 1, 2, 1, 1, 3, 0], Value::TimeTicks(8_640_000));
    mib.set([1, 3, 6, 1, 2, 1, 1, 5, 0], text(name));
    let first = if name.ends_with("r1") { "Magti_Internet" } else { "TRUNK to gori-r1" };
    for (index, alias) in [(1, first), (2, "PC 1"), (3, "PC 2")] {
        let status = if index == 1 { status } else { 1 };
        for (column, value) in [
            (1, Value::Integer(i64::from(index))),
            (2, text(&format!("GigabitEthernet0/{index}"))),
            (3, Value::Integer(6)),
            (5, Value::Gauge32(1_000_000_000)),
            (7, Value::Integer(1)),
            (8, Value::Integer(status)),
            (9, Value::TimeTicks(100)),
            (10, Value::Counter32(1000)),
            (16, Value::Counter32(1000)),
        ] {
            mib.set([1, 3, 6, 1, 2, 1, 2, 2, 1, column, index], value);
        }
        mib.set([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1, index], text(&format!("Gi0/{index}")));
        mib.set([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15, index], Value::Gauge32(1000));
        mib.set([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18, index], text(alias));
    }
    mib.build().expect("good names")
}

fn inventory(devices: &[(&str, SocketAddr)]) -> String {
    let mut text = String::from(
        "auths: {public: {version: 2, community: public}}\ndefaults: {auth: public, modules: [system, interfaces]}\ndevices:\n",
    );
    for (name, address) in devices {
        let (ip, port) = (address.ip(), address.port());
        text.push_str(&format!(
            "  - {{name: {name}, address: {ip}, port: {port}, labels: {{site: gori}}}}\n"
        ));
    }
    text
}

fn classify(folder: &TempDir, inventory: &str, address: SocketAddr) -> Process {
    let file = folder.path().join("devices.yml");
    fs::write(&file, inventory).unwrap();
    let mut command = Command::new(ours("ward-classifier"));
    command
        .arg(format!("--devices.file={}", file.display()))
        .arg(format!("--database={}", folder.path().join("ward.db").display()))
        .arg(format!("--web.listen-address={address}"))
        .arg("--discovery.interval=10s");
    let mut process = Process::start(&mut command);
    process.ready("the classifier's metrics", || {
        let text = http::get(address, "/metrics")?.ok()?;
        if text.contains("isp_provider=\"magti\"") { Ok(()) } else { Err("no magti yet".into()) }
    });
    process
}

/// configs/vmagent.yml, asking these, and more often than it would.
fn scraping(exporter: SocketAddr, classifier: SocketAddr) -> String {
    let text = fs::read_to_string(repository().join("configs/vmagent.yml")).unwrap();
    text.replace("127.0.0.1:9116", &exporter.to_string())
        .replace("127.0.0.1:9117", &classifier.to_string())
        .replace("scrape_interval: 15s", "scrape_interval: 1s")
        .replace("scrape_interval: 60s", "scrape_interval: 1s")
        .replace("scrape_timeout: 10s", "scrape_timeout: 1s")
}

/// vmalert with the shipped rules, evaluated more often, and waiting as much less.
fn evaluate(folder: &TempDir, storage: &VictoriaMetrics, alertmanager: SocketAddr) -> Process {
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    for name in ["info.yml", "device.yml", "interface.yml", "site.yml", "topology.yml"] {
        let text = fs::read_to_string(repository().join("alerting-rules").join(name)).unwrap();
        let every = format!("interval: {EVALUATION}s");
        let text = text
            .replace("interval: 30s", &every)
            .replace("interval: 1m", &every)
            .replace("for: 30s", &format!("for: {EVALUATION}s"))
            .replace("for: 1m\n", &format!("for: {}s\n", 2 * EVALUATION));
        fs::write(rules.join(name), text).unwrap();
    }
    let mut command = Command::new("vmalert");
    command
        .arg(format!("-rule={}/*.yml", rules.display()))
        .arg(format!("-datasource.url=http://{}", storage.address))
        .arg(format!("-remoteWrite.url=http://{}", storage.address))
        .arg("-remoteWrite.flushInterval=200ms")
        .arg(format!("-notifier.url=http://{alertmanager}"))
        .arg(format!("-httpListenAddr={}", free_port()));
    Process::start(&mut command)
}

/// An alert, as Alertmanager has it.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    labels: serde_json::Map<String, serde_json::Value>,
    /// `active`, or `suppressed` where another one inhibits it.
    state: String,
}

struct Alertmanager {
    address: SocketAddr,
    _process: Process,
}

impl Alertmanager {
    /// Starts one with configs/alertmanager.yml.
    fn start(folder: &TempDir) -> Self {
        let address = free_port();
        let mut command = Command::new("prometheus-alertmanager");
        command
            .arg(format!("--config.file={}", repository().join("configs/alertmanager.yml").display()))
            .arg(format!("--storage.path={}", folder.path().join("alertmanager").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=");
        let mut process = Process::start(&mut command);
        process.ready("Alertmanager", || http::get(address, "/-/ready")?.ok().map(drop));
        Self { address, _process: process }
    }

    /// Its alerts of a name, those that are held back too.
    fn alerts(&self, name: &str) -> Result<Vec<Told>, String> {
        let body =
            http::get(self.address, "/api/v2/alerts?active=true&inhibited=true&silenced=true")?.ok()?;
        let alerts: Vec<serde_json::Value> =
            serde_json::from_str(&body).map_err(|error| error.to_string())?;
        let told = alerts.iter().filter_map(|alert| {
            let labels = alert.get("labels")?.as_object()?.clone();
            let state = alert.pointer("/status/state")?.as_str()?.to_owned();
            (labels.get("alertname")? == name).then_some(Told { labels, state })
        });
        Ok(told.collect())
    }

    /// The only one of that name.
    fn one(&self, name: &str) -> Result<Told, String> {
        match self.alerts(name)?.as_slice() {
            [alert] => Ok(alert.clone()),
            alerts => Err(format!("{} alerts {name}", alerts.len())),
        }
    }
}
