//! Calls on one open file. The unsafe ones are three `ioctl`s with structures of the kernel, and `fcntl`
//! for leases, which rustix does not have.
#![allow(
    unsafe_code,
    reason = "FIEMAP, checkpoint and trim are ioctls; leases have no safe wrapper"
)]

use super::{Extent, Facts, InodeFlags};
use crate::sys::{Inode, Kind};
use rustix::{
    fs::{
        Advice, AtFlags, FileType, IFlags, OFlags, SeekFrom, StatxAttributes, StatxFlags,
        XattrFlags, fadvise, fcntl_getfl, fcntl_setfl, fgetxattr, flistxattr, fremovexattr,
        fsetxattr, ftruncate, ioctl_getflags, major, makedev, minor, seek, statx,
    },
    io::Errno,
    ioctl::{Setter, Updater, ioctl},
};
use std::{
    ffi::{c_int, c_uint},
    fs::File,
    io,
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::FileExt,
    },
};

const FS_IOC_FIEMAP: c_uint = 0xC020_660B;
const FIEMAP_FLAG_SYNC: u32 = 1;
const FIEMAP_EXTENT_LAST: u32 = 1;
/// `_IOW('f', 43, __u32)`; since Linux 5.14.
const EXT4_IOC_CHECKPOINT: c_uint = 0x4004_662B;
const EXT4_IOC_CHECKPOINT_FLAG_ZEROOUT: u32 = 2;
/// `_IOWR('X', 121, struct fstrim_range)`.
const FITRIM: c_uint = 0xC018_5879;
const F_SETLEASE: c_int = 1024;
const F_WRLCK: c_int = 1;
const F_UNLCK: c_int = 2;
/// Extents asked for in one call.
const AT_ONCE: usize = 128;

unsafe extern "C" {
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RawExtent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved64: [u64; 2],
    flags: u32,
    reserved: [u32; 3],
}

#[repr(C)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    extents: [RawExtent; AT_ONCE],
}

#[repr(C)]
struct TrimRange {
    start: u64,
    length: u64,
    minimum: u64,
}

fn no_such_call(e: Errno) -> bool {
    matches!(
        e,
        Errno::OPNOTSUPP | Errno::NOTTY | Errno::NOSYS | Errno::INVAL
    )
}

/// Where the bytes of a file lie, in the order of the file, dirty pages written first; `None` when the
/// file system does not say.
///
/// # Errors
/// Those of the system.
pub fn extents(file: &File) -> io::Result<Option<Vec<Extent>>> {
    const NONE: RawExtent = RawExtent {
        logical: 0,
        physical: 0,
        length: 0,
        reserved64: [0; 2],
        flags: 0,
        reserved: [0; 3],
    };
    let mut all: Vec<Extent> = Vec::new();
    loop {
        let start = all.last().map_or(0, |e| e.end());
        let mut map = Box::new(Fiemap {
            start,
            length: u64::MAX - start,
            flags: FIEMAP_FLAG_SYNC,
            mapped: 0,
            count: u32::try_from(AT_ONCE).unwrap_or(0),
            reserved: 0,
            extents: [NONE; AT_ONCE],
        });
        // SAFETY: FS_IOC_FIEMAP takes a pointer to `struct fiemap`, whose layout `Fiemap` has; the kernel
        // writes at most `count` extents behind the header, and the array holds that many. Every bit
        // pattern is valid for its integers.
        let done = unsafe { ioctl(file, Updater::<FS_IOC_FIEMAP, Fiemap>::new(&mut map)) };
        match done {
            Err(e) if no_such_call(e) => return Ok(None),
            other => other?,
        }
        let mapped = map.extents.get(..map.mapped as usize).unwrap_or_default();
        for raw in mapped {
            all.push(Extent {
                logical: raw.logical,
                physical: raw.physical,
                length: raw.length,
                flags: raw.flags & !FIEMAP_EXTENT_LAST,
            });
        }
        let ended = mapped
            .last()
            .is_none_or(|e| e.flags & FIEMAP_EXTENT_LAST != 0 || e.length == 0);
        if ended {
            return Ok(Some(all));
        }
    }
}

/// Writes all that the journal of an ext4 file system holds to its place and fills the journal with
/// zeros. `on` is anything on it that is open.
///
/// # Errors
/// `PermissionDenied` without `CAP_SYS_ADMIN`; `Unsupported` on other file systems, without a journal and
/// before Linux 5.14; those of the system.
pub(super) fn checkpoint(on: impl AsFd) -> io::Result<()> {
    // SAFETY: EXT4_IOC_CHECKPOINT reads one `__u32` through the pointer.
    let done = unsafe {
        ioctl(
            on,
            Setter::<EXT4_IOC_CHECKPOINT, u32>::new(EXT4_IOC_CHECKPOINT_FLAG_ZEROOUT),
        )
    };
    match done {
        Err(Errno::NODEV) => Err(io::ErrorKind::Unsupported.into()),
        Err(e) if no_such_call(e) => Err(io::ErrorKind::Unsupported.into()),
        other => Ok(other?),
    }
}

/// Tells the device which blocks of a file system are free; bytes that it says it was told of.
///
/// # Errors
/// `Unsupported` where there is no such call; those of the system.
pub(super) fn trim(on: impl AsFd) -> io::Result<u64> {
    let mut range = TrimRange {
        start: 0,
        length: u64::MAX,
        minimum: 0,
    };
    // SAFETY: FITRIM reads and writes one `struct fstrim_range`, whose layout `TrimRange` has.
    let done = unsafe { ioctl(on, Updater::<FITRIM, TrimRange>::new(&mut range)) };
    match done {
        Err(e) if no_such_call(e) => Err(io::ErrorKind::Unsupported.into()),
        other => {
            other?;
            Ok(range.length)
        }
    }
}

/// Takes a write lease: nobody else has the file open or mapped, and whoever opens it now waits.
/// `Ok(false)` when somebody has.
///
/// # Errors
/// `PermissionDenied` for a file of another user; those of the system, when the file system has no leases.
pub fn lease(file: &File) -> io::Result<bool> {
    // SAFETY: F_SETLEASE takes an int; the descriptor is open as long as `file` is borrowed.
    let done = unsafe { fcntl(file.as_raw_fd(), F_SETLEASE, F_WRLCK) };
    if done == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::WouldBlock {
        Ok(false)
    } else {
        Err(error)
    }
}

/// Gives a lease back. It falls with the descriptor too.
pub fn release_lease(file: &File) {
    // SAFETY: as in `lease`. A lease that is not there makes an error that changes nothing.
    let _ = unsafe { fcntl(file.as_raw_fd(), F_SETLEASE, F_UNLCK) };
}

/// What a file is: one `statx` of the open file.
///
/// # Errors
/// Those of the system.
pub fn facts(file: impl AsFd) -> io::Result<Facts> {
    let flags = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    let stat = statx(file, "", AtFlags::EMPTY_PATH, flags)?;
    let nanoseconds = |t: rustix::fs::StatxTimestamp| {
        i128::from(t.tv_sec) * 1_000_000_000 + i128::from(t.tv_nsec)
    };
    let has_born = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    let kind = match FileType::from_raw_mode(u32::from(stat.stx_mode)) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Special,
    };
    Ok(Facts {
        inode: Inode {
            device: makedev(stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
        },
        kind,
        links: u64::from(stat.stx_nlink),
        size: stat.stx_size,
        modified: nanoseconds(stat.stx_mtime),
        born: has_born.then(|| nanoseconds(stat.stx_btime)),
        block: u64::from(stat.stx_blksize),
        mode: u32::from(stat.stx_mode) & 0o7777,
        owner: stat.stx_uid,
        locked: stat
            .stx_attributes
            .intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND),
    })
}

/// Major and minor number of a device number.
pub(super) fn split(device: u64) -> (u32, u32) {
    (major(device), minor(device))
}

/// Flags of the inode; `None` where the file system has none.
pub fn inode_flags(file: &File) -> Option<InodeFlags> {
    let flags: IFlags = ioctl_getflags(file).ok()?;
    Some(InodeFlags(flags.bits()))
}

/// Switches between writing past the cache and through it. `Ok(false)` when the file system has no such way.
///
/// # Errors
/// Those of the system.
pub fn direct(file: &File, on: bool) -> io::Result<bool> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, on);
    match fcntl_setfl(file, flags) {
        Err(Errno::INVAL | Errno::OPNOTSUPP) if on => Ok(false),
        other => {
            other?;
            Ok(true)
        }
    }
}

/// Asks the system to forget what it holds of a file in memory. What is not written yet stays.
///
/// # Errors
/// Those of the system.
pub fn discard_cache(file: &File) -> io::Result<()> {
    Ok(fadvise(file, 0, None, Advice::DontNeed)?)
}

/// Writes all bytes at an offset.
///
/// # Errors
/// Those of the system.
pub fn write_full_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Cuts a file to no bytes.
///
/// # Errors
/// Those of the system.
pub fn shrink(file: &File) -> io::Result<()> {
    Ok(ftruncate(file, 0)?)
}

/// Bytes of a file or block device.
///
/// # Errors
/// Those of the system.
pub fn length(file: &File) -> io::Result<u64> {
    let end = seek(file, SeekFrom::End(0))?;
    seek(file, SeekFrom::Start(0))?;
    Ok(end)
}

/// What a call for attributes gives, first into little room, then into as much as it may ever need; `None` where the
/// file system has none.
fn grown(call: &dyn Fn(&mut [u8]) -> Result<usize, Errno>) -> io::Result<Option<Vec<u8>>> {
    for room in [1 << 10, 64 << 10] {
        let mut space = vec![0_u8; room];
        match call(&mut space) {
            Err(Errno::RANGE) if room < 64 << 10 => {}
            Err(e) if no_such_call(e) => return Ok(None),
            other => {
                space.truncate(other?);
                return Ok(Some(space));
            }
        }
    }
    Ok(None)
}

/// Names of the extended attributes of a file; none where the file system has none.
///
/// # Errors
/// Those of the system.
pub fn attribute_names(file: &File) -> io::Result<Vec<Vec<u8>>> {
    let list = grown(&|space| flistxattr(file, space))?;
    let list = list.unwrap_or_default();
    let names = list.split(|&b| b == 0);
    Ok(names
        .filter(|n| !n.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

/// The value of an extended attribute; `None` when there is none of this name.
///
/// # Errors
/// Those of the system.
pub fn read_attribute(file: &File, name: &[u8]) -> io::Result<Option<Vec<u8>>> {
    match grown(&|space| fgetxattr(file, name, space)) {
        Err(e) if e.raw_os_error() == Some(Errno::NODATA.raw_os_error()) => Ok(None),
        other => other,
    }
}

/// Gives an extended attribute that is there a new value.
///
/// # Errors
/// Those of the system.
pub fn set_attribute(file: &File, name: &[u8], value: &[u8]) -> io::Result<()> {
    Ok(fsetxattr(file, name, value, XattrFlags::REPLACE)?)
}

/// Gives a file an extended attribute, be it there already or not.
///
/// # Errors
/// Those of the system.
pub fn add_attribute(file: &File, name: &[u8], value: &[u8]) -> io::Result<()> {
    Ok(fsetxattr(file, name, value, XattrFlags::empty())?)
}

/// Removes an extended attribute.
///
/// # Errors
/// Those of the system.
pub fn remove_attribute(file: &File, name: &[u8]) -> io::Result<()> {
    Ok(fremovexattr(file, name)?)
}
