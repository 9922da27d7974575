//! Dates as they are written in files and requests.

use crate::timestamp::Timestamp;

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

/// A moment as RFC 3339 has it (`2027-01-01T12:00:00.5+04:00`), to the millisecond; of a day (`2027-01-01`) its beginning
/// in UTC.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        let end = i64::try_from(parse_until(text)?).ok()?;
        return Some(Timestamp::from_millis((end - 86_400) * 1000));
    };
    let (time, ahead) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let sign = time.rfind(['+', '-'])?;
            let (time, offset) = time.split_at_checked(sign)?;
            let minutes = minutes(offset.get(1..)?)?;
            (time, if offset.starts_with('-') { -minutes } else { minutes })
        }
    };
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, part)| (time, Some(part)));
    let millis = match fraction {
        None => 0,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<3}").get(..3)?.parse().ok()?
        }
        Some(_) => return None,
    };
    let seconds = i64::try_from(parse_until(&format!("{date}T{time}Z"))?).ok()?;
    Some(Timestamp::from_millis((seconds - ahead * 60) * 1000 + millis))
}

/// `hh:mm` in minutes.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() == 2).map(i64::from);
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
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
    fn moments_are_read() {
        for (text, millis) in [
            ("2026-11-22", Some(1_795_305_600_000)),
            ("2026-11-22T21:58:10.123Z", Some(1_795_384_690_123)),
            ("2026-11-22t21:58:10.1239z", Some(1_795_384_690_123)),
            ("2026-11-23T01:58:10.1+04:00", Some(1_795_384_690_100)),
            ("2026-11-22 17:28:10-04:30", Some(1_795_384_690_000)),
            ("2026-11-22T21:58:10", None),
            ("2026-11-22T21:58Z", None),
            ("2026-11-22T21:58:10.Z", None),
            ("2026-11-22T21:58:10.é5Z", None),
            ("2026-11-22T21:58:10+4:00", None),
            ("2026-11-22T21:58:10+é", None),
            ("2026-11-22T21:58:10+24:00", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(parse_moment(text).map(Timestamp::as_millis), millis, "{text}");
        }
    }

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
