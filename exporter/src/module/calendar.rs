//! Days and dates of the proleptic Gregorian calendar, without bounds on month and day: they roll over, as in
//! Go's `time.Date`.

/// Days from 1970-01-01 to a date. Month 13 is January of the next year, day 0 the last day of the month
/// before.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12);
    // Years begin in March here, so that the leap day is the last one.
    let shifted_year = if month < 2 { year - 1 } else { year };
    let shifted_month = (month + 10) % 12;
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * shifted_month + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + day - 1
}

/// Year, month and day of a day since 1970-01-01; `None` far outside of what a calendar is for.
pub(crate) fn civil_from_days(days: i64) -> Option<(i64, i64, i64)> {
    let days = days.checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((year, month, day))
}

/// The weekday of a day since 1970-01-01; Sunday is 0.
pub(crate) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_agree() {
        for (date, days) in [
            ((1970, 1, 1), 0),
            ((2000, 2, 29), 11_016),
            ((1969, 12, 31), -1),
            ((2025, 4, 1), 20_179),
            ((0, 1, 1), -719_528),
        ] {
            assert_eq!(days_from_civil(date.0, date.1, date.2), days, "{date:?}");
            assert_eq!(civil_from_days(days), Some(date));
        }
        assert_eq!(weekday(20_179), 2);
        assert_eq!(days_from_civil(2018, 13, 0), days_from_civil(2018, 12, 31));
        assert_eq!(days_from_civil(2018, 0, 1), days_from_civil(2017, 12, 1));
        assert_eq!(civil_from_days(i64::MAX), None);
    }
}
