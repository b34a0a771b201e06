//! Addresses of digital currencies.

use super::{all_digits, keccak::keccak256, verdict};
use crate::model::Verdict;
use sha2::{Digest as _, Sha256};

/// Digits of base 58: no 0, I, O, l.
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Digits of bech32.
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The 25 bytes of an address in base 58. None for other characters or another length.
fn decode(text: &str) -> Option<[u8; 25]> {
    let mut bytes = [0u8; 25];
    for c in text.bytes() {
        let digit = BASE58.iter().position(|d| *d == c)?;
        let mut carry = u32::try_from(digit).ok()?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

/// An address of 25 bytes in base 58, the last four the start of the double SHA-256 of the others.
/// Bitcoin wiki, `Base58Check` encoding. Not checked: which currency.
pub(super) fn base58check(value: &str) -> Verdict {
    if !(26..=35).contains(&value.len()) {
        return Verdict::Invalid;
    }
    let Some(bytes) = decode(value) else {
        return Verdict::Invalid;
    };
    let (body, check) = bytes.split_at(21);
    let hash = Sha256::digest(Sha256::digest(body));
    verdict(hash.starts_with(check))
}

/// One step of the bech32 checksum.
fn polymod(check: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = check >> 25;
    let check = (check & 0x1ff_ffff) << 5 ^ u32::from(value);
    (0..)
        .zip(GENERATOR)
        .filter(|(i, _)| top >> i & 1 == 1)
        .fold(check, |check, (_, g)| check ^ g)
}

/// Bitcoin address: base 58 with version 0 or 5, or `bc1…` with the bech32 (version 0) or bech32m checksum.
/// BIP 13, BIP 173, BIP 350. Not checked: the length of the witness program.
pub(super) fn bitcoin(value: &str) -> Verdict {
    let lower = value
        .get(..3)
        .is_some_and(|p| p.eq_ignore_ascii_case("bc1"));
    if !lower {
        let version = value.starts_with('1') || value.starts_with('3');
        return if version {
            base58check(value)
        } else {
            Verdict::Invalid
        };
    }
    let mixed = value.bytes().any(|b| b.is_ascii_lowercase())
        && value.bytes().any(|b| b.is_ascii_uppercase());
    let data = value.get(3..).unwrap_or_default();
    if mixed || !(11..=87).contains(&data.len()) {
        return Verdict::Invalid;
    }
    // The prefix, spread: high bits, zero, low bits of "bc".
    let mut check = [3, 3, 0, 2, 3].into_iter().fold(1, polymod);
    let mut first = None;
    for c in data.bytes() {
        let Some(v) = BECH32.iter().position(|d| *d == c.to_ascii_lowercase()) else {
            return Verdict::Invalid;
        };
        let v = u8::try_from(v).unwrap_or(0);
        first = first.or(Some(v));
        check = polymod(check, v);
    }
    verdict(check == if first == Some(0) { 1 } else { 0x2bc8_30a3 })
}

/// Ethereum address: `0x` and 40 hexadecimal digits. In mixed case the capitals are a checksum over the small
/// letters (Keccak-256): one address in 4,000 to a million with a wrong letter passes, by how many letters it has.
/// In one case there is none. ERC-55. Not checked: whether anybody has the address.
pub(super) fn ethereum(value: &str) -> Verdict {
    let Some(digits) = value.strip_prefix("0x") else {
        return Verdict::Invalid;
    };
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Verdict::Invalid;
    }
    let upper = digits.bytes().any(|b| b.is_ascii_uppercase());
    let lower = digits.bytes().any(|b| b.is_ascii_lowercase());
    if !(upper && lower) {
        return Verdict::Unchecked;
    }
    let hash = keccak256(digits.to_ascii_lowercase().as_bytes());
    let nibbles = hash.iter().flat_map(|b| [b >> 4, b & 15]);
    let holds = |(digit, nibble): (u8, u8)| {
        digit.is_ascii_digit() || digit.is_ascii_uppercase() == (nibble >= 8)
    };
    verdict(digits.bytes().zip(nibbles).all(holds))
}

/// Second line of the machine-readable zone of a passport, 44 characters: the check digits of number,
/// birth, expiry, personal number and all together. ICAO Doc 9303 part 4, 4.2.2.
pub(super) fn mrz(value: &str) -> Verdict {
    let b = value.as_bytes();
    let sum = |parts: &[std::ops::Range<usize>]| {
        let chars = parts
            .iter()
            .flat_map(|r| b.get(r.clone()).unwrap_or_default());
        chars
            .zip([7u32, 3, 1].into_iter().cycle())
            .fold(0, |sum, (&c, w)| {
                sum + super::checksum::base36(c).unwrap_or(0) * w
            })
            % 10
    };
    let holds = |parts: &[std::ops::Range<usize>], at: usize| match b.get(at) {
        Some(b'<') => sum(parts) == 0,
        Some(c) if c.is_ascii_digit() => u32::from(c - b'0') == sum(parts),
        _ => false,
    };
    let dates = b.get(13..19).is_some_and(all_digits) && b.get(21..27).is_some_and(all_digits);
    verdict(
        b.len() == 44
            && dates
            && holds(std::slice::from_ref(&(0..9)), 9)
            && holds(std::slice::from_ref(&(13..19)), 19)
            && holds(std::slice::from_ref(&(21..27)), 27)
            && holds(std::slice::from_ref(&(28..42)), 42)
            && holds(&[0..10, 13..20, 21..43], 43),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_addresses() {
        for good in [
            "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            assert_eq!(bitcoin(good), Verdict::Valid, "{good}");
            let mut bad = good.to_owned();
            let last = bad.pop();
            bad.push(if last == Some('4') { '5' } else { '4' });
            assert_eq!(bitcoin(&bad), Verdict::Invalid, "{bad}");
        }
        assert_eq!(
            base58check("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
            Verdict::Valid
        );
        assert_eq!(
            bitcoin("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
            Verdict::Invalid
        );
    }

    #[test]
    fn addresses_of_erc_55() {
        for good in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(ethereum(good), Verdict::Valid, "{good}");
            for (at, c) in good.char_indices().skip(2) {
                let other = if c.is_ascii_uppercase() {
                    c.to_ascii_lowercase()
                } else {
                    c.to_ascii_uppercase()
                };
                if other != c {
                    let mut bad = good.to_owned();
                    bad.replace_range(at..=at, &other.to_string());
                    assert_eq!(ethereum(&bad), Verdict::Invalid, "{bad}");
                }
            }
        }
        let small = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
        assert_eq!(ethereum(small), Verdict::Unchecked);
        let capitals = "0x52908400098527886E0F7030069857D2E4169EE7";
        assert_eq!(ethereum(capitals), Verdict::Unchecked);
        for bad in [
            "",
            "0x",
            "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x5aaeg",
        ] {
            assert_eq!(ethereum(bad), Verdict::Invalid, "{bad}");
        }
    }

    #[test]
    fn the_specimen_of_doc_9303() {
        assert_eq!(
            mrz("L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
            Verdict::Valid
        );
        assert_eq!(
            mrz("L898902C36UTO7408122F1204159ZE184226B<<<<<11"),
            Verdict::Invalid
        );
        assert_eq!(
            mrz("L898902C36UTO7408123F1204159ZE184226B<<<<<10"),
            Verdict::Invalid
        );
    }
}
