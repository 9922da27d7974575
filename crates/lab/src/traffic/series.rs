//! Counters and statuses as an exporter would have told them, in VictoriaMetrics' import format: one JSON object a line.

use std::io::{self, Write};

use super::noise::Noise;
use super::plan::{Event, Outage, Plan, Port, Trouble, Wrong};
use crate::dice::Dice;

/// How many samples are on a line.
const LINE: usize = 10_000;

/// Writes all series of a plan, with samples `step` seconds apart. Returns how many samples there are.
///
/// # Errors
/// What is written to does not take it.
pub fn write(plan: &Plan, step: u64, out: &mut impl Write) -> io::Result<u64> {
    let ports = plan.ports();
    let (events, troubles) = (plan.events(&ports), plan.troubles(ports.len()));
    let mut samples = 0;
    for (number, port) in ports.iter().enumerate() {
        let events: Vec<&Event> = events.iter().filter(|event| event.port == number).collect();
        let troubles: Vec<&Trouble> = troubles.iter().filter(|trouble| trouble.concerns(number)).collect();
        for (direction, name) in [(0, "in"), (1, "out")] {
            let track = Track { plan, port, events: &events, troubles: &troubles, direction, step };
            let metric = format!("interface_if_hc_{name}_octets");
            samples += lines(out, plan, port, &metric, track.octets())?;
        }
        let troubled = |second: u64| {
            let mut now = troubles.iter().filter(|trouble| (trouble.from..trouble.to).contains(&second));
            let status = now.try_fold(1, |status, trouble| {
                match trouble.outage {
                    Outage::Down => Some(2),
                    Outage::Reboot | Outage::Gap => None,
                }
                .map(|other: u64| other.max(status))
            });
            status.map(|status| (second, status))
        };
        // Statuses every minute would only cost time.
        let seconds = || (port.from..plan.length()).step_by(step.max(240) as usize);
        samples += lines(out, plan, port, "interface_if_oper_status", seconds().filter_map(troubled))?;
        let speed = seconds().map(|second| (second, port.speed as u64));
        samples += lines(out, plan, port, "interface_if_speed_bps", speed)?;
        // What info.yml would have recorded: it remembers, and what remembers cannot be replayed.
        let info = seconds().map(|second| (second, 1));
        samples += lines(out, plan, port, "interface:info", info)?;
    }
    Ok(samples)
}

fn lines(
    out: &mut impl Write,
    plan: &Plan,
    port: &Port,
    metric: &str,
    samples: impl Iterator<Item = (u64, u64)>,
) -> io::Result<u64> {
    let (mut values, mut times, mut count, mut all) = (String::new(), String::new(), 0, 0);
    let mut flush = |values: &mut String, times: &mut String| -> io::Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let Port { device, if_index, if_name, .. } = port;
        writeln!(
            out,
            "{{\"metric\":{{\"__name__\":\"{metric}\",\"job\":\"snmp\",\"device\":\"{device}\",\"if_index\":\"{if_index}\",\
             \"if_name\":\"{if_name}\"}},\"values\":[{}],\"timestamps\":[{}]}}",
            values.trim_end_matches(','),
            times.trim_end_matches(',')
        )?;
        values.clear();
        times.clear();
        Ok(())
    };
    for (second, value) in samples {
        values.push_str(&value.to_string());
        values.push(',');
        times.push_str(&(plan.start + second).to_string());
        times.push_str("000,");
        count += 1;
        all += 1;
        if count == LINE {
            flush(&mut values, &mut times)?;
            count = 0;
        }
    }
    flush(&mut values, &mut times)?;
    Ok(all)
}

/// One direction of an interface.
struct Track<'a> {
    plan: &'a Plan,
    port: &'a Port,
    events: &'a [&'a Event],
    troubles: &'a [&'a Trouble],
    direction: usize,
    step: u64,
}

impl Track<'_> {
    /// What the octet counter says, sample by sample.
    fn octets(&self) -> impl Iterator<Item = (u64, u64)> {
        let Port { device, if_name, noise, .. } = self.port;
        let mut dice = Dice::named(self.plan.seed, &format!("{device}/{if_name}/{}", self.direction));
        let mut counter = dice.roll() >> 16;
        let mut noise = Noise::new(dice, *noise);
        (self.port.from..self.plan.length()).step_by(self.step as usize).filter_map(move |second| {
            let noise = noise.at(second, self.step);
            let mut told = true;
            let mut bps = self.bps(second, noise);
            for trouble in self.troubles.iter().filter(|trouble| (trouble.from..trouble.to).contains(&second))
            {
                match trouble.outage {
                    Outage::Down => bps = 0.0,
                    Outage::Gap => told = false,
                    Outage::Reboot => (told, counter, bps) = (false, 0, 0.0),
                }
            }
            counter = counter.wrapping_add((bps / 8.0 * self.step as f64) as u64);
            told.then_some((second, counter))
        })
    }

    /// Bits per second.
    fn bps(&self, second: u64, noise: f64) -> f64 {
        let share = if self.direction == 0 { 1.0 } else { self.port.outbound };
        let peak = self.port.peak * self.port.growth.factor(second);
        let mut level = self.plan.level(self.port, second);
        for event in self.events {
            let here = event.directions.get(self.direction).copied().unwrap_or_default();
            if !here || !(event.from..event.to).contains(&second) {
                continue;
            }
            level = match event.wrong {
                Wrong::Spike => level * 3.0,
                Wrong::Drop => level * 0.1,
                Wrong::Shift => level * 1.8,
                Wrong::Modest => level * 1.4,
                Wrong::WrongHour => peak,
                Wrong::Flood => self.port.speed * 0.15,
            };
        }
        (level * share * noise).min(self.port.speed * 0.98)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{Scenario, WEEK};

    #[test]
    fn a_seed_is_a_file_and_counters_grow() {
        let plan = Plan {
            seed: 3,
            scenario: Scenario::Seasons,
            interfaces: 3,
            weeks: 3,
            start: 1_000_000,
            holiday: None,
        };
        let text = |plan: &Plan| {
            let mut text = Vec::new();
            let samples = write(plan, 300, &mut text).unwrap();
            (samples, String::from_utf8(text).unwrap())
        };
        let (samples, first) = text(&plan);
        assert_eq!((samples, first.clone()), text(&plan));
        assert_ne!(first, text(&Plan { seed: 4, ..plan }).1);
        assert!(samples <= 5 * 3 * 3 * WEEK / 300, "{samples}");
        let line: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        assert_eq!(line["metric"]["__name__"], "interface_if_hc_in_octets");
        let values: Vec<u64> =
            line["values"].as_array().unwrap().iter().filter_map(|value| value.as_u64()).collect();
        let falls = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(falls <= 3, "only a restart makes a counter fall: {falls}");
        assert_eq!(values.len(), line["timestamps"].as_array().unwrap().len());
    }
}
