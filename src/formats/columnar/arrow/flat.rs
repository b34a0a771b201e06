//! `FlatBuffers`, as far as Arrow's metadata needs them: tables read by number of field, and written.
//!
//! Standard: `FlatBuffers`, "Internals".

use crate::formats::le::{size_at, u16_at, u32_at, u64_at};
use std::ops::Range;

/// A table in some bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'t> {
    raw: &'t [u8],
    at: usize,
}

impl<'t> Table<'t> {
    /// The outermost table.
    pub(super) fn root(raw: &'t [u8]) -> Option<Self> {
        Self::new(raw, size_at(raw, 0)?)
    }

    fn new(raw: &'t [u8], at: usize) -> Option<Self> {
        raw.get(at..at.checked_add(4)?)?;
        Some(Self { raw, at })
    }

    /// Place of a field; `None` for one that is left out.
    fn field(&self, number: usize) -> Option<usize> {
        let back = u32_at(self.raw, self.at)?.cast_signed();
        let at = i64::try_from(self.at).ok()? - i64::from(back);
        let at = usize::try_from(at).ok()?;
        let size = usize::from(u16_at(self.raw, at)?);
        let slot = 4 + 2 * number;
        if slot + 2 > size {
            return None;
        }
        let offset = usize::from(u16_at(self.raw, at + slot)?);
        (offset > 0).then_some(self.at + offset)
    }

    fn target(&self, number: usize) -> Option<usize> {
        let at = self.field(number)?;
        at.checked_add(size_at(self.raw, at)?)
    }

    pub(super) fn byte(&self, number: usize) -> Option<u8> {
        self.raw.get(self.field(number)?).copied()
    }

    pub(super) fn short(&self, number: usize) -> Option<i16> {
        Some(u16_at(self.raw, self.field(number)?)?.cast_signed())
    }

    pub(super) fn int(&self, number: usize) -> Option<i32> {
        Some(u32_at(self.raw, self.field(number)?)?.cast_signed())
    }

    pub(super) fn long(&self, number: usize) -> Option<i64> {
        Some(u64_at(self.raw, self.field(number)?)?.cast_signed())
    }

    pub(super) fn table(&self, number: usize) -> Option<Self> {
        Self::new(self.raw, self.target(number)?)
    }

    /// Elements of a vector: where they lie, at `size` bytes each.
    pub(super) fn vector(&self, number: usize, size: usize) -> Option<Range<usize>> {
        let at = self.target(number)?;
        let length = size_at(self.raw, at)?.checked_mul(size)?;
        let end = (at + 4).checked_add(length)?;
        self.raw.get(at + 4..end)?;
        Some(at + 4..end)
    }

    /// Bytes of a text, or of a vector of structures of `size` bytes.
    pub(super) fn bytes(&self, number: usize, size: usize) -> Option<&'t [u8]> {
        self.raw.get(self.vector(number, size)?)
    }

    pub(super) fn text(&self, number: usize) -> Option<String> {
        let raw = self.bytes(number, 1)?;
        Some(String::from_utf8_lossy(raw).into_owned())
    }

    /// Tables of a vector.
    pub(super) fn tables(&self, number: usize) -> impl Iterator<Item = Table<'t>> + use<'t> {
        let range = self.vector(number, 4).unwrap_or(0..0);
        let raw = self.raw;
        range.step_by(4).filter_map(move |at| {
            let to = at.checked_add(size_at(raw, at)?)?;
            Self::new(raw, to)
        })
    }
}

/// A table that is written: fields by number.
pub(super) type Fields = Vec<(u16, Value)>;

/// What a field of a table that is written is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Byte(u8),
    Short(i16),
    Int(i32),
    Long(i64),
    Text(String),
    Table(Vec<(u16, Value)>),
    Tables(Vec<Vec<(u16, Value)>>),
    /// Numbers of 32 bits.
    Ints(Vec<i32>),
    /// Numbers of 64 bits: so many elements of all together.
    Longs(usize, Vec<i64>),
}

impl Value {
    fn size(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::Short(_) => 2,
            Self::Long(_) => 8,
            _ => 4,
        }
    }
}

fn pad(out: &mut Vec<u8>, to: usize) {
    out.resize(out.len().next_multiple_of(to), 0);
}

fn put(out: &mut [u8], at: usize, raw: &[u8]) {
    if let Some(slot) = out.get_mut(at..at + raw.len()) {
        slot.copy_from_slice(raw);
    }
}

fn number(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

fn short(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes()
}

/// The bytes of a table and everything below it, as many as a multiple of 8.
pub(super) fn written(fields: &[(u16, Value)]) -> Vec<u8> {
    let mut out = vec![0; 4];
    let at = table(&mut out, fields);
    put(&mut out, 0, &number(at));
    pad(&mut out, 8);
    out
}

/// Writes a table behind what there is; everything it points to comes behind it.
fn table(out: &mut Vec<u8>, fields: &[(u16, Value)]) -> usize {
    let slots = fields.iter().map(|(n, _)| usize::from(*n) + 1).max();
    let slots = slots.unwrap_or(0);
    pad(out, 2);
    let list = out.len();
    out.resize(list + 4 + 2 * slots, 0);
    pad(out, 8);
    let start = out.len();
    out.extend_from_slice(&number(start - list));
    let mut places = Vec::new();
    for (slot, value) in fields {
        pad(out, value.size());
        let at = out.len();
        places.push(at);
        out.resize(at + value.size(), 0);
        put(out, list + 4 + 2 * usize::from(*slot), &short(at - start));
        match value {
            Value::Byte(n) => put(out, at, &[*n]),
            Value::Short(n) => put(out, at, &n.to_le_bytes()),
            Value::Int(n) => put(out, at, &n.to_le_bytes()),
            Value::Long(n) => put(out, at, &n.to_le_bytes()),
            _ => {}
        }
    }
    let size = out.len() - start;
    put(out, list, &short(4 + 2 * slots));
    put(out, list + 2, &short(size));
    for ((_, value), at) in fields.iter().zip(places) {
        if let Some(to) = below(out, value) {
            put(out, at, &number(to - at));
        }
    }
    start
}

/// Writes what a field points to.
fn below(out: &mut Vec<u8>, value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => {
            pad(out, 4);
            let at = out.len();
            out.extend_from_slice(&number(text.len()));
            out.extend_from_slice(text.as_bytes());
            out.push(0);
            Some(at)
        }
        Value::Table(fields) => Some(table(out, fields)),
        Value::Tables(all) => {
            pad(out, 4);
            let at = out.len();
            out.extend_from_slice(&number(all.len()));
            out.resize(at + 4 + 4 * all.len(), 0);
            for (n, fields) in all.iter().enumerate() {
                let slot = at + 4 + 4 * n;
                let to = table(out, fields);
                put(out, slot, &number(to - slot));
            }
            Some(at)
        }
        Value::Ints(all) => {
            pad(out, 4);
            let at = out.len();
            out.extend_from_slice(&number(all.len()));
            out.extend(all.iter().flat_map(|n| n.to_le_bytes()));
            Some(at)
        }
        Value::Longs(count, all) => {
            // The elements are aligned, not the length before them.
            pad(out, 8);
            out.extend_from_slice(&[0; 4]);
            let at = out.len();
            out.extend_from_slice(&number(*count));
            out.extend(all.iter().flat_map(|n| n.to_le_bytes()));
            Some(at)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let inner = |n| vec![(1, Value::Long(n)), (0, Value::Text(format!("名{n}")))];
        let raw = written(&[
            (0, Value::Short(4)),
            (5, Value::Tables(vec![inner(7), inner(8)])),
            (2, Value::Table(vec![])),
            (3, Value::Longs(1, vec![1, 2])),
            (4, Value::Ints(vec![9])),
            (7, Value::Byte(3)),
        ]);
        let root = Table::root(&raw).unwrap();
        assert_eq!(root.short(0), Some(4));
        assert_eq!(
            (root.byte(7), root.long(1), root.byte(90)),
            (Some(3), None, None)
        );
        let names: Vec<String> = root.tables(5).filter_map(|t| t.text(0)).collect();
        assert_eq!(names, ["名7", "名8"]);
        assert_eq!(root.tables(5).nth(1).unwrap().long(1), Some(8));
        assert!(root.table(2).is_some() && root.table(1).is_none());
        assert_eq!(root.bytes(3, 16).unwrap().len(), 16);
        assert_eq!(root.bytes(4, 4), Some(&[9, 0, 0, 0][..]));
    }
}
