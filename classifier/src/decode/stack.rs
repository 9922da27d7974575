//! ifStackTable (IF-MIB, RFC 2863 §3.1.1): which interfaces are aggregates, and of what.

use snmp::Value;

use super::interfaces::Interfaces;
use super::oids;
use super::reading::Reading;

/// ieee8023adLag (IANAifType-MIB).
const LAG: u32 = 161;
/// propVirtual, propMultiplexor: what older systems give their aggregates, and their VLANs too.
const VIRTUAL: [u32; 2] = [53, 54];
/// How names of aggregates begin, before their number.
const AGGREGATES: [&str; 11] = [
    "po",
    "port-channel",
    "ae",
    "lag",
    "bond",
    "trk",
    "eth-trunk",
    "bridge-aggregation",
    "route-aggregation",
    "bundle-ether",
    "be",
];

/// Marks aggregates and their parts.
pub(super) fn mark(reading: &Reading<'_>, interfaces: &mut Interfaces) {
    let mut layers: Vec<(u32, u32)> = Vec::new();
    for cell in reading.cells(oids::IF_STACK_STATUS) {
        match cell.index.as_slice() {
            // 0 stands for "nothing above" and "nothing below".
            [0, _] | [_, 0] => {}
            [higher, lower] if is_active(&cell.value) => layers.push((*higher, *lower)),
            [_, _] => {}
            other => reading.bad(oids::IF_STACK_STATUS, other, "expected an index of two numbers"),
        }
    }
    let is_aggregate = |index: &u32| {
        interfaces.get(index).is_some_and(|facts| match facts.if_type {
            Some(LAG) => true,
            Some(kind) if VIRTUAL.contains(&kind) => is_named_so(&facts.key()),
            _ => false,
        })
    };
    let aggregates: Vec<u32> = layers.iter().map(|(higher, _)| *higher).filter(is_aggregate).collect();
    for (higher, lower) in layers.iter().filter(|(higher, _)| aggregates.contains(higher)) {
        let Some(name) = interfaces.get_mut(higher).map(|facts| {
            facts.is_lag = true;
            facts.key()
        }) else {
            continue;
        };
        if let Some(facts) = interfaces.get_mut(lower).filter(|_| higher != lower) {
            facts.lag = Some(name);
        }
    }
}

/// Whether an interface is called an aggregate: `Po1`, `Port-channel 1`.
fn is_named_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches([' ', '-', '_', '.']);
    word.len() < name.len() && AGGREGATES.contains(&word)
}

/// active(1) of RowStatus (RFC 2579). Agents that send something else mean it all the same, but for notInService(2) and
/// notReady(3).
fn is_active(value: &Value) -> bool {
    !matches!(value.as_i64(), Some(2 | 3))
}
