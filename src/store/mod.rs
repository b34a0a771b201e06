//! The inventory on disk: one `SQLite` file in the job's folder, written by one process at a time.
//!
//! The folder is for its owner alone (0700, files 0600). It holds raw paths and masked samples, never a
//! value. Records are written in big transactions; a kill loses the open one and nothing else, and the
//! run can be continued ([`Store::resume`]). A finished inventory is brought up to date by the next scan
//! ([`Store::again`]), which writes only what changed; each finished scan is a generation, and
//! [`Store::reader_at`] gives the files as an earlier one left them. A file in which nothing was found is one row of some sixty
//! bytes; a dense file is as many rows as it has columns, pages or parts.

mod file;
mod forms;
mod marks;
mod read;
mod runs;
mod schema;
mod write;

pub use file::{INVENTORY, load_key, load_or_create_key};
pub use marks::{Earlier, Kept};
pub use read::{Reader, Stored};
pub use runs::Recorded;
pub use write::Writer;

use crate::{digest::JobKey, model::Name};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::{fs::File, path::Path};

/// What a run is: everything that its records depend on. A run is continued only under the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// Version of the program.
    pub version: String,
    /// Ids of the rules, in the order that records refer to them by.
    pub rules: Vec<String>,
    /// Digest of the rule data.
    pub rules_digest: String,
    /// The roots, raw and as typed, in the order that records refer to them by.
    pub roots: Vec<Name>,
    /// The options that change what is recorded, in any form that is equal for equal options.
    pub options: String,
    /// When it started; the caller's clock.
    pub started: String,
}

/// What stands in a job's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// No inventory.
    Absent,
    /// A run that can be continued.
    Unfinished,
    /// A finished run.
    Finished,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process is writing it (or reading it, when it was to be written).
    #[error("the job folder is in use by another run")]
    Locked,
    /// There is one already.
    #[error("the job folder holds an inventory already")]
    Exists,
    /// There is none.
    #[error("the job folder holds no inventory")]
    Absent,
    /// The run has ended: there is nothing to continue.
    #[error("the run in the job folder is finished")]
    Finished,
    /// The unfinished run is another one; what differs.
    #[error("the unfinished run in the job folder has other {0}")]
    Different(&'static str),
    /// The file is not an inventory.
    #[error("the file inventory.db is not an inventory")]
    Foreign,
    /// Written by a program with another schema.
    #[error("the inventory has schema {found}, this program knows {known}")]
    Schema {
        /// Number in the file.
        found: i64,
        /// Number of this program.
        known: i64,
    },
    /// Damaged; what does not hold.
    #[error("the inventory is damaged: {0}")]
    Corrupt(&'static str),
    /// No room on the disk.
    #[error("the disk of the job folder is full")]
    Full,
    /// The key of the job is missing or damaged, while its inventory is there.
    #[error("the key of the job is missing or damaged")]
    Key,
    /// A record refers to a rule or root that the run does not have.
    #[error("a record refers to a rule or root that the run does not have")]
    Reference,
    /// Something failed before: nothing more can be written.
    #[error("the inventory could not be written before")]
    Broken,
    /// The system failed.
    #[error("the job folder cannot be used: {0}")]
    Io(std::io::ErrorKind),
    /// The database failed; its code.
    #[error("the inventory database failed (code {0})")]
    Database(i32),
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            kind => Self::Io(kind),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::QueryReturnedNoRows => {
                    Self::Corrupt("a value is of another kind")
                }
                _ => Self::Database(-1),
            };
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::NotADatabase => Self::Foreign,
            ErrorCode::DatabaseCorrupt => Self::Corrupt("the database's own structure"),
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen => {
                Self::Io(std::io::ErrorKind::PermissionDenied)
            }
            ErrorCode::SystemIoFailure => Self::Io(std::io::ErrorKind::Other),
            // A table or column is missing: the schema number claims what the file does not hold.
            ErrorCode::Unknown if failure.extended_code == 1 => Self::Corrupt("a table is missing"),
            _ => Self::Database(failure.extended_code),
        }
    }
}

/// An inventory in a job's folder. Whoever may write holds the folder's lock until it is dropped.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    rules: Vec<String>,
    roots: Vec<Name>,
    finished: bool,
    /// Number of the scan that is written, or was last.
    generation: i64,
    /// Held, not read: the lock goes when the file is closed.
    _lock: File,
}

impl Store {
    /// Begins a new inventory. Makes the folder when there is none.
    ///
    /// # Errors
    /// `Exists` when there is an inventory, `Locked` when another process is at work there.
    pub fn create(dir: &Path, run: &RunInfo) -> Result<Self, StoreError> {
        file::make_folder(dir)?;
        let lock = file::lock(dir)?;
        let db = dir.join(file::DATABASE);
        if db.exists() {
            let conn = connect(&db)?;
            if !schema::is_empty(&conn)? {
                schema::check(&conn)?;
                return Err(StoreError::Exists);
            }
        } else {
            file::create_private(&db)?;
        }
        Self::begin(&db, lock, run)
    }

    /// Begins a new inventory in the place of the one that stands in the folder. A finished one is kept
    /// as the previous one ([`Store::open_previous`]), one that was cut off is thrown away.
    ///
    /// # Errors
    /// `Locked` when another process is at work there; `Foreign` when the file is not an inventory:
    /// it is left alone.
    pub fn replace(dir: &Path, run: &RunInfo) -> Result<Self, StoreError> {
        file::make_folder(dir)?;
        let lock = file::lock(dir)?;
        let db = dir.join(file::DATABASE);
        if db.exists() {
            let mut finished = false;
            match connect(&db).and_then(|c| schema::is_empty(&c).map(|e| (c, e))) {
                Ok((conn, false)) => match schema::check(&conn) {
                    Ok(()) => finished = is_finished(&conn).unwrap_or(false),
                    Err(StoreError::Schema { .. } | StoreError::Corrupt(_)) => {}
                    Err(other) => return Err(other),
                },
                Ok((_, true)) | Err(StoreError::Corrupt(_)) => {}
                Err(other) => return Err(other),
            }
            if finished {
                file::keep_database(dir)?;
            }
            file::remove_database(dir)?;
        }
        file::create_private(&db)?;
        Self::begin(&db, lock, run)
    }

    fn begin(db: &Path, lock: File, run: &RunInfo) -> Result<Self, StoreError> {
        let conn = connect(db)?;
        schema::prepare_for_writing(&conn)?;
        schema::create(&conn, run)?;
        Ok(Self {
            conn,
            rules: run.rules.clone(),
            roots: run.roots.clone(),
            finished: false,
            generation: 1,
            _lock: lock,
        })
    }

    /// Goes on with a run that was cut off. What was committed stands; [`Store::earlier`] tells it.
    ///
    /// # Errors
    /// `Finished` when it came to its end, `Different` when rules, roots, options or version differ,
    /// `Locked`, `Absent`, and those of opening.
    pub fn resume(dir: &Path, run: &RunInfo) -> Result<Self, StoreError> {
        let store = Self::to_write(dir)?;
        if store.finished {
            return Err(StoreError::Finished);
        }
        store.must_equal(run)?;
        schema::prepare_for_writing(&store.conn)?;
        schema::note_run(&store.conn, run, store.generation)?;
        Ok(store)
    }

    /// Begins the next generation of a finished inventory: what did not change is kept, what did is written
    /// beside it, and [`Writer::finish`] closes what is gone. A run that was cut off is given up; the
    /// generation before it stands.
    ///
    /// # Errors
    /// `Different` when rules, roots, options or version differ: nothing can be kept then. `Absent` when no
    /// generation came to its end, `Locked`, and those of opening.
    pub fn again(dir: &Path, run: &RunInfo) -> Result<Self, StoreError> {
        let mut store = Self::to_write(dir)?;
        if !store.finished {
            if store.generation < 2 {
                return Err(StoreError::Absent);
            }
            store.must_equal(run)?;
            schema::prepare_for_writing(&store.conn)?;
            let tx = store.conn.unchecked_transaction()?;
            marks::forget(&tx, store.generation)?;
            tx.commit()?;
            store.generation -= 1;
        }
        store.must_equal(run)?;
        schema::prepare_for_writing(&store.conn)?;
        store.generation += 1;
        store.finished = false;
        schema::note_run(&store.conn, run, store.generation)?;
        Ok(store)
    }

    fn to_write(dir: &Path) -> Result<Self, StoreError> {
        let db = dir.join(file::DATABASE);
        if !db.exists() {
            return Err(StoreError::Absent);
        }
        let lock = file::lock(dir)?;
        let conn = connect(&db)?;
        if schema::is_empty(&conn)? {
            return Err(StoreError::Absent);
        }
        schema::check(&conn)?;
        Self::loaded(conn, lock)
    }

    fn must_equal(&self, run: &RunInfo) -> Result<(), StoreError> {
        let (version, digest, options): (String, String, String) = self.conn.query_row(
            "SELECT version, rules_digest, options FROM run ORDER BY n LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        if version != run.version {
            return Err(StoreError::Different("program version"));
        }
        if digest != run.rules_digest || self.rules != run.rules {
            return Err(StoreError::Different("rules"));
        }
        if self.roots != run.roots {
            return Err(StoreError::Different("paths"));
        }
        if options != run.options {
            return Err(StoreError::Different("options"));
        }
        Ok(())
    }

    /// Opens the inventory that stood in the folder before the present one: of a scan with other rules,
    /// roots or options, or before one that read everything anew.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_previous(dir: &Path) -> Result<Self, StoreError> {
        Self::open_file(dir, file::PREVIOUS)
    }

    /// Opens an inventory for reading. Several may read at once, none while a run writes.
    ///
    /// # Errors
    /// `Absent`, `Locked`, `Foreign`, `Schema`, `Corrupt`, and those of the system.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_file(dir, file::DATABASE)
    }

    fn open_file(dir: &Path, name: &str) -> Result<Self, StoreError> {
        let db = dir.join(name);
        if !db.exists() {
            return Err(StoreError::Absent);
        }
        let lock = file::lock_shared(dir)?;
        let conn = connect(&db)?;
        if schema::is_empty(&conn)? {
            return Err(StoreError::Absent);
        }
        schema::check(&conn)?;
        Self::loaded(conn, lock)
    }

    fn loaded(conn: Connection, lock: File) -> Result<Self, StoreError> {
        let rules = column(&conn, "SELECT id FROM rule ORDER BY n", |r| r.get(0))?;
        let roots = column(&conn, "SELECT path FROM root ORDER BY n", |r| {
            r.get::<_, Vec<u8>>(0).map(Name::new)
        })?;
        let finished = is_finished(&conn)?;
        let last = "SELECT max(generation) FROM run";
        let generation = conn.query_row(last, [], |r| r.get(0))?;
        Ok(Self {
            conn,
            rules,
            roots,
            finished,
            generation,
            _lock: lock,
        })
    }

    /// What stands in a job's folder, without opening it for long.
    ///
    /// # Errors
    /// Those of [`Store::open`], but for `Absent`.
    pub fn status(dir: &Path) -> Result<Status, StoreError> {
        match Self::open(dir) {
            Ok(store) if store.finished => Ok(Status::Finished),
            Ok(_) => Ok(Status::Unfinished),
            Err(StoreError::Absent) => Ok(Status::Absent),
            Err(other) => Err(other),
        }
    }

    /// Ids of the rules that records refer to by their index.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The roots that records refer to by their index, raw and as typed.
    pub fn roots(&self) -> &[Name] {
        &self.roots
    }

    /// Whether the run came to its end.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The summary that the run ended with, as it was given to [`Writer::finish`].
    ///
    /// # Errors
    /// Those of the database.
    pub fn summary(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .query_row(
                "SELECT summary FROM run WHERE ended IS NOT NULL ORDER BY n DESC LIMIT 1",
                [],
                |r| r.get(0),
            )
            .optional()?)
    }

    /// What the last generation's run was, as its first process noted it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn run(&self) -> Result<RunInfo, StoreError> {
        let (version, rules_digest, options, started) = self.conn.query_row(
            "SELECT version, rules_digest, options, started FROM run \
             WHERE generation = (SELECT max(generation) FROM run) ORDER BY n LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )?;
        Ok(RunInfo {
            version,
            rules: self.rules.clone(),
            rules_digest,
            roots: self.roots.clone(),
            options,
            started,
        })
    }

    /// The totals that the last finished run ended with, as they were given to [`Writer::finish`].
    ///
    /// # Errors
    /// Those of the database.
    pub fn totals(&self) -> Result<Option<String>, StoreError> {
        let sql = "SELECT totals FROM run WHERE ended IS NOT NULL ORDER BY n DESC LIMIT 1";
        Ok(self.conn.query_row(sql, [], |r| r.get(0)).optional()?)
    }

    /// The options of its runs, as they were given in [`RunInfo::options`].
    ///
    /// # Errors
    /// Those of the database.
    pub fn options(&self) -> Result<String, StoreError> {
        let sql = "SELECT options FROM run ORDER BY n LIMIT 1";
        Ok(self.conn.query_row(sql, [], |r| r.get(0))?)
    }

    /// Number of the last finished generation, from 1; 0 for none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn generation(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(generation), 0) FROM run WHERE ended IS NOT NULL";
        Ok(self.conn.query_row(sql, [], |r| r.get(0))?)
    }

    /// The finished generations, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn generations(&self) -> Result<Vec<Generation>, StoreError> {
        column(
            &self.conn,
            "SELECT generation, started, ended FROM run WHERE ended IS NOT NULL \
             AND generation > (SELECT max(generation) FROM run) - 32 ORDER BY n",
            |r| {
                Ok(Generation {
                    number: r.get(0)?,
                    started: r.get(1)?,
                    ended: r.get(2)?,
                })
            },
        )
    }

    /// Number of files of the last finished generation, or recorded so far when there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn files(&self) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM file WHERE born <= ?1 AND (died IS NULL OR died > ?1)")
    }

    /// Number of files written by the run that was cut off.
    ///
    /// # Errors
    /// Those of the database.
    pub fn recorded(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM file WHERE born = ?1";
        let count = self.conn.query_row(sql, [self.generation], |r| r.get(0));
        Ok(i64::cast_unsigned(count?))
    }

    /// Whether the run that is written has recorded any file. The rows of the last generation are the last, and
    /// counting them would read the whole table.
    fn has_recorded(&self) -> Result<bool, StoreError> {
        let sql = "SELECT born FROM file ORDER BY n DESC LIMIT 1";
        let last: Option<i64> = self.conn.query_row(sql, [], |r| r.get(0)).optional()?;
        Ok(last == Some(self.generation))
    }

    fn count(&self, sql: &str) -> Result<u64, StoreError> {
        let generation = self.generation()?.max(1);
        let count = self.conn.query_row(sql, [generation], |r| r.get(0));
        Ok(i64::cast_unsigned(count?))
    }

    /// What the last finished generation knows of each file, or, of a run that was cut off, what it and
    /// the generation before it know. Forty-eight bytes of memory a file.
    ///
    /// # Errors
    /// Those of the database.
    pub fn earlier(&self, key: &JobKey) -> Result<Earlier, StoreError> {
        let cut_off = !self.finished && self.has_recorded()?;
        Earlier::load(&self.conn, key, &self.roots, cut_off)
    }

    /// A hand that writes records. One at a time.
    ///
    /// # Errors
    /// Those of the database.
    pub fn writer(&mut self) -> Result<Writer<'_>, StoreError> {
        self.writer_with(None)
    }

    /// A hand that writes records and keeps those of the scan before. One at a time.
    ///
    /// # Errors
    /// Those of the database.
    pub fn writer_after<'s>(
        &'s mut self,
        earlier: &'s Earlier,
        key: &JobKey,
    ) -> Result<Writer<'s>, StoreError> {
        self.writer_with(Some((earlier, key)))
    }

    fn writer_with<'s>(
        &'s self,
        earlier: Option<(&'s Earlier, &JobKey)>,
    ) -> Result<Writer<'s>, StoreError> {
        if self.finished {
            return Err(StoreError::Finished);
        }
        Writer::new(
            &self.conn,
            &self.rules,
            &self.roots,
            self.generation,
            earlier,
        )
    }

    /// Reads the records of the last finished generation in the walk's order; when there is none, what
    /// was recorded so far.
    ///
    /// # Errors
    /// Those of the database.
    pub fn reader(&self) -> Result<Reader<'_>, StoreError> {
        let reader = Reader::new(&self.conn, &self.rules, &self.roots)?;
        if self.generation()? == 0 {
            return Ok(reader.at(1));
        }
        let marks = marks::read(&self.conn)?;
        Ok(reader.rows(marks.iter().map(|m| m.row).collect()))
    }

    /// Reads the records of an earlier generation, in the order in which they were written.
    ///
    /// # Errors
    /// Those of the database.
    pub fn reader_at(&self, generation: i64) -> Result<Reader<'_>, StoreError> {
        Ok(Reader::new(&self.conn, &self.rules, &self.roots)?.at(generation))
    }
}

/// One scan that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Its number, from 1.
    pub number: i64,
    /// When it started.
    pub started: String,
    /// When it ended.
    pub ended: String,
}

fn is_finished(conn: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT ended IS NOT NULL FROM run ORDER BY n DESC LIMIT 1";
    Ok(conn.query_row(sql, [], |r| r.get(0))?)
}

fn connect(db: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let conn = Connection::open_with_flags(db, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)
        .or_else(|_| Connection::open_with_flags(db, flags | OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    // A copied or planted file must not run code of its own through views or triggers.
    conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(conn)
}

fn column<T>(
    conn: &Connection,
    sql: &str,
    get: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params![], get)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
