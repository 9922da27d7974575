//! Object identifiers (X.690 §8.19, RFC 2578 §7.1.3) and the indexes that are their tails.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use smallvec::SmallVec;

/// The arcs of a table row or of a scalar's instance: what is left of an instance's OID behind its column.
/// `[0]` for a scalar, empty where the asked OID itself was the instance.
///
/// Most indexes are one arc (an ifIndex), so up to six stay off the heap.
pub type Index = SmallVec<[u32; 6]>;

/// An object identifier: a list of arcs, ordered as SNMP orders them (arc by arc, the shorter first).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Oid(Vec<u32>);

/// An OID can hold at most this many arcs (RFC 2578 §3.5).
pub const MAX_ARCS: usize = 128;

/// Why a text is no OID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidError {
    /// The text is empty.
    #[error("an OID must not be empty")]
    Empty,
    /// A piece between dots is no number below 2^32.
    #[error("{0:?} is not a number from 0 to 4294967295; OIDs are numeric, like 1.3.6.1.2.1.2")]
    Arc(String),
    /// More than [`MAX_ARCS`] arcs.
    #[error("an OID has at most {MAX_ARCS} arcs")]
    TooLong,
    /// The first arc is 0 to 2, and below 0 and 1 the second is at most 39 (X.690 §8.19.4).
    #[error(
        "no OID begins with {0}: the first number is 0, 1 or 2, and below 0 and 1 the second is at most 39"
    )]
    Root(String),
}

impl Oid {
    /// An OID of these arcs.
    pub fn new(arcs: impl Into<Vec<u32>>) -> Self {
        Self(arcs.into())
    }

    /// The arcs, first to last.
    pub fn arcs(&self) -> &[u32] {
        &self.0
    }

    /// Whether `other` is this OID or lies below it.
    pub fn contains(&self, other: &Oid) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The arcs of `other` behind this OID, where it lies at or below it.
    pub fn index_of<'a>(&self, other: &'a Oid) -> Option<&'a [u32]> {
        other.0.strip_prefix(self.0.as_slice())
    }

    /// This OID with `arcs` behind it.
    pub fn child(&self, arcs: &[u32]) -> Oid {
        let mut all = Vec::with_capacity(self.0.len() + arcs.len());
        all.extend_from_slice(&self.0);
        all.extend_from_slice(arcs);
        Oid(all)
    }

    /// The OID without its last arc: a column's table entry.
    pub fn parent(&self) -> Option<Oid> {
        self.0.split_last().map(|(_, head)| Oid(head.to_vec()))
    }
}

impl Borrow<[u32]> for Oid {
    fn borrow(&self) -> &[u32] {
        &self.0
    }
}

impl<const N: usize> From<[u32; N]> for Oid {
    fn from(arcs: [u32; N]) -> Self {
        Self(arcs.to_vec())
    }
}

impl FromStr for Oid {
    type Err = OidError;

    /// Reads `1.3.6.1`; one leading dot is allowed.
    fn from_str(text: &str) -> Result<Self, OidError> {
        let digits = text.strip_prefix('.').unwrap_or(text);
        if digits.is_empty() {
            return Err(OidError::Empty);
        }
        let mut arcs = Vec::with_capacity(16);
        for piece in digits.split('.') {
            // u32::from_str takes a leading '+', which no OID has.
            let number = piece.bytes().all(|b| b.is_ascii_digit()).then(|| piece.parse().ok()).flatten();
            arcs.push(number.ok_or_else(|| OidError::Arc(piece.into()))?);
        }
        if arcs.len() > MAX_ARCS {
            return Err(OidError::TooLong);
        }
        match (arcs[0], arcs.get(1).copied()) {
            (0 | 1, None | Some(0..=39)) | (2, _) => Ok(Oid(arcs)),
            (first, second) => Err(OidError::Root(match second {
                Some(second) => format!("{first}.{second}"),
                None => first.to_string(),
            })),
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_arcs(f, &self.0)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_arcs(f, &self.0)
    }
}

fn write_arcs(f: &mut fmt::Formatter<'_>, arcs: &[u32]) -> fmt::Result {
    for (i, arc) in arcs.iter().enumerate() {
        if i > 0 {
            f.write_str(".")?;
        }
        write!(f, "{arc}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_oids_and_back() {
        for (text, expected) in [
            ("1.3.6.1", Ok("1.3.6.1")),
            (".1.3.6.1", Ok("1.3.6.1")),
            ("1.3.4294967295", Ok("1.3.4294967295")),
            ("2.999", Ok("2.999")),
            ("0.0", Ok("0.0")),
            ("", Err(OidError::Empty)),
            (".", Err(OidError::Empty)),
            ("1..3", Err(OidError::Arc("".into()))),
            ("1.3.", Err(OidError::Arc("".into()))),
            ("1.+3", Err(OidError::Arc("+3".into()))),
            ("1.4294967296", Err(OidError::Arc("4294967296".into()))),
            ("IF-MIB::interfaces", Err(OidError::Arc("IF-MIB::interfaces".into()))),
            ("3.1", Err(OidError::Root("3.1".into()))),
            ("1.40", Err(OidError::Root("1.40".into()))),
        ] {
            assert_eq!(text.parse::<Oid>().map(|o| o.to_string()), expected.map(String::from), "{text:?}");
        }
    }

    #[test]
    fn order_is_arc_by_arc() {
        let oid = |t: &str| t.parse::<Oid>().unwrap();
        assert!(oid("1.3.6.1.2") < oid("1.3.6.1.10"));
        assert!(oid("1.3.6") < oid("1.3.6.0"));
        assert!(oid("1.3.6").contains(&oid("1.3.6")));
        assert!(oid("1.3.6").contains(&oid("1.3.6.1")));
        assert!(!oid("1.3.6").contains(&oid("1.3.61")));
    }
}
