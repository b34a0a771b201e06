//! Writing a 7z archive: a folder for each file, in LZMA2, and a header that is not packed.

use super::header::Entry;
use crate::formats::{FormatError, Output};
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use std::io::Write;

/// Dictionary: 4 MiB, and its code.
const DICTIONARY: (u32, u8) = (1 << 22, 20);

/// A 7z archive that is being put together in memory.
#[derive(Debug, Default)]
pub(super) struct Writer {
    packed: Vec<u8>,
    sizes: Vec<(u64, u64, u32)>,
    entries: Vec<Entry>,
}

impl Writer {
    /// Adds an entry, with its bytes when it has any.
    ///
    /// # Errors
    /// `Limit` past `held` bytes; those of packing.
    pub(super) fn add(
        &mut self,
        entry: Entry,
        data: Option<&[u8]>,
        held: u64,
    ) -> Result<(), FormatError> {
        if let Some(data) = data {
            let before = self.packed.len();
            let mut options = Lzma2Options::with_preset(3);
            options.lzma_options.dict_size = DICTIONARY.0;
            let mut packer = Lzma2Writer::new(&mut self.packed, options);
            packer.write_all(data)?;
            packer.finish()?;
            self.sizes.push((
                (self.packed.len() - before) as u64,
                data.len() as u64,
                crc32fast::hash(data),
            ));
        }
        if self.packed.len() as u64 > held {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn finish(self, out: &mut dyn Output) -> Result<(), FormatError> {
        let header = self.header();
        let mut start = Vec::new();
        start.extend_from_slice(&(self.packed.len() as u64).to_le_bytes());
        start.extend_from_slice(&(header.len() as u64).to_le_bytes());
        start.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        out.write_all(super::MAGIC)?;
        out.write_all(&[0, 4])?;
        out.write_all(&crc32fast::hash(&start).to_le_bytes())?;
        out.write_all(&start)?;
        out.write_all(&self.packed)?;
        out.write_all(&header)?;
        Ok(())
    }

    fn header(&self) -> Vec<u8> {
        let mut out = vec![1];
        if !self.sizes.is_empty() {
            out.extend_from_slice(&[4, 6]);
            number(0, &mut out);
            number(self.sizes.len() as u64, &mut out);
            out.push(9);
            for (packed, ..) in &self.sizes {
                number(*packed, &mut out);
            }
            out.extend_from_slice(&[0, 7, 0xB]);
            number(self.sizes.len() as u64, &mut out);
            out.push(0);
            for _ in &self.sizes {
                out.extend_from_slice(&[1, 0x21, 0x21, 1, DICTIONARY.1]);
            }
            out.push(0xC);
            for (_, size, _) in &self.sizes {
                number(*size, &mut out);
            }
            out.extend_from_slice(&[0xA, 1]);
            for (.., crc) in &self.sizes {
                out.extend_from_slice(&crc.to_le_bytes());
            }
            // One stream a folder; readers want the section all the same.
            out.extend_from_slice(&[0, 8, 0, 0]);
        }
        out.push(5);
        number(self.entries.len() as u64, &mut out);
        self.files(&mut out);
        out.extend_from_slice(&[0, 0]);
        out
    }

    fn files(&self, out: &mut Vec<u8>) {
        let empty: Vec<bool> = self.entries.iter().map(|e| !e.filled).collect();
        if empty.contains(&true) {
            part(0xE, &bits(&empty), out);
            let files: Vec<bool> = self
                .entries
                .iter()
                .filter(|e| !e.filled)
                .map(|e| !e.folder)
                .collect();
            part(0xF, &bits(&files), out);
        }
        let mut names = vec![0];
        for entry in &self.entries {
            names.extend(entry.name.encode_utf16().flat_map(u16::to_le_bytes));
            names.extend_from_slice(&[0, 0]);
        }
        part(0x11, &names, out);
        let times = self
            .entries
            .iter()
            .map(|e| e.modified.map(u64::to_le_bytes));
        values(0x14, &times.collect::<Vec<_>>(), out);
        let attributes = self
            .entries
            .iter()
            .map(|e| e.attributes.map(u32::to_le_bytes));
        values(0x15, &attributes.collect::<Vec<_>>(), out);
    }
}

/// Values that some entries have.
fn values<const N: usize>(id: u8, all: &[Option<[u8; N]>], out: &mut Vec<u8>) {
    let defined: Vec<bool> = all.iter().map(Option::is_some).collect();
    if !defined.contains(&true) {
        return;
    }
    let mut body = vec![0];
    body.extend_from_slice(&bits(&defined));
    body.push(0);
    for value in all.iter().flatten() {
        body.extend_from_slice(value);
    }
    part(id, &body, out);
}

fn part(id: u8, body: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    number(body.len() as u64, out);
    out.extend_from_slice(body);
}

fn bits(all: &[bool]) -> Vec<u8> {
    all.chunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .enumerate()
                .fold(0, |byte, (i, &b)| byte | u8::from(b) << (7 - i))
        })
        .collect()
}

/// A number, in as few bytes as it takes.
fn number(n: u64, out: &mut Vec<u8>) {
    for extra in 0..8_u32 {
        if n < 1 << (7 * (extra + 1)) {
            let first = (0xFF_u16 << (8 - extra)).to_le_bytes()[0];
            let high = u8::try_from(n >> (8 * extra)).unwrap_or(0);
            out.push(first | high);
            let low = n.to_le_bytes();
            out.extend(low.iter().take(usize::try_from(extra).unwrap_or(0)));
            return;
        }
    }
    out.push(0xFF);
    out.extend_from_slice(&n.to_le_bytes());
}
