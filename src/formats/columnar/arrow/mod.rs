//! Arrow: streams and files of record batches, and Feather of version 2 (`.arrow`, `.arrows`, `.feather`).
//!
//! Read: every value of every array under the name of its field, elements of lists, maps and structures too,
//! dictionaries; names, metadata of schema, fields and messages; the footer as far as it says something else; what
//! lies in buffers under missing values and beside all values, and between messages.
//! Written: the same messages, changed batches without compression and without what no value is in; a schema without
//! metadata. In place of a masked number is a missing value where the field allows it, else zero; a field whose
//! name was masked has another name. A file in which nothing is to be masked is copied byte for byte.
//!
//! Not read: Feather of version 1, numbers with the highest byte first.
//!
//! Standard: Apache Arrow columnar format 1.5, "Serialization and Interprocess Communication".

mod batch;
mod flat;
mod schema;
#[cfg(test)]
mod tests;
mod types;
mod write;

use super::{
    BATCH,
    grid::{Change, Grid},
    stray,
    value::{inside, put},
    verbatim, words,
};
use crate::{
    formats::{
        Cx, Format, FormatError, Output, Probe, Source,
        archives::bytes::Bytes,
        le::{size_at, u32_at},
    },
    model::{FormatId, Step},
};
use batch::{Array, Changes};
use flat::{Table, Value};
use schema::{Field, Schema};
use std::{collections::BTreeSet, ops::Range};
use write::To;

/// Arrow files and streams.
#[derive(Debug, Clone, Copy)]
pub struct Arrow;

const MAGIC: &[u8] = b"ARROW1";
const CONTINUES: u32 = u32::MAX;
/// Longest description of a message, in bytes.
const HEAD: usize = 32 << 20;

const BAD: FormatError = FormatError::Corrupt("a message");

impl Format for Arrow {
    fn id(&self) -> FormatId {
        "arrow"
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        let schema = || {
            let size = size_at(head, 4)?;
            let root = Table::root(head.get(8..)?)?;
            (u32_at(head, 0)? == CONTINUES && size % 8 == 0 && root.byte(1)? == 1).then_some(())
        };
        if head.starts_with(MAGIC) || schema().is_some() {
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
        let mut file = File::open(&bytes, source.head().starts_with(MAGIC))?;
        let first = file.message(file.start)?.ok_or(BAD)?;
        let root = Table::root(&first.head).ok_or(BAD)?;
        if root.byte(1) != Some(1) || root.short(0).unwrap_or(0) < 3 {
            return Err(FormatError::Unsupported("an old form of Arrow"));
        }
        let table = root.table(2).ok_or(BAD)?;
        let mut schema = Schema::read(&table)?;
        let mut changed = schema.texts(&table, cx)?;
        changed |= schema::metadata(&root, 4, cx);
        let mut seen = Seen::default();
        schema::places(&table, &mut seen.places).ok_or(BAD)?;
        schema::entries(&root, 4, &mut seen.places);
        changed |= seen.rest(&first.head, cx);
        changed |= file.footer(&mut seen, cx)?;
        file.begin(schema, first.end, out.is_some());
        let Some(out) = out else {
            return file.messages(&mut To::Nothing, cx);
        };
        let mut to = To::Waiting(Some(out));
        if changed {
            to.begin(&file, first.end)?;
        }
        file.messages(&mut to, cx)?;
        match to {
            To::Copy(copy) => copy.finish(&file),
            To::Waiting(Some(out)) => verbatim(&bytes, out),
            _ => Ok(()),
        }
    }
}

/// Texts of the schema that were handed on, and where they lie.
#[derive(Default)]
struct Seen {
    places: Vec<Range<usize>>,
    texts: BTreeSet<Vec<u8>>,
}

impl Seen {
    /// Looks through what is in a description besides its texts.
    fn rest(&mut self, head: &[u8], cx: &mut Cx<'_>) -> bool {
        let mut rest = head.to_vec();
        for range in self.places.drain(..) {
            if let Some(slot) = rest.get_mut(range) {
                self.texts.insert(slot.to_vec());
                slot.fill(0);
            }
        }
        crate::formats::strings::swept(&rest, &[Step::Field("schema".into())], cx) > 0
    }

    /// The same for a description that repeats the schema: texts that it does not repeat are handed on.
    fn again(&mut self, head: &[u8], cx: &mut Cx<'_>) -> bool {
        let mut changed = false;
        for range in &self.places {
            let text = head.get(range.clone()).unwrap_or_default();
            if !self.texts.contains(text) {
                changed |= words(text, &[Step::Field("metadata".into())], cx);
            }
        }
        self.rest(head, cx) || changed
    }
}

/// Hands on the texts of a schema in another file that are not `known` there; `None` when it is no schema.
pub(super) fn repeated(raw: &[u8], known: BTreeSet<Vec<u8>>, cx: &mut Cx<'_>) -> Option<bool> {
    // Old writers leave the mark before the length out.
    let marked = u32_at(raw, 0) == Some(CONTINUES);
    let head = raw.get(if marked { 8 } else { 4 }..)?;
    let root = Table::root(head).filter(|root| root.byte(1) == Some(1))?;
    let mut seen = Seen {
        places: Vec::new(),
        texts: known,
    };
    schema::places(&root.table(2)?, &mut seen.places)?;
    schema::entries(&root, 4, &mut seen.places);
    Some(seen.again(head, cx))
}

/// One message.
struct Message {
    head: Vec<u8>,
    body: Range<u64>,
    /// Where the next one begins.
    end: u64,
}

struct File<'f> {
    bytes: &'f Bytes<'f>,
    /// Whether it is a file and no stream.
    seeks: bool,
    start: u64,
    /// Where messages end at the latest: the footer.
    stop: u64,
    /// Where the messages behind the schema begin.
    from: u64,
    schema: Schema,
    grids: Vec<Grid<Spot>>,
    rows: Vec<u64>,
    writing: bool,
}

/// A value: array of the batch, place in it.
type Spot = (usize, usize);

impl<'f> File<'f> {
    fn open(bytes: &'f Bytes<'f>, is_file: bool) -> Result<Self, FormatError> {
        let (mut start, mut stop) = (0, bytes.len());
        if is_file {
            start = 8;
            let end = || FormatError::Corrupt("the file ends early");
            let tail: [u8; 10] = bytes.array(stop.saturating_sub(10))?.ok_or_else(end)?;
            if !tail.ends_with(MAGIC) {
                return Err(end());
            }
            let size = u32_at(&tail, 0).map_or(0, u64::from);
            stop = (stop - 10)
                .checked_sub(size)
                .filter(|s| *s >= start)
                .ok_or_else(end)?;
        }
        Ok(Self {
            bytes,
            seeks: is_file,
            start,
            stop,
            from: start,
            schema: Schema::default(),
            grids: Vec::new(),
            rows: Vec::new(),
            writing: false,
        })
    }

    fn begin(&mut self, schema: Schema, from: u64, writing: bool) {
        let tables = (0_u32..).zip(&schema.tables);
        let grids = tables.map(|(id, (name, columns))| {
            let at = name.iter().map(|n| Step::Field(n.clone())).collect();
            Grid::new(at, id, columns.clone())
        });
        self.grids = grids.collect();
        self.rows = vec![0; schema.tables.len()];
        self.schema = schema;
        self.from = from;
        self.writing = writing;
    }

    /// The message at a place; `None` at the end of all.
    fn message(&self, at: u64) -> Result<Option<Message>, FormatError> {
        let Some(raw) = self.bytes.array::<8>(at)? else {
            let left = self.stop.saturating_sub(at);
            let end = self.bytes.array::<4>(at)?.is_some_and(|raw| raw == [0; 4]);
            return if left == 0 || end { Ok(None) } else { Err(BAD) };
        };
        let first = u32_at(&raw, 0).unwrap_or(0);
        let (size, from) = if first == CONTINUES {
            (size_at(&raw, 4), at + 8)
        } else {
            (size_at(&raw, 0), at + 4)
        };
        let size = size.ok_or(BAD)?;
        if size == 0 || at >= self.stop {
            return Ok(None);
        }
        if size > HEAD {
            return Err(FormatError::Limit("bytes of a message"));
        }
        let start = from + size as u64;
        if start > self.stop {
            return Err(BAD);
        }
        let head = self.bytes.vec(from, start)?;
        let length = Table::root(&head).ok_or(BAD)?.long(3).unwrap_or(0);
        let end = u64::try_from(length)
            .ok()
            .and_then(|n| start.checked_add(n));
        let end = end.filter(|e| *e <= self.stop).ok_or(BAD)?;
        Ok(Some(Message {
            head,
            body: start..end,
            end,
        }))
    }

    /// Hands on what the footer says besides the schema.
    fn footer(&self, seen: &mut Seen, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        if !self.seeks {
            return Ok(false);
        }
        let size = self.bytes.len() - 10 - self.stop;
        if size > HEAD as u64 {
            return Err(FormatError::Limit("bytes of the footer"));
        }
        let raw = self.bytes.vec(self.stop, self.bytes.len() - 10)?;
        let table = Table::root(&raw).ok_or(FormatError::Corrupt("the footer"))?;
        if let Some(schema) = table.table(1) {
            schema::places(&schema, &mut seen.places).ok_or(FormatError::Corrupt("the footer"))?;
        }
        schema::entries(&table, 4, &mut seen.places);
        Ok(seen.again(&raw, cx))
    }

    fn messages(&mut self, to: &mut To<'_>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut at = self.from;
        loop {
            let read = self.message(at).and_then(|message| match message {
                Some(message) => self.one(&message, at, to, cx).map(|()| Some(message.end)),
                None => Ok(None),
            });
            match read {
                Ok(Some(end)) => at = end,
                Ok(None) => break,
                Err(e @ (FormatError::Timeout | FormatError::Io(_))) => return Err(e),
                Err(e) if self.writing => return Err(e),
                Err(e) => {
                    self.rest(at, cx)?;
                    cx.gap(&[], e.kind(), "the records end here");
                    return Ok(());
                }
            }
        }
        // The mark of the end is eight bytes, or four in old files.
        if self.rest(at, cx)? {
            to.begin(self, at)?;
        }
        Ok(())
    }

    /// Looks through what lies behind the last message that was read.
    fn rest(&self, at: u64, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        let mut any = false;
        let mut from = at;
        while from < self.stop {
            let to = self.stop.min(from + (1 << 20));
            cx.spend(0)?;
            let raw = self.bytes.vec(from, to)?;
            let raw = match raw.strip_prefix(&CONTINUES.to_le_bytes()) {
                Some(rest) if from == at => rest,
                _ => &raw,
            };
            any |= stray(raw, &[Step::Field("between".into())], cx);
            from = to;
        }
        Ok(any)
    }

    /// Looks through bytes of a body that belong to no array; gives whether there are any.
    fn sweep(&self, gap: Range<u64>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        let mut any = false;
        let mut from = gap.start;
        while from < gap.end {
            let to = gap.end.min(from + (1 << 20));
            cx.spend(0)?;
            any |= stray(
                &self.bytes.vec(from, to)?,
                &[Step::Field("between".into())],
                cx,
            );
            from = to;
        }
        Ok(any)
    }

    /// Reads a message, and writes it.
    fn one(
        &mut self,
        message: &Message,
        at: u64,
        to: &mut To<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        cx.spend(0)?;
        let root = Table::root(&message.head).ok_or(BAD)?;
        let table = root.table(2).ok_or(BAD)?;
        let mut changed = schema::metadata(&root, 4, cx);
        let mut seen = Seen::default();
        schema::entries(&root, 4, &mut seen.places);
        changed |= seen.rest(&message.head, cx);
        let kind = root.byte(1).unwrap_or(0);
        let (records, dictionary) = match kind {
            3 => (table, None),
            2 => (
                table.table(1).ok_or(BAD)?,
                Some((table.long(0).unwrap_or(0), table.byte(2).unwrap_or(0))),
            ),
            _ => return Err(FormatError::Unsupported("a message of another kind")),
        };
        let fields = match dictionary {
            None => self.schema.fields.clone(),
            Some((id, _)) => {
                let found = self.schema.dictionaries.iter().find(|d| d.0 == id);
                found.ok_or(BAD)?.1.clone()
            }
        };
        let most = cx.limits.held_bytes;
        let (arrays, gaps) =
            batch::read(&records, self.bytes, message.body.clone(), &fields, most)?;
        let mut changes = vec![Changes::new(); arrays.len()];
        changed |= self.values(&fields, &arrays, &mut changes, cx)?;
        for gap in gaps {
            changed |= self.sweep(gap, cx)?;
        }
        changed |= changes.iter().any(|c| !c.is_empty());
        if changed {
            to.begin(self, at)?;
        }
        let To::Copy(copy) = to else {
            return Ok(());
        };
        if !changed {
            return copy.same(self, message, dictionary.is_some());
        }
        let rows = records.long(0).unwrap_or(0);
        let (described, body) = batch::written(rows, &arrays, &changes)?;
        let (kind, described) = match dictionary {
            None => (3, described),
            Some((id, delta)) => {
                let fields = vec![
                    (0, Value::Long(id)),
                    (1, Value::Table(described)),
                    (2, Value::Byte(delta)),
                ];
                (2, fields)
            }
        };
        copy.message(kind, described, &body, dictionary.is_some())
    }

    /// Hands on the values of a batch. Gives whether what stands beside them is to go.
    fn values(
        &mut self,
        fields: &[Field],
        arrays: &[Array],
        changes: &mut [Changes],
        cx: &mut Cx<'_>,
    ) -> Result<bool, FormatError> {
        let mut loose = false;
        let mut tables: Vec<Vec<(usize, &Field, &Array)>> = vec![Vec::new(); self.grids.len()];
        for (n, (field, array)) in fields.iter().zip(arrays).enumerate() {
            if field.column > 0
                && array.has_values()
                && let Some(own) = tables.get_mut(field.table)
            {
                own.push((n, field, array));
            }
        }
        for (table, own) in tables.into_iter().enumerate() {
            let rows = own.iter().map(|(_, _, a)| a.length).max().unwrap_or(0);
            let base = self.rows.get(table).copied().unwrap_or(0);
            for row in 0..rows {
                for (n, field, array) in &own {
                    if row >= array.length {
                        continue;
                    }
                    if !array.is_there(row) {
                        loose |= under(field, array, row, cx);
                        continue;
                    }
                    self.value((*n, row), field, array.value(row)?, base, changes, cx)?;
                }
                let waits = self.grids.get(table).map_or(0, Grid::waiting);
                if waits >= BATCH {
                    self.flush(table, changes, cx)?;
                }
                if row % 1024 == 0 {
                    cx.spend(1024)?;
                }
            }
            self.flush(table, changes, cx)?;
            if let Some(last) = self.rows.get_mut(table) {
                *last += rows as u64;
            }
        }
        for (field, array) in fields.iter().zip(arrays) {
            let at = [Step::Field(field.name.clone())];
            let rest = array.loose();
            if rest.iter().any(|part| part.iter().any(|b| *b != 0)) {
                loose |= stray(&rest.concat(), &at, cx);
            }
        }
        Ok(loose)
    }

    fn value(
        &mut self,
        spot: Spot,
        field: &Field,
        raw: &[u8],
        base: u64,
        changes: &mut [Changes],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let row = base + spot.1 as u64 + 1;
        let Some(grid) = self.grids.get_mut(field.table) else {
            return Ok(());
        };
        if grid.push(row, field.column, spot, |out| put(field.shape, raw, out)) {
            return Ok(());
        }
        let name = grid.name(field.column).to_owned();
        let text = std::str::from_utf8(raw).is_ok();
        if let Some(new) = inside(raw, (&name, row), text, self.writing, cx)?
            && let Some(changes) = changes.get_mut(spot.0)
        {
            changes.insert(spot.1, new);
        }
        Ok(())
    }

    fn flush(
        &mut self,
        table: usize,
        changes: &mut [Changes],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let Some(grid) = self.grids.get_mut(table) else {
            return Ok(());
        };
        for Change { owner, new } in grid.hand_on(cx)? {
            if let Some(changes) = changes.get_mut(owner.0) {
                changes.insert(owner.1, new);
            }
        }
        Ok(())
    }
}

/// Hands on what lies under a missing value of a fixed width.
fn under(field: &Field, array: &Array, row: usize, cx: &mut Cx<'_>) -> bool {
    let raw = match field.kind {
        schema::Kind::Fixed(_) => array.value(row).unwrap_or_default(),
        _ => &[],
    };
    if raw.iter().all(|b| *b == 0) {
        return false;
    }
    let mut text = Vec::new();
    let at = [Step::Field(field.name.clone())];
    match put(field.shape, raw, &mut text) {
        Some(_) => {
            let text = String::from_utf8_lossy(&text);
            !text.is_empty() && !cx.string(&at, &text, Some(&field.name)).is_empty()
        }
        None => words(raw, &at, cx),
    }
}
