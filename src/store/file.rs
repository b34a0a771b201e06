//! The files of the job's folder: made for the owner alone, locked by one writer.

use super::StoreError;
use crate::digest::JobKey;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
};

/// Name of the inventory in the job's folder.
pub const INVENTORY: &str = DATABASE;
pub(super) const DATABASE: &str = "inventory.db";
const LOCK: &str = "lock";
const KEY: &str = "key";

/// Makes the folder and those above it. What exists keeps its rights.
pub(super) fn make_folder(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes an empty file that only its owner can read, before anyone else writes into it.
pub(super) fn create_private(path: &Path) -> Result<File, StoreError> {
    Ok(private().write(true).create_new(true).open(path)?)
}

/// The writer's lock; it falls with the process.
pub(super) fn lock(dir: &Path) -> Result<File, StoreError> {
    let file = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.join(LOCK))?;
    held(file.try_lock(), file)
}

/// A reader's lock. A folder that cannot be written needs none, since no one writes there.
pub(super) fn lock_shared(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let file = match File::open(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?,
        other => other?,
    };
    held(file.try_lock_shared(), file)
}

fn held(result: Result<(), TryLockError>, file: File) -> Result<File, StoreError> {
    match result {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
        Err(TryLockError::Error(e)) => Err(e.into()),
    }
}

/// Name of the inventory before the one that stands in the folder.
pub(super) const PREVIOUS: &str = "inventory.prev.db";

/// Keeps a finished inventory under another name, in the place of the one kept before.
pub(super) fn keep_database(dir: &Path) -> Result<(), StoreError> {
    Ok(fs::rename(dir.join(DATABASE), dir.join(PREVIOUS))?)
}

/// Removes the database and its journals.
pub(super) fn remove_database(dir: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(dir.join(format!("{DATABASE}{suffix}"))) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The key of a job that has one.
///
/// # Errors
/// `Key` when it is missing or not 32 bytes.
pub fn load_key(dir: &Path) -> Result<JobKey, StoreError> {
    let bytes = fs::read(dir.join(KEY)).map_err(|_| StoreError::Key)?;
    <[u8; 32]>::try_from(bytes.as_slice())
        .map(JobKey::new)
        .map_err(|_| StoreError::Key)
}

/// The job's key: read from the folder, or made from `random` and kept there. The folder is made when
/// there is none.
///
/// # Errors
/// `Key` when there is an inventory but no key, or the key is not 32 bytes: a new key would give
/// the same files and values other identities.
pub fn load_or_create_key(dir: &Path, random: [u8; 32]) -> Result<JobKey, StoreError> {
    make_folder(dir)?;
    let path = dir.join(KEY);
    let mut bytes = Vec::new();
    match File::open(&path) {
        Ok(file) => {
            file.take(33).read_to_end(&mut bytes)?;
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e.into()),
    }
    if let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) {
        return Ok(JobKey::new(key));
    }
    // A kill between making the file and filling it leaves it short; no inventory exists by then.
    if bytes.len() >= 32 || dir.join(DATABASE).exists() {
        return Err(StoreError::Key);
    }
    let mut file = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)?;
    file.write_all(&random)?;
    file.sync_all()?;
    Ok(JobKey::new(random))
}
