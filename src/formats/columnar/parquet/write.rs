//! Changed copies: pages of plain values, and a footer that says no more than where they are.
//!
//! Standard: Apache Parquet format 2.11.

use super::{
    super::{
        stand_in,
        unpack::{Packing, packed, put_varint},
        value::{Shape, nothing},
    },
    meta::{Leaf, MAGIC, Meta},
    pages::{Entries, width},
    thrift::{Tree, Writer},
};
use crate::formats::{FormatError, Output};
use std::collections::BTreeMap;

/// Bytes of pages that are held before a row group is closed, however many rows the source's has.
const GROUP: usize = 64 << 20;

/// What stands in place of a value: other bytes, or none when the column allows it.
pub(super) type Changes = BTreeMap<(usize, usize), Vec<u8>>;

#[derive(Debug, Default, Clone)]
struct Pages {
    raw: Vec<u8>,
    values: u64,
    /// Bytes before packing, heads with them.
    size: u64,
}

/// A row group that was written.
#[derive(Debug)]
struct Group {
    rows: u64,
    /// Place, bytes, bytes before packing, values; for each column.
    columns: Vec<(u64, u64, u64, u64)>,
}

/// Writes a copy.
pub(super) struct Copy<'o> {
    out: &'o mut dyn Output,
    at: u64,
    pages: Vec<Pages>,
    rows: u64,
    groups: Vec<Group>,
    /// For each column.
    packing: Vec<Packing>,
}

impl<'o> Copy<'o> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the output.
    pub(super) fn new(out: &'o mut dyn Output, meta: &Meta) -> Result<Self, FormatError> {
        out.write_all(MAGIC)?;
        let packing = |n: usize| {
            let mut codecs = meta.groups.iter().filter_map(|g| g.chunks.get(n));
            if codecs.any(|c| c.codec != 0) {
                Packing::Gzip
            } else {
                Packing::None
            }
        };
        Ok(Self {
            out,
            at: MAGIC.len() as u64,
            pages: vec![Pages::default(); meta.leaves.len()],
            rows: 0,
            groups: Vec::new(),
            packing: (0..meta.leaves.len()).map(packing).collect(),
        })
    }

    /// Adds rows: entries and changed entries of each column.
    pub(super) fn rows(
        &mut self,
        leaves: &[Leaf],
        batch: &[Entries],
        rows: u64,
        changes: &Changes,
    ) -> Result<(), FormatError> {
        for (n, (leaf, entries)) in leaves.iter().zip(batch).enumerate() {
            let packing = self.packing.get(n).copied().unwrap_or(Packing::None);
            if let Some(pages) = self.pages.get_mut(n) {
                page(leaf, entries, packing, pages, |entry| {
                    changes.get(&(n, entry))
                })?;
            }
        }
        self.rows += rows;
        if self.pages.iter().map(|p| p.raw.len()).sum::<usize>() > GROUP {
            self.group()?;
        }
        Ok(())
    }

    /// Closes the row group.
    pub(super) fn group(&mut self) -> Result<(), FormatError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut columns = Vec::new();
        for pages in &mut self.pages {
            let pages = std::mem::take(pages);
            self.out.write_all(&pages.raw)?;
            let length = pages.raw.len() as u64;
            columns.push((self.at, length, pages.size, pages.values));
            self.at += length;
        }
        self.groups.push(Group {
            rows: std::mem::take(&mut self.rows),
            columns,
        });
        Ok(())
    }

    /// Writes the footer.
    pub(super) fn finish(mut self, meta: &Meta) -> Result<(), FormatError> {
        self.group()?;
        let names: Vec<Vec<u8>> = (0..meta.schema().len())
            .map(|n| {
                if meta.renamed.contains(&n) {
                    stand_in(n).into_bytes()
                } else {
                    meta.element_name(n).to_vec()
                }
            })
            .collect();
        let mut w = Writer::default();
        w.i32(1, 2);
        w.list(2, 12, names.len());
        for (element, name) in meta.schema().iter().zip(&names) {
            schema_element(&mut w, element, name);
        }
        w.i64(3, self.groups.iter().map(|g| g.rows).sum());
        w.list(4, 12, self.groups.len());
        for group in &self.groups {
            w.open();
            w.list(1, 12, group.columns.len());
            for (n, (leaf, column)) in meta.leaves.iter().zip(&group.columns).enumerate() {
                let packing = self.packing.get(n).copied().unwrap_or(Packing::None);
                chunk(&mut w, leaf, &names, *column, packing);
            }
            w.i64(2, group.columns.iter().map(|c| c.2).sum());
            w.i64(3, group.rows);
            w.close();
        }
        w.bytes(
            6,
            concat!("inkout version ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        w.out.push(0);
        self.out.write_all(&w.out)?;
        let length =
            u32::try_from(w.out.len()).map_err(|_| FormatError::Limit("bytes of the footer"))?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        Ok(())
    }
}

/// An element of the schema: what values need, and its name.
fn schema_element(w: &mut Writer, element: &Tree, name: &[u8]) {
    w.open();
    let Tree::Struct(fields) = element else {
        w.close();
        return;
    };
    for id in 1..=10 {
        if id == 4 {
            w.bytes(4, name);
            continue;
        }
        let Some((_, tree)) = fields.iter().find(|(n, _)| *n == id) else {
            continue;
        };
        // Of the logical types only places on earth say more than numbers.
        let known = match tree {
            Tree::Struct(inner) => inner.iter().all(|(n, _)| (1..=15).contains(n)),
            _ => true,
        };
        if known && !tree.has_bytes() {
            w.tree(id, tree);
        }
    }
    w.close();
}

fn chunk(
    w: &mut Writer,
    leaf: &Leaf,
    names: &[Vec<u8>],
    (at, length, size, values): (u64, u64, u64, u64),
    packing: Packing,
) {
    w.open();
    w.i64(2, at);
    w.begin(3);
    w.i32(1, leaf.kind);
    w.list(2, 5, 2);
    w.element(0);
    w.element(3);
    w.list(3, 8, leaf.path.len().saturating_sub(1));
    for index in leaf.path.iter().skip(1) {
        w.text(names.get(*index).map(Vec::as_slice).unwrap_or_default());
    }
    w.i32(4, if packing == Packing::Gzip { 2 } else { 0 });
    w.i64(5, values);
    w.i64(6, size);
    w.i64(7, length);
    w.i64(9, at);
    w.close();
    w.close();
}

/// Adds a page of these entries.
fn page<'n>(
    leaf: &Leaf,
    entries: &Entries,
    packing: Packing,
    pages: &mut Pages,
    change: impl Fn(usize) -> Option<&'n Vec<u8>>,
) -> Result<(), FormatError> {
    let mut levels = Vec::with_capacity(entries.levels.len());
    let mut values = Vec::new();
    let mut truths = Vec::new();
    let mut index = 0;
    for (n, (rep, def)) in entries.levels.iter().enumerate() {
        if *def < leaf.max_def {
            levels.push((*rep, *def));
            continue;
        }
        let old = entries.value(index);
        index += 1;
        let new = change(n);
        let gone = new.is_some_and(|new| missing(leaf, new));
        if gone && leaf.optional {
            levels.push((*rep, *def - 1));
            continue;
        }
        levels.push((*rep, *def));
        // A number of no bytes is none.
        let amount = matches!(leaf.shape, Shape::Decimal { .. });
        let width = leaf.width.max(amount.into());
        let zeros = nothing(leaf.shape, if gone { width } else { 0 });
        let value = match new {
            Some(_) if gone => &zeros,
            Some(new) => new.as_slice(),
            None => old,
        };
        match (leaf.kind, leaf.width) {
            (0, _) => truths.push(value.first() == Some(&1)),
            (_, 0) => {
                let length = u32::try_from(value.len());
                let length = length.map_err(|_| FormatError::Limit("bytes of a value"))?;
                values.extend_from_slice(&length.to_le_bytes());
                values.extend_from_slice(value);
            }
            _ => values.extend_from_slice(value),
        }
    }
    for byte in truths.chunks(8) {
        let bits = byte.iter().rev().fold(0, |v, bit| v << 1 | u8::from(*bit));
        values.push(bits);
    }
    let mut body = Vec::new();
    if leaf.max_rep > 0 {
        runs(levels.iter().map(|l| l.0), leaf.max_rep, &mut body);
    }
    if leaf.max_def > 0 {
        runs(levels.iter().map(|l| l.1), leaf.max_def, &mut body);
    }
    body.append(&mut values);
    let plain = body.len();
    let body = packed(packing, &body)?;
    let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    if plain > i32::MAX as usize {
        return Err(FormatError::Limit("bytes of a page"));
    }
    let mut w = Writer::default();
    w.i32(1, 0);
    w.i32(2, size(plain));
    w.i32(3, size(body.len()));
    w.begin(5);
    w.i32(1, size(levels.len()));
    w.i32(2, 0);
    w.i32(3, 3);
    w.i32(4, 3);
    w.close();
    w.out.push(0);
    pages.values += levels.len() as u64;
    pages.size += (w.out.len() + plain) as u64;
    pages.raw.append(&mut w.out);
    pages.raw.extend_from_slice(&body);
    Ok(())
}

/// Whether what is to stand in place of a value is nothing: no text, or no bytes of the column's width.
fn missing(leaf: &Leaf, new: &[u8]) -> bool {
    if leaf.width == 0 {
        return new.is_empty();
    }
    new.len() != leaf.width
}

/// Adds levels as runs, with their length before them.
fn runs(levels: impl Iterator<Item = u16>, max: u16, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let bytes = width(max).div_ceil(8);
    let mut run: Option<(u16, u64)> = None;
    let close = |run: Option<(u16, u64)>, out: &mut Vec<u8>| {
        if let Some((level, count)) = run {
            put_varint(out, count << 1);
            out.extend(level.to_le_bytes().iter().take(bytes));
        }
    };
    for level in levels {
        match &mut run {
            Some((last, count)) if *last == level => *count += 1,
            _ => {
                close(run.replace((level, 1)), out);
            }
        }
    }
    close(run, out);
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(slot) = out.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_le_bytes());
    }
}
