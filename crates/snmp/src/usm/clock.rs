//! The clock of an authoritative engine, as far as it is known (RFC 3414 §2.2 and §2.3). Pure: the time of this machine
//! comes in as an argument.

use std::time::Instant;

/// Messages may be so much older than the engine's clock is believed to be (RFC 3414 §2.2.3).
const WINDOW: u32 = 150;
/// The largest `snmpEngineBoots` and `snmpEngineTime`.
pub const MOST: u32 = i32::MAX as u32;

/// What an engine says of its own time: how often it has started, and how many seconds ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineTime {
    /// `snmpEngineBoots`.
    pub boots: u32,
    /// `snmpEngineTime`, in seconds.
    pub time: u32,
}

/// A notion of an engine's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    /// What it showed.
    shown: EngineTime,
    /// When that was.
    at: Instant,
    /// Whether the engine has proven it; what is not may be overwritten by the first that is.
    proven: bool,
}

/// A proven message is from the past: it was recorded and is played again, or the engine's clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale;

impl Clock {
    /// A clock nobody has proven.
    pub fn claimed(shown: EngineTime, at: Instant) -> Self {
        Self { shown, at, proven: false }
    }

    /// A clock from a message that was proven to come from the engine.
    pub fn proven(shown: EngineTime, at: Instant) -> Self {
        Self { shown, at, proven: true }
    }

    /// What it shows now.
    pub fn now(&self, now: Instant) -> EngineTime {
        let elapsed = now.saturating_duration_since(self.at).as_secs();
        // An engine whose seconds run out after 68 years has to start anew; it will say so.
        let time = u64::from(self.shown.time).saturating_add(elapsed).min(MOST.into());
        EngineTime { boots: self.shown.boots, time: time as u32 }
    }

    /// Takes the time of a message that was proven to come from the engine (RFC 3414 §3.2 step 7b).
    ///
    /// # Errors
    /// The message is from the past.
    pub fn receive(&mut self, shown: EngineTime, now: Instant) -> Result<(), Stale> {
        let EngineTime { boots, time } = shown;
        // `shown` is the newest time received: the clock is set by nothing else.
        let newer = boots > self.shown.boots || (boots == self.shown.boots && time > self.shown.time);
        if newer || !self.proven {
            *self = Self::proven(shown, now);
        }
        let notion = self.now(now);
        let in_window = boots == notion.boots && boots != MOST && time >= notion.time.saturating_sub(WINDOW);
        if in_window { Ok(()) } else { Err(Stale) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn et(boots: u32, time: u32) -> EngineTime {
        EngineTime { boots, time }
    }

    #[test]
    fn it_runs_without_being_told() {
        let start = Instant::now();
        let clock = Clock::proven(et(3, 1000), start);
        for (seconds, shows) in [(0, 1000), (1, 1001), (600, 1600), (u64::from(MOST), MOST)] {
            assert_eq!(clock.now(start + Duration::from_secs(seconds)), et(3, shows));
        }
        // Two threads may look at this machine's clock in another order than they use it.
        assert_eq!(clock.now(start - Duration::from_millis(1)), et(3, 1000));
    }

    #[test]
    fn messages_from_the_past_are_refused() {
        let start = Instant::now();
        // At first 1000 s, ten minutes of silence, then a message.
        for (shown, expected, then) in [
            (et(3, 1600), Ok(()), et(3, 1600)),
            (et(3, 1603), Ok(()), et(3, 1603)),
            (et(3, 1450), Ok(()), et(3, 1450)),
            // Newer than any before it: the engine's seconds are longer than ours.
            (et(3, 1100), Ok(()), et(3, 1100)),
            (et(3, 1000), Err(Stale), et(3, 1600)),
            (et(3, 999), Err(Stale), et(3, 1600)),
            (et(2, 1600), Err(Stale), et(3, 1600)),
            (et(2, MOST), Err(Stale), et(3, 1600)),
            (et(4, 0), Ok(()), et(4, 0)),
            (et(4, 7), Ok(()), et(4, 7)),
            // An engine that can count its starts no further is not believed until it is configured anew.
            (et(MOST, 5), Err(Stale), et(MOST, 5)),
        ] {
            let mut clock = Clock::proven(et(3, 1000), start);
            let now = start + Duration::from_secs(600);
            assert_eq!(clock.receive(shown, now), expected, "{shown:?}");
            assert_eq!(clock.now(now), then, "{shown:?}");
        }
    }

    #[test]
    fn answers_may_overtake_each_other() {
        let start = Instant::now();
        let mut clock = Clock::proven(et(3, 1000), start);
        for (time, expected) in [(1200, Ok(())), (1199, Ok(())), (1050, Ok(())), (1049, Err(Stale))] {
            assert_eq!(clock.receive(et(3, time), start), expected, "{time}");
            assert!(clock.now(start).time == 1200);
        }
    }

    #[test]
    fn what_was_only_claimed_yields_to_what_is_proven() {
        let start = Instant::now();
        for claimed in [et(0, 0), et(9, 9), et(MOST, MOST)] {
            let mut clock = Clock::claimed(claimed, start);
            assert_eq!(clock.now(start), claimed);
            assert_eq!(clock.receive(et(3, 1000), start), Ok(()));
            assert_eq!(clock.now(start), et(3, 1000));
            assert_eq!(clock.receive(et(2, 1000), start), Err(Stale));
        }
    }
}
