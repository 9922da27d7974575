//! Series for series, the same as snmp_exporter: both programs side by side, over the same agents.
//!
//! | file | compares over |
//! |---|---|
//! | `cases` | acceptance cases, most of them upstream's own tests |
//! | `chance` | modules and devices put together by chance, from a seed |
//! | `changes` | devices that are another each time |
//! | `faults` | agents that do wrong, with stored answers |
//! | `matrix` | every type over every value an agent can send, with stored answers |
//! | `modules` | devices made up for every module that snmp_exporter ships |
//! | `odd` | odd modules and devices, with stored answers |
//! | `recordings` | recordings of real devices |
//! | `synthetic` | devices made up for modules of our own, with stored answers |
//! | `versions` | SNMPv1, v3 at every level, contexts, and TCP |
//!
//! `WARD_COMPARE=all` compares more of everything, for as long as it takes; `WARD_COMPARE=store` writes the answers that
//! are compared with where there is no snmp_exporter.

mod cases;
mod chance;
mod changes;
mod faults;
mod group;
mod matrix;
mod modules;
mod odd;
mod recordings;
mod synthetic;
mod versions;

use std::collections::BTreeMap;

use ward_e2e::compare::Same;

/// Whether time is no matter.
fn all() -> bool {
    std::env::var("WARD_COMPARE").as_deref() == Ok("all")
}

/// What came of many comparisons.
#[derive(Default)]
struct Tally {
    same: usize,
    series: usize,
    /// Answers that were the same and an error.
    failed: Vec<String>,
    /// Different on purpose, by the reason.
    known: BTreeMap<String, usize>,
    differences: Vec<String>,
}

impl Tally {
    /// Adds the outcome of one scrape.
    fn add(&mut self, what: &str, outcome: Result<Same, String>) {
        match outcome {
            Ok(Same { known: Some(known), .. }) => *self.known.entry(known.why.to_string()).or_default() += 1,
            Ok(same) => {
                self.same += 1;
                self.series += same.series;
                if same.status != 200 {
                    self.failed.push(what.to_string());
                }
            }
            Err(difference) => self.differences.push(format!("{what}: {difference}")),
        }
    }

    /// Tells how much was compared, and fails with all differences, or where fewer good scrapes were the same than
    /// there should be.
    fn conclude(&self, what: &str, least: usize) {
        let good = self.same - self.failed.len();
        println!(
            "{what}: {good} scrapes and their {} series the same, {} scrapes failed with the same words, {} different",
            self.series,
            self.failed.len(),
            self.differences.len()
        );
        for (why, count) in &self.known {
            println!("{what}: {count} different on purpose: {why}");
        }
        assert!(self.differences.is_empty(), "\n{:.60000}", self.differences.join("\n\n"));
        assert!(good >= least, "only {good} scrapes went well; these did not: {:?}", self.failed);
    }
}
