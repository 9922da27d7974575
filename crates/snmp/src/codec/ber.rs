//! Writing BER (X.690) and the arcs of OIDs. Reading is snmp2's, see [`super::answer`].

use smallvec::SmallVec;

/// Tags of requests.
pub(super) mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const SEQUENCE: u8 = 0x30;
    pub const GET: u8 = 0xa0;
    pub const GET_NEXT: u8 = 0xa1;
    pub const GET_BULK: u8 = 0xa5;
}

/// Writes tag and length.
pub(super) fn header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend_from_slice(&[0x81, length as u8]),
        0x100..=0xffff => out.extend_from_slice(&[0x82, (length >> 8) as u8, length as u8]),
        _ => out.extend_from_slice(&[0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
    }
}

/// Octets [`header`] writes for this length.
pub(super) fn header_len(length: usize) -> usize {
    match length {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    }
}

/// Writes an INTEGER in as few octets as its value needs.
pub(super) fn integer(out: &mut Vec<u8>, value: i32) {
    let bytes = value.to_be_bytes();
    let mut skip = 0;
    while skip < 3
        && ((bytes[skip] == 0 && bytes[skip + 1] < 0x80) || (bytes[skip] == 0xff && bytes[skip + 1] >= 0x80))
    {
        skip += 1;
    }
    header(out, tag::INTEGER, 4 - skip);
    out.extend_from_slice(&bytes[skip..]);
}

/// Writes an OCTET STRING.
pub(super) fn octets(out: &mut Vec<u8>, content: &[u8]) {
    header(out, tag::OCTET_STRING, content.len());
    out.extend_from_slice(content);
}

/// The content octets of an OID whose arcs are `head` and then `tail` (X.690 §8.19).
///
/// An OID of fewer than two arcs has no encoding: `1` is sent as `1.0`, which comes before all that lies below it.
pub(super) fn oid_content(head: &[u32], tail: &[u32]) -> SmallVec<[u8; 48]> {
    let mut out = SmallVec::new();
    let mut arcs = head.iter().chain(tail).copied();
    let first = arcs.next().unwrap_or(0);
    let second = arcs.next().unwrap_or(0);
    base128(&mut out, u64::from(first) * 40 + u64::from(second));
    for arc in arcs {
        base128(&mut out, arc.into());
    }
    out
}

fn base128(out: &mut SmallVec<[u8; 48]>, value: u64) {
    let groups = (64 - value.leading_zeros()).div_ceil(7).max(1);
    for group in (1..groups).rev() {
        out.push(0x80 | (value >> (7 * group)) as u8 & 0x7f);
    }
    out.push(value as u8 & 0x7f);
}

/// How many octets an arc takes in an encoded OID.
pub(crate) fn arc_len(arc: u32) -> usize {
    (32 - arc.leading_zeros()).div_ceil(7).max(1) as usize
}

/// Reads an OID's content octets into `arcs`, which is cleared first. Arcs beyond 32 bits keep their low 32, as agents
/// that send a negative number as arc mean them. `None` where the octets end inside an arc or there are none.
pub(super) fn read_arcs(content: &[u8], arcs: &mut Vec<u32>) -> Option<()> {
    arcs.clear();
    let mut value = 0u64;
    let mut inside = true;
    for &octet in content {
        value = (value << 7) | u64::from(octet & 0x7f);
        inside = octet & 0x80 != 0;
        if !inside {
            if arcs.is_empty() {
                let first = (value / 40).min(2);
                arcs.push(first as u32);
                value -= first * 40;
            }
            arcs.push(value as u32);
            value = 0;
        }
    }
    (!inside).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_are_minimal() {
        for (value, bytes) in [
            (0, &[2u8, 1, 0][..]),
            (127, &[2, 1, 127]),
            (128, &[2, 2, 0, 128]),
            (-1, &[2, 1, 255]),
            (-129, &[2, 2, 255, 127]),
            (i32::MAX, &[2, 4, 127, 255, 255, 255]),
            (i32::MIN, &[2, 4, 128, 0, 0, 0]),
        ] {
            let mut out = Vec::new();
            integer(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
    }

    #[test]
    fn oids_encode_as_in_the_standard() {
        for (arcs, bytes) in [
            (&[1u32, 3, 6, 1][..], &[0x2b_u8, 6, 1][..]),
            (&[2, 999, 3], &[0x88, 0x37, 3]),
            (&[1, 3, 4294967295], &[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]),
            (&[0, 0], &[0]),
            (&[1], &[40]),
            (&[1, 3, 128, 127], &[0x2b, 0x81, 0, 127]),
        ] {
            assert_eq!(oid_content(arcs, &[]).as_slice(), bytes, "{arcs:?}");
        }
    }

    #[test]
    fn a_cut_arc_is_no_oid() {
        let mut arcs = Vec::new();
        assert_eq!(read_arcs(&[0x2b, 0x81], &mut arcs), None);
        assert_eq!(read_arcs(&[], &mut arcs), None);
        assert_eq!(
            read_arcs(&[0x2b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], &mut arcs),
            Some(())
        );
        assert_eq!(arcs, [1, 3, u32::MAX]);
    }

    proptest! {
        #[test]
        fn oids_come_back(first in 0u32..=2, second in 0u32..=39, rest in proptest::collection::vec(any::<u32>(), 0..20)) {
            let mut arcs = vec![first, second];
            arcs.extend(rest);
            let content = oid_content(&arcs[..2], &arcs[2..]);
            prop_assert_eq!(content.len(), 1 + arcs[2..].iter().map(|a| arc_len(*a)).sum::<usize>());
            let mut back = Vec::new();
            prop_assert_eq!(read_arcs(&content, &mut back), Some(()));
            prop_assert_eq!(back, arcs);
        }
    }
}
