//! Identity and travel documents of China.

use super::{all_digits, calendar::is_yyyymmdd, checksum, number, regions, verdict};
use crate::model::Verdict;

/// First two digits of GB/T 2260: mainland provinces and Taiwan.
pub(super) fn is_province(digits: &[u8]) -> bool {
    matches!(
        number(digits.get(..2).unwrap_or_default()),
        Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71)
    )
}

/// Region, birth date and check character at their places.
fn eighteen(value: &[u8]) -> bool {
    value.len() == 18 && value.get(6..14).is_some_and(is_yyyymmdd) && checksum::mod11_2(value)
}

/// Resident identity number: 18 characters, digits and a final digit or `X`; province of GB/T 2260,
/// existing birth date 1900–2035, ISO 7064 MOD 11-2. GB 11643-1999 clauses 4 to 6. Not checked: the
/// county (abolished codes stay in use for life) and whether the number was issued.
pub(super) fn resident_id(value: &str) -> Verdict {
    let b = value.as_bytes();
    verdict(is_province(b) && eighteen(b))
}

/// First-generation resident number: 15 digits; province, existing date 19YYMMDD. There is no check
/// digit: `Valid` says that the county is or was one of GB/T 2260 as well, which one random number in
/// four thousand is by chance; `Unchecked` that it is not. GB 11643-1989.
pub(super) fn resident_id_15(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() != 15 || !all_digits(b) || !is_province(b) || !is_19yymmdd(b.get(6..12)) {
        return Verdict::Invalid;
    }
    if regions::is_region(b) {
        Verdict::Valid
    } else {
        Verdict::Unchecked
    }
}

/// Six digits as a date of the twentieth century.
fn is_19yymmdd(digits: Option<&[u8]>) -> bool {
    digits
        .and_then(number)
        .is_some_and(|n| super::is_date(1900 + n / 10_000, n / 100 % 100, n % 100))
}

/// Residence permit of Hong Kong, Macao and Taiwan residents: 18 characters, region 810000, 820000 or
/// 830000, date and check character as in the resident identity number. 港澳台居民居住证申领发放办法.
pub(super) fn residence_permit(value: &str) -> Verdict {
    let b = value.as_bytes();
    let region = matches!(b.get(..6), Some(b"810000" | b"820000" | b"830000"));
    verdict(region && eighteen(b))
}

/// Permanent residence identity card of foreigners. New: 18 characters, `9`, province, ISO 3166
/// numeric country (not checked against the list), date, sequence, MOD 11-2. Old: 15 characters, three
/// letters, four digits of region, YYMMDD, a digit, check digit of ICAO Doc 9303 part 3.
pub(super) fn foreigner_pr(value: &str) -> Verdict {
    let b = value.as_bytes();
    match b {
        [b'9', rest @ ..] if b.len() == 18 => verdict(is_province(rest) && eighteen(b)),
        [a, c, d, rest @ ..] if b.len() == 15 => {
            let month_day = rest.get(6..10).and_then(number).unwrap_or_default();
            // The century is unknown: 29 February is taken in any year.
            let date = super::is_date(2000, month_day / 100, month_day % 100);
            verdict(
                [a, c, d].iter().all(|x| x.is_ascii_uppercase())
                    && all_digits(rest)
                    && is_province(rest)
                    && date
                    && checksum::icao_731(b),
            )
        }
        _ => Verdict::Invalid,
    }
}

/// `true` → the shape fits and no more can be said.
fn shape(fits: bool) -> Verdict {
    if fits {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// A capital that number series use: not I, not O.
fn series(b: u8) -> bool {
    b.is_ascii_uppercase() && b != b'I' && b != b'O'
}

/// Passport of the People's Republic: `E` + 8 digits, `E` + letter (not I, O) + 7, `G` + 8, `PE`/`SE`/
/// `DE` + 7, `P`/`S`/`D` + 7 or 8, `14`/`15` + 7. No check digit in the number. Dots removed before.
pub(super) fn passport(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'E' | b'G', rest @ ..] if rest.len() == 8 && all_digits(rest) => true,
        [b'E', c, rest @ ..] if series(*c) && rest.len() == 7 => all_digits(rest),
        [b'P' | b'S' | b'D', b'E', rest @ ..] | [b'1', b'4' | b'5', rest @ ..]
            if rest.len() == 7 =>
        {
            all_digits(rest)
        }
        [b'P' | b'S' | b'D', rest @ ..] if matches!(rest.len(), 7 | 8) => all_digits(rest),
        _ => false,
    })
}

/// Passport of the Hong Kong (`K`, `H`, with or without a second letter, 7 or 8 digits) or the Macao
/// (`MA`, `MB` + 7 digits) special administrative region. No check digit.
pub(super) fn sar_passport(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'M', b'A' | b'B', rest @ ..] => rest.len() == 7 && all_digits(rest),
        [b'K' | b'H', c, rest @ ..] if c.is_ascii_uppercase() => {
            matches!(rest.len(), 7 | 8) && all_digits(rest)
        }
        [b'K' | b'H', rest @ ..] => matches!(rest.len(), 7 | 8) && all_digits(rest),
        _ => false,
    })
}

/// Exit-entry permit for Hong Kong and Macao: `C` or `W` + 8 digits, `C` + letter (not I, O) + 7.
pub(super) fn hk_macau_permit(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'C' | b'W', rest @ ..] if rest.len() == 8 && all_digits(rest) => true,
        [b'C', c, rest @ ..] if series(*c) => rest.len() == 7 && all_digits(rest),
        _ => false,
    })
}

/// Mainland permit of Hong Kong and Macao residents: `H` or `M` + 8 digits, with or without two more
/// for the replacement count. No check digit.
pub(super) fn home_return_permit(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'H' | b'M', rest @ ..] => matches!(rest.len(), 8 | 10) && all_digits(rest),
        _ => false,
    })
}

/// Permit of mainland residents for Taiwan: `L` or `T` + 8 digits. No check digit.
pub(super) fn taiwan_exit_permit(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'L' | b'T', rest @ ..] => rest.len() == 8 && all_digits(rest),
        _ => false,
    })
}

/// Mainland permit of Taiwan residents: 8 digits, or 10 with the issue count, then with or without the
/// letter of the issuing office (brackets removed before). No check digit.
pub(super) fn taiwan_permit(value: &str) -> Verdict {
    let b = value.as_bytes();
    shape(match b {
        [rest @ .., c] if b.len() == 11 && c.is_ascii_uppercase() => all_digits(rest),
        _ => matches!(b.len(), 8 | 10) && all_digits(b),
    })
}

/// Number that begins with one letter and holds a resident identity number: school registers (`G`, `J`)
/// and temporary taxpayers (`L`).
pub(super) fn lettered_id(value: &str) -> Verdict {
    match value.split_at_checked(1) {
        Some(("G" | "J" | "L", rest)) => resident_id(rest),
        _ => Verdict::Invalid,
    }
}

/// Papers of soldiers and officers as written: one or two characters, 字第, 4–10 letters or digits, 号 or
/// nothing. No rule of their numbers is published.
pub(super) fn military(value: &str) -> Verdict {
    let Some((service, rest)) = value.split_once("字第") else {
        return Verdict::Invalid;
    };
    let number = rest.strip_suffix('号').unwrap_or(rest);
    let characters = service.chars().count();
    shape(
        matches!(characters, 1 | 2)
            && service
                .chars()
                .all(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'))
            && (4..=10).contains(&number.len())
            && number
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_hold_others() {
        assert_eq!(lettered_id("G11010519491231002X"), Verdict::Valid);
        assert_eq!(lettered_id("G110105194912310021"), Verdict::Invalid);
        assert_eq!(lettered_id("A11010519491231002X"), Verdict::Invalid);
        assert_eq!(military("军字第01234567号"), Verdict::Unchecked);
        assert_eq!(military("军字第123号"), Verdict::Invalid);
        assert_eq!(military("字第01234567号"), Verdict::Invalid);
    }

    #[test]
    fn old_numbers_need_a_county() {
        assert_eq!(resident_id_15("110105491231002"), Verdict::Valid);
        assert_eq!(resident_id_15("110199491231002"), Verdict::Unchecked);
        assert_eq!(resident_id_15("110105491331002"), Verdict::Invalid);
    }
}
