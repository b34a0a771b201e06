//! Encrypted folders of 7z archives: read with the user's passwords, never written.
//!
//! AES-256 in CBC mode under a key made by SHA-256 over 2^n times salt, password in UTF-16 and a counter. Standards:
//! 7zFormat.txt and Methods.txt of the LZMA SDK (06F10701), FIPS 197, NIST SP 800-38A section 6.2.

use super::{
    header::{Coder, Folder},
    unpack,
};
use crate::formats::{FormatError, Passwords, clock::Clock, source::read_full};
use aes::{
    Aes256,
    cipher::{Array, BlockCipherDecrypt, KeyInit},
};
use sha2::{Digest, Sha256};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io::{self, Read},
};
use zeroize::{Zeroize, Zeroizing};

/// The method.
const METHOD: [u8; 4] = [6, 0xF1, 7, 1];
/// Most rounds of making a key, as a power of two: 7-Zip takes 19.
const ROUNDS: u8 = 24;
/// Bytes of a block.
const BLOCK: usize = 16;

/// Whether a coder encrypts, by whatever method.
pub(super) fn encrypts(coder: &Coder) -> bool {
    coder.id.starts_with(&[6, 0xF1])
}

/// What the properties of a coder say.
struct Asked<'c> {
    rounds: u8,
    salt: &'c [u8],
    iv: [u8; BLOCK],
}

fn asked(coder: &Coder) -> Result<Asked<'_>, FormatError> {
    let damaged = FormatError::Corrupt("7z header");
    if coder.id != METHOD {
        return Err(FormatError::Encrypted);
    }
    let [first, rest @ ..] = coder.properties.as_slice() else {
        return Err(damaged);
    };
    let rounds = first & 0x3F;
    if rounds > ROUNDS {
        return Err(FormatError::Unsupported("key of a 7z archive"));
    }
    let (mut salt, mut vector): (&[u8], &[u8]) = (&[], &[]);
    if first & 0xC0 != 0 {
        let [lengths, rest @ ..] = rest else {
            return Err(damaged);
        };
        let salts = usize::from(first >> 7 & 1) + usize::from(lengths >> 4);
        let vectors = usize::from(first >> 6 & 1) + usize::from(lengths & 15);
        salt = rest.get(..salts).ok_or(FormatError::Corrupt("7z header"))?;
        vector = rest
            .get(salts..salts + vectors)
            .ok_or(FormatError::Corrupt("7z header"))?;
    }
    let mut iv = [0; BLOCK];
    for (to, from) in iv.iter_mut().zip(vector) {
        *to = *from;
    }
    Ok(Asked { rounds, salt, iv })
}

/// Key by rounds, salt and number of the password.
type Made = HashMap<(u8, Vec<u8>, usize), Zeroizing<[u8; 32]>>;

/// The user's passwords and the keys made of them, each once: making one takes a tenth of a second.
pub(super) struct Keys<'p> {
    passwords: &'p Passwords,
    made: RefCell<Made>,
    /// The password that was right last.
    last: Cell<Option<usize>>,
}

impl<'p> Keys<'p> {
    pub(super) fn new(passwords: &'p Passwords) -> Self {
        Self {
            passwords,
            made: RefCell::default(),
            last: Cell::new(None),
        }
    }

    /// Whether something was opened with a password.
    pub(super) fn used(&self) -> bool {
        self.last.get().is_some()
    }

    /// A reader of all that a folder holds. `packed` gives its packed bytes, from the start each time. Passwords are
    /// tried on its first file, whose checksum must hold and which may have `room` bytes.
    ///
    /// # Errors
    /// `Encrypted` when no password opens it; `Timeout` when trying takes too long; those of [`unpack::folder`].
    pub(super) fn folder<'b, R: Read + 'b>(
        &self,
        folder: &Folder,
        room: u64,
        clock: Clock,
        packed: impl Fn() -> R,
    ) -> Result<Box<dyn Read + 'b>, FormatError> {
        let Some(coder) = folder.coders.iter().find(|c| encrypts(c)) else {
            return unpack::folder(folder, packed(), None);
        };
        let (size, want) = (folder.files.first(), folder.crcs.first().copied().flatten());
        let (Some(&size), true) = (size, want.is_some() && !self.passwords.is_empty()) else {
            return Err(FormatError::Encrypted);
        };
        if size > room {
            return Err(FormatError::Limit("expanded bytes of one file"));
        }
        let asked = asked(coder)?;
        let mut all: Vec<_> = self.passwords.iter().enumerate().collect();
        all.sort_by_key(|(i, _)| Some(*i) != self.last.get());
        for (i, password) in all {
            let key = self.key(&asked, i, password, &clock)?;
            let mut reader = match unpack::folder(folder, packed(), Some(&key)) {
                Ok(reader) => reader,
                // Some decoders look at the first bytes at once.
                Err(FormatError::Corrupt(_)) => continue,
                Err(e) => return Err(e),
            };
            let mut first = unpack::File::new(&mut *reader, size, want);
            if io::copy(&mut first, &mut io::sink()).is_ok() {
                self.last.set(Some(i));
                return unpack::folder(folder, packed(), Some(&key));
            }
        }
        Err(FormatError::Encrypted)
    }

    fn key(
        &self,
        asked: &Asked<'_>,
        number: usize,
        password: &str,
        clock: &Clock,
    ) -> Result<Zeroizing<[u8; 32]>, FormatError> {
        let name = (asked.rounds, asked.salt.to_vec(), number);
        if let Some(key) = self.made.borrow().get(&name) {
            return Ok(key.clone());
        }
        let key = derived(password, asked.salt, asked.rounds, clock)?;
        self.made.borrow_mut().insert(name, key.clone());
        Ok(key)
    }
}

fn derived(
    password: &str,
    salt: &[u8],
    rounds: u8,
    clock: &Clock,
) -> Result<Zeroizing<[u8; 32]>, FormatError> {
    let mut one = Zeroizing::new(salt.to_vec());
    one.extend(password.encode_utf16().flat_map(u16::to_le_bytes));
    let mut hasher = Sha256::new();
    let mut many = Vec::with_capacity(8 << 10);
    for counter in 0..1_u64 << rounds {
        clock.round(counter)?;
        many.extend_from_slice(&one);
        many.extend_from_slice(&counter.to_le_bytes());
        if many.len() >= 4 << 10 {
            hasher.update(&many);
            many.zeroize();
        }
    }
    hasher.update(&many);
    many.zeroize();
    Ok(Zeroizing::new(hasher.finalize().into()))
}

/// Decrypts what is read through it.
pub(super) struct Cbc<R> {
    inner: R,
    cipher: Aes256,
    last: [u8; BLOCK],
    buffer: Vec<u8>,
    at: usize,
}

impl<R: Read> Cbc<R> {
    /// For a coder of this archive.
    ///
    /// # Errors
    /// `Corrupt` when its properties are none; `Encrypted` for another method.
    pub(super) fn new(inner: R, coder: &Coder, key: &[u8; 32]) -> Result<Self, FormatError> {
        Ok(Self {
            inner,
            cipher: Aes256::new(&Array::from(*key)),
            last: asked(coder)?.iv,
            buffer: Vec::new(),
            at: 0,
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.resize(16 << 10, 0);
        self.at = 0;
        let n = read_full(&mut self.inner, &mut self.buffer)?;
        if n % BLOCK != 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.buffer.truncate(n);
        for block in self.buffer.chunks_exact_mut(BLOCK) {
            let mut held = [0; BLOCK];
            held.copy_from_slice(block);
            let mut plain = Array::from(held);
            self.cipher.decrypt_block(&mut plain);
            for ((to, p), before) in block.iter_mut().zip(plain).zip(self.last) {
                *to = p ^ before;
            }
            self.last = held;
        }
        Ok(())
    }
}

impl<R: Read> Read for Cbc<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.buffer.len() {
            self.fill()?;
        }
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.at += n;
        Ok(n)
    }
}
