//! Cards and international bank accounts.

use super::{all_digits, calendar, checksum, cn_identity, number};
use crate::model::Verdict;

/// The first six digits.
fn bin(digits: &[u8]) -> u32 {
    digits.get(..6).and_then(number).unwrap_or_default()
}

/// Eighteen digits with a date where a resident ID has it, or fifteen that fit the old resident number.
/// One in ten damaged IDs passes Luhn, and cards of these lengths are few: the words around it must tell.
fn looks_like_id(b: &[u8]) -> bool {
    match b.len() {
        18 => b.get(6..14).is_some_and(calendar::is_yyyymmdd),
        15 => std::str::from_utf8(b)
            .is_ok_and(|text| cn_identity::resident_id_15(text) == Verdict::Valid),
        _ => false,
    }
}

/// Card issued in China: 16–19 digits, Luhn. `Valid` when the first digits belong to a range of one
/// issuer or scheme (62 in use: 620–625, 627, 628; 9558, 95595–95599, 103, 601382, 601428, 603445,
/// 603506), `Unchecked` in the crowded legacy ranges 84, 87, 9, 60, 68 and 69. ISO/IEC 7812-1, GB/T 15694.1, a
/// public table of 1,767 Chinese prefixes. Not checked: the exact prefix; legacy cards that fail Luhn
/// exist and are refused.
pub(super) fn cn_bank_card(value: &str) -> Verdict {
    let b = value.as_bytes();
    if !(16..=19).contains(&b.len()) || !all_digits(b) || !checksum::luhn(b) {
        return Verdict::Invalid;
    }
    match china(b) {
        Verdict::Valid if looks_like_id(b) => Verdict::Unchecked,
        verdict => verdict,
    }
}

/// Card issued in China whose check digit does not hold: some issuers gave numbers without one (a published
/// test number of the scheme fails Luhn as well). First digits of one issuer and length as in
/// [`cn_bank_card`]; always `Unchecked`, for behind a label or in a column only. What passes Luhn is the other rule's.
pub(super) fn cn_bank_card_unchecked(value: &str) -> Verdict {
    let b = value.as_bytes();
    let fits = (16..=19).contains(&b.len())
        && all_digits(b)
        && !checksum::luhn(b)
        && china(b) == Verdict::Valid
        && !looks_like_id(b);
    if fits {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// Whether the first digits and the length are those of cards issued in China.
fn china(b: &[u8]) -> Verdict {
    match (bin(b), b.len()) {
        (620_000..=625_999 | 627_000..=628_999, _)
        | (
            955_800..=955_899 | 955_950..=955_999 | 103_000..=103_999 | 601_382 | 603_445 | 603_506,
            19,
        )
        | (601_428, 17) => Verdict::Valid,
        (626_000..=626_999 | 629_000..=629_999 | 680_000..=699_999 | 900_000..=999_999, _)
        | (840_000..=849_999 | 870_000..=879_999, 16) => Verdict::Unchecked,
        _ => Verdict::Invalid,
    }
}

/// Card of an international scheme: prefix and length of Visa, Mastercard, American Express, JCB,
/// Discover, Diners or Mir, Luhn. ISO/IEC 7812-1 and the schemes' published ranges. A number of one
/// repeated digit is refused. `Unchecked`: 13 digits, which are bar codes nowadays, 19 digits of Visa, which
/// hardly anybody issues and many account numbers look like, and what looks like a resident ID. Not checked: the issuer.
pub(super) fn payment_card(value: &str) -> Verdict {
    let b = value.as_bytes();
    if !(13..=19).contains(&b.len()) || !all_digits(b) || !checksum::luhn(b) {
        return Verdict::Invalid;
    }
    let known = matches!(
        (bin(b), b.len()),
        (400_000..=499_999, 13 | 16 | 19)
            | (510_000..=559_999 | 222_100..=272_099 | 220_000..=220_499, 16)
            | (340_000..=349_999 | 370_000..=379_999, 15)
            | (352_800..=358_999 | 601_100..=601_199 | 644_000..=659_999, 16..=19)
            | (
                300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999,
                14
            )
    );
    match (known, b.len()) {
        (false, _) => Verdict::Invalid,
        (true, 13) => Verdict::Unchecked,
        (true, 19) if b.starts_with(b"4") => Verdict::Unchecked,
        (true, _) if looks_like_id(b) => Verdict::Unchecked,
        (true, _) => Verdict::Valid,
    }
}

/// Lengths of IBANs by country. SWIFT IBAN registry.
const IBAN: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// International bank account number: country of the registry, its length, mod 97. ISO 13616-1. The
/// national structure and check digits inside are not checked. China, Hong Kong and the United States
/// issue none.
pub(super) fn iban(value: &str) -> Verdict {
    let b = value.as_bytes();
    let known = IBAN.iter().any(|(c, n)| b.starts_with(*c) && b.len() == *n);
    let digits = b.get(2..4).is_some_and(all_digits);
    super::verdict(known && digits && checksum::mod97(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_other_ranges() {
        assert_eq!(payment_card("6226090000000048"), Verdict::Invalid);
        assert_eq!(cn_bank_card("4111111111111111"), Verdict::Invalid);
        assert_eq!(payment_card("0000000000000000"), Verdict::Invalid);
    }
}
