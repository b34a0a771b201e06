//! Vehicles and what belongs to them.

use super::{all_digits, cn_identity};
use crate::model::Verdict;

/// Value of a character of a vehicle identification number. ISO 3779, GB 16735-2019.
fn value_of(b: u8) -> Option<u32> {
    Some(match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        b'A'..=b'H' => u32::from(b - b'A') + 1,
        b'J'..=b'N' => u32::from(b - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(b - b'S') + 2,
        _ => return None,
    })
}

const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Vehicle identification number: 17 digits and capitals without I, O, Q, not all the same, with letters and
/// digits. `Valid` when the check character at place 9 holds (mod 11, 10 is `X`), which is laid down in China
/// and North America; `Unchecked` when not: makers elsewhere do not have it. ISO 3779, GB 16735-2019.
pub(super) fn vin(value: &str) -> Verdict {
    let b = value.as_bytes();
    let mixed = b.iter().any(u8::is_ascii_digit) && b.iter().any(u8::is_ascii_uppercase);
    if b.len() != 17 || !mixed || !b.iter().skip(13).all(u8::is_ascii_digit) {
        return Verdict::Invalid;
    }
    let mut sum = 0;
    for (&c, weight) in b.iter().zip(WEIGHTS) {
        let Some(v) = value_of(c) else {
            return Verdict::Invalid;
        };
        sum += v * weight;
    }
    let check = match sum % 11 {
        10 => Some(b'X'),
        n => u8::try_from(n).ok().map(|n| b'0' + n),
    };
    if b.get(8).copied() == check {
        Verdict::Valid
    } else {
        Verdict::Unchecked
    }
}

/// File number of a driving licence: 12 digits that begin with a province. No check digit is published.
pub(super) fn driver_file(value: &str) -> Verdict {
    let b = value.as_bytes();
    if b.len() == 12 && all_digits(b) && cn_identity::is_province(b) {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_and_every_letter_counts() {
        for good in ["1M8GDM9AXKP042788", "LSVAA49J132047371"] {
            assert_eq!(vin(good), Verdict::Valid, "{good}");
            // Any other digit at any place but the ninth gives another sum.
            for at in (0..17).filter(|at| *at != 8) {
                let mut other = good.as_bytes().to_vec();
                if other[at].is_ascii_digit() {
                    other[at] = if other[at] == b'9' {
                        b'0'
                    } else {
                        other[at] + 1
                    };
                    let other = String::from_utf8(other).unwrap();
                    assert_ne!(vin(&other), Verdict::Valid, "{other}");
                }
            }
        }
        // One number for each letter, the check worked out by hand.
        for (at, c) in (b'A'..=b'Z').filter(|c| !b"IOQ".contains(c)).enumerate() {
            let values = [
                1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9,
            ];
            // Weight 8 at the first place, zeros elsewhere.
            let check = match values[at] * 8 % 11 {
                10 => 'X',
                n => char::from(b'0' + n),
            };
            let number = format!("{}0000000{check}00000000", char::from(c));
            assert_eq!(vin(&number), Verdict::Valid, "{number}");
        }
        assert_eq!(vin("1M8GDM9AXKP04278O"), Verdict::Invalid);
        assert_eq!(vin("11111111111111111"), Verdict::Invalid);
        assert_eq!(vin("1M8GDM9A1KP042788"), Verdict::Unchecked);
    }

    #[test]
    fn file_numbers() {
        assert_eq!(driver_file("110101234567"), Verdict::Unchecked);
        assert_eq!(driver_file("910101234567"), Verdict::Invalid);
        assert_eq!(driver_file("11010123456"), Verdict::Invalid);
    }
}
