//! What single interfaces carry: the last 24 hours, now, over a stretch of time, how they grow, and what is usual for them.

use std::collections::BTreeMap;

use serde::Serialize;
use service::http::Response;

use super::analytics::{severity, trend_figures};
use super::interfaces::{ID, named};
use super::isp::{DEVICES, asked};
use super::series::{OVER, Series, matchers, names, over};
use crate::analytics::answers::{Figures, Told, Way};
use crate::analytics::questions::{self, BASELINE, REALTIME};
use crate::analytics::range::Range;
use crate::api::parameters::{Given, Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Call, Content, READ, Route};
use crate::api::shape::{Named, Point, SummaryRow, if_name, points};
use crate::api::snapshot::{Row, Snapshot};
use crate::api::{Api, json};
use crate::facts::Status;
use crate::kind::InterfaceType;
use crate::state::InterfaceId;
use crate::store::Summaries;
use crate::timestamp::Timestamp;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/interfaces/{id}/summary",
        id: "getInterfaceSummary",
        summary: "The last 24 hours of an interface, as the database has them",
        segments: &[ID],
        answer: Content::Json(200, "InterfaceSummary"),
        handler: |api, call| Box::pin(summary(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/bandwidth",
        id: "getBandwidth",
        summary: "What interfaces carry now, by their counters, for many devices or interfaces",
        query: &[
            &DEVICES,
            &[Parameter { name: "ids", kind: Kind::Texts, what: "Interfaces, by their numbers" }],
        ],
        answer: Content::Json(200, "Bandwidth"),
        series: true,
        handler: |api, call| Box::pin(bandwidth(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/isp-history",
        id: "getIspHistory",
        summary: "What a device's lines of providers carried over a stretch of time",
        query: &[
            &[
                Parameter { name: "device", kind: Kind::Text, what: "The device, by name" },
                Parameter {
                    name: "device_ip",
                    kind: Kind::Text,
                    what: "The device, by its address in the inventory",
                },
                Parameter { name: "isp_provider", kind: Kind::Texts, what: "Lines of these providers" },
            ],
            &OVER,
        ],
        answer: Content::Json(200, "IspHistory"),
        series: true,
        handler: |api, call| Box::pin(isp_history(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/{id}/traffic",
        id: "getTraffic",
        summary: "What an interface carried over a stretch of time",
        segments: &[ID],
        query: &[&OVER],
        answer: Content::Json(200, "Traffic"),
        series: true,
        handler: |api, call| Box::pin(traffic(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/{id}/trend",
        id: "getTrend",
        summary: "How an interface grows, and when it will be full",
        segments: &[ID],
        answer: Content::Json(200, "Trend"),
        series: true,
        handler: |api, call| Box::pin(trend(api, call)),
        ..READ
    },
    Route {
        path: "/interfaces/{id}/baseline",
        id: "getBaseline",
        summary: "What an interface always carries at this hour of the week, and how far off it is and was",
        segments: &[ID],
        query: &[&OVER],
        answer: Content::Json(200, "Baseline"),
        series: true,
        handler: |api, call| Box::pin(baseline(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct OfInterface<'a> {
    interface: Named<'a>,
    /// `None`: nothing was measured in the last day, or nobody writes summaries.
    summary: Option<SummaryRow<'a>>,
}

async fn summary(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let row = named(&call, snapshot)?;
    let wanted = one(row);
    let found = api.ask("the last 24 hours are not known", move |store| store.summaries(&wanted)).await?;
    let summary = found.first().and_then(|summary| SummaryRow::of(snapshot, summary));
    json(&OfInterface { interface: Named::of(snapshot, row), summary })
}

fn one(row: &Row) -> Summaries {
    Summaries::Of(vec![row.interface.id])
}

/// What the database knows of these: of so many at the most.
fn of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Summaries {
    Summaries::Of(rows.into_iter().map(|row| row.interface.id).take(1000).collect())
}

#[derive(Serialize)]
struct Bandwidth<'a> {
    at: Timestamp,
    window: &'static str,
    devices: BTreeMap<&'a str, BTreeMap<String, Rate<'a>>>,
}

#[derive(Serialize)]
struct Rate<'a> {
    id: InterfaceId,
    if_alias: &'a str,
    interface_type: InterfaceType,
    isp_provider: Option<&'a str>,
    oper_status: Option<&'static str>,
    speed: Option<u64>,
    in_bps: Option<f64>,
    out_bps: Option<f64>,
    in_utilisation: Option<f64>,
    out_utilisation: Option<f64>,
}

async fn bandwidth(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let asked = meant(&call.given, snapshot)?;
    let all = || asked.iter().flat_map(|(_, rows)| rows.iter().copied());
    let series = Series::of(api, snapshot, of(all()))?;
    let whose = names(snapshot, all());
    if whose.is_empty() {
        let devices = asked.iter().map(|(device, _)| (*device, BTreeMap::new())).collect();
        return json(&Bandwidth { at: series.at, window: REALTIME, devices });
    }
    let answers = series.figures(&questions::bandwidth(&matchers(&whose)), &whose).await?;
    let rate = |row: &'_ Row| {
        let name = if_name(&row.interface.facts);
        let device = snapshot.device_of(row).map_or("", |device| &device.head.facts.name);
        let figures = answers.of(device, &name);
        let bps = |figure| figures.and_then(|figures| figures.value(Way::Any, figure));
        let share = |bps: Option<f64>| {
            bps.zip(row.speed).filter(|(_, speed)| *speed > 0).map(|(bps, speed)| bps / speed as f64)
        };
        (name.into_owned(), bps("in"), bps("out"), share(bps("in")), share(bps("out")))
    };
    let devices = asked.iter().map(|(device, rows)| {
        let rates = rows.iter().map(|row| {
            let (name, in_bps, out_bps, in_utilisation, out_utilisation) = rate(row);
            let rate = Rate {
                id: row.interface.id,
                if_alias: &row.interface.facts.alias,
                interface_type: row.kind,
                isp_provider: snapshot.provider(row).map(|provider| &**provider),
                oper_status: row.oper.map(Status::as_str),
                speed: row.speed,
                in_bps,
                out_bps,
                in_utilisation,
                out_utilisation,
            };
            (name, rate)
        });
        (*device, rates.collect())
    });
    json(&Bandwidth { at: series.at, window: REALTIME, devices: devices.collect() })
}

/// The interfaces that are asked about: those of devices, and single ones, by device.
fn meant<'a>(given: &'a Given, snapshot: &'a Snapshot) -> Result<Vec<(&'a str, Vec<&'a Row>)>, Problem> {
    let ids = given.texts("ids");
    let none = given.texts("device_ips").is_empty() && given.texts("devices").is_empty();
    let mut all = if none && !ids.is_empty() { Vec::new() } else { asked(given, snapshot)? };
    for text in ids {
        let wrong =
            |what: &str| Problem::parameter("ids", &format!("{text:?} is {what}"), "numbers of interfaces");
        let id: i64 = text.parse().map_err(|_| wrong("no whole number"))?;
        let row = snapshot.find(InterfaceId(id)).and_then(|place| snapshot.rows().get(place));
        let row = row.ok_or_else(|| wrong("the number of no interface"))?;
        let device = snapshot.device_of(row).map_or("", |device| device.head.facts.name.as_str());
        match all.iter_mut().find(|(name, _)| *name == device) {
            Some((_, rows)) if rows.iter().any(|known| known.interface.id == row.interface.id) => {}
            Some((_, rows)) => rows.push(row),
            None => all.push((device, vec![row])),
        }
    }
    Ok(all)
}

/// The figures of a history.
const HISTORY: [&str; 5] = ["avg_bps", "max_bps", "utilisation", "errors_per_second", "discards_per_second"];

#[derive(Serialize)]
struct Traffic<'a> {
    interface: Named<'a>,
    from: Timestamp,
    until: Timestamp,
    step_seconds: u64,
    points: Vec<Point>,
}

async fn traffic(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let (snapshot, range) = (&*call.snapshot, over(&call.given));
    let row = named(&call, snapshot)?;
    let series = Series::of(api, snapshot, one(row))?;
    let points = histories(&series, snapshot, &[row], &range).await?.pop().unwrap_or_default();
    let Range { start: from, end: until, step } = range;
    json(&Traffic { interface: Named::of(snapshot, row), from, until, step_seconds: step.as_secs(), points })
}

/// What interfaces carried, in the same order.
async fn histories(
    series: &Series<'_>,
    snapshot: &Snapshot,
    rows: &[&Row],
    range: &Range,
) -> Result<Vec<Vec<Point>>, Problem> {
    let whose = names(snapshot, rows.iter().copied());
    if whose.is_empty() {
        return Ok(Vec::new());
    }
    let answers = series.figures_over(&questions::history(range, &matchers(&whose)), range, &whose).await?;
    Ok(whose.iter().map(|(device, name)| points(answers.of(device, name), &HISTORY)).collect())
}

#[derive(Serialize)]
struct IspHistory<'a> {
    device_name: &'a str,
    from: Timestamp,
    until: Timestamp,
    step_seconds: u64,
    total: usize,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    interface: Named<'a>,
    points: Vec<Point>,
}

/// So many lines of a device are shown at the most.
const LINES: usize = 16;

async fn isp_history(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let (given, snapshot, range) = (&call.given, &*call.snapshot, over(&call.given));
    let place = match (given.text("device"), given.text("device_ip")) {
        (Some(name), None) => {
            let missing = || Problem::parameter("device", "there is none of that name", "a name of /devices");
            snapshot.place(name).ok_or_else(missing)?
        }
        (None, Some(ip)) => {
            let missing = || Problem::parameter("device_ip", "no device has it", "an address of /devices");
            let found = snapshot.devices().iter().position(|device| device.head.facts.address == ip);
            found.ok_or_else(missing)?
        }
        _ => {
            return Err(Problem::parameter(
                "device",
                "one device is to be named",
                "`device`, or `device_ip`",
            ));
        }
    };
    let providers = given.texts("isp_provider");
    let is_meant = |row: &&Row| {
        let provider = snapshot.provider(row).map(|provider| &**provider);
        !row.gone
            && row.kind == InterfaceType::Isp
            && (providers.is_empty() || providers.contains(&provider.unwrap_or("none")))
    };
    let mut rows: Vec<&Row> = snapshot.rows_of(place).iter().filter(is_meant).collect();
    rows.sort_by_key(|row| (row.provider.unwrap_or(u16::MAX), !row.physical));
    let total = rows.len();
    rows.truncate(LINES);
    let series = Series::of(api, snapshot, of(rows.iter().copied()))?;
    let points = histories(&series, snapshot, &rows, &range).await?;
    let lines = rows.iter().zip(points);
    let lines = lines.map(|(row, points)| Line { interface: Named::of(snapshot, row), points }).collect();
    let device_name = snapshot.devices().get(place).map_or("", |device| &device.head.facts.name);
    let Range { start: from, end: until, step } = range;
    json(&IspHistory { device_name, from, until, step_seconds: step.as_secs(), total, lines })
}

#[derive(Serialize)]
struct Trend<'a> {
    interface: Named<'a>,
    at: Timestamp,
    inbound: Told,
    outbound: Told,
}

async fn trend(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let snapshot = &*call.snapshot;
    let row = named(&call, snapshot)?;
    let series = Series::of(api, snapshot, one(row))?;
    let whose = names(snapshot, [row]);
    let answers = series.figures(&questions::trend(&matchers(&whose)), &whose).await?;
    let none = Figures::default();
    let figures = whose.first().and_then(|(device, name)| answers.of(device, name)).unwrap_or(&none);
    let told = |way| figures.told(way, &trend_figures());
    json(&Trend {
        interface: Named::of(snapshot, row),
        at: series.at,
        inbound: told(Way::In),
        outbound: told(Way::Out),
    })
}

#[derive(Serialize)]
struct Baseline<'a> {
    interface: Named<'a>,
    at: Timestamp,
    inbound: Told,
    outbound: Told,
    from: Timestamp,
    until: Timestamp,
    step_seconds: u64,
    points: Vec<Point>,
    deviations: Vec<Deviation>,
}

#[derive(Serialize)]
struct Deviation {
    direction: &'static str,
    from: Timestamp,
    until: Timestamp,
    sigmas: f64,
    severity: &'static str,
}

async fn baseline(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let (snapshot, range) = (&*call.snapshot, over(&call.given));
    let row = named(&call, snapshot)?;
    let series = Series::of(api, snapshot, one(row))?;
    let whose = names(snapshot, [row]);
    let matchers = matchers(&whose);
    let (now, then) = (questions::baseline(&matchers), questions::baseline_over(&range, &matchers));
    let (now, then) =
        tokio::try_join!(series.figures(&now, &whose), series.figures_over(&then, &range, &whose))?;
    let none = Figures::default();
    let (device, name) = whose.first().cloned().unwrap_or_default();
    let (now, then) = (now.of(&device, &name).unwrap_or(&none), then.of(&device, &name).unwrap_or(&none));
    let told = |way| now.told(way, &BASELINE.map(|(figure, ..)| figure));
    let apart = range.step.as_secs_f64();
    let deviations = [(Way::In, "in"), (Way::Out, "out")].into_iter().flat_map(|(way, direction)| {
        let episodes = then.episodes(way, "deviation", 3.0, apart).into_iter();
        episodes.map(move |one| Deviation {
            direction,
            from: one.from,
            until: one.until,
            sigmas: one.worst,
            severity: severity(one.worst),
        })
    });
    let Range { start: from, end: until, step } = range;
    json(&Baseline {
        interface: Named::of(snapshot, row),
        at: series.at,
        inbound: told(Way::In),
        outbound: told(Way::Out),
        from,
        until,
        step_seconds: step.as_secs(),
        points: points(Some(then), &["traffic_bps", "level_bps", "sigma_bps", "deviation"]),
        deviations: deviations.collect(),
    })
}
