//! Weeks of traffic made up, with all that went wrong in them written down: what rules for baselines, anomalies and
//! forecasts are tried on.
//!
//! | room | holds |
//! |---|---|
//! | [`plan`] | interfaces, and what happens to them and when, from a seed |
//! | [`shape`] | how busy an interface of a kind is at an hour of a week |
//! | [`noise`] | chance that remembers: traffic is never as planned |
//! | [`series`] | counters and statuses as an exporter would have told them |
//! | [`truth`] | what went wrong, as a file |
//! | [`score`] | alerts compared with the truth |
//!
//! Everything follows from the seed: the same plan gives the same series, octet for octet.

pub mod noise;
pub mod plan;
pub mod score;
pub mod series;
pub mod shape;
pub mod truth;

/// Seconds of an hour.
pub const HOUR: u64 = 3600;
/// Seconds of a day.
pub const DAY: u64 = 24 * HOUR;
/// Seconds of a week.
pub const WEEK: u64 = 7 * DAY;

pub use plan::{Plan, Scenario};
