//! Packages under a password: the same package without encryption, in memory.
//!
//! Opened is AES-256 in CBC mode with a key by PBKDF2, as `LibreOffice` writes since 3.5; not Blowfish (before) and not the
//! encryption of a package as a whole (since 24.8).
//!
//! Standard: ODF 1.3 part 2, 3.4 and 4.8.

use crate::formats::{
    Cx, FormatError,
    archives::{bytes::Bytes, directory::Directory},
    clock::{self, Clock},
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
use std::{
    collections::HashMap,
    io::{Cursor, Read, Write},
    ops::Range,
};
use zeroize::Zeroizing;

const MANIFEST: &[u8] = b"META-INF/manifest.xml";
/// Most rounds of making a key.
const ROUNDS: u64 = 10_000_000;
/// Packed bytes that a checksum is over.
const SUMMED: usize = 1024;

/// How one part is encrypted.
#[derive(Debug, Default)]
struct Part {
    size: u64,
    /// Checksum of the first bytes that come out, and whether it is SHA-256.
    sum: Option<(Vec<u8>, bool)>,
    iv: Vec<u8>,
    salt: Vec<u8>,
    rounds: u64,
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
    let coding = Coding::of(&raw);
    let text = coding.decode(&raw)?;
    let manifest = Manifest::read(&text)?;
    if manifest.parts.is_empty() || manifest.parts.values().any(|p| !p.known || p.rounds == 0) {
        return Ok(None);
    }
    if manifest.parts.values().any(|p| p.rounds > ROUNDS) {
        return Err(FormatError::Limit("rounds of making a key"));
    }
    let limits = cx.limits;
    let mut held = raw.len() as u64;
    let mut hold = |bytes: u64| {
        held = held.saturating_add(bytes);
        if held > limits.held_bytes {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        Ok(())
    };
    let mut right: Option<&str> = None;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let failed = |_| FormatError::Corrupt("an encrypted package");
    for (index, entry) in directory.entries.iter().enumerate() {
        let name = String::from_utf8_lossy(&entry.name);
        let data = match manifest.parts.get(&*name) {
            _ if entry.name == MANIFEST => coding.encode(&manifest.plain),
            None => {
                hold(entry.size)?;
                load_raw(bytes, directory, index, cx)?
            }
            Some(part) => {
                hold(part.size.max(entry.packed))?;
                cx.allow(part.size, entry.packed)?;
                cx.spend(part.size)?;
                let sealed = bytes.vec(entry.data_at, entry.data_end())?;
                let all = (limits.passwords.iter()).filter(|p| right.is_none_or(|r| r == *p));
                let clock = cx.clock();
                let opened = clock::first(all, |p| {
                    Ok(part.open(&sealed, p, &clock)?.map(|data| (p, data)))
                });
                let (password, data) = match opened {
                    Err(FormatError::Encrypted) => return Ok(None),
                    other => other?,
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

/// A manifest.
#[derive(Debug, Default)]
struct Manifest {
    /// What it says of encrypted parts, by path.
    parts: HashMap<String, Part>,
    /// It without that.
    plain: String,
}

impl Manifest {
    fn read(text: &str) -> Result<Self, FormatError> {
        let mut out = Self::default();
        let (mut path, mut size, mut part) = (String::new(), 0, None);
        // Up to where it is taken over, and how deep the elements are that are left out.
        let (mut done, mut depth) = (0, 0_u32);
        let mut tokens = Tokens::new(text.as_bytes());
        while let Some(token) = tokens.next()? {
            match token {
                Token::Open(tag) if depth > 0 || tag.name == b"encryption-data" => {
                    if depth == 0 {
                        out.keep(text, done..tag.at.0);
                        part = Some(Part::new(&tag, size));
                    }
                    if let Some(part) = &mut part {
                        part.element(&tag);
                    }
                    depth = depth.saturating_add(u32::from(!tag.empty));
                }
                Token::Open(tag) if tag.name == b"file-entry" => {
                    path = text_of(&tag, b"full-path").unwrap_or_default();
                    size = number(&tag, b"size");
                }
                Token::Close(..) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0
                && let Some(part) = part.take()
            {
                out.parts.entry(path.clone()).or_insert(part);
                done = tokens.position();
            }
        }
        if depth > 0 {
            return Err(FormatError::Corrupt("a manifest without end"));
        }
        out.keep(text, done..text.len());
        Ok(out)
    }

    fn keep(&mut self, text: &str, range: Range<usize>) {
        self.plain.push_str(text.get(range).unwrap_or_default());
    }
}

fn text_of(tag: &Tag<'_>, name: &[u8]) -> Option<String> {
    tag.attribute(name).map(|a| value(&a))
}

fn number(tag: &Tag<'_>, name: &[u8]) -> u64 {
    let number = text_of(tag, name).and_then(|t| t.parse().ok());
    number.unwrap_or(0)
}

fn data(tag: &Tag<'_>, name: &[u8]) -> Vec<u8> {
    let data = text_of(tag, name).and_then(|t| base64(&t));
    data.unwrap_or_default()
}

fn ends(tag: &Tag<'_>, name: &[u8], end: &str) -> bool {
    text_of(tag, name).is_some_and(|t| t.ends_with(end))
}

impl Part {
    /// From the start of what the manifest says of its encryption.
    fn new(tag: &Tag<'_>, size: u64) -> Self {
        let wide = ends(tag, b"checksum-type", "sha256-1k");
        let narrow =
            ends(tag, b"checksum-type", "SHA1/1K") || ends(tag, b"checksum-type", "sha1-1k");
        Self {
            size,
            sum: (wide || narrow).then(|| (data(tag, b"checksum"), wide)),
            ..Self::default()
        }
    }

    /// Reads one of the elements inside.
    fn element(&mut self, tag: &Tag<'_>) {
        match tag.name {
            b"algorithm" => {
                self.known = ends(tag, b"algorithm-name", "aes256-cbc");
                self.iv = data(tag, b"initialisation-vector");
            }
            b"start-key-generation" => {
                self.wide = ends(tag, b"start-key-generation-name", "sha256");
            }
            b"key-derivation" => {
                self.known &= ends(tag, b"key-derivation-name", "PBKDF2");
                self.salt = data(tag, b"salt");
                self.rounds = number(tag, b"iteration-count");
            }
            _ => {}
        }
    }

    /// The part in clear, when the password is right.
    ///
    /// # Errors
    /// `Timeout` when making its key takes too long.
    fn open(
        &self,
        sealed: &[u8],
        password: &str,
        clock: &Clock,
    ) -> Result<Option<Vec<u8>>, FormatError> {
        let start = if self.wide {
            hash::<Sha256>(&[password.as_bytes()])
        } else {
            hash::<Sha1>(&[password.as_bytes()])
        };
        let key = derived(&start, &self.salt, self.rounds, clock)?;
        Ok(key.and_then(|key| self.opened(sealed, &key)))
    }

    fn opened(&self, sealed: &[u8], key: &[u8]) -> Option<Vec<u8>> {
        let mut packed = sealed.to_vec();
        packed.truncate(packed.len() / 16 * 16);
        cbc(key, &self.iv, &mut packed)?;
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
///
/// # Errors
/// `Timeout` when it takes too long.
fn derived(
    password: &[u8],
    salt: &[u8],
    rounds: u64,
    clock: &Clock,
) -> Result<Option<Zeroizing<Vec<u8>>>, FormatError> {
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(password) else {
        return Ok(None);
    };
    let mut out = Zeroizing::new(Vec::new());
    for number in 1..=2_u32 {
        let mut first = mac.clone();
        first.update(salt);
        first.update(&number.to_be_bytes());
        let mut last = first.finalize().into_bytes();
        let mut sum = last;
        for round in 1..rounds {
            clock.round(round)?;
            let mut next = mac.clone();
            next.update(&last);
            last = next.finalize().into_bytes();
            sum.iter_mut().zip(last).for_each(|(s, l)| *s ^= l);
        }
        out.extend_from_slice(&sum);
    }
    out.truncate(32);
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Limits, OpenDocument, Passwords,
        archives::testing::{copy, read_within, unzipped},
    };

    /// Made by another program: `fixtures/formats/protected/README.md`.
    const BOOK: &[u8] = include_bytes!("../../../fixtures/formats/protected/customers.ods");

    #[test]
    fn keys_are_those_of_the_standard() {
        // RFC 6070, the second and the fifth case.
        let clock = Clock::new(std::time::Instant::now(), 60);
        let derived = |p: &[u8], s: &[u8], rounds| derived(p, s, rounds, &clock).unwrap().unwrap();
        let key = derived(b"password", b"salt", 2);
        assert_eq!(key[..4], [0xEA, 0x6C, 0x01, 0x4D]);
        let key = derived(
            b"passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
        );
        assert_eq!(key[20..25], [0x4C, 0xF2, 0xF0, 0x70, 0x38]);
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
        let text = "<m:a><!-- <m:encryption-data> --><m:file-entry m:p=\"x\"><m:encryption-data c=\"1\"><m:algorithm/><n:x>/manifest:encryption-data</n:x></m:encryption-data></m:file-entry><e:encryption-data a=\">\"/></m:a>";
        let plain = Manifest::read(text).unwrap().plain;
        assert_eq!(
            plain,
            "<m:a><!-- <m:encryption-data> --><m:file-entry m:p=\"x\"></m:file-entry></m:a>"
        );
        let many = format!("<a>{}</a>", "<encryption-data/>".repeat(200_000));
        assert_eq!(Manifest::read(&many).unwrap().plain, "<a></a>");
    }

    /// The book with other members, stored.
    fn changed(change: impl Fn(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
        let mut members: Vec<(String, Vec<u8>)> = unzipped(BOOK)
            .into_iter()
            .map(|(name, data)| (String::from_utf8(name).unwrap(), data))
            .collect();
        change(&mut members);
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for (name, data) in &members {
            writer.start_file(name.as_str(), stored).unwrap();
            writer.write_all(data).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn opened(book: &[u8], limits: &Limits) -> Result<(), FormatError> {
        let passwords = Passwords::read("wrong\n客户2026\n");
        let limits = Limits {
            passwords,
            ..limits.clone()
        };
        read_within(&OpenDocument::ODS, book, &[], &limits).1
    }

    #[test]
    fn what_is_held_is_bounded_with_parts_in_clear() {
        let book = changed(|members| {
            for name in ["Pictures/a", "Pictures/b"] {
                members.push((name.to_owned(), vec![0; 300_000]));
            }
        });
        opened(&book, &Limits::default()).unwrap();
        let held_bytes = 500_000;
        let limits = Limits {
            held_bytes,
            ..Limits::default()
        };
        let result = opened(&book, &limits);
        assert!(matches!(result, Err(FormatError::Limit(_))), "{result:?}");
    }

    /// The book with something in its manifest after the last place of something.
    fn says(after: &str, new: &str) -> Vec<u8> {
        changed(|members| {
            let manifest = members.iter_mut().find(|m| m.0.as_bytes() == MANIFEST);
            let data = &mut manifest.unwrap().1;
            let text = String::from_utf8(data.clone()).unwrap();
            let at = text.rfind(after).unwrap() + after.len();
            let end = at + text[at..].find('"').unwrap();
            *data = [&text[..at], new, &text[end..]].concat().into_bytes();
        })
    }

    #[test]
    fn sizes_and_rounds_that_nobody_has_are_past_the_limit() {
        for book in [
            says(":size=\"", "18446744073709551615"),
            says("iteration-count=\"", "4294967295"),
        ] {
            let result = opened(&book, &Limits::default());
            assert!(matches!(result, Err(FormatError::Limit(_))), "{result:?}");
        }
    }

    #[test]
    fn time_that_is_up_is_told_as_such() {
        let limits = Limits {
            seconds: 0,
            ..Limits::default()
        };
        let result = opened(BOOK, &limits);
        assert!(matches!(result, Err(FormatError::Timeout)), "{result:?}");
    }
}
