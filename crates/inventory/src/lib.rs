//! Devices, auth profiles and secrets: parse, validate, look up, redact. One file serves both daemons.
//!
//! ```yaml
//! auths:
//!   branches: {version: 2, community: "${SNMP_COMMUNITY}"}
//! defaults: {auth: branches, modules: [system, interfaces], port: 161}
//! devices:
//!   - {name: tbilisi-core-1, address: 192.0.2.1, labels: {site: tbilisi, role: core}}
//! ```
//!
//! | room | holds |
//! |---|---|
//! | `inventory` | [`Inventory`]: load, look up |
//! | `auth` | [`Auth`]: the fields, defaults and rules of snmp_exporter's `auths` |
//! | `device` | [`Device`], its [`Address`], the rules for names and labels |
//! | `secret` | [`Sources`]: `${NAME}` and secrets in files of their own |
//! | `redact` | the effective inventory as YAML, without its secrets |
//! | `duration` | durations as Go writes them |
//! | `problem` | [`Problem`], [`LoadError`]: what is wrong, and where |
//! | `nearest` | what a mistyped name may have meant |
//! | `yaml`, `fields`, `parse` | from text to inventory, noting every mistake on the way |
//!
//! `yaml`, `fields` and `nearest` are open to other files of ours, such as the classifier's rules: they too are read with
//! every mistake named by its line.
//!
//! Files and the environment are read through functions the caller gives; all else is plain values.

mod auth;
mod device;
mod duration;
pub mod fields;
mod inventory;
pub mod nearest;
mod parse;
mod problem;
pub mod redact;
mod secret;
pub mod yaml;

pub use auth::{Auth, FieldError, Version};
pub use device::{Address, Device, Overrides};
pub use duration::{format_duration, parse_duration, parse_duration_or_nanoseconds};
pub use inventory::Inventory;
pub use problem::{At, LoadError, Problem, Problems};
pub use secret::{Env, ReadFile, Sources};
