//! Limits as assertions: `p50<=120ms`.

use std::str::FromStr;

use super::report::{Report, Unit, written};

/// What must hold of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    text: String,
    name: String,
    relation: Relation,
    limit: f64,
    unit: Option<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    AtMost,
    AtLeast,
    Below,
    Above,
    Equal,
}

/// Longer signs first, so that `<=` is not taken for `<`.
const RELATIONS: [(&str, Relation); 5] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("==", Relation::Equal),
    ("<", Relation::Below),
    (">", Relation::Above),
];

const UNITS: [(&str, f64, Unit); 10] = [
    ("us", 1e-6, Unit::Seconds),
    ("ms", 1e-3, Unit::Seconds),
    ("KiB", 1024.0, Unit::Octets),
    ("MiB", 1_048_576.0, Unit::Octets),
    ("GiB", 1_073_741_824.0, Unit::Octets),
    ("kB", 1e3, Unit::Octets),
    ("MB", 1e6, Unit::Octets),
    ("B", 1.0, Unit::Octets),
    ("%", 0.01, Unit::Share),
    ("s", 1.0, Unit::Seconds),
];

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hint = || "use NAME<=VALUE, like packets<=45, p50<=120ms, rss<=30MiB or ok>=100%".to_owned();
        let (sign, relation) =
            RELATIONS.into_iter().find(|(sign, _)| text.contains(sign)).ok_or_else(hint)?;
        let (name, value) = text.split_once(sign).ok_or_else(hint)?;
        let value = value.trim();
        let suffixed = UNITS
            .iter()
            .find_map(|(suffix, factor, unit)| Some((value.strip_suffix(suffix)?, *factor, *unit)));
        let (digits, factor, unit) = match suffixed {
            Some((digits, factor, unit)) => (digits, factor, Some(unit)),
            None => (value, 1.0, None),
        };
        let limit: f64 = digits.trim().parse().map_err(|_| hint())?;
        Ok(Self {
            text: text.to_owned(),
            name: name.trim().to_owned(),
            relation,
            limit: limit * factor,
            unit,
        })
    }
}

impl Expectation {
    /// Ok if it holds, else a line that says why not.
    pub fn check(&self, report: &Report) -> Result<(), String> {
        let Some(measure) = report.get(&self.name) else {
            let names: Vec<&str> = report.names().collect();
            return Err(format!(
                "expected {}, but there is no {:?}; there are {}",
                self.text,
                self.name,
                names.join(", ")
            ));
        };
        if self.unit.is_some_and(|unit| unit != measure.unit) {
            return Err(format!("expected {}, but {} is not measured in that unit", self.text, self.name));
        }
        let Some(value) = measure.value else {
            return Err(format!("expected {}, but {} could not be measured", self.text, self.name));
        };
        let holds = match self.relation {
            Relation::AtMost => value <= self.limit,
            Relation::AtLeast => value >= self.limit,
            Relation::Below => value < self.limit,
            Relation::Above => value > self.limit,
            Relation::Equal => value == self.limit,
        };
        if holds {
            Ok(())
        } else {
            Err(format!("expected {}, but it is {}", self.text, written(value, measure.unit)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exporter::Used;
    use super::super::load::{Outcome, Sample};
    use super::*;
    use ward_lab::Stats;

    fn report() -> Report {
        let agent = Stats { requests: 40, ..Stats::default() };
        let sample = Sample { seconds: 0.1, outcome: Ok(200), body_bytes: 5, series: Some(1), agent };
        let used = Used { seconds: 1.0, peak: Some(20 << 20), ..Used::default() };
        Report::new(&Outcome { samples: vec![sample], skipped: 0 }, &used)
    }

    #[test]
    fn limits_hold_or_say_why_not() {
        let rows = [
            ("packets<=45", Ok(())),
            ("packets == 40", Ok(())),
            ("p50<=120ms", Ok(())),
            ("p50<0.2", Ok(())),
            ("rss<=30MiB", Ok(())),
            ("ok>=100%", Ok(())),
            ("packets<40", Err("expected packets<40, but it is 40")),
            ("p99<=50ms", Err("expected p99<=50ms, but it is 100.00 ms")),
            ("rss<=1MB", Err("expected rss<=1MB, but it is 20.0 MiB")),
            ("packets<=45ms", Err("expected packets<=45ms, but packets is not measured in that unit")),
            ("cpu<=1.5", Err("expected cpu<=1.5, but cpu could not be measured")),
        ];
        for (text, wanted) in rows {
            let expectation: Expectation = text.parse().unwrap();
            assert_eq!(expectation.check(&report()), wanted.map_err(str::to_owned), "{text}");
        }
        let unknown = "latency<1".parse::<Expectation>().unwrap().check(&report()).unwrap_err();
        assert!(
            unknown.starts_with("expected latency<1, but there is no \"latency\"; there are scrapes, ok,")
        );
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["packets", "packets<=", "p50<=fast", "<=5 ms x"] {
            assert!(text.parse::<Expectation>().is_err(), "{text}");
        }
    }
}
