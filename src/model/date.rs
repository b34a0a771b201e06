//! Days and moments: enough of a calendar to count legal terms.

use std::fmt;

/// A day of the Gregorian calendar, from year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day that exists.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= length(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// Standard: RFC 3339, full-date.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| digits.parse::<u16>().ok())
                .flatten()
        };
        let small = |n: u16| u8::try_from(n).ok();
        Self::new(number(0..4)?, small(number(5..7)?)?, small(number(8..10)?)?)
    }

    /// The day on which a term of whole years ends that began after this day: the same day of the same
    /// month, or the last of the month when there is no such day. It still belongs to the term.
    ///
    /// Standard: 民法典, articles 201 and 202.
    #[must_use]
    pub fn term_of_years(self, years: u16) -> Self {
        self.moved(u32::from(years) * 12)
    }

    /// The same for months.
    #[must_use]
    pub fn term_of_months(self, months: u16) -> Self {
        self.moved(u32::from(months))
    }

    fn moved(self, months: u32) -> Self {
        let count = u32::from(self.year) * 12 + u32::from(self.month) - 1 + months;
        let (year, month) = (count / 12, count % 12 + 1);
        let year = u16::try_from(year).unwrap_or(9999).min(9999);
        let month = u8::try_from(month).unwrap_or(12);
        Self {
            year,
            month,
            day: self.day.min(length(year, month)),
        }
    }

    /// The day after; the last day of the calendar stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of_days(self.days() + 1).unwrap_or(self)
    }

    /// Days since 1970-01-01, negative before. After Howard Hinnant, `days_from_civil`.
    pub fn days(self) -> i64 {
        let (m, d) = (i64::from(self.month), i64::from(self.day));
        let y = i64::from(self.year) - i64::from(m <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let doy = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        era * 146_097 + doe - 719_468
    }

    /// The day that is this many days after 1970-01-01. After Howard Hinnant, `civil_from_days`.
    pub fn of_days(days: i64) -> Option<Self> {
        let z = days.checked_add(719_468)?;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        Self::new(
            u16::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )
    }

    /// The day in China (UTC+08:00, no summer time) at this moment.
    pub fn in_china(moment: Moment) -> Self {
        let days = moment.0.saturating_add(8 * 3600).div_euclid(86_400);
        Self::of_days(days).unwrap_or(Self {
            year: 9999,
            month: 12,
            day: 31,
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn length(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// Seconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Reads `2026-01-31T09:00:00Z`: no fractions, no offsets.
    ///
    /// Standard: RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        let date = Date::parse(text.get(..10)?)?;
        let clock = text.get(10..)?.as_bytes();
        let [b'T', h1, h2, b':', m1, m2, b':', s1, s2, b'Z'] = clock else {
            return None;
        };
        let pair = |a: &u8, b: &u8, most: i64| {
            let n = (a.is_ascii_digit() && b.is_ascii_digit())
                .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))?;
            (n <= most).then_some(n)
        };
        let seconds = pair(h1, h2, 23)? * 3600 + pair(m1, m2, 59)? * 60 + pair(s1, s2, 59)?;
        Some(Self(date.days() * 86_400 + seconds))
    }

    /// This many hours later.
    #[must_use]
    pub fn plus_hours(self, hours: u32) -> Self {
        Self(self.0.saturating_add(i64::from(hours) * 3600))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Date::of_days(self.0.div_euclid(86_400)).ok_or(fmt::Error)?;
        let s = self.0.rem_euclid(86_400);
        write!(f, "{day}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn terms_end_on_the_same_day_or_the_last_of_the_month() {
        let end = |from: &str, years| date(from).term_of_years(years).to_string();
        assert_eq!(end("2006-11-29", 20), "2026-11-29");
        assert_eq!(end("2004-02-29", 20), "2024-02-29");
        assert_eq!(end("2004-02-29", 10), "2014-02-28");
        assert_eq!(end("2000-12-31", 30), "2030-12-31");
        assert_eq!(
            date("2026-08-31").term_of_months(6).to_string(),
            "2027-02-28"
        );
        assert_eq!(date("2026-12-31").next().to_string(), "2027-01-01");
        assert_eq!(date("2024-02-28").next().to_string(), "2024-02-29");
    }

    #[test]
    fn the_day_in_china_begins_eight_hours_earlier() {
        let day = |text: &str| Date::in_china(Moment::parse(text).unwrap()).to_string();
        assert_eq!(day("2026-11-29T15:59:59Z"), "2026-11-29");
        assert_eq!(day("2026-11-29T16:00:00Z"), "2026-11-30");
    }

    #[test]
    fn only_days_and_moments_that_exist() {
        for bad in [
            "2025-02-29",
            "2024-13-01",
            "2024-1-01",
            "2024-00-10",
            "20240101",
            "２024-01-01",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        for bad in [
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+08:00",
            "2026-01-01T00:00:00.1Z",
            "2026-01-01",
        ] {
            assert_eq!(Moment::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn days_and_moments_read_back(seconds in -60_000_000_000_i64..250_000_000_000) {
            let moment = Moment(seconds);
            let text = moment.to_string();
            prop_assert_eq!(Moment::parse(&text), Some(moment));
            let day = Date::in_china(moment);
            prop_assert_eq!(Date::of_days(day.days()), Some(day));
            prop_assert_eq!(day.next().days(), day.days() + 1);
        }
    }
}
