//! The `ward-lab` program.
fn main() {}
