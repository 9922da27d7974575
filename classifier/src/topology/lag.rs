//! Which interfaces are parts of which aggregate: IEEE8023-LAG-MIB, and ifStackTable followed through all its layers.

use std::collections::BTreeMap;

use super::oids;
use crate::decode::oids::{IF_STACK_STATUS, IF_TYPE};
use crate::decode::reading::Reading;

/// ieee8023adLag (IANAifType-MIB).
const LAG: u32 = 161;
/// No stack of interfaces is deeper.
const DEEPEST: usize = 8;

/// Parts of aggregates: ifIndex of the part to that of the aggregate.
pub(super) fn parts(reading: &Reading<'_>) -> BTreeMap<u32, u32> {
    let types: BTreeMap<u32, u32> = reading
        .rows(IF_TYPE)
        .filter_map(|(index, value)| Some((index, u32::try_from(value.as_i64()?).ok()?)))
        .collect();
    let layers = reading.cells(IF_STACK_STATUS).iter().filter_map(|cell| match *cell.index.as_slice() {
        // notInService(2) and notReady(3) of RowStatus.
        _ if matches!(cell.value.as_i64(), Some(2 | 3)) => None,
        [higher, lower] if higher > 0 && lower > 0 && higher != lower => Some((lower, higher)),
        _ => None,
    });
    let mut parts = stacked(&layers.collect::<Vec<_>>(), |index| types.get(&index) == Some(&LAG));
    // What the aggregates' own MIB says counts more. A port that is attached to itself is on its own.
    for (port, value) in reading.rows(oids::LAG_ATTACHED) {
        match value.as_i64().and_then(|index| u32::try_from(index).ok()) {
            Some(aggregate) if aggregate > 0 && aggregate != port => drop(parts.insert(port, aggregate)),
            _ => {}
        }
    }
    parts
}

/// Parts by layers (lower, higher): the aggregate that is found first on the way up, through units and the like.
fn stacked(layers: &[(u32, u32)], is_lag: impl Fn(u32) -> bool) -> BTreeMap<u32, u32> {
    let mut above: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (lower, higher) in layers {
        above.entry(*lower).or_default().push(*higher);
    }
    let mut parts = BTreeMap::new();
    for start in above.keys().filter(|index| !is_lag(**index)) {
        let mut floor = vec![*start];
        for _ in 0..DEEPEST {
            floor = floor.iter().filter_map(|index| above.get(index)).flatten().copied().collect();
            floor.sort_unstable();
            floor.dedup();
            if let Some(aggregate) = floor.iter().find(|index| is_lag(**index)) {
                parts.insert(*start, *aggregate);
                break;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_followed_to_the_aggregate() {
        // Physical 1 and 2, units 11 and 12, aggregate 100, its unit 101; and a loop.
        let layers = [(1, 11), (11, 100), (2, 12), (12, 100), (100, 101), (50, 51), (51, 50)];
        let parts = stacked(&layers, |index| index == 100);
        assert_eq!(parts, BTreeMap::from([(1, 100), (2, 100), (11, 100), (12, 100)]));
    }
}
