//! A root that is open, and whether a file in it is the one of the plan.

use super::{
    EraseError,
    grade::Family,
    index::{self, Root, Target},
    note::Note,
    steps::Steps,
};
use crate::{
    digest,
    model::Name,
    sys::{self, Device, Folder, Inode, Kind, Mount},
};
use std::{collections::BTreeMap, fs::File, io, time::Duration};

/// How often a lease is asked for before a file counts as in use.
const TRIES: u32 = 3;

/// A root that is open.
#[derive(Debug)]
pub(super) struct Place {
    pub number: u32,
    pub root: Root,
    pub folder: Folder,
    pub device: u64,
    pub mount: Mount,
    pub disk: Device,
    pub family: Family,
    /// The process may empty journals.
    pub admin: bool,
}

impl Place {
    /// Opens and locks a root.
    pub(super) fn open(number: u32, root: &Root) -> Result<Self, EraseError> {
        let wrong = |e| EraseError::Root(number, e);
        let path = root.to_path().canonicalize().map_err(wrong)?;
        if index::is_system(&path) {
            return Err(EraseError::SystemRoot(number));
        }
        let folder = Folder::open(&path).map_err(wrong)?;
        let mount = folder.mount().map_err(wrong)?;
        let disk = sys::device(&mount);
        let family = Family::of(&mount);
        if !folder.lock().map_err(wrong)? {
            return Err(EraseError::Busy);
        }
        let device = folder.inode().map_err(wrong)?.device;
        Ok(Self {
            number,
            root: root.clone(),
            folder,
            device,
            mount,
            disk,
            family,
            admin: sys::can_administer(),
        })
    }

    /// As [`Place::open`]; `None` when there is no such folder, so that the other roots can be gone on with.
    pub(super) fn open_if_there(number: u32, root: &Root) -> Result<Option<Self>, EraseError> {
        match Self::open(number, root) {
            Err(EraseError::Root(_, e)) if meaning(&e) == Note::Gone => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Whether the quarantine folder, or something else of its name, is there.
    pub(super) fn has_quarantine(&self) -> Result<bool, EraseError> {
        let there = self.folder.inode_of(self.root.quarantine.as_bytes());
        there.map(|i| i.is_some()).map_err(stopped)
    }

    /// The quarantine folder, which must be there.
    pub(super) fn quarantine(&self) -> Result<Folder, EraseError> {
        let name = self.root.quarantine.as_bytes();
        let wrong = |_| EraseError::Quarantine(self.number);
        let folder = self.folder.beneath(name).map_err(wrong)?;
        let inode = folder.inode().map_err(wrong)?;
        if inode.device != self.device {
            return Err(EraseError::Quarantine(self.number));
        }
        Ok(folder)
    }

    /// The quarantine folder, which must be the user's own and closed to others: what is in it is destroyed.
    pub(super) fn own_quarantine(&self) -> Result<Folder, EraseError> {
        let folder = self.quarantine()?;
        // There nobody is told apart.
        if matches!(
            self.family,
            Family::Fuse | Family::Windows | Family::Layered
        ) {
            return Ok(folder);
        }
        let facts = folder.facts().map_err(stopped)?;
        let own = sys::user().is_none_or(|u| u == facts.owner || u == 0);
        let others = facts.mode & 0o077;
        if own && others == 0 {
            Ok(folder)
        } else {
            Err(EraseError::Quarantine(self.number))
        }
    }

    /// The quarantine folder, made when it is not there.
    pub(super) fn make_quarantine(&self, steps: &Steps<'_>) -> Result<Folder, EraseError> {
        let wrong = |e| EraseError::Root(self.number, e);
        steps.step().map_err(wrong)?;
        match self.folder.create_folder(self.root.quarantine.as_bytes()) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(wrong)?,
        }
        self.folder.sync().map_err(wrong)?;
        self.quarantine()
    }

    /// Takes the quarantine folder away when nothing is in it.
    pub(super) fn drop_quarantine(&self) {
        // Not empty, or gone already: both are right.
        let _ = self.folder.remove_folder(self.root.quarantine.as_bytes());
        let _ = self.folder.sync();
    }
}

fn stopped(e: io::Error) -> EraseError {
    EraseError::Stopped(e)
}

/// Folder and last component of a path under a root.
pub(super) fn split(path: &Name) -> (&[u8], &[u8]) {
    let bytes = path.bytes();
    match memchr::memrchr(b'/', bytes) {
        Some(at) => {
            let (folder, name) = bytes.split_at(at);
            (folder, name.get(1..).unwrap_or_default())
        }
        None => (b"", bytes),
    }
}

/// What an error of the system means for one file.
pub(super) fn meaning(e: &io::Error) -> Note {
    match e.kind() {
        io::ErrorKind::NotFound => Note::Gone,
        io::ErrorKind::PermissionDenied => Note::Denied,
        io::ErrorKind::ReadOnlyFilesystem => Note::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Note::NoSpace,
        io::ErrorKind::CrossesDevices | io::ErrorKind::NotADirectory => Note::Way,
        // ELOOP has no stable kind.
        _ if e.raw_os_error() == Some(40) => Note::Way,
        _ => Note::Io,
    }
}

/// Nobody else has it open: whether that was fully proved.
pub(super) fn unused(file: &File, inode: Inode) -> Result<bool, Note> {
    for attempt in 0..TRIES {
        match sys::lease(file) {
            Ok(true) => return Ok(true),
            Ok(false) if attempt + 1 < TRIES => std::thread::sleep(Duration::from_millis(50)),
            Ok(false) => return Err(Note::InUse),
            Err(_) => break,
        }
    }
    match sys::is_elsewhere_open(inode, file) {
        Some(true) => Err(Note::InUse),
        Some(false) => Ok(true),
        None => Ok(false),
    }
}

/// How many targets of a root are names of the same file.
pub(super) fn names_of(targets: &[Target]) -> BTreeMap<(u32, u64), u64> {
    let mut names = BTreeMap::new();
    for target in targets {
        *names.entry((target.root, target.inode)).or_insert(0) += 1;
    }
    names
}

/// Whether an open file is the one of the plan, to the last byte, and may be erased.
pub(super) fn same(file: &File, target: &Target, device: u64, names: u64) -> Result<(), Note> {
    let facts = sys::facts(file).map_err(|e| meaning(&e))?;
    if facts.kind != Kind::File {
        return Err(Note::NotAFile);
    }
    let modified = i64::try_from(facts.modified).unwrap_or(i64::MAX);
    if facts.inode.device != device
        || facts.inode.inode != target.inode
        || facts.size != target.size
        || modified != target.modified
    {
        return Err(Note::Changed);
    }
    if facts.links != target.links || facts.links != names {
        return Err(Note::OtherNames);
    }
    if facts.locked || sys::inode_flags(file).is_some_and(sys::InodeFlags::is_locked) {
        return Err(Note::Locked);
    }
    Ok(())
}

/// Whether its content is that of the plan.
pub(super) fn same_content(file: &File, target: &Target) -> Result<(), Note> {
    let mut reader = io::BufReader::with_capacity(1 << 18, At(file, 0));
    match digest::sha256(&mut reader) {
        Ok(digest) if digest == target.sha256 => Ok(()),
        Ok(_) => Err(Note::Changed),
        Err(e) => Err(meaning(&e)),
    }
}

/// Reads a file from its beginning without moving its position.
pub(super) struct At<'a>(pub &'a File, pub u64);

impl io::Read for At<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = sys::read_at(self.0, buf, self.1)?;
        self.1 += n as u64;
        Ok(n)
    }
}
