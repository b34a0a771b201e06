//! The tables that a script speaks of.

use super::lex::{Dialect, blanks, keyword, name, string};
use std::collections::HashMap;

/// Tables that are kept apart; more share the last.
const MOST: usize = 4096;
/// Columns of one table.
const COLUMNS: usize = 4096;

/// One table.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<String>,
    /// Whether none of its rows was handed on.
    pub(super) first: bool,
    /// Rows so far.
    pub(super) rows: u64,
}

/// Tables by name and by the columns that statements name.
#[derive(Debug, Default)]
pub(super) struct Tables {
    all: Vec<Table>,
    /// Names in lower case with the columns of the statement.
    known: HashMap<Vec<u8>, usize>,
    /// Columns of `CREATE TABLE` by the table's name in lower case.
    declared: HashMap<Vec<u8>, Vec<String>>,
}

/// The beginning of a statement that rows follow.
#[derive(Debug)]
pub(super) struct Head {
    /// Where its rows begin.
    pub(super) end: usize,
    table: std::ops::Range<usize>,
    columns: Vec<std::ops::Range<usize>>,
    /// Rows are lines.
    pub(super) copy: bool,
}

/// Reads the beginning of an `INSERT … VALUES` or `COPY … FROM stdin`; `None` when there is none.
pub(super) fn insert_head(bytes: &[u8], at: usize, dialect: Dialect) -> Option<Head> {
    if let Some(end) = keyword(bytes, at, "COPY") {
        return copy_head(bytes, end, dialect);
    }
    let mut at = keyword(bytes, at, "INSERT").or_else(|| keyword(bytes, at, "REPLACE"))?;
    for _ in 0..6 {
        at = blanks(bytes, at)?;
        let skipped = [
            "INTO",
            "OR",
            "REPLACE",
            "IGNORE",
            "LOW_PRIORITY",
            "DELAYED",
            "HIGH_PRIORITY",
            "ABORT",
            "FAIL",
            "ROLLBACK",
            "OVERWRITE",
            "TABLE",
        ]
        .iter()
        .find_map(|w| keyword(bytes, at, w));
        match skipped {
            Some(end) => at = end,
            None => break,
        }
    }
    let (end, table) = name(bytes, at, dialect)?;
    let mut at = blanks(bytes, end)?;
    let mut columns = Vec::new();
    if bytes.get(at) == Some(&b'(') {
        let (end, names) = list(bytes, at, dialect)?;
        columns = names;
        at = blanks(bytes, end)?;
    }
    if let Some(end) = keyword(bytes, at, "OVERRIDING") {
        let end = keyword(bytes, blanks(bytes, end)?, "SYSTEM")?;
        at = blanks(bytes, keyword(bytes, blanks(bytes, end)?, "VALUE")?)?;
    }
    let end = keyword(bytes, at, "VALUES").or_else(|| keyword(bytes, at, "VALUE"))?;
    let open = blanks(bytes, end)?;
    (bytes.get(open) == Some(&b'(')).then_some(Head {
        end: open,
        table,
        columns,
        copy: false,
    })
}

fn copy_head(bytes: &[u8], at: usize, dialect: Dialect) -> Option<Head> {
    let (end, table) = name(bytes, blanks(bytes, at)?, dialect)?;
    let mut at = blanks(bytes, end)?;
    let mut columns = Vec::new();
    if bytes.get(at) == Some(&b'(') {
        let (end, names) = list(bytes, at, dialect)?;
        columns = names;
        at = blanks(bytes, end)?;
    }
    at = keyword(bytes, at, "FROM")?;
    at = keyword(bytes, blanks(bytes, at)?, "stdin")?;
    let rest = bytes.get(at..)?;
    let newline = memchr::memchr(b'\n', rest)?;
    let end = rest.get(..newline)?.trim_ascii();
    // Other forms than tabs are read as text.
    (end == b";").then_some(Head {
        end: at + newline + 1,
        table,
        columns,
        copy: true,
    })
}

/// Names in brackets.
fn list(
    bytes: &[u8],
    open: usize,
    dialect: Dialect,
) -> Option<(usize, Vec<std::ops::Range<usize>>)> {
    let mut names = Vec::new();
    let mut at = open + 1;
    loop {
        let (end, range) = name(bytes, blanks(bytes, at)?, dialect)?;
        if range.is_empty() {
            return None;
        }
        if names.len() < COLUMNS {
            names.push(range);
        }
        at = blanks(bytes, end)?;
        match bytes.get(at)? {
            b',' => at += 1,
            b')' => return Some((at + 1, names)),
            _ => return None,
        }
    }
}

fn shown(bytes: &[u8], range: &std::ops::Range<usize>, dialect: Dialect) -> String {
    let raw = bytes.get(range.clone()).unwrap_or_default();
    if dialect.gb && std::str::from_utf8(raw).is_err() {
        return encoding_rs::GB18030
            .decode_without_bom_handling(raw)
            .0
            .into_owned();
    }
    String::from_utf8_lossy(raw).into_owned()
}

impl Tables {
    /// The number of the table of a statement.
    pub(super) fn turn(&mut self, bytes: &[u8], head: &Head, dialect: Dialect) -> usize {
        let table = bytes
            .get(head.table.clone())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut key = table.clone();
        for column in &head.columns {
            key.push(0);
            key.extend_from_slice(bytes.get(column.clone()).unwrap_or_default());
        }
        if let Some(&number) = self.known.get(&key) {
            return number;
        }
        if self.all.len() >= MOST {
            return MOST - 1;
        }
        let declared = self.declared.get(&table);
        let columns = if head.columns.is_empty() {
            declared.cloned().unwrap_or_default()
        } else {
            let named = |range| {
                let column = shown(bytes, range, dialect);
                // The declaration may say more of the column.
                declared
                    .and_then(|d| d.iter().find(|d| d.split('\t').next() == Some(&column)))
                    .cloned()
                    .unwrap_or(column)
            };
            head.columns.iter().map(named).collect()
        };
        self.all.push(Table {
            name: shown(bytes, &head.table, dialect),
            columns,
            first: true,
            rows: 0,
        });
        self.known.insert(key, self.all.len() - 1);
        self.all.len() - 1
    }

    /// A table by its number.
    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut Table> {
        self.all.get_mut(number)
    }

    /// The columns of a table.
    pub(super) fn columns(&self, number: usize) -> &[String] {
        self.all.get(number).map_or(&[], |t| &t.columns)
    }

    /// Takes note of the columns when a `CREATE TABLE` begins at `at`.
    pub(super) fn declare(&mut self, bytes: &[u8], at: usize, dialect: Dialect) {
        if self.declared.len() < MOST
            && let Some((table, columns)) = declaration(bytes, at, dialect)
        {
            self.declared.insert(table, columns);
        }
    }
}

fn declaration(bytes: &[u8], at: usize, dialect: Dialect) -> Option<(Vec<u8>, Vec<String>)> {
    let mut at = blanks(bytes, keyword(bytes, at, "CREATE")?)?;
    for word in ["GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED"] {
        if let Some(end) = keyword(bytes, at, word) {
            at = blanks(bytes, end)?;
        }
    }
    at = blanks(bytes, keyword(bytes, at, "TABLE")?)?;
    for word in ["IF", "NOT", "EXISTS"] {
        if let Some(end) = keyword(bytes, at, word) {
            at = blanks(bytes, end)?;
        }
    }
    let (end, table) = name(bytes, at, dialect)?;
    let table = bytes.get(table)?.to_ascii_lowercase();
    at = blanks(bytes, end)?;
    if bytes.get(at) != Some(&b'(') {
        return None;
    }
    let mut columns = Vec::new();
    let mut more = true;
    at += 1;
    while more && columns.len() < COLUMNS {
        at = blanks(bytes, at)?;
        let constraint = [
            "PRIMARY",
            "UNIQUE",
            "KEY",
            "INDEX",
            "CONSTRAINT",
            "FOREIGN",
            "CHECK",
            "FULLTEXT",
            "SPATIAL",
        ]
        .iter()
        .any(|w| keyword(bytes, at, w).is_some());
        let (end, range) = name(bytes, at, dialect)?;
        let (after, comment) = rest_of_column(bytes, end, dialect)?;
        if !constraint {
            let mut column = shown(bytes, &range, dialect);
            if let Some(comment) = comment {
                column.push('\t');
                column.push_str(&shown(bytes, &comment, dialect));
            }
            columns.push(column);
        }
        more = bytes.get(after) == Some(&b',');
        at = after + 1;
    }
    Some((table, columns))
}

/// From behind a column's name to the comma or bracket that ends it, with its comment.
fn rest_of_column(
    bytes: &[u8],
    at: usize,
    dialect: Dialect,
) -> Option<(usize, Option<std::ops::Range<usize>>)> {
    let (mut at, mut depth, mut comment) = (at, 0_usize, None);
    loop {
        at = blanks(bytes, at)?;
        match *bytes.get(at)? {
            b',' | b')' if depth == 0 => return Some((at, comment)),
            b')' => depth -= 1,
            b'(' => depth += 1,
            b'\'' | b'"' | b'`' => {
                at = string(bytes, at, dialect, false)?;
                continue;
            }
            b';' if depth == 0 => return None,
            _ => {
                if let Some(end) = keyword(bytes, at, "COMMENT") {
                    let open = blanks(bytes, end)?;
                    if bytes.get(open) == Some(&b'\'') {
                        at = string(bytes, open, dialect, false)?;
                        comment = Some(open + 1..at - 1);
                        continue;
                    }
                }
                let end = super::lex::word(bytes, at)?;
                at = end.max(at + 1);
                continue;
            }
        }
        at += 1;
    }
}
