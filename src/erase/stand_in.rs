//! Redacted copies in place of the files that a run takes away: live copies that are masked once their originals
//! are sealed.
//!
//! The copies wait in the folder of the run, checked, before the first file is moved. A file in quarantine has
//! its copy put under its name; what stands there already is never replaced. An undo takes a copy away again,
//! but only while it is the very copy: one that somebody has written to since stays.

use super::{
    EraseError,
    index::Target,
    journal::Entry,
    note::Note,
    place::{At, Place, split},
    run::{Run, Stage, put},
    steps::Steps,
};
use crate::{
    digest,
    model::Name,
    sys::{self, Folder, Inode, Kind},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::Path,
};

/// Folder of the copies in the folder of the run.
pub const COPIES: &str = "copies";
/// The list of them.
const LIST: &str = "copies.json";

/// A copy that is to stand in for a file of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// Number of the item in the plan.
    pub item: u32,
    /// Path of the copy under [`COPIES`].
    pub copy: Name,
    /// Its name in the folder of the file: the file's own, with findings masked.
    pub name: Name,
    /// SHA-256 of the copy.
    pub sha256: String,
}

/// What was put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoodIn {
    /// Copies that stand where their files were.
    pub there: u64,
    /// Copies that have no place: something else stands under their name.
    pub blocked: u64,
}

impl Run {
    /// Remembers the copies, before anything is moved. Files without one are left where they are.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep_stand_ins(
        &mut self,
        all: &[StandIn],
        left: &[(u32, Note)],
        steps: &Steps<'_>,
    ) -> Result<(), EraseError> {
        for (item, why) in left {
            let entry = Entry::Refused {
                item: *item,
                why: *why,
            };
            self.note(entry, steps)?;
        }
        self.journal.sync(steps)?;
        let bytes = serde_json::to_vec(all).map_err(|e| EraseError::run(e.into()))?;
        let (part, path) = (self.dir().join("copies.part"), self.dir().join(LIST));
        let _ = fs::remove_file(&part);
        put(&part, &bytes)?;
        fs::rename(&part, &path).map_err(EraseError::run)?;
        let folder = Folder::open(self.dir()).map_err(EraseError::run)?;
        folder.sync().map_err(EraseError::run)
    }

    /// The copies of the run; `None` when they were never all made.
    ///
    /// # Errors
    /// `Index` when the list is damaged; what the system says.
    pub fn stand_ins(&self) -> Result<Option<Vec<StandIn>>, EraseError> {
        match fs::read(self.dir().join(LIST)) {
            Ok(bytes) => {
                let all = serde_json::from_slice(&bytes).map_err(|_| EraseError::Index)?;
                Ok(Some(all))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(EraseError::run(e)),
        }
    }
}

/// Puts the copies of the files in quarantine where the files were, or goes on with it.
///
/// # Errors
/// `Root`, `Busy`, `Quarantine`; `Stopped` and `Interrupted`, after which it can be done again.
pub fn put_in_place(run: &Run, steps: &Steps<'_>) -> Result<StoodIn, EraseError> {
    let mut out = StoodIn::default();
    let waits = |s: &Stage| matches!(s, Stage::Quarantined);
    each(run, &waits, steps, &mut |place, target, copy| {
        let quarantine = place.quarantine()?;
        match put_one(run.dir(), place, &quarantine, target, copy, steps) {
            Ok(true) => out.there += 1,
            Ok(false) => out.blocked += 1,
            Err(e) => return Err(EraseError::Stopped(e)),
        }
        Ok(())
    })?;
    Ok(out)
}

/// Takes the copies away again, so that their files can go back. Gives how many were taken.
///
/// # Errors
/// As [`put_in_place`].
pub fn take_back(run: &Run, steps: &Steps<'_>) -> Result<u64, EraseError> {
    let mut taken = 0;
    let goes_back = |s: &Stage| matches!(s, Stage::Leaving | Stage::Quarantined | Stage::Returning);
    each(run, &goes_back, steps, &mut |place, target, copy| {
        let (dir, _) = split(&target.path);
        let folder = place.folder.beneath(dir).map_err(EraseError::Stopped)?;
        if is_copy(&folder, place, target, copy).map_err(EraseError::Stopped)? {
            steps.step().map_err(EraseError::Stopped)?;
            let name = copy.name.bytes();
            folder.remove(name).map_err(EraseError::Stopped)?;
            folder.sync().map_err(EraseError::Stopped)?;
            taken += 1;
        }
        Ok(())
    })?;
    Ok(taken)
}

type One<'o> = dyn FnMut(&Place, &Target, &StandIn) -> Result<(), EraseError> + 'o;

/// Goes through the copies whose files have come so far, root by root.
fn each(
    run: &Run,
    at: &dyn Fn(&Stage) -> bool,
    steps: &Steps<'_>,
    one: &mut One<'_>,
) -> Result<(), EraseError> {
    let all = run.stand_ins()?.unwrap_or_default();
    for (number, root) in (0..).zip(&run.index.roots) {
        let of_root = |t: &&Target| t.root == number && at(&run.state(t.number).stage);
        let targets: Vec<&Target> = run.index.targets.iter().filter(of_root).collect();
        let copies = all
            .iter()
            .filter_map(|c| Some((*targets.iter().find(|t| t.number == c.item)?, c)));
        let copies: Vec<(&Target, &StandIn)> = copies.collect();
        if copies.is_empty() {
            continue;
        }
        let place = Place::open(number, root)?;
        for (target, copy) in copies {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            one(&place, target, copy)?;
        }
    }
    Ok(())
}

/// Whether the name holds the copy as it was made, and not the file itself.
fn is_copy(folder: &Folder, place: &Place, target: &Target, copy: &StandIn) -> io::Result<bool> {
    let name = copy.name.bytes();
    let Some(there) = folder.inode_of(name)? else {
        return Ok(false);
    };
    let original = Inode {
        device: place.device,
        inode: target.inode,
    };
    if there == original || folder.kind(name)? != Kind::File {
        return Ok(false);
    }
    let file = folder.open_to_look(name)?;
    let mut reader = io::BufReader::with_capacity(1 << 18, At(&file, 0));
    Ok(digest::sha256(&mut reader)? == copy.sha256)
}

/// Puts one copy in place: written beside the file in quarantine, through to the disk, then moved under the
/// name. Whether it stands there.
fn put_one(
    dir: &Path,
    place: &Place,
    quarantine: &Folder,
    target: &Target,
    copy: &StandIn,
    steps: &Steps<'_>,
) -> io::Result<bool> {
    let (above, _) = split(&target.path);
    let folder = place.folder.beneath(above)?;
    let name = copy.name.bytes();
    if folder.inode_of(name)?.is_some() {
        return is_copy(&folder, place, target, copy);
    }
    let part = format!("{}.copy", target.name);
    if quarantine.inode_of(part.as_bytes())?.is_some() {
        quarantine.remove(part.as_bytes())?;
    }
    steps.step()?;
    let mut out = quarantine.create(part.as_bytes())?;
    let mut from = File::open(dir.join(COPIES).join(path_of(&copy.copy)))?;
    io::copy(&mut from, &mut out)?;
    like(&out, &quarantine.open_to_look(target.name.as_bytes())?)?;
    sys::sync_file(&out)?;
    let mut reader = io::BufReader::with_capacity(1 << 18, At(&out, 0));
    if digest::sha256(&mut reader)? != copy.sha256 {
        quarantine.remove(part.as_bytes())?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    steps.step()?;
    match quarantine.move_new(part.as_bytes(), &folder, name) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            quarantine.remove(part.as_bytes())?;
            return Ok(false);
        }
        moved => moved?,
    }
    folder.sync()?;
    quarantine.sync()?;
    Ok(true)
}

/// Gives a copy the rights and, where the system lets, the owner of its file.
fn like(copy: &File, file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let meta = file.metadata()?;
        // Only the owner of the system may give files away.
        let _ = fchown(copy, Some(meta.uid()), Some(meta.gid()));
        copy.set_permissions(fs::Permissions::from_mode(meta.mode() & 0o777))?;
    }
    #[cfg(not(unix))]
    let _ = (copy, file);
    Ok(())
}

#[cfg(unix)]
fn path_of(name: &Name) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(name.bytes()))
}

#[cfg(not(unix))]
fn path_of(name: &Name) -> &Path {
    Path::new(std::str::from_utf8(name.bytes()).map_or(OsStr::new(""), OsStr::new))
}
