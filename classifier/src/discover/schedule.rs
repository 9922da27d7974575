//! When a device is walked next: pure.

use std::time::Duration;

use crate::state::{DeviceHead, digest};
use crate::timestamp::Timestamp;

/// How often devices are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one walk of a device to the next.
    pub interval: Duration,
    /// From one walk that reads everything to the next, at the most.
    pub full_every: Duration,
}

/// A device that does not answer is asked again after this time, then after twice this time, and so on.
const FIRST_BACK_OFF: Duration = Duration::from_secs(300);
/// The longest time until it is asked again.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(6 * 3600);
/// By up to so much of it that time is made shorter or longer, so that those who fell silent together are not all
/// asked together.
const JITTER: f64 = 0.2;

/// The device's place in the interval: the same on every machine and for ever.
pub fn slot(name: &str, interval: Duration) -> Duration {
    let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(digest(name.as_bytes()) % interval)
}

/// From a moment to the device's next slot; one that comes before half an interval has passed is left out.
pub fn until_slot(name: &str, interval: Duration, now: Timestamp) -> Duration {
    let whole = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let place = i64::try_from(slot(name, interval).as_millis()).unwrap_or_default();
    let earliest = now.as_millis().saturating_add(whole / 2);
    let behind = place.saturating_sub(earliest).rem_euclid(whole);
    Duration::from_millis(u64::try_from((whole / 2).saturating_add(behind)).unwrap_or_default())
}

/// How long a device is left alone that has not answered so many times in a row.
pub fn back_off(name: &str, failures: i64, interval: Duration) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(16);
    let first = FIRST_BACK_OFF.min(interval);
    let time = first.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF);
    // Drawn by the device and the number of its failures: as good as chance, and the same for whoever asks.
    let drawn = digest(format!("{name} {failures}").as_bytes()) % 10_000;
    time.mul_f64(1.0 - JITTER + 2.0 * JITTER * drawn as f64 / 10_000.0)
}

/// The time from a walk to the next.
pub fn next(name: &str, failures: i64, interval: Duration, now: Timestamp) -> Duration {
    if failures > 0 { back_off(name, failures, interval) } else { until_slot(name, interval, now) }
}

/// When a device is due, by what is known of it: for when the store cannot be asked. `None`: now, as it was never
/// walked.
pub fn due(name: &str, head: &DeviceHead, interval: Duration) -> Option<Timestamp> {
    let last = head.last_walk?;
    Some(last + next(name, head.failures, interval, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn slots_are_spread_over_the_interval_and_stay() {
        let mut tenths = [0; 10];
        for nth in 0..1000 {
            let name = format!("rustavi-r{nth}");
            assert_eq!(slot(&name, HOUR), slot(&name, HOUR));
            tenths[slot(&name, HOUR).as_secs() as usize / 360] += 1;
        }
        assert!(tenths.iter().all(|count| (70..130).contains(count)), "{tenths:?}");
        assert_eq!(slot("a", Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn walks_fall_into_the_slot_whenever_the_last_one_was() {
        for minute in [0, 7, 29, 30, 31, 59, 61] {
            let now = Timestamp::from_millis(1_795_384_690_123 + minute * 60_000);
            let wait = until_slot("core-1", HOUR, now);
            assert!((HOUR / 2..HOUR * 3 / 2).contains(&wait), "{wait:?}");
            let at = (now + wait).as_millis().rem_euclid(HOUR.as_millis() as i64);
            assert_eq!(at, slot("core-1", HOUR).as_millis() as i64, "{minute}");
        }
        // In step with its slot, a device is walked once an interval.
        let now = Timestamp::from_millis(slot("core-1", HOUR).as_millis() as i64);
        assert_eq!(until_slot("core-1", HOUR, now), HOUR);
    }

    #[test]
    fn silent_devices_are_asked_less_and_less() {
        for (failures, minutes) in [(1, 5), (2, 10), (3, 20), (7, 320), (8, 360), (1000, 360)] {
            let mut seen = std::collections::HashSet::new();
            for nth in 0..100 {
                let wait = back_off(&format!("r{nth}"), failures, HOUR).as_secs_f64() / 60.0;
                let share = wait / f64::from(minutes);
                assert!((0.8..=1.2).contains(&share), "{failures}: {wait}");
                seen.insert(wait as u64);
            }
            assert!(seen.len() > 1);
        }
        assert!(back_off("r1", 1, Duration::from_secs(10)) <= Duration::from_secs(12));
    }

    #[test]
    fn due_by_what_is_known() {
        let at = Timestamp::from_millis(1_795_384_690_123);
        let head = |failures, last_walk| DeviceHead { failures, last_walk, ..DeviceHead::default() };
        assert_eq!(due("a", &head(0, None), HOUR), None);
        assert_eq!(due("a", &head(0, Some(at)), HOUR), Some(at + until_slot("a", HOUR, at)));
        assert_eq!(due("a", &head(2, Some(at)), HOUR), Some(at + back_off("a", 2, HOUR)));
    }
}
