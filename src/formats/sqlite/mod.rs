//! `SQLite` databases.
//!
//! Read: every row of every table, under the names of its columns; the statements of the schema (tables,
//! views, triggers, with their comments and literals); values that are files, as members; what is left
//! in pages and parts of pages that no row uses, as text. Tables that full-text search keeps beside its
//! texts are not read, because they only repeat them.
//!
//! Written: changed values in a copy in memory, without running triggers; full-text tables are built
//! again from their texts, statistics are gathered again, and the whole database is written anew, so that
//! no freed bytes are left. A number that changes becomes text; where the table refuses that, a number
//! that says nothing. A database without changes and without leftovers is copied byte for byte.
//!
//! Journals beside the file (`-wal`, `-journal`) are read as files of their own ([`journal`]).

pub(super) mod journal;
mod open;
mod pages;
pub(super) mod rows;
mod schema;
#[cfg(test)]
mod tests;

use super::{Cx, Format, FormatError, Output, Probe, Source, archives::bytes::Bytes};
use crate::model::{FormatId, GapKind, Step};
use open::{Use, fault, open, written};
use schema::{Schema, quoted};
use std::io;

/// `SQLite` databases.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite;

/// First bytes of a database.
const MAGIC: &[u8] = b"SQLite format 3\0";

impl Format for Sqlite {
    fn id(&self) -> FormatId {
        "sqlite"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        if head.starts_with(MAGIC) {
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
        let to = if out.is_some() {
            Use::Change
        } else {
            Use::Read
        };
        let db = open(&bytes, to, cx)?;
        let schema = Schema::read(&db)?;
        let mut names = 0;
        for (name, sql) in &schema.statements {
            let at = [Step::Sheet(name.clone()), Step::Field("$schema".into())];
            // SQLite makes indexes and tables of its own without a statement.
            names += cx.string(&at, name, None).len();
            for piece in pieces(sql) {
                names += cx.string(&at, piece, None).len();
            }
        }
        if names > 0 && out.is_some() {
            let note = "a value in the schema of the database";
            return Err(FormatError::Withheld(GapKind::Opaque, note.into()));
        }
        for name in &schema.contentless {
            let at = [Step::Sheet(name.clone())];
            cx.gap(&at, GapKind::Opaque, "a full-text index without its texts");
        }
        if to == Use::Change {
            db.execute_batch("BEGIN").map_err(|e| fault(&e))?;
        }
        let mut changed = 0;
        for (number, table) in (0..).zip(&schema.tables) {
            changed += rows::table(&db, table, number, to, cx)?;
        }
        let left = pages::leftovers(&bytes, cx)?;
        let Some(out) = out else {
            return Ok(());
        };
        if changed == 0 && !left {
            io::copy(&mut bytes.stretch(0, bytes.len()), out)?;
            return Ok(());
        }
        if changed > 0 {
            settle(&db, &schema)?;
        }
        db.execute_batch("COMMIT").map_err(|e| fault(&e))?;
        written(&db, &mut |data| Ok(out.write_all(data)?))
    }
}

/// Brings in line what repeats values of rows.
fn settle(db: &rusqlite::Connection, schema: &Schema) -> Result<(), FormatError> {
    for name in &schema.full_text {
        let name = quoted(name);
        let sql = format!("INSERT INTO {name}({name}) VALUES('rebuild')");
        db.execute_batch(&sql).map_err(|_| {
            let note = "a full-text index could not be built again";
            FormatError::Withheld(GapKind::Opaque, note.into())
        })?;
    }
    if schema.statistics {
        for name in ["sqlite_stat1", "sqlite_stat3", "sqlite_stat4"] {
            // Whichever of them there are.
            let _ = db.execute_batch(&format!("DELETE FROM {name}"));
        }
        db.execute_batch("ANALYZE").map_err(|e| fault(&e))?;
    }
    Ok(())
}

/// A text in pieces that a fragment can hold.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    const MOST: usize = 4 << 20;
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len().min(MOST);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
