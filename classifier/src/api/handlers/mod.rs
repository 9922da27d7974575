//! What requests do: a file for each kind of thing, each with the routes that lead to it.

pub mod analytics;
pub mod critical;
pub mod devices;
pub mod discover;
pub mod events;
pub mod interfaces;
pub mod isp;
pub mod links;
pub mod overrides;
pub mod reports;
pub mod rules;
mod series;
pub mod topology;
pub mod traffic;

use service::http::Response;
use service::http::header::{CONTENT_DISPOSITION, HeaderValue};

/// A table to be saved.
fn csv(text: String, disposition: &'static str) -> Response {
    let response = Response::new("text/csv; charset=utf-8; header=present", text);
    response.with_header(CONTENT_DISPOSITION, HeaderValue::from_static(disposition))
}
