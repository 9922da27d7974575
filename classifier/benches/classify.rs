//! How long it takes to label a large network again: 100,000 interfaces, one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ward_classifier::facts::InterfaceFacts;
use ward_classifier::rules::Ruleset;

/// Interfaces as they are in a network: many without a text, many alike, none quite the same.
fn interfaces(count: u32) -> Vec<InterfaceFacts> {
    let aliases = [
        "",
        "",
        "Magti_Internet",
        "Silknet_Internet",
        "*** Uplink to core-sw1 Gi1/0/24 ***",
        "PC-Reception",
        "ფილიალი ქუთაისი",
        "camera-7 entrance",
        "server01 NIC1",
        "Room 214, socket 3",
        "transit: COGENT [5G] {CKT-4711}",
        "mgmt",
    ];
    let interface = |n: u32| {
        let alias = aliases[n as usize % aliases.len()];
        InterfaceFacts {
            if_index: n,
            name: format!("GigabitEthernet{}/0/{}", n % 8, n % 48),
            descr: format!("GigabitEthernet{}/0/{}", n % 8, n % 48),
            alias: if alias.is_empty() { String::new() } else { format!("{alias} {}", n / 7) },
            if_type: Some(6),
            speed_bps: Some(1_000_000_000),
            ..InterfaceFacts::default()
        }
    };
    (0..count).map(interface).collect()
}

fn classify(criterion: &mut Criterion) {
    let rules = Ruleset::built_in().expect("the built-in rules");
    let interfaces = interfaces(100_000);
    let mut group = criterion.benchmark_group("classify");
    group.sample_size(10).throughput(Throughput::Elements(interfaces.len() as u64));
    group.bench_function("100k interfaces", |bencher| {
        bencher.iter(|| {
            for facts in &interfaces {
                black_box(rules.classify(black_box(facts)));
            }
        });
    });
    group.finish();
    criterion
        .bench_function("load the built-in rules", |bencher| bencher.iter(|| black_box(Ruleset::built_in())));
}

criterion_group!(benches, classify);
criterion_main!(benches);
