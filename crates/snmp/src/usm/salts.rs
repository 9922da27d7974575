//! Salts: numbers that are used once with a key.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts salts up (RFC 3414 §8.1.1.1, RFC 3826 §3.1.2.1). Keys outlive processes, so each has to begin elsewhere.
#[derive(Debug)]
pub struct Salts(AtomicU64);

impl Salts {
    /// Salts from a number drawn at random on.
    pub fn new(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    /// One that was not given out before.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
