//! One block of a table: its rows as cells, what is no row as text, edits with their quoting.

use super::{Dialect, Inside, Rows, split::Outcome};
use crate::{
    formats::{
        Cx,
        blocks::{self, Kind},
        encoding::{Codec, Encoding},
    },
    model::{CellAt, Charset, Edit, Fragment, Headers, Layout, Table},
};
use std::ops::Range;

/// Bytes of rows handed on together, at least.
const STRETCH: usize = 256 << 10;

/// How a table is read.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Grid {
    pub(in super::super) dialect: Dialect,
    pub(in super::super) kind: Kind,
}

/// A block with what surrounds it.
#[derive(Debug)]
pub(in super::super) struct Piece<'a> {
    pub(in super::super) bytes: &'a [u8],
    /// The block.
    pub(in super::super) own: Range<usize>,
    /// Where the next block ends.
    pub(in super::super) ahead: usize,
    /// Whether nothing follows `ahead`.
    pub(in super::super) last: bool,
    /// Offset of `bytes[0]` in the file.
    pub(in super::super) base: Option<u64>,
    /// Whether it is the table's first.
    pub(in super::super) first: bool,
}

/// How a block begins, and how the next one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Entry {
    /// The first row that is the block's own starts here; what lies before belongs to the block before.
    Row(usize),
    /// It starts inside a row that is read as text.
    Long(Inside),
}

/// What a block came to.
#[derive(Debug)]
pub(in super::super) struct Exit {
    pub(in super::super) next: Entry,
    pub(in super::super) rows: u64,
    /// Whether its end lies inside a quoted field.
    pub(in super::super) quoted: bool,
}

/// What is put in place.
#[derive(Debug)]
pub(in super::super) enum With {
    /// Text, still to be encoded.
    Text(String),
    /// Bytes in the text's own encoding.
    Bytes(Vec<u8>),
}

/// A change of bytes of the piece.
#[derive(Debug)]
pub(in super::super) struct Change {
    pub(in super::super) range: Range<usize>,
    pub(in super::super) with: With,
    pub(in super::super) charset: Charset,
}

impl Grid {
    fn rows<'a>(&self, bytes: &'a [u8]) -> Rows<'a> {
        Rows::new(bytes, self.dialect, self.kind == Kind::Gb18030)
    }

    /// Where a row that `from` lies in ends, or where in it the bytes end.
    pub(in super::super) fn row_end(
        &self,
        bytes: &[u8],
        from: usize,
        to: usize,
        inside: Inside,
    ) -> Result<usize, Inside> {
        self.rows(bytes.get(..to).unwrap_or(bytes))
            .row_end(from, inside)
    }

    /// How far a block would read whose start lies inside a quoted field or not (`None`: that begins with a
    /// row), and whether its end would lie in one.
    pub(in super::super) fn reaches(
        &self,
        bytes: &[u8],
        own: &Range<usize>,
        ahead: usize,
        quoted: Option<bool>,
    ) -> (usize, bool) {
        let before = own.start.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        let fresh = quoted.is_none() || before == Some(self.dialect.newline);
        let quoted = quoted.unwrap_or(false);
        let from = if fresh && !quoted {
            own.start
        } else {
            let inside = Inside {
                quoted,
                field: quoted || before != Some(self.dialect.delimiter),
            };
            match self.row_end(bytes, own.start, own.end, inside) {
                Ok(from) => from,
                Err(inside) => return (own.end, inside.quoted),
            }
        };
        let bytes = bytes.get(..ahead).unwrap_or(bytes);
        let out = self
            .rows(bytes)
            .split(from, own.end, false, own.end, &mut Vec::new());
        (out.end, out.quoted)
    }

    /// How even the rows are in bytes that begin there in a row, or with one: rows as wide as most, less
    /// twice the others.
    pub(in super::super) fn evenness(&self, bytes: &[u8], inside: Option<Inside>) -> i64 {
        let rows = self.rows(bytes);
        let from = match inside.map(|inside| rows.row_end(0, inside)) {
            None => 0,
            Some(Ok(from)) => from,
            Some(Err(_)) => return 0,
        };
        let mut cells = Vec::new();
        rows.split(from, bytes.len(), false, from, &mut cells);
        cells
            .chunk_by(|a, b| a.row == b.row)
            .map(|row| match row.last() {
                Some(cell) if cell.column == self.dialect.columns => 1,
                _ => -2,
            })
            .sum()
    }

    /// Reads a block whose first row has number `row`; changes wanted are added to `edits` in order.
    pub(in super::super) fn read(
        &self,
        piece: &Piece<'_>,
        entry: Entry,
        row: u64,
        cx: &mut Cx<'_>,
        edits: &mut Vec<Change>,
    ) -> Exit {
        let own = piece.own.clone();
        let from = match entry {
            Entry::Row(at) => at,
            Entry::Long(inside) => match self.row_end(piece.bytes, own.start, own.end, inside) {
                Ok(end) => {
                    self.text(piece, own.start..end, row, cx, edits);
                    end
                }
                Err(inside) => {
                    self.text(piece, own.clone(), row, cx, edits);
                    return Exit {
                        next: Entry::Long(inside),
                        rows: 0,
                        quoted: inside.quoted,
                    };
                }
            },
        };
        let bytes = piece.bytes.get(..piece.ahead).unwrap_or(piece.bytes);
        let mut cells = Vec::new();
        let (mut at, mut rows) = (from, 0);
        // A stretch at a time, so that what is known of it stays in the processor's cache.
        let out = loop {
            let until = own.end.min(at.saturating_add(STRETCH));
            cells.clear();
            let out = self
                .rows(bytes)
                .split(at, until, piece.last, own.end, &mut cells);
            if out.rows > 0 {
                let first = piece.first && at == from;
                self.cells(piece, first, at..out.end, &cells, row + rows, cx, edits);
                rows += u64::from(out.rows);
            }
            if out.open.is_some() || out.end >= own.end || out.end <= at {
                break out;
            }
            at = out.end;
        };
        let Outcome {
            open: Some(_),
            end,
            quoted,
            ..
        } = out
        else {
            return Exit {
                next: Entry::Row(out.end.max(from).max(own.end)),
                rows,
                quoted: out.quoted,
            };
        };
        self.text(piece, end..own.end, row + rows, cx, edits);
        let before = bytes.get(own.end.wrapping_sub(1)).copied();
        Exit {
            next: Entry::Long(Inside {
                quoted,
                field: quoted || before != Some(self.dialect.delimiter),
            }),
            rows,
            quoted,
        }
    }

    /// Hands a stretch on as text.
    pub(in super::super) fn text(
        &self,
        piece: &Piece<'_>,
        own: Range<usize>,
        line: u64,
        cx: &mut Cx<'_>,
        edits: &mut Vec<Change>,
    ) {
        if own.is_empty() {
            return;
        }
        blocks::lines(
            piece.bytes,
            own,
            piece.base,
            self.kind,
            line,
            cx,
            &mut |range, with, charset| {
                edits.push(Change {
                    range,
                    with: With::Text(with.to_owned()),
                    charset,
                });
            },
        );
    }

    #[expect(clippy::too_many_arguments, reason = "all of it describes one stretch")]
    fn cells(
        &self,
        piece: &Piece<'_>,
        first: bool,
        range: Range<usize>,
        cells: &[CellAt],
        row: u64,
        cx: &mut Cx<'_>,
        edits: &mut Vec<Change>,
    ) {
        let charset = self.charset(piece.bytes, range.clone());
        let bytes = piece.bytes.get(range.clone()).unwrap_or_default();
        let fragment = Fragment {
            at: &[],
            bytes,
            charset,
            own: 0..bytes.len(),
            base: piece.base.map(|b| b + range.start as u64),
            layout: Layout::Cells {
                table: Table {
                    id: 0,
                    first,
                    headers: Headers::InText,
                },
                first_row: row,
                cells,
            },
            label: None,
        };
        let wanted = cx.text(&fragment);
        for group in wanted.chunk_by(|a, b| a.cell.is_some() && a.cell == b.cell) {
            let cell = group
                .first()
                .and_then(|e| e.cell)
                .and_then(|i| cells.get(i as usize));
            self.change(bytes, range.start, cell, group, charset, edits);
        }
    }

    /// One charset for a block: that of most of its lines.
    fn charset(&self, bytes: &[u8], range: Range<usize>) -> Charset {
        match self.kind {
            Kind::Decoded => Charset::Utf8,
            Kind::Gb18030 => Charset::Gb18030,
            Kind::Utf8 => self
                .kind
                .runs(bytes, range)
                .into_iter()
                .max_by_key(|(run, _)| run.len())
                .map_or(Charset::Utf8, |(_, charset)| charset),
        }
    }

    /// Changes in one cell (or in none), with what its quoting asks for.
    fn change(
        &self,
        bytes: &[u8],
        offset: usize,
        cell: Option<&CellAt>,
        group: &[Edit],
        charset: Charset,
        edits: &mut Vec<Change>,
    ) {
        let special = |c: char| {
            matches!(c, '"' | '\n' | '\r') || u32::from(c) == u32::from(self.dialect.delimiter)
        };
        let quoted = cell.is_some_and(|c| is_quoted(bytes, c.range().start));
        let rewrite = !quoted && group.iter().any(|e| e.with.contains(special));
        match cell {
            Some(cell) if rewrite => {
                let codec = Codec::new(match charset {
                    Charset::Utf8 => Encoding::Utf8,
                    Charset::Gb18030 => Encoding::Gb18030,
                });
                let mut content = Vec::new();
                let mut at = cell.range().start;
                for e in group {
                    content.extend_from_slice(bytes.get(at..e.span.start()).unwrap_or_default());
                    content.extend(codec.encode(&e.with));
                    at = e.span.end();
                }
                content.extend_from_slice(bytes.get(at..cell.range().end).unwrap_or_default());
                let mut new = vec![b'"'];
                for b in content {
                    new.push(b);
                    if b == b'"' {
                        new.push(b);
                    }
                }
                new.push(b'"');
                edits.push(Change {
                    range: offset + cell.range().start..offset + cell.range().end.max(at),
                    with: With::Bytes(new),
                    charset,
                });
            }
            _ => {
                for e in group {
                    let with = if quoted {
                        e.with.replace('"', "\"\"")
                    } else {
                        e.with.replace(special, "*")
                    };
                    edits.push(Change {
                        range: offset + e.span.start()..offset + e.span.end(),
                        with: With::Text(with),
                        charset,
                    });
                }
            }
        }
    }
}

/// Whether a cell whose content starts here is quoted: a quote stands before it, or before its guard.
fn is_quoted(bytes: &[u8], start: usize) -> bool {
    let back = |n: usize| start.checked_sub(n).and_then(|i| bytes.get(i));
    match back(1) {
        Some(b'"') => true,
        Some(b'\'' | b'\t') => back(2) == Some(&b'"'),
        _ => false,
    }
}
