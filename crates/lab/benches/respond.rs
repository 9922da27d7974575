//! What one answer costs an agent, sockets aside: decode, look up, encode.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use lab::message::{Names, Operation, Request};
use lab::respond::{Answer, View};
use lab::synth::Device;
use lab::value::Moment;
use lab::{Oid, Version, ask};
use ward_lab as lab;

const IF_ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const IF_X_ENTRY: [u32; 10] = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1];

fn answers(c: &mut Criterion) {
    let mib = Device::switch("gori-sw1", "gori", 48, 1).mib().build().unwrap();
    let columns: Vec<Oid> = (1..=22)
        .map(|column| Oid::from(IF_ENTRY).child(&[column, 24]))
        .chain((1..=19).map(|column| Oid::from(IF_X_ENTRY).child(&[column, 24])))
        .collect();
    let bulk = |max_repetitions| Operation::GetBulk { non_repeaters: 0, max_repetitions };
    let cases: [(&str, Operation, &[Oid]); 4] = [
        ("bulk 1 × 25", bulk(25), &columns[..1]),
        ("bulk 1 × 60", bulk(60), &columns[9..10]),
        ("bulk 7 × 8", bulk(8), &columns[9..16]),
        ("get 41", Operation::Get, &columns),
    ];
    let moment = Moment::new(Duration::from_secs(77), Duration::ZERO);
    for (name, operation, asked) in cases {
        let packet = ask::request(Version::V2c, b"public", 123_456, operation, asked);
        let (mut names, mut answer, mut reply) = (Names::default(), Answer::default(), Vec::new());
        c.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = Request::decode(black_box(&packet), &mut names).unwrap();
                answer.respond(&request, &names, &mib, &View::default(), &moment);
                reply.clear();
                answer.head(&request).encode(&answer.varbinds, &mut reply);
                black_box(reply.len())
            })
        });
    }
}

criterion_group!(benches, answers);
criterion_main!(benches);
