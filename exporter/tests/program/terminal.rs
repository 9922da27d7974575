//! `check` and `scrape`.

use lab::Agent;

use crate::harness::{line, router, run, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn check_says_who_answers_and_what_to_do_about_the_others() {
    let good = spawn(Agent::new(router("Rustavi Router", 2))).await;
    let silent = spawn(Agent::new(router("silent", 2)).community("another")).await;
    let closed = spawn(Agent::new(router("closed", 2))).await;
    let mut devices = String::from("devices:\n");
    for (name, agent) in [("rustavi-r1", &good), ("gori-r1", &silent), ("poti-r1", &closed)] {
        devices += &line(name, agent);
    }
    closed.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let all = run(folder.path(), &devices, &["check", "--patience=600ms"]);
    let text = String::from_utf8_lossy(&all.stdout);
    assert_eq!(all.status.code(), Some(1), "{text}");
    let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(row("rustavi-r1").contains(" ms") && row("rustavi-r1").ends_with("Rustavi Router"), "{text}");
    assert!(row("gori-r1").ends_with("! no answer"), "{text}");
    assert!(row("poti-r1").ends_with("! port closed"), "{text}");
    assert!(text.contains("permit host 127.0.0.1\n  snmp-server community COMMUNITY RO WARD"), "{text}");
    assert!(text.contains("Port closed on poti-r1"), "{text}");
    assert!(text.ends_with("1 of 3 devices answered\n"), "{text}");
    assert!(!text.contains("public\n"), "no community is shown");

    let one = run(folder.path(), &devices, &["check", "rustavi-r1"]);
    assert_eq!(one.status.code(), Some(0));
    let unknown = run(folder.path(), &devices, &["check", "rustavi-r2"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("the nearest names are rustavi-r1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn scrape_prints_one_scrape_and_explains_it() {
    let agent = spawn(Agent::new(router("rustavi-r1", 5))).await;
    let devices = format!("devices:\n{}", line("rustavi-r1", &agent));
    let folder = tempfile::tempdir().unwrap();
    for target in ["rustavi-r1".to_owned(), agent.addr().to_string()] {
        let scraped = run(folder.path(), &devices, &["scrape", &target, "--explain"]);
        assert_eq!(scraped.status.code(), Some(0));
        let text = String::from_utf8_lossy(&scraped.stdout);
        assert!(
            text.contains("interface_if_hc_in_octets{if_index=\"5\",if_name=\"Gi0/5\"} 5000\n"),
            "{text}"
        );
        let explained = String::from_utf8_lossy(&scraped.stderr);
        assert!(explained.contains("round trips one after another"), "{explained}");
        let column = explained.lines().find(|line| line.contains("1.3.6.1.2.1.31.1.1.1.6 "));
        assert!(column.is_some_and(|line| line.ends_with("interface_if_hc_in_octets")), "{explained}");
    }
    agent.stop().await;
    let dead = run(folder.path(), &devices, &["scrape", "rustavi-r1"]);
    assert_eq!(dead.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&dead.stdout).contains("device_scrape_error_info{reason=\"unreachable\"} 1")
    );
}
