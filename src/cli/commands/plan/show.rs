//! `inkout plan show`: a plan for people.

use super::{archive, path_of};
use crate::{
    approve::{self, Against},
    cli::{Trouble, args::plans::PlanShow, desk, holds},
    keys::short,
    model::{BackupChoice, Category, Due, Item, LiveCopy, Outcome, Plan, Reach, Refusal},
    plan::{self, PlanFile},
    reports::{Condition, safe},
    rules::tags,
    words::{Language, PlanWord, grouped, size},
};
use std::{fmt::Display, io::Write};

/// Items that are listed unless all are asked for.
const FEW: usize = 50;

struct Lines<'a> {
    out: &'a mut dyn Write,
    language: Language,
}

impl Lines<'_> {
    fn line(&mut self, word: PlanWord, arguments: &[&dyn Display]) -> std::io::Result<()> {
        writeln!(self.out, "{}", word.fill(self.language, arguments))
    }
}

/// The outcome as a word for people.
pub(super) fn outcome(outcome: Outcome, language: Language) -> &'static str {
    match outcome {
        Outcome::HandOver => PlanWord::OutcomeHandOver,
        Outcome::Seal => PlanWord::OutcomeSeal,
        Outcome::Erase => PlanWord::OutcomeErase,
    }
    .text(language)
}

/// Why an item is refused, for people.
pub(in crate::cli) fn refusal(why: Refusal, language: Language) -> &'static str {
    refusal_word(why).text(language)
}

/// The message for why an item is refused.
pub(in crate::cli) fn refusal_word(why: Refusal) -> PlanWord {
    match why {
        Refusal::NotDue => PlanWord::WhyNotDue,
        Refusal::UnknownClock => PlanWord::WhyUnknownClock,
        Refusal::Hold => PlanWord::WhyHold,
        Refusal::NotHandedOver => PlanWord::WhyNotHandedOver,
        Refusal::OtherNames => PlanWord::WhyOtherNames,
        Refusal::Unreadable => PlanWord::WhyUnreadable,
        Refusal::NotAFile => PlanWord::WhyNotAFile,
        Refusal::Changed => PlanWord::WhyChanged,
        Refusal::NotScanned => PlanWord::WhyNotScanned,
        Refusal::WouldBeALie => PlanWord::WhyWouldBeALie,
        Refusal::NothingFound => PlanWord::WhyNothingFound,
        Refusal::StateSecret => PlanWord::WhyStateSecret,
        Refusal::Due => PlanWord::WhyDue,
        Refusal::MarkedOtherwise => PlanWord::WhyMarkedOtherwise,
        Refusal::NotMarked => PlanWord::WhyNotMarked,
        Refusal::Archive => PlanWord::WhyArchive,
    }
}

/// Decision of an item in a few words: due or not, since or until when, by which rule.
pub(super) fn state(item: &Item, language: Language) -> String {
    let decision = &item.decision;
    let word = match decision.due {
        Due::Due => PlanWord::StateDue,
        Due::NotDue => PlanWord::StateNotDue,
        Due::Unknown => PlanWord::StateUnknown,
    };
    let mut text = word.text(language).to_owned();
    if let Some(earliest) = &decision.earliest {
        text.push_str(&PlanWord::StateEarliest.fill(language, &[earliest]));
    }
    if !decision.missing.is_empty() {
        let events = decision.missing.join(", ");
        text.push_str(&PlanWord::StateMissing.fill(language, &[&events]));
    }
    if let Some(hold) = &decision.hold {
        text.push_str(&PlanWord::StateHold.fill(language, &[hold]));
    }
    if decision.redact_rest {
        text.push_str(PlanWord::StateRedactRest.text(language));
    }
    text.push_str(&PlanWord::StateRule.fill(language, &[&decision.rule, &decision.article]));
    text
}

pub(super) fn run(args: &PlanShow, language: Language) -> Result<Vec<Condition>, Trouble> {
    let file = desk::plan(&args.plan, language)?;
    let mut out = std::io::stdout().lock();
    summary(&file, language, &mut out)?;
    head(file.plan(), language, &mut out)?;
    items(&file, args, language, &mut out)?;
    let mut conditions = Vec::new();
    if args.check {
        conditions.extend(sources(file.plan(), language, &mut out)?);
    }
    approvals(&file, args, language, &mut out)?;
    Ok(conditions)
}

/// The first lines: what, how many, how much, what is refused and why.
pub(super) fn summary(
    file: &PlanFile,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let plan = file.plan();
    let totals = &plan.totals;
    let mut lines = Lines { out, language };
    let what = outcome(plan.outcome, language);
    lines.line(PlanWord::PlanTitle, &[&what, &file.short_id(), &file.id()])?;
    let carried: [&dyn Display; 4] = [
        &grouped(totals.items),
        &size(totals.bytes),
        &grouped(totals.carried),
        &size(totals.carried_bytes),
    ];
    lines.line(PlanWord::PlanCounts, &carried)?;
    let refused: u64 = totals.refused.values().sum();
    if refused > 0 {
        lines.line(PlanWord::PlanRefused, &[&grouped(refused)])?;
        for (id, count) in &totals.refused {
            let why = plan
                .items
                .iter()
                .filter_map(|i| i.why)
                .find(|w| w.id() == id);
            let text = why.map_or(id.as_str(), |w| refusal(w, language));
            writeln!(lines.out, "  {:>8}  {text}", grouped(*count))?;
        }
    }
    let sealed = plan.sealed.as_ref();
    if let Some(text) = sealed.and_then(|s| archive::other_dates(s, language)) {
        writeln!(lines.out, "{text}")?;
    }
    let rest = plan.carried().filter(|i| i.decision.redact_rest).count() as u64;
    if rest > 0 && plan.outcome != Outcome::Erase {
        lines.line(PlanWord::PlanRest, &[&grouped(rest)])?;
    }
    if !totals.classes.is_empty() {
        let classes: Vec<String> = totals
            .classes
            .iter()
            .rev()
            .map(|(class, n)| format!("{class} {}", grouped(*n)))
            .collect();
        lines.line(PlanWord::PlanClasses, &[&classes.join("  ")])?;
    }
    for category in &totals.categories {
        let text = category_line(category, language);
        writeln!(lines.out, "  {text}")?;
    }
    if totals.categories.len() > 1 && totals.mixed_percent >= 100 {
        lines.line(PlanWord::PlanMixed, &[&totals.mixed_percent])?;
    }
    let roles = match plan.approvals.roles.join(", ") {
        none if none.is_empty() => "–".to_owned(),
        roles => roles,
    };
    lines.line(
        PlanWord::PlanNeeds,
        &[&plan.approvals.count, &roles, &plan.approvals.hours],
    )
}

fn category_line(category: &Category, language: Language) -> String {
    let title =
        tags::find(&category.tag).map_or(category.tag.as_str(), |t| language.pick(&t.zh, &t.en));
    let reach = match category.reach {
        Reach::Below => PlanWord::ReachBelow,
        Reach::InDuties => PlanWord::ReachInDuties,
        Reach::Serious => PlanWord::ReachSerious,
        Reach::VerySerious => PlanWord::ReachVerySerious,
    };
    PlanWord::PlanCategory.fill(
        language,
        &[
            &title,
            &grouped(category.found),
            &grouped(category.distinct),
            &grouped(category.threshold),
            &reach.text(language),
        ],
    )
}

fn head(plan: &Plan, language: Language, out: &mut dyn Write) -> std::io::Result<()> {
    let mut lines = Lines { out, language };
    let clean = |text: &str| safe::line(text).into_owned();
    lines.line(PlanWord::PlanTimes, &[&plan.created, &plan.expires])?;
    lines.line(
        PlanWord::PlanTicket,
        &[&clean(&plan.ticket), &clean(&plan.reason)],
    )?;
    lines.line(PlanWord::PlanBasis, &[&clean(&plan.legal_basis)])?;
    let none = || "–".to_owned();
    let notice = plan.notice_ref.as_deref().map_or_else(none, clean);
    let consent = plan.consent_ref.as_deref().map_or_else(none, clean);
    lines.line(PlanWord::PlanNotice, &[&notice, &consent])?;
    let role = match plan.organisation.role.as_str() {
        "trustee" => PlanWord::RoleTrustee,
        _ => PlanWord::RoleHandler,
    };
    let closing = if plan.organisation.closing {
        PlanWord::Closing.text(language)
    } else {
        ""
    };
    lines.line(
        PlanWord::PlanOrganisation,
        &[&plan.organisation.kind, &role.text(language), &closing],
    )?;
    if let Some(terms) = &plan.handover {
        lines.line(
            PlanWord::PlanRecipient,
            &[
                &clean(&terms.recipient),
                &terms.destination_country,
                &clean(&terms.purpose),
                &terms.copies,
            ],
        )?;
        if !terms.masks.is_empty() {
            let masks = terms.masks.iter().map(|(of, how)| format!("{of} {how}"));
            let masks: Vec<String> = masks.collect();
            lines.line(PlanWord::PlanMasks, &[&masks.join(", ")])?;
        }
    }
    if let Some(release) = &plan.secrecy_release {
        lines.line(PlanWord::PlanRelease, &[&clean(release)])?;
    }
    if let Some(live) = plan.live {
        let word = match live {
            LiveCopy::Keep => PlanWord::LiveKeep,
            LiveCopy::Mask => PlanWord::LiveMask,
            LiveCopy::Erase => PlanWord::LiveErase,
        };
        lines.line(PlanWord::PlanLive, &[&word.text(language)])?;
    }
    destroyed(&mut lines, plan)?;
    if let Some(days) = plan.undo_days {
        lines.line(PlanWord::PlanUndo, &[&days])?;
    }
    for (word, bound) in [
        (PlanWord::BoundInventory, &plan.inventory.digest),
        (PlanWord::BoundPolicy, &plan.policy.digest),
        (PlanWord::BoundRules, &plan.rules.digest),
        (PlanWord::BoundKeys, &plan.keys.digest),
    ] {
        lines.line(word, &[bound])?;
    }
    if let Some(decisions) = &plan.decisions {
        lines.line(
            PlanWord::PlanDecisions,
            &[&decisions.name, &decisions.digest],
        )?;
    }
    Ok(())
}

/// What a plan to erase destroys besides files, and what stands between it and regret.
fn destroyed(lines: &mut Lines<'_>, plan: &Plan) -> std::io::Result<()> {
    let clean = |text: &str| safe::line(text).into_owned();
    if let Some(sealed) = &plan.sealed {
        writeln!(lines.out, "{}", archive::line(sealed, lines.language))?;
        if let Some(why) = &sealed.without_key {
            lines.line(PlanWord::PlanWithoutKey, &[&clean(why)])?;
        }
    }
    match &plan.backup {
        Some(BackupChoice::Verified(id)) => lines.line(PlanWord::PlanBackup, &[&clean(id)])?,
        Some(BackupChoice::Without(why)) => lines.line(PlanWord::PlanNoBackup, &[&clean(why)])?,
        None => {}
    }
    Ok(())
}

fn items(
    file: &PlanFile,
    args: &PlanShow,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let plan = file.plan();
    let most = if args.all { usize::MAX } else { FEW };
    for item in plan.items.iter().take(most) {
        let clear = args.show_paths.then(|| plan.path_of(item));
        let action = match item.why {
            None => outcome(plan.outcome, language).to_owned(),
            Some(why) => PlanWord::ItemRefused.fill(language, &[&refusal(why, language)]),
        };
        let grade = item
            .forecast
            .filter(|_| plan.outcome == Outcome::Erase)
            .map(|g| PlanWord::ItemForecast.fill(language, &[&g.id()]))
            .unwrap_or_default();
        writeln!(
            out,
            "{:>6}  {}  {}{grade}\n        {}",
            item.number,
            path_of(item, clear.as_ref()),
            action,
            state(item, language)
        )?;
        if !item.copies.is_empty() {
            let copies: Vec<String> = item.copies.iter().map(u32::to_string).collect();
            let text = PlanWord::ItemCopies.fill(language, &[&copies.join(", ")]);
            writeln!(out, "        {text}")?;
        }
    }
    let rest = plan.items.len().saturating_sub(most);
    if rest > 0 {
        writeln!(out, "{}", PlanWord::ItemsMore.fill(language, &[&rest]))?;
    }
    Ok(())
}

/// Reads every file again.
fn sources(
    plan: &Plan,
    language: Language,
    out: &mut dyn Write,
) -> std::io::Result<Option<Condition>> {
    let mut stale = 0;
    for item in plan.carried() {
        let root = plan
            .roots
            .get(item.root as usize)
            .cloned()
            .unwrap_or_default();
        if let Err(why) = plan::check(&root, item) {
            stale += 1;
            let why = refusal(why, language);
            writeln!(
                out,
                "{}",
                PlanWord::CheckBad.fill(language, &[&item.number, &path_of(item, None), &why])
            )?;
        }
    }
    if stale > 0 {
        writeln!(out, "{}", PlanWord::CheckStale.fill(language, &[&stale]))?;
        return Ok(Some(Condition::Refused));
    }
    writeln!(
        out,
        "{}",
        PlanWord::CheckGood.fill(language, &[&plan.totals.carried])
    )?;
    Ok(None)
}

/// Whether it could be carried out now.
fn approvals(
    file: &PlanFile,
    args: &PlanShow,
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    let job = desk::job(&args.job);
    let Ok(keys) = desk::key_list(&job, args.keys.as_ref(), language) else {
        writeln!(out, "{}", PlanWord::NoKeysHere.text(language))?;
        return Ok(());
    };
    let papers = desk::all_papers(&job, &args.plan, file, &[], language)?;
    let holds = match holds::borne_out(&job, language) {
        Ok(holds) => holds,
        Err(why) => {
            let text = PlanWord::IsNotApproved.fill(language, &[&why.text]);
            writeln!(out, "{text}")?;
            return Ok(());
        }
    };
    let policy = desk::policy(&file.plan().policy.name, language)?.1;
    let against = Against {
        keys: &keys,
        policy: &policy,
        holds: &holds,
        now: desk::now(),
    };
    match approve::check(file, &papers, &against) {
        Ok(approved) => {
            for a in approved.approvers() {
                writeln!(
                    out,
                    "{}",
                    PlanWord::ApprovedBy
                        .fill(language, &[&a.name, &a.role, &a.time, &short(&a.key)])
                )?;
            }
            let until = approved.until();
            writeln!(out, "{}", PlanWord::IsApproved.fill(language, &[&until]))?;
        }
        Err(why) => {
            let why = desk::refused(&why, language);
            writeln!(out, "{}", PlanWord::IsNotApproved.fill(language, &[&why]))?;
        }
    }
    Ok(())
}
