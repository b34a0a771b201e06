//! Classes of bytes, as two nibble tables whose AND gives eight class bits.

/// `0`–`9`.
pub(super) const DIGIT: u8 = 1;
/// Letters `A`–`O` and `a`–`o`.
pub(super) const LETTER_LOW: u8 = 2;
/// Letters `P`–`Z` and `p`–`z`.
pub(super) const LETTER_HIGH: u8 = 4;
/// `@`.
pub(super) const AT: u8 = 8;
/// Space and hyphen: what may join groups of digits.
pub(super) const JOINER: u8 = 16;
/// Hyphen and full stop.
pub(super) const POINT: u8 = 32;
/// `:`.
pub(super) const COLON: u8 = 64;
/// `_`.
pub(super) const UNDERSCORE: u8 = 128;
/// Letters and digits.
pub(super) const ALNUM: u8 = DIGIT | LETTER_LOW | LETTER_HIGH;
/// Letters, digits and underscore: what may not touch a value.
pub(super) const WORD: u8 = ALNUM | UNDERSCORE;

/// Class bits by low nibble.
pub(super) const LOW: [u8; 16] = {
    let mut table = [0; 16];
    let mut i = 0;
    while i < 16 {
        if i <= 9 {
            table[i] |= DIGIT;
        }
        if i >= 1 {
            table[i] |= LETTER_LOW;
        }
        if i <= 10 {
            table[i] |= LETTER_HIGH;
        }
        i += 1;
    }
    table[0x0] |= AT | JOINER;
    table[0xA] |= COLON;
    table[0xD] |= JOINER | POINT;
    table[0xE] |= POINT;
    table[0xF] |= UNDERSCORE;
    table
};

/// Class bits by high nibble.
pub(super) const HIGH: [u8; 16] = {
    let mut table = [0; 16];
    table[2] = JOINER | POINT;
    table[3] = DIGIT | COLON;
    table[4] = LETTER_LOW | AT;
    table[5] = LETTER_HIGH | UNDERSCORE;
    table[6] = LETTER_LOW;
    table[7] = LETTER_HIGH;
    table
};

/// Class bits by byte.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = LOW[i & 15] & HIGH[i >> 4];
        i += 1;
    }
    table
};

/// Whether the byte has one of the classes.
#[inline]
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASS[usize::from(byte)] & classes != 0
}

/// Whether the byte is an ASCII letter, digit or underscore.
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    is(byte, WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_what_they_say() {
        for byte in 0..=255u8 {
            assert_eq!(is(byte, DIGIT), byte.is_ascii_digit());
            assert_eq!(is(byte, ALNUM), byte.is_ascii_alphanumeric());
            assert_eq!(is_word(byte), byte.is_ascii_alphanumeric() || byte == b'_');
            assert_eq!(is(byte, AT), byte == b'@');
            assert_eq!(is(byte, JOINER), matches!(byte, b' ' | b'-'));
            assert_eq!(is(byte, POINT), matches!(byte, b'-' | b'.'));
            assert_eq!(is(byte, COLON), byte == b':');
            assert_eq!(is(byte, UNDERSCORE), byte == b'_');
        }
    }
}
