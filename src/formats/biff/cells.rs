//! Cells of a sheet gathered into blocks of rows, and what is written for those that change.

use super::{
    records::rk,
    strings::Strings,
    text::{Joined, Patch},
};
use crate::{
    formats::{Cx, FormatError, encoding::Codec},
    model::{CellAt, CellKind, Charset, Edit, Fragment, Headers, Layout, Step, Table},
};

/// Bytes of text in a block, after which the next row begins another.
const BLOCK: usize = 1 << 20;

/// Where the value of a cell lies.
#[derive(Debug)]
pub(super) enum Target {
    /// A shared string.
    Shared(usize),
    /// Text in the stream.
    Text(Joined),
    /// A NUMBER or RK record, or the number of a formula: where the record begins, its bytes.
    Record(usize, usize),
    /// Four bytes of a MULRK record.
    Rk(usize),
    /// Text of a formula's STRING record, with the formula's tokens.
    Result(Joined, std::ops::Range<usize>),
}

/// One cell: row and column from 0.
#[derive(Debug)]
pub(super) struct Cell<'c> {
    pub(super) at: (u32, u32),
    pub(super) text: &'c str,
    pub(super) kind: CellKind,
    pub(super) target: Target,
}

/// See the module's documentation.
pub(super) struct Cells {
    pub(super) at: Vec<Step>,
    pub(super) table: u32,
    first: bool,
    first_row: u32,
    last: (u32, u32),
    bytes: Vec<u8>,
    places: Vec<CellAt>,
    targets: Vec<Target>,
}

/// What a block is written with.
pub(super) struct Tools<'t> {
    pub(super) strings: &'t Strings,
    pub(super) page: Codec,
    pub(super) eight: bool,
}

/// The digits of a number, when it is one that can be a value.
pub(super) fn shown(number: f64) -> (String, CellKind) {
    let whole = number.fract() == 0.0;
    if whole && number.abs() >= 1e15 && number.abs() < 1e21 {
        return (format!("{number:.0}"), CellKind::Rounded);
    }
    (format!("{number}"), CellKind::Number)
}

impl Cells {
    pub(super) fn new(at: Vec<Step>, table: u32) -> Self {
        Self {
            at,
            table,
            first: true,
            first_row: 0,
            last: (0, 0),
            bytes: Vec::new(),
            places: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// Adds a cell.
    pub(super) fn add(
        &mut self,
        cell: Cell<'_>,
        tools: &Tools<'_>,
        patches: &mut Vec<Patch>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (row, column) = cell.at;
        if cell.text.is_empty() {
            return Ok(());
        }
        let full = self.bytes.len() > BLOCK && row != self.last.0;
        if full || (row, column) < self.last || self.bytes.len() > 8 * BLOCK {
            self.flush(tools, patches, cx)?;
        }
        if self.places.is_empty() {
            self.first_row = row;
        }
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = place(self.bytes.len());
        self.bytes.extend_from_slice(cell.text.as_bytes());
        self.places.push(CellAt {
            row: row - self.first_row,
            column: column.saturating_add(1),
            start,
            end: place(self.bytes.len()),
            kind: cell.kind,
        });
        self.bytes.push(b'\t');
        self.targets.push(cell.target);
        self.last = (row, column);
        Ok(())
    }

    /// Hands the block on and takes its changes.
    pub(super) fn flush(
        &mut self,
        tools: &Tools<'_>,
        patches: &mut Vec<Patch>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        self.last = (0, 0);
        if self.places.is_empty() {
            return Ok(());
        }
        cx.spend(self.bytes.len() as u64)?;
        let fragment = Fragment {
            at: &self.at,
            bytes: &self.bytes,
            charset: Charset::Utf8,
            own: 0..self.bytes.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: self.table,
                    first: std::mem::take(&mut self.first),
                    headers: Headers::InText,
                },
                first_row: u64::from(self.first_row) + 1,
                cells: &self.places,
            },
            label: None,
        };
        for edit in cx.text(&fragment) {
            let Some(index) = edit.cell.map(|i| i as usize) else {
                continue;
            };
            if let Some((cell, target)) = self.places.get(index).zip(self.targets.get(index)) {
                change(target, edit, cell.start as usize, tools, patches);
            }
        }
        self.bytes.clear();
        self.places.clear();
        self.targets.clear();
        Ok(())
    }
}

fn change(target: &Target, edit: &Edit, from: usize, tools: &Tools<'_>, out: &mut Vec<Patch>) {
    let (start, end) = (
        edit.span.start().saturating_sub(from),
        edit.span.end().saturating_sub(from),
    );
    match target {
        Target::Shared(index) => tools.strings.mask(*index, edit, from, tools.page, out),
        Target::Text(text) => text.mask(start, end, &edit.with, tools.page, out),
        Target::Record(at, length) => label(*at, *length, tools.eight, out),
        Target::Rk(at) => out.push(Patch {
            at: *at,
            with: 2_u32.to_le_bytes().to_vec(),
        }),
        Target::Result(text, tokens) => {
            text.mask(start, end, &edit.with, tools.page, out);
            constant(tokens, tools.eight, out);
        }
    }
}

/// Makes a record of `length` bytes, whose body begins with row, column and format, a LABEL of stars.
fn label(at: usize, length: usize, eight: bool, out: &mut Vec<Patch>) {
    let header = 10;
    let room = length.saturating_sub(header + if eight { 3 } else { 2 });
    let mut with = u16::try_from(room).unwrap_or(0).to_le_bytes().to_vec();
    if eight {
        with.push(0);
    }
    // A long row of stars says no more than a short one.
    with.resize(with.len() + room.min(8), b'*');
    with.resize(length.saturating_sub(header), b' ');
    out.push(Patch {
        at,
        with: 0x0204_u16.to_le_bytes().to_vec(),
    });
    out.push(Patch {
        at: at + header,
        with,
    });
}

/// Makes the tokens of a formula a text of stars, or where there is no room for one a zero.
fn constant(tokens: &std::ops::Range<usize>, eight: bool, out: &mut Vec<Patch>) {
    let room = tokens.len();
    let header = if eight { 3 } else { 2 };
    let mut with = Vec::with_capacity(room);
    if room > header && room - header <= 255 {
        // ptgStr ([MS-XLS] 2.5.198.89).
        with.extend([0x17, u8::try_from(room - header).unwrap_or(0)]);
        with.resize(header, 0);
        with.resize(room, b'*');
    } else if room >= 3 {
        // ptgInt, then brackets around it.
        with.extend([0x1E, 0, 0]);
        with.resize(room, 0x15);
    }
    out.push(Patch {
        at: tokens.start,
        with,
    });
}

/// The number of an RK value as it is shown.
pub(super) fn shown_rk(bytes: u32) -> (String, CellKind) {
    shown(rk(bytes))
}
