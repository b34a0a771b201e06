//! What the verbs that erase have in common: confirming, troubles, notes in words, the audit trail.

use super::{
    Trouble,
    args::erasing::{Confirm, Operator, RunJob},
    desk::{Ledger, Standing},
    packages::RUNS,
};
use crate::cli::shown::Shown as _;
use crate::{
    erase::{Entry, EraseError, Failure, Index, Note, Run, Steps},
    keys::Signer,
    model::{Actor, Event, Grade, ItemResult, Medium, Name, Plan, RunResult, canonical_file},
    reports::Condition,
    sys,
    words::{EraseWord, Language, grouped, size},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    io::{self, BufRead, IsTerminal, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Steps that stop at an interrupt; in debug builds `INKOUT_FAIL_AT` makes one of them fail, for tests.
pub(super) fn steps() -> Steps<'static> {
    sys::catch_signals();
    let steps = Steps::new(&sys::interrupted);
    if cfg!(debug_assertions) {
        let asked = std::env::var("INKOUT_FAIL_AT").ok();
        if let Some((at, how)) = asked.as_deref().and_then(Steps::parse) {
            let how: Failure = how;
            return steps.failing(at, how);
        }
    }
    steps
}

/// The text of a grade.
pub(super) fn grade_word(grade: Grade) -> EraseWord {
    match grade {
        Grade::A => EraseWord::GradeA,
        Grade::B => EraseWord::GradeB,
        Grade::C => EraseWord::GradeC,
        Grade::D => EraseWord::GradeD,
        Grade::F => EraseWord::GradeF,
        Grade::K => EraseWord::GradeK,
    }
}

/// The text of a medium.
pub(super) fn medium_word(medium: Medium) -> EraseWord {
    match medium {
        Medium::Rotational => EraseWord::MediumRotational,
        Medium::Flash => EraseWord::MediumFlash,
        Medium::Virtual => EraseWord::MediumVirtual,
        Medium::Network => EraseWord::MediumNetwork,
        Medium::Unknown => EraseWord::MediumUnknown,
    }
}

/// The text of a note.
pub(super) fn note_word(note: Note) -> EraseWord {
    match note {
        Note::JournalNames => EraseWord::NoteJournalNames,
        Note::FolderNames => EraseWord::NoteFolderNames,
        Note::AttributesLeft => EraseWord::NoteAttributesLeft,
        Note::StreamsLeft => EraseWord::NoteStreamsLeft,
        Note::DataJournal => EraseWord::NoteDataJournal,
        Note::InlineData => EraseWord::NoteInlineData,
        Note::Encoded => EraseWord::NoteEncoded,
        Note::CopyOnWrite => EraseWord::NoteCopyOnWrite,
        Note::Moved => EraseWord::NoteMoved,
        Note::MappingUnknown => EraseWord::NoteMappingUnknown,
        Note::CachedReadBack => EraseWord::NoteCachedReadBack,
        Note::ReadBackFailed => EraseWord::NoteReadBackFailed,
        Note::RunOnVolume => EraseWord::NoteRunOnVolume,
        Note::SwapClear => EraseWord::NoteSwapClear,
        Note::NotScanned => EraseWord::NoteNotScanned,
        Note::ResidueFound => EraseWord::NoteResidueFound,
        Note::NamesFound => EraseWord::NoteNamesFound,
        Note::DeviceUnproved => EraseWord::NoteDeviceUnproved,
        Note::UseUnproved => EraseWord::NoteUseUnproved,
        Note::SharedExtents => EraseWord::NoteSharedExtents,
        Note::KeptVersions => EraseWord::NoteKeptVersions,
        Note::Overlay => EraseWord::NoteOverlay,
        Note::Layered => EraseWord::NoteLayered,
        Note::Network => EraseWord::NoteNetwork,
        Note::OtherNames => EraseWord::NoteOtherNames,
        Note::Changed => EraseWord::NoteChanged,
        Note::Gone => EraseWord::NoteGone,
        Note::FolderGone => EraseWord::NoteFolderGone,
        Note::NotAFile => EraseWord::NoteNotAFile,
        Note::Way => EraseWord::NoteWay,
        Note::Swapped => EraseWord::NoteSwapped,
        Note::InUse => EraseWord::NoteInUse,
        Note::Locked => EraseWord::NoteLocked,
        Note::Denied => EraseWord::NoteDenied,
        Note::ReadOnly => EraseWord::NoteReadOnly,
        Note::BelowAccepted => EraseWord::NoteBelowAccepted,
        Note::Io => EraseWord::NoteIo,
        Note::NoSpace => EraseWord::NoteNoSpace,
        Note::Hold => EraseWord::NoteHold,
        Note::Plan => EraseWord::NotePlan,
        Note::Returned => EraseWord::NoteReturned,
        Note::NoCopy => EraseWord::NoteNoCopy,
        Note::NothingToMask => EraseWord::NoteNothingToMask,
        Note::Quarantined => EraseWord::NoteQuarantined,
    }
}

/// A word of a result as a note.
pub(super) fn note_of(id: &str) -> Option<Note> {
    Note::ALL.into_iter().find(|n| n.id() == id)
}

/// What stops a run, as a sentence; `run` is its folder.
pub(super) fn trouble(error: &EraseError, run: &Path, until: &str, language: Language) -> Trouble {
    let shown = run.shown();
    let typed = super::shown::argument(run, language);
    let why = match error {
        EraseError::Refused(note) => note_word(*note).text(language),
        _ => "",
    };
    let (condition, word, arguments): (_, _, Vec<&dyn Display>) = match error {
        EraseError::Run(e) => (Condition::Failed, EraseWord::RunFolder, vec![e]),
        EraseError::NotEmpty => (Condition::Usage, EraseWord::RunNotEmpty, vec![&shown]),
        EraseError::NoRun => (Condition::Usage, EraseWord::NoRun, vec![&shown]),
        EraseError::Busy => (Condition::Refused, EraseWord::RunBusy, vec![]),
        EraseError::Damaged(line) => (Condition::Unproved, EraseWord::JournalDamaged, vec![line]),
        EraseError::Index => (Condition::Unproved, EraseWord::IndexDamaged, vec![]),
        EraseError::OtherPlan => (Condition::Refused, EraseWord::OtherPlan, vec![]),
        EraseError::Window => (Condition::Refused, EraseWord::WindowOpen, vec![&until]),
        EraseError::Empty => (Condition::Refused, EraseWord::NothingToErase, vec![]),
        EraseError::SystemRoot(n) => (Condition::Refused, EraseWord::SystemRoot, vec![n]),
        EraseError::Root(n, e) => (Condition::Failed, EraseWord::RootGone, vec![n, e]),
        EraseError::Quarantine(n) => (Condition::Refused, EraseWord::QuarantineGone, vec![n]),
        EraseError::Refused(_) => (Condition::Refused, EraseWord::FillRefused, vec![&why]),
        EraseError::Stopped(e) => (Condition::Failed, EraseWord::StoppedAt, vec![e, &typed]),
        EraseError::Interrupted => (
            Condition::Interrupted,
            EraseWord::InterruptedAt,
            vec![&typed],
        ),
        EraseError::Device(e) => (Condition::Failed, EraseWord::DeviceUnreadable, vec![e]),
    };
    Trouble {
        condition,
        text: word.fill(language, &arguments),
    }
}

/// Has the user type what is about to be done. `texts` are the accepted ones, the first is shown.
pub(super) fn confirm(
    args: &Confirm,
    question: &dyn Fn(&str) -> String,
    texts: &[String; 2],
    language: Language,
) -> Result<(), Trouble> {
    let [shown, _] = texts;
    let wrong = |word: EraseWord| Trouble {
        condition: Condition::Refused,
        text: word.fill(language, &[shown]),
    };
    let typed = if args.yes {
        return Ok(());
    } else if let Some(text) = &args.confirm {
        text.clone()
    } else if io::stdin().is_terminal() {
        writeln!(io::stderr(), "{}", question(shown))?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line
    } else {
        return Err(Trouble::usage(
            EraseWord::ConfirmNeeded.fill(language, &[shown]),
        ));
    };
    let typed = typed.trim();
    if texts.iter().any(|t| t == typed) {
        Ok(())
    } else {
        Err(wrong(EraseWord::ConfirmWrong))
    }
}

/// The job folder of a run. One that the user names too must be the same: keys, holds and trail of another job
/// are none of the run's.
pub(super) fn job(run: &Run, asked: &RunJob, language: Language) -> Result<PathBuf, Trouble> {
    let own = run.index.job_path();
    super::shown::judge_by_job(&own, language);
    let Some(asked) = &asked.job else {
        return Ok(own);
    };
    let real = |path: &Path| path.canonicalize().ok();
    if real(asked).is_some() && real(asked) == real(&own) {
        return Ok(own);
    }
    let shown = asked.shown();
    let shown = crate::reports::safe::line(&shown);
    Err(Trouble::usage(
        EraseWord::OtherJob.fill(language, &[&shown]),
    ))
}

/// The text to confirm with, in the user's language first.
pub(super) fn confirm_texts(
    word: EraseWord,
    files: u64,
    short_id: &str,
    language: Language,
) -> [String; 2] {
    let other = match language {
        Language::Zh => Language::En,
        Language::En => Language::Zh,
    };
    [language, other].map(|l| word.fill(l, &[&files, &short_id]))
}

/// Who acts: the key is opened once, since a pass phrase from standard input comes only once.
#[derive(Debug)]
pub(super) struct Hand {
    pub signer: Signer,
    pub actor: Actor,
}

impl Hand {
    fn of(signer: Signer, by: &Operator) -> Self {
        let actor = Actor {
            key: signer.id(),
            role: by.role.clone(),
        };
        Self { signer, actor }
    }

    /// Anybody with a key.
    pub(super) fn read(by: &Operator, language: Language) -> Result<Self, Trouble> {
        Ok(Self::of(super::desk::signer(&by.key, language)?, by))
    }

    /// The same; an operator who does not stand on the list of the job's keys in this role is refused.
    pub(super) fn listed(by: &Operator, job: &Path, language: Language) -> Result<Self, Trouble> {
        let keys = super::desk::key_list(job, None, language)?;
        let signer = super::desk::listed(&by.key, &by.role, &keys, language)?;
        Ok(Self::of(signer, by))
    }
}

/// Seconds for which a trail that somebody else writes is waited for.
const PATIENCE: u64 = 60;

/// Who acts on a run, and the trail of its job.
pub(super) struct Desk {
    /// `None` while others may write into the trail: holds that are put on while files are destroyed.
    ledger: Option<Ledger>,
    job: PathBuf,
    pub hand: Hand,
    language: Language,
}

impl Desk {
    /// Opens the trail, before anything is done.
    pub(super) fn open(job: &Path, hand: Hand, language: Language) -> Result<Self, Trouble> {
        Ok(Self {
            ledger: Some(Ledger::open(job, language)?),
            job: job.to_path_buf(),
            hand,
            language,
        })
    }

    /// Lets others write into the trail until the next event.
    pub(super) fn let_go(&mut self) {
        self.ledger = None;
    }

    fn ledger(&mut self) -> Result<&mut Ledger, Trouble> {
        let ledger = match self.ledger.take() {
            Some(ledger) => ledger,
            None => Ledger::wait(&self.job, PATIENCE, self.language)?,
        };
        Ok(self.ledger.insert(ledger))
    }

    /// An event of a run.
    pub(super) fn event(&self, what: &str, run: &Run, plan: Option<&Plan>) -> Event {
        let mut event = Event::new(what, &super::clock::now());
        event.run = Some(run.index.run.clone());
        event.plan = Some(run.index.plan.clone());
        event.operator = Some(self.hand.actor.clone());
        if let Some(plan) = plan {
            event.ticket = Some(plan.ticket.clone());
            event.legal_basis = Some(plan.legal_basis.clone());
            event.reason = Some(plan.reason.clone());
            event.notice_ref.clone_from(&plan.notice_ref);
            event.consent_ref.clone_from(&plan.consent_ref);
        }
        event
    }

    /// Adds an event, on the disk when this returns.
    pub(super) fn append(&mut self, event: &Event) -> Result<(), Trouble> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Adds events together.
    pub(super) fn append_all(&mut self, events: &[Event]) -> Result<(), Trouble> {
        self.ledger()?.record_all(events)
    }

    /// Signs where the trail stands.
    pub(super) fn checkpoint(&mut self) -> Result<(), Trouble> {
        self.ledger()?.checkpoint().map(drop)
    }
}

/// Writes a result beside the run and into the job, each whole or not at all.
pub(super) fn keep(
    result: &RunResult,
    run: &Path,
    job: &Path,
    language: Language,
) -> Result<(), Trouble> {
    let bytes = canonical_file(result).map_err(|e| Trouble::failed(e.to_string()))?;
    let of_job = job.join(RUNS).join(format!("{}.json", result.run));
    for path in [run.join("result.json"), of_job] {
        super::desk::write(&path, &bytes, Standing::Replace, language)?;
    }
    Ok(())
}

/// Remembers in the job where the folder of a run is: whoever puts a hold on is told what the run has begun by then.
pub(super) fn keep_place(run: &Run, language: Language) -> Result<(), Trouble> {
    let dir = super::setup::absolute(run.dir());
    let name = Name::new(dir.as_os_str().as_bytes());
    let bytes = canonical_file(&name).map_err(|e| Trouble::failed(e.to_string()))?;
    let of_job = run.index.job_path().join(RUNS);
    let path = of_job.join(format!("{}.place", run.index.run));
    super::desk::write(&path, &bytes, Standing::Replace, language)
}

/// What a run that may be under way has begun to destroy, by numbers of its plan; nobody knows of one that is not
/// there.
pub(super) fn begun(job: &Path, run: &str) -> Option<BTreeSet<u32>> {
    let bytes = std::fs::read(job.join(RUNS).join(format!("{run}.place"))).ok()?;
    let name: Name = serde_json::from_slice(&bytes).ok()?;
    let dir = PathBuf::from(std::ffi::OsStr::from_bytes(name.bytes()));
    let index = Index::read(&dir).ok().filter(|i| i.run == run)?;
    let mut begun = BTreeSet::new();
    for entry in Index::journal(&dir).ok()? {
        match entry {
            Entry::Intent { item, .. } => drop(begun.insert(item)),
            Entry::Spared { item, .. } => drop(begun.remove(&item)),
            _ => {}
        }
    }
    begun.retain(|n| index.targets.iter().any(|t| t.number == *n));
    Some(begun)
}

/// Counts of reasons, most first, as lines.
pub(super) fn reasons(
    counts: &BTreeMap<Note, u64>,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(note, n)| (std::cmp::Reverse(**n), **note));
    for (note, n) in all {
        let text = note_word(*note).text(language);
        writeln!(
            out,
            "{}",
            EraseWord::Because.fill(language, &[&grouped(*n), &text])
        )?;
    }
    Ok(())
}

/// What became of the items of a run, for people.
pub(super) fn told(result: &RunResult, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let done: Vec<&ItemResult> = result.items.iter().filter(|i| i.done).collect();
    let bytes = done.iter().fold(0_u64, |n, i| n.saturating_add(i.bytes));
    let files = grouped(done.len() as u64);
    writeln!(
        out,
        "{}",
        EraseWord::Purged.fill(language, &[&files, &size(bytes)])
    )?;
    for grade in Grade::ALL {
        let n = done.iter().filter(|i| i.grade == Some(grade)).count() as u64;
        if n > 0 {
            let text = grade_word(grade).text(language);
            let line = EraseWord::ByGrade.fill(language, &[&grade.id(), &grouped(n), &text]);
            writeln!(out, "{line}")?;
        }
    }
    let names = [
        "journal-names",
        "folder-names",
        "attributes-left",
        "names-found",
    ];
    let only_b = |i: &&&ItemResult| i.grade == Some(Grade::B);
    let handled = done.iter().filter(only_b);
    let handled = handled.filter(|i| !i.notes.iter().any(|n| names.contains(&n.as_str())));
    let handled = handled.count() as u64;
    if handled > 0 {
        let line = EraseWord::NamesHandled.fill(language, &[&grouped(handled)]);
        writeln!(out, "{line}")?;
    }
    let mut notes: BTreeMap<Note, u64> = BTreeMap::new();
    for note in done
        .iter()
        .flat_map(|i| &i.notes)
        .filter_map(|n| note_of(n))
    {
        *notes.entry(note).or_default() += 1;
    }
    if !notes.is_empty() {
        writeln!(out, "{}", EraseWord::MustBeSaid.text(language))?;
        reasons(&notes, language, out)?;
    }
    let media = result
        .items
        .iter()
        .any(|i| i.done && i.medium != Medium::Rotational);
    if media {
        writeln!(out, "{}", EraseWord::BeyondReach.text(language))?;
    }
    Ok(())
}

/// A name for this machine under the run's key, and what it runs.
pub(super) fn host(key: &crate::digest::JobKey) -> (String, String) {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let fp = key.name(name.trim().as_bytes()).to_string();
    (fp, format!("{} {}", std::env::consts::OS, sys::kernel()))
}
