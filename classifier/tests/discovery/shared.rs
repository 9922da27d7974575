//! Several classifiers on one PostgreSQL, and what kills do to them.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::network::{Network, Server};
use crate::support::postgres::Cluster;
use crate::support::until;

/// Devices of the tests below.
const NAMES: [&str; 8] = ["sw1", "sw2", "sw3", "sw4", "sw5", "sw6", "sw7", "sw8"];

/// Their agents, and what these run on: the tests wait for PostgreSQL outside of it.
fn network(delay: Duration) -> (Runtime, Network) {
    let runtime = Runtime::new().expect("a runtime");
    let network = runtime.block_on(Network::like(&NAMES, |agent| agent.delay(delay)));
    (runtime, network)
}

/// What they know, past the program.
struct Books<'a> {
    cluster: &'a Cluster,
    database: String,
}

impl<'a> Books<'a> {
    /// A new database, in which the network's program keeps what it learns.
    fn new(cluster: &'a Cluster, network: &mut Network) -> Self {
        let database = cluster.database();
        network.database = cluster.url(&database);
        Self { cluster, database }
    }

    fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT ({sql})::bigint");
        let mut answer = None;
        until(&sql, || {
            let asked =
                self.cluster.connect(&self.database).and_then(|mut client| client.query_one(&sql, &[]));
            match asked {
                Ok(row) => answer = Some(row.get(0)),
                // The schema is made by the first classifier, and the server may be about to start.
                Err(error) => {
                    let code = error.code().map(|code| code.code().to_owned());
                    assert!(
                        code.is_none_or(|code| code == "42P01" || code.starts_with("57P")),
                        "{sql}: {error:?}"
                    );
                }
            }
            answer.is_some()
        });
        answer.expect("it was answered")
    }

    /// Devices whose ports all say so.
    fn devices_with(&self, alias: &str) -> i64 {
        self.number(&format!(
            "SELECT count(*) FROM (SELECT device_id FROM interfaces GROUP BY device_id
             HAVING count(*) FILTER (WHERE if_alias = '{alias}') = 24) AS whole"
        ))
    }

    /// Every device is there with all that belongs to it, or not at all.
    fn check(&self) {
        for (what, sql) in [
            (
                "devices with some of their ports",
                "SELECT count(*) FROM (SELECT device_id FROM interfaces GROUP BY device_id HAVING count(*) <> 24) AS x",
            ),
            (
                "walked devices without ports",
                "SELECT count(*) FROM devices d WHERE first_seen IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM interfaces i WHERE i.device_id = d.id)",
            ),
            (
                "ports without a label",
                "SELECT count(*) FROM interfaces i LEFT JOIN classifications c ON c.interface_id = i.id
                 WHERE c.interface_id IS NULL",
            ),
            (
                "ports without exactly one range that holds",
                "SELECT count(*) FROM interfaces i WHERE 1 <> (SELECT count(*) FROM interface_history h
                 WHERE h.interface_id = i.id AND h.valid_to IS NULL)",
            ),
            (
                "ports whose range says other than they do",
                "SELECT count(*) FROM interfaces i JOIN interface_history h ON h.interface_id = i.id
                 WHERE h.valid_to IS NULL AND h.if_alias IS DISTINCT FROM i.if_alias",
            ),
        ] {
            assert_eq!(self.number(sql), 0, "{what}");
        }
    }

    /// Walks that began while another of the same device was under way. All clocks are this machine's.
    fn overlaps(&self) -> i64 {
        self.number(
            "SELECT count(*) FROM discovery_runs a JOIN discovery_runs b ON a.device_id = b.device_id AND a.id <> b.id
             AND a.started_at >= b.started_at AND a.started_at < b.started_at + b.took_ms * interval '1 ms'",
        )
    }
}

/// Every port of every device says so from now on.
fn describe(network: &Network, alias: &str) {
    for (device, agent) in network.devices.iter().zip(&network.agents) {
        let mut device = device.clone();
        device.ports.iter_mut().for_each(|port| port.alias = alias.to_owned());
        agent.set_mib(device.mib().build().expect("names that fit"));
    }
}

#[test]
fn a_killed_classifiers_devices_are_taken_over() {
    let Some(cluster) = Cluster::shared() else { return };
    let (_runtime, mut network) = network(Duration::from_millis(300));
    let books = Books::new(cluster, &mut network);
    let flags = ["--discovery.lease=2s", "--discovery.interval=10m"];
    let first = Server::start(&network, &flags);
    first.until("/metrics", |answer| answer.contains("ward_classifier_walks_in_flight 8"));
    let second = Server::start(&network, &flags);
    second.until("/-/ready", |answer| answer.ends_with("Ready"));
    first.kill();
    assert_eq!(
        books.number("SELECT count(*) FROM leases WHERE owner IS NOT NULL"),
        8,
        "killed in the middle"
    );
    books.check();
    until("all devices", || books.number("SELECT count(*) FROM interfaces") == 8 * 24);
    until("all leases back", || books.number("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == 0);
    books.check();
    assert_eq!(books.number("SELECT count(*) FROM discovery_runs WHERE outcome = 'complete'"), 8);
}

#[test]
fn of_several_classifiers_no_two_walk_one_device_at_once() {
    let Some(cluster) = Cluster::shared() else { return };
    let (_runtime, mut network) = network(Duration::from_millis(60));
    let books = Books::new(cluster, &mut network);
    let servers = [(); 3].map(|()| Server::start(&network, &["--discovery.interval=1s"]));
    until("some walks", || books.number("SELECT count(*) FROM discovery_runs") > 30);
    let discovered = network.run(&["discover"]);
    assert!(discovered.status.success(), "{}", crate::network::printed(&discovered));
    until("more walks", || books.number("SELECT count(*) FROM discovery_runs") > 60);
    drop(servers);
    assert_eq!(books.overlaps(), 0);
    assert!(books.number("SELECT count(DISTINCT instance) FROM discovery_runs") >= 3, "they share the work");
    assert_eq!(books.number("SELECT count(*) FROM interface_history"), 8 * 24, "and none undoes another's");
}

/// `WARD_KILLS` makes it longer.
#[test]
fn kills_of_classifiers_and_of_postgresql_leave_every_device_whole() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let rounds = std::env::var("WARD_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(9);
    let (_runtime, mut network) = network(Duration::from_millis(10));
    let books = Books::new(&cluster, &mut network);
    let flags = ["--discovery.lease=1s", "--discovery.interval=1s"];
    let mut servers = [(); 2].map(|()| Some(Server::start(&network, &flags)));
    let mut pause = 7_u64;
    for round in 0..rounds {
        let alias = format!("round {round}");
        describe(&network, &alias);
        until(&alias, || {
            books.number(&format!("SELECT count(*) FROM interfaces WHERE if_alias = '{alias}'")) > 0
        });
        // Spread over the time that a round of walks takes, the same in every run.
        pause = pause * 131 % 997;
        std::thread::sleep(Duration::from_millis(pause % 400));
        match round % 3 {
            2 => cluster.crash(),
            one => {
                servers[one].take().expect("it runs").kill();
                books.check();
                servers[one] = Some(Server::start(&network, &flags));
            }
        }
        books.check();
    }
    describe(&network, "the end");
    until("all devices as they are", || books.devices_with("the end") == 8);
    books.check();
    assert_eq!(books.number("SELECT count(*) FROM interfaces"), 8 * 24);
    println!("{rounds} kills, {} walks", books.number("SELECT count(*) FROM discovery_runs"));
}
