//! What a plan did, as a file: what alerts are compared with.

use serde::{Deserialize, Serialize};

use super::noise::Noise;
use super::plan::{self, Plan, Port, Wrong};
use super::shape::Kind;
use super::{DAY, WEEK};
use crate::dice::Dice;

/// A share of an interface's speed that is as good as full.
pub const FULL: f64 = 0.8;
/// How far ahead a crossing is looked for, in days after the start.
const HORIZON: u64 = 600;

/// Everything that was planned, in Unix seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The seed.
    pub seed: u64,
    /// When it begins.
    pub from: u64,
    /// When it is over.
    pub to: u64,
    /// The interfaces, each direction by itself.
    pub tracks: Vec<Track>,
    /// What went wrong and could be seen.
    pub events: Vec<Event>,
}

/// A direction of an interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What the interface is used for.
    pub kind: Kind,
    /// Since when there is traffic.
    pub since: u64,
    /// When its busy level reaches [`FULL`] of its speed, if it ever does.
    pub full: Option<u64>,
}

/// A direction of an interface, as the labels of its series say it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The device.
    pub device: String,
    /// The interface.
    pub if_name: String,
    /// `in` or `out`.
    pub direction: String,
}

/// Something wrong in one direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    pub wrong: Wrong,
    /// The directions it is in. It is found if it is found in one of them.
    pub places: Vec<Place>,
    /// When it begins.
    pub from: u64,
    /// When it is over.
    pub to: u64,
}

impl Truth {
    /// The truth of a plan.
    pub fn of(plan: &Plan) -> Self {
        let ports = plan.ports();
        let place = |port: &Port, direction: usize| Place {
            device: port.device.clone(),
            if_name: port.if_name.clone(),
            direction: ["in", "out"].get(direction).copied().unwrap_or_default().to_owned(),
        };
        let track = |port: &Port, direction: usize| Track {
            place: place(port, direction),
            kind: port.kind,
            since: plan.start + port.from,
            full: full(plan, port, direction).map(|second| plan.start + second),
        };
        let troubles = plan.troubles(ports.len());
        // What happens while nobody looks, or while the interface is down, cannot be seen.
        let seen = |event: &plan::Event| {
            let here = troubles.iter().filter(|trouble| trouble.concerns(event.port));
            let hidden: u64 = here
                .map(|trouble| trouble.to.min(event.to).saturating_sub(trouble.from.max(event.from)))
                .sum();
            hidden * 2 < event.to - event.from
        };
        let events = plan.events(&ports).into_iter().filter(seen).filter_map(|event| {
            let port = ports.get(event.port)?;
            let places = (0..2).filter(|direction| event.directions.get(*direction) == Some(&true));
            Some(Event {
                wrong: event.wrong,
                places: places.map(|direction| place(port, direction)).collect(),
                from: plan.start + event.from,
                to: plan.start + event.to,
            })
        });
        Self {
            seed: plan.seed,
            from: plan.start,
            to: plan.start + plan.length(),
            tracks: ports.iter().flat_map(|port| [track(port, 0), track(port, 1)]).collect(),
            events: events.collect(),
        }
    }
}

/// The second at which an interface's busy level, the 95th percentile of a week, reaches [`FULL`] of its speed.
fn full(plan: &Plan, port: &Port, direction: usize) -> Option<u64> {
    let dice = Dice::named(plan.seed, &format!("{}/{}/busy", port.device, port.if_name));
    let mut noise = Noise::new(dice, port.noise);
    let mut levels: Vec<f64> = (0..4 * WEEK)
        .step_by(300)
        .map(|second| port.kind.level(second, false) * noise.at(second, 300))
        .collect();
    levels.sort_by(f64::total_cmp);
    let busy = levels.get(levels.len() * 95 / 100)?;
    let share = if direction == 0 { 1.0 } else { port.outbound };
    let (peak, wall) = (busy * port.peak * share, FULL * port.speed);
    (0..HORIZON).map(|day| day * DAY).find(|second| peak * port.growth.factor(*second) >= wall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::Scenario;

    #[test]
    fn growth_ends_at_a_wall_and_the_rest_does_not() {
        let plan =
            Plan { seed: 1, scenario: Scenario::Growth, interfaces: 20, weeks: 10, start: 0, holiday: None };
        let truth = Truth::of(&plan);
        let full = |number: usize| truth.tracks[2 * number].full;
        assert!(full(0).is_some() && full(1).is_some(), "5 % a week, and 7 % of the first");
        assert!([5, 7, 8, 9].iter().all(|number| full(*number).is_none()), "shrinking, the same");
        let text = serde_json::to_string(&truth).unwrap();
        assert_eq!(serde_json::from_str::<Truth>(&text).unwrap(), truth);
    }
}
