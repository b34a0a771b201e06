//! Codes of organisations and taxpayers.

use super::{all_digits, calendar::is_yyyymmdd, checksum, cn_identity, regions, verdict};
use crate::model::Verdict;

/// Registration authority and category: the first two characters in use (GB 32100-2015 and amendments).
fn is_category(value: &[u8]) -> bool {
    let Some(&[authority, category]) = value.get(..2) else {
        return false;
    };
    let known: &[u8] = match authority {
        b'2' | b'4' | b'A' | b'G' | b'J' => b"19",
        b'3' => b"1234569",
        b'5' => b"123459",
        b'6' | b'7' | b'8' => b"129",
        b'1' | b'9' | b'N' | b'Q' => b"1239",
        b'Y' => b"1",
        _ => b"",
    };
    known.contains(&category)
}

/// Unified social credit code: 18 characters of the alphabet without I, O, S, V, Z; authority and
/// category in use, province of GB/T 2260 (10 for the national office), mod 31. GB 32100-2015 clauses 4 and 5.
/// `Unchecked` when the county is not one of the table, or when it is of digits only, which one number in ninety is by
/// chance, and either holds no organisation code whose own check fits (GB 11714) or has a date where a
/// resident ID has it. Not checked: whether the code was issued.
pub(super) fn uscc(value: &str) -> Verdict {
    let b = value.as_bytes();
    let region = b
        .get(2..8)
        .is_some_and(|r| all_digits(r) && (cn_identity::is_province(r) || r.starts_with(b"10")));
    if b.len() != 18 || !is_category(b) || !region || !checksum::mod31(b) {
        return Verdict::Invalid;
    }
    let inner = b.get(8..17).is_some_and(checksum::org_code);
    let dated = b.get(6..14).is_some_and(is_yyyymmdd);
    let county = b
        .get(2..8)
        .is_some_and(|r| regions::is_region(r) || r.starts_with(b"10"));
    if !county || all_digits(b) && (!inner || dated) {
        return Verdict::Unchecked;
    }
    Verdict::Valid
}

/// Organisation code: 8 digits or capitals and a check digit or `X`. GB 11714-1997.
pub(super) fn organisation_code(value: &str) -> Verdict {
    verdict(value.len() == 9 && checksum::org_code(value.as_bytes()))
}

/// Taxpayer numbers that hold another number: `L` + 18 (resident ID or credit code), resident ID + two
/// digits (20), old resident number + two digits (17), region + organisation code (15). The inner
/// number is checked by its own rules; with the 17-digit form, which has no check digit, and the
/// 15-digit form when it is of digits only or its county is unknown, the verdict is `Unchecked`. Plain credit
/// codes and resident IDs are other rules' matter.
pub(super) fn taxpayer_number(value: &str) -> Verdict {
    let inner = |range: std::ops::Range<usize>| value.get(range).unwrap_or_default();
    match value.len() {
        19 if value.starts_with('L') => verdict(
            cn_identity::resident_id(inner(1..19)) == Verdict::Valid
                || uscc(inner(1..19)) == Verdict::Valid,
        ),
        20 if value.as_bytes().get(18..).is_some_and(all_digits) => {
            cn_identity::resident_id(inner(0..18))
        }
        17 if value.as_bytes().get(15..).is_some_and(all_digits) => {
            match cn_identity::resident_id_15(inner(0..15)) {
                Verdict::Invalid => Verdict::Invalid,
                _ => Verdict::Unchecked,
            }
        }
        15 => regional(value.as_bytes()),
        _ => Verdict::Invalid,
    }
}

/// Number of a bank in the payment system: 12 digits, bank code of a known kind, ISO 7064 MOD 11,10. No
/// clause is published; the check holds for published numbers.
pub(super) fn cnaps(value: &str) -> Verdict {
    let b = value.as_bytes();
    let bank = b.starts_with(b"001") || b.starts_with(b"011") || !b.starts_with(b"0");
    verdict(b.len() == 12 && all_digits(b) && bank && checksum::mod11_10(b))
}

/// Business registration number before credit codes: 15 digits, region (10 for the national office), ISO 7064
/// MOD 11,10. GS 15-2006.
pub(super) fn business_registration(value: &str) -> Verdict {
    let b = value.as_bytes();
    let region = cn_identity::is_province(b) || b.starts_with(b"10");
    verdict(b.len() == 15 && all_digits(b) && region && checksum::mod11_10(b))
}

/// Region and organisation code, the taxpayer number before credit codes.
fn regional(b: &[u8]) -> Verdict {
    let region = b
        .get(..6)
        .is_some_and(|r| all_digits(r) && cn_identity::is_province(r));
    if !region || !b.get(6..).is_some_and(checksum::org_code) {
        Verdict::Invalid
    } else if all_digits(b) || !regions::is_region(b) {
        Verdict::Unchecked
    } else {
        Verdict::Valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_and_registers() {
        for good in [
            "102100099996",
            "105100000017",
            "308584000013",
            "403100000004",
        ] {
            assert_eq!(cnaps(good), Verdict::Valid, "{good}");
        }
        assert_eq!(cnaps("102100099995"), Verdict::Invalid);
        assert_eq!(business_registration("110108000000016"), Verdict::Valid);
        assert_eq!(business_registration("110108000000017"), Verdict::Invalid);
    }

    #[test]
    fn taxpayers() {
        for good in [
            "110108D2143569X",
            "11010519491231002X00",
            "L91110108MA00000070",
            "L11010519491231002X",
        ] {
            assert_eq!(taxpayer_number(good), Verdict::Valid, "{good}");
        }
        assert_eq!(taxpayer_number("11010549123100201"), Verdict::Unchecked);
        for bad in [
            "110108D21435691",
            "11010519491231002100",
            "LL1010519491231002X",
            "",
        ] {
            assert_eq!(taxpayer_number(bad), Verdict::Invalid, "{bad}");
        }
    }
}
