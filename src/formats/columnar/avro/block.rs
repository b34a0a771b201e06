//! Objects of one block: their values, and what is to stand in their place.
//!
//! Standard: Apache Avro specification 1.12, "Binary Encoding".

use super::{
    super::{
        DEPTH,
        grid::Change,
        unpack::{put_varint, unzigzag, varint, zigzag},
        value::{Shape, inside, integer, nothing, put},
    },
    File,
    schema::{Id, Node},
};
use crate::formats::{Cx, FormatError};
use std::ops::Range;

const BAD: FormatError = FormatError::Corrupt("an object");

/// Where a value lies and how it is replaced.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// Of the block.
    range: Range<usize>,
    how: How,
    /// Where the choice of the union around begins, and the choice that is null.
    null: Option<(usize, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Bytes with their length before them.
    Sized,
    /// A number of variable length.
    Number(Shape),
    /// As many bytes as there are.
    Fixed,
    /// The same, of characters.
    Padded,
    /// A number in bytes, with their length before them.
    Amount,
}

/// What takes the place of a stretch.
pub(super) type Splice = (Range<usize>, Vec<u8>);

/// The bytes with the stretches replaced.
pub(super) fn spliced(data: &[u8], mut splices: Vec<Splice>) -> Vec<u8> {
    splices.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    for (range, with) in splices {
        if range.start < at {
            continue;
        }
        out.extend_from_slice(data.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(&with);
        at = range.end;
    }
    out.extend_from_slice(data.get(at..).unwrap_or_default());
    out
}

/// Reads one block.
pub(super) struct Block<'b, 'f> {
    data: &'b [u8],
    file: &'b mut File<'f>,
    writing: bool,
    at: usize,
    splices: Vec<Splice>,
    /// Heads of arrays that say how long they are, which a change would make wrong.
    heads: Vec<Splice>,
    steps: u64,
}

impl<'b, 'f> Block<'b, 'f> {
    pub(super) fn new(data: &'b [u8], file: &'b mut File<'f>, writing: bool) -> Self {
        Self {
            data,
            file,
            writing,
            at: 0,
            splices: Vec::new(),
            heads: Vec::new(),
            steps: 0,
        }
    }

    pub(super) fn objects(&mut self, count: i64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for _ in 0..count {
            self.next_row(0);
            self.value(self.file.schema.root, None, 0, cx)?;
            self.flush(false, cx)?;
        }
        Ok(())
    }

    /// Bytes that the objects took, and what changes in them.
    pub(super) fn done(mut self, cx: &mut Cx<'_>) -> Result<(usize, Vec<Splice>), FormatError> {
        self.flush(true, cx)?;
        if !self.splices.is_empty() {
            self.splices.append(&mut self.heads);
        }
        Ok((self.at, self.splices))
    }

    fn flush(&mut self, all: bool, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for change in self.file.flush(all, cx)? {
            let splice = Self::replaced(change);
            self.splices.push(splice);
        }
        Ok(())
    }

    fn replaced(change: Change<Spot>) -> Splice {
        let Spot { range, how, null } = change.owner;
        match (how, null) {
            (How::Sized, _) if !change.new.is_empty() => (range, sized(&change.new)),
            (_, Some((start, choice))) => {
                let mut out = Vec::new();
                put_varint(&mut out, zigzag(i64::try_from(choice).unwrap_or(0)));
                (start..range.end, out)
            }
            (How::Sized, None) => (range, vec![0]),
            (How::Number(shape), None) => {
                let value = integer(&nothing(shape, 8), true);
                let mut out = Vec::new();
                put_varint(&mut out, zigzag(i64::try_from(value).unwrap_or(0)));
                (range, out)
            }
            // One byte that is zero: no digits at all are no number to some readers.
            (How::Amount, None) => (range, vec![2, 0]),
            (How::Fixed, None) => {
                let zeros = vec![0; range.len()];
                (range, zeros)
            }
            (How::Padded, None) => {
                let stars = vec![b'*'; range.len()];
                (range, stars)
            }
        }
    }

    fn next_row(&mut self, table: usize) {
        if let Some(row) = self.file.rows.get_mut(table) {
            *row += 1;
        }
    }

    fn number(&mut self) -> Result<u64, FormatError> {
        let (value, end) = varint(self.data, self.at).ok_or(BAD)?;
        self.at = end;
        Ok(value)
    }

    fn take(&mut self, length: usize) -> Result<Range<usize>, FormatError> {
        let end = self
            .at
            .checked_add(length)
            .filter(|e| *e <= self.data.len());
        let end = end.ok_or(BAD)?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn sized(&mut self) -> Result<Range<usize>, FormatError> {
        let length = unzigzag(self.number()?);
        self.take(usize::try_from(length).map_err(|_| BAD)?)
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) {
            // Objects of no bytes are still objects.
            cx.spend(1024)?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        id: Id,
        null: Option<(usize, u64)>,
        depth: u32,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        self.step(cx)?;
        if depth > DEPTH {
            return Err(FormatError::Limit("depth of an object"));
        }
        let place = self.file.schema.places.get(id).ok_or(BAD)?;
        let (shape, table, column) = (place.shape, place.table, place.column);
        let start = self.at;
        match &place.node {
            Node::Null => Ok(()),
            Node::Bool => self.take(1).map(|_| ()),
            Node::Number => self.amount(shape, (table, column), null),
            Node::Float(size) => {
                let range = self.take(*size)?;
                self.bytes(
                    range.clone(),
                    range,
                    How::Fixed,
                    shape,
                    (table, column),
                    null,
                    cx,
                )
            }
            Node::Fixed(size) => {
                let range = self.take(*size)?;
                let raw = self.data.get(range.clone()).unwrap_or_default();
                let text = shape == Shape::Bytes && std::str::from_utf8(raw).is_ok();
                let how = if text { How::Padded } else { How::Fixed };
                self.bytes(range.clone(), range, how, shape, (table, column), null, cx)
            }
            Node::Bytes => {
                let range = self.sized()?;
                let how = if shape == Shape::Bytes {
                    How::Sized
                } else {
                    How::Amount
                };
                self.bytes(
                    start..range.end,
                    range,
                    how,
                    shape,
                    (table, column),
                    null,
                    cx,
                )
            }
            Node::Enum(symbols) => {
                let number = unzigzag(varint(self.data, start).ok_or(BAD)?.0);
                let number = usize::try_from(number).map_err(|_| BAD)?;
                symbols.get(number).ok_or(BAD)?;
                self.number().map(|_| ())
            }
            Node::Again(inner) => {
                let inner = *inner;
                self.next_row(table);
                self.value(inner, null, depth + 1, cx)
            }
            Node::Record(fields) => {
                let fields = fields.clone();
                for field in fields {
                    self.value(field, None, depth + 1, cx)?;
                }
                Ok(())
            }
            Node::Union(branches) => {
                let branches = branches.clone();
                self.union(&branches, depth, cx)
            }
            Node::Array(items) => {
                let items = *items;
                self.elements(items, None, table, depth, cx)
            }
            Node::Map(values) => {
                let values = *values;
                self.elements(values, Some(1), table, depth, cx)
            }
        }
    }

    /// A number of variable length.
    fn amount(
        &mut self,
        shape: Shape,
        place: (usize, u32),
        null: Option<(usize, u64)>,
    ) -> Result<(), FormatError> {
        let start = self.at;
        let value = unzigzag(self.number()?);
        let spot = Spot {
            range: start..self.at,
            how: How::Number(shape),
            null,
        };
        self.leaf(spot, shape, place, &value.to_le_bytes());
        Ok(())
    }

    /// A value of one of several types; one that is masked becomes null where null is among them.
    fn union(&mut self, branches: &[Id], depth: u32, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let start = self.at;
        let choice = unzigzag(self.number()?);
        let chosen = usize::try_from(choice).ok().and_then(|n| branches.get(n));
        let is_null = |id: &Id| {
            let place = self.file.schema.places.get(*id);
            matches!(place.map(|p| &p.node), Some(Node::Null))
        };
        let null = branches.iter().position(is_null);
        let null = null.map(|n| (start, n as u64));
        self.value(*chosen.ok_or(BAD)?, null, depth + 1, cx)
    }

    /// Elements of an array, or of a map, whose keys have a column.
    fn elements(
        &mut self,
        items: Id,
        keys: Option<u32>,
        table: usize,
        depth: u32,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        loop {
            let start = self.at;
            let count = unzigzag(self.number()?);
            if count < 0 {
                self.number()?;
                let mut head = Vec::new();
                put_varint(&mut head, zigzag(count.saturating_neg()));
                if self.writing {
                    self.heads.push((start..self.at, head));
                }
            }
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count.unsigned_abs() {
                self.next_row(table);
                if let Some(column) = keys {
                    let start = self.at;
                    let range = self.sized()?;
                    let whole = start..range.end;
                    let shape = Shape::Bytes;
                    self.bytes(whole, range, How::Sized, shape, (table, column), None, cx)?;
                }
                self.value(items, None, depth + 1, cx)?;
                let waiting: usize = self.file.grids.iter().map(super::Grid::waiting).sum();
                if waiting > 8 * super::BATCH {
                    self.flush(true, cx)?;
                }
            }
        }
    }

    fn leaf(
        &mut self,
        spot: Spot,
        shape: Shape,
        (table, column): (usize, u32),
        raw: &[u8],
    ) -> bool {
        let row = self.file.rows.get(table).copied().unwrap_or(0);
        let grid = self.file.grids.get_mut(table);
        grid.is_none_or(|grid| grid.push(row, column, spot, |out| put(shape, raw, out)))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one value with all that is known of it"
    )]
    fn bytes(
        &mut self,
        whole: Range<usize>,
        range: Range<usize>,
        how: How,
        shape: Shape,
        (table, column): (usize, u32),
        null: Option<(usize, u64)>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let raw = self.data.get(range).unwrap_or_default();
        let spot = Spot {
            range: whole,
            how,
            null,
        };
        if self.leaf(spot.clone(), shape, (table, column), raw) {
            return Ok(());
        }
        let row = self.file.rows.get(table).copied().unwrap_or(0);
        let name = self
            .file
            .grids
            .get(table)
            .map(|g| g.name(column).to_owned());
        let name = name.unwrap_or_default();
        let text = std::str::from_utf8(raw).is_ok();
        if let Some(new) = inside(raw, (&name, row), text, self.writing, cx)? {
            let splice = Self::replaced(Change { owner: spot, new });
            self.splices.push(splice);
        }
        Ok(())
    }
}

fn sized(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 5);
    put_varint(&mut out, zigzag(i64::try_from(raw.len()).unwrap_or(0)));
    out.extend_from_slice(raw);
    out
}
