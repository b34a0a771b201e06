//! The rights of a file for the copy that stands in for it: the same, or fewer. Never more.

use crate::sys;
use std::{fs::File, io};

/// Attributes in which file systems and servers keep lists of who may do what.
const LISTS: [&[u8]; 5] = [
    b"system.posix_acl_access",
    b"system.nfs4_acl",
    b"system.richacl",
    b"system.ntfs_acl",
    b"security.NTACL",
];

/// Who may do what with a file.
#[derive(Debug, PartialEq, Eq)]
struct Rights {
    owner: (u32, u32),
    mode: u32,
    /// One for each of [`LISTS`].
    lists: Vec<Option<Vec<u8>>>,
}

impl Rights {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        let names = sys::attribute_names(file)?;
        let list = |name: &&[u8]| {
            if names.iter().any(|n| n == name) {
                sys::read_attribute(file, name)
            } else {
                Ok(None)
            }
        };
        let (owner, mode) = owner_and_mode(&meta);
        Ok(Self {
            owner,
            mode,
            lists: LISTS.iter().map(list).collect::<io::Result<_>>()?,
        })
    }
}

#[cfg(unix)]
fn owner_and_mode(meta: &std::fs::Metadata) -> ((u32, u32), u32) {
    use std::os::unix::fs::MetadataExt;
    ((meta.uid(), meta.gid()), meta.mode() & 0o777)
}

#[cfg(not(unix))]
fn owner_and_mode(_: &std::fs::Metadata) -> ((u32, u32), u32) {
    ((0, 0), 0o600)
}

/// What comes of it is looked at afterwards.
#[cfg(unix)]
fn set_mode(file: &File, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    let _ = file.set_permissions(mode);
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) {}

/// Gives a copy the owner, the rights and the lists of its file; whether it has them all. When one of them cannot be
/// given, or a list is one that cannot be written, the copy is for its owner alone: the rights of a group mean
/// other people when the group is another one, and with a list they are only its upper bound.
///
/// # Errors
/// `PermissionDenied` when it cannot even be kept from others; those of the system.
pub(super) fn like(copy: &File, file: &File) -> io::Result<bool> {
    let (_, mode) = owner_and_mode(&file.metadata()?);
    // A list that cannot be read cannot be given.
    if let Ok(wanted) = Rights::of(file) {
        if Rights::of(copy)? != wanted {
            give(copy, &wanted);
        }
        if Rights::of(copy)? == wanted {
            return Ok(true);
        }
    }
    for name in LISTS {
        let _ = sys::remove_attribute(copy, name);
    }
    set_mode(copy, 0o600);
    let has = Rights::of(copy)?;
    if has.mode & 0o077 & !mode == 0 && has.lists.iter().all(Option::is_none) {
        Ok(false)
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// Tries to give them; what came of it is looked at afterwards.
fn give(copy: &File, wanted: &Rights) {
    #[cfg(unix)]
    {
        // Only the owner of the system may give files away; to a group of their own, others may.
        let (user, group) = wanted.owner;
        let _ = std::os::unix::fs::fchown(copy, Some(user), Some(group))
            .or_else(|_| std::os::unix::fs::fchown(copy, None, Some(group)));
    }
    for (name, list) in LISTS.iter().zip(&wanted.lists) {
        // One that the folder hands down is not its file's.
        let _ = match list {
            Some(list) => sys::add_attribute(copy, name, list),
            None => sys::remove_attribute(copy, name),
        };
    }
    set_mode(copy, wanted.mode);
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
