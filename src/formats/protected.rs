//! Office packages under a password: docx, xlsx, pptx inside a compound file.
//!
//! Read: the package, when one of the user's passwords opens it, as a file inside. Never written: nothing is encrypted
//! anew. Opened are agile encryption with AES in CBC mode, as Office has it since 2010, and the standard encryption of
//! Office 2007; not keys of certificates.
//!
//! Standard: [MS-OFFCRYPTO] 2.3.4.4 to 2.3.4.15.

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    clock::{self, Clock},
    ole::{Container, Kind, MAGIC},
    unlock,
};
use crate::model::{Ability, FormatId};
use aes::{
    Aes128, Aes192, Aes256,
    cipher::{Array, BlockCipherDecrypt, KeyInit},
};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// Most rounds of making a key that the standard allows; Office takes 100,000.
const ROUNDS: u64 = 10_000_000;
/// Bytes that are encrypted together.
const SEGMENT: usize = 4096;
/// Bytes of a block.
const BLOCK: usize = 16;
/// What keys are made for.
const INPUT: [u8; 8] = [0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79];
const VALUE: [u8; 8] = [0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E];
const KEY: [u8; 8] = [0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6];

/// Office packages under a password.
#[derive(Debug, Clone, Copy)]
pub struct Protected;

impl Format for Protected {
    fn id(&self) -> FormatId {
        "office-locked"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        const STREAM: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
        let name = name.to_ascii_lowercase();
        let ends = [
            &b".docx"[..],
            b".docm",
            b".dotx",
            b".xlsx",
            b".xlsm",
            b".xltx",
            b".xlsb",
            b".pptx",
            b".pptm",
            b".ppsx",
        ];
        if !head.starts_with(MAGIC) {
            Probe::No
        } else if memchr::memmem::find(head, STREAM).is_some() {
            Probe::Bytes
        } else if ends.iter().any(|e| name.ends_with(e)) {
            Probe::Name
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        _: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let limits = cx.limits;
        let raw = source.held(limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let mut container = Container::read(&raw)?;
        let info = stream(&mut container, "EncryptionInfo")?;
        let packed = stream(&mut container, "EncryptedPackage")?;
        let (Some(info), Some(packed)) = (info, packed) else {
            return Err(FormatError::Unsupported(
                "OLE compound file (doc, ppt, msg, …)",
            ));
        };
        let (passwords, clock) = (limits.passwords.iter(), cx.clock());
        let plain = if let Some(how) = How::read(&info) {
            if how.rounds > ROUNDS {
                return Err(FormatError::Limit("rounds of making a key"));
            }
            let key = clock::first(passwords, |p| how.key(p, &clock))?;
            how.package(&key, &packed)?
        } else {
            let key = clock::first(passwords, |p| unlock::standard(&info, p, &clock))?;
            standard(&key, &packed)?
        };
        cx.spend(plain.len() as u64)?;
        let name = cx.name().clone();
        cx.member(&name, &mut Source::slice(&plain), None)
    }
}

/// A package in the standard encryption.
fn standard(key: &[u8], packed: &[u8]) -> Result<Vec<u8>, FormatError> {
    let (size, mut out) = sized(packed)?;
    unlock::ecb(key, &mut out).ok_or(DAMAGED)?;
    out.truncate(size);
    Ok(out)
}

const DAMAGED: FormatError = FormatError::Corrupt("an encrypted package");

/// Bytes of a package in clear, and its encrypted blocks, which are as many or more.
fn sized(packed: &[u8]) -> Result<(usize, Vec<u8>), FormatError> {
    let (size, rest) = packed.split_first_chunk::<8>().ok_or(DAMAGED)?;
    let size = usize::try_from(u64::from_le_bytes(*size)).map_err(|_| DAMAGED)?;
    let whole = rest.len() / BLOCK * BLOCK;
    if size > whole {
        return Err(DAMAGED);
    }
    Ok((size, rest.get(..whole).unwrap_or_default().to_vec()))
}

fn stream(container: &mut Container<'_>, name: &str) -> Result<Option<Vec<u8>>, FormatError> {
    let number = (container.entries.iter())
        .position(|e| e.kind == Kind::Stream && e.path.eq_ignore_ascii_case(name));
    number.map(|n| container.stream(n)).transpose()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn find(name: &str) -> Option<Self> {
        match name {
            "SHA1" => Some(Self::Sha1),
            "SHA256" => Some(Self::Sha256),
            "SHA384" => Some(Self::Sha384),
            "SHA512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn of(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Sha1 => unlock::hash::<Sha1>(parts),
            Self::Sha256 => unlock::hash::<Sha256>(parts),
            Self::Sha384 => unlock::hash::<Sha384>(parts),
            Self::Sha512 => unlock::hash::<Sha512>(parts),
        }
    }
}

/// How keys are made and data is encrypted, for the package or for its key.
#[derive(Debug)]
struct Scheme {
    salt: Vec<u8>,
    hash: Hash,
    /// Bytes of a key.
    key: usize,
}

/// What `EncryptionInfo` says.
#[derive(Debug)]
struct How {
    data: Scheme,
    password: Scheme,
    rounds: u64,
    input: Vec<u8>,
    value: Vec<u8>,
    sealed: Vec<u8>,
}

impl How {
    /// `None` for what is not agile encryption of a kind known here.
    fn read(info: &[u8]) -> Option<Self> {
        // Version 4.4, then 0x40.
        let xml = info.strip_prefix(&[4, 0, 4, 0, 0x40, 0, 0, 0])?;
        let xml = std::str::from_utf8(xml).ok()?;
        let data = element(xml, "keyData")?;
        let key = element(xml, "encryptedKey")?;
        let rounds = attribute(key, "spinCount")?.parse().ok()?;
        Some(Self {
            data: Scheme::read(data)?,
            password: Scheme::read(key)?,
            rounds,
            input: base64(attribute(key, "encryptedVerifierHashInput")?)?,
            value: base64(attribute(key, "encryptedVerifierHashValue")?)?,
            sealed: base64(attribute(key, "encryptedKeyValue")?)?,
        })
    }

    /// The key of the package, when the password is right.
    ///
    /// # Errors
    /// `Timeout` when making it takes too long.
    fn key(
        &self,
        password: &str,
        clock: &Clock,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, FormatError> {
        let s = &self.password;
        let mut wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut hash = s.hash.of(&[&s.salt, &wide]);
        wide.zeroize();
        for round in (0..=u32::MAX).take_while(|r| u64::from(*r) < self.rounds) {
            clock.round(round.into())?;
            hash = s.hash.of(&[&round.to_le_bytes(), &hash]);
        }
        Ok(self.opened(&hash))
    }

    /// The key of the package under the hash of a password.
    fn opened(&self, hash: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let s = &self.password;
        let open = |purpose: &[u8; 8], sealed: &[u8]| {
            let key = s.fit(s.hash.of(&[hash, purpose]));
            let mut out = Zeroizing::new(sealed.to_vec());
            cbc(&key, &s.salt, &mut out).map(|()| out)
        };
        let input = open(&INPUT, &self.input)?;
        let want = s.hash.of(&[input.get(..s.salt.len())?]);
        if open(&VALUE, &self.value)?.get(..want.len())? != want.as_slice() {
            return None;
        }
        let mut key = open(&KEY, &self.sealed)?;
        key.truncate(self.data.key);
        (key.len() == self.data.key).then_some(key)
    }

    /// The package.
    fn package(&self, key: &[u8], packed: &[u8]) -> Result<Vec<u8>, FormatError> {
        let (size, mut out) = sized(packed)?;
        for (number, segment) in (0u32..).zip(out.chunks_mut(SEGMENT)) {
            let iv = self.data.hash.of(&[&self.data.salt, &number.to_le_bytes()]);
            cbc(key, &iv, segment).ok_or(DAMAGED)?;
        }
        out.truncate(size);
        Ok(out)
    }
}

impl Scheme {
    fn read(element: &str) -> Option<Self> {
        let is = |name, want| attribute(element, name).is_some_and(|v| v == want);
        let bits: usize = attribute(element, "keyBits")?.parse().ok()?;
        let known = is("cipherAlgorithm", "AES")
            && is("cipherChaining", "ChainingModeCBC")
            && is("blockSize", "16")
            && matches!(bits, 128 | 192 | 256);
        if !known {
            return None;
        }
        Some(Self {
            salt: base64(attribute(element, "saltValue")?)?,
            hash: Hash::find(attribute(element, "hashAlgorithm")?)?,
            key: bits / 8,
        })
    }

    /// A hash as a key: cut, or filled up with 0x36.
    fn fit(&self, mut hash: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
        hash.resize(self.key, 0x36);
        hash
    }
}

/// Decrypts whole blocks in CBC mode; the vector is cut, or filled up with 0x36.
pub(super) fn cbc(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<()> {
    let mut last = [0x36; BLOCK];
    last.iter_mut().zip(iv).for_each(|(to, from)| *to = *from);
    if !data.len().is_multiple_of(BLOCK) {
        return None;
    }
    if let Ok(key) = <[u8; 32]>::try_from(key) {
        blocks(&Aes256::new(&Array::from(key)), last, data);
    } else if let Ok(key) = <[u8; 24]>::try_from(key) {
        blocks(&Aes192::new(&Array::from(key)), last, data);
    } else {
        let key = <[u8; 16]>::try_from(key).ok()?;
        blocks(&Aes128::new(&Array::from(key)), last, data);
    }
    Some(())
}

fn blocks<C: BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>>(
    cipher: &C,
    mut last: [u8; BLOCK],
    data: &mut [u8],
) {
    for block in data.chunks_exact_mut(BLOCK) {
        let mut held = [0; BLOCK];
        held.copy_from_slice(block);
        let mut plain = Array::from(held);
        cipher.decrypt_block(&mut plain);
        for ((to, p), before) in block.iter_mut().zip(plain).zip(last) {
            *to = p ^ before;
        }
        last = held;
    }
}

/// The text of the tag of an element, whatever its prefix.
fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    xml.split('<').skip(1).find_map(|tag| {
        let tag = tag.split('>').next()?;
        let full = tag.split([' ', '\t', '\r', '\n', '/']).next()?;
        (full.rsplit(':').next() == Some(name)).then_some(tag)
    })
}

fn attribute<'x>(tag: &'x str, name: &str) -> Option<&'x str> {
    tag.split_ascii_whitespace().find_map(|part| {
        let value = part.strip_prefix(name)?.strip_prefix("=\"")?;
        value.split('"').next()
    })
}

/// Standard: RFC 4648 section 4.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for b in text.trim_end_matches('=').bytes() {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(six)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xFF).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Limits, Passwords,
        archives::testing::{copy, read_within},
    };
    use crate::model::State;

    /// Made by another program: `fixtures/formats/protected/README.md`.
    const BOOK: &[u8] = include_bytes!("../../fixtures/formats/protected/customers.xlsx");

    const OLD: &[u8] = include_bytes!("../../fixtures/formats/protected/customers-2007.xlsx");

    fn with(passwords: &str) -> Limits {
        Limits {
            passwords: Passwords::read(passwords),
            ..Limits::default()
        }
    }

    #[test]
    fn the_right_password_opens_a_package() {
        assert_eq!(Protected.probe(&BOOK[..4096], b"a.bin"), Probe::Bytes);
        for wrong in ["", "wrong\n"] {
            let (found, result) = read_within(&Protected, BOOK, &[], &with(wrong));
            assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
            assert!(found.texts.is_empty());
        }
        let (found, result) = read_within(&Protected, BOOK, &[], &with("wrong\n客户2026\n"));
        result.unwrap();
        assert!(!found.places("13800138000").is_empty());
        assert!(
            found.members.iter().all(|m| m.2 == State::Read),
            "{:?}",
            found.members
        );
        let (_, result) = copy(&Protected, BOOK, &[]);
        assert!(matches!(result, Err(FormatError::Encrypted)));
    }

    #[test]
    fn packages_of_office_2007() {
        let (found, result) = read_within(&Protected, OLD, &[], &with("x\n客户2026\n"));
        result.unwrap();
        assert!(!found.places("13800138000").is_empty());
        let (_, result) = read_within(&Protected, OLD, &[], &with("x\n"));
        assert!(matches!(result, Err(FormatError::Encrypted)));
    }

    /// A book whose key takes so many rounds, in as many digits.
    fn slow(rounds: [u8; 6]) -> Vec<u8> {
        let mut book = BOOK.to_vec();
        let at = memchr::memmem::find(&book, b"spinCount=\"100000\"").unwrap() + 11;
        book[at..at + 6].copy_from_slice(&rounds);
        book
    }

    #[test]
    fn time_that_is_up_is_told_as_such() {
        let limits = Limits {
            seconds: 0,
            ..with("wrong\n客户2026\n")
        };
        for book in [BOOK, &slow(*b"999999")] {
            let (_, result) = read_within(&Protected, book, &[], &limits);
            assert!(matches!(result, Err(FormatError::Timeout)), "{result:?}");
        }
        let (_, result) = read_within(&Protected, OLD, &[], &limits);
        assert!(matches!(result, Err(FormatError::Timeout)), "{result:?}");
        // More rounds than the standard has.
        let mut book = slow(*b"      ");
        let at = memchr::memmem::find(&book, b"spinCount=\"      \"").unwrap();
        let wide = b"spinCount=\"99999999999\"";
        let tag = memchr::memmem::find(&book[at..], b"/>").unwrap();
        let rest = book[at + 18..at + tag].to_vec();
        let fits = rest.len() + 18 - wide.len();
        book[at..at + wide.len()].copy_from_slice(wide);
        book[at + wide.len()..at + tag].copy_from_slice(&rest[rest.len() - fits..]);
        let (_, result) = read_within(&Protected, &book, &[], &with("x\n"));
        assert!(matches!(result, Err(FormatError::Limit(_))), "{result:?}");
    }

    #[test]
    fn other_encryption_stays_closed() {
        assert!(How::read(&[4, 0, 2, 0, 0x24, 0, 0, 0, 1, 2]).is_none());
        assert!(How::read(b"").is_none());
        assert_eq!(base64("aGk="), Some(b"hi".to_vec()));
        assert_eq!(base64("a!"), None);
    }
}
