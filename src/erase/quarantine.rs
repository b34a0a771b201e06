//! Into quarantine and back: one atomic rename a file, checked before and after.

use super::{
    EraseError,
    grade::{Evidence, Family, grade},
    index::Target,
    journal::Entry,
    note::Note,
    place::{Place, meaning, names_of, same, same_content, split, unused},
    run::{Run, Stage},
    steps::Steps,
};
use crate::{
    model::Grade,
    sys::{self, Folder, Inode, Kind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    rc::Rc,
};

/// Files that are dealt with between two writes of the journal.
pub(super) const BATCH: usize = 500;

/// What was moved, and what was left and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// Files moved by this call.
    pub moved: u64,
    /// Files left, by reason.
    pub left: BTreeMap<Note, u64>,
}

/// A file on its way into quarantine.
struct Leaving {
    target: Target,
    folder: Rc<Folder>,
    /// Kept for its lease; `None` when another name of the same file has it.
    file: Option<File>,
}

/// Moves the files of a run into quarantine, or goes on with it. Each is checked against the plan first;
/// what is not as planned, in use, or could only be erased in name is left where it is.
///
/// # Errors
/// `Root`, `Busy`, `Quarantine`; `Stopped` and `Interrupted`, after which it can be resumed.
pub fn quarantine(run: &mut Run, steps: &Steps<'_>) -> Result<Moved, EraseError> {
    let mut out = Moved::default();
    let names = names_of(&run.index.targets);
    let roots = run.index.roots.clone();
    for (number, root) in (0..).zip(&roots) {
        let open = |s: &Stage| matches!(s, Stage::Planned | Stage::Leaving);
        let mut all: Vec<Target> = run.index.targets.clone();
        all.retain(|t| t.root == number && open(&run.state(t.number).stage));
        if all.is_empty() {
            continue;
        }
        let place = Place::open(number, root)?;
        let quarantine = place.make_quarantine(steps)?;
        for batch in all.chunks(BATCH) {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            one_batch(run, &place, &quarantine, batch, &names, steps, &mut out)?;
        }
        place.drop_quarantine();
    }
    Ok(out)
}

fn one_batch(
    run: &mut Run,
    place: &Place,
    quarantine: &Folder,
    batch: &[Target],
    names: &BTreeMap<(u32, u64), u64>,
    steps: &Steps<'_>,
    out: &mut Moved,
) -> Result<(), EraseError> {
    let ready = prepare(run, place, quarantine, batch, names, steps, out)?;
    for leaving in &ready {
        run.note(
            Entry::Leaving {
                item: leaving.target.number,
            },
            steps,
        )?;
    }
    run.journal.sync(steps)?;
    let mut moved = Vec::new();
    for leaving in &ready {
        match one(place, quarantine, leaving, steps)? {
            Ok(()) => moved.push(leaving.target.number),
            Err(why) => {
                run.note(
                    Entry::Refused {
                        item: leaving.target.number,
                        why,
                    },
                    steps,
                )?;
                *out.left.entry(why).or_default() += 1;
            }
        }
    }
    let mut synced = BTreeSet::new();
    for leaving in &ready {
        let inode = leaving.folder.inode().map_err(EraseError::Stopped)?;
        if synced.insert(inode) {
            leaving.folder.sync().map_err(EraseError::Stopped)?;
        }
    }
    steps.step().map_err(EraseError::Stopped)?;
    quarantine.sync().map_err(EraseError::Stopped)?;
    out.moved += moved.len() as u64;
    for item in moved {
        run.note(Entry::Quarantined { item }, steps)?;
    }
    run.journal.sync(steps)
}

/// Checks the files of a batch; what was moved before a crash, or is not as planned, is noted at once.
fn prepare(
    run: &mut Run,
    place: &Place,
    quarantine: &Folder,
    batch: &[Target],
    names: &BTreeMap<(u32, u64), u64>,
    steps: &Steps<'_>,
    out: &mut Moved,
) -> Result<Vec<Leaving>, EraseError> {
    let mut ready: Vec<Leaving> = Vec::new();
    for target in batch {
        let wanted = Inode {
            device: place.device,
            inode: target.inode,
        };
        let there = quarantine.inode_of(target.name.as_bytes());
        let there = there.map_err(EraseError::Stopped)?;
        if there == Some(wanted) {
            // Moved before a crash.
            run.note(
                Entry::Quarantined {
                    item: target.number,
                },
                steps,
            )?;
            out.moved += 1;
            continue;
        }
        if there.is_some() {
            // Swapped in, and the crash came before it was put back.
            let (dir, name) = split(&target.path);
            let back = place
                .folder
                .beneath(dir)
                .and_then(|folder| quarantine.move_new(target.name.as_bytes(), &folder, name));
            if let Err(e) = back {
                if !is_no_place(&e) {
                    return Err(EraseError::Stopped(e));
                }
                // It stays where it is, whole, and so does the file of the plan.
                let (item, why) = (target.number, Note::Swapped);
                run.note(Entry::Refused { item, why }, steps)?;
                *out.left.entry(why).or_default() += 1;
                continue;
            }
        }
        let count = names
            .get(&(target.root, target.inode))
            .copied()
            .unwrap_or(1);
        let held = ready
            .iter()
            .any(|r| r.target.inode == target.inode && r.file.is_some());
        match check(run, place, target, count, held) {
            Ok((folder, file)) => ready.push(Leaving {
                target: target.clone(),
                folder: Rc::new(folder),
                file,
            }),
            Err(why) => {
                run.note(
                    Entry::Refused {
                        item: target.number,
                        why,
                    },
                    steps,
                )?;
                *out.left.entry(why).or_default() += 1;
            }
        }
    }
    Ok(ready)
}

/// Whether a move failed because the place is taken, gone, or not the one it was: trying again changes nothing.
fn is_no_place(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::AlreadyExists || matches!(meaning(e), Note::Gone | Note::Way)
}

/// Checks one file where it lies; gives its folder and, unless another name has it, the leased file.
fn check(
    run: &Run,
    place: &Place,
    target: &Target,
    names: u64,
    held: bool,
) -> Result<(Folder, Option<File>), Note> {
    if place.mount.has("ro") {
        return Err(Note::ReadOnly);
    }
    match place.family {
        Family::Overlay => return Err(Note::Overlay),
        Family::Network => return Err(Note::Network),
        _ => {}
    }
    let (dir, name) = split(&target.path);
    let of = |e: io::Error| meaning(&e);
    let folder = place.folder.beneath(dir).map_err(of)?;
    match folder.kind(name).map_err(of)? {
        Kind::File => {}
        Kind::Link => return Err(Note::Way),
        _ => return Err(Note::NotAFile),
    }
    if held {
        let there = folder.inode_of(name).map_err(of)?;
        let same = there.is_some_and(|i| i.inode == target.inode && i.device == place.device);
        return if same {
            Ok((folder, None))
        } else {
            Err(Note::Changed)
        };
    }
    let file = folder.open_to_look(name).map_err(of)?;
    same(&file, target, place.device, names)?;
    let facts = sys::facts(&file).map_err(of)?;
    unused(&file, facts.inode)?;
    let flags = sys::inode_flags(&file);
    let map = sys::extents(&file).map_err(of)?;
    let mut evidence =
        Evidence::forecast(&place.mount, &place.disk, flags).with_map(map.as_deref());
    evidence.checkpointed = place.family == Family::Ext && place.admin;
    let graded = grade(&evidence);
    if graded.grade == Grade::F {
        let shown = [
            Note::SharedExtents,
            Note::KeptVersions,
            Note::Overlay,
            Note::Network,
        ];
        let why = shown.into_iter().find(|n| graded.notes.contains(n));
        return Err(why.unwrap_or(Note::BelowAccepted));
    }
    if graded.grade > run.index.accept {
        return Err(Note::BelowAccepted);
    }
    same_content(&file, target)?;
    Ok((folder, Some(file)))
}

/// Moves one file. What turns out to be another file is put back at once.
fn one(
    place: &Place,
    quarantine: &Folder,
    leaving: &Leaving,
    steps: &Steps<'_>,
) -> Result<Result<(), Note>, EraseError> {
    let (_, name) = split(&leaving.target.path);
    let to = leaving.target.name.as_bytes();
    steps.step().map_err(EraseError::Stopped)?;
    if let Err(e) = leaving.folder.move_new(name, quarantine, to) {
        return match meaning(&e) {
            Note::Io | Note::NoSpace | Note::ReadOnly => Err(EraseError::Stopped(e)),
            Note::Way => Ok(Err(Note::Way)),
            other => Ok(Err(other)),
        };
    }
    let there = quarantine.inode_of(to).map_err(EraseError::Stopped)?;
    let same = there.is_some_and(|i| i.inode == leaving.target.inode && i.device == place.device);
    if same {
        return Ok(Ok(()));
    }
    // Somebody put another file there between the look and the move: nothing of it was changed.
    quarantine
        .move_new(to, &leaving.folder, name)
        .map_err(EraseError::Stopped)?;
    Ok(Err(Note::Swapped))
}

/// Moves files back where they were; what is destroyed already is not among them. A file whose old name is
/// taken, or whose folder is gone, stays in quarantine.
///
/// # Errors
/// As [`quarantine`].
pub fn undo(run: &mut Run, steps: &Steps<'_>) -> Result<Moved, EraseError> {
    let mut out = Moved::default();
    let roots = run.index.roots.clone();
    for (number, root) in (0..).zip(&roots) {
        let open = |s: &Stage| matches!(s, Stage::Leaving | Stage::Quarantined | Stage::Returning);
        let mut all: Vec<Target> = run.index.targets.clone();
        all.retain(|t| t.root == number && open(&run.state(t.number).stage));
        if all.is_empty() {
            continue;
        }
        let Some(place) = Place::open_if_there(number, root)? else {
            *out.left.entry(Note::FolderGone).or_default() += all.len() as u64;
            continue;
        };
        // Without it, files that never left are still found where they were.
        let there = place.has_quarantine()?;
        let quarantine = there.then(|| place.quarantine()).transpose()?;
        for batch in all.chunks(BATCH) {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            back(run, &place, quarantine.as_ref(), batch, steps, &mut out)?;
        }
        place.drop_quarantine();
    }
    Ok(out)
}

fn back(
    run: &mut Run,
    place: &Place,
    quarantine: Option<&Folder>,
    batch: &[Target],
    steps: &Steps<'_>,
    out: &mut Moved,
) -> Result<(), EraseError> {
    for target in batch {
        run.note(
            Entry::Returning {
                item: target.number,
            },
            steps,
        )?;
    }
    run.journal.sync(steps)?;
    let mut back = Vec::new();
    let mut folders: BTreeMap<Inode, Folder> = BTreeMap::new();
    for target in batch {
        steps.step().map_err(EraseError::Stopped)?;
        match back_one(place, quarantine, target) {
            Ok(folder) => {
                out.moved += 1;
                back.push(target.number);
                let inode = folder.inode().map_err(EraseError::Stopped)?;
                folders.insert(inode, folder);
            }
            Err(why @ (Note::Io | Note::NoSpace)) => {
                let _ = why;
                return Err(EraseError::Stopped(io::ErrorKind::Other.into()));
            }
            Err(why) => {
                *out.left.entry(why).or_default() += 1;
                run.note(
                    Entry::Quarantined {
                        item: target.number,
                    },
                    steps,
                )?;
            }
        }
    }
    // Each folder once; what has come back is only then said to have.
    for folder in folders.values() {
        folder.sync().map_err(EraseError::Stopped)?;
    }
    steps.step().map_err(EraseError::Stopped)?;
    for item in back {
        run.note(Entry::Returned { item }, steps)?;
    }
    if let Some(quarantine) = quarantine {
        quarantine.sync().map_err(EraseError::Stopped)?;
    }
    run.journal.sync(steps)
}

/// Moves one back, or finds it where it was; gives its folder, whose names are not on the disk yet.
fn back_one(place: &Place, quarantine: Option<&Folder>, target: &Target) -> Result<Folder, Note> {
    let of = |e: io::Error| meaning(&e);
    let (dir, name) = split(&target.path);
    let is_it =
        |i: Option<Inode>| i.is_some_and(|i| i.inode == target.inode && i.device == place.device);
    let folder = place.folder.beneath(dir).map_err(|e| match meaning(&e) {
        Note::Gone => Note::FolderGone,
        other => other,
    })?;
    let from = target.name.as_bytes();
    let waits = match quarantine {
        Some(folder) => is_it(folder.inode_of(from).map_err(of)?),
        None => false,
    };
    let Some(quarantine) = quarantine.filter(|_| waits) else {
        // Never moved, or moved back before a crash.
        let home = is_it(folder.inode_of(name).map_err(of)?);
        return if home { Ok(folder) } else { Err(Note::Gone) };
    };
    match quarantine.move_new(from, &folder, name) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Note::Swapped),
        other => other.map_err(of),
    }?;
    Ok(folder)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
