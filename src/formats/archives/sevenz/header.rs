//! The headers of a 7z archive: which files there are, how they are packed.
//!
//! Format: 7zFormat.txt of the LZMA SDK 22.01. Nothing is allocated by a declared number before as many bytes
//! were read.

use crate::formats::FormatError;

const DAMAGED: FormatError = FormatError::Corrupt("7z header");

/// A coder of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coder {
    /// Its method.
    pub(super) id: Vec<u8>,
    /// Its properties.
    pub(super) properties: Vec<u8>,
    inputs: u64,
    outputs: u64,
}

/// A folder: a stretch of packed bytes and the coders that unpack it, the last one first applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    /// The coders.
    pub(super) coders: Vec<Coder>,
    /// Bytes behind each coder.
    pub(super) sizes: Vec<u64>,
    /// Whether its coders are a plain chain over one packed stream.
    pub(super) chain: bool,
    /// Order of the coders from the packed bytes on.
    pub(super) order: Vec<usize>,
    packed_streams: u64,
    /// Checksum of all of it.
    pub(super) crc: Option<u32>,
    /// Lengths of the files in it.
    pub(super) files: Vec<u64>,
    /// Checksums of those.
    pub(super) crcs: Vec<Option<u32>>,
}

impl Folder {
    /// Packed streams that it takes.
    pub(super) fn streams(&self) -> u64 {
        self.packed_streams
    }
}

/// A file or folder of the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: String,
    /// It has bytes.
    pub(super) filled: bool,
    /// It is a folder.
    pub(super) folder: bool,
    /// Time of its last change and its attributes, as they are.
    pub(super) modified: Option<u64>,
    pub(super) attributes: Option<u32>,
}

/// What the header says.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Where the packed streams begin, from the end of the signature header.
    pub(super) packed_at: u64,
    /// Lengths of the packed streams.
    pub(super) packed: Vec<u64>,
    /// The folders, in order.
    pub(super) folders: Vec<Folder>,
    /// The entries, in order.
    pub(super) entries: Vec<Entry>,
    /// The header itself is packed: its folder is the only one.
    pub(super) encoded: bool,
    /// Whether there are properties that are not known.
    pub(super) odd: bool,
}

/// Reads along bytes.
struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn take(&mut self, n: u64) -> Result<&'b [u8], FormatError> {
        let n = usize::try_from(n).map_err(|_| DAMAGED)?;
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, FormatError> {
        self.take(1)?.first().copied().ok_or(DAMAGED)
    }

    fn u32(&mut self) -> Result<u32, FormatError> {
        let raw = self.take(4)?.first_chunk().ok_or(DAMAGED)?;
        Ok(u32::from_le_bytes(*raw))
    }

    fn u64(&mut self) -> Result<u64, FormatError> {
        let raw = self.take(8)?.first_chunk().ok_or(DAMAGED)?;
        Ok(u64::from_le_bytes(*raw))
    }

    /// A number: the first byte's leading ones say how many follow.
    fn number(&mut self) -> Result<u64, FormatError> {
        let first = self.byte()?;
        let extra = first.leading_ones();
        let mut out = 0_u64;
        for i in 0..extra {
            out |= u64::from(self.byte()?) << (8 * i);
        }
        if extra < 7 {
            let high = u64::from(first) & ((1 << (7 - extra)) - 1);
            out |= high << (8 * extra);
        }
        Ok(out)
    }

    /// A number of things that take at least a byte each, or a bit.
    fn count(&mut self, of: u64) -> Result<u64, FormatError> {
        let n = self.number()?;
        if n > of.max(self.rest.len() as u64 * 8) {
            return Err(DAMAGED);
        }
        Ok(n)
    }

    fn bits(&mut self, n: u64) -> Result<Vec<bool>, FormatError> {
        let raw = self.take(n.div_ceil(8))?;
        Ok((0..n)
            .map(|i| {
                let byte = usize::try_from(i / 8).ok().and_then(|i| raw.get(i));
                byte.is_some_and(|b| b >> (7 - i % 8) & 1 == 1)
            })
            .collect())
    }

    /// Which of `n` things something is said of.
    fn defined(&mut self, n: u64) -> Result<Vec<bool>, FormatError> {
        if self.byte()? == 0 {
            self.bits(n)
        } else {
            Ok(vec![true; usize::try_from(n).map_err(|_| DAMAGED)?])
        }
    }

    fn digests(&mut self, n: u64) -> Result<Vec<Option<u32>>, FormatError> {
        let defined = self.defined(n)?;
        defined
            .into_iter()
            .map(|d| d.then(|| self.u32()).transpose())
            .collect()
    }
}

/// Reads a header that is not packed.
///
/// # Errors
/// `Corrupt` for what does not hold together, `Limit` for too many entries.
pub(super) fn read(bytes: &[u8], most: u64) -> Result<Header, FormatError> {
    let mut cursor = Cursor { rest: bytes };
    let mut out = Header::default();
    match cursor.byte()? {
        0x17 => {
            out.encoded = true;
            streams(&mut cursor, &mut out)?;
            return Ok(out);
        }
        0x01 => {}
        _ => return Err(DAMAGED),
    }
    let mut id = cursor.byte()?;
    if id == 0x02 {
        // Properties of the archive.
        out.odd = true;
        loop {
            if cursor.byte()? == 0 {
                break;
            }
            let len = cursor.number()?;
            cursor.take(len)?;
        }
        id = cursor.byte()?;
    }
    if id == 0x03 {
        return Err(FormatError::Unsupported(
            "additional streams of a 7z archive",
        ));
    }
    if id == 0x04 {
        streams(&mut cursor, &mut out)?;
        id = cursor.byte()?;
    }
    if id == 0x05 {
        files(&mut cursor, &mut out, most)?;
        id = cursor.byte()?;
    }
    if id == 0 { Ok(out) } else { Err(DAMAGED) }
}

fn streams(cursor: &mut Cursor<'_>, out: &mut Header) -> Result<(), FormatError> {
    let mut id = cursor.byte()?;
    if id == 0x06 {
        out.packed_at = cursor.number()?;
        let n = cursor.count(0)?;
        loop {
            match cursor.byte()? {
                0 => break,
                0x09 => {
                    for _ in 0..n {
                        out.packed.push(cursor.number()?);
                    }
                }
                0x0A => drop(cursor.digests(n)?),
                _ => return Err(DAMAGED),
            }
        }
        id = cursor.byte()?;
    }
    if id == 0x07 {
        folders(cursor, out)?;
        id = cursor.byte()?;
    }
    for folder in &mut out.folders {
        folder.files = vec![folder.sizes.last().copied().unwrap_or(0)];
        if let Some(&last) = folder.order.last() {
            folder.files = vec![folder.sizes.get(last).copied().unwrap_or(0)];
        }
        folder.crcs = vec![folder.crc];
    }
    if id == 0x08 {
        substreams(cursor, out)?;
        id = cursor.byte()?;
    }
    if id == 0 { Ok(()) } else { Err(DAMAGED) }
}

fn folders(cursor: &mut Cursor<'_>, out: &mut Header) -> Result<(), FormatError> {
    if cursor.byte()? != 0x0B {
        return Err(DAMAGED);
    }
    let n = cursor.count(0)?;
    if cursor.byte()? != 0 {
        return Err(FormatError::Unsupported("external streams of a 7z archive"));
    }
    for _ in 0..n {
        out.folders.push(folder(cursor)?);
    }
    if cursor.byte()? != 0x0C {
        return Err(DAMAGED);
    }
    for folder in &mut out.folders {
        let outputs: u64 = folder.coders.iter().map(|c| c.outputs).sum();
        for _ in 0..outputs {
            folder.sizes.push(cursor.number()?);
        }
    }
    loop {
        match cursor.byte()? {
            0 => return Ok(()),
            0x0A => {
                let digests = cursor.digests(out.folders.len() as u64)?;
                for (folder, crc) in out.folders.iter_mut().zip(digests) {
                    folder.crc = crc;
                }
            }
            _ => return Err(DAMAGED),
        }
    }
}

fn folder(cursor: &mut Cursor<'_>) -> Result<Folder, FormatError> {
    let mut out = Folder::default();
    let n = cursor.number()?;
    if n == 0 || n > 32 {
        return Err(DAMAGED);
    }
    for _ in 0..n {
        let flags = cursor.byte()?;
        let id = cursor.take(u64::from(flags & 15))?.to_vec();
        let (inputs, outputs) = if flags & 0x10 == 0 {
            (1, 1)
        } else {
            (cursor.number()?, cursor.number()?)
        };
        if inputs > 32 || outputs > 32 || flags & 0x80 != 0 {
            return Err(DAMAGED);
        }
        let properties = if flags & 0x20 == 0 {
            Vec::new()
        } else {
            let len = cursor.number()?;
            cursor.take(len)?.to_vec()
        };
        out.coders.push(Coder {
            id,
            properties,
            inputs,
            outputs,
        });
    }
    let inputs: u64 = out.coders.iter().map(|c| c.inputs).sum();
    let outputs: u64 = out.coders.iter().map(|c| c.outputs).sum();
    let bonds = outputs.checked_sub(1).ok_or(DAMAGED)?;
    let mut pairs = Vec::new();
    for _ in 0..bonds {
        pairs.push((cursor.number()?, cursor.number()?));
    }
    out.packed_streams = inputs.checked_sub(bonds).ok_or(DAMAGED)?;
    if out.packed_streams > 1 {
        for _ in 0..out.packed_streams {
            cursor.number()?;
        }
    }
    out.chain =
        out.packed_streams == 1 && out.coders.iter().all(|c| c.inputs == 1 && c.outputs == 1);
    if out.chain {
        // The first is the one whose input is no other's output; then along the pairs (input, output).
        let mut at = (0..n)
            .find(|i| pairs.iter().all(|p| p.0 != *i))
            .ok_or(DAMAGED)?;
        for _ in 0..n {
            out.order.push(usize::try_from(at).map_err(|_| DAMAGED)?);
            match pairs.iter().find(|p| p.1 == at) {
                Some(pair) => at = pair.0,
                None => break,
            }
        }
        if out.order.len() as u64 != n {
            return Err(DAMAGED);
        }
    }
    Ok(out)
}

fn substreams(cursor: &mut Cursor<'_>, out: &mut Header) -> Result<(), FormatError> {
    let mut id = cursor.byte()?;
    let mut counts = vec![1; out.folders.len()];
    if id == 0x0D {
        for count in &mut counts {
            // Files in a folder are named further on, a byte each at the least.
            *count = cursor.count(0)?;
        }
        id = cursor.byte()?;
    }
    let sized = id == 0x09;
    for (folder, &count) in out.folders.iter_mut().zip(&counts) {
        let whole = folder.files.first().copied().unwrap_or(0);
        let mut left = whole;
        let mut files = Vec::new();
        for i in 0..count {
            let size = if i + 1 == count {
                left
            } else if sized {
                cursor.number()?
            } else {
                return Err(DAMAGED);
            };
            left = left.checked_sub(size).ok_or(DAMAGED)?;
            files.push(size);
        }
        folder.files = files;
        let kept = folder.crc.filter(|_| count == 1);
        folder.crcs = vec![kept; folder.files.len()];
    }
    if sized {
        id = cursor.byte()?;
    }
    loop {
        match id {
            0 => return Ok(()),
            0x0A => {
                let missing = |f: &Folder| f.crcs.len() != 1 || f.crc.is_none();
                let n: usize = out
                    .folders
                    .iter()
                    .filter(|f| missing(f))
                    .map(|f| f.files.len())
                    .sum();
                let mut digests = cursor.digests(n as u64)?.into_iter();
                for folder in out.folders.iter_mut().filter(|f| missing(f)) {
                    for crc in &mut folder.crcs {
                        *crc = digests.next().flatten();
                    }
                }
            }
            _ => return Err(DAMAGED),
        }
        id = cursor.byte()?;
    }
}

fn files(cursor: &mut Cursor<'_>, out: &mut Header, most: u64) -> Result<(), FormatError> {
    let n = cursor.count(0)?;
    if n > most {
        return Err(FormatError::Limit("members of one archive"));
    }
    let count = usize::try_from(n).map_err(|_| DAMAGED)?;
    out.entries = vec![
        Entry {
            filled: true,
            ..Entry::default()
        };
        count
    ];
    let (mut empty, mut empty_files) = (vec![false; count], Vec::new());
    loop {
        let id = cursor.byte()?;
        if id == 0 {
            break;
        }
        let len = cursor.number()?;
        let mut part = Cursor {
            rest: cursor.take(len)?,
        };
        match id {
            0x0E => empty = part.bits(n)?,
            0x0F => {
                let n = empty.iter().filter(|e| **e).count() as u64;
                empty_files = part.bits(n)?;
            }
            0x11 => names(&mut part, out)?,
            0x14 => {
                let defined = part.defined(n)?;
                if part.byte()? != 0 {
                    return Err(DAMAGED);
                }
                for (entry, _) in out.entries.iter_mut().zip(defined).filter(|(_, d)| *d) {
                    entry.modified = Some(part.u64()?);
                }
            }
            0x15 => {
                let defined = part.defined(n)?;
                if part.byte()? != 0 {
                    return Err(DAMAGED);
                }
                for (entry, _) in out.entries.iter_mut().zip(defined).filter(|(_, d)| *d) {
                    entry.attributes = Some(part.u32()?);
                }
            }
            // Other times, padding.
            0x12 | 0x13 | 0x19 => {}
            _ => out.odd = true,
        }
    }
    let mut kinds = empty_files.into_iter();
    for (entry, empty) in out.entries.iter_mut().zip(empty) {
        if empty {
            entry.filled = false;
            entry.folder = !kinds.next().unwrap_or(false);
        }
    }
    Ok(())
}

fn names(part: &mut Cursor<'_>, out: &mut Header) -> Result<(), FormatError> {
    if part.byte()? != 0 {
        return Err(FormatError::Unsupported("external names of a 7z archive"));
    }
    for entry in &mut out.entries {
        let mut units = Vec::new();
        loop {
            let unit = part
                .take(2)?
                .first_chunk()
                .map_or(0, |u| u16::from_le_bytes(*u));
            if unit == 0 {
                break;
            }
            units.push(unit);
            if units.len() > 4096 {
                return Err(FormatError::Limit("length of a member's name"));
            }
        }
        entry.name = String::from_utf16_lossy(&units);
    }
    Ok(())
}
