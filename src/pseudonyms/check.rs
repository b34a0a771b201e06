//! Check digits, so that they can be broken on purpose.
//!
//! A number that keeps its form and its check digit can be somebody's: of all plausible resident numbers one in
//! eighty is given. One whose check digit is wrong by half its modulus is nobody's.

/// The value of the check character over the first 17 digits of a resident number, 0 to 10. Standard: GB 11643,
/// ISO 7064 MOD 11-2.
fn resident_sum(digits: &[u8]) -> Option<usize> {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if digits.len() != 17 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: usize = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(d, w)| usize::from(d - b'0') * w)
        .sum();
    Some(sum % 11)
}

const RESIDENT: &[u8; 11] = b"10X98765432";

/// The check character of a resident number.
pub(super) fn resident(digits: &[u8]) -> Option<char> {
    let at = resident_sum(digits)?;
    RESIDENT.get(at).copied().map(char::from)
}

/// A wrong one, always the same.
pub(super) fn resident_broken(digits: &[u8]) -> Option<char> {
    let at = resident_sum(digits)?;
    RESIDENT.get((at + 5) % 11).copied().map(char::from)
}

/// The check digit of Luhn over all digits but the last. Standard: ISO/IEC 7812-1 annex B.
pub(super) fn luhn(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let n = u32::from(d - b'0') * if i % 2 == 0 { 2 } else { 1 };
            n / 10 + n % 10
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).ok()
}

/// The alphabet of unified social credit codes. Standard: GB 32100.
pub(super) const CREDIT: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The value of the check character over the first 17 of a unified social credit code, 0 to 30.
pub(super) fn credit(values: &[u16]) -> u16 {
    let mut weight = 1;
    let mut sum = 0;
    for v in values {
        sum = (sum + u32::from(*v) * weight) % 31;
        weight = weight * 3 % 31;
    }
    u16::try_from((31 - sum) % 31).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_check_digits() {
        assert_eq!(resident(b"11010519491231002"), Some('X'));
        assert_eq!(resident(b"44030519851120000"), Some('1'));
        assert_eq!(luhn(b"622609000000004"), Some(8));
        let code: Vec<u16> = b"91350100M000100Y4"
            .iter()
            .map(|b| u16::try_from(CREDIT.iter().position(|c| c == b).unwrap()).unwrap())
            .collect();
        assert_eq!(CREDIT[usize::from(credit(&code))], b'3');
    }
}
