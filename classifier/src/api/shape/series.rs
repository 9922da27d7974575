//! What answers about series look like: whose they are, the last 24 hours, points of a stretch of time.

use std::borrow::Cow;

use serde::Serialize;

use super::if_name;
use crate::analytics::answers::{Figures, Told};
use crate::analytics::summary::{OneWay, Summary};
use crate::api::snapshot::{Row, Snapshot};
use crate::kind::InterfaceType;
use crate::state::InterfaceId;
use crate::timestamp::Timestamp;

/// Whose figures they are.
#[derive(Debug, Serialize)]
pub struct Named<'a> {
    /// The interface's number; `None` where only its series are known.
    pub id: Option<InterfaceId>,
    /// Its device.
    pub device_name: Cow<'a, str>,
    /// Its name.
    pub if_name: Cow<'a, str>,
    /// ifAlias.
    pub if_alias: Option<&'a str>,
    /// The label `site` of its device.
    pub site: Option<&'a str>,
    /// What it is.
    pub interface_type: Option<InterfaceType>,
    /// Whose line it is.
    pub isp_provider: Option<&'a str>,
    /// Whether it is critical.
    pub is_critical: Option<bool>,
    /// Bits a second.
    pub speed: Option<u64>,
}

impl<'a> Named<'a> {
    /// The interface of a row.
    pub fn of(snapshot: &'a Snapshot, row: &'a Row) -> Self {
        let facts = &row.interface.facts;
        let device = snapshot.device_of(row).map(|device| &device.head.facts);
        Self {
            id: Some(row.interface.id),
            device_name: device.map_or("", |device| &device.name).into(),
            if_name: if_name(facts),
            if_alias: Some(&facts.alias),
            site: device.and_then(|device| device.labels.get("site")).map(String::as_str),
            interface_type: Some(row.kind),
            isp_provider: snapshot.provider(row).map(|provider| &**provider),
            is_critical: Some(row.critical),
            speed: row.speed,
        }
    }

    /// The interface that series are about.
    pub fn find(snapshot: &'a Snapshot, device: &str, name: &str) -> Self {
        match snapshot.named(device, name) {
            Some(row) => Self::of(snapshot, row),
            None => Self {
                id: None,
                device_name: device.to_owned().into(),
                if_name: name.to_owned().into(),
                if_alias: None,
                site: None,
                interface_type: None,
                isp_provider: None,
                is_critical: None,
                speed: None,
            },
        }
    }
}

/// The last 24 hours of an interface.
#[derive(Debug, Serialize)]
pub struct SummaryRow<'a> {
    interface: Named<'a>,
    computed_at: Timestamp,
    inbound: OneWay,
    outbound: OneWay,
    measured: Option<f64>,
}

impl<'a> SummaryRow<'a> {
    /// A summary of an interface that is known.
    pub fn of(snapshot: &'a Snapshot, summary: &Summary) -> Option<Self> {
        let row = snapshot.rows().get(snapshot.find(summary.interface)?)?;
        let Summary { computed, inbound, outbound, measured, .. } = *summary;
        Some(Self { interface: Named::of(snapshot, row), computed_at: computed, inbound, outbound, measured })
    }
}

/// What the database knows where the series are not answered.
#[derive(Debug, Serialize)]
pub struct Known<'a> {
    /// The last 24 hours of the interfaces that were asked about, or of those with the highest figures.
    pub summaries: Vec<SummaryRow<'a>>,
}

/// Figures of a moment.
#[derive(Debug, Serialize)]
pub struct Point {
    at: Timestamp,
    inbound: Told,
    outbound: Told,
}

/// Figures over a stretch of time.
pub fn points(figures: Option<&Figures>, names: &[&'static str]) -> Vec<Point> {
    let points = figures.map(|figures| figures.points(names)).unwrap_or_default();
    points.into_iter().map(|(at, inbound, outbound)| Point { at, inbound, outbound }).collect()
}
