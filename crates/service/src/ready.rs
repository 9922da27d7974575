//! Whether the daemon lives and whether it can do its work: `/-/healthy` and `/-/ready`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::StatusCode;

use crate::http::Response;

/// A latch: not ready until it is set, and ready from then on. Its clones are the same latch.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    ready: Arc<AtomicBool>,
}

impl Readiness {
    /// Says that work can begin.
    pub fn set(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Whether work can begin.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// The answer of `/-/ready`.
    pub fn answer(&self) -> Response {
        if self.is_ready() {
            Response::text("Ready")
        } else {
            Response::status(StatusCode::SERVICE_UNAVAILABLE, "Not ready yet")
        }
    }
}

/// The answer of `/-/healthy`: who can answer at all is healthy.
pub fn healthy() -> Response {
    Response::text("Healthy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latch_is_set_once_and_for_all_clones() {
        let readiness = Readiness::default();
        let clone = readiness.clone();
        assert_eq!(clone.answer().status, StatusCode::SERVICE_UNAVAILABLE);
        readiness.set();
        assert_eq!(clone.answer().status, StatusCode::OK);
    }
}
