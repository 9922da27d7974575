//! Object identifiers: owned arcs for tables, and the arithmetic of X.690 §8.19 for the wire.

use std::fmt;
use std::str::FromStr;

use crate::ber::{self, BerError};

/// An OID may hold at most this many arcs (RFC 2578 §3.5).
pub const MAX_ARCS: usize = 128;

/// An object identifier, ordered as SNMP orders them: arc by arc, a prefix before what lies below it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Oid(Vec<u32>);

/// Why a text is no OID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidError {
    /// A piece between dots is no number below 2^32.
    #[error("{0:?} is no number from 0 to 4294967295; OIDs here are numeric, like 1.3.6.1.2.1.2")]
    Arc(String),
    /// More than [`MAX_ARCS`] arcs.
    #[error("an OID has at most {MAX_ARCS} arcs")]
    TooLong,
    /// BER folds the first two arcs into one number, so they are bounded.
    #[error(
        "an OID has at least two arcs and begins with 0, 1 or 2, and below 0 and 1 the second is at most 39"
    )]
    Root,
}

impl Oid {
    /// An OID of these arcs, unchecked: what cannot be encoded is refused when a MIB is built.
    pub fn new(arcs: impl Into<Vec<u32>>) -> Self {
        Self(arcs.into())
    }

    /// The arcs, first to last.
    pub fn arcs(&self) -> &[u32] {
        &self.0
    }

    /// This OID with `arcs` behind it.
    pub fn child(&self, arcs: &[u32]) -> Oid {
        Oid([self.0.as_slice(), arcs].concat())
    }

    /// Whether BER can carry this OID (X.690 §8.19.4) and SNMP allows it (RFC 2578 §3.5).
    pub fn check(&self) -> Result<(), OidError> {
        match self.0.as_slice() {
            arcs if arcs.len() > MAX_ARCS => Err(OidError::TooLong),
            [0 | 1, second, ..] if *second <= 39 => Ok(()),
            [2, second, ..] if *second <= u32::MAX - 80 => Ok(()),
            _ => Err(OidError::Root),
        }
    }
}

impl<const N: usize> From<[u32; N]> for Oid {
    fn from(arcs: [u32; N]) -> Self {
        Self(arcs.to_vec())
    }
}

impl From<&[u32]> for Oid {
    fn from(arcs: &[u32]) -> Self {
        Self(arcs.to_vec())
    }
}

impl FromStr for Oid {
    type Err = OidError;

    /// Reads `1.3.6.1` or `.1.3.6.1`.
    fn from_str(text: &str) -> Result<Self, OidError> {
        let digits = text.strip_prefix('.').unwrap_or(text);
        let arcs = digits
            .split('.')
            .map(|piece| match piece.parse() {
                Ok(arc) if !piece.starts_with('+') => Ok(arc),
                _ => Err(OidError::Arc(piece.to_owned())),
            })
            .collect::<Result<Vec<u32>, _>>()?;
        let oid = Oid(arcs);
        oid.check().map(|()| oid)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, arc) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(f, "{dot}{arc}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Appends the content octets of an OBJECT IDENTIFIER (no tag, no length). A list of fewer than two arcs is
/// padded with zeros, as agents print `0.0` for "none".
pub fn encode_arcs(arcs: &[u32], out: &mut Vec<u8>) {
    let first = arcs.first().copied().unwrap_or(0);
    let second = arcs.get(1).copied().unwrap_or(0);
    encode_arc(first.saturating_mul(40).saturating_add(second), out);
    for arc in arcs.iter().skip(2) {
        encode_arc(*arc, out);
    }
}

fn encode_arc(arc: u32, out: &mut Vec<u8>) {
    if arc < 0x80 {
        return out.push(arc as u8);
    }
    let groups = (32 - arc.leading_zeros()).div_ceil(7);
    for group in (0..groups).rev() {
        let more = if group == 0 { 0 } else { 0x80 };
        out.push(more | ((arc >> (7 * group)) & 0x7f) as u8);
    }
}

/// Appends the arcs of the content octets of an OBJECT IDENTIFIER to `arcs`.
pub fn decode_arcs(content: &[u8], arcs: &mut Vec<u32>) -> Result<(), BerError> {
    let from = arcs.len();
    let mut arc: u32 = 0;
    let mut unfinished = true;
    for octet in content {
        if arc > u32::MAX >> 7 {
            return Err(BerError::Arc);
        }
        arc = arc << 7 | u32::from(octet & 0x7f);
        unfinished = octet & 0x80 != 0;
        if unfinished {
            continue;
        }
        if arcs.len() == from {
            let root = (arc / 40).min(2);
            arcs.extend([root, arc - 40 * root]);
        } else {
            arcs.push(arc);
        }
        arc = 0;
    }
    if unfinished {
        return Err(BerError::Truncated);
    }
    if arcs.len() - from > MAX_ARCS {
        return Err(BerError::TooManyArcs);
    }
    Ok(())
}

/// Appends a whole OBJECT IDENTIFIER: tag, length and arcs.
pub fn encode(arcs: &[u32], out: &mut Vec<u8>) {
    ber::write_nested(ber::OBJECT_IDENTIFIER, out, |out| encode_arcs(arcs, out));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn oids_are_ordered_as_snmp_orders_them() {
        let mut oids: Vec<Oid> =
            ["1.3.6.2", "1.3.6.1.10", "1.3.6.1.9.4", "1.3.6.1.9", "1.3.6.1.9.4.1", "1.3.6.1.300"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        oids.sort();
        let texts: Vec<String> = oids.iter().map(Oid::to_string).collect();
        assert_eq!(
            texts,
            ["1.3.6.1.9", "1.3.6.1.9.4", "1.3.6.1.9.4.1", "1.3.6.1.10", "1.3.6.1.300", "1.3.6.2"]
        );
    }

    #[test]
    fn texts_that_are_no_oid_are_refused() {
        for text in ["", ".", "1", "1.3..6", "3.1", "1.40", "1.3.x", "1.3.4294967296", "1.3.-1", "1.+3"] {
            assert!(text.parse::<Oid>().is_err(), "{text:?}");
        }
        assert_eq!(".1.3.6".parse::<Oid>(), Ok(Oid::from([1, 3, 6])));
        assert_eq!("0.0".parse::<Oid>(), Ok(Oid::from([0, 0])));
    }

    #[test]
    fn content_octets_that_are_no_oid_are_refused() {
        let arcs = |content: &[u8]| {
            let mut arcs = Vec::new();
            decode_arcs(content, &mut arcs).map(|()| arcs)
        };
        assert_eq!(arcs(&[]), Err(BerError::Truncated));
        assert_eq!(arcs(&[0x2b, 0x86]), Err(BerError::Truncated));
        assert_eq!(arcs(&[0x2b, 0x90, 0x80, 0x80, 0x80, 0x00]), Err(BerError::Arc));
        assert_eq!(arcs(&[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]), Ok(vec![1, 3, u32::MAX]));
        assert_eq!(arcs(&[0x88, 0x37]), Ok(vec![2, 999]));
        assert_eq!(arcs(&[1; 200]), Err(BerError::TooManyArcs));
    }

    proptest! {
        #[test]
        fn every_oid_survives_the_wire(
            root in 0u32..3, second in 0u32..40, tail in proptest::collection::vec(any::<u32>(), 0..60)
        ) {
            let oid = Oid::new([vec![root, second], tail].concat());
            let mut wire = Vec::new();
            encode_arcs(oid.arcs(), &mut wire);
            let mut arcs = Vec::new();
            decode_arcs(&wire, &mut arcs).unwrap();
            prop_assert_eq!(&arcs, oid.arcs());
            prop_assert_eq!(oid.to_string().parse::<Oid>(), Ok(oid));
        }
    }
}
