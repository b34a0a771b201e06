//! International bank account numbers (ISO 13616), plain or in groups of four.

use super::{classes::is_word, scan::Scene};

/// Lengths by country, from the IBAN registry.
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22),
    (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27),
    (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20),
    (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
    (b"YE", 30),
];

/// Tests the number that begins here with two capitals and two digits.
pub(super) fn find(scene: &mut Scene<'_>, patterns: &[u16], start: usize) {
    let country = [scene.byte(start), scene.byte(start + 1)];
    let Some((_, length)) = LENGTHS.iter().find(|(code, _)| **code == country) else {
        return;
    };
    let mut word = [0; 34];
    let mut place = start;
    let grouped = matches!(scene.byte(start + 4), b' ' | b'-');
    for (i, to) in word.iter_mut().take(*length).enumerate() {
        if grouped && i > 0 && i % 4 == 0 {
            if !matches!(scene.byte(place), b' ' | b'-') {
                return;
            }
            place += 1;
        }
        let byte = scene.byte(place);
        if !byte.is_ascii_digit() && !byte.is_ascii_uppercase() {
            return;
        }
        *to = byte;
        place += 1;
    }
    if !is_word(scene.byte(place)) && mod97(&word[..*length]) {
        scene.hit_all(patterns, start, place);
    }
}

/// ISO 7064 MOD 97-10 with the first four characters moved to the end.
fn mod97(word: &[u8]) -> bool {
    let (head, tail) = word.split_at(4);
    let rest = tail.iter().chain(head).fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_specimens() {
        for good in [
            "GB82WEST12345698765432",
            "DE89370400440532013000",
            "MT84MALT011000012345MTLCAST001S",
            "NO9386011117947",
        ] {
            assert!(mod97(good.as_bytes()), "{good}");
            let length = LENGTHS
                .iter()
                .find(|(code, _)| good.as_bytes().starts_with(*code))
                .unwrap()
                .1;
            assert_eq!(length, good.len());
        }
        assert!(!mod97(b"GB83WEST12345698765432"));
        assert!(LENGTHS.is_sorted());
    }
}
