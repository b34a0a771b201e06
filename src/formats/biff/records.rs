//! Records of a stream, and reading over the records that continue one.

use super::text::Joined;
use crate::formats::encoding::Codec;
pub(super) use crate::formats::le::{f64_at, u16_at, u32_at};
use std::ops::Range;

/// Continues the record before.
pub(super) const CONTINUE: u16 = 0x003C;

/// One record, with those that continue it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) kind: u16,
    /// Where its header is.
    pub(super) at: usize,
    /// Bytes of its body, and of the bodies that continue it.
    pub(super) parts: Vec<Range<usize>>,
    /// Where the next record is.
    pub(super) end: usize,
}

/// The record at `at`; `None` at the end, or where no whole record follows.
pub(super) fn next(raw: &[u8], at: usize) -> Option<Record> {
    let kind = u16_at(raw, at)?;
    let length = usize::from(u16_at(raw, at + 2)?);
    let mut end = at + 4 + length;
    if end > raw.len() {
        return None;
    }
    let mut parts = Vec::with_capacity(1);
    parts.push(at + 4..end);
    while u16_at(raw, end) == Some(CONTINUE) {
        let more = end + 4 + usize::from(u16_at(raw, end + 2)?);
        if more > raw.len() {
            break;
        }
        parts.push(end + 4..more);
        end = more;
    }
    Some(Record {
        kind,
        at,
        parts,
        end,
    })
}

/// Reads on over the parts of a record.
#[derive(Debug)]
pub(super) struct Cursor<'r> {
    raw: &'r [u8],
    parts: &'r [Range<usize>],
    part: usize,
    at: usize,
}

impl<'r> Cursor<'r> {
    /// From `skip` bytes into the first part on.
    pub(super) fn new(raw: &'r [u8], parts: &'r [Range<usize>], skip: usize) -> Self {
        let at = parts.first().map_or(0, |p| p.start) + skip;
        Self {
            raw,
            parts,
            part: 0,
            at,
        }
    }

    /// What is left of this part; goes on to the next one at its end.
    fn left(&mut self) -> usize {
        while let Some(part) = self.parts.get(self.part) {
            if self.at < part.end {
                return part.end - self.at;
            }
            self.part += 1;
            self.at = self.parts.get(self.part).map_or(self.at, |p| p.start);
        }
        0
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        if self.left() == 0 {
            return None;
        }
        self.at += 1;
        self.raw.get(self.at - 1).copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    /// Passes over bytes; gives the stretches that they are.
    pub(super) fn skip(&mut self, count: usize) -> Option<Vec<Range<usize>>> {
        let (mut count, mut out) = (count, Vec::new());
        while count > 0 {
            let n = self.left().min(count);
            if n == 0 {
                return None;
            }
            out.push(self.at..self.at + n);
            self.at += n;
            count -= n;
        }
        Some(out)
    }

    /// Characters of BIFF8: where a part ends among them, the next begins with how they go on.
    pub(super) fn chars(&mut self, count: usize, wide: bool, out: &mut Joined) -> Option<()> {
        let (mut count, mut wide) = (count, wide);
        let mut first = true;
        while count > 0 {
            let part = self.part;
            let left = self.left();
            if left == 0 {
                return None;
            }
            if self.part != part && !first {
                wide = self.u8()? & 1 != 0;
            }
            first = false;
            let size = if wide { 2 } else { 1 };
            let n = (self.left() / size).min(count);
            if n == 0 {
                // Half a character: not written by any program.
                return None;
            }
            let bytes = self.raw.get(self.at..self.at + n * size)?;
            if wide {
                out.wide(bytes, self.at);
            } else {
                out.latin(bytes, self.at);
            }
            self.at += n * size;
            count -= n;
        }
        Some(())
    }

    /// Characters of earlier versions.
    pub(super) fn page(&mut self, count: usize, page: Codec, out: &mut Joined) -> Option<()> {
        for range in self.skip(count)? {
            out.page(self.raw.get(range.clone())?, range.start, page);
        }
        Some(())
    }
}

/// The number in four bytes of an RK value ([MS-XLS] 2.5.122).
pub(super) fn rk(bytes: u32) -> f64 {
    let number = if bytes & 2 != 0 {
        f64::from(bytes.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(bytes & !3) << 32)
    };
    if bytes & 1 != 0 {
        number / 100.0
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rk_values() {
        assert!((rk(0x3FF0_0000) - 1.0).abs() < 1e-12);
        assert!((rk((1234 << 2) | 2) - 1234.0).abs() < 1e-12);
        assert!((rk((1234 << 2) | 3) - 12.34).abs() < 1e-12);
        assert!((rk((-5_i32 << 2).cast_unsigned() | 2) + 5.0).abs() < 1e-12);
    }

    #[test]
    fn characters_go_on_in_the_next_record() {
        let mut raw = vec![0xFC, 0, 2, 0, b'a', b'b', 0x3C, 0, 5, 0, 1];
        raw.extend([b'c', 0, b'd', 0]);
        let record = next(&raw, 0).unwrap();
        let mut joined = Joined::default();
        let mut cursor = Cursor::new(&raw, &record.parts, 0);
        cursor.chars(4, false, &mut joined).unwrap();
        assert_eq!(joined.text, "abcd");
        assert_eq!(record.end, raw.len());
        assert!(cursor.u8().is_none());
    }
}
