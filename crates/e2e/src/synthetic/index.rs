//! The arcs of a row, for each type of index (RFC 2578 §7.7).

use lab::dice::Dice;

use super::text;
use crate::definition::Index;

/// The `choice`th value of an index, as arcs.
pub(super) fn arcs(index: &Index, choice: u64, dice: &mut Dice, oddness: f64) -> Vec<u32> {
    let odd = dice.happens(oddness / 2.0);
    match index.kind.as_str() {
        "PhysAddress48" => (0..6).map(|_| octet(dice) + if odd { 250 } else { 0 }).collect(),
        "OctetString" | "DisplayString" => {
            let texts = index.kind == "DisplayString";
            let mut content: Vec<u32> = match index.fixed_size {
                0 => text::octets(texts, choice, dice, odd).into_iter().map(u32::from).collect(),
                size => (0..size).map(|_| if texts { letter(dice) } else { octet(dice) }).collect(),
            };
            if odd && dice.happens(0.2) {
                content.push(300);
            }
            if index.fixed_size == 0 && !index.implied {
                let beyond = if odd && dice.happens(0.2) { 5 } else { 0 };
                content.insert(0, content.len() as u32 + beyond);
            }
            content
        }
        "InetAddressIPv4" => address(4, dice),
        "InetAddressIPv6" => address(16, dice),
        "InetAddress" => {
            let (kind, content) = inet(dice, odd);
            [vec![kind, content.len() as u32], content].concat()
        }
        "InetAddressMissingSize" => {
            let (kind, content) = inet(dice, odd);
            [vec![kind], content].concat()
        }
        "LldpPortId" => {
            let kind = 1 + dice.below(7) as u32;
            let content: Vec<u32> = match kind {
                3 => address(6, dice),
                // What a text of this kind is read as begins with one more length.
                1 | 2 | 5 | 7 => [vec![3], (0..3).map(|_| letter(dice)).collect()].concat(),
                _ => address(4, dice),
            };
            [vec![kind, content.len() as u32], content].concat()
        }
        "EnumAsInfo" => match index.enum_values.keys().nth(choice as usize) {
            Some(known) if !odd => vec![u32::try_from(*known).unwrap_or(0)],
            _ => vec![choice as u32],
        },
        // A number.
        _ => vec![match choice {
            _ if odd => [0, u32::MAX, 1 << 31, 65_536, 1_000_001][dice.below(5) as usize],
            0..3 => choice as u32 + 1,
            more => more as u32 * 10 + 1,
        }],
    }
}

/// How many of these arcs an index takes.
pub(super) fn length(index: &Index, left: &[u32]) -> usize {
    let at = |i: usize| left.get(i).copied().unwrap_or(0);
    let counted = |i: usize| usize::try_from(at(i)).unwrap_or(0).min(300);
    let inet = |kind: u32| match kind {
        1 => Some(4),
        2 => Some(16),
        _ => None,
    };
    match index.kind.as_str() {
        "PhysAddress48" => 6,
        "OctetString" | "DisplayString" => match index.fixed_size {
            _ if index.implied => left.len(),
            0 => 1 + counted(0),
            size => size as usize,
        },
        "InetAddressIPv4" => 4,
        "InetAddressIPv6" => 16,
        "InetAddress" => 2 + inet(at(0)).unwrap_or(counted(1)),
        "InetAddressMissingSize" => inet(at(0)).map_or(left.len(), |length| 1 + length),
        "LldpPortId" => 2 + counted(1),
        _ => 1,
    }
}

fn inet(dice: &mut Dice, odd: bool) -> (u32, Vec<u32>) {
    match dice.below(if odd { 6 } else { 2 }) {
        0 => (1, address(4, dice)),
        1 => (2, address(16, dice)),
        2 => (0, Vec::new()),
        3 => (3, address(8, dice)),
        4 => (4, address(20, dice)),
        _ => (16, address(11, dice)),
    }
}

fn address(octets: usize, dice: &mut Dice) -> Vec<u32> {
    (0..octets).map(|_| octet(dice)).collect()
}

fn octet(dice: &mut Dice) -> u32 {
    // Zeros and the highest ones are where addresses are written in odd ways.
    match dice.below(8) {
        0 => 0,
        1 => 255,
        _ => dice.below(256) as u32,
    }
}

fn letter(dice: &mut Dice) -> u32 {
    u32::from(b'a') + dice.below(26) as u32
}
