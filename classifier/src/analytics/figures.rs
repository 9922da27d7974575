//! The figures of the last 24 hours: what is asked for the whole fleet, and how answers become summaries. Pure.
//!
//! All of them are series that alerting-rules/rollups.yml records every hour, by device and name of the interface.

use std::collections::HashMap;
use std::sync::Arc;

use super::decode::Row;
use super::promql::newest;
use super::summary::{Figure, Summary};
use crate::api::shape::if_name;
use crate::state::DeviceState;
use crate::timestamp::Timestamp;

impl Figure {
    /// The series it is recorded as.
    pub fn series(self) -> &'static str {
        match self {
            Self::Average => "interface:traffic_bps:avg1d",
            Self::Peak => "interface:traffic_bps:max1d",
            Self::Busy => "interface:traffic_bps:p95_1d",
            Self::Bytes => "interface:traffic_bytes:sum1d",
            Self::Errors => "interface:errors:sum1d",
            Self::Discards => "interface:discards:sum1d",
            Self::Utilisation => "interface:utilisation:avg1d",
            Self::UtilisationPeak => "interface:utilisation:max1d",
            Self::Measured => "interface:measured:ratio1d",
        }
    }

    /// The question that brings it for all interfaces of the fleet. The rules are evaluated every hour; one may be missed.
    pub fn question(self) -> String {
        newest(self.series(), &[], "130m")
    }

    /// Puts its value into a summary.
    fn put(self, summary: &mut Summary, inbound: bool, value: f64) {
        if self == Self::Measured {
            // Both directions are counted by the same scrapes.
            summary.measured = Some(summary.measured.map_or(value, |known| known.max(value)));
            return;
        }
        let way = summary.direction_mut(inbound);
        let place = match self {
            Self::Average => &mut way.avg_bps,
            Self::Peak => &mut way.max_bps,
            Self::Busy => &mut way.p95_bps,
            Self::Bytes => &mut way.bytes,
            Self::Errors => &mut way.errors,
            Self::Discards => &mut way.discards,
            Self::Utilisation => &mut way.utilisation_avg,
            Self::UtilisationPeak => &mut way.utilisation_max,
            Self::Measured => return,
        };
        *place = Some(value);
    }
}

/// Summaries of a fleet that are being put together.
#[derive(Debug)]
pub struct Collected {
    /// By device and name. `None`: several interfaces have that name, and nobody knows whose figures they are.
    places: HashMap<String, HashMap<String, Option<usize>>>,
    summaries: Vec<Summary>,
    known: Vec<bool>,
    /// Rows of interfaces that are not known here.
    pub strangers: usize,
}

impl Collected {
    /// None of the figures of these devices' interfaces yet, as of a moment.
    pub fn new(devices: &[Arc<DeviceState>], at: Timestamp) -> Self {
        let mut new = Self { places: HashMap::new(), summaries: Vec::new(), known: Vec::new(), strangers: 0 };
        for device in devices {
            let places = new.places.entry(device.head.facts.name.clone()).or_default();
            for interface in device.present() {
                let place = new.summaries.len();
                let name = if_name(&interface.facts).into_owned();
                places.entry(name).and_modify(|shared| *shared = None).or_insert(Some(place));
                new.summaries.push(Summary { interface: interface.id, computed: at, ..Summary::default() });
            }
        }
        new.known = vec![false; new.summaries.len()];
        new
    }

    /// Takes a row of the answer about a figure.
    pub fn take(&mut self, figure: Figure, row: &Row<'_>) {
        let (labels, value) = (&row.labels, row.values.last());
        let place = self.places.get(&*labels.device).and_then(|places| places.get(&*labels.if_name));
        let (Some(Some(place)), Some((_, value))) = (place, value) else {
            self.strangers += usize::from(place.is_none());
            return;
        };
        let inbound = match &*labels.direction {
            "in" => true,
            "out" => false,
            _ => return,
        };
        if let (Some(summary), Some(known)) = (self.summaries.get_mut(*place), self.known.get_mut(*place)) {
            figure.put(summary, inbound, *value);
            *known = true;
        }
    }

    /// Whether nothing is known of any.
    pub fn is_empty(&self) -> bool {
        !self.known.contains(&true)
    }

    /// The summaries of all interfaces that anything is known of.
    pub fn summaries(self) -> Vec<Summary> {
        let all = self.summaries.into_iter().zip(self.known);
        all.filter_map(|(summary, known)| known.then_some(summary)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::decode::Labels;
    use crate::facts::{DeviceFacts, InterfaceFacts};
    use crate::state::{DeviceHead, Interface, InterfaceId};

    fn device(name: &str, interfaces: &[(i64, &str, bool)]) -> Arc<DeviceState> {
        let interface = |(id, name, gone): &(i64, &str, bool)| {
            Arc::new(Interface {
                id: InterfaceId(*id),
                facts: InterfaceFacts { name: (*name).into(), if_index: 7, ..InterfaceFacts::default() },
                retired_at: gone.then_some(Timestamp::default()),
                ..Interface::default()
            })
        };
        let facts = Arc::new(DeviceFacts { name: name.into(), ..DeviceFacts::default() });
        Arc::new(DeviceState {
            head: DeviceHead { facts, ..DeviceHead::default() },
            interfaces: interfaces.iter().map(interface).collect(),
            ..DeviceState::default()
        })
    }

    fn row(device: &'static str, if_name: &'static str, direction: &'static str, value: f64) -> Row<'static> {
        let (device, if_name, direction) = (device.into(), if_name.into(), direction.into());
        Row { labels: Labels { device, if_name, direction, figure: "".into() }, values: vec![(0.0, value)] }
    }

    #[test]
    fn rows_become_summaries_of_the_interfaces_they_are_about() {
        let devices = [
            device(
                "r1",
                &[
                    (1, "მაგთი \"1\"", false),
                    (2, "Fa0", false),
                    (3, "Fa0", false),
                    (4, "Gi1", true),
                    (5, "", false),
                ],
            ),
            device("r2", &[(6, "Gi1", false), (7, "Gi2", false)]),
        ];
        let at = Timestamp::from_millis(5);
        let mut collected = Collected::new(&devices, at);
        for (figure, row) in [
            (Figure::Average, row("r1", "მაგთი \"1\"", "in", 1.0)),
            (Figure::Average, row("r1", "მაგთი \"1\"", "out", 2.0)),
            (Figure::Errors, row("r1", "მაგთი \"1\"", "out", 3.0)),
            (Figure::Measured, row("r1", "მაგთი \"1\"", "in", 0.5)),
            (Figure::Measured, row("r1", "მაგთი \"1\"", "out", 0.25)),
            // Two interfaces have that name, one is gone, one has neither name nor description.
            (Figure::Average, row("r1", "Fa0", "in", 9.0)),
            (Figure::Average, row("r1", "Gi1", "in", 9.0)),
            (Figure::Average, row("r1", "7", "in", 4.0)),
            (Figure::Peak, row("r2", "Gi1", "in", 5.0)),
            (Figure::Peak, row("r2", "Gi2", "sideways", 5.0)),
            (Figure::Peak, row("r3", "Gi1", "in", 5.0)),
            (Figure::Peak, Row { values: vec![], ..row("r2", "Gi2", "in", 0.0) }),
        ] {
            collected.take(figure, &row);
        }
        assert_eq!(collected.strangers, 2);
        let found = collected.summaries();
        let ids: Vec<i64> = found.iter().map(|summary| summary.interface.0).collect();
        assert_eq!(ids, [1, 5, 6]);
        let first = found[0];
        assert_eq!((first.inbound.avg_bps, first.outbound.avg_bps), (Some(1.0), Some(2.0)));
        assert_eq!(
            (first.inbound.errors, first.outbound.errors, first.measured),
            (None, Some(3.0), Some(0.5))
        );
        assert_eq!((first.computed, found[2].inbound.max_bps), (at, Some(5.0)));
    }

    #[test]
    fn questions_are_about_the_whole_fleet() {
        assert_eq!(
            Figure::Bytes.question(),
            "max by (device, if_name, direction) (last_over_time(interface:traffic_bytes:sum1d[130m]))"
        );
    }
}
