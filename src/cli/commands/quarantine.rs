//! `inkout quarantine` and `inkout undo`: out of the way and back.

use super::live;
use crate::cli::shown::argument;
use crate::{
    cli::{
        Trouble,
        approval::{self, Desk as Papers},
        args::erasing::{Quarantine, Undo},
        clock,
        erasing::{self, Desk},
        setup,
    },
    erase::{self, Note, Run, Stage, Terms},
    model::{Moment, Name, Outcome},
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
    let actor = erasing::listed(&args.operator, &args.job, language)?;
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
    let mut desk = Desk::open(&args.job, actor, language)?;
    papers.keep_papers(&approved)?;
    let mut run = Run::create(&args.run, &approved, &terms, &steps).map_err(|e| wrong(&e))?;
    let unmasked = if live::goes(plan) {
        live::make(&mut run, plan, (&args.rules, &left_out), &steps, language)?
    } else {
        BTreeMap::new()
    };
    let mut begun = desk.event("erase.quarantine-begun", &run, Some(plan));
    begun.approvals = approved.keys();
    begun.counts.insert("files".to_owned(), files);
    begun.counts.insert("undo-days".to_owned(), days.into());
    let digest = run.index_digest().map_err(|e| wrong(&e))?;
    begun.digests.insert("index".to_owned(), digest);
    desk.append(&begun)?;
    let mut moved = erase::quarantine(&mut run, &steps).map_err(|e| wrong(&e))?;
    moved.left.extend(unmasked);
    quarantined(
        &mut run,
        &mut desk,
        &moved,
        Some(plan),
        &steps,
        language,
        &args.run,
    )
}

/// Writes what was moved into the trail and says it.
pub(super) fn quarantined(
    run: &mut Run,
    desk: &mut Desk,
    moved: &erase::Moved,
    plan: Option<&crate::model::Plan>,
    steps: &erase::Steps<'_>,
    language: Language,
    dir: &Path,
) -> Result<Vec<Condition>, Trouble> {
    super::purge::audit_items(run, desk, plan, steps, language)?;
    let masked = plan.map_or(Ok(0), |p| live::put(run, p, steps, language))?;
    let mut event = desk.event("erase.quarantined", run, plan);
    event.counts.insert("moved".to_owned(), moved.moved);
    event
        .counts
        .insert("left".to_owned(), moved.left.values().sum());
    if masked > 0 {
        event.counts.insert("masked".to_owned(), masked);
    }
    desk.append(&event)?;
    desk.checkpoint()?;
    let mut out = std::io::stdout().lock();
    if masked > 0 {
        let text = EraseWord::CopiesThere.fill(language, &[&grouped(masked)]);
        writeln!(out, "{text}")?;
    }
    writeln!(
        out,
        "{}",
        EraseWord::Quarantined.fill(language, &[&grouped(moved.moved)])
    )?;
    let waiting = run.count(|s| *s == Stage::Quarantined);
    if waiting > 0 {
        let until = &run.index.undo_until;
        let text = EraseWord::QuarantineUntil.fill(language, &[until, &argument(dir, language)]);
        writeln!(out, "{text}")?;
    }
    let left: u64 = moved.left.values().sum();
    if left == 0 {
        return Ok(Vec::new());
    }
    writeln!(
        out,
        "{}",
        EraseWord::LeftAsTheyWere.fill(language, &[&grouped(left)])
    )?;
    erasing::reasons(&moved.left, language, &mut out)?;
    // Its own copy is no refusal.
    let refused = moved.left.keys().any(|n| *n != Note::NothingToMask);
    Ok(refused.then_some(Condition::Refused).into_iter().collect())
}

/// Moves what is whole back where it was.
pub(in crate::cli) fn undo(args: &Undo, language: Language) -> Result<Vec<Condition>, Trouble> {
    let steps = erasing::steps();
    let wrong = |e: &erase::EraseError| erasing::trouble(e, &args.run, "", language);
    let mut run = Run::open(&args.run).map_err(|e| wrong(&e))?;
    let job = erasing::job(&run, &args.job, language)?;
    let actor = erasing::actor(&args.operator, language)?;
    let mut desk = Desk::open(&job, actor, language)?;
    let plan = approval::plan(&run.index.plan_path(), language).ok();
    if let Some(file) = &plan {
        run.hold_against(file.id(), file.plan())
            .map_err(|e| wrong(&e))?;
    }
    let plan = plan.as_ref().map(crate::plan::PlanFile::plan);
    let begun = desk.event("erase.undo-begun", &run, plan);
    desk.append(&begun)?;
    run.begin_undo(clock::now(), &steps)
        .map_err(|e| wrong(&e))?;
    let taken = erase::take_back(&run, &steps).map_err(|e| wrong(&e))?;
    let moved = erase::undo(&mut run, &steps).map_err(|e| wrong(&e))?;
    super::purge::audit_items(&mut run, &mut desk, plan, &steps, language)?;
    let mut event = desk.event("erase.undone", &run, plan);
    event.counts.insert("returned".to_owned(), moved.moved);
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
        EraseWord::Undone.fill(language, &[&grouped(moved.moved)])
    )?;
    let mut conditions = Vec::new();
    let left: u64 = moved.left.values().sum();
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
    Ok(conditions)
}
