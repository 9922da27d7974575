//! How much an answer may hold: what a device's answers show of it, and what is tried again after a while.

/// An answer of this many octets of UDP payload crosses an Ethernet path unfragmented.
pub const FIRST_OCTETS: usize = 1472;
/// What every agent must be able to send (RFC 3417 §3.2.1).
const LEAST_OCTETS: usize = 484;
/// However much a device sends, it is not asked for more: a lost fragment would cost all of it.
const MOST_OCTETS: usize = 4 * FIRST_OCTETS;
/// No answer has more varbinds, so a limit beyond this is none.
const MOST_VARBINDS: usize = 1000;
/// Walks without trouble after which a device is first asked for more than it had bounds for.
const FIRST_PATIENCE: u32 = 8;
/// Whoever keeps to its bounds is tried this seldom.
const LONGEST_PATIENCE: u32 = 512;

/// The bounds of one device's answers. They shrink at once and grow slowly: a limit may have been a passing trouble,
/// but each attempt to go beyond a lasting one costs a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Octets of the whole message.
    pub octets: usize,
    /// Varbinds.
    pub varbinds: usize,
    /// Walks since a bound was met or moved.
    quiet: u32,
    /// How many of them it takes to try more.
    patience: u32,
    /// The bounds before more was tried, while it is being tried.
    before: Option<(usize, usize)>,
    /// Whether a bound was met in this walk.
    met: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            octets: FIRST_OCTETS,
            varbinds: usize::MAX,
            quiet: 0,
            patience: FIRST_PATIENCE,
            before: None,
            met: false,
        }
    }
}

impl Room {
    /// An answer of `octets` octets had so many of the varbinds that were asked for; `used_up` says that there was
    /// nothing more to send.
    pub fn on_answer(&mut self, octets: usize, varbinds: usize, asked: usize, used_up: bool) {
        if varbinds >= asked {
            self.octets = self.octets.max(octets.min(MOST_OCTETS));
        } else if !used_up && varbinds > 0 {
            if octets * 2 < self.octets && self.varbinds > varbinds {
                (self.varbinds, self.met) = (varbinds, true);
            } else if octets < self.octets {
                // The next varbind did not fit: the limit is somewhere behind this size.
                let fitting = octets + octets / varbinds;
                (self.octets, self.met) = (fitting.clamp(LEAST_OCTETS, self.octets.max(LEAST_OCTETS)), true);
            }
        }
    }

    /// The device answered tooBig to a request for so many varbinds. Believed only as far as there is cause to: what
    /// fits is learned from the answers that follow.
    pub fn on_too_big(&mut self, asked: usize) {
        self.met = true;
        match self.before {
            Some((octets, varbinds)) if asked > varbinds || octets < self.octets => {
                (self.octets, self.varbinds) = (octets, varbinds.min(asked.max(2) - 1));
            }
            _ => self.varbinds = self.varbinds.min((asked / 2).max(1)),
        }
    }

    /// No answer came to a request for much, though others were answered: fragments may get lost on the way.
    pub fn on_silence(&mut self) {
        if self.octets > FIRST_OCTETS {
            (self.octets, self.met) = (FIRST_OCTETS, true);
        }
    }

    /// The bounds for the next walk.
    pub fn after_walk(mut self) -> Self {
        let tried = self.before.take().is_some();
        if std::mem::take(&mut self.met) {
            self.quiet = 0;
            if tried {
                self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
            }
            return self;
        }
        if tried {
            // It was no lasting limit.
            self.patience = FIRST_PATIENCE;
        }
        self.quiet += 1;
        let bounded = self.octets < FIRST_OCTETS || self.varbinds < MOST_VARBINDS;
        if bounded && self.quiet >= self.patience {
            self.before = Some((self.octets, self.varbinds));
            self.quiet = 0;
            if self.octets < FIRST_OCTETS {
                self.octets = (self.octets + self.octets / 4).min(FIRST_OCTETS);
            }
            let more = self.varbinds.saturating_add(self.varbinds / 4 + 1);
            self.varbinds = if more < MOST_VARBINDS { more } else { usize::MAX };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks of a device with a limit on varbinds, each of which asks for as much as is allowed, up to `wish`. Returns
    /// how often it was asked for too much.
    fn walks(room: &mut Room, count: u32, wish: usize, limit: usize) -> u32 {
        let mut refused = 0;
        for _ in 0..count {
            let mut asked = wish.min(room.varbinds);
            while asked > limit {
                refused += 1;
                room.on_too_big(asked);
                asked = asked.min(room.varbinds);
            }
            room.on_answer(asked * 22, asked, asked, false);
            *room = std::mem::take(room).after_walk();
        }
        refused
    }

    #[test]
    fn a_passing_trouble_is_forgotten() {
        let mut room = Room::default();
        assert_eq!(walks(&mut room, 1, 60, 7), 3, "60, 30, 15, and then 7");
        assert_eq!(room.varbinds, 7);
        assert_eq!(walks(&mut room, 120, 60, usize::MAX), 0);
        assert!(room.varbinds >= 60, "{room:?}");
        walks(&mut room, 400, 60, usize::MAX);
        assert_eq!(room.varbinds, usize::MAX);
    }

    #[test]
    fn a_lasting_limit_is_tried_ever_less() {
        let mut room = Room::default();
        walks(&mut room, 1, 60, 20);
        let (first, last) = (walks(&mut room, 1000, 60, 20), walks(&mut room, 5000, 60, 20));
        assert!(first <= 12, "{first} refusals in the first thousand walks");
        assert!(last <= 12, "{last} refusals in five thousand more");
        assert!((15..=20).contains(&room.varbinds), "{room:?}");
    }

    #[test]
    fn what_did_not_fit_is_learned_from_short_answers() {
        let mut room = Room::default();
        room.on_answer(1400, 50, 66, false);
        assert_eq!((room.octets, room.varbinds), (1428, usize::MAX), "an octet limit");
        room.on_answer(500, 20, 66, false);
        assert_eq!((room.octets, room.varbinds), (1428, 20), "a limit on varbinds");
        room.on_answer(90, 3, 66, true);
        assert_eq!(room.varbinds, 20, "the end of the MIB is no limit");
        for _ in 0..2 * FIRST_PATIENCE {
            room = room.after_walk();
        }
        assert_eq!((room.octets, room.varbinds), (FIRST_OCTETS, 26));
    }

    #[test]
    fn long_answers_are_learned_and_given_up_when_they_get_lost() {
        let mut room = Room::default();
        room.on_answer(3000, 100, 100, false);
        assert_eq!(room.octets, 3000);
        room.on_answer(60_000, 2000, 2000, false);
        assert_eq!(room.octets, MOST_OCTETS);
        room.on_silence();
        assert_eq!(room.octets, FIRST_OCTETS);
    }
}
