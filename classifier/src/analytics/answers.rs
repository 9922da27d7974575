//! Answers to the API's questions, by interface, direction and figure. Pure.

use std::collections::{BTreeMap, HashMap};

use super::decode::{self, Row, Wrong};
use crate::timestamp::Timestamp;

/// Which way traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Received.
    In,
    /// Sent.
    Out,
    /// Both, or no matter.
    Any,
}

impl Way {
    fn of(word: &str) -> Self {
        match word {
            "in" => Self::In,
            "out" => Self::Out,
            _ => Self::Any,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::In => Some("in"),
            Self::Out => Some("out"),
            Self::Any => None,
        }
    }
}

/// What there is of one interface: values with their moments, by direction and figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(BTreeMap<(Way, String), Vec<(f64, f64)>>);

/// Figures by their names. One that is not known is none.
pub type Told = BTreeMap<&'static str, Option<f64>>;

impl Figures {
    /// The newest value of a figure.
    pub fn value(&self, way: Way, figure: &str) -> Option<f64> {
        self.values(way, figure).last().map(|(_, value)| *value)
    }

    fn values(&self, way: Way, figure: &str) -> &[(f64, f64)] {
        self.0.get(&(way, figure.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// The newest values of these figures.
    pub fn told(&self, way: Way, figures: &[&'static str]) -> Told {
        figures.iter().map(|figure| (*figure, self.value(way, figure))).collect()
    }

    /// These figures at each moment that any of them has a value of: inbound and outbound.
    pub fn points(&self, figures: &[&'static str]) -> Vec<(Timestamp, Told, Told)> {
        let mut points: BTreeMap<i64, [Told; 2]> = BTreeMap::new();
        let none: Told = figures.iter().map(|figure| (*figure, None)).collect();
        for (place, way) in [Way::In, Way::Out].into_iter().enumerate() {
            for figure in figures {
                for (at, value) in self.values(way, figure) {
                    let point = points.entry(*at as i64).or_insert_with(|| [none.clone(), none.clone()]);
                    if let Some(told) = point.get_mut(place) {
                        told.insert(figure, Some(*value));
                    }
                }
            }
        }
        let point = |(at, [inbound, outbound]): (i64, [Told; 2])| {
            (Timestamp::from_millis(at.saturating_mul(1000)), inbound, outbound)
        };
        points.into_iter().map(point).collect()
    }

    /// From when to when a figure was off nought by more than so much either way, with the worst it was. Points are that far
    /// apart; a gap of one is forgiven.
    pub fn episodes(&self, way: Way, figure: &str, least: f64, apart: f64) -> Vec<Episode> {
        let mut found: Vec<Episode> = Vec::new();
        for (at, value) in self.values(way, figure).iter().filter(|(_, value)| value.abs() > least) {
            let moment = Timestamp::from_millis((at * 1000.0) as i64);
            match found.last_mut() {
                Some(last) if at - last.until.as_seconds() <= 2.0 * apart => {
                    last.until = moment;
                    if value.abs() > last.worst.abs() {
                        last.worst = *value;
                    }
                }
                _ => found.push(Episode { from: moment, until: moment, worst: *value }),
            }
        }
        found
    }
}

/// A time over which something was off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The first moment.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
    /// The worst value.
    pub worst: f64,
}

/// Figures by device and interface.
#[derive(Debug, Default)]
pub struct Answers(HashMap<String, HashMap<String, Figures>>);

/// A row of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The device.
    pub device: String,
    /// The interface's name.
    pub if_name: String,
    /// Its direction.
    pub way: Way,
    /// The value.
    pub value: f64,
}

impl Answers {
    /// Reads an answer whose rows are figures of interfaces. `wanted` says which are kept.
    ///
    /// # Errors
    /// It is none.
    pub fn figures(body: &[u8], wanted: impl Fn(&str, &str) -> bool) -> Result<Self, Wrong> {
        let mut new = Self::default();
        decode::rows(body, |Row { labels, values }| {
            if values.is_empty() || !wanted(&labels.device, &labels.if_name) {
                return;
            }
            let device = new.0.entry(labels.device.into_owned()).or_default();
            let figures = device.entry(labels.if_name.into_owned()).or_default();
            figures.0.insert((Way::of(&labels.direction), labels.figure.into_owned()), values);
        })?;
        Ok(new)
    }

    /// Reads an answer whose rows are a ranking, the highest first.
    ///
    /// # Errors
    /// It is none.
    pub fn ranking(body: &[u8]) -> Result<Vec<Ranked>, Wrong> {
        let mut rows = Vec::new();
        decode::rows(body, |Row { labels, values }| {
            let Some((_, value)) = values.last() else { return };
            let (device, if_name) = (labels.device.into_owned(), labels.if_name.into_owned());
            rows.push(Ranked { device, if_name, way: Way::of(&labels.direction), value: *value });
        })?;
        rows.sort_by(|a, b| {
            b.value.total_cmp(&a.value).then_with(|| (&a.device, &a.if_name).cmp(&(&b.device, &b.if_name)))
        });
        Ok(rows)
    }

    /// What there is of an interface.
    pub fn of(&self, device: &str, if_name: &str) -> Option<&Figures> {
        self.0.get(device)?.get(if_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[(&str, &str, &str)]) -> String {
        let row = |(direction, figure, values): &(&str, &str, &str)| {
            format!(
                "{{\"metric\":{{\"device\":\"r1\",\"if_name\":\"Gi1\",\"direction\":\"{direction}\",\"figure\":\"{figure}\"}},\"values\":[{values}]}}"
            )
        };
        let rows: Vec<String> = rows.iter().map(row).collect();
        format!("{{\"status\":\"success\",\"data\":{{\"result\":[{}]}}}}", rows.join(","))
    }

    #[test]
    fn points_have_all_figures_of_both_directions() {
        let body = matrix(&[
            ("in", "a", "[300,\"1\"],[600,\"2\"]"),
            ("out", "a", "[600,\"3\"]"),
            ("in", "b", "[900,\"4\"]"),
        ]);
        let answers = Answers::figures(body.as_bytes(), |_, _| true).unwrap();
        let figures = answers.of("r1", "Gi1").unwrap();
        assert_eq!((figures.value(Way::In, "a"), figures.value(Way::Out, "b")), (Some(2.0), None));
        let points = figures.points(&["a", "b"]);
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let told = |a, b| Told::from([("a", a), ("b", b)]);
        assert_eq!(
            points,
            [
                (at(300), told(Some(1.0), None), told(None, None)),
                (at(600), told(Some(2.0), None), told(Some(3.0), None)),
                (at(900), told(None, Some(4.0)), told(None, None)),
            ]
        );
        assert!(
            Answers::figures(body.as_bytes(), |_, name| name == "Gi2").unwrap().of("r1", "Gi1").is_none()
        );
    }

    #[test]
    fn episodes_begin_and_end() {
        let body = matrix(&[(
            "in",
            "d",
            "[0,\"0\"],[300,\"4\"],[600,\"-6\"],[900,\"0\"],[1200,\"3.5\"],[3000,\"3.1\"],[3300,\"3\"]",
        )]);
        let answers = Answers::figures(body.as_bytes(), |_, _| true).unwrap();
        let found = answers.of("r1", "Gi1").unwrap().episodes(Way::In, "d", 3.0, 300.0);
        let short: Vec<_> =
            found.iter().map(|one| (one.from.as_seconds(), one.until.as_seconds(), one.worst)).collect();
        assert_eq!(short, [(300.0, 1200.0, -6.0), (3000.0, 3000.0, 3.1)]);
    }

    #[test]
    fn rankings_are_sorted() {
        let body = r#"{"status":"success","data":{"result":[{"metric":{"device":"a","if_name":"1"},"value":[1,"2"]},
            {"metric":{"device":"b","if_name":"2","direction":"out"},"value":[1,"9"]},{"metric":{"device":"c"},"value":[1,"NaN"]}]}}"#;
        let rows = Answers::ranking(body.as_bytes()).unwrap();
        let short: Vec<_> = rows.iter().map(|row| (row.device.as_str(), row.way, row.value)).collect();
        assert_eq!(short, [("b", Way::Out, 9.0), ("a", Way::Any, 2.0)]);
    }
}
