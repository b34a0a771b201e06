//! Hashes of bytes, and [`JobKey`]: keyed digests of values.

mod many;

pub use many::{Digests, Hashes};

use crate::model::ValueDigest;
use sha2::{Digest as _, Sha256};
use siphasher::sip128::SipHasher24;
use std::{
    fmt,
    io::{self, Read},
};

/// A secret key that fingerprints are made with. Without it a fingerprint cannot be guessed back by
/// trying all identifiers, with it equal values have equal fingerprints.
#[derive(Clone)]
pub struct JobKey([u8; 32]);

impl fmt::Debug for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobKey(..)")
    }
}

impl JobKey {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping the key in the job's folder.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Fingerprint of a value in canonical form. SipHash-2-4 with 128 bits of output: a keyed
    /// pseudo-random function (Aumasson and Bernstein, 2012), made for short inputs.
    pub fn value(&self, canonical: &[u8]) -> ValueDigest {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0[..16]);
        let hasher = SipHasher24::new_with_key(&half);
        ValueDigest(hasher.hash(canonical).as_bytes())
    }

    /// Keyed identity of a path or other long name, 128 bits of BLAKE3 in keyed mode.
    pub fn name(&self, bytes: &[u8]) -> ValueDigest {
        let hash = blake3::keyed_hash(&self.0, bytes);
        let mut out = [0; 16];
        out.copy_from_slice(&hash.as_bytes()[..16]);
        ValueDigest(out)
    }
}

/// SHA-256 of all that a reader gives, in hexadecimal. Standard: FIPS 180-4.
///
/// # Errors
/// Those of the reader.
pub fn sha256(reader: &mut dyn Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buf = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buf) {
            Ok(0) => break,
            Ok(n) => hasher.update(buf.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_the_standard_example() {
        // FIPS 180-4 example: "abc".
        assert_eq!(
            sha256(&mut &b"abc"[..]).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn fingerprints_depend_on_value_and_key() {
        let (a, b) = (JobKey::new([1; 32]), JobKey::new([2; 32]));
        assert_eq!(a.value(b"x"), a.value(b"x"));
        assert_ne!(a.value(b"x"), a.value(b"y"));
        assert_ne!(a.value(b"x"), b.value(b"x"));
        assert_ne!(a.name(b"x"), b.name(b"x"));
    }

    #[test]
    fn fingerprints_are_siphash_2_4() {
        // Key and first lines of the 128-bit vectors of Aumasson and Bernstein's reference code.
        let mut key = [0; 32];
        for (i, b) in (0u8..16).zip(&mut key) {
            *b = i;
        }
        assert_eq!(
            JobKey::new(key).value(&[]).to_string(),
            "a3817f04ba25a8e66df67214c7550293"
        );
        assert_eq!(
            JobKey::new(key).value(&[0]).to_string(),
            "da87c1d86b99af44347659119b22fc45"
        );
    }

    #[test]
    fn the_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", JobKey::new([7; 32])), "JobKey(..)");
    }
}
