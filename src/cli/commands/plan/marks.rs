//! A reviewer's marks on whole files, taken into a plan: what breaks the policy is refused and said.

use super::{path_of, show};
use crate::{
    cli::{Trouble, decisions, desk},
    digest::sha256_name,
    model::{Bound, Mark, Outcome, Plan, ValueDigest},
    reports::{Condition, review::Review},
    store::{self, StoreError},
    words::{Language, PlanWord, Word, grouped},
};
use std::{collections::HashMap, io::Write, path::Path};

/// Marks that break the policy and are quoted one by one.
const QUOTED: usize = 20;

/// A review, as a plan takes it in.
#[derive(Default)]
pub(super) struct Marks {
    /// For false alarms.
    pub review: Review,
    /// What whole files are marked for.
    pub files: HashMap<ValueDigest, Outcome>,
    /// How many decisions, and the digest of their file.
    pub bound: Option<Bound>,
    /// Marks for an outcome that name less than a whole file: nothing can be done with them.
    parts: u64,
}

impl Marks {
    /// The decisions in a file, or in the job folder when none is named.
    pub(super) fn read(
        named: Option<&Path>,
        job: &Path,
        language: Language,
    ) -> Result<Self, Trouble> {
        let said = |e: StoreError| crate::cli::commands::scan::store_trouble(&e, job, language);
        let key = store::load_key(job).map_err(said)?;
        let Some(all) = decisions::load(named, job, &key, language)? else {
            return Ok(Self::default());
        };
        let digest = sha256_name(all.text().as_bytes());
        let (mut files, mut parts) = (HashMap::new(), 0);
        for decision in &all.decisions {
            let Some(outcome) = outcome(decision.mark) else {
                continue;
            };
            match decision.file {
                // Of two marks on a file the later holds.
                Some(file) if decision.names() == 1 => drop(files.insert(file, outcome)),
                _ => parts += 1,
            }
        }
        Ok(Self {
            bound: Some(Bound {
                name: all.decisions.len().to_string(),
                digest,
            }),
            files,
            parts,
            review: Review::new(all),
        })
    }
}

fn outcome(mark: Mark) -> Option<Outcome> {
    match mark {
        Mark::HandOver => Some(Outcome::HandOver),
        Mark::Seal => Some(Outcome::Seal),
        Mark::Erase => Some(Outcome::Erase),
        Mark::Confirmed | Mark::FalseAlarm => None,
    }
}

/// Says what became of the marks; each that the policy does not let stand is quoted with rule and article.
pub(super) fn said(
    marks: &Marks,
    plan: &Plan,
    false_alarms: u64,
    language: Language,
    out: &mut dyn Write,
) -> Result<Option<Condition>, Trouble> {
    if false_alarms > 0 {
        let text = PlanWord::MarksFalse.fill(language, &[&grouped(false_alarms)]);
        writeln!(out, "{text}")?;
    }
    if marks.parts > 0 {
        let text = PlanWord::MarksInPart.fill(language, &[&grouped(marks.parts)]);
        desk::say(&Word::Warning.fill(language, &[&text]));
    }
    let wanted = plan.items.iter().filter(|i| i.marked == Some(plan.outcome));
    let broken: Vec<_> = wanted.filter_map(|item| Some((item, item.why?))).collect();
    if broken.is_empty() {
        return Ok(None);
    }
    let what = show::outcome(plan.outcome, language);
    let count = grouped(broken.len() as u64);
    writeln!(
        out,
        "{}",
        PlanWord::MarksBroken.fill(language, &[&count, &what])
    )?;
    for (item, why) in broken.iter().take(QUOTED) {
        let line: [&dyn std::fmt::Display; 4] = [
            &item.number,
            &path_of(item, None),
            &show::refusal(*why, language),
            &show::state(item, language),
        ];
        writeln!(out, "{}", PlanWord::MarkBroken.fill(language, &line))?;
    }
    if broken.len() > QUOTED {
        let rest = broken.len() - QUOTED;
        writeln!(out, "{}", PlanWord::ItemsMore.fill(language, &[&rest]))?;
    }
    Ok(Some(Condition::Refused))
}
