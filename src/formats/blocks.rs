//! Cutting text into blocks, and handing a block of lines on.
//!
//! A cut depends on the 4 KiB before a multiple of 1 MiB and on nothing else, so whoever reads a file,
//! in order or in segments, gets the same blocks.

use super::{
    Cx, FormatError,
    encoding::{
        Decision, Encoding, first_edge, is_sound_gb, is_surely_utf8, last_edge, valid_utf8,
    },
    feed::{Feed, HALO},
};
use crate::model::{Charset, Fragment, Layout};
use std::ops::Range;

/// Nominal bytes of a block.
pub(super) const BLOCK: usize = 1 << 20;
/// Bytes before a nominal boundary in which a cut is looked for.
pub(super) const REACH: usize = 4 << 10;

/// Where to cut: `tail` is what lies before the boundary, at most [`REACH`] bytes of it are looked at.
/// Gives how many bytes before the boundary the cut lies.
pub(super) fn cut(tail: &[u8]) -> usize {
    let seen = tail.get(tail.len().saturating_sub(REACH)..).unwrap_or(tail);
    let back = |at: usize| seen.len() - at;
    if let Some(at) = memchr::memrchr(b'\n', seen) {
        return back(at + 1);
    }
    if let Some(at) = seen.iter().rposition(|&b| b == b'\r') {
        return back(at + 1);
    }
    // Never behind a quote: it may be the first of a doubled one. Brackets and the bar may be second bytes of a GBK character.
    let structural = |pair: &[u8]| match pair {
        [_, b',' | b'<' | b'>' | b';' | b'\t' | 0] => true,
        [before, b'{' | b'}' | b'[' | b']' | b'|'] => before.is_ascii(),
        _ => false,
    };
    if let Some(at) = seen.windows(2).rposition(structural) {
        return back(at + 2);
    }
    // Ends of clauses in UTF-8: 。、，；：
    let clause = |w: &[u8]| {
        matches!(
            w,
            [0xE3, 0x80, 0x81 | 0x82] | [0xEF, 0xBC, 0x8C | 0x9A | 0x9B]
        )
    };
    if let Some(at) = seen.windows(3).rposition(clause) {
        return back(at + 3);
    }
    // Any other byte that is in no value and no character.
    let loose =
        |&b: &u8| b < 0x30 && !matches!(b, b'-' | b'.' | b'+' | b' ' | b'*' | b'/' | b'#' | b'"');
    if let Some(at) = seen.iter().rposition(loose) {
        return back(at + 1);
    }
    if let Some(at) = seen.iter().rposition(|&b| b == b' ') {
        return back(at + 1);
    }
    let quotes = seen.iter().rev().take_while(|&&b| b == b'"').count();
    if quotes > 0 && quotes < seen.len() {
        return quotes;
    }
    hard(seen)
}

/// No place is better than another: only no character may be cut.
fn hard(seen: &[u8]) -> usize {
    let start = last_edge(seen).unwrap_or(0);
    let run = seen.get(start..).unwrap_or_default();
    let tail = run.get(run.len().saturating_sub(4)..).unwrap_or(run);
    // UTF-8: before the last lead byte when its character is not whole.
    if let Some(lead) = tail.iter().rposition(|&b| b >= 0xC0) {
        let character = tail.get(lead..).unwrap_or_default();
        if std::str::from_utf8(run.get(run.len().saturating_sub(64)..).unwrap_or(run))
            .is_ok_and(|_| true)
        {
            return 0;
        }
        if std::str::from_utf8(character).is_err_and(|e| e.error_len().is_none()) {
            return character.len();
        }
    }
    // GB 18030: characters counted from a byte that is in none.
    let mut at = 0;
    while let Some(&b) = run.get(at) {
        let long = match run.get(at + 1) {
            _ if b < 0x81 => 1,
            Some(d) if d.is_ascii_digit() => 4,
            _ => 2,
        };
        if at + long > run.len() {
            return run.len() - at;
        }
        at += long;
    }
    0
}

/// How raw bytes are told apart into charsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Decoded by the feed already.
    Decoded,
    /// UTF-8; lines that are not may be GB 18030.
    Utf8,
    /// GB 18030; lines may be UTF-8.
    Gb18030,
}

impl Kind {
    /// That of a feed.
    pub(super) fn of(feed: &Feed<'_>) -> Self {
        if feed.is_raw() {
            Self::decided(feed.decision())
        } else {
            Self::Decoded
        }
    }

    /// That of raw bytes with this encoding.
    pub(super) fn decided(decision: Decision) -> Self {
        match decision.encoding {
            Encoding::Gb18030 => Self::Gb18030,
            _ => Self::Utf8,
        }
    }

    /// The charset of a line.
    fn line(self, line: &[u8]) -> Option<Charset> {
        if line.is_ascii() {
            return None;
        }
        Some(match self {
            Self::Gb18030 if is_surely_utf8(line) => Charset::Utf8,
            Self::Gb18030 => Charset::Gb18030,
            Self::Utf8 if std::str::from_utf8(line).is_err() && is_sound_gb(line) => {
                Charset::Gb18030
            }
            _ => Charset::Utf8,
        })
    }

    /// Cuts `own` of `bytes` into stretches of one charset each, at line ends.
    pub(super) fn runs(self, bytes: &[u8], own: Range<usize>) -> Vec<(Range<usize>, Charset)> {
        let text = bytes.get(own.clone()).unwrap_or_default();
        let main = match self {
            Self::Gb18030 => Charset::Gb18030,
            _ => Charset::Utf8,
        };
        let uniform = match self {
            Self::Decoded => true,
            Self::Utf8 => {
                let sound = encoding_rs::Encoding::utf8_valid_up_to(text);
                text.get(sound..).is_some_and(valid_utf8)
            }
            Self::Gb18030 => text.is_ascii(),
        };
        if uniform {
            return vec![(own, main)];
        }
        let mut runs: Vec<(Range<usize>, Charset)> = Vec::new();
        let mut at = own.start;
        for line in text.split_inclusive(|&b| b == b'\n') {
            let end = at + line.len();
            let charset = self.line(line);
            match runs.last_mut() {
                Some((run, last)) if charset.is_none_or(|c| c == *last) => run.end = end,
                _ => runs.push((at..end, charset.unwrap_or(main))),
            }
            at = end;
        }
        runs
    }
}

/// The end of the next block in the window of a feed: bytes from its start, 0 at the end of the source.
/// `beyond` bytes past the nominal end are read as well when they are there.
pub(super) fn next_end(
    feed: &mut Feed<'_>,
    beyond: usize,
    cx: &mut Cx<'_>,
) -> Result<usize, FormatError> {
    end_after(feed, 0, beyond, cx)
}

/// As [`next_end`], of the block that starts `skip` bytes into the window.
pub(super) fn end_after(
    feed: &mut Feed<'_>,
    skip: usize,
    beyond: usize,
    cx: &mut Cx<'_>,
) -> Result<usize, FormatError> {
    let at = feed.at() + skip as u64;
    // A block starts up to `REACH` before its nominal start.
    let block = BLOCK as u64;
    let nominal = (at + REACH as u64) / block * block + block;
    let want = usize::try_from(nominal - feed.at()).unwrap_or(BLOCK * 2);
    feed.fill(want + beyond.max(1), cx)?;
    let window = feed.window();
    if window.len() <= want {
        return Ok(window.len());
    }
    let tail = window.get(..want).unwrap_or_default();
    Ok(want - cut(tail))
}

/// Hands `own` of `bytes` on as lines from number `line` on, in fragments of one charset each, and gives
/// edits (bytes of `bytes`, text, charset) to `edit`. Gives the number of line ends in `own`.
pub(super) fn lines(
    bytes: &[u8],
    own: Range<usize>,
    base: Option<u64>,
    kind: Kind,
    line: u64,
    cx: &mut Cx<'_>,
    edit: &mut dyn FnMut(Range<usize>, &str, Charset),
) -> u64 {
    let mut line = line;
    let from = line;
    let runs = kind.runs(bytes, own.clone());
    let several = runs.len() > 1;
    for (run, charset) in runs {
        let lead = if several && run.start > own.start {
            run.start
        } else {
            context_start(bytes, run.start, charset)
        };
        let tail = if several && run.end < own.end {
            run.end
        } else {
            context_end(bytes, run.end, charset)
        };
        let text = bytes.get(lead..tail).unwrap_or_default();
        let fragment = Fragment {
            at: &[],
            bytes: text,
            charset,
            own: run.start - lead..run.end - lead,
            base: base.map(|b| b + lead as u64),
            layout: Layout::Lines { first: line },
            label: None,
        };
        for e in cx.text(&fragment) {
            edit(e.span.start() + lead..e.span.end() + lead, &e.with, charset);
        }
        line += count_lines(bytes.get(run).unwrap_or_default());
    }
    line - from
}

/// Line ends in a text.
pub(super) fn count_lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Where context before `at` starts: at most [`HALO`] bytes earlier, at the start of a character.
pub(super) fn context_start(bytes: &[u8], at: usize, charset: Charset) -> usize {
    let from = at.saturating_sub(HALO);
    let before = bytes.get(from..at).unwrap_or_default();
    let skip = match charset {
        Charset::Utf8 => before.iter().position(|&b| !(0x80..0xC0).contains(&b)),
        Charset::Gb18030 => first_edge(before),
    };
    from + skip.unwrap_or(before.len())
}

/// Where context after `at` ends: at most [`HALO`] bytes later, not inside a character.
pub(super) fn context_end(bytes: &[u8], at: usize, charset: Charset) -> usize {
    let to = (at + HALO).min(bytes.len());
    let after = bytes.get(at..to).unwrap_or_default();
    let keep = match charset {
        Charset::Utf8 => match std::str::from_utf8(after) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => after.len(),
        },
        Charset::Gb18030 => {
            let whole = last_edge(after).unwrap_or(0);
            if to < at + HALO { after.len() } else { whole }
        }
    };
    at + keep
}
