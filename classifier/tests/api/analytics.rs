//! What is answered from series: everything the document says, bounded questions, names that are names, and what is said while
//! the series are away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use ward_classifier::analytics::client::{Client, Limits};
use ward_classifier::analytics::endpoint::{Credentials, Endpoint, Held};
use ward_classifier::analytics::error::MetricsError;
use ward_classifier::analytics::metrics::QueryMetrics;
use ward_classifier::analytics::summary::{OneWay, Summary};
use ward_classifier::facts::InterfaceFacts;
use ward_classifier::state::InterfaceId;
use ward_classifier::store::Turn;
use ward_classifier::timestamp::Timestamp;

use crate::site::Site;
use crate::support::fleet::{hour, port, switch, walk};
use crate::support::series::{Reply, Row, Series, row};

/// Names that mean something to PromQL, to JSON and to nobody.
const ODD: [&str; 4] = ["Gi\"1\"", "back\\slash.*|x", "მაგთი 1/1", "} or vector(1) or {a=\"b\n"];

fn odd_ports() -> Vec<InterfaceFacts> {
    ODD.iter().zip(1..).map(|(name, index)| port(index, name, "Magti_Internet")).collect()
}

fn client(series: &Series) -> Arc<Client> {
    let endpoint = Endpoint::parse(&series.url).expect("a URL");
    Arc::new(Client::new(endpoint, QueryMetrics::default()).expect("a client"))
}

/// A switch of three ports and one with odd names, over these series.
fn site(series: &Series) -> Site {
    Site::of(vec![switch("gori-sw1", 1, 3), walk("odd \"r\"", 1, odd_ports())]).with_series(client(series))
}

/// Every figure that is asked for, of one interface.
fn of_all(question: &str, device: &str, if_name: &str) -> Reply {
    let figures = question.split("\"figure\", \"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut rows: Vec<Row> = Vec::new();
    for (figure, value) in figures.zip(1..) {
        let value = f64::from(value);
        let directions = if ["in", "out"].contains(&figure) { &[""][..] } else { &["in", "out"] };
        rows.extend(directions.iter().map(|direction| row(device, if_name, direction, figure, value)));
    }
    if rows.is_empty() {
        let direction = if question.contains("direction") { "in" } else { "" };
        rows.push(row(device, if_name, direction, "", 4.5));
    }
    Reply::Rows(rows)
}

fn all_paths(id: i64) -> Vec<String> {
    [
        "/analytics/top".to_owned(),
        "/analytics/trends".into(),
        "/analytics/capacity".into(),
        "/analytics/anomalies".into(),
        "/interfaces/bandwidth?devices=gori-sw1".into(),
        "/interfaces/isp-history?device=gori-sw1".into(),
        format!("/interfaces/{id}/traffic"),
        format!("/interfaces/{id}/trend"),
        format!("/interfaces/{id}/baseline"),
    ]
    .into()
}

#[test]
fn every_figure_comes_back_by_its_interface() {
    let series = Series::answering(|question| of_all(question, "gori-sw1", "0/1"));
    let site = site(&series);
    let id = site.id("gori-sw1", "0/1");
    let top = site.read("/analytics/top?by=utilisation_1d&direction=in&limit=5");
    assert_eq!((&top["unit"], &top["interfaces"][0]["value"]), (&json!("share"), &json!(4.5)));
    let whose = &top["interfaces"][0]["interface"];
    assert_eq!(
        (&whose["id"], &whose["isp_provider"], &whose["site"]),
        (&json!(id), &json!("magti"), &json!("rustavi"))
    );

    let trends = site.read("/analytics/trends?by=bps_per_day");
    assert_eq!(trends["interfaces"][0]["inbound"]["bps_per_day"], 3.0);
    let capacity = site.read("/analytics/capacity?within_days=30&min_confidence=0.9");
    assert_eq!((&capacity["total"], &capacity["interfaces"][0]["value"]), (&json!(4), &json!(4.5)));
    assert_eq!(capacity["interfaces"][0]["outbound"]["confidence"], 10.0);

    let anomalies = site.read("/analytics/anomalies");
    let worst = &anomalies["anomalies"][0];
    assert_eq!(
        (&worst["severity"], &worst["kind"], &worst["direction"]),
        (&json!("high"), &json!("deviation"), &json!("in"))
    );
    assert_eq!(worst["now"]["level_bps"], 2.0);
    assert_eq!(
        anomalies["anomalies"].as_array().map(Vec::len),
        Some(1),
        "what collapses and deviates is one"
    );

    let now = site.read(&format!("/interfaces/bandwidth?device_ips=192.0.2.7&ids={id}"));
    let port = &now["devices"]["192.0.2.7"]["0/1"];
    assert_eq!(
        (&port["in_bps"], &port["out_bps"], &port["in_utilisation"]),
        (&json!(1.0), &json!(2.0), &json!(1e-9))
    );
    assert_eq!(now["devices"]["192.0.2.7"]["0/2"]["in_bps"], Value::Null);
    assert_eq!(now["devices"]["gori-sw1"]["0/1"]["id"], id, "under both names it was asked for by");

    let traffic = site.read(&format!("/interfaces/{id}/traffic?range=7d"));
    assert_eq!(traffic["points"].as_array().map(Vec::len), Some(2));
    assert_eq!(traffic["points"][1]["outbound"]["max_bps"], 2.0);
    let lines = site.read("/interfaces/isp-history?device=gori-sw1&range=1h");
    assert_eq!(
        (&lines["total"], &lines["lines"][0]["interface"]["isp_provider"]),
        (&json!(1), &json!("magti"))
    );
    assert_eq!(lines["lines"][0]["points"][0]["inbound"]["avg_bps"], 1.0);

    let trend = site.read(&format!("/interfaces/{id}/trend"));
    assert_eq!(
        (&trend["inbound"]["days_to_80pct"], &trend["interface"]["if_name"]),
        (&json!(7.0), &json!("0/1"))
    );
    let baseline = site.read(&format!("/interfaces/{id}/baseline?until=2026-11-22T12:00:00Z"));
    assert_eq!(
        (&baseline["inbound"]["weeks"], &baseline["points"][0]["inbound"]["deviation"]),
        (&json!(5.0), &json!(4.0))
    );
    let deviation = &baseline["deviations"][0];
    assert_eq!((&deviation["sigmas"], &deviation["severity"]), (&json!(4.0), &json!("medium")));
    assert_eq!(baseline["until"], "2026-11-22T12:00:00.000Z");
}

#[test]
fn questions_are_few_however_large_the_fleet_is() {
    let few = |site: &Site, series: &Series, path: &str| {
        let before = series.asked().len();
        site.read(path);
        series.asked().len() - before
    };
    let answering = || Series::answering(|question| of_all(question, "gori-sw1", "0/1"));
    let (one, other) = (answering(), answering());
    let small = site(&one);
    let many = (0..40)
        .map(|n| switch(if n == 0 { "gori-sw1".to_owned() } else { format!("sw{n}") }.as_str(), 1, 24));
    let large = Site::of(many.collect()).with_series(client(&other));
    let id = |site: &Site| site.id("gori-sw1", "0/1");
    for (path, same) in all_paths(id(&small)).iter().zip(all_paths(id(&large))) {
        let (few, of_many) = (few(&small, &one, path), few(&large, &other, &same));
        assert!(few == of_many && (1..=4).contains(&few), "{path}: {few}, {of_many}");
    }
}

#[test]
fn names_are_names_whatever_they_look_like() {
    let series = Series::answering(|question| {
        of_all(question, "odd \"r\"", if question.contains("მა") { ODD[2] } else { ODD[0] })
    });
    let site = site(&series);
    let listed = site.read("/interfaces?limit=100");
    let rows = listed["interfaces"].as_array().expect("a list").clone();
    let id = |name: &str| {
        rows.iter().find(|row| row["if_name"] == name).expect(name)["id"].as_i64().expect("a number")
    };
    for (name, quoted) in [
        (ODD[0], r#"if_name="Gi\"1\"""#),
        (ODD[1], r#"if_name="back\\slash.*|x""#),
        (ODD[2], "if_name=\"მაგთი 1/1\""),
        (ODD[3], r#"if_name="} or vector(1) or {a=\"b\n""#),
    ] {
        for what in ["traffic", "trend", "baseline"] {
            site.read(&format!("/interfaces/{}/{what}", id(name)));
            let question = series.asked().last().expect("a question").field("query").to_owned();
            assert!(question.contains(&format!(r#"{{device="odd \"r\"",{quoted}}}"#)), "{question}");
        }
    }
    let first = site.read(&format!("/interfaces/{}/trend", id(ODD[0])));
    assert_eq!(first["inbound"]["busy_bps"], 1.0);
    // What somebody asks for is a value of a label, never a part of the question.
    site.read("/analytics/top?site=x%22%7D%20or%20vector(1)%20or%20a%7Bb%3D%22,y.*&isp_provider=none");
    let question = series.asked().last().expect("a question").field("query").to_owned();
    let expected = r#"interface:info{site=~"x\"\\} or vector\\(1\\) or a\\{b=\"|y\\.\\*",isp_provider=""}"#;
    assert!(question.contains(expected), "{question}");
    // All of them at once: an expression that matches these names alone.
    site.read("/interfaces/bandwidth?devices=odd%20%22r%22");
    let question = series.asked().last().expect("a question").field("query").to_owned();
    assert!(question.contains(r#"back\\\\slash\\.\\*\\|x"#), "{question}");
}

#[test]
fn without_a_flag_it_is_said_which_one_is_missing() {
    let site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    for path in all_paths(site.id("gori-sw1", "0/1")) {
        let answer = site.get(&path);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["reason"]), (404, &json!("metrics_disabled")), "{path}");
        assert!(error["expected"].as_str().is_some_and(|flag| flag.starts_with("--metrics.url=")), "{path}");
    }
    let id = site.id("gori-sw1", "0/1");
    assert_eq!(site.read(&format!("/interfaces/{id}/summary"))["summary"], Value::Null);
}

/// Writes a summary of an interface, as if series had brought it.
fn summarised(site: &Site, id: i64) -> Value {
    let inbound = OneWay {
        avg_bps: Some(1e6),
        p95_bps: Some(4e6),
        max_bps: Some(5e6),
        utilisation_max: Some(0.9),
        ..OneWay::default()
    };
    let summary = Summary { interface: InterfaceId(id), computed: hour(1), inbound, ..Summary::default() };
    site.ask_store(move |store| {
        assert_eq!(store.claim_summaries("test", Duration::ZERO, true), Ok(Turn::Ours));
        store.write_summaries("test", &[summary], Duration::ZERO)
    });
    site.read(&format!("/interfaces/{id}/summary"))["summary"].clone()
}

#[test]
fn while_the_series_are_away_the_database_answers() {
    let reply = Arc::new(Mutex::new(Reply::Hangup));
    let told = Arc::clone(&reply);
    let series = Series::answering(move |_| told.lock().unwrap().clone());
    let site = site(&series);
    let id = site.id("gori-sw1", "0/1");
    let summary = summarised(&site, id);
    assert_eq!(
        (&summary["inbound"]["max_bps"], &summary["outbound"]["max_bps"]),
        (&json!(5e6), &Value::Null)
    );
    for (answer, reason) in [
        (Reply::Hangup, "away"),
        (Reply::Raw(502, "Bad Gateway".into()), "away"),
        (Reply::Raw(401, "who are you".into()), "refused"),
        (Reply::Raw(422, r#"{"status":"error","error":"too many samples"}"#.into()), "refused"),
        (Reply::Raw(200, "<html>".into()), "odd"),
        (Reply::Raw(302, String::new()), "odd"),
        (Reply::Long(65 << 20), "too_long"),
    ] {
        *reply.lock().unwrap() = answer;
        let paths = if reason == "away" { all_paths(id) } else { vec!["/analytics/top".into()] };
        for path in paths {
            let answer = site.get(&path);
            let told = answer.json();
            assert_eq!((answer.status, &told["error"]["reason"]), (503, &json!("metrics")), "{path}: {told}");
            assert_eq!(told["error"]["details"], json!([reason]), "{path}: {told}");
            let message = told["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(&series.url), "{message}");
            assert_eq!(told["known"]["summaries"], json!([summary]), "{path}");
            assert!(!answer.header("retry-after").is_empty());
        }
    }
    *reply.lock().unwrap() = Reply::Rows(Vec::new());
    assert_eq!(site.read("/analytics/top")["interfaces"], json!([]));
    // What asks for what cannot be is told so, whether there are series or not.
    for path in [
        "/interfaces/bandwidth",
        "/interfaces/bandwidth?ids=x",
        "/interfaces/bandwidth?ids=1",
        "/interfaces/isp-history",
        "/interfaces/isp-history?device=nobody",
        "/analytics/top?by=beauty",
    ] {
        assert_eq!(site.get(path).status, 400, "{path}");
    }
    assert_eq!(site.get("/interfaces/1/traffic").status, 404);
}

#[tokio::test]
async fn a_client_gives_up_in_time_and_says_who_it_is() {
    let silent = Series::answering(|_| Reply::Silence);
    let limits = Limits { time: Duration::from_millis(200), octets: 1000 };
    let now = Timestamp::from_millis(1_795_384_690_123);
    let slow = client(&silent).instant("up", now, limits).await;
    assert!(matches!(slow, Err(MetricsError::Slow { .. })), "{slow:?}");
    let away = Client::new(Endpoint::parse("http://127.0.0.1:9").expect("a URL"), QueryMetrics::default());
    let away = away.expect("a client").instant("up", now, limits).await;
    assert!(matches!(away, Err(MetricsError::Away { .. })), "{away:?}");

    let series = Series::empty();
    let limits = Limits { time: Duration::from_secs(30), octets: 1000 };
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, "geheim\n").expect("a file");
    let endpoint = Endpoint::parse(&format!("{}/select/0/prometheus", series.url)).expect("a URL");
    let credentials = Credentials::Basic { name: "nino".into(), password: Held::File(file.clone()) };
    let client =
        Client::new(Endpoint { credentials, ..endpoint }, QueryMetrics::default()).expect("a client");
    client.instant("up{a=\"ი\"}", now, limits).await.expect("an answer");
    // A changed password counts at once, on the same connection.
    std::fs::write(&file, "anders\n").expect("a file");
    client.instant("up", now, limits).await.expect("an answer");
    let asked = series.asked();
    assert_eq!(asked[0].path, "/select/0/prometheus/api/v1/query");
    assert_eq!((asked[0].field("query"), asked[0].field("time")), ("up{a=\"ი\"}", "1795384690.123"));
    assert_eq!(asked[0].field("deny_partial_response"), "1");
    let authorization = |asked: usize| series.asked()[asked].head.to_lowercase();
    assert!(authorization(0).contains("authorization: basic bmlubzpnzwhlaw0="), "{}", authorization(0));
    assert!(!authorization(1).contains("authorization: basic bmlubzpnzwhlaw0="), "{}", authorization(1));
    std::fs::remove_file(&file).expect("it is gone");
    let gone = client.instant("up", now, limits).await;
    assert!(matches!(gone, Err(MetricsError::Away { .. })), "{gone:?}");
}
