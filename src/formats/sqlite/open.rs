//! Connections to databases that nobody vouches for.
//!
//! A database is opened in memory, so nothing of it is locked, written or left behind; one that is too
//! large for that is opened by its file as immutable. Its schema is not trusted: no functions of its
//! own choosing, no triggers, no views, no extensions; values, statements and columns are bounded and so
//! is the time. Source: "Defense Against The Dark Arts", sqlite.org/security.html.

use crate::formats::{Cx, FormatError, archives::bytes::Bytes};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, config::DbConfig, limits::Limit};
use std::{
    io::Read,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Bytes of one value or statement.
const VALUE: i32 = 64 << 20;
/// Virtual machine steps between two looks at the clock.
const STEPS: i32 = 100_000;

/// What an error of the library means. Its words may quote the database and are left out.
pub(super) fn fault(error: &rusqlite::Error) -> FormatError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => FormatError::Timeout,
        Some(ErrorCode::TooBig | ErrorCode::OutOfMemory) => FormatError::Limit("bytes of a value"),
        Some(ErrorCode::NotADatabase) => FormatError::Encrypted,
        _ => FormatError::Corrupt("the database cannot be read"),
    }
}

/// What the connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Change,
}

/// Opens the database.
///
/// # Errors
/// `Limit` when it is too large, and those of the library.
pub(super) fn open(bytes: &Bytes<'_>, to: Use, cx: &Cx<'_>) -> Result<Connection, FormatError> {
    let len = bytes.len();
    let share = 1 + len / 100_000_000;
    let seconds = cx.limits.seconds.saturating_mul(share);
    let deadline = Instant::now() + Duration::from_secs(seconds.min(86_400));
    let mut db = if len <= cx.limits.held_bytes {
        in_memory(bytes, to)?
    } else if to == Use::Change {
        return Err(FormatError::Limit("bytes held in memory"));
    } else {
        by_file(bytes)?
    };
    db.progress_handler(STEPS, Some(move || Instant::now() > deadline))
        .map_err(|e| fault(&e))?;
    settle(&db, to).map_err(|e| fault(&e))?;
    Ok(db)
}

fn in_memory(bytes: &Bytes<'_>, to: Use) -> Result<Connection, FormatError> {
    let mut db = Connection::open_in_memory().map_err(|e| fault(&e))?;
    let len =
        usize::try_from(bytes.len()).map_err(|_| FormatError::Limit("bytes held in memory"))?;
    // A journal beside the file is no part of it: the header says that there is none.
    let mut head = bytes.vec(0, 100)?;
    for slot in head.iter_mut().skip(18).take(2).filter(|b| **b == 2) {
        *slot = 1;
    }
    let reader = head.as_slice().chain(bytes.stretch(100, bytes.len()));
    db.deserialize_read_exact(MAIN_DB, reader, len, to == Use::Read)
        .map_err(|e| fault(&e))?;
    Ok(db)
}

#[cfg(target_os = "linux")]
fn by_file(bytes: &Bytes<'_>) -> Result<Connection, FormatError> {
    use std::os::fd::AsRawFd;
    let Bytes::File(file, _) = bytes else {
        return Err(FormatError::Limit("bytes held in memory"));
    };
    let uri = format!(
        "file:/proc/self/fd/{}?immutable=1&mode=ro",
        file.as_raw_fd()
    );
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags).map_err(|e| fault(&e))
}

#[cfg(not(target_os = "linux"))]
fn by_file(_: &Bytes<'_>) -> Result<Connection, FormatError> {
    Err(FormatError::Limit("bytes held in memory"))
}

fn settle(db: &Connection, to: Use) -> rusqlite::Result<()> {
    for limit in [Limit::SQLITE_LIMIT_LENGTH, Limit::SQLITE_LIMIT_SQL_LENGTH] {
        db.set_limit(limit, VALUE)?;
    }
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    db.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -8_000)?;
    if to == Use::Change {
        db.pragma_update(None, "secure_delete", true)?;
        db.pragma_update(None, "ignore_check_constraints", true)?;
    } else {
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.pragma_update(None, "query_only", true)?;
    }
    Ok(())
}

/// Writes the database anew, without anything that belongs to no row, and gives its bytes to `take`.
///
/// # Errors
/// Those of the library and of `take`.
pub(super) fn written(
    db: &Connection,
    take: &mut dyn FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // Held open so that what is written there stays until it was taken.
    let target = format!("file:/inkout-copy-{number}?vfs=memdb");
    let mut keeper = Connection::open_with_flags(
        &target,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|e| fault(&e))?;
    db.execute("VACUUM INTO ?1", [&target])
        .map_err(|e| fault(&e))?;
    let data = keeper.serialize(MAIN_DB).map_err(|e| fault(&e))?;
    take(&data)
}
