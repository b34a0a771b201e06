//! The bytes of a folder: its coders one behind another.

use super::{
    crypt::{Cbc, encrypts},
    header::{Coder, Folder},
};
use crate::formats::{
    FormatError,
    archives::xz::{DICTIONARY, dictionary},
};
use lzma_rust2::{
    Lzma2Reader, LzmaReader,
    filter::{bcj::BcjReader, delta::DeltaReader},
};
use std::io::{self, BufReader, Read};

/// A reader of all that a folder holds, decrypted with a key.
///
/// # Errors
/// `Encrypted`, `Unsupported` for a method that is not known, `Limit` for a dictionary that is too large.
pub(super) fn folder<'b>(
    folder: &Folder,
    packed: impl Read + 'b,
    key: Option<&[u8; 32]>,
) -> Result<Box<dyn Read + 'b>, FormatError> {
    if key.is_none() && folder.coders.iter().any(encrypts) {
        return Err(FormatError::Encrypted);
    }
    if !folder.chain {
        return Err(FormatError::Unsupported("coders of a 7z archive"));
    }
    let mut reader: Box<dyn Read + 'b> = Box::new(packed);
    for &i in &folder.order {
        let coder = folder.coders.get(i);
        let size = folder.sizes.get(i).copied();
        let (Some(coder), Some(size)) = (coder, size) else {
            return Err(FormatError::Corrupt("7z header"));
        };
        reader = match key.filter(|_| encrypts(coder)) {
            Some(key) => Box::new(Cbc::new(reader, coder, key)?.take(size)),
            None => Box::new(decoder(coder, size, reader)?.take(size)),
        };
    }
    Ok(reader)
}

fn decoder<'b>(
    coder: &Coder,
    size: u64,
    reader: Box<dyn Read + 'b>,
) -> Result<Box<dyn Read + 'b>, FormatError> {
    let damaged = FormatError::Corrupt("7z header");
    Ok(match coder.id.as_slice() {
        [0] => reader,
        [0x21] => {
            let code = coder.properties.first().copied();
            let declared = code.and_then(dictionary).ok_or(damaged)?;
            Box::new(Lzma2Reader::new(
                BufReader::new(reader),
                bounded(declared, size)?,
                None,
            ))
        }
        [3, 1, 1] => {
            let [props, dict @ ..] = coder.properties.as_slice() else {
                return Err(damaged);
            };
            let dict = dict.first_chunk().copied().ok_or(damaged)?;
            let dict = bounded(u64::from(u32::from_le_bytes(dict)), size)?;
            let reader =
                LzmaReader::new_with_props(BufReader::new(reader), size, *props, dict, None);
            Box::new(reader.map_err(|_| FormatError::Corrupt("compressed data"))?)
        }
        [4, 1, 8] => Box::new(flate2::read::DeflateDecoder::new(reader)),
        [4, 2, 2] => Box::new(::bzip2::read::MultiBzDecoder::new(reader)),
        [3] => {
            let distance = coder.properties.first().map_or(1, |d| usize::from(*d) + 1);
            Box::new(DeltaReader::new(reader, distance))
        }
        [4] | [3, 3, 1, 3] => Box::new(BcjReader::new_x86(reader, 0)),
        [5] | [3, 3, 2, 5] => Box::new(BcjReader::new_ppc(reader, 0)),
        [6] | [3, 3, 4, 1] => Box::new(BcjReader::new_ia64(reader, 0)),
        [7] | [3, 3, 5, 1] => Box::new(BcjReader::new_arm(reader, 0)),
        [8] | [3, 3, 7, 1] => Box::new(BcjReader::new_arm_thumb(reader, 0)),
        [9] | [3, 3, 8, 5] => Box::new(BcjReader::new_sparc(reader, 0)),
        [0xA] => Box::new(BcjReader::new_arm64(reader, 0)),
        _ => return Err(FormatError::Unsupported("a method of a 7z archive")),
    })
}

/// A dictionary that is no larger than what it is for.
fn bounded(declared: u64, size: u64) -> Result<u32, FormatError> {
    let needed = declared.min(size).max(4096);
    if needed > DICTIONARY {
        return Err(FormatError::Limit("size of a dictionary"));
    }
    u32::try_from(needed).map_err(|_| FormatError::Limit("size of a dictionary"))
}

/// One file of a folder: its bytes, with their number and checksum compared at the end.
pub(super) struct File<'r, 'b> {
    inner: &'r mut (dyn Read + 'b),
    left: u64,
    crc: crc32fast::Hasher,
    want: Option<u32>,
    done: bool,
}

impl<'r, 'b> File<'r, 'b> {
    /// The next `size` bytes of a folder.
    pub(super) fn new(inner: &'r mut (dyn Read + 'b), size: u64, want: Option<u32>) -> Self {
        Self {
            inner,
            left: size,
            crc: crc32fast::Hasher::new(),
            want,
            done: false,
        }
    }
}

impl Read for File<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buf.len());
        let n = match buf.get_mut(..most).filter(|b| !b.is_empty()) {
            Some(buf) => self
                .inner
                .read(buf)
                .map_err(super::super::packed::damaged)?,
            None => 0,
        };
        let damaged = |what| Err(io::Error::other(FormatError::Corrupt(what)));
        if n == 0 && !buf.is_empty() {
            if self.left > 0 {
                return damaged("a member is shorter than declared");
            }
            let sum = self.crc.clone().finalize();
            if !std::mem::replace(&mut self.done, true) && self.want.is_some_and(|w| w != sum) {
                return damaged("length or checksum of a member");
            }
            return Ok(0);
        }
        self.left -= n as u64;
        self.crc.update(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}
