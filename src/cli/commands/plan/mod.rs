//! `inkout plan`: what is to become of every file; nothing is done.

mod archive;
mod archived;
mod gather;
mod inside;
mod make;
mod marks;
mod planned;
mod show;
mod start;
mod subject;

pub(in crate::cli) use archive::{line as archive_line, other_dates};
pub(in crate::cli) use planned::plans;
pub(in crate::cli) use show::refusal_word;
pub(in crate::cli) use subject::Subject;

pub(in crate::cli) use gather::{Rules as FoundRules, absolute_root};

use crate::{
    cli::{
        Trouble,
        args::plans::{PlanCommand, PlanDiff},
        desk,
    },
    model::{Item, Name},
    plan::{Change, diff},
    reports::{Condition, safe},
    words::{Language, PlanWord},
};
use std::io::Write;

pub(in crate::cli) fn run(
    command: &PlanCommand,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    match command {
        PlanCommand::Handover(args) => make::handover(args, language),
        PlanCommand::Seal(args) => make::seal(args, language),
        PlanCommand::Erase(args) => make::erase(args, language),
        PlanCommand::Show(args) => show::run(args, language),
        PlanCommand::Diff(args) => differences(args, language),
    }
}

fn differences(args: &PlanDiff, language: Language) -> Result<Vec<Condition>, Trouble> {
    let first = desk::plan(&args.first, language)?;
    let second = desk::plan(&args.second, language)?;
    let mut out = std::io::stdout().lock();
    let (changes, frame) = diff(first.plan(), second.plan());
    let ids = (first.short_id(), second.short_id());
    writeln!(
        out,
        "{}",
        PlanWord::DiffTitle.fill(language, &[&ids.0, &ids.1])
    )?;
    if frame {
        writeln!(out, "{}", PlanWord::DiffFrame.text(language))?;
    }
    for change in &changes {
        let (sign, item) = match change {
            Change::Added(item) => ("+", item),
            Change::Removed(item) => ("-", item),
            Change::Content(_, item) => ("*", item),
            Change::Decision(_, item) => ("~", item),
        };
        let what = match change {
            Change::Added(_) => PlanWord::DiffAdded,
            Change::Removed(_) => PlanWord::DiffRemoved,
            Change::Content(..) => PlanWord::DiffContent,
            Change::Decision(..) => PlanWord::DiffDecision,
        };
        let path = safe::line(&item.shown);
        let state = show::state(item, language);
        writeln!(out, "{sign} {path}  {}  {state}", what.text(language))?;
    }
    writeln!(
        out,
        "{}",
        PlanWord::DiffCount.fill(language, &[&changes.len()])
    )?;
    Ok(Vec::new())
}

/// A path of an item, masked or in clear.
fn path_of(item: &Item, clear: Option<&Name>) -> String {
    let path = clear.map_or_else(|| item.shown.clone(), ToString::to_string);
    safe::line(&path).into_owned()
}
