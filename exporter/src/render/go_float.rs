//! Numbers in texts, in Go's spelling (`strconv.ParseFloat`): hex floats, `inf`, `nan`, underscores between
//! digits.

/// The number a text is; `None` where it is none or too large.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    match lower.as_str() {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" => return (digits.len() == text.len()).then_some(f64::NAN),
        _ => {}
    }
    let plain = without_underscores(&lower)?;
    let number = match plain.strip_prefix("0x") {
        Some(hex) => parse_hex(hex)?,
        // Rust also takes words, which Go spells otherwise, and a sign, which was taken off.
        None if plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') => plain.parse().ok()?,
        None => return None,
    };
    number.is_finite().then_some(sign * number)
}

/// Underscores stand between digits, or between a hex number's prefix and a digit.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let hex = text.starts_with("0x");
    let bytes = text.as_bytes();
    let digit = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_digit() || (hex && b.is_ascii_hexdigit()));
    let allowed = bytes.iter().enumerate().filter(|(_, b)| **b == b'_').all(|(i, _)| {
        let before = i.checked_sub(1).and_then(|i| bytes.get(i));
        (digit(before) || (hex && i == 2)) && digit(bytes.get(i + 1))
    });
    allowed.then(|| text.replace('_', ""))
}

/// A hex float behind its prefix: digits, perhaps with a point, and a binary exponent, which must be there.
fn parse_hex(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if exponent_digits.is_empty() || !exponent_digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Beyond a million every float is infinite or zero.
    let exponent =
        exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let mut exponent = exponent.clamp(-1_000_000, 1_000_000);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa = 0u64;
    for (i, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        let in_fraction = i >= whole.len();
        if mantissa < 1 << 59 {
            mantissa = mantissa << 4 | digit;
            exponent -= if in_fraction { 4 } else { 0 };
        } else {
            // What no longer fits only matters for rounding.
            mantissa |= u64::from(digit != 0);
            exponent += if in_fraction { 0 } else { 4 };
        }
    }
    let mut value = mantissa as f64;
    // In steps, as no power of two beyond 1023 is a float.
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        value *= 2f64.powi(step as i32);
        exponent -= step;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, number) in [
            ("4.42", Some(4.42)),
            ("-12", Some(-12.0)),
            ("+5", Some(5.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("1E-3", Some(0.001)),
            ("1_000", Some(1000.0)),
            ("1_23.50_0_0e+1_2", Some(1.235e14)),
            ("0x10p1", Some(32.0)),
            ("0X1.8P1", Some(3.0)),
            ("0x_1p-2", Some(0.25)),
            ("0x1.fffffffffffff8p0", Some(2.0)),
            ("0x123456789abcdef01p0", Some(20_988_295_479_420_645_377.0)),
            ("0x1p-1074", Some(5e-324)),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1e-400", Some(0.0)),
            ("1e400", None),
            ("0x1p1024", None),
            ("0x10", None),
            ("0xp1", None),
            ("0x1p", None),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1_.5", None),
            ("", None),
            (".", None),
            ("e5", None),
            ("1e", None),
            ("--1", None),
            (" 1", None),
            ("infi", None),
            ("+nan", None),
            ("1f", None),
        ] {
            assert_eq!(parse(text), number, "{text}");
        }
        assert!(parse("NaN").unwrap().is_nan());
    }
}
