//! `/rules`: the rules in force, and what others would change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use service::http::Response;

use crate::api::parameters::{Kind, Parameter};
use crate::api::problem::{Problem, Reason};
use crate::api::routes::{Body, Call, Content, READ, Route, Verb};
use crate::api::snapshot::Snapshot;
use crate::api::{Api, aside, json, now};
use crate::change::Candidate;
use crate::diff::Diff;
use crate::labeller::InForce;
use crate::rules::{RuleError, Ruleset};
use crate::timestamp::Timestamp;
use crate::word::Word;

/// A rule file that is tried is at most that long, in octets.
const LONGEST: usize = 512 * 1024;
/// How long interfaces are compared; the answer says how far that was.
const COMPARING: Duration = Duration::from_secs(10);
/// As many mistakes of a file are told.
const MOST_TOLD: usize = 50;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/rules",
        id: "getRules",
        summary: "The rules in force: the file, what its tests reach, how often each rule has voted",
        answer: Content::Json(200, "Rules"),
        handler: |api, _| Box::pin(async move { in_force(api) }),
        ..READ
    },
    Route {
        verb: Verb::Post,
        path: "/rules/dry-run",
        id: "dryRunRules",
        summary: "What would change with other rules; nothing does. One at a time",
        query: &[&[Parameter {
            name: "samples",
            kind: Kind::Number(0, 100, Some(3)),
            what: "Interfaces shown of each change, at the most",
        }]],
        body: Some(Body { media: &["application/yaml"], schema: "RuleFile", most: LONGEST }),
        answer: Content::Json(200, "DryRun"),
        handler: |api, call| Box::pin(dry_run(api, call)),
        ..READ
    },
];

#[derive(Serialize)]
struct Shown<'a> {
    file: &'a str,
    digest: &'a Word,
    loaded_at: Timestamp,
    rules: Vec<Rule<'a>>,
    tests: Tests,
    warnings: Vec<String>,
    overrides_in_file: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    line: u32,
    tested: bool,
    /// Since this program was started.
    votes: u64,
}

#[derive(Serialize)]
struct Tests {
    tests: usize,
    rules: usize,
    rules_without_test: Vec<String>,
}

impl Tests {
    fn of(rules: &Ruleset) -> Self {
        let reached = rules.coverage();
        let untested = reached.untested.into_iter().map(|(id, _)| id).collect();
        Self { tests: reached.tests, rules: reached.rules, rules_without_test: untested }
    }
}

fn in_force(api: &Api) -> Result<Response, Problem> {
    let file = api.rules.load_full();
    let InForce { rules, overrides, digest } = &file.in_force;
    let votes: BTreeMap<Word, u64> =
        api.votes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let tests = Tests::of(rules);
    let shown = rules.ids().map(|(id, line)| Rule {
        id,
        line,
        tested: !tests.rules_without_test.iter().any(|untested| **untested == **id),
        votes: votes.get(id).copied().unwrap_or(0),
    });
    let shown: Vec<Rule<'_>> = shown.collect();
    json(&Shown {
        file: &file.name,
        digest,
        loaded_at: file.loaded_at,
        rules: shown,
        warnings: rules.warnings().iter().map(ToString::to_string).collect(),
        overrides_in_file: overrides.iter().count(),
        text: &file.text,
        tests,
    })
}

#[derive(Serialize)]
struct DryRun {
    /// Whether all interfaces were compared in time.
    complete: bool,
    #[serde(flatten)]
    diff: Diff,
    tests: Tests,
    warnings: Vec<String>,
}

async fn dry_run(api: &Api, call: Call<'_>) -> Result<Response, Problem> {
    let busy = |_| Problem::new(Reason::Busy, "somebody else is trying rules; one dry run at a time");
    let turn = Arc::clone(&api.dry_runs).try_acquire_owned().map_err(busy)?;
    let text = String::from_utf8(call.request.body.to_vec())
        .map_err(|error| Problem::new(Reason::BadBody, format!("not UTF-8: {}", error.utf8_error())))?;
    let old = api.rules.load_full();
    let samples = call.given.count("samples").unwrap_or(3);
    let snapshot = Arc::clone(&call.snapshot);
    // Goes on to its end even if whoever asked goes away, and nobody else's begins before.
    let answer = aside(move || {
        let _turn = turn;
        let rules = Ruleset::parse(&text, "rules").map_err(|errors| refused(&errors))?;
        let tests = Tests::of(&rules);
        let warnings = rules.warnings().iter().map(ToString::to_string).collect();
        let overrides = Arc::clone(&old.in_force.overrides);
        let new = InForce { rules: Arc::new(rules), overrides, digest: "dry run".into() };
        let (diff, complete) = compare(&old.in_force, &new, &snapshot, samples, Instant::now() + COMPARING);
        Ok(DryRun { complete, diff, tests, warnings })
    });
    json(&answer.await?)
}

/// Labels all interfaces by both, as far as the time suffices.
fn compare(old: &InForce, new: &InForce, snapshot: &Snapshot, samples: usize, end: Instant) -> (Diff, bool) {
    let present = || snapshot.rows().iter().filter(|row| !row.gone);
    let at = now();
    let pairs = present().take_while(|_| Instant::now() < end).map(|row| {
        let facts = &row.interface.facts;
        let candidate = Candidate { facts, decided: row.interface.decided.as_ref() };
        (facts, old.classify(&candidate, at), new.classify(&candidate, at))
    });
    let diff = Diff::of(pairs, samples);
    let complete = diff.interfaces == present().count();
    (diff, complete)
}

fn refused(errors: &[RuleError]) -> Problem {
    let told = errors.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let message = format!("the rules have {} mistakes or failed tests", errors.len());
    Problem::new(Reason::RulesRefused, message).details(told)
}
