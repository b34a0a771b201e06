//! Files and folders of boxes, written whole or not at all.

use super::ContainerError;
use crate::sys::{self, Folder};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Told before each step that a crash could come after. Tests stop the program there.
pub type Step<'a> = &'a dyn Fn(&'static str);

/// Makes a folder for the owner alone, and those above it.
///
/// # Errors
/// Those of the system.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A new empty file for the owner alone.
///
/// # Errors
/// Those of the system; `AlreadyExists` when there is one.
pub fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a new file through to the disk.
///
/// # Errors
/// Those of the system; `AlreadyExists` when there is one.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(bytes)?;
    sys::sync_file(&file)
}

/// Writes a file beside its place, through to the disk, and gives it its name; there must be none of that
/// name. What a crash leaves has a name that ends in `.part`.
///
/// # Errors
/// `Exists` when there is one; those of the system.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ContainerError> {
    write_as(path, bytes, Old::Refuse)
}

/// As [`write_new`], in the place of the file that has the name.
///
/// # Errors
/// Those of the system.
pub fn write_over(path: &Path, bytes: &[u8]) -> Result<(), ContainerError> {
    write_as(path, bytes, Old::Replace)
}

/// What becomes of a file that has the name already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Old {
    Refuse,
    Replace,
}

fn write_as(path: &Path, bytes: &[u8], old: Old) -> Result<(), ContainerError> {
    let failed = ContainerError::io("write a file");
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    make_folder(folder).map_err(&failed)?;
    let mut part = name.to_os_string();
    part.push(".part");
    let beside = folder.join(&part);
    // Of a run that was interrupted: it is not the file, and nobody reads it.
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    put(&beside, bytes).map_err(&failed)?;
    let open = Folder::open(folder).map_err(&failed)?;
    if old == Old::Replace {
        fs::rename(&beside, path).map_err(&failed)?;
        return open.sync().map_err(&failed);
    }
    match open.rename_new(part.as_bytes(), name.as_bytes()) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let _ = fs::remove_file(&beside);
            return Err(ContainerError::Exists);
        }
        done => done.map_err(&failed)?,
    }
    open.sync().map_err(&failed)
}

/// The two folders in which a package grows beside its place: `work` for copies, `boxed` for what becomes
/// the package. They bear the plan's id, so that the next run of the same plan finds and clears what a
/// crash left. Dropped, both are taken away.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    name: String,
    cleared: bool,
    _lock: File,
}

impl Staging {
    /// Takes the output folder for a plan, making it when it is not there, and clears what interrupted runs
    /// left, of this plan or of another one. `id` is a part of file names.
    ///
    /// # Errors
    /// `InUse` when another run has it; those of the system.
    pub fn begin(out: &Path, id: &str) -> Result<Self, ContainerError> {
        let failed = ContainerError::io("make the output folder");
        make_folder(out).map_err(&failed)?;
        let name = format!(".inkout-{id}");
        let lock_path = out.join(format!("{name}.lock"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(lock_path).map_err(&failed)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(ContainerError::InUse),
            // Some network file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut new = Self {
            out: out.to_path_buf(),
            name,
            cleared: false,
            _lock: lock,
        };
        new.cleared = new.clear_own()? | new.clear_others()?;
        make_folder(&new.work()).map_err(&failed)?;
        make_folder(&new.boxed()).map_err(&failed)?;
        Ok(new)
    }

    /// Where copies are made.
    pub fn work(&self) -> PathBuf {
        self.out.join(format!("{}.part", self.name))
    }

    /// What becomes the package.
    pub fn boxed(&self) -> PathBuf {
        self.out.join(format!("{}.box", self.name))
    }

    /// Empties the folder that becomes the package.
    ///
    /// # Errors
    /// Those of the system.
    pub fn empty(&self) -> Result<(), ContainerError> {
        self.clear(&self.boxed())?;
        make_folder(&self.boxed()).map_err(ContainerError::io("make the output folder"))
    }

    /// Whether an interrupted run had left copies, which were taken away when this began.
    pub fn cleared(&self) -> bool {
        self.cleared
    }

    fn clear_own(&self) -> Result<bool, ContainerError> {
        Ok(self.clear(&self.work())? | self.clear(&self.boxed())?)
    }

    /// Takes away what killed runs of other plans left, which nobody may ever run again: their lock is free.
    /// Where there are no locks nobody knows, and it stays.
    fn clear_others(&self) -> Result<bool, ContainerError> {
        let failed = ContainerError::io("clear an unfinished package");
        let mut cleared = false;
        for entry in fs::read_dir(&self.out).map_err(&failed)? {
            let name = entry.map_err(&failed)?.file_name();
            let name = name.to_str().and_then(|n| n.strip_suffix(".lock"));
            let Some(name) = name.filter(|n| n.starts_with(".inkout-") && **n != self.name) else {
                continue;
            };
            let path = self.out.join(format!("{name}.lock"));
            // Gone meanwhile: its run has ended as it should.
            let Ok(lock) = File::open(&path) else {
                continue;
            };
            if lock.try_lock().is_err() {
                continue;
            }
            let other = Self {
                out: self.out.clone(),
                name: name.to_owned(),
                cleared: false,
                _lock: lock,
            };
            cleared |= other.clear_own()?;
        }
        Ok(cleared)
    }

    /// Whether there was something.
    #[expect(clippy::unused_self, reason = "only folders of a staging are cleared")]
    fn clear(&self, folder: &Path) -> Result<bool, ContainerError> {
        let held = fs::read_dir(folder).is_ok_and(|mut d| d.next().is_some());
        match fs::remove_dir_all(folder) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(ContainerError::io("clear an unfinished package")(e))
            }
            _ => Ok(held),
        }
    }

    /// Takes the copies away, writes the package's folder through to the disk, and gives it its name.
    ///
    /// # Errors
    /// `Exists` when the name is taken; those of the system.
    pub fn publish(&self, name: &str) -> Result<PathBuf, ContainerError> {
        let failed = ContainerError::io("name the package");
        self.clear(&self.work())?;
        sync_tree(&self.boxed()).map_err(&failed)?;
        let out = Folder::open(&self.out).map_err(&failed)?;
        let from = format!("{}.box", self.name);
        match out.rename_new(from.as_bytes(), name.as_bytes()) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ContainerError::Exists);
            }
            done => done.map_err(&failed)?,
        }
        out.sync().map_err(&failed)?;
        Ok(self.out.join(name))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be taken away now is taken away by the next run.
        let _ = self.clear(&self.work());
        let _ = self.clear(&self.boxed());
        let _ = fs::remove_file(self.out.join(format!("{}.lock", self.name)));
    }
}

/// Writes the names in a folder, and in all below it, through to the disk.
fn sync_tree(folder: &Path) -> io::Result<()> {
    let mut to_do = vec![folder.to_path_buf()];
    while let Some(folder) = to_do.pop() {
        Folder::open(&folder)?.sync()?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                to_do.push(entry.path());
            }
        }
    }
    Ok(())
}

/// Opens a regular file for reading: no link at its end, no waiting for a FIFO.
///
/// # Errors
/// Those of the system; `InvalidInput` for what is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let file = Folder::open(folder)?.file(name.as_bytes())?;
    if sys::file_kind(&file)? == sys::Kind::File {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}
