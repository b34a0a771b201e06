//! Where copies are put: whole or not at all.
//!
//! [`Place`] is the output folder of one job. A copy is written to a file beside its final place,
//! `.inkout-N.part`, written through to the disk and renamed; under its final name there is never half
//! a copy. Folders are opened one inside the other and links are refused on the way, so no output can
//! land outside. A crash leaves only `.part` files, which [`Place::sweep`] takes away.

mod names;

use crate::model::Name;
use crate::sys;
use crate::sys::Folder;
use names::{Claims, MARKER, is_part};
use std::{
    fmt,
    fs::{self, File, FileTimes, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Component, Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

/// Deepest folder of outputs.
const DEPTH: usize = 4096;

/// Why no output can be put there. Names are not quoted: they may hold what is redacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The output folder is a symbolic link.
    #[error("the output folder is a symbolic link")]
    Link,
    /// The output path is something else than a folder.
    #[error("the output path is not a folder")]
    NotAFolder,
    /// The output folder is, or lies inside, something that is read.
    #[error("the output folder lies inside what is read")]
    InsideSource,
    /// Something that is read lies inside the output folder.
    #[error("the output folder contains what is read")]
    ContainsSource,
    /// The output folder holds files of something else.
    #[error("the output folder is not empty and does not belong to this job")]
    NotEmpty,
    /// Another run of the job is writing there.
    #[error("another run is writing to the output folder")]
    InUse,
    /// An output's name leads outside or is no name.
    #[error("not a name for an output")]
    BadName,
    /// A folder on the way is a link or a file.
    #[error("a folder of the output is not a folder")]
    Blocked,
    /// There is something under the name already.
    #[error("an output of this name exists")]
    Exists,
    /// The disk, or the quota, is full.
    #[error("no space left for the output")]
    NoSpace,
    /// The system failed.
    #[error("{0}: {1}")]
    Io(&'static str, io::ErrorKind),
}

impl PlaceError {
    /// What a failed write to an output means.
    pub fn of_write(kind: io::ErrorKind) -> Self {
        Self::of("write the output")(kind.into())
    }

    fn of(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |e| match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            kind => Self::Io(what, kind),
        }
    }
}

/// The output folder of a job. Shared by workers.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    root: Arc<Folder>,
    claims: Mutex<Claims>,
    next: Arc<AtomicU64>,
    resumed: bool,
    /// Held locked while the job writes.
    _marker: File,
}

/// A name that is given to one output of the job and to no other.
#[derive(Debug)]
pub struct Claimed(Name);

impl Claimed {
    /// The path under the output folder.
    pub fn name(&self) -> &Name {
        &self.0
    }
}

impl Place {
    /// Takes an output folder for a job, making it when it is not there. A folder that is not empty is
    /// taken only when the same job was there before.
    ///
    /// `sources` are the files and folders that are read. `job` is any line that tells jobs apart and
    /// may be seen by everyone.
    ///
    /// # Errors
    /// When the folder is a link, lies inside a source or contains one, belongs to something else, or
    /// cannot be made or written.
    pub fn new(out: &Path, sources: &[PathBuf], job: &str) -> Result<Self, PlaceError> {
        match fs::symlink_metadata(out) {
            Ok(meta) if meta.is_symlink() => return Err(PlaceError::Link),
            Ok(meta) if !meta.is_dir() => return Err(PlaceError::NotAFolder),
            _ => {}
        }
        let path = resolved(out)?;
        apart(&path, sources)?;
        make(&path)?;
        let root = Folder::open(&path).map_err(PlaceError::of("open the output folder"))?;
        let (marker, resumed) = take(&root, &path, job)?;
        Ok(Self {
            path,
            root: Arc::new(root),
            claims: Mutex::new(Claims::new()),
            next: Arc::default(),
            resumed,
            _marker: marker,
        })
    }

    /// The folder, as an absolute path without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the job was here before. If so, the outputs that are already done must be claimed first
    /// (their names as they were, in their order); what stands under any other name is a copy that the
    /// interrupted run did not record, and is replaced when it is made again.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Bytes that can still be written.
    ///
    /// # Errors
    /// Those of the system.
    pub fn free(&self) -> Result<u64, PlaceError> {
        sys::free_space(&self.path).map_err(PlaceError::of("ask for free space"))
    }

    /// Gives a name to an output: the one wanted, `/` between folders, or, when that is taken, the
    /// first of `name (2).ext`, `name (3).ext`, … that is free; a name too long for the file system is
    /// cut. The same wishes in the same order give the same names, so whoever needs that claims in the
    /// order of the walk.
    ///
    /// # Errors
    /// `BadName` for what is empty, absolute, or holds `..`, `.`, an empty component or NUL.
    pub fn claim(&self, wanted: &Name) -> Result<Claimed, PlaceError> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.claim(wanted.bytes()).map(|n| Claimed(Name::new(n)))
    }

    /// [`Place::claim`] and [`Place::open`] in one.
    ///
    /// # Errors
    /// Those of both.
    pub fn begin(&self, relative: &Name) -> Result<Pending, PlaceError> {
        self.open(&self.claim(relative)?)
    }

    /// Begins an output: an empty file beside its final place, for the owner alone.
    ///
    /// # Errors
    /// `Exists` when something not of this job is there; `Blocked` when a folder on the way is a link
    /// or a file; `NoSpace`; what the system says.
    pub fn open(&self, claimed: &Claimed) -> Result<Pending, PlaceError> {
        let bytes = claimed.0.bytes();
        let (folders, name) = match bytes.iter().rposition(|&b| b == b'/') {
            Some(slash) => bytes.split_at_checked(slash).unwrap_or_default(),
            None => (&b""[..], bytes),
        };
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let folder = self.enter(folders)?;
        let replace = match folder.kind(name) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) => return Err(PlaceError::of("look at the output")(e)),
            Ok(sys::Kind::File) if self.resumed => true,
            Ok(_) => return Err(PlaceError::Exists),
        };
        let (part, file) = part(&folder, &self.next)?;
        Ok(Pending {
            file,
            folder,
            part: Some(part),
            last: name.to_vec(),
            name: claimed.0.clone(),
            replace,
        })
    }

    /// Opens a folder of outputs, making what is missing.
    fn enter(&self, folders: &[u8]) -> Result<Arc<Folder>, PlaceError> {
        let mut at = Arc::clone(&self.root);
        for name in folders.split(|&b| b == b'/').filter(|n| !n.is_empty()) {
            let below = match at.folder(name) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    match at.create_folder(name) {
                        // Another worker was faster.
                        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                        made => made.map_err(PlaceError::of("make a folder"))?,
                    }
                    at.sync().map_err(PlaceError::of("sync a folder"))?;
                    at.folder(name)
                }
                opened => opened,
            };
            at = Arc::new(below.map_err(|e| match e.kind() {
                io::ErrorKind::NotADirectory => PlaceError::Blocked,
                _ if matches!(at.kind(name), Ok(k) if k != sys::Kind::Folder) => {
                    PlaceError::Blocked
                }
                _ => PlaceError::of("open a folder")(e),
            })?);
        }
        Ok(at)
    }

    /// Gives files without a name in the output folder, each empty and for the owner alone, for what must wait until
    /// it is written.
    pub fn unnamed(&self) -> impl Fn() -> io::Result<File> + Send + Sync + use<> {
        let (root, next) = (Arc::clone(&self.root), Arc::clone(&self.next));
        move || {
            // Under the name of a part for a moment: what a crash leaves is swept away with those.
            let (name, file) = part(&root, &next).map_err(|e| match e {
                PlaceError::NoSpace => io::ErrorKind::StorageFull.into(),
                PlaceError::Io(_, kind) => kind.into(),
                other => io::Error::other(other),
            })?;
            root.remove(&name)?;
            Ok(file)
        }
    }

    /// Removes the `.part` files that an interrupted run left, and says how many. Only before outputs
    /// are begun.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sweep(&self) -> Result<u64, PlaceError> {
        let mut removed = 0;
        let mut to_do: Vec<(Arc<Folder>, usize)> = vec![(Arc::clone(&self.root), 0)];
        let mut below: Vec<(Arc<Folder>, Vec<u8>, usize)> = Vec::new();
        while let Some((folder, depth)) = to_do.pop() {
            let mut names = Vec::new();
            let listed = folder.list(&mut |name, kind| {
                if is_part(name) || !matches!(kind, Some(sys::Kind::File)) {
                    names.push((name.to_vec(), kind));
                }
            });
            listed.map_err(PlaceError::of("list the outputs"))?;
            for (name, kind) in names {
                match kind.map_or_else(|| folder.kind(&name), Ok) {
                    Ok(sys::Kind::File) if is_part(&name) => {
                        folder
                            .remove(&name)
                            .map_err(PlaceError::of("remove a part"))?;
                        removed += 1;
                    }
                    Ok(sys::Kind::Folder) if depth < DEPTH => {
                        below.push((Arc::clone(&folder), name, depth + 1));
                    }
                    _ => {}
                }
            }
            while let Some((above, name, depth)) = below.pop() {
                // What cannot be opened holds nothing that this job has written.
                if let Ok(folder) = above.folder(&name) {
                    to_do.push((Arc::new(folder), depth));
                    break;
                }
            }
        }
        Ok(removed)
    }
}

/// A new file with a name that is no output's.
fn part(folder: &Folder, next: &AtomicU64) -> Result<(Vec<u8>, File), PlaceError> {
    // Parts of an interrupted run may lie about; each number is tried once.
    for _ in 0..1 << 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let part = format!(".inkout-{number:04x}.part").into_bytes();
        match folder.create(&part) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(PlaceError::of("make an output")(e)),
            Ok(file) => return Ok((part, file)),
        }
    }
    Err(PlaceError::Exists)
}

/// An output that is being written. Dropped, it is taken away; released, it is whole and in place.
pub struct Pending {
    file: File,
    folder: Arc<Folder>,
    /// Name of the file while it is written; `None` once it is renamed.
    part: Option<Vec<u8>>,
    last: Vec<u8>,
    name: Name,
    replace: bool,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(..)")
    }
}

impl Pending {
    /// The path under the output folder that it will have.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The file, for reading again what was written.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Writes it through to the disk and gives it its name.
    ///
    /// # Errors
    /// `Exists` when something has taken the name meanwhile; `NoSpace`; what the system says. It is
    /// then taken away as if dropped.
    pub fn release(mut self, modified: Option<SystemTime>) -> Result<Name, PlaceError> {
        if let Some(time) = modified {
            let times = FileTimes::new().set_modified(time);
            self.file
                .set_times(times)
                .map_err(PlaceError::of("set the output's time"))?;
        }
        sys::sync_file(&self.file).map_err(PlaceError::of("write the output through"))?;
        let Some(part) = self.part.as_deref() else {
            return Err(PlaceError::Exists);
        };
        if self.replace {
            match self.folder.remove(&self.last) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(PlaceError::of("replace an output")(e));
                }
                _ => {}
            }
        }
        match self.folder.rename_new(part, &self.last) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(PlaceError::Exists),
            done => done.map_err(PlaceError::of("name the output"))?,
        }
        self.part = None;
        self.folder
            .sync()
            .map_err(PlaceError::of("sync a folder"))?;
        Ok(self.name.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // Nothing more can be done here; `sweep` takes away what stays.
            let _ = self.folder.remove(part);
        }
    }
}

impl Write for Pending {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Read for Pending {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

impl Seek for Pending {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The absolute path without links, also when its end does not exist yet.
fn resolved(out: &Path) -> Result<PathBuf, PlaceError> {
    let absolute = std::path::absolute(out).map_err(PlaceError::of("find the output folder"))?;
    let mut missing = Vec::new();
    let mut at = absolute.as_path();
    let mut path = loop {
        match at.canonicalize() {
            Ok(path) => break path,
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(PlaceError::of("find the output folder")(e));
            }
            Err(_) => {}
        }
        // A broken link on the way must not become a folder somewhere else.
        if fs::symlink_metadata(at).is_ok() {
            return Err(PlaceError::Link);
        }
        match at.components().next_back() {
            Some(Component::Normal(name)) => missing.push(name),
            _ => return Err(PlaceError::BadName),
        }
        at = at.parent().ok_or(PlaceError::BadName)?;
    };
    path.extend(missing.into_iter().rev());
    Ok(path)
}

/// Refuses an output folder inside a source or around one, by path and by identity (bind mounts).
fn apart(out: &Path, sources: &[PathBuf]) -> Result<(), PlaceError> {
    let inode = |p: &Path| Folder::open(p).and_then(|f| f.inode()).ok();
    let above: Vec<_> = out.ancestors().filter_map(inode).collect();
    let own = inode(out);
    for source in sources {
        // A source that does not exist is not read.
        let Ok(source) = source.canonicalize() else {
            continue;
        };
        let source_inode = inode(&source).filter(|_| source.is_dir());
        if source.is_dir()
            && (out.starts_with(&source) || source_inode.is_some_and(|i| above.contains(&i)))
        {
            return Err(PlaceError::InsideSource);
        }
        let around = own.is_some() && source.ancestors().filter_map(inode).any(|i| Some(i) == own);
        if source.starts_with(out) || around {
            return Err(PlaceError::ContainsSource);
        }
    }
    Ok(())
}

fn make(path: &Path) -> Result<(), PlaceError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(PlaceError::of("make the output folder"))
}

/// Marks the folder as this job's and locks it; says whether it was the job's before.
fn take(root: &Folder, path: &Path, job: &str) -> Result<(File, bool), PlaceError> {
    let line = format!("inkout output of job {job}\n");
    let mut any = false;
    root.list(&mut |_, _| any = true)
        .map_err(PlaceError::of("list the output folder"))?;
    if !any {
        let mut marker = root
            .create(MARKER)
            .map_err(PlaceError::of("mark the output folder"))?;
        lock(&marker)?;
        marker
            .write_all(line.as_bytes())
            .and_then(|()| sys::sync_file(&marker))
            .map_err(PlaceError::of("mark the output folder"))?;
        root.sync().map_err(PlaceError::of("sync a folder"))?;
        return Ok((marker, false));
    }
    if root.kind(MARKER).ok() != Some(sys::Kind::File) {
        return Err(PlaceError::NotEmpty);
    }
    // Locks want a file open for writing on some systems.
    let shown = std::str::from_utf8(MARKER).map_err(|_| PlaceError::BadName)?;
    let opened = File::options()
        .read(true)
        .write(true)
        .open(path.join(shown));
    let mut marker = opened.map_err(PlaceError::of("open the mark"))?;
    lock(&marker)?;
    let mut text = String::new();
    let read = (&mut marker).take(4096).read_to_string(&mut text);
    if read.is_err() || text != line {
        return Err(PlaceError::NotEmpty);
    }
    Ok((marker, true))
}

fn lock(marker: &File) -> Result<(), PlaceError> {
    match marker.try_lock() {
        Err(TryLockError::WouldBlock) => Err(PlaceError::InUse),
        // Some network file systems have no locks; the job folder has its own.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
