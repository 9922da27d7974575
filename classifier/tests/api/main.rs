//! The REST API: every answer is held against the document that is served.

#[path = "../discovery/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "../support/mod.rs"]
mod support;

mod analytics;
mod document;
mod document_tests;
mod errors;
mod large;
mod lists;
mod overrides;
mod program;
mod random;
mod site;
mod stored;
mod topology;
