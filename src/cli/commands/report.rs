//! `inkout report`: what people and other programs read of an inventory.

use super::scan::{JOB, store_trouble};
use crate::cli::shown::{self, Shown as _};
use crate::{
    cli::{
        Trouble,
        args::{Report, ReportFormat},
        clock, decisions, output, own,
        setup::{absolute, random},
    },
    model::{Attributes, Listing},
    reports::{
        Condition, Ending, JsonLines, Listed, RuleInfo, Summary, Values, csv, gitlab, html, junit,
        markdown,
        overview::{Given, Limits},
        review::Review,
        sarif,
        told::{Held, Records, Run, Told},
        xlsx,
    },
    rules::RuleSet,
    store::{self, Recorded, Store, StoreError},
    sys::Accounts,
    words::{Language, ReportWord, Word},
};
use std::{
    cell::RefCell,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Findings of one file held at a time.
const PIECE: u32 = 20_000;

pub(in crate::cli) fn run(
    args: &Report,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    let job = absolute(&args.job.clone().unwrap_or_else(|| PathBuf::from(JOB)));
    let said = |e: StoreError| store_trouble(&e, &job, language);
    let store = Store::open(&job).map_err(said)?;
    let key = store::load_or_create_key(&job, random()?).map_err(said)?;
    let review = decisions::review(args.decisions.as_deref(), &job, &key, language)?;
    let recorded = store.recorded_run().map_err(said)?;
    let rules = own::rules(&args.rules, crate::rules::Examples::Without, language)?;
    let (infos, unknown) = infos(store.rules(), &rules);
    if !quiet {
        hints(&unknown, &recorded, &rules, language);
    }
    let run = run_of(&recorded, &store, decisions::job_identity(&key));
    let inventory = Inventory {
        store: &store,
        review: &review,
        rules: &infos,
        accounts: Accounts::read(),
        trouble: RefCell::new(None),
    };
    let given = Given {
        rules: &infos,
        run: &run,
        language,
    };
    // Beside the report, where as much is to be written anyway.
    let scratch = match args.out.parent() {
        Some(folder) if args.out.as_os_str() != "-" && !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = output::write_whole(&args.out, |out| {
        write(args.format, &inventory, &given, scratch, out)
    });
    if let Some(error) = inventory.trouble.take() {
        return Err(said(error));
    }
    if let Err(e) = written {
        let text = ReportWord::ReportExists.fill(language, &[&args.out.shown(), &e]);
        return Err(Trouble::failed(text));
    }
    if !quiet && args.out.as_os_str() != "-" {
        let bytes = std::fs::metadata(&args.out).map_or(0, |m| m.len());
        let size = crate::words::size(bytes);
        let text = ReportWord::ReportWritten.fill(language, &[&args.out.shown(), &size]);
        let _ = writeln!(io::stderr(), "{text}");
    }
    Ok(if run.ended.is_none() {
        vec![Condition::Incomplete]
    } else {
        Vec::new()
    })
}

/// What reports need to know of the rules of an inventory, and the ids that nobody knows here.
pub(in crate::cli) fn infos(ids: &[String], rules: &RuleSet) -> (Vec<RuleInfo>, Vec<String>) {
    let mut unknown = Vec::new();
    let infos = ids
        .iter()
        .map(|id| {
            if let Some((_, rule)) = rules.find(id) {
                RuleInfo::new(rule.id.clone(), rule.title.clone(), rule.tags.clone())
            } else {
                unknown.push(id.clone());
                RuleInfo::new(id.clone(), (id.clone(), id.clone()), Vec::new())
            }
        })
        .collect();
    (infos, unknown)
}

fn hints(unknown: &[String], recorded: &Recorded, rules: &RuleSet, language: Language) {
    let mut all = Vec::new();
    if recorded.ended.is_none() {
        all.push(ReportWord::ReportUnfinished.text(language).to_owned());
    }
    if let Some(first) = unknown.first() {
        all.push(ReportWord::ReportUnknownRules.fill(language, &[&unknown.len(), first]));
    } else if recorded.rules_digest != rules.digest {
        all.push(ReportWord::ReportOtherRules.text(language).to_owned());
    }
    for text in all {
        let _ = writeln!(io::stderr(), "{}", Word::Hint.fill(language, &[&text]));
    }
}

fn run_of(recorded: &Recorded, store: &Store, job: String) -> Run {
    Run {
        version: recorded.version.clone(),
        rules_digest: recorded.rules_digest.clone(),
        started: recorded.started.clone(),
        ended: recorded.ended.clone(),
        roots: roots(store),
        job,
        made: clock::now(),
        all_findings: recorded.options.contains("all-findings=true"),
    }
}

/// Roots named in a report at most: a list of files has one for each folder.
const ROOTS: usize = 12;

/// The roots as they are shown, each once.
fn roots(store: &Store) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for root in store.roots() {
        if all.len() > ROOTS {
            all.truncate(ROOTS);
            all.push("…".to_owned());
            break;
        }
        // A name can be told of as text: what is not UTF-8 is escaped first.
        let shown = shown::text(&root.to_string());
        if !all.contains(&shown) {
            all.push(shown);
        }
    }
    all
}

fn write(
    format: ReportFormat,
    inventory: &Inventory<'_>,
    given: &Given<'_>,
    scratch: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let limits = Limits::default();
    match format {
        ReportFormat::Html => {
            html::write(inventory, given, inventory.review.decisions(), limits, out)
        }
        ReportFormat::Xlsx => xlsx::write(inventory, given, limits, scratch, out),
        ReportFormat::Sarif => sarif::write(inventory, given, out),
        ReportFormat::Junit => junit::write(inventory, given, out),
        ReportFormat::Gitlab => gitlab::write(inventory, given, out),
        ReportFormat::Markdown => markdown::write(inventory, given, out),
        ReportFormat::Csv => {
            let mut rows = csv::Places::new(out, given.rules)?;
            inventory.each(&mut |told| match told.record.listing {
                Listing::Ahead => Ok(()),
                _ => rows.record(told.record, told.shown),
            })
        }
        ReportFormat::CsvFindings => {
            let mut rows = csv::Findings::new(out, given.rules, Values::Hidden)?;
            inventory.each(&mut |told| rows.record(told.record, told.shown))
        }
        ReportFormat::Jsonl => jsonl(inventory, given, out),
    }
}

fn jsonl(inventory: &Inventory<'_>, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut summary = Summary::new(given.rules.to_vec());
    let mut lines = JsonLines::new(out, given.rules, Values::Hidden);
    inventory.each(&mut |told| {
        if told.record.listing != Listing::Ahead {
            summary.add(told.record, told.shown);
            summary.false_alarms += told.false_alarms;
        }
        lines.record(told.record, told.shown)
    })?;
    let mut conditions = Vec::new();
    if summary.found() > 0 {
        conditions.push(Condition::Findings);
    }
    if summary.incomplete > 0 || given.run.ended.is_none() {
        conditions.push(Condition::Incomplete);
    }
    let ending = Ending {
        version: &given.run.version,
        rules_digest: &given.run.rules_digest,
        listed: if given.run.all_findings {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions: &conditions,
    };
    lines.summary(&summary, &ending)
}

/// The records of a job folder, as reports read them.
struct Inventory<'a> {
    store: &'a Store,
    review: &'a Review,
    rules: &'a [RuleInfo],
    /// Names of owners and groups on this machine.
    accounts: Accounts,
    /// What kept the records from being read: reports know errors of output alone.
    trouble: RefCell<Option<StoreError>>,
}

impl Inventory<'_> {
    fn held(&self, of: &Attributes) -> Held {
        Held {
            mode: of.mode,
            owner: self.accounts.users.get(&of.owner).cloned(),
            owner_number: of.owner,
            group: self.accounts.groups.get(&of.group).cloned(),
            group_number: of.group,
            modified: of.modified.div_euclid(1_000_000_000),
            seen: of.seen.div_euclid(1_000_000_000),
        }
    }
}

impl Records for Inventory<'_> {
    fn each(&self, visit: &mut dyn FnMut(&Told<'_>) -> io::Result<()>) -> io::Result<()> {
        let failed = |e: StoreError| {
            *self.trouble.borrow_mut() = Some(e);
            io::Error::other("the inventory could not be read")
        };
        let mut reader = self.store.reader().map_err(failed)?.in_pieces(PIECE);
        while let Some(mut stored) = reader.next_record().map_err(failed)? {
            let false_alarms = self
                .review
                .apply(&mut stored.record, &stored.shown, self.rules);
            let held = stored.record.attributes.map(|a| self.held(&a));
            visit(&Told {
                record: &stored.record,
                shown: &stored.shown,
                held: held.as_ref(),
                false_alarms,
            })?;
        }
        Ok(())
    }
}
