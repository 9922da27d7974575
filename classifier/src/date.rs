//! Dates as they are written in files, as seconds since 1970.

/// Seconds since 1970-01-01T00:00:00Z of the end of a day (`2027-01-01`, in UTC) or of a moment (`2027-01-01T12:00:00Z`).
pub fn parse_until(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', ' ']).map_or((text, None), |(date, time)| (date, Some(time)));
    let numbers = |text: &str, by: char| -> Option<Vec<u64>> {
        let plain = |part: &str| part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        text.split(by).map(|part| plain(part).then(|| part.parse().ok()).flatten()).collect()
    };
    let [year, month, day] = numbers(date, '-')?[..] else { return None };
    if year < 1970 || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400;
    let Some(time) = time else { return Some(midnight + 86_400) };
    let [hour, minute, second] = numbers(time.strip_suffix('Z')?, ':')?[..] else { return None };
    (hour < 24 && minute < 60 && second <= 60).then_some(midnight + hour * 3600 + minute * 60 + second)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    years + (1..month).map(|month| days_in(year, month)).sum::<u64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, seconds) in [
            ("1970-01-01", Some(86_400)),
            ("2000-02-29", Some(951_868_800)),
            ("2027-01-01", Some(1_798_848_000)),
            ("2027-01-01T12:30:00Z", Some(1_798_806_600)),
            ("2027-01-01 12:30:00Z", Some(1_798_806_600)),
            ("2027-02-29", None),
            ("2027-13-01", None),
            ("27-01-01", None),
            ("2027-01-01T12:30:00+04:00", None),
            ("2027-1-1", Some(1_798_848_000)),
            ("tomorrow", None),
            ("2027-01-01-01", None),
            ("", None),
        ] {
            assert_eq!(parse_until(text), seconds, "{text}");
        }
    }
}
