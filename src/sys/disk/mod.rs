//! What erasing asks of the system: where a file's bytes lie, who else has it open, what kind of disk is
//! below, and the few calls that change more than content.
//!
//! Linux only. The portable twin refuses everything with `Unsupported`, so that nothing is erased where
//! nothing can be proved.

#[cfg(target_os = "linux")]
mod folder;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod volume;

#[cfg(target_os = "linux")]
pub use linux::{
    add_attribute, attribute_names, direct, discard_cache, extents, facts, inode_flags, lease,
    length, read_attribute, release_lease, remove_attribute, set_attribute, shrink, write_full_at,
};
#[cfg(not(target_os = "linux"))]
pub use portable::{
    Caught, add_attribute, attribute_names, break_signals, can_administer, catch_signals, device,
    direct, discard_cache, extents, facts, inode_flags, interrupted, is_elsewhere_open,
    is_swap_clear, kernel, lease, length, mount, read_attribute, release_lease, remove_attribute,
    reserve_clusters, reserved_clusters, set_attribute, shrink, write_full_at,
};
#[cfg(target_os = "linux")]
pub use process::{
    Caught, break_signals, can_administer, catch_signals, interrupted, is_elsewhere_open,
};
#[cfg(target_os = "linux")]
pub use volume::{device, is_swap_clear, kernel, mount, reserve_clusters, reserved_clusters};

use super::{Inode, Kind};

/// What a file is at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Which file.
    pub inode: Inode,
    /// Regular file, folder or other.
    pub kind: Kind,
    /// Names that the file has.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content, in nanoseconds since 1970.
    pub modified: i128,
    /// Time when the file was made, in nanoseconds since 1970, where the file system keeps it.
    pub born: Option<i128>,
    /// Bytes that the file system gives out at once.
    pub block: u64,
    /// Permission bits.
    pub mode: u32,
    /// User that owns it.
    pub owner: u32,
    /// It can't be changed, or can only grow (`chattr +i`, `+a`).
    pub locked: bool,
}

/// Room on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Space {
    /// All of it.
    pub size: u64,
    /// What nobody has.
    pub free: u64,
    /// What ordinary users may take of that.
    pub available: u64,
}

/// A stretch of a file and where it lies. Standard: Linux `fiemap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Offset in the file, in bytes.
    pub logical: u64,
    /// Offset on the device, in bytes.
    pub physical: u64,
    /// Length in bytes.
    pub length: u64,
    /// `FIEMAP_EXTENT_*`.
    pub flags: u32,
}

impl Extent {
    const UNKNOWN: u32 = 0x2;
    const DELAYED: u32 = 0x4;
    const ENCODED: u32 = 0x8;
    const ENCRYPTED: u32 = 0x80;
    const UNALIGNED: u32 = 0x100;
    const INLINE: u32 = 0x200;
    const TAIL: u32 = 0x400;
    const UNWRITTEN: u32 = 0x800;
    const SHARED: u32 = 0x2000;

    fn has(self, flags: u32) -> bool {
        self.flags & flags != 0
    }

    /// The system does not say where it lies.
    pub fn is_unknown(self) -> bool {
        self.has(Self::UNKNOWN | Self::DELAYED)
    }

    /// Compressed or encrypted.
    pub fn is_encoded(self) -> bool {
        self.has(Self::ENCODED | Self::ENCRYPTED)
    }

    /// Within the metadata, beside other data.
    pub fn is_inline(self) -> bool {
        self.has(Self::INLINE | Self::TAIL | Self::UNALIGNED)
    }

    /// Given out, not written: reads as zeros, may hold anything.
    pub fn is_unwritten(self) -> bool {
        self.has(Self::UNWRITTEN)
    }

    /// Also part of another file or of a snapshot.
    pub fn is_shared(self) -> bool {
        self.has(Self::SHARED)
    }

    /// The offset after its last byte.
    pub fn end(self) -> u64 {
        self.logical.saturating_add(self.length)
    }
}

/// `FS_*_FL` flags of an inode. Standard: Linux `ioctl_iflags(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InodeFlags(pub u32);

impl InodeFlags {
    /// Compressed by the file system.
    pub fn is_compressed(self) -> bool {
        self.0 & 0x4 != 0
    }

    /// Can't be changed, or only grow.
    pub fn is_locked(self) -> bool {
        self.0 & (0x10 | 0x20) != 0
    }

    /// Encrypted by the file system.
    pub fn is_encrypted(self) -> bool {
        self.0 & 0x800 != 0
    }

    /// Its content goes through the journal.
    pub fn is_data_journalled(self) -> bool {
        self.0 & 0x4000 != 0
    }

    /// btrfs writes it in place.
    pub fn is_in_place(self) -> bool {
        self.0 & 0x0080_0000 != 0
    }

    /// Its content is in the inode.
    pub fn is_inline(self) -> bool {
        self.0 & 0x1000_0000 != 0
    }
}

/// A mounted file system, as `/proc/self/mountinfo` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mount {
    /// Device number as the kernel shows it: major, minor.
    pub device: (u32, u32),
    /// Where it is mounted.
    pub point: Vec<u8>,
    /// Its type: `ext4`, `fuseblk`, `fuse.sshfs`.
    pub fs: String,
    /// What is mounted: mostly a device.
    pub source: Vec<u8>,
    /// Options of the mount and of the file system, comma between.
    pub options: String,
    /// `statfs` type.
    pub magic: u64,
    /// Whether it has a journal, where that can be told.
    pub journal: Option<bool>,
}

impl Mount {
    /// Whether an option is set: `discard`, `data=journal`.
    pub fn has(&self, option: &str) -> bool {
        self.options.split(',').any(|o| o == option)
    }

    /// Whether an option begins so: `compress`.
    pub fn has_prefix(&self, option: &str) -> bool {
        self.options.split(',').any(|o| o.starts_with(option))
    }
}

/// What is known of the disk below a file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Kernel names of the disks at the bottom: `sda`, `nvme0n1`.
    pub disks: Vec<String>,
    /// Whether any of them turns, all of them do, or it is not known.
    pub rotational: Option<bool>,
    /// One of them is made by software: loop, virtio, a hypervisor's disk.
    pub is_virtual: bool,
    /// It takes discards.
    pub discards: bool,
    /// A block device between keeps old versions: LVM snapshot or thin pool.
    pub keeps_versions: bool,
    /// Make and model, where the system tells.
    pub model: String,
    /// Serial number, where the system tells.
    pub serial: String,
    /// Size in bytes, where known.
    pub bytes: u64,
}

/// A buffer that begins where a disk can read and write without a copy.
pub struct Aligned {
    all: Vec<u8>,
    start: usize,
    length: usize,
}

impl std::fmt::Debug for Aligned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aligned(..)")
    }
}

impl Aligned {
    /// Alignment in bytes: that of the largest blocks disks have.
    pub const TO: usize = 4096;

    /// A buffer of zeros of this many bytes.
    pub fn new(length: usize) -> Self {
        let all = vec![0; length + Self::TO];
        let start = match all.as_ptr().align_offset(Self::TO) {
            // The trait allows "cannot say"; then the buffer works without `O_DIRECT` only.
            usize::MAX => 0,
            start => start.min(Self::TO),
        };
        Self { all, start, length }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.all
            .get(self.start..self.start + self.length)
            .unwrap_or_default()
    }

    /// The bytes, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let end = self.start + self.length;
        self.all.get_mut(self.start..end).unwrap_or_default()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
