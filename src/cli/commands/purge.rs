//! `inkout purge` and `inkout resume`: beyond recovery, as far as it can be proved.

use super::{
    archive_end::End,
    live,
    quarantine::{begin, bound, quarantined, take_back, vouched},
};
use crate::cli::shown::{Shown as _, argument};
use crate::{
    approve::Approved,
    audit,
    cli::{
        Trouble,
        approval::{self, Desk as Papers},
        args::erasing::{Purge, Resume},
        clock, desk,
        erasing::{self, Desk, Hand},
        watch::Watch,
    },
    erase::{self, Asked, Entry, EraseError, Run, Stage, Steps},
    keys::KeyList,
    model::{
        BackupChoice, Due, Event, EventObject, EventResult, EventRetention, Item, ItemResult, Plan,
    },
    plan::PlanFile,
    reports::Condition,
    words::{EraseWord, Language, Word, grouped, size},
};
use std::{collections::BTreeMap, io::Write, path::Path};

/// Destroys what a run has in quarantine.
#[expect(
    clippy::too_many_lines,
    reason = "the steps of a purge, in their order"
)]
pub(in crate::cli) fn run(args: &Purge, language: Language) -> Result<Vec<Condition>, Trouble> {
    // They go into the trail, for good.
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let (no_backup, waived) = (said(&args.no_backup), said(&args.waive_undo));
    desk::no_values_builtin(
        &[("--no-backup", &no_backup), ("--waive-undo", &waived)],
        language,
    )?;
    let steps = erasing::steps();
    let now = clock::now();
    let mut until = String::new();
    let wrong = |e: &EraseError, until: &str| erasing::trouble(e, &args.run, until, language);
    let mut run = Run::open(&args.run).map_err(|e| wrong(&e, ""))?;
    until.clone_from(&run.index.undo_until);
    let job = erasing::job(&run, &args.job, language)?;
    let papers = Papers::read(&args.plan, &job, language)?;
    let approved = papers.approved(&now)?;
    let plan = approved.plan();
    let hand = Hand::listed(&args.operator, &job, language)?;
    run.hold_against(approved.id(), plan)
        .map_err(|e| wrong(&e, ""))?;
    let rows = desk::trail(&job, language)?;
    begun(&run, &rows, "erase.quarantine-begun", language)?;
    let waived = !waived.trim().is_empty();
    if now < until && !waived {
        return Err(wrong(&EraseError::Window, &until));
    }
    live::are_made(&run, plan, language)?;
    super::archive_end::ready(&run, plan, language)?;
    let stood = live::put(&mut run, plan, &steps, language)?;
    let backup = backup(
        plan,
        approved.id(),
        &job,
        papers.keys(),
        args.no_backup.as_deref(),
        language,
    )?;
    let (files, bytes) = waiting(&run);
    let texts = erasing::confirm_texts(
        EraseWord::ConfirmTextPurge,
        files,
        &approved.short_id(),
        language,
    );
    let question = |text: &str| {
        EraseWord::ConfirmPurge.fill(language, &[&grouped(files), &size(bytes), &text])
    };
    erasing::confirm(&args.confirm, &question, &texts, language)?;
    // Whoever typed it may have taken their time: what holds now counts.
    let now = clock::now();
    let papers = Papers::read(&args.plan, &job, language)?;
    let approved = papers.approved(&now)?;
    let plan = approved.plan();
    run.hold_against(approved.id(), plan)
        .map_err(|e| wrong(&e, ""))?;
    let mut desk = Desk::open(&job, hand, language)?;
    papers.keep_papers(&approved)?;
    erasing::keep_place(&run, language)?;
    let mut event = desk.event("erase.purge-begun", &run, Some(plan));
    event.approvals = approved.keys();
    event.counts.insert("files".to_owned(), files);
    event.counts.insert("bytes".to_owned(), bytes);
    event.digests.extend(bound(&run, language)?);
    let why = args.waive_undo.as_deref().filter(|_| waived);
    stands_behind(&mut event, &backup, &plan.reason, why);
    desk.append(&event)?;
    let entry = Entry::Purging {
        time: now.clone(),
        operator: desk.hand.actor.clone(),
        approvals: approved.keys(),
        remove_folders: args.remove_empty_folders,
    };
    run.begin_purge(entry, &steps).map_err(|e| wrong(&e, ""))?;
    let watch = Watch::new(&job, plan, language);
    let asked = Asked {
        time: now,
        waive_window: waived,
        remove_folders: args.remove_empty_folders,
        kept: live::kept(&stood),
        held: &|| watch.is_held(),
    };
    // A hold that is put on from now on stands in the trail, too.
    desk.let_go();
    let done = erase::purge(&mut run, Some(&approved), &asked, &steps);
    let done = (done, watch.is_held());
    ended(&mut run, &mut desk, papers.file(), done, &steps, language)
}

/// Goes on where a run was stopped, whatever it was doing.
pub(in crate::cli) fn resume(args: &Resume, language: Language) -> Result<Vec<Condition>, Trouble> {
    let steps = erasing::steps();
    let now = clock::now();
    let wrong = |e: &EraseError| erasing::trouble(e, &args.run, "", language);
    let mut run = Run::open(&args.run).map_err(|e| wrong(&e))?;
    let job = erasing::job(&run, &args.job, language)?;
    let hand = Hand::listed(&args.operator, &job, language)?;
    let mut desk = Desk::open(&job, hand, language)?;
    let rows = desk::trail(&job, language)?;
    let path = run.index.plan_path();
    let papers = Papers::read(&path, &job, language);
    let approved = papers.as_ref().ok().and_then(|p| p.approved(&now).ok());
    let file = approval::plan(&path, language)?;
    run.hold_against(file.id(), file.plan())
        .map_err(|e| wrong(&e))?;
    if run.purging.is_some() && !run.undoing {
        begun(&run, &rows, "erase.quarantine-begun", language)?;
        begun(&run, &rows, "erase.purge-begun", language)?;
    }
    let event = desk.event("erase.resumed", &run, Some(file.plan()));
    desk.append(&event)?;
    // An undo that was cut off is gone on with, whatever purge was begun before it.
    if run.undoing || run.count(|s| *s == Stage::Returning) > 0 {
        vouched(&run, &job, language)?;
        return take_back(&mut run, &mut desk, Some(file.plan()), &steps, language);
    }
    live::are_made(&run, file.plan(), language)?;
    if run.purging.is_none() {
        return rest_of_quarantine(
            &mut run,
            &mut desk,
            &rows,
            (&file, approved.as_ref()),
            &steps,
            language,
        );
    }
    super::archive_end::ready(&run, file.plan(), language)?;
    let stood = live::put(&mut run, file.plan(), &steps, language)?;
    let remove_folders = matches!(
        run.purging,
        Some(Entry::Purging {
            remove_folders: true,
            ..
        })
    );
    let watch = Watch::new(&job, file.plan(), language);
    let asked = Asked {
        held: &|| watch.is_held(),
        time: now,
        // Whoever began the purge had waited, or said why not.
        waive_window: true,
        remove_folders,
        kept: live::kept(&stood),
    };
    // The backup that the purge was begun with must still stand behind what is whole.
    let approved = approved.filter(|a| match &a.plan().backup {
        _ if live::goes(a.plan()) => {
            let list = papers.as_ref().map(Papers::keys);
            list.is_ok_and(|keys| live::sealed(&job, a.id(), a.plan(), keys, language).is_ok())
        }
        Some(BackupChoice::Verified(id)) => {
            let list = papers.as_ref().map(Papers::keys);
            list.is_ok_and(|keys| {
                super::backup::verified(&job, id, a.plan(), keys, desk::today(), language).is_ok()
            })
        }
        _ => true,
    });
    desk.let_go();
    let done = erase::purge(&mut run, approved.as_ref(), &asked, &steps);
    if approved.is_none() {
        let whole = run.count(|s| *s == Stage::Quarantined);
        if whole > 0 {
            let text = EraseWord::ResumedOnlyBegun.fill(language, &[&grouped(whole)]);
            writeln!(std::io::stderr(), "{text}")?;
        }
    }
    let done = (done, watch.is_held());
    ended(&mut run, &mut desk, &file, done, &steps, language)
}

fn rest_of_quarantine(
    run: &mut Run,
    desk: &mut Desk,
    rows: &[audit::Row],
    (file, approved): (&PlanFile, Option<&Approved<'_>>),
    steps: &Steps<'_>,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let dir = run.dir().to_path_buf();
    let plan = file.plan();
    let open = run.count(|s| matches!(s, Stage::Planned | Stage::Leaving));
    if open == 0 && tells(run, rows, "erase.quarantined", &|_| true) {
        let stood = live::put(run, plan, steps, language)?;
        let mut out = std::io::stdout().lock();
        live::tell(&stood, language, &mut out)?;
        writeln!(out, "{}", EraseWord::NothingBegun.text(language))?;
        if run.count(|s| *s == Stage::Quarantined) > 0 {
            let until = &run.index.undo_until;
            let text =
                EraseWord::QuarantineUntil.fill(language, &[until, &argument(&dir, language)]);
            writeln!(out, "{text}")?;
        }
        let nowhere = !stood.nowhere.is_empty();
        return Ok(nowhere.then_some(Condition::Refused).into_iter().collect());
    }
    if open > 0 {
        let Some(approved) = approved else {
            return Err(Trouble {
                condition: Condition::Refused,
                text: EraseWord::NotApproved.fill(language, &[&file.short_id()]),
            });
        };
        // Cut off before the trail knew of it: then nothing was moved yet.
        let known = begun(run, rows, "erase.quarantine-begun", language);
        if run.count(live::is_untouched) < run.index.targets.len() as u64 {
            known?;
        } else if known.is_err() {
            begin(run, desk, approved, language)?;
        }
        erase::quarantine(run, steps).map_err(|e| erasing::trouble(&e, &dir, "", language))?;
    }
    quarantined(run, desk, plan, steps, language)
}

/// Whether the trail of a job tells of a run under this name, and what else it must tell.
fn tells(run: &Run, rows: &[audit::Row], event: &str, also: &dyn Fn(&audit::Row) -> bool) -> bool {
    let query = audit::Query {
        event: Some(event.to_owned()),
        run: Some(run.index.run.clone()),
        ..audit::Query::default()
    };
    rows.iter().any(|r| query.takes(&r.event) && also(r))
}

/// Refuses a run that its job's trail does not tell of: that this was begun, with this index and these copies.
pub(super) fn begun(
    run: &Run,
    rows: &[audit::Row],
    event: &str,
    language: Language,
) -> Result<(), Trouble> {
    let bound = bound(run, language)?;
    let same = |r: &audit::Row| {
        let same = |what: &str| r.event.digests.get(what) == bound.get(what);
        r.event.plan.as_ref() == Some(&run.index.plan) && same("index") && same("copies")
    };
    if tells(run, rows, event, &same) {
        Ok(())
    } else {
        let wrong = EraseError::Index;
        Err(erasing::trouble(&wrong, run.dir(), "", language))
    }
}

/// Files and bytes that are in quarantine, or half destroyed.
fn waiting(run: &Run) -> (u64, u64) {
    let open = |s: &Stage| matches!(s, Stage::Quarantined | Stage::Intended | Stage::Overwritten);
    let targets = run.index.targets.iter();
    targets
        .filter(|t| open(&run.state(t.number).stage))
        .fold((0, 0), |(n, bytes), t| (n + 1, bytes + t.size))
}

/// What stands between this purge and regret.
enum Backup {
    /// A verified backup.
    Id(String),
    /// Nothing, and why.
    None(String),
}

/// Writes into an event what stands behind a purge, and why somebody did without.
fn stands_behind(event: &mut Event, backup: &Backup, reason: &str, waived: Option<&str>) {
    match backup {
        Backup::Id(id) => drop(event.digests.insert("backup".to_owned(), id.clone())),
        Backup::None(why) => event.reason = Some(format!("{reason} / no-backup: {why}")),
    }
    if let (Some(why), Some(reason)) = (waived, &mut event.reason) {
        reason.push_str(" / waive-undo: ");
        reason.push_str(why);
    }
}

/// The backup that stands behind, or the reason for none.
fn backup(
    plan: &Plan,
    plan_id: &str,
    job: &Path,
    keys: &KeyList,
    reason: Option<&str>,
    language: Language,
) -> Result<Backup, Trouble> {
    if live::goes(plan) {
        // What stands behind is the archive: nobody can waive it.
        return live::sealed(job, plan_id, plan, keys, language).map(|(id, _)| Backup::Id(id));
    }
    match (&plan.backup, reason) {
        (_, Some(reason)) if !reason.trim().is_empty() => Ok(Backup::None(reason.to_owned())),
        (Some(BackupChoice::Without(reason)), _) => Ok(Backup::None(reason.clone())),
        (Some(BackupChoice::Verified(id)), _) => {
            super::backup::verified(job, id, plan, keys, desk::today(), language)?;
            Ok(Backup::Id(id.clone()))
        }
        _ => Err(Trouble {
            condition: Condition::Refused,
            text: EraseWord::BackupNeeded.text(language).to_owned(),
        }),
    }
}

/// After a purge, however it ended: trail, result, words. A hold that stands by now is told, whether anything was
/// left for it to keep or not.
fn ended(
    run: &mut Run,
    desk: &mut Desk,
    file: &PlanFile,
    (done, is_held): (Result<(), EraseError>, bool),
    steps: &Steps<'_>,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let dir = run.dir().to_path_buf();
    let plan = file.plan();
    let whole = done.is_ok();
    if let Err(e) = &done {
        let mut event = desk.event("erase.stopped", run, Some(plan));
        event.result = Some(EventResult {
            word: "failed".to_owned(),
            why: Some(kind(e).to_owned()),
            ..EventResult::default()
        });
        // The trouble itself is what the run ends with; the trail has the beginning in any case.
        if let Err(untold) = desk.append(&event).and_then(|()| desk.checkpoint()) {
            self::desk::say(&Word::Warning.fill(language, &[&untold.text]));
        }
    } else {
        audit_items(run, desk, Some(plan), steps, language)?;
        let event = desk.event("erase.purged", run, Some(plan));
        desk.append(&event)?;
        desk.checkpoint()?;
    }
    let result = result(run, file, language)?;
    let mut end = End::Stands;
    if whole {
        // What was destroyed is told of whatever becomes of the record.
        let marked = super::archive_end::mark(run, plan, &result, desk, language);
        erasing::keep(&result, &dir, &run.index.job_path(), language)?;
        end = marked?;
    }
    done.map_err(|e| erasing::trouble(&e, &dir, "", language))?;
    let mut conditions = say(run, plan, (&result, end), &dir, language)?;
    if is_held {
        let text = EraseWord::HoldCame.text(language);
        self::desk::say(&Word::Warning.fill(language, &[&text]));
        conditions.push(Condition::Refused);
    }
    Ok(conditions)
}

/// The result of a run as it stands.
pub(super) fn result(
    run: &Run,
    file: &PlanFile,
    language: Language,
) -> Result<crate::model::RunResult, Trouble> {
    let job = run.index.job_path();
    let key = crate::store::load_or_create_key(&job, crate::cli::setup::random()?)
        .map_err(|e| Trouble::failed(EraseWord::BadJob.fill(language, &[&"key", &e])))?;
    let (host, system) = erasing::host(&key);
    Ok(erase::run_result(
        run,
        file.plan(),
        &system,
        &host,
        &clock::now(),
    ))
}

fn kind(error: &EraseError) -> &'static str {
    match error {
        EraseError::Interrupted => "interrupted",
        EraseError::Stopped(_) => "io",
        EraseError::Busy => "busy",
        _ => "error",
    }
}

fn say(
    run: &Run,
    plan: &Plan,
    (result, end): (&crate::model::RunResult, End),
    dir: &Path,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let mut out = std::io::stdout().lock();
    erasing::told(result, language, &mut out)?;
    let mut conditions = Vec::new();
    if !super::archive_end::say(plan, end, language, &mut out)? {
        conditions.push(Condition::Refused);
    }
    let mut left = BTreeMap::new();
    for target in &run.index.targets {
        let state = run.state(target.number);
        let open = matches!(
            state.stage,
            Stage::Quarantined | Stage::Intended | Stage::Overwritten | Stage::Unlinked
        );
        if open {
            let note = state.last.unwrap_or(erase::Note::Quarantined);
            *left.entry(note).or_default() += 1;
        }
    }
    if !left.is_empty() {
        let n: u64 = left.values().sum();
        writeln!(
            out,
            "{}",
            EraseWord::LeftInQuarantine.fill(language, &[&grouped(n)])
        )?;
        erasing::reasons(&left, language, &mut out)?;
        conditions.push(Condition::Refused);
    }
    if result
        .items
        .iter()
        .any(|i| i.notes.iter().any(|n| n == "not-scanned"))
    {
        let text = EraseWord::NextResidue.fill(language, &[&argument(dir, language)]);
        writeln!(out, "{text}")?;
    }
    live::clear(run, language, &mut out)?;
    let path = dir.join("result.json");
    writeln!(
        out,
        "{}",
        EraseWord::ResultAt.fill(language, &[&path.shown()])
    )?;
    if result.items.iter().any(|i| i.done) {
        let job = argument(&run.index.job_path(), language);
        let text = EraseWord::NextCertify.fill(language, &[&argument(dir, language), &job]);
        writeln!(out, "{text}")?;
    }
    Ok(conditions)
}

/// Writes the last word on every item into the trail that does not have it yet.
pub(super) fn audit_items(
    run: &mut Run,
    desk: &mut Desk,
    plan: Option<&Plan>,
    steps: &Steps<'_>,
    language: Language,
) -> Result<(), Trouble> {
    let Some(plan) = plan else { return Ok(()) };
    let numbers = run.unaudited();
    if numbers.is_empty() {
        return Ok(());
    }
    let results = erase::item_results(run, plan);
    let open: std::collections::BTreeSet<u32> = numbers.iter().copied().collect();
    let both = plan.items.iter().zip(&results);
    let events: Vec<_> = both
        .filter(|(item, _)| open.contains(&item.number))
        .map(|(item, result)| item_event(desk, run, plan, item, result))
        .collect();
    desk.append_all(&events)?;
    let dir = run.dir().to_path_buf();
    run.audited(numbers, steps)
        .map_err(|e| erasing::trouble(&e, &dir, "", language))
}

fn item_event(
    desk: &Desk,
    run: &Run,
    plan: &Plan,
    item: &Item,
    result: &ItemResult,
) -> crate::model::Event {
    let word = if result.done { "done" } else { "refused" };
    let mut event = desk.event(&format!("erase.item-{word}"), run, Some(plan));
    event.object = Some(EventObject {
        item: Some(item.number),
        path_fp: Some(item.path_fp.clone()),
        subject_fp: None,
        found: item.rules.clone(),
        bytes: Some(result.bytes),
    });
    event.retention = Some(EventRetention {
        rule: item.decision.rule.clone(),
        earliest: item.decision.earliest.clone(),
        ok: item.decision.due == Due::Due,
    });
    event.result = Some(EventResult {
        word: word.to_owned(),
        why: result.why.clone(),
        grade: result.grade,
        medium: Some(result.medium),
        moved: Some(result.moved),
        verified: Some(result.verified),
        passes: Some(result.passes),
        residue: result.residue,
    });
    event
}
