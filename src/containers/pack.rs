//! Putting files into a box and comparing what comes out again.

use super::{ContainerError, Entry, Key, Kind, VolumesReader, read, staging};
use crate::digest::{Counted, sha256};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

/// A part of a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the file.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
}

/// A file on the disk that goes into a box.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in the box, its size, its time.
    pub entry: Entry,
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 that its bytes must have.
    pub sha256: String,
}

/// Takes one file of a box.
pub type Sink<'s> = dyn FnMut(&Entry, &mut dyn Read) -> Result<(), ContainerError> + 's;

/// Gives files to `sink`. When one is no longer what it was its number is given, and what was written must
/// be thrown away.
///
/// # Errors
/// Those of the sink.
pub fn pack(sources: &[Source], sink: &mut Sink<'_>) -> Result<Option<usize>, ContainerError> {
    for (at, source) in sources.iter().enumerate() {
        let Ok(file) = staging::open(&source.path) else {
            return Ok(Some(at));
        };
        let mut counted = Counted::new(file);
        let done = sink(&source.entry, &mut counted);
        let (digest, bytes, failed) = counted.finish();
        match done {
            Err(ContainerError::Size) => return Ok(Some(at)),
            Err(_) if failed => return Ok(Some(at)),
            Err(e) => return Err(e),
            Ok(()) if digest != source.sha256 || bytes != source.entry.size => {
                return Ok(Some(at));
            }
            Ok(()) => {}
        }
    }
    Ok(None)
}

/// The files in a folder, in the order of their names: the parts of a box.
///
/// # Errors
/// Those of the system.
pub fn parts_in(folder: &Path) -> Result<Vec<PathBuf>, ContainerError> {
    let failed = ContainerError::io("list the parts");
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        paths.push(entry.map_err(&failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Size and digest of parts, read from the disk.
///
/// # Errors
/// Those of the system.
pub fn described(paths: &[PathBuf]) -> Result<Vec<Part>, ContainerError> {
    let failed = ContainerError::io("read a part");
    let mut out = Vec::with_capacity(paths.len());
    for path in paths {
        let mut file = staging::open(path).map_err(&failed)?;
        out.push(Part {
            name: path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            bytes: file.metadata().map_err(&failed)?.len(),
            sha256: sha256(&mut file).map_err(&failed)?,
        });
    }
    Ok(out)
}

/// Opens a box and compares every byte of every file by its digest; `wanted` is SHA-256 by name. Gives the
/// bytes that were compared.
///
/// # Errors
/// `NotTheSame`, and those of reading.
pub fn compare(
    kind: Kind,
    paths: &[PathBuf],
    key: Key<'_>,
    mut wanted: BTreeMap<String, String>,
) -> Result<u64, ContainerError> {
    let (mut number, mut bytes, mut bad) = (0, 0, None);
    read(
        kind,
        VolumesReader::open(paths)?,
        key,
        &mut |entry, mut reader| {
            number += 1;
            bytes += entry.size;
            let want = wanted.remove(&entry.name);
            let got = sha256(&mut reader).ok();
            if bad.is_none() && (want.is_none() || want != got) {
                bad = Some(number);
            }
            Ok(())
        },
    )?;
    match bad {
        Some(number) => Err(ContainerError::NotTheSame(number)),
        None if wanted.is_empty() => Ok(bytes),
        None => Err(ContainerError::NotTheSame(number + 1)),
    }
}
