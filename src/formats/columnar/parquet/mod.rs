//! Parquet: tables in columns (`.parquet`).
//!
//! Read: every value of every column under its name, those of lists, maps and structures too, row by row; names of
//! columns, the metadata of the file and of columns, the smallest and largest values in statistics and indexes, values
//! of dictionaries that no row uses, what lies between, behind and inside pages besides values.
//! Written: a file of the same schema and rows without any of these; its pages are plain, packed as gzip where the
//! source's were packed. In place of a masked number is null where the column allows it, else zero; a column whose
//! name was masked has another name. A file in which nothing is to be masked is copied byte for byte.
//!
//! Not read: what is encrypted, columns packed with Brotli or LZO, columns in other files.
//!
//! Standard: Apache Parquet format 2.11.

mod decode;
mod meta;
mod pages;
mod places;
#[cfg(test)]
mod tests;
mod thrift;
mod write;

use super::{
    BATCH,
    grid::{Change, Grid},
    stray,
    value::{inside, put},
    verbatim,
};
use crate::{
    formats::{Cx, Format, FormatError, Output, Probe, Source, archives::bytes::Bytes},
    model::{FormatId, GapKind, Step},
};
use decode::Dictionary;
use meta::{MAGIC, Meta};
use pages::{Column, Entries};
use write::{Changes, Copy};

/// Parquet files.
#[derive(Debug, Clone, Copy)]
pub struct Parquet;

/// Most rows that are handed on at once.
const ROWS: u64 = 16_384;

impl Format for Parquet {
    fn id(&self) -> FormatId {
        "parquet"
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        if head.starts_with(MAGIC) || head.starts_with(b"PARE") {
            Probe::Bytes
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
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        cx.read(bytes.len());
        let mut meta = Meta::read(&bytes)?;
        let changed = meta.texts(&bytes, cx)?;
        let grids = (0_u32..).zip(&meta.tables).map(|(id, (name, columns))| {
            let at = name.iter().map(|n| Step::Field(n.clone())).collect();
            Grid::new(at, id, columns.clone())
        });
        let mut read = Read {
            bytes: &bytes,
            meta: &meta,
            grids: grids.collect(),
            rows: vec![0; meta.tables.len()],
            writing: out.is_some(),
        };
        let Some(out) = out else {
            return read.groups(&mut To::Nothing, cx);
        };
        let mut to = To::Waiting(Some(out));
        if changed {
            to.begin(&read, (0, 0), cx)?;
        }
        read.groups(&mut to, cx)?;
        match to {
            To::Copy(copy) => copy.finish(&meta),
            To::Waiting(Some(out)) => verbatim(&bytes, out),
            _ => Ok(()),
        }
    }
}

/// Where rows go: a copy is begun with the first change; until then it could be the source as it is.
enum To<'o> {
    Nothing,
    Waiting(Option<&'o mut dyn Output>),
    Copy(Copy<'o>),
}

impl To<'_> {
    /// Begins a copy with the rows before row `row` of group `group`, in which nothing changes.
    fn begin(
        &mut self,
        read: &Read<'_>,
        until: (usize, u64),
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let Self::Waiting(out) = self else {
            return Ok(());
        };
        let Some(out) = out.take() else {
            return Ok(());
        };
        let mut copy = Copy::new(out, read.meta)?;
        for group in 0..=until.0 {
            let mut columns = read.columns(group);
            let all = read.meta.groups.get(group).map_or(0, |g| g.rows);
            let end = if group == until.0 { until.1 } else { all };
            let mut row = 0;
            while row < end {
                let (batch, rows) = read.batch(&mut columns, all - row, cx)?;
                copy.rows(&read.meta.leaves, &batch, rows, &Changes::new())?;
                row += rows;
            }
            if group < until.0 {
                copy.group()?;
            }
        }
        *self = Self::Copy(copy);
        Ok(())
    }
}

/// A value: column, entry in the batch.
type Spot = (usize, usize);

struct Read<'r> {
    bytes: &'r Bytes<'r>,
    meta: &'r Meta,
    grids: Vec<Grid<Spot>>,
    /// Number of the last row of each table.
    rows: Vec<u64>,
    writing: bool,
}

impl<'r> Read<'r> {
    fn columns(&self, group: usize) -> Vec<Column<'r>> {
        let chunks = self.meta.groups.get(group).map(|g| g.chunks.as_slice());
        let pairs = self.meta.leaves.iter().zip(chunks.unwrap_or_default());
        pairs
            .map(|(leaf, chunk)| Column::new(self.bytes, leaf, chunk))
            .collect()
    }

    fn groups(&mut self, to: &mut To<'_>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for number in 0..self.meta.groups.len() {
            self.group(number, to, cx)?;
            if let To::Copy(copy) = to {
                copy.group()?;
            }
        }
        Ok(())
    }

    fn group(
        &mut self,
        number: usize,
        to: &mut To<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let mut columns = self.columns(number);
        let Some(group) = self.meta.groups.get(number) else {
            return Ok(());
        };
        for (column, chunk) in columns.iter_mut().zip(&group.chunks) {
            if chunk.encrypted {
                if self.writing {
                    return Err(FormatError::Encrypted);
                }
                let at = [Step::Field(column.leaf.name.clone())];
                cx.gap(&at, GapKind::Encrypted, "an encrypted column");
                column.dead = true;
            }
        }
        let mut row = 0;
        while row < group.rows && columns.iter().any(|c| !c.dead) {
            let (batch, rows) = self.batch(&mut columns, group.rows - row, cx)?;
            if rows == 0 {
                break;
            }
            let (changes, loose) = self.hand_on(&batch, &mut columns, rows, cx)?;
            if !changes.is_empty() || loose {
                to.begin(self, (number, row), cx)?;
            }
            if let To::Copy(copy) = to {
                copy.rows(&self.meta.leaves, &batch, rows, &changes)?;
            }
            row += rows;
        }
        self.behind(&mut columns, cx)?;
        let mut changed = false;
        for column in &mut columns {
            changed |= beside(column, cx);
            let leaf = column.leaf;
            for value in column.dictionary.iter().flat_map(Dictionary::unused) {
                cx.spend(value.len() as u64)?;
                changed |= meta::value(value, leaf, "dictionary", cx);
            }
        }
        if changed {
            to.begin(self, (number, row), cx)?;
        }
        Ok(())
    }

    /// Reads what columns have behind the last row that the group says it has: no reader of tables shows it.
    fn behind(&mut self, columns: &mut [Column<'r>], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut more = false;
        for column in columns.iter_mut().filter(|c| !c.dead) {
            match column.has_more() {
                Ok(any) => more |= any,
                Err(e) => self.ends(column, &e, cx)?,
            }
        }
        if !more {
            return Ok(());
        }
        let note = "values behind the last row";
        if self.writing {
            return Err(FormatError::Withheld(GapKind::Corrupt, note.into()));
        }
        cx.gap(&[], GapKind::Corrupt, note);
        loop {
            for column in columns.iter_mut().filter(|c| !c.dead) {
                match column.has_more() {
                    Ok(any) => column.dead = !any,
                    Err(e) => self.ends(column, &e, cx)?,
                }
            }
            if columns.iter().all(|c| c.dead) {
                return Ok(());
            }
            // A row at a time ends no column early.
            let (batch, rows) = self.batch(columns, 1, cx)?;
            self.hand_on(&batch, columns, rows, cx)?;
        }
    }

    /// Reads rows of all columns until they are enough.
    fn batch(
        &self,
        columns: &mut [Column<'r>],
        most: u64,
        cx: &mut Cx<'_>,
    ) -> Result<(Vec<Entries>, u64), FormatError> {
        let mut batch: Vec<Entries> = columns.iter().map(|_| Entries::default()).collect();
        let held = |c: &[Column<'_>]| c.iter().map(Column::held).sum::<usize>() as u64;
        let mut pages = held(columns);
        let (mut rows, mut size) = (0, 0);
        while rows < most.min(ROWS) && size < BATCH {
            let mut any = false;
            for (column, out) in columns.iter_mut().zip(&mut batch) {
                if column.dead {
                    continue;
                }
                let before = (column.held(), out.held());
                match column.row(out) {
                    Ok(true) => any = true,
                    Ok(false) => {
                        self.ends(
                            column,
                            &FormatError::Corrupt("a column that ends early"),
                            cx,
                        )?;
                    }
                    Err(e) => self.ends(column, &e, cx)?,
                }
                pages = pages.saturating_add(column.held() as u64);
                pages = pages.saturating_sub(before.0 as u64);
                size += out.held().saturating_sub(before.1) / 2;
                if pages > cx.limits.held_bytes {
                    return Err(FormatError::Limit("bytes held in memory"));
                }
            }
            if !any {
                break;
            }
            rows += 1;
        }
        cx.spend(batch.iter().map(|e| e.held() as u64).sum())?;
        Ok((batch, rows))
    }

    /// Nothing more of a column is read: told, and its bytes are looked through.
    fn ends(
        &self,
        column: &mut Column<'_>,
        error: &FormatError,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        if self.writing || matches!(error, FormatError::Io(_) | FormatError::Timeout) {
            return Err(match error {
                FormatError::Io(kind) => FormatError::Io(*kind),
                FormatError::Timeout => FormatError::Timeout,
                e => FormatError::Withheld(e.kind(), "a column could not be read".into()),
            });
        }
        column.dead = true;
        let at = [Step::Field(column.leaf.name.clone())];
        cx.gap(&at, error.kind(), "the values of a column end here");
        let rest = column.rest();
        let mut from = rest.start;
        while from < rest.end {
            let to = rest.end.min(from + (1 << 20));
            cx.spend(0)?;
            stray(&self.bytes.vec(from, to)?, &at, cx);
            from = to;
        }
        Ok(())
    }

    /// Hands on the values of a batch. Gives what changes, and whether what stands beside them does.
    fn hand_on(
        &mut self,
        batch: &[Entries],
        columns: &mut [Column<'_>],
        rows: u64,
        cx: &mut Cx<'_>,
    ) -> Result<(Changes, bool), FormatError> {
        let mut changes = Changes::new();
        let mut at = vec![(0_usize, 0_usize); batch.len()];
        for _ in 0..rows {
            // Rows that each table takes for this one.
            let mut used = vec![0_u64; self.rows.len()];
            for (n, entries) in batch.iter().enumerate() {
                self.one_row(n, entries, &mut at, &mut used, &mut changes, cx)?;
            }
            for (row, used) in self.rows.iter_mut().zip(used) {
                *row += used;
            }
        }
        for grid in &mut self.grids {
            for Change { owner, new } in grid.hand_on(cx)? {
                changes.insert(owner, new);
            }
        }
        let mut loose = false;
        for column in columns {
            loose |= beside(column, cx);
        }
        Ok((changes, loose))
    }

    /// Adds the values of one row of one column.
    fn one_row(
        &mut self,
        n: usize,
        entries: &Entries,
        at: &mut [(usize, usize)],
        used: &mut [u64],
        changes: &mut Changes,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (Some(leaf), Some(at)) = (self.meta.leaves.get(n), at.get_mut(n)) else {
            return Ok(());
        };
        let base = self.rows.get(leaf.table).copied().unwrap_or(0);
        let mut element = 0;
        let mut first = true;
        while let Some((rep, def)) = entries.levels.get(at.0) {
            if !first && *rep == 0 {
                break;
            }
            first = false;
            element += 1;
            let entry = at.0;
            at.0 += 1;
            if *def < leaf.max_def {
                continue;
            }
            let raw = entries.value(at.1);
            at.1 += 1;
            let row = base + element;
            let grid = self.grids.get_mut(leaf.table);
            let spot = (n, entry);
            let done = grid.is_none_or(|grid| {
                grid.push(row, leaf.column, spot, |out| put(leaf.shape, raw, out))
            });
            if !done {
                let text = std::str::from_utf8(raw).is_ok();
                if let Some(new) = inside(raw, (&leaf.name, row), text, self.writing, cx)? {
                    changes.insert(spot, new);
                }
            }
        }
        if let Some(used) = used.get_mut(leaf.table) {
            *used = element.max(*used);
        }
        Ok(())
    }
}

/// Hands on what stands beside the values of a column.
fn beside(column: &mut Column<'_>, cx: &mut Cx<'_>) -> bool {
    let mut changed = false;
    for raw in std::mem::take(&mut column.beside) {
        changed |= meta::value(&raw, column.leaf, "statistics", cx);
    }
    let at = [Step::Field(column.leaf.name.clone())];
    for raw in std::mem::take(&mut column.loose) {
        changed |= stray(&raw, &at, cx);
    }
    changed
}
