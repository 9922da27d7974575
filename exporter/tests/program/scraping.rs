//! Devices that answer, and devices that do not.

use std::time::{Duration, Instant};

use lab::Agent;

use crate::harness::{Exporter, line, router, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_scraped() {
    let agent = spawn(Agent::new(router("rustavi-r1", 3))).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("rustavi-r1", &agent)), &[]);
    let answer = exporter.get("/devices/rustavi-r1/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("text/plain; version=0.0.4"), "{}", answer.head);
    for (series, value) in [
        ("device_up", 1.0),
        ("device_uptime_seconds", 86_400.0),
        ("interface_if_hc_in_octets{if_index=\"2\",if_name=\"Gi0/2\"}", 2000.0),
        ("interface_if_oper_status{if_index=\"3\",if_name=\"Gi0/3\"}", 1.0),
        ("interface_if_speed_bps{if_index=\"1\",if_name=\"Gi0/1\"}", 1e9),
        ("device_scrape_incomplete_columns", 0.0),
        ("device_scrape_packets_retried", 0.0),
    ] {
        assert_eq!(answer.value(series), Some(value), "{series} in\n{}", answer.text());
    }
    assert!(!answer.text().contains("device_scrape_error_info"));
    let narrowed = exporter.get("/devices/rustavi-r1/metrics?module=system").await.text();
    assert!(narrowed.contains("device_uptime_seconds") && !narrowed.contains("interface_"), "{narrowed}");
    let negotiated = exporter.get("/devices/rustavi-r1/metrics?module=ethernet").await;
    let duplex = "interface_if_duplex_status{if_index=\"2\",if_name=\"Gi0/2\"}";
    assert_eq!(negotiated.value(duplex), Some(3.0), "{}", negotiated.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_fails_is_down_with_the_reason_and_what_was_read() {
    let silent = spawn(Agent::new(router("silent", 3)).fault("silence".parse().unwrap())).await;
    let closed = spawn(Agent::new(router("closed", 3))).await;
    let halfway = spawn(Agent::new(router("halfway", 3)).fault("silence@3+".parse().unwrap())).await;
    let broken = spawn(Agent::new(router("broken", 3)).fault("garbage".parse().unwrap())).await;
    let mut devices = String::from("defaults: {timeout: 300ms, retries: 1}\ndevices:\n");
    for (name, agent) in
        [("silent", &silent), ("closed", &closed), ("halfway", &halfway), ("broken", &broken)]
    {
        devices += &line(name, agent);
    }
    devices += "  - {name: nameless, address: nowhere.invalid}\n";
    closed.stop().await;
    let exporter = Exporter::start(&devices, &[]);
    for (name, reason) in [
        ("silent", "timeout"),
        ("closed", "unreachable"),
        ("halfway", "timeout"),
        ("broken", "decode"),
        ("nameless", "unreachable"),
    ] {
        let answer = exporter.get(&format!("/devices/{name}/metrics")).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.value("device_up"), Some(0.0), "{name}");
        let info = format!("device_scrape_error_info{{reason=\"{reason}\"}}");
        assert_eq!(answer.value(&info), Some(1.0), "{name}:\n{}", answer.text());
        let some_read = answer.text().contains("interface_if_");
        assert_eq!(some_read, name == "halfway", "{name}");
    }
    // The landing page shows what went wrong.
    let page = exporter.get("/").await.text();
    assert!(page.contains("down: request timeout (after 1 retries)"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_fail_are_told_and_the_others_are_there() {
    let fault = "gen_err:1.3.6.1.2.1.31.1.1.1.6.2";
    let agent = spawn(Agent::new(router("partial", 3)).fault(fault.parse().unwrap())).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("partial", &agent)), &[]);
    let answer = exporter.get("/devices/partial/metrics").await;
    assert_eq!(answer.value("device_up"), Some(1.0));
    assert_eq!(answer.value("device_scrape_error_info{reason=\"partial\"}"), Some(1.0));
    assert_eq!(answer.value("interface_if_hc_in_octets{if_index=\"3\",if_name=\"Gi0/3\"}"), Some(3000.0));
    assert_eq!(answer.value("interface_if_hc_in_octets{if_index=\"2\",if_name=\"Gi0/2\"}"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scrapers_timeout_is_kept() {
    let agent = spawn(Agent::new(router("slow", 3)).fault("silence@3+".parse().unwrap())).await;
    let exporter =
        Exporter::start(&format!("devices:\n{}", line("slow", &agent)), &["--scrape.timeout-offset=200ms"]);
    let started = Instant::now();
    let answer =
        exporter.ask("GET", "/devices/slow/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n").await;
    let took = started.elapsed();
    assert!(took > Duration::from_millis(700) && took < Duration::from_millis(1500), "{took:?}");
    assert_eq!(answer.value("device_scrape_error_info{reason=\"timeout\"}"), Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_at_the_same_time_share_one_walk() {
    let agent = spawn(Agent::new(router("shared", 3)).delay(Duration::from_millis(300))).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("shared", &agent)), &[]);
    let ask = || exporter.get("/devices/shared/metrics");
    let answers = tokio::join!(ask(), ask(), ask(), ask());
    assert_eq!(answers.0.value("device_up"), Some(1.0));
    let packets = answers.0.value("device_scrape_packets_sent").expect("it is told");
    assert_eq!(agent.stats().requests as f64, packets, "four scrapes cost as much as one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_ends_when_its_client_hangs_up() {
    let agent = spawn(Agent::new(router("left", 3)).fault("silence".parse().unwrap())).await;
    let exporter = Exporter::start(&format!("devices:\n{}", line("left", &agent)), &[]);
    let hung_up =
        tokio::time::timeout(Duration::from_millis(500), exporter.get("/devices/left/metrics")).await;
    assert!(hung_up.is_err());
    let ended = async {
        while exporter.get("/metrics").await.value("ward_exporter_scrapes_in_flight") != Some(0.0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("nobody waits for the walk any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn snmp_answers_as_snmp_exporter_does() {
    let agent = spawn(Agent::new(router("any", 2))).await;
    let silent = spawn(Agent::new(router("silent", 2)).fault("silence".parse().unwrap())).await;
    let exporter = Exporter::start("{}", &["--snmp.allowed-targets=127.0.0.0/8"]);
    let good = exporter.get(&format!("/snmp?target={}&module=if_mib&auth=public_v2", agent.addr())).await;
    assert_eq!(good.status, 200);
    let in_octets =
        "ifHCInOctets{ifAlias=\"\",ifDescr=\"GigabitEthernet0/2\",ifIndex=\"2\",ifName=\"Gi0/2\"}";
    assert_eq!(good.value(in_octets), Some(2000.0), "{}", good.text());
    assert!(good.value("snmp_scrape_packets_sent{module=\"if_mib\"}").is_some());
    for (query, status, body) in [
        ("", 400, "'target' parameter must be specified once\n"),
        ("?target=", 400, "'target' parameter must be specified once\n"),
        ("?target=127.0.0.1&target=127.0.0.2", 400, "'target' parameter must be specified once\n"),
        ("?target=127.0.0.1&auth=a&auth=b", 400, "'auth' parameter must only be specified once\n"),
        ("?target=127.0.0.1&auth=nobody", 400, "Unknown auth 'nobody'\n"),
        ("?target=127.0.0.1&module=nothing", 400, "Unknown module 'nothing'\n"),
        ("?target=127.0.0.1&module=", 400, "'module' parameter must contain at least one module name\n"),
        (
            "?target=192.0.2.1",
            403,
            "target \"192.0.2.1\" is neither in the inventory nor in a network that --snmp.allowed-targets permits\n",
        ),
    ] {
        let answer = exporter.get(&format!("/snmp{query}")).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, body), "{query}");
    }
    let timeout = "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n";
    let dead = exporter.ask("GET", &format!("/snmp?target={}", silent.addr()), timeout).await;
    assert_eq!(dead.status, 500);
    let text = dead.text();
    let expected = "An error has occurred while serving metrics:\n\nerror collecting metric Desc{fqName: \"snmp_error\", \
        help: \"Error scraping target\", constLabels: {module=\"if_mib\"}, variableLabels: {}}: scrape canceled after ";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("(possible timeout) walking target 127.0.0.1\n"), "{text}");
}
