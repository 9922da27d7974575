//! `/analytics/…`: what stands out in the fleet: the busiest interfaces, growth, lines that will be full, anomalies.

use serde::Serialize;
use service::http::Response;

use super::series::{LIMIT, SCOPE, Series, matchers, ranked, scope};
use crate::analytics::answers::{Answers, Figures, Ranked, Told, Way};
use crate::analytics::questions::{self, RANKINGS, TREND};
use crate::analytics::summary::Figure;
use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::shape::Named;
use crate::api::{Api, json};
use crate::store::Summaries;
use crate::timestamp::Timestamp;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/analytics/top",
        id: "listTop",
        summary: "The interfaces with the highest traffic, utilisation, errors or discards: now, or of the last 24 hours",
        query: &[
            &[
                Parameter {
                    name: "by",
                    kind: Kind::Word(rankings),
                    what: "By this figure; `traffic` without it",
                },
                Parameter { name: "direction", kind: Kind::Word(directions), what: "Only this one" },
                LIMIT,
            ],
            &SCOPE,
        ],
        answer: Content::Json(200, "Top"),
        series: true,
        handler: |api, call| Box::pin(top(api, call)),
        ..READ
    },
    Route {
        path: "/analytics/trends",
        id: "listTrends",
        summary: "The interfaces that grow most",
        query: &[
            &[
                Parameter {
                    name: "by",
                    kind: Kind::Word(growths),
                    what: "By a share of themselves a week (`growth_weekly`, also without it), or by bits a second a day",
                },
                LIMIT,
            ],
            &SCOPE,
        ],
        answer: Content::Json(200, "Trends"),
        series: true,
        handler: |api, call| Box::pin(trends(api, call)),
        ..READ
    },
    Route {
        path: "/analytics/capacity",
        id: "getCapacityReport",
        summary: "The interfaces that will be at 80 % of their speed, the soonest first",
        query: &[
            &[
                Parameter {
                    name: "within_days",
                    kind: Kind::Number(0, 3650, Some(90)),
                    what: "Within so many days",
                },
                Parameter {
                    name: "min_confidence",
                    kind: Kind::Share,
                    what: "As far as that is at least so sure; 0.5 without it",
                },
                LIMIT,
            ],
            &SCOPE,
        ],
        answer: Content::Json(200, "CapacityReport"),
        series: true,
        handler: |api, call| Box::pin(capacity(api, call)),
        ..READ
    },
    Route {
        path: "/analytics/anomalies",
        id: "listAnomalies",
        summary: "The interfaces whose traffic is not what it always is at this hour, the worst first",
        query: &[
            &[
                Parameter {
                    name: "min_sigma",
                    kind: Kind::Number(1, 100, Some(3)),
                    what: "More than so many sigmas off",
                },
                LIMIT,
            ],
            &SCOPE,
        ],
        answer: Content::Json(200, "Anomalies"),
        series: true,
        handler: |api, call| Box::pin(anomalies(api, call)),
        ..READ
    },
];

fn rankings() -> Vec<&'static str> {
    RANKINGS.map(|ranking| ranking.name).to_vec()
}

fn directions() -> Vec<&'static str> {
    vec!["in", "out"]
}

fn growths() -> Vec<&'static str> {
    vec!["growth_weekly", "bps_per_day"]
}

/// What the database knows of where the series do not answer.
fn highest(call: &Call<'_>, figure: Figure) -> (usize, Summaries) {
    let limit = call.given.count("limit").unwrap_or(20);
    (limit, Summaries::Highest(figure, u32::try_from(limit).unwrap_or(u32::MAX)))
}

#[derive(Serialize)]
struct Top<'a> {
    at: Timestamp,
    by: &'static str,
    unit: &'static str,
    interfaces: Vec<TopRow<'a>>,
}

#[derive(Serialize)]
struct TopRow<'a> {
    interface: Named<'a>,
    direction: Option<&'static str>,
    value: f64,
}

async fn top(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let by = call.given.text("by").unwrap_or("traffic");
    let ranking = RANKINGS.iter().find(|ranking| ranking.name == by).unwrap_or(&RANKINGS[0]);
    let (limit, instead) = highest(&call, ranking.known);
    let series = Series::of(api, &call.snapshot, instead)?;
    let question = questions::top(ranking, call.given.text("direction"), limit, &scope(&call.given));
    let rows = series.ranking(&question).await?;
    let row = |row: &Ranked| TopRow {
        interface: Named::find(&call.snapshot, &row.device, &row.if_name),
        direction: row.way.as_str(),
        value: row.value,
    };
    let interfaces = rows.iter().take(limit).map(row).collect();
    json(&Top { at: series.at, by: ranking.name, unit: ranking.unit, interfaces })
}

/// The names of the figures of growth.
pub fn trend_figures() -> [&'static str; TREND.len()] {
    TREND.map(|(figure, _)| figure)
}

#[derive(Serialize)]
struct Trends<'a> {
    at: Timestamp,
    by: &'static str,
    interfaces: Vec<TrendRow<'a>>,
}

#[derive(Serialize)]
struct TrendRow<'a> {
    interface: Named<'a>,
    value: f64,
    inbound: Told,
    outbound: Told,
}

/// Rows of a ranking with all figures of growth.
async fn with_trends<'s>(
    series: &Series<'s>,
    call: &'s Call<'_>,
    rows: &[Ranked],
) -> Result<Vec<TrendRow<'s>>, Problem> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of = ranked(rows);
    let answers: Answers = series.figures(&questions::trend(&matchers(&of)), &of).await?;
    let none = Figures::default();
    let row = |row: &Ranked| {
        let figures = answers.of(&row.device, &row.if_name);
        let told = |way| figures.unwrap_or(&none).told(way, &trend_figures());
        TrendRow {
            interface: Named::find(&call.snapshot, &row.device, &row.if_name),
            value: row.value,
            inbound: told(Way::In),
            outbound: told(Way::Out),
        }
    };
    Ok(rows.iter().map(row).collect())
}

async fn trends(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let by_share = call.given.text("by") != Some("bps_per_day");
    let (limit, instead) = highest(&call, Figure::Busy);
    let series = Series::of(api, &call.snapshot, instead)?;
    let mut rows = series.ranking(&questions::growing(by_share, limit, &scope(&call.given))).await?;
    rows.truncate(limit);
    let interfaces = with_trends(&series, &call, &rows).await?;
    json(&Trends { at: series.at, by: if by_share { "growth_weekly" } else { "bps_per_day" }, interfaces })
}

#[derive(Serialize)]
struct Capacity<'a> {
    at: Timestamp,
    within_days: i64,
    min_confidence: f64,
    total: u64,
    interfaces: Vec<TrendRow<'a>>,
}

async fn capacity(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let within_days = call.given.number("within_days").unwrap_or(90);
    let min_confidence = call.given.share("min_confidence").unwrap_or(0.5);
    let (limit, instead) = highest(&call, Figure::UtilisationPeak);
    let series = Series::of(api, &call.snapshot, instead)?;
    let question = questions::filling(within_days, min_confidence, &scope(&call.given));
    let (first, count) = (questions::first(limit, false, &question), questions::count(&question));
    let (rows, total) = tokio::try_join!(series.ranking(&first), series.number(&count))?;
    // The soonest first.
    let rows: Vec<_> = rows.into_iter().rev().take(limit).collect();
    let interfaces = with_trends(&series, &call, &rows).await?;
    json(&Capacity { at: series.at, within_days, min_confidence, total: total as u64, interfaces })
}

#[derive(Serialize)]
struct Anomalies<'a> {
    at: Timestamp,
    min_sigma: i64,
    total: u64,
    anomalies: Vec<Anomaly<'a>>,
}

#[derive(Serialize)]
struct Anomaly<'a> {
    interface: Named<'a>,
    direction: Option<&'static str>,
    /// `deviation` or `collapse`.
    kind: &'static str,
    severity: &'static str,
    /// The most it was off in the last 20 minutes.
    sigmas: Option<f64>,
    now: Told,
}

/// The figures that an anomaly is shown with.
pub const DEVIATION: [&str; 5] = ["traffic_bps", "level_bps", "sigma_bps", "confidence", "deviation"];

/// In which band a deviation is, as its alerts have them.
pub fn severity(sigmas: f64) -> &'static str {
    match sigmas.abs() {
        sigmas if sigmas > 5.0 => "critical",
        sigmas if sigmas > 4.0 => "high",
        sigmas if sigmas > 3.0 => "medium",
        _ => "low",
    }
}

async fn anomalies(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let min_sigma = call.given.number("min_sigma").unwrap_or(3);
    let (limit, instead) = highest(&call, Figure::Peak);
    let series = Series::of(api, &call.snapshot, instead)?;
    let scope = scope(&call.given);
    let (off, fallen) = (questions::deviating(min_sigma as f64, &scope), questions::collapsed(&scope));
    let questions = [
        questions::first(limit, true, &off),
        questions::first(limit, true, &fallen),
        questions::count(&format!("({off}) or ({fallen})")),
    ];
    let [first, second, third] = &questions;
    let (off, fallen, total) =
        tokio::try_join!(series.ranking(first), series.ranking(second), series.number(third))?;
    let is_off = |row: &Ranked| {
        off.iter().any(|one| (&one.device, &one.if_name, one.way) == (&row.device, &row.if_name, row.way))
    };
    // What has collapsed, and is many sigmas off too, is shown once.
    let fallen: Vec<_> = fallen.iter().filter(|row| !is_off(row)).cloned().collect();
    let rows = off.iter().map(|row| (row, false)).chain(fallen.iter().map(|row| (row, true)));
    let rows: Vec<_> = rows.take(limit).collect();
    let of: Vec<(String, String)> =
        rows.iter().map(|(row, _)| (row.device.clone(), row.if_name.clone())).collect();
    let answers = match of.is_empty() {
        true => Answers::default(),
        false => series.figures(&questions::baseline(&matchers(&of)), &of).await?,
    };
    let none = Figures::default();
    let anomalies = rows.into_iter().map(|(row, collapse)| Anomaly {
        interface: Named::find(&call.snapshot, &row.device, &row.if_name),
        direction: row.way.as_str(),
        kind: if collapse { "collapse" } else { "deviation" },
        severity: if collapse { "high" } else { severity(row.value) },
        sigmas: (!collapse).then_some(row.value),
        now: answers.of(&row.device, &row.if_name).unwrap_or(&none).told(row.way, &DEVIATION),
    });
    json(&Anomalies { at: series.at, min_sigma, total: total as u64, anomalies: anomalies.collect() })
}
