//! Batches of records: arrays out of buffers, their values, and buffers of changed ones.
//!
//! Standard: Apache Arrow columnar format 1.5, "Physical Memory Layout", "`RecordBatch` message"; `Message.fbs`.

use super::{
    super::{
        PIECE,
        unpack::{Packing, unpacked},
        value::{Shape, nothing},
    },
    flat::{Fields, Table, Value},
    schema::{Field, Kind},
};
use crate::formats::{
    FormatError,
    archives::bytes::Bytes,
    le::{size_at, u64_at},
};
use std::{collections::BTreeMap, ops::Range};

const BAD: FormatError = FormatError::Corrupt("a batch of records");
/// Bytes of a view that hold a value themselves.
const INLINE: usize = 12;

/// An array.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) length: usize,
    /// A bit for each value; none when all are there.
    there: Vec<u8>,
    /// Values, offsets, views or types.
    main: Vec<u8>,
    /// What these point into.
    extra: Vec<Vec<u8>>,
    kind: Kind,
    shape: Shape,
    pub(super) nullable: bool,
}

/// What stands in place of the values of one array; those that cannot be bytes of it are missing.
pub(super) type Changes = BTreeMap<usize, Vec<u8>>;

/// Numbers of two times eight bytes.
fn pairs(raw: &[u8]) -> impl Iterator<Item = (Option<usize>, Option<u64>)> {
    raw.chunks_exact(16).map(|pair| {
        let first = u64_at(pair, 0).and_then(|n| usize::try_from(n).ok());
        (first, u64_at(pair, 8))
    })
}

struct Reader<'r> {
    bytes: &'r Bytes<'r>,
    body: Range<u64>,
    packing: Option<Packing>,
    buffers: Box<dyn Iterator<Item = (Option<usize>, Option<u64>)> + 'r>,
    held: u64,
    most: u64,
    /// Where the buffers lie that were read.
    seen: Vec<Range<u64>>,
}

impl Reader<'_> {
    /// Stretches of the body that no buffer is in.
    fn unread(mut self) -> Vec<Range<u64>> {
        self.seen.sort_by_key(|r| r.start);
        let mut out = Vec::new();
        let mut at = self.body.start;
        for range in self.seen {
            if range.start > at {
                out.push(at..range.start);
            }
            at = at.max(range.end);
        }
        if at < self.body.end {
            out.push(at..self.body.end);
        }
        out
    }

    fn buffer(&mut self) -> Result<Vec<u8>, FormatError> {
        let (Some(offset), Some(length)) = self.buffers.next().ok_or(BAD)? else {
            return Err(BAD);
        };
        let start = self.body.start.checked_add(offset as u64).ok_or(BAD)?;
        let end = start.checked_add(length).filter(|e| *e <= self.body.end);
        let end = end.ok_or(BAD)?;
        if length > 4 * PIECE as u64 {
            return Err(FormatError::Limit("bytes of a buffer"));
        }
        let raw = self.bytes.vec(start, end)?;
        self.seen.push(start..end);
        let raw = match self.packing {
            Some(packing) if !raw.is_empty() => {
                let size = u64_at(&raw, 0).ok_or(BAD)?.cast_signed();
                let rest = raw.get(8..).ok_or(BAD)?;
                if size == -1 {
                    rest.to_vec()
                } else {
                    let size = usize::try_from(size).map_err(|_| BAD)?;
                    let out = unpacked(packing, rest, size.min(4 * PIECE))?;
                    if out.len() != size {
                        return Err(BAD);
                    }
                    out
                }
            }
            _ => raw,
        };
        self.held = self.held.saturating_add(raw.len() as u64);
        if self.held > self.most {
            return Err(FormatError::Limit("bytes held in memory"));
        }
        Ok(raw)
    }
}

/// Reads the arrays of a batch, one for each field; `most` bytes may be held. Gives the stretches of its body too that no
/// array has.
///
/// # Errors
/// `Corrupt`, `Limit`, `Unsupported`.
pub(super) fn read(
    table: &Table<'_>,
    bytes: &Bytes<'_>,
    body: Range<u64>,
    fields: &[Field],
    most: u64,
) -> Result<(Vec<Array>, Vec<Range<u64>>), FormatError> {
    let packing = match table.table(3).map(|c| c.byte(0).unwrap_or(0)) {
        None => None,
        Some(0) => Some(Packing::Lz4Frame),
        Some(1) => Some(Packing::Zstd),
        Some(_) => return Err(FormatError::Unsupported("an unknown compression")),
    };
    let mut reader = Reader {
        bytes,
        body,
        packing,
        buffers: Box::new(pairs(table.bytes(2, 16).unwrap_or_default())),
        held: 0,
        most,
        seen: Vec::new(),
    };
    let mut nodes = pairs(table.bytes(1, 16).unwrap_or_default());
    let mut views = table.bytes(4, 8).unwrap_or_default().chunks_exact(8);
    let mut out = Vec::new();
    for field in fields {
        let length = nodes.next().and_then(|n| n.0).ok_or(BAD)?;
        let mut array = Array {
            length,
            there: Vec::new(),
            main: Vec::new(),
            extra: Vec::new(),
            kind: field.kind,
            shape: field.shape,
            nullable: field.nullable,
        };
        if !matches!(field.kind, Kind::Null | Kind::Union { .. } | Kind::RunEnds) {
            array.there = reader.buffer()?;
        }
        match field.kind {
            Kind::Null | Kind::RunEnds | Kind::Parts { .. } => {}
            Kind::Bool | Kind::Fixed(_) | Kind::List(_) | Kind::Union { dense: false } => {
                array.main = reader.buffer()?;
            }
            Kind::Var(_) | Kind::ListView(_) | Kind::Union { dense: true } => {
                array.main = reader.buffer()?;
                array.extra.push(reader.buffer()?);
            }
            Kind::View => {
                array.main = reader.buffer()?;
                let count = views.next().and_then(|raw| u64_at(raw, 0)).ok_or(BAD)?;
                for _ in 0..count {
                    array.extra.push(reader.buffer()?);
                }
            }
        }
        array.check()?;
        out.push(array);
    }
    Ok((out, reader.unread()))
}

impl Array {
    /// Bytes that the values take in the first buffer.
    fn needed(&self) -> Option<usize> {
        let n = self.length;
        match self.kind {
            Kind::Bool => Some(n.div_ceil(8)),
            Kind::Fixed(width) => n.checked_mul(width),
            Kind::Var(size) | Kind::List(size) if n > 0 => n.checked_add(1)?.checked_mul(size),
            Kind::Null | Kind::RunEnds | Kind::Parts { .. } | Kind::Var(_) | Kind::List(_) => {
                Some(0)
            }
            Kind::View => n.checked_mul(16),
            Kind::ListView(size) => n.checked_mul(size),
            Kind::Union { .. } => Some(n),
        }
    }

    fn check(&self) -> Result<(), FormatError> {
        let needed = self.needed().ok_or(BAD)?;
        let marks = self.there.is_empty() || self.there.len() >= self.length.div_ceil(8);
        if self.main.len() < needed || !marks {
            return Err(BAD);
        }
        Ok(())
    }

    pub(super) fn is_there(&self, index: usize) -> bool {
        self.there
            .get(index / 8)
            .is_none_or(|b| b >> (index % 8) & 1 == 1)
    }

    /// A number of an offset, of `size` bytes.
    fn offset(&self, index: usize, size: usize) -> Option<usize> {
        let at = index.checked_mul(size)?;
        match size {
            4 => size_at(&self.main, at),
            _ => usize::try_from(u64_at(&self.main, at)?).ok(),
        }
    }

    /// Where a value lies: buffer behind the first (0 is the first itself), bytes.
    fn place(&self, index: usize) -> Option<(usize, Range<usize>)> {
        match self.kind {
            Kind::Fixed(width) => {
                let at = index.checked_mul(width)?;
                Some((0, at..at + width))
            }
            Kind::Var(size) => {
                let start = self.offset(index, size)?;
                let end = self.offset(index + 1, size)?;
                (start <= end).then_some((1, start..end))
            }
            Kind::View => {
                let at = index * 16;
                let length = size_at(&self.main, at)?;
                if length <= INLINE {
                    return Some((0, at + 4..at + 4 + length));
                }
                let start = size_at(&self.main, at + 12)?;
                let buffer = size_at(&self.main, at + 8)?.checked_add(1)?;
                Some((buffer, start..start.checked_add(length)?))
            }
            _ => None,
        }
    }

    /// Bytes of a value that is there, in buffers that hold bytes.
    ///
    /// # Errors
    /// `Corrupt` for a value outside of its buffer.
    pub(super) fn value(&self, index: usize) -> Result<&[u8], FormatError> {
        let (buffer, range) = self.place(index).ok_or(BAD)?;
        let raw = match buffer.checked_sub(1) {
            None => Some(&self.main),
            Some(n) => self.extra.get(n),
        };
        raw.and_then(|raw| raw.get(range)).ok_or(BAD)
    }

    /// Whether its values are bytes, and no bits or numbers of places.
    pub(super) fn has_values(&self) -> bool {
        matches!(self.kind, Kind::Fixed(_) | Kind::Var(_) | Kind::View)
    }

    /// Stretches of its buffers that no value is in.
    pub(super) fn loose(&self) -> Vec<&[u8]> {
        let mut out = Vec::new();
        let from = |raw: &'_ Vec<u8>, at: usize| at.min(raw.len());
        let needed = self.needed().unwrap_or(0);
        out.push(
            self.main
                .get(from(&self.main, needed)..)
                .unwrap_or_default(),
        );
        let marks = self.length.div_ceil(8);
        out.push(
            self.there
                .get(from(&self.there, marks)..)
                .unwrap_or_default(),
        );
        let second = match self.kind {
            Kind::ListView(size) => self.length.saturating_mul(size),
            Kind::Union { dense: true } => self.length.saturating_mul(4),
            _ => 0,
        };
        if second > 0
            && let Some(extra) = self.extra.first()
        {
            out.push(extra.get(from(extra, second)..).unwrap_or_default());
        }
        if !matches!(self.kind, Kind::Var(_) | Kind::View) {
            return out;
        }
        let mut used: Vec<Vec<Range<usize>>> = vec![Vec::new(); self.extra.len()];
        for index in 0..self.length {
            if self.kind == Kind::View {
                let length = size_at(&self.main, index * 16).unwrap_or(0);
                let at = index * 16 + 4;
                let length = if self.is_there(index) { length } else { 0 };
                if length < INLINE {
                    out.push(self.main.get(at + length..at + INLINE).unwrap_or_default());
                }
            }
            if !self.is_there(index) {
                continue;
            }
            if let Some((buffer, range)) = self.place(index)
                && let Some(list) = buffer.checked_sub(1).and_then(|n| used.get_mut(n))
            {
                match list.last_mut() {
                    Some(last) if last.end == range.start => last.end = range.end,
                    _ => list.push(range),
                }
            }
        }
        for (raw, mut list) in self.extra.iter().zip(used) {
            list.sort_by_key(|r| r.start);
            let mut at = 0;
            for range in list {
                if range.start > at {
                    out.push(raw.get(at..range.start).unwrap_or_default());
                }
                at = at.max(range.end);
            }
            out.push(raw.get(at.min(raw.len())..).unwrap_or_default());
        }
        out
    }

    /// Whether what is to stand in place of a value is nothing.
    fn is_missing(&self, new: &[u8]) -> bool {
        match self.kind {
            Kind::Fixed(width) => new.len() != width,
            _ => new.is_empty(),
        }
    }

    /// Buffers of a copy with changes; gives how many values are missing.
    fn again(&self, changes: &Changes, out: &mut Vec<Vec<u8>>) -> Result<usize, FormatError> {
        let nulled = |n: usize| {
            let new = changes.get(&n);
            self.nullable && new.is_some_and(|new| self.is_missing(new))
        };
        let there = |n: usize| self.is_there(n) && !nulled(n);
        let mut missing = 0;
        if !matches!(self.kind, Kind::Null | Kind::Union { .. } | Kind::RunEnds) {
            let mut marks = Vec::new();
            if !self.there.is_empty() || changes.keys().any(|n| nulled(*n)) {
                marks = vec![0_u8; self.length.div_ceil(8)];
                for n in 0..self.length {
                    if there(n) {
                        if let Some(byte) = marks.get_mut(n / 8) {
                            *byte |= 1 << (n % 8);
                        }
                    } else {
                        missing += 1;
                    }
                }
            }
            out.push(marks);
        }
        let needed = self.needed().unwrap_or(0);
        let head = |raw: &[u8], length: usize| raw.get(..length).unwrap_or(raw).to_vec();
        match self.kind {
            Kind::Null => missing = self.length,
            Kind::RunEnds | Kind::Parts { .. } => {}
            Kind::Bool | Kind::List(_) | Kind::Union { dense: false } => {
                out.push(head(&self.main, needed));
            }
            Kind::ListView(size) => {
                out.push(head(&self.main, needed));
                let extra = self.extra.first().map(Vec::as_slice).unwrap_or_default();
                out.push(head(extra, self.length.saturating_mul(size)));
            }
            Kind::Union { dense: true } => {
                out.push(head(&self.main, needed));
                let extra = self.extra.first().map(Vec::as_slice).unwrap_or_default();
                out.push(head(extra, self.length.saturating_mul(4)));
            }
            Kind::Fixed(width) => {
                let mut raw = Vec::with_capacity(needed);
                for n in 0..self.length {
                    let end = raw.len() + width;
                    match changes.get(&n) {
                        Some(new) if !self.is_missing(new) => raw.extend_from_slice(new),
                        None if there(n) => raw.extend_from_slice(self.value(n)?),
                        Some(_) if there(n) => raw.append(&mut nothing(self.shape, width)),
                        _ => {}
                    }
                    raw.resize(end, 0);
                }
                out.push(raw);
            }
            Kind::Var(size) => self.var_again(size, changes, &there, out)?,
            Kind::View => self.views_again(changes, &there, out)?,
        }
        Ok(missing)
    }

    fn new_value<'n>(&'n self, n: usize, changes: &'n Changes) -> Result<&'n [u8], FormatError> {
        changes.get(&n).map_or_else(|| self.value(n), |new| Ok(new))
    }

    fn var_again(
        &self,
        size: usize,
        changes: &Changes,
        there: &dyn Fn(usize) -> bool,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), FormatError> {
        let mut offsets = vec![0; size];
        let mut raw = Vec::new();
        for n in 0..self.length {
            if there(n) {
                raw.extend_from_slice(self.new_value(n, changes)?);
            }
            if size == 4 && raw.len() > i32::MAX as usize {
                return Err(FormatError::Limit("bytes of a buffer"));
            }
            let end = (raw.len() as u64).to_le_bytes();
            offsets.extend(end.iter().take(size));
        }
        out.push(offsets);
        out.push(raw);
        Ok(())
    }

    fn views_again(
        &self,
        changes: &Changes,
        there: &dyn Fn(usize) -> bool,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), FormatError> {
        let (mut views, mut raw) = (Vec::new(), Vec::new());
        let number = |n: usize| {
            let n = i32::try_from(n).map_err(|_| FormatError::Limit("bytes of a buffer"));
            n.map(i32::to_le_bytes)
        };
        for n in 0..self.length {
            let end = views.len() + 16;
            if there(n) {
                let value = self.new_value(n, changes)?;
                views.extend_from_slice(&number(value.len())?);
                if value.len() <= INLINE {
                    views.extend_from_slice(value);
                } else {
                    views.extend(value.iter().take(4));
                    views.extend_from_slice(&[0; 4]);
                    views.extend_from_slice(&number(raw.len())?);
                    raw.extend_from_slice(value);
                }
            }
            views.resize(end, 0);
        }
        out.push(views);
        out.push(raw);
        Ok(())
    }
}

/// A changed batch: the table that describes it, and its body.
///
/// # Errors
/// `Corrupt`, `Limit`.
pub(super) fn written(
    rows: i64,
    arrays: &[Array],
    changes: &[Changes],
) -> Result<(Fields, Vec<u8>), FormatError> {
    let mut body = Vec::new();
    let (mut nodes, mut places, mut views) = (Vec::new(), Vec::new(), Vec::new());
    let long = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let none = Changes::new();
    for (n, array) in arrays.iter().enumerate() {
        let mut buffers = Vec::new();
        let missing = array.again(changes.get(n).unwrap_or(&none), &mut buffers)?;
        nodes.extend([long(array.length), long(missing)]);
        if array.kind == Kind::View {
            views.push(1);
        }
        for raw in buffers {
            places.extend([long(body.len()), long(raw.len())]);
            body.extend_from_slice(&raw);
            body.resize(body.len().next_multiple_of(64), 0);
        }
    }
    let mut table = vec![
        (0, Value::Long(rows)),
        (1, Value::Longs(nodes.len() / 2, nodes)),
        (2, Value::Longs(places.len() / 2, places)),
    ];
    if !views.is_empty() {
        table.push((4, Value::Longs(views.len(), views)));
    }
    Ok((table, body))
}
