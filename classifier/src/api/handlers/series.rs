//! How handlers ask the series, and what is said where these do not answer.

use std::collections::HashSet;

use hyper::body::Bytes;

use crate::analytics::answers::{Answers, Ranked};
use crate::analytics::client::{Client, REQUEST};
use crate::analytics::decode::Wrong;
use crate::analytics::error::MetricsError;
use crate::analytics::promql::among;
use crate::analytics::questions::Scope;
use crate::analytics::range::{LENGTHS, Range};
use crate::api::parameters::{Given, Kind, Parameter};
use crate::api::problem::{Problem, Reason};
use crate::api::shape::{Known, SummaryRow, if_name};
use crate::api::snapshot::{Row, Snapshot};
use crate::api::{Api, now};
use crate::kind::InterfaceType;
use crate::store::Summaries;
use crate::timestamp::Timestamp;

/// Which part of the fleet is meant.
pub const SCOPE: [Parameter; 5] = [
    Parameter { name: "site", kind: Kind::Texts, what: "Of devices with these labels `site`" },
    Parameter { name: "role", kind: Kind::Texts, what: "Of devices with these labels `role`" },
    Parameter { name: "interface_type", kind: Kind::Words(types), what: "Of these types" },
    Parameter {
        name: "isp_provider",
        kind: Kind::Texts,
        what: "Lines of these providers; `none`: of no provider",
    },
    Parameter { name: "is_critical", kind: Kind::Flag, what: "Critical ones, or the others" },
];

fn types() -> Vec<&'static str> {
    InterfaceType::ALL.map(InterfaceType::as_str).to_vec()
}

/// The part that is asked for.
pub fn scope(given: &Given) -> Scope {
    let providers: Vec<&str> = given.texts("isp_provider");
    let providers: Vec<&str> =
        providers.into_iter().map(|name| if name == "none" { "" } else { name }).collect();
    let critical: Vec<String> =
        given.flag("is_critical").map(|critical| critical.to_string()).into_iter().collect();
    Scope::default()
        .with("site", &given.texts("site"))
        .with("role", &given.texts("role"))
        .with("interface_type", &given.texts("interface_type"))
        .with("isp_provider", &providers)
        .with("is_critical", &critical)
}

/// A stretch of time.
pub const OVER: [Parameter; 2] = [
    Parameter { name: "range", kind: Kind::Word(lengths), what: "So long; 24h without it" },
    Parameter { name: "until", kind: Kind::Moment, what: "Up to then; up to now without it" },
];

fn lengths() -> Vec<&'static str> {
    LENGTHS.map(|(word, _)| word).to_vec()
}

/// The stretch that is asked for.
pub fn over(given: &Given) -> Range {
    let word = given.text("range").unwrap_or("24h");
    let seconds = LENGTHS.iter().find(|(known, _)| *known == word).map_or(86_400, |(_, seconds)| *seconds);
    let last = now();
    Range::up_to(given.moment("until").unwrap_or(last).clamp(Timestamp::from_millis(0), last), seconds)
}

/// How many are wanted.
pub const LIMIT: Parameter =
    Parameter { name: "limit", kind: Kind::Number(1, 200, Some(20)), what: "So many at the most" };

/// Matchers for these interfaces, and others perhaps that have the name of one on the device of another.
pub fn matchers(interfaces: &[(String, String)]) -> Vec<String> {
    let unique = |mut names: Vec<String>| {
        names.sort_unstable();
        names.dedup();
        names
    };
    let (devices, names) = interfaces.iter().cloned().unzip();
    vec![among("device", &unique(devices)), among("if_name", &unique(names))]
}

/// Device and name of each row of a ranking.
pub fn ranked(rows: &[Ranked]) -> Vec<(String, String)> {
    rows.iter().map(|row| (row.device.clone(), row.if_name.clone())).collect()
}

/// Device and name of interfaces.
pub fn names<'r>(snapshot: &Snapshot, rows: impl IntoIterator<Item = &'r Row>) -> Vec<(String, String)> {
    let name = |row: &Row| {
        let device = snapshot.device_of(row)?;
        Some((device.head.facts.name.clone(), if_name(&row.interface.facts).into_owned()))
    };
    rows.into_iter().filter_map(name).collect()
}

/// The series, as a request asks them: all questions are about one moment.
pub struct Series<'a> {
    api: &'a Api,
    snapshot: &'a Snapshot,
    client: &'a Client,
    /// The moment.
    pub at: Timestamp,
    /// What the database is asked for where the series do not answer.
    instead: Summaries,
}

/// What is not answered by the series, or by nobody.
type Asked<T> = Result<T, Problem>;

impl<'a> Series<'a> {
    /// The series of this program.
    ///
    /// # Errors
    /// No flag says where they are.
    pub fn of(api: &'a Api, snapshot: &'a Snapshot, instead: Summaries) -> Asked<Self> {
        let disabled = || {
            let message = "no flag says where series are asked for";
            Problem::new(Reason::MetricsDisabled, message).expected("--metrics.url=http://127.0.0.1:8428")
        };
        let client = api.series.as_deref().ok_or_else(disabled)?;
        Ok(Self { api, snapshot, client, at: now(), instead })
    }

    /// Figures of these interfaces.
    pub async fn figures(&self, question: &str, of: &[(String, String)]) -> Asked<Answers> {
        let body = self.client.instant(question, self.at, REQUEST).await;
        self.read(body, |body| figures(body, of)).await
    }

    /// Figures of these interfaces over a stretch of time.
    pub async fn figures_over(
        &self,
        question: &str,
        range: &Range,
        of: &[(String, String)],
    ) -> Asked<Answers> {
        let body = self.client.range(question, range, REQUEST).await;
        self.read(body, |body| figures(body, of)).await
    }

    /// A ranking, the highest first.
    pub async fn ranking(&self, question: &str) -> Asked<Vec<Ranked>> {
        let body = self.client.instant(question, self.at, REQUEST).await;
        self.read(body, Answers::ranking).await
    }

    /// A number; nought where there is nothing to count.
    pub async fn number(&self, question: &str) -> Asked<f64> {
        Ok(self.ranking(question).await?.first().map_or(0.0, |row| row.value))
    }

    async fn read<T>(
        &self,
        body: Result<Bytes, MetricsError>,
        read: impl FnOnce(&[u8]) -> Result<T, Wrong>,
    ) -> Asked<T> {
        let answer = body.and_then(|body| read(&body).map_err(|wrong| self.client.wrong(wrong)));
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.unanswered(&error).await),
        }
    }

    /// What is said where the series are not answered, with what the database has.
    async fn unanswered(&self, error: &MetricsError) -> Problem {
        let problem = Problem::metrics(error);
        let instead = self.instead.clone();
        match self.api.ask("", move |store| store.summaries(&instead)).await {
            Ok(summaries) => {
                let rows = summaries.iter().filter_map(|summary| SummaryRow::of(self.snapshot, summary));
                let known = Known { summaries: rows.collect() };
                match serde_json::to_value(&known) {
                    Ok(known) => problem.known(known),
                    Err(_) => problem,
                }
            }
            // Both are away: the series are what was asked for.
            Err(_) => problem,
        }
    }
}

/// Figures of these interfaces and no others.
fn figures(body: &[u8], of: &[(String, String)]) -> Result<Answers, Wrong> {
    let wanted: HashSet<(&str, &str)> =
        of.iter().map(|(device, name)| (device.as_str(), name.as_str())).collect();
    Answers::figures(body, |device, name| wanted.contains(&(device, name)))
}
