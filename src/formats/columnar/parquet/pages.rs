//! Columns of a row group: pages one after the other, values one by one.
//!
//! Standard: Apache Parquet format 2.11, "Data Pages", "Nested Encoding"; `parquet.thrift`.

use super::{
    super::{
        PIECE,
        unpack::{Packing, unpacked},
    },
    decode::{Decoder, Dictionary, Rle},
    meta::{Chunk, Leaf},
    thrift::{Thrift, Tree},
};
use crate::formats::{FormatError, archives::bytes::Bytes, le::size_at};
use std::ops::Range;

const BAD: FormatError = FormatError::Corrupt("a page");
/// Longest head of a page: statistics can be in it.
const HEAD: u64 = 1 << 20;
/// Most bytes and values of one row.
const ROW: usize = 64 << 20;

/// What was read of one column: levels of every entry, and the bytes of those that have a value.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Repetition and definition.
    pub(super) levels: Vec<(u16, u16)>,
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<usize>,
}

impl Entries {
    /// Bytes of a value.
    pub(super) fn value(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).and_then(|n| self.ends.get(n));
        let end = self.ends.get(index).copied().unwrap_or(0);
        self.bytes
            .get(start.copied().unwrap_or(0)..end)
            .unwrap_or_default()
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.len() + 4 * self.levels.len() + 8 * self.ends.len()
    }
}

/// One column of a row group.
#[derive(Debug)]
pub(super) struct Column<'c> {
    bytes: &'c Bytes<'c>,
    pub(super) leaf: &'c Leaf,
    codec: i64,
    /// Where the next page begins and the last ends.
    at: u64,
    end: u64,
    /// Entries that pages may still have.
    left: u64,
    pub(super) dictionary: Option<Dictionary>,
    page: Option<Page>,
    /// Repetition of the next entry.
    next: Option<u16>,
    /// Texts that stand beside the values: statistics; and other bytes.
    pub(super) beside: Vec<Vec<u8>>,
    pub(super) loose: Vec<Vec<u8>>,
    /// Why nothing more of it is read.
    pub(super) dead: bool,
}

#[derive(Debug)]
struct Page {
    data: Vec<u8>,
    left: u64,
    rep: Option<Rle>,
    def: Option<Rle>,
    values: Decoder,
}

impl<'c> Column<'c> {
    pub(super) fn new(bytes: &'c Bytes<'c>, leaf: &'c Leaf, chunk: &Chunk) -> Self {
        Self {
            bytes,
            leaf,
            codec: chunk.codec,
            at: chunk.pages.start,
            end: chunk.pages.end,
            left: chunk.values,
            dictionary: None,
            page: None,
            next: None,
            beside: Vec::new(),
            loose: Vec::new(),
            dead: false,
        }
    }

    /// Bytes in memory.
    pub(super) fn held(&self) -> usize {
        let page = self.page.as_ref().map_or(0, |p| p.data.len());
        page + self.dictionary.as_ref().map_or(0, Dictionary::held)
    }

    /// The rest of its bytes in the file.
    pub(super) fn rest(&self) -> Range<u64> {
        self.at..self.end
    }

    /// Reads the entries of one row; false when there are no more rows.
    ///
    /// # Errors
    /// Those of pages; `Limit` for a row past all bounds.
    pub(super) fn row(&mut self, out: &mut Entries) -> Result<bool, FormatError> {
        if self.peek()?.is_none() {
            return Ok(false);
        }
        let start = out.held();
        loop {
            self.entry(out)?;
            if out.held() - start > ROW {
                return Err(FormatError::Limit("bytes of one row"));
            }
            match self.peek()? {
                Some(0) | None => return Ok(true),
                Some(_) => {}
            }
        }
    }

    /// Repetition of the next entry, when there is one.
    fn peek(&mut self) -> Result<Option<u16>, FormatError> {
        if self.next.is_some() {
            return Ok(self.next);
        }
        while self.page.as_ref().is_none_or(|p| p.left == 0) {
            self.close();
            if self.left == 0 {
                self.finish()?;
                return Ok(None);
            }
            self.load()?;
        }
        let page = self.page.as_mut().ok_or(BAD)?;
        let rep = match &mut page.rep {
            Some(levels) => level(levels.next(&page.data)?, self.leaf.max_rep)?,
            None => 0,
        };
        self.next = Some(rep);
        Ok(self.next)
    }

    fn entry(&mut self, out: &mut Entries) -> Result<(), FormatError> {
        let rep = self.next.take().ok_or(BAD)?;
        let page = self.page.as_mut().ok_or(BAD)?;
        page.left -= 1;
        let def = match &mut page.def {
            Some(levels) => level(levels.next(&page.data)?, self.leaf.max_def)?,
            None => self.leaf.max_def,
        };
        out.levels.push((rep, def));
        if def == self.leaf.max_def {
            page.values.next(
                &page.data,
                self.leaf.width,
                &mut self.dictionary,
                &mut out.bytes,
            )?;
            out.ends.push(out.bytes.len());
        }
        Ok(())
    }

    /// Takes note of what lies behind the values of a page.
    fn close(&mut self) {
        if let Some(page) = self.page.take() {
            let end = page.values.end(self.leaf.width);
            self.note(page.data.get(end..).unwrap_or_default());
            self.note(&page.values.unasked(&page.data, self.leaf.width));
            for levels in [&page.rep, &page.def].into_iter().flatten() {
                self.note(page.data.get(levels.at..levels.end).unwrap_or_default());
            }
        }
    }

    fn note(&mut self, rest: &[u8]) {
        if rest.iter().any(|b| *b != 0) {
            self.loose.push(rest.to_vec());
        }
    }

    /// Whether there are entries that no row has taken.
    ///
    /// # Errors
    /// Those of pages.
    pub(super) fn has_more(&mut self) -> Result<bool, FormatError> {
        Ok(self.peek()?.is_some())
    }

    /// Takes note of what lies behind the last page.
    fn finish(&mut self) -> Result<(), FormatError> {
        if self.at < self.end {
            let stop = self.end.min(self.at + PIECE as u64);
            let rest = self.bytes.vec(self.at, stop)?;
            self.at = self.end;
            self.note(&rest);
        }
        Ok(())
    }

    /// Reads the next page.
    fn load(&mut self) -> Result<(), FormatError> {
        let stop = self.end.min(self.at.saturating_add(HEAD));
        // Heads are short; long ones are read again.
        let short = self.bytes.vec(self.at, stop.min(self.at + 512))?;
        let (head, used, raw) = if let Ok((head, used)) = read_head(&short) {
            (head, used, short)
        } else {
            let long = self.bytes.vec(self.at, stop)?;
            let (head, used) = read_head(&long)?;
            (head, used, long)
        };
        self.bounds(&head, &raw);
        let from = self.at + used as u64;
        let packed = head.size(3).ok_or(BAD)?;
        let to = from.checked_add(packed as u64).filter(|to| *to <= self.end);
        let to = to.ok_or(BAD)?;
        let size = head.size(2).ok_or(BAD)?;
        if packed > PIECE || size > PIECE {
            return Err(FormatError::Limit("bytes of a page"));
        }
        let body = self.bytes.vec(from, to)?;
        if body.len() != packed {
            return Err(BAD);
        }
        self.at = to;
        match head.int(1) {
            Some(0) => self.first_kind(&head, &body, size),
            Some(3) => self.second_kind(&head, &body, size),
            Some(2) if self.dictionary.is_none() => {
                let inner = head.get(7).ok_or(BAD)?;
                let data = self.open(&body, size)?;
                let count = inner.size(1).ok_or(BAD)?;
                let width = self.leaf.width;
                let mut read = Dictionary::read(data, count, width)?;
                self.note(&std::mem::take(&mut read.behind));
                self.dictionary = Some(read);
                Ok(())
            }
            _ => {
                // Of no known kind: looked through as it lies when it cannot be expanded.
                let opened = self.open(&body, size);
                self.note(&opened.unwrap_or(body));
                Ok(())
            }
        }
    }

    /// Statistics in the head of a page, and whatever bytes else there are.
    fn bounds(&mut self, head: &Tree, raw: &[u8]) {
        let mut all = Vec::new();
        head.all_bytes(&mut Vec::new(), &|_| false, &mut all);
        for range in all {
            self.beside
                .push(raw.get(range).unwrap_or_default().to_vec());
        }
    }

    fn count(&mut self, inner: &Tree) -> Result<u64, FormatError> {
        let count = inner
            .int(1)
            .and_then(|n| u64::try_from(n).ok())
            .ok_or(BAD)?;
        self.left = self.left.checked_sub(count).ok_or(BAD)?;
        Ok(count)
    }

    fn first_kind(&mut self, head: &Tree, body: &[u8], size: usize) -> Result<(), FormatError> {
        let inner = head.get(5).ok_or(BAD)?;
        let left = self.count(inner)?;
        let data = self.open(body, size)?;
        let mut at = 0;
        let mut levels = |max: u16, encoding: i16| -> Result<Option<Rle>, FormatError> {
            if max == 0 {
                return Ok(None);
            }
            if inner.int(encoding) != Some(3) {
                return Err(FormatError::Unsupported("levels in the old encoding"));
            }
            let length = size_at(&data, at).ok_or(BAD)?;
            let start = at + 4;
            let end = start.checked_add(length).filter(|e| *e <= data.len());
            let end = end.ok_or(BAD)?;
            at = end;
            Ok(Some(Rle::new(start, end, width(max))))
        };
        let rep = levels(self.leaf.max_rep, 4)?;
        let def = levels(self.leaf.max_def, 3)?;
        self.begin(data, at, left, (rep, def), inner.int(2))
    }

    fn second_kind(&mut self, head: &Tree, body: &[u8], size: usize) -> Result<(), FormatError> {
        let inner = head.get(8).ok_or(BAD)?;
        let left = self.count(inner)?;
        let (def, rep) = (inner.size(5).ok_or(BAD)?, inner.size(6).ok_or(BAD)?);
        let values = rep.checked_add(def).filter(|n| *n <= body.len());
        let values = values.ok_or(BAD)?;
        // Levels are never packed.
        let (levels, packed) = body.split_at(values);
        let mut data = levels.to_vec();
        let size = size.checked_sub(values).ok_or(BAD)?;
        if inner.flag(7).unwrap_or(true) && size > 0 {
            data.append(&mut self.open(packed, size)?);
        } else {
            data.extend_from_slice(packed);
        }
        let some = |max, from, to| (max > 0).then(|| Rle::new(from, to, width(max)));
        let rep_levels = some(self.leaf.max_rep, 0, rep);
        let def_levels = some(self.leaf.max_def, rep, values);
        self.begin(data, values, left, (rep_levels, def_levels), inner.int(4))
    }

    fn begin(
        &mut self,
        data: Vec<u8>,
        at: usize,
        left: u64,
        (rep, def): (Option<Rle>, Option<Rle>),
        encoding: Option<i64>,
    ) -> Result<(), FormatError> {
        let (kind, width) = (self.leaf.kind, self.leaf.width);
        // A page without values may have nothing that says how they are written.
        let values = match Decoder::new(&data, at, encoding.ok_or(BAD)?, kind, width) {
            Ok(values) => values,
            Err(FormatError::Corrupt(_)) if at >= data.len() => Decoder::Plain(at),
            Err(e) => return Err(e),
        };
        self.page = Some(Page {
            data,
            left,
            rep,
            def,
            values,
        });
        Ok(())
    }

    fn open(&self, body: &[u8], size: usize) -> Result<Vec<u8>, FormatError> {
        let packing = match self.codec {
            0 => Packing::None,
            1 => Packing::Snappy,
            2 => Packing::Gzip,
            5 => return in_frames(body, size),
            6 => Packing::Zstd,
            7 => Packing::Lz4,
            3 => return Err(FormatError::Unsupported("columns packed with LZO")),
            4 => return Err(FormatError::Unsupported("columns packed with Brotli")),
            _ => return Err(FormatError::Unsupported("an unknown compression")),
        };
        let data = unpacked(packing, body, size)?;
        if data.len() == size {
            Ok(data)
        } else {
            Err(BAD)
        }
    }
}

/// LZ4 as Hadoop writes it: blocks with both their lengths before them; or without.
fn in_frames(body: &[u8], size: usize) -> Result<Vec<u8>, FormatError> {
    let big = |at: usize| {
        let raw = body.get(at..).and_then(<[u8]>::first_chunk)?;
        usize::try_from(u32::from_be_bytes(*raw)).ok()
    };
    let framed = || {
        let (mut out, mut at) = (Vec::new(), 0);
        while at < body.len() {
            let (plain, packed) = (big(at)?, big(at + 4)?);
            let block = body.get(at + 8..(at + 8).checked_add(packed)?)?;
            let room = size.checked_sub(out.len())?;
            let part = unpacked(Packing::Lz4, block, room).ok()?;
            (part.len() == plain).then_some(())?;
            out.extend_from_slice(&part);
            at += 8 + packed;
        }
        (out.len() == size).then_some(out)
    };
    framed().map_or_else(|| unpacked(Packing::Lz4, body, size), Ok)
}

fn read_head(raw: &[u8]) -> Result<(Tree, usize), FormatError> {
    let mut thrift = Thrift::new(raw, 0, 10_000);
    let head = thrift.structure(0)?;
    Ok((head, thrift.at))
}

/// Bits of a level up to `max`.
pub(super) fn width(max: u16) -> usize {
    (u16::BITS - max.leading_zeros()) as usize
}

fn level(value: u64, max: u16) -> Result<u16, FormatError> {
    u16::try_from(value).ok().filter(|n| *n <= max).ok_or(BAD)
}
