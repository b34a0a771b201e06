//! Encodings of values, read one by one: no count that a page declares is believed before its values come.
//!
//! Standard: Apache Parquet format 2.11, "Encodings".

use super::super::unpack::{unzigzag, varint};
use crate::formats::{FormatError, le::size_at};

const BAD: FormatError = FormatError::Corrupt("a page");

/// `width` bits (at most 64) from bit `at` on, the lowest first.
fn bits(raw: &[u8], at: usize, width: usize) -> Option<u64> {
    if width == 0 {
        return Some(0);
    }
    let end = at.checked_add(width)?.div_ceil(8);
    let bytes = raw.get(at / 8..end)?;
    let wide = bytes
        .iter()
        .rev()
        .fold(0_u128, |v, b| (v << 8) | u128::from(*b));
    let value = (wide >> (at % 8)) & ((1_u128 << width) - 1);
    u64::try_from(value).ok()
}

/// Runs of equal values and stretches of packed ones.
#[derive(Debug, Clone)]
pub(super) struct Rle {
    pub(super) at: usize,
    pub(super) end: usize,
    width: usize,
    /// Values left in the run; the value, or the bit where the next packed one begins.
    left: u64,
    run: Run,
}

#[derive(Debug, Clone, Copy)]
enum Run {
    Same(u64),
    Packed(usize),
}

impl Rle {
    /// Values of `width` bits between two places.
    pub(super) fn new(at: usize, end: usize, width: usize) -> Self {
        Self {
            at,
            end,
            width,
            left: 0,
            run: Run::Same(0),
        }
    }

    pub(super) fn next(&mut self, raw: &[u8]) -> Result<u64, FormatError> {
        while self.left == 0 {
            let raw = raw.get(..self.end).ok_or(BAD)?;
            let (head, at) = varint(raw, self.at).ok_or(BAD)?;
            self.left = head >> 1;
            if head & 1 == 0 {
                let size = self.width.div_ceil(8);
                let value = bits(raw, at.checked_mul(8).ok_or(BAD)?, size * 8).ok_or(BAD)?;
                self.run = Run::Same(value);
                self.at = at + size;
            } else {
                let groups = usize::try_from(head >> 1).map_err(|_| BAD)?;
                self.left = self.left.checked_mul(8).ok_or(BAD)?;
                self.run = Run::Packed(at.checked_mul(8).ok_or(BAD)?);
                let size = groups.checked_mul(self.width).ok_or(BAD)?;
                // Writers may leave the end of the last stretch out.
                self.at = at.checked_add(size).ok_or(BAD)?.min(self.end);
            }
        }
        self.left -= 1;
        match &mut self.run {
            Run::Same(value) => Ok(*value),
            Run::Packed(at) => {
                let raw = raw.get(..self.end).ok_or(BAD)?;
                let value = bits(raw, *at, self.width).ok_or(BAD)?;
                *at += self.width;
                Ok(value)
            }
        }
    }
}

/// Differences between numbers, in small blocks.
#[derive(Debug, Clone)]
pub(super) struct Delta {
    at: usize,
    /// Values in a small block, small blocks in a block.
    size: usize,
    count: usize,
    pub(super) left: u64,
    first: bool,
    last: i64,
    least: i64,
    /// Widths of the small blocks; the one that is read, the values read of it, where it begins.
    widths: Vec<u8>,
    number: usize,
    inside: usize,
    from: usize,
}

impl Delta {
    pub(super) fn new(raw: &[u8], at: usize) -> Result<Self, FormatError> {
        let mut at = at;
        let mut next = || -> Option<u64> {
            let (value, end) = varint(raw, at)?;
            at = end;
            Some(value)
        };
        let head = (next(), next(), next(), next());
        let (Some(block), Some(count), Some(left), Some(last)) = head else {
            return Err(BAD);
        };
        let count = usize::try_from(count)
            .ok()
            .filter(|n| (1..=4096).contains(n));
        let count = count.ok_or(BAD)?;
        let block = usize::try_from(block).ok().filter(|n| *n <= 1 << 20);
        let size = block.ok_or(BAD)? / count;
        if size == 0 || size % 8 != 0 {
            return Err(BAD);
        }
        Ok(Self {
            at,
            size,
            count,
            left,
            first: true,
            last: unzigzag(last),
            least: 0,
            widths: Vec::new(),
            number: count,
            inside: size,
            from: at,
        })
    }

    pub(super) fn next(&mut self, raw: &[u8]) -> Result<i64, FormatError> {
        self.left = self.left.checked_sub(1).ok_or(BAD)?;
        if std::mem::take(&mut self.first) {
            return Ok(self.last);
        }
        if self.inside == self.size {
            self.number += 1;
            self.inside = 0;
            if self.number >= self.count {
                let (least, at) = varint(raw, self.at).ok_or(BAD)?;
                self.least = unzigzag(least);
                let end = at + self.count;
                self.widths = raw.get(at..end).ok_or(BAD)?.to_vec();
                if self.widths.iter().any(|w| *w > 64) {
                    return Err(BAD);
                }
                self.at = end;
                self.number = 0;
            }
            self.from = self.at;
            self.at += self.width() * self.size / 8;
        }
        let place = self.from * 8 + self.inside * self.width();
        let step = bits(raw, place, self.width()).ok_or(BAD)?;
        self.inside += 1;
        self.last = self
            .last
            .wrapping_add(self.least)
            .wrapping_add(step.cast_signed());
        Ok(self.last)
    }

    fn width(&self) -> usize {
        self.widths.get(self.number).copied().unwrap_or(0).into()
    }

    /// Where it ends, which is known by reading it.
    pub(super) fn end(&self, raw: &[u8]) -> Result<usize, FormatError> {
        let mut all = self.clone();
        if all.left > 1 << 26 {
            return Err(FormatError::Limit("values of a page"));
        }
        while all.left > 0 {
            all.next(raw)?;
        }
        Ok(all.at.min(raw.len()))
    }
}

/// The dictionary of a column.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    used: Vec<bool>,
    /// What its page has behind them.
    pub(super) behind: Vec<u8>,
}

impl Dictionary {
    /// Values one after the other, each of `width` bytes or with its length before it.
    pub(super) fn read(raw: Vec<u8>, count: usize, width: usize) -> Result<Self, FormatError> {
        let mut out = Self::default();
        if let Some(whole) = raw.len().checked_div(width) {
            out.ends = (1..=count.min(whole)).map(|n| n * width).collect();
            out.bytes = raw;
            let end = out.ends.last().copied().unwrap_or(0);
            out.behind = out.bytes.split_off(end);
        } else {
            let mut at = 0;
            for _ in 0..count {
                let length = size_at(&raw, at).ok_or(BAD)?;
                let end = (at + 4).checked_add(length).ok_or(BAD)?;
                out.bytes
                    .extend_from_slice(raw.get(at + 4..end).ok_or(BAD)?);
                out.ends.push(out.bytes.len());
                at = end;
            }
            out.behind = raw.get(at..).unwrap_or_default().to_vec();
        }
        out.used = vec![false; out.ends.len()];
        Ok(out)
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            n => *self.ends.get(n - 1)?,
        };
        self.bytes.get(start..end)
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.len() + 9 * self.ends.len()
    }

    /// Values that no row has.
    pub(super) fn unused(&self) -> impl Iterator<Item = &[u8]> {
        let numbers = self.used.iter().enumerate().filter(|(_, used)| !**used);
        numbers.filter_map(|(n, _)| self.get(n))
    }
}

/// Values of one page.
#[derive(Debug)]
pub(super) enum Decoder {
    Plain(usize),
    /// Truth values, a bit each.
    Bits(usize),
    BoolRun(Rle),
    Dictionary(Rle),
    Delta(Delta),
    Lengths(Delta, usize),
    Strings {
        shared: Delta,
        lengths: Delta,
        at: usize,
        last: Vec<u8>,
    },
    /// First bytes of all, then second bytes of all: where they begin, how many values, the next one.
    Split(usize, usize, usize),
}

impl Decoder {
    /// For values from a place on, in this encoding.
    ///
    /// # Errors
    /// `Corrupt`; `Unsupported` for an encoding that is not known.
    pub(super) fn new(
        raw: &[u8],
        at: usize,
        encoding: i64,
        kind: i64,
        width: usize,
    ) -> Result<Self, FormatError> {
        Ok(match (encoding, kind) {
            (0, 0) => Self::Bits(at * 8),
            (0, _) => Self::Plain(at),
            (2 | 8, _) => {
                let bits = raw.get(at).copied().unwrap_or(0);
                if bits > 32 {
                    return Err(BAD);
                }
                Self::Dictionary(Rle::new(at + 1, raw.len(), bits.into()))
            }
            (3, 0) => {
                let size = size_at(raw, at).ok_or(BAD)?;
                let end = (at + 4).checked_add(size).filter(|e| *e <= raw.len());
                Self::BoolRun(Rle::new(at + 4, end.ok_or(BAD)?, 1))
            }
            (5, 1 | 2) => Self::Delta(Delta::new(raw, at)?),
            (6, 6) => {
                let lengths = Delta::new(raw, at)?;
                let from = lengths.end(raw)?;
                Self::Lengths(lengths, from)
            }
            (7, 6 | 7) => {
                let shared = Delta::new(raw, at)?;
                let lengths = Delta::new(raw, shared.end(raw)?)?;
                let at = lengths.end(raw)?;
                Self::Strings {
                    shared,
                    lengths,
                    at,
                    last: Vec::new(),
                }
            }
            (9, 1 | 2 | 4 | 5 | 7) => {
                let count = raw.len().saturating_sub(at) / width.max(1);
                Self::Split(at, count, 0)
            }
            _ => return Err(FormatError::Unsupported("an unknown encoding of values")),
        })
    }

    /// Adds the bytes of the next value to `out`.
    pub(super) fn next(
        &mut self,
        raw: &[u8],
        width: usize,
        dictionary: &mut Option<Dictionary>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let length = |n: i64| usize::try_from(n).map_err(|_| BAD);
        match self {
            Self::Plain(at) => {
                let size = if width == 0 {
                    let size = size_at(raw, *at).ok_or(BAD)?;
                    *at += 4;
                    size
                } else {
                    width
                };
                let end = at.checked_add(size).ok_or(BAD)?;
                out.extend_from_slice(raw.get(*at..end).ok_or(BAD)?);
                *at = end;
            }
            Self::Bits(at) => {
                out.push(u8::from(bits(raw, *at, 1).ok_or(BAD)? == 1));
                *at += 1;
            }
            Self::BoolRun(run) => out.push(u8::from(run.next(raw)? == 1)),
            Self::Dictionary(run) => {
                let index = usize::try_from(run.next(raw)?).map_err(|_| BAD)?;
                let dictionary = dictionary.as_mut().ok_or(BAD)?;
                out.extend_from_slice(dictionary.get(index).ok_or(BAD)?);
                if let Some(used) = dictionary.used.get_mut(index) {
                    *used = true;
                }
            }
            Self::Delta(delta) => {
                let value = delta.next(raw)?.to_le_bytes();
                out.extend_from_slice(value.get(..width).ok_or(BAD)?);
            }
            Self::Lengths(lengths, at) => {
                let end = at.checked_add(length(lengths.next(raw)?)?).ok_or(BAD)?;
                out.extend_from_slice(raw.get(*at..end).ok_or(BAD)?);
                *at = end;
            }
            Self::Strings {
                shared,
                lengths,
                at,
                last,
            } => {
                let keep = length(shared.next(raw)?)?;
                let end = at.checked_add(length(lengths.next(raw)?)?).ok_or(BAD)?;
                if keep > last.len() {
                    return Err(BAD);
                }
                last.truncate(keep);
                last.extend_from_slice(raw.get(*at..end).ok_or(BAD)?);
                *at = end;
                if width > 0 && last.len() != width {
                    return Err(BAD);
                }
                out.extend_from_slice(last);
            }
            Self::Split(from, count, number) => {
                if *number >= *count {
                    return Err(BAD);
                }
                for part in 0..width {
                    let place = part.checked_mul(*count).ok_or(BAD)?;
                    out.push(*raw.get(*from + place + *number).ok_or(BAD)?);
                }
                *number += 1;
            }
        }
        Ok(())
    }

    /// Values that are there and were not asked for, where they do not lie behind those that were.
    pub(super) fn unasked(&self, raw: &[u8], width: usize) -> Vec<u8> {
        let Self::Split(from, count, number) = self else {
            return Vec::new();
        };
        let places = (*number..*count).flat_map(|n| (0..width).map(move |part| part * *count + n));
        let bytes = places.map_while(|place| raw.get(*from + place));
        bytes.copied().collect()
    }

    /// Where the values that were read end.
    pub(super) fn end(&self, width: usize) -> usize {
        match self {
            Self::Plain(at) | Self::Lengths(_, at) | Self::Strings { at, .. } => *at,
            Self::Bits(at) => at.div_ceil(8),
            Self::BoolRun(run) | Self::Dictionary(run) => run.at,
            Self::Delta(delta) => delta.at,
            Self::Split(from, count, _) => from + count * width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_stretches() {
        // Ten times 3, then eight packed values of three bits: 0 to 7.
        let raw = [20, 3, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let mut rle = Rle::new(0, raw.len(), 3);
        let all: Vec<u64> = (0..18).map(|_| rle.next(&raw).unwrap()).collect();
        assert_eq!(&all[..10], &[3; 10]);
        assert_eq!(&all[10..], &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(rle.next(&raw).is_err());
    }

    #[test]
    fn differences() {
        // The standard's example: 1 to 5 with blocks of 128 values in four parts, every difference 1.
        let mut raw = vec![0x80, 1, 4, 5, 2, 2];
        raw.extend([0, 0, 0, 0]);
        let mut delta = Delta::new(&raw, 0).unwrap();
        assert_eq!(delta.end(&raw).unwrap(), raw.len());
        let all: Vec<i64> = (0..5).map(|_| delta.next(&raw).unwrap()).collect();
        assert_eq!(all, [1, 2, 3, 4, 5]);
        assert!(delta.next(&raw).is_err());
        let huge = [0x80, 1, 4, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 2, 0, 0, 0, 0, 0];
        assert!(matches!(
            Delta::new(&huge, 0).unwrap().end(&huge),
            Err(FormatError::Limit(_))
        ));
    }
}
