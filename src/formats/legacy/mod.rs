//! Spreadsheets read by calamine in a child process: xls, xlsb, ods.
//!
//! A few KB of such a file can ask for a gigabyte, and some make the reader panic. So the program runs
//! itself as a child that limits its memory and time and streams the cells back.

mod child;
mod parent;
mod protocol;

pub use child::child_main;
pub use parent::{Cell, cells, each_cell};
pub use protocol::Stored;

use super::{Cx, Format, FormatError, Limits, Output, Probe, Source};
use crate::model::{
    Ability, CellAt, CellKind, Charset, FormatId, Fragment, GapKind, Headers, Layout, Step, Table,
};
use parent::{Child, Heard};
use protocol::{Message, Trouble};
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The hidden argument that makes the program the reading child.
pub const CHILD_ARGUMENT: &str = "__read-sheet";

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Sets the program that is run as the reading child, once; it is the running one otherwise. For
/// programs that are not `inkout` itself, such as tests. Gives whether it was set.
pub fn set_program(program: PathBuf) -> bool {
    PROGRAM.set(program).is_ok()
}

/// The program that is run as the reading child.
///
/// # Errors
/// When the system does not say what is running.
pub fn program() -> Result<PathBuf, FormatError> {
    if let Some(set) = PROGRAM.get() {
        return Ok(set.clone());
    }
    // The link rather than its target: it stays true when the program's file is replaced.
    let link = Path::new("/proc/self/exe");
    if link.exists() {
        return Ok(link.to_owned());
    }
    Ok(std::env::current_exe()?)
}

/// One of the three.
#[derive(Debug, Clone, Copy)]
pub struct Legacy {
    id: FormatId,
}

impl Legacy {
    /// Excel 97–2003 and before.
    pub const XLS: Self = Self { id: "xls" };
    /// Excel binary workbook.
    pub const XLSB: Self = Self { id: "xlsb" };
    /// Spreadsheet of the `OpenDocument` kind.
    pub const ODS: Self = Self { id: "ods" };
}

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const ZIP: &[u8] = b"PK\x03\x04";
/// Names of streams in UTF-16, as OLE directories write them.
const WORKBOOK: &[u8] = b"W\0o\0r\0k\0b\0o\0o\0k\0\0\0";
const BOOK: &[u8] = b"B\0o\0o\0k\0\0\0";

fn has(head: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(head, what).is_some()
}

fn named(name: &[u8], extensions: &[&str]) -> bool {
    let dot = name.iter().rposition(|&b| b == b'.');
    dot.and_then(|dot| name.get(dot + 1..)).is_some_and(|e| {
        extensions
            .iter()
            .any(|x| e.eq_ignore_ascii_case(x.as_bytes()))
    })
}

/// Whether it begins as Excel 2 to 4 did, which had no OLE container (BOF records 0x0009, 0x0209, 0x0409).
fn is_early(head: &[u8]) -> bool {
    matches!(head, [0x09, 0x00 | 0x02 | 0x04, 4..=8, 0x00, ..])
}

impl Format for Legacy {
    fn id(&self) -> FormatId {
        self.id
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        match self.id {
            "xls" => {
                let claimed = named(name, &["xls", "xlt", "et", "ett", "xlw", "xla"]);
                if head.starts_with(OLE) {
                    // The directory may lie anywhere; a document of Word can hold a workbook in it.
                    let other = named(
                        name,
                        &["doc", "dot", "ppt", "pps", "pot", "msg", "wps", "vsd"],
                    );
                    if !other && (has(head, WORKBOOK) || has(head, BOOK)) {
                        Probe::Bytes
                    } else if claimed {
                        Probe::Name
                    } else {
                        Probe::No
                    }
                } else if is_early(head) && claimed {
                    Probe::Name
                } else {
                    Probe::No
                }
            }
            "xlsb" if head.starts_with(ZIP) => {
                if has(head, b"xl/workbook.bin") {
                    Probe::Bytes
                } else if named(name, &["xlsb"]) && has(head, b"[Content_Types].xml") {
                    Probe::Name
                } else {
                    Probe::No
                }
            }
            "ods" if head.starts_with(ZIP) => {
                if has(
                    head,
                    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
                ) {
                    Probe::Bytes
                } else if named(name, &["ods", "ots"])
                    && (has(head, b"META-INF/") || has(head, b"content.xml"))
                {
                    Probe::Name
                } else {
                    Probe::No
                }
            }
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        if out.is_some() {
            return Err(FormatError::Unsupported("writing this kind of workbook"));
        }
        if self.id == "xls" && !source.head().starts_with(OLE) {
            return Err(FormatError::Unsupported("workbook of Excel 2 to 4"));
        }
        let program = program()?;
        let limits = cx.limits.clone();
        if let Some(len) = source.len() {
            cx.read(len);
        }
        parent::read(&program, self.id, source, &limits, |child| {
            listen(child, cx)
        })
    }
}

/// Bytes of a block of cells, after which the next row begins another.
const BLOCK: usize = 1 << 20;
/// Bytes of a block that not even one row may pass.
const MOST_BLOCK: usize = 4 << 20;

/// Cells gathered into blocks of rows.
#[derive(Default)]
struct Blocks {
    at: Vec<Step>,
    tables: u32,
    sheets: u32,
    first: bool,
    first_row: u32,
    last: (u32, u32),
    bytes: Vec<u8>,
    cells: Vec<CellAt>,
}

impl Blocks {
    fn sheet(&mut self, name: String, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.flush(cx)?;
        self.at = vec![Step::Sheet(name)];
        self.sheets = self.sheets.saturating_add(1);
        self.tables = self.sheets.saturating_sub(1);
        self.first = true;
        Ok(())
    }

    fn cell(
        &mut self,
        at: (u32, u32),
        stored: Stored,
        text: &str,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (row, column) = at;
        let full = self.bytes.len() > BLOCK || self.cells.len() > BLOCK / 8;
        let long = self.bytes.len() + text.len() > MOST_BLOCK;
        if (full && row != self.last.0) || long || at < self.last {
            self.flush(cx)?;
        }
        if self.cells.is_empty() {
            self.first_row = row;
        } else {
            let joint = if row == self.last.0 { b'\t' } else { b'\n' };
            self.bytes.push(joint);
        }
        let offset =
            |n: usize| u32::try_from(n).map_err(|_| FormatError::Limit("length of one cell"));
        let start = offset(self.bytes.len())?;
        self.bytes.extend_from_slice(text.as_bytes());
        self.cells.push(CellAt {
            row: row - self.first_row,
            column: column.saturating_add(1),
            start,
            end: offset(self.bytes.len())?,
            kind: match stored {
                Stored::Text => CellKind::Text,
                Stored::Number => CellKind::Number,
                Stored::Rounded => CellKind::Rounded,
            },
        });
        self.last = at;
        Ok(())
    }

    fn flush(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.last = (0, 0);
        if self.cells.is_empty() {
            return Ok(());
        }
        cx.spend(self.bytes.len() as u64)?;
        cx.text(&Fragment {
            at: &self.at,
            bytes: &self.bytes,
            charset: Charset::Utf8,
            own: 0..self.bytes.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: self.tables,
                    first: self.first,
                    headers: Headers::InText,
                },
                first_row: u64::from(self.first_row) + 1,
                cells: &self.cells,
            },
            label: None,
        });
        self.first = false;
        self.bytes.clear();
        self.cells.clear();
        Ok(())
    }
}

/// Hands on what the child says until it is done or dead.
fn listen(child: &mut Child<'_>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let mut blocks = Blocks::default();
    let mut read = false;
    loop {
        let message = match child.hear() {
            Heard::Message(message) => message,
            Heard::Dead(error) => {
                blocks.flush(cx)?;
                if !read {
                    return Err(error);
                }
                let note = format!("reading ended here: {error}");
                cx.gap(&blocks.at, error.kind(), &note);
                break;
            }
        };
        match message {
            Message::Sheet(name) => {
                blocks.sheet(name.clone(), cx)?;
                let at = [Step::Sheet(name.clone()), Step::Name];
                cx.string(&at, &name, None);
            }
            Message::Cell { .. } | Message::Formula { .. } if blocks.sheets == 0 => {
                return Err(FormatError::Crashed);
            }
            Message::Cell {
                row,
                column,
                stored,
                text,
            } => {
                read = true;
                blocks.cell((row, column), stored, &text, cx)?;
            }
            Message::Formula { row, column, text } => {
                blocks.flush(cx)?;
                cx.spend(text.len() as u64)?;
                let mut at = blocks.at.clone();
                at.push(Step::Cell {
                    row: u64::from(row) + 1,
                    column: column.saturating_add(1),
                });
                cx.string(&at, &text, None);
            }
            Message::Text { label, text } => {
                cx.spend((label.len() + text.len()) as u64)?;
                let at = [Step::Field(format!("${label}"))];
                if !label.is_ascii() || label.len() > 15 {
                    cx.string(&at, &label, None);
                }
                cx.string(&at, &text, Some(&label));
            }
            Message::Trouble(trouble) if blocks.sheets == 0 => return Err(trouble.error()),
            Message::Trouble(trouble) => {
                blocks.flush(cx)?;
                read = true;
                cx.gap(
                    &blocks.at,
                    trouble.error().kind(),
                    match trouble {
                        Trouble::Formulas => "formulas of this sheet could not be read",
                        Trouble::TooLong => "a cell is too long",
                        _ => "this sheet could not be read",
                    },
                );
            }
            Message::Done => {
                blocks.flush(cx)?;
                break;
            }
        }
    }
    cx.gap(
        &[],
        GapKind::Opaque,
        "comments, headers, footers, drawings and macros are not read yet",
    );
    Ok(())
}

#[cfg(test)]
mod tests;
