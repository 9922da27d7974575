//! Durations as Go programs write them: `5s`, `300ms`, `1m30s`, `1.5h`.

use std::time::Duration;

/// Units and their nanoseconds, the largest first.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads a duration; a bare number is refused, as nobody can tell seconds from milliseconds.
///
/// ```
/// # use ward_inventory as inventory;
/// # use std::time::Duration;
/// assert_eq!(inventory::parse_duration("1m30s"), Ok(Duration::from_secs(90)));
/// assert_eq!(inventory::parse_duration("5").unwrap_err(), "\"5\" has no unit, write 5s or 5ms");
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(0) => Ok(Duration::ZERO),
        Ok(number) => Err(format!("{text:?} has no unit, write {number}s or {number}ms")),
        Err(_) => sum(text)
            .ok_or_else(|| format!("{text:?} is not a duration, write one such as 5s, 300ms or 1m30s")),
    }
}

/// Reads a duration where snmp_exporter takes a bare whole number for nanoseconds, as in the `timeout` of a module.
///
/// ```
/// # use ward_inventory as inventory;
/// # use std::time::Duration;
/// assert_eq!(inventory::parse_duration_or_nanoseconds("5s"), Ok(Duration::from_secs(5)));
/// assert_eq!(inventory::parse_duration_or_nanoseconds("5000000000"), Ok(Duration::from_secs(5)));
/// ```
pub fn parse_duration_or_nanoseconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(nanoseconds) => Ok(Duration::from_nanos(nanoseconds)),
        Err(_) => parse_duration(text),
    }
}

/// Writes a duration so that it can be read back: `1m30s`, `300ms`, `1s500ms`.
///
/// ```
/// # use ward_inventory as inventory;
/// # use std::time::Duration;
/// assert_eq!(inventory::format_duration(Duration::from_millis(90_500)), "1m30s500ms");
/// ```
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, nanoseconds) in UNITS {
        let count = rest / u128::from(nanoseconds);
        rest %= u128::from(nanoseconds);
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// The sum of `number unit` pairs; `None` where the text is anything else, or longer than 292 years (Go's limit).
fn sum(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = tail;
    }
    let total = u64::try_from(total).ok().filter(|total| i64::try_from(*total).is_ok())?;
    Some(Duration::from_nanos(total))
}

/// One pair, such as `1.5` and `h`.
fn nanoseconds(number: &str, unit: &str) -> Option<u128> {
    let unit = match unit {
        "µs" | "μs" => "us",
        unit => unit,
    };
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let scale = u128::from(*scale);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.into() };
    // Digits beyond the fifteenth are below a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(15)];
    let parts: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    Some(whole * scale + parts * scale / 10u128.pow(fraction.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, nanoseconds) in [
            ("5s", 5_000_000_000),
            ("300ms", 300_000_000),
            ("1m30s", 90_000_000_000),
            ("1h", 3_600_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+2s", 2_000_000_000),
            ("100us", 100_000),
            ("100µs", 100_000),
            ("7ns", 7),
            ("30s1m", 90_000_000_000),
            ("0", 0),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_with_a_hint() {
        for (text, expected) in [
            ("5", "\"5\" has no unit, write 5s or 5ms"),
            ("", "\"\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("s", "\"s\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("-5s", "\"-5s\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("5 s", "\"5 s\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("1d", "\"1d\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("1.2.3s", "\"1.2.3s\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            (".s", "\".s\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("5s1", "\"5s1\" is not a duration, write one such as 5s, 300ms or 1m30s"),
            ("9999999999h", "\"9999999999h\" is not a duration, write one such as 5s, 300ms or 1m30s"),
        ] {
            assert_eq!(parse_duration(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        for nanoseconds in
            [0, 1, 999, 1_000_000, 5_000_000_000, 90_500_000_000, 86_400_000_000_000, 3_600_000_000_001]
        {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
    }
}
