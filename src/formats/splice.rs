//! [`Splice`]: copying bytes with some ranges replaced.

use super::FormatError;
use std::io::Write;

/// Replacements in one run of bytes, collected in any order and applied in one pass.
#[derive(Default)]
pub struct Splice {
    /// Start, end, and range of `arena`.
    cuts: Vec<(u64, u64, usize, usize)>,
    arena: Vec<u8>,
    sorted: bool,
}

impl std::fmt::Debug for Splice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Splice({} cuts)", self.cuts.len())
    }
}

impl Splice {
    /// Replaces `start..end` (bytes of the source) with `with`.
    pub fn cut(&mut self, start: u64, end: u64, with: &[u8]) {
        self.cut_with(start, end, |arena| arena.extend_from_slice(with));
    }

    /// Replaces `start..end` (bytes of the source) with what `write` appends.
    pub fn cut_with(&mut self, start: u64, end: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let a = self.arena.len();
        write(&mut self.arena);
        self.cuts.push((start, end, a, self.arena.len()));
        self.sorted = false;
    }

    /// Begins anew, in the same memory.
    pub fn clear(&mut self) {
        self.cuts.clear();
        self.arena.clear();
    }

    /// Forgets the replacements that end at this byte of the source or before.
    pub fn forget_before(&mut self, at: u64) {
        let old = std::mem::take(&mut self.arena);
        self.cuts.retain_mut(|cut| {
            let stays = cut.1 > at || cut.0 >= at;
            if stays {
                let with = old.get(cut.2..cut.3).unwrap_or_default();
                cut.2 = self.arena.len();
                self.arena.extend_from_slice(with);
                cut.3 = self.arena.len();
            }
            stays
        });
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.cuts.is_empty()
    }

    /// Number of replacements.
    pub fn len(&self) -> usize {
        self.cuts.len()
    }

    /// Sorts the cuts and unites overlapping ones: of two that overlap, the range of both is
    /// replaced by the text of the earlier.
    fn settle(&mut self) {
        let apart = |pair: &[(u64, u64, usize, usize)]| {
            let [a, b] = pair else { return true };
            a.1 <= b.0 && (a.0, std::cmp::Reverse(a.1)) <= (b.0, std::cmp::Reverse(b.1))
        };
        // Mostly they come in order.
        if self.sorted || self.cuts.windows(2).all(apart) {
            self.sorted = true;
            return;
        }
        self.cuts
            .sort_by_key(|&(start, end, ..)| (start, std::cmp::Reverse(end)));
        let mut kept: Vec<(u64, u64, usize, usize)> = Vec::with_capacity(self.cuts.len());
        for cut in self.cuts.drain(..) {
            match kept.last_mut() {
                Some(last) if cut.0 < last.1 => last.1 = last.1.max(cut.1),
                _ => kept.push(cut),
            }
        }
        self.cuts = kept;
        self.sorted = true;
    }

    /// Writes `source`, which starts at byte `base` of the whole, with the cuts applied. Cuts that
    /// lie outside are ignored; one that reaches over an end is an error.
    ///
    /// # Errors
    /// `Corrupt` for a cut over an end, and those of the writer.
    pub fn apply(
        &mut self,
        source: &[u8],
        base: u64,
        out: &mut dyn Write,
    ) -> Result<(), FormatError> {
        self.settle();
        let end = base + source.len() as u64;
        let first = self.cuts.partition_point(|c| c.0 < base);
        let mut at = 0;
        for &(start, stop, a, b) in self.cuts.get(first..).unwrap_or_default() {
            if start >= end {
                break;
            }
            if stop > end {
                return Err(FormatError::Corrupt("an edit reaches past its part"));
            }
            let (s, e) = (to_usize(start - base)?, to_usize(stop - base)?);
            out.write_all(source.get(at..s).unwrap_or_default())?;
            out.write_all(self.arena.get(a..b).unwrap_or_default())?;
            at = e;
        }
        out.write_all(source.get(at..).unwrap_or_default())?;
        Ok(())
    }
}

fn to_usize(n: u64) -> Result<usize, FormatError> {
    usize::try_from(n).map_err(|_| FormatError::Limit("bytes held in memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spliced(cuts: &[(u64, u64, &str)], source: &str) -> String {
        let mut splice = Splice::default();
        for &(s, e, w) in cuts {
            splice.cut(s, e, w.as_bytes());
        }
        let mut out = Vec::new();
        splice.apply(source.as_bytes(), 0, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn replaces_and_keeps_the_rest() {
        assert_eq!(spliced(&[(7, 9, "X"), (0, 2, "")], "ab12345zz!"), "12345X!");
        assert_eq!(spliced(&[], "abc"), "abc");
    }

    #[test]
    fn overlapping_cuts_take_the_whole_range_away() {
        assert_eq!(spliced(&[(2, 5, "--"), (1, 4, "*")], "abcdefg"), "a*fg");
    }

    #[test]
    fn cuts_of_one_place_come_as_sorted_ones_do() {
        assert_eq!(spliced(&[(2, 2, "-"), (2, 2, "+")], "abcd"), "ab-+cd");
        assert_eq!(spliced(&[(2, 2, "-"), (2, 3, "+")], "abcd"), "ab+d");
        assert_eq!(spliced(&[(2, 3, "+"), (2, 2, "-")], "abcd"), "ab+d");
        assert_eq!(spliced(&[(0, 2, "+"), (2, 3, "-")], "abcd"), "+-d");
    }

    #[test]
    fn a_cleared_one_cuts_nothing() {
        let mut splice = Splice::default();
        splice.cut(0, 1, b"x");
        splice.clear();
        assert!(splice.is_empty());
        splice.cut_with(1, 2, |out| out.extend_from_slice(b"--"));
        let mut out = Vec::new();
        splice.apply(b"abc", 0, &mut out).unwrap();
        assert_eq!(out, b"a--c");
    }

    #[test]
    fn a_source_in_stretches_is_changed_as_one_in_one() {
        let source = "0123456789";
        let cuts = [(8, 10, "Z"), (1, 2, "abc"), (4, 4, "-"), (5, 7, "")];
        let whole = spliced(&cuts, source);
        for at in [0, 1, 2, 3, 4, 5, 7, 8, 10] {
            let mut splice = Splice::default();
            for (s, e, w) in cuts {
                splice.cut(s, e, w.as_bytes());
            }
            let mut out = Vec::new();
            let (a, b) = source.as_bytes().split_at(at);
            splice.apply(a, 0, &mut out).unwrap();
            splice.forget_before(at as u64);
            splice.apply(b, at as u64, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), whole, "{at}");
        }
    }

    #[test]
    fn a_cut_past_the_end_is_refused() {
        let mut splice = Splice::default();
        splice.cut(2, 9, b"x");
        assert!(splice.apply(b"abcd", 0, &mut Vec::new()).is_err());
    }
}
