//! How long an inventory takes to load.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ward_inventory::Inventory;

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    for devices in [1_000u32, 10_000] {
        let mut text = "devices:\n".to_owned();
        for i in 0..devices {
            text.push_str(&format!(
                "  - {{name: sw-{i}, address: 10.0.{}.{}, labels: {{site: s{i}, role: access}}}}\n",
                i / 250 % 250,
                i % 250 + 1
            ));
        }
        group.throughput(Throughput::Elements(devices.into()));
        group.bench_with_input(BenchmarkId::from_parameter(devices), &text, |bench, text| {
            bench.iter(|| {
                let no_file = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
                Inventory::parse(text, "devices.yml", &|_| None, &no_file)
                    .map(|inventory| inventory.devices().len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);
