//! Which file system a file lies on, so that another one mounted in its place is not taken for it.

use crate::model::Attributes;
use rustix::{
    fs::{
        AtFlags, FileType, Mode, OFlags, StatVfs, StatVfsMountFlags, StatxFlags, StatxTimestamp,
        fstatfs, fstatvfs, makedev, openat, statat, statx,
    },
    io::Errno,
};
use std::{
    cell::Cell,
    io,
    os::fd::{AsFd, BorrowedFd},
};

/// Types whose identity is a number written in the file system itself (statfs(2)): ext2 to ext4, btrfs, zfs.
const NUMBERED: [u64; 3] = [0xEF53, 0x9123_683E, 0x2FC1_2FC1];
/// `STATX_MNT_ID_UNIQUE` of Linux 6.8: a mount gets a number that no other had.
const UNIQUE: u32 = 0x4000;

thread_local! {
    /// The mount asked for last, and its answer: files of one mount come one after another.
    static LAST: Cell<(Mount, u64)> = const { Cell::new((Mount { device: 0, number: 0 }, 0)) };
}

/// Where a file lies. A device can be mounted in several places, one of them read-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mount {
    device: u64,
    /// Number of the mount; 0 where the system does not say it.
    number: u64,
}

/// What the file system says of an open file, or of a regular file in an open folder, links not followed: one
/// `statx`. `None` when it is something else.
pub(super) fn attributes(at: impl AsFd, name: &[u8], seen: i64) -> io::Result<Option<Attributes>> {
    let at = at.as_fd();
    let (kind, found, mount) = look(at, name, seen)?;
    if !name.is_empty() && kind != FileType::RegularFile {
        return Ok(None);
    }
    Ok(Some(Attributes {
        volume: volume(at, name, mount),
        ..found
    }))
}

fn look(at: BorrowedFd<'_>, name: &[u8], seen: i64) -> io::Result<(FileType, Attributes, Mount)> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH;
    let wanted =
        StatxFlags::BASIC_STATS | StatxFlags::MNT_ID | StatxFlags::from_bits_retain(UNIQUE);
    let stat = match statx(at, name, flags, wanted) {
        // A kernel or a sandbox of old.
        Err(Errno::NOSYS | Errno::PERM) => return look_as_of_old(at, name, seen),
        other => other?,
    };
    let time = |t: StatxTimestamp| super::instant(t.tv_sec, t.tv_nsec.into());
    let (device, mode) = (
        makedev(stat.stx_dev_major, stat.stx_dev_minor),
        u32::from(stat.stx_mode),
    );
    let known = stat.stx_mask & (StatxFlags::MNT_ID.bits() | UNIQUE) != 0;
    let found = Attributes {
        device,
        volume: 0,
        inode: stat.stx_ino,
        links: stat.stx_nlink.into(),
        size: stat.stx_size,
        modified: time(stat.stx_mtime),
        changed: time(stat.stx_ctime),
        mode: mode & 0o7777,
        owner: stat.stx_uid,
        group: stat.stx_gid,
        seen,
        content: None,
    };
    let number = if known { stat.stx_mnt_id } else { 0 };
    Ok((
        FileType::from_raw_mode(mode),
        found,
        Mount { device, number },
    ))
}

fn look_as_of_old(
    at: BorrowedFd<'_>,
    name: &[u8],
    seen: i64,
) -> io::Result<(FileType, Attributes, Mount)> {
    let stat = statat(at, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH)?;
    let fraction = |n| i64::try_from(n).unwrap_or(0);
    let found = Attributes {
        device: stat.st_dev,
        volume: 0,
        inode: stat.st_ino,
        links: super::linux::links(stat.st_nlink),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified: super::instant(stat.st_mtime, fraction(stat.st_mtime_nsec)),
        changed: super::instant(stat.st_ctime, fraction(stat.st_ctime_nsec)),
        mode: stat.st_mode & 0o7777,
        owner: stat.st_uid,
        group: stat.st_gid,
        seen,
        content: None,
    };
    let mount = Mount {
        device: stat.st_dev,
        number: 0,
    };
    Ok((FileType::from_raw_mode(stat.st_mode), found, mount))
}

/// Number of the file system that a file lies on; 0 where it cannot be told. See
/// [`crate::model::Attributes::volume`].
fn volume(at: BorrowedFd<'_>, name: &[u8], mount: Mount) -> u64 {
    let (last, known) = LAST.get();
    if last == mount && known != 0 {
        return known;
    }
    // Not the folder is asked: a file may be mounted over a name in it.
    let number = if name.is_empty() {
        asked(at, mount.device)
    } else {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = openat(at, name, flags, Mode::empty());
        opened.map_or(0, |file| match look(file.as_fd(), b"", 0) {
            Ok((_, _, now)) if now == mount => asked(file, mount.device),
            _ => 0,
        })
    };
    LAST.set((mount, number));
    number
}

fn asked(file: impl AsFd, device: u64) -> u64 {
    let kind = fstatfs(&file).map_or(0, |s| u64::try_from(s.f_type).unwrap_or(0));
    fstatvfs(&file).map_or(0, |stat| of(device, kind, &stat))
}

/// From what the file system says of itself. Where its number is only that of its device, another image may lie
/// on the same device; one that is read-only has its size for ever, which tells most images apart.
fn of(device: u64, kind: u64, stat: &StatVfs) -> u64 {
    let mut parts = [kind, stat.f_fsid, 0, 0, 0];
    if !NUMBERED.contains(&kind) || stat.f_fsid == 0 {
        parts[2] = device;
        if stat.f_flag.contains(StatVfsMountFlags::RDONLY) {
            parts[3] = stat.f_blocks;
            parts[4] = stat.f_files;
        }
    }
    let bytes = parts.map(u64::to_le_bytes);
    let hash = bytes
        .as_flattened()
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |h: u64, b| {
            (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01B3)
        });
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(fsid: u64, blocks: u64, flag: StatVfsMountFlags) -> StatVfs {
        StatVfs {
            f_bsize: 4096,
            f_frsize: 4096,
            f_blocks: blocks,
            f_bfree: 0,
            f_bavail: 0,
            f_files: 10,
            f_ffree: 0,
            f_favail: 0,
            f_fsid: fsid,
            f_flag: flag,
            f_namemax: 255,
        }
    }

    #[test]
    fn a_number_of_its_own_outlives_that_of_the_device() {
        let rw = StatVfsMountFlags::empty();
        assert_eq!(
            of(1, 0xEF53, &stat(7, 50, rw)),
            of(2, 0xEF53, &stat(7, 60, rw))
        );
        assert_ne!(
            of(1, 0xEF53, &stat(7, 50, rw)),
            of(1, 0xEF53, &stat(8, 50, rw))
        );
    }

    #[test]
    fn another_image_on_the_same_device_is_another_volume() {
        let (squashfs, ro) = (0x7371_7368, StatVfsMountFlags::RDONLY);
        assert_ne!(
            of(1, squashfs, &stat(1, 50, ro)),
            of(1, squashfs, &stat(1, 60, ro))
        );
        assert_ne!(
            of(1, squashfs, &stat(0, 50, ro)),
            of(2, squashfs, &stat(0, 50, ro))
        );
        // What can be written to changes its size of use, not its identity.
        let rw = StatVfsMountFlags::empty();
        assert_eq!(
            of(1, 0x6969, &stat(0, 50, rw)),
            of(1, 0x6969, &stat(0, 60, rw))
        );
    }

    fn volume_of(path: &std::path::Path) -> u64 {
        let folder = crate::sys::Folder::open(path.parent().unwrap()).unwrap();
        let name = path.file_name().unwrap().as_encoded_bytes();
        folder.attributes(name, 0).unwrap().unwrap().volume
    }

    #[test]
    fn files_of_other_file_systems_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let here = dir.path().join("a");
        std::fs::write(&here, b"x").unwrap();
        let there = std::path::Path::new("/proc/version");
        let (a, b) = (volume_of(&here), volume_of(there));
        assert!(a != 0 && b != 0 && a != b);
        assert_eq!(volume_of(&here), a);
        // The same by way of an open file, which may be a folder.
        let open = |path: &std::path::Path| {
            let file = std::fs::File::open(path).unwrap();
            crate::sys::attributes(&file, 0).unwrap().volume
        };
        assert_eq!((open(&here), open(there)), (a, b));
        assert_eq!((open(dir.path()), open("/proc".as_ref())), (a, b));
    }

    #[test]
    fn as_of_old_the_same_is_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), b"x").unwrap();
        let file = std::fs::File::open(dir.path().join("a")).unwrap();
        let (kind, new, mount) = look(file.as_fd(), b"", 5).unwrap();
        let (kind_of_old, old, mount_of_old) = look_as_of_old(file.as_fd(), b"", 5).unwrap();
        assert_eq!(
            (kind, new, mount.device),
            (kind_of_old, old, mount_of_old.device)
        );
    }

    /// Needs the rights to mount; without them there is nothing to see.
    #[test]
    fn what_is_mounted_over_a_name_is_asked_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["over", "other"] {
            std::fs::write(path(name), b"x").unwrap();
        }
        let runs = |program: &str, args: &[&std::ffi::OsStr]| {
            let done = std::process::Command::new(program).args(args).output();
            done.is_ok_and(|o| o.status.success())
        };
        std::fs::create_dir(path("ram")).unwrap();
        let (ram, over) = (path("ram"), path("over"));
        let tmpfs = ["-t", "tmpfs", "none"].map(std::ffi::OsStr::new);
        if !runs("mount", &[&tmpfs[..], &[ram.as_os_str()]].concat()) {
            return;
        }
        let inside = ram.join("a");
        std::fs::write(&inside, b"y").unwrap();
        let bind = std::ffi::OsStr::new("--bind");
        if runs("mount", &[bind, inside.as_os_str(), over.as_os_str()]) {
            // Nothing is known of the file system beforehand, in a thread of its own.
            let (a, b) = (inside.clone(), over.clone());
            let seen = std::thread::spawn(move || {
                let first = volume_of(&b);
                (first, volume_of(&a), volume_of(&a.with_file_name("a")))
            });
            let (first, second, third) = seen.join().unwrap();
            assert!(runs("umount", &[over.as_os_str()]));
            assert!(first != 0 && first == second && second == third);
            assert_ne!(first, volume_of(&path("other")));
        }
        assert!(runs("umount", &[ram.as_os_str()]));
    }
}
