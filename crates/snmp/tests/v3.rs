//! SNMPv3 with simulated agents, whose codec is their own: every protocol, what they do wrong, and forgers beside them.

use std::time::{Duration, Instant};

use lab::{Agent, Mib, RunningAgent, Value};
use ward_snmp::usm::{Authentication, Context, Privacy, Security, SecurityLevel};
use ward_snmp::{
    AuthProtocol, Client, Credentials, Failure, Harvest, Limits, Oid, PrivProtocol, Secret, Subtree, Target,
    User, Wanted,
};

const ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const COLUMNS: u32 = 10;
const ROWS: u32 = 60;

fn mib() -> Mib {
    let cells = (1..=COLUMNS).flat_map(|column| {
        (1..=ROWS).map(move |row| {
            let name: [u32; 11] = [1, 3, 6, 1, 2, 1, 2, 2, 1, column, row];
            (name, Value::Counter64(u64::from(column * 100_000 + row)))
        })
    });
    Mib::of(cells).expect("the names are fit for packets")
}

fn wanted() -> Wanted {
    let subtree = |column| Subtree { oid: Oid::from(ENTRY).child(&[column]), scalar: false };
    Wanted { subtrees: (1..=COLUMNS).map(subtree).collect(), ..Wanted::default() }
}

fn user(level: SecurityLevel, auth: AuthProtocol, privacy: PrivProtocol) -> User {
    let authentication = Authentication { protocol: auth, password: Secret::new("an auth password") };
    let encryption = Privacy { protocol: privacy, password: Secret::new("a priv password") };
    User {
        name: Secret::new("ward"),
        name_is_public: true,
        security: match level {
            SecurityLevel::NoAuthNoPriv => Security::NoAuthNoPriv,
            SecurityLevel::AuthNoPriv => Security::AuthNoPriv(authentication),
            SecurityLevel::AuthPriv => Security::AuthPriv(authentication, encryption),
        },
        context: Context::default(),
    }
}

fn good() -> User {
    user(SecurityLevel::AuthPriv, AuthProtocol::Sha, PrivProtocol::Aes)
}

fn agent() -> Agent {
    let known = "ward:SHA:an auth password:AES:a priv password";
    Agent::new(mib()).user(known.parse().expect("a user")).booted(7, 100_000)
}

fn target(agent: &RunningAgent, user: User) -> Target {
    // Patient, as a busy machine may need it; what is lost is sent again much sooner.
    let limits = Limits { timeout: Duration::from_secs(3), retries: 3, ..Limits::default() };
    Target::new(agent.addr(), Credentials::V3(user), limits)
}

async fn harvest(client: &Client, agent: &RunningAgent) -> Harvest {
    client.harvest(&target(agent, good()), &wanted(), None).await
}

/// Requests it took, without those that were sent again because the machine is busy.
fn requests(harvest: &Harvest) -> u64 {
    harvest.cost.packets_sent - harvest.cost.packets_retried
}

/// All of it, each value where it belongs.
fn assert_complete(harvest: &Harvest, what: &str) {
    assert_eq!(harvest.failure, None, "{what}");
    for (column, number) in harvest.columns.iter().zip(1u32..=COLUMNS) {
        assert_eq!(column.trouble, None, "{what}: {}", column.oid);
        let values: Vec<_> = column.cells.iter().map(|c| (c.index.to_vec(), c.value.as_i64())).collect();
        let expected: Vec<_> =
            (1..=ROWS).map(|row| (vec![row], Some(i64::from(number * 100_000 + row)))).collect();
        assert_eq!(values, expected, "{what}: {}", column.oid);
    }
}

fn assert_failure(harvest: &Harvest, reason: &str, text: &str) {
    let failure = harvest.failure.as_ref().expect("it fails");
    assert_eq!((failure.reason(), failure.to_string().as_str()), (reason, text));
}

#[tokio::test]
async fn every_protocol_is_spoken() {
    for &auth in AuthProtocol::ALL {
        for &privacy in PrivProtocol::ALL {
            let known = format!("ward:{auth}:an auth password:{privacy}:a priv password");
            let known: lab::User = known.parse().expect("a user");
            let agent =
                Agent::new(mib()).user(known.at_least(lab::Level::NoAuthNoPriv)).spawn().await.unwrap();
            for &level in SecurityLevel::ALL {
                let client = Client::new(7);
                let who = format!("{level} {auth} {privacy}");
                let target = target(&agent, user(level, auth, privacy));
                assert_complete(&client.harvest(&target, &wanted(), None).await, &who);
                // An answer says as much as the same in SNMPv2c, in spite of all it has to prove.
                agent.reset();
                let harvest = client.harvest(&target, &wanted(), None).await;
                assert_complete(&harvest, &who);
                assert!(requests(&harvest) <= 11, "{who}: {} requests", requests(&harvest));
                assert_eq!(agent.stats().bad_requests, 0, "{who}: {:?}", agent.stats().last_bad);
            }
        }
    }
}

#[tokio::test]
async fn whatever_agents_and_forgers_do_the_values_are_right() {
    // The first packet is the discovery. What comes on every third from then on meets both walks of each client.
    let faults = [
        "reboot@4",
        "reboot@/7",
        "reboot:engine@4",
        "reboot:engine@25",
        "reboot:forgetful@4",
        "reboot:forgetful@25",
        "clock:-500@25",
        "clock:500@25",
        "blank_discovery",
        "slow_discovery:300ms",
        "slow_discovery:1500ms",
        "forge:digest",
        "forge:boots",
        "forge:time",
        "forge:engine",
        "forge:response",
        "forge_report:level",
        "forge_report:time",
        "forge_report:user",
        "forge_report:engine",
        "forge_report:digest",
        "forge_report:decryption",
        "forge_report:context",
        "replay",
        "lower_level:none@/3",
        "lower_level:auth@/3",
        "wrong_msg_id@/3",
        "wrong_request_id@/3",
        "wrong_context@/3",
        "wrong_user@/3",
        "wrong_digest@/3",
        "drop@/3",
        "drop@1",
        "late:300ms@/4",
        "duplicate",
        "cut_packet@/3",
        "garbage@/3",
        "other_port@/3",
        "too_big:30",
        "truncate:7",
    ];
    // All at the same time: they mostly wait.
    let running = faults.map(|fault| {
        tokio::spawn(async move {
            let agent = agent().fault(fault.parse().expect("a fault")).spawn().await.unwrap();
            let client = Client::new(7);
            for round in ["cold", "warm", "again"] {
                assert_complete(&harvest(&client, &agent).await, &format!("{fault}, {round}"));
            }
        })
    });
    for (fault, done) in faults.iter().zip(running) {
        assert!(done.await.is_ok(), "{fault}");
    }
}

#[tokio::test]
async fn an_engine_that_is_known_costs_nothing_more() {
    let agent = agent().delay(Duration::from_millis(10)).spawn().await.unwrap();
    let client = Client::new(7);
    assert_complete(&harvest(&client, &agent).await, "at first");
    let warm = harvest(&client, &agent).await;
    agent.reset();
    let plain = Target {
        credentials: Credentials::V2c { community: Secret::new("public") },
        ..target(&agent, good())
    };
    let v2c = client.harvest(&plain, &wanted(), None).await;
    assert_complete(&v2c, "SNMPv2c");
    let (sent, with_v2c) = (requests(&warm), requests(&v2c));
    assert!(sent <= with_v2c + 2, "{sent} requests, {with_v2c} with SNMPv2c");
}

#[tokio::test]
async fn each_change_at_the_agent_is_followed_in_one_round_trip() {
    let agent = agent().delay(Duration::from_millis(10)).spawn().await.unwrap();
    let client = Client::new(7);
    assert_complete(&harvest(&client, &agent).await, "at first");
    assert_complete(&harvest(&client, &agent).await, "warm");
    let warm = requests(&harvest(&client, &agent).await);
    type Change = fn(&mut lab::Engine, Duration);
    let changes: [(&str, Change); 5] = [
        ("it started anew", |engine, uptime| {
            engine.set_boots(engine.boots() + 1);
            engine.set_time(0, uptime);
        }),
        ("it forgot how often it started", |engine, uptime| {
            engine.set_boots(1);
            engine.set_time(3, uptime);
        }),
        ("its clock was set back", |engine, _| engine.shift_time(-200)),
        ("its clock was set forward", |engine, _| engine.shift_time(2000)),
        ("it was replaced", |engine, uptime| {
            engine.set_id(b"\x80\0\0\0\x09new one");
            engine.set_boots(1);
            engine.set_time(500, uptime);
        }),
    ];
    for (what, change) in changes {
        agent.change_engine(change);
        let changed = harvest(&client, &agent).await;
        assert_complete(&changed, what);
        // At the most all that was in flight is sent again.
        assert!(requests(&changed) <= warm * 2, "{what}: {} requests", requests(&changed));
        let after = harvest(&client, &agent).await;
        assert_eq!(requests(&after), warm, "{what}: it was not remembered");
    }
}

#[tokio::test]
async fn what_an_agent_refuses_is_named_and_a_forger_cannot_say_it() {
    let agent = agent().spawn().await.unwrap();
    let wrong = |part: &str| match (part, good().security) {
        ("auth", Security::AuthPriv(auth, privacy)) => {
            Security::AuthPriv(Authentication { password: Secret::new("not this one"), ..auth }, privacy)
        }
        (_, Security::AuthPriv(auth, privacy)) => {
            Security::AuthPriv(auth, Privacy { password: Secret::new("not this one"), ..privacy })
        }
        (_, other) => other,
    };
    let context = Context { name: "vrf-a".into(), engine_id: None };
    let engine_id = Context { name: String::new(), engine_id: "8000000001".parse().ok() };
    let mut running = Vec::new();
    for (user, reason, text) in [
        (
            User { name: Secret::new("nobody"), ..good() },
            "auth",
            "unknown user \"nobody\": the agent has none of this name",
        ),
        (
            User { security: wrong("auth"), ..good() },
            "auth",
            "wrong authentication password or protocol (SHA) for user \"ward\", says the agent",
        ),
        (
            User { security: wrong("privacy"), ..good() },
            "auth",
            "wrong privacy password or protocol (AES) for user \"ward\": the agent cannot decrypt its requests",
        ),
        (
            user(SecurityLevel::AuthNoPriv, AuthProtocol::Sha, PrivProtocol::Aes),
            "auth",
            "the agent refuses these credentials (authorizationError)",
        ),
        (User { context, ..good() }, "auth", "the agent has no context \"vrf-a\""),
        (
            User { context: engine_id, ..good() },
            "auth",
            "the agent has nothing behind context engine id 8000000001",
        ),
        (
            User {
                security: Security::AuthNoPriv(Authentication {
                    protocol: AuthProtocol::Md5,
                    password: Secret::default(),
                }),
                ..good()
            },
            "auth",
            "the authentication password is empty",
        ),
    ] {
        let target = target(&agent, user);
        running.push(tokio::spawn(async move {
            let harvest = Client::new(7).harvest(&target, &wanted(), None).await;
            assert_failure(&harvest, reason, text);
            assert_eq!(harvest.columns.len(), COLUMNS as usize);
        }));
    }
    for done in running {
        assert!(done.await.is_ok());
    }
    // The same words, forged, each before the answer.
    for kind in ["user", "digest", "decryption", "level", "context", "engine", "time"] {
        agent.set_fault(format!("forge_report:{kind}").parse().unwrap());
        assert_complete(&harvest(&Client::new(7), &agent).await, kind);
    }
}

#[tokio::test]
async fn an_agent_that_keeps_silent_about_what_is_wrong_is_told_apart() {
    let agent = agent().fault("no_report:decryption".parse().unwrap()).spawn().await.unwrap();
    let Security::AuthPriv(auth, privacy) = good().security else { unreachable!() };
    let privacy = Privacy { password: Secret::new("not this one"), ..privacy };
    let mut target = target(&agent, User { security: Security::AuthPriv(auth, privacy), ..good() });
    target.limits = Limits { timeout: Duration::from_millis(200), retries: 1, ..Limits::default() };
    let client = Client::new(7);
    // Each time anew: who proves nothing is not remembered.
    for _ in 0..2 {
        assert_failure(
            &client.harvest(&target, &wanted(), None).await,
            "auth",
            "request timeout (after 1 retries): the agent says who it is, but does not answer this user, whose \
             privacy password or protocol may be wrong",
        );
    }
    // One that was heard before and is silent now is no question of passwords.
    target.credentials = Credentials::V3(good());
    assert_complete(&client.harvest(&target, &wanted(), None).await, "with the right password");
    agent.set_fault("drop".parse().unwrap());
    let harvest = client.harvest(&target, &wanted(), None).await;
    assert_eq!(harvest.failure, Some(Failure::Timeout { retries: 1 }));
}

#[tokio::test]
async fn an_agent_that_nothing_satisfies_ends_with_an_error() {
    for (fault, text) in [
        (
            "reboot",
            "the agent says again and again that requests are outside of its time window, whatever time of its own \
             they name",
        ),
        (
            "reboot:engine",
            "the agent says again and again that requests are for another engine, whatever engine id of its own \
             they name",
        ),
        (
            "wrong_digest",
            "what came does not count as an answer: unproven message: its signature is not the engine's",
        ),
        ("garbage", ""),
    ] {
        let agent = agent().fault(fault.parse().unwrap()).spawn().await.unwrap();
        let mut target = target(&agent, good());
        target.limits = Limits { timeout: Duration::from_millis(200), retries: 1, ..Limits::default() };
        let failure = Client::new(7).harvest(&target, &wanted(), None).await.failure.expect("it fails");
        if !text.is_empty() {
            assert_eq!(failure.to_string(), text, "{fault}");
        }
        assert!(agent.stats().requests < 60, "{fault}: {} requests", agent.stats().requests);
    }
}

#[tokio::test]
async fn who_is_there_is_asked_once_however_many_want_to_know() {
    let agent = agent().delay(Duration::from_millis(20)).spawn().await.unwrap();
    let client = Client::new(7);
    let (target, wanted) = (target(&agent, good()), wanted());
    let one = || client.harvest(&target, &wanted, None);
    let all = tokio::join!(one(), one(), one(), one());
    for harvest in [&all.0, &all.1, &all.2, &all.3] {
        assert_complete(harvest, "one of four");
    }
    assert_eq!(agent.stats().usm.unknown_engine_ids, 1);
}

#[tokio::test]
async fn one_in_flight_is_one_in_flight() {
    let agent = agent().serial(Duration::from_millis(2), Duration::ZERO).loss(0.02).spawn().await.unwrap();
    let client = Client::new(7);
    let mut target = target(&agent, good());
    target.limits.max_in_flight = 1;
    let wanted = wanted();
    let one = || client.harvest(&target, &wanted, None);
    let all = tokio::join!(one(), one(), one());
    for harvest in [&all.0, &all.1, &all.2] {
        assert_complete(harvest, "one of three");
    }
    assert_eq!(agent.stats().max_outstanding, 1);
}

#[tokio::test]
async fn the_callers_deadline_ends_a_discovery() {
    let agent = agent().fault("silence".parse().unwrap()).spawn().await.unwrap();
    let client = Client::new(7);
    let started = Instant::now();
    let deadline = Some(started + Duration::from_millis(300));
    let (target, wanted) = (target(&agent, good()), wanted());
    // Also of those who only wait for what another learns.
    let all =
        tokio::join!(client.harvest(&target, &wanted, deadline), client.harvest(&target, &wanted, deadline),);
    for harvest in [&all.0, &all.1] {
        assert!(matches!(harvest.failure, Some(Failure::Deadline { .. })), "{:?}", harvest.failure);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
