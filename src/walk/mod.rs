//! Files under roots, in name order, links not followed; what is not opened is in the ledger.
//!
//! The order is fixed: roots as given, folders depth first, names by their bytes. It depends on
//! nothing but the tree, so results that are emitted in it are the same for one worker and sixteen.
//! [`Walker`] is pulled: workers ask it for the next [`Batch`] under a lock, open the files and read
//! them outside of it. Listing a folder costs one open, one `fstat` and its `getdents` calls; no file
//! is ever stat'ed for being listed, since that costs five times the listing.
//!
//! Memory: the sorted names of the folders on the way down to the current one (about 40 bytes and the
//! name for each), so a folder of 1,000,000 files takes some 60 MB while it is walked.

mod globs;
mod listing;

use crate::model::GapKind;
use crate::model::Name;
use crate::sys;
use crate::sys::Folder;
use crate::sys::Inode;
use crate::sys::Kind;
use globs::Globs;
pub use globs::PathGlobs;
use listing::Listing;
use std::{
    collections::{BTreeSet, VecDeque},
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Most items of a batch.
pub const BATCH: usize = 64;
/// Most folders that the items of a batch may hold open.
const BATCH_FOLDERS: usize = 8;
/// Folders on the way down that are held open; those above are opened again on the way back.
const HELD: usize = 64;
/// Deepest folder that is walked into. Paths this deep are made to break programs.
const DEPTH: usize = 16_384;

/// What is left out, and how far to go.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// When not empty, only files that match one of these globs are given. Globs are matched with the
    /// path under the root, `/` between folders; one without `/` matches in any folder.
    pub include: Vec<String>,
    /// Files and folders that match one of these globs are left out, folders with all they hold.
    pub exclude: Vec<String>,
    /// Whether folders on another file system than their root's are left out.
    pub one_file_system: bool,
    /// Paths that are left out, be they there already or not: the job's own folder and its output.
    pub leave_out: Vec<PathBuf>,
}

/// Why no walk can begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// A glob that is none; the glob as given, and why.
    #[error("{glob}: {reason}")]
    Glob {
        /// As given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// An open folder of the walk.
#[derive(Debug)]
pub struct Dir {
    folder: Folder,
    /// Path under the root, empty for the root itself.
    path: Box<[u8]>,
    root: u32,
}

/// A file to be opened.
#[derive(Debug, Clone)]
pub struct Found {
    dir: Arc<Dir>,
    name: Box<[u8]>,
}

/// Something of the tree that is not given as a file, for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Index of the root among those given.
    pub root: u32,
    /// Path under the root; empty for the root itself.
    pub path: Name,
    /// Why.
    pub kind: GapKind,
    /// More about it in English.
    pub note: String,
}

/// One thing of the tree.
#[derive(Debug, Clone)]
pub enum Item {
    /// A file to be opened.
    File(Found),
    /// A ledger entry.
    Skipped(Skipped),
}

/// Some things of the tree, in order.
#[derive(Debug)]
pub struct Batch {
    /// Number of the batch, from 0 without holes.
    pub seq: u64,
    /// Things that were in the batches before.
    pub first: u64,
    /// Some dozens of things.
    pub items: Vec<Item>,
}

impl Found {
    /// Index of the root among those given.
    pub fn root(&self) -> u32 {
        self.dir.root
    }

    /// Path under the root, `/` between folders. For a root that is a file, its name.
    pub fn path(&self) -> Name {
        Name::new(joined(&self.dir.path, &self.name))
    }

    /// The last component.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Path of its folder under the root, without a slash at the end.
    pub fn folder(&self) -> &[u8] {
        &self.dir.path
    }

    /// Whether it lies in the same folder and was listed with it.
    pub fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dir, &other.dir)
    }

    /// Opens it for reading, as what it was listed as: a link, FIFO or device that has taken its place
    /// is neither followed nor waited for. A name whose kind was not known when it was listed, and
    /// what was swapped since, can still turn out to be a device: when the first read is not short of
    /// the buffer, ask [`sys::file_kind`].
    ///
    /// # Errors
    /// The ledger entry that stands for it.
    pub fn open(&self) -> Result<File, Skipped> {
        self.dir
            .folder
            .file(&self.name)
            .map_err(|e| self.skipped(refusal(&e)))
    }

    /// What the file system says of it, without opening it; `None` when it is no regular file any more.
    /// `seen` is the time, for [`crate::model::Attributes::seen`].
    ///
    /// # Errors
    /// Those of the system.
    pub fn attributes(&self, seen: i64) -> io::Result<Option<crate::model::Attributes>> {
        self.dir.folder.attributes(&self.name, seen)
    }

    /// The ledger entry that stands for it, for reasons found after opening.
    pub fn skipped(&self, (kind, note): (GapKind, &str)) -> Skipped {
        Skipped {
            root: self.dir.root,
            path: self.path(),
            kind,
            note: note.to_owned(),
        }
    }
}

/// What an error of opening means for the ledger.
fn refusal(error: &io::Error) -> (GapKind, &'static str) {
    const ENXIO: i32 = 6;
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, _) => (GapKind::Changed, "vanished after it was listed"),
        (io::ErrorKind::NotADirectory, _) => (GapKind::Changed, "no longer a folder"),
        (io::ErrorKind::PermissionDenied, _) => (GapKind::Unreadable, "permission denied"),
        (_, Some(ENXIO)) => (GapKind::Special, "a socket, or a device without driver"),
        (_, Some(EMFILE | ENFILE)) => (GapKind::Unreadable, "too many files open"),
        (io::ErrorKind::InvalidInput, _) => (GapKind::Special, "not a regular file"),
        _ if is_link_error(error) => (GapKind::Link, "a symbolic link took its place"),
        _ => (GapKind::Unreadable, "the system would not open it"),
    }
}

fn is_link_error(error: &io::Error) -> bool {
    const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };
    error.raw_os_error() == Some(ELOOP)
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
    path.extend_from_slice(folder);
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// A folder on the way down: what of it is still to come.
#[derive(Debug)]
struct Frame {
    /// `None` while it is far above and closed.
    dir: Option<Arc<Dir>>,
    place: Inode,
    names: Listing,
}

/// Why a path is not walked at one place: it is at another.
const OWN_ROOT: &str = "given as a root of its own";
const EARLIER_ROOT: &str = "given as a root before";

/// A path that is not walked: by what it is, or by where it will be.
#[derive(Debug)]
struct Apart {
    own: Option<Inode>,
    parent: Option<Inode>,
    name: Vec<u8>,
    note: &'static str,
    /// For a root: its index, so that it does not leave out itself.
    root: Option<usize>,
}

/// The walk. See the module's documentation.
#[derive(Debug)]
pub struct Walker {
    globs: Globs,
    one_file_system: bool,
    roots: Vec<PathBuf>,
    next_root: usize,
    apart: Vec<Apart>,
    stack: Vec<Frame>,
    /// Device of the current root.
    device: u64,
    waiting: VecDeque<Item>,
    seq: u64,
    /// Things given so far.
    given: u64,
    /// Most things of a batch.
    batch: usize,
    /// The files that are wanted; all when there is none.
    only: Option<BTreeSet<(u32, Name)>>,
}

impl Walker {
    /// Prepares the walk; nothing is listed yet.
    ///
    /// # Errors
    /// A glob that is none. Roots that cannot be opened are ledger entries.
    pub fn new(roots: Vec<PathBuf>, options: &Options) -> Result<Self, WalkError> {
        let mut apart: Vec<Apart> = options
            .leave_out
            .iter()
            .filter_map(|p| Apart::new(p, "the program's own folder or output", None))
            .collect();
        for (index, root) in roots.iter().enumerate() {
            apart.extend(Apart::new(root, OWN_ROOT, Some(index)));
        }
        Ok(Self {
            globs: Globs::new(&options.include, &options.exclude)?,
            one_file_system: options.one_file_system,
            roots,
            next_root: 0,
            apart,
            stack: Vec::new(),
            device: 0,
            waiting: VecDeque::new(),
            seq: 0,
            given: 0,
            batch: BATCH,
            only: None,
        })
    }

    /// Gives so many things at a time at most, from now on, instead of 64: for work that costs little for each.
    pub fn give_at_most(&mut self, most: usize) {
        self.batch = most.max(1);
    }

    /// Gives only files of this set of roots (by index) and paths under them; the rest is passed over without
    /// a word. For work on a plan, which knows every file.
    #[must_use]
    pub fn only(mut self, wanted: BTreeSet<(u32, Name)>) -> Self {
        self.only = Some(wanted);
        self
    }

    /// Whether a thing is wanted.
    fn is_wanted(&self, item: &Item) -> bool {
        let Some(only) = &self.only else { return true };
        match item {
            Item::File(found) => only.contains(&(found.root(), found.path())),
            Item::Skipped(skip) => only.contains(&(skip.root, skip.path.clone())),
        }
    }

    /// The next things of the tree; `None` at the end.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let mut items = Vec::new();
        let mut folders: usize = 0;
        let mut last: Option<*const Dir> = None;
        while items.len() < self.batch {
            let Some(item) = self.next_item() else { break };
            if !self.is_wanted(&item) {
                continue;
            }
            if let Item::File(found) = &item {
                let dir = Arc::as_ptr(&found.dir);
                if last != Some(dir) {
                    if folders == BATCH_FOLDERS {
                        self.waiting.push_front(item);
                        break;
                    }
                    folders += 1;
                    last = Some(dir);
                }
            }
            items.push(item);
        }
        if items.is_empty() {
            return None;
        }
        let (seq, first) = (self.seq, self.given);
        self.seq += 1;
        self.given += items.len() as u64;
        Some(Batch { seq, first, items })
    }

    fn next_item(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Some(item);
            }
            let Some(frame) = self.stack.last_mut() else {
                if self.next_root == self.roots.len() {
                    return None;
                }
                self.begin_root();
                continue;
            };
            let Some(dir) = frame.dir.clone() else {
                // `climb` opens the top again or takes it off; this cannot be reached.
                self.stack.pop();
                continue;
            };
            match frame.names.next() {
                None => self.climb(&dir),
                Some((name, Kind::Folder)) => {
                    let name = name.to_vec();
                    self.enter(&dir, &name);
                }
                Some((name, _)) => {
                    return Some(Item::File(Found {
                        name: name.into(),
                        dir,
                    }));
                }
            }
        }
    }

    fn skip(&mut self, root: u32, path: &[u8], kind: GapKind, note: &str) {
        // It is listed under the root that it is: nothing stands in the ledger twice.
        if note == OWN_ROOT || note == EARLIER_ROOT {
            return;
        }
        self.waiting.push_back(Item::Skipped(Skipped {
            root,
            path: Name::new(path),
            kind,
            note: note.to_owned(),
        }));
    }

    fn begin_root(&mut self) {
        let index = self.next_root;
        self.next_root += 1;
        let root = u32::try_from(index).unwrap_or(u32::MAX);
        let Some(path) = self.roots.get(index).cloned() else {
            return;
        };
        let refused = |e: &io::Error| match e.kind() {
            io::ErrorKind::NotFound => (GapKind::Unreadable, "no such file or folder"),
            _ => refusal(e),
        };
        // The root is what the user named: a link there is followed.
        let path = match path.canonicalize() {
            Ok(path) => path,
            Err(e) => {
                let (kind, note) = refused(&e);
                return self.skip(root, b"", kind, note);
            }
        };
        if path.is_dir() {
            match Folder::open(&path) {
                Ok(folder) => self.begin_folder_root(root, index, folder),
                Err(e) => {
                    let (kind, note) = refused(&e);
                    self.skip(root, b"", kind, note);
                }
            }
        } else {
            self.begin_file_root(root, index, &path);
        }
    }

    fn begin_folder_root(&mut self, root: u32, index: usize, folder: Folder) {
        match folder.inode() {
            Ok(place) => {
                if let Some(note) = self.is_apart(place, Some(index)) {
                    return self.skip(root, b"", GapKind::Excluded, note);
                }
                self.device = place.device;
                let path = Vec::new();
                self.push(
                    Dir {
                        folder,
                        path: path.into(),
                        root,
                    },
                    place,
                );
            }
            Err(_) => self.skip(
                root,
                b"",
                GapKind::Unreadable,
                "the system would not say what it is",
            ),
        }
    }

    fn begin_file_root(&mut self, root: u32, index: usize, path: &Path) {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return self.skip(root, b"", GapKind::Unreadable, "has no name");
        };
        let name = name.as_encoded_bytes();
        let folder = match Folder::open(parent) {
            Ok(folder) => folder,
            Err(e) => {
                let (kind, note) = refusal(&e);
                return self.skip(root, b"", kind, note);
            }
        };
        let apart = folder
            .inode()
            .ok()
            .and_then(|p| self.is_apart_inside(p, name, Some(index)));
        if let Some(note) = apart {
            return self.skip(root, b"", GapKind::Excluded, note);
        }
        match folder.kind(name) {
            Ok(Kind::File) => {
                let dir = Arc::new(Dir {
                    folder,
                    path: Box::new([]),
                    root,
                });
                self.waiting.push_back(Item::File(Found {
                    dir,
                    name: name.into(),
                }));
            }
            Ok(_) => self.skip(root, b"", GapKind::Special, "a device, socket or FIFO"),
            Err(e) => {
                let (kind, note) = refusal(&e);
                self.skip(root, b"", kind, note);
            }
        }
    }

    /// Goes down into a folder, or says why not.
    fn enter(&mut self, dir: &Arc<Dir>, name: &[u8]) {
        let (root, path) = (dir.root, joined(&dir.path, name));
        if self.stack.len() >= DEPTH {
            return self.skip(root, &path, GapKind::Limit, "folders too deep");
        }
        let opened = dir.folder.folder(name).and_then(|f| Ok((f.inode()?, f)));
        let (place, folder) = match opened {
            Ok(opened) => opened,
            Err(e) => {
                let (kind, note) = refusal(&e);
                return self.skip(root, &path, kind, note);
            }
        };
        if let Some(note) = self.is_apart(place, None) {
            self.skip(root, &path, GapKind::Excluded, note);
        } else if self.stack.iter().any(|f| f.place == place) {
            self.skip(root, &path, GapKind::Loop, "a folder that holds itself");
        } else if self.one_file_system && place.device != self.device {
            self.skip(
                root,
                &path,
                GapKind::OtherFileSystem,
                "on another file system",
            );
        } else {
            self.push(
                Dir {
                    folder,
                    path: path.into(),
                    root,
                },
                place,
            );
        }
    }

    /// Lists a folder: what is not a file or folder to be walked goes to the ledger at once.
    fn push(&mut self, dir: Dir, place: Inode) {
        let mut names = Listing::new();
        let listed = dir.folder.list(&mut |name, kind| names.add(name, kind));
        names.sort();
        if let Err(e) = listed {
            let (kind, note) = match refusal(&e) {
                (GapKind::Changed, note) => (GapKind::Changed, note),
                (kind, _) => (kind, "its list of names could not be read to the end"),
            };
            self.skip(dir.root, &dir.path, kind, note);
        }
        self.sift(&dir, place, &mut names);
        let far = self.stack.len().checked_sub(HELD);
        if let Some(frame) = far.and_then(|f| self.stack.get_mut(f)) {
            frame.dir = None;
        }
        self.stack.push(Frame {
            dir: Some(Arc::new(dir)),
            place,
            names,
        });
    }

    /// Takes out of a listing what is not walked.
    fn sift(&mut self, dir: &Dir, place: Inode, names: &mut Listing) {
        let mut skipped = Vec::new();
        let mut left_out = 0_u64;
        let apart_here = self.apart.iter().any(|a| a.parent == Some(place));
        let mut path = dir.path.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        let stem = path.len();
        names.keep(|name, kind| {
            let kind = match kind {
                Some(kind) => Ok(kind),
                None => dir.folder.kind(name),
            };
            path.truncate(stem);
            path.extend_from_slice(name);
            let reason = match kind {
                Ok(kind) if self.globs.leaves_out(&path, kind == Kind::Folder) => {
                    if kind != Kind::Folder {
                        left_out += 1;
                        return None;
                    }
                    (GapKind::Excluded, "left out by a glob, with all it holds")
                }
                Ok(kind @ (Kind::File | Kind::Folder)) => {
                    let note = apart_here
                        .then(|| self.is_apart_inside(place, name, None))
                        .flatten();
                    match note {
                        None => return Some(kind),
                        Some(note) => (GapKind::Excluded, note),
                    }
                }
                Ok(Kind::Link) => (GapKind::Link, "a symbolic link, not followed"),
                Ok(Kind::Special) => (GapKind::Special, "a device, socket or FIFO"),
                Err(e) => refusal(&e),
            };
            skipped.push((path.clone(), reason));
            None
        });
        if left_out > 0 {
            let note = format!("{left_out} files in this folder left out by globs");
            self.skip(dir.root, &dir.path, GapKind::Excluded, &note);
        }
        for (path, (kind, note)) in skipped {
            self.skip(dir.root, &path, kind, note);
        }
    }

    fn climb(&mut self, done: &Arc<Dir>) {
        self.stack.pop();
        let Some(frame) = self.stack.last_mut() else {
            return;
        };
        if frame.dir.is_some() {
            return;
        }
        let above = match done.path.iter().rposition(|&b| b == b'/') {
            Some(slash) => done.path.get(..slash).unwrap_or_default(),
            None => b"",
        };
        let opened = done.folder.parent().and_then(|f| Ok((f.inode()?, f)));
        match opened {
            Ok((place, folder)) if place == frame.place => {
                frame.dir = Some(Arc::new(Dir {
                    folder,
                    path: above.into(),
                    root: done.root,
                }));
            }
            // The folder below was moved away, so there is no way back up: the rest is said lost.
            _ => self.lose(done.root, above),
        }
    }

    /// Gives up the folders that are closed, and says how much was in them.
    fn lose(&mut self, root: u32, path: &[u8]) {
        let mut path = path.to_vec();
        while self.stack.last().is_some_and(|f| f.dir.is_none()) {
            let rest = self.stack.pop().map_or(0, |f| f.names.len());
            let note = format!("moved while it was walked: {rest} names of it not seen");
            self.skip(root, &path, GapKind::Changed, &note);
            let slash = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
            path.truncate(slash);
        }
    }

    fn is_apart(&self, place: Inode, own_root: Option<usize>) -> Option<&'static str> {
        self.apart
            .iter()
            .filter(|a| a.own == Some(place))
            .find_map(|a| a.applies(own_root))
    }

    fn is_apart_inside(
        &self,
        parent: Inode,
        name: &[u8],
        own_root: Option<usize>,
    ) -> Option<&'static str> {
        self.apart
            .iter()
            .filter(|a| a.parent == Some(parent) && a.name == name)
            .find_map(|a| a.applies(own_root))
    }
}

impl Apart {
    /// Of a path that is not there yet, the first folder on the way that is missing: whoever makes the
    /// path makes that one too. `None` when nothing of it exists.
    fn new(path: &Path, note: &'static str, root: Option<usize>) -> Option<Self> {
        let place = |p: &Path| Folder::open(p).and_then(|f| f.inode()).ok();
        let coming = |at: &Path, parent: &Path| -> Option<PathBuf> {
            Some(parent.canonicalize().ok()?.join(at.file_name()?))
        };
        let whole = path.ancestors().find_map(|at| {
            let parent = match at.parent()? {
                p if p.as_os_str().is_empty() => Path::new("."),
                p => p,
            };
            at.canonicalize().ok().or_else(|| coming(at, parent))
        });
        let whole = whole.or_else(|| path.canonicalize().ok())?;
        Some(Self {
            own: place(&whole),
            parent: whole.parent().and_then(place),
            name: whole
                .file_name()
                .map_or_else(Vec::new, |n| n.as_encoded_bytes().to_vec()),
            note,
            root,
        })
    }

    /// The note, unless it is the root that asks (or one given after it: the first one is walked).
    fn applies(&self, own_root: Option<usize>) -> Option<&'static str> {
        match (self.root, own_root) {
            (Some(this), Some(own)) if this == own => None,
            (Some(this), Some(own)) if this > own => None,
            (Some(_), Some(_)) => Some(EARLIER_ROOT),
            _ => Some(self.note),
        }
    }
}

/// What is known of an opened file that turned out not to be a regular one, for [`Found::skipped`];
/// `None` for a regular file.
pub fn not_regular(file: &File) -> Option<(GapKind, &'static str)> {
    match sys::file_kind(file) {
        Ok(Kind::File) => None,
        Ok(Kind::Folder) => Some((GapKind::Changed, "became a folder")),
        Ok(Kind::Link | Kind::Special) => Some((GapKind::Special, "a device, socket or FIFO")),
        Err(_) => Some((GapKind::Unreadable, "the system would not say what it is")),
    }
}

#[cfg(test)]
mod tests;
