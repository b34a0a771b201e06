//! Check digits, as data and vector sums.

#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{Check, twin::Kernel};

/// ISO 7064 MOD 11-2 weights of the first 17 characters: 2^(18-i) mod 11.
const MOD11X2: [i8; 32] = weights([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
/// The last character by weighted sum mod 11.
const MOD11X2_LAST: &[u8; 11] = b"10X98765432";
/// GB 11714 weights of the first 8 characters.
const ORG_CODE: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// GB 32100 weights of the first 17 characters: 3^i mod 31.
const MOD31: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
/// GB 32100 values of characters; 255 for those that do not occur.
static MOD31_VALUE: [u8; 256] = {
    let alphabet = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut table = [255; 256];
    let mut value = 0u8;
    while value < 31 {
        table[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    table
};

const fn weights(list: [i8; 17]) -> [i8; 32] {
    let mut all = [0; 32];
    let mut i = 0;
    while i < 17 {
        all[i] = list[i];
        i += 1;
    }
    all
}

/// Tests the check digit of the first `len` bytes. For Luhn they must be digits.
#[inline(always)]
pub(super) fn passes<K: Kernel>(k: K, check: Check, word: &[u8; 64], len: usize) -> bool {
    let Some(first) = word.first_chunk::<32>() else {
        return false;
    };
    match check {
        Check::None => true,
        Check::Luhn => k.luhn(first, len),
        Check::Mod11x2 => {
            let sum = k.weighted(first, 17, &MOD11X2);
            len == 18 && MOD11X2_LAST[(sum % 11) as usize] == word[17].to_ascii_uppercase()
        }
        Check::Mod31 => len == 18 && mod31(first),
        Check::OrgCode => len == 9 && org_code(first),
    }
}

fn mod31(word: &[u8; 32]) -> bool {
    let mut sum = 0;
    let mut odd = 0u8;
    for (byte, weight) in word.iter().zip(MOD31) {
        let value = MOD31_VALUE[usize::from(*byte)];
        odd |= value;
        sum += u32::from(value) * weight;
    }
    let last = MOD31_VALUE[usize::from(word[17])];
    (odd | last) < 0x80 && (31 - sum % 31) % 31 == u32::from(last)
}

fn org_code(word: &[u8; 32]) -> bool {
    let mut sum = 0;
    for (byte, weight) in word.iter().zip(ORG_CODE) {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => return false,
        };
        sum += u32::from(value) * weight;
    }
    let last = match word[8] {
        byte @ b'0'..=b'9' => u32::from(byte - b'0'),
        b'X' | b'x' => 10,
        _ => return false,
    };
    (11 - sum % 11) % 11 == last
}

#[cfg(test)]
mod tests {
    use super::{super::twin::Scalar, *};

    fn check(check: Check, word: &str) -> bool {
        let mut bytes = [b'7'; 64];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        passes(Scalar, check, &bytes, word.len())
    }

    #[test]
    fn published_specimens_pass_and_their_neighbours_fail() {
        for (kind, good, bad) in [
            (Check::Luhn, "6226090000000048", "6226090000000049"),
            (Check::Luhn, "79927398713", "79927398710"),
            (Check::Mod11x2, "11010519491231002X", "110105194912310021"),
            (Check::Mod11x2, "11010519491231002x", "11010519491231003X"),
            (Check::Mod31, "91350100M000100Y43", "91350100M000100Y44"),
            (Check::OrgCode, "D2143569X", "D21435698"),
        ] {
            assert!(check(kind, good), "{good}");
            assert!(!check(kind, bad), "{bad}");
        }
    }
}
