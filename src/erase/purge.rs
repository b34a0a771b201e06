//! The deed: overwrite, read back, empty the journal, remove, fill the folders, empty the journal again.
//! Batch by batch, each step first in the journal.

use super::{
    EraseError, extras,
    grade::{Evidence, Family, Graded, Mapping, ReadBack, grade, moved},
    index::Target,
    journal::{Entry, packed, unpacked},
    note::Note,
    overwrite::{self, Plan},
    place::{Place, meaning, names_of, same, same_content, unused},
    quarantine::BATCH,
    residue,
    run::{Run, Stage, State},
    scrub,
    steps::Steps,
};
use crate::{
    approve::Approved,
    digest::{JobKey, KeyStream},
    sys::{self, Aligned, Extent, Folder, Inode, Kind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    sync::Arc,
};

mod after;
mod finish;
mod held;
mod one;

/// Bytes of the files of one batch, about: leases are held no longer than such a batch takes.
const BATCH_BYTES: u64 = 256 << 20;

/// Files that are written or read at once.
const AT_ONCE: usize = 4;

/// What a purge is asked to do.
pub struct Asked<'a> {
    /// Now, RFC 3339 in UTC.
    pub time: String,
    /// Purge although it could still be undone.
    pub waive_window: bool,
    /// Remove the folders that have become empty.
    pub remove_folders: bool,
    /// Numbers of items that stay in quarantine, and why.
    pub kept: BTreeMap<u32, Note>,
    /// Whether a hold stands against the plan now. Asked before every single intent, and again before the first write
    /// to a file: what is whole then stays so.
    pub held: &'a (dyn Fn() -> bool + Sync),
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asked({})", self.time)
    }
}

/// One file in a batch.
struct Work {
    target: Target,
    state: State,
    /// `None` for another name of a file in the same batch.
    file: Option<Arc<File>>,
    alias: Option<u32>,
    before: Option<Vec<Extent>>,
    plan: Plan,
    evidence: Evidence,
    written: u64,
    verified: u64,
    failed: Option<Note>,
    /// Whether nothing of the file was written yet.
    is_whole: bool,
    /// Why nothing is written to it after all.
    spared: Option<Note>,
}

fn stopped(e: io::Error) -> EraseError {
    EraseError::Stopped(e)
}

/// Purges what is in quarantine, or goes on with it. Every file is checked against the plan once more,
/// under a lease, before its intent is written; after that it is finished whatever the plan says. Without
/// approval nothing that is whole is touched: only what was begun is finished.
///
/// # Errors
/// `OtherPlan`; `Window`; `Root`, `Busy`, `Quarantine`; `Stopped` and `Interrupted`, after which it can be resumed.
pub fn purge(
    run: &mut Run,
    approved: Option<&Approved<'_>>,
    asked: &Asked<'_>,
    steps: &Steps<'_>,
) -> Result<(), EraseError> {
    if approved.is_some_and(|a| a.id() != run.index.plan) {
        return Err(EraseError::OtherPlan);
    }
    let begun = approved.is_none();
    let window = asked.time.as_str() < run.index.undo_until.as_str();
    if window && !asked.waive_window && !begun {
        return Err(EraseError::Window);
    }
    sys::lift_open_files();
    // A name that went back, or was never taken, is none of ours: its file has a name too many then.
    let mut here = run.index.targets.clone();
    here.retain(|t| wanted(&run.state(t.number).stage, false));
    let names = names_of(&here);
    let roots = run.index.roots.clone();
    for (number, root) in (0..).zip(&roots) {
        let mut all = run.index.targets.clone();
        let begun_files = begun_files(run, number);
        all.retain(|t| {
            let only_begun = begun && !begun_files.contains(&t.inode);
            t.root == number && wanted(&run.state(t.number).stage, only_begun)
        });
        let mut to_finish = run.index.targets.clone();
        to_finish.retain(|t| t.root == number && run.state(t.number).stage == Stage::Unlinked);
        if all.is_empty() && to_finish.is_empty() {
            continue;
        }
        let Some(place) = Place::open_if_there(number, root)? else {
            // The other roots go on without it.
            all.append(&mut to_finish);
            leave(run, &all, Note::FolderGone, steps)?;
            continue;
        };
        if !all.is_empty() && !place.has_quarantine()? {
            leave(run, &all, Note::Gone, steps)?;
            all.clear();
        }
        // Names of one file stand together, so that no batch parts them.
        all.sort_by_key(|t| (t.inode, t.number));
        let mut buffer = overwrite::buffer();
        let mut whole = true;
        let mut spared = BTreeSet::new();
        for batch in batches(&all) {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            let quarantine = place.own_quarantine()?;
            let count = |t: &Target| names.get(&(t.root, t.inode)).copied().unwrap_or(1);
            let mut deed = Deed {
                run,
                place: &place,
                quarantine: &quarantine,
                asked,
                steps,
                begun: &begun_files,
                spared: &mut spared,
                buffer: &mut buffer,
            };
            whole = deed.batch(batch, &count)?;
            if !whole {
                break;
            }
        }
        finish::root(run, &place, asked, steps)?;
        if !whole {
            // A disk that does not keep what is written to it: nothing more is given to it.
            return Err(stopped(io::ErrorKind::InvalidData.into()));
        }
    }
    let open = |s: &Stage| matches!(s, Stage::Intended | Stage::Overwritten | Stage::Unlinked);
    if run.count(open) == 0 && !run.has_ended() {
        run.say(
            Entry::End {
                time: asked.time.clone(),
            },
            steps,
        )?;
    }
    Ok(())
}

/// Files of a root that are perhaps overwritten under one of their names: then the others are not whole either.
fn begun_files(run: &Run, root: u32) -> BTreeSet<u64> {
    let begun = |t: &&Target| {
        let stage = run.state(t.number).stage;
        t.root == root && matches!(stage, Stage::Intended | Stage::Overwritten)
    };
    run.index
        .targets
        .iter()
        .filter(begun)
        .map(|t| t.inode)
        .collect()
}

/// Notes that files of a root cannot be reached: they stay as they are.
fn leave(run: &mut Run, all: &[Target], why: Note, steps: &Steps<'_>) -> Result<(), EraseError> {
    for target in all {
        let item = target.number;
        let entry = match run.state(item).stage {
            Stage::Quarantined => Entry::Refused { item, why },
            _ => Entry::Failed { item, why },
        };
        run.note(entry, steps)?;
    }
    run.journal.sync(steps)
}

fn wanted(stage: &Stage, only_begun: bool) -> bool {
    match stage {
        Stage::Intended | Stage::Overwritten => true,
        Stage::Quarantined => !only_begun,
        _ => false,
    }
}

fn batches(all: &[Target]) -> Vec<&[Target]> {
    let mut out = Vec::new();
    let (mut start, mut bytes) = (0, 0_u64);
    for (at, target) in all.iter().enumerate() {
        let new_file = at == 0 || all.get(at - 1).is_none_or(|p| p.inode != target.inode);
        let full = at - start >= BATCH || bytes >= BATCH_BYTES;
        if new_file && full {
            out.extend(all.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(target.size);
    }
    out.extend(all.get(start..).filter(|s| !s.is_empty()));
    out
}

/// What a batch is done with.
struct Deed<'a, 's> {
    run: &'a mut Run,
    place: &'a Place,
    quarantine: &'a Folder,
    asked: &'a Asked<'a>,
    steps: &'a Steps<'s>,
    /// Files that are perhaps overwritten under one of their names.
    begun: &'a BTreeSet<u64>,
    /// Of those the ones that turned out to be whole, and are held.
    spared: &'a mut BTreeSet<u64>,
    buffer: &'a mut Aligned,
}

impl Deed<'_, '_> {
    fn step(&self) -> Result<(), EraseError> {
        self.steps.step().map_err(stopped)
    }

    fn sync_volume(&self) -> Result<(), EraseError> {
        self.step()?;
        self.quarantine.sync_volume().map_err(stopped)
    }

    /// Deals with one batch; whether all that was overwritten could be read back so.
    fn batch(
        &mut self,
        batch: &[Target],
        names: &dyn Fn(&Target) -> u64,
    ) -> Result<bool, EraseError> {
        // What lies in memory only has no place yet. Asking for the map writes what comes after this.
        self.sync_volume()?;
        let mut works = self.prepare_all(batch, names)?;
        self.intend(&mut works)?;
        self.overwrite_all(&mut works)?;
        let mut whole = self.drop_failed(&mut works)?;
        self.record(&works)?;
        let emptied = self.empty_journal()?;
        self.check_again(&mut works, emptied)?;
        whole &= self.drop_failed(&mut works)?;
        self.take_names(&mut works, emptied)?;
        self.remove_all(&works)?;
        Ok(whole)
    }

    /// Takes out what failed, with all names of the file; whether there was none.
    fn drop_failed(&mut self, works: &mut Vec<Work>) -> Result<bool, EraseError> {
        let failed: Vec<(u64, Note)> = works
            .iter()
            .filter_map(|w| w.failed.map(|why| (w.target.inode, why)))
            .collect();
        for (inode, why) in &failed {
            for work in works.iter().filter(|w| w.target.inode == *inode) {
                let (item, why) = (work.target.number, *why);
                self.run.note(Entry::Failed { item, why }, self.steps)?;
            }
        }
        works.retain(|w| failed.iter().all(|(inode, _)| *inode != w.target.inode));
        Ok(failed.is_empty())
    }

    /// Opens and checks all; what is not as planned is refused and stays in quarantine.
    fn prepare_all(
        &mut self,
        batch: &[Target],
        names: &dyn Fn(&Target) -> u64,
    ) -> Result<Vec<Work>, EraseError> {
        let mut works: Vec<Work> = Vec::new();
        let mut refused = BTreeMap::new();
        for target in batch {
            let mut state = self.run.state(target.number);
            if state.stage == Stage::Intended && self.is_spared(target, names(target)) {
                let (item, why) = (target.number, Note::Hold);
                self.run.note(Entry::Spared { item, why }, self.steps)?;
                self.spared.insert(target.inode);
                state = self.run.state(item);
            }
            let fresh = state.stage == Stage::Quarantined;
            if let (Some(&why), true) = (refused.get(&target.inode), fresh) {
                let item = target.number;
                self.run.note(Entry::Refused { item, why }, self.steps)?;
                continue;
            }
            let primary = works.iter().find(|w| w.target.inode == target.inode);
            let prepared = match primary {
                Some(primary) => self.alias(target, &state, primary),
                None => self.prepare(target, &state, names(target)),
            };
            let item = target.number;
            match prepared {
                Ok(work) => works.push(work),
                Err(Note::Gone) if state.stage == Stage::Overwritten => {
                    // Removed before a crash.
                    self.run.note(Entry::Unlinked { item }, self.steps)?;
                }
                Err(why) if fresh => {
                    self.run.note(Entry::Refused { item, why }, self.steps)?;
                    refused.insert(target.inode, why);
                    // A file goes under all of its names or under none.
                    let with = |w: &Work| {
                        w.target.inode == target.inode && w.state.stage == Stage::Quarantined
                    };
                    for work in works.extract_if(.., |w| with(w)) {
                        let item = work.target.number;
                        self.run.note(Entry::Refused { item, why }, self.steps)?;
                    }
                }
                Err(why) => self.run.note(Entry::Failed { item, why }, self.steps)?,
            }
        }
        Ok(works)
    }

    /// Writes down what is about to be done, and what its traces would look like.
    fn intend(&mut self, works: &mut Vec<Work>) -> Result<(), EraseError> {
        let fresh = |w: &&Work| w.state.stage == Stage::Quarantined;
        let mut held = BTreeSet::new();
        let mut traces =
            residue::Prints::open(self.run.dir(), &self.run.key, self.run.index.targets.len())?;
        for work in works.iter().filter(fresh) {
            traces.add(&work.target, work.file.as_deref())?;
        }
        traces.close(self.steps)?;
        for work in works.iter().filter(fresh) {
            let (item, inode) = (work.target.number, work.target.inode);
            // Another name goes where the file goes.
            if work.alias.is_none() && self.is_held(&work.target) {
                held.insert(inode);
            }
            if held.contains(&inode) {
                let why = Note::Hold;
                self.run.note(Entry::Refused { item, why }, self.steps)?;
                continue;
            }
            let file = work.file.as_deref();
            let facts = file.and_then(|f| sys::facts(f).ok());
            let born = facts
                .and_then(|f| f.born)
                .and_then(|b| i64::try_from(b).ok());
            let entry = Entry::Intent {
                item,
                born,
                map: packed(work.before.as_deref()),
                evidence: work.evidence,
                alias: work.alias,
            };
            self.run.note(entry, self.steps)?;
        }
        works.retain(|w| !held.contains(&w.target.inode));
        self.run.journal.sync(self.steps)
    }

    /// Overwrites content, attributes and streams, and reads back.
    fn overwrite_all(&mut self, works: &mut Vec<Work>) -> Result<(), EraseError> {
        let todo = |w: &Work| w.state.stage != Stage::Overwritten && w.file.is_some();
        let any_exact = works.iter().any(|w| todo(w) && w.plan.exact.is_some());
        let held = self.asked.held;
        for work in works.iter_mut().filter(|w| todo(w)) {
            self.step()?;
            if work.plan.exact.is_none() || work.stays(held) {
                continue;
            }
            let (Some(file), mut stream) = (&work.file, self.stream(&work.target)) else {
                continue;
            };
            let done = overwrite::exactly(file, &work.plan, &mut stream);
            work.failed = done.err().map(|e| meaning(&e));
        }
        if any_exact {
            self.sync_volume()?;
        }
        self.at_once(works, &todo, &|work, key, buffer| {
            if let Some(file) = work.file.clone()
                && !work.stays(held)
            {
                let mut stream = stream(key, &work.target);
                let done = overwrite::blocks(&file, &work.plan, &mut stream, buffer);
                work.failed = work.failed.or(done.err().map(|e| meaning(&e)));
                work.written = work.plan.bytes();
            }
            Ok(())
        })?;
        self.spare(works)?;
        self.sync_volume()?;
        self.at_once(works, &todo, &|work, key, buffer| match work.failed {
            None => one::judge(work, key, buffer),
            Some(_) => Ok(()),
        })?;
        for work in works.iter_mut().filter(|w| todo(w)) {
            self.step()?;
            let Some(file) = work.file.clone() else {
                continue;
            };
            let (key, item) = (&self.run.key, work.target.number);
            let has_values = extras::values(&file).map_or(true, |v| !v.is_empty());
            work.evidence.attributes = extras::overwrite_values(&file, key, item);
            let name = work.target.name.as_bytes();
            work.evidence.streams =
                extras::overwrite_streams(&file, self.quarantine, name, key, item);
            // There an attribute is a stream, and setting it leaves the old clusters.
            let as_streams = matches!(self.place.family, Family::Fuse | Family::Windows);
            work.evidence.streams &= !(as_streams && has_values);
        }
        self.sync_volume()
    }

    /// Does something to several files of a batch at once: a disk answers each of them only when it is done, and has
    /// room for more meanwhile. Which of them are done when the process ends makes no difference: the intent of all is
    /// on the disk.
    fn at_once(
        &mut self,
        works: &mut [Work],
        todo: &dyn Fn(&Work) -> bool,
        deed: &(dyn Fn(&mut Work, &JobKey, &mut Aligned) -> io::Result<()> + Sync),
    ) -> Result<(), EraseError> {
        let mut all: Vec<&mut Work> = works.iter_mut().filter(|w| todo(w)).collect();
        if self.steps.is_failing() || all.len() < 2 * AT_ONCE {
            for work in all {
                self.steps.step().map_err(stopped)?;
                deed(work, &self.run.key, self.buffer).map_err(stopped)?;
            }
            return Ok(());
        }
        let (key, each) = (&self.run.key, all.len().div_ceil(AT_ONCE));
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for some in all.chunks_mut(each) {
                threads.push(scope.spawn(move || {
                    let mut buffer = overwrite::buffer();
                    some.iter_mut()
                        .try_for_each(|work| deed(work, key, &mut buffer))
                }));
            }
            threads.into_iter().try_for_each(|t| {
                let ended = t.join();
                ended.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            })
        })
        .map_err(stopped)
    }

    fn record(&mut self, works: &[Work]) -> Result<(), EraseError> {
        for work in works.iter().filter(|w| w.state.stage != Stage::Overwritten) {
            let evidence = match work
                .alias
                .and_then(|a| works.iter().find(|w| w.target.number == a))
            {
                Some(primary) => primary.evidence,
                None => work.evidence,
            };
            let entry = Entry::Overwritten {
                item: work.target.number,
                evidence,
                written: work.written,
                verified: work.verified,
            };
            self.run.note(entry, self.steps)?;
        }
        self.run.journal.sync(self.steps)
    }

    fn stream(&self, target: &Target) -> KeyStream {
        stream(&self.run.key, target)
    }
}

/// What a file is overwritten with.
fn stream(key: &JobKey, target: &Target) -> KeyStream {
    KeyStream::new(key, &target.number.to_le_bytes())
}

/// Empties the journal of a volume where that is needed and allowed; whether nothing is in one now.
fn empty(place: &Place, on: &Folder, steps: &Steps<'_>) -> Result<bool, EraseError> {
    if place.family != Family::Ext {
        return Ok(false);
    }
    if place.mount.journal == Some(false) {
        return Ok(true);
    }
    steps.step().map_err(stopped)?;
    match on.checkpoint() {
        Ok(()) => Ok(true),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(false)
        }
        Err(e) => Err(stopped(e)),
    }
}
