//! When to resend, and how much to keep in flight: what a device's own answers say it can take.
//!
//! Resending follows RFC 6298's estimate of the round trip. The window works as TCP's does, with one thing added:
//! most agents do one request after another, and then more requests in flight only wait longer. So the window grows
//! while answers come about as fast as they did with less in flight, stands still when they begin to queue, and shrinks when
//! they pile up.

use std::time::Duration;

/// Round-trip estimate and window of one device. Pure: times come in as arguments.
#[derive(Debug, Clone)]
pub struct Pacer {
    smoothed: Option<Duration>,
    variation: Duration,
    /// The shortest round trip seen lately: what an answer takes when nothing waits.
    shortest: Option<Duration>,
    window: f32,
    /// A loss has been answered for until the request with this number is answered: one loss, one halving.
    recovering_until: u64,
}

/// Requests in flight at first: enough to be quick, few enough for any agent's queue.
const FIRST_WINDOW: f32 = 6.0;
/// Before anything is known (RFC 6298 §2.1).
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Never resend sooner than this: agents pause for tens of milliseconds.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// With one request at a time a needless resend would be a second one in flight, so patience rules.
const SHORTEST_WAIT_ALONE: Duration = Duration::from_secs(1);
/// Each further resend waits this many times longer.
const BACK_OFF: u32 = 3;

impl Default for Pacer {
    fn default() -> Self {
        Self {
            smoothed: None,
            variation: Duration::ZERO,
            shortest: None,
            window: FIRST_WINDOW,
            recovering_until: 0,
        }
    }
}

impl Pacer {
    /// What a new conversation with the same device begins with: the window as it was, and a shortest round trip that
    /// is believed a little less each time, since routes change.
    pub fn resumed(&self) -> Self {
        Self { shortest: self.shortest.map(|s| s + s / 16), recovering_until: 0, ..self.clone() }
    }

    /// Requests that may be in flight now, at most `cap`.
    pub fn window(&self, cap: u32) -> u32 {
        (self.window as u32).clamp(1, cap.max(1))
    }

    /// The smoothed round-trip time.
    pub fn round_trip(&self) -> Option<Duration> {
        self.smoothed
    }

    /// An answer came to a request that was sent once; `limited` says whether the window had kept others back.
    pub fn on_answer(&mut self, round_trip: Duration, limited: bool, cap: u32) {
        match self.smoothed {
            None => {
                self.smoothed = Some(round_trip);
                self.variation = round_trip / 2;
            }
            Some(smoothed) => {
                self.variation = (self.variation * 3 + smoothed.abs_diff(round_trip)) / 4;
                self.smoothed = Some((smoothed * 7 + round_trip) / 8);
            }
        }
        let shortest = self.shortest.map_or(round_trip, |s| s.min(round_trip));
        self.shortest = Some(shortest);
        let queues = round_trip > (shortest * 3 / 2).max(shortest + Duration::from_millis(2));
        let piles_up = round_trip > shortest * 4 + Duration::from_millis(10);
        if piles_up {
            self.window = (self.window - 0.5).max(self.window.min(2.0));
        } else if limited && !queues && self.window < cap as f32 {
            self.window += 1.0;
        }
    }

    /// The request with this number (they count up) went unanswered; `newest` is the last one sent.
    pub fn on_loss(&mut self, number: u64, newest: u64) {
        if number >= self.recovering_until {
            self.window = (self.window / 2.0).max(1.0);
            self.recovering_until = newest + 1;
        }
    }

    /// A whole conversation went unanswered: the next begins with a single request.
    pub fn on_silence(&mut self) {
        self.window = 1.0;
    }

    /// How long to wait for an answer after the `sent`-th sending (from 1) before the next. The last sending is waited
    /// for as long as the profile says.
    pub fn wait(&self, sent: u32, timeout: Duration, retries: u32, cap: u32) -> Duration {
        if sent > retries {
            return timeout;
        }
        let shortest = if cap <= 1 { SHORTEST_WAIT_ALONE } else { SHORTEST_WAIT };
        let first = match self.smoothed {
            Some(smoothed) => (smoothed + self.variation * 4).max(smoothed * 3 / 2).max(shortest),
            None => FIRST_WAIT,
        };
        (first * BACK_OFF.saturating_pow(sent.saturating_sub(1).min(8))).min(timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn the_window_grows_with_answers_up_to_the_cap() {
        let mut pacer = Pacer::default();
        assert_eq!(pacer.window(32), 6);
        for _ in 0..100 {
            pacer.on_answer(MS(20), true, 32);
        }
        assert_eq!(pacer.window(32), 32);
        assert_eq!(pacer.window(1), 1, "a cap of one is kept from the first request on");
    }

    #[test]
    fn it_stands_still_where_answers_queue_or_the_window_is_not_used() {
        let mut pacer = Pacer::default();
        pacer.on_answer(MS(20), false, 32);
        assert_eq!(pacer.window(32), 6, "two in flight say nothing about seven");
        pacer.on_answer(MS(80), true, 32);
        assert_eq!(pacer.window(32), 6, "it takes longer the more is asked at once");
    }

    #[test]
    fn it_shrinks_where_answers_pile_up_but_two_stay_in_flight() {
        let mut pacer = Pacer::default();
        pacer.on_answer(MS(5), true, 32);
        for _ in 0..50 {
            pacer.on_answer(MS(40), true, 32);
        }
        assert_eq!(pacer.window(32), 2);
    }

    #[test]
    fn one_burst_of_losses_halves_once() {
        let mut pacer = Pacer { window: 16.0, ..Pacer::default() };
        pacer.on_loss(10, 20);
        pacer.on_loss(11, 20);
        pacer.on_loss(20, 25);
        assert_eq!(pacer.window(32), 8);
        pacer.on_loss(21, 30);
        assert_eq!(pacer.window(32), 4);
    }

    #[test]
    fn waits_follow_the_round_trip_within_the_profile() {
        let timeout = Duration::from_secs(5);
        let mut pacer = Pacer::default();
        assert_eq!(pacer.wait(1, timeout, 3, 32), Duration::from_secs(1));
        assert_eq!(pacer.wait(1, MS(300), 3, 32), MS(300));
        for _ in 0..50 {
            pacer.on_answer(MS(5), false, 32);
        }
        assert_eq!(pacer.wait(1, timeout, 3, 32), MS(100));
        assert_eq!(pacer.wait(2, timeout, 3, 32), MS(300));
        assert_eq!(pacer.wait(3, timeout, 3, 32), MS(900));
        assert_eq!(pacer.wait(4, timeout, 3, 32), timeout, "the last sending gets all the patience there is");
        assert_eq!(pacer.wait(1, timeout, 0, 32), timeout, "no retries: no resending");
        assert_eq!(pacer.wait(1, timeout, 3, 1), Duration::from_secs(1));
    }
}
