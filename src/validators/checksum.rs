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
        assert!(icao_731(b"KAZ110090123105") && !icao_731(b"KAZ110090123107"));
    }
}
