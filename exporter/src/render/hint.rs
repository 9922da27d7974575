//! DISPLAY-HINT of octets (RFC 2579 §3.1), with snmp_exporter's reading of hints that are odd.

use std::io::Write;

use super::octets::hex;

/// One piece of a hint: how many octets, how shown, what between.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Whether the first octet says how often the piece applies.
    repeated: bool,
    /// Octets at a time.
    take: usize,
    /// `d`, `x`, `o`, `a` or `t`.
    format: u8,
    separator: Option<u8>,
    /// What closes a repetition.
    terminator: Option<u8>,
}

/// Writes octets by a hint; the last piece applies to all that is left. `false`, with nothing written, where
/// the hint can't be read or does not fit: then octets are shown without it.
pub(crate) fn apply(hint: &str, octets: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let done = !octets.is_empty() && try_apply(hint.as_bytes(), octets, out).is_some();
    if !done {
        out.truncate(start);
    }
    done
}

fn try_apply(hint: &[u8], octets: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut hint = hint;
    let mut last: Option<Piece> = None;
    let mut rest = octets;
    while !rest.is_empty() {
        let piece = if hint.is_empty() {
            // A piece that takes nothing would go on for ever.
            last.filter(|piece| piece.take > 0 || piece.repeated)?
        } else {
            parse(&mut hint)?
        };
        last = Some(piece);
        rest = show(piece, rest, out)?;
    }
    Some(())
}

/// Reads one piece off a hint.
fn parse(hint: &mut &[u8]) -> Option<Piece> {
    let repeated = take_if(hint, |b| b == b'*').is_some();
    let mut take: Option<usize> = None;
    while let Some(digit) = take_if(hint, |b| b.is_ascii_digit()) {
        take = Some(take.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(digit - b'0')));
    }
    let take = take?;
    let format = take_if(hint, |b| b"dxoat".contains(&b))?;
    let plain = |b: u8| !b.is_ascii_digit() && b != b'*';
    let separator = take_if(hint, plain);
    let terminator = if repeated { take_if(hint, plain) } else { None };
    Some(Piece { repeated, take, format, separator, terminator })
}

fn take_if(hint: &mut &[u8], accept: impl Fn(u8) -> bool) -> Option<u8> {
    let (first, rest) = hint.split_first()?;
    accept(*first).then(|| *hint = rest).map(|()| *first)
}

/// Shows octets by one piece; what is left of them.
fn show<'a>(piece: Piece, mut rest: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let mut times = 1;
    if piece.repeated
        && let Some((count, after)) = rest.split_first()
    {
        (times, rest) = (usize::from(*count), after);
    }
    for time in 0..times {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at(piece.take.min(rest.len()));
        rest = after;
        match piece.format {
            b'x' => chunk.iter().for_each(|octet| hex(*octet, out)),
            b'a' | b't' => out.extend_from_slice(chunk),
            format => {
                // Larger numbers than 64 bits are none.
                let value =
                    (chunk.len() <= 8).then(|| chunk.iter().fold(0u64, |n, b| n << 8 | u64::from(*b)))?;
                // Writing to a Vec can't fail.
                drop(if format == b'd' { write!(out, "{value}") } else { write!(out, "{value:o}") });
            }
        }
        let before_terminator = piece.terminator.is_some() && time + 1 == times;
        if !rest.is_empty() && !before_terminator {
            out.extend(piece.separator);
        }
    }
    if !rest.is_empty() {
        out.extend(piece.terminator);
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_show_octets() {
        for (hint, octets, expected) in [
            ("1d.1d.1d.1d", &[192, 0, 2, 1][..], Some("192.0.2.1")),
            ("1x:", &[0, 0x1a, 0x2b], Some("00:1A:2B")),
            ("2d-1d-1d,1d:1d:1d.1d", &[7, 0xe6, 8, 15, 8, 1, 15, 0], Some("2022-8-15,8:1:15.0")),
            ("*1x:", &[3, 0xaa, 0xbb, 0xcc], Some("AA:BB:CC")),
            ("*1d./1d", &[3, 10, 20, 30, 40], Some("10.20.30/40")),
            ("255a", b"Hello", Some("Hello")),
            ("1o", &[8], Some("10")),
            ("1d.", &[1, 2, 3], Some("1.2.3")),
            ("0a[1a]1a", b"AB", Some("[A]B")),
            ("1d99999999999999999999999d", &[1, 2], Some("12")),
            ("9d", &[0; 9], None),
            ("0x", &[1], None),
            ("1z", &[1], None),
            ("d", &[1], None),
            ("1", &[1], None),
            ("1d", &[], None),
            ("", &[1], None),
        ] {
            let mut out = b"=".to_vec();
            let shown = apply(hint, octets, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert_eq!(shown.then(|| &text[1..]), expected, "{hint}");
            assert!(shown || text == "=");
        }
    }
}
