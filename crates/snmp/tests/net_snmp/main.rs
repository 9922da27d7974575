//! SNMPv3 as net-snmp's agent speaks it: every protocol it has, and everything it refuses. Skipped, with a line that says
//! so, where snmpd is not installed; fails there with `WARD_REQUIRE_ALL=1`, as in CI.

mod snmpd;

use std::net::SocketAddr;
use std::time::Duration;

use snmpd::{AUTH_PASSWORD, PRIV_PASSWORD, Snmpd};
use ward_snmp::usm::{Authentication, Context, Privacy, Security, SecurityLevel};
use ward_snmp::{
    AuthProtocol, Client, Credentials, Failure, Harvest, Limits, Oid, PrivProtocol, Protocol, Secret,
    Subtree, Target, User, Wanted,
};

const SYS_NAME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 5, 0];
const SYS_OR_ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 9, 1];

fn user(level: SecurityLevel, auth: AuthProtocol, privacy: PrivProtocol) -> User {
    let authentication = Authentication { protocol: auth, password: Secret::new(AUTH_PASSWORD) };
    let encryption = Privacy { protocol: privacy, password: Secret::new(PRIV_PASSWORD) };
    User {
        name: Secret::new(snmpd::user_name(auth, privacy)),
        name_is_public: true,
        security: match level {
            SecurityLevel::NoAuthNoPriv => Security::NoAuthNoPriv,
            SecurityLevel::AuthNoPriv => Security::AuthNoPriv(authentication),
            SecurityLevel::AuthPriv => Security::AuthPriv(authentication, encryption),
        },
        context: Context::default(),
    }
}

/// A user that the agent knows and everything is right with.
fn good() -> User {
    user(SecurityLevel::AuthPriv, AuthProtocol::Sha256, PrivProtocol::Aes)
}

/// sysName and the table of what the agent supports: some 30 values, more than one answer holds with the longest names.
fn wanted() -> Wanted {
    let subtree = |column| Subtree { oid: Oid::from(SYS_OR_ENTRY).child(&[column]), scalar: false };
    Wanted { get: vec![Oid::from(SYS_NAME)], subtrees: (2..=4).map(subtree).collect(), ..Wanted::default() }
}

async fn harvest(client: &Client, address: SocketAddr, user: User) -> Harvest {
    client.harvest(&Target::new(address, Credentials::V3(user), Limits::default()), &wanted(), None).await
}

/// Requests it took, without those that were sent again because the machine is busy.
fn requests(harvest: &Harvest) -> u64 {
    harvest.cost.packets_sent - harvest.cost.packets_retried
}

fn assert_complete(harvest: &Harvest, who: &str) {
    assert_eq!(harvest.failure, None, "{who}");
    assert_eq!(harvest.gets[0].cells.len(), 1, "{who}");
    let rows = harvest.columns[0].cells.len();
    assert!(rows >= 5, "{who}: {rows} rows");
    for column in &harvest.columns {
        assert_eq!((column.cells.len(), &column.trouble), (rows, &None), "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_protocol_is_spoken() {
    let Some(agent) = Snmpd::start().await else { return };
    let client = Client::default();
    let mut users = vec![user(SecurityLevel::NoAuthNoPriv, AuthProtocol::Md5, PrivProtocol::Des)];
    for &auth in AuthProtocol::ALL {
        users.push(user(SecurityLevel::AuthNoPriv, auth, PrivProtocol::Aes));
        users.extend(PrivProtocol::ALL.iter().map(|&privacy| user(SecurityLevel::AuthPriv, auth, privacy)));
    }
    for user in users {
        let who = format!("{} {:?}", user.name.expose(), user.security.level());
        let first = harvest(&client, agent.address(), user.clone()).await;
        assert_complete(&first, &who);
        // Who is there is asked once.
        let second = harvest(&client, agent.address(), user).await;
        assert_complete(&second, &who);
        assert!(requests(&second) < requests(&first), "{who}: {:?}", second.cost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_refuses_is_named() {
    let Some(agent) = Snmpd::start().await else { return };
    let sha_aes = |level| user(level, AuthProtocol::Sha256, PrivProtocol::Aes);
    let wrong_auth = |level| match sha_aes(level).security {
        Security::AuthNoPriv(auth) => {
            Security::AuthNoPriv(Authentication { password: Secret::new("not this one"), ..auth })
        }
        Security::AuthPriv(auth, privacy) => {
            Security::AuthPriv(Authentication { password: Secret::new("not this one"), ..auth }, privacy)
        }
        other => other,
    };
    let wrong_priv = |protocol, password| match sha_aes(SecurityLevel::AuthPriv).security {
        Security::AuthPriv(auth, _) => {
            Security::AuthPriv(auth, Privacy { protocol, password: Secret::new(password) })
        }
        other => other,
    };
    let mut running = Vec::new();
    let silent = "request timeout (after 1 retries): the agent says who it is, but does not answer this user, whose \
                  privacy password or protocol may be wrong";
    for (user, reason, text) in [
        (
            User { name: Secret::new("nobody"), ..good() },
            "auth",
            "unknown user \"nobody\": the agent has none of this name",
        ),
        (
            User { name: Secret::new("nobody"), name_is_public: false, ..good() },
            "auth",
            "unknown user: the agent has none with the name in these credentials",
        ),
        (
            User { name: Secret::new("nobody"), ..sha_aes(SecurityLevel::NoAuthNoPriv) },
            "auth",
            "unknown user \"nobody\": the agent has none of this name",
        ),
        (
            User { security: wrong_auth(SecurityLevel::AuthPriv), ..good() },
            "auth",
            "wrong authentication password or protocol (SHA256) for user \"SHA256_AES\", says the agent",
        ),
        (
            User { security: wrong_auth(SecurityLevel::AuthNoPriv), ..good() },
            "auth",
            "wrong authentication password or protocol (SHA256) for user \"SHA256_AES\", says the agent",
        ),
        (User { security: wrong_priv(PrivProtocol::Aes, "not this one"), ..good() }, "auth", silent),
        (User { security: wrong_priv(PrivProtocol::Des, PRIV_PASSWORD), ..good() }, "auth", silent),
        (
            User { name: Secret::new("auth_only"), ..good() },
            "auth",
            "the agent does not support security level authPriv for user \"auth_only\"",
        ),
        (
            // VACM's word, not USM's: error-status 16.
            sha_aes(SecurityLevel::NoAuthNoPriv),
            "auth",
            "the agent refuses these credentials (authorizationError)",
        ),
        (
            User { context: Context { name: "vrf-none".into(), engine_id: None }, ..good() },
            // net-snmp is silent about contexts, too.
            "auth",
            "request timeout (after 1 retries): the agent says who it is, but does not answer this user, whose \
             privacy password, protocol or context may be wrong",
        ),
    ] {
        let address = agent.address();
        running.push(tokio::spawn(async move {
            let limits = Limits { timeout: Duration::from_secs(1), retries: 1, ..Limits::default() };
            let target = Target::new(address, Credentials::V3(user.clone()), limits);
            let failure =
                Client::default().harvest(&target, &wanted(), None).await.failure.expect("it fails");
            assert_eq!((failure.reason(), failure.to_string().as_str()), (reason, text), "{user:?}");
        }));
    }
    for done in running {
        assert!(done.await.is_ok());
    }
    // And all the while one whose credentials are right is answered.
    assert_complete(&harvest(&Client::default(), agent.address(), good()).await, "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_is_another_view() {
    let Some(agent) = Snmpd::start().await else { return };
    // A context engine id says whose context it is; net-snmp takes any for its own.
    let engine_id = "8000000001020304".parse().ok();
    let context = Context { name: String::new(), engine_id };
    assert_complete(
        &harvest(&Client::default(), agent.address(), User { context, ..good() }).await,
        "a context engine id",
    );

    let context = Context { name: snmpd::CONTEXT.into(), engine_id: None };
    let harvest = harvest(&Client::default(), agent.address(), User { context, ..good() }).await;
    assert_eq!(harvest.failure, None);
    let cell = &harvest.gets[0].cells[0];
    assert_eq!(cell.value.as_bytes(), Some(&b"behind the proxy"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_another_way() {
    let Some(agent) = Snmpd::start().await else { return };
    let target = Target::new(agent.address(), Credentials::V3(good()), Limits::default());
    let target = Target { protocol: Protocol::Tcp, ..target };
    let client = Client::default();
    for round in ["cold", "warm"] {
        assert_complete(&client.harvest(&target, &wanted(), None).await, round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_starts_anew_costs_a_packet() {
    let Some(mut agent) = Snmpd::start().await else { return };
    let client = Client::default();
    assert_complete(&harvest(&client, agent.address(), good()).await, "at first");
    let warm = harvest(&client, agent.address(), good()).await;
    agent.restart().await;
    let restarted = harvest(&client, agent.address(), good()).await;
    assert_complete(&restarted, "after a restart");
    assert!(requests(&restarted) <= requests(&warm) * 2, "{:?}", restarted.cost);
    let again = harvest(&client, agent.address(), good()).await;
    assert_eq!(requests(&again), requests(&warm));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_that_begin_together_ask_once_who_is_there() {
    let Some(agent) = Snmpd::start().await else { return };
    let client = Client::default();
    let alone = requests(&harvest(&Client::default(), agent.address(), good()).await);
    let all = tokio::join!(
        harvest(&client, agent.address(), good()),
        harvest(&client, agent.address(), good()),
        harvest(&client, agent.address(), good()),
    );
    let mut packets: Vec<u64> = [&all.0, &all.1, &all.2].map(requests).into();
    packets.sort();
    assert_complete(&all.0, "one of three");
    assert_eq!(packets, [alone - 1, alone - 1, alone], "one of them asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_and_a_silent_host_are_told() {
    let Some(agent) = Snmpd::start().await else { return };
    let address = agent.address();
    drop(agent);
    let limits = Limits { timeout: Duration::from_millis(100), retries: 1, ..Limits::default() };
    let target = Target::new(address, Credentials::V3(good()), limits.clone());
    let failure = Client::default().harvest(&target, &wanted(), None).await.failure;
    assert!(failure.as_ref().is_some_and(|f| f.to_string().contains("connection refused")), "{failure:?}");

    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = Target { address: silent.local_addr().unwrap(), ..target };
    let (client, wanted) = (Client::default(), wanted());
    let together =
        tokio::join!(client.harvest(&target, &wanted, None), client.harvest(&target, &wanted, None));
    for harvest in [&together.0, &together.1] {
        assert_eq!(harvest.failure, Some(Failure::Timeout { retries: 1 }));
        assert_eq!(harvest.columns.len(), 3);
    }
    assert_eq!(together.0.cost.packets_sent + together.1.cost.packets_sent, 2, "one asked for both");
}
