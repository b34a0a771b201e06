//! [`Writer`]: a small zip writer. Sizes and checksums stand in the local headers, there are no data
//! descriptors and no extra fields but Zip64 where sizes ask for it, and no clock is read.

use super::{bytes::Bytes, copy::Packed, directory::Entry};
use crate::formats::FormatError;
use std::io::{self, Write};

/// Writes members one after the other, then the directory.
pub(crate) struct Writer<'o> {
    out: &'o mut dyn Write,
    at: u64,
    directory: Vec<u8>,
    count: u64,
}

impl std::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({} members)", self.count)
    }
}

/// What of an entry is written anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face<'n> {
    /// The name.
    pub(crate) name: &'n [u8],
    /// The comment.
    pub(crate) comment: &'n [u8],
    /// Whether name and comment are marked as UTF-8.
    pub(crate) utf8: bool,
}

impl<'n> Face<'n> {
    /// As the entry has it.
    pub(crate) fn of(entry: &'n Entry) -> Self {
        Self {
            name: &entry.name,
            comment: &entry.comment,
            utf8: entry.flags & 0x800 != 0,
        }
    }
}

const SMALL: u64 = u32::MAX as u64;

fn low32(n: u64) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

fn low16(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes()
}

impl<'o> Writer<'o> {
    /// Writes to `out` from where it stands.
    pub(crate) fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            at: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// A member whose data is copied as it lies in the source.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub(crate) fn copy(
        &mut self,
        bytes: &Bytes<'_>,
        entry: &Entry,
        face: Face<'_>,
    ) -> Result<(), FormatError> {
        self.header(entry, face, entry.packed, entry.size, entry.crc)?;
        let mut data = bytes.stretch(entry.data_at, entry.data_end());
        let n = io::copy(&mut data, &mut *self.out)?;
        if n != entry.packed {
            return Err(FormatError::Corrupt("a member reaches past the end"));
        }
        self.at += n;
        Ok(())
    }

    /// A member with new data.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn packed(
        &mut self,
        entry: &Entry,
        face: Face<'_>,
        packed: &Packed,
    ) -> Result<(), FormatError> {
        let len = packed.data.len();
        self.header(entry, face, len, packed.size, packed.crc)?;
        packed.data.copy(&mut *self.out)?;
        self.at += len;
        Ok(())
    }

    fn header(
        &mut self,
        entry: &Entry,
        face: Face<'_>,
        packed: u64,
        size: u64,
        crc: u32,
    ) -> Result<(), FormatError> {
        if face.name.len() > usize::from(u16::MAX) || face.comment.len() > usize::from(u16::MAX) {
            return Err(FormatError::Limit("length of a member's name"));
        }
        // Bits 1 and 2 tell how it was deflated; all others are gone with what they stood for.
        let flags = (entry.flags & 0x6) | if face.utf8 { 0x800 } else { 0 };
        let wide = packed >= SMALL || size >= SMALL;
        let far = self.at >= SMALL;
        let version: u16 = if wide || far { 45 } else { 20 };
        let mut common = Vec::with_capacity(26);
        common.extend_from_slice(&version.to_le_bytes());
        common.extend_from_slice(&flags.to_le_bytes());
        common.extend_from_slice(&entry.method.to_le_bytes());
        common.extend_from_slice(&entry.time.to_le_bytes());
        common.extend_from_slice(&entry.date.to_le_bytes());
        common.extend_from_slice(&crc.to_le_bytes());
        common.extend_from_slice(&low32(if wide { SMALL } else { packed }));
        common.extend_from_slice(&low32(if wide { SMALL } else { size }));
        common.extend_from_slice(&low16(face.name.len()));
        let mut sizes = Vec::new();
        if wide {
            sizes.extend_from_slice(&size.to_le_bytes());
            sizes.extend_from_slice(&packed.to_le_bytes());
        }
        let mut head = b"PK\x03\x04".to_vec();
        head.extend_from_slice(&common);
        head.extend_from_slice(&low16(if wide { 20 } else { 0 }));
        head.extend_from_slice(face.name);
        zip64_extra(&mut head, &sizes);

        let dir = &mut self.directory;
        dir.extend_from_slice(b"PK\x01\x02");
        dir.extend_from_slice(&entry.made_by.to_le_bytes());
        dir.extend_from_slice(&common);
        if far {
            sizes.extend_from_slice(&self.at.to_le_bytes());
        }
        let extra = if sizes.is_empty() { 0 } else { sizes.len() + 4 };
        dir.extend_from_slice(&low16(extra));
        dir.extend_from_slice(&low16(face.comment.len()));
        dir.extend_from_slice(&[0; 2]);
        dir.extend_from_slice(&entry.internal.to_le_bytes());
        dir.extend_from_slice(&entry.external.to_le_bytes());
        dir.extend_from_slice(&low32(if far { SMALL } else { self.at }));
        dir.extend_from_slice(face.name);
        zip64_extra(dir, &sizes);
        dir.extend_from_slice(face.comment);

        self.out.write_all(&head)?;
        self.at += head.len() as u64;
        self.count += 1;
        Ok(())
    }

    /// The directory and the archive's comment.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn finish(self, comment: &[u8]) -> Result<(), FormatError> {
        let (size, at) = (self.directory.len() as u64, self.at);
        self.out.write_all(&self.directory)?;
        let mut end = Vec::new();
        if self.count >= 0xFFFF || size >= SMALL || at >= SMALL {
            end.extend_from_slice(b"PK\x06\x06");
            end.extend_from_slice(&44u64.to_le_bytes());
            end.extend_from_slice(&[45, 0, 45, 0]);
            end.extend_from_slice(&[0; 8]);
            for n in [self.count, self.count, size, at] {
                end.extend_from_slice(&n.to_le_bytes());
            }
            end.extend_from_slice(b"PK\x06\x07");
            end.extend_from_slice(&[0; 4]);
            end.extend_from_slice(&(at + size).to_le_bytes());
            end.extend_from_slice(&1u32.to_le_bytes());
        }
        let count = low16(usize::try_from(self.count).unwrap_or(usize::MAX));
        end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        end.extend_from_slice(&count);
        end.extend_from_slice(&count);
        end.extend_from_slice(&low32(size));
        end.extend_from_slice(&low32(at));
        let comment = comment.get(..usize::from(u16::MAX)).unwrap_or(comment);
        end.extend_from_slice(&low16(comment.len()));
        end.extend_from_slice(comment);
        self.out.write_all(&end)?;
        Ok(())
    }
}

fn zip64_extra(to: &mut Vec<u8>, sizes: &[u8]) {
    if !sizes.is_empty() {
        to.extend_from_slice(&1u16.to_le_bytes());
        to.extend_from_slice(&low16(sizes.len()));
        to.extend_from_slice(sizes);
    }
}
