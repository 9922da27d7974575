//! What reading costs: one answer through the codec, and a whole switch over loopback.
//!
//! `cargo bench -p ward-snmp`

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lab::{Agent, Mib, RunningAgent, Value};
use tokio::runtime::Runtime;
use ward_snmp::codec::{Codec, Item};
use ward_snmp::pdu::Operation;
use ward_snmp::usm::Sessions;
use ward_snmp::{Client, Credentials, Limits, Oid, Secret, Subtree, Target, Wanted};

const ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const COLUMNS: u32 = 41;
const ROWS: u32 = 24;

fn switch(runtime: &Runtime) -> RunningAgent {
    let cells = (1..=COLUMNS).flat_map(|column| {
        (1..=ROWS).map(move |row| {
            let name: [u32; 11] = [1, 3, 6, 1, 2, 1, 2, 2, 1, column, row];
            (name, Value::Counter64(u64::from(column * row) << 20))
        })
    });
    let mib = Mib::of(cells).expect("the names are fit for packets");
    runtime.block_on(Agent::new(mib).spawn()).expect("a free port on loopback")
}

fn credentials() -> Credentials {
    Credentials::V2c { community: Secret::new("public") }
}

fn codec(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let agent = switch(&runtime);
    let mut codec = Codec::new(&credentials(), &Sessions::default());
    let names = || [(&ENTRY[..], &[6][..]), (&ENTRY[..], &[10][..])].into_iter();
    let operation = Operation::GetBulk { non_repeaters: 0, max_repetitions: 25 };

    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let request = codec.seal(7, &codec.encode(7, operation, names()), Instant::now(), 0);
    socket.send_to(&request, agent.addr()).expect("it is sent");
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).expect("the agent answers");
    let packet = Bytes::copy_from_slice(&buffer[..length]);
    let mut varbinds = |packet: &Bytes| {
        let mut count = 0;
        let answer = codec.decode(7, packet, Instant::now()).expect("an answer");
        answer.each(|_, item| count += u64::from(matches!(item, Item::Value(_))));
        count
    };

    let mut group = c.benchmark_group("codec");
    group.throughput(Throughput::Elements(varbinds(&packet)));
    group.bench_function("decode an answer (per varbind)", |b| b.iter(|| varbinds(&packet)));
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode a request", |b| {
        b.iter(|| codec.seal(7, &codec.encode(7, operation, names()), Instant::now(), 0))
    });
}

fn harvest(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let agent = switch(&runtime);
    let subtree = |column| Subtree { oid: Oid::from(ENTRY).child(&[column]), scalar: false };
    let wanted = Wanted { get: Vec::new(), subtrees: (1..=COLUMNS).map(subtree).collect() };
    let target = Target::new(agent.addr(), credentials(), Limits::default());
    let client = Client::new(1);
    let mut group = c.benchmark_group("harvest");
    group.throughput(Throughput::Elements(u64::from(COLUMNS * ROWS)));
    group.bench_function("24 interfaces, 41 columns, over loopback", |b| {
        b.iter(|| runtime.block_on(client.harvest(&target, &wanted, None)));
    });
}

criterion_group!(benches, codec, harvest);
criterion_main!(benches);
