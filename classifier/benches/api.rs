//! The API over 100,000 interfaces: every kind of filter and order, and the summary; then making the snapshot that they
//! are answered from. `cargo bench -p ward-classifier --bench api`

#[path = "../tests/api/document.rs"]
#[allow(dead_code)]
mod document;
#[path = "../tests/api/site.rs"]
#[allow(dead_code)]
mod site;
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use service::http::Request;
use site::{LARGE, Site};
use ward_classifier::api::snapshot::Snapshot;
use ward_classifier::timestamp::Timestamp;

/// Devices of 50 interfaces each.
const DEVICES: usize = 2000;

fn bench(criterion: &mut Criterion) {
    let site = Site::large(DEVICES);
    support::until("all to be written", || site.keeper.status().waiting.devices == 0);
    assert_eq!(site.read("/interfaces/summary")["total_interfaces"], DEVICES * 50);
    let mut group = criterion.benchmark_group("100k");
    group.sample_size(20);
    for path in LARGE {
        let request = Request::get(&format!("/api/v1{path}"));
        assert!(site.answer(&request).status.is_success(), "{path}");
        group.bench_function(path, |bencher| bencher.iter(|| black_box(site.answer(&request))));
    }
    let devices = site.keeper.fleet().snapshot();
    group.sample_size(10);
    group.bench_function("the snapshot itself", |bencher| {
        bencher.iter(|| black_box(Snapshot::new(devices.clone(), 1, Timestamp::default())));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
