//! Opening an archive: to look whether it is whole, or to take files out.

use super::{Record, SealError};
use crate::{
    containers::{self, ContainerError, Identity, Key, Kind, VolumesReader, staging},
    digest::{Hashes, sha256},
    model::{Name, canonical_file, read_canonical},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

/// Number of the list's shape.
const SCHEMA: u64 = 1;
/// Name of the list of files in the box. It comes first.
pub(super) const INDEX: &str = "index.json";
/// Largest list that is read.
const LARGEST: u64 = 1 << 30;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexFile {
    /// Its name in the box.
    pub name: String,
    /// Number of the item in the plan.
    pub item: u32,
    /// Number of its root in the plan.
    pub root: u32,
    /// Path under the root.
    pub path: Name,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// Time of its last change, nanoseconds since 1970.
    pub modified: i64,
}

/// The list of files in an archive; only inside it, because paths name persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Number of the shape.
    pub schema: u64,
    /// The files.
    pub files: Vec<IndexFile>,
}

impl Index {
    /// The number of the shape that this program writes.
    pub const SCHEMA: u64 = SCHEMA;
}

pub(super) fn written(index: &Index) -> Result<Vec<u8>, SealError> {
    canonical_file(index).map_err(|e| SealError::Text("index", e))
}

/// What was taken out of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opened {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The parts of an archive, when they are what its record says.
fn parts(folder: &Path, record: &Record) -> Result<Vec<PathBuf>, SealError> {
    let mut paths = Vec::with_capacity(record.parts.len());
    for part in &record.parts {
        let damaged = || SealError::Part(part.name.clone());
        let is_name = !part.name.contains(['/', '\0']) && part.name != "..";
        let path = folder.join(&part.name);
        let mut file = match staging::open(&path) {
            Ok(file) if is_name => file,
            _ => return Err(damaged()),
        };
        let size = file.metadata().map_err(SealError::io("read a part"))?.len();
        let digest = sha256(&mut file).map_err(SealError::io("read a part"))?;
        if size != part.bytes || digest != part.sha256 {
            return Err(damaged());
        }
        paths.push(path);
    }
    Ok(paths)
}

/// Whether every part of an archive is there, byte by byte as its record says. Nothing is decrypted.
///
/// # Errors
/// `Absent` when the folder is not there; `Part` when one is not what it was; those of the system.
pub fn stands(folder: &Path, record: &Record) -> Result<(), SealError> {
    if !folder.is_dir() {
        return Err(SealError::Absent);
    }
    parts(folder, record).map(|_| ())
}

/// Takes a file of the box.
pub type Take<'t> = dyn FnMut(&IndexFile, &mut dyn Read) -> Result<(), ContainerError> + 't;

/// Goes through an archive: its list first, then every file with its line of the list.
fn through(
    folder: &Path,
    record: &Record,
    identities: &[Identity],
    take: &mut Take<'_>,
) -> Result<Index, SealError> {
    if record.is_beyond_reach() {
        return Err(SealError::Destroyed);
    }
    let paths = parts(folder, record)?;
    let mut list: Option<Result<Index, SealError>> = None;
    let mut waiting: BTreeMap<String, IndexFile> = BTreeMap::new();
    let input = VolumesReader::open(&paths)?;
    containers::read(
        Kind::Age,
        input,
        Key::Identities(identities),
        &mut |entry, reader| {
            if list.is_none() {
                if entry.name != INDEX || entry.size > LARGEST {
                    return Err(ContainerError::Damaged("the list of files"));
                }
                let mut bytes = Vec::new();
                reader
                    .read_to_end(&mut bytes)
                    .map_err(ContainerError::io("read the list of files"))?;
                if Hashes::of(&bytes).sha256 != record.index {
                    return Err(ContainerError::Damaged("the list of files"));
                }
                let read = read_canonical::<Index>(&bytes, SCHEMA);
                if let Ok(index) = &read {
                    let by_name = index.files.iter().map(|f| (f.name.clone(), f.clone()));
                    waiting = by_name.collect();
                }
                list = Some(read.map_err(|e| SealError::Text("index", e)));
                return Ok(());
            }
            match waiting.remove(&entry.name) {
                Some(file) => take(&file, reader),
                None => Err(ContainerError::Damaged("a file that is not on its list")),
            }
        },
    )?;
    if !waiting.is_empty() {
        return Err(ContainerError::Damaged("a file of its list is not there").into());
    }
    list.unwrap_or(Err(ContainerError::Damaged("the list of files").into()))
}

/// Decrypts the whole archive and compares every file with its list, by a record that the caller believes. Gives what was compared, and the digests
/// of the files as [`super::contents`] has them.
///
/// # Errors
/// `Box` with `WrongKey`, `Damaged` or `NotTheSame`; `Part`; `Destroyed`.
pub fn check(
    folder: &Path,
    record: &Record,
    identities: &[Identity],
) -> Result<(Opened, String), SealError> {
    let mut seen = Opened::default();
    let index = through(folder, record, identities, &mut |file, mut reader| {
        seen.files += 1;
        seen.bytes += file.bytes;
        let digest = sha256(&mut reader).map_err(ContainerError::io("read a file in it"))?;
        if digest == file.sha256 {
            Ok(())
        } else {
            Err(ContainerError::NotTheSame(seen.files))
        }
    })?;
    let text = super::contents(index.files.iter().map(|f| f.sha256.as_str()));
    let is_listed = Hashes::of(text.as_bytes()).sha256 == record.contents;
    if seen.files == record.files && seen.bytes == record.bytes && is_listed {
        Ok((seen, text))
    } else {
        Err(ContainerError::NotTheSame(seen.files).into())
    }
}

/// Goes through an archive in memory, by a record that the caller believes: every file with its line of the list.
/// What is not read of a file is skipped.
///
/// # Errors
/// As [`check`], and what `take` gives.
pub fn visit(
    folder: &Path,
    record: &Record,
    identities: &[Identity],
    take: &mut Take<'_>,
) -> Result<(), SealError> {
    through(folder, record, identities, take).map(drop)
}

/// The list of files in an archive.
///
/// # Errors
/// As [`check`].
pub fn index(folder: &Path, record: &Record, identities: &[Identity]) -> Result<Index, SealError> {
    through(folder, record, identities, &mut |_, _| Ok(()))
}

/// Takes the files that `wanted` says yes to out of an archive, into a new or empty folder, under the
/// numbers of their roots with their own names. Every file is compared with its list while it is written.
///
/// # Errors
/// `Box` with `Exists` when the folder is not empty; as [`check`]; those of writing.
pub fn open(
    folder: &Path,
    record: &Record,
    identities: &[Identity],
    wanted: &dyn Fn(&IndexFile) -> bool,
    out: &Path,
) -> Result<Opened, SealError> {
    let failed = SealError::io("make the output folder");
    staging::make_folder(out).map_err(&failed)?;
    if fs::read_dir(out).map_err(&failed)?.next().is_some() {
        return Err(ContainerError::Exists.into());
    }
    let mut taken = Opened::default();
    through(folder, record, identities, &mut |file, reader| {
        if !wanted(file) {
            return Ok(());
        }
        put(out, file, reader)?;
        taken.files += 1;
        taken.bytes += file.bytes;
        Ok(())
    })?;
    Ok(taken)
}

fn put(out: &Path, file: &IndexFile, reader: &mut dyn Read) -> Result<(), ContainerError> {
    let failed = ContainerError::io("write a file");
    let mut path = out.join(file.root.to_string());
    for component in file.path.bytes().split(|&b| b == b'/') {
        if matches!(component, b"" | b"." | b"..") || component.contains(&0) {
            return Err(ContainerError::Name);
        }
        path.push(OsStr::from_bytes(component));
    }
    if let Some(above) = path.parent() {
        staging::make_folder(above).map_err(&failed)?;
    }
    let mut counted = crate::digest::Counted::new(reader);
    let mut to = staging::new_file(&path).map_err(&failed)?;
    let copied = io::copy(&mut counted, &mut to);
    let (digest, bytes, _) = counted.finish();
    if copied.is_err() || digest != file.sha256 || bytes != file.bytes {
        // Half a file, or a wrong one, must not stay under the name.
        let _ = fs::remove_file(&path);
        copied.map_err(&failed)?;
        return Err(ContainerError::Damaged("a file in it"));
    }
    if let Ok(nanoseconds) = u64::try_from(file.modified) {
        // A file system that cannot keep the time keeps the content all the same.
        let _ = to.set_modified(UNIX_EPOCH + Duration::from_nanos(nanoseconds));
    }
    crate::sys::sync_file(&to).map_err(&failed)
}
