//! The `ward-exporter` program.
fn main() {}
