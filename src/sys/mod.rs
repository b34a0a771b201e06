//! System calls the standard library lacks, behind safe functions.
//!
//! [`Folder`] is an open folder: listing it and opening what is in it relative to the handle neither
//! walks the path again nor follows links, so nothing can be swapped underneath. Linux uses
//! descriptors; elsewhere the portable twin uses paths, with the races that this has.

mod disk;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

pub use disk::{
    Aligned, Caught, Device, Extent, Facts, InodeFlags, Mount, Space, add_attribute,
    attribute_names, break_signals, can_administer, catch_signals, device, direct, discard_cache,
    extents, facts, inode_flags, interrupted, is_elsewhere_open, is_swap_clear, kernel, lease,
    length, mount, read_attribute, release_lease, remove_attribute, reserve_clusters,
    reserved_clusters, set_attribute, shrink, write_full_at,
};
#[cfg(target_os = "linux")]
pub use linux::{
    Folder, be_nice, free_space, lift_open_files, now_of_thread, peak_memory, read_at, stop_here,
    user,
};
#[cfg(not(target_os = "linux"))]
pub use portable::{
    Folder, be_nice, free_space, lift_open_files, now_of_thread, peak_memory, read_at, stop_here,
    user,
};

mod accounts;
mod restrict;
mod terminal;
#[cfg(target_os = "linux")]
mod volume;
pub use accounts::Accounts;
pub use restrict::{LIBRARIES, Needs, Restricted, restrict};
pub use terminal::{StandardInput, read_silently};

use crate::model::Attributes;
use std::{fs::File, io, time::SystemTime};

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket or FIFO.
    Special,
}

/// Which file or folder it is, whatever its name: device and inode number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inode {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
}

/// A file at one moment: equal before and after reading means that it did not change meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Which file.
    pub inode: Inode,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content, in nanoseconds since 1970.
    pub modified: i128,
}

/// The [`Stamp`] of an open file: one `fstat`.
///
/// # Errors
/// Those of the system.
pub fn stamp(file: &File) -> io::Result<Stamp> {
    let meta = file.metadata()?;
    Ok(Stamp {
        inode: inode_of(&meta),
        size: meta.len(),
        modified: nanoseconds(meta.modified().unwrap_or(SystemTime::UNIX_EPOCH)),
    })
}

/// What the file system says of an open file: one `statx` or `fstat`. `seen` is the time by the caller's clock, in
/// nanoseconds since 1970.
///
/// # Errors
/// Those of the system.
pub fn attributes(file: &File, seen: i64) -> io::Result<Attributes> {
    #[cfg(target_os = "linux")]
    let found = volume::attributes(file, b"", seen)?;
    #[cfg(not(target_os = "linux"))]
    let found = None;
    match found {
        Some(found) => Ok(found),
        None => Ok(attributes_of(&file.metadata()?, seen)),
    }
}

/// Seconds and nanoseconds since 1970 as nanoseconds, at the ends of the range when beyond.
#[cfg(unix)]
fn instant(seconds: i64, nanoseconds: i64) -> i64 {
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

#[cfg(unix)]
fn attributes_of(meta: &std::fs::Metadata, seen: i64) -> Attributes {
    use std::os::unix::fs::MetadataExt;
    Attributes {
        device: meta.dev(),
        volume: meta.dev(),
        inode: meta.ino(),
        links: meta.nlink(),
        size: meta.len(),
        modified: instant(meta.mtime(), meta.mtime_nsec()),
        changed: instant(meta.ctime(), meta.ctime_nsec()),
        mode: meta.mode() & 0o7777,
        owner: meta.uid(),
        group: meta.gid(),
        seen,
        content: None,
    }
}

#[cfg(not(unix))]
fn attributes_of(meta: &std::fs::Metadata, seen: i64) -> Attributes {
    let time = nanoseconds(meta.modified().unwrap_or(SystemTime::UNIX_EPOCH));
    let modified = i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX });
    Attributes {
        device: 0,
        volume: 0,
        inode: 0,
        links: 0,
        size: meta.len(),
        modified,
        changed: modified,
        mode: 0,
        owner: u32::MAX,
        group: u32::MAX,
        seen,
        content: None,
    }
}

/// What an open file is: one `fstat`. Needed only when the first read was not short.
///
/// # Errors
/// Those of the system.
pub fn file_kind(file: &File) -> io::Result<Kind> {
    let kind = file.metadata()?.file_type();
    Ok(if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Link
    } else {
        Kind::Special
    })
}

/// Nanoseconds since 1970, negative before.
pub fn nanoseconds(time: SystemTime) -> i128 {
    // A Duration's nanoseconds are below 2^95.
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}

#[cfg(unix)]
fn inode_of(meta: &std::fs::Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt;
    Inode {
        device: meta.dev(),
        inode: meta.ino(),
    }
}

#[cfg(not(unix))]
fn inode_of(_: &std::fs::Metadata) -> Inode {
    // Not known without a further call: size and time alone must tell.
    Inode {
        device: 0,
        inode: 0,
    }
}

/// Writes a file through to the disk: content and size.
///
/// # Errors
/// Those of the system; after one the content must be taken for lost.
pub fn sync_file(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Reads up to `buf.len()` bytes at `offset`, fewer only at the end; the position is not used.
///
/// # Errors
/// Those of the system, but for interruptions.
pub fn read_full_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buf.get_mut(filled..).filter(|r| !r.is_empty()) {
        match read_at(file, rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, time::Duration};

    #[test]
    fn thread_time_grows_with_work_only() {
        let start = now_of_thread();
        std::thread::sleep(Duration::from_millis(60));
        let slept = now_of_thread().saturating_sub(start);
        assert!(slept < Duration::from_millis(30), "{slept:?}");
        let mut x = 1_u64;
        let begun = std::time::Instant::now();
        while now_of_thread().saturating_sub(start) < Duration::from_millis(20) {
            x = std::hint::black_box(x.wrapping_mul(3));
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
    }

    #[test]
    fn peak_memory_grows_with_what_is_touched() {
        let before = peak_memory().unwrap();
        assert!(before > 1 << 20);
        let block = std::hint::black_box(vec![1_u8; 256 << 20]);
        let after = peak_memory().unwrap();
        assert!(after >= before.max(256 << 20), "{before} {after}");
        drop(block);
        // A peak stays when the memory is given back (the kernel counts in steps, so not to the page).
        assert!(peak_memory().unwrap() >= 256 << 20);
    }

    #[test]
    fn reads_at_an_offset_without_moving() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let mut buf = [0; 4];
        assert_eq!(read_full_at(&file, &mut buf, 3).unwrap(), 4);
        assert_eq!(&buf, b"3456");
        assert_eq!(read_full_at(&file, &mut buf, 8).unwrap(), 2);
        assert_eq!(read_full_at(&file, &mut buf, 99).unwrap(), 0);
    }

    #[test]
    fn a_stamp_tells_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"one").unwrap();
        let file = File::open(&path).unwrap();
        let first = stamp(&file).unwrap();
        assert_eq!(first, stamp(&file).unwrap());
        assert_eq!(first.size, 3);
        std::fs::write(&path, b"three").unwrap();
        assert_ne!(first, stamp(&file).unwrap());
        std::fs::write(dir.path().join("b"), b"one").unwrap();
        let other = stamp(&File::open(dir.path().join("b")).unwrap()).unwrap();
        assert_ne!(first.inode, other.inode);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_and_an_open_file_say_the_same() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"text").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::fs::hard_link(&path, dir.path().join("b")).unwrap();
        let open = attributes(&File::open(&path).unwrap(), 7).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert_eq!(folder.attributes(b"a", 7).unwrap(), Some(open));
        assert_eq!(
            (open.size, open.links, open.mode, open.seen),
            (4, 2, 0o640, 7)
        );
        assert!(open.modified > 1_600_000_000_000_000_000 && open.changed >= open.modified);
        std::fs::create_dir(dir.path().join("d")).unwrap();
        assert_eq!(folder.attributes(b"d", 7).unwrap(), None);
        assert!(folder.attributes(b"../a", 7).is_err());
    }

    #[test]
    fn times_before_1970_are_negative() {
        let early = SystemTime::UNIX_EPOCH - Duration::from_nanos(5);
        assert_eq!(nanoseconds(early), -5);
        assert_eq!(
            nanoseconds(SystemTime::UNIX_EPOCH + Duration::from_secs(1)),
            1_000_000_000
        );
    }

    #[test]
    fn there_is_free_space_where_files_are_made() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free_space(dir.path()).unwrap() > 0);
        assert!(free_space(&dir.path().join("missing")).is_err());
    }

    #[test]
    fn the_limit_on_open_files_is_lifted() {
        let now = lift_open_files();
        assert!(now >= 64);
        assert_eq!(lift_open_files(), now);
    }

    #[test]
    fn a_folder_lists_and_opens_what_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), b"text").unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        for _ in 0..2 {
            let mut seen = Vec::new();
            folder
                .list(&mut |name, kind| seen.push((name.to_vec(), kind)))
                .unwrap();
            seen.sort();
            let seen: Vec<_> = seen
                .into_iter()
                .map(|(n, k)| (n.clone(), k.unwrap_or_else(|| folder.kind(&n).unwrap())))
                .collect();
            assert_eq!(
                seen,
                [(b"a".to_vec(), Kind::File), (b"b".to_vec(), Kind::Folder)]
            );
        }
        assert_eq!(file_kind(&folder.file(b"a").unwrap()).unwrap(), Kind::File);
        let inner = folder.folder(b"b").unwrap();
        assert_eq!(
            inner.parent().unwrap().inode().unwrap(),
            folder.inode().unwrap()
        );
        assert_ne!(inner.inode().unwrap(), folder.inode().unwrap());
        assert!(folder.folder(b"a").is_err());
    }

    #[test]
    fn names_are_one_component_and_never_the_parent() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), b"text").unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        let inner = Folder::open(&dir.path().join("b")).unwrap();
        for name in [&b"../a"[..], b"..", b".", b"", b"x\0y", b"/etc/passwd"] {
            assert_eq!(
                inner.file(name).unwrap_err().kind(),
                io::ErrorKind::InvalidInput
            );
            assert!(inner.create(name).is_err());
            assert!(inner.folder(name).is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_by_names() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), b"text").unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("l")).unwrap();
        std::os::unix::fs::symlink(".", dir.path().join("d")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(folder.file(b"l").is_err());
        assert!(folder.folder(b"d").is_err());
        assert_eq!(folder.kind(b"l").unwrap(), Kind::Link);
    }

    #[test]
    fn renaming_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.create(b"new").unwrap().write_all(b"new").unwrap();
        assert!(folder.create(b"new").is_err());
        std::fs::write(dir.path().join("old"), b"old").unwrap();
        assert_eq!(
            folder.rename_new(b"new", b"old").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(std::fs::read(dir.path().join("old")).unwrap(), b"old");
        folder.rename_new(b"new", b"other").unwrap();
        folder.sync().unwrap();
        assert_eq!(std::fs::read(dir.path().join("other")).unwrap(), b"new");
        folder.remove(b"other").unwrap();
        assert!(!dir.path().join("other").exists());
    }
}
