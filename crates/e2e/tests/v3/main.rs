//! SNMPv3 from outside: what an exporter shows of a device must not depend on how the device was asked.

mod net_snmp;
mod simulated;

use std::collections::BTreeMap;

use ward_e2e::exposition::{Exposition, Labels};

/// What a scrape shows of the device itself: series and their values, without those about the scrape.
fn series(scrape: &Exposition) -> BTreeMap<(String, Labels), f64> {
    let mut all = BTreeMap::new();
    for name in scrape.names().filter(|name| !name.starts_with("device_scrape_")) {
        for (labels, value) in scrape.samples(name) {
            all.insert((name.to_string(), labels.clone()), *value);
        }
    }
    all
}

fn names(scrape: &Exposition) -> Vec<(String, Labels)> {
    series(scrape).into_keys().collect()
}

fn packets(scrape: &Exposition) -> f64 {
    scrape.value("device_scrape_packets_sent", &[]).expect("a number of packets")
}

/// As many packets as carry what `plain` ones carry over version 2c: header and signature take some 130 octets of 1472.
fn with_signatures(plain: f64) -> f64 {
    (plain * 1.1).ceil()
}

fn up(scrape: &Exposition) -> bool {
    scrape.value("device_up", &[]) == Some(1.0)
}

/// The `reason` of a scrape that failed.
fn reason(scrape: &Exposition) -> Option<&str> {
    let (labels, _) = scrape.samples("device_scrape_error_info").first()?;
    labels.get("reason").map(String::as_str)
}
