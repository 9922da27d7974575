//! `/discover` and `/jobs`: walks on request, and how far they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use service::http::header::{HeaderValue, LOCATION};
use service::http::{Response, StatusCode};

use super::devices::{NAME, named};
use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::Problem;
use crate::api::routes::{Access, Call, Content, READ, ROOT, Route, Verb};
use crate::api::{Api, json};
use crate::discover::job::{Job, Standing};
use crate::timestamp::Timestamp;

/// So many devices of a job are shown.
const MOST_SHOWN: usize = 1000;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        path: "/discover",
        id: "discoverAll",
        summary: "Has all devices walked now; a job that does so already is as good",
        answer: Content::Json(202, "Job"),
        access: Access::Change,
        handler: |api, call| Box::pin(async move { all(api, &call) }),
        ..READ
    },
    Route {
        verb: Verb::Post,
        path: "/devices/{name}/discover",
        id: "discoverDevice",
        summary: "Has one device walked now; a job that does so already is as good",
        segments: &[NAME],
        answer: Content::Json(202, "Job"),
        access: Access::Change,
        handler: |api, call| Box::pin(async move { one(api, &call) }),
        ..READ
    },
    Route {
        path: "/jobs",
        id: "listJobs",
        summary: "Walks that somebody asked for, the latest first",
        answer: Content::Json(200, "JobList"),
        handler: |api, _| Box::pin(async move { list(api) }),
        ..READ
    },
    Route {
        path: "/jobs/{id}",
        id: "getJob",
        summary: "How far walks are that somebody asked for, and how it stands with each device",
        segments: &[Parameter {
            name: "id",
            kind: Kind::Number(1, i64::MAX, None),
            what: "The job's number",
        }],
        answer: Content::Json(200, "JobDetail"),
        handler: |api, call| Box::pin(async move { job(api, &call) }),
        ..READ
    },
];

#[derive(Serialize)]
struct Shown {
    id: u64,
    status: &'static str,
    asked_at: Timestamp,
    ended_at: Option<Timestamp>,
    devices: usize,
    waiting: usize,
    walking: usize,
    done: usize,
    failed: usize,
}

impl Shown {
    fn of(job: &Job) -> Self {
        let progress = job.progress();
        Self {
            id: job.id,
            status: if job.ended().is_some() { "done" } else { "running" },
            asked_at: job.asked,
            ended_at: job.ended(),
            devices: progress.waiting + progress.walking + progress.done + progress.failed,
            waiting: progress.waiting,
            walking: progress.walking,
            done: progress.done,
            failed: progress.failed,
        }
    }
}

#[derive(Serialize)]
struct List {
    jobs: Vec<Shown>,
}

#[derive(Serialize)]
struct Detail {
    job: Shown,
    devices: Vec<OfDevice>,
}

#[derive(Serialize)]
struct OfDevice {
    device: String,
    status: &'static str,
    error: Option<String>,
}

fn all(api: &Api, call: &Call<'_>) -> Result<Response, Problem> {
    let devices = call.snapshot.devices().iter();
    begin(api, call, devices.map(|device| device.head.facts.name.as_str().into()).collect())
}

fn one(api: &Api, call: &Call<'_>) -> Result<Response, Problem> {
    let (_, device) = named(call, &call.snapshot)?;
    begin(api, call, [device.head.facts.name.as_str().into()].into())
}

/// The job that walks these devices already, or else a new one.
fn begin(api: &Api, call: &Call<'_>, devices: BTreeSet<Arc<str>>) -> Result<Response, Problem> {
    let jobs = api.discovery.jobs();
    let same = |job: &&Arc<Job>| job.ended().is_none() && job.devices().keys().eq(&devices);
    let job = match jobs.iter().find(same) {
        Some(job) => Arc::clone(job),
        None => {
            let job = api.discovery.request(devices.iter().cloned());
            let by = call.request.user.as_deref().unwrap_or_default();
            tracing::info!(job = job.id, devices = devices.len(), by, "walks are asked for");
            job
        }
    };
    let response = Response { status: StatusCode::ACCEPTED, ..json(&Shown::of(&job))? };
    Ok(match HeaderValue::try_from(format!("{ROOT}/jobs/{}", job.id)) {
        Ok(place) => response.with_header(LOCATION, place),
        Err(_) => response,
    })
}

fn list(api: &Api) -> Result<Response, Problem> {
    json(&List { jobs: api.discovery.jobs().iter().map(|job| Shown::of(job)).collect() })
}

fn job(api: &Api, call: &Call<'_>) -> Result<Response, Problem> {
    let id = call.given.number("id").unwrap_or_default();
    let job = u64::try_from(id).ok().and_then(|id| api.discovery.job(id));
    let job = job.ok_or_else(|| Problem::not_found("job", &id.to_string(), &[]))?;
    let mut devices: Vec<OfDevice> = job
        .devices()
        .into_iter()
        .map(|(device, standing)| {
            let (status, error) = match standing {
                Standing::Failed(why) => ("failed", Some(why)),
                Standing::Walking => ("walking", None),
                Standing::Waiting => ("waiting", None),
                Standing::Done => ("done", None),
            };
            OfDevice { device: device.to_string(), status, error }
        })
        .collect();
    // Where not all are shown, those that failed are.
    devices.sort_by_key(|device| device.error.is_none());
    devices.truncate(MOST_SHOWN);
    json(&Detail { job: Shown::of(&job), devices })
}
