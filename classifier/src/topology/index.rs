//! Indexes of the tables of neighbours, right ones and those that agents make of them.

use std::net::IpAddr;

use super::id::{v4, v6};

/// The row of a neighbour: where it was heard, and its number there. timeMark (RFC 4502, TimeFilter) changes with every
/// update and identifies nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// lldpRemLocalPortNum, or lldpV2RemLocalIfIndex.
    pub port: u32,
    /// lldpV2RemLocalDestMACAddress; 0 where the table has none.
    pub destination: u32,
    /// lldpRemIndex.
    pub index: u32,
}

/// The layout of a table's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// LLDP-MIB: timeMark, port, index. Some agents leave timeMark out.
    V1,
    /// LLDP-V2-MIB: timeMark, ifIndex, destination, index.
    V2,
}

/// A row of lldpRemTable or lldpV2RemTable: its timeMark and its key.
pub fn row(layout: Layout, arcs: &[u32]) -> Option<(u32, RowKey)> {
    match (layout, arcs) {
        (Layout::V1, &[time, port, index]) => Some((time, RowKey { port, destination: 0, index })),
        (Layout::V1, &[port, index]) => Some((0, RowKey { port, destination: 0, index })),
        (Layout::V2, &[time, port, destination, index]) => Some((time, RowKey { port, destination, index })),
        (Layout::V2, &[port, destination, index]) => Some((0, RowKey { port, destination, index })),
        _ => None,
    }
}

/// A row of lldpRemManAddrTable or lldpV2RemManAddrTable: the row it belongs to and the address. Agents leave out the length
/// of the address, and timeMark.
pub fn address(layout: Layout, arcs: &[u32]) -> Option<(RowKey, IpAddr)> {
    let full = match layout {
        Layout::V1 => 3,
        Layout::V2 => 4,
    };
    [full, full - 1].into_iter().find_map(|width| {
        let (_, key) = row(layout, arcs.get(..width)?)?;
        Some((key, management_address(arcs.get(width..)?)?))
    })
}

/// A kind of address (AddressFamilyNumbers: 1 IPv4, 2 IPv6), its length, its octets.
pub fn management_address(arcs: &[u32]) -> Option<IpAddr> {
    let (kind, octets) = match arcs {
        // A length that is one octet too long for what follows is an octet itself.
        [kind @ 1, 4, rest @ ..] | [kind @ 2, 16, rest @ ..] if rest.len() != 3 && rest.len() != 15 => {
            (kind, rest)
        }
        [kind @ (1 | 2), rest @ ..] => (kind, rest),
        _ => return None,
    };
    let octets: Option<Vec<u8>> = octets.iter().map(|arc| u8::try_from(*arc).ok()).collect();
    let octets = octets?;
    if *kind == 1 { v4(&octets) } else { v6(&octets) }
}

/// Whether an address can say which device it is: not the loopback, not of a link, not of many.
pub fn identifies(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.octets()[0] == 0
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast())
        }
        IpAddr::V6(v6) => {
            !(v6.is_unspecified() || v6.is_loopback() || v6.is_multicast() || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_found_in_whole_and_broken_indexes() {
        let key = |port, destination, index| RowKey { port, destination, index };
        for (layout, arcs, found) in [
            (Layout::V1, &[4711, 12, 3][..], Some((4711, key(12, 0, 3)))),
            (Layout::V1, &[12, 3], Some((0, key(12, 0, 3)))),
            (Layout::V1, &[3], None),
            (Layout::V1, &[1, 2, 3, 4], None),
            (Layout::V2, &[9, 1_610_891_280, 1, 1], Some((9, key(1_610_891_280, 1, 1)))),
            (Layout::V2, &[5, 1, 2], Some((0, key(5, 1, 2)))),
            (Layout::V2, &[], None),
        ] {
            assert_eq!(row(layout, arcs), found, "{arcs:?}");
        }
    }

    #[test]
    fn management_addresses_with_and_without_their_length() {
        let six: Vec<u32> =
            [0, 12, 3, 2, 16].into_iter().chain([0x20, 1, 13, 0xb8]).chain([0; 11]).chain([1]).collect();
        for (layout, arcs, found) in [
            (Layout::V1, vec![0, 12, 3, 1, 4, 10, 0, 0, 1], Some((12, "10.0.0.1"))),
            (Layout::V1, vec![0, 12, 3, 1, 10, 0, 0, 1], Some((12, "10.0.0.1"))),
            (Layout::V1, vec![12, 3, 1, 4, 10, 0, 0, 1], Some((12, "10.0.0.1"))),
            (Layout::V1, six, Some((12, "2001:db8::1"))),
            (Layout::V1, vec![0, 12, 3, 6, 6, 1, 2, 3, 4, 5, 6], None),
            (Layout::V1, vec![0, 12, 3, 1, 4, 10, 0, 0, 256], None),
            (Layout::V1, vec![0, 12, 3, 1, 4, 10, 0], None),
            (Layout::V2, vec![0, 12, 1, 3, 1, 4, 10, 0, 0, 1], Some((12, "10.0.0.1"))),
        ] {
            let found =
                found.map(|(port, text): (u32, &str)| (port, text.parse::<IpAddr>().expect("an address")));
            assert_eq!(address(layout, &arcs).map(|(key, address)| (key.port, address)), found, "{arcs:?}");
        }
    }

    proptest! {
        #[test]
        fn no_arcs_break_it(arcs in proptest::collection::vec(any::<u32>(), 0..30)) {
            for layout in [Layout::V1, Layout::V2] {
                let _ = (row(layout, &arcs), address(layout, &arcs), management_address(&arcs));
            }
        }

        #[test]
        fn right_indexes_are_read(time: u32, port: u32, index: u32, octets: [u8; 4], with_length: bool) {
            let mut arcs = vec![time, port, index, 1];
            if with_length { arcs.push(4); }
            arcs.extend(octets.map(u32::from));
            let expected = (RowKey { port, destination: 0, index }, IpAddr::from(octets));
            prop_assert_eq!(address(Layout::V1, &arcs), Some(expected));
        }
    }
}
