//! Tables in columns and rows that a schema describes: Parquet, Arrow and Feather, Avro.
//!
//! What the three share: [`Grid`] gathers the values of a stretch of rows and hands them on under the names of their
//! columns, [`value`] says how a value is shown and what stands in its place, [`unpack`] undoes their compressions.
//! Nothing is allocated by a declared count: values are decoded one by one, and what they take is counted.
//!
//! A masked value stays of its column's type. Text becomes its mask; a number, a day or a truth value that is masked
//! becomes null where the column allows it, else zero (a day the first of the year 1). What no column needs (statistics, filters, metadata, names
//! that were masked) is not in a changed copy at all.

mod arrow;
mod avro;
mod grid;
mod parquet;
#[cfg(test)]
mod tests;
mod unpack;
mod value;

pub use arrow::Arrow;
pub use avro::Avro;
pub use parquet::Parquet;

use super::{Cx, FormatError, Output, archives::bytes::Bytes};
use crate::model::{GapKind, Step};

/// Bytes of text after which a batch of rows is handed on.
const BATCH: usize = 1 << 20;
/// Longest packed piece (page, block, buffer) that is expanded, in bytes.
const PIECE: usize = 128 << 20;
/// Deepest nesting of types that is followed.
const DEPTH: u32 = 64;
/// Most columns.
const COLUMNS: usize = 20_000;

/// Name of the column that stands in place of one whose name was masked; `number` counts from 1.
fn stand_in(number: usize) -> String {
    format!("column_{number}")
}

/// Writes a source as it is.
///
/// # Errors
/// Those of reading and writing.
fn verbatim(bytes: &Bytes<'_>, out: &mut dyn Output) -> Result<(), FormatError> {
    std::io::copy(&mut bytes.stretch(0, bytes.len()), out)?;
    Ok(())
}

/// Hands on what stands in bytes that are no value, in whatever encoding; gives whether something in it is to go.
fn words(raw: &[u8], at: &[Step], cx: &mut Cx<'_>) -> bool {
    match std::str::from_utf8(raw) {
        Ok(text) => !super::ooxml::sweep::hand_on(cx, at, text, None).is_empty(),
        Err(_) => super::strings::swept(raw, at, cx) > 0,
    }
}

/// What lies beside the values: swept, told when it is not empty. Gives whether there is any.
fn stray(raw: &[u8], at: &[Step], cx: &mut Cx<'_>) -> bool {
    let any = raw.iter().any(|b| *b != 0);
    if any {
        super::strings::sweep(raw, at, cx);
    }
    any
}

/// No copy, for what the format cannot say in another way.
fn withheld(note: &str) -> FormatError {
    FormatError::Withheld(GapKind::Opaque, note.into())
}
