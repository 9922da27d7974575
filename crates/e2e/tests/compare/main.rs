//! Series for series, the same as snmp_exporter: both programs side by side, over the same agents.
//!
//! | file | compares over |
//! |---|---|
//! | `modules` | devices made up for every module that snmp_exporter ships |
//!
//! `WARD_COMPARE=all` compares more of everything, for as long as it takes.

mod modules;

/// Whether time is no matter.
fn all() -> bool {
    std::env::var("WARD_COMPARE").as_deref() == Ok("all")
}

/// Fails with all differences, and tells how much was compared.
fn conclude(what: &str, scrapes: usize, series: usize, differences: &[String]) {
    println!("{what}: {scrapes} scrapes, {series} series the same, {} scrapes different", differences.len());
    assert!(differences.is_empty(), "\n{:.60000}", differences.join("\n\n"));
}
