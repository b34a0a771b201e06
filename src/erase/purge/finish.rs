//! After the files of a root are gone: their folders, the journal once more, and the last word on each.

#[allow(clippy::wildcard_imports, reason = "a part of the module above")]
use super::*;
use crate::erase::{grade::medium, place::split};
use std::collections::BTreeMap;

/// Folders below a root that names were removed from: how many, and the longest in bytes.
type Folders = BTreeMap<Vec<u8>, (u64, usize)>;

/// Finishes a root whose files are removed, or goes on with that.
pub(super) fn root(
    run: &mut Run,
    place: &Place,
    asked: &Asked<'_>,
    steps: &Steps<'_>,
) -> Result<(), EraseError> {
    let gone: Vec<Target> = run
        .index
        .targets
        .iter()
        .filter(|t| t.root == place.number && run.state(t.number).stage == Stage::Unlinked)
        .cloned()
        .collect();
    if gone.is_empty() {
        place.drop_quarantine();
        return Ok(());
    }
    let root = place.number;
    run.say(Entry::Scrubbing { root }, steps)?;
    let (ok, removed) = folders(run, place, &gone, asked.remove_folders, steps)?;
    run.say(Entry::Scrubbed { root, ok, removed }, steps)?;
    steps.step().map_err(stopped)?;
    place.folder.sync_volume().map_err(stopped)?;
    let emptied = empty(place, &place.folder, steps)?;
    if matches!(
        place.family,
        Family::Xfs | Family::Btrfs | Family::CopyOnWrite
    ) {
        // Never part of a grade, but what the device forgets nobody reads.
        let _ = place.folder.trim();
    }
    let both = emptied
        && run
            .roots
            .get(&root)
            .and_then(|r| r.emptied)
            .unwrap_or(false);
    let swap = sys::is_swap_clear();
    for target in &gone {
        let state = run.state(target.number);
        let entry = last_word(place, target, &state, (both, ok, swap));
        run.note(entry, steps)?;
    }
    run.journal.sync(steps)
}

fn last_word(
    place: &Place,
    target: &Target,
    state: &State,
    (emptied, scrubbed, swap): (bool, bool, bool),
) -> Entry {
    let graded = match state.evidence {
        Some(mut evidence) => {
            evidence.checkpointed = emptied;
            evidence.scrubbed = scrubbed;
            let moved = match evidence.mapping {
                Mapping::Moved(bytes) => bytes,
                _ => 0,
            };
            (grade(&evidence), moved)
        }
        // Gone without anything known of it: nothing is proved.
        None => (
            Graded {
                grade: crate::model::Grade::F,
                notes: BTreeSet::from([Note::Gone]),
                names: false,
            },
            0,
        ),
    };
    let (mut graded, moved) = graded;
    graded.notes.insert(Note::NotScanned);
    if swap {
        graded.notes.insert(Note::SwapClear);
    }
    Entry::Done {
        item: target.number,
        grade: graded.grade,
        medium: medium(place.family, &place.disk),
        notes: graded.notes.into_iter().collect(),
        names: graded.names,
        written: state.written,
        verified: state.verified,
        moved,
    }
}

/// Fills all folders that names were removed from, the quarantine folder too, and removes what is empty and
/// may go; whether all were filled, and how many were removed.
fn folders(
    run: &Run,
    place: &Place,
    gone: &[Target],
    remove: bool,
    steps: &Steps<'_>,
) -> Result<(bool, u64), EraseError> {
    let mut all = Folders::new();
    for target in gone {
        let (dir, name) = split(&target.path);
        let entry = all.entry(dir.to_vec()).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(name.len());
    }
    let own = place.root.quarantine.clone().into_bytes();
    all.insert(own.clone(), (gone.len() as u64, 32));
    let tag = scrub::tag(&run.index.run);
    let mut whole = true;
    for (path, (count, longest)) in &all {
        whole &= fill(place, path, *count, *longest, &tag, steps)?;
    }
    all.remove(&own);
    let mut removed = 0;
    if remove {
        removed = empty_ones(place, &all, &tag, &mut whole, steps)?;
    }
    steps.step().map_err(stopped)?;
    place.drop_quarantine();
    Ok((whole, removed))
}

fn fill(
    place: &Place,
    path: &[u8],
    count: u64,
    longest: usize,
    tag: &str,
    steps: &Steps<'_>,
) -> Result<bool, EraseError> {
    let folder = match place.folder.beneath(path) {
        // Removed meanwhile, by a run before a crash or by its owner.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(_) => return Ok(false),
        Ok(folder) => folder,
    };
    scrub::sweep(&folder, tag).map_err(stopped)?;
    scrub::folder(&folder, count, longest, tag, steps).map_err(stopped)
}

/// Removes the folders that are empty now, and those above them that become so, below the root.
fn empty_ones(
    place: &Place,
    all: &Folders,
    tag: &str,
    whole: &mut bool,
    steps: &Steps<'_>,
) -> Result<u64, EraseError> {
    // What a folder's blocks hold must be zeros on the disk before the blocks are free.
    empty(place, &place.folder, steps)?;
    let mut removed = 0;
    let mut above = Folders::new();
    for path in all.keys().rev() {
        let mut at: &[u8] = path;
        while !at.is_empty() {
            let (parent, name) = match memchr::memrchr(b'/', at) {
                Some(slash) => {
                    let (parent, name) = at.split_at(slash);
                    (parent, name.get(1..).unwrap_or_default())
                }
                None => (&b""[..], at),
            };
            steps.step().map_err(stopped)?;
            let Ok(folder) = place.folder.beneath(parent) else {
                break;
            };
            if folder.remove_folder(name).is_err() {
                break;
            }
            folder.sync().map_err(stopped)?;
            removed += 1;
            let entry = above.entry(parent.to_vec()).or_default();
            entry.0 += 1;
            entry.1 = entry.1.max(name.len());
            at = parent;
        }
    }
    for (path, (count, longest)) in &above {
        *whole &= fill(place, path, *count, *longest, tag, steps)?;
    }
    Ok(removed)
}
