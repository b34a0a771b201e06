//! `inkout quarantine` and `inkout undo`: out of the way and back.

use super::live;
use crate::cli::shown::argument;
use crate::{
    approve::Approved,
    cli::{
        Trouble,
        approval::{self, Desk as Papers},
        args::erasing::{Quarantine, Undo},
        clock, desk,
        erasing::{self, Desk, Hand},
        setup,
    },
    erase::{self, EraseError, Note, Run, Stage, Terms},
    model::{Moment, Name, Outcome, Plan},
    reports::Condition,
    words::{EraseWord, Language, grouped},
};
use std::{collections::BTreeMap, io::Write, os::unix::ffi::OsStrExt, path::Path};

/// Days in which a quarantine can be undone, when nobody says otherwise.
const UNDO_DAYS: u32 = 7;

/// Moves the files of an approved plan into quarantine.
pub(in crate::cli) fn run(
    args: &Quarantine,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let now = clock::now();
    let papers = Papers::read(&args.plan, &args.job, language)?;
    let approved = papers.approved(&now)?;
    let plan = approved.plan();
    let hand = Hand::listed(&args.operator, &args.job, language)?;
    let left_out = if live::goes(plan) {
        let (job, id) = (&args.job, approved.id());
        live::sealed(job, id, plan, papers.keys(), language)?.1
    } else if plan.outcome == Outcome::Erase {
        Vec::new()
    } else {
        return Err(Trouble::usage(EraseWord::NotForErasing.text(language)));
    };
    // What was approved is the least: an operator can only lengthen it.
    let days = plan.undo_days.unwrap_or(UNDO_DAYS);
    let days = days.max(args.undo_days.unwrap_or(days));
    let until = Moment::parse(&now).map(|m| m.plus_hours(days * 24).to_string());
    let until = until.unwrap_or_else(|| now.clone());
    let files = plan.carried().count() as u64;
    let texts = erasing::confirm_texts(
        EraseWord::ConfirmTextQuarantine,
        files,
        &approved.short_id(),
        language,
    );
    let question =
        |text: &str| EraseWord::ConfirmQuarantine.fill(language, &[&grouped(files), &until, &text]);
    erasing::confirm(&args.confirm, &question, &texts, language)?;
    // Whoever typed it may have taken their time: what holds now counts.
    let id = approved.id().to_owned();
    let papers = Papers::read(&args.plan, &args.job, language)?;
    let approved = papers.approved(&clock::now())?;
    let plan = approved.plan();
    if approved.id() != id {
        let other = EraseError::OtherPlan;
        return Err(erasing::trouble(&other, &args.run, "", language));
    }
    let name = |path: &Path| Name::new(setup::absolute(path).as_os_str().as_bytes());
    let terms = Terms {
        plan_file: name(&args.plan),
        job: name(&args.job),
        time: now,
        undo_until: until.clone(),
        accept: args.accept,
        random: setup::random()?,
    };
    let steps = erasing::steps();
    let wrong = |e: &erase::EraseError| erasing::trouble(e, &args.run, &until, language);
    let mut desk = Desk::open(&args.job, hand, language)?;
    papers.keep_papers(&approved)?;
    let mut run = Run::create(&args.run, &approved, &terms, &steps).map_err(|e| wrong(&e))?;
    if live::goes(plan) {
        live::make(&mut run, plan, (&args.rules, &left_out), &steps, language)?;
    }
    begin(&run, &mut desk, &approved, language)?;
    erase::quarantine(&mut run, &steps).map_err(|e| wrong(&e))?;
    quarantined(&mut run, &mut desk, plan, &steps, language)
}

/// Writes into the trail what is about to be moved: the index and the list of copies as they lie in the folder of the
/// run, which is not signed.
pub(super) fn begin(
    run: &Run,
    desk: &mut Desk,
    approved: &Approved<'_>,
    language: Language,
) -> Result<(), Trouble> {
    let plan = approved.plan();
    let mut event = desk.event("erase.quarantine-begun", run, Some(plan));
    event.approvals = approved.keys();
    let days = |until: &str, from: &str| {
        let hours = Moment::parse(until)?.0 - Moment::parse(from)?.0;
        u64::try_from(hours / (24 * 3600)).ok()
    };
    let days = days(&run.index.undo_until, &run.index.created);
    let files = plan.carried().count() as u64;
    event.counts.insert("files".to_owned(), files);
    event
        .counts
        .extend(days.map(|d| ("undo-days".to_owned(), d)));
    event.digests.extend(bound(run, language)?);
    desk.append(&event)
}

/// What of the folder of a run the trail vouches for.
pub(super) fn bound(run: &Run, language: Language) -> Result<BTreeMap<String, String>, Trouble> {
    let wrong = |e: &EraseError| erasing::trouble(e, run.dir(), "", language);
    let index = run.index_digest().map_err(|e| wrong(&e))?;
    let copies = run.stand_ins_digest().map_err(|e| wrong(&e))?;
    let mut out = BTreeMap::from([("index".to_owned(), index)]);
    out.extend(copies.map(|c| ("copies".to_owned(), c)));
    Ok(out)
}

/// Writes what was moved into the trail and says it: all of the run, before a crash too.
pub(super) fn quarantined(
    run: &mut Run,
    desk: &mut Desk,
    plan: &Plan,
    steps: &erase::Steps<'_>,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    super::purge::audit_items(run, desk, Some(plan), steps, language)?;
    let stood = live::put(run, plan, steps, language)?;
    let waiting = run.count(|s| *s == Stage::Quarantined);
    let left = run.left();
    let count: u64 = left.values().sum();
    let mut event = desk.event("erase.quarantined", run, Some(plan));
    event.counts.insert("moved".to_owned(), waiting);
    event.counts.insert("left".to_owned(), count);
    let of_copies = [
        ("masked", stood.there),
        ("masked-for-owner-only", stood.narrow),
        ("masked-nowhere", stood.nowhere.len() as u64),
    ];
    for (what, n) in of_copies.into_iter().filter(|(_, n)| *n > 0) {
        event.counts.insert(what.to_owned(), n);
    }
    desk.append(&event)?;
    desk.checkpoint()?;
    let mut out = std::io::stdout().lock();
    live::tell(&stood, language, &mut out)?;
    writeln!(
        out,
        "{}",
        EraseWord::Quarantined.fill(language, &[&grouped(waiting)])
    )?;
    if waiting > 0 {
        let until = &run.index.undo_until;
        let text =
            EraseWord::QuarantineUntil.fill(language, &[until, &argument(run.dir(), language)]);
        writeln!(out, "{text}")?;
    }
    if waiting == 0 {
        live::clear(run, language, &mut out)?;
    }
    if count > 0 {
        let text = EraseWord::LeftAsTheyWere.fill(language, &[&grouped(count)]);
        writeln!(out, "{text}")?;
        erasing::reasons(&left, language, &mut out)?;
    }
    // Its own copy is no refusal.
    let refused = left.keys().any(|n| *n != Note::NothingToMask) || !stood.nowhere.is_empty();
    Ok(refused.then_some(Condition::Refused).into_iter().collect())
}

/// Moves what is whole back where it was.
pub(in crate::cli) fn undo(args: &Undo, language: Language) -> Result<Vec<Condition>, Trouble> {
    let steps = erasing::steps();
    let wrong = |e: &erase::EraseError| erasing::trouble(e, &args.run, "", language);
    let mut run = Run::open(&args.run).map_err(|e| wrong(&e))?;
    let job = erasing::job(&run, &args.job, language)?;
    let hand = Hand::read(&args.operator, language)?;
    let mut desk = Desk::open(&job, hand, language)?;
    let plan = approval::plan(&run.index.plan_path(), language).ok();
    if let Some(file) = &plan {
        run.hold_against(file.id(), file.plan())
            .map_err(|e| wrong(&e))?;
    }
    let plan = plan.as_ref().map(crate::plan::PlanFile::plan);
    vouched(&run, &job, language)?;
    let begun = desk.event("erase.undo-begun", &run, plan);
    desk.append(&begun)?;
    run.begin_undo(clock::now(), &steps)
        .map_err(|e| wrong(&e))?;
    take_back(&mut run, &mut desk, plan, &steps, language)
}

/// Refuses to take copies away by another list than the one that was made.
pub(super) fn vouched(run: &Run, job: &Path, language: Language) -> Result<(), Trouble> {
    let copies = run.stand_ins_digest();
    let copies = copies.map_err(|e| erasing::trouble(&e, run.dir(), "", language))?;
    let untouched = run.count(live::is_untouched) == run.index.targets.len() as u64;
    if copies.is_none() || untouched {
        return Ok(());
    }
    let rows = desk::trail(job, language)?;
    super::purge::begun(run, &rows, "erase.quarantine-begun", language)
}

/// Takes copies away and moves what is whole back, or goes on with it; writes it into the trail and says it.
pub(super) fn take_back(
    run: &mut Run,
    desk: &mut Desk,
    plan: Option<&Plan>,
    steps: &erase::Steps<'_>,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let dir = run.dir().to_path_buf();
    let wrong = |e: &EraseError| erasing::trouble(e, &dir, "", language);
    let taken = erase::take_back(run, steps).map_err(|e| wrong(&e))?;
    let moved = erase::undo(run, steps).map_err(|e| wrong(&e))?;
    super::purge::audit_items(run, desk, plan, steps, language)?;
    let (returned, left) = (run.returned, moved.left.values().sum());
    let mut event = desk.event("erase.undone", run, plan);
    event.counts.insert("returned".to_owned(), returned);
    event.counts.insert("left".to_owned(), left);
    desk.append(&event)?;
    desk.checkpoint()?;
    let mut out = std::io::stdout().lock();
    if taken > 0 {
        let text = EraseWord::CopiesTaken.fill(language, &[&grouped(taken)]);
        writeln!(out, "{text}")?;
    }
    writeln!(
        out,
        "{}",
        EraseWord::Undone.fill(language, &[&grouped(returned)])
    )?;
    let mut conditions = Vec::new();
    if left > 0 {
        writeln!(
            out,
            "{}",
            EraseWord::NotUndone.fill(language, &[&grouped(left)])
        )?;
        erasing::reasons(&moved.left, language, &mut out)?;
        conditions.push(Condition::Incomplete);
    }
    let begun = |s: &Stage| {
        matches!(
            s,
            Stage::Intended | Stage::Overwritten | Stage::Unlinked | Stage::Done
        )
    };
    let destroyed = run.count(begun);
    if destroyed > 0 {
        let text = EraseWord::DestroyedBefore.fill(language, &[&grouped(destroyed)]);
        writeln!(out, "{text}")?;
        conditions.push(Condition::Incomplete);
    }
    live::clear(run, language, &mut out)?;
    Ok(conditions)
}
