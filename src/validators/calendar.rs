//! Dates of the Gregorian calendar.

use super::number;
use crate::model::Verdict;

/// Years of birth that are believed. There is no clock here, so that a run today and a run next year
/// find the same; the upper bound leaves room for a program that is in use for some years.
pub(super) const YEARS: std::ops::RangeInclusive<u32> = 1900..=2035;

/// Whether the day exists and its year is one of 1900–2035.
pub fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    YEARS.contains(&year) && (1..=days).contains(&day)
}

/// Eight digits `YYYYMMDD` as a date.
pub(super) fn is_yyyymmdd(bytes: &[u8]) -> bool {
    bytes.len() == 8 && number(bytes).is_some_and(|n| is_date(n / 10_000, n / 100 % 100, n % 100))
}

/// A date of birth as written: `1990-03-07`, `1990/3/7`, `1990.03.07`, `19900307`, `1990年3月7日`,
/// `1990年3月`, `1990-03`, one space allowed beside a separator, a time of day after it ignored; and as
/// written in English: `7 March 1990`, `Mar 7th, 1990`, `07/03/1990` (day or month first).
/// Checked: the day exists, 1900–2035. Not checked: that it is anybody's birthday; every such date
/// is `Unchecked` and only a label or a header makes it one. GB/T 7408 forms and the usual Chinese ones.
pub fn birth_date(text: &str) -> Verdict {
    let text = text.trim();
    let ok = if super::all_digits(text.as_bytes()) {
        is_yyyymmdd(text.as_bytes())
    } else if text.is_ascii() && year_last(text) {
        true
    } else {
        let mut parts = [0u32; 3];
        let mut n = 0;
        let mut pieces = text
            .split(['-', '/', '.', '年', '月', '日', '−', '–'])
            .map(str::trim);
        loop {
            match pieces.next() {
                None => break,
                // `1990年3月7日` ends in an empty piece.
                Some("") if pieces.next().is_none() => break,
                Some(piece) => {
                    // `7 00:00:00` and `7T00:00`: the time of day does not count.
                    let piece = piece.split([' ', 'T']).next().unwrap_or_default();
                    let (Some(slot), Some(v)) = (parts.get_mut(n), number(piece.as_bytes())) else {
                        return Verdict::Invalid;
                    };
                    if piece.len() > if n == 0 { 4 } else { 2 } {
                        return Verdict::Invalid;
                    }
                    *slot = v;
                    n += 1;
                }
            }
        }
        match n {
            2 => is_date(parts[0], parts[1], 1),
            3 => is_date(parts[0], parts[1], parts[2]),
            _ => false,
        }
    };
    if ok {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// A date whose year comes last: `7 March 1990`, `Mar 7th, 1990`, `07/03/1990`.
fn year_last(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let mut parts = text
        .split([' ', '-', '/', '.', ','])
        .filter(|p| !p.is_empty());
    let (Some(a), Some(b), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(year) = number(year.as_bytes()).filter(|_| year.len() == 4) else {
        return false;
    };
    let month = |word: &str| {
        let start = word.get(..3)?.to_ascii_lowercase();
        let at = MONTHS.iter().position(|m| *m == start)?;
        u32::try_from(at + 1).ok()
    };
    let day = |text: &str| {
        let bare = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        number(bare.as_bytes()).filter(|_| (1..=2).contains(&bare.len()))
    };
    match (month(a), month(b), day(a), day(b)) {
        (Some(m), None, _, Some(d)) | (None, Some(m), Some(d), _) => is_date(year, m, d),
        (None, None, Some(a), Some(b)) => is_date(year, a, b) || is_date(year, b, a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_birthday() {
        for good in [
            "1990-03-07",
            "1990/3/7",
            "1990.03.07",
            "19900307",
            "1990年3月7日",
            "1990年3月",
            "1990-03",
            "1990年 3月 7日",
            "2000-02-29",
            "1990-03-07 00:00:00",
        ] {
            assert_eq!(birth_date(good), Verdict::Unchecked, "{good}");
        }
        for bad in [
            "1990-13-07",
            "1990-02-30",
            "1900-02-29",
            "1890-01-01",
            "2099-01-01",
            "19900231",
            "1990",
            "",
            "a-b-c",
            "1990-1-2-3",
            "-",
            "1990--7",
        ] {
            assert_eq!(birth_date(bad), Verdict::Invalid, "{bad}");
        }
    }
}
