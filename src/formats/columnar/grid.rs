//! [`Grid`]: values of a stretch of rows on their way to the detector, and what is to become of them.

use super::value::{Form, masked};
use crate::{
    formats::{Cx, FormatError},
    model::{CellAt, CellKind, Charset, Edit, Fragment, Headers, Layout, Step, Table},
};

/// Rows of one table. `T` says where a value came from.
#[derive(Debug)]
pub(super) struct Grid<T> {
    at: Vec<Step>,
    id: u32,
    names: Vec<String>,
    first: bool,
    /// Number of the first row in the batch, from 1.
    base: u64,
    text: Vec<u8>,
    cells: Vec<CellAt>,
    owners: Vec<(T, Form)>,
}

/// A value that is to be another one.
#[derive(Debug)]
pub(super) struct Change<T> {
    pub(super) owner: T,
    /// The new text, in the value's own encoding; empty for bytes that are no text.
    pub(super) new: Vec<u8>,
}

impl<T: Clone> Grid<T> {
    /// For table number `id` of the file, whose columns have these names.
    pub(super) fn new(at: Vec<Step>, id: u32, names: Vec<String>) -> Self {
        Self {
            at,
            id,
            names,
            first: true,
            base: 1,
            text: Vec::new(),
            cells: Vec::new(),
            owners: Vec::new(),
        }
    }

    /// Bytes of text that wait.
    pub(super) fn waiting(&self) -> usize {
        self.text.len() + 16 * self.cells.len()
    }

    /// Name of a column, from 1.
    pub(super) fn name(&self, column: u32) -> &str {
        let name = self.names.get(column.saturating_sub(1) as usize);
        name.map_or("", String::as_str)
    }

    /// Adds what `put` writes as the value of a row and column, both from 1. Rows come in order.
    pub(super) fn push(
        &mut self,
        row: u64,
        column: u32,
        owner: T,
        put: impl FnOnce(&mut Vec<u8>) -> Option<(Form, CellKind)>,
    ) -> bool {
        let start = self.text.len();
        let Some((form, kind)) = put(&mut self.text) else {
            self.text.truncate(start);
            return false;
        };
        if self.text.len() == start {
            return true;
        }
        if self.cells.is_empty() {
            self.base = row;
        }
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let row = u32::try_from(row.saturating_sub(self.base)).unwrap_or(u32::MAX);
        if let Some(last) = self.cells.last()
            && let Some(separator) = self.text.get_mut(start.saturating_sub(1))
        {
            *separator = if last.row == row { b'\t' } else { b'\n' };
        }
        self.cells.push(CellAt {
            row,
            column,
            start: place(start),
            end: place(self.text.len()),
            kind,
        });
        self.owners.push((owner, form));
        self.text.push(b'\n');
        true
    }

    /// Hands the waiting rows on. Gives the values that are to change, in the order they came.
    pub(super) fn hand_on(&mut self, cx: &mut Cx<'_>) -> Result<Vec<Change<T>>, FormatError> {
        if self.cells.is_empty() {
            return Ok(Vec::new());
        }
        cx.spend(self.text.len() as u64)?;
        let fragment = Fragment {
            at: &self.at,
            bytes: &self.text,
            charset: Charset::Utf8,
            own: 0..self.text.len(),
            base: None,
            layout: Layout::Cells {
                table: Table {
                    id: self.id,
                    first: std::mem::take(&mut self.first),
                    headers: Headers::Known(&self.names),
                },
                first_row: self.base,
                cells: &self.cells,
            },
            label: None,
        };
        let edits: &[Edit] = cx.text(&fragment);
        let mut out = Vec::new();
        for group in edits.chunk_by(|a, b| a.cell == b.cell) {
            let index = group.first().and_then(|e| e.cell).map(|i| i as usize);
            let Some(index) = index else { continue };
            let (Some(cell), Some((owner, form))) = (self.cells.get(index), self.owners.get(index))
            else {
                continue;
            };
            let old = self.text.get(cell.range()).unwrap_or_default();
            out.push(Change {
                owner: owner.clone(),
                new: masked(old, cell.start as usize, group, *form),
            });
        }
        self.text.clear();
        self.cells.clear();
        self.owners.clear();
        Ok(out)
    }
}

/// What a column is called: the last name on its way that says something.
pub(super) fn column_name<'p>(path: impl DoubleEndedIterator<Item = &'p str>) -> String {
    const EMPTY: [&str; 9] = [
        "list",
        "element",
        "item",
        "array",
        "bag",
        "key_value",
        "entries",
        "array_element",
        "",
    ];
    let mut fallback = None;
    for name in path.rev() {
        if !EMPTY.contains(&name) {
            return name.to_owned();
        }
        fallback = fallback.or(Some(name));
    }
    fallback.unwrap_or_default().to_owned()
}
