//! In the place of snmp_exporter: its command line, its snmp.yml, its endpoints and its answers.

use lab::{Agent, Mib, Value};

use crate::harness::{Exporter, router, run_alone, spawn, until};

/// A small snmp.yml.
const SNMP_YML: &str = "
auths:
  public_v2: {version: 2}
  secret: {version: 2, community: hush-hush}
modules:
  names: {walk: [1.3.6.1.2.1.31.1.1.1.1], retries: 0, timeout: 200ms, metrics: [
    {name: ifName, oid: 1.3.6.1.2.1.31.1.1.1.1, type: DisplayString, help: h, indexes: [{labelname: i, type: gauge}]}]}
  uptime: {get: [1.3.6.1.2.1.1.3.0], retries: 0, timeout: 200ms, metrics: [{name: up-time, oid: 1.3.6.1.2.1.1.3, type: gauge, help: h}]}
";

#[test]
fn the_command_line_is_that_of_snmp_exporter() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("snmp.yml", SNMP_YML);
    write("bad.yml", "modules: {m: {walks: [1.3]}}");
    write("env.yml", "auths: {a: {version: 3, username: \"snmp_${WARD_TEST_NOT_SET}\"}}");
    write("literal.yml", "auths: {a: {community: \"pa$$word${x\", username: $USER}}");
    write("empty.yml", "modules: {}");
    let parsed = "msg=\"Configuration parsed successfully\"";
    for (flags, code, said) in [
        (&["--dry-run"][..], 0, parsed),
        (
            &["--dry-run", "--config.file=snmp.yml", "--config.file=nothing*.yml"],
            0,
            "no file matches this pattern",
        ),
        (&["--dry-run", "--config.file=nothing*.yml"], 1, "no file matches --config.file=nothing*.yml"),
        (
            &["--dry-run", "--config.file=bad.yml"],
            1,
            "bad.yml:1: unknown key \"walks\", did you mean \"walk\"?",
        ),
        (&["--dry-run", "--config.file=[se]*.yml", "--no-config.expand-environment-variables"], 0, parsed),
        (&["--dry-run", "--config.file=literal.yml"], 0, parsed),
        (
            &["--dry-run", "--config.file=env.yml", "--config.expand-environment-variables"],
            1,
            "env.yml:1: auth a: username: WARD_TEST_NOT_SET environment variable not found",
        ),
        (&["--dry-run", "--config.file=env.yml", "--no-config.expand-environment-variables"], 0, parsed),
        (
            &["--no-dry-run", "--dry-run", "--no-snmp.wrap-large-counters", "--no-snmp.debug-packets"],
            0,
            parsed,
        ),
        (&["--dry-run", "--snmp.module-concurrency=-1", "--snmp.source-address=127.0.0.1:"], 0, parsed),
        (&["--dry-run", "--snmp.source-address=eth0"], 2, "no source address"),
        (&["-h"], 0, "--snmp.allowed-targets"),
        (&["--version"], 0, "ward-exporter "),
    ] {
        let output = run_alone(folder.path(), flags);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {text}");
        assert!(text.contains(said), "{flags:?}: {text}");
        assert!(!text.contains("pa$$word"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snmp_yml_of_the_working_directory_is_used_and_watched() {
    let agent = spawn(Agent::new(router("r", 2))).await;
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let answer = exporter.get(&format!("/snmp?target={}&module=names,uptime", agent.addr())).await;
    assert_eq!(answer.value("ifName{i=\"2\",ifName=\"Gi0/2\"}"), Some(1.0), "{}", answer.text());
    assert!(exporter.log().contains("modules are read from the working directory"), "{}", exporter.log());
    // Any address, as there is no inventory: it is asked, and nobody is there.
    let answer = exporter.get("/snmp?target=127.0.0.1:bad&module=names").await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    std::fs::write(exporter.folder.path().join("snmp.yml"), "modules: {other: {walk: [1.3]}}").unwrap();
    until(async || exporter.get("/config").await.text().contains("  other:")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_name_their_transport() {
    let agent = spawn(Agent::new(router("r", 1))).await;
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let (address, port) = (agent.addr(), agent.addr().port());
    let head = "An error has occurred while serving metrics:\n\nerror collecting metric Desc{fqName: \"snmp_error\", help: ";
    let worker = "\"Error during initialisation of the Worker\", constLabels: {}, variableLabels: {}}: ";
    let connecting =
        "\"Error connecting to target\", constLabels: {}, variableLabels: {}}: error connecting to target ";
    for (target, status, body) in [
        (address.to_string(), 200, String::new()),
        (format!("udp://{address}"), 200, String::new()),
        (format!("udp4://localhost:{port}"), 200, String::new()),
        (
            "127.0.0.1:99999".into(),
            500,
            format!("{head}{worker}port number out of range for target \"127.0.0.1\"\n"),
        ),
        (
            format!("http://{address}"),
            500,
            format!(
                "{head}{connecting}127.0.0.1: error establishing connection to host: dial http: unknown network http\n"
            ),
        ),
        (
            format!("udp6://{address}"),
            500,
            format!(
                "{head}{connecting}127.0.0.1: error establishing connection to host: address 127.0.0.1: no suitable address found\n"
            ),
        ),
        ("tcp://127.0.0.1:1".into(), 500, format!("{head}{connecting}127.0.0.1: ")),
    ] {
        let answer = exporter.get(&format!("/snmp?target={target}&module=uptime")).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        assert!(answer.text().starts_with(&body), "{target}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_module_that_fails_is_named() {
    let agent = spawn(Agent::new(router("r", 1))).await;
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let address = agent.addr();
    agent.stop().await;
    let answer = exporter.get(&format!("/snmp?target={address}&module=names,uptime")).await;
    let error = |module: &str, doing: &str| {
        format!(
            "* error collecting metric Desc{{fqName: \"snmp_error\", help: \"Error scraping target\", constLabels: {{module=\"{module}\"}}, \
             variableLabels: {{}}}}: error {doing} target 127.0.0.1: error reading from socket: {address}: connection refused: \
             the host is there, but nobody listens on this UDP port\n"
        )
    };
    let expected = format!(
        "An error has occurred while serving metrics:\n\n2 error(s) occurred:\n{}{}",
        error("names", "walking"),
        error("uptime", "getting")
    );
    assert_eq!((answer.status, answer.text()), (500, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn own_metrics_have_snmp_exporters_names_too() {
    let agent = spawn(Agent::new(router("r", 3))).await;
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let scrape = exporter.get(&format!("/snmp?target={}&module=names,uptime", agent.addr())).await;
    let sent: f64 = ["names", "uptime"]
        .map(|module| scrape.value(&format!("snmp_scrape_packets_sent{{module=\"{module}\"}}")).unwrap())
        .iter()
        .sum();
    assert_eq!(exporter.get("/snmp").await.status, 400);
    let own = exporter.get("/metrics").await;
    for (series, value) in [
        ("snmp_packets_total", sent),
        ("snmp_packet_retries_total", 0.0),
        ("snmp_packet_duration_seconds_count", sent),
        ("snmp_packet_duration_seconds_bucket{le=\"+Inf\"}", sent),
        ("snmp_request_errors_total", 1.0),
        ("snmp_request_in_flight", 0.0),
        ("snmp_unexpected_pdu_type_total", 0.0),
        ("snmp_collection_duration_seconds_count{module=\"names\"}", 1.0),
        ("snmp_collection_duration_seconds_bucket{le=\"10\",module=\"names\"}", 1.0),
        // Nobody has asked for it yet.
        ("snmp_collection_duration_seconds_count{module=\"if_mib\"}", 0.0),
        ("promhttp_metric_handler_requests_total{code=\"200\"}", 0.0),
        ("ward_exporter_bad_requests_total", 1.0),
    ] {
        assert_eq!(own.value(series), Some(value), "{series} in\n{}", own.text());
    }
    let build =
        own.text().lines().find(|line| line.starts_with("snmp_exporter_build_info{")).map(String::from);
    for label in ["branch", "goarch", "goos", "goversion", "revision", "tags", "version"] {
        assert!(build.as_ref().is_some_and(|build| build.contains(&format!("{label}=\""))), "{build:?}");
    }
    let open = exporter.ask("GET", "/metrics", "Accept: application/openmetrics-text\r\n").await.text();
    for line in [
        "# TYPE snmp_packets counter\n",
        &format!("snmp_packets_total {sent}\n"),
        "# TYPE snmp_packet_duration_seconds histogram\n",
        "promhttp_metric_handler_requests_total{code=\"200\"} 1\n",
    ] {
        assert!(open.contains(line), "{line} in\n{open}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_share_what_they_read_and_leave_out_what_nobody_needs() {
    // Five columns of a hundred rows, and modules that need some of them.
    let column = |column: u32| (1..=100).map(move |row| ([1, 3, 6, 1, 4, 1, 50_000, column, row], row));
    let cells =
        (1..=5).flat_map(column).map(|(name, row)| (lab::Oid::from(name), Value::Integer(row.into())));
    let end = (lab::Oid::from([1, 3, 6, 1, 4, 1, 60_000, 0]), Value::Integer(0));
    let agent = spawn(Agent::new(Mib::of(cells.chain([end])).unwrap())).await;
    let metric = |name: &str, column: u32| {
        format!(
            "{{name: {name}, oid: 1.3.6.1.4.1.50000.{column}, type: gauge, help: h, indexes: [{{labelname: i, type: gauge}}]}}"
        )
    };
    let yml = format!(
        "modules:\n  one: {{walk: [1.3.6.1.4.1.50000], metrics: [{}]}}\n  same: {{walk: [1.3.6.1.4.1.50000.1], metrics: [{}]}}\n  \
         two: {{walk: [1.3.6.1.4.1.50000], metrics: [{}, {}]}}\n",
        metric("a", 1),
        metric("b", 1),
        metric("c", 1),
        metric("d", 3)
    );
    let exporter = Exporter::in_place(&yml, &[]);
    let cost = async |modules: &str| {
        agent.reset();
        let answer = exporter.get(&format!("/snmp?target={}&module={modules}", agent.addr())).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer, agent.stats())
    };
    // The first time shows which rows there are.
    cost("one").await;
    cost("two").await;
    let (_, one) = cost("one").await;
    // One column of five, and a look behind it.
    assert!((100..140).contains(&one.varbinds), "{one:?}");
    let (both, shared) = cost("one,same").await;
    assert_eq!(shared.requests, one.requests, "the second costs nothing");
    let (all, three) = cost("one,same,two").await;
    assert!((200..280).contains(&three.varbinds), "{three:?}");
    for (answer, stats, modules) in
        [(both, shared, &["one", "same"][..]), (all, three, &["one", "same", "two"])]
    {
        let of = |what: &str, module: &str| {
            answer.value(&format!("snmp_scrape_{what}{{module=\"{module}\"}}")).unwrap()
        };
        let sent: f64 = modules.iter().map(|module| of("packets_sent", module)).sum();
        assert_eq!(sent, stats.requests as f64, "each packet counts once");
        for module in modules {
            assert_eq!(of("pdus_returned", module), if *module == "two" { 200.0 } else { 100.0 });
            assert_eq!(of("packets_retried", module), 0.0);
            assert!(of("duration_seconds", module) >= of("walk_duration_seconds", module));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_answered_where_it_is_asked_for() {
    let agent = spawn(Agent::new(router("r", 3)).fault("silence@3+".parse().unwrap())).await;
    let odd =
        spawn(Agent::new(router("r", 3)).fault("gen_err:1.3.6.1.2.1.31.1.1.1.1.2".parse().unwrap())).await;
    let yml = format!(
        "{SNMP_YML}  lenient: {{partial: true, get: [1.3.6.1.2.1.1.3.0], retries: 0, timeout: 200ms, metrics: [\n    \
        {{name: twice, oid: 1.3.6.1.2.1.1.3, type: gauge, help: h}}]}}\n"
    );
    let exporter = Exporter::in_place(&yml, &[]);
    let ask = async |agent: &lab::RunningAgent, query: &str| {
        exporter.get(&format!("/snmp?target={}&{query}", agent.addr())).await
    };
    // All of it, and it is told that nothing is missing.
    let whole = ask(&agent, "module=names&partial=true").await;
    assert_eq!(whole.value("snmp_scrape_partial{module=\"names\"}"), Some(0.0), "{}", whole.text());
    assert!(!whole.text().contains("snmp_scrape_incomplete"));

    // An interface whose name cannot be read.
    let lacking = ask(&odd, "module=names,uptime&partial=true").await;
    assert_eq!(lacking.status, 200);
    for (series, value) in [
        ("ifName{i=\"1\",ifName=\"Gi0/1\"}", Some(1.0)),
        ("ifName{i=\"2\",ifName=\"Gi0/2\"}", None),
        ("up_time", Some(8_640_000.0)),
        ("snmp_scrape_partial{module=\"names\"}", Some(1.0)),
        ("snmp_scrape_partial{module=\"uptime\"}", Some(0.0)),
        (
            "snmp_scrape_incomplete{module=\"names\",oid=\"1.3.6.1.2.1.31.1.1.1.1\",reason=\"error_status\"}",
            Some(1.0),
        ),
    ] {
        assert_eq!(lacking.value(series), value, "{series} in\n{}", lacking.text());
    }
    // Without being asked for, nothing about it is said: it is snmp_exporter's answer.
    assert!(!ask(&odd, "module=names").await.text().contains("partial"));

    // A device that goes silent half-way: what was read, and why the rest is not there.
    agent.reset();
    let half = exporter.get(&format!("/snmp?target={}&module=if_mib&partial=true", agent.addr())).await;
    assert_eq!(half.status, 200, "{}", half.text());
    assert_eq!(half.value("snmp_scrape_partial{module=\"if_mib\"}"), Some(1.0));
    assert!(half.text().contains("reason=\"timeout\"} 1\n"), "{}", half.text());
    agent.reset();
    assert_eq!(ask(&agent, "module=if_mib").await.status, 500);

    // A device that says nothing at all is down, whatever was asked for.
    let dead = spawn(Agent::new(router("r", 3)).fault("silence".parse().unwrap())).await;
    for query in ["module=names&partial=true", "module=lenient"] {
        assert_eq!(ask(&dead, query).await.status, 500, "{query}");
    }

    // Two modules with one name: the second one may be answered in part, the first must not; the request may say otherwise.
    let clash = "modules:\n  a: {get: [1.3.6.1.2.1.1.3.0], metrics: [{name: x, oid: 1.3.6.1.2.1.1.3, type: gauge, help: a}]}\n  \
        b: {partial: true, get: [1.3.6.1.2.1.1.3.0], metrics: [{name: x, oid: 1.3.6.1.2.1.1.3, type: gauge, help: b}]}\n";
    let exporter = Exporter::in_place(clash, &[]);
    for (query, status) in [
        ("module=a,b", 200),
        ("module=b,a", 500),
        ("module=a,b&partial=false", 500),
        ("module=b,a&partial=true", 200),
    ] {
        let answer = exporter.get(&format!("/snmp?target={}&{query}", odd.addr())).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        let missing = answer.text().matches("oid=\"1.3.6.1.2.1.1.3\",reason=\"help\"} 1").count();
        assert_eq!(missing, usize::from(status == 200), "{query}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_configured_is_shown_and_can_be_loaded_again() {
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let shown = exporter.get("/config").await.text();
    assert!(!shown.contains("hush-hush") && !shown.contains("public\n"), "{shown}");
    for part in [
        "auths:\n  public_v1:\n    community: <secret>\n    security_level: noAuthNoPriv\n    auth_protocol: MD5\n    priv_protocol: DES\n    version: 1\n",
        "  secret:\n    community: <secret>\n",
        "  uptime:\n    get:\n    - \"1.3.6.1.2.1.1.3.0\"\n    metrics:\n    - name: up-time\n      oid: \"1.3.6.1.2.1.1.3\"\n      type: gauge\n      \
         help: h\n    max_repetitions: 25\n    retries: 0\n    timeout: 200ms\n",
        "  if_mib:\n",
    ] {
        assert!(shown.contains(part), "{part}\nis not in\n{shown}");
    }
    let again = Exporter::in_place(&shown, &[]);
    assert_eq!(again.get("/config").await.text(), shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_written_as_the_scraper_asks() {
    let agent = spawn(Agent::new(router("r", 1))).await;
    let exporter = Exporter::in_place(SNMP_YML, &[]);
    let path = format!("/snmp?target={}&module=uptime", agent.addr());
    for (accept, escaping, line) in [
        ("*/*", "underscores", "up_time 8640000"),
        ("text/plain;version=0.0.4;escaping=allow-utf-8", "allow-utf-8", "{\"up-time\"} 8640000"),
        ("text/plain;version=0.0.4;escaping=values", "values", "U__up_2d_time 8640000"),
        // Never OpenMetrics, and no protocol buffers.
        ("application/openmetrics-text;version=1.0.0", "underscores", "up_time 8640000"),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            "underscores",
            "up_time 8640000",
        ),
    ] {
        let answer = exporter.ask("GET", &path, &format!("Accept: {accept}\r\n")).await;
        let kind = format!("content-type: text/plain; version=0.0.4; charset=utf-8; escaping={escaping}\r\n");
        assert!(answer.head.to_lowercase().contains(&kind), "{accept}: {}", answer.head);
        assert!(answer.text().replace("8.64e+06", "8640000").contains(line), "{accept}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_are_logged_where_that_is_asked_for() {
    let agent = spawn(Agent::new(router("r", 1))).await;
    for (flags, query, logged) in [
        (&["--log.level=debug"][..], "", false),
        (&["--log.level=debug"], "&snmp_debug_packets=true", true),
        (&["--log.level=debug", "--snmp.debug-packets"], "", true),
        (&["--snmp.debug-packets"], "", false),
    ] {
        let exporter = Exporter::in_place(SNMP_YML, flags);
        let path = format!("/snmp?target={}&module=uptime&auth=public_v2{query}", agent.addr());
        assert_eq!(exporter.get(&path).await.status, 200);
        // The log of the scrape is out before its answer; what is read of it by then may lag behind.
        if logged {
            until(async || exporter.log().contains("packet received")).await;
        }
        exporter.signal("TERM");
        until(async || exporter.log().contains("stopped")).await;
        assert_eq!(exporter.log().contains("packet sent"), logged, "{flags:?} {query}");
    }
}

/// Upstream's file of two megabytes: not more memory than it is worth.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_takes_little_memory() {
    for name in ["snmp_exporter-0.30.1-snmp.yml", "snmp_exporter-main-snmp.yml"] {
        let root = std::env::var_os("WARD_SHARED").map(std::path::PathBuf::from);
        let root = root.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
        let Ok(text) = std::fs::read_to_string(root.join("peers").join(name)) else {
            println!("SKIPPED: {name} is not here");
            continue;
        };
        let exporter = Exporter::in_place(&text, &[]);
        let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        println!("{name}: {} MB at the most", peak / 1024);
        assert!(peak < 60 * 1024, "{peak} kB");
    }
}
