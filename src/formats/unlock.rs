//! Keys and ciphers of Office before 2010: RC4 in two forms and the obfuscation by XOR of xls and doc, the standard
//! encryption of Office 2007.
//!
//! Standard: [MS-OFFCRYPTO] 2.3.4.5 to 2.3.4.9 (standard), 2.3.5 (RC4 of the `CryptoAPI`), 2.3.6 (RC4), 2.3.7 (XOR).

use super::{
    FormatError,
    clock::Clock,
    le::{u16_at, u32_at},
};
use aes::{
    Aes128, Aes192, Aes256,
    cipher::{Array, BlockCipherDecrypt, KeyInit},
};
use md5::Md5;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// What Excel encrypts workbooks with that are protected and have no password.
pub(super) const NO_PASSWORD: &str = "VelvetSweatshop";
/// Bytes of a block of AES.
const BLOCK: usize = 16;

/// A key or what leads to one.
type Secret = Zeroizing<Vec<u8>>;

fn wide(password: &str) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(2 * password.len()));
    for unit in password.encode_utf16() {
        out.extend_from_slice(&unit.to_le_bytes());
    }
    out
}

pub(super) fn hash<D: Digest>(parts: &[&[u8]]) -> Secret {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    Zeroizing::new(hasher.finalize().to_vec())
}

/// The stream cipher RC4.
pub(super) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl std::fmt::Debug for Rc4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rc4(..)")
    }
}

impl Rc4 {
    /// With a key of one byte or more.
    pub(super) fn new(key: &[u8]) -> Self {
        let mut state = [0; 256];
        for (slot, n) in state.iter_mut().zip(0..=255) {
            *slot = n;
        }
        let mut j = 0_u8;
        for (n, key) in (0..=255_u8).zip(key.iter().cycle()) {
            let here = state.get(usize::from(n)).copied().unwrap_or(0);
            j = j.wrapping_add(here).wrapping_add(*key);
            state.swap(usize::from(n), usize::from(j));
        }
        Self { state, i: 0, j: 0 }
    }

    /// The next byte of the key's stream.
    pub(super) fn next(&mut self) -> u8 {
        let at = |state: &[u8; 256], n: u8| state.get(usize::from(n)).copied().unwrap_or(0);
        self.i = self.i.wrapping_add(1);
        self.j = self.j.wrapping_add(at(&self.state, self.i));
        self.state.swap(usize::from(self.i), usize::from(self.j));
        let sum = at(&self.state, self.i).wrapping_add(at(&self.state, self.j));
        at(&self.state, sum)
    }

    fn apply(&mut self, data: &mut [u8]) {
        for byte in data {
            *byte ^= self.next();
        }
    }
}

/// How the blocks of a stream are encrypted.
#[derive(Debug)]
pub(super) enum Cipher {
    /// RC4 with 40 bits of key: what the key of a block is made from.
    Rc4(Secret),
    /// RC4 by the `CryptoAPI`: the same, and the bytes of a key.
    CryptoApi(Secret, usize),
}

impl Cipher {
    /// Opens what an encryption header says: version, then salt and verifier, or a header of the `CryptoAPI`.
    /// `None` when it is of another kind or no password is right.
    pub(super) fn open(header: &[u8], passwords: &[&str]) -> Option<Self> {
        match (u16_at(header, 0)?, u16_at(header, 2)?) {
            (1, 1) => passwords
                .iter()
                .find_map(|p| Self::forty(header.get(4..)?, p)),
            (2..=4, 2) => {
                let info = Info::read(header)?;
                (info.algorithm == Algorithm::Rc4).then_some(())?;
                passwords.iter().find_map(|p| Self::api(&info, p))
            }
            _ => None,
        }
    }

    fn forty(raw: &[u8], password: &str) -> Option<Self> {
        let (salt, rest) = raw.split_at_checked(16)?;
        let mut sealed = Zeroizing::new(rest.get(..32)?.to_vec());
        let first = hash::<Md5>(&[&wide(password)]);
        let part = first.get(..5)?;
        let mut many = Zeroizing::new(Vec::with_capacity(21 * 16));
        for _ in 0..16 {
            many.extend_from_slice(part);
            many.extend_from_slice(salt);
        }
        let base = Zeroizing::new(hash::<Md5>(&[&many]).get(..5)?.to_vec());
        let cipher = Self::Rc4(base);
        cipher.block(0).apply(&mut sealed);
        let (plain, want) = sealed.split_at_checked(16)?;
        (hash::<Md5>(&[plain]).as_slice() == want).then_some(cipher)
    }

    fn api(info: &Info<'_>, password: &str) -> Option<Self> {
        let base = hash::<Sha1>(&[info.salt, &wide(password)]);
        let cipher = Self::CryptoApi(base, info.key);
        let mut sealed = Zeroizing::new([info.verifier, info.hash].concat());
        cipher.block(0).apply(&mut sealed);
        let (plain, want) = sealed.split_at_checked(16)?;
        (hash::<Sha1>(&[plain]).as_slice() == want.get(..20)?).then_some(cipher)
    }

    /// The cipher at the start of a block.
    pub(super) fn block(&self, number: u32) -> Rc4 {
        match self {
            Self::Rc4(base) => Rc4::new(&hash::<Md5>(&[base, &number.to_le_bytes()])),
            Self::CryptoApi(base, bytes) => {
                let mut key = hash::<Sha1>(&[base, &number.to_le_bytes()]);
                key.truncate(*bytes);
                // Forty bits are filled up with zeros.
                if *bytes == 5 {
                    key.resize(16, 0);
                }
                Rc4::new(&key)
            }
        }
    }

    /// Decrypts a stream of blocks of `size` bytes but for what `plain` says of places in it.
    pub(super) fn decrypt(&self, stream: &mut [u8], size: usize, plain: impl Fn(usize) -> bool) {
        let mut at = 0;
        for (number, block) in (0..).zip(stream.chunks_mut(size.max(1))) {
            let mut cipher = self.block(number);
            for byte in block {
                let key = cipher.next();
                if !plain(at) {
                    *byte ^= key;
                }
                at += 1;
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rc4,
    Aes,
}

/// The binary form of `EncryptionInfo`.
#[derive(Debug)]
struct Info<'i> {
    algorithm: Algorithm,
    /// Bytes of a key.
    key: usize,
    salt: &'i [u8],
    verifier: &'i [u8],
    hash: &'i [u8],
}

impl<'i> Info<'i> {
    fn read(raw: &'i [u8]) -> Option<Self> {
        let length = usize::try_from(u32_at(raw, 8)?).ok()?;
        let header = raw.get(12..)?.get(..length)?;
        let bits = u32_at(header, 16)?;
        let (algorithm, bits) = match (u32_at(header, 8)?, bits) {
            (0x6801, 0) => (Algorithm::Rc4, 40),
            (0x6801, 40..=128) => (Algorithm::Rc4, bits),
            (0x660E, _) => (Algorithm::Aes, 128),
            (0x660F, _) => (Algorithm::Aes, 192),
            (0x6610, _) => (Algorithm::Aes, 256),
            _ => return None,
        };
        let rest = raw.get(12 + length..)?;
        let want = if algorithm == Algorithm::Rc4 { 20 } else { 32 };
        (u32_at(rest, 0)? == 16).then_some(())?;
        Some(Self {
            algorithm,
            key: usize::try_from(bits / 8).ok()?,
            salt: rest.get(4..20)?,
            verifier: rest.get(20..36)?,
            hash: rest.get(40..)?.get(..want)?,
        })
    }
}

/// The key of a package in the standard encryption of Office 2007, when the password is right.
///
/// # Errors
/// `Timeout` when making it takes too long.
pub(super) fn standard(
    info: &[u8],
    password: &str,
    clock: &Clock,
) -> Result<Option<Secret>, FormatError> {
    let Some(info) = Info::read(info).filter(|i| i.algorithm == Algorithm::Aes) else {
        return Ok(None);
    };
    let mut hashed = hash::<Sha1>(&[info.salt, &wide(password)]);
    for round in 0..50_000_u32 {
        clock.round(round.into())?;
        hashed = hash::<Sha1>(&[&round.to_le_bytes(), &hashed]);
    }
    Ok(info.opened(&hashed))
}

impl Info<'_> {
    /// The key under the hash of a password.
    fn opened(&self, hashed: &[u8]) -> Option<Secret> {
        let last = hash::<Sha1>(&[hashed, &0_u32.to_le_bytes()]);
        let half = |fill: u8| {
            let mut pad = Zeroizing::new([fill; 64]);
            pad.iter_mut().zip(last.iter()).for_each(|(p, h)| *p ^= h);
            hash::<Sha1>(&[pad.as_slice()])
        };
        let mut key = half(0x36);
        key.extend_from_slice(&half(0x5C));
        key.truncate(self.key);
        let open = |sealed: &[u8]| {
            let mut out = Zeroizing::new(sealed.to_vec());
            ecb(&key, &mut out).map(|()| out)
        };
        let want = open(self.hash)?;
        let plain = open(self.verifier)?;
        (want.get(..20)? == hash::<Sha1>(&[&plain]).as_slice()).then_some(key)
    }
}

/// Decrypts whole blocks of AES, each by itself; what is left over stays.
pub(super) fn ecb(key: &[u8], data: &mut [u8]) -> Option<()> {
    fn all<C: BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>>(
        cipher: &C,
        data: &mut [u8],
    ) {
        for block in data.chunks_exact_mut(BLOCK) {
            let mut held = [0; BLOCK];
            held.copy_from_slice(block);
            let mut held = Array::from(held);
            cipher.decrypt_block(&mut held);
            block.copy_from_slice(&held);
        }
    }
    match key.len() {
        16 => all(
            &Aes128::new(&Array::from(<[u8; 16]>::try_from(key).ok()?)),
            data,
        ),
        24 => all(
            &Aes192::new(&Array::from(<[u8; 24]>::try_from(key).ok()?)),
            data,
        ),
        _ => all(
            &Aes256::new(&Array::from(<[u8; 32]>::try_from(key).ok()?)),
            data,
        ),
    }
    Some(())
}

/// The obfuscation by XOR.
pub(super) mod xor {
    use super::Zeroizing;

    const PAD: [u8; 15] = [
        0xBB, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xB9, 0x80, 0x00, 0xBE, 0x0F, 0x00, 0xBF, 0x0F, 0x00,
    ];
    const INITIAL: [u16; 15] = [
        0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E, 0x1872, 0xE139, 0xD40F,
        0x84F9, 0x280C, 0xA96A, 0x4EC3,
    ];
    const MATRIX: [u16; 105] = [
        0xAEFC, 0x4DD9, 0x9BB2, 0x2745, 0x4E8A, 0x9D14, 0x2A09, 0x7B61, 0xF6C2, 0xFDA5, 0xEB6B,
        0xC6F7, 0x9DCF, 0x2BBF, 0x4563, 0x8AC6, 0x05AD, 0x0B5A, 0x16B4, 0x2D68, 0x5AD0, 0x0375,
        0x06EA, 0x0DD4, 0x1BA8, 0x3750, 0x6EA0, 0xDD40, 0xD849, 0xA0B3, 0x5147, 0xA28E, 0x553D,
        0xAA7A, 0x44D5, 0x6F45, 0xDE8A, 0xAD35, 0x4A4B, 0x9496, 0x390D, 0x721A, 0xEB23, 0xC667,
        0x9CEF, 0x29FF, 0x53FE, 0xA7FC, 0x5FD9, 0x47D3, 0x8FA6, 0x0F6D, 0x1EDA, 0x3DB4, 0x7B68,
        0xF6D0, 0xB861, 0x60E3, 0xC1C6, 0x93AD, 0x377B, 0x6EF6, 0xDDEC, 0x45A0, 0x8B40, 0x06A1,
        0x0D42, 0x1A84, 0x3508, 0x6A10, 0xAA51, 0x4483, 0x8906, 0x022D, 0x045A, 0x08B4, 0x1168,
        0x76B4, 0xED68, 0xCAF1, 0x85C3, 0x1BA7, 0x374E, 0x6E9C, 0x3730, 0x6E60, 0xDCC0, 0xA9A1,
        0x4363, 0x86C6, 0x1DAD, 0x3331, 0x6662, 0xCCC4, 0x89A9, 0x0373, 0x06E6, 0x0DCC, 0x1021,
        0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48C4,
    ];

    /// The bytes of a password: of each character the low byte, or the high one where that is zero.
    fn bytes(password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(Vec::new());
        for unit in password.encode_utf16() {
            let [low, high] = unit.to_le_bytes();
            out.push(if low == 0 { high } else { low });
        }
        (1..=15).contains(&out.len()).then_some(out)
    }

    fn verifier(password: &[u8]) -> u16 {
        let mut sum = 0_u16;
        let length = u8::try_from(password.len()).unwrap_or(0);
        for byte in password.iter().rev().chain([&length]) {
            let high = u16::from(sum & 0x4000 != 0);
            sum = (high | (sum << 1) & 0x7FFF) ^ u16::from(*byte);
        }
        sum ^ 0xCE4B
    }

    fn key(password: &[u8]) -> Option<u16> {
        let mut key = *INITIAL.get(password.len().checked_sub(1)?)?;
        let mut element = 0x68_usize;
        for byte in password.iter().rev() {
            let mut byte = *byte;
            for _ in 0..7 {
                if byte & 0x40 != 0 {
                    key ^= MATRIX.get(element)?;
                }
                byte = byte.wrapping_mul(2);
                element = element.saturating_sub(1);
            }
        }
        Some(key)
    }

    /// The sixteen bytes that data is mixed with, when the password is right.
    pub(in super::super) fn array(password: &str, want: u16, check: u16) -> Option<[u8; 16]> {
        let bytes = bytes(password)?;
        let key = key(&bytes)?;
        if key != want || verifier(&bytes) != check {
            return None;
        }
        let [low, high] = key.to_le_bytes();
        let mut out = [0; 16];
        let filled = bytes.iter().chain(&PAD);
        for (n, (slot, byte)) in out.iter_mut().zip(filled).enumerate() {
            let mixed = byte ^ if n % 2 == 0 { low } else { high };
            *slot = mixed.rotate_right(1);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_gives_the_published_stream() {
        let mut data = *b"Plaintext";
        Rc4::new(b"Key").apply(&mut data);
        assert_eq!(data, [0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3]);
    }

    #[test]
    fn headers_that_end_early_open_nothing() {
        let header = [1, 0, 1, 0, 9, 9, 9, 9];
        for end in 0..header.len() {
            assert!(Cipher::open(&header[..end], &["x"]).is_none());
        }
        let mut info = vec![4, 0, 2, 0, 0x24, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
        info.resize(64, 1);
        let clock = Clock::new(std::time::Instant::now(), 60);
        assert!(standard(&info, "x", &clock).unwrap().is_none());
    }
}
