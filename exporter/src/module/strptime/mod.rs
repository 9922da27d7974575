//! Texts that are dates, read with a `strptime` pattern as upstream's library (timefmt-go) reads them: the
//! whole text must match, the zone is UTC where the text names none, and fractions are dropped.

use reader::Reader;

use super::calendar::{civil_from_days, days_from_civil, weekday};

mod reader;

/// A pattern, ready to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Item>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// This octet.
    Plain(u8),
    /// A directive by its letter.
    Directive(u8),
    /// `%z` with this many colons before it.
    Zone(u8),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut bytes = text.bytes();
        while let Some(b) = bytes.next() {
            if b != b'%' {
                items.push(Item::Plain(b));
                continue;
            }
            let mut letter = bytes.next().ok_or("a % at the end stands for nothing")?;
            let mut colons = 0;
            while letter == b':' && colons < 3 {
                colons += 1;
                letter = bytes.next().ok_or("z is missing behind %:")?;
            }
            match letter {
                b'z' => items.push(Item::Zone(colons)),
                _ if colons > 0 => return Err("z is missing behind %:".into()),
                b'%' => items.push(Item::Plain(b'%')),
                _ => {
                    match composite(letter) {
                        Some(text) => items.extend(text.bytes().map(|b| {
                            if b.is_ascii_alphabetic() { Item::Directive(b) } else { Item::Plain(b) }
                        })),
                        None if b"GYgyCmBbhAawuVUWedjkHlIPpMSsfZtn".contains(&letter) => {
                            items.push(Item::Directive(letter));
                        }
                        None => return Err(format!("%{} is no directive", char::from(letter))),
                    }
                }
            }
        }
        Ok(Self(items))
    }

    /// Unix time of a text; `None` where it is none.
    pub fn read(&self, text: &str) -> Option<i64> {
        let mut reader = Reader::new(text);
        let mut date = Date::default();
        for item in &self.0 {
            match *item {
                Item::Plain(b) => reader.plain(b)?,
                Item::Directive(letter) => date.directive(letter, &mut reader)?,
                Item::Zone(colons) => date.offset = reader.zone(colons)?,
            }
        }
        if reader.is_done() { date.unix() } else { None }
    }
}

/// Directives that stand for others.
fn composite(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'c' => "a b e H:M:S Y",
        b'+' => "a b e H:M:S Z Y",
        b'v' => "e-b-Y",
        b'r' => "I:M:S p",
        b'F' => "Y-m-d",
        b'D' | b'x' => "m/d/y",
        b'T' | b'X' => "H:M:S",
        b'R' => "H:M",
        _ => return None,
    })
}

/// The weeks of `%U`, `%W` and `%V` begin before this day of the year.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WeekStart {
    Sunday = 0,
    Monday = 1,
    Iso = 4,
}

/// What was read so far.
struct Date {
    year: i64,
    century: Option<i64>,
    month: i64,
    day: i64,
    year_day: i64,
    week: i64,
    week_start: Option<WeekStart>,
    /// Sunday is 1; 0 where none was read.
    weekday: i64,
    iso_year: bool,
    hour: i64,
    minute: i64,
    second: i64,
    afternoon: bool,
    /// Seconds east of UTC.
    offset: i64,
}

impl Default for Date {
    fn default() -> Self {
        Self {
            year: 1900,
            century: None,
            month: 1,
            day: 0,
            year_day: 0,
            week: 0,
            week_start: None,
            weekday: 0,
            iso_year: false,
            hour: 0,
            minute: 0,
            second: 0,
            afternoon: false,
            offset: 0,
        }
    }
}

impl Date {
    fn directive(&mut self, letter: u8, reader: &mut Reader<'_>) -> Option<()> {
        match letter {
            b'Y' | b'G' => {
                let sign = reader.sign();
                self.year = sign * reader.number(4, 0, 9999)?;
                self.iso_year |= letter == b'G';
            }
            b'y' | b'g' => {
                let year = reader.number(2, 0, 99)?;
                self.year = year + if year < 69 { 2000 } else { 1900 };
                self.iso_year |= letter == b'g';
            }
            b'C' => self.century = Some(reader.number(2, 0, 99)?),
            b'm' => self.month = reader.number(2, 1, 12)?,
            b'B' => self.month = reader.name(&MONTHS, usize::MAX)?,
            b'b' | b'h' => self.month = reader.name(&MONTHS, 3)?,
            b'A' => self.weekday = reader.name(&DAYS, usize::MAX)?,
            b'a' => self.weekday = reader.name(&DAYS, 3)?,
            b'w' => self.weekday = reader.number(1, 0, 6)? + 1,
            b'u' => self.weekday = reader.number(1, 1, 7)? % 7 + 1,
            b'V' => self.week(reader.number(2, 1, 53)?, WeekStart::Iso, 2),
            b'U' => self.week(reader.number(2, 0, 53)?, WeekStart::Sunday, 1),
            b'W' => self.week(reader.number(2, 0, 53)?, WeekStart::Monday, 2),
            b'd' => self.day = reader.number(2, 1, 31)?,
            b'e' => self.day = reader.padded(1, 31)?,
            b'j' => self.year_day = reader.number(3, 1, 366)?,
            b'H' => self.hour = reader.number(2, 0, 23)?,
            b'k' => self.hour = reader.padded(0, 23)?,
            b'I' => self.hour = reader.number(2, 1, 12)? % 12,
            b'l' => self.hour = reader.padded(1, 12)? % 12,
            b'P' | b'p' => self.afternoon = reader.name(&["AM", "PM"], usize::MAX)? == 2,
            b'M' => self.minute = reader.number(2, 0, 59)?,
            b'S' => self.second = reader.number(2, 0, 60)?,
            b'f' => drop(reader.number(6, 0, 999_999)?),
            b's' => self.unix_time(reader)?,
            b'Z' => reader.zone_name()?,
            // t and n.
            _ => reader.spaces()?,
        }
        Some(())
    }

    fn week(&mut self, week: i64, start: WeekStart, default_weekday: i64) {
        self.week = week;
        self.week_start = Some(start);
        if self.weekday == 0 {
            self.weekday = default_weekday;
        }
    }

    /// `%s` sets every field, and later directives may set them again: days since the epoch serve as a date
    /// as well.
    fn unix_time(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let sign = reader.sign();
        let unix = sign.checked_mul(reader.number(19, 0, i64::MAX)?)?;
        let (year, month, day) = civil_from_days(unix.div_euclid(86_400))?;
        (self.year, self.month, self.day) = (year, month, day);
        let second = unix.rem_euclid(86_400);
        (self.hour, self.minute, self.second) = (second / 3600, second / 60 % 60, second % 60);
        Some(())
    }

    fn unix(self) -> Option<i64> {
        let hour = self.hour + if self.afternoon { 12 } else { 0 };
        let year = self.century.map_or(self.year, |century| century * 100 + self.year % 100);
        let days = match self.week_start {
            _ if self.day > 0 => days_from_civil(year, self.month, self.day),
            _ if self.year_day > 0 => {
                // A day of the year needs a plain year.
                (!self.iso_year).then(|| days_from_civil(year, 1, self.year_day))?
            }
            Some(start) => self.week_days(year, start)?,
            None => days_from_civil(year, self.month, 1),
        };
        let seconds = hour * 3600 + self.minute * 60 + self.second - self.offset;
        days.checked_mul(86_400)?.checked_add(seconds)
    }

    /// Days since the epoch of a weekday in a week of a year.
    fn week_days(&self, year: i64, start: WeekStart) -> Option<i64> {
        // Weeks of an ISO year need an ISO year, the others a plain one.
        if (start == WeekStart::Iso) != self.iso_year {
            return None;
        }
        let sunday_ends = start != WeekStart::Sunday && self.weekday == 1;
        let week = self.week + i64::from(sunday_ends);
        let base = days_from_civil(year, 1, -(start as i64));
        Some(base + week * 7 - weekday(base) + self.weekday - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (pattern, text, unix) in [
            ("%b %d %Y", "Apr 01 2025", Some(1_743_465_600)),
            ("%a %b %d %H:%M:%S %Y", "Tue Apr 01 13:14:15 2025", Some(1_743_513_255)),
            ("%b %d %Y", "Apr 01 2025 ", None),
            ("%b %d %Y", "Apr 32 2025", None),
            ("%b %d %Y", "nonsense", None),
            ("%Y-%m-%d", "1969-12-31", Some(-86_400)),
            ("%F %T", "2025-04-01 13:14:15", Some(1_743_513_255)),
            ("%Y-%m-%dT%H:%M:%S%z", "2025-04-01T13:14:15+02:00", Some(1_743_506_055)),
            ("%Y-%m-%dT%H:%M:%S%z", "2025-04-01T13:14:15-0130", Some(1_743_518_655)),
            ("%Y-%m-%dT%H:%M:%S%z", "2025-04-01T13:14:15Z", Some(1_743_513_255)),
            ("%H%:z %F", "13+0100 2025-04-01", None),
            ("%H%::z %F", "13+01:00:30 2025-04-01", Some(1_743_508_770)),
            ("%D %I:%M %p", "04/01/25 12:05 am", Some(1_743_465_900)),
            ("%D %l:%M %P", "04/01/25  1:05 PM", Some(1_743_512_700)),
            ("%s", "1743513255", Some(1_743_513_255)),
            ("%s", "-1", Some(-1)),
            ("%s", "9223372036854775807", Some(i64::MAX)),
            ("%s", "9223372036854775808", None),
            ("%s", "-9223372036854775807", None),
            ("%s %z", "9223372036854775807 -0100", None),
            ("%Y %j", "2025 091", Some(1_743_465_600)),
            ("%G %j", "2025 091", None),
            ("%G-W%V-%u", "2025-W14-2", Some(1_743_465_600)),
            ("%Y %U %w", "2025 13 2", Some(1_743_465_600)),
            ("%Y %W %a", "2025 13 tue", Some(1_743_465_600)),
            ("%Y %V", "2025 14", None),
            ("%C%y-%m-%d", "1925-04-01", Some(-1_412_294_400)),
            ("%e.%m.%y", " 1.04.25", Some(1_743_465_600)),
            ("%d %B %Y %Z", "01 APRIL 2025 CET", Some(1_743_465_600)),
            ("%d %B %Y %Z", "01 April 2025 X", None),
            ("%Y%n%m%%", "2025 \t04%", Some(1_743_465_600)),
            ("%S.%f", "05.25", Some(-2_208_988_795)),
            ("", "", Some(-2_208_988_800)),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().read(text), unix, "{pattern} on {text}");
        }
    }

    #[test]
    fn patterns_are_checked() {
        for pattern in ["%", "%Q", "%:", "%:y", "%::::z"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
