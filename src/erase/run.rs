//! A run's folder: index, journal, key; and from the journal the stage that every file has reached.

use super::{
    EraseError,
    grade::Evidence,
    index::{
        INDEX, Index, JOURNAL, SCHEMA, Target, Terms, quarantine_of, root, takes_away, targets,
    },
    journal::{Entry, Journal},
    note::Note,
    stand_in::Standing,
    steps::Steps,
};
use crate::{approve::Approved, digest::JobKey, model::Plan, sys::Folder};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};

const KEY: &str = "key";
const LOCK: &str = "lock";
/// Fingerprints for the search of raw storage.
pub(super) const FINGERPRINTS: &str = "fingerprints";

/// How far a file has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Nothing was done.
    #[default]
    Planned,
    /// Perhaps moved.
    Leaving,
    /// In quarantine.
    Quarantined,
    /// Perhaps moved back.
    Returning,
    /// Back where it was: the last word.
    Returned,
    /// Never taken: the last word.
    Refused(Note),
    /// Perhaps overwritten in part.
    Intended,
    /// Overwritten.
    Overwritten,
    /// Removed.
    Unlinked,
    /// All is said: the last word.
    Done,
}

/// What the journal says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// How far it has come.
    pub stage: Stage,
    /// Why it was not purged when it was last tried.
    pub last: Option<Note>,
    pub(super) born: Option<i64>,
    pub(super) map: Option<Vec<(u64, u64, u64)>>,
    pub(super) evidence: Option<Evidence>,
    pub(super) alias: Option<u32>,
    /// The copy that was put in its place.
    pub(super) standing: Option<Standing>,
    pub(super) written: u64,
    pub(super) verified: u64,
    /// The last word on it, as [`Entry::Done`].
    pub done: Option<Entry>,
    /// The last search for residue, as [`Entry::Searched`].
    pub searched: Option<Entry>,
}

/// What the journal says of one root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RootState {
    /// Every batch's journal was emptied before anything was removed.
    pub emptied: Option<bool>,
}

/// A run that is open and locked.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    /// What it works on.
    pub index: Index,
    pub(super) journal: Journal,
    pub(super) key: JobKey,
    pub(super) states: BTreeMap<u32, State>,
    pub(super) roots: BTreeMap<u32, RootState>,
    /// A purge came to its end.
    pub(super) ended: bool,
    /// The last purge that was begun, as [`Entry::Purging`].
    pub purging: Option<Entry>,
    /// An undo was begun after it: what is whole goes back, and is not purged.
    pub undoing: bool,
    /// Files moved back since the last undo was begun, before a crash too.
    pub returned: u64,
    audited: BTreeSet<u32>,
    _lock: File,
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file for the owner alone and writes it through.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), EraseError> {
    let mut file = private().open(path).map_err(EraseError::run)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(EraseError::run)
}

impl Run {
    /// Makes the folder of a new run for an approved plan. Nothing is done to any file.
    ///
    /// # Errors
    /// `NotEmpty`; `Empty` for a plan that erases nothing; `SystemRoot`; `Root`; what the system says.
    pub fn create(
        dir: &Path,
        approved: &Approved<'_>,
        terms: &Terms,
        steps: &Steps<'_>,
    ) -> Result<Self, EraseError> {
        let plan = approved.plan();
        let key = JobKey::new(terms.random);
        let targets = targets(plan, &key);
        if targets.is_empty() || !takes_away(plan) {
            return Err(EraseError::Empty);
        }
        make(dir)?;
        let folder = Folder::open(dir).map_err(EraseError::run)?;
        let mut any = false;
        folder
            .list(&mut |_, _| any = true)
            .map_err(EraseError::run)?;
        if any {
            return Err(EraseError::NotEmpty);
        }
        let id = key.name(b"run").to_string();
        let id = id.get(..16).unwrap_or_default().to_owned();
        let mut roots = Vec::new();
        for (number, path) in (0..).zip(&plan.roots) {
            roots.push(root(number, path, &id, &folder)?);
        }
        let index = Index {
            schema: SCHEMA,
            run: id,
            plan: approved.id().to_owned(),
            plan_file: terms.plan_file.clone(),
            job: terms.job.clone(),
            created: terms.time.clone(),
            undo_until: terms.undo_until.clone(),
            accept: terms.accept,
            roots,
            targets,
        };
        let lock = lock(dir)?;
        put(&dir.join(KEY), key.bytes())?;
        let bytes = serde_json::to_vec(&index).map_err(|e| EraseError::run(e.into()))?;
        put(&dir.join(INDEX), &bytes)?;
        let mut journal = Journal::create(&dir.join(JOURNAL))?;
        let begin = Entry::Begin {
            plan: approved.id().to_owned(),
            time: terms.time.clone(),
        };
        journal.add(begin, steps)?;
        journal.sync(steps)?;
        folder.sync().map_err(EraseError::run)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            index,
            journal,
            key,
            states: BTreeMap::new(),
            roots: BTreeMap::new(),
            ended: false,
            purging: None,
            undoing: false,
            returned: 0,
            audited: BTreeSet::new(),
            _lock: lock,
        })
    }

    /// Opens the run in a folder for going on with it.
    ///
    /// # Errors
    /// `NoRun`, `Busy`, `Damaged`, `Index`; what the system says.
    pub fn open(dir: &Path) -> Result<Self, EraseError> {
        let index = Index::read(dir)?;
        let lock = lock(dir)?;
        let mut key = Vec::new();
        File::open(dir.join(KEY))
            .and_then(|f| f.take(33).read_to_end(&mut key))
            .map_err(EraseError::run)?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| EraseError::Index)?;
        let (journal, entries) = Journal::open(&dir.join(JOURNAL))?;
        let mut run = Self {
            dir: dir.to_path_buf(),
            index,
            journal,
            key: JobKey::new(key),
            states: BTreeMap::new(),
            roots: BTreeMap::new(),
            ended: false,
            purging: None,
            undoing: false,
            returned: 0,
            audited: BTreeSet::new(),
            _lock: lock,
        };
        match entries.first() {
            Some(Entry::Begin { plan, .. }) if *plan == run.index.plan => {}
            // Stopped before the first line was written.
            None => {
                let no = || false;
                let steps = Steps::new(&no);
                let begin = Entry::Begin {
                    plan: run.index.plan.clone(),
                    time: run.index.created.clone(),
                };
                run.say(begin, &steps)?;
            }
            _ => return Err(EraseError::Index),
        }
        for entry in entries {
            run.fold(entry);
        }
        if !run.is_its_own() {
            return Err(EraseError::Index);
        }
        Ok(run)
    }

    /// Whether what the index says of folders and names follows from the run's own key.
    fn is_its_own(&self) -> bool {
        let id = self.key.name(b"run").to_string();
        let named = |t: &Target| t.name == self.key.name(&t.number.to_le_bytes()).to_string();
        id.get(..16) == Some(self.index.run.as_str())
            && (self.index.roots.iter()).all(|r| r.quarantine == quarantine_of(&self.index.run))
            && self.index.targets.iter().all(named)
    }

    /// Holds the index against the plan that the run was made for: the same roots and the same files, to the last
    /// byte. The folder of a run is not signed; whoever can write it must not be able to name other files.
    ///
    /// # Errors
    /// `OtherPlan`; `Index` when they differ.
    pub fn hold_against(&self, id: &str, plan: &Plan) -> Result<(), EraseError> {
        if id != self.index.plan {
            return Err(EraseError::OtherPlan);
        }
        let roots = self.index.roots.iter().map(|r| &r.path);
        if !roots.eq(plan.roots.iter()) || self.index.targets != targets(plan, &self.key) {
            return Err(EraseError::Index);
        }
        Ok(())
    }

    /// SHA-256 of the index as it lies in the folder, for the trail.
    ///
    /// # Errors
    /// What the system says.
    pub fn index_digest(&self) -> Result<String, EraseError> {
        let mut file = File::open(self.dir.join(INDEX)).map_err(EraseError::run)?;
        crate::digest::sha256(&mut file).map_err(EraseError::run)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How far a file has come.
    pub fn state(&self, item: u32) -> State {
        self.states.get(&item).cloned().unwrap_or_default()
    }

    /// Files at each stage that answers a question.
    pub fn count(&self, is: impl Fn(&Stage) -> bool) -> u64 {
        let stages = self
            .index
            .targets
            .iter()
            .map(|t| self.state(t.number).stage);
        stages.filter(|s| is(s)).count() as u64
    }

    /// Files that were left where they were, by reason, before a crash too.
    pub fn left(&self) -> BTreeMap<Note, u64> {
        let mut out = BTreeMap::new();
        for target in &self.index.targets {
            if let Stage::Refused(why) = self.state(target.number).stage {
                *out.entry(why).or_default() += 1;
            }
        }
        out
    }

    /// Whether a file is where it was or in quarantine, whole.
    pub fn is_whole(stage: &Stage) -> bool {
        matches!(
            stage,
            Stage::Planned | Stage::Leaving | Stage::Quarantined | Stage::Returning
        )
    }

    /// Items whose last word is not in the audit trail yet.
    pub fn unaudited(&self) -> Vec<u32> {
        let done = |n: &u32| {
            matches!(
                self.state(*n).stage,
                Stage::Done | Stage::Refused(_) | Stage::Returned
            )
        };
        let numbers = self.index.targets.iter().map(|t| t.number);
        numbers
            .filter(|n| done(n) && !self.audited.contains(n))
            .collect()
    }

    /// Notes that these are in the audit trail now.
    ///
    /// # Errors
    /// Those of the journal.
    pub fn audited(&mut self, items: Vec<u32>, steps: &Steps<'_>) -> Result<(), EraseError> {
        self.say(Entry::Audited { items }, steps)
    }

    /// Notes that a purge begins.
    ///
    /// # Errors
    /// Those of the journal.
    pub fn begin_purge(&mut self, entry: Entry, steps: &Steps<'_>) -> Result<(), EraseError> {
        self.say(entry, steps)
    }

    /// Notes that an undo begins.
    ///
    /// # Errors
    /// Those of the journal.
    pub fn begin_undo(&mut self, time: String, steps: &Steps<'_>) -> Result<(), EraseError> {
        self.say(Entry::Undoing { time }, steps)
    }

    /// Whether a purge came to its end.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Writes an entry and counts it in.
    pub(super) fn note(&mut self, entry: Entry, steps: &Steps<'_>) -> Result<(), EraseError> {
        self.journal.add(entry.clone(), steps)?;
        self.fold(entry);
        Ok(())
    }

    /// Writes an entry, through to the disk.
    pub(super) fn say(&mut self, entry: Entry, steps: &Steps<'_>) -> Result<(), EraseError> {
        self.note(entry, steps)?;
        self.journal.sync(steps)
    }

    fn fold(&mut self, entry: Entry) {
        match entry {
            Entry::Begin { .. } | Entry::Scrubbing { .. } | Entry::Scrubbed { .. } => {}
            Entry::End { .. } => self.ended = true,
            Entry::Purging { .. } => {
                self.purging = Some(entry);
                self.undoing = false;
            }
            Entry::Undoing { .. } => (self.undoing, self.returned) = (true, 0),
            Entry::Audited { items } => self.audited.extend(items),
            Entry::Emptied { root, ok } => {
                let state = self.roots.entry(root).or_default();
                state.emptied = Some(state.emptied.unwrap_or(true) && ok);
            }
            other => self.fold_item(other),
        }
    }

    fn fold_item(&mut self, entry: Entry) {
        let Some(item) = number(&entry) else { return };
        self.returned += u64::from(matches!(entry, Entry::Returned { .. }));
        let state = self.states.entry(item).or_default();
        match entry {
            Entry::Leaving { .. } => state.stage = Stage::Leaving,
            Entry::Quarantined { .. } => state.stage = Stage::Quarantined,
            // At home it is the last word; from quarantine it can be tried again.
            Entry::Refused { why, .. } => match state.stage {
                Stage::Planned | Stage::Leaving => state.stage = Stage::Refused(why),
                _ => state.last = Some(why),
            },
            Entry::Failed { why, .. } => state.last = Some(why),
            Entry::Standing {
                inode,
                born,
                narrow,
                ..
            } => {
                state.standing = Some(Standing {
                    inode,
                    born,
                    narrow,
                });
            }
            Entry::Returning { .. } => state.stage = Stage::Returning,
            Entry::Returned { .. } => state.stage = Stage::Returned,
            Entry::Intent {
                born,
                map,
                evidence,
                alias,
                ..
            } => {
                state.stage = Stage::Intended;
                (state.born, state.map, state.alias) = (born, map, alias);
                state.evidence = Some(evidence);
                state.last = None;
            }
            Entry::Spared { why, .. } => {
                *state = State {
                    stage: Stage::Quarantined,
                    last: Some(why),
                    standing: state.standing,
                    ..State::default()
                };
            }
            Entry::Overwritten {
                evidence,
                written,
                verified,
                ..
            } => {
                state.stage = Stage::Overwritten;
                state.evidence = Some(evidence);
                (state.written, state.verified) = (written, verified);
            }
            Entry::Unlinked { .. } => state.stage = Stage::Unlinked,
            Entry::Done { .. } => {
                state.stage = Stage::Done;
                state.done = Some(entry);
            }
            Entry::Searched { .. } => state.searched = Some(entry),
            _ => {}
        }
    }
}

/// The file that an entry speaks of.
fn number(entry: &Entry) -> Option<u32> {
    match *entry {
        Entry::Leaving { item }
        | Entry::Quarantined { item }
        | Entry::Refused { item, .. }
        | Entry::Standing { item, .. }
        | Entry::Returning { item }
        | Entry::Returned { item }
        | Entry::Intent { item, .. }
        | Entry::Spared { item, .. }
        | Entry::Overwritten { item, .. }
        | Entry::Failed { item, .. }
        | Entry::Unlinked { item }
        | Entry::Done { item, .. }
        | Entry::Searched { item, .. } => Some(item),
        _ => None,
    }
}

fn make(dir: &Path) -> Result<(), EraseError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(EraseError::run)
}

fn lock(dir: &Path) -> Result<File, EraseError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(dir.join(LOCK)).map_err(EraseError::run)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(EraseError::Busy),
        Err(fs::TryLockError::Error(e)) => Err(EraseError::run(e)),
    }
}
