//! What the API asks the series, in PromQL that VictoriaMetrics and Prometheus both understand. Pure.
//!
//! Each is one question whatever the size of the fleet, and its answer has a bound: `topk`, or the interfaces that are named.
//! All series are those that alerting-rules/ record, but for the bandwidth of this minute, which is that of the counters.

use super::promql::{among, newest, series, union};
use super::range::Range;
use super::summary::Figure;

/// Which part of the fleet is meant, by the labels of `interface:info`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(pub Vec<String>);

impl Scope {
    /// Only what has one of these values of a label. None: whatever it has.
    #[must_use]
    pub fn with<T: AsRef<str>>(mut self, label: &str, values: &[T]) -> Self {
        if !values.is_empty() {
            self.0.push(among(label, values));
        }
        self
    }

    /// A question, about this part only.
    fn of(&self, question: &str) -> String {
        if self.0.is_empty() {
            return question.to_owned();
        }
        format!(
            "({question}) and on (device, if_name) last_over_time({}[10m])",
            series("interface:info", &self.0)
        )
    }
}

/// What interfaces can be ranked by.
#[derive(Debug, Clone, Copy)]
pub struct Ranking {
    /// Its name in requests.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: &'static str,
    series: &'static str,
    window: &'static str,
    /// The nearest that the database knows.
    pub known: Figure,
}

/// All of them.
pub const RANKINGS: [Ranking; 12] = {
    const NOW: &str = "9m";
    const DAY: &str = "130m";
    const fn by(
        name: &'static str,
        unit: &'static str,
        series: &'static str,
        window: &'static str,
        known: Figure,
    ) -> Ranking {
        Ranking { name, unit, series, window, known }
    }
    [
        by("traffic", "bits/s", "interface:traffic_bps:rate5m", NOW, Figure::Average),
        by("utilisation", "share", "interface:utilisation:ratio5m", NOW, Figure::Utilisation),
        by("errors", "packets/s", "interface:errors:rate5m", NOW, Figure::Errors),
        by("discards", "packets/s", "interface:discards:rate5m", NOW, Figure::Discards),
        by("traffic_1d", "bits/s", "interface:traffic_bps:avg1d", DAY, Figure::Average),
        by("peak_1d", "bits/s", "interface:traffic_bps:max1d", DAY, Figure::Peak),
        by("busy_1d", "bits/s", "interface:traffic_bps:p95_1d", DAY, Figure::Busy),
        by("bytes_1d", "octets", "interface:traffic_bytes:sum1d", DAY, Figure::Bytes),
        by("utilisation_1d", "share", "interface:utilisation:avg1d", DAY, Figure::Utilisation),
        by("utilisation_peak_1d", "share", "interface:utilisation:max1d", DAY, Figure::UtilisationPeak),
        by("errors_1d", "packets", "interface:errors:sum1d", DAY, Figure::Errors),
        by("discards_1d", "packets", "interface:discards:sum1d", DAY, Figure::Discards),
    ]
};

/// The interfaces with the highest values, that of each direction by itself, or of one.
pub fn top(ranking: &Ranking, direction: Option<&str>, limit: usize, scope: &Scope) -> String {
    let direction: Vec<String> =
        direction.map(|direction| among("direction", &[direction])).into_iter().collect();
    format!("topk({limit}, {})", scope.of(&newest(ranking.series, &direction, ranking.window)))
}

/// The figures of growth: their names here, and their series.
pub const TREND: [(&str, &str); 10] = [
    ("busy_bps", "interface:traffic_bps:p95_7d"),
    ("level_bps", "interface:traffic_bps:trend_level"),
    ("bps_per_day", "interface:traffic_bps:trend_per_day"),
    ("growth_weekly", "interface:traffic_bps:growth_weekly"),
    ("straightness", "interface:traffic_bps:trend_r2"),
    ("steady", "interface:traffic_bps:trend_steady"),
    ("days_to_80pct", "interface:capacity:days_to_80pct"),
    ("days_to_100pct", "interface:capacity:days_to_100pct"),
    ("predicted_utilisation_30d", "interface:utilisation:predicted_30d"),
    ("confidence", "interface:capacity:forecast_confidence"),
];

/// Growth is recorded every six hours; one evaluation may be missed.
const TRENDS: &str = "13h";

/// How interfaces grow.
pub fn trend(matchers: &[String]) -> String {
    union(&TREND.map(|(figure, name)| (figure, newest(name, matchers, TRENDS))))
}

/// The interfaces that grow most: by a share of themselves a week, or by bits a second a day.
pub fn growing(by_share: bool, limit: usize, scope: &Scope) -> String {
    let name =
        if by_share { "interface:traffic_bps:growth_weekly" } else { "interface:traffic_bps:trend_per_day" };
    format!("topk({limit}, max by (device, if_name) ({}))", scope.of(&newest(name, &[], TRENDS)))
}

/// The interfaces that will be at 80 % of their speed within so many days, as far as that is known with a confidence.
pub fn filling(within: i64, confidence: f64, scope: &Scope) -> String {
    let soon = format!(
        "{} <= {within} and {} >= {confidence}",
        newest("interface:capacity:days_to_80pct", &[], TRENDS),
        newest("interface:capacity:forecast_confidence", &[], TRENDS)
    );
    format!("min by (device, if_name) ({})", scope.of(&soon))
}

/// The interfaces that have been off their baselines by more than so many sigmas in the last 20 minutes, as their alerts have it.
pub fn deviating(sigmas: f64, scope: &Scope) -> String {
    let worst =
        "max by (device, if_name, direction) (max_over_time(abs(interface:traffic_bps:deviation)[20m:5m]))";
    scope.of(&format!("{worst} > {sigmas}"))
}

/// The interfaces whose traffic has collapsed, by its alert.
pub fn collapsed(scope: &Scope) -> String {
    let alert = [among("alertname", &["InterfaceTrafficCollapse"]), among("alertstate", &["firing"])];
    scope.of(&newest("ALERTS", &alert, "9m"))
}

/// The figures of a baseline as it is now: their names here, their series, and the windows in which they are recorded.
pub const BASELINE: [(&str, &str, &str); 10] = [
    ("traffic_bps", "interface:traffic_bps:rate5m", "9m"),
    ("level_bps", "interface:traffic_bps:baseline_level", "20m"),
    ("sigma_bps", "interface:traffic_bps:baseline_sigma", "20m"),
    ("stddev_bps", "interface:traffic_bps:baseline_stddev", "20m"),
    ("weeks", "interface:traffic_bps:baseline_weeks", "20m"),
    ("samples", "interface:traffic_bps:baseline_samples", "20m"),
    ("confidence", "interface:traffic_bps:baseline_confidence", "20m"),
    ("zscore", "interface:traffic_bps:zscore", "9m"),
    ("zscore_hour", "interface:traffic_bps:zscore_hour", "20m"),
    ("deviation", "interface:traffic_bps:deviation", "9m"),
];

/// How it stands with interfaces and their baselines now.
pub fn baseline(matchers: &[String]) -> String {
    union(&BASELINE.map(|(figure, name, window)| (figure, newest(name, matchers, window))))
}

/// Traffic beside its baseline, over a stretch of time.
pub fn baseline_over(range: &Range, matchers: &[String]) -> String {
    let step = range.window();
    // Baselines move on every quarter of an hour.
    let window = if range.step.as_secs() < 1200 { "20m" } else { &step };
    union(&[
        ("traffic_bps", over("avg", "interface:traffic_bps:rate5m", matchers, &step)),
        ("level_bps", newest("interface:traffic_bps:baseline_level", matchers, window)),
        ("sigma_bps", newest("interface:traffic_bps:baseline_sigma", matchers, window)),
        (
            "deviation",
            newest(
                "interface:traffic_bps:deviation",
                matchers,
                if range.step.as_secs() < 540 { "9m" } else { &step },
            ),
        ),
    ])
}

/// What interfaces carried, over a stretch of time: averages of each step, and the most of five minutes in it.
pub fn history(range: &Range, matchers: &[String]) -> String {
    let step = range.window();
    union(&[
        ("avg_bps", over("avg", "interface:traffic_bps:rate5m", matchers, &step)),
        ("max_bps", over("max", "interface:traffic_bps:rate5m", matchers, &step)),
        ("utilisation", over("avg", "interface:utilisation:ratio5m", matchers, &step)),
        ("errors_per_second", over("avg", "interface:errors:rate5m", matchers, &step)),
        ("discards_per_second", over("avg", "interface:discards:rate5m", matchers, &step)),
    ])
}

fn over(what: &str, name: &str, matchers: &[String], window: &str) -> String {
    format!("max by (device, if_name, direction) ({what}_over_time({}[{window}]))", series(name, matchers))
}

/// The window of the bandwidth of now: two scrapes, and one may be missed, where devices are scraped every minute.
pub const REALTIME: &str = "3m";

/// What interfaces carry just now, by their counters, in bits a second.
pub fn bandwidth(matchers: &[String]) -> String {
    let rate = |name| format!("max by (device, if_name) (rate({}[{REALTIME}])) * 8", series(name, matchers));
    union(&[("in", rate("interface_if_hc_in_octets")), ("out", rate("interface_if_hc_out_octets"))])
}

/// So many rows of a question at the most: those with the highest values, or the lowest.
pub fn first(limit: usize, highest: bool, question: &str) -> String {
    format!("{}({limit}, {question})", if highest { "topk" } else { "bottomk" })
}

/// How many rows a question has.
pub fn count(question: &str) -> String {
    format!("count({question})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    #[test]
    fn a_part_of_the_fleet_is_named_by_labels() {
        let scope = Scope::default()
            .with("site", &["rustavi", "a|b"])
            .with("isp_provider", &[""])
            .with::<&str>("role", &[]);
        assert_eq!(
            top(&RANKINGS[0], Some("in"), 5, &scope),
            "topk(5, (max by (device, if_name, direction) (last_over_time(interface:traffic_bps:rate5m{direction=\"in\"}[9m]))) \
             and on (device, if_name) last_over_time(interface:info{site=~\"rustavi|a\\\\|b\",isp_provider=\"\"}[10m]))"
        );
        assert_eq!(
            top(&RANKINGS[0], None, 1, &Scope::default()),
            "topk(1, max by (device, if_name, direction) (last_over_time(interface:traffic_bps:rate5m[9m])))"
        );
    }

    #[test]
    fn windows_are_never_shorter_than_what_is_recorded_in_them() {
        for (_, seconds) in crate::analytics::range::LENGTHS {
            let range = Range::up_to(Timestamp::from_millis(1_795_384_690_123), seconds);
            let question = baseline_over(&range, &[]);
            assert!(
                !question.contains("baseline_level[300s]") && !question.contains("deviation[300s]"),
                "{question}"
            );
        }
    }
}
