//! Where characters begin in raw GB 18030.
//!
//! Two-byte characters are `[81-FE][40-7E,80-FE]`, four-byte ones `[81-FE][30-39][81-FE][30-39]`. A byte
//! below 0x80 ends the character it is in, so a run of high bytes begins with a character (or with the
//! third byte of one, which a digit follows).

/// Whether a byte below 0x80 is part of a longer character.
pub(super) fn inside(text: &[u8], at: usize) -> bool {
    let high = |i: usize| text.get(i).is_some_and(|byte| *byte >= 0x80);
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    let Some(byte) = text.get(at) else {
        return false;
    };
    if at == 0 || *byte >= 0x80 || !high(at - 1) {
        return false;
    }
    match byte {
        b'0'..=b'9' => {
            let second = high(at + 1) && digit(at + 2);
            let fourth = at >= 3 && digit(at - 2) && high(at - 3);
            second || fourth
        }
        0x40..=0x7E => high_run(text, at) % 2 == 1,
        _ => false,
    }
}

/// Whether a character begins at this high byte.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    high_run(text, at).is_multiple_of(2)
}

/// How many high bytes stand directly before.
fn high_run(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before
        .iter()
        .rev()
        .take_while(|byte| **byte >= 0x80)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GB18030;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn insides_are_found(text in "[0-9A-z国丄乗𠀀€é]{0,40}") {
            let (bytes, _, _) = GB18030.encode(&text);
            let mut at = 0;
            let mut starts = Vec::new();
            for c in text.chars() {
                starts.push(at);
                at += GB18030.encode(c.encode_utf8(&mut [0; 4])).0.len();
            }
            for (i, byte) in bytes.iter().enumerate() {
                if *byte >= 0x80 { continue }
                // A lone digit between high bytes may look like a part of the four-byte character after
                // it; no value is so short.
                let lone = byte.is_ascii_digit() && bytes.get(i + 1).is_some_and(|b| *b >= 0x80);
                if !lone {
                    prop_assert_eq!(inside(&bytes, i), !starts.contains(&i), "{} {:02X?}", i, bytes);
                }
            }
        }
    }
}
