//! `/config`: what is in force, without secrets.

use std::sync::Arc;

use service::http::{Response, StatusCode};

use crate::snapshot::Snapshot;

/// Auth profiles, devices and modules with their defaults filled in; `<secret>` stands for secrets. Without devices it
/// can be loaded as a module file.
pub async fn answer(snapshot: Arc<Snapshot>) -> Response {
    // Large files take a while to write: that is nothing for the threads that answer requests.
    match tokio::task::spawn_blocking(move || snapshot.show()).await {
        Ok(yaml) => Response::yaml(yaml),
        Err(error) => Response::status(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}
