//! The import directions of docs/ARCHITECTURE.md hold.

use ward_e2e::{borders, programs};

#[test]
fn no_crate_reaches_across_its_borders() {
    let members = borders::members(&programs::repository()).unwrap();
    assert!(members.len() >= 6, "cargo metadata names only {} members", members.len());
    let breaches = borders::breaches(&members);
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}
