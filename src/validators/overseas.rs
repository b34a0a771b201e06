//! National numbers of Asia and the Americas whose rules need more than a weighted sum.

use super::{all_digits, number, verdict};
use crate::model::Verdict;

/// Value of the first letter of Taiwanese numbers.
fn tw_letter(b: u8) -> Option<u32> {
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let at = LETTERS.iter().position(|l| *l == b)?;
    u32::try_from(at).ok().map(|at| at + 10)
}

/// Taiwanese identity number (letter, 1 or 2, eight digits) or number of a resident certificate (letter
/// and 8 or 9, before 2021 two letters): tens of the first letter, its units times 9, the rest times 8
/// to 1 and the last times 1 end in 0. A second letter counts by its units.
pub(super) fn tw_id(value: &str) -> Verdict {
    let b = value.as_bytes();
    let (Some(&first), Some(&second), Some(rest)) = (b.first(), b.get(1), b.get(2..)) else {
        return Verdict::Invalid;
    };
    let second = match second {
        b'1' | b'2' | b'8' | b'9' => Some(u32::from(second - b'0')),
        b'A'..=b'D' => tw_letter(second).map(|v| v % 10),
        _ => None,
    };
    let (Some(first), Some(second)) = (tw_letter(first), second) else {
        return Verdict::Invalid;
    };
    if rest.len() != 8 || !all_digits(rest) {
        return Verdict::Invalid;
    }
    let sum = first / 10
        + first % 10 * 9
        + second * 8
        + rest
            .iter()
            .zip([7, 6, 5, 4, 3, 2, 1, 1])
            .map(|(d, w)| u32::from(d - b'0') * w)
            .sum::<u32>();
    verdict(sum.is_multiple_of(10))
}

/// Korean business number, ten digits: weights 1 3 7 1 3 7 1 3 5, the tens of the last product added.
pub(super) fn kr_brn(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() != 10 || !all_digits(b) {
        return Verdict::Invalid;
    }
    let at = |i: usize| b.get(i).map_or(0, |d| u32::from(d - b'0'));
    let sum: u32 = (0..)
        .zip([1, 3, 7, 1, 3, 7, 1, 3, 5])
        .map(|(i, w)| at(i) * w)
        .sum();
    let named = b.get(3..5) != Some(b"00") && b.get(5..9) != Some(b"0000");
    verdict(named && (sum + at(8) * 5 / 10 + at(9)).is_multiple_of(10))
}

/// Singapore entity number: businesses (8 digits and letter), companies (year, 5 digits, letter), others
/// (`T08LL0001X`: century, year, kind, sequence, letter). ACRA.
pub(super) fn sg_uen(value: &str) -> Verdict {
    const OTHER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let b = value.as_bytes();
    let Some((&last, body)) = b.split_last() else {
        return Verdict::Invalid;
    };
    let digits = |weights: &[u32]| -> u32 {
        body.iter()
            .zip(weights)
            .map(|(d, w)| u32::from(d.wrapping_sub(b'0')) * w)
            .sum()
    };
    let letter = |table: &[u8], rest: u32| table.get(rest as usize) == Some(&last);
    let ok = match b.len() {
        9 if all_digits(body) => {
            let sum = digits(&[10, 4, 9, 3, 8, 2, 7, 1]);
            letter(b"XMKECAWLJDB", sum % 11)
        }
        10 if all_digits(body) => {
            let year = body.get(..4).and_then(number).unwrap_or(0);
            let sum = digits(&[10, 8, 6, 4, 9, 7, 5, 3, 1]);
            (1800..=2100).contains(&year) && letter(b"ZKCMDNERGWH", sum % 11)
        }
        10 => {
            let weights = [4, 3, 5, 3, 10, 2, 2, 5, 7];
            let sum = body.iter().zip(weights).try_fold(0i64, |sum, (c, w)| {
                let at = OTHER.iter().position(|o| o == c)?;
                Some(sum + i64::try_from(at).ok()? * w)
            });
            let known = body.get(3..5).is_some_and(|k| SG_KINDS.contains(&k));
            let rest = sum.map(|s| (s - 5).rem_euclid(11));
            known
                && rest
                    .and_then(|r| usize::try_from(r).ok())
                    .and_then(|r| OTHER.get(r))
                    == Some(&last)
        }
        _ => false,
    };
    verdict(ok)
}

/// Kinds of entities in Singapore numbers.
const SG_KINDS: &[&[u8]] = &[
    b"CC", b"CD", b"CH", b"CL", b"CM", b"CP", b"CS", b"CX", b"DP", b"FB", b"FC", b"FM", b"FN",
    b"GA", b"GB", b"GS", b"HS", b"LL", b"LP", b"MB", b"MC", b"MD", b"MH", b"MM", b"MQ", b"NB",
    b"NR", b"PA", b"PB", b"PF", b"RF", b"RP", b"SM", b"SS", b"TC", b"TU", b"VH", b"XL",
];

/// Turkish tax number, ten digits: each digit plus its distance from the end modulo 10, times a power of
/// two modulo 9.
pub(super) fn tr_vkn(value: &str) -> Verdict {
    let b = value.as_bytes();
    let Some((&last, body)) = b.split_last().filter(|_| b.len() == 10 && all_digits(b)) else {
        return Verdict::Invalid;
    };
    let sum: u32 = body
        .iter()
        .zip((1..10u32).rev())
        .map(|(d, place)| {
            let c = (u32::from(d - b'0') + place) % 10;
            match (c * (1 << place)) % 9 {
                0 if c != 0 => 9,
                rest => rest,
            }
        })
        .sum();
    verdict((10 - sum % 10) % 10 == u32::from(last - b'0'))
}

/// Aadhaar and virtual numbers do not read the same backwards. UIDAI.
pub(super) fn in_aadhaar(value: &str) -> Verdict {
    let b = value.as_bytes();
    verdict(all_digits(b) && !b.iter().eq(b.iter().rev()))
}

/// Indian permanent account number: three letters, the kind of holder, a letter, four digits that are
/// not 0000, a letter. No public check digit. Income-tax Rules, rule 114.
pub(super) fn in_pan(value: &str) -> Verdict {
    let b = value.as_bytes();
    let letters = |r: std::ops::Range<usize>| {
        b.get(r)
            .is_some_and(|l| l.iter().all(u8::is_ascii_uppercase))
    };
    let ok = b.len() == 10
        && letters(0..5)
        && letters(9..10)
        && b.get(3).is_some_and(|h| b"ABCFGHJLPT".contains(h))
        && b.get(5..9).is_some_and(|d| all_digits(d) && d != b"0000");
    verdict(ok)
}

/// US social security number, nine digits: area not 000, 666 or 9xx, group not 00, serial not 0000, not
/// one of the numbers that were printed as advertisements. SSA; no check digit.
pub(super) fn us_ssn(value: &str) -> Verdict {
    let b = value.as_bytes();
    let part = |r: std::ops::Range<usize>| b.get(r).and_then(number);
    let (Some(area), Some(group), Some(serial)) = (part(0..3), part(3..5), part(5..9)) else {
        return Verdict::Invalid;
    };
    let ok = b.len() == 9
        && !matches!(area, 0 | 666 | 900..)
        && group != 0
        && serial != 0
        && !matches!(value, "078051120" | "219099999" | "457555462" | "123456789");
    verdict(ok)
}

/// US individual taxpayer number: 9, and a group of 50–65, 70–88, 90–92 or 94–99. IRS.
pub(super) fn us_itin(value: &str) -> Verdict {
    let b = value.as_bytes();
    let group = b.get(3..5).and_then(number).unwrap_or(0);
    verdict(
        b.len() == 9
            && all_digits(b)
            && b.first() == Some(&b'9')
            && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimens() {
        for (validator, good, bad) in [
            (tw_id as super::super::Validator, "A123456789", "A123456780"),
            (tw_id, "A800000014", "A700000014"),
            (tw_id, "AC12345679", "AC12345678"),
            (kr_brn, "1168200276", "1168200277"),
            (sg_uen, "00192200M", "00192200K"),
            (us_ssn, "536904399", "666123456"),
            (us_ssn, "219099998", "219099999"),
            (us_itin, "912903456", "912893456"),
            (in_pan, "ACUPA7085R", "ACUPA0000R"),
            (in_aadhaar, "234123412346", "222222222222"),
        ] {
            assert_eq!(validator(good), Verdict::Valid, "{good}");
            assert_eq!(validator(bad), Verdict::Invalid, "{bad}");
        }
    }

    #[test]
    fn letters_of_taiwan_are_in_their_order() {
        for (letter, v) in [
            (b'A', 10),
            (b'I', 34),
            (b'O', 35),
            (b'W', 32),
            (b'Z', 33),
            (b'X', 30),
        ] {
            assert_eq!(tw_letter(letter), Some(v));
        }
    }
}
