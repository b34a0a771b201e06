//! Memo files of tables: `.dbt` (dBASE III, IV and later) and `.fpt` (`FoxPro`).
//!
//! They are read on their own, block by block from start to end, so that memos which no record leads to
//! any more, free blocks and what is left behind the end of a memo are seen as well.
//!
//! Written: masks have the bytes of the value, so that every memo stays where its record looks for it.
//! What lies behind the end of a memo in its last block, and blocks that hold no memo, are overwritten
//! with zeros. Objects and pictures in memos are files inside; a changed one withholds the copy.
//!
//! Sources: the dBASE level 5 memo file description; Microsoft's "Memo File Structure (.FPT)".

use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source,
    archives::bytes::Bytes,
    blocks::{self, Kind as Raw},
    encoding::{Codec, Encoding, Samples, decide},
    feed::HALO,
    fixed::same_length,
};
use crate::model::{Charset, FormatId, GapKind, Name};
use std::io::Cursor;

/// Memo files of one of the two kinds.
#[derive(Debug, Clone, Copy)]
pub struct Memo {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dbase,
    Fox,
}

/// Bytes of the header of either.
const HEADER: u64 = 512;
/// Bytes of a memo that are read at a time.
const PIECE: u64 = 1 << 20;

impl Memo {
    /// Of dBASE.
    pub const DBT: Self = Self { kind: Kind::Dbase };
    /// Of `FoxPro`.
    pub const FPT: Self = Self { kind: Kind::Fox };
}

/// How the blocks of a file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Text up to byte 0x1A, no header.
    Three,
    /// `FF FF 08 00`, length with these eight bytes, low byte first.
    Four,
    /// Kind and length, high byte first.
    Fox,
}

fn u32_high(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u32::from_be_bytes(*b))
}

fn u32_low(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u32::from_le_bytes(*b))
}

/// Layout and bytes of a block, from the header.
fn layout(kind: Kind, head: &[u8]) -> Option<(Layout, u64)> {
    if head.len() < 8 {
        return None;
    }
    match kind {
        Kind::Fox => {
            let next = u32_high(head, 0)?;
            let size = u64::from(u16::from_be_bytes(*head.get(6..)?.first_chunk()?));
            (next > 0 && size > 0).then_some((Layout::Fox, size))
        }
        Kind::Dbase => {
            let size = u64::from(u16::from_le_bytes(*head.get(20..)?.first_chunk()?));
            let marked = |size: u64| {
                let at = usize::try_from(size).ok()?;
                Some(head.get(at..)?.starts_with(b"\xff\xff\x08\x00"))
            };
            let sound = (64..=32_768).contains(&size) && size % 64 == 0;
            if head.get(16) == Some(&3) && !sound {
                Some((Layout::Three, 512))
            } else if sound
                && (size > 3584 || marked(size) == Some(true) || head.get(16) != Some(&3))
            {
                Some((Layout::Four, size))
            } else {
                Some((Layout::Three, 512))
            }
        }
    }
}

impl Format for Memo {
    fn id(&self) -> FormatId {
        match self.kind {
            Kind::Dbase => "dbt",
            Kind::Fox => "fpt",
        }
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let name = name.to_ascii_lowercase();
        let extensions: &[&[u8]] = match self.kind {
            Kind::Dbase => &[b".dbt"],
            Kind::Fox => &[
                b".fpt", b".dct", b".sct", b".frt", b".vct", b".pjt", b".mnt", b".lbt",
            ],
        };
        let named = extensions.iter().any(|e| name.ends_with(e));
        // The rest of a header of either is mostly zeros; a text that bears the name is a text.
        let binary = head.get(..512).unwrap_or(head).contains(&0);
        if named && binary && layout(self.kind, head).is_some() {
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
        let (layout, block) =
            layout(self.kind, source.head()).ok_or(FormatError::Corrupt("memo header"))?;
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        let mut run = Run {
            bytes: &bytes,
            layout,
            block,
            out,
            encoding: Encoding::Gb18030,
            line: 1,
        };
        run.decide(cx)?;
        run.header(cx)?;
        run.blocks(cx)
    }
}

/// One traversal.
struct Run<'r, 'o> {
    bytes: &'r Bytes<'r>,
    layout: Layout,
    block: u64,
    out: Option<&'o mut dyn Output>,
    encoding: Encoding,
    line: u64,
}

/// What begins at a block.
enum Found {
    /// Text in these bytes.
    Text(u64, u64),
    /// A file in these bytes.
    Object(u64, u64),
    /// Nothing that is known.
    Free,
}

impl Run<'_, '_> {
    fn decide(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let sample = self
            .bytes
            .vec(HEADER.min(self.block), HEADER + (256 << 10))?;
        let mut text = Vec::new();
        // Lengths and padding are no text.
        for line in sample
            .split(|&b| b < b' ')
            .filter(|l| l.len() > 2 && !l.is_ascii())
        {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        self.encoding = match decide(&Samples::new(&text, false), None).encoding {
            Encoding::Utf8 if text.is_empty() => Encoding::Gb18030,
            Encoding::Utf16Le | Encoding::Utf16Be => Encoding::Gb18030,
            encoding => encoding,
        };
        cx.encoding(self.encoding.name());
        Ok(())
    }

    fn header(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let end = self.first();
        let head = self.bytes.vec(0, end)?;
        cx.read(head.len() as u64);
        // Past the first words the header holds a name at most; leftovers may lie behind.
        let mut new = head.clone();
        let known = 32.min(new.len());
        self.text_bytes(
            head.get(known..).unwrap_or_default(),
            cx,
            &mut |at, with| {
                if let Some(slot) = new.get_mut(known + at..known + at + with.len()) {
                    slot.copy_from_slice(with);
                }
            },
        );
        self.put(&new)
    }

    /// Where blocks begin.
    fn first(&self) -> u64 {
        let first = match self.layout {
            Layout::Fox => HEADER.div_ceil(self.block) * self.block,
            Layout::Three => HEADER,
            Layout::Four => self.block,
        };
        first.min(self.bytes.len())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        if let Some(out) = &mut self.out {
            out.write_all(bytes)?;
        }
        Ok(())
    }

    fn blocks(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let len = self.bytes.len();
        let mut at = self.first();
        while at < len {
            cx.spend(0)?;
            let (from, to, object) = match self.look(at)? {
                Found::Text(from, to) => (from, to, false),
                Found::Object(from, to) => (from, to, true),
                Found::Free => (at, at, false),
            };
            let prefix = self.bytes.vec(at, from)?;
            cx.read(prefix.len() as u64);
            self.put(&prefix)?;
            if object {
                self.object(from, to, cx)?;
            } else {
                self.text(from, to, true, cx)?;
            }
            let used = (to - at).max(1);
            let end = (at + used.div_ceil(self.block) * self.block).min(len);
            self.text(to, end, false, cx)?;
            at = end;
        }
        Ok(())
    }

    fn look(&self, at: u64) -> Result<Found, FormatError> {
        let len = self.bytes.len();
        let head = self.bytes.vec(at, at + 8)?;
        let inside = |size: u64, header: u64| {
            let to = at + header + size;
            (size > 0 && to <= len).then_some((at + header, to))
        };
        Ok(match self.layout {
            Layout::Fox => {
                let (kind, size) = (u32_high(&head, 0), u32_high(&head, 4));
                match (kind, size.and_then(|s| inside(u64::from(s), 8))) {
                    (Some(1), Some((from, to))) => Found::Text(from, to),
                    (Some(0 | 2), Some((from, to))) => Found::Object(from, to),
                    _ => Found::Free,
                }
            }
            Layout::Four if head.starts_with(b"\xff\xff\x08\x00") => {
                let size = u32_low(&head, 4).map_or(0, u64::from).saturating_sub(8);
                inside(size, 8).map_or(Found::Free, |(from, to)| Found::Text(from, to))
            }
            Layout::Four => Found::Free,
            Layout::Three => {
                let mut from = at;
                while from < len {
                    let piece = self.bytes.vec(from, from + PIECE)?;
                    if let Some(end) = memchr::memchr(0x1A, &piece) {
                        return Ok(Found::Text(at, from + end as u64));
                    }
                    from += piece.len().max(1) as u64;
                }
                Found::Text(at, len)
            }
        })
    }

    /// Reads `from..to` as text and writes it: with its masks when it is a memo's, otherwise zeros.
    fn text(&mut self, from: u64, to: u64, memo: bool, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut at = from;
        while at < to {
            let end = (at + PIECE).min(to);
            let lead = at.saturating_sub(HALO as u64).max(from);
            let raw = self.bytes.vec(lead, (end + HALO as u64).min(to))?;
            let skip = usize::try_from(at - lead).unwrap_or(0);
            let own = usize::try_from(end - at)
                .unwrap_or(0)
                .min(raw.len().saturating_sub(skip));
            let mut new = raw.get(skip..skip + own).unwrap_or_default().to_vec();
            cx.read(own as u64);
            let blank = new
                .iter()
                .all(|b| matches!(b, 0 | 0x1A | b' ' | b'\r' | b'\n'));
            if !blank {
                let masked = &mut |at: usize, with: &[u8]| {
                    let at = at.saturating_sub(skip);
                    if let Some(slot) = new.get_mut(at..at + with.len()) {
                        slot.copy_from_slice(with);
                    }
                };
                self.pieces(&raw, skip..skip + own, cx, masked);
                if !memo {
                    new.fill(0);
                }
            }
            self.put(&new)?;
            at = end;
        }
        Ok(())
    }

    fn text_bytes(&mut self, raw: &[u8], cx: &mut Cx<'_>, masked: &mut dyn FnMut(usize, &[u8])) {
        if raw.iter().any(|&b| b > b' ') {
            self.pieces(raw, 0..raw.len(), cx, masked);
        }
    }

    /// Hands text on and gives each mask with its place.
    fn pieces(
        &mut self,
        raw: &[u8],
        own: std::ops::Range<usize>,
        cx: &mut Cx<'_>,
        masked: &mut dyn FnMut(usize, &[u8]),
    ) {
        if let Encoding::Utf8 | Encoding::Gb18030 = self.encoding {
            let kind = match self.encoding {
                Encoding::Utf8 => Raw::Utf8,
                _ => Raw::Gb18030,
            };
            let mut edit = |range: std::ops::Range<usize>, with: &str, charset: Charset| {
                let codec = Codec::new(match charset {
                    Charset::Utf8 => Encoding::Utf8,
                    Charset::Gb18030 => Encoding::Gb18030,
                });
                masked(range.start, &same_length(codec, with, range.len()));
            };
            self.line += blocks::lines(raw, own, None, kind, self.line, cx, &mut edit);
            return;
        }
        // Other encodings are decoded, with what surrounds the piece left out.
        let codec = Codec::new(self.encoding);
        let raw_own = raw.get(own.clone()).unwrap_or_default();
        let mut text = Vec::new();
        codec.decode(raw_own, true, &mut text, &mut 0);
        let all = 0..text.len();
        let line = self.line;
        let mut edit = |range: std::ops::Range<usize>, with: &str, _: Charset| {
            let start = crate::formats::fixed::raw_at(codec, raw_own, range.start);
            let end = crate::formats::fixed::raw_at(codec, raw_own, range.end);
            masked(own.start + start, &same_length(codec, with, end - start));
        };
        self.line += blocks::lines(&text, all, None, Raw::Decoded, line, cx, &mut edit);
    }

    fn object(&mut self, from: u64, to: u64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if to - from > cx.limits.held_bytes {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        let raw = self.bytes.vec(from, to)?;
        cx.read(raw.len() as u64);
        let name = Name::from(format!("memo-{from}.bin").as_str());
        if self.out.is_none() {
            return cx.member(&name, &mut Source::slice(&raw), None);
        }
        let mut copy = Cursor::new(Vec::new());
        cx.member(&name, &mut Source::slice(&raw), Some(&mut copy))?;
        let copy = copy.into_inner();
        if copy.len() != raw.len() {
            let note = "a file in a memo has another length in its copy";
            return Err(FormatError::Withheld(GapKind::Opaque, note.into()));
        }
        self.put(&copy)
    }
}
