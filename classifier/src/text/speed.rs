//! Speeds as people write them.

/// `100M`, `100 Mbps`, `3.5G`, `10Gbit/s`, `512k`, `1000000` as bits a second; also `10G_SFP+` up to where it is no speed.
pub fn parse_speed(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let number: f64 = text.get(..digits)?.replace(',', ".").parse().ok()?;
    let unit = text.get(digits..)?.trim_start().to_ascii_lowercase();
    let scale = match unit.bytes().next() {
        None => 1.0,
        Some(b'k') => 1e3,
        Some(b'm') => 1e6,
        Some(b'g') => 1e9,
        Some(b't') => 1e12,
        Some(b'b') => 1.0,
        Some(_) => return None,
    };
    // Behind the letter stands a form of "bits a second", or nothing that belongs to the word.
    let rest = unit.trim_start_matches(['k', 'm', 'g', 't']);
    let known = ["", "b", "bit", "bits", "bps", "bit/s", "bits/s", "b/s"];
    let rest = rest.split(|c: char| !c.is_ascii_alphabetic() && c != '/').next().unwrap_or_default();
    let bits = number * scale;
    (known.contains(&rest) && bits.is_finite() && bits >= 1.0 && bits < u64::MAX as f64)
        .then_some(bits.round() as u64)
}

/// Bits a second as people write them: `100M`, `3.5G`.
pub fn format_speed(bits: u64) -> String {
    for (scale, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if bits as f64 >= scale {
            return format!("{}{unit}", bits as f64 / scale);
        }
    }
    bits.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read() {
        for (text, bits) in [
            ("100M", Some(100_000_000)),
            ("100 Mbps", Some(100_000_000)),
            ("3.5G", Some(3_500_000_000)),
            ("3,5 Gbit/s", Some(3_500_000_000)),
            ("10Gbps", Some(10_000_000_000)),
            ("512k", Some(512_000)),
            ("2048 kbit/s", Some(2_048_000)),
            ("1T", Some(1_000_000_000_000)),
            ("1000000", Some(1_000_000)),
            ("10 meters", None),
            ("12 gates", None),
            ("G", None),
            ("", None),
            ("0M", None),
            ("1.2.3M", None),
            ("99999999999999999999G", None),
        ] {
            assert_eq!(parse_speed(text), bits, "{text}");
        }
    }

    #[test]
    fn speeds_are_written() {
        for (bits, text) in [(0, "0"), (64_000, "64k"), (100_000_000, "100M"), (3_500_000_000, "3.5G")] {
            assert_eq!(format_speed(bits), text);
        }
    }
}
