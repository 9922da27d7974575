//! The agents as net-snmp's tools see them. Skipped, with a line that says so, where those are not installed.

use std::process::Command;
use std::time::Duration;

use lab::{Agent, Mib, Moving, Oid, Value};
use ward_lab as lab;

/// What a tool prints when it walks over everything, or None where it is not installed.
async fn walk(name: &str, arguments: &[&str], target: &str) -> Option<String> {
    let mut command = Command::new(name);
    command.args(["-On", "-t", "2", "-r", "1"]).args(arguments).args([target, "1.3.6.1"]);
    // Without a directory of MIBs net-snmp complains on stderr; the numbers are on stdout either way.
    match tokio::task::spawn_blocking(move || command.output()).await.unwrap() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {name} is not installed");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

fn mib() -> Mib {
    let mut objects: Vec<(Oid, lab::mib::Object)> = vec![
        (
            Oid::from([1, 3, 6, 1, 2, 1, 1, 2, 0]),
            Value::ObjectIdentifier([1, 3, 6, 1, 4, 1, 9].into()).into(),
        ),
        (Oid::from([1, 3, 6, 1, 2, 1, 1, 3, 0]), Moving::uptime(12_345).into()),
        (Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0]), Value::text("rustavi-r1").into()),
        (Oid::from([1, 3, 6, 1, 2, 1, 4, 20, 1, 1, 192, 0, 2, 1]), Value::IpAddress([192, 0, 2, 1]).into()),
    ];
    for row in 1..=60 {
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 5, row]), Value::Gauge32(u32::MAX).into()));
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 10, row]), Value::Counter32(row).into()));
        objects.push((Oid::from([1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, row]), Value::Counter64(1 << 40).into()));
    }
    Mib::of(objects).unwrap()
}

#[tokio::test]
async fn net_snmp_reads_everything() {
    let agent = Agent::new(mib()).delay(Duration::from_millis(1)).spawn().await.unwrap();
    let target = agent.addr().to_string();
    for (name, arguments, lines, counter64) in [
        ("snmpbulkwalk", &["-v2c", "-c", "public"][..], 184, 60),
        ("snmpbulkwalk", &["-v2c", "-c", "public", "-Cr100"], 184, 60),
        ("snmpwalk", &["-v2c", "-c", "public"], 184, 60),
        ("snmpwalk", &["-v1", "-c", "public"], 124, 0),
    ] {
        let Some(output) = walk(name, arguments, &target).await else { return };
        let found: Vec<&str> =
            output.lines().filter(|line| line.starts_with(".1.3") && !line.contains("No more")).collect();
        assert_eq!(found.len(), lines, "{name} {arguments:?}: {output}");
        assert_eq!(found.iter().filter(|line| line.contains("Counter64: 1099511627776")).count(), counter64);
        assert!(output.contains(".1.3.6.1.2.1.1.5.0 = STRING: \"rustavi-r1\""), "{output}");
        assert!(output.contains("IpAddress: 192.0.2.1"), "{output}");
        assert!(output.contains("OID: .1.3.6.1.4.1.9"), "{output}");
    }
    let stats = agent.stats();
    assert_eq!((stats.bad_requests, stats.last_bad), (0, None));
}
