//! The end of a sealed archive: what its record, the job's copy of it and the trail say once its key or all of its
//! parts are destroyed.

use crate::{
    cli::{Trouble, clock, erasing::Desk, packages},
    erase::Run,
    model::{Event, Plan, RunResult, SealedArchive},
    seal::{self, Destroyed, Record},
    words::{Language, PackageWord},
};
use std::{
    ffi::OsStr,
    io::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Marks the archive that a purge destroyed, once; a run that was cut off before it does so when it is resumed.
pub(super) fn mark(
    run: &Run,
    plan: &Plan,
    result: &RunResult,
    desk: &mut Desk,
    language: Language,
) -> Result<(), Trouble> {
    let Some(sealed) = &plan.sealed else {
        return Ok(());
    };
    if !is_beyond_reach(sealed, result) {
        return Ok(());
    }
    let (job, folder) = (run.index.job_path(), folder(plan));
    let wrong = |e| packages::of_archive(&e, &folder, language);
    let record = Record::read(&folder).map_err(wrong)?;
    if record.id != sealed.id || format!("sha256:{}", record.index) != sealed.index {
        return Err(wrong(seal::SealError::Absent));
    }
    if record.destroyed.is_none() {
        let destroyed = Destroyed {
            time: clock::now(),
            by: desk.hand.signer.id(),
            reason: plan.reason.clone(),
            still: record.recipients.clone(),
        };
        let record = seal::add_destroyed(&folder, destroyed, &desk.hand.signer).map_err(wrong)?;
        packages::step("seal.marked");
        super::backup::keep(&job, &record, language)?;
    } else {
        // Cut off between the two.
        super::backup::keep(&job, &record, language)?;
    }
    if !is_told(&job, sealed, language)? {
        desk.append(&event(run, plan, sealed, desk))?;
        desk.checkpoint()?;
    }
    Ok(())
}

/// Says what became of the archive, and what of it no run reaches.
pub(super) fn say(
    plan: &Plan,
    result: &RunResult,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let Some(sealed) = &plan.sealed else {
        return Ok(());
    };
    let id = &sealed.id;
    if !is_beyond_reach(sealed, result) {
        return writeln!(out, "{}", PackageWord::SealStands.fill(language, &[id]));
    }
    let still = if sealed.recipients.is_empty() {
        PackageWord::KeyGoneNone.text(language).to_owned()
    } else {
        sealed.recipients.join(", ")
    };
    writeln!(
        out,
        "{}",
        PackageWord::SealGone.fill(language, &[id, &still])
    )?;
    writeln!(out, "{}", PackageWord::SealGoneLimits.text(language))
}

/// Whether nobody can open what this run reached: the key of the archive is gone and no other opens it, or all
/// of its parts are gone.
fn is_beyond_reach(sealed: &SealedArchive, result: &RunResult) -> bool {
    let key = usize::from(sealed.without_key.is_none());
    let (keys, parts) = result.items.split_at(key.min(result.items.len()));
    let done =
        |items: &[crate::model::ItemResult]| !items.is_empty() && items.iter().all(|i| i.done);
    done(parts) || (done(keys) && sealed.recipients.is_empty())
}

/// The folder of the archive: its parts lie below the last root.
fn folder(plan: &Plan) -> PathBuf {
    let root = plan.roots.last().cloned().unwrap_or_default();
    PathBuf::from(OsStr::from_bytes(root.bytes()))
}

/// Whether the trail tells of the end of this archive already.
fn is_told(job: &Path, sealed: &SealedArchive, language: Language) -> Result<bool, Trouble> {
    let rows = crate::cli::desk::trail(job, language)?;
    let told = |r: &crate::audit::Row| {
        r.event.event == "seal.destroyed" && r.event.run.as_deref() == Some(&sealed.id)
    };
    Ok(rows.iter().any(told))
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
