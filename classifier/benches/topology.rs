//! A network of 100,000 devices and 115,000 links: building its graph, and the answers from it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ward_classifier::topology::answer::Filter;
use ward_classifier::topology::failure::failures;
use ward_classifier::topology::formats::Format;
use ward_classifier::topology::graph::{Graph, Node};
use ward_classifier::topology::known::{Ends, KnownLink, Port};
use ward_classifier::topology::orphan::orphans;

const DEVICES: usize = 100_000;
const LINKS: usize = 115_000;
/// Devices of one site.
const SITE: usize = 10;

/// Two core devices; sites of a router, a switch behind it, and switches behind that; every second site has a second way out.
fn network() -> (Vec<Node>, Vec<Arc<KnownLink>>) {
    let name = |device: usize| format!("device-{device:06}");
    let node = |device: usize| Node {
        name: name(device),
        site: format!("site-{}", device / SITE),
        role: if device.is_multiple_of(SITE) { "router".into() } else { "switch".into() },
        root: device < 2,
        answers: Some(true),
        tells: true,
        ..Node::default()
    };
    let mut links = Vec::with_capacity(LINKS);
    let mut plug = |a: usize, b: usize| {
        let number = links.len();
        let port =
            |device: usize| Port { device: name(device), if_name: format!("GigabitEthernet1/0/{number}") };
        links.push(Arc::new(KnownLink { ends: Ends::new(port(a), port(b)), ..KnownLink::default() }));
    };
    plug(0, 1);
    for device in 2..DEVICES {
        let site = device - device % SITE;
        let above = match device - site {
            0 => (device / SITE) % 2,
            1 => site,
            _ => site + 1,
        };
        plug(device, above.max(usize::from(device == above)));
    }
    for extra in 0..LINKS - DEVICES + 1 {
        let site = (extra * 7 % (DEVICES / SITE)).max(1) * SITE;
        match extra % 2 {
            0 => plug(site, (site / SITE + 1) % 2),
            _ => plug(site + 1, site),
        }
    }
    links.truncate(LINKS);
    ((0..DEVICES).map(node).collect(), links)
}

fn topology(c: &mut Criterion) {
    let (nodes, links) = network();
    let graph = Graph::new(nodes.clone(), &links);
    assert_eq!((graph.nodes().len(), graph.links().len()), (DEVICES, LINKS));
    let mut group = c.benchmark_group("topology");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    group.bench_function("build", |bencher| {
        bencher.iter_batched(
            || nodes.clone(),
            |nodes| Graph::new(nodes, black_box(&links)),
            criterion::BatchSize::LargeInput,
        );
    });
    let far = u32::try_from(DEVICES - 1).unwrap_or_default();
    group.bench_function("path", |bencher| {
        bencher.iter(|| graph.path(black_box(3), black_box(far)).map(|way| way.len()))
    });
    group.bench_function("single points of failure", |bencher| {
        bencher.iter(|| failures(black_box(&graph)).devices.len())
    });
    group.bench_function("orphans", |bencher| bencher.iter(|| orphans(black_box(&graph)).len()));
    group.bench_function("upstreams", |bencher| bencher.iter(|| graph.upstreams().len()));
    let around = Filter { around: vec!["device-000200".into()], depth: Some(3), ..Filter::default() };
    let site = Filter { sites: vec!["site-77".into()], ..Filter::default() };
    for (name, filter) in [("around a device", &around), ("a site", &site), ("all", &Filter::default())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| filter.apply(&graph, &[], Default::default()).links.len());
        });
    }
    group.bench_function("a site in JSON", |bencher| {
        bencher.iter(|| Format::Json.write(&site.apply(&graph, &[], Default::default())).len());
    });
    group.finish();
}

criterion_group!(benches, topology);
criterion_main!(benches);
