//! The end of a sealed archive: what its record, the job's copy of it and the trail say once its key or all of its
//! parts are destroyed.

use super::archives::{self, Archives};
use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, clock, desk, erasing::Desk, packages},
    erase::{Run, Stage},
    model::{Event, Plan, RunResult, SealedArchive},
    seal::{self, Destroyed, Record, SealError},
    words::{Language, PackageWord},
};
use std::{
    ffi::OsStr,
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// What became of an archive that a plan destroys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It can be opened still.
    Stands,
    /// Its parts are gone; nobody can tell that its key is.
    Parts,
    /// Nobody can open what this run reached.
    Gone,
}

/// Refuses to destroy anything of an archive whose record is not there, or not the one of the trail, and one whose key
/// is said to be gone and lies there: what is destroyed could not be told of afterwards, or would be told wrongly.
pub(super) fn ready(run: &Run, plan: &Plan, language: Language) -> Result<(), Trouble> {
    let Some(sealed) = &plan.sealed else {
        return Ok(());
    };
    let whole = |s: &Stage| !matches!(s, Stage::Intended | Stage::Overwritten | Stage::Unlinked);
    if run.count(whole) < run.index.targets.len() as u64 {
        // What is begun is finished.
        return Ok(());
    }
    let job = run.index.job_path();
    let record = record(plan, sealed, &job, language)?;
    match archives::key_stands(&job, &sealed.id, &record.key) {
        Some(path) if sealed.without_key.is_some() => {
            Err(archives::key_is_there(&path, &sealed.id, language))
        }
        _ => Ok(()),
    }
}

/// The record of an archive, as the trail bears it out.
fn record(
    plan: &Plan,
    sealed: &SealedArchive,
    job: &Path,
    language: Language,
) -> Result<Record, Trouble> {
    let folder = folder(plan);
    let wrong = |e| match e {
        SealError::Absent => {
            let text = PackageWord::RecordGone;
            Trouble::failed(text.fill(language, &[&sealed.id, &folder.shown()]))
        }
        other => packages::of_archive(&other, &folder, language),
    };
    let record = Record::read(&folder).map_err(wrong)?;
    let other = || archives::not_the_made(&sealed.id, language);
    if record.id != sealed.id || format!("sha256:{}", record.index) != sealed.index {
        return Err(other());
    }
    let keys = desk::key_list(job, None, language).ok();
    let told = Archives::read(job, language)?;
    match told.bears_out(&record, keys.as_ref(), desk::today()) {
        Ok(_) => Ok(record),
        Err(_) => Err(other()),
    }
}

/// Marks the archive that a purge destroyed, once for each end; a run that was cut off before it does so when it is
/// resumed.
pub(super) fn mark(
    run: &Run,
    plan: &Plan,
    result: &RunResult,
    desk: &mut Desk,
    language: Language,
) -> Result<End, Trouble> {
    let Some(sealed) = &plan.sealed else {
        return Ok(End::Stands);
    };
    if !any_done(result) {
        return Ok(End::Stands);
    }
    let (job, folder) = (run.index.job_path(), folder(plan));
    let wrong = |e| packages::of_archive(&e, &folder, language);
    let record = record(plan, sealed, &job, language)?;
    let end = end(sealed, result, &record, &job);
    if end == End::Stands {
        return Ok(end);
    }
    let mut still = record.recipients.clone();
    still.extend((end == End::Parts).then(|| record.key.clone()));
    let is_marked = record.destroyed.as_ref().is_some_and(|d| d.still == still);
    let record = if is_marked {
        // Cut off between the two.
        record
    } else {
        let destroyed = Destroyed {
            time: clock::now(),
            by: desk.hand.signer.id(),
            reason: plan.reason.clone(),
            still,
        };
        let signer = &desk.hand.signer;
        let record = seal::add_destroyed(&folder, record, destroyed, signer).map_err(wrong)?;
        packages::step("seal.marked");
        record
    };
    super::backup::keep(&job, &record, language)?;
    let told = Archives::read(&job, language)?;
    let is_told = match end {
        End::Gone => told.is_destroyed(&sealed.id),
        _ => told.lacks_parts(&sealed.id),
    };
    if !is_told {
        let mut event = event(run, plan, sealed, desk);
        match end {
            End::Gone => archives::tell_still(&mut event, record.recipients.len()),
            _ => "seal.parts-destroyed".clone_into(&mut event.event),
        }
        desk.append(&event)?;
        desk.checkpoint()?;
    }
    Ok(end)
}

/// Says what became of the archive, and what of it no run reaches; whether it is all that the plan was for.
pub(super) fn say(
    plan: &Plan,
    end: End,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<bool> {
    let Some(sealed) = &plan.sealed else {
        return Ok(true);
    };
    let id = &sealed.id;
    match end {
        End::Stands => {
            writeln!(out, "{}", PackageWord::SealStands.fill(language, &[id]))?;
            return Ok(false);
        }
        End::Parts => writeln!(out, "{}", PackageWord::SealPartsGone.fill(language, &[id]))?,
        End::Gone => {
            let still = if sealed.recipients.is_empty() {
                PackageWord::KeyGoneNone.text(language).to_owned()
            } else {
                sealed.recipients.join(", ")
            };
            let text = PackageWord::SealGone.fill(language, &[id, &still]);
            writeln!(out, "{text}")?;
        }
    }
    writeln!(out, "{}", PackageWord::SealGoneLimits.text(language))?;
    Ok(end == End::Gone)
}

fn any_done(result: &RunResult) -> bool {
    result.items.iter().any(|i| i.done)
}

/// What became of it: the key is gone when its item is done, or somebody said that it is, and no other file that the
/// job knows opens it.
fn end(sealed: &SealedArchive, result: &RunResult, record: &Record, job: &Path) -> End {
    let key = usize::from(sealed.without_key.is_none());
    let (keys, parts) = result.items.split_at(key.min(result.items.len()));
    let key_gone =
        keys.iter().all(|i| i.done) && archives::key_stands(job, &sealed.id, &record.key).is_none();
    // Of an archive whose parts went before only the key is left to go.
    let parts_gone = if parts.is_empty() {
        record.destroyed.is_some()
    } else {
        parts.iter().all(|i| i.done)
    };
    match (key_gone, parts_gone) {
        (true, true) => End::Gone,
        (true, false) if key == 1 && record.recipients.is_empty() => End::Gone,
        (false, true) => End::Parts,
        _ => End::Stands,
    }
}

/// The folder of the archive: its parts lie below the last root.
fn folder(plan: &Plan) -> PathBuf {
    let root = plan.roots.last().cloned().unwrap_or_default();
    PathBuf::from(OsStr::from_bytes(root.bytes()))
}

fn event(run: &Run, plan: &Plan, sealed: &SealedArchive, desk: &Desk) -> Event {
    let mut event = desk.event("seal.destroyed", run, Some(plan));
    event.run = Some(sealed.id.clone());
    event.counts.insert("files".into(), sealed.files);
    event.digests.insert("index".into(), sealed.index.clone());
    event
        .digests
        .insert("erase-run".into(), run.index.run.clone());
    event
}
