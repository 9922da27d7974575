//! Alerts compared with the truth: what was found, what was false, how far forecasts were off.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::plan::Wrong;
use super::truth::{Place, Truth};
use super::{DAY, WEEK};

/// An event may be found this long after it is over: an alert wants to see several samples.
const LATE: u64 = 900;
/// What is nearer to an event than this is caused by it: an alert is held for a while.
const NEAR: u64 = 1800;
/// Samples further apart than this are two episodes.
const APART: u64 = 1200;

/// Series of a metric by where they are; times in Unix seconds, in order.
pub type Samples = BTreeMap<Place, Vec<(u64, f64)>>;

/// A line of VictoriaMetrics' export.
#[derive(Debug, Deserialize)]
struct Line {
    metric: BTreeMap<String, String>,
    values: Vec<Option<f64>>,
    timestamps: Vec<u64>,
}

/// Reads an export, one JSON object a line. Series that differ in other labels than a [`Place`] has come together.
///
/// # Errors
/// A line that is none, by its number.
pub fn read(text: &str) -> Result<Samples, String> {
    let mut samples = Samples::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        let label = |name: &str| line.metric.get(name).cloned().unwrap_or_default();
        let place =
            Place { device: label("device"), if_name: label("if_name"), direction: label("direction") };
        let told = line.timestamps.iter().zip(&line.values);
        let told = told.filter_map(|(at, value)| value.map(|value| (at / 1000, value)));
        samples.entry(place).or_default().extend(told);
    }
    for series in samples.values_mut() {
        series.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        series.dedup_by_key(|sample| sample.0);
    }
    Ok(samples)
}

/// How alerts did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Events by kind: how many there were, and how many were found.
    pub by_kind: BTreeMap<Wrong, (usize, usize)>,
    /// From the event's beginning to the alert, in seconds, in order of size.
    pub delays: Vec<u64>,
    /// Episodes of alerts with no event near.
    pub false_episodes: usize,
    /// Weeks, interfaces and directions that were looked at.
    pub track_weeks: f64,
}

impl Found {
    /// Share of events that were found, without those of a kind if wanted.
    pub fn recall(&self, without: Option<Wrong>) -> f64 {
        let counted = self.by_kind.iter().filter(|(kind, _)| Some(**kind) != without);
        let (all, found) = counted.fold((0, 0), |sum, (_, count)| (sum.0 + count.0, sum.1 + count.1));
        found as f64 / all.max(1) as f64
    }

    /// False episodes per interface, direction and week.
    pub fn false_rate(&self) -> f64 {
        self.false_episodes as f64 / self.track_weeks.max(f64::MIN_POSITIVE)
    }
}

/// Compares the times at which alerts fired with the events from `from` on.
pub fn anomalies(truth: &Truth, firing: &BTreeMap<Place, BTreeSet<u64>>, from: u64) -> Found {
    let mut found = Found::default();
    let none = BTreeSet::new();
    let at = |place: &Place| firing.get(place).unwrap_or(&none);
    for event in truth.events.iter().filter(|event| event.from >= from && event.to <= truth.to) {
        let first = |place| at(place).range(event.from..=event.to + LATE).next().copied();
        let first = event.places.iter().filter_map(first).min();
        let count = found.by_kind.entry(event.wrong).or_default();
        count.0 += 1;
        count.1 += usize::from(first.is_some());
        found.delays.extend(first.map(|first| first - event.from));
    }
    found.delays.sort_unstable();
    for track in &truth.tracks {
        let events = || truth.events.iter().filter(|event| event.places.contains(&track.place));
        for (begin, end) in episodes(at(&track.place).range(from..)) {
            let near = events().any(|event| begin <= event.to + NEAR && end >= event.from);
            found.false_episodes += usize::from(!near);
        }
        found.track_weeks += truth.to.saturating_sub(from.max(track.since)) as f64 / WEEK as f64;
    }
    found
}

/// First and last times of what belongs together.
fn episodes<'a>(times: impl Iterator<Item = &'a u64>) -> Vec<(u64, u64)> {
    let mut episodes: Vec<(u64, u64)> = Vec::new();
    for time in times {
        match episodes.last_mut() {
            Some(last) if time - last.1 <= APART => last.1 = *time,
            _ => episodes.push((*time, *time)),
        }
    }
    episodes
}

/// When a series was above a threshold, in either direction.
pub fn above(samples: &Samples, threshold: f64) -> BTreeMap<Place, BTreeSet<u64>> {
    let times = |series: &Vec<(u64, f64)>| {
        series.iter().filter(|(_, value)| value.abs() > threshold).map(|(at, _)| *at).collect()
    };
    samples.iter().map(|(place, series)| (place.clone(), times(series))).collect()
}

/// How forecasts did, day by day of each direction of each interface.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecasts {
    /// Days on which an interface would be full within the horizon, and on how many of them that was said.
    pub due: (usize, usize),
    /// Days on which it would not, and on how many of them it was said all the same.
    pub not_due: (usize, usize),
    /// Interfaces' directions that became due, and for how many it was said at least once.
    pub tracks: (usize, usize),
    /// By how many days forecasts that were due were off, in order of size.
    pub errors: Vec<f64>,
}

/// Compares forecasts with the truth: `alerts` when it was said, `days` how many days it was said to take.
pub fn forecasts(truth: &Truth, alerts: &Samples, days: &Samples, from: u64, horizon: u64) -> Forecasts {
    let mut score = Forecasts::default();
    for track in &truth.tracks {
        let (mut was_due, mut was_said) = (false, false);
        for day in (from..truth.to).step_by(DAY as usize) {
            // What is full already needs no forecast.
            if track.full.is_some_and(|full| full <= day) {
                break;
            }
            let within = |series: Option<&Vec<(u64, f64)>>| {
                let series = series.map(Vec::as_slice).unwrap_or_default();
                let after = series.partition_point(|(at, _)| *at < day);
                series.get(after).filter(|(at, _)| *at < day + DAY).copied()
            };
            let said = within(alerts.get(&track.place)).is_some();
            let due = track.full.is_some_and(|full| full <= day + horizon * DAY);
            let count = if due { &mut score.due } else { &mut score.not_due };
            count.0 += 1;
            count.1 += usize::from(said);
            was_due |= due;
            was_said |= due && said;
            if let (true, true, Some((at, days)), Some(full)) =
                (due, said, within(days.get(&track.place)), track.full)
            {
                score.errors.push((days - full.saturating_sub(at) as f64 / DAY as f64).abs());
            }
        }
        score.tracks.0 += usize::from(was_due);
        score.tracks.1 += usize::from(was_said);
    }
    score.errors.sort_by(f64::total_cmp);
    score
}

/// The value below which this share of sorted values is.
pub fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::shape::Kind;
    use crate::traffic::truth::{Event, Track};

    fn place(direction: &str) -> Place {
        Place { device: "r1".into(), if_name: "a".into(), direction: direction.into() }
    }

    fn truth() -> Truth {
        let track =
            |direction: &str, full| Track { place: place(direction), kind: Kind::Office, since: 0, full };
        let event = |wrong, from, to| Event { wrong, places: vec![place("in"), place("out")], from, to };
        Truth {
            seed: 0,
            from: 0,
            to: 2 * WEEK,
            tracks: vec![track("in", Some(20 * DAY)), track("out", None)],
            events: vec![event(Wrong::Drop, 10_000, 16_000), event(Wrong::Modest, 50_000, 60_000)],
        }
    }

    #[test]
    fn an_event_is_found_in_one_direction_and_an_alert_far_from_events_is_false() {
        let firing = BTreeMap::from([
            (place("in"), BTreeSet::from([10_600, 10_900, 30_000, 30_300, 90_000])),
            (place("out"), BTreeSet::from([17_000])),
        ]);
        let found = anomalies(&truth(), &firing, 0);
        assert_eq!(found.by_kind, [(Wrong::Drop, (1, 1)), (Wrong::Modest, (1, 0))].into());
        assert_eq!(
            (found.false_episodes, found.track_weeks, found.delays.as_slice()),
            (2, 4.0, [600].as_slice())
        );
        assert_eq!((found.recall(None), found.recall(Some(Wrong::Modest))), (0.5, 1.0));
        assert_eq!(anomalies(&truth(), &firing, 40_000).false_episodes, 1, "only what is asked for");
    }

    #[test]
    fn an_export_is_read_and_its_bands_come_together() {
        let line = |severity: &str, at: u64| {
            format!(
                r#"{{"metric":{{"device":"r1","if_name":"a","direction":"in","severity":"{severity}"}},"values":[1,null],"timestamps":[{at}000,7]}}"#
            )
        };
        let samples = read(&format!("{}\n{}\n", line("high", 200), line("medium", 100))).unwrap();
        assert_eq!(samples, [(place("in"), vec![(100, 1.0), (200, 1.0)])].into());
        assert_eq!(above(&samples, 0.5)[&place("in")].len(), 2);
        assert!(read("{").unwrap_err().starts_with("line 1: "));
    }

    #[test]
    fn forecasts_are_judged_day_by_day() {
        let days =
            Samples::from([(place("in"), (0..14).map(|day| (day * DAY, 22.0 - day as f64)).collect())]);
        let alerts = Samples::from([
            (place("in"), (10..14).map(|day| (day * DAY, 1.0)).collect()),
            (place("out"), vec![(3 * DAY, 1.0)]),
        ]);
        let score = forecasts(&truth(), &alerts, &days, 0, 12);
        // Due from day 8 on, said from day 10 on, two days off.
        assert_eq!((score.due, score.not_due, score.tracks), ((6, 4), (22, 1), (1, 1)));
        assert_eq!(quantile(&score.errors, 0.5), 2.0);
    }
}
