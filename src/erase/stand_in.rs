//! Redacted copies in place of the files that a run takes away: live copies that are masked once their originals
//! are sealed.
//!
//! The copies wait in the folder of the run, checked, before the first file is moved. A file in quarantine has
//! its copy put under its name; what stands there already is never replaced. The journal knows each copy by its
//! inode before it stands anywhere: an undo takes that one away again, and only while it is as it was made. One that
//! somebody has written to since stays, and so does an equal file of somebody else.

use super::{
    EraseError,
    index::{Root, Target},
    journal::Entry,
    note::Note,
    place::{At, Place, meaning, split},
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
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs::{self, File},
    io,
    path::Path,
};

mod rights;

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

/// A copy that was put in place, as the journal knows it: nothing else is taken away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its inode, on the volume of the file.
    pub inode: u64,
    /// When it was made, in nanoseconds since 1970, where known.
    pub born: Option<i64>,
    /// It could not be given all rights of its file, and is for its owner alone.
    pub narrow: bool,
}

/// What was put in place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoodIn {
    /// Copies that stand where their files were.
    pub there: u64,
    /// Those among them that are for their owner alone, since they could not be given the rights of their files.
    pub narrow: u64,
    /// Copies that have no place: something else stands under their name.
    pub blocked: u64,
    /// Items whose copies have no place because the folder is gone.
    pub nowhere: BTreeSet<u32>,
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
        let synced = folder.sync().and_then(|()| steps.step());
        synced.map_err(EraseError::run)
    }

    /// The copies of the run; `None` when they were never all made.
    ///
    /// # Errors
    /// `Index` when the list is damaged or speaks of other files than those of the run; what the system says.
    pub fn stand_ins(&self) -> Result<Option<Vec<StandIn>>, EraseError> {
        let bytes = match fs::read(self.dir().join(LIST)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(EraseError::run)?,
        };
        let all: Vec<StandIn> = serde_json::from_slice(&bytes).map_err(|_| EraseError::Index)?;
        let mut open: BTreeSet<u32> = self.index.targets.iter().map(|t| t.number).collect();
        let mut sound = |c: &StandIn| {
            open.remove(&c.item) && is_component(c.name.bytes()) && is_below(c.copy.bytes())
        };
        if all.iter().all(&mut sound) {
            Ok(Some(all))
        } else {
            Err(EraseError::Index)
        }
    }

    /// SHA-256 of the list of copies as it lies in the folder, for the trail; `None` when there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn stand_ins_digest(&self) -> Result<Option<String>, EraseError> {
        match File::open(self.dir().join(LIST)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(EraseError::run(e)),
            Ok(mut file) => digest::sha256(&mut file).map(Some).map_err(EraseError::run),
        }
    }

    /// Whether every file that is not left where it is has a copy on the list.
    ///
    /// # Errors
    /// As [`Run::stand_ins`].
    pub fn has_all_stand_ins(&self) -> Result<bool, EraseError> {
        let all = self.stand_ins()?.unwrap_or_default();
        let listed: BTreeSet<u32> = all.iter().map(|c| c.item).collect();
        let left = |n: u32| matches!(self.state(n).stage, Stage::Refused(_));
        let mut numbers = self.index.targets.iter().map(|t| t.number);
        Ok(numbers.all(|n| listed.contains(&n) || left(n)))
    }

    /// Removes the copies from the folder of the run, once no file waits any more. Whether there are none now.
    ///
    /// # Errors
    /// What the system says.
    pub fn drop_copies(&self) -> Result<bool, EraseError> {
        let copies = self.dir().join(COPIES);
        if fs::symlink_metadata(&copies).is_err() {
            return Ok(true);
        }
        if self.count(Self::is_whole) > 0 {
            return Ok(false);
        }
        fs::remove_dir_all(&copies).map_err(EraseError::run)?;
        let folder = Folder::open(self.dir()).map_err(EraseError::run)?;
        folder.sync().map_err(EraseError::run)?;
        Ok(true)
    }
}

/// Whether it is the name of something in a folder, and no way to anywhere else.
fn is_component(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/')
}

/// Whether a path leads to something below a folder.
fn is_below(path: &[u8]) -> bool {
    path.split(|b| *b == b'/').all(is_component)
}

fn stopped(e: io::Error) -> EraseError {
    EraseError::Stopped(e)
}

/// The copies of one root whose files have come so far.
struct OfRoot {
    number: u32,
    root: Root,
    copies: Vec<(Target, StandIn)>,
}

fn by_root(run: &Run, at: impl Fn(&Stage) -> bool) -> Result<Vec<OfRoot>, EraseError> {
    let all = run.stand_ins()?.unwrap_or_default();
    let mut all: BTreeMap<u32, StandIn> = all.into_iter().map(|c| (c.item, c)).collect();
    let mut out = Vec::new();
    for (number, root) in (0..).zip(&run.index.roots) {
        let mut copies = Vec::new();
        for target in run.index.targets.iter().filter(|t| t.root == number) {
            if at(&run.state(target.number).stage) {
                let copy = all.remove(&target.number);
                copies.extend(copy.map(|c| (target.clone(), c)));
            }
        }
        if !copies.is_empty() {
            out.push(OfRoot {
                number,
                root: root.clone(),
                copies,
            });
        }
    }
    Ok(out)
}

/// How a copy stands.
enum Put {
    /// Where its file was; whether for its owner alone.
    There(bool),
    /// Something else stands there.
    Blocked,
    /// Its folder is gone.
    Nowhere,
    /// Its file is not in quarantine any more.
    NoFile,
}

/// Puts the copies of the files in quarantine where the files were, or goes on with it. A copy whose folder is gone
/// does not keep the others.
///
/// # Errors
/// `Busy`, `Quarantine`; `Stopped` and `Interrupted`, after which it can be done again.
pub fn put_in_place(run: &mut Run, steps: &Steps<'_>) -> Result<StoodIn, EraseError> {
    let mut out = StoodIn::default();
    for of_root in by_root(run, |s| matches!(s, Stage::Quarantined))? {
        let Some(place) = Place::open_if_there(of_root.number, &of_root.root)? else {
            let items = of_root.copies.iter().map(|(t, _)| t.number);
            out.nowhere.extend(items);
            continue;
        };
        if !place.has_quarantine()? {
            continue;
        }
        let quarantine = place.quarantine()?;
        for (target, copy) in &of_root.copies {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            match put_one(run, &place, &quarantine, (target, copy), steps)? {
                Put::There(narrow) => {
                    out.there += 1;
                    out.narrow += u64::from(narrow);
                }
                Put::Blocked => out.blocked += 1,
                Put::Nowhere => drop(out.nowhere.insert(target.number)),
                Put::NoFile => {}
            }
        }
    }
    Ok(out)
}

/// Takes the copies away again, so that their files can go back. Gives how many were taken. Only what this run has
/// made is taken, while it is as it was made, and while its file can come in its place.
///
/// # Errors
/// As [`put_in_place`].
pub fn take_back(run: &Run, steps: &Steps<'_>) -> Result<u64, EraseError> {
    let mut taken = 0;
    let goes_back = |s: &Stage| matches!(s, Stage::Leaving | Stage::Quarantined | Stage::Returning);
    for of_root in by_root(run, goes_back)? {
        let Some(place) = Place::open_if_there(of_root.number, &of_root.root)? else {
            continue;
        };
        if !place.has_quarantine()? {
            continue;
        }
        let quarantine = place.quarantine()?;
        for (target, copy) in &of_root.copies {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            taken += u64::from(take_one(run, &place, &quarantine, (target, copy), steps)?);
        }
        quarantine.sync().map_err(stopped)?;
    }
    Ok(taken)
}

/// The folder that a file was in; `None` when it is gone, or something else stands for it.
fn folder_of(place: &Place, target: &Target) -> Result<Option<Folder>, EraseError> {
    match place.folder.beneath(split(&target.path).0) {
        Ok(folder) => Ok(Some(folder)),
        Err(e) if matches!(meaning(&e), Note::Gone | Note::Way) => Ok(None),
        Err(e) => Err(stopped(e)),
    }
}

/// Whether this name is that file.
fn is_at(folder: &Folder, name: &[u8], device: u64, inode: u64) -> io::Result<bool> {
    Ok(folder.inode_of(name)? == Some(Inode { device, inode }))
}

/// The regular file under a name of this inode and birth, if that is what the run has put there.
fn ours(
    folder: &Folder,
    name: &[u8],
    device: u64,
    standing: Option<Standing>,
) -> io::Result<Option<File>> {
    let Some(standing) = standing else {
        return Ok(None);
    };
    if !is_at(folder, name, device, standing.inode)? || folder.kind(name)? != Kind::File {
        return Ok(None);
    }
    let file = folder.open_to_look(name)?;
    let facts = sys::facts(&file)?;
    let same = facts.inode.inode == standing.inode && birth(&facts) == standing.born;
    Ok(same.then_some(file))
}

fn birth(facts: &sys::Facts) -> Option<i64> {
    facts.born.and_then(|b| i64::try_from(b).ok())
}

fn holds(file: &File, copy: &StandIn) -> io::Result<bool> {
    let mut reader = io::BufReader::with_capacity(1 << 18, At(file, 0));
    Ok(digest::sha256(&mut reader)? == copy.sha256)
}

/// Whether what has the name of a copy does for it: the copy, whoever has written to it since, or somebody else's
/// file of the same content.
fn stands(
    folder: &Folder,
    place: &Place,
    (target, copy): (&Target, &StandIn),
    standing: Option<Standing>,
) -> io::Result<bool> {
    let name = copy.name.bytes();
    if ours(folder, name, place.device, standing)?.is_some() {
        return Ok(true);
    }
    if is_at(folder, name, place.device, target.inode)? || folder.kind(name)? != Kind::File {
        return Ok(false);
    }
    holds(&folder.open_to_look(name)?, copy)
}

/// Puts one copy in place: written beside the file in quarantine, through to the disk, then moved under the
/// name.
fn put_one(
    run: &mut Run,
    place: &Place,
    quarantine: &Folder,
    (target, copy): (&Target, &StandIn),
    steps: &Steps<'_>,
) -> Result<Put, EraseError> {
    let Some(folder) = folder_of(place, target)? else {
        return Ok(Put::Nowhere);
    };
    let (name, original) = (copy.name.bytes(), target.name.as_bytes());
    let standing = run.state(target.number).standing;
    if folder.inode_of(name).map_err(stopped)?.is_some() {
        let stands = stands(&folder, place, (target, copy), standing);
        let narrow = standing.is_some_and(|s| s.narrow);
        return Ok(if stands.unwrap_or(false) {
            Put::There(narrow)
        } else {
            Put::Blocked
        });
    }
    if !is_at(quarantine, original, place.device, target.inode).map_err(stopped)? {
        return Ok(Put::NoFile);
    }
    let part = part_of(target);
    remove_if_there(quarantine, &part)?;
    steps.step().map_err(stopped)?;
    let made = make(run.dir(), quarantine, (target, copy), &part).map_err(stopped)?;
    // Before it stands anywhere: what is not in the journal is never taken for the run's own.
    let entry = Entry::Standing {
        item: target.number,
        inode: made.inode,
        born: made.born,
        narrow: made.narrow,
    };
    run.say(entry, steps)?;
    steps.step().map_err(stopped)?;
    match quarantine.move_new(&part, &folder, name) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            remove_if_there(quarantine, &part)?;
            return Ok(Put::Blocked);
        }
        moved => moved.map_err(stopped)?,
    }
    folder.sync().map_err(stopped)?;
    quarantine.sync().map_err(stopped)?;
    Ok(Put::There(made.narrow))
}

/// The name in quarantine of a copy that is not in its place yet.
fn part_of(target: &Target) -> Vec<u8> {
    format!("{}.copy", target.name).into_bytes()
}

fn remove_if_there(folder: &Folder, name: &[u8]) -> Result<(), EraseError> {
    match folder.remove(name) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(stopped),
    }
}

/// Writes a copy into the quarantine folder, checked and on the disk.
fn make(
    dir: &Path,
    quarantine: &Folder,
    (target, copy): (&Target, &StandIn),
    part: &[u8],
) -> io::Result<Standing> {
    let mut from = File::open(dir.join(COPIES).join(path_of(&copy.copy)))?;
    let mut out = quarantine.create(part)?;
    io::copy(&mut from, &mut out)?;
    let original = quarantine.open_to_look(target.name.as_bytes())?;
    let narrow = !rights::like(&out, &original)?;
    sys::sync_file(&out)?;
    if !holds(&out, copy)? {
        quarantine.remove(part)?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    let facts = sys::facts(&out)?;
    Ok(Standing {
        inode: facts.inode.inode,
        born: birth(&facts),
        narrow,
    })
}

/// Takes one copy away; whether it did. It goes into quarantine first: what turns out to be something else goes
/// back.
fn take_one(
    run: &Run,
    place: &Place,
    quarantine: &Folder,
    (target, copy): (&Target, &StandIn),
    steps: &Steps<'_>,
) -> Result<bool, EraseError> {
    let standing = run.state(target.number).standing;
    let (name, original) = (copy.name.bytes(), target.name.as_bytes());
    remove_if_there(quarantine, &part_of(target))?;
    let (Some(standing), Some(folder)) = (standing, folder_of(place, target)?) else {
        return Ok(false);
    };
    let own = |folder: &Folder, name: &[u8]| is_at(folder, name, place.device, standing.inode);
    let back = format!("{}.back", target.name).into_bytes();
    if quarantine.inode_of(&back).map_err(stopped)?.is_none() {
        let is_it = |f: Option<File>| f.map_or(Ok(false), |f| holds(&f, copy));
        let found = ours(&folder, name, place.device, Some(standing)).and_then(is_it);
        let returns = is_at(quarantine, original, place.device, target.inode);
        // What cannot be read is not known to be the copy: it stays, and the file waits.
        if !found.unwrap_or(false) || !returns.map_err(stopped)? {
            return Ok(false);
        }
        steps.step().map_err(stopped)?;
        match folder.move_new(name, quarantine, &back) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            moved => moved.map_err(stopped)?,
        }
    }
    let is_own = own(quarantine, &back).map_err(stopped)?;
    if is_own {
        quarantine.remove(&back).map_err(stopped)?;
    } else {
        match quarantine.move_new(&back, &folder, name) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            moved => moved.map_err(stopped)?,
        }
    }
    folder.sync().map_err(stopped)?;
    Ok(is_own)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["a", "..a", "客户名单.csv"] {
            assert!(is_component(name.as_bytes()) && is_below(name.as_bytes()));
        }
        assert!(is_below("柜台/客户名单.csv".as_bytes()));
        for name in ["", ".", "..", "a/b", "/a", "a/"] {
            assert!(!is_component(name.as_bytes()), "{name}");
        }
        for path in ["", "/a", "../a", "a/../../b", "a//b", "a/", "./a"] {
            assert!(!is_below(path.as_bytes()), "{path}");
        }
    }
}
