//! Where one message on a connection ends: its own BER length says so (RFC 3430 §2.1).

/// Longer messages are refused. No device was asked for nearly as much.
pub const MOST_OCTETS: usize = 1 << 20;

/// The octets of the message that `octets` begin with; `None` where more are needed to tell.
///
/// # Errors
/// It is no message, or one that is too long; nothing behind it can be told apart any more.
pub fn length(octets: &[u8]) -> Result<Option<usize>, &'static str> {
    const SEQUENCE: u8 = 0x30;
    let (first, length) = match *octets {
        [] | [SEQUENCE] => return Ok(None),
        [SEQUENCE, first, ref rest @ ..] => (first, rest),
        _ => return Err("what came is no SNMP message"),
    };
    // Up to 127 the length itself; beyond, how many octets of length follow (X.690 §8.1.3).
    let follow = match first {
        0..=0x7f => return Ok(Some(2 + usize::from(first))),
        0x81..=0x84 => usize::from(first - 0x80),
        _ => return Err("what came has no length an SNMP message can have"),
    };
    let Some(length) = length.get(..follow) else { return Ok(None) };
    let length = length.iter().fold(0usize, |sum, octet| (sum << 8) | usize::from(*octet));
    if length > MOST_OCTETS {
        return Err("a message of more than a million octets was begun");
    }
    Ok(Some(2 + follow + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_length_is_as_ber_writes_it() {
        for (octets, expected) in [
            (&[][..], Ok(None)),
            (&[0x30], Ok(None)),
            (&[0x30, 5], Ok(Some(7))),
            (&[0x30, 0, 9, 9], Ok(Some(2))),
            (&[0x30, 0x82, 1], Ok(None)),
            (&[0x30, 0x82, 1, 2], Ok(Some(4 + 258))),
            (&[0x30, 0x84, 0, 0, 1, 2], Ok(Some(6 + 258))),
            (&[0x30, 0x80], Err("what came has no length an SNMP message can have")),
            (&[0x30, 0x85, 0], Err("what came has no length an SNMP message can have")),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Err("a message of more than a million octets was begun")),
            (b"HTTP/1.1 400", Err("what came is no SNMP message")),
        ] {
            assert_eq!(length(octets), expected, "{octets:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..8)) {
            if let Ok(Some(length)) = length(&octets) {
                prop_assert!((2..=6 + MOST_OCTETS).contains(&length));
            }
        }
    }
}
