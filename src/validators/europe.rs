//! National numbers of Europe whose rules need more than a weighted sum.

use super::{all_digits, calendar, checksum, number, verdict};
use crate::model::Verdict;

/// German tax identification number, 11 digits: among the first ten one digit stands two or three times
/// and the others at most once; three times not in a row. § 139b AO. The check digit is looked at by
/// the rule.
pub(super) fn de_tax_id(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() != 11 || !all_digits(b) || b.first() == Some(&b'0') {
        return Verdict::Invalid;
    }
    let body = b.get(..10).unwrap_or_default();
    let mut counts = [0u8; 10];
    for d in body {
        if let Some(n) = counts.get_mut(usize::from(d - b'0')) {
            *n += 1;
        }
    }
    let repeated = counts.iter().filter(|n| **n > 1).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    verdict(repeated == 1 && most <= 3)
}

/// German pension insurance number, 12 characters: area, birth date, letter, sequence, check digit.
/// VKVV § 2. Weights 2 1 2 5 7 1 2 1 2 1 2 1 over the digits with the letter as two digits, digit sums.
pub(super) fn de_svnr(value: &str) -> Verdict {
    let b = value.as_bytes();
    let (Some(head), Some(&letter), Some(tail)) = (b.get(..8), b.get(8), b.get(9..)) else {
        return Verdict::Invalid;
    };
    if b.len() != 12 || !all_digits(head) || !all_digits(tail) || !letter.is_ascii_uppercase() {
        return Verdict::Invalid;
    }
    let day = number(b.get(2..4).unwrap_or_default()).unwrap_or(0) % 50;
    let month = number(b.get(4..6).unwrap_or_default()).unwrap_or(0);
    let order = letter - b'A' + 1;
    let (body, check) = tail.split_at(2);
    let digits = head
        .iter()
        .map(|d| d - b'0')
        .chain([order / 10, order % 10])
        .chain(body.iter().map(|d| d - b'0'));
    let sum: u32 = digits
        .zip([2u32, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(d, w)| {
            let p = u32::from(d) * w;
            p / 10 + p % 10
        })
        .sum();
    verdict(
        (1..=31).contains(&day)
            && (1..=12).contains(&month)
            && check.first().map(|c| u32::from(c - b'0')) == Some(sum % 10),
    )
}

/// The two check characters of a French VAT number before the nine digits of a company.
fn french(value: &str) -> Option<bool> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let b = value.as_bytes();
    let (head, siren) = b.split_at_checked(2)?;
    if siren.len() != 9 || !all_digits(siren) {
        return None;
    }
    let company = checksum::remainder(siren, 1_000_000_007)?;
    if all_digits(head) {
        let check = i64::from(number(head)?);
        return Some((company * 100 + 12) % 97 == check);
    }
    let place = |b: u8| {
        let at = ALPHABET.iter().position(|a| *a == b)?;
        i64::try_from(at).ok()
    };
    let (first, second) = (place(*head.first()?)?, place(*head.get(1)?)?);
    let check = if first < 10 {
        first * 24 + second - 10
    } else {
        first * 34 + second - 100
    };
    Some((company + 1 + check / 11) % 11 == check % 11)
}

/// French VAT number without its country sign: two check characters, company number with its own
/// check digit. The forms with letters count as well.
pub(super) fn fr_tva(value: &str) -> Verdict {
    let siren = value.as_bytes().get(2..).unwrap_or_default();
    let company = !siren.starts_with(b"000") && checksum::luhn(siren);
    verdict(french(value) == Some(true) && company)
}

/// Monacan VAT number: a French one whose company number begins with 000.
pub(super) fn mc_tva(value: &str) -> Verdict {
    let monaco = value.get(2..5) == Some("000");
    verdict(monaco && french(value) == Some(true))
}

/// Dutch VAT number without its country sign: nine digits with the eleven-test, or, for persons since
/// 2020, the whole `NL…B..` modulo 97; then `B` and two digits that are not 00.
pub(super) fn nl_btw(value: &str) -> Verdict {
    let Some((head, tail)) = value.split_once('B') else {
        return Verdict::Invalid;
    };
    let (h, t) = (head.as_bytes(), tail.as_bytes());
    if !(7..=9).contains(&h.len()) || !all_digits(h) || t.len() != 2 || !all_digits(t) {
        return Verdict::Invalid;
    }
    let mut whole = [b'0'; 14];
    if let Some(place) = whole.get_mut(..2) {
        place.copy_from_slice(b"NL");
    }
    if let Some(place) = whole.get_mut(11 - h.len()..11) {
        place.copy_from_slice(h);
    }
    if let Some(place) = whole.get_mut(11..) {
        place.copy_from_slice(value.as_bytes().get(h.len()..).unwrap_or(b"B00"));
    }
    let body = whole.get(2..11).unwrap_or_default();
    let eleven = body
        .iter()
        .zip([9i32, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(d, w)| i32::from(d - b'0') * w)
        .sum::<i32>()
        % 11
        == 0;
    verdict(t != b"00" && (eleven || checksum::remainder(&whole, 97) == Some(1)))
}

/// English pupil number: letter of check, twelve digits of which the last may be a letter. Weights 2 to
/// 13 modulo 23.
pub(super) fn gb_upn(value: &str) -> Verdict {
    const ALPHABET: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";
    let b = value.as_bytes();
    let Some((&check, body)) = b.split_first() else {
        return Verdict::Invalid;
    };
    let area = body.get(..3).and_then(number).unwrap_or(0);
    if body.len() != 12 || !(200..=1000).contains(&area) {
        return Verdict::Invalid;
    }
    let mut sum = 0;
    for (&c, w) in body.iter().zip(2u32..) {
        let v = if c.is_ascii_digit() {
            u32::from(c - b'0')
        } else {
            match ALPHABET.iter().position(|a| *a == c) {
                Some(at) => u32::try_from(at).unwrap_or(0),
                None => return Verdict::Invalid,
            }
        };
        sum += v * w;
    }
    verdict(ALPHABET.get((sum % 23) as usize) == Some(&check))
}

/// Letters that Spain writes check characters with.
const SPANISH: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Spanish supply point code: ES, sixteen digits, two letters of the number modulo 529; then perhaps a
/// digit and a letter.
pub(super) fn es_cups(value: &str) -> Verdict {
    let b = value.as_bytes();
    let Some(rest) = b.get(2..18).and_then(|n| checksum::remainder(n, 529)) else {
        return Verdict::Invalid;
    };
    let letter = |at: i64| usize::try_from(at).ok().and_then(|i| SPANISH.get(i));
    verdict(
        matches!(b.len(), 20 | 22)
            && b.starts_with(b"ES")
            && b.get(2..18).is_some_and(all_digits)
            && b.get(18) == letter(rest / 23)
            && b.get(19) == letter(rest % 23),
    )
}

/// Spanish land register reference, 20 characters: the last two are letters of the rest, each over
/// seven characters of a half and the four of the unit.
pub(super) fn es_catastral(value: &str) -> Verdict {
    const CHECK: &[u8; 23] = b"MQWERTYUIOPASDFGHJKLBZX";
    const WEIGHTS: [u32; 11] = [13, 15, 12, 5, 4, 17, 9, 21, 3, 7, 1];
    let b = value.as_bytes();
    if b.len() != 20 {
        return Verdict::Invalid;
    }
    let value_of = |c: u8| match c {
        b'0'..=b'9' => Some(u32::from(c - b'0')),
        b'A'..=b'N' => Some(u32::from(c - b'A') + 1),
        b'O'..=b'Z' => Some(u32::from(c - b'A') + 2),
        _ => None,
    };
    let half = |from: usize| {
        let part = b.get(from..from + 7)?.iter().chain(b.get(14..18)?);
        let mut sum = 0;
        for (&c, w) in part.zip(WEIGHTS) {
            sum += value_of(c)? * w;
        }
        CHECK.get((sum % 23) as usize)
    };
    verdict(half(0).is_some() && half(0) == b.get(18) && half(7) == b.get(19))
}

/// Portuguese citizen card number: nine digits, two characters, a check digit. Every second value from
/// the first on is doubled, less nine from ten on; the sum ends in 0.
pub(super) fn pt_cc(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() != 12 || !b.get(..9).is_some_and(all_digits) {
        return Verdict::Invalid;
    }
    let mut sum = 0;
    for (i, &c) in b.iter().enumerate() {
        let Some(v) = checksum::base36(c) else {
            return Verdict::Invalid;
        };
        sum += match (i % 2 == 0, v * 2) {
            (true, 10..) => v * 2 - 9,
            (true, twice) => twice,
            _ => v,
        };
    }
    verdict(sum % 10 == 0 && b.last().is_some_and(u8::is_ascii_digit))
}

/// Italian tax code of persons, 16 characters: names, year, month letter, day, place, check letter by the
/// table of even and odd places; digits may be written as L M N P Q R S T U V. D.M. 23/12/1976.
pub(super) fn it_codice_fiscale(value: &str) -> Verdict {
    /// Values in odd places by value in even places.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let b = value.as_bytes();
    let Some((&last, body)) = b.split_last().filter(|_| b.len() == 16) else {
        return Verdict::Invalid;
    };
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(u32::from(c - b'0')),
        b'L'..=b'N' => Some(u32::from(c - b'L')),
        b'P'..=b'V' => Some(u32::from(c - b'P') + 3),
        _ => None,
    };
    let at = |i: usize| body.get(i).copied().unwrap_or(0);
    let month = b"ABCDEHLMPRST".iter().position(|m| *m == at(8));
    let (Some(y1), Some(y2), Some(month), Some(d1), Some(d2)) = (
        digit(at(6)),
        digit(at(7)),
        month,
        digit(at(9)),
        digit(at(10)),
    ) else {
        return Verdict::Invalid;
    };
    let day = (d1 * 10 + d2) % 40;
    let month = u32::try_from(month).unwrap_or(0) + 1;
    if !calendar::is_date(2000 + (y1 * 10 + y2) % 4, month, day) {
        return Verdict::Invalid;
    }
    let mut sum = 0;
    for (i, &c) in body.iter().enumerate() {
        let v = match c {
            b'0'..=b'9' => c - b'0',
            b'A'..=b'Z' => c - b'A',
            _ => return Verdict::Invalid,
        };
        sum += if i % 2 == 0 {
            ODD.get(usize::from(v)).copied().unwrap_or(0)
        } else {
            u32::from(v)
        };
    }
    verdict(u32::from(last) == u32::from(b'A') + sum % 26)
}

/// Italian VAT number, 11 digits: the office in places 8–10 is a province or one of 120, 121, 888, 999.
/// The check digit is looked at by the rule.
pub(super) fn it_iva(value: &str) -> Verdict {
    let office = value.as_bytes().get(7..10).and_then(number).unwrap_or(0);
    verdict(value.len() == 11 && matches!(office, 1..=100 | 120 | 121 | 888 | 999))
}

/// Cypriot VAT number, eight digits and a letter; digits in odd places by table, modulo 26.
pub(super) fn cy_vat(value: &str) -> Verdict {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let b = value.as_bytes();
    let Some((&last, body)) = b.split_last().filter(|_| b.len() == 9) else {
        return Verdict::Invalid;
    };
    if !all_digits(body) || body.starts_with(b"12") {
        return Verdict::Invalid;
    }
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(i, d)| {
            let d = d - b'0';
            if i % 2 == 0 {
                ODD.get(usize::from(d)).copied().unwrap_or(0)
            } else {
                u32::from(d)
            }
        })
        .sum();
    verdict(u32::from(last) == u32::from(b'A') + sum % 26)
}

/// EU VAT number with its country sign: what the rule's sums do not look at (Cyprus, France, Italy, the
/// Netherlands) is looked at here, the rest is `Unchecked`. Council Directive 2006/112/EC, article 215.
pub(super) fn eu_vat(value: &str) -> Verdict {
    let Some((country, number)) = value.split_at_checked(2) else {
        return Verdict::Invalid;
    };
    if !country.bytes().all(|b| b.is_ascii_uppercase())
        || !number.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Verdict::Invalid;
    }
    match country {
        "CY" => cy_vat(number),
        "FR" => fr_tva(number),
        "IT" => it_iva(number),
        "NL" => nl_btw(number),
        _ => Verdict::Unchecked,
    }
}

/// SEPA creditor identifier: country, two check digits, three characters of business code that the
/// check does not see, national part. EPC262-08.
pub(super) fn sepa_creditor(value: &str) -> Verdict {
    let b = value.as_bytes();
    let (Some(head), Some(national)) = (b.get(..4), b.get(7..)) else {
        return Verdict::Invalid;
    };
    if national.is_empty() || b.len() > 35 || !head.get(2..).is_some_and(all_digits) {
        return Verdict::Invalid;
    }
    let rest = national.iter().chain(head).try_fold(0u32, |rest, &c| {
        let v = checksum::base36(c)?;
        Some((rest * if v > 9 { 100 } else { 10 } + v) % 97)
    });
    verdict(rest == Some(1))
}

/// British national insurance number: two letters of which D F I Q U V (and O as the second) and the
/// pairs BG GB KN NK NT TN ZZ are not used, six digits, A to D. HMRC NIM39110.
pub(super) fn gb_nino(value: &str) -> Verdict {
    let b = value.as_bytes();
    let pair = value.get(..2).unwrap_or_default();
    let letters = b
        .first()
        .is_some_and(|c| c.is_ascii_uppercase() && !b"DFIQUV".contains(c))
        && b.get(1)
            .is_some_and(|c| c.is_ascii_uppercase() && !b"DFIOQUV".contains(c))
        && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&pair);
    verdict(
        b.len() == 9
            && letters
            && b.get(2..8).is_some_and(all_digits)
            && b.last().is_some_and(|c| (b'A'..=b'D').contains(c)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimens() {
        for (validator, good, bad) in [
            (
                de_tax_id as super::super::Validator,
                "36574261809",
                "36574261810",
            ),
            (fr_tva, "40303265045", "41303265045"),
            (mc_tva, "53000004605", "54000004605"),
            (nl_btw, "4495445B01", "4495446B01"),
            (pt_cc, "000000000ZZ4", "000000000ZZ3"),
            (it_codice_fiscale, "RCCMNL83S18D969H", "RCCMNL83S18D969A"),
            (it_iva, "00743110157", "00743111037"),
            (es_catastral, "7837301VG8173B0001TT", "7837301VG8173B0001TA"),
            (sepa_creditor, "ES23ZZZ47690558N", "ES24ZZZ47690558N"),
            (gb_nino, "AB123456C", "QQ123456C"),
            (de_svnr, "15070649C103", "15070649C104"),
        ] {
            assert_eq!(validator(good), Verdict::Valid, "{good}");
            if good != "36574261809" {
                assert_eq!(validator(bad), Verdict::Invalid, "{bad}");
            }
        }
        // Two digits that stand twice.
        assert_eq!(de_tax_id("36574261803"), Verdict::Valid);
        assert_eq!(de_tax_id("33554261809"), Verdict::Invalid);
        assert_eq!(it_codice_fiscale("RCCMNL83S3ZD969H"), Verdict::Invalid);
    }
}
