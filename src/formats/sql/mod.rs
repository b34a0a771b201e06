//! SQL scripts and dumps (of `MySQL`, `PostgreSQL`, `SQLite`, SQL Server, Oracle).
//!
//! Read: the rows of `INSERT … VALUES` and of `COPY … FROM stdin` as tables under the names of their
//! columns, which come from the statement or from `CREATE TABLE` before it, with the comments that it
//! gives columns; values in hexadecimal decoded; everything else as text. A row that is longer than two
//! megabytes is text.
//!
//! Written: quotes and escapes stay; a number that changes becomes a string.

mod lex;
mod tables;

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    blocks::{self, Kind},
    encoding::{looks_like_text, readable_head},
    feed::Feed,
    markup::{BLOCK, HARD},
    text::undeclared,
};
use crate::model::{
    CellAt, CellKind, Charset, Edit, FormatId, Fragment, Headers, Layout, Name, Step,
    Table as Shape,
};
use lex::{Dialect, Form, Value, blanks};
use std::{io::Cursor, ops::Range};
use tables::{Tables, insert_head};

/// SQL scripts and dumps.
#[derive(Debug, Clone, Copy)]
pub struct Sql;

/// How scripts begin.
const STARTS: [&str; 9] = [
    "-- MySQL dump",
    "-- MariaDB dump",
    "-- PostgreSQL database dump",
    "--\n-- PostgreSQL database dump",
    "PRAGMA foreign_keys=OFF;",
    "INSERT INTO ",
    "CREATE TABLE ",
    "DROP TABLE IF EXISTS ",
    "SET NAMES ",
];

impl Format for Sql {
    fn id(&self) -> FormatId {
        "sql"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let name = name.to_ascii_lowercase();
        if name.ends_with(b".sql") || name.ends_with(b".ddl") || name.ends_with(b".dml") {
            return Probe::Name;
        }
        if STARTS.iter().any(|s| text.starts_with(s.as_bytes())) {
            Probe::Name
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let writing = out.is_some();
        let mut feed = Feed::open(source, out.map(|o| o as _), true, undeclared, cx)?;
        feed.fill(HARD + 1, cx)?;
        let has = |what: &[u8]| memchr::memmem::find(feed.window(), what).is_some();
        let backslash = has(b"`") || has(b"ENGINE=") || has(b"MySQL") || has(b"MariaDB");
        let mut script = Script {
            kind: Kind::of(&feed),
            dialect: Dialect {
                gb: feed.charset() == Charset::Gb18030,
                backslash,
            },
            writing,
            mode: Mode::Top,
            tables: Tables::default(),
            table: 0,
            head: Vec::new(),
            cells: Vec::new(),
            rows: 0,
            text: None,
            line: 1,
            counted: 0,
            changes: Vec::new(),
        };
        while script.block(&mut feed, cx)? {}
        feed.finish(cx)
    }
}

/// What stands at the place that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A statement.
    Top,
    /// Rows in brackets.
    Rows,
    /// Rows that are lines.
    Copy,
}

/// One value of the block: its row among those that wait, its column.
struct Cell {
    row: u32,
    column: u32,
    value: Value,
}

/// A change of bytes of the window.
struct Change {
    range: Range<usize>,
    with: String,
    charset: Charset,
}

struct Script {
    kind: Kind,
    dialect: Dialect,
    writing: bool,
    mode: Mode,
    tables: Tables,
    /// The table whose rows are read.
    table: usize,
    /// The last statement's beginning, which most repeat.
    head: Vec<u8>,
    cells: Vec<Cell>,
    /// Rows that wait to be handed on.
    rows: u32,
    /// Text that waits to be handed on.
    text: Option<Range<usize>>,
    /// Number of the line at `counted`, a place in the window.
    line: u64,
    counted: usize,
    changes: Vec<Change>,
}

impl Script {
    /// Reads one block and writes it; false at the end.
    fn block(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        feed.fill(HARD + 1, cx)?;
        let window = feed.window();
        if window.is_empty() {
            return Ok(false);
        }
        let last = window.len() <= HARD;
        let mut at = 0;
        self.counted = 0;
        while at < window.len() && at < BLOCK {
            let Some(end) = self.item(window, at, cx)? else {
                break;
            };
            at = end;
        }
        if at == 0 || (last && at < BLOCK) {
            // What does not end, or only much further on, is text.
            let end = if last {
                window.len()
            } else {
                BLOCK - blocks::cut(window.get(..BLOCK).unwrap_or_default())
            };
            self.add_text(window, at..end, cx);
            self.mode = Mode::Top;
            at = end;
        }
        self.flush_text(window, cx);
        self.flush_rows(window, cx)?;
        self.line += blocks::count_lines(window.get(self.counted..at).unwrap_or_default());
        self.changes.sort_by_key(|c| c.range.start);
        for change in self.changes.drain(..) {
            feed.edit_in(
                change.range.start,
                change.range.end,
                &change.with,
                change.charset,
            );
        }
        feed.consume(at, cx)?;
        Ok(true)
    }

    /// Reads what begins at `at`; gives where it ends, `None` when the window ends before.
    fn item(
        &mut self,
        window: &[u8],
        at: usize,
        cx: &mut Cx<'_>,
    ) -> Result<Option<usize>, FormatError> {
        Ok(match self.mode {
            Mode::Top => self.statement(window, at, cx)?,
            Mode::Rows => self.row(window, at, cx),
            Mode::Copy => self.line(window, at),
        })
    }

    fn statement(
        &mut self,
        window: &[u8],
        at: usize,
        cx: &mut Cx<'_>,
    ) -> Result<Option<usize>, FormatError> {
        let blank = window
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let start = at + blank;
        let head = insert_head(window, start, self.dialect);
        if let Some(head) = head {
            let table = self.tables.turn(window, &head, self.dialect);
            if table != self.table {
                self.flush_rows(window, cx)?;
                self.table = table;
            }
            let words = window.get(start..head.end).unwrap_or_default();
            // Names are told once; most rows repeat them.
            if self.head != words {
                self.flush_text(window, cx);
                let before = self.changes.len();
                self.add_text(window, at..head.end, cx);
                self.flush_text(window, cx);
                self.head.clear();
                if self.changes.len() == before {
                    self.head.extend_from_slice(words);
                }
            }
            self.mode = if head.copy { Mode::Copy } else { Mode::Rows };
            return Ok(Some(head.end));
        }
        let Some(newline) = memchr::memchr(b'\n', window.get(start..).unwrap_or_default()) else {
            return Ok(None);
        };
        self.tables.declare(window, start, self.dialect);
        self.add_text(window, at..start + newline + 1, cx);
        Ok(Some(start + newline + 1))
    }

    /// A row in brackets, and what follows it.
    fn row(&mut self, window: &[u8], at: usize, cx: &mut Cx<'_>) -> Option<usize> {
        let open = blanks(window, at)?;
        // Comments are text.
        let mut between = Vec::new();
        between.push(at..open);
        match window.get(open)? {
            b',' => {
                self.comments(window, &between, cx);
                return Some(open + 1);
            }
            b';' => {
                self.comments(window, &between, cx);
                self.mode = Mode::Top;
                return Some(open + 1);
            }
            b'(' => {}
            _ => {
                self.mode = Mode::Top;
                return Some(at);
            }
        }
        let mut cells = Vec::new();
        let mut place = open + 1;
        let mut column = 1;
        loop {
            let from = place;
            place = blanks(window, place)?;
            between.push(from..place);
            if window.get(place)? == &b')' {
                break;
            }
            let mut value = lex::value(window, place, self.dialect)?;
            place = blanks(window, value.outer.end)?;
            between.push(value.outer.end..place);
            let digits = window.get(value.inner.clone()).unwrap_or_default();
            if value.form == Form::Hex && unhex(digits).is_none() {
                value.form = Form::Quoted;
            }
            if value.form != Form::Null && !value.inner.is_empty() {
                cells.push(Cell {
                    row: self.rows,
                    column,
                    value,
                });
            }
            column += 1;
            match window.get(place)? {
                b',' => place += 1,
                b')' => break,
                // No row after all: text.
                _ => {
                    self.mode = Mode::Top;
                    return Some(at);
                }
            }
        }
        self.comments(window, &between, cx);
        self.cells.append(&mut cells);
        self.rows += 1;
        Some(place + 1)
    }

    /// Hands on what stands between values, when it is more than blanks.
    fn comments(&mut self, window: &[u8], between: &[Range<usize>], cx: &mut Cx<'_>) {
        for range in between {
            let text = window.get(range.clone()).unwrap_or_default();
            if !text.trim_ascii().is_empty() {
                self.flush_text(window, cx);
                self.add_text(window, range.clone(), cx);
            }
        }
    }

    /// A line of a `COPY`.
    fn line(&mut self, window: &[u8], at: usize) -> Option<usize> {
        let length = memchr::memchr(b'\n', window.get(at..)?)?;
        let end = at + length;
        let line = window.get(at..end)?;
        if line.trim_ascii_end() == b"\\." {
            self.mode = Mode::Top;
            return Some(end + 1);
        }
        let mut start = at;
        for (column, value) in (1..).zip(line.split(|&b| b == b'\t')) {
            let inner = start..start + value.len();
            start = inner.end + 1;
            let value = value.strip_suffix(b"\r").unwrap_or(value);
            let inner = inner.start..inner.start + value.len();
            if value != b"\\N" && !value.is_empty() {
                self.cells.push(Cell {
                    row: self.rows,
                    column,
                    value: Value {
                        outer: inner.clone(),
                        inner,
                        form: Form::Quoted,
                    },
                });
            }
        }
        self.rows += 1;
        Some(end + 1)
    }

    fn add_text(&mut self, window: &[u8], range: Range<usize>, cx: &mut Cx<'_>) {
        match &mut self.text {
            Some(text) if text.end == range.start => text.end = range.end,
            _ => {
                self.flush_text(window, cx);
                self.text = Some(range);
            }
        }
    }

    fn flush_text(&mut self, window: &[u8], cx: &mut Cx<'_>) {
        let Some(own) = self.text.take() else { return };
        let before = window.get(self.counted..own.start).unwrap_or_default();
        self.line += blocks::count_lines(before);
        self.counted = own.start;
        let changes = &mut self.changes;
        let mut edit = |range: Range<usize>, with: &str, charset| {
            // A mask in a script must not end a string or a name.
            let with = with.replace(['\'', '"', '`', '\\'], "*");
            changes.push(Change {
                range,
                with,
                charset,
            });
        };
        blocks::lines(window, own, None, self.kind, self.line, cx, &mut edit);
    }

    /// Hands the rows that wait on.
    fn flush_rows(&mut self, window: &[u8], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let cells = std::mem::take(&mut self.cells);
        let rows = std::mem::take(&mut self.rows);
        let Some(state) = self.tables.get_mut(self.table) else {
            return Ok(());
        };
        let first_row = state.rows + 1;
        state.rows += u64::from(rows);
        let at = [Step::Sheet(state.name.clone())];
        let plain: Vec<&Cell> = cells.iter().filter(|c| c.value.form != Form::Hex).collect();
        if let (Some(first), Some(last)) = (plain.first(), plain.last()) {
            let (start, end) = (first.value.inner.start, last.value.inner.end);
            let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let places: Vec<CellAt> = plain
                .iter()
                .map(|c| CellAt {
                    row: c.row,
                    column: c.column,
                    start: place(c.value.inner.start - start),
                    end: place(c.value.inner.end - start),
                    kind: match c.value.form {
                        Form::Bare => CellKind::Number,
                        _ => CellKind::Text,
                    },
                })
                .collect();
            let charset = self
                .kind
                .runs(window, start..end)
                .into_iter()
                .max_by_key(|(run, _)| run.len())
                .map_or(Charset::Utf8, |(_, charset)| charset);
            let bytes = window.get(start..end).unwrap_or_default();
            let state = self.tables.get_mut(self.table);
            let first = state.is_some_and(|s| std::mem::take(&mut s.first));
            let fragment = Fragment {
                at: &at,
                bytes,
                charset,
                own: 0..bytes.len(),
                base: None,
                layout: Layout::Cells {
                    table: Shape {
                        id: u32::try_from(self.table).unwrap_or(u32::MAX),
                        first,
                        headers: Headers::Known(self.tables.columns(self.table)),
                    },
                    first_row,
                    cells: &places,
                },
                label: None,
            };
            let edits = cx.text(&fragment);
            for group in edits.chunk_by(|a, b| a.cell.is_some() && a.cell == b.cell) {
                let cell = group.first().and_then(|e| e.cell);
                let cell = cell.and_then(|i| plain.get(i as usize));
                change(
                    window,
                    start,
                    cell.map(|c| &c.value),
                    group,
                    charset,
                    self.dialect,
                    &mut self.changes,
                );
            }
        }
        for cell in cells.iter().filter(|c| c.value.form == Form::Hex) {
            self.hex(window, cell, first_row, cx)?;
        }
        Ok(())
    }

    /// Reads a value in hexadecimal.
    fn hex(
        &mut self,
        window: &[u8],
        cell: &Cell,
        first_row: u64,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let Some(bytes) = unhex(window.get(cell.value.inner.clone()).unwrap_or_default()) else {
            return Ok(());
        };
        let row = first_row + u64::from(cell.row);
        let table = self
            .tables
            .get_mut(self.table)
            .map_or(String::new(), |t| t.name.clone());
        let at = [
            Step::Sheet(table.clone()),
            Step::Cell {
                row,
                column: cell.column,
            },
        ];
        let label = self
            .tables
            .columns(self.table)
            .get(cell.column as usize - 1)
            .cloned();
        let mut new = None;
        match std::str::from_utf8(&bytes) {
            Ok(text) if looks_like_text(&bytes) => {
                let edits = cx.string(&at, text, label.as_deref());
                if !edits.is_empty() {
                    new = Some(spliced(&bytes, 0, edits, |w| w.as_bytes().to_vec()));
                }
            }
            // Numbers, digests, identifiers.
            _ if bytes.len() <= 64 => {}
            _ => {
                let name = format!("{table}/{row}/{}", label.unwrap_or_default());
                let name = Name::from(name.as_str());
                cx.spend(bytes.len() as u64)?;
                let mut source = Source::slice(&bytes);
                if self.writing {
                    let mut copy = Cursor::new(Vec::new());
                    cx.member(&name, &mut source, Some(&mut copy))?;
                    new = Some(copy.into_inner()).filter(|c| *c != bytes);
                } else {
                    cx.member(&name, &mut source, None)?;
                }
            }
        }
        if let Some(new) = new {
            self.changes.push(Change {
                range: cell.value.inner.clone(),
                with: new.iter().fold(String::new(), |mut hex, b| {
                    for digit in [b >> 4, b & 15] {
                        hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                    }
                    hex
                }),
                charset: Charset::Utf8,
            });
        }
        Ok(())
    }
}

/// Puts the edits of one value into its bytes.
fn change(
    window: &[u8],
    start: usize,
    value: Option<&Value>,
    edits: &[Edit],
    charset: Charset,
    dialect: Dialect,
    out: &mut Vec<Change>,
) {
    let bare = value.filter(|v| v.form == Form::Bare);
    let whole = bare.filter(|v| {
        let text = window.get(v.inner.clone()).unwrap_or_default();
        text.iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
    });
    if let Some(value) = whole {
        // A number becomes a string.
        let text = window.get(value.inner.clone()).unwrap_or_default();
        let from = value.inner.start - start;
        let new = spliced(text, from, edits, |w| {
            escaped(w, dialect, true).into_bytes()
        });
        out.push(Change {
            range: value.outer.clone(),
            with: format!("'{}'", String::from_utf8_lossy(&new)),
            charset,
        });
        return;
    }
    for edit in edits {
        out.push(Change {
            range: start + edit.span.start()..start + edit.span.end(),
            with: escaped(&edit.with, dialect, bare.is_none()),
            charset,
        });
    }
}

/// A mask as it stands inside a string: quotes twice where that is known to be one.
fn escaped(with: &str, dialect: Dialect, string: bool) -> String {
    let mut out = String::with_capacity(with.len());
    for c in with.chars() {
        match c {
            '\'' if string => out.push_str("''"),
            '\'' | '"' | '`' | '\t' | '\r' | '\n' => out.push('*'),
            '\\' if dialect.backslash => out.push('*'),
            c => out.push(c),
        }
    }
    out
}

fn spliced(old: &[u8], from: usize, edits: &[Edit], with: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(old.len());
    let mut at = 0;
    for edit in edits {
        let start = edit.span.start().saturating_sub(from);
        out.extend_from_slice(old.get(at..start).unwrap_or_default());
        out.extend(with(&edit.with));
        at = edit.span.end().saturating_sub(from);
    }
    out.extend_from_slice(old.get(at..).unwrap_or_default());
    out
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() < 2 || !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            &[high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
