//! The tables and their version.

use super::{RunInfo, StoreError};
use rusqlite::{Connection, params};

/// Marks the file as an inventory: "inkt" in ASCII.
const APPLICATION: i64 = 0x696e_6b74;
/// Number of the tables below. Any change to them is a new number.
pub(super) const SCHEMA: i64 = 3;

/// A generation is one scan that came to its end, numbered from 1. A row of `file` holds from the
/// generation `born` on until the one it `died` in (`NULL`: it holds still), so that a scan writes only
/// what changed and two generations can be compared. `mark` lists the files of the last generation in the
/// walk's order, in chunks of 48 bytes a file ([`super::marks`]).
///
/// Words (formats, encodings, reasons) and folders are kept once and referred to by number. Rows of
/// details are clustered by file, so that a file's details are read in one seek.
const TABLES: &str = "
CREATE TABLE run (n INTEGER PRIMARY KEY, version TEXT NOT NULL, rules_digest TEXT NOT NULL,
  options TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, summary TEXT,
  generation INTEGER NOT NULL, totals TEXT);
CREATE TABLE mark (n INTEGER PRIMARY KEY, marks BLOB NOT NULL);
CREATE TABLE root (n INTEGER PRIMARY KEY, path BLOB NOT NULL);
CREATE TABLE rule (n INTEGER PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE word (n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE folder (n INTEGER PRIMARY KEY, root INTEGER NOT NULL, path BLOB NOT NULL);
CREATE TABLE file (n INTEGER PRIMARY KEY, folder INTEGER NOT NULL, name BLOB NOT NULL, shown TEXT,
  id BLOB NOT NULL, bytes INTEGER NOT NULL, format INTEGER, encoding INTEGER,
  state INTEGER NOT NULL, reason INTEGER, clash INTEGER, detail INTEGER NOT NULL,
  born INTEGER NOT NULL, died INTEGER, steady INTEGER NOT NULL, device INTEGER, inode INTEGER,
  links INTEGER, size INTEGER, modified INTEGER, changed INTEGER, mode INTEGER, owner INTEGER,
  grp INTEGER, seen INTEGER, content BLOB, volume INTEGER,
  allowed INTEGER NOT NULL);
CREATE TABLE renamed (file INTEGER, n INTEGER, raw BLOB NOT NULL, shown BLOB NOT NULL,
  PRIMARY KEY (file, n)) WITHOUT ROWID;
CREATE TABLE member (file INTEGER, n INTEGER, locator TEXT NOT NULL, bytes INTEGER NOT NULL,
  format INTEGER, encoding INTEGER, state INTEGER NOT NULL, reason INTEGER, clash INTEGER,
  PRIMARY KEY (file, n)) WITHOUT ROWID;
CREATE TABLE gap (file INTEGER, member INTEGER, n INTEGER, place TEXT NOT NULL,
  reason INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (file, member, n)) WITHOUT ROWID;
CREATE TABLE place (file INTEGER, member INTEGER, n INTEGER, place TEXT NOT NULL, col INTEGER,
  header TEXT, cells INTEGER NOT NULL, PRIMARY KEY (file, member, n)) WITHOUT ROWID;
CREATE TABLE total (file INTEGER, member INTEGER, place INTEGER, n INTEGER, rule INTEGER NOT NULL,
  found INTEGER NOT NULL, distinct_values INTEGER NOT NULL, exact INTEGER NOT NULL,
  top INTEGER NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY (file, member, place, n)) WITHOUT ROWID;
CREATE TABLE sample (file INTEGER, member INTEGER, place INTEGER, total INTEGER, n INTEGER,
  rule INTEGER NOT NULL, locator TEXT NOT NULL, first INTEGER, past INTEGER, col INTEGER,
  span_first INTEGER NOT NULL, span_past INTEGER NOT NULL, masked TEXT NOT NULL,
  digest BLOB NOT NULL, confidence INTEGER NOT NULL, reasons INTEGER NOT NULL,
  PRIMARY KEY (file, member, place, total, n)) WITHOUT ROWID;
CREATE TABLE finding (file INTEGER, n INTEGER,
  rule INTEGER NOT NULL, locator TEXT NOT NULL, first INTEGER, past INTEGER, col INTEGER,
  span_first INTEGER NOT NULL, span_past INTEGER NOT NULL, masked TEXT NOT NULL,
  digest BLOB NOT NULL, confidence INTEGER NOT NULL, reasons INTEGER NOT NULL,
  PRIMARY KEY (file, n)) WITHOUT ROWID;
";

/// Whether the file was made but never filled.
pub(super) fn is_empty(conn: &Connection) -> Result<bool, StoreError> {
    Ok(number(conn, "SELECT count(*) FROM sqlite_master")? == 0
        && number(conn, "PRAGMA application_id")? == 0)
}

/// Whether this program wrote it and can read it.
pub(super) fn check(conn: &Connection) -> Result<(), StoreError> {
    if number(conn, "PRAGMA application_id")? != APPLICATION {
        return Err(StoreError::Foreign);
    }
    let found = number(conn, "PRAGMA user_version")?;
    if found != SCHEMA {
        return Err(StoreError::Schema {
            found,
            known: SCHEMA,
        });
    }
    Ok(())
}

fn number(conn: &Connection, sql: &str) -> Result<i64, StoreError> {
    Ok(conn.query_row(sql, [], |r| r.get(0))?)
}

/// One writer, no shared memory file, no wait for the disk but at checkpoints: after a power cut the
/// last transactions may be missing, the rest is whole.
pub(super) fn prepare_for_writing(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(())
}

/// Puts the file in the form in which it is kept: one file, readable from a read-only disk.
pub(super) fn settle(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")?;
    Ok(())
}

/// Makes the tables and notes the run, all or nothing.
pub(super) fn create(conn: &Connection, run: &RunInfo) -> Result<(), StoreError> {
    let tx = conn.unchecked_transaction()?;
    tx.execute_batch(TABLES)?;
    tx.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"
    ))?;
    for (n, id) in (0_i64..).zip(&run.rules) {
        tx.execute("INSERT INTO rule VALUES (?1, ?2)", params![n, id])?;
    }
    for (n, root) in (0_i64..).zip(&run.roots) {
        tx.execute("INSERT INTO root VALUES (?1, ?2)", params![n, root.bytes()])?;
    }
    note_run(&tx, run, 1)?;
    tx.commit()?;
    Ok(())
}

/// Notes that a process begins to write a generation.
pub(super) fn note_run(
    conn: &Connection,
    run: &RunInfo,
    generation: i64,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO run (version, rules_digest, options, started, generation) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            run.version,
            run.rules_digest,
            run.options,
            run.started,
            generation
        ],
    )?;
    Ok(())
}
