//! What the classifier makes of recorded series: summaries in its database, and answers over HTTP, with names that mean
//! something to PromQL; then VictoriaMetrics is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use lab::{Agent, MibBuilder, Value as Held};
use serde_json::Value;
use tempfile::TempDir;
use ward_classifier::analytics::promql::among;
use ward_classifier::analytics::questions::{self, RANKINGS, Scope};
use ward_classifier::analytics::range::{LENGTHS, Range};
use ward_classifier::analytics::summary::Figure;
use ward_classifier::timestamp::Timestamp;
use ward_e2e::process::{PATIENCE, Process, free_port, run, wait_for};
use ward_e2e::programs::{available, ours};
use ward_e2e::selectors::named;
use ward_e2e::victoria::VictoriaMetrics;
use ward_e2e::{agents, http, replay};

/// The names of the interfaces of the device.
const NAMES: [&str; 4] = ["Gi\"1\"", "back\\slash.*", "მაგთი 1/1", "plain"];
/// The name of the device.
const DEVICE: &str = "rustavi-r1";

#[test]
fn summaries_and_analytics_of_a_fleet() {
    if !available(&["victoria-metrics"], false) {
        return;
    }
    let router = agents::start(Agent::new(device()));
    let storage = VictoriaMetrics::start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    replay::import(storage.address, &lines(now));
    let (folder, address) = (TempDir::new().unwrap(), free_port());
    let inventory = format!(
        "auths: {{public: {{version: 2, community: public}}}}\ndefaults: {{auth: public}}\ndevices:\n\
         - {{name: {DEVICE}, address: 127.0.0.1, port: {}, labels: {{site: rustavi}}}}\n",
        router.addr().port()
    );
    fs::write(folder.path().join("devices.yml"), inventory).unwrap();
    let mut command = Command::new(ours("ward-classifier"));
    command.current_dir(folder.path()).env_remove("WARD_DATABASE");
    command.args(["--devices.file=devices.yml", "--database=ward.db", "--metrics.summary-interval=1s"]);
    command.arg(format!("--metrics.url=http://{}", storage.address));
    let _classifier = Process::start(command.arg(format!("--web.listen-address={address}")));

    let ids = wait_for("the interfaces", PATIENCE, || {
        let list = read(address, "/interfaces?limit=10")?;
        let rows = list["interfaces"].as_array().ok_or("no list")?;
        let ids: BTreeMap<String, i64> = rows
            .iter()
            .filter_map(|row| Some((row["if_name"].as_str()?.to_owned(), row["id"].as_i64()?)))
            .collect();
        if ids.len() == NAMES.len() { Ok(ids) } else { Err(format!("{list}")) }
    });
    for (name, factor) in NAMES.iter().zip(1..) {
        let (id, factor) = (ids[*name], f64::from(factor));
        let summary = wait_for("its summary", PATIENCE, || {
            let told = read(address, &format!("/interfaces/{id}/summary"))?;
            if told["summary"].is_object() { Ok(told["summary"].clone()) } else { Err(format!("{told}")) }
        });
        // What comes first is 1, then 2 and so on: the places of the figures.
        let inbound = &summary["inbound"];
        let found = [
            "avg_bps",
            "max_bps",
            "p95_bps",
            "bytes",
            "errors",
            "discards",
            "utilisation_avg",
            "utilisation_max",
        ]
        .map(|figure| inbound[figure].as_f64().unwrap_or(-1.0) / factor);
        assert_eq!(found, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "{summary}");
        assert_eq!(summary["outbound"]["max_bps"], 20.0 * factor, "{summary}");
        assert_eq!(summary["measured"], 1.0);

        let trend = ask(address, &format!("/interfaces/{id}/trend"));
        assert_eq!(trend["inbound"]["days_to_80pct"], 10.0 * factor, "{trend}");
        let baseline = ask(address, &format!("/interfaces/{id}/baseline?range=1h"));
        assert_eq!(
            (&baseline["inbound"]["deviation"], &baseline["outbound"]["deviation"]),
            (&factor_of(factor), &factor_of(-factor))
        );
        assert!(baseline["points"].as_array().is_some_and(|points| points.len() > 5), "{baseline}");
        let traffic = ask(address, &format!("/interfaces/{id}/traffic?range=1h"));
        let last = traffic["points"].as_array().and_then(|points| points.last()).expect("points");
        assert_eq!(
            (&last["inbound"]["avg_bps"], &last["outbound"]["max_bps"]),
            (&factor_of(1e6 * factor), &factor_of(2e6 * factor))
        );
        let bandwidth = ask(address, &format!("/interfaces/bandwidth?ids={id}"));
        let rate = bandwidth["devices"][DEVICE][name]["in_bps"].as_f64().expect("a rate");
        assert!((rate / (8000.0 * factor) - 1.0).abs() < 0.01, "{bandwidth}");
    }
    let names = |list: &Value, of: &str| -> Vec<String> {
        let rows = list[of].as_array().expect("a list").iter();
        rows.map(|row| row["interface"]["if_name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let top = ask(address, "/analytics/top?by=peak_1d&direction=in&limit=2");
    assert_eq!(names(&top, "interfaces"), ["plain", "მაგთი 1/1"]);
    let isp = ask(address, "/analytics/top?by=peak_1d&direction=in&isp_provider=magti&site=rustavi");
    assert_eq!(names(&isp, "interfaces"), ["Gi\"1\""]);
    assert_eq!(names(&ask(address, "/analytics/top?site=gori"), "interfaces"), [""; 0]);
    let trends = ask(address, "/analytics/trends?limit=1");
    assert_eq!(names(&trends, "interfaces"), ["plain"]);
    let capacity = ask(address, "/analytics/capacity?within_days=25&min_confidence=0");
    assert_eq!(
        (names(&capacity, "interfaces"), &capacity["total"]),
        (vec![NAMES[0].into(), NAMES[1].into()], &2.into())
    );
    let anomalies = ask(address, "/analytics/anomalies");
    assert_eq!(
        (names(&anomalies, "anomalies"), &anomalies["total"]),
        (vec!["plain".into(), "plain".into(), NAMES[0].into()], &3.into())
    );
    let kinds: Vec<&Value> =
        anomalies["anomalies"].as_array().expect("a list").iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["deviation", "deviation", "collapse"]);
    let history = ask(address, &format!("/interfaces/isp-history?device={DEVICE}&range=6h"));
    assert_eq!(history["lines"][0]["interface"]["if_name"], NAMES[0]);

    drop(storage);
    let id = ids["plain"];
    for path in ["/analytics/top?by=peak_1d&limit=1".to_owned(), format!("/interfaces/{id}/traffic")] {
        let answer = http::get(address, &format!("/api/v1{path}")).expect("an answer");
        let told: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!((answer.status, &told["error"]["reason"]), (503, &Value::from("metrics")), "{told}");
        assert_eq!(told["known"]["summaries"][0]["interface"]["id"], id, "{told}");
    }
    assert!(ask(address, &format!("/interfaces/{id}/summary"))["summary"].is_object());
    wait_for("the failure in its metrics", PATIENCE, || {
        let metrics = http::get(address, "/metrics")?.ok()?;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("ward_classifier_summaries_failures_total{reason=\"away\"}"));
        match line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()) {
            Some(count) if count >= 1.0 => Ok(()),
            _ => Err(format!("{line:?}")),
        }
    });
}

fn factor_of(value: f64) -> Value {
    Value::from(value)
}

fn read(address: SocketAddr, path: &str) -> Result<Value, String> {
    let body = http::get(address, &format!("/api/v1{path}"))?.ok()?;
    serde_json::from_str(&body).map_err(|error| error.to_string())
}

fn ask(address: SocketAddr, path: &str) -> Value {
    read(address, path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A router whose interfaces have these names; the first is a provider's line.
fn device() -> lab::Mib {
    let mut mib = MibBuilder::default();
    mib.set([1, 3, 6, 1, 2, 1, 1, 1, 0], Held::text("simulated"));
    mib.set([1, 3, 6, 1, 2, 1, 1, 3, 0], Held::TimeTicks(8_640_000));
    mib.set([1, 3, 6, 1, 2, 1, 1, 5, 0], Held::text(DEVICE));
    for (name, index) in NAMES.iter().zip(1_u32..) {
        for (column, value) in [
            (1, Held::Integer(i64::from(index))),
            (2, Held::text(&format!("port {index}"))),
            (3, Held::Integer(6)),
            (5, Held::Gauge32(1_000_000_000)),
            (7, Held::Integer(1)),
            (8, Held::Integer(1)),
        ] {
            mib.set([1, 3, 6, 1, 2, 1, 2, 2, 1, column, index], value);
        }
        mib.set([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1, index], Held::text(name));
        let alias = if index == 1 { "Magti_Internet" } else { "user" };
        mib.set([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18, index], Held::text(alias));
    }
    mib.build().expect("good names")
}

/// What rules would have recorded in the last hours: each interface has so many times the first one's values.
fn lines(now: u64) -> String {
    let mut text = String::new();
    let mut add = |series: &str, labels: &[(&str, &str)], points: &[(u64, f64)]| {
        let labels = [&[("__name__", series), ("device", DEVICE)], labels].concat();
        let labels = labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        text += &replay::line(&labels, points);
    };
    for (name, factor) in NAMES.iter().zip(1..) {
        let factor = f64::from(factor);
        for (direction, turn) in [("in", 1.0), ("out", 10.0)] {
            let of = [("if_name", *name), ("direction", direction)];
            for (figure, place) in Figure::ALL.into_iter().zip(1..) {
                let value = if figure == Figure::Measured { 1.0 } else { f64::from(place) * factor * turn };
                add(figure.series(), &of, &[(now - 4000, value / 2.0), (now - 400, value)]);
            }
            for (figure, series) in questions::TREND {
                let value = match figure {
                    "days_to_80pct" => 10.0 * factor,
                    "confidence" => 0.9,
                    _ => factor * turn,
                };
                add(series, &of, &[(now - 7200, value)]);
            }
            let rates: Vec<u64> = (0..24).map(|n| now - now % 300 - n * 300).rev().collect();
            let at_all = |value: f64| -> Vec<(u64, f64)> { rates.iter().map(|at| (*at, value)).collect() };
            let index = factor.to_string();
            let indexed = [("if_name", *name), ("direction", direction), ("if_index", &index)];
            let bps = factor * if direction == "in" { 1e6 } else { 2e6 };
            add("interface:traffic_bps:rate5m", &indexed, &at_all(bps));
            add("interface:traffic_bps:baseline_level", &of, &at_all(bps / 2.0));
            add("interface:traffic_bps:baseline_sigma", &of, &at_all(bps / 8.0));
            let sign = if direction == "in" { 1.0 } else { -1.0 };
            add("interface:traffic_bps:deviation", &of, &at_all(sign * factor));
        }
        let index = factor.to_string();
        let of = [("if_name", *name), ("if_index", &*index)];
        let octets: Vec<(u64, f64)> =
            (0..30).rev().map(|n| (now - n * 15, 1000.0 * factor * (900.0 - n as f64 * 15.0))).collect();
        add("interface_if_hc_in_octets", &of, &octets);
        let provider = if factor == 1.0 { "magti" } else { "" };
        let info =
            [of.as_slice(), &[("site", "rustavi"), ("isp_provider", provider), ("interface_type", "isp")]]
                .concat();
        add("interface:info", &info, &[(now - 60, 1.0), (now, 1.0)]);
    }
    let alert = [
        ("alertname", "InterfaceTrafficCollapse"),
        ("alertstate", "firing"),
        ("if_name", NAMES[0]),
        ("direction", "in"),
    ];
    add("ALERTS", &alert, &[(now - 60, 1.0)]);
    text
}

/// Every question there is.
fn all_questions() -> Vec<String> {
    let scope = Scope::default()
        .with("site", &["a", "b|\"c\""])
        .with("isp_provider", &[""])
        .with("is_critical", &["true"]);
    let matchers = [among("device", &["r\"1\"", "r2"]), among("if_name", &NAMES)];
    let mut all: Vec<String> = Figure::ALL.iter().map(|figure| figure.question()).collect();
    for scope in [scope, Scope::default()] {
        for ranking in &RANKINGS {
            all.extend([
                questions::top(ranking, None, 5, &scope),
                questions::top(ranking, Some("in"), 5, &scope),
            ]);
        }
        let (off, fallen) = (questions::deviating(3.0, &scope), questions::collapsed(&scope));
        let filling = questions::filling(90, 0.5, &scope);
        all.extend([questions::growing(true, 5, &scope), questions::growing(false, 5, &scope)]);
        all.extend([questions::first(5, false, &filling), questions::count(&filling)]);
        all.extend([
            questions::first(5, true, &off),
            questions::count(&format!("({off}) or ({fallen})")),
            fallen,
        ]);
    }
    all.extend([
        questions::trend(&matchers),
        questions::baseline(&matchers),
        questions::bandwidth(&matchers),
    ]);
    for (_, seconds) in LENGTHS {
        let range = Range::up_to(Timestamp::from_millis(1_795_384_690_123), seconds);
        all.extend([questions::history(&range, &matchers), questions::baseline_over(&range, &matchers)]);
    }
    all
}

#[test]
fn questions_name_what_rules_record() {
    let recorded: BTreeSet<String> = replay::rules().into_iter().map(|rule| rule.series).collect();
    let raw = ["interface_if_hc_in_octets", "interface_if_hc_out_octets"];
    let asked = all_questions()
        .iter()
        .flat_map(|question| named(question).series)
        .map(|(name, _)| name)
        .collect::<BTreeSet<_>>();
    assert!(asked.len() > 30, "{asked:?}");
    let missing: Vec<_> =
        asked.iter().filter(|name| !recorded.contains(*name) && !raw.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "no rule records {missing:?}");
}

#[test]
fn prometheus_understands_every_question() {
    if !available(&["promtool"], false) {
        return;
    }
    let mut file = String::from("groups:\n- name: questions\n  rules:\n");
    let questions: BTreeSet<String> = all_questions().into_iter().collect();
    for (question, n) in questions.iter().zip(1..) {
        file +=
            &format!("  - record: a:b:c{n}\n    expr: {}\n", serde_json::to_string(question).expect("JSON"));
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("questions.yml");
    fs::write(&path, file).unwrap();
    let told = run(Command::new("promtool").args(["check", "rules"]).arg(&path));
    assert!(told.contains(&format!("{} rules found", questions.len())), "{told}");
}
