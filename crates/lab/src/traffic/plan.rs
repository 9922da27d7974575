//! Interfaces, and what happens to them: all from one seed.

use super::noise::Amount;
use super::shape::Kind;
use super::{DAY, HOUR, WEEK};
use crate::dice::Dice;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Seasons, anomalies, outages: for baselines and their alerts.
    Seasons,
    /// Growth of many sorts, and what looks like it: for forecasts.
    Growth,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What chance starts from.
    pub seed: u64,
    /// What it is for.
    pub scenario: Scenario,
    /// How many interfaces, six on each device.
    pub interfaces: usize,
    /// How many weeks.
    pub weeks: u64,
    /// When it starts, in Unix time: a Monday, 0 o'clock.
    pub start: u64,
    /// The day that is a holiday, counted from the start.
    pub holiday: Option<u64>,
}

/// An interface.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its device's name.
    pub device: String,
    /// ifIndex.
    pub if_index: usize,
    /// ifName.
    pub if_name: String,
    /// What it is used for.
    pub kind: Kind,
    /// Its speed, in bits per second.
    pub speed: f64,
    /// Its peak inbound, in bits per second; outbound is `outbound` times that.
    pub peak: f64,
    /// Outbound traffic by inbound traffic.
    pub outbound: f64,
    /// The second it is there from.
    pub from: u64,
    /// How its peak changes.
    pub growth: Growth,
    /// How much its traffic differs from its shape.
    pub noise: Amount,
}

/// How an interface's peak changes with time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Growth {
    /// Not at all.
    #[default]
    None,
    /// By this share of the first week's peak with each week.
    Linear(f64),
    /// By this share of itself with each week.
    Exponential(f64),
    /// Once, at this second, by this share.
    Step(u64, f64),
}

impl Growth {
    /// The factor after so many seconds.
    pub fn factor(self, second: u64) -> f64 {
        let weeks = second as f64 / WEEK as f64;
        match self {
            Growth::None => 1.0,
            Growth::Linear(share) => (1.0 + share * weeks).max(0.05),
            Growth::Exponential(share) => (1.0 + share).powf(weeks),
            Growth::Step(at, share) => 1.0 + if second >= at { share } else { 0.0 },
        }
    }
}

/// What can be wrong with traffic, and be labelled.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// Three times as much as planned.
    #[default]
    Spike,
    /// A tenth of what was planned, while the interface is up.
    Drop,
    /// 1.8 times as much, for hours.
    Shift,
    /// 1.4 times as much, for hours.
    Modest,
    /// The peak's level in a quiet hour.
    WrongHour,
    /// Much on an interface that carries next to nothing.
    Flood,
}

/// Something wrong with an interface's traffic, from a second to another.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// What.
    pub wrong: Wrong,
    /// Which interface, by its place in the list.
    pub port: usize,
    /// Inbound, outbound.
    pub directions: [bool; 2],
    /// When it begins.
    pub from: u64,
    /// When it is over.
    pub to: u64,
}

/// What is wrong with monitoring, or with the network, without being an anomaly of traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outage {
    /// The device restarts: all its counters begin anew.
    Reboot,
    /// The interface is down.
    Down,
    /// The device is not scraped.
    Gap,
}

/// An outage of a device, or of one of its interfaces.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// What.
    pub outage: Outage,
    /// Which device, by its number.
    pub device: usize,
    /// Which of its interfaces; all where there is none.
    pub port: Option<usize>,
    /// When it begins.
    pub from: u64,
    /// When it is over.
    pub to: u64,
}

impl Trouble {
    /// Whether it is the interface's at this place in the list, or its device's.
    pub fn concerns(&self, port: usize) -> bool {
        self.device == port / PORTS && self.port.is_none_or(|slot| slot == port % PORTS)
    }
}

/// Interfaces of a device.
pub const PORTS: usize = 6;

impl Plan {
    /// How many seconds.
    pub fn length(&self) -> u64 {
        self.weeks * WEEK
    }

    /// The interfaces.
    pub fn ports(&self) -> Vec<Port> {
        (0..self.interfaces).map(|number| self.port(number)).collect()
    }

    fn port(&self, number: usize) -> Port {
        let (device, slot) = (number / PORTS, number % PORTS);
        let name = format!("lab-{:03}", device + 1);
        let dice = &mut Dice::named(self.seed, &format!("{name}/{slot}"));
        let speed = dice.pick(&[1e8, 1e9, 1e9, 1e10]);
        let calm = Amount { daily: 0.04, lasting: 0.06, memory: 2700.0, jitter: 0.08 };
        let mut port = Port {
            device: name,
            if_index: slot + 1,
            if_name: format!("Gi0/{}", slot + 1),
            kind: Kind::Office,
            speed,
            peak: speed * dice.magnitude(0.06, 0.3),
            outbound: dice.magnitude(0.25, 1.0),
            from: 0,
            growth: Growth::None,
            noise: calm,
        };
        match self.scenario {
            Scenario::Seasons => self.seasonal(&mut port, number, dice),
            Scenario::Growth => self.growing(&mut port, number, dice),
        }
        port
    }

    fn seasonal(&self, port: &mut Port, number: usize, dice: &mut Dice) {
        const KINDS: [Kind; 10] = [
            Kind::Office,
            Kind::Evening,
            Kind::Backup,
            Kind::Constant,
            Kind::Idle,
            Kind::Bursty,
            Kind::Growing,
            Kind::Office,
            Kind::Evening,
            Kind::Young,
        ];
        port.kind = KINDS.get(number % KINDS.len()).copied().unwrap_or_default();
        match port.kind {
            Kind::Idle => port.peak = dice.magnitude(1e4, 3e5),
            Kind::Constant => port.noise = Amount { daily: 0.0, lasting: 0.005, jitter: 0.01, ..port.noise },
            Kind::Bursty => {
                port.noise = Amount { daily: 0.08, lasting: 0.35, memory: 900.0, jitter: 0.2 };
            }
            Kind::Growing => port.growth = Growth::Exponential(0.05),
            Kind::Young => port.from = WEEK + dice.below(WEEK / 2),
            _ => {}
        }
    }

    /// Two of five grow: linear or exponential, fast or slow, to the wall within weeks or years. Others never do, but some
    /// are noisy, shrink, or step up once.
    fn growing(&self, port: &mut Port, number: usize, dice: &mut Dice) {
        port.kind = *[Kind::Office, Kind::Evening].get(number % 2).unwrap_or(&Kind::Office);
        port.outbound = dice.magnitude(0.3, 0.9);
        port.peak = port.speed * dice.magnitude(0.15, 0.55);
        port.growth = match number % 10 {
            0 => Growth::Exponential(0.05),
            1 => Growth::Linear(0.07),
            2 => Growth::Exponential(0.02 + 0.06 * dice.share()),
            3 => Growth::Linear(0.02 + 0.08 * dice.share()),
            4 => Growth::Step(self.length() / 4 + dice.below(self.length() / 2), 0.35),
            5 => Growth::Linear(-0.03),
            _ => Growth::None,
        };
        if number % 10 == 6 {
            port.noise = Amount { daily: 0.1, lasting: 0.35, memory: 900.0, jitter: 0.2 };
        }
    }

    /// The level of an interface at a second without noise, inbound, in bits per second.
    pub fn level(&self, port: &Port, second: u64) -> f64 {
        let holiday = self.holiday == Some(second / DAY);
        port.peak * port.growth.factor(second) * port.kind.level(second, holiday)
    }

    /// One event for each interface and week.
    pub fn events(&self, ports: &[Port]) -> Vec<Event> {
        let mut events = Vec::new();
        for (number, port) in ports.iter().enumerate() {
            let dice = &mut Dice::named(self.seed, &format!("{}/{}/events", port.device, port.if_name));
            for week in 0..self.weeks {
                // In a plan of growth, now and then somebody floods somebody.
                let event = match self.scenario {
                    Scenario::Seasons => self.event(number, port, week, dice),
                    Scenario::Growth if dice.happens(0.15) => {
                        let from = week * WEEK + dice.below(6 * DAY);
                        let (to, wrong) = (from + 600 + dice.below(4 * HOUR), Wrong::Spike);
                        Some(Event { wrong, port: number, directions: [true, false], from, to })
                    }
                    Scenario::Growth => None,
                };
                events.extend(event);
            }
        }
        events
    }

    fn event(&self, number: usize, port: &Port, week: u64, dice: &mut Dice) -> Option<Event> {
        let wrong = match port.kind {
            Kind::Idle => Wrong::Flood,
            kind if kind.has_quiet_hours() => {
                dice.pick(&[Wrong::Spike, Wrong::Drop, Wrong::Shift, Wrong::Modest, Wrong::WrongHour])
            }
            _ => dice.pick(&[Wrong::Spike, Wrong::Drop, Wrong::Shift, Wrong::Modest]),
        };
        let minutes = match wrong {
            Wrong::Spike | Wrong::Flood => 30 + dice.below(90),
            Wrong::Drop => 45 + dice.below(135),
            Wrong::WrongHour => 60 + dice.below(120),
            Wrong::Shift | Wrong::Modest => 120 + dice.below(240),
        };
        // Where there is traffic to be more or less of, or, for a wrong hour, where there is little.
        let quiet = wrong == Wrong::WrongHour;
        let from = (0..1000).find_map(|_| {
            let from = week * WEEK + dice.below(WEEK - 6 * HOUR);
            let level = self.level(port, from) / (port.peak * port.growth.factor(from));
            let fits = if quiet { level < 0.3 } else { level > 0.5 };
            (fits && from >= port.from).then_some(from)
        })?;
        let directions = match (wrong, dice.below(3)) {
            (Wrong::Drop, _) | (_, 0) => [true, true],
            (_, 1) => [true, false],
            _ => [false, true],
        };
        Some(Event { wrong, port: number, directions, from, to: from + minutes * 60 })
    }

    /// Restarts, interfaces that are down, and times without scrapes.
    pub fn troubles(&self, ports: usize) -> Vec<Trouble> {
        let dice = &mut Dice::named(self.seed, "troubles");
        let devices = ports.div_ceil(PORTS);
        let mut troubles = Vec::new();
        let mut add = |outage, device, port, length: u64, dice: &mut Dice| {
            let from = dice.below(self.length().saturating_sub(length));
            troubles.push(Trouble { outage, device, port, from, to: from + length });
        };
        for device in 0..devices {
            for _ in 0..self.weeks {
                if dice.happens(0.6) {
                    add(Outage::Reboot, device, None, 240, dice);
                }
                if dice.happens(0.35) {
                    let (port, length) = (dice.below(PORTS as u64) as usize, HOUR + dice.below(5 * HOUR));
                    add(Outage::Down, device, Some(port), length, dice);
                }
            }
        }
        let device = |dice: &mut Dice| dice.below(devices as u64) as usize;
        let (short, long) = (device(dice), device(dice));
        add(Outage::Gap, short, None, DAY * 7 / 5, dice);
        add(Outage::Gap, long, None, WEEK, dice);
        troubles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64) -> Plan {
        let scenario = Scenario::Seasons;
        Plan { seed, scenario, interfaces: 60, weeks: 6, start: 0, holiday: Some(29) }
    }

    #[test]
    fn a_seed_is_a_plan() {
        let events = |seed| {
            let plan = plan(seed);
            plan.events(&plan.ports()).iter().map(|event| (event.from, event.to)).collect::<Vec<_>>()
        };
        assert_eq!(events(7), events(7));
        assert_ne!(events(7), events(8));
    }

    #[test]
    fn one_event_for_each_interface_and_week_where_there_is_traffic() {
        let plan = plan(1);
        let ports = plan.ports();
        let events = plan.events(&ports);
        assert!((330..=360).contains(&events.len()), "{}", events.len());
        for event in &events {
            let port = &ports[event.port];
            assert!(event.from >= port.from && event.to <= plan.length() && event.from < event.to);
            let level = plan.level(port, event.from) / (port.peak * port.growth.factor(event.from));
            assert_eq!(level < 0.3, event.wrong == Wrong::WrongHour, "{event:?}");
        }
    }
}
