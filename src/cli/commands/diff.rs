//! `inkout diff`: what became other between two scans.

use super::scan::store_trouble;
use crate::cli::shown::{Shown as _, judge_by_job};
use crate::{
    cli::{
        Trouble,
        args::{Diff as Args, DiffForm},
        own,
    },
    model::join,
    reports::{
        Condition, RuleInfo,
        diff::{self, Comparison, Diff, Named},
    },
    rules::Examples,
    store::{Store, StoreError},
    words::{DailyWord, Language},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

pub(in crate::cli) fn run(args: &Args, language: Language) -> Result<Vec<Condition>, Trouble> {
    if args.list {
        return list(&args.earlier, language);
    }
    let diff = match &args.later {
        None => last(&args.earlier, language)?.ok_or_else(|| {
            judge_by_job(&args.earlier, language);
            let text = DailyWord::DiffFirst.fill(language, &[&args.earlier.shown()]);
            Trouble::usage(text)
        })?,
        Some(later) => {
            let (a, b) = (Side::named(&args.earlier), Side::named(later));
            compared(&a, &b, language)?
        }
    };
    let mut out = std::io::stdout().lock();
    match args.format {
        DiffForm::Text => diff::text(&diff, language, &mut out)?,
        DiffForm::Html => diff::html(&diff, language, &mut out)?,
        DiffForm::Json => writeln!(out, "{}", diff::json(&diff))?,
    }
    Ok(if diff.is_worse() {
        vec![Condition::Findings]
    } else {
        Vec::new()
    })
}

/// What the last scan of a job folder found other than the one before, as text; `None` when it is the first
/// or nothing is other.
pub(super) fn of_last(job: &Path, language: Language) -> Result<Option<String>, Trouble> {
    let Some(diff) = last(job, language)?.filter(|d| !d.is_empty()) else {
        return Ok(None);
    };
    let mut out = Vec::new();
    diff::text(&diff, language, &mut out)?;
    Ok(String::from_utf8(out).ok())
}

/// What is wrong with the inventory of a job, whose path is judged by the rules of its own scan.
fn trouble(error: &StoreError, job: &Path, language: Language) -> Trouble {
    judge_by_job(job, language);
    store_trouble(error, job, language)
}

/// One of the inventories of a job folder.
#[derive(Debug, Clone)]
struct Side {
    job: PathBuf,
    which: Generation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Last,
    Number(i64),
    /// The inventory before the present one.
    Previous,
}

impl Side {
    /// From a job folder, or `FOLDER@NUMBER` when there is no folder of that name.
    fn named(text: &Path) -> Self {
        let number = || {
            let (job, number) = text.to_str()?.rsplit_once('@')?;
            Some(Self {
                job: PathBuf::from(job),
                which: Generation::Number(number.parse().ok()?),
            })
        };
        match number() {
            Some(side) if !text.exists() => side,
            _ => Self {
                job: text.to_path_buf(),
                which: Generation::Last,
            },
        }
    }

    fn open(&self) -> Result<Store, StoreError> {
        match self.which {
            Generation::Previous => Store::open_previous(&self.job),
            _ => Store::open(&self.job),
        }
    }
}

/// The last scan of a job folder against the one before; `None` when there is none before.
fn last(job: &Path, language: Language) -> Result<Option<Diff>, Trouble> {
    let said = |e| trouble(&e, job, language);
    let side = |which| Side {
        job: job.to_path_buf(),
        which,
    };
    let generation = Store::open(job)
        .and_then(|s| s.generation())
        .map_err(said)?;
    let earlier = if generation > 1 {
        side(Generation::Number(generation - 1))
    } else {
        match Store::open_previous(job) {
            Ok(_) => side(Generation::Previous),
            Err(StoreError::Absent) => return Ok(None),
            Err(e) => return Err(said(e)),
        }
    };
    compared(&earlier, &side(Generation::Last), language).map(Some)
}

fn compared(a: &Side, b: &Side, language: Language) -> Result<Diff, Trouble> {
    let of_a = |e| trouble(&e, &a.job, language);
    let of_b = |e| trouble(&e, &b.job, language);
    let (earlier, later) = (a.open().map_err(of_a)?, b.open().map_err(of_b)?);
    let rules = own::rules(&[], Examples::Without, language)?;
    let infos: Vec<RuleInfo> = rules
        .rules
        .iter()
        .map(|r| RuleInfo::new(r.id.clone(), r.title.clone(), r.tags.clone()))
        .collect();
    let names = [named(a, &earlier, language)?, named(b, &later, language)?];
    let [first, second] = names;
    let mut all = Comparison::new(first, second, infos);
    let map: Vec<u16> = earlier.rules().iter().map(|id| all.rule(id)).collect();
    each(a, &earlier, &mut |root, stored| {
        let key = join(root, &stored.record.path);
        all.before(key, &stored.record, &stored.shown, &map);
    })
    .map_err(of_a)?;
    let map: Vec<u16> = later.rules().iter().map(|id| all.rule(id)).collect();
    each(b, &later, &mut |root, stored| {
        let key = join(root, &stored.record.path);
        all.now(&key, &stored.record, &stored.shown, &map);
    })
    .map_err(of_b)?;
    Ok(all.finish())
}

/// Gives every record of a side, with its root.
fn each(
    side: &Side,
    store: &Store,
    give: &mut dyn FnMut(&crate::model::Name, &crate::store::Stored),
) -> Result<(), StoreError> {
    let mut reader = match side.which {
        Generation::Number(n) => store.reader_at(n)?,
        _ => store.reader()?,
    };
    while let Some(stored) = reader.next_record()? {
        let root = usize::try_from(stored.record.root).ok();
        let root = root.and_then(|n| store.roots().get(n));
        give(
            root.ok_or(StoreError::Corrupt("a root is missing"))?,
            &stored,
        );
    }
    Ok(())
}

/// How a side is named in the result. A scan that is not there any more is refused.
fn named(side: &Side, store: &Store, language: Language) -> Result<Named, Trouble> {
    let said = |e| trouble(&e, &side.job, language);
    let all = store.generations().map_err(said)?;
    let found = match side.which {
        Generation::Number(n) => all.iter().find(|g| g.number == n),
        _ => all.last(),
    };
    let first = all.first().map_or(0, |g| g.number);
    let last = all.last().map_or(0, |g| g.number);
    judge_by_job(&side.job, language);
    let job = side.job.shown();
    match (found, side.which) {
        (Some(g), _) => Ok(Named {
            job,
            ended: g.ended.clone(),
            files: 0,
        }),
        (None, Generation::Number(n)) => Err(Trouble::usage(
            DailyWord::DiffNoGeneration.fill(language, &[&job, &n, &first, &last]),
        )),
        (None, _) => Err(Trouble::usage(
            DailyWord::DiffUnfinished.fill(language, &[&job]),
        )),
    }
}

fn list(job: &Path, language: Language) -> Result<Vec<Condition>, Trouble> {
    let said = |e| trouble(&e, job, language);
    let store = Store::open(job).map_err(said)?;
    judge_by_job(job, language);
    let mut out = std::io::stdout().lock();
    for g in store.generations().map_err(said)? {
        writeln!(
            out,
            "{}@{}\t{}\t{}",
            job.shown(),
            g.number,
            g.started,
            g.ended
        )?;
    }
    Ok(Vec::new())
}
