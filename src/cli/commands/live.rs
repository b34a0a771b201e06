//! Live copies of what was sealed: masked copies take their place, or they go, through quarantine and purge.

use super::{backup, seal};
use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        copies::{self, Making},
        desk, erasing,
        masks::Masks,
        packages::refused,
    },
    erase::{self, COPIES, EraseError, Note, Run, Stage, StandIn, Steps, StoodIn},
    formats::Legacies,
    keys::KeyList,
    model::{LiveCopy, Name, Outcome, Plan},
    store,
    words::{EraseWord, Language, PackageWord, grouped},
};
use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Whether a plan has live files taken away once they are sealed.
pub(super) fn goes(plan: &Plan) -> bool {
    plan.outcome == Outcome::Seal && plan.live.unwrap_or_default() != LiveCopy::Keep
}

/// Whether masked copies are to take their place.
pub(super) fn is_masked(plan: &Plan) -> bool {
    plan.outcome == Outcome::Seal && plan.live == Some(LiveCopy::Mask)
}

/// Whether the archive of a plan stands; its id, and the items that it could not take in.
pub(super) fn sealed(
    job: &Path,
    plan_id: &str,
    plan: &Plan,
    keys: &KeyList,
    language: Language,
) -> Result<(String, Vec<u32>), Trouble> {
    let id = seal::archive_id(plan_id);
    let left = backup::sealed(job, &id, plan_id, plan, keys, desk::today(), language)?;
    Ok((id, left))
}

/// Makes the masked copies of a run, checked, before anything is moved. Files that have none stay where they
/// are, and the journal says why: what the archive could not take in, what no copy can be made of, and what holds nothing to mask.
pub(super) fn make(
    run: &mut Run,
    plan: &Plan,
    (rules, left_out): (&[PathBuf], &[u32]),
    steps: &Steps<'_>,
    language: Language,
) -> Result<(), Trouble> {
    let dir = run.dir().to_path_buf();
    let wrong = |e: &erase::EraseError| erasing::trouble(e, &dir, "", language);
    let mut left: Vec<(u32, Note)> = left_out.iter().map(|n| (*n, Note::Changed)).collect();
    let mut all = Vec::new();
    if is_masked(plan) {
        desk::say(PackageWord::StepCopies.text(language));
        let mut setup = copies::setup(plan, rules, None, language)?;
        let job = run.index.job_path();
        let key =
            store::load_key(&job).map_err(|e| super::scan::store_trouble(&e, &job, language))?;
        let (policy, _) = desk::policy(&plan.policy.name, language)?;
        let compiled = &setup.detector.rules().rules;
        let masks = Masks::new(&policy.copies, &policy.masks, &policy, compiled);
        let (detector, profile) = masks.clone().laid_on(setup.detector);
        setup.detector = detector;
        let folder = dir.join(COPIES);
        desk::make_folder(&folder)?;
        let making = Making {
            plan,
            id: &run.index.plan,
            folder: &folder,
            leave_out: vec![dir.clone(), job],
            legacies: Legacies::Withhold,
            quiet: true,
            language,
        };
        let items: Vec<_> = (plan.carried())
            .filter(|i| !left_out.contains(&i.number))
            .collect();
        let how = (profile, &masks);
        let made = making.copies(&setup, &setup.detector, &key, how, &items)?;
        for (item, copy) in made {
            match copy {
                Ok(copy) if copy.redactions.is_empty() => left.push((item, Note::NothingToMask)),
                Ok(copy) => all.push(StandIn {
                    item,
                    name: last(&copy.path),
                    copy: copy.path,
                    sha256: copy.sha256,
                }),
                Err(_) => left.push((item, Note::NoCopy)),
            }
        }
    }
    run.keep_stand_ins(&all, &left, steps)
        .map_err(|e| wrong(&e))
}

/// The last component of a path.
fn last(path: &Name) -> Name {
    let bytes = path.bytes();
    let at = bytes.iter().rposition(|b| *b == b'/').map_or(0, |n| n + 1);
    Name::new(bytes.get(at..).unwrap_or_default())
}

/// Refuses to go on with a run whose copies were never all made, or whose list of them is not whole any more.
pub(super) fn are_made(run: &Run, plan: &Plan, language: Language) -> Result<(), Trouble> {
    let wrong = |e: &EraseError| erasing::trouble(e, run.dir(), "", language);
    if !goes(plan) {
        return Ok(());
    }
    if run.stand_ins().map_err(|e| wrong(&e))?.is_none() {
        if run.count(is_untouched) == run.index.targets.len() as u64 {
            // Those that were made are of no use.
            match std::fs::remove_dir_all(run.dir().join(COPIES)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
                _ => {}
            }
            let shown = run.dir().shown();
            return Err(refused(EraseWord::CopiesUnmade.fill(language, &[&shown])));
        }
        return Err(wrong(&EraseError::Index));
    }
    if is_masked(plan) && !run.has_all_stand_ins().map_err(|e| wrong(&e))? {
        return Err(wrong(&EraseError::Index));
    }
    Ok(())
}

/// Whether nothing of a file was moved, and nothing was about to be.
pub(super) fn is_untouched(stage: &Stage) -> bool {
    matches!(stage, Stage::Planned | Stage::Refused(_))
}

/// Puts the masked copies where their files were. Where something else stands, nothing goes on.
pub(super) fn put(
    run: &mut Run,
    plan: &Plan,
    steps: &Steps<'_>,
    language: Language,
) -> Result<StoodIn, Trouble> {
    if !is_masked(plan) {
        return Ok(StoodIn::default());
    }
    let dir = run.dir().to_path_buf();
    let stood = erase::put_in_place(run, steps);
    let stood = stood.map_err(|e| erasing::trouble(&e, &dir, "", language))?;
    if stood.blocked > 0 {
        let text = EraseWord::CopiesBlocked.fill(language, &[&stood.blocked]);
        return Err(refused(text));
    }
    Ok(stood)
}

/// The items whose copies have no place: they are not destroyed.
pub(super) fn kept(stood: &StoodIn) -> BTreeMap<u32, Note> {
    let nowhere = stood.nowhere.iter();
    nowhere.map(|n| (*n, Note::FolderGone)).collect()
}

/// Says what stands where the files were.
pub(super) fn tell(stood: &StoodIn, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let said = [
        (EraseWord::CopiesThere, stood.there),
        (EraseWord::CopiesNarrow, stood.narrow),
        (EraseWord::CopiesNowhere, stood.nowhere.len() as u64),
    ];
    for (word, n) in said.into_iter().filter(|(_, n)| *n > 0) {
        writeln!(out, "{}", word.fill(language, &[&grouped(n)]))?;
    }
    Ok(())
}

/// Removes the copies that waited in the folder of the run when nothing can need them any more, and says so when
/// they stay.
pub(super) fn clear(run: &Run, language: Language, out: &mut dyn Write) -> Result<(), Trouble> {
    let gone = run.drop_copies();
    let gone = gone.map_err(|e| erasing::trouble(&e, run.dir(), "", language))?;
    if !gone {
        let shown = run.dir().join(COPIES);
        let text = EraseWord::CopiesKept.fill(language, &[&shown.shown()]);
        writeln!(out, "{text}")?;
    }
    Ok(())
}
