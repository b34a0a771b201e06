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
mod tests {
    use super::*;
    use std::{
        fs::{self, Permissions},
        io::Write as _,
        os::unix::fs::PermissionsExt,
    };

    const NOBODY: u32 = 65_534;

    fn skipped(why: &str) {
        writeln!(std::io::stderr(), "skipped, not passed: {why}").unwrap();
    }

    fn mode(file: &File) -> u32 {
        file.metadata().unwrap().permissions().mode() & 0o777
    }

    fn pair(dir: &std::path::Path, rights: u32) -> (File, File) {
        let file = File::create(dir.join("file")).unwrap();
        file.set_permissions(Permissions::from_mode(rights))
            .unwrap();
        let copy = File::create(dir.join("copy")).unwrap();
        copy.set_permissions(Permissions::from_mode(0o600)).unwrap();
        (file, copy)
    }

    /// A list that lets another user read, with these rights for the group and as the upper bound.
    fn list(group: u16, bound: u16) -> Vec<u8> {
        let entries: [(u16, u16, u32); 5] = [
            (0x01, 6, u32::MAX),
            (0x02, 4, 1),
            (0x04, group, u32::MAX),
            (0x10, bound, u32::MAX),
            (0x20, 0, u32::MAX),
        ];
        let mut out = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(rights.to_le_bytes());
            out.extend(id.to_le_bytes());
        }
        out
    }

    #[test]
    fn a_copy_gets_the_rights_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        for rights in [0o600, 0o640, 0o444, 0o666, 0o750] {
            let (file, copy) = pair(dir.path(), rights);
            assert!(like(&copy, &file).unwrap());
            assert_eq!(mode(&copy), rights);
            fs::remove_file(dir.path().join("copy")).unwrap();
        }
    }

    /// What the rights of the group say with a list is only its upper bound: without the list they would be wider.
    #[test]
    fn a_list_goes_with_the_copy_and_one_that_is_handed_down_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let (file, copy) = pair(dir.path(), 0o600);
        let name = LISTS[0];
        if sys::add_attribute(&file, name, &list(0, 6)).is_err() {
            skipped("no access lists here");
            return;
        }
        assert_eq!(mode(&file), 0o660);
        assert!(like(&copy, &file).unwrap());
        assert_eq!(sys::read_attribute(&copy, name).unwrap(), Some(list(0, 6)));
        assert_eq!(mode(&copy), 0o660);
        // The copy has a list from its folder, the file has none.
        sys::remove_attribute(&file, name).unwrap();
        file.set_permissions(Permissions::from_mode(0o640)).unwrap();
        assert!(like(&copy, &file).unwrap());
        assert_eq!(sys::read_attribute(&copy, name).unwrap(), None);
        assert_eq!(mode(&copy), 0o640);
    }

    /// Whoever may not give files away keeps the copy to themselves.
    #[test]
    fn without_the_owner_and_group_of_its_file_a_copy_is_for_its_owner_alone() {
        use rustix::{
            process::{Uid, geteuid},
            thread::set_thread_res_uid,
        };
        if !geteuid().is_root() {
            skipped("giving files away needs root");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
        let (file, _) = pair(dir.path(), 0o664);
        let path = dir.path().join("own");
        // The user of a thread of its own: the others stay what they are.
        let told = std::thread::spawn(move || {
            let nobody = Uid::from_raw(NOBODY);
            set_thread_res_uid(nobody, nobody, nobody).unwrap();
            let copy = File::create(path).unwrap();
            copy.set_permissions(Permissions::from_mode(0o644)).unwrap();
            (like(&copy, &file).unwrap(), mode(&copy))
        });
        assert_eq!(told.join().unwrap(), (false, 0o600));
    }
}
