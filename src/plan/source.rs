//! Which file it is: opened without following links, hashed, and held against a plan.

use crate::{
    digest::sha256,
    model::{Identity, Item, Name, Refusal},
    sys::{self, Folder, Kind},
};
use std::{ffi::OsStr, fs::File, io, path::Path};

/// Opens the file at a path under a root (an absolute path). No link on the way from the root on is
/// followed; a FIFO or device is not waited for.
fn open(root: &Name, path: &Name) -> Result<File, Refusal> {
    let (folders, name) = match path.bytes().iter().rposition(|b| *b == b'/') {
        Some(at) => path.bytes().split_at(at + 1),
        None => (&b""[..], path.bytes()),
    };
    let mut folder = Folder::open(as_path(root.bytes())).map_err(|e| refusal(&e))?;
    for part in folders.split(|b| *b == b'/').filter(|p| !p.is_empty()) {
        folder = folder.folder(part).map_err(|e| refusal(&e))?;
    }
    let file = folder.file(name).map_err(|e| refusal(&e))?;
    match sys::file_kind(&file) {
        Ok(Kind::File) => Ok(file),
        Ok(_) => Err(Refusal::NotAFile),
        Err(_) => Err(Refusal::Unreadable),
    }
}

fn refusal(error: &io::Error) -> Refusal {
    const ELOOP: i32 = 40;
    match error.raw_os_error() {
        Some(ELOOP) => Refusal::NotAFile,
        _ if error.kind() == io::ErrorKind::NotADirectory => Refusal::NotAFile,
        _ => Refusal::Unreadable,
    }
}

#[cfg(unix)]
fn as_path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn as_path(bytes: &[u8]) -> &Path {
    Path::new(std::str::from_utf8(bytes).map_or(OsStr::new(""), OsStr::new))
}

#[cfg(unix)]
fn links(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink())
}

#[cfg(not(unix))]
fn links(_: &File) -> io::Result<u64> {
    Ok(1)
}

/// Reads a file and says which it is. A file that changes while it is read is refused.
///
/// # Errors
/// Why it cannot stand in a plan.
pub fn identify(root: &Name, path: &Name) -> Result<Identity, Refusal> {
    let file = open(root, path)?;
    of_open(&file)
}

fn of_open(mut file: &File) -> Result<Identity, Refusal> {
    let unreadable = |_| Refusal::Unreadable;
    let before = sys::stamp(file).map_err(unreadable)?;
    let sha256 = sha256(&mut file).map_err(unreadable)?;
    let after = sys::stamp(file).map_err(unreadable)?;
    if before != after {
        return Err(Refusal::Changed);
    }
    Ok(Identity {
        device: after.inode.device,
        inode: after.inode.inode,
        links: links(file).map_err(unreadable)?,
        size: after.size,
        modified: i64::try_from(after.modified).unwrap_or(i64::MAX),
        sha256,
    })
}

/// Opens the file of an item and compares everything that the plan says of it: device, inode, names, size,
/// time and content. The open file is the one that was compared.
///
/// # Errors
/// `Changed` when anything differs, and why it cannot be opened.
pub fn check(root: &Name, item: &Item) -> Result<File, Refusal> {
    let planned = item.identity.as_ref().ok_or(Refusal::Unreadable)?;
    let file = open(root, &item.path)?;
    let stamp = sys::stamp(&file).map_err(|_| Refusal::Unreadable)?;
    // What a stamp shows needs no reading.
    if stamp.size != planned.size || stamp.inode.inode != planned.inode {
        return Err(Refusal::Changed);
    }
    if of_open(&file)? != *planned {
        return Err(Refusal::Changed);
    }
    Ok(file)
}
