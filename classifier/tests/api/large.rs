//! A large fleet is answered for from what was made ready once.

use std::time::{Duration, Instant};

use service::http::Request;
use ward_classifier::api::snapshot::Snapshot;
use ward_classifier::timestamp::Timestamp;

use crate::site::{LARGE, Site};

/// The shortest of some times: what it takes when nobody is in the way.
fn shortest(mut work: impl FnMut()) -> Duration {
    let times = (0..7).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    times.min().unwrap_or_default()
}

#[test]
fn no_question_costs_what_making_the_snapshot_costs() {
    let site = Site::large(200);
    let devices = site.keeper.fleet().snapshot();
    let making =
        shortest(|| assert_eq!(Snapshot::new(devices.clone(), 1, Timestamp::default()).rows().len(), 10_000));
    let mut slow = Vec::new();
    for path in LARGE {
        let request = Request::get(&format!("/api/v1{path}"));
        let answering = shortest(|| assert!(site.answer(&request).status.is_success(), "{path}"));
        if answering > making {
            slow.push(format!("{path}: {answering:?}, and all of it is made in {making:?}"));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
