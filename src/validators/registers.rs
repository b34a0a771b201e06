//! Numbers of international registers: securities, banks, vehicles, devices.

use super::{all_digits, checksum, number, verdict};
use crate::model::Verdict;

/// Digits of a text in which letters count as two digits (A = 10), from the last to the first.
fn spread(bytes: &[u8]) -> Option<impl Iterator<Item = u32> + '_> {
    bytes
        .iter()
        .all(|&b| checksum::base36(b).is_some())
        .then(|| {
            bytes.iter().rev().flat_map(|&b| {
                let v = checksum::base36(b).unwrap_or(0);
                let tens = (v > 9).then_some(v / 10);
                std::iter::once(v % 10).chain(tens)
            })
        })
}

/// Digit sum of a number below 100.
fn fold(n: u32) -> u32 {
    n / 10 + n % 10
}

/// Securities identification number: two letters of a country, nine characters, Luhn over all with
/// letters as two digits. ISO 6166. Not checked: the national number inside.
pub(super) fn isin(value: &str) -> Verdict {
    let b = value.as_bytes();
    let country = value.get(..2).is_some_and(|c| {
        is_country(c) || matches!(c, "EU" | "EZ" | "XA" | "XB" | "XC" | "XD" | "XF" | "XS")
    });
    let Some(digits) = spread(b).filter(|_| b.len() == 12 && country) else {
        return Verdict::Invalid;
    };
    let sum: u32 = digits
        .enumerate()
        .map(|(i, d)| if i % 2 == 1 { fold(d * 2) } else { d })
        .sum();
    verdict(sum.is_multiple_of(10) && b.last().is_some_and(u8::is_ascii_digit))
}

/// CUSIP: eight characters and a check digit, every second value doubled, digit sums. ANSI X9.6.
pub(super) fn cusip(value: &str) -> Verdict {
    let b = value.as_bytes();
    verdict(b.len() == 9 && b.iter().filter(|c| c.is_ascii_digit()).count() >= 2 && doubled(b))
}

/// FIGI: twelve characters without vowels, the third a G, check digit as for CUSIP. ANSI X9.145.
pub(super) fn figi(value: &str) -> Verdict {
    let b = value.as_bytes();
    let taken = ["BS", "BM", "GG", "GB", "VG"].contains(&value.get(..2).unwrap_or_default());
    verdict(b.len() == 12 && b.get(2) == Some(&b'G') && !taken && doubled(b))
}

/// The last digit completes the digit sums of the values, every second doubled, to a multiple of ten.
fn doubled(bytes: &[u8]) -> bool {
    let Some((&last, body)) = bytes.split_last() else {
        return false;
    };
    let sum = body.iter().enumerate().try_fold(0, |sum, (i, &b)| {
        let v = checksum::base36(b)?;
        Some(sum + fold(if i % 2 == 1 { v * 2 } else { v }))
    });
    last.is_ascii_digit() && sum.is_some_and(|s| (s + u32::from(last - b'0')).is_multiple_of(10))
}

/// Countries of ISO 3166-1 alpha-2, and XK.
pub(super) const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Whether two letters are a country.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split(' ').any(|c| c == code)
}

/// Business identifier code: four letters, country, two and perhaps three characters. ISO 9362.
pub(super) fn bic(value: &str) -> Verdict {
    let country = value.get(4..6).is_some_and(is_country);
    let letters = value
        .get(..4)
        .is_some_and(|l| l.bytes().all(|b| b.is_ascii_uppercase()));
    verdict(matches!(value.len(), 8 | 11) && letters && country)
}

/// Mobile equipment identity, 15 digits with Luhn: `Valid` when the reporting body of the type
/// allocation code is one in use, `Unchecked` otherwise. 3GPP TS 23.003 clause 6.2.
pub(super) fn imei(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() != 15 || !all_digits(b) || !checksum::luhn(b) || b.windows(2).all(|w| w[0] == w[1]) {
        return Verdict::Invalid;
    }
    match b.get(..2).and_then(number) {
        Some(1 | 10 | 30 | 33 | 35 | 44 | 45 | 49..=54 | 86 | 91 | 98 | 99) => Verdict::Valid,
        _ => Verdict::Unchecked,
    }
}

/// Subscriber identity of 14 or 15 digits: the first three are a mobile country code. ITU-T E.212; the
/// network behind it is not looked at.
pub(super) fn imsi(value: &str) -> Verdict {
    let b = value.as_bytes();
    let country = b.get(..3).and_then(number).unwrap_or(0);
    let known = matches!(
        country,
        202..=208 | 212..=214 | 216 | 218..=222 | 225 | 226 | 228 | 230..=232 | 234 | 235 | 238
            | 240 | 242 | 244 | 246..=248 | 250 | 255 | 257 | 259 | 260 | 262 | 266 | 268 | 270
            | 272 | 274 | 276 | 278 | 280 | 282..=284 | 286 | 288..=290 | 292..=295 | 297 | 302
            | 308 | 310..=316 | 330 | 332 | 334 | 338 | 340 | 342 | 344 | 346 | 348 | 350 | 352
            | 354 | 356 | 358 | 360 | 362..=366 | 368 | 370 | 372 | 374 | 376 | 400..=402 | 404
            | 405 | 410 | 412..=432 | 434 | 436..=438 | 440 | 441 | 450 | 452 | 454..=457 | 460
            | 461 | 466 | 467 | 470 | 472 | 502 | 505 | 510 | 514 | 515 | 520 | 525 | 528 | 530
            | 536 | 537 | 539..=555 | 602..=655 | 657 | 659 | 702 | 704 | 706 | 708 | 710 | 712
            | 714 | 716 | 722 | 724 | 730 | 732 | 734 | 736 | 738 | 740 | 744 | 746 | 748 | 750
            | 901
    );
    verdict(matches!(b.len(), 14 | 15) && all_digits(b) && known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimens() {
        for (validator, good, bad) in [
            (
                isin as super::super::Validator,
                "US0378331005",
                "US0378331006",
            ),
            (cusip, "037833100", "037833101"),
            (figi, "BBG000BLNQ16", "BBG000BLNQ17"),
            (bic, "DEUTDEFF500", "DEUTQQFF500"),
            (imei, "490154203237518", "490154203237517"),
            (imsi, "460001234567890", "439011234567890"),
        ] {
            assert_eq!(validator(good), Verdict::Valid, "{good}");
            assert_eq!(validator(bad), Verdict::Invalid, "{bad}");
        }
        assert!(COUNTRIES.split(' ').is_sorted());
    }
}
