//! What tests of the classifier share.

// Each test program takes its part of this.
#![allow(dead_code)]

use std::time::{Duration, Instant};

pub mod database;
pub mod faulty;
pub mod fleet;
pub mod postgres;
pub mod series;

/// Waits until something is so; fails after a minute with what was waited for.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
