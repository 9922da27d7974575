//! Compression, where the client takes it.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};
use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

/// Shorter bodies gain nothing.
const WORTH_IT: usize = 1024;

/// Level 1: a scrape's answer shrinks to a fifth in a fifth of the time level 6 takes to get it to an eighth.
const LEVEL: Compression = Compression::new(1);

/// The largest window, 32 KiB.
const WINDOW_BITS: u8 = 15;

thread_local! {
    /// Kept from one answer to the next: its state is some 260 kB, which would have to be cleared for each.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new_gzip(LEVEL, WINDOW_BITS));
}

/// Whether a client with these headers takes compressed bodies.
pub(super) fn accepted(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().any(|value| value.to_str().is_ok_and(accepts_gzip))
}

/// Reads `Accept-Encoding` (RFC 9110 §12.5.3): `gzip` by name, or by `*`, with a weight that is not zero.
fn accepts_gzip(value: &str) -> bool {
    let mut by_name = None;
    let mut by_star = None;
    for coding in value.split(',') {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            by_name = Some(weight);
        } else if name == "*" {
            by_star = Some(weight);
        }
    }
    by_name.or(by_star).is_some_and(|weight: f32| weight > 0.0)
}

/// The body as a gzip file (RFC 1952); `None` where that is not worth it, so that the body goes out as it is.
pub(super) fn compress(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() <= WORTH_IT {
        return None;
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        let mut packed = Vec::with_capacity(body.len() / 4 + 1024);
        loop {
            let rest = body.get(usize::try_from(compressor.total_in()).ok()?..)?;
            match compressor.compress_vec(rest, &mut packed, FlushCompress::Finish).ok()? {
                Status::StreamEnd => return Some(packed),
                Status::Ok | Status::BufError => packed.reserve(body.len() / 4 + 1024),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn accept_encoding() {
        for (value, expected) in [
            ("gzip", true),
            ("GZIP", true),
            ("x-gzip", true),
            ("gzip, deflate, br", true),
            ("deflate;q=0.5, gzip;q=0.1", true),
            ("gzip;q=0", false),
            ("gzip;q=0.0, *", false),
            ("*", true),
            ("*;q=0", false),
            ("gzip, *;q=0", true),
            ("identity", false),
            ("", false),
            ("gzipped", false),
            ("gzip;q=nonsense", false),
            ("gzip ; q=0.3", true),
        ] {
            assert_eq!(accepts_gzip(value), expected, "{value:?}");
        }
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let text: String =
            (0..20_000).map(|i| format!("interface_if_in_errors{{if_index=\"{i}\"}} {}\n", i * 7)).collect();
        // From the very compressible to noise, twice, as the compressor is used again.
        let noise: Vec<u8> = (0u32..200_000)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13 ^ i.wrapping_mul(40_503)) as u8)
            .collect();
        for body in [text.as_bytes(), &noise, &[0; 1_000_000], text.as_bytes()] {
            let packed = compress(body).unwrap();
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, body);
        }
        assert_eq!(compress(&[0; WORTH_IT]), None);
        assert!(compress(text.as_bytes()).unwrap().len() < text.len() / 4);
    }
}
