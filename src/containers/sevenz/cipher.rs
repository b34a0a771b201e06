//! AES-256 in CBC mode, and the key of a 7z archive. Standards: FIPS 197, NIST SP 800-38A section 6.2.

use crate::containers::Passphrase;
use aes::{
    Aes256,
    cipher::{Array, BlockCipherEncrypt, KeyInit},
};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    io::{self, Write},
};
use zeroize::Zeroize;

/// Rounds of the key derivation, as a power of two: what 7-Zip takes.
const ROUNDS: u8 = 19;
/// Bytes of a block.
const BLOCK: usize = 16;
/// Blocks encrypted before they are written on.
const BUFFER: usize = 64 << 10;

/// The key of an archive and the initialization vectors of its streams.
pub(super) struct Keys {
    key: [u8; 32],
    salt: [u8; 16],
    seed: [u8; 32],
    streams: u64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.key.zeroize();
        self.seed.zeroize();
    }
}

impl Keys {
    pub(super) fn new(passphrase: &Passphrase, seed: [u8; 32]) -> Self {
        let salt = drawn(&seed, b"salt", 0);
        Self {
            key: derived(passphrase.reveal(), &salt),
            salt,
            seed,
            streams: 0,
        }
    }

    pub(super) fn key(&self) -> [u8; 32] {
        self.key
    }

    /// An initialization vector that no other stream of the archive has and nobody can foretell.
    pub(super) fn next_iv(&mut self) -> [u8; 16] {
        self.streams += 1;
        drawn(&self.seed, b"iv", self.streams)
    }

    /// Properties of the coder 7zAES.
    pub(super) fn properties(&self, iv: [u8; 16]) -> [u8; 34] {
        let mut out = [0; 34];
        let head = [ROUNDS | 0xC0, 0xFF];
        let all = head.iter().chain(&self.salt).chain(&iv);
        for (to, from) in out.iter_mut().zip(all) {
            *to = *from;
        }
        out
    }
}

/// 16 bytes from a seed that look random to whoever does not know it.
fn drawn(seed: &[u8; 32], what: &[u8], number: u64) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(seed);
    hasher.update(what);
    hasher.update(&number.to_le_bytes());
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(hasher.finalize().as_bytes()) {
        *to = *from;
    }
    out
}

/// SHA-256 over 2^19 times salt, pass phrase in UTF-16 and a counter of 64 bits.
fn derived(passphrase: &str, salt: &[u8; 16]) -> [u8; 32] {
    let mut one = salt.to_vec();
    one.extend(passphrase.encode_utf16().flat_map(u16::to_le_bytes));
    let mut hasher = Sha256::new();
    let mut many = Vec::new();
    for counter in 0..1_u64 << ROUNDS {
        many.extend_from_slice(&one);
        many.extend_from_slice(&counter.to_le_bytes());
        if many.len() >= 4 << 10 {
            hasher.update(&many);
            many.zeroize();
        }
    }
    hasher.update(&many);
    many.zeroize();
    one.zeroize();
    hasher.finalize().into()
}

/// Encrypts what is written to it; the last block is filled with zeros.
pub(super) struct Cbc<'o, W: Write> {
    out: &'o mut W,
    cipher: Aes256,
    last: [u8; BLOCK],
    buffer: Vec<u8>,
    plain: u64,
    written: u64,
}

impl<'o, W: Write> Cbc<'o, W> {
    pub(super) fn new(out: &'o mut W, key: [u8; 32], iv: [u8; 16]) -> Self {
        Self {
            out,
            cipher: Aes256::new(&Array::from(key)),
            last: iv,
            buffer: Vec::with_capacity(BUFFER),
            plain: 0,
            written: 0,
        }
    }

    /// Encrypts the whole blocks of the buffer and writes them on.
    fn pass_on(&mut self) -> io::Result<()> {
        let whole = self.buffer.len() / BLOCK * BLOCK;
        for block in self.buffer.chunks_exact_mut(BLOCK) {
            let mut mixed = Array::from(self.last);
            for (to, from) in mixed.iter_mut().zip(block.iter()) {
                *to ^= *from;
            }
            self.cipher.encrypt_block(&mut mixed);
            self.last = mixed.into();
            block.copy_from_slice(&self.last);
        }
        let done = self.buffer.get(..whole).unwrap_or_default();
        self.out.write_all(done)?;
        self.written += whole as u64;
        self.buffer.drain(..whole);
        Ok(())
    }

    /// Writes the last block, and gives the bytes that were encrypted and those that they became.
    pub(super) fn finish(mut self) -> io::Result<(u64, u64)> {
        let over = self.buffer.len() % BLOCK;
        if over > 0 {
            self.buffer.resize(self.buffer.len() + BLOCK - over, 0);
        }
        self.pass_on()?;
        Ok((self.plain, self.written))
    }
}

impl<W: Write> Write for Cbc<'_, W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = BUFFER - self.buffer.len();
        let taken = buf.get(..room.min(buf.len())).unwrap_or_default();
        self.buffer.extend_from_slice(taken);
        self.plain += taken.len() as u64;
        if self.buffer.len() == BUFFER {
            self.pass_on()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn cbc_gives_the_vectors_of_sp_800_38a() {
        // F.2.5, CBC-AES256.Encrypt.
        let key = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let iv = bytes("000102030405060708090a0b0c0d0e0f");
        let plain = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let mut out = Vec::new();
        let mut cbc = Cbc::new(&mut out, key.try_into().unwrap(), iv.try_into().unwrap());
        for piece in plain.chunks(5) {
            cbc.write_all(piece).unwrap();
        }
        assert_eq!(cbc.finish().unwrap(), (32, 32));
        assert_eq!(
            out,
            bytes("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")
        );
    }

    #[test]
    fn no_two_streams_begin_alike() {
        let passphrase = Passphrase::given("x").unwrap();
        let mut keys = Keys::new(&passphrase, [1; 32]);
        let ivs: std::collections::BTreeSet<_> = (0..1000).map(|_| keys.next_iv()).collect();
        assert_eq!(ivs.len(), 1000);
        let mut other = Keys::new(&passphrase, [2; 32]);
        assert!(!ivs.contains(&other.next_iv()));
        assert_ne!(keys.key(), other.key());
        assert_eq!(format!("{keys:?}"), "Keys(..)");
    }
}
