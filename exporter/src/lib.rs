//! A Prometheus exporter for SNMP devices: request → target → plan → walk → metrics → text.
//!
//! | room | holds |
//! |---|---|
//! | [`args`], [`app`] | the command line; all parts of the serving program and how they are put together |
//! | [`snapshot`] | what is configured: [`module`]s and devices, checked together, swapped whole |
//! | [`endpoints`] | one file for each thing that is answered over HTTP |
//! | [`scrape`] | a scrape, step by step |
//! | [`plan`] | modules → what to ask a device for, and where each metric finds its values |
//! | [`render`], [`answer`] | what came back → metrics → text |
//! | [`share`], [`gate`] | equal scrapes are done once; how many run |
//! | [`history`], [`own`] | how each device's last scrape went; own metrics |
//! | [`commands`] | `check` and `scrape` from the terminal |
//!
//! `module`, `plan`, `render` and `answer` are pure; IO is in `endpoints`, `scrape`, `snapshot` and `commands`.

pub mod address;
pub mod answer;
pub mod app;
pub mod args;
pub mod commands;
pub mod endpoints;
pub mod gate;
pub mod history;
pub mod module;
pub mod own;
pub mod plan;
pub mod render;
pub mod scrape;
pub mod share;
pub mod snapshot;
#[cfg(test)]
mod tables;
