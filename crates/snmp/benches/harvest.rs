//! What reading costs: one answer through the codec, and a whole switch over loopback.
//!
//! `cargo bench -p ward-snmp`

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lab::{Agent, Mib, RunningAgent, Value};
use tokio::runtime::Runtime;
use ward_snmp::codec::{Codec, DecodeError, Item};
use ward_snmp::pdu::Operation;
use ward_snmp::usm::{Authentication, Context, Privacy, Salts, Security, Sessions};
use ward_snmp::{
    AuthProtocol, Client, Credentials, Limits, Oid, PrivProtocol, Secret, Subtree, Target, User, Wanted,
};

const ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const COLUMNS: u32 = 41;
const ROWS: u32 = 24;
const PASSWORD: &str = "a password of some length";
const USERS: [(AuthProtocol, PrivProtocol); 4] = [
    (AuthProtocol::Md5, PrivProtocol::Des),
    (AuthProtocol::Sha, PrivProtocol::Aes),
    (AuthProtocol::Sha256, PrivProtocol::Aes),
    (AuthProtocol::Sha512, PrivProtocol::Aes256),
];

fn switch(runtime: &Runtime) -> RunningAgent {
    let cells = (1..=COLUMNS).flat_map(|column| {
        (1..=ROWS).map(move |row| {
            let name: [u32; 11] = [1, 3, 6, 1, 2, 1, 2, 2, 1, column, row];
            (name, Value::Counter64(u64::from(column * row) << 20))
        })
    });
    let mib = Mib::of(cells).expect("the names are fit for packets");
    let agent = USERS.iter().fold(Agent::new(mib), |agent, (auth, privacy)| {
        let user = format!("{auth}_{privacy}:{auth}:{PASSWORD}:{privacy}:{PASSWORD}");
        agent.user(user.parse().expect("a user"))
    });
    runtime.block_on(agent.spawn()).expect("a free port on loopback")
}

/// A community, and users with several protocols.
fn credentials() -> Vec<(String, Credentials)> {
    let users = USERS.iter().map(|&(auth, privacy)| {
        let name = format!("{auth}_{privacy}");
        let password = Secret::new(PASSWORD);
        let authentication = Authentication { protocol: auth, password: password.clone() };
        let security = Security::AuthPriv(authentication, Privacy { protocol: privacy, password });
        let context = Context::default();
        let user = User { name: Secret::new(name.as_str()), name_is_public: true, security, context };
        (format!("SNMPv3, {auth} and {privacy}"), Credentials::V3(user))
    });
    let community = Credentials::V2c { community: Secret::new("public") };
    std::iter::once(("SNMPv2c".into(), community)).chain(users).collect()
}

/// Sends a request, and returns what comes.
fn ask(socket: &UdpSocket, agent: &RunningAgent, request: &[u8]) -> Bytes {
    socket.send_to(request, agent.addr()).expect("it is sent");
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).expect("the agent answers");
    Bytes::copy_from_slice(&buffer[..length])
}

fn codec(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let agent = switch(&runtime);
    let names = || [(&ENTRY[..], &[6][..]), (&ENTRY[..], &[10][..])].into_iter();
    let operation = Operation::GetBulk { non_repeaters: 0, max_repetitions: 20 };
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");

    let mut group = c.benchmark_group("codec");
    for (name, credentials) in credentials() {
        let mut codec = Codec::new(&credentials, &Sessions::default());
        if let Codec::Secured(_) = codec {
            let introduction = ask(&socket, &agent, &codec.seal(7, &[], Instant::now(), 0));
            let reading = codec.decode(7, &introduction, Instant::now());
            if let (Codec::Secured(secured), Err(DecodeError::Report(report))) = (&mut codec, reading) {
                secured.trust.found(report.engine, report.shown, Instant::now());
            }
        }
        if let Codec::Secured(secured) = &codec
            && let Some(engine) = secured.trust.engine()
            && let (Some(auth), Some(privacy)) = (&engine.keys().auth, &engine.keys().privacy)
        {
            // What of it is the protocols' own: a signature and a cipher over an answer as long.
            let mut octets = [7; 1440];
            group.throughput(Throughput::Elements(1));
            group.bench_function(format!("check and decrypt an answer, {name}"), |b| {
                b.iter(|| (auth.verify(&octets, 60), privacy.decrypt(1, 2, b"saltsalt", &mut octets[120..])));
            });
        }
        let salts = Salts::new(7);
        let seal =
            |codec: &Codec| codec.seal(7, &codec.encode(7, operation, names()), Instant::now(), salts.next());
        let packet = ask(&socket, &agent, &seal(&codec));
        let mut varbinds = |packet: &Bytes| {
            let mut count = 0;
            let answer = codec.decode(7, packet, Instant::now()).expect("an answer");
            answer.each(|_, item| count += u64::from(matches!(item, Item::Value(_))));
            count
        };
        group.throughput(Throughput::Elements(varbinds(&packet)));
        group.bench_function(format!("decode an answer (per varbind), {name}"), |b| {
            b.iter(|| varbinds(&packet));
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("encode a request, {name}"), |b| b.iter(|| seal(&codec)));
    }
}

fn harvest(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let agent = switch(&runtime);
    let subtree = |column| Subtree { oid: Oid::from(ENTRY).child(&[column]), scalar: false };
    let wanted = Wanted { subtrees: (1..=COLUMNS).map(subtree).collect(), ..Wanted::default() };
    let mut group = c.benchmark_group("harvest");
    group.throughput(Throughput::Elements(u64::from(COLUMNS * ROWS)));
    for (name, credentials) in credentials() {
        let target = Target::new(agent.addr(), credentials, Limits::default());
        let client = Client::new(1);
        group.bench_function(format!("24 interfaces, 41 columns, over loopback, {name}"), |b| {
            b.iter(|| runtime.block_on(client.harvest(&target, &wanted, None)));
        });
    }
}

criterion_group!(benches, codec, harvest);
criterion_main!(benches);
