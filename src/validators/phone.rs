//! Telephone numbers in international form.

use super::{all_digits, number, verdict};
use crate::model::Verdict;

/// Country calling codes with the lengths that national numbers have behind them: bit `n` for `n` digits.
/// ITU-T E.164 country codes; lengths as in the number plans collected by Google's libphonenumber
/// (Apache-2.0), metadata of release 9.0. Service and short numbers are not counted.
#[rustfmt::skip]
const LENGTHS: &[(u32, u32)] = &[
    (1, 0x480), (7, 0x4400), (20, 0x700), (27, 0x7E0), (30, 0x1C00), (31, 0xFE0), (32, 0x300),
    (33, 0x200), (34, 0x200), (36, 0x300), (39, 0x1FC0), (40, 0x240), (41, 0x1200), (43, 0x3FF0),
    (44, 0x680), (45, 0x100), (46, 0x17C0), (47, 0x120), (48, 0x7C0), (49, 0xFFF0), (51, 0x300),
    (52, 0x400), (53, 0x5C0), (54, 0xC00), (55, 0xF00), (56, 0xE00), (57, 0xD00), (58, 0x400),
    (60, 0x700), (61, 0x17E0), (62, 0x1FF80), (63, 0x3F40), (64, 0x7E0), (65, 0xD00), (66, 0x2700),
    (81, 0x1FF00), (82, 0x7F60), (84, 0x780), (86, 0x1F80), (90, 0x3480), (91, 0x3F00), (92, 0x1F00),
    (93, 0x200), (94, 0x200), (95, 0x7C0), (98, 0x4F0), (211, 0x200), (212, 0x200), (213, 0x300),
    (216, 0x100), (218, 0x200), (220, 0x280), (221, 0x200), (222, 0x100), (223, 0x100), (224, 0x300),
    (225, 0x400), (226, 0x100), (227, 0x100), (228, 0x100), (229, 0x400), (230, 0x580), (231, 0x380),
    (232, 0x100), (233, 0x300), (234, 0x7C00), (235, 0x100), (236, 0x100), (237, 0x300), (238, 0x80),
    (239, 0x80), (240, 0x200), (241, 0x180), (242, 0x200), (243, 0x780), (244, 0x200), (245, 0x280),
    (246, 0x80), (247, 0x60), (248, 0x80), (249, 0x200), (250, 0x300), (251, 0x200), (252, 0x3C0),
    (253, 0x100), (254, 0x780), (255, 0x200), (256, 0x200), (257, 0x100), (258, 0x300), (260, 0x200),
    (261, 0x200), (262, 0x200), (263, 0x680), (264, 0x300), (265, 0x280), (266, 0x100), (267, 0x580),
    (268, 0x300), (269, 0x80), (290, 0x30), (291, 0x80), (297, 0x80), (298, 0x40), (299, 0x40),
    (350, 0x100), (351, 0x200), (352, 0xFF0), (353, 0x780), (354, 0x280), (355, 0x3C0), (356, 0x100),
    (357, 0x100), (358, 0x1FE0), (359, 0x13C0), (370, 0x100), (371, 0x100), (372, 0x580), (373, 0x100),
    (374, 0x100), (375, 0xFC0), (376, 0x340), (377, 0x300), (378, 0x500), (380, 0x600), (381, 0x1FC0),
    (382, 0x300), (383, 0x1F00), (385, 0x380), (386, 0x1E0), (387, 0x300), (389, 0x100), (420, 0x1E00),
    (421, 0x2C0), (423, 0x280), (500, 0x20), (501, 0x880), (502, 0x900), (503, 0x980), (504, 0x900),
    (505, 0x100), (506, 0x500), (507, 0xD80), (508, 0x240), (509, 0x100), (590, 0x200), (591, 0x300),
    (592, 0x80), (593, 0xF00), (594, 0x200), (595, 0xFC0), (596, 0x200), (597, 0xC0), (598, 0x3FF0),
    (599, 0x180), (670, 0x180), (672, 0x40), (673, 0x80), (674, 0x80), (675, 0x180), (676, 0xA0),
    (677, 0xA0), (678, 0xA0), (679, 0x880), (680, 0x80), (681, 0x240), (682, 0x20), (683, 0x90),
    (685, 0x4E0), (686, 0x120), (687, 0x40), (688, 0xE0), (689, 0x340), (690, 0xF0), (691, 0x80),
    (692, 0x80), (800, 0x100), (808, 0x100), (850, 0x500), (852, 0xBE0), (853, 0x180), (855, 0x700),
    (856, 0x700), (870, 0x1200), (878, 0x1000), (880, 0x7C0), (881, 0x600), (882, 0x1F80),
    (883, 0x1F00), (886, 0xF80), (888, 0x800), (960, 0x480), (961, 0x180), (962, 0x300), (963, 0x300),
    (964, 0x700), (965, 0x180), (966, 0x600), (967, 0x380), (968, 0x380), (970, 0x700), (971, 0x1FE0),
    (972, 0x1F80), (973, 0x100), (974, 0xB80), (975, 0x180), (976, 0x700), (977, 0xD00), (979, 0x200),
    (992, 0x200), (993, 0x100), (994, 0x200), (995, 0x200), (996, 0x600), (998, 0x200),
];

/// A number in international form, `+` and separators removed (an extension behind `X` does not count):
/// calling code and a length that its plan knows. Within China mobile numbers are left to their own
/// rule (`Unchecked`). ITU-T E.164: at most 15 digits. Not checked: the area or network code.
pub(super) fn international(value: &str) -> Verdict {
    let digits = value.split('X').next().unwrap_or_default().as_bytes();
    if !(7..=15).contains(&digits.len()) || !all_digits(digits) {
        return Verdict::Invalid;
    }
    let known = (1..=3).any(|n| {
        let (Some(code), national) = (digits.get(..n).and_then(number), digits.len() - n) else {
            return false;
        };
        LENGTHS
            .binary_search_by_key(&code, |l| l.0)
            .ok()
            .and_then(|at| LENGTHS.get(at))
            .is_some_and(|l| l.1 >> national & 1 == 1)
    });
    if known && digits.len() == 13 && digits.starts_with(b"861") {
        return Verdict::Unchecked;
    }
    // A mobile number of China that goes on: +86-170-5332|-0680.
    if matches!(digits, [b'8', b'6', b'1', b'3'..=b'9', ..]) {
        return Verdict::Invalid;
    }
    verdict(known && digits.windows(2).any(|w| matches!(w, [a, b] if a != b)))
}

/// A number of the North American plan without its country code: area and exchange begin with 2 to 9 and
/// are no service codes; numbers of hotlines (800 and its kin, 400 in China) are nobody's own. NANPA.
pub(super) fn north_american(value: &str) -> Verdict {
    let b = value.split('X').next().unwrap_or_default().as_bytes();
    let b = b.strip_prefix(b"001").unwrap_or(b);
    let b = if b.len() == 11 {
        b.strip_prefix(b"1").unwrap_or(b)
    } else {
        b
    };
    let area = b.get(..3).and_then(number).unwrap_or(0);
    let toll_free = matches!(area, 400 | 800 | 822 | 833 | 844 | 855 | 866 | 877 | 888);
    verdict(b.len() == 10 && all_digits(b) && !toll_free && area >= 200)
}

/// A number as it is dialled within its country, digits only: never `Valid`, since all but the length is left to
/// the country. Refused: numbers of hotlines in China (400, 800, 95), dates, one digit repeated. ITU-T E.164.
pub(super) fn national(value: &str) -> Verdict {
    let b = value.as_bytes();
    let hotline = b.len() == 10 && (b.starts_with(b"400") || b.starts_with(b"800"));
    let date = b.len() == 8
        && (b.starts_with(b"19") || b.starts_with(b"20"))
        && b.get(4..6)
            .and_then(number)
            .is_some_and(|m| (1..=12).contains(&m))
        && b.get(6..8)
            .and_then(number)
            .is_some_and(|d| (1..=31).contains(&d));
    let same = b.windows(2).all(|w| matches!(w, [x, y] if x == y));
    if !(7..=12).contains(&b.len()) || !all_digits(b) || hotline || date || same {
        Verdict::Invalid
    } else {
        Verdict::Unchecked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calling_codes_and_lengths() {
        for good in [
            "61412345678",
            "12125550123",
            "442079460211",
            "85257247423",
            "2905123",
            "33126113221X",
        ] {
            assert_ne!(international(good), Verdict::Invalid, "{good}");
        }
        for bad in [
            "6141234567890",
            "2155551234",
            "1212555012",
            "123",
            "9991234567",
            "1111111111111111",
        ] {
            assert_eq!(international(bad), Verdict::Invalid, "{bad}");
        }
        assert_eq!(international("8613800138000"), Verdict::Unchecked);
        assert_eq!(international("861705332"), Verdict::Invalid);
        assert!(LENGTHS.is_sorted());
        assert_eq!(north_american("2129287083"), Verdict::Valid);
        assert_eq!(north_american("8009287083"), Verdict::Invalid);
        for good in ["02079460958", "23456789", "0412345678", "5551234"] {
            assert_eq!(national(good), Verdict::Unchecked, "{good}");
        }
        for bad in [
            "4008208820",
            "8008208820",
            "20240115",
            "11111111",
            "555123",
            "0123456789012",
        ] {
            assert_eq!(national(bad), Verdict::Invalid, "{bad}");
        }
    }
}
