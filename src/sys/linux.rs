//! Linux, through rustix: descriptors, `getdents64`, `openat`.

use super::{Inode, Kind};
use crate::model::Attributes;
use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, SeekFrom, fstat, fsync, linkat,
        mkdirat, openat, renameat, renameat_with, seek, statat, statvfs, unlinkat,
    },
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};
use std::{
    cell::RefCell,
    fs::File,
    io,
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::Path,
    time::Duration,
};

/// Room for names of one `getdents64` call; a folder of 1,000 short names fits in one.
const LISTING: usize = 64 << 10;

thread_local! {
    // Kept for the thread: touching 64 KiB of new memory costs more than a small folder's listing.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(LISTING));
}

/// An open folder.
#[derive(Debug)]
pub struct Folder(pub(super) OwnedFd);

/// A name of one component: what is opened by name is in the folder and nowhere else.
pub(super) fn checked(name: &[u8]) -> io::Result<&[u8]> {
    if matches!(name, b"" | b"." | b"..") || name.iter().any(|b| matches!(b, b'/' | 0)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(name)
}

fn kind_of(kind: FileType) -> Option<Kind> {
    Some(match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        FileType::Unknown => return None,
        _ => Kind::Special,
    })
}

impl Folder {
    /// Opens by path; links on the way and at the end are followed, as the user gave it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(openat(CWD, path, flags, Mode::empty())?))
    }

    /// Opens a folder in it; a link is an error.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for a name of more or less than one component.
    pub fn folder(&self, name: &[u8]) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(openat(&self.0, checked(name)?, flags, Mode::empty())?))
    }

    /// Opens the folder above it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn parent(&self) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(openat(&self.0, "..", flags, Mode::empty())?))
    }

    /// Opens a file in it for reading. A link is an error; a FIFO does not block; a terminal does
    /// not become the process's own.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for a name of more or less than one component.
    pub fn file(&self, name: &[u8]) -> io::Result<File> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let name = checked(name)?;
        Ok(openat(&self.0, name, flags, Mode::empty()).map(File::from)?)
    }

    /// What a name in it is, links not followed: one `fstatat`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn kind(&self, name: &[u8]) -> io::Result<Kind> {
        let stat = statat(&self.0, checked(name)?, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(kind_of(FileType::from_raw_mode(stat.st_mode)).unwrap_or(Kind::Special))
    }

    /// What the file system says of a regular file in it, links not followed: one `statx`. `None` when it
    /// is something else.
    ///
    /// # Errors
    /// Those of the system.
    pub fn attributes(&self, name: &[u8], seen: i64) -> io::Result<Option<Attributes>> {
        super::volume::attributes(&self.0, checked(name)?, seen)
    }

    /// Which folder it is: one `fstat`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn inode(&self) -> io::Result<Inode> {
        let stat = fstat(&self.0)?;
        Ok(Inode {
            device: stat.st_dev,
            inode: stat.st_ino,
        })
    }

    /// Gives every name in it but `.` and `..`, in the system's order, with its kind when the file
    /// system says it without a stat.
    ///
    /// # Errors
    /// Those of the system; names given before stand.
    pub fn list(&self, each: &mut dyn FnMut(&[u8], Option<Kind>)) -> io::Result<()> {
        seek(&self.0, SeekFrom::Start(0))?;
        BUFFER.with(|buffer| {
            // A listing inside `each` would find it borrowed; it gets a buffer of its own.
            let mut own = Vec::new();
            let mut kept = buffer.try_borrow_mut();
            let buf = kept.as_deref_mut().unwrap_or(&mut own);
            buf.reserve(LISTING);
            list_into(&self.0, buf.spare_capacity_mut(), each)
        })
    }

    /// Makes a new empty file in it, for reading and writing, readable by the owner alone.
    ///
    /// # Errors
    /// Those of the system; `AlreadyExists` when the name is taken, be it by a broken link.
    pub fn create(&self, name: &[u8]) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(openat(&self.0, checked(name)?, flags, mode).map(File::from)?)
    }

    /// Makes a folder in it, for the owner alone.
    ///
    /// # Errors
    /// Those of the system; `AlreadyExists` when the name is taken.
    pub fn create_folder(&self, name: &[u8]) -> io::Result<()> {
        Ok(mkdirat(&self.0, checked(name)?, Mode::RWXU)?)
    }

    /// Removes a name in it that is not a folder.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove(&self, name: &[u8]) -> io::Result<()> {
        Ok(unlinkat(&self.0, checked(name)?, AtFlags::empty())?)
    }

    /// Renames within it, never onto something.
    ///
    /// # Errors
    /// `AlreadyExists` when the new name is taken; those of the system.
    pub fn rename_new(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        let (from, to) = (checked(from)?, checked(to)?);
        let no_flag = |e| matches!(e, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP);
        match renameat_with(&self.0, from, &self.0, to, RenameFlags::NOREPLACE) {
            Err(e) if no_flag(e) => {}
            done => return Ok(done?),
        }
        // NFS knows no such flag; a second link is as good.
        match linkat(&self.0, from, &self.0, to, AtFlags::empty()) {
            Ok(()) => return Ok(unlinkat(&self.0, from, AtFlags::empty())?),
            Err(e) if no_flag(e) || e == Errno::PERM => {}
            Err(e) => return Err(e.into()),
        }
        // Neither: looking first leaves a moment in which another program could make the name.
        match statat(&self.0, to, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(renameat(&self.0, from, &self.0, to)?),
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes its names through to the disk.
    ///
    /// # Errors
    /// Those of the system, but for file systems that cannot sync a folder.
    pub fn sync(&self) -> io::Result<()> {
        match fsync(&self.0) {
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
            done => Ok(done?),
        }
    }
}

/// The number has other widths on other processors.
pub(super) fn links(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(u64::MAX)
}

fn list_into(
    fd: &OwnedFd,
    buf: &mut [MaybeUninit<u8>],
    each: &mut dyn FnMut(&[u8], Option<Kind>),
) -> io::Result<()> {
    let mut entries = RawDir::new(fd, buf);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => match entry.file_name().to_bytes() {
                b"." | b".." => {}
                name => each(name, kind_of(entry.file_type())),
            },
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// Processor time that the calling thread has used.
pub fn now_of_thread() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

/// Lets other processes go first: adds to the process's nice value, up to 19.
///
/// # Errors
/// Those of the system.
pub fn be_nice(by: u8) -> io::Result<()> {
    Ok(rustix::process::nice(i32::from(by.min(19))).map(drop)?)
}

/// Stops the process until somebody has it go on.
///
/// # Errors
/// Those of the system.
pub fn stop_here() -> io::Result<()> {
    let own = rustix::process::getpid();
    Ok(rustix::process::kill_process(
        own,
        rustix::process::Signal::STOP,
    )?)
}

/// Number of the user that the process acts as.
pub fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// The most memory that the process ever had resident, in bytes; `None` when `/proc` is missing.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Reads some bytes at `offset` without moving the file's position.
///
/// # Errors
/// Those of the system.
pub fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buf, offset)
}

/// Bytes that an ordinary user may still write on the file system of a path.
///
/// # Errors
/// Those of the system.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let stat = statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Lifts the number of files that may be open at once as far as the system allows, and says it.
pub fn lift_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum || (limit.current.is_some() && limit.maximum.is_none()) {
        let wanted = Rlimit {
            // Without a bound some systems refuse; a million is plenty.
            current: Some(limit.maximum.unwrap_or(1 << 20)),
            maximum: limit.maximum,
        };
        // A refusal leaves the old limit, which is then what counts.
        let _ = setrlimit(Resource::Nofile, wanted);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_folders_are_listed_in_many_calls() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..5_000 {
            File::create(dir.path().join(format!("{i:0200}"))).unwrap();
        }
        let folder = Folder::open(dir.path()).unwrap();
        let mut n = 0;
        folder.list(&mut |_, _| n += 1).unwrap();
        assert_eq!(n, 5_000);
    }

    #[test]
    fn a_listing_may_list() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        File::create(dir.path().join("a/b")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let mut inner = Vec::new();
        folder
            .list(&mut |name, _| {
                let below = folder.folder(name).unwrap();
                below.list(&mut |n, _| inner.push(n.to_vec())).unwrap();
            })
            .unwrap();
        assert_eq!(inner, [b"b"]);
    }
}
