//! Invoices and immovable property.

use super::{all_digits, cn_identity};
use crate::model::Verdict;

/// Number of a fully digital invoice: 20 digits, year 22–39, province. No check digit.
pub(super) fn invoice(value: &str) -> Verdict {
    let b = value.as_bytes();
    let year = matches!(b, [b'2', b'2'..=b'9', ..] | [b'3', _, ..]);
    let province = b.get(2..).is_some_and(cn_identity::is_province);
    if b.len() == 20 && all_digits(b) && year && province {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// Number of a unit of immovable property: 28 characters; county 6, cadastral area and sub-area 6, kind of right
/// (`G`, `J`, `Z` and a letter), parcel 5, kind of fixture (`F`, `L`, `Q`, `W`), unit 8. The shape is so peculiar
/// that a known province makes it `Valid`. GB/T 37346-2019.
pub(super) fn unit(value: &str) -> Verdict {
    let b = value.as_bytes();
    let digits = |range: std::ops::Range<usize>| b.get(range).is_some_and(all_digits);
    let fits = b.len() == 28
        && digits(0..12)
        && cn_identity::is_province(b)
        && matches!(b.get(12), Some(b'G' | b'J' | b'Z'))
        && b.get(13).is_some_and(u8::is_ascii_uppercase)
        && digits(14..19)
        && matches!(b.get(19), Some(b'F' | b'L' | b'Q' | b'W'))
        && digits(20..28);
    super::verdict(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_invoices() {
        assert_eq!(unit("110108003001GB00001F00010001"), Verdict::Valid);
        assert_eq!(unit("110108003001XB00001F00010001"), Verdict::Invalid);
        assert_eq!(invoice("24110000000012345678"), Verdict::Unchecked);
        assert_eq!(invoice("24990000000012345678"), Verdict::Invalid);
    }
}
