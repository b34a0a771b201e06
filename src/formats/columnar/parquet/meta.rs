//! The footer: schema, row groups, where columns lie, and every text in it.
//!
//! Standard: Apache Parquet format 2.11, `parquet.thrift`; "Nested Encoding".

use super::{
    super::{
        COLUMNS, DEPTH,
        grid::column_name,
        stray,
        value::{Shape, put},
        words,
    },
    places::{bits, filter, offsets, place, stretch},
    thrift::{Thrift, Tree},
};
use crate::{
    formats::{Cx, FormatError, archives::bytes::Bytes},
    model::Step,
};
use std::ops::Range;

pub(super) const MAGIC: &[u8] = b"PAR1";
/// Longest footer, and most values in it.
const FOOTER: u64 = 48 << 20;
pub(super) const VALUES: usize = 4 << 20;

/// A column of values.
#[derive(Debug)]
pub(super) struct Leaf {
    /// How its values are stored, as the format numbers it.
    pub(super) kind: i64,
    /// Bytes of a value, where they are always as many.
    pub(super) width: usize,
    pub(super) shape: Shape,
    pub(super) max_rep: u16,
    pub(super) max_def: u16,
    /// Whether the value itself may be missing.
    pub(super) optional: bool,
    /// Indexes of the schema's elements down to it.
    pub(super) path: Vec<usize>,
    /// Table, from 0, and column in it, from 1.
    pub(super) table: usize,
    pub(super) column: u32,
    pub(super) name: String,
}

/// The values of one column in one row group.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) codec: i64,
    pub(super) values: u64,
    pub(super) pages: Range<u64>,
    pub(super) encrypted: bool,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) rows: u64,
    pub(super) chunks: Vec<Chunk>,
}

/// A footer that was read.
#[derive(Debug)]
pub(super) struct Meta {
    raw: Vec<u8>,
    tree: Tree,
    pub(super) leaves: Vec<Leaf>,
    pub(super) groups: Vec<Group>,
    /// Name of what repeats, and names of columns, for each table.
    pub(super) tables: Vec<(Option<String>, Vec<String>)>,
    /// Where the footer begins.
    start: u64,
    /// Names that are to change: elements of the schema by index.
    pub(super) renamed: Vec<usize>,
}

const BAD: FormatError = FormatError::Corrupt("the footer");

impl Meta {
    /// Reads the footer.
    ///
    /// # Errors
    /// `Corrupt`, `Encrypted`, `Limit`.
    pub(super) fn read(bytes: &Bytes<'_>) -> Result<Self, FormatError> {
        let length = bytes.len();
        let tail: [u8; 8] = bytes.array(length.saturating_sub(8))?.ok_or(BAD)?;
        if tail.ends_with(b"PARE") {
            return Err(FormatError::Encrypted);
        }
        if !tail.ends_with(MAGIC) {
            return Err(FormatError::Corrupt("the file ends early"));
        }
        let size = tail
            .first_chunk()
            .map_or(0, |b| u64::from(u32::from_le_bytes(*b)));
        if size > FOOTER {
            return Err(FormatError::Limit("bytes of the footer"));
        }
        let end = length - 8;
        let start = end.checked_sub(size).filter(|s| *s >= 4).ok_or(BAD)?;
        let raw = bytes.vec(start, end)?;
        let tree = Thrift::new(&raw, 0, VALUES).structure(0)?;
        let mut meta = Self {
            raw,
            tree,
            leaves: Vec::new(),
            groups: Vec::new(),
            tables: vec![(None, Vec::new())],
            start,
            renamed: Vec::new(),
        };
        let mut at = 0;
        let state = Nesting::default();
        meta.element(&mut at, &mut Vec::new(), &state, 0)?;
        meta.groups(start)?;
        Ok(meta)
    }

    pub(super) fn schema(&self) -> &[Tree] {
        self.tree.list(2)
    }

    /// Name of an element of the schema.
    pub(super) fn element_name(&self, index: usize) -> &[u8] {
        let element = self.schema().get(index);
        element
            .and_then(|e| e.bytes(4, &self.raw))
            .unwrap_or_default()
    }

    fn element(
        &mut self,
        at: &mut usize,
        path: &mut Vec<usize>,
        around: &Nesting,
        depth: u32,
    ) -> Result<(), FormatError> {
        if depth > DEPTH {
            return Err(FormatError::Limit("depth of the schema"));
        }
        let index = *at;
        let element = self.schema().get(index).ok_or(BAD)?.clone();
        *at += 1;
        let mut here = around.clone();
        let repetition = if path.is_empty() && index == 0 {
            0
        } else {
            element.int(3).unwrap_or(0)
        };
        path.push(index);
        let name = String::from_utf8_lossy(self.element_name(index)).into_owned();
        match repetition {
            0 => {}
            1 => here.def += 1,
            2 => {
                here.def += 1;
                here.rep += 1;
                let said =
                    column_name(here.names.iter().map(String::as_str).chain([name.as_str()]));
                if self.tables.len() > COLUMNS {
                    return Err(FormatError::Limit("columns"));
                }
                self.tables.push((Some(said), Vec::new()));
                here.table = self.tables.len() - 1;
            }
            _ => return Err(BAD),
        }
        if index > 0 {
            here.names.push(name);
        }
        let children = element.size(5).unwrap_or(0);
        if children > 0 || element.get(1).is_none() {
            for _ in 0..children {
                self.element(at, path, &here, depth + 1)?;
            }
        } else {
            self.leaf(&element, path, &here, repetition == 1)?;
        }
        path.pop();
        Ok(())
    }

    fn leaf(
        &mut self,
        element: &Tree,
        path: &[usize],
        here: &Nesting,
        optional: bool,
    ) -> Result<(), FormatError> {
        if self.leaves.len() >= COLUMNS {
            return Err(FormatError::Limit("columns"));
        }
        let kind = element.int(1).ok_or(BAD)?;
        let width = match kind {
            0 => 1,
            1 | 4 => 4,
            2 | 5 => 8,
            3 => 12,
            6 => 0,
            7 => element
                .size(2)
                .filter(|n| (1..=1 << 20).contains(n))
                .ok_or(BAD)?,
            _ => return Err(BAD),
        };
        let name = column_name(here.names.iter().map(String::as_str));
        let (_, columns) = self.tables.get_mut(here.table).ok_or(BAD)?;
        columns.push(name.clone());
        self.leaves.push(Leaf {
            kind,
            width,
            shape: shape(element, kind, width),
            max_rep: here.rep,
            max_def: here.def,
            optional,
            path: path.to_vec(),
            table: here.table,
            column: u32::try_from(columns.len()).unwrap_or(u32::MAX),
            name,
        });
        Ok(())
    }

    fn groups(&mut self, start: u64) -> Result<(), FormatError> {
        for group in self.tree.list(4) {
            let mut chunks = Vec::new();
            let columns = group.list(1);
            if columns.len() != self.leaves.len() {
                return Err(BAD);
            }
            for chunk in columns {
                if chunk.get(1).is_some() {
                    return Err(FormatError::Unsupported("columns in other files"));
                }
                let encrypted = chunk.get(8).is_some() || chunk.get(9).is_some();
                let found = chunk.get(3).and_then(|meta| place(meta, start));
                match found {
                    Some(mut found) => {
                        found.encrypted = encrypted;
                        chunks.push(found);
                    }
                    None if encrypted => chunks.push(Chunk {
                        codec: 0,
                        values: 0,
                        pages: 0..0,
                        encrypted,
                    }),
                    None => return Err(BAD),
                }
            }
            let rows = group.int(3).and_then(|n| u64::try_from(n).ok());
            self.groups.push(Group {
                rows: rows.ok_or(BAD)?,
                chunks,
            });
        }
        Ok(())
    }

    /// Hands on every text of the footer and of what lies beside the columns. Gives whether a copy has to be
    /// another file.
    pub(super) fn texts(
        &mut self,
        bytes: &Bytes<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<bool, FormatError> {
        let mut changed = false;
        for index in 0..self.schema().len() {
            let name = String::from_utf8_lossy(self.element_name(index)).into_owned();
            let at = [Step::Field("schema".into()), Step::Name];
            if !cx.string(&at, &name, None).is_empty() {
                self.renamed.push(index);
                changed = true;
            }
        }
        // Where schemas of Arrow lie, and whether something in one is to go.
        let mut schemas = Vec::new();
        for entry in self.tree.list(5) {
            if entry.bytes(1, &self.raw) == Some(b"ARROW:schema")
                && let Some(Tree::Bytes(place)) = entry.get(2)
                && let Some(found) = self.arrow(self.raw.get(place.clone()), cx)?
            {
                changed |= found;
                schemas.push(place.clone());
            }
        }
        let mut rest = Vec::new();
        // Paths repeat the names of the schema; they are read when they do not.
        let skip = |way: &[i16]| way == [4, 1, 3, 3] || way == [4, 1, 3, 12] || way == [2, 4];
        self.tree.all_bytes(&mut Vec::new(), &skip, &mut rest);
        let at = [Step::Field("metadata".into())];
        for range in rest.into_iter().filter(|r| !schemas.contains(r)) {
            changed |= words(self.raw.get(range).unwrap_or_default(), &at, cx);
        }
        for group in self.tree.list(4) {
            for (leaf, chunk) in self.leaves.iter().zip(group.list(1)) {
                let Some(meta) = chunk.get(3) else { continue };
                for (index, part) in leaf.path.iter().skip(1).zip(meta.list(3)) {
                    if let Tree::Bytes(range) = part {
                        let part = self.raw.get(range.clone()).unwrap_or_default();
                        if part != self.element_name(*index) {
                            changed |= words(part, &at, cx);
                        }
                    }
                }
                if let Some(statistics) = meta.get(12) {
                    changed |= bounds(statistics, &self.raw, leaf, cx);
                }
                cx.spend(0)?;
            }
        }
        changed |= self.indexes(bytes, cx)?;
        changed |= self.between(bytes, cx)?;
        Ok(changed)
    }

    /// Hands on what a schema of Arrow says that this file does not say elsewhere; `None` when it is none.
    fn arrow(&self, text: Option<&[u8]>, cx: &mut Cx<'_>) -> Result<Option<bool>, FormatError> {
        let text = text.and_then(|raw| std::str::from_utf8(raw).ok());
        let Some(raw) = text.and_then(crate::formats::protected::base64) else {
            return Ok(None);
        };
        let names = (0..self.schema().len()).map(|n| self.element_name(n).to_vec());
        let entries = self.tree.list(5).iter();
        let entries = entries.flat_map(|e| [e.bytes(1, &self.raw), e.bytes(2, &self.raw)]);
        let known = names.chain(entries.flatten().map(<[u8]>::to_vec));
        cx.spend(raw.len() as u64)?;
        let at = [Step::Field("metadata".into())];
        Ok(Some(
            match super::super::arrow::repeated(&raw, known.collect(), cx) {
                Some(changed) => changed,
                None => crate::formats::strings::swept(&raw, &at, cx) > 0,
            },
        ))
    }

    /// Smallest and largest values of pages.
    fn indexes(&self, bytes: &Bytes<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        let mut changed = false;
        for group in self.tree.list(4) {
            for (leaf, chunk) in self.leaves.iter().zip(group.list(1)) {
                let Some(range) = stretch(chunk, 6, 7) else {
                    continue;
                };
                if range.end - range.start > 16 << 20 {
                    return Err(FormatError::Limit("bytes of an index"));
                }
                let raw = bytes.vec(range.start, range.end)?;
                cx.spend(raw.len() as u64)?;
                match Thrift::new(&raw, 0, VALUES).structure(0) {
                    Ok(tree) => changed |= bounds(&tree, &raw, leaf, cx),
                    Err(_) => changed |= stray(&raw, &[Step::Field("index".into())], cx),
                }
            }
        }
        Ok(changed)
    }

    /// What lies between columns, indexes and the footer.
    fn between(&self, bytes: &Bytes<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        let mut known: Vec<Range<u64>> = vec![0..4, self.start..bytes.len()];
        let mut changed = false;
        for group in self.tree.list(4) {
            for chunk in group.list(1) {
                known.extend(
                    chunk
                        .get(3)
                        .and_then(|m| place(m, self.start))
                        .map(|c| c.pages),
                );
                known.extend(offsets(chunk, bytes, cx)?);
                known.extend(stretch(chunk, 6, 7));
                let Some(filter) = chunk.get(3).map(|meta| filter(meta, bytes)).transpose()? else {
                    continue;
                };
                if let Some(range) = &filter {
                    changed |= bits(range, bytes, cx)?;
                }
                known.extend(filter);
            }
        }
        known.sort_by_key(|r| r.start);
        let mut at = 0;
        for range in known {
            let mut from = at;
            while from < range.start.min(bytes.len()) {
                let to = range.start.min(from + (1 << 20));
                let raw = bytes.vec(from, to)?;
                cx.spend(0)?;
                changed |= stray(&raw, &[Step::Field("between".into())], cx);
                from = to;
            }
            at = at.max(range.end);
        }
        Ok(changed)
    }
}

/// What is around an element of the schema.
#[derive(Debug, Clone, Default)]
struct Nesting {
    rep: u16,
    def: u16,
    table: usize,
    names: Vec<String>,
}

/// Hands on all values among statistics.
pub(super) fn bounds(tree: &Tree, raw: &[u8], leaf: &Leaf, cx: &mut Cx<'_>) -> bool {
    let mut all = Vec::new();
    tree.all_bytes(&mut Vec::new(), &|_| false, &mut all);
    let mut changed = false;
    for range in all {
        changed |= value(raw.get(range).unwrap_or_default(), leaf, "statistics", cx);
    }
    changed
}

/// Hands on a value that stands elsewhere than in a row.
pub(super) fn value(raw: &[u8], leaf: &Leaf, place: &str, cx: &mut Cx<'_>) -> bool {
    let mut text = Vec::new();
    let at = [Step::Field(leaf.name.clone()), Step::Part(place.into())];
    match put(leaf.shape, raw, &mut text) {
        Some(_) => {
            let text = String::from_utf8_lossy(&text);
            !text.is_empty() && !cx.string(&at, &text, Some(&leaf.name)).is_empty()
        }
        None => words(raw, &at, cx),
    }
}

/// What the values of a column mean.
fn shape(element: &Tree, kind: i64, width: usize) -> Shape {
    let scale = |n: Option<i64>| i32::try_from(n.unwrap_or(0)).unwrap_or(0);
    let big = kind >= 6;
    let unit = |time: &Tree| {
        let unit = time.get(2);
        let is = |id| unit.is_some_and(|u| u.get(id).is_some());
        if is(1) {
            1_000
        } else if is(2) {
            1_000_000
        } else {
            1_000_000_000
        }
    };
    if let Some(Tree::Struct(fields)) = element.get(10)
        && let Some((id, inner)) = fields.first()
    {
        match id {
            5 => {
                let scale = scale(inner.int(1));
                return Shape::Decimal { scale, big };
            }
            6 => return Shape::Days,
            7 => return Shape::Silent,
            8 => {
                return Shape::Moment {
                    second: unit(inner),
                };
            }
            10 => {
                let signed = inner.flag(2).unwrap_or(true);
                return Shape::Int { signed };
            }
            14 if width == 16 => return Shape::Uuid,
            15 => return Shape::Float,
            _ => {}
        }
    }
    match (element.int(6), kind) {
        (Some(5), _) => {
            let scale = scale(element.int(7));
            Shape::Decimal { scale, big }
        }
        (Some(6), _) => Shape::Days,
        (Some(7 | 8 | 21), _) => Shape::Silent,
        (Some(9), _) => Shape::Moment { second: 1_000 },
        (Some(10), _) => Shape::Moment { second: 1_000_000 },
        (Some(11..=14), _) => Shape::Int { signed: false },
        (_, 0) => Shape::Bool,
        (_, 1 | 2) => Shape::Int { signed: true },
        (_, 3) => Shape::Impala,
        (_, 4 | 5) => Shape::Float,
        _ => Shape::Bytes,
    }
}
