//! [`Hashes`]: the digests that packages carry, in one pass.

use super::hex;
use sha2::{Digest as _, Sha256, Sha512};
use std::io::{self, Read};

/// SHA-256, SHA-512 and SM3 of what is fed. Standards: FIPS 180-4, GB/T 32905-2016.
#[derive(Debug, Clone, Default)]
pub struct Hashes {
    sha256: Sha256,
    sha512: Sha512,
    sm3: sm3::Sm3,
    bytes: u64,
}

/// Digests of one stretch of bytes, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256, 64 digits.
    pub sha256: String,
    /// SHA-512, 128 digits.
    pub sha512: String,
    /// SM3, 64 digits.
    pub sm3: String,
}

impl Hashes {
    /// Nothing fed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
        self.sha512.update(bytes);
        sm3::Digest::update(&mut self.sm3, bytes);
    }

    /// The digests of all that was fed.
    pub fn finish(self) -> Digests {
        Digests {
            bytes: self.bytes,
            sha256: hex(&self.sha256.finalize()),
            sha512: hex(&self.sha512.finalize()),
            sm3: hex(&sm3::Digest::finalize(self.sm3)),
        }
    }

    /// The digests of bytes.
    pub fn of(bytes: &[u8]) -> Digests {
        let mut hashes = Self::new();
        hashes.update(bytes);
        hashes.finish()
    }

    /// The digests of all that a reader gives.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(reader: &mut dyn Read) -> io::Result<Digests> {
        let mut hashes = Self::new();
        let mut buf = vec![0; 256 << 10];
        loop {
            match reader.read(&mut buf) {
                Ok(0) => return Ok(hashes.finish()),
                Ok(n) => hashes.update(buf.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// A reader that is hashed while it is read.
#[derive(Debug)]
pub struct Counted<R> {
    inner: R,
    sha256: Sha256,
    bytes: u64,
    failed: bool,
}

impl<R: Read> Counted<R> {
    /// Around a reader.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            sha256: Sha256::new(),
            bytes: 0,
            failed: false,
        }
    }

    /// SHA-256 of what was read, in hexadecimal, its bytes, and whether reading failed.
    pub fn finish(self) -> (String, u64, bool) {
        (hex(&self.sha256.finalize()), self.bytes, self.failed)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buf) {
            Ok(n) => {
                self.sha256.update(buf.get(..n).unwrap_or_default());
                self.bytes += n as u64;
                Ok(n)
            }
            Err(e) => {
                self.failed |= e.kind() != io::ErrorKind::Interrupted;
                Err(e)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_examples() {
        let got = Hashes::read(&mut &b"abc"[..]).unwrap();
        assert_eq!(got.bytes, 3);
        assert_eq!(
            got.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            got.sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        assert_eq!(
            got.sm3,
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(got, Hashes::of(b"abc"));
    }
}
