//! What every store must do, and what can happen to it.

#[path = "../support/mod.rs"]
mod support;

mod contract;
mod documented;
mod faults;
mod keeper;
mod kill;
mod leases;
mod overrides;
mod schema;
mod summaries;
mod topology;
