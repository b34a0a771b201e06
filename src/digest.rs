//! Hashes of bytes, and [`JobKey`]: keyed digests of values.

mod many;

pub use many::{Counted, Digests, Hashes};

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

/// Bytes that look random and can be made again at any offset: BLAKE3 in keyed mode as an extendable
/// output. Standard: BLAKE3 specification, section 2.6.
pub struct KeyStream(blake3::OutputReader);

impl fmt::Debug for KeyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyStream(..)")
    }
}

impl KeyStream {
    /// The stream of this key for this purpose.
    pub fn new(key: &JobKey, purpose: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&key.0);
        hasher.update(purpose);
        Self(hasher.finalize_xof())
    }

    /// Fills a buffer with its bytes from an offset on.
    pub fn fill(&mut self, offset: u64, buf: &mut [u8]) {
        self.0.set_position(offset);
        self.0.fill(buf);
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

/// SHA-256 of bytes. Standard: FIPS 180-4.
pub fn sha256_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of several stretches of bytes, one after the other.
pub fn sha256_joined(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// SM3 of several stretches of bytes, one after the other. Standard: GB/T 32905-2016.
pub fn sm3_joined(parts: &[&[u8]]) -> [u8; 32] {
    use sm3::Digest as _;
    let mut hasher = sm3::Sm3::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// How files name a digest: `sha256:` and 64 hexadecimal digits.
pub fn sha256_name(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&sha256_of(bytes)))
}

/// Bytes from hexadecimal; `None` when it is none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect()
}

/// 32 bytes of PBKDF2 with HMAC-SHA-256. Standard: RFC 8018, section 5.2.
pub fn pbkdf2(phrase: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let Ok(keyed) = <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(phrase) else {
        // HMAC takes keys of every length.
        return [0; 32];
    };
    let round = |parts: &[&[u8]]| -> [u8; 32] {
        let mut mac = keyed.clone();
        for part in parts {
            hmac::Mac::update(&mut mac, part);
        }
        hmac::Mac::finalize(mac).into_bytes().into()
    };
    let mut last = round(&[salt, &1_u32.to_be_bytes()]);
    let mut out = last;
    for _ in 1..rounds {
        last = round(&[&last]);
        for (o, l) in out.iter_mut().zip(&last) {
            *o ^= l;
        }
    }
    out
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 with padding. Standard: RFC 4648, section 4.
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let six = (word >> (18 - 6 * n) & 63) as usize;
            let letter = BASE64.get(six).copied().unwrap_or(b'=');
            out.push(if n <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}

/// Bytes from base 64 with padding, without line breaks; `None` when it is none.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(groups.len() * 3);
    for (n, group) in groups.iter().enumerate() {
        let pads = group.iter().rev().take_while(|b| **b == b'=').count();
        if pads > 2 || (pads > 0 && n + 1 != groups.len()) {
            return None;
        }
        let mut word = 0_u32;
        for b in group.iter().take(4 - pads) {
            let six = BASE64.iter().position(|c| c == b)?;
            word = word << 6 | u32::try_from(six).ok()?;
        }
        word <<= 6 * u32::try_from(pads).ok()?;
        let [_, a, b, c] = word.to_be_bytes();
        out.extend_from_slice([a, b, c].get(..3 - pads)?);
    }
    // One text for one value: spare bits must be zero.
    (base64(&out) == text).then_some(out)
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
    fn a_stream_is_the_same_from_any_offset() {
        let key = JobKey::new([3; 32]);
        let mut whole = [0; 300];
        KeyStream::new(&key, b"a").fill(0, &mut whole);
        let mut part = [0; 100];
        let mut stream = KeyStream::new(&key, b"a");
        stream.fill(177, &mut part);
        assert_eq!(part[..], whole[177..277]);
        stream.fill(0, &mut part);
        assert_eq!(part[..], whole[..100]);
        KeyStream::new(&key, b"b").fill(0, &mut part);
        assert_ne!(part[..], whole[..100]);
    }

    #[test]
    fn sm3_of_the_standard_example() {
        // GB/T 32905-2016, appendix A.1: "abc".
        assert_eq!(
            hex(&sm3_joined(&[b"a", b"bc"])),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
    }

    #[test]
    fn pbkdf2_of_the_standard() {
        // RFC 7914, section 11, the first 32 bytes.
        assert_eq!(
            hex(&pbkdf2(b"passwd", b"salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
        assert_eq!(
            hex(&pbkdf2(b"Password", b"NaCl", 80_000)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        );
    }

    #[test]
    fn texts_of_bytes_read_back() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(unbase64(text).unwrap(), bytes.as_bytes());
        }
        for bad in ["Zg=", "Zh==", "Z===", "Zg==Zg==", "Zm 8"] {
            assert_eq!(unbase64(bad), None, "{bad}");
        }
        assert_eq!(unhex("00ff"), Some(vec![0, 255]));
        assert!(unhex("0").is_none() && unhex("0G").is_none() && unhex("FF").is_none());
    }

    #[test]
    fn the_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", JobKey::new([7; 32])), "JobKey(..)");
    }
}
