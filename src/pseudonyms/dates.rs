//! Dates: reading them, moving them by a person's offset.

use super::key::Key;

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub i64);

/// A date written year first: 1990-03-07, 1990/3/7, 1990.03.07, 1990年3月7日, 19900307; what follows (a time) is
/// left out. Dates with the day or month first are not read, since nobody can tell which is which.
pub(super) fn parse(text: &str) -> Option<Day> {
    let text = text.trim();
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let number = |t: &str| t.parse::<i64>().ok();
    if digits(text) == 8 {
        let part = |r: std::ops::Range<usize>| text.get(r).and_then(number);
        return day(part(0..4)?, part(4..6)?, part(6..8)?);
    }
    let mut rest = text;
    let mut parts = [0; 3];
    for (i, slot) in parts.iter_mut().enumerate() {
        let n = digits(rest);
        if n == 0 || n > if i == 0 { 4 } else { 2 } || (i == 0 && n < 4) {
            return None;
        }
        *slot = rest.get(..n).and_then(number)?;
        rest = rest.get(n..)?.trim_start();
        if i < 2 {
            let mut marks = rest.chars();
            if !matches!(
                marks.next(),
                Some('-' | '/' | '.' | '年' | '月' | '–' | '‐')
            ) {
                return None;
            }
            rest = marks.as_str().trim_start();
        }
    }
    let [year, month, of_month] = parts;
    day(year, month, of_month)
}

/// The day of a date of the Gregorian calendar, years 1 to 9999. After Howard Hinnant, "chrono-compatible
/// low-level date algorithms", `days_from_civil`.
fn day(year: i64, month: i64, of_month: i64) -> Option<Day> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&of_month) {
        return None;
    }
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + of_month - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let day = Day(era * 146_097 + doe - 719_468);
    (civil(day) == (year, month, of_month)).then_some(day)
}

/// Year, month and day of the month. `civil_from_days` of the same.
fn civil(Day(days): Day) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let of_month = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, of_month)
}

/// 1990-03-07. Standard: ISO 8601.
pub(super) fn iso(day: Day) -> String {
    let (y, m, d) = civil(day);
    format!("{y:04}-{m:02}-{d:02}")
}

/// 1990-066, the year and the day of the year. Moved dates are written so, because as 1990-03-07 they would be
/// somebody else's date of birth, and the search for original values in a copy could not tell. Standard: ISO 8601,
/// ordinal dates.
pub(super) fn ordinal(at: Day) -> String {
    let (y, ..) = civil(at);
    let first = day(y, 1, 1).map_or(at.0, |d| d.0);
    format!("{y:04}-{:03}", at.0 - first + 1)
}

/// Moves a date by its person's offset: 1 to `most` days to either side, the same for all dates of a person, so
/// that the days between them stay.
pub(super) fn shift(key: &Key, subject: Option<&str>, most: u16, day: Day) -> Day {
    let most = i64::from(most.max(1));
    let mac = key.mac(subject.unwrap_or_default().as_bytes());
    let n = mac.iter().take(7).fold(0, |n, b| n << 8 | i64::from(*b));
    let offset = n % (2 * most) - most;
    Day(day.0 + if offset >= 0 { offset + 1 } else { offset })
}

/// Whole years from a date to another.
pub(super) fn years(from: Day, to: Day) -> i64 {
    let ((y1, m1, d1), (y2, m2, d2)) = (civil(from), civil(to));
    y2 - y1 - i64::from((m2, d2) < (m1, d1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_as_written() {
        assert_eq!(parse("1970-01-01"), Some(Day(0)));
        assert_eq!(parse("2000-02-29").map(iso).as_deref(), Some("2000-02-29"));
        assert_eq!(parse("1990-03-07 12:00:00"), parse("19900307"));
        for none in [
            "1990-02-30",
            "07/03/1990",
            "1990",
            "1990-3",
            "19901307",
            "",
            "abc",
            "1990-03-007",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
        assert_eq!(
            parse("1990-03-07").map(ordinal).as_deref(),
            Some("1990-066")
        );
        assert_eq!(
            parse("2024-12-31").map(ordinal).as_deref(),
            Some("2024-366")
        );
        let at = |t| parse(t).unwrap();
        assert_eq!(years(at("1990-03-07"), at("2026-03-06")), 35);
        assert_eq!(years(at("1990-03-07"), at("2026-03-07")), 36);
    }

    proptest! {
        #[test]
        fn a_day_and_its_date(n in -500_000i64..500_000) {
            prop_assert_eq!(parse(&iso(Day(n))), Some(Day(n)));
        }

        #[test]
        fn days_between_stay(a in 0i64..20_000, b in 0i64..20_000, who in "[A-Z]{8}", most in 1u16..400) {
            let key = Key::new([3; 32]);
            let moved = |d| shift(&key, Some(&who), most, Day(d)).0;
            prop_assert_eq!(moved(a) - moved(b), a - b);
            let by = (moved(a) - a).abs();
            prop_assert!(by >= 1 && by <= i64::from(most));
        }
    }
}
