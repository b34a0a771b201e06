//! Plain text of mail in `format=flowed`: lines that end in a blank go on in the next.
//!
//! Standard: RFC 3676. Line numbers of findings are those of the flowed text.

use super::words::guessed;
use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source, Splice, encoding::Codec, encoding::Encoding,
};
use crate::model::{Charset, FormatId, Fragment, Layout};
use std::ops::Range;

/// Bytes of flowed text handed on at a time, up to the next line that does not go on.
const PIECE: usize = 256 << 10;
/// Bytes after which a text is cut even so.
const HARD: usize = 4 << 20;

/// Flowed text; known by what the mail says of it only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flowed {
    /// Whether the blank that ends a line is no part of the text.
    delete: bool,
}

static KEEPING: Flowed = Flowed { delete: false };
static DELETING: Flowed = Flowed { delete: true };

impl Flowed {
    /// With the blanks at line ends deleted or kept.
    pub(super) fn of(delete: bool) -> &'static dyn Format {
        if delete { &DELETING } else { &KEEPING }
    }
}

/// A stretch of text that lies in one line of the source.
struct Unit {
    text: Range<usize>,
    raw: Range<usize>,
}

impl Format for Flowed {
    fn id(&self) -> FormatId {
        "text"
    }

    fn probe(&self, _: &[u8], _: &[u8]) -> Probe {
        Probe::No
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let encoding = guessed(&raw, cx.declared());
        cx.encoding(encoding.name());
        if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
            return crate::formats::Text.run(&mut Source::slice(&raw), cx, out);
        }
        let codec = Codec::new(encoding);
        let mut splice = Splice::default();
        let (mut text, mut units, mut line) = (Vec::new(), Vec::new(), 1);
        let (mut at, mut depth, mut open, mut bad) = (0, 0, false, 0);
        while at < raw.len() {
            let rest = raw.get(at..).unwrap_or_default();
            let len = super::header::line_len(rest);
            let whole = rest.get(..len).unwrap_or_default();
            let bare = super::header::bare(whole);
            let quotes = bare.iter().take_while(|b| **b == b'>').count();
            let stuffed = usize::from(bare.get(quotes) == Some(&b' '));
            let content = bare.get(quotes + stuffed..).unwrap_or_default();
            // What a line goes on with is of the same depth of quotes.
            let goes_on = open && quotes == depth;
            if !text.is_empty() && !goes_on {
                text.push(b'\n');
                if text.len() > PIECE {
                    line += Self::hand_on(&text, &units, line, codec, &mut splice, cx);
                    (text, units) = (Vec::new(), Vec::new());
                    cx.spend(0)?;
                }
            }
            let soft = content.ends_with(b" ") && content != b"-- ";
            let kept = if soft && self.delete {
                content.strip_suffix(b" ").unwrap_or(content)
            } else {
                content
            };
            // The marks of a quotation are text of the first line and no part of those that go on.
            let from = at + if goes_on { quotes + stuffed } else { 0 };
            let to = at + quotes + stuffed + kept.len();
            let start = text.len();
            codec.decode(
                raw.get(from..to).unwrap_or_default(),
                true,
                &mut text,
                &mut bad,
            );
            units.push(Unit {
                text: start..text.len(),
                raw: from..to,
            });
            open = soft && text.len() < HARD;
            depth = quotes;
            at += len;
        }
        Self::hand_on(&text, &units, line, codec, &mut splice, cx);
        crate::formats::feed::note_undecodable(bad, raw.len() as u64, cx);
        if let Some(out) = out {
            splice.apply(&raw, 0, out)?;
        }
        Ok(())
    }
}

impl Flowed {
    fn hand_on(
        text: &[u8],
        units: &[Unit],
        line: u64,
        codec: Codec,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> u64 {
        let fragment = Fragment {
            at: &[],
            bytes: text,
            charset: Charset::Utf8,
            own: 0..text.len(),
            base: None,
            layout: Layout::Lines { first: line },
            label: None,
        };
        for edit in cx.text(&fragment) {
            let span = edit.span.range();
            let first = units.partition_point(|u| u.text.end <= span.start);
            for (i, unit) in units.iter().skip(first).enumerate() {
                if unit.text.start >= span.end {
                    break;
                }
                let part = span.start.max(unit.text.start)..span.end.min(unit.text.end);
                let raw = raw_range(text, unit, &part, codec);
                let with = if i == 0 {
                    codec.encode(&edit.with)
                } else {
                    Vec::new()
                };
                splice.cut(raw.start as u64, raw.end as u64, &with);
            }
        }
        memchr::memchr_iter(b'\n', text).count() as u64
    }
}

/// Bytes of the source that a part of a unit's text comes from. Each character is written as its own bytes, so
/// what stands before it has the length that it is encoded to.
fn raw_range(text: &[u8], unit: &Unit, part: &Range<usize>, codec: Codec) -> Range<usize> {
    let size = |range: Range<usize>| {
        let text = text.get(range).unwrap_or_default();
        if text.is_ascii() {
            text.len()
        } else {
            codec.encode(&String::from_utf8_lossy(text)).len()
        }
    };
    let lead = size(unit.text.start..part.start);
    let len = size(part.clone());
    let tail = size(part.end..unit.text.end);
    if lead + len + tail == unit.raw.len() {
        unit.raw.start + lead..unit.raw.start + lead + len
    } else {
        // Bytes that are no characters: the line is taken away as a whole.
        unit.raw.clone()
    }
}
