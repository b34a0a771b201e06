//! The shared strings of a workbook.

use super::{
    records::{Cursor, Record},
    sweep,
    text::{Joined, Patch},
};
use crate::{formats::encoding::Codec, model::Edit};
use std::ops::Range;

/// Characters of all strings, with the place of each string.
#[derive(Debug, Default)]
pub(super) struct Strings {
    joined: Joined,
    spans: Vec<Range<usize>>,
    shown: Vec<bool>,
    /// Whether the record ended before its last string.
    pub(super) short: bool,
}

impl Strings {
    /// Reads the record. Words of phonetic guides are added to `aside`.
    ///
    /// Standard: [MS-XLS] 2.4.265 (SST), 2.5.293 (`XLUnicodeRichExtendedString`).
    pub(super) fn read(&mut self, raw: &[u8], record: &Record, aside: &mut Joined) {
        let mut cursor = Cursor::new(raw, &record.parts, 4);
        let Some(count) = cursor.u32() else { return };
        for _ in 0..count {
            if self.one(raw, &mut cursor, aside).is_none() {
                self.short = true;
                break;
            }
        }
        self.shown = vec![false; self.spans.len()];
    }

    fn one(&mut self, raw: &[u8], cursor: &mut Cursor<'_>, aside: &mut Joined) -> Option<()> {
        let count = usize::from(cursor.u16()?);
        let flags = cursor.u8()?;
        let runs = if flags & 8 != 0 { cursor.u16()? } else { 0 };
        let extra = if flags & 4 != 0 { cursor.u32()? } else { 0 };
        let start = self.joined.text.len();
        let whole = cursor.chars(count, flags & 1 != 0, &mut self.joined);
        self.spans.push(start..self.joined.text.len());
        self.joined.blank('\n');
        whole?;
        cursor.skip(usize::from(runs) * 4)?;
        for range in cursor.skip(usize::try_from(extra).ok()?)? {
            sweep::words(raw.get(range.clone())?, range.start, None, aside);
        }
        Some(())
    }

    /// The text of a string, which is shown by a cell.
    pub(super) fn show(&mut self, index: usize) -> &str {
        if let Some(shown) = self.shown.get_mut(index) {
            *shown = true;
        }
        self.text(index)
    }

    fn text(&self, index: usize) -> &str {
        let span = self.spans.get(index).cloned().unwrap_or_default();
        self.joined.text.get(span).unwrap_or_default()
    }

    /// The strings that no cell shows.
    pub(super) fn rest(&self) -> impl Iterator<Item = (usize, &str)> {
        (0..)
            .zip(&self.shown)
            .filter(|(_, shown)| !**shown)
            .map(|(i, _)| (i, self.text(i)))
            .filter(|(_, text)| !text.is_empty())
    }

    /// What to write for a change of a string; `from` is where its text begins in the fragment.
    pub(super) fn mask(
        &self,
        index: usize,
        edit: &Edit,
        from: usize,
        page: Codec,
        out: &mut Vec<Patch>,
    ) {
        let Some(span) = self.spans.get(index) else {
            return;
        };
        let place = |at: usize| (span.start + at.saturating_sub(from)).min(span.end);
        let (start, end) = (place(edit.span.start()), place(edit.span.end()));
        self.joined.mask(start, end, &edit.with, page, out);
    }
}
