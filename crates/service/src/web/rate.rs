//! How many requests are answered: a token bucket. Clocks are arguments.

use std::time::{Duration, Instant};

/// What is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// One more request each.
    pub interval: Duration,
    /// As many at once, after a rest.
    pub burst: u32,
}

/// Who counts.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    /// Requests that are permitted at `filled`.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(rate: Rate, now: Instant) -> Self {
        Bucket { rate, tokens: f64::from(rate.burst), filled: now }
    }

    /// Whether a request may be answered now.
    pub fn takes(&mut self, now: Instant) -> bool {
        let rested = now.saturating_duration_since(self.filled);
        let gained = rested.as_secs_f64() / self.rate.interval.as_secs_f64();
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst));
        self.filled = self.filled.max(now);
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        taken
    }

    /// Goes on with another rate: nobody gains by a reload.
    pub fn change(&mut self, rate: Rate) {
        self.tokens = self.tokens.min(f64::from(rate.burst));
        self.rate = rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(interval_ms: u64, burst: u32) -> Rate {
        Rate { interval: Duration::from_millis(interval_ms), burst }
    }

    #[test]
    fn a_burst_and_then_one_each_interval() {
        let start = Instant::now();
        let mut bucket = Bucket::new(rate(100, 3), start);
        let answered = |bucket: &mut Bucket, ms| bucket.takes(start + Duration::from_millis(ms));
        for (ms, expected) in [
            (0, true),
            (0, true),
            (0, true),
            (0, false),
            (99, false),
            (100, true),
            (150, false),
            (201, true),
            (202, false),
            // A long rest permits a burst and no more.
            (60_000, true),
            (60_000, true),
            (60_000, true),
            (60_000, false),
            // A clock that another thread has read earlier.
            (59_000, false),
            (60_099, false),
            (60_100, true),
        ] {
            assert_eq!(answered(&mut bucket, ms), expected, "{ms} ms");
        }
    }

    #[test]
    fn a_reload_gives_nothing_away() {
        let now = Instant::now();
        let mut bucket = Bucket::new(rate(1000, 2), now);
        assert!(bucket.takes(now));
        bucket.change(rate(1000, 50));
        assert!(bucket.takes(now));
        assert!(!bucket.takes(now));
        let mut bucket = Bucket::new(rate(1000, 50), now);
        bucket.change(rate(1000, 1));
        assert!(bucket.takes(now));
        assert!(!bucket.takes(now));
    }
}
