//! Addresses from octets.

use std::net::Ipv4Addr;

/// A MAC address: six octets, or its text, as some agents send it (`94:60:d5:…`, `e4 f0 04 …`, `0011.2233.4455`). `Ok(None)` is
/// an interface without one; zeros are none either.
///
/// # Errors
/// It is none.
pub fn mac(octets: &[u8]) -> Result<Option<[u8; 6]>, String> {
    let text = std::str::from_utf8(octets).ok().filter(|_| octets.len() >= 11);
    let address = match (<[u8; 6]>::try_from(octets).ok().or_else(|| text.and_then(written)), text) {
        (Some(address), _) => address,
        // Eight octets are an EUI-64, twenty InfiniBand's: right, and no MAC addresses.
        (None, _) if matches!(octets.len(), 0 | 8 | 20) => return Ok(None),
        (None, Some(text)) => return Err(format!("{text:?} is no MAC address")),
        (None, None) => return Err(format!("expected 6 octets, found {}", octets.len())),
    };
    Ok((address != [0; 6]).then_some(address))
}

/// A MAC address as it is written, in pairs or in groups of four, or with single digits.
fn written(text: &str) -> Option<[u8; 6]> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '"');
    let groups: Vec<&str> = text.split([':', '-', ' ', '.']).filter(|group| !group.is_empty()).collect();
    let hex = |group: &str| {
        let digits = group.bytes().all(|b| b.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(group, 16).ok()).flatten()
    };
    let width = match groups.len() {
        6 => 2,
        3 => 4,
        1 => 12,
        _ => return None,
    };
    let mut address = 0_u64;
    for group in groups {
        if group.len() > width || width > 2 && group.len() != width {
            return None;
        }
        address = address << (4 * width) | hex(group)?;
    }
    let [_, _, mac @ ..] = address.to_be_bytes();
    Some(mac)
}

/// The length of the prefix a mask leaves; `None` for a mask with holes.
pub fn prefix_len(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    (bits.leading_ones() + bits.trailing_zeros() >= 32).then(|| bits.leading_ones() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_addresses_are_octets_or_their_text() {
        let known = Ok(Some([0x94, 0x60, 0xd5, 0, 0x1a, 0xf0]));
        for (octets, mac_address) in [
            (&[0x94, 0x60, 0xd5, 0, 0x1a, 0xf0][..], known.clone()),
            (b"94:60:d5:00:1a:f0", known.clone()),
            (b"94:60:D5:0:1A:F0", known.clone()),
            (b"94 60 d5 00 1a f0 ", known.clone()),
            (b"9460.d500.1af0", known.clone()),
            (b"9460d5001af0", known.clone()),
            (b"\"94 60 D5 00 1A F0 \"", known),
            (b"", Ok(None)),
            (&[0; 6], Ok(None)),
            (&[1; 8], Ok(None)),
            (&[1; 20], Ok(None)),
            (&[1; 3], Err("expected 6 octets, found 3".to_owned())),
            (b"346288XXYYZZ", Err("\"346288XXYYZZ\" is no MAC address".to_owned())),
            (b"94:60:d5:00:1a:f0:00:11", Err("\"94:60:d5:00:1a:f0:00:11\" is no MAC address".to_owned())),
        ] {
            assert_eq!(mac(octets), mac_address, "{octets:?}");
        }
    }

    #[test]
    fn masks_are_prefixes() {
        for (mask, length) in [
            ([255, 255, 255, 252], Some(30)),
            ([255, 255, 255, 255], Some(32)),
            ([0, 0, 0, 0], Some(0)),
            ([128, 0, 0, 0], Some(1)),
            ([255, 0, 255, 0], None),
            ([0, 0, 0, 255], None),
        ] {
            assert_eq!(prefix_len(Ipv4Addr::from(mask)), length, "{mask:?}");
        }
    }
}
