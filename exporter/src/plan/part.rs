//! What each module of a plan has of a harvest: its columns, its values, and its share of what they cost.

use std::collections::{HashMap, HashSet};
use std::ptr;

use snmp::{Column, Harvest};

use super::Plan;
use super::need::outermost;
use super::slot::View;

/// One module's part in a harvest.
#[derive(Debug, Default)]
pub struct Part<'h> {
    /// The columns it needs, each once; other modules may need them too.
    pub columns: Vec<&'h Column>,
    /// The values it sees. Those that only decide about rows are none of them.
    pub values: u64,
    /// What it took of the packets: those of a column that several modules need are shared by them.
    weight: f64,
}

impl Plan {
    /// The modules' parts in what answers [`Plan::wanted`] and [`Plan::fallback`], in the order of the modules.
    pub fn parts<'h>(&'h self, first: &'h Harvest, second: Option<&'h Harvest>) -> Vec<Part<'h>> {
        let mut parts: Vec<Part<'h>> = self.modules.iter().map(|_| Part::default()).collect();
        for (number, part) in parts.iter_mut().enumerate() {
            let slots = || self.slots.iter().filter(|slot| slot.module == number);
            let mut known = HashSet::new();
            for slot in slots() {
                slot.each_extract(first, second, |extract| {
                    if known.insert(ptr::from_ref(extract.column)) {
                        part.columns.push(extract.column);
                    }
                });
            }
            let seen = || slots().filter(|slot| !slot.decides);
            let roots = outermost(seen().map(|slot| slot.oid.clone()).collect());
            part.values = seen()
                .filter(|slot| roots.binary_search(&slot.oid).is_ok())
                .map(|slot| View::new(slot, first, second).len() as u64)
                .sum();
        }
        let mut sharers: HashMap<*const Column, u32> = HashMap::new();
        for column in parts.iter().flat_map(|part| &part.columns) {
            *sharers.entry(ptr::from_ref(*column)).or_default() += 1;
        }
        for part in &mut parts {
            let share = |column: &&Column| {
                let sharers = sharers.get(&ptr::from_ref(*column)).copied().unwrap_or(1);
                f64::from(column.packets) / f64::from(sharers)
            };
            part.weight = part.columns.iter().map(share).sum();
        }
        parts
    }
}

/// Deals packets out to modules: whole ones, in proportion to what the modules' columns took, and all of them.
pub fn deal(packets: u64, parts: &[Part<'_>]) -> Vec<u64> {
    let weights: f64 = parts.iter().map(|part| part.weight).sum();
    let mut dealt = Vec::with_capacity(parts.len());
    let (mut before, mut given) = (0.0, 0);
    for (nth, part) in parts.iter().enumerate() {
        before += part.weight;
        // Up to here, rounded; so that roundings do not add up. Nobody's packets are the first module's.
        let due = match weights > 0.0 && nth + 1 < parts.len() {
            true => ((packets as f64 * before / weights).round() as u64).clamp(given, packets),
            false => packets,
        };
        dealt.push(due - given);
        given = due;
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_dealt_out_whole_and_all_of_them() {
        for (packets, weights, expected) in [
            (10, &[1.0][..], &[10][..]),
            (10, &[1.0, 1.0], &[5, 5]),
            (7, &[1.0, 1.0, 1.0], &[2, 3, 2]),
            (10, &[9.0, 0.0, 1.0], &[9, 0, 1]),
            (3, &[0.0, 0.0], &[3, 0]),
            (0, &[1.0, 2.0], &[0, 0]),
            (1, &[1.0, 1.0, 1.0, 1.0], &[0, 1, 0, 0]),
            (5, &[], &[]),
        ] {
            let parts: Vec<_> =
                weights.iter().map(|weight| Part { weight: *weight, ..Part::default() }).collect();
            assert_eq!(deal(packets, &parts), expected, "{packets} {weights:?}");
        }
    }
}
