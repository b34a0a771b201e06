//! Packages under a password: the same package without encryption, in memory.
//!
//! Opened is AES-256 in CBC mode with a key by PBKDF2, as `LibreOffice` writes since 3.5; not Blowfish (before) and not the
//! encryption of a package as a whole (since 24.8).
//!
//! Standard: ODF 1.3 part 2, 3.4 and 4.8.

use crate::formats::{
    Cx, FormatError,
    archives::{bytes::Bytes, directory::Directory},
    ooxml::{
        coding::Coding,
        package::{load_raw, value},
        tokens::{Tag, Token, Tokens},
    },
    protected::{base64, cbc},
    unlock::hash,
};
use flate2::read::DeflateDecoder;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::io::{Cursor, Read, Write};
use zeroize::Zeroizing;

const MANIFEST: &[u8] = b"META-INF/manifest.xml";
/// Most rounds of making a key.
const ROUNDS: u32 = 10_000_000;
/// Packed bytes that a checksum is over.
const SUMMED: usize = 1024;

/// How one part is encrypted.
#[derive(Debug, Default)]
struct Part {
    path: String,
    size: u64,
    /// Checksum of the first bytes that come out, and whether it is SHA-256.
    sum: Option<(Vec<u8>, bool)>,
    iv: Vec<u8>,
    salt: Vec<u8>,
    rounds: u32,
    /// Whether the password goes through SHA-256 first, or SHA-1.
    wide: bool,
    known: bool,
}

/// The package in clear; `None` when no password opens it or it is encrypted in another way.
///
/// # Errors
/// Past a limit; what reading gives.
pub(super) fn open(
    bytes: &Bytes<'_>,
    directory: &Directory,
    cx: &mut Cx<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    if cx.limits.passwords.is_empty() {
        return Ok(None);
    }
    let Some(index) = directory.entries.iter().position(|e| e.name == MANIFEST) else {
        return Ok(None);
    };
    let raw = load_raw(bytes, directory, index, cx)?;
    let text = Coding::of(&raw).decode(&raw)?;
    let parts = read(&text)?;
    if parts.is_empty() || parts.iter().any(|p| !p.known) {
        return Ok(None);
    }
    let limits = cx.limits;
    let mut right: Option<&str> = None;
    let mut held = 0;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let failed = |_| FormatError::Corrupt("an encrypted package");
    for (index, entry) in directory.entries.iter().enumerate() {
        let name = String::from_utf8_lossy(&entry.name);
        let part = parts.iter().find(|p| p.path == name);
        let data = match part {
            _ if index_is_manifest(&entry.name) => without_encryption(&text).into_bytes(),
            None => load_raw(bytes, directory, index, cx)?,
            Some(part) => {
                held += part.size;
                if held > limits.held_bytes {
                    return Err(FormatError::Limit("bytes held in memory"));
                }
                cx.allow(part.size, entry.packed)?;
                cx.spend(part.size)?;
                let sealed = bytes.vec(entry.data_at, entry.data_end())?;
                let mut all = limits
                    .passwords
                    .iter()
                    .filter(|p| right.is_none_or(|r| r == *p));
                let opened = all.find_map(|p| {
                    cx.spend(0).ok()?;
                    Some((p, part.open(&sealed, p)?))
                });
                let Some((password, data)) = opened else {
                    return Ok(None);
                };
                right = Some(password);
                data
            }
        };
        out.start_file(name, stored).map_err(failed)?;
        out.write_all(&data)?;
    }
    Ok(Some(out.finish().map_err(failed)?.into_inner()))
}

fn index_is_manifest(name: &[u8]) -> bool {
    name == MANIFEST
}

/// A manifest without what it says of encryption.
fn without_encryption(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let find = |text: &str, what: &str| {
        let at = text.find(what)?;
        let open = text.get(..at)?.rfind('<')?;
        let close = at + text.get(at..)?.find('>')? + 1;
        Some((open, close))
    };
    while let Some((open, first)) = find(rest, "encryption-data") {
        out.push_str(rest.get(..open).unwrap_or_default());
        let tail = rest.get(first..).unwrap_or_default();
        let end = find(tail, "/manifest:encryption-data").or_else(|| find(tail, "encryption-data"));
        rest = end.and_then(|(_, end)| tail.get(end..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn text_of(tag: &Tag<'_>, name: &[u8]) -> Option<String> {
    tag.attribute(name).map(|a| value(&a))
}

/// What the manifest says of encrypted parts.
fn read(text: &str) -> Result<Vec<Part>, FormatError> {
    let mut out: Vec<Part> = Vec::new();
    let (mut path, mut size) = (String::new(), 0);
    let mut tokens = Tokens::new(text.as_bytes());
    while let Some(token) = tokens.next()? {
        let Token::Open(tag) = token else { continue };
        let data = |name: &[u8]| {
            text_of(&tag, name)
                .and_then(|t| base64(&t))
                .unwrap_or_default()
        };
        let ends = |name: &[u8], end: &str| text_of(&tag, name).is_some_and(|t| t.ends_with(end));
        match (tag.name, out.last_mut()) {
            (b"file-entry", _) => {
                path = text_of(&tag, b"full-path").unwrap_or_default();
                size = text_of(&tag, b"size")
                    .and_then(|t| t.parse().ok())
                    .unwrap_or(0);
            }
            (b"encryption-data", _) => {
                let wide = ends(b"checksum-type", "sha256-1k");
                let narrow = ends(b"checksum-type", "SHA1/1K") || ends(b"checksum-type", "sha1-1k");
                out.push(Part {
                    path: path.clone(),
                    size,
                    sum: (wide || narrow).then(|| (data(b"checksum"), wide)),
                    ..Part::default()
                });
            }
            (b"algorithm", Some(part)) => {
                part.known = ends(b"algorithm-name", "aes256-cbc");
                part.iv = data(b"initialisation-vector");
            }
            (b"start-key-generation", Some(part)) => {
                part.wide = ends(b"start-key-generation-name", "sha256");
            }
            (b"key-derivation", Some(part)) => {
                part.known &= ends(b"key-derivation-name", "PBKDF2");
                part.salt = data(b"salt");
                let rounds = text_of(&tag, b"iteration-count").and_then(|t| t.parse().ok());
                part.rounds = rounds.unwrap_or(0);
                part.known &= (1..=ROUNDS).contains(&part.rounds);
            }
            _ => {}
        }
    }
    Ok(out)
}

impl Part {
    /// The part in clear, when the password is right.
    fn open(&self, sealed: &[u8], password: &str) -> Option<Vec<u8>> {
        let start = if self.wide {
            hash::<Sha256>(&[password.as_bytes()])
        } else {
            hash::<Sha1>(&[password.as_bytes()])
        };
        let key = derived(&start, &self.salt, self.rounds)?;
        let mut packed = sealed.to_vec();
        packed.truncate(packed.len() / 16 * 16);
        cbc(key.as_slice(), &self.iv, &mut packed)?;
        // What pads the last block may count or not: where it could matter the size tells alone.
        if let Some((want, wide)) = self.sum.as_ref().filter(|_| packed.len() > SUMMED + 16) {
            let head = packed.get(..SUMMED)?;
            let sum = if *wide {
                hash::<Sha256>(&[head])
            } else {
                hash::<Sha1>(&[head])
            };
            if sum.as_slice() != want.as_slice() {
                return None;
            }
        }
        let mut out = Vec::new();
        let mut plain = DeflateDecoder::new(packed.as_slice()).take(self.size.checked_add(1)?);
        plain.read_to_end(&mut out).ok()?;
        (out.len() as u64 == self.size).then_some(out)
    }
}

/// A key of 32 bytes. Standard: RFC 8018, 5.2.
fn derived(password: &[u8], salt: &[u8], rounds: u32) -> Option<Zeroizing<Vec<u8>>> {
    let mac = Hmac::<Sha1>::new_from_slice(password).ok()?;
    let mut out = Zeroizing::new(Vec::new());
    for number in 1..=2_u32 {
        let mut first = mac.clone();
        first.update(salt);
        first.update(&number.to_be_bytes());
        let mut last = first.finalize().into_bytes();
        let mut sum = last;
        for _ in 1..rounds {
            let mut next = mac.clone();
            next.update(&last);
            last = next.finalize().into_bytes();
            sum.iter_mut().zip(last).for_each(|(s, l)| *s ^= l);
        }
        out.extend_from_slice(&sum);
    }
    out.truncate(32);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Limits, OpenDocument, Passwords,
        archives::testing::{copy, read_within},
    };

    /// Made by another program: `fixtures/formats/protected/README.md`.
    const BOOK: &[u8] = include_bytes!("../../../fixtures/formats/protected/customers.ods");

    #[test]
    fn keys_are_those_of_the_standard() {
        // RFC 6070, the second and the fifth case.
        let key = derived(b"password", b"salt", 2).unwrap();
        assert_eq!(key[..4], [0xEA, 0x6C, 0x01, 0x4D]);
        let key = derived(
            b"passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
        );
        assert_eq!(key.unwrap()[20..25], [0x4C, 0xF2, 0xF0, 0x70, 0x38]);
    }

    #[test]
    fn the_right_password_opens_a_package() {
        let with = |passwords: &str| Limits {
            passwords: Passwords::read(passwords),
            ..Limits::default()
        };
        for wrong in ["", "x\n"] {
            let (_, result) = read_within(&OpenDocument::ODS, BOOK, &[], &with(wrong));
            assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
        }
        let (found, result) = read_within(&OpenDocument::ODS, BOOK, &[], &with("客户2026\n"));
        result.unwrap();
        assert!(!found.places("13800138000").is_empty());
        assert!(copy(&OpenDocument::ODS, BOOK, &[]).1.is_err());
    }

    #[test]
    fn a_manifest_loses_what_it_says_of_encryption() {
        let text = "<m:a><m:file-entry m:p=\"x\"><m:encryption-data c=\"1\"><m:algorithm/></m:encryption-data></m:file-entry></m:a>";
        let plain = without_encryption(text);
        assert_eq!(plain, "<m:a><m:file-entry m:p=\"x\"></m:file-entry></m:a>");
    }
}
