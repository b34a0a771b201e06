//! Telephones and number plates of China.

use super::{all_digits, number, verdict};
use crate::model::Verdict;

/// Network codes assigned by the Ministry of Industry and Information Technology, table of 2023-06-05.
const MOBILE: &[u32] = &[
    130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 145, 146, 147, 148, 149, 150, 151, 152, 153,
    155, 156, 157, 158, 159, 162, 165, 166, 167, 170, 171, 172, 173, 174, 175, 176, 177, 178, 180,
    181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 195, 196, 197, 198, 199,
];

/// Mobile number: 11 digits, network code assigned; `86`, `0086` or a trunk `0` may stand before it.
/// National numbering plan (工业和信息化部, 电信网编号计划). Not checked: whether it is in service.
pub(super) fn mobile(value: &str) -> Verdict {
    let b = value.as_bytes();
    let core = match b.len() {
        11 => Some(b),
        12 => b.strip_prefix(b"0"),
        13 => b.strip_prefix(b"86"),
        14 => b.strip_prefix(b"860"),
        15 => b.strip_prefix(b"0086"),
        _ => None,
    };
    // Two to the 34th, and one less, stand in programs and manuals.
    if matches!(b, b"17179869184" | b"17179869183") {
        return Verdict::Invalid;
    }
    verdict(core.is_some_and(|c| {
        all_digits(c) && number(c.get(..3).unwrap_or_default()).is_some_and(|n| MOBILE.contains(&n))
    }))
}

/// Whether the three digits after the trunk 0 are an area code of three digits.
fn is_area(code: u32) -> bool {
    matches!(
        code,
        310..=319 | 335 | 349..=359 | 370..=379 | 391..=398 | 410..=419 | 421 | 427 | 429 | 431..=440 | 448 | 451..=459 | 464 | 467..=479 | 482..=483 | 510..=519 | 523 | 527 | 530..=539 | 543 | 546 | 550..=559 | 561..=566 | 570..=580 | 591..=599 | 631..=635 | 660 | 662..=663 | 668 | 691..=692 | 701 | 710..=719 | 722 | 724 | 728 | 730..=739 | 743..=746 | 750..=760 | 762..=763 | 765..=766 | 768..=779 | 790..=799 | 810..=814 | 816..=819 | 825..=827 | 830..=839 | 851..=859 | 870..=879 | 881 | 883 | 886..=888 | 890..=899 | 901..=903 | 906 | 908..=919 | 930..=939 | 941 | 943 | 951..=955 | 970..=979 | 990..=999
    )
}

/// Landline: area code and subscriber number, with a trunk `0`, or `86` or `0086` instead of it. Two-digit
/// area codes (10, 20–29 without 26) have 8-digit numbers, three-digit ones 7 or 8; subscriber numbers
/// start with 2–8. An extension after `转`, `#` or `EXT` is not looked at. National numbering plan.
pub(super) fn landline(value: &str) -> Verdict {
    let value = value
        .split(['转', '#', 'E', 'X'])
        .next()
        .unwrap_or_default();
    let b = value.as_bytes();
    let Some(national) = b
        .strip_prefix(b"0086")
        .or_else(|| b.strip_prefix(b"86"))
        .map(|n| n.strip_prefix(b"0").unwrap_or(n))
        .or_else(|| b.strip_prefix(b"0"))
    else {
        return Verdict::Invalid;
    };
    if !all_digits(national) {
        return Verdict::Invalid;
    }
    let subscriber = match national {
        [b'1', b'0', rest @ ..] | [b'2', b'0'..=b'5' | b'7'..=b'9', rest @ ..]
            if rest.len() == 8 =>
        {
            rest
        }
        [_, _, _, rest @ ..]
            if matches!(rest.len(), 7 | 8)
                && national.get(..3).and_then(number).is_some_and(is_area) =>
        {
            rest
        }
        _ => return Verdict::Invalid,
    };
    verdict(matches!(subscriber.first(), Some(b'2'..=b'8')))
}

/// Province characters of number plates.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// A capital or digit that plates use: not I, not O.
fn plate_char(b: u8) -> bool {
    b.is_ascii_digit() || b.is_ascii_uppercase() && b != b'I' && b != b'O'
}

/// Number plate of civil vehicles, middle dot removed: province, letter, 5 characters; last one may be
/// 学警港澳挂领; or 6 characters for new energy (class letter A–H, J, K first or last, four digits);
/// embassy 使 + 6 digits. GA 36-2018. Plates of five equal characters are refused; military ones are
/// not recognised.
pub(super) fn plate(value: &str) -> Verdict {
    if let Some(rest) = value.strip_prefix('使') {
        return verdict(rest.len() == 6 && all_digits(rest.as_bytes()));
    }
    let mut chars = value.chars();
    if !chars.next().is_some_and(|c| PROVINCES.contains(c)) {
        return Verdict::Invalid;
    }
    let rest = chars.as_str();
    let rest = match rest.strip_suffix(['学', '警', '港', '澳', '挂', '领']) {
        Some(rest) if rest.len() == 5 => {
            return verdict(rest.bytes().all(plate_char) && letter_first(rest));
        }
        Some(_) => return Verdict::Invalid,
        None => rest,
    };
    let b = rest.as_bytes();
    if !letter_first(rest) || !b.iter().all(|&c| plate_char(c)) {
        return Verdict::Invalid;
    }
    let class = |c: u8| matches!(c, b'A'..=b'H' | b'J' | b'K');
    verdict(match b {
        [_, tail @ ..] if tail.len() == 5 => {
            tail.iter().any(u8::is_ascii_digit) && !tail.windows(2).all(|w| w.first() == w.last())
        }
        [_, first, _, digits @ ..] if b.len() == 7 && class(*first) && all_digits(digits) => true,
        [_, digits @ .., last] if b.len() == 7 => class(*last) && all_digits(digits),
        _ => false,
    })
}

/// Whether the first character is a letter that issuing offices have.
fn letter_first(rest: &str) -> bool {
    rest.bytes()
        .next()
        .is_some_and(|c| c.is_ascii_uppercase() && plate_char(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates() {
        for good in [
            "京A12345",
            "粤BD12345",
            "粤B12345D",
            "粤Z1234港",
            "京A1234警",
            "使123456",
        ] {
            assert_eq!(plate(good), Verdict::Valid, "{good}");
        }
        for bad in [
            "京I12345",
            "京A1234",
            "国A12345",
            "京A00000",
            "京ABCDEF",
            "京",
            "",
            "使12345",
        ] {
            assert_eq!(plate(bad), Verdict::Invalid, "{bad}");
        }
    }

    #[test]
    fn numbering_plan() {
        for good in [
            "13800138000",
            "8613800138000",
            "008613800138000",
            "013800138000",
        ] {
            assert_eq!(mobile(good), Verdict::Valid, "{good}");
        }
        for bad in ["12800138000", "16313800138", "138001380001", ""] {
            assert_eq!(mobile(bad), Verdict::Invalid, "{bad}");
        }
        for good in [
            "01062345678",
            "862081234567",
            "008675586123456",
            "03103123456",
        ] {
            assert_eq!(landline(good), Verdict::Valid, "{good}");
        }
        for bad in [
            "02612345678",
            "0106234567",
            "07551234567",
            "03203123456",
            "1062345678",
        ] {
            assert_eq!(landline(bad), Verdict::Invalid, "{bad}");
        }
    }
}
