//! Other systems: the standard library and paths. What has no portable call is left out and said.

use super::{Inode, Kind, inode_of};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A folder, by its path.
#[derive(Debug)]
pub struct Folder(pub(super) PathBuf);

fn kind_of(kind: fs::FileType) -> Kind {
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Special
    }
}

impl Folder {
    /// Opens by path; links are followed, as the user gave it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            Ok(Self(path.canonicalize()?))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    fn join(&self, name: &[u8]) -> io::Result<PathBuf> {
        let bad = matches!(name, b"" | b"." | b"..")
            || name.iter().any(|b| matches!(b, b'/' | b'\\' | 0));
        let text = std::str::from_utf8(name).ok().filter(|_| !bad);
        text.map(|t| self.0.join(t))
            .ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    /// Opens a folder in it; a link is an error.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for a name of more or less than one component.
    pub fn folder(&self, name: &[u8]) -> io::Result<Self> {
        let path = self.join(name)?;
        if fs::symlink_metadata(&path)?.is_dir() {
            Ok(Self(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// The folder above it.
    ///
    /// # Errors
    /// `NotFound` at the top.
    pub fn parent(&self) -> io::Result<Self> {
        let parent = self.0.parent().ok_or(io::ErrorKind::NotFound)?;
        Ok(Self(parent.to_path_buf()))
    }

    /// Opens a file in it for reading; anything but a regular file is an error.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for a name of more or less than one component.
    pub fn file(&self, name: &[u8]) -> io::Result<File> {
        let path = self.join(name)?;
        if fs::symlink_metadata(&path)?.is_file() {
            File::open(path)
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }

    /// What a name in it is, links not followed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn kind(&self, name: &[u8]) -> io::Result<Kind> {
        Ok(kind_of(fs::symlink_metadata(self.join(name)?)?.file_type()))
    }

    /// What the file system says of a regular file in it, links not followed. `None` when it is something
    /// else.
    ///
    /// # Errors
    /// Those of the system.
    pub fn attributes(
        &self,
        name: &[u8],
        seen: i64,
    ) -> io::Result<Option<crate::model::Attributes>> {
        let meta = fs::symlink_metadata(self.join(name)?)?;
        Ok(meta.is_file().then(|| super::attributes_of(&meta, seen)))
    }

    /// Which folder it is, as far as the system tells.
    ///
    /// # Errors
    /// Those of the system.
    pub fn inode(&self) -> io::Result<Inode> {
        let meta = fs::metadata(&self.0)?;
        if cfg!(unix) {
            return Ok(inode_of(&meta));
        }
        // No number: the path itself, which is canonical, is the identity.
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        Ok(Inode {
            device: 0,
            inode: hasher.finish(),
        })
    }

    /// Gives every name in it with its kind, in the system's order.
    ///
    /// # Errors
    /// Those of the system.
    pub fn list(&self, each: &mut dyn FnMut(&[u8], Option<Kind>)) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let kind = entry.file_type().ok().map(kind_of);
            each(entry.file_name().as_encoded_bytes(), kind);
        }
        Ok(())
    }

    /// Makes a new empty file in it, for reading and writing.
    ///
    /// # Errors
    /// Those of the system; `AlreadyExists` when the name is taken.
    pub fn create(&self, name: &[u8]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.join(name)?)
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// Those of the system; `AlreadyExists` when the name is taken.
    pub fn create_folder(&self, name: &[u8]) -> io::Result<()> {
        fs::create_dir(self.join(name)?)
    }

    /// Removes a file in it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove(&self, name: &[u8]) -> io::Result<()> {
        fs::remove_file(self.join(name)?)
    }

    /// Renames within it, never onto something (looking first: another program could come between).
    ///
    /// # Errors
    /// `AlreadyExists` when the new name is taken; those of the system.
    pub fn rename_new(&self, from: &[u8], to: &[u8]) -> io::Result<()> {
        let (from, to) = (self.join(from)?, self.join(to)?);
        if fs::symlink_metadata(&to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)
    }

    /// Writes its names through to the disk, where the system can.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(&self.0)?.sync_all()
        } else {
            Ok(())
        }
    }
}

thread_local! {
    static START: Instant = Instant::now();
}

/// Time since the thread first asked: the standard library has no processor time of a thread.
pub fn now_of_thread() -> Duration {
    START.with(Instant::elapsed)
}

/// Nothing: the system's own scheduler settings are to be used.
///
/// # Errors
/// None.
pub fn stop_here() -> io::Result<()> {
    Ok(())
}

/// Nothing to be done here.
pub fn be_nice(_: u8) -> io::Result<()> {
    Ok(())
}

/// Not known.
pub fn user() -> Option<u32> {
    None
}

/// Not known.
pub fn peak_memory() -> Option<u64> {
    None
}

/// Reads some bytes at `offset`.
///
/// # Errors
/// Those of the system.
pub fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buf, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buf, offset);
    #[cfg(not(any(unix, windows)))]
    {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = file;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buf)
    }
}

/// Not known: as much as one could want, so that writing is tried and fails by itself.
///
/// # Errors
/// When the path does not exist.
pub fn free_space(path: &Path) -> io::Result<u64> {
    fs::metadata(path).map(|_| u64::MAX)
}

/// Nothing to lift.
pub fn lift_open_files() -> u64 {
    512
}
