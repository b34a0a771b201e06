//! Which file system a file lies on, so that another one mounted in its place is not taken for it.

use rustix::fs::{StatVfs, StatVfsMountFlags, fstatfs, fstatvfs};
use std::{cell::Cell, os::fd::AsFd};

/// Types whose identity is a number written in the file system itself (statfs(2)): ext2 to ext4, btrfs, zfs.
const NUMBERED: [u64; 3] = [0xEF53, 0x9123_683E, 0x2FC1_2FC1];

thread_local! {
    /// The device asked for last, and its answer: files of one file system come one after another.
    static LAST: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Number of the file system that an open file or folder lies on, whose device is known. See
/// [`crate::model::Attributes::volume`].
pub(super) fn volume(device: u64, file: impl AsFd) -> u64 {
    let (last, known) = LAST.get();
    if last == device && known != 0 {
        return known;
    }
    let kind = fstatfs(&file).map_or(0, |s| u64::try_from(s.f_type).unwrap_or(0));
    let number = fstatvfs(&file).map_or(0, |stat| of(device, kind, &stat));
    LAST.set((device, number));
    number
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

    #[test]
    fn folders_of_other_file_systems_are_told_apart() {
        let here = std::fs::File::open("/").unwrap();
        let there = std::fs::File::open("/proc").unwrap();
        let (a, b) = (volume(1, &here), volume(2, &there));
        assert!(a != 0 && b != 0 && a != b);
        assert_eq!(volume(1, &here), a);
    }
}
