//! What a scrape cost, for a reader.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use snmp::{Column, Cost, Oid};

use crate::module::spec::{Lookup, LookupFallback};
use crate::scrape::Scraped;

/// Packets, round trips and retries, then each column with its values and packets.
pub fn text(scraped: &Scraped, took: Duration) -> String {
    let mut out = String::new();
    let names = names(scraped);
    for (what, harvest) in ["walk", "fallback columns"].iter().zip(scraped.harvests()) {
        let Cost { packets_sent, packets_retried, packets_received, varbinds, undecodable, .. } =
            harvest.cost;
        let Cost { bytes_sent, bytes_received, most_in_flight, rounds, elapsed, round_trip, .. } =
            harvest.cost;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{what}: {packets_sent} packets sent ({packets_retried} of them again), {packets_received} answers, \
             {rounds} round trips one after another, at most {most_in_flight} in flight, {varbinds} values \
             ({undecodable} undecodable), {bytes_sent} bytes out, {bytes_received} bytes in, {:.1} ms{}",
            elapsed.as_secs_f64() * 1e3,
            round_trip
                .map(|rtt| format!(", round trip {:.1} ms", rtt.as_secs_f64() * 1e3))
                .unwrap_or_default(),
        );
        let _ = writeln!(out, "  {:<32} {:>7} {:>8}  METRICS", "OID", "VALUES", "PACKETS");
        for Column { oid, cells, trouble, packets } in harvest.gets.iter().chain(&harvest.columns) {
            let metrics = names.get(oid).map(|names| names.join(", ")).unwrap_or_default();
            let trouble = trouble.as_ref().map(|trouble| format!("  ! {trouble}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {:<32} {:>7} {packets:>8}  {metrics}{trouble}",
                oid.to_string(),
                cells.len()
            );
        }
        if let Some(failure) = &harvest.failure {
            let _ = writeln!(out, "  ended early: {failure}");
        }
    }
    let _ = writeln!(out, "in all: {:.1} ms", took.as_secs_f64() * 1e3);
    out
}

/// What each asked OID is read for.
fn names(scraped: &Scraped) -> BTreeMap<Oid, Vec<String>> {
    let mut names: BTreeMap<Oid, Vec<String>> = BTreeMap::new();
    let asked: Vec<&Oid> =
        scraped.harvests().flat_map(|h| h.gets.iter().chain(&h.columns)).map(|c| &c.oid).collect();
    let mut add = |oid: &Oid, name: String| {
        for asked in asked.iter().filter(|asked| oid.contains(asked) || asked.contains(oid)) {
            let list = names.entry((*asked).clone()).or_default();
            if !list.contains(&name) {
                list.push(name.clone());
            }
        }
    };
    for metric in scraped.plan.modules().iter().flat_map(|module| &module.metrics) {
        add(&metric.oid, metric.name.clone());
        metric.fallback.iter().for_each(|fallback| add(&fallback.oid, metric.name.clone()));
        for lookup in &metric.lookups {
            if let Lookup::Find { label, oid, fallback, .. } = lookup {
                add(oid, format!("label {label}"));
                for fallback in fallback {
                    if let LookupFallback::Column { oid, .. } = fallback {
                        add(oid, format!("label {label}"));
                    }
                }
            }
        }
    }
    names
}
