//! How many requests a scrape takes, and how long, beside snmp_exporter: as it comes (25 repetitions) and tuned to 60.
//! `cargo test -p ward-e2e --test packets -- --nocapture --test-threads=1` prints the tables.
//!
//! | file | measures |
//! |---|---|
//! | `columns` | requests: single columns of one table, present or not, and SNMPv1 |
//! | `interfaces` | requests: all of ifTable and ifXTable |
//! | `modules` | requests: every module snmp_exporter ships, over recordings of real devices |
//! | `times` | requests and time: if_mib and modules of single columns; the table of docs/PERFORMANCE.md |
//! | `side` | the exporters, and one scrape |
//!
//! `WARD_COMPARE=all` measures more of everything, for as long as it takes.

mod columns;
mod interfaces;
mod modules;
mod side;
mod times;

use side::Counts;

/// Whether time is no matter.
fn all() -> bool {
    std::env::var("WARD_COMPARE").as_deref() == Ok("all")
}

/// What was not as it should be, told at the end of a table.
#[derive(Default)]
struct Verdict {
    broken: Vec<String>,
}

impl Verdict {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(what());
        }
    }

    /// Ours never sends more, neither the first time nor later, and half where that is expected and can be.
    fn judge(&mut self, what: &str, half: bool, counts: &Counts) {
        let Counts { plain, first, later, .. } = *counts;
        let ours = first.max(later);
        self.expect(ours <= plain, || format!("{what}: {ours} packets, snmp_exporter sends {plain}"));
        let halves = half && plain > 1;
        self.expect(!halves || ours * 2 <= plain, || {
            format!("{what}: {ours} packets are more than half of {plain}")
        });
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.broken.is_empty(), "\n{}", self.broken.join("\n"));
        }
    }
}
