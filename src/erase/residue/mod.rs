//! Searching raw storage for what should be gone, without having kept it.
//!
//! Before a file is overwritten, stretches of it are chosen and kept as keyed digests only. Afterwards
//! every offset of the device is looked at, so that copies in inodes, records, journals and freed blocks
//! are found wherever they begin. Compressed or encrypted copies are not found, nor what a device keeps
//! behind its addresses.

mod choose;
mod needles;
mod print;
mod search;

pub(super) use choose::Prints;
pub use search::{Found, Searched, scan};

use crate::sys::{self, Mount};
use std::{fs::File, io, path::Path};

/// What identifies the file system that a device or image begins with: its kind and number. Empty when it
/// is none of ext, XFS, btrfs, NTFS and exFAT.
///
/// # Errors
/// Those of the system.
pub fn volume_id(device: &Path) -> io::Result<String> {
    Ok(identify(&head(device)?).unwrap_or_default())
}

fn head(device: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(device)?;
    let mut head = vec![0; 0x1_0080];
    let n = sys::read_full_at(&file, &mut head, 0)?;
    head.truncate(n);
    Ok(head)
}

/// When ext4 last wrote its superblock, in seconds since 1970: at the last unmount, mostly. Standard: `s_wtime` and
/// `s_wtime_hi` of `struct ext4_super_block`.
fn last_written(head: &[u8]) -> Option<i64> {
    if head.get(0x438..0x43A) != Some(&[0x53, 0xEF]) {
        return None;
    }
    let low = u32::from_le_bytes(head.get(0x430..0x434)?.try_into().ok()?);
    let high = *head.get(0x674)?;
    Some(i64::from(high) << 32 | i64::from(low))
}

/// The same for a mount; `None` when its source cannot be read.
pub(super) fn volume_of(mount: &Mount) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        volume_id(Path::new(std::ffi::OsStr::from_bytes(&mount.source))).ok()
    }
    #[cfg(not(unix))]
    {
        let _ = mount;
        None
    }
}

fn identify(head: &[u8]) -> Option<String> {
    let at = |start: usize, n: usize| head.get(start..start + n);
    let id = |kind: &str, start: usize, n: usize| {
        at(start, n).map(|b| format!("{kind}:{}", crate::digest::hex(b)))
    };
    if at(0x438, 2) == Some(&[0x53, 0xEF]) {
        id("ext", 0x468, 16)
    } else if at(0, 4) == Some(b"XFSB") {
        id("xfs", 32, 16)
    } else if at(0x1_0040, 8) == Some(b"_BHRfS_M") {
        id("btrfs", 0x1_0020, 16)
    } else if at(3, 8) == Some(b"NTFS    ") {
        id("ntfs", 0x48, 8)
    } else if at(3, 8) == Some(b"EXFAT   ") {
        id("exfat", 0x64, 4)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
