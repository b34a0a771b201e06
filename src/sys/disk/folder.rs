//! What erasing does with folders: into and out of quarantine, never over something, never out of the root.

use super::Space;
use super::linux;
use crate::sys::{
    Facts, Inode, InodeFlags,
    linux::{Folder, checked},
};
use rustix::{
    fs::{
        AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags, ResolveFlags, flock, fsync,
        openat, openat2, renameat_with, statat, statfs, syncfs, unlinkat,
    },
    io::Errno,
};
use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd},
};

/// What a path must not do on the way.
const WAY: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Folder {
    /// Opens a folder below by a path of several components: no link on the way, no `..` out of it, no
    /// other file system. An empty path is the folder itself.
    ///
    /// # Errors
    /// `FilesystemLoop` for a link, `CrossesDevices` for a mount or a way out; those of the system. On
    /// kernels before 5.6 the components are opened one by one.
    pub fn beneath(&self, path: &[u8]) -> io::Result<Self> {
        let path = if path.is_empty() { b"." } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        match openat2(&self.0, path, flags, Mode::empty(), WAY) {
            Err(Errno::NOSYS) => {}
            other => return Ok(Self(other?)),
        }
        let device = self.inode()?.device;
        let mut at = Self(openat(&self.0, ".", flags, Mode::empty())?);
        for name in path.split(|&b| b == b'/').filter(|n| *n != b".") {
            at = at.folder(name)?;
            if at.inode()?.device != device {
                return Err(Errno::XDEV.into());
            }
        }
        Ok(at)
    }

    /// Opens a file in it to be overwritten. A link is an error; a FIFO does not block; a mount over the
    /// name is one too.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for a name of more or less than one component.
    pub fn open_to_overwrite(&self, name: &[u8]) -> io::Result<File> {
        self.opened(name, OFlags::RDWR)
    }

    /// Opens a file in it to be looked at, as [`Folder::open_to_overwrite`] does.
    ///
    /// # Errors
    /// As there.
    pub fn open_to_look(&self, name: &[u8]) -> io::Result<File> {
        self.opened(name, OFlags::RDONLY)
    }

    fn opened(&self, name: &[u8], how: OFlags) -> io::Result<File> {
        let name = checked(name)?;
        let flags = how | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        match openat2(&self.0, name, flags, Mode::empty(), WAY) {
            Err(Errno::NOSYS) => Ok(File::from(openat(&self.0, name, flags, Mode::empty())?)),
            other => Ok(File::from(other?)),
        }
    }

    /// Flags of its inode; `None` where the file system has none.
    pub fn flags(&self) -> Option<InodeFlags> {
        let flags = rustix::fs::ioctl_getflags(&self.0).ok()?;
        Some(InodeFlags(flags.bits()))
    }

    /// What it is itself.
    ///
    /// # Errors
    /// Those of the system.
    pub fn facts(&self) -> io::Result<Facts> {
        linux::facts(&self.0)
    }

    /// Which file a name in it is, links not followed; `None` when there is none.
    ///
    /// # Errors
    /// Those of the system.
    pub fn inode_of(&self, name: &[u8]) -> io::Result<Option<Inode>> {
        match statat(&self.0, checked(name)?, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Inode {
                device: stat.st_dev,
                inode: stat.st_ino,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Moves a name into another folder of the same file system, never onto something.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken there; `CrossesDevices`; those of the system.
    pub fn move_new(&self, from: &[u8], folder: &Self, to: &[u8]) -> io::Result<()> {
        let (from, to) = (checked(from)?, checked(to)?);
        match renameat_with(&self.0, from, &folder.0, to, RenameFlags::NOREPLACE) {
            // FUSE file systems without the flag: looking first leaves a moment for another program.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            other => return Ok(other?),
        }
        match statat(&folder.0, to, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(rustix::fs::renameat(&self.0, from, &folder.0, to)?),
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes an empty folder in it.
    ///
    /// # Errors
    /// `DirectoryNotEmpty`; those of the system.
    pub fn remove_folder(&self, name: &[u8]) -> io::Result<()> {
        Ok(unlinkat(&self.0, checked(name)?, AtFlags::REMOVEDIR)?)
    }

    /// Keeps others out that ask too, until it is closed. `Ok(false)` when one is in already.
    ///
    /// # Errors
    /// Those of the system.
    pub fn lock(&self) -> io::Result<bool> {
        match flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            // Some file systems have no such locks.
            Ok(()) | Err(Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes all that the system holds for its file system through to the disk.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync_volume(&self) -> io::Result<()> {
        Ok(syncfs(&self.0)?)
    }

    /// As [`Folder::sync`], with failure where a folder cannot be synced.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync_strictly(&self) -> io::Result<()> {
        Ok(fsync(&self.0)?)
    }

    /// Writes all that the journal of its ext4 file system holds to its place and fills the journal with
    /// zeros.
    ///
    /// # Errors
    /// `PermissionDenied` without `CAP_SYS_ADMIN`; `Unsupported` on other file systems, without a journal
    /// and before Linux 5.14; those of the system.
    pub fn checkpoint(&self) -> io::Result<()> {
        linux::checkpoint(&self.0)
    }

    /// Tells the device which blocks of its file system are free; how many bytes.
    ///
    /// # Errors
    /// `Unsupported`; those of the system.
    pub fn trim(&self) -> io::Result<u64> {
        linux::trim(&self.0)
    }

    /// Makes a file in it that has no name, so that its space is free again when it is closed, however that comes
    /// about. Where the file system has no such files it has a name for a moment.
    ///
    /// # Errors
    /// Those of the system.
    pub fn unnamed(&self) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
        match openat(&self.0, ".", flags, Mode::RUSR | Mode::WUSR) {
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOSYS) => {}
            other => return Ok(File::from(other?)),
        }
        let name = format!(".inkout-fill-{}", std::process::id());
        let file = self.create(name.as_bytes())?;
        self.remove(name.as_bytes())?;
        Ok(file)
    }

    /// Room on its file system.
    ///
    /// # Errors
    /// Those of the system.
    pub fn space(&self) -> io::Result<Space> {
        let stat = rustix::fs::fstatvfs(&self.0)?;
        Ok(Space {
            size: stat.f_blocks.saturating_mul(stat.f_frsize),
            free: stat.f_bfree.saturating_mul(stat.f_frsize),
            available: stat.f_bavail.saturating_mul(stat.f_frsize),
        })
    }

    /// Bytes that an ordinary user may still write on its file system.
    ///
    /// # Errors
    /// Those of the system.
    pub fn free(&self) -> io::Result<u64> {
        let stat = rustix::fs::fstatvfs(&self.0)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// `statfs` type of the file system that a path is on. The path is not opened for writing, so an overlay
/// does not copy the file up.
///
/// # Errors
/// Those of the system.
pub(super) fn magic(path: &std::path::Path) -> io::Result<u64> {
    let stat = statfs(path)?;
    Ok(u64::try_from(stat.f_type).unwrap_or(0))
}

/// Opens whatever a path is, for asking only.
///
/// # Errors
/// Those of the system.
pub(super) fn handle(path: &std::path::Path) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    Ok(File::from(openat(CWD, path, flags, Mode::empty())?))
}
