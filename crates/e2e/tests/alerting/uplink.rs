//! A provider's line goes down at a simulated router: from the device through exporter, classifier, vmagent,
//! VictoriaMetrics and vmalert to Alertmanager, all of them real, with the shipped rules and configurations.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;
use ward_e2e::exporter::Exporter;
use ward_e2e::http;
use ward_e2e::lab::Lab;
use ward_e2e::process::{PATIENCE, Process, free_port, wait_for};
use ward_e2e::programs::{available, ours, repository};
use ward_e2e::victoria::{VictoriaMetrics, Vmagent};

/// Seconds between evaluations here; 30 as shipped.
const EVALUATION: u64 = 3;

/// A router with a provider's line, and a switch.
const OFFICE: &str = "
devices:
  - {name: gori-r1, role: branch, ports: 3, aliases: {1: Magti_Internet, 2: PC 1, 3: PC 2}}
  - {name: gori-sw1, ports: 3, aliases: {1: TRUNK to gori-r1, 2: PC 3, 3: PC 4}}
";

#[test]
fn a_line_that_goes_down_is_told_with_its_provider_and_site() {
    if !available(&["victoria-metrics", "vmagent", "vmalert", "prometheus-alertmanager"], false) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let office = folder.path().join("office.yml");
    fs::write(&office, OFFICE).unwrap();
    let lab = Lab::serve(["--network", &office.display().to_string(), "--base-address", "127.67.0.1"]);
    let exporter = Exporter::start(lab.devices());
    let classifier = free_port();
    let _classifier = classify(&folder, lab.devices(), classifier);
    let storage = VictoriaMetrics::start();
    let _agent = Vmagent::start(&scraping(exporter.address, classifier), &storage);
    let alertmanager = Alertmanager::start(&folder);
    let vmalert = Vmalert::start(&folder, &storage, alertmanager.address);

    // It is known what the line is, and nothing is wrong.
    let known = r#"count(interface:info{interface_type="isp",isp_provider="magti",site="gori"})"#;
    wait_for(known, PATIENCE, || storage.value(known).map(drop));
    assert_eq!(alertmanager.alerts("IspInterfaceDown").unwrap(), [] as [Told; 0]);

    lab.happen(&["down", "gori-r1:1"]);
    // From when the series show it, as scrapes have a rhythm of their own.
    let down = r#"count(interface_if_oper_status{device="gori-r1",if_name="Gi0/0/0"} == 2)"#;
    wait_for(down, PATIENCE, || storage.value(down).map(drop));
    let before = vmalert.evaluations().unwrap();
    let told = wait_for("the alert of the line", PATIENCE, || alertmanager.one("IspInterfaceDown"));
    let took = vmalert.evaluations().unwrap() - before;
    let label = |name: &str| told.labels.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    assert_eq!((label("isp_provider"), label("site"), label("if_name")), ("magti", "gori", "Gi0/0/0"));
    assert_eq!((label("severity"), told.state.as_str()), ("critical", "active"));
    // Not in seconds, which are longer on a busy machine: the second evaluation that sees it tells it. One more may have
    // been at work already when the line went down, and one more since.
    assert!(took <= 4.0, "{took} evaluations");
    let site = wait_for("the alert of the site", PATIENCE, || alertmanager.one("SiteIspDown"));
    assert_eq!(site.state, "active");

    // Then the whole site falls silent: one alert is told, those of its devices are held back.
    lab.happen(&["silence", "gori-r1"]);
    lab.happen(&["silence", "gori-sw1"]);
    let site = wait_for("the alert of the silent site", PATIENCE, || alertmanager.one("SiteDown"));
    assert_eq!(site.state, "active");
    wait_for("the devices' alerts, held back", PATIENCE, || {
        let devices = alertmanager.alerts("DeviceUnreachable")?;
        let held = devices.len() == 2 && devices.iter().all(|device| device.state == "suppressed");
        if held { Ok(()) } else { Err(format!("{devices:?}")) }
    });
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
struct Vmalert {
    address: SocketAddr,
    _process: Process,
}

impl Vmalert {
    fn start(folder: &TempDir, storage: &VictoriaMetrics, alertmanager: SocketAddr) -> Self {
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
        let address = free_port();
        let mut command = Command::new("vmalert");
        command
            .arg(format!("-rule={}/*.yml", rules.display()))
            .arg(format!("-datasource.url=http://{}", storage.address))
            .arg(format!("-remoteWrite.url=http://{}", storage.address))
            .arg("-remoteWrite.flushInterval=200ms")
            .arg(format!("-notifier.url=http://{alertmanager}"))
            .arg(format!("-httpListenAddr={address}"));
        Self { address, _process: Process::start(&mut command) }
    }

    /// How often the alerts of interfaces have been evaluated.
    fn evaluations(&self) -> Result<f64, String> {
        let text = http::get(self.address, "/metrics")?.ok()?;
        let of_group = |line: &&str| {
            line.starts_with("vmalert_iteration_total{") && line.contains("group=\"ward-interface\"")
        };
        let line = text.lines().find(of_group).ok_or("no vmalert_iteration_total of ward-interface")?;
        line.rsplit(' ').next().and_then(|count| count.parse().ok()).ok_or(line.to_owned())
    }
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
