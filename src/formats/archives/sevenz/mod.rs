//! 7z archives.
//!
//! Read: every member, in the order of the archive, unpacked once; names are text. Methods: copy, LZMA, LZMA2,
//! deflate, bzip2, delta and the branch filters, and AES under one of the user's passwords; not `PPMd` and BCJ2. An
//! archive that a password opened has no copy. Written: an archive with
//! the same entries, times and attributes, each file in LZMA2 by itself, when anything changes. It is held in
//! memory until it is whole.

mod crypt;
mod header;
mod unpack;
mod write;

use super::{bytes::Bytes, packed::damaged};
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::{FormatId, GapKind, Name, Step};
use crypt::Keys;
use header::{Entry, Header};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use write::Writer;

const MAGIC: &[u8; 6] = b"7z\xBC\xAF\x27\x1C";
/// Bytes before the packed streams.
const START: u64 = 32;
/// Longest header.
const HEADER: u64 = 64 << 20;

/// 7z archives.
#[derive(Debug, Clone, Copy)]
pub struct SevenZip;

impl Format for SevenZip {
    fn id(&self) -> FormatId {
        "7z"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        if head.starts_with(MAGIC) {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        cx.read(bytes.len());
        let limits = cx.limits;
        let keys = Keys::new(&limits.passwords);
        let (header, end) = read_header(&bytes, &keys, cx)?;
        let mut run = Run {
            bytes: &bytes,
            header: &header,
            keys: &keys,
            writer: out.is_some().then(Writer::default),
            changed: header.odd || end < bytes.len(),
        };
        if end < bytes.len() {
            let at = [Step::Field(format!("$bytes[{end}]"))];
            if out.is_none() {
                cx.gap(&at, GapKind::Opaque, "bytes behind the archive");
            }
            let rest = bytes.vec(end, bytes.len().min(end + cx.limits.held_bytes))?;
            crate::formats::strings::sweep(&rest, &at, cx);
        }
        run.all(cx)?;
        match (out, run.writer) {
            (Some(out), Some(writer)) if run.changed => writer.finish(out)?,
            (Some(out), _) => drop(io::copy(&mut bytes.stretch(0, bytes.len()), out)?),
            (None, _) => {}
        }
        Ok(())
    }
}

/// The header, and where the archive ends.
fn read_header(
    bytes: &Bytes<'_>,
    keys: &Keys<'_>,
    cx: &mut Cx<'_>,
) -> Result<(Header, u64), FormatError> {
    let bad = FormatError::Corrupt("7z header");
    let start: [u8; 32] = bytes.array(0)?.ok_or(FormatError::Corrupt("7z header"))?;
    let word = |at: usize| {
        start
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |b| u64::from_le_bytes(*b))
    };
    let crc = |at: usize| {
        start
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |b| u32::from_le_bytes(*b))
    };
    if crc32fast::hash(start.get(12..).unwrap_or_default()) != crc(8) {
        return Err(bad);
    }
    let (offset, size) = (word(12), word(20));
    let at = START
        .checked_add(offset)
        .ok_or(FormatError::Corrupt("7z header"))?;
    let end = at.checked_add(size).filter(|e| *e <= bytes.len());
    let end = end.ok_or(FormatError::Corrupt("an archive that is cut off"))?;
    if size == 0 {
        return Ok((Header::default(), end));
    }
    if size > HEADER {
        return Err(FormatError::Limit("length of a 7z header"));
    }
    let mut raw = bytes.vec(at, end)?;
    if crc32fast::hash(&raw) != crc(28) {
        return Err(bad);
    }
    // A header that is packed may be packed again.
    for _ in 0..4 {
        let header = header::read(&raw, cx.limits.members)?;
        if !header.encoded {
            return Ok((header, end));
        }
        let ([folder], Some(&packed)) = (header.folders.as_slice(), header.packed.first()) else {
            return Err(bad);
        };
        let size = folder.files.first().copied().unwrap_or(0);
        if size > HEADER {
            return Err(FormatError::Limit("length of a 7z header"));
        }
        let from = START.saturating_add(header.packed_at);
        let stretch = || bytes.stretch(from, from.saturating_add(packed));
        let mut reader = keys.folder(folder, cx.room(), cx.clock(), stretch)?;
        let want = folder.crcs.first().copied().flatten();
        let mut file = unpack::File::new(&mut *reader, size, want);
        raw = Vec::new();
        file.read_to_end(&mut raw)?;
        cx.spend(raw.len() as u64)?;
    }
    Err(bad)
}

struct Run<'r> {
    bytes: &'r Bytes<'r>,
    header: &'r Header,
    keys: &'r Keys<'r>,
    writer: Option<Writer>,
    changed: bool,
}

impl Run<'_> {
    fn all(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let header = self.header;
        let mut entries = header.entries.iter();
        let mut at = START.saturating_add(header.packed_at);
        let mut packed = header.packed.iter().copied();
        for folder in &header.folders {
            // A folder that takes several streams has as many lengths.
            let mut len = 0_u64;
            for _ in 0..folder.streams() {
                len = len.saturating_add(packed.next().unwrap_or(0));
            }
            let (bytes, from) = (self.bytes, at);
            at = at.saturating_add(len);
            let mut room = cx.room();
            let mut reader = self.keys.folder(folder, room, cx.clock(), || {
                io::BufReader::new(bytes.stretch(from, from.saturating_add(len)))
            });
            if self.writer.is_some() && self.keys.used() {
                return Err(FormatError::Withheld(
                    GapKind::Encrypted,
                    "a copy would not be encrypted as its source is".into(),
                ));
            }
            for (&size, &want) in folder.files.iter().zip(&folder.crcs) {
                // Entries without bytes stand between those with.
                let entry = loop {
                    match entries.next() {
                        Some(entry) if entry.filled => break entry,
                        Some(entry) => self.empty(entry, cx)?,
                        None => return Err(FormatError::Corrupt("7z header")),
                    }
                };
                let shown = Name::from(entry.name.as_str());
                match &mut reader {
                    Ok(reader) => {
                        let bounds = Bounds {
                            size,
                            want,
                            packed: len,
                            room,
                        };
                        self.file(entry, &shown, &mut **reader, &bounds, cx)?;
                        room = room.saturating_sub(size);
                    }
                    Err(e) => {
                        cx.unread(&shown, size, e)?;
                        if self.writer.is_some() {
                            return Err(FormatError::Withheld(e.kind(), e.to_string()));
                        }
                    }
                }
            }
        }
        for entry in entries {
            if entry.filled {
                return Err(FormatError::Corrupt("7z header"));
            }
            self.empty(entry, cx)?;
        }
        Ok(())
    }

    /// The entry with the name to be written.
    fn renamed(&mut self, entry: &Entry, cx: &mut Cx<'_>) -> Result<Entry, FormatError> {
        let shown = Name::from(entry.name.as_str());
        let at = [Step::Member(shown.clone()), Step::Name];
        let hit = !cx.string(&at, &entry.name, None).is_empty();
        let mut new = entry.clone();
        if self.writer.is_some() {
            let name = cx.rename(&shown);
            if name != shown {
                new.name = name.text().into_owned();
                self.changed = true;
            } else if hit {
                return Err(FormatError::Withheld(
                    GapKind::Opaque,
                    "a member's name could not be changed".into(),
                ));
            }
        }
        Ok(new)
    }

    fn empty(&mut self, entry: &Entry, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let entry = self.renamed(entry, cx)?;
        match &mut self.writer {
            Some(writer) => writer.add(entry, None, cx.limits.held_bytes),
            None => Ok(()),
        }
    }

    fn file(
        &mut self,
        entry: &Entry,
        shown: &Name,
        reader: &mut dyn Read,
        bounds: &Bounds,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let new = self.renamed(entry, cx)?;
        let held = cx.limits.held_bytes;
        let mut file = unpack::File::new(reader, bounds.size, bounds.want);
        if let Err(e) = cx.allow(bounds.size, bounds.packed) {
            cx.unread(shown, bounds.size, &e)?;
            return Err(e);
        }
        if bounds.size > bounds.room {
            return Err(FormatError::Limit("expanded bytes of one file"));
        }
        let mut copy = Copy {
            held,
            ..Copy::default()
        };
        let writing = self.writer.is_some();
        let result = {
            let mut tee = Tee {
                inner: &mut file,
                crc: crc32fast::Hasher::new(),
            };
            let result = match Source::stream(&mut tee) {
                Ok(mut source) => cx.member(
                    shown,
                    &mut source,
                    writing.then_some(&mut copy as &mut dyn Output),
                ),
                Err(e) => {
                    cx.unread(shown, bounds.size, &e)?;
                    Err(e)
                }
            };
            // The next member begins behind this one.
            let rest = io::copy(&mut tee, &mut io::sink()).map_err(damaged);
            let before = tee.crc.finalize();
            result.and(rest.map(|_| before).map_err(FormatError::from))
        };
        cx.spend(bounds.size)?;
        let before = match result {
            Ok(before) => before,
            Err(e @ FormatError::Corrupt(_)) if !writing => {
                cx.gap(&[], e.kind(), &e.to_string());
                return Err(e);
            }
            Err(e) => return Err(e),
        };
        if let Some(writer) = &mut self.writer {
            let data = copy.inner.into_inner();
            self.changed |= data.len() as u64 != bounds.size || crc32fast::hash(&data) != before;
            writer.add(new, Some(&data), held)?;
        }
        Ok(())
    }
}

/// What is known of a file before it is unpacked.
struct Bounds {
    size: u64,
    want: Option<u32>,
    /// Packed bytes of its folder.
    packed: u64,
    /// Bytes that the whole file may still give.
    room: u64,
}

/// Adds up the checksum of what goes through.
struct Tee<'r> {
    inner: &'r mut dyn Read,
    crc: crc32fast::Hasher,
}

impl Read for Tee<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.crc.update(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The copy of a member, held in memory.
#[derive(Debug, Default)]
struct Copy {
    inner: Cursor<Vec<u8>>,
    held: u64,
}

impl Write for Copy {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.inner.get_ref().len() as u64 + buf.len() as u64 > self.held {
            return Err(io::Error::other(FormatError::Limit("bytes held in memory")));
        }
        self.inner.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Copy {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests;
