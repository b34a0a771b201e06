//! Values that go on in the next line: the two pieces are joined and looked at again.
//!
//! A view of lower confidence (identifiers 1.2): what is found over a line end needs a check digit, or a colon
//! before it and a structure that holds, and both pieces must be whole words at the ends of their lines.

use super::{
    Candidate, Found, PASSWORDS, Pass,
    pass::{Place, cell_of},
    score,
};
use crate::{
    engine::Hit,
    model::{CellAt, Charset, Fragment, Verdict},
};
use std::ops::Range;

/// Bytes of a piece looked at on each side of a line end.
const PIECE: usize = 64;
/// Letters and digits of a value over a line end: from a mobile number to an IBAN.
const LENGTHS: Range<usize> = 11..35;

/// The pieces on both sides of a line end.
#[derive(Debug, PartialEq, Eq)]
struct Seam {
    left: Range<usize>,
    right: Range<usize>,
}

/// Bytes of a full-width letter or digit that ends or begins here.
fn is_wide(bytes: &[u8], charset: Charset) -> bool {
    matches!(
        (charset, bytes),
        (Charset::Utf8, [0xEF, 0xBC, 0x90..=0x99 | 0xA1..=0xBA])
            | (Charset::Gb18030, [0xA3, 0xB0..=0xB9 | 0xC1..=0xDA])
    )
}

fn wide(charset: Charset) -> usize {
    match charset {
        Charset::Utf8 => 3,
        Charset::Gb18030 => 2,
    }
}

fn is_plain(b: u8) -> bool {
    b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'x'
}

/// Bytes of the letter or digit that ends at `at`.
fn before(text: &[u8], at: usize, charset: Charset) -> Option<usize> {
    if is_plain(*text.get(at.checked_sub(1)?)?) {
        return Some(1);
    }
    let n = wide(charset);
    let wide = text.get(at.checked_sub(n)?..at)?;
    is_wide(wide, charset).then_some(n)
}

/// Bytes of the letter or digit that begins at `at`.
fn after(text: &[u8], at: usize, charset: Charset) -> Option<usize> {
    if is_plain(*text.get(at)?) {
        return Some(1);
    }
    let n = wide(charset);
    is_wide(text.get(at..at + n)?, charset).then_some(n)
}

fn is_separator(b: Option<&u8>) -> bool {
    matches!(b, Some(b' ' | b'-'))
}

/// The pieces around a line end that may be one value, judged by how long they are and what touches them.
fn seam(text: &[u8], newline: usize, charset: Charset) -> Option<Seam> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r');
    let head = text.get(newline.saturating_sub(8)..newline)?;
    let end = newline - head.iter().rev().take_while(|b| blank(b)).count();
    let tail = text.get(newline + 1..text.len().min(newline + 9))?;
    let start = newline + 1 + tail.iter().take_while(|b| blank(b)).count();
    before(text, end, charset)?;
    after(text, start, charset)?;
    let (mut left, mut right, mut letters) = (end, start, 0);
    while end - left < PIECE && letters < LENGTHS.end {
        match before(text, left, charset) {
            Some(n) => {
                left -= n;
                letters += 1;
            }
            None if is_separator(text.get(left.wrapping_sub(1)))
                && before(text, left - 1, charset).is_some() =>
            {
                left -= 1;
            }
            None => break,
        }
    }
    while right - start < PIECE && letters < LENGTHS.end {
        match after(text, right, charset) {
            Some(n) => {
                right += n;
                letters += 1;
            }
            None if is_separator(text.get(right)) && after(text, right + 1, charset).is_some() => {
                right += 1;
            }
            None => break,
        }
    }
    // A list of numbers, a date or a time at the start of a line is no piece of a value.
    let lead = text.get(left.saturating_sub(1)..left)?;
    let first = lead.is_empty() || matches!(lead, [b'\n' | b'\r' | b'.' | b'_' | b'/']);
    let follows = text.get(right..text.len().min(right + 1))?;
    let goes_on = matches!(follows, [b'-' | b':' | b'/' | b'.' | b'_' | b'%' | b'@'])
        || matches!(follows, [b] if b.is_ascii_lowercase());
    let dated = text
        .get(start..right)
        .is_some_and(|r| matches!(r, [b'1' | b'2', _, _, _, b'-', ..]));
    (!first && !goes_on && !dated && LENGTHS.contains(&letters)).then_some(Seam {
        left: left..end,
        right: start..right,
    })
}

impl Pass<'_> {
    /// Values over line ends.
    pub(super) fn take_wraps(&mut self, fragment: &Fragment<'_>, cells: &[CellAt]) {
        let text = fragment.bytes;
        let body = text.get(fragment.own.clone()).unwrap_or_default();
        let mut cell = 0;
        for at in memchr::memchr_iter(b'\n', body) {
            let Some(seam) = seam(text, fragment.own.start + at, fragment.charset) else {
                continue;
            };
            let whole = Hit {
                start: u32::try_from(seam.left.start).unwrap_or(u32::MAX),
                end: u32::try_from(seam.right.end).unwrap_or(u32::MAX),
                pattern: 0,
            };
            if matches!(cell_of(cells, &mut cell, &whole), Place::Outside) {
                continue;
            }
            self.folded.clear();
            for piece in [&seam.left, &seam.right] {
                let bytes = text.get(piece.clone()).unwrap_or_default();
                self.folded.push(bytes, piece.start, fragment.charset);
            }
            self.folded.strip();
            let joined = self.folded.bytes.len();
            self.detector.engine.scan(
                &self.folded.bytes,
                0..joined,
                fragment.charset,
                &mut self.spare,
            );
            let colon = text.get(..seam.left.start).is_some_and(|b| {
                b.trim_ascii_end().ends_with(b":") || b.ends_with(colon(fragment.charset))
            });
            self.take_spare(fragment, cells, &|hit, c| {
                hit.start == 0
                    && hit.end as usize == joined
                    && (c.checked || c.verdict == Verdict::Valid && colon)
            });
        }
    }

    /// Adds what the engine found in folded text.
    pub(super) fn take_spare(
        &mut self,
        fragment: &Fragment<'_>,
        cells: &[CellAt],
        keep: &dyn Fn(&Hit, &Candidate) -> bool,
    ) {
        let mut cell = 0;
        for hit in &self.spare.hits {
            let Some(&rule) = self.detector.pattern_rules.get(usize::from(hit.pattern)) else {
                continue;
            };
            if rule >= PASSWORDS || !self.folded.differs(hit.start as usize, hit.end as usize) {
                continue;
            }
            let Some(c) = score::candidate(
                self.detector,
                &self.folded.bytes,
                rule,
                hit.start,
                hit.end,
                fragment.charset,
            ) else {
                continue;
            };
            // The candidate may end behind the hit: a check character in brackets belongs to it.
            let Some((start, end)) = self.folded.back(c.start as usize, c.end as usize) else {
                continue;
            };
            if !fragment.own.contains(&start) || !keep(hit, &c) {
                continue;
            }
            let (start, end) = (
                u32::try_from(start).unwrap_or(u32::MAX),
                u32::try_from(end).unwrap_or(u32::MAX),
            );
            let original = Hit {
                start,
                end,
                pattern: hit.pattern,
            };
            let at = match cell_of(cells, &mut cell, &original) {
                Place::Outside => continue,
                Place::Text => Found::NO_CELL,
                Place::Cell(i) => i,
            };
            self.candidates.push(Candidate {
                cell: at,
                start,
                end,
                folded: true,
                ..c
            });
        }
    }
}

/// A full-width colon.
fn colon(charset: Charset) -> &'static [u8] {
    match charset {
        Charset::Utf8 => "：".as_bytes(),
        Charset::Gb18030 => b"\xA3\xBA",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Detector;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let mut pass = detector.begin();
        let fragment = Fragment::whole(&[], text, None);
        pass.text(&fragment)
            .iter()
            .map(|f| text[f.range()].to_owned())
            .collect()
    }

    #[test]
    fn values_that_go_on_in_the_next_line() {
        for (text, value) in [
            ("号码：1101051949\n1231002X 。", "1101051949\n1231002X"),
            (
                "号码：110105\r\n  19491231002X 。",
                "110105\r\n  19491231002X",
            ),
            ("号码：622609\n0000000048 。", "622609\n0000000048"),
            (
                "卡号 6228 4804 0256\n4890 018，",
                "6228 4804 0256\n4890 018",
            ),
            ("号码：13800\n138000 。", "13800\n138000"),
            (
                "代码９１３５０１００Ｍ\n０００１００Ｙ４３。",
                "９１３５０１００Ｍ\n０００１００Ｙ４３",
            ),
            (
                "pay GB82 WEST 1234\n5698 7654 32 now",
                "GB82 WEST 1234\n5698 7654 32",
            ),
        ] {
            assert_eq!(found(text), [value], "{text}");
        }
    }

    #[test]
    fn what_only_stands_below_is_not_joined() {
        for text in [
            // A list, a log, a wrong check digit, a mobile number without a colon.
            "62260900\n00000048\n",
            "cost=13800\n2024-01-15 138000",
            "号码：1101051949\n12310021 。",
            "共13800\n138000",
            "比例：13800\n138000.5",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn seams_are_bounded() {
        let text = "1".repeat(300) + "\n" + &"2".repeat(300);
        assert_eq!(seam(text.as_bytes(), 300, Charset::Utf8), None);
        assert_eq!(seam(b"\n", 0, Charset::Utf8), None);
        assert_eq!(seam(b"a1\n", 2, Charset::Utf8), None);
    }
}
