//! [`Fragment`]: a borrowed stretch of text and where each byte of it lies.

use super::{locator::Step, span::Span};
use std::ops::Range;

/// The encoding of a fragment's bytes. Everything else is decoded to UTF-8 by its format first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Charset {
    /// UTF-8; stray bytes are possible and are never part of a value.
    #[default]
    Utf8,
    /// GB 18030 and with it GBK and GB 2312, read raw.
    Gb18030,
}

/// How a cell's value is stored; more than its text when a value can be damaged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CellKind {
    /// Text.
    #[default]
    Text,
    /// A number that its text shows exactly.
    Number,
    /// A number of 16 digits or more: the digits past the 15th are lost.
    Rounded,
    /// A name of a field, key or column rather than a value.
    Key,
}

/// One cell of a table: its place and its bytes in the fragment (half-open, may be empty).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellAt {
    /// Row from 0, counted from the fragment's `first_row`.
    pub row: u32,
    /// Column, from 1.
    pub column: u32,
    /// First byte in the fragment.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// How the value is stored.
    pub kind: CellKind,
}

impl CellAt {
    /// The cell's bytes in the fragment.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a table's column names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headers<'a> {
    /// Among the first rows, perhaps.
    InText,
    /// Known from the format: `names[column - 1]`. JSON keys, DBF and database fields.
    Known(&'a [String]),
}

/// What the detector must know of the table that a block of cells belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Number of the table in its file or member, from 0. Blocks of one table come in order.
    pub id: u32,
    /// Whether this is its first block, from which the columns are inferred. Give it many rows.
    pub first: bool,
    /// Where the column names are.
    pub headers: Headers<'a>,
}

/// Places below [`Fragment::at`].
#[derive(Debug, Clone, Copy)]
pub enum Layout<'a> {
    /// One place.
    Whole,
    /// Lines of running text; `first` is the number of the first line, from 1.
    Lines {
        /// Number of the line that `own` starts in, from 1.
        first: u64,
    },
    /// A block of a table's rows. Cells are in the order of their bytes and do not overlap; bytes
    /// between them are separators and belong to none.
    Cells {
        /// The table.
        table: Table<'a>,
        /// Number of the row that the cells' row 0 is, from 1.
        first_row: u64,
        /// The cells.
        cells: &'a [CellAt],
    },
}

/// A stretch of text that is read in one go. Values do not reach over its ends.
#[derive(Debug, Clone)]
pub struct Fragment<'a> {
    /// Steps below the file or member (sheet, part, page, …).
    pub at: &'a [Step],
    /// The text. At most 16 MiB.
    pub bytes: &'a [u8],
    /// Encoding of `bytes`.
    pub charset: Charset,
    /// The part of `bytes` that is this fragment's own; what lies outside is context only.
    pub own: Range<usize>,
    /// Byte offset of `bytes[0]` in the file or member, when the bytes are the file's own.
    pub base: Option<u64>,
    /// Places inside.
    pub layout: Layout<'a>,
    /// What stands before or above the text and says what it is (key, element, attribute name).
    pub label: Option<&'a str>,
}

impl<'a> Fragment<'a> {
    /// A fragment of UTF-8 text that is one place.
    pub fn whole(at: &'a [Step], text: &'a str, label: Option<&'a str>) -> Self {
        Self {
            at,
            bytes: text.as_bytes(),
            charset: Charset::Utf8,
            own: 0..text.len(),
            base: None,
            layout: Layout::Whole,
            label,
        }
    }
}

/// A change wanted in a fragment: these bytes become this text. Lives inside one traversal only.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the fragment.
    pub span: Span,
    /// Index into the layout's cells, when the span lies in a cell.
    pub cell: Option<u32>,
    /// The text to put there; the format encodes and escapes it.
    pub with: String,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({:?})", self.span)
    }
}
