//! Octets and index arcs as text. An index and a value of the same type are read by the same rules: a value's
//! octets are taken as arcs (RFC 2578 §7.7), one each.

use std::io::Write;

use crate::module::spec::{EnumValues, TextKind};

/// No OID has more than 128 arcs, so a longer length is nonsense; upstream pads such a text with zeros to its
/// length, and so do we, up to here.
const LONGEST_PADDED: usize = 1024;

/// Numbers to be read one after the other. Behind the last one are zeros: some agents leave out trailing
/// ones.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arcs<'a> {
    /// The arcs of an index.
    Index(&'a [u32]),
    /// A value's octets.
    Octets(&'a [u8]),
    /// A value's octets with their number before them, as a variable-length index has it.
    Counted(&'a [u8]),
}

impl Arcs<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Arcs::Index(arcs) => arcs.len(),
            Arcs::Octets(octets) => octets.len(),
            Arcs::Counted(octets) => octets.len() + 1,
        }
    }

    /// One of them.
    pub fn at(&self, i: usize) -> u32 {
        let octet = |octets: &[u8], i| octets.get(i).copied().map_or(0, u32::from);
        match self {
            Arcs::Index(arcs) => arcs.get(i).copied().unwrap_or(0),
            Arcs::Octets(octets) => octet(octets, i),
            Arcs::Counted(octets) if i == 0 => octets.len() as u32,
            Arcs::Counted(octets) => octet(octets, i - 1),
        }
    }
}

/// What is known of an index's type beside its name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Form<'a> {
    /// The number of arcs, where it is fixed; else 0.
    pub fixed_size: usize,
    /// Whether it takes all that is left.
    pub implied: bool,
    /// Names of values.
    pub values: Option<&'a EnumValues>,
}

/// Writes the text of the arcs from `start` on and says where the next index begins. The text may be no UTF-8
/// yet.
pub(crate) fn write(
    kind: TextKind,
    arcs: Arcs<'_>,
    start: usize,
    form: Form<'_>,
    out: &mut Vec<u8>,
) -> usize {
    match kind {
        TextKind::Number => {
            number(arcs.at(start), out);
            start + 1
        }
        TextKind::Enum => {
            let value = arcs.at(start);
            match form.values.and_then(|values| values.get(&value.into())) {
                Some(name) => out.extend_from_slice(name.as_bytes()),
                None => number(value, out),
            }
            start + 1
        }
        TextKind::PhysAddress48 => {
            for i in 0..6 {
                separate(i, b':', out);
                wide_hex(arcs.at(start + i), out);
            }
            start + 6
        }
        TextKind::InetAddressIpv4 => {
            for i in 0..4 {
                separate(i, b'.', out);
                number(arcs.at(start + i), out);
            }
            start + 4
        }
        TextKind::InetAddressIpv6 => {
            for i in 0..16 {
                separate(if i % 2 == 0 { i } else { 0 }, b':', out);
                wide_hex(arcs.at(start + i), out);
            }
            start + 16
        }
        TextKind::OctetString => {
            let (content, end) = content(arcs, start, form);
            if content < end {
                out.extend_from_slice(b"0x");
                (content..end).for_each(|i| hex(arcs.at(i) as u8, out));
            }
            end
        }
        TextKind::DisplayString => {
            let (content, end) = content(arcs, start, form);
            out.extend((content..end).map(|i| arcs.at(i) as u8));
            end
        }
        TextKind::InetAddress | TextKind::LldpPortId => match subtype(kind, arcs.at(start).into()) {
            Some(kind) => write(kind, arcs, start + 2, Form { values: form.values, ..Form::default() }, out),
            // The length is the second arc.
            None => {
                let fixed_size = (arcs.at(start + 1) as usize).saturating_add(2);
                write(TextKind::OctetString, arcs, start, Form { fixed_size, ..Form::default() }, out)
            }
        },
        TextKind::InetAddressMissingSize => match subtype(kind, arcs.at(start).into()) {
            Some(kind) => write(kind, arcs, start + 1, Form { values: form.values, ..Form::default() }, out),
            // Nobody knows its length: it takes all that is left.
            None => write(TextKind::OctetString, arcs, start, Form { implied: true, ..Form::default() }, out),
        },
    }
}

/// What a combined type is by its subtype: InetAddressType (RFC 4001) or LldpPortIdSubtype (LLDP-MIB).
pub(crate) fn subtype(kind: TextKind, value: i64) -> Option<TextKind> {
    match (kind, value) {
        (TextKind::InetAddress | TextKind::InetAddressMissingSize, 1) => Some(TextKind::InetAddressIpv4),
        (TextKind::InetAddress | TextKind::InetAddressMissingSize, 2) => Some(TextKind::InetAddressIpv6),
        (TextKind::LldpPortId, 1 | 2 | 5 | 7) => Some(TextKind::DisplayString),
        (TextKind::LldpPortId, 3) => Some(TextKind::PhysAddress48),
        _ => None,
    }
}

/// Whether a type is one of several, by a subtype.
pub(crate) fn is_combined(kind: TextKind) -> bool {
    matches!(kind, TextKind::InetAddress | TextKind::InetAddressMissingSize | TextKind::LldpPortId)
}

/// Where the content of a text of variable length begins and ends.
fn content(arcs: Arcs<'_>, start: usize, form: Form<'_>) -> (usize, usize) {
    let left = arcs.len().saturating_sub(start);
    let fixed = if form.implied { left } else { form.fixed_size };
    let (content, length) = match fixed {
        0 => (start + 1, arcs.at(start) as usize),
        length => (start, length),
    };
    (content, content + length.min(left.max(LONGEST_PADDED)))
}

fn separate(i: usize, separator: u8, out: &mut Vec<u8>) {
    if i > 0 {
        out.push(separator);
    }
}

fn number(n: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// Upper-case hex of an octet.
pub(crate) fn hex(octet: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push(DIGITS[usize::from(octet >> 4)]);
    out.push(DIGITS[usize::from(octet & 15)]);
}

/// Upper-case hex, at least two digits: an index's arc may be no octet.
fn wide_hex(arc: u32, out: &mut Vec<u8>) {
    match u8::try_from(arc) {
        Ok(octet) => hex(octet, out),
        // Writing to a Vec can't fail.
        Err(_) => drop(write!(out, "{arc:X}")),
    }
}
