//! [`Story`]: the text of one destination, as lines and tables.

use crate::formats::{
    Cx, Splice,
    ooxml::{
        chars::Map,
        sweep::{Whole, hand_on_as},
    },
};
use crate::model::{CellAt, CellKind, Edit, Fragment, Headers, Layout, Step, Table};
use encoding_rs::Encoding;
use std::ops::Range;

/// Text that is handed on at once.
const LINES: usize = 256 << 10;
/// Text of a table that is handed on at once.
const TABLE: usize = 1 << 20;
/// Columns that are told apart.
const COLUMNS: u32 = 1 << 10;

/// A text and where it comes from.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Piece {
    text: String,
    map: Map,
}

impl Piece {
    fn append(&mut self, other: &Self) {
        self.map.append(&other.map, self.text.len());
        self.text.push_str(&other.text);
    }

    fn push(&mut self, text: &str, raw: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.map.join(start..self.text.len(), raw);
    }
}

/// Whether text is part of the document after tracked changes, before them, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::formats) enum Change {
    /// Both.
    #[default]
    None,
    /// It was inserted.
    Inserted,
    /// It was deleted.
    Deleted,
}

/// See the module's documentation.
#[derive(Debug)]
pub(in crate::formats) struct Story {
    at: Vec<Step>,
    /// What says what the text is: the name of a property.
    label: Option<&'static str>,
    /// Text of the open paragraph or cell.
    now: Piece,
    before: Option<Piece>,
    /// Bytes of a character of more than one byte that is not complete.
    pending: Vec<(u8, Range<usize>)>,
    lines: Piece,
    asides: Piece,
    line: u64,
    cells: Vec<CellAt>,
    table: Piece,
    row: u32,
    column: u32,
    first_row: u64,
    id: Option<u32>,
    first: bool,
}

impl Story {
    /// Of a destination at this place.
    pub(in crate::formats) fn new(at: Vec<Step>, label: Option<&'static str>) -> Self {
        Self {
            at,
            label,
            now: Piece::default(),
            before: None,
            pending: Vec::new(),
            lines: Piece::default(),
            asides: Piece::default(),
            line: 1,
            cells: Vec::new(),
            table: Piece::default(),
            row: 0,
            column: 0,
            first_row: 1,
            id: None,
            first: true,
        }
    }

    /// Adds text that lies at `raw`.
    pub(in crate::formats) fn push(&mut self, text: &str, raw: Range<usize>, change: Change) {
        if change != Change::None && self.before.is_none() {
            self.before = Some(self.now.clone());
        }
        if change != Change::Deleted {
            self.now.push(text, raw.clone());
        }
        if let Some(before) = self.before.as_mut().filter(|_| change != Change::Inserted) {
            before.push(text, raw);
        }
    }

    /// Whether no character is half read.
    pub(in crate::formats) fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Adds a byte in an encoding.
    pub(in crate::formats) fn byte(
        &mut self,
        byte: u8,
        raw: Range<usize>,
        encoding: &'static Encoding,
        change: Change,
    ) {
        self.pending.push((byte, raw));
        let first = self.pending.first().map_or(byte, |p| p.0);
        if self.pending.len() < width(encoding, first) {
            return;
        }
        self.settle(encoding, change);
    }

    /// Ends what is pending of a character.
    pub(in crate::formats) fn settle(&mut self, encoding: &'static Encoding, change: Change) {
        let (Some(first), Some(last)) = (self.pending.first(), self.pending.last()) else {
            return;
        };
        let raw = first.1.start..last.1.end;
        let bytes: Vec<u8> = self.pending.drain(..).map(|p| p.0).collect();
        let text = encoding.decode_without_bom_handling(&bytes).0.into_owned();
        self.push(&text, raw, change);
    }

    /// Adds a character that stands for a control word.
    pub(in crate::formats) fn mark(&mut self, with: &str) {
        self.now.text.push_str(with);
        if let Some(before) = &mut self.before {
            before.text.push_str(with);
        }
    }

    /// Ends a paragraph outside of tables.
    pub(in crate::formats) fn end_line(
        &mut self,
        whole: &Whole,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) {
        self.end_table(whole, splice, cx);
        self.take_before();
        let now = std::mem::take(&mut self.now);
        self.lines.append(&now);
        self.lines.text.push('\n');
        if self.lines.text.len() >= LINES || self.asides.text.len() >= LINES {
            self.flush(whole, splice, cx);
        }
    }

    fn take_before(&mut self) {
        if let Some(before) = self.before.take() {
            self.asides.append(&before);
            self.asides.text.push('\n');
        }
    }

    /// Ends a cell; `tables` counts the tables of the file.
    pub(in crate::formats) fn end_cell(&mut self, tables: &mut u32) {
        if self.id.is_none() {
            self.id = Some(*tables);
            *tables = tables.saturating_add(1);
            (self.first, self.row, self.first_row, self.column) = (true, 0, 1, 0);
        }
        self.take_before();
        self.column = self.column.saturating_add(1);
        let start = self.table.text.len();
        let now = std::mem::take(&mut self.now);
        self.table.append(&now);
        let end = self.table.text.len();
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if end > start && self.column <= COLUMNS {
            self.cells.push(CellAt {
                row: self.row,
                column: self.column,
                start: small(start),
                end: small(end),
                kind: CellKind::Text,
            });
        }
        self.table.text.push('\t');
    }

    /// Ends a row.
    pub(in crate::formats) fn end_row(
        &mut self,
        whole: &Whole,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) {
        self.table.text.push('\n');
        self.row = self.row.saturating_add(1);
        self.column = 0;
        if self.table.text.len() >= TABLE {
            self.hand_on_table(whole, splice, cx);
        }
    }

    fn end_table(&mut self, whole: &Whole, splice: &mut Splice, cx: &mut Cx<'_>) {
        if self.id.is_some() {
            self.hand_on_table(whole, splice, cx);
            self.id = None;
        }
    }

    fn hand_on_table(&mut self, whole: &Whole, splice: &mut Splice, cx: &mut Cx<'_>) {
        // What stands before the table is handed on before it.
        self.flush(whole, splice, cx);
        let piece = std::mem::take(&mut self.table);
        let cells = std::mem::take(&mut self.cells);
        let first_row = self.first_row;
        self.first_row += u64::from(self.row);
        self.row = 0;
        let Some(id) = self.id.filter(|_| !cells.is_empty()) else {
            return;
        };
        let mut at = self.at.clone();
        at.push(Step::Block(id.saturating_add(1)));
        let layout = Layout::Cells {
            table: Table {
                id,
                first: std::mem::take(&mut self.first),
                headers: Headers::InText,
            },
            first_row,
            cells: &cells,
        };
        let fragment = Fragment {
            layout,
            ..Fragment::whole(&at, &piece.text, None)
        };
        let edits = cx.text(&fragment);
        whole.note_names(&piece.text, edits);
        for edit in edits {
            cut(&piece.map, edit, splice);
        }
    }

    /// Hands on what there is of running text.
    fn flush(&mut self, whole: &Whole, splice: &mut Splice, cx: &mut Cx<'_>) {
        let first = self.line;
        for (piece, layout) in [
            (&mut self.lines, Layout::Lines { first }),
            (&mut self.asides, Layout::Whole),
        ] {
            let piece = std::mem::take(piece);
            if piece.text.trim().is_empty() {
                continue;
            }
            let layout = if self.label.is_some() {
                Layout::Whole
            } else {
                layout
            };
            let edits = hand_on_as(cx, &self.at, &piece.text, self.label, layout);
            whole.note_names(&piece.text, &edits);
            for edit in whole.add_names(&piece.text, edits) {
                cut(&piece.map, &edit, splice);
            }
            if matches!(layout, Layout::Lines { .. }) {
                self.line += piece.text.bytes().filter(|&b| b == b'\n').count() as u64;
            }
        }
    }

    /// Ends the destination.
    pub(in crate::formats) fn finish(
        &mut self,
        encoding: &'static Encoding,
        whole: &Whole,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) {
        self.settle(encoding, Change::None);
        self.end_line(whole, splice, cx);
        self.flush(whole, splice, cx);
    }
}

/// Bytes of the character that begins with this one.
fn width(encoding: &'static Encoding, first: u8) -> usize {
    let double = match encoding.name() {
        "GBK" | "gb18030" | "Big5" | "EUC-KR" => first >= 0x81,
        "Shift_JIS" => matches!(first, 0x81..=0x9F | 0xE0..=0xFC),
        _ => false,
    };
    if double { 2 } else { 1 }
}

/// Puts an edit where its text comes from; each run of bytes keeps about as many characters as it had.
fn cut(map: &Map, edit: &Edit, splice: &mut Splice) {
    let ranges = map.ranges(edit.span.range());
    let mut rest = edit.with.chars();
    for (i, range) in ranges.iter().enumerate() {
        let here: String = if i + 1 == ranges.len() {
            rest.by_ref().collect()
        } else {
            rest.by_ref().take(range.len()).collect()
        };
        splice.cut(range.start as u64, range.end as u64, &written(&here));
    }
}

/// Text as it is written in RTF. What stands before may be a control word without the blank that ends
/// it, so an empty group comes first when the text could be taken for a part of it.
fn written(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if text
        .chars()
        .next()
        .is_none_or(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
    {
        out.extend_from_slice(b"{}");
    }
    for c in text.chars() {
        match c {
            '\\' | '{' | '}' => out.extend_from_slice(&[b'\\', u8::try_from(c).unwrap_or(b'?')]),
            '\n' => out.extend_from_slice(b"\\line "),
            '\t' => out.extend_from_slice(b"\\tab "),
            ' '..='~' => out.push(u8::try_from(c).unwrap_or(b'?')),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let written = format!("{{\\uc1\\u{}?}}", unit.cast_signed());
                    out.extend_from_slice(written.as_bytes());
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_cannot_run_into_a_control_word() {
        assert_eq!(written("12"), b"{}12");
        assert_eq!(written(""), b"{}");
        assert_eq!(written("*{"), b"*\\{");
        assert_eq!(written("\u{5f20}"), b"{\\uc1\\u24352?}");
        assert_eq!(written("\u{9f20}"), b"{\\uc1\\u-24800?}");
    }
}
