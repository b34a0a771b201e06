//! Check sums of keys.

use crate::model::Verdict;

/// The digits of base 62.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token of GitHub or npm, as written: the last six characters are the CRC-32 (ISO 3309) of the thirty
/// before them, in base 62. Older tokens and specimens have none, so a wrong sum says nothing.
pub(super) fn github_token(value: &str) -> Verdict {
    let body = match value.split_once('_') {
        Some((_, body)) if body.bytes().all(|b| b.is_ascii_alphanumeric()) => body.as_bytes(),
        _ => return Verdict::Invalid,
    };
    let Some((text, sum)) = body.split_last_chunk::<6>().filter(|(t, _)| t.len() == 30) else {
        return Verdict::Unchecked;
    };
    let mut left = crc32(text);
    let mut digits = [b'0'; 6];
    for slot in digits.iter_mut().rev() {
        let digit = usize::try_from(left % 62).unwrap_or(0);
        *slot = DIGITS.get(digit).copied().unwrap_or(b'0');
        left /= 62;
    }
    if digits == *sum {
        Verdict::Valid
    } else {
        Verdict::Unchecked
    }
}

/// CRC-32 of ISO 3309, bit by bit: thirty bytes of rare values.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let mask = (crc & 1).wrapping_neg();
            crc = crc >> 1 ^ 0xEDB8_8320 & mask;
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_tokens() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        // Put together here, so that nobody takes it for a key that leaked.
        let body = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        assert_eq!(github_token(&format!("ghp_{body}0mLq17")), Verdict::Valid);
        assert_eq!(
            github_token(&format!("ghp_{body}0mLq18")),
            Verdict::Unchecked
        );
        assert_eq!(github_token("ghp_short"), Verdict::Unchecked);
        assert_eq!(github_token(""), Verdict::Invalid);
    }
}
