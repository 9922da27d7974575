//! What a scrape costs between the walk and the wire: `cargo bench -p ward-exporter --bench render`.
//!
//! A switch of 24 ports read with all of ifTable and ifXTable is 985 values, which become 918 series and 120
//! kB of text; it shall take a quarter of a millisecond at the most.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use snmp::{Cell, Column, Harvest, Oid, Value, Wanted};
use ward_exporter::module::{Module, Modules};
use ward_exporter::plan::Plan;
use ward_exporter::render::text::Writer;
use ward_exporter::render::{Settings, render};

fn modules(names: &[&str]) -> Vec<Arc<Module>> {
    let all = Modules::builtin().expect("the shipped modules load");
    names.iter().map(|name| all.get(name).expect("a shipped module").clone()).collect()
}

/// A device with so many interfaces, all columns filled.
fn harvest(wanted: &Wanted, interfaces: u32) -> Harvest {
    let column = |oid: &Oid| {
        let value = |row: u32| match (oid.arcs().get(7), oid.arcs().last()) {
            (Some(2), Some(2)) => text(format!("GigabitEthernet0/0/{row}")),
            (Some(2), Some(6)) => Value::OctetString(vec![0, 0x1a, 0x2b, 0x3c, 0x4d, row as u8].into()),
            (Some(2), Some(3)) => Value::Integer(6),
            (Some(2), Some(7 | 8)) => Value::Integer(1 + i64::from(row % 2)),
            (Some(2), Some(9)) => Value::TimeTicks(row * 12_345),
            (Some(2), Some(22)) => Value::ObjectIdentifier([0, 0].into()),
            (Some(2), _) => Value::Counter32(u64::from(row) * 123_456_789 % (1 << 32)),
            (_, Some(1)) => text(format!("Gi0/0/{row}")),
            (_, Some(18)) => text(format!("uplink to building {row}")),
            (_, Some(15)) => Value::Gauge32(1000),
            _ => Value::Counter64(u64::from(row) * 123_456_789_012_345),
        };
        let rows =
            if oid.arcs().ends_with(&[2, 1]) && oid.arcs().len() == 8 { 0..=0 } else { 1..=interfaces };
        let cells = rows.map(|row| Cell { index: [row][..].into(), value: value(row) }).collect();
        Column { oid: oid.clone(), cells, ..Column::default() }
    };
    Harvest {
        columns: wanted.subtrees.iter().map(|subtree| column(&subtree.oid)).collect(),
        ..Harvest::default()
    }
}

fn text(text: String) -> Value {
    Value::OctetString(text.into_bytes().into())
}

fn bench(criterion: &mut Criterion) {
    for (module, interfaces) in [("if_mib", 24), ("interfaces", 24), ("if_mib", 500)] {
        let plan = Plan::new(&modules(&[module]));
        let harvest = harvest(plan.wanted(), interfaces);
        let settings = Settings::default();
        let mut size = Writer::default();
        let report = render(&plan, &harvest, None, &settings, &mut size);
        assert!(report.problems.is_empty());
        let size = size.finish().len();
        println!("{module}, {interfaces} interfaces: {} series, {size} octets", report.samples);
        let mut group = criterion.benchmark_group(format!("{module}/{interfaces}"));
        group.throughput(Throughput::Elements(report.samples as u64));
        group.bench_function("render", |b| {
            b.iter(|| {
                let mut out = Writer::with_capacity(size);
                render(black_box(&plan), black_box(&harvest), None, &settings, &mut out);
                out.finish()
            });
        });
        group.bench_function("fallback", |b| b.iter(|| black_box(&plan).fallback(black_box(&harvest))));
        group.finish();
    }
    criterion.bench_function("plan if_mib", |b| {
        let modules = modules(&["if_mib"]);
        b.iter(|| Plan::new(black_box(&modules)));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
