//! Valid UTF-8 of what agents send: each run of other octets becomes one U+FFFD, as with Go's
//! `strings.ToValidUTF8`.

/// What stands for a run of octets that are no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Makes what stands in `out` from `start` on valid.
pub(crate) fn make_valid(out: &mut Vec<u8>, start: usize) {
    let Err(error) = std::str::from_utf8(&out[start..]) else { return };
    let tail = out.split_off(start + error.valid_up_to());
    let mut in_run = false;
    for chunk in tail.utf8_chunks() {
        if !chunk.valid().is_empty() {
            out.extend_from_slice(chunk.valid().as_bytes());
            in_run = false;
        }
        if !chunk.invalid().is_empty() && !in_run {
            out.extend_from_slice(REPLACEMENT);
            in_run = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_becomes_one_replacement() {
        for (octets, text) in [
            (&b"sane\xfd\xbe\xd6"[..], "sane\u{fffd}"),
            (b"\xff\xfebad", "\u{fffd}bad"),
            (b"a\xffb\xffc", "a\u{fffd}b\u{fffd}c"),
            (b"\xe2\x82\xe2\x82x", "\u{fffd}x"),
            ("über\0".as_bytes(), "über\0"),
            (b"\xed\xa0\x80", "\u{fffd}"),
            (b"", ""),
        ] {
            let mut out = b"\xff".to_vec();
            out.extend_from_slice(octets);
            make_valid(&mut out, 1);
            assert_eq!(&out[1..], text.as_bytes(), "{octets:?}");
        }
    }
}
