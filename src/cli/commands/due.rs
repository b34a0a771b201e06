//! `inkout due`: what somebody must look at soon.

use crate::cli::shown::{Shown as _, judge_by_job};
use crate::{
    cli::{Trouble, args::Due, clock, commands::baseline},
    model::Date,
    reports::{Condition, safe},
    seal,
    store::{Store, StoreError},
    words::{DailyWord, Language},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

/// Folders looked into below one that is named.
const MOST: usize = 10_000;

/// One thing, by the day on which it is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Thing {
    day: String,
    kind: &'static str,
    path: String,
    /// What is said of it.
    text: String,
}

pub(in crate::cli) fn run(args: &Due, language: Language) -> Result<Vec<Condition>, Trouble> {
    let mut all = Vec::new();
    for path in &args.paths {
        if !look(path, args, language, &mut all)? {
            let text = DailyWord::DueNothing.fill(language, &[&path.shown()]);
            return Err(Trouble::usage(text));
        }
    }
    let (today, soon) = (clock::today(), clock::day_after(args.within));
    all.retain(|thing| thing.day <= soon);
    all.sort();
    let over = all.iter().filter(|t| t.day < today).count();
    let mut out = std::io::stdout().lock();
    if args.json {
        let things: Vec<_> = all
            .iter()
            .map(|t| {
                json!({"day": t.day, "over": t.day < today, "kind": t.kind, "path": t.path, "text": t.text})
            })
            .collect();
        writeln!(
            out,
            "{}",
            json!({"schema": 1, "kind": "due", "today": today, "due": things})
        )?;
    } else {
        for t in &all {
            let state = if t.day < today {
                DailyWord::DueOver
            } else {
                DailyWord::DueSoon
            };
            writeln!(
                out,
                "{}  {}  {}  {}",
                t.day,
                state.text(language),
                safe::line(&t.path),
                t.text
            )?;
        }
        let text = DailyWord::DueTotal.fill(language, &[&all.len(), &args.within, &over]);
        writeln!(out, "{text}")?;
    }
    Ok(if over > 0 {
        vec![Condition::Findings]
    } else {
        Vec::new()
    })
}

/// Looks at one path: a baseline, a job folder, a sealed archive, or a folder that holds some of these.
/// `false` when it is none of them.
fn look(
    path: &Path,
    args: &Due,
    language: Language,
    all: &mut Vec<Thing>,
) -> Result<bool, Trouble> {
    if path.is_file() {
        of_baseline(path, language, all)?;
        return Ok(true);
    }
    let mut known = of_job(path, args, language, all)?;
    known |= of_seal(path, language, all);
    if known {
        return Ok(true);
    }
    let mut inside: Vec<PathBuf> = match std::fs::read_dir(path) {
        Ok(entries) => entries
            .take(MOST)
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.is_dir())
            .collect(),
        Err(_) => return Ok(false),
    };
    inside.sort();
    for folder in inside {
        known |= of_job(&folder, args, language, all)?;
        known |= of_seal(&folder, language, all);
    }
    Ok(known)
}

fn of_baseline(path: &Path, language: Language, all: &mut Vec<Thing>) -> Result<(), Trouble> {
    let baseline = baseline::read(path, language)?;
    let mut by_day: BTreeMap<(String, String), u64> = BTreeMap::new();
    for a in baseline.accepted.into_values() {
        *by_day.entry((a.expires, a.owner)).or_default() += 1;
    }
    for ((day, owner), count) in by_day {
        let owner = safe::line(&owner);
        all.push(Thing {
            day,
            kind: "baseline",
            path: path.shown(),
            text: DailyWord::DueBaseline.fill(language, &[&count, &owner]),
        });
    }
    Ok(())
}

/// A job folder is due when its last scan was longer ago than asked; one that was cut off is due today.
fn of_job(
    path: &Path,
    args: &Due,
    language: Language,
    all: &mut Vec<Thing>,
) -> Result<bool, Trouble> {
    let said = |e| {
        judge_by_job(path, language);
        super::scan::store_trouble(&e, path, language)
    };
    let store = match Store::open(path) {
        Ok(store) => store,
        // A scan is running: nothing is due.
        Err(StoreError::Locked) => return Ok(true),
        Err(StoreError::Absent | StoreError::Io(_)) => return Ok(false),
        Err(e) => return Err(said(e)),
    };
    judge_by_job(path, language);
    let shown = path.shown();
    if !store.is_finished() {
        all.push(Thing {
            day: clock::today(),
            kind: "unfinished-scan",
            path: shown.clone(),
            text: DailyWord::DueUnfinished.text(language).to_owned(),
        });
    }
    if let Some(last) = store.generations().map_err(said)?.pop() {
        let day: String = last.ended.chars().take(10).collect();
        let again = Date::parse(&day)
            .and_then(|d| Date::of_days(d.days() + i64::from(args.every)))
            .filter(|again| again.to_string() < clock::today());
        if let Some(again) = again {
            all.push(Thing {
                day: again.to_string(),
                kind: "scan",
                path: shown,
                text: DailyWord::DueScan.fill(language, &[&day]),
            });
        }
    }
    Ok(true)
}

fn of_seal(path: &Path, language: Language, all: &mut Vec<Thing>) -> bool {
    let record = match seal::Record::read(path) {
        Ok(record) => record,
        Err(seal::SealError::Absent) => return false,
        Err(_) => {
            // A record that does not hold must be looked at now.
            all.push(Thing {
                day: clock::today(),
                kind: "seal",
                path: path.shown(),
                text: DailyWord::DueSealBad.text(language).to_owned(),
            });
            return true;
        }
    };
    if let Some(next) = record.next_check() {
        all.push(Thing {
            day: next.to_string(),
            kind: "seal",
            path: path.shown(),
            text: DailyWord::DueSeal.text(language).to_owned(),
        });
    }
    true
}
