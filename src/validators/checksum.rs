//! Check digits.

/// Luhn over all digits, the check digit last. ISO/IEC 7812-1 annex B. False for anything but digits.
pub fn luhn(digits: &[u8]) -> bool {
    let mut sum = 0u32;
    for (i, &b) in digits.iter().rev().enumerate() {
        if !b.is_ascii_digit() {
            return false;
        }
        let d = u32::from(b - b'0');
        sum += match (i % 2 == 1, d) {
            (true, 5..) => d * 2 - 9,
            (true, _) => d * 2,
            _ => d,
        };
    }
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// ISO 7064 MOD 11-2 over 18 characters: 17 digits and a digit or `X`. GB 11643-1999.
pub fn mod11_2(value: &[u8]) -> bool {
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    if body.len() != 17 || !super::all_digits(body) {
        return false;
    }
    // Every step doubles, so the first digit ends up with weight 2^17.
    let sum = body
        .iter()
        .fold(0, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    let check = match last {
        b'X' => 10,
        b'0'..=b'9' => u32::from(last - b'0'),
        _ => return false,
    };
    (sum + check) % 11 == 1
}

/// Value of a character in the alphabet of GB 32100-2015, which has no I, O, S, V, Z.
fn gb32100(b: u8) -> Option<u32> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    ALPHABET
        .iter()
        .position(|&a| a == b)
        .and_then(|i| u32::try_from(i).ok())
}

/// The check character of the unified social credit code, 18 characters. GB 32100-2015.
pub fn mod31(value: &[u8]) -> bool {
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    if body.len() != 17 {
        return false;
    }
    let (mut sum, mut weight) = (0, 1);
    for &b in body {
        let Some(v) = gb32100(b) else {
            return false;
        };
        sum = (sum + v * weight) % 31;
        weight = weight * 3 % 31;
    }
    gb32100(last) == Some((31 - sum) % 31)
}

/// The check character of the organisation code, 9 characters. GB 11714-1997.
pub fn org_code(value: &[u8]) -> bool {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    if body.len() != 8 {
        return false;
    }
    let mut sum = 0;
    for (&b, w) in body.iter().zip(WEIGHTS) {
        let Some(v) = char::from(b)
            .to_digit(36)
            .filter(|_| !b.is_ascii_lowercase())
        else {
            return false;
        };
        sum += v * w;
    }
    match 11 - sum % 11 {
        10 => last == b'X',
        11 => last == b'0',
        c => u32::from(last) == u32::from(b'0') + c,
    }
}

/// ISO 7064 MOD 11,10 over all digits, the check digit last. False for anything but digits.
pub(super) fn mod11_10(digits: &[u8]) -> bool {
    let Some((&last, body)) = digits.split_last() else {
        return false;
    };
    let mut product = 10;
    for &b in body {
        if !b.is_ascii_digit() {
            return false;
        }
        let sum = (product + u32::from(b - b'0')) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    last.is_ascii_digit() && (11 - product) % 10 == u32::from(last - b'0')
}

/// Whether the number is 1 modulo 97 after its first four characters are moved to the end, letters
/// standing for 10 to 35. ISO 13616-1 clause 6.
pub fn mod97(value: &[u8]) -> bool {
    let Some((head, tail)) = value.split_at_checked(4) else {
        return false;
    };
    let mut rest = 0;
    for &b in tail.iter().chain(head) {
        let Some(v) = char::from(b)
            .to_digit(36)
            .filter(|_| !b.is_ascii_lowercase())
        else {
            return false;
        };
        rest = (rest * if v > 9 { 100 } else { 10 } + v) % 97;
    }
    rest == 1
}

/// The check digit of machine-readable travel documents: weights 7 3 1 over all characters but the
/// last, modulo 10. ICAO Doc 9303 part 3, 4.9.
pub fn icao_731(value: &[u8]) -> bool {
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    let mut sum = 0;
    for (&b, w) in body.iter().zip([7, 3, 1].into_iter().cycle()) {
        let Some(v) = char::from(b)
            .to_digit(36)
            .filter(|_| !b.is_ascii_lowercase())
        else {
            return false;
        };
        sum += v * w;
    }
    last.is_ascii_digit() && u32::from(last - b'0') == sum % 10
}

/// Value of a digit or capital letter: A = 10 … Z = 35.
pub(super) fn base36(b: u8) -> Option<u32> {
    char::from(b)
        .to_digit(36)
        .filter(|_| !b.is_ascii_lowercase())
}

/// Remainder of the characters as one decimal number, letters standing for 10 to 35. None for other
/// characters or a modulus that is not positive.
pub(super) fn remainder(value: &[u8], modulus: i64) -> Option<i64> {
    if modulus <= 0 || value.is_empty() {
        return None;
    }
    value.iter().try_fold(0, |rest: i64, &b| {
        let v = i64::from(base36(b)?);
        Some((rest * if v > 9 { 100 } else { 10 } + v) % modulus)
    })
}

/// ISO 7064 hybrid systems MOD 11,10 (`modulus` 10) and MOD 37,36 (36), the check character last.
pub(super) fn hybrid(value: &[u8], modulus: u32) -> bool {
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    let mut check = modulus;
    for &b in body {
        let Some(v) = base36(b).filter(|v| *v < modulus) else {
            return false;
        };
        check = (check + v) % modulus;
        check = if check == 0 { modulus } else { check } * 2 % (modulus + 1);
    }
    base36(last).is_some_and(|v| v < modulus && (check + v) % modulus == 1)
}

/// ISO 7064 MOD 11-2 over any number of digits and a last digit or `X`.
pub(super) fn pure11(value: &[u8]) -> bool {
    let Some((&last, body)) = value.split_last() else {
        return false;
    };
    if body.is_empty() || !super::all_digits(body) {
        return false;
    }
    let sum = body
        .iter()
        .fold(0, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    let check = match last {
        b'X' => 10,
        b'0'..=b'9' => u32::from(last - b'0'),
        _ => return false,
    };
    (sum + check) % 11 == 1
}

/// The recursive check digit modulo 10 of Swiss payment references, the last one. SIX, Swiss
/// Implementation Guidelines QR-bill, annex B.
pub(super) fn recursive10(digits: &[u8]) -> bool {
    const TABLE: [u8; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let Some((&last, body)) = digits.split_last().filter(|_| super::all_digits(digits)) else {
        return false;
    };
    let carry = body.iter().fold(0u8, |carry, d| {
        TABLE
            .get(usize::from((carry + d - b'0') % 10))
            .copied()
            .unwrap_or(0)
    });
    (10 - carry) % 10 == last - b'0'
}

/// Luhn over an alphabet of 36 characters, the check character last: products folded in base 36.
pub(super) fn luhn36(value: &[u8]) -> bool {
    let sum = value.iter().rev().enumerate().try_fold(0, |sum, (i, &b)| {
        let v = base36(b)?;
        let p = if i % 2 == 1 { v * 2 } else { v };
        Some(sum + p / 36 + p % 36)
    });
    !value.is_empty() && sum.is_some_and(|s| s % 36 == 0)
}

/// Multiplication table of the dihedral group of ten.
const DIHEDRAL: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
/// Verhoeff's permutation of digits; the one of a place is its power.
const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Verhoeff's check digit, the last one. J. Verhoeff, Error detecting decimal codes, 1969.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let mut check = 0u8;
    for (i, &b) in digits.iter().rev().enumerate() {
        if !b.is_ascii_digit() {
            return false;
        }
        let mut d = b - b'0';
        for _ in 0..i % 8 {
            d = PERMUTATION.get(usize::from(d)).copied().unwrap_or(0);
        }
        check = DIHEDRAL
            .get(usize::from(check))
            .and_then(|row| row.get(usize::from(d)))
            .copied()
            .unwrap_or(0);
    }
    !digits.is_empty() && check == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standards_examples() {
        assert!(luhn(b"6226090000000048") && !luhn(b"6226090000000049") && !luhn(b""));
        assert!(mod11_2(b"11010519491231002X") && !mod11_2(b"110105194912310021"));
        assert!(mod31(b"91350100M000100Y43") && !mod31(b"91350100M000100Y44"));
        assert!(org_code(b"D2143569X") && !org_code(b"D21435691"));
        assert!(mod97(b"GB82WEST12345698765432") && !mod97(b"GB82WEST12345698765431"));
        assert!(verhoeff(b"234123412346") && !verhoeff(b"234123412347") && !verhoeff(b""));
        assert!(hybrid(b"36574261809", 10) && !hybrid(b"36574261890", 10));
        assert!(hybrid(b"A12425GABC1234002M", 36) && !hybrid(b"A12425GABC1234002N", 36));
        assert!(pure11(b"000000012281955X") && !pure11(b"0000000122819550"));
        assert!(
            recursive10(b"210000000003139471430009017")
                && !recursive10(b"210000000003139471430009018")
        );
        assert!(luhn36(b"27AAPFU0939F1ZV") && !luhn36(b"27AAPFU0939F1ZU"));
        assert_eq!(remainder(b"2953", 97), Some(43));
        assert!(icao_731(b"KAZ110090123105") && !icao_731(b"KAZ110090123107"));
    }
}
