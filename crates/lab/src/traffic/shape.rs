//! How busy an interface is at an hour of a week, if nothing happens: from 0 to 1 of its peak.

use super::{DAY, HOUR};

/// What an interface is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Busy in office hours of working days.
    #[default]
    Office,
    /// Busy in the evening, every day.
    Evening,
    /// Quiet but for two hours of every night.
    Backup,
    /// Always the same.
    Constant,
    /// Next to nothing.
    Idle,
    /// As an office, with large swings from one quarter of an hour to the next.
    Bursty,
    /// As an office, 5 % more each week.
    Growing,
    /// As an office that opened in the second week.
    Young,
}

impl Kind {
    /// Whether there are hours in which it is quiet, so that traffic then is at a wrong hour.
    pub fn has_quiet_hours(self) -> bool {
        matches!(self, Kind::Office | Kind::Evening | Kind::Backup | Kind::Growing | Kind::Young)
    }

    /// The level this many seconds after a Monday's midnight; `holiday` days are like Sundays to offices.
    pub fn level(self, second: u64, holiday: bool) -> f64 {
        let weekday = (second / DAY) % 7;
        let hour = (second % DAY) as f64 / HOUR as f64;
        let free = weekday >= 5 || holiday;
        match self {
            Kind::Constant | Kind::Idle => 1.0,
            Kind::Backup => 0.05 + 0.95 * step(hour, 1.0, 0.1) * (1.0 - step(hour, 3.0, 0.1)),
            Kind::Evening => {
                let away = (hour - 21.0).abs().min(24.0 - (hour - 21.0).abs());
                let peak = (-(away / 3.5).powi(2)).exp() * if weekday >= 5 { 1.1 } else { 1.0 };
                (0.2 + 0.7 * peak).min(1.0)
            }
            Kind::Office | Kind::Bursty | Kind::Growing | Kind::Young if free => 0.1,
            Kind::Office | Kind::Bursty | Kind::Growing | Kind::Young => {
                let open = step(hour, 8.5, 0.4) * (1.0 - step(hour, 18.0, 0.5));
                let lunch = 0.2 * (-((hour - 13.0) / 0.7).powi(2)).exp();
                0.08 + 0.92 * open * (1.0 - lunch)
            }
        }
    }
}

/// From 0 to 1 around an hour, within about four widths.
fn step(hour: f64, around: f64, width: f64) -> f64 {
    1.0 / (1.0 + (-(hour - around) / width).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_each() {
        let at = |kind: Kind, day: u64, hour: u64| kind.level(day * DAY + hour * HOUR, false);
        for (kind, day, hour, low, high) in [
            (Kind::Office, 1, 11, 0.9, 1.0),
            (Kind::Office, 1, 3, 0.0, 0.1),
            (Kind::Office, 6, 11, 0.1, 0.1),
            (Kind::Evening, 6, 21, 0.9, 1.0),
            (Kind::Evening, 2, 6, 0.2, 0.25),
            (Kind::Backup, 4, 2, 0.95, 1.0),
            (Kind::Backup, 4, 12, 0.0, 0.06),
            (Kind::Constant, 3, 3, 1.0, 1.0),
        ] {
            let level = at(kind, day, hour);
            assert!((low..=high).contains(&level), "{kind:?} on day {day} at {hour}: {level}");
        }
        assert_eq!(Kind::Office.level(DAY + 11 * HOUR, true), 0.1, "a holiday");
    }
}
