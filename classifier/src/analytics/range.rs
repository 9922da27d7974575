//! A stretch of time, cut so that there are not too many points in it. Pure.

use std::time::Duration;

use crate::timestamp::Timestamp;

/// A stretch of time and the distance of its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first point.
    pub start: Timestamp,
    /// The last.
    pub end: Timestamp,
    /// From one to the next; a multiple of five minutes.
    pub step: Duration,
}

/// The interval at which rates are recorded.
const RECORDED: u64 = 300;
/// So many points at the most.
pub const POINTS: u64 = 500;

/// The words for how long it is.
pub const LENGTHS: [(&str, u64); 9] = [
    ("30m", 1800),
    ("1h", 3600),
    ("3h", 3 * 3600),
    ("6h", 6 * 3600),
    ("12h", 12 * 3600),
    ("24h", 24 * 3600),
    ("7d", 7 * 86_400),
    ("30d", 30 * 86_400),
    ("90d", 90 * 86_400),
];

impl Range {
    /// So many seconds up to a moment; points are where their distance divides the time, so that asking again shows the same.
    pub fn up_to(end: Timestamp, seconds: u64) -> Self {
        let step = seconds.div_ceil(POINTS - 1).next_multiple_of(RECORDED);
        let millis = i64::try_from(step * 1000).unwrap_or(i64::MAX);
        let end = Timestamp::from_millis(end.as_millis() - end.as_millis().rem_euclid(millis));
        let points = (seconds / step).max(1);
        Self { start: end - Duration::from_secs(points * step), end, step: Duration::from_secs(step) }
    }

    /// The step as PromQL has it.
    pub fn window(&self) -> String {
        format!("{}s", self.step.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_too_many_points() {
        for now in [1_795_384_690_123, 1_795_384_800_000, 0] {
            for (word, seconds) in LENGTHS {
                let range = Range::up_to(Timestamp::from_millis(now), seconds);
                let (step, length) = (range.step.as_secs(), range.end.since(range.start).as_secs());
                assert!(length / step < POINTS, "{word}");
                assert!(length.abs_diff(seconds) < step && step.is_multiple_of(300), "{word}: {range:?}");
                assert_eq!(range.start.as_millis() % (1000 * step as i64), 0, "{word}");
                assert!(range.end.as_millis() <= now);
            }
        }
        assert_eq!(Range::up_to(Timestamp::from_millis(0), 86_400).window(), "300s");
    }
}
