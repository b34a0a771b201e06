//! [`Joined`]: text put together from pieces of a document, with a way back from each byte.

use super::entity;
use crate::{
    formats::{Cx, feed::Feed},
    model::{CellAt, Charset, Edit, Fragment, Layout, Table},
};
use std::ops::Range;

/// How text is written where a piece comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Mode {
    /// Character data.
    Text,
    /// Inside a tag.
    Tag,
    /// Without escapes: script, comment, CDATA. What would end it is written as `*`.
    Raw,
}

/// A piece: its bytes start at `text` in the joined text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    text: usize,
    raw: u64,
    len: u32,
    /// Bytes of text and document are the same.
    same: bool,
    mode: Mode,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(in super::super) struct Joined {
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Joined {
    pub(in super::super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(in super::super) fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// Whether the last byte is of the document and no blank.
    pub(in super::super) fn ends_with_text(&self) -> bool {
        self.pieces.last().is_some_and(|p| p.len > 0)
            && self.text.last().is_some_and(|b| !b.is_ascii_whitespace())
    }

    fn add(&mut self, text: &[u8], raw: u64, len: usize, same: bool, mode: Mode) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece {
            text: self.text.len(),
            raw,
            len: u32::try_from(len).unwrap_or(u32::MAX),
            same,
            mode,
        });
        self.text.extend_from_slice(text);
    }

    /// Adds bytes that lie at offset `at` of the document; entities are resolved but for raw text.
    pub(in super::super) fn push(&mut self, raw: &[u8], at: u64, mode: Mode) {
        let mut from = 0;
        if mode != Mode::Raw {
            for amp in memchr::memchr_iter(b'&', raw) {
                if amp < from {
                    continue;
                }
                let rest = raw.get(amp..).unwrap_or_default();
                if let Some((c, n)) = entity(rest) {
                    let plain = raw.get(from..amp).unwrap_or_default();
                    self.add(plain, at + from as u64, plain.len(), true, mode);
                    let mut buf = [0; 4];
                    let c = c.encode_utf8(&mut buf).as_bytes();
                    self.add(c, at + amp as u64, n, false, mode);
                    from = amp + n;
                }
            }
        }
        let plain = raw.get(from..).unwrap_or_default();
        self.add(plain, at + from as u64, plain.len(), true, mode);
    }

    /// Adds a separator that is not in the document.
    pub(in super::super) fn separate(&mut self, with: &[u8]) {
        self.add(with, 0, 0, false, Mode::Raw);
    }

    /// Hands the text on and takes the edits.
    pub(in super::super) fn hand_on(
        &self,
        layout: Layout<'_>,
        label: Option<&str>,
        feed: &mut Feed<'_>,
        cx: &mut Cx<'_>,
    ) {
        if self.text.is_empty() {
            return;
        }
        let fragment = Fragment {
            at: &[],
            bytes: &self.text,
            charset: Charset::Utf8,
            own: 0..self.text.len(),
            base: None,
            layout,
            label,
        };
        for edit in cx.text(&fragment) {
            self.edit(edit, feed);
        }
    }

    /// Bytes of the document that a span of text comes from, with the number of characters.
    fn sources(&self, span: Range<usize>) -> Vec<(Range<u64>, usize, Mode)> {
        let first = self.pieces.partition_point(|p| p.text <= span.start);
        let mut out: Vec<(Range<u64>, usize, Mode)> = Vec::new();
        let from = first.saturating_sub(1);
        for (i, piece) in self.pieces.iter().enumerate().skip(from) {
            if piece.text >= span.end {
                break;
            }
            let end = self.pieces.get(i + 1).map_or(self.text.len(), |n| n.text);
            let part = span.start.max(piece.text)..span.end.min(end);
            if piece.len == 0 || part.is_empty() {
                continue;
            }
            let raw = if piece.same {
                piece.raw + (part.start - piece.text) as u64
                    ..piece.raw + (part.end - piece.text) as u64
            } else {
                piece.raw..piece.raw + u64::from(piece.len)
            };
            let text = self.text.get(part).unwrap_or_default();
            let chars = text.iter().filter(|&&b| !(0x80..0xC0).contains(&b)).count();
            match out.last_mut() {
                Some((last, n, _)) if last.end == raw.start => {
                    last.end = raw.end;
                    *n += chars;
                }
                _ => out.push((raw, chars, piece.mode)),
            }
        }
        out
    }

    /// Markup inside a value survives: with as many characters as before each piece keeps its own,
    /// otherwise the first takes all.
    fn edit(&self, edit: &Edit, feed: &mut Feed<'_>) {
        let sources = self.sources(edit.span.range());
        let chars: usize = sources.iter().map(|s| s.1).sum();
        let spread = sources.len() > 1 && edit.with.chars().count() == chars;
        let mut rest = edit.with.chars();
        for (i, (raw, n, mode)) in sources.into_iter().enumerate() {
            let part: String = if spread {
                rest.by_ref().take(n).collect()
            } else if i == 0 {
                edit.with.clone()
            } else {
                String::new()
            };
            feed.edit_at(raw.start, raw.end, &written(&part, mode));
        }
    }
}

/// Text as it is written in a document.
fn written(text: &str, mode: Mode) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        match (mode, c) {
            (Mode::Raw, '<' | '>' | '&' | '"' | '\'' | '`' | '\\' | '\n' | '\r') => out.push('*'),
            (Mode::Raw, '-') if last == '-' => out.push('*'),
            (_, '&') => out.push_str("&amp;"),
            (_, '<') => out.push_str("&lt;"),
            (_, '>') => out.push_str("&gt;"),
            (Mode::Tag, '"') => out.push_str("&quot;"),
            (Mode::Tag, '\'') => out.push_str("&#39;"),
            _ => out.push(c),
        }
        last = c;
    }
    out
}

/// Running text whose line numbers are those of the document.
#[derive(Debug, Default)]
pub(in super::super) struct Lines {
    now: Joined,
    first: u64,
    line: u64,
    /// Texts before gaps of very many lines.
    done: Vec<(Joined, u64)>,
}

/// Empty lines in a row that are kept.
const GAP: u64 = 64;

impl Lines {
    /// Adds text that starts in this line; a `fresh` one is kept apart from what stands before.
    pub(in super::super) fn push(
        &mut self,
        raw: &[u8],
        at: u64,
        mode: Mode,
        line: u64,
        fresh: bool,
    ) {
        if !self.now.is_empty() && line.saturating_sub(self.line) > GAP {
            self.done.push((std::mem::take(&mut self.now), self.first));
        }
        if self.now.is_empty() {
            self.first = line;
        } else if fresh || line > self.line {
            let missing = line.saturating_sub(self.line);
            if missing == 0 {
                self.now.separate(b"\t");
            } else {
                let lines = vec![b'\n'; usize::try_from(missing).unwrap_or(1)];
                self.now.separate(&lines);
            }
        }
        self.line = line + memchr::memchr_iter(b'\n', raw).count() as u64;
        self.now.push(raw, at, mode);
    }

    /// Hands all of it on.
    pub(in super::super) fn hand_on(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) {
        for (text, first) in self.done.drain(..) {
            text.hand_on(Layout::Lines { first }, None, feed, cx);
        }
        let first = self.first;
        self.now.hand_on(Layout::Lines { first }, None, feed, cx);
        self.now.clear();
    }
}

impl Joined {
    /// Hands cells on.
    pub(in super::super) fn hand_on_cells(
        &self,
        table: Table<'_>,
        first_row: u64,
        cells: &[CellAt],
        feed: &mut Feed<'_>,
        cx: &mut Cx<'_>,
    ) {
        let layout = Layout::Cells {
            table,
            first_row,
            cells,
        };
        self.hand_on(layout, None, feed, cx);
    }
}
