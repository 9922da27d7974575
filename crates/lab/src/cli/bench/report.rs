//! What the scrapes cost: numbers by name, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::exporter::Used;
use super::load::{Outcome, Sample};

/// What a number counts, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds; people get milliseconds.
    Seconds,
    /// Octets.
    Octets,
    /// A share of 1; people get per cent.
    Share,
}

/// One number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Its name, in JSON and in expectations.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The number, in the unit; none where it could not be measured.
    pub value: Option<f64>,
    /// What it says.
    pub meaning: &'static str,
}

/// All numbers of a run.
#[derive(Debug, Clone)]
pub struct Report {
    measures: Vec<Measure>,
    statuses: BTreeMap<String, usize>,
    last_bad_request: Option<String>,
}

/// What was measured, to be told with the result.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// How many devices.
    pub devices: usize,
    /// How many interfaces each has, on average.
    pub interfaces: f64,
    /// Their round trip.
    pub delay: Duration,
    /// The share of requests they lose.
    pub loss: f64,
    /// Scrapes at a time, in a closed loop.
    pub concurrency: usize,
    /// The time between two scrapes of a device, in an open loop.
    pub interval: Option<Duration>,
    /// Whether bodies were compressed.
    pub gzip: bool,
}

impl Report {
    /// Works the numbers out.
    pub fn new(outcome: &Outcome, used: &Used) -> Self {
        let samples = outcome.samples.as_slice();
        let count = samples.len() as f64;
        let mut times: Vec<f64> = samples.iter().map(|sample| sample.seconds).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| percentile(&times, share);
        let mean = |number: &dyn Fn(&Sample) -> f64| average(samples.iter().map(number));
        let most = |number: &dyn Fn(&Sample) -> f64| samples.iter().map(number).max_by(f64::total_cmp);
        let sum = |number: &dyn Fn(&Sample) -> u64| Some(samples.iter().map(number).sum::<u64>() as f64);
        let succeeded = samples.iter().filter(|sample| sample.outcome == Ok(200)).count() as f64;
        let packets = |sample: &Sample| sample.agent.requests as f64;
        let series = average(samples.iter().filter_map(|sample| sample.series).map(|series| series as f64));
        use Unit::{Count, Octets, Seconds, Share};
        let rows: [(&str, Unit, Option<f64>, &str); 27] = [
            ("scrapes", Count, Some(count), "scrapes made"),
            ("ok", Share, (count > 0.0).then(|| succeeded / count), "scrapes answered with 200"),
            (
                "skipped",
                Count,
                Some(outcome.skipped as f64),
                "scrapes left out, the device's last was not done",
            ),
            ("scrapes_per_second", Count, Some(count / used.seconds), "scrapes per second"),
            ("p50", Seconds, at(0.5), "time of a scrape, median"),
            ("p90", Seconds, at(0.9), "time of a scrape, 90th percentile"),
            ("p99", Seconds, at(0.99), "time of a scrape, 99th percentile"),
            ("max", Seconds, at(1.0), "time of a scrape, longest"),
            ("min", Seconds, at(0.0), "time of a scrape, shortest"),
            ("mean", Seconds, mean(&|sample| sample.seconds), "time of a scrape, average"),
            ("packets", Count, mean(&packets), "requests per scrape"),
            ("packets_max", Count, most(&packets), "requests per scrape, most"),
            ("varbinds", Count, mean(&|sample| sample.agent.varbinds as f64), "varbinds answered per scrape"),
            (
                "rounds",
                Count,
                mean(&|sample| sample.agent.rounds as f64),
                "requests one after another (needs a --delay)",
            ),
            ("rounds_max", Count, most(&|sample| sample.agent.rounds as f64), "the same, most"),
            ("wire_bytes", Octets, mean(&|sample| wire(sample)), "UDP payload per scrape, both ways"),
            (
                "outstanding",
                Count,
                most(&|sample| sample.agent.max_outstanding as f64),
                "requests open at one agent, most",
            ),
            ("lost", Count, sum(&|sample| sample.agent.lost), "requests lost on purpose"),
            ("bad_requests", Count, sum(&|sample| sample.agent.bad_requests), "requests that were wrong"),
            ("series", Count, series, "series per scrape"),
            ("body_bytes", Octets, mean(&|sample| sample.body_bytes as f64), "body of a scrape"),
            (
                "cpu",
                Seconds,
                used.exporter.map(|cpu| cpu / count * 1000.0),
                "exporter's CPU for 1000 scrapes",
            ),
            ("cores", Count, used.exporter.map(|cpu| cpu / used.seconds), "exporter's CPU, cores"),
            ("rss", Octets, used.peak.map(|octets| octets as f64), "exporter's memory, peak"),
            ("own_cores", Count, used.own.map(|cpu| cpu / used.seconds), "CPU of agents and clients, cores"),
            (
                "other_cores",
                Count,
                used.others.map(|cpu| cpu / used.seconds),
                "CPU of everything else, cores",
            ),
            ("seconds", Seconds, Some(used.seconds), "time of the measurement"),
        ];
        let measures = rows.map(|(name, unit, value, meaning)| Measure {
            name,
            unit,
            value: value.filter(|value| value.is_finite()),
            meaning,
        });
        let mut statuses = BTreeMap::new();
        for sample in samples {
            let status = sample.outcome.map_or_else(str::to_owned, |status| status.to_string());
            *statuses.entry(status).or_insert(0) += 1;
        }
        let last_bad_request = samples.iter().rev().find_map(|sample| sample.agent.last_bad.clone());
        Self { measures: measures.into(), statuses, last_bad_request }
    }

    /// The number of this name.
    pub fn get(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.measures.iter().map(|measure| measure.name)
    }

    /// For people.
    pub fn table(&self, setting: &Setting) -> String {
        let mut text = format!("{setting}\n");
        for measure in &self.measures {
            let value = measure.value.map_or_else(|| "-".to_owned(), |value| written(value, measure.unit));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:<20}{value:>14}   {}", measure.name, measure.meaning);
        }
        let statuses: Vec<String> =
            self.statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let _ = writeln!(text, "statuses            {}", statuses.join(", "));
        if let Some(reason) = &self.last_bad_request {
            let _ = writeln!(text, "last bad request    {reason}");
        }
        text
    }

    /// For programs: times in seconds, sizes in octets.
    pub fn json(&self, setting: &Setting) -> Value {
        let numbers = self.measures.iter().map(|measure| (measure.name.to_owned(), json!(measure.value)));
        let mut all: Map<String, Value> = numbers.collect();
        all.insert("statuses".to_owned(), json!(self.statuses));
        all.insert("last_bad_request".to_owned(), json!(self.last_bad_request));
        all.insert(
            "setting".to_owned(),
            json!({
                "devices": setting.devices,
                "interfaces": setting.interfaces,
                "delay": setting.delay.as_secs_f64(),
                "loss": setting.loss,
                "concurrency": setting.interval.is_none().then_some(setting.concurrency),
                "interval": setting.interval.map(|interval| interval.as_secs_f64()),
                "gzip": setting.gzip,
            }),
        );
        Value::Object(all)
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} devices × {:.0} interfaces, round trip {:?}",
            self.devices, self.interfaces, self.delay
        )?;
        if self.loss > 0.0 {
            write!(f, ", {:.1} % loss", self.loss * 100.0)?;
        }
        match self.interval {
            Some(interval) => write!(f, ", every {interval:?}")?,
            None => write!(f, ", {} at a time", self.concurrency)?,
        }
        if self.gzip { write!(f, ", gzip") } else { Ok(()) }
    }
}

fn wire(sample: &Sample) -> f64 {
    (sample.agent.bytes_in + sample.agent.bytes_out) as f64
}

fn average(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The smallest value that at least this share of the sorted values do not exceed.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// A number as people read it.
pub fn written(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count if value.fract() == 0.0 => format!("{value:.0}"),
        Unit::Count if value < 10.0 => format!("{value:.3}"),
        Unit::Count => format!("{value:.1}"),
        Unit::Seconds if value < 1.0 => format!("{:.2} ms", value * 1e3),
        Unit::Seconds => format!("{value:.3} s"),
        Unit::Octets if value < 10e3 => format!("{value:.0} B"),
        Unit::Octets if value < 10e6 => format!("{:.1} kB", value / 1e3),
        Unit::Octets => format!("{:.1} MiB", value / f64::from(1 << 20)),
        Unit::Share => format!("{:.2} %", value * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ward_lab::Stats;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<f64> = (1..=10).map(f64::from).collect();
        let found: Vec<_> = [0.0, 0.5, 0.9, 0.99, 1.0].map(|share| percentile(&times, share)).into();
        assert_eq!(found, [1.0, 5.0, 9.0, 10.0, 10.0].map(Some));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn a_run_becomes_numbers() {
        let sample = |seconds, outcome, requests| Sample {
            seconds,
            outcome,
            body_bytes: 100,
            series: Some(7),
            agent: Stats {
                requests,
                bytes_in: 10,
                bytes_out: 20,
                max_outstanding: requests,
                ..Stats::default()
            },
        };
        let outcome = Outcome {
            samples: vec![sample(0.1, Ok(200), 4), sample(0.3, Ok(200), 6), sample(0.2, Err("timeout"), 5)],
            skipped: 1,
        };
        let used = Used { seconds: 2.0, exporter: Some(0.03), peak: Some(10 << 20), ..Used::default() };
        let report = Report::new(&outcome, &used);
        let value = |name: &str| report.get(name).unwrap().value;
        assert_eq!(value("p50"), Some(0.2));
        assert_eq!(value("max"), Some(0.3));
        assert_eq!((value("packets"), value("packets_max")), (Some(5.0), Some(6.0)));
        assert_eq!((value("wire_bytes"), value("outstanding")), (Some(30.0), Some(6.0)));
        assert_eq!(value("ok").map(|share| (share * 3.0).round()), Some(2.0));
        assert_eq!(value("cpu").map(|cpu| cpu.round()), Some(10.0));
        assert_eq!(value("other_cores"), None);
        let setting = Setting {
            devices: 3,
            interfaces: 24.0,
            delay: Duration::from_millis(20),
            loss: 0.01,
            concurrency: 2,
            interval: None,
            gzip: false,
        };
        let table = report.table(&setting);
        assert!(
            table.starts_with("3 devices × 24 interfaces, round trip 20ms, 1.0 % loss, 2 at a time\n"),
            "{table}"
        );
        assert!(
            table.contains("p50                      200.00 ms") && table.contains("200: 2, timeout: 1"),
            "{table}"
        );
        assert_eq!(report.json(&setting)["statuses"]["timeout"], 1);
    }

    #[test]
    fn a_run_without_scrapes_measures_nothing_and_does_not_fail() {
        let report = Report::new(&Outcome::default(), &Used::default());
        assert!(report.get("p50").unwrap().value.is_none() && report.get("cpu").unwrap().value.is_none());
    }
}
