//! Whole harvests from simulated agents that lose, delay, repeat and garble.

use std::time::{Duration, Instant};

use lab::{Agent, Mib, RunningAgent, Value};
use ward_snmp::{
    Client, Credentials, Failure, Harvest, Limits, Oid, Secret, Subtree, Target, Trouble, Wanted,
};

const ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];

fn instance(column: u32, row: u32) -> [u32; 11] {
    [1, 3, 6, 1, 2, 1, 2, 2, 1, column, row]
}

/// An interfaces table of so many columns and rows, and a sysName.
fn mib(columns: u32, rows: u32) -> Mib {
    let cells = (1..=columns).flat_map(|column| {
        (1..=rows)
            .map(move |row| (instance(column, row), Value::Counter64(u64::from(column * 100_000 + row))))
    });
    let cells = cells.map(|(name, value)| (lab::Oid::from(name), value));
    let name = (lab::Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0]), Value::text("rustavi-r1"));
    let end = (lab::Oid::from([1, 3, 6, 1, 2, 1, 99, 0]), Value::text("behind all that is asked"));
    Mib::of(cells.chain([name, end])).expect("the names are fit for packets")
}

fn wanted(columns: u32) -> Wanted {
    let subtree = |column| Subtree { oid: Oid::from(ENTRY).child(&[column]), scalar: false };
    Wanted {
        get: vec![Oid::from([1, 3, 6, 1, 2, 1, 1, 5, 0])],
        subtrees: (1..=columns).map(subtree).collect(),
        ..Wanted::default()
    }
}

/// The same where a plain walk would read all columns.
fn in_one_walk(columns: u32) -> Wanted {
    Wanted { walks: vec![Oid::from([1, 3, 6, 1, 2, 1, 2])], ..wanted(columns) }
}

fn target(agent: &RunningAgent) -> Target {
    let limits = Limits { timeout: Duration::from_millis(800), retries: 3, ..Limits::default() };
    Target::new(agent.addr(), Credentials::V2c { community: Secret::new("public") }, limits)
}

fn cells(harvest: &Harvest) -> usize {
    harvest.columns.iter().map(|column| column.cells.len()).sum()
}

/// All of it, each value where it belongs.
fn assert_complete(harvest: &Harvest, columns: u32, rows: u32) {
    assert_eq!(harvest.failure, None);
    assert_eq!(harvest.gets[0].cells.len(), 1);
    for (column, number) in harvest.columns.iter().zip(1u32..=columns) {
        assert_eq!(column.trouble, None, "{}", column.oid);
        let values: Vec<_> = column.cells.iter().map(|c| (c.index.to_vec(), c.value.as_i64())).collect();
        let expected: Vec<_> =
            (1..=rows).map(|row| (vec![row], Some(i64::from(number * 100_000 + row)))).collect();
        assert_eq!(values, expected, "{}", column.oid);
    }
}

async fn agent(fault: &str) -> RunningAgent {
    let agent = Agent::new(mib(10, 60));
    let agent = if fault.is_empty() { agent } else { agent.fault(fault.parse().expect("a fault")) };
    agent.spawn().await.expect("a free port on loopback")
}

#[tokio::test]
async fn a_device_is_read_in_few_round_trips() {
    let agent = Agent::new(mib(41, 48)).delay(Duration::from_millis(20)).spawn().await.unwrap();
    let client = Client::new(1);
    let (target, wanted) = (target(&agent), wanted(41));
    for (what, most_packets, most_rounds) in [("cold", 45, 6), ("warm", 42, 4)] {
        agent.reset();
        let harvest = client.harvest(&target, &wanted, None).await;
        assert_complete(&harvest, 41, 48);
        let stats = agent.stats();
        assert_eq!(stats.requests, harvest.cost.packets_sent, "{what}");
        assert_eq!(stats.bad_requests, 0, "{what}: {:?}", stats.last_bad);
        assert!(stats.requests <= most_packets, "{what}: {} packets", stats.requests);
        assert!(stats.rounds <= most_rounds, "{what}: {} round trips", stats.rounds);
        assert_eq!(u64::from(harvest.cost.rounds), stats.rounds, "{what}");
    }
}

#[tokio::test]
async fn ipv6_is_another_address_and_nothing_else() {
    let listen: std::net::SocketAddr = "[::1]:0".parse().unwrap();
    let agent = Agent::new(mib(10, 60)).listen(listen).spawn().await.expect("a free port on ::1");
    assert_complete(&Client::new(1).harvest(&target(&agent), &wanted(10), None).await, 10, 60);
}

#[tokio::test]
async fn whatever_the_network_does_the_values_are_right() {
    for fault in [
        "drop@/5",
        "late:300ms@/4",
        "duplicate",
        "wrong_request_id@/6",
        "other_port@/6",
        "cut_packet@/6",
        "garbage@/6",
        "too_big:30",
        "truncate:7",
        "wrong_community@/3",
    ] {
        let agent = agent(fault).await;
        let client = Client::new(7);
        for wanted in [in_one_walk(10), wanted(10), wanted(10), in_one_walk(10)] {
            assert_complete(&client.harvest(&target(&agent), &wanted, None).await, 10, 60);
        }
        assert_eq!(agent.stats().bad_requests, 0, "{fault}");
    }
}

/// An agent that puts one value in another's place is asked for one column at a time.
#[tokio::test]
async fn varbinds_out_of_place_cost_no_value() {
    for fault in ["swap_first_two", "duplicate_first", "swap_first_two@2", "duplicate_first@3"] {
        let agent = agent(fault).await;
        let client = Client::new(7);
        for wanted in [wanted(10), in_one_walk(10), in_one_walk(10)] {
            agent.reset();
            let harvest = client.harvest(&target(&agent), &wanted, None).await;
            assert_eq!((cells(&harvest), harvest.gets[0].cells.len()), (600, 1), "{fault}");
            assert!(harvest.columns.iter().all(|column| column.trouble.is_none()), "{fault}");
        }
    }
}

#[tokio::test]
async fn one_value_that_cannot_be_read_costs_that_value() {
    for (fault, trouble) in [
        ("undecodable:integer@2", "undecodable value at 1.3.6.1.2.1.2.2.1."),
        ("undecodable:ip@2", "undecodable value at 1.3.6.1.2.1.2.2.1."),
        ("gen_err:1.3.6.1.2.1.2.2.1.4.17", "agent answered genErr at 1.3.6.1.2.1.2.2.1.4.16"),
    ] {
        let agent = agent(fault).await;
        let harvest = Client::new(7).harvest(&target(&agent), &wanted(10), None).await;
        assert_eq!(harvest.failure, None, "{fault}");
        assert_eq!(cells(&harvest), 599, "{fault}");
        let troubles: Vec<String> =
            harvest.columns.iter().filter_map(|c| c.trouble.as_ref()).map(ToString::to_string).collect();
        assert!(troubles.len() == 1 && troubles[0].starts_with(trouble), "{fault}: {troubles:?}");
    }
}

#[tokio::test]
async fn an_agent_that_loops_ends_with_an_error() {
    let agent = agent("loop@2+").await;
    let harvest = Client::new(7).harvest(&target(&agent), &wanted(10), None).await;
    let trouble = harvest.columns.iter().find_map(|c| c.trouble.as_ref()).map(ToString::to_string);
    assert!(
        trouble.as_ref().is_some_and(|t| t.starts_with("OID not increasing: 1.3.6.1.2.1.2.2.1.")),
        "{trouble:?}"
    );
}

#[tokio::test]
async fn what_was_read_before_an_agent_went_silent_is_kept() {
    let agent = agent("silence@5+").await;
    let mut target = target(&agent);
    target.limits.timeout = Duration::from_millis(200);
    let harvest = Client::new(7).harvest(&target, &wanted(10), None).await;
    assert_eq!(harvest.failure, Some(Failure::Timeout { retries: 3 }));
    assert!(cells(&harvest) > 60, "{} cells", cells(&harvest));
    assert_eq!(harvest.cost.answer_times.len() as u64, harvest.cost.packets_received);
    // Each column says whether it is whole.
    assert!(harvest.columns.iter().any(|column| column.trouble == Some(Trouble::Unfinished)));
    for column in harvest.columns.iter().chain(&harvest.gets) {
        let all = if column.oid.arcs().last() == Some(&0) { 1 } else { 60 };
        assert!(column.trouble.is_some() || column.cells.len() == all, "{}", column.oid);
    }
}

#[tokio::test]
async fn the_callers_deadline_ends_a_harvest_with_what_is_known() {
    let agent = agent("silence@5+").await;
    let deadline = Duration::from_millis(400);
    let started = Instant::now();
    let harvest = Client::new(7).harvest(&target(&agent), &wanted(10), Some(started + deadline)).await;
    assert!(matches!(harvest.failure, Some(Failure::Deadline { .. })), "{:?}", harvest.failure);
    assert!(cells(&harvest) > 60);
    assert!(started.elapsed() < deadline + Duration::from_millis(300));
}

#[tokio::test]
async fn a_closed_port_is_told_at_once() {
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let agent = Agent::new(mib(1, 1))
            .listen(listen.parse::<std::net::SocketAddr>().unwrap())
            .spawn()
            .await
            .unwrap();
        let target = target(&agent);
        agent.stop().await;
        let started = Instant::now();
        let harvest = Client::new(7).harvest(&target, &wanted(1), None).await;
        let failure = harvest.failure.expect("nobody is there");
        assert_eq!(failure.reason(), "unreachable");
        let expected = format!(
            "{}: connection refused: the host is there, but nobody listens on this UDP port",
            target.address
        );
        assert_eq!(failure.to_string(), expected);
        assert!(started.elapsed() < Duration::from_millis(500));
    }
}

#[tokio::test]
async fn a_wrong_community_is_a_timeout() {
    let agent = agent("").await;
    let mut target = target(&agent);
    target.credentials = Credentials::V2c { community: Secret::new("private") };
    target.limits = Limits { timeout: Duration::from_millis(100), retries: 1, ..Limits::default() };
    let harvest = Client::new(7).harvest(&target, &wanted(10), None).await;
    assert_eq!(harvest.failure, Some(Failure::Timeout { retries: 1 }));
    assert_eq!(cells(&harvest), 0);
}

#[tokio::test]
async fn version_1_is_read_with_getnext() {
    let agent = Agent::new(mib(10, 60)).spawn().await.unwrap();
    let mut target = target(&agent);
    target.credentials = Credentials::V1 { community: Secret::new("public") };
    let client = Client::new(7);
    let harvest = client.harvest(&target, &wanted(10), None).await;
    // Counter64 does not exist in version 1 (RFC 2576 §4.1.2.1): there is nothing but the name.
    assert_eq!((harvest.failure, harvest.gets[0].cells.len()), (None, 1));

    let agent = Agent::new(
        Mib::of((1..=60).flat_map(|row| {
            (1..=10)
                .map(move |column| (instance(column, row), Value::Integer((column * 100_000 + row).into())))
        }))
        .unwrap(),
    )
    .spawn()
    .await
    .unwrap();
    target.address = agent.addr();
    for most in [70, 25] {
        agent.reset();
        let harvest = client.harvest(&target, &Wanted { get: vec![], ..wanted(10) }, None).await;
        assert_eq!((&harvest.failure, cells(&harvest)), (&None, 600));
        assert!(harvest.columns.iter().all(|c| c.trouble.is_none()));
        assert!(agent.stats().requests <= most, "{} packets", agent.stats().requests);
    }
}

#[tokio::test]
async fn one_in_flight_is_one_in_flight() {
    let step = Duration::from_millis(2);
    let agent = Agent::new(mib(10, 60)).serial(step, Duration::ZERO).loss(0.02).spawn().await.unwrap();
    let client = Client::new(7);
    let mut target = target(&agent);
    target.limits = Limits { max_in_flight: 1, ..Limits::default() };
    let wanted = wanted(10);
    // Also when several ask at once.
    let all = tokio::join!(
        client.harvest(&target, &wanted, None),
        client.harvest(&target, &wanted, None),
        client.harvest(&target, &wanted, None),
    );
    for harvest in [&all.0, &all.1, &all.2] {
        assert_complete(harvest, 10, 60);
    }
    assert_eq!(agent.stats().max_outstanding, 1);
}

#[tokio::test]
async fn a_serial_agent_is_not_flooded() {
    let agent =
        Agent::new(mib(41, 100)).serial(Duration::from_millis(5), Duration::ZERO).spawn().await.unwrap();
    let client = Client::new(7);
    for _ in 0..3 {
        agent.reset();
        let harvest = client.harvest(&target(&agent), &wanted(41), None).await;
        assert_complete(&harvest, 41, 100);
        assert_eq!(harvest.cost.packets_retried, 0);
    }
    // Once it is known that it does one request after another, few wait.
    assert!(agent.stats().max_outstanding <= 6, "{} at once", agent.stats().max_outstanding);
}
