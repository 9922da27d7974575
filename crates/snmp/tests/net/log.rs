//! Packets in the log.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use ward_snmp::{Client, Credentials, Oid, Protocol, Secret, Target, Wanted};

use super::{agent, target, wanted};

/// Lines as they are written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(String::from).collect()
    }
}

fn log_to(lines: &Lines, level: LevelFilter) -> tracing::subscriber::DefaultGuard {
    let lines = lines.clone();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).without_time();
    let layer = layer.with_writer(move || lines.clone());
    tracing::subscriber::set_default(tracing_subscriber::registry().with(level).with(layer))
}

#[tokio::test]
async fn packets_are_logged_for_who_asks() {
    let agent = agent().await;
    agent.set_fault("drop@2".parse().unwrap());
    let lines = Lines::default();
    let _guard = log_to(&lines, LevelFilter::DEBUG);
    let client = Client::new(7);
    let quiet = target(agent.addr(), Protocol::Udp);
    let traced = Target { trace: true, ..quiet.clone() };

    assert_eq!(client.harvest(&quiet, &wanted(), None).await.failure, None);
    assert_eq!(lines.take(), [""; 0], "nobody asked");

    let wanted = Wanted { get: vec![Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 1])], ..wanted() };
    let harvest = client.harvest(&traced, &wanted, None).await;
    let lines = lines.take();
    let count = |what: &str| lines.iter().filter(|line| line.contains(what)).count() as u64;
    assert_eq!(count("packet sent"), harvest.cost.packets_sent, "{lines:#?}");
    assert_eq!(count("packet received"), harvest.cost.packets_received, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("DEBUG ward_snmp::packets: ")), "{lines:#?}");
    let device = format!("device={} protocol=\"udp\" bytes=", agent.addr());
    assert_eq!(count(&device), lines.len() as u64);
    for part in [
        "pdu=\"GetRequest\" request_id=",
        "pdu=\"GetBulkRequest\" request_id=",
        " attempt=1 non_repeaters=0 max_repetitions=",
        " attempt=1 varbinds=1 first=1.3.6.1.2.1.1.5.1 last=1.3.6.1.2.1.1.5.1",
        "pdu=\"Response\" request_id=",
        "error_status=noError error_index=0 varbinds=",
        "first=1.3.6.1.2.1.2.2.1.1.1 last=1.3.6.1.2.1.2.2.1.",
    ] {
        assert!(count(part) > 0, "{part} in {lines:#?}");
    }
    assert_eq!(count("public"), 0, "{lines:#?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_logged_too() {
    let agent = agent().await;
    let lines = Lines::default();
    let _guard = log_to(&lines, LevelFilter::DEBUG);
    for (fault, expected) in [
        ("cut_packet@1", "error=malformed message: no message, or one cut short"),
        ("garbage@1", "error=no SNMP message"),
    ] {
        agent.reset();
        agent.set_fault(fault.parse().unwrap());
        let target = Target { trace: true, ..target(agent.addr(), Protocol::Udp) };
        assert_eq!(Client::new(7).harvest(&target, &wanted(), None).await.failure, None, "{fault}");
        let lines = lines.take();
        assert!(lines.iter().any(|line| line.contains(expected)), "{fault}: {lines:#?}");
        assert!(lines.iter().any(|line| line.contains("attempt=2")), "{fault}: {lines:#?}");
    }
}

#[tokio::test]
async fn nothing_is_logged_below_the_level_of_the_log() {
    let agent = agent().await;
    let lines = Lines::default();
    let _guard = log_to(&lines, LevelFilter::INFO);
    let credentials = Credentials::V1 { community: Secret::new("public") };
    let target = Target { trace: true, credentials, ..target(agent.addr(), Protocol::Udp) };
    assert_eq!(Client::new(7).harvest(&target, &wanted(), None).await.failure, None);
    assert_eq!(lines.take(), [""; 0]);
}
