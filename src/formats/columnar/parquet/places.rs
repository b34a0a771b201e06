//! Where columns, indexes and filters lie, as a footer says it.
//!
//! Standard: Apache Parquet format 2.11, `parquet.thrift`.

use super::{
    meta::{Chunk, VALUES},
    thrift::{Thrift, Tree},
};
use crate::{
    formats::{Cx, FormatError, archives::bytes::Bytes, strings},
    model::Step,
};
use std::ops::Range;

/// Bytes of something that two fields say.
pub(super) fn stretch(tree: &Tree, start: i16, length: i16) -> Option<Range<u64>> {
    let start = u64::try_from(tree.int(start)?).ok()?;
    let length = u64::try_from(tree.int(length)?).ok()?;
    Some(start..start.checked_add(length)?)
}

/// Where pages lie, which is numbers; `None` when something else stands there.
pub(super) fn offsets(
    chunk: &Tree,
    bytes: &Bytes<'_>,
    cx: &mut Cx<'_>,
) -> Result<Option<Range<u64>>, FormatError> {
    let Some(range) = stretch(chunk, 4, 5).filter(|r| r.end - r.start <= 16 << 20) else {
        return Ok(None);
    };
    let raw = bytes.vec(range.start, range.end)?;
    cx.spend(raw.len() as u64)?;
    let mut thrift = Thrift::new(&raw, 0, VALUES);
    let numbers = thrift.structure(0).is_ok_and(|tree| !tree.has_bytes());
    Ok((numbers && thrift.at == raw.len()).then_some(range))
}

/// Looks through the bits of a filter, which are no text; gives whether something is to go.
pub(super) fn bits(
    range: &Range<u64>,
    bytes: &Bytes<'_>,
    cx: &mut Cx<'_>,
) -> Result<bool, FormatError> {
    let at = [Step::Field("filter".into())];
    let mut changed = false;
    let mut from = range.start;
    let end = range.end.min(bytes.len());
    while from < end {
        let to = end.min(from + (1 << 20));
        let raw = bytes.vec(from, to)?;
        cx.spend(raw.len() as u64)?;
        changed |= strings::swept(&raw, &at, cx) > 0;
        from = to;
    }
    Ok(changed)
}

/// A filter of values: a head that says how long it is, and bits.
pub(super) fn filter(meta: &Tree, bytes: &Bytes<'_>) -> Result<Option<Range<u64>>, FormatError> {
    if let Some(range) = stretch(meta, 14, 15) {
        return Ok(Some(range));
    }
    let Some(start) = meta.int(14).and_then(|n| u64::try_from(n).ok()) else {
        return Ok(None);
    };
    let raw = bytes.vec(start, start.saturating_add(64))?;
    let mut thrift = Thrift::new(&raw, 0, 100);
    let tree = thrift.structure(0).ok();
    let size = tree
        .and_then(|t| t.int(1))
        .and_then(|n| u64::try_from(n).ok());
    Ok(size.and_then(|n| Some(start..start.checked_add(n)?.checked_add(thrift.at as u64)?)))
}

/// Where the pages of a column lie.
pub(super) fn place(meta: &Tree, footer: u64) -> Option<Chunk> {
    let data = u64::try_from(meta.int(9)?).ok()?;
    let first = meta.int(11).and_then(|n| u64::try_from(n).ok());
    let start = first.filter(|n| *n >= 4 && *n < data).unwrap_or(data);
    let end = start.checked_add(u64::try_from(meta.int(7)?).ok()?)?;
    (end <= footer).then_some(())?;
    Some(Chunk {
        codec: meta.int(4)?,
        values: u64::try_from(meta.int(5)?).ok()?,
        pages: start..end,
        encrypted: false,
    })
}
