//! The directory of a zip file: which members there are and where their bytes lie.
//!
//! Standard: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3 (Zip64).

use super::bytes::Bytes;
use crate::formats::{
    FormatError, Limits,
    le::{u16_at, u32_at, u64_at},
};

/// One entry of the central directory, with where its data lies.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The name's bytes.
    pub(crate) name: Vec<u8>,
    /// The name in the local header, when it is another.
    pub(crate) local_name: Option<Vec<u8>>,
    /// The comment's bytes.
    pub(crate) comment: Vec<u8>,
    /// Names and comments kept a second time in extra fields (0x7075, 0x6375), when they differ.
    pub(crate) extra_texts: Vec<Vec<u8>>,
    /// Whether an extra field is there that is not one of the plain, known ones.
    pub(crate) odd_extra: bool,
    /// What such fields hold.
    pub(crate) odd: Vec<u8>,
    /// Version made by.
    pub(crate) made_by: u16,
    /// General purpose flags.
    pub(crate) flags: u16,
    /// Compression method.
    pub(crate) method: u16,
    /// DOS time.
    pub(crate) time: u16,
    /// DOS date.
    pub(crate) date: u16,
    /// Checksum of the expanded bytes.
    pub(crate) crc: u32,
    /// Packed bytes.
    pub(crate) packed: u64,
    /// Expanded bytes, as declared.
    pub(crate) size: u64,
    /// Internal attributes.
    pub(crate) internal: u16,
    /// External attributes.
    pub(crate) external: u32,
    /// Where the local header begins.
    pub(crate) header_at: u64,
    /// Where the data begins.
    pub(crate) data_at: u64,
}

impl Entry {
    /// Whether the data is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0 || self.method == 99
    }

    /// Whether it stands for a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.size == 0 && self.name.last().is_some_and(|&b| b == b'/' || b == b'\\')
    }

    fn note_odd(&mut self, data: &[u8]) {
        self.odd_extra = true;
        self.odd.extend_from_slice(data);
        self.odd.push(0);
    }

    /// One past the last byte of its data.
    pub(crate) fn data_end(&self) -> u64 {
        self.data_at.saturating_add(self.packed)
    }
}

/// All entries in the order of the central directory, and what lies between them.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// The entries.
    pub(crate) entries: Vec<Entry>,
    /// The archive's comment.
    pub(crate) comment: Vec<u8>,
    /// Bytes that belong to nothing (`start`, `end`), but for padding with zeros.
    pub(crate) strays: Vec<(u64, u64)>,
}

const DAMAGED: FormatError = FormatError::Corrupt("zip directory");

/// Where the central directory lies.
struct End {
    /// First byte of the directory.
    start: u64,
    /// One past its last byte.
    stop: u64,
    /// What must be added to offsets, when something stands before the archive.
    shift: u64,
    /// First byte of the end records, and one past the last.
    tail: (u64, u64),
    comment: Vec<u8>,
}

impl Directory {
    /// Reads the directory and checks that no two entries share bytes.
    ///
    /// # Errors
    /// `Corrupt` for a directory that does not hold together or entries that overlap; `Limit` for too
    /// many entries or too long a name.
    pub(crate) fn read(bytes: &Bytes<'_>, limits: &Limits) -> Result<Self, FormatError> {
        let end = find_end(bytes)?;
        if end.stop - end.start > limits.held_bytes {
            return Err(FormatError::Limit("size of the zip directory"));
        }
        let raw = bytes.vec(end.start, end.stop)?;
        let mut entries = Vec::new();
        let mut spans = Vec::new();
        let mut at = 0;
        while let Some(head) = raw.get(at..).filter(|r| r.starts_with(b"PK\x01\x02")) {
            if entries.len() as u64 >= limits.members {
                return Err(FormatError::Limit("members of one archive"));
            }
            let (mut entry, used) = central(head).ok_or(DAMAGED)?;
            if entry.name.len() > 4096 {
                return Err(FormatError::Limit("length of a member's name"));
            }
            entry.header_at = entry.header_at.checked_add(end.shift).ok_or(DAMAGED)?;
            let stop = local(bytes, &mut entry, end.start)?;
            spans.push((entry.header_at, stop));
            entries.push(entry);
            at += used;
        }
        // A digital signature of the directory may follow the entries; anything else is damage.
        if raw
            .get(at..)
            .is_some_and(|r| !r.is_empty() && !r.starts_with(b"PK\x05\x05"))
        {
            return Err(DAMAGED);
        }
        spans.push((end.start, end.stop));
        spans.push(end.tail);
        let strays = strays(bytes, spans)?;
        Ok(Self {
            entries,
            comment: end.comment,
            strays,
        })
    }
}

fn find_end(bytes: &Bytes<'_>) -> Result<End, FormatError> {
    let len = bytes.len();
    let base = len.saturating_sub(22 + 65_535);
    let tail = bytes.vec(base, len)?;
    for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
        let Some(record) = tail.get(at..) else {
            continue;
        };
        let (Some(comment_len), Some(size), Some(offset), Some(disk)) = (
            u16_at(record, 20),
            u32_at(record, 12),
            u32_at(record, 16),
            u16_at(record, 4),
        ) else {
            continue;
        };
        let Some(comment) = record.get(22..22 + usize::from(comment_len)) else {
            continue;
        };
        let here = base + at as u64;
        let mut end = End {
            start: 0,
            stop: 0,
            shift: 0,
            tail: (here, here + 22 + u64::from(comment_len)),
            comment: comment.to_vec(),
        };
        let (mut size, mut offset) = (u64::from(size), u64::from(offset));
        let mut records = here;
        if let Some((z_at, z_size, z_offset)) = zip64(bytes, here)? {
            (records, size, offset) = (z_at, z_size, z_offset);
            end.tail.0 = z_at;
        } else if disk != 0 && disk != 0xFFFF {
            return Err(FormatError::Unsupported("zip in several volumes"));
        }
        let Some(start) = records.checked_sub(size) else {
            continue;
        };
        let Some(shift) = start.checked_sub(offset) else {
            continue;
        };
        if size > 0 && bytes.array::<4>(start)? != Some(*b"PK\x01\x02") {
            continue;
        }
        (end.start, end.stop, end.shift) = (start, records, shift);
        return Ok(end);
    }
    Err(FormatError::Corrupt("no zip directory"))
}

/// The Zip64 end record: where it lies, the directory's size and offset.
fn zip64(bytes: &Bytes<'_>, end: u64) -> Result<Option<(u64, u64, u64)>, FormatError> {
    let Some(at) = end.checked_sub(20) else {
        return Ok(None);
    };
    let Some(locator) = bytes
        .array::<20>(at)?
        .filter(|l| l.starts_with(b"PK\x06\x07"))
    else {
        return Ok(None);
    };
    let said = u64_at(&locator, 8).ok_or(DAMAGED)?;
    // With something before the archive the record lies right before its locator.
    for place in [said, at.saturating_sub(56)] {
        if let Some(record) = bytes
            .array::<56>(place)?
            .filter(|r| r.starts_with(b"PK\x06\x06"))
        {
            let size = u64_at(&record, 40).ok_or(DAMAGED)?;
            let offset = u64_at(&record, 48).ok_or(DAMAGED)?;
            return Ok(Some((place, size, offset)));
        }
    }
    Err(DAMAGED)
}

/// Reads one entry of the central directory; gives its length there too.
fn central(head: &[u8]) -> Option<(Entry, usize)> {
    let (name_len, extra_len, comment_len) = (
        usize::from(u16_at(head, 28)?),
        usize::from(u16_at(head, 30)?),
        usize::from(u16_at(head, 32)?),
    );
    let name = head.get(46..46 + name_len)?;
    let extra = head.get(46 + name_len..46 + name_len + extra_len)?;
    let used = 46 + name_len + extra_len + comment_len;
    let comment = head.get(46 + name_len + extra_len..used)?;
    let mut entry = Entry {
        name: name.to_vec(),
        local_name: None,
        comment: comment.to_vec(),
        extra_texts: Vec::new(),
        odd_extra: false,
        odd: Vec::new(),
        made_by: u16_at(head, 4)?,
        flags: u16_at(head, 8)?,
        method: u16_at(head, 10)?,
        time: u16_at(head, 12)?,
        date: u16_at(head, 14)?,
        crc: u32_at(head, 16)?,
        packed: u64::from(u32_at(head, 20)?),
        size: u64::from(u32_at(head, 24)?),
        internal: u16_at(head, 36)?,
        external: u32_at(head, 38)?,
        header_at: u64::from(u32_at(head, 42)?),
        data_at: 0,
    };
    extras(extra, &mut entry, true)?;
    Some((entry, used))
}

/// Extra fields: Zip64 sizes are taken where they are believed, texts kept, unknown ones noted.
fn extras(mut extra: &[u8], entry: &mut Entry, sizes: bool) -> Option<()> {
    while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(data) = extra.get(4..4 + usize::from(len)) else {
            break;
        };
        match id {
            0x0001 if !sizes => {}
            0x0001 => {
                let mut at = 0;
                for field in [&mut entry.size, &mut entry.packed, &mut entry.header_at] {
                    if *field == u64::from(u32::MAX) {
                        *field = u64_at(data, at)?;
                        at += 8;
                    }
                }
            }
            // Unicode copies of the name and of the comment: version, checksum, UTF-8.
            0x7075 | 0x6375 => {
                let text = data.get(5..).unwrap_or_default();
                if text != entry.name && text != entry.comment {
                    entry.extra_texts.push(text.to_vec());
                }
            }
            // Times, owners, NTFS times, Unix, jar mark, Android padding, package growth.
            // None of them has more than the times of NTFS take, but for growth, which is zeros.
            0x5455 | 0x7875 | 0x000A | 0x5855 | 0x7855 | 0xCAFE | 0xD935 | 0xA220
                if data.len() <= 36 || data.iter().skip(4).all(|b| *b == 0) => {}
            _ => entry.note_odd(data),
        }
        extra = extra.get(4 + usize::from(len)..).unwrap_or_default();
    }
    if extra.iter().any(|b| *b != 0) {
        entry.note_odd(extra);
    }
    Some(())
}

/// Reads the local header; gives one past the last byte that belongs to the entry.
fn local(bytes: &Bytes<'_>, entry: &mut Entry, limit: u64) -> Result<u64, FormatError> {
    let bad = FormatError::Corrupt("local header of a member");
    let Some(head) = bytes
        .array::<30>(entry.header_at)?
        .filter(|h| h.starts_with(b"PK\x03\x04"))
    else {
        return Err(bad);
    };
    let (Some(flags), Some(name_len), Some(extra_len)) =
        (u16_at(&head, 6), u16_at(&head, 26), u16_at(&head, 28))
    else {
        return Err(bad);
    };
    let name_at = entry.header_at + 30;
    let name_end = name_at + u64::from(name_len);
    let name = bytes.vec(name_at, name_end)?;
    if name != entry.name {
        entry.local_name = Some(name);
    }
    entry.data_at = name_end + u64::from(extra_len);
    let extra = bytes.vec(name_end, entry.data_at)?;
    extras(&extra, entry, false).ok_or(DAMAGED)?;
    let end = entry.data_end();
    if end > limit {
        return Err(FormatError::Corrupt("a member reaches past the end"));
    }
    if flags & 8 == 0 {
        return Ok(end);
    }
    Ok(end + descriptor(&bytes.vec(end, (end + 24).min(limit))?, entry))
}

/// Length of the data descriptor at the start of `after`.
fn descriptor(after: &[u8], entry: &Entry) -> u64 {
    let mark = if after.starts_with(b"PK\x07\x08") {
        4
    } else {
        0
    };
    if u32_at(after, mark) != Some(entry.crc) {
        return 0;
    }
    let long = u64_at(after, mark + 4) == Some(entry.packed)
        && u64_at(after, mark + 12) == Some(entry.size);
    let short = u32_at(after, mark + 4).map(u64::from) == Some(entry.packed)
        && u32_at(after, mark + 8).map(u64::from) == Some(entry.size);
    match (short, long) {
        (true, _) => mark as u64 + 12,
        (_, true) => mark as u64 + 20,
        _ => 0,
    }
}

/// Bytes in no span that are not just zeros.
///
/// # Errors
/// `Corrupt` when two spans overlap.
fn strays(bytes: &Bytes<'_>, mut spans: Vec<(u64, u64)>) -> Result<Vec<(u64, u64)>, FormatError> {
    spans.sort_unstable();
    let mut out = Vec::new();
    let mut at = 0;
    for (start, end) in spans {
        if start < at {
            return Err(FormatError::Corrupt("members that share bytes"));
        }
        if start > at && !zeros(bytes, at, start)? {
            out.push((at, start));
        }
        at = end;
    }
    if at < bytes.len() && !zeros(bytes, at, bytes.len())? {
        out.push((at, bytes.len()));
    }
    Ok(out)
}

fn zeros(bytes: &Bytes<'_>, start: u64, end: u64) -> Result<bool, FormatError> {
    use std::io::Read;
    let mut reader = bytes.stretch(start, end);
    let mut buf = [0; 4096];
    loop {
        match reader.read(&mut buf)? {
            0 => return Ok(true),
            n if buf.iter().take(n).any(|&b| b != 0) => return Ok(false),
            _ => {}
        }
    }
}
