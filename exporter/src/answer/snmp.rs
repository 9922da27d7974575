//! The answer of `/snmp`, in snmp_exporter's words: all or nothing, unless a part of it is asked for.

use std::time::Duration;

use snmp::{Failure, Trouble};

use super::errors;
use crate::address::BadTarget;
use crate::plan::part::{Part, deal};
use crate::render::problem::{Problem, invalid_metric};
use crate::render::text::{MetricType, Writer};
use crate::render::{self, Settings};
use crate::scrape::Scraped;

/// How a scrape is answered.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// The target as it was asked for, for messages.
    pub target: &'a str,
    /// The target's host.
    pub host: &'a str,
    /// How values are written.
    pub settings: &'a Settings,
    /// Whether what was read is answered where something is missing; `None` is as each module says.
    pub partial: Option<bool>,
    /// From the request to now.
    pub took: Duration,
}

/// Something of a module that is missing.
struct Missing {
    module: usize,
    oid: String,
    reason: &'static str,
}

/// The text of a scrape.
///
/// # Errors
/// The body of the HTTP 500 that snmp_exporter would answer.
pub fn answer(scraped: &Scraped, manner: &Manner<'_>) -> Result<Vec<u8>, String> {
    let modules = scraped.plan.modules();
    let partial = |module: usize| manner.partial.unwrap_or(modules[module].partial);
    let parts = scraped.plan.parts(&scraped.primary, scraped.fallback.as_ref());
    let broken = broken(scraped, &parts, manner);
    // Where nothing at all was read there is no part of it either: the target is down.
    let nothing = scraped.failure().is_some() && parts.iter().all(|part| part.values == 0);
    let fatal: Vec<String> = broken
        .into_iter()
        .filter(|(module, _)| nothing || module.is_none_or(|module| !partial(module)))
        .map(|(_, error)| error)
        .collect();
    if !fatal.is_empty() {
        return Err(errors::body(&fatal));
    }
    let mut out = Writer::with_capacity(128 * 1024);
    let report =
        render::render(&scraped.plan, &scraped.primary, scraped.fallback.as_ref(), manner.settings, &mut out);
    let fatal: Vec<String> =
        report.problems.iter().filter(|problem| !partial(problem.module)).map(ToString::to_string).collect();
    if !fatal.is_empty() {
        return Err(errors::body(&fatal));
    }
    let missing = missing(scraped, &parts, report.problems.iter(), partial);
    let mut own = Writer::default();
    about(&mut own, scraped, &parts, &missing, manner);
    out.insert(report.room, &own);
    Ok(out.finish())
}

/// What snmp_exporter fails a scrape for, as it says it: of all modules, or of one.
fn broken(scraped: &Scraped, parts: &[Part<'_>], manner: &Manner<'_>) -> Vec<(Option<usize>, String)> {
    if let Some(failure) = scraped.failure().filter(|_| scraped.is_unconnected()) {
        let error = BadTarget::Host { host: manner.host.into(), reason: failure.to_string() };
        return vec![(None, invalid_metric(errors::CONNECTING, None, &error.to_string()))];
    }
    let modules = scraped.plan.modules();
    let of_module = |(number, part): (usize, &Part<'_>)| {
        let reason = unread(scraped, number, part, manner)?;
        let error = invalid_metric(errors::SCRAPING, Some(&modules[number].name), &reason);
        Some((Some(number), error))
    };
    parts.iter().enumerate().filter_map(of_module).collect()
}

/// Why a module's walk counts as failed, where it does.
fn unread(scraped: &Scraped, number: usize, part: &Part<'_>, manner: &Manner<'_>) -> Option<String> {
    let Manner { target, host, .. } = manner;
    let module = &scraped.plan.modules()[number];
    let is_get = |column: &snmp::Column| module.get.contains(&column.oid);
    let unfinished = |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Unfinished));
    if let Some(failure) = scraped.failure() {
        // snmp_exporter does its GETs first.
        let open = part.columns.iter().filter(|column| unfinished(&column.trouble));
        let getting = open.clone().any(|column| is_get(column)) || module.walk.is_empty();
        open.clone().next()?;
        let (doing, canceled) = if getting { ("getting", "cancelled") } else { ("walking", "canceled") };
        return Some(match failure {
            Failure::Deadline { after } => {
                format!("scrape {canceled} after {after:?} (possible timeout) {doing} target {host}")
            }
            Failure::PortClosed(_) => {
                format!("error {doing} target {host}: error reading from socket: {failure}")
            }
            failure => format!("error {doing} target {host}: {failure}"),
        });
    }
    part.columns.iter().find_map(|column| match &column.trouble {
        Some(Trouble::ErrorStatus { status, .. }) if is_get(column) => {
            Some(format!("error reported by target {target}: Error Status {}", status.0))
        }
        Some(trouble @ Trouble::Unanswered(_)) if is_get(column) => {
            Some(format!("error getting target {host}: {trouble}"))
        }
        Some(trouble @ Trouble::NotIncreasing { .. }) => {
            Some(format!("error walking target {host}: {trouble}"))
        }
        _ => None,
    })
}

/// What modules that may be answered in part lack.
fn missing<'a>(
    scraped: &Scraped,
    parts: &[Part<'_>],
    problems: impl Iterator<Item = &'a Problem>,
    partial: impl Fn(usize) -> bool,
) -> Vec<Missing> {
    let columns = parts.iter().enumerate().flat_map(|(module, part)| {
        part.columns.iter().filter_map(move |column| {
            let reason = match (column.trouble.as_ref()?, scraped.failure()) {
                (Trouble::Unfinished, Some(failure)) => failure.reason(),
                (trouble, _) => trouble.reason(),
            };
            Some(Missing { module, oid: column.oid.to_string(), reason })
        })
    });
    let series = problems.map(|problem| Missing {
        module: problem.module,
        oid: problem.oid.to_string(),
        reason: problem.kind.reason(),
    });
    let mut all: Vec<_> = columns.chain(series).filter(|missing| partial(missing.module)).collect();
    all.sort_by(|a, b| (a.module, &a.oid, a.reason).cmp(&(b.module, &b.oid, b.reason)));
    all.dedup_by(|a, b| (a.module, &a.oid, a.reason) == (b.module, &b.oid, b.reason));
    all
}

/// What the scrape took, by module. Modules of one scrape are read together: each takes as long as all of them.
fn about(out: &mut Writer, scraped: &Scraped, parts: &[Part<'_>], missing: &[Missing], manner: &Manner<'_>) {
    let modules = scraped.plan.modules();
    let sum = |of: fn(&snmp::Cost) -> u64| scraped.harvests().map(|harvest| of(&harvest.cost)).sum();
    let sent = deal(sum(|cost| cost.packets_sent), parts);
    let retried = deal(sum(|cost| cost.packets_retried), parts);
    let family = |out: &mut Writer, name, help, value: &dyn Fn(usize) -> Option<f64>| {
        let mut values: Vec<_> = (0..modules.len()).filter_map(|nth| Some((nth, value(nth)?))).collect();
        values.sort_by_key(|(nth, _)| &modules[*nth].name);
        if !values.is_empty() {
            out.family(name, help, MetricType::Gauge);
        }
        for (nth, value) in values {
            out.sample(&[("module", &modules[nth].name)], value);
        }
    };
    family(
        out,
        "snmp_scrape_duration_seconds",
        "Total SNMP time scrape took (walk and processing).",
        &|_| Some(manner.took.as_secs_f64()),
    );
    if !missing.is_empty() {
        out.family("snmp_scrape_incomplete", "What is missing, and why.", MetricType::Gauge);
    }
    for Missing { module, oid, reason } in missing {
        out.sample(&[("module", &modules[*module].name), ("oid", oid), ("reason", reason)], 1.0);
    }
    family(out, "snmp_scrape_packets_retried", "Packets retried for get, bulkget, and walk.", &|nth| {
        Some(retried[nth] as f64)
    });
    family(
        out,
        "snmp_scrape_packets_sent",
        "Packets sent for get, bulkget, and walk; including retries.",
        &|nth| Some(sent[nth] as f64),
    );
    let partial = |nth: usize| manner.partial.unwrap_or(modules[nth].partial);
    family(out, "snmp_scrape_partial", "Whether something of the module is missing.", &|nth| {
        let lacks = missing.iter().any(|missing| missing.module == nth);
        partial(nth).then_some(f64::from(u8::from(lacks)))
    });
    family(out, "snmp_scrape_pdus_returned", "PDUs returned from get, bulkget, and walk.", &|nth| {
        Some(parts[nth].values as f64)
    });
    family(out, "snmp_scrape_walk_duration_seconds", "Time SNMP walk/bulkwalk took.", &|_| {
        Some(scraped.walked.as_secs_f64())
    });
}
