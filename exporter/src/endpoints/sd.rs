//! `/sd`: all devices, as Prometheus and vmagent discover targets over HTTP.

use std::collections::BTreeMap;

use inventory::{Device, format_duration};
use serde::Serialize;
use service::http::{Request, Response, StatusCode};

use crate::snapshot::Snapshot;

/// One group of targets (<https://prometheus.io/docs/prometheus/latest/http_sd/>).
#[derive(Debug, Serialize)]
struct Group {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

/// Every device, to be scraped through the address the request came to.
pub fn answer(snapshot: &Snapshot, request: &Request) -> Response {
    let Some(host) = request.header("host").filter(|host| !host.is_empty()) else {
        return Response::bad_request(
            "the Host header is missing: targets are named after the address /sd is asked at\n",
        );
    };
    let groups: Vec<Group> = snapshot.inventory.devices().iter().map(|device| group(device, host)).collect();
    match serde_json::to_vec(&groups) {
        Ok(json) => Response::json(json),
        Err(error) => Response::status(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn group(device: &Device, exporter: &str) -> Group {
    let mut labels = device.labels.clone();
    labels.insert("device".into(), device.name.clone());
    labels.insert("__metrics_path__".into(), format!("/devices/{}/metrics", device.name));
    if let Some(interval) = device.interval {
        labels.insert("__scrape_interval__".into(), format_duration(interval));
    }
    Group { targets: vec![exporter.into()], labels }
}
