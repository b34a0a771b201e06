//! `inkout scan`: the inventory.

mod fail;
mod keep;
mod open;

use crate::{
    cli::{
        Trouble,
        args::{Binary, Format, Scan},
        clock, decisions, progress,
        setup::{Setup, absolute, random},
    },
    model::Name,
    pipeline::{self, Before, Progress, Scanned},
    reports::{self, Condition, Ending, Listed, Summary, text},
    scan::{Purpose, Shown},
    store::{self, RunInfo, StoreError},
    words::{DailyWord, Language, ReportWord, Word, grouped},
};
use fail::FailOn;
use keep::{Keeper, Kept, Output};
use open::open_store;
use std::{
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

/// The default job folder, in the current folder.
pub(in crate::cli) const JOB: &str = "inkout-job";

pub(in crate::cli) fn run(
    args: &Scan,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    // The process ends behind it: giving every rule's memory back one by one would take a tenth of the start.
    let setup = Setup::new(&args.walk, language)?.with_strings(args.binary == Binary::Strings);
    let setup = std::mem::ManuallyDrop::new(setup);
    let fail_on = FailOn::parse(&args.fail_on, &setup, language)?;
    let job = absolute(&args.job.clone().unwrap_or_else(|| PathBuf::from(JOB)));
    let walker = Setup::walker(&args.walk, vec![job.clone()], language)?;
    let said = |e: StoreError| store_trouble(&e, &job, language);
    let key = store::load_or_create_key(&job, random()?).map_err(said)?;
    let review = decisions::review(args.decisions.as_deref(), &job, &key, language)?;
    let info = info(args, &setup);
    let mut opened = open_store(&job, &info, args).map_err(said)?;
    opened.say(language, quiet);
    let earlier = opened.earlier(&key).map_err(said)?;
    let infos = setup.rule_infos();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let output = Output::new(args, &mut out, &infos, language)?;
    let totals = opened.store.totals().map_err(said)?;
    let mut keeper = Keeper {
        writer: opened.store.writer_after(&earlier, &key).map_err(said)?,
        output,
        summary: Summary::new(setup.rule_infos()),
        counted: earlier.is_empty(),
        carried: (0, 0),
        args,
        review: &review,
        trouble: None,
    };
    let counters = Progress::default();
    let identity = |root: u32, path: &Name| setup.identity(&key, root, path);
    let before = Before {
        earlier: &earlier,
        identity: &identity,
        now: &clock::nanoseconds,
        moved: setup.moved(),
    };
    progress::shown(&counters, quiet, || {
        let mut sink = |scanned: Scanned| keeper.take(scanned, &setup, &key);
        pipeline::scan(
            walker,
            setup.threads,
            setup.reader(&key),
            purpose(args),
            &counters,
            before,
            &mut sink,
        );
    });
    let Kept {
        writer,
        output,
        summary,
        carried,
    } = keeper
        .end(totals.as_deref())
        .map_err(|e| e.said(&job, language))?;
    if carried.0 > 0 && !quiet {
        let text = DailyWord::Carried.fill(language, &[&grouped(carried.0), &grouped(carried.1)]);
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    say_false_alarms(&summary, language, quiet);
    let conditions = conditions(&summary, &fail_on, || {
        setup.say_allowed(language);
        setup.say_handled(language);
    });
    let ending = Ending {
        version: env!("CARGO_PKG_VERSION"),
        rules_digest: &setup.detector.rules().digest,
        // Of files done before an interruption the samples are kept, unless all findings are.
        listed: if args.all_findings || (purpose(args).all && earlier.is_empty()) {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions: &conditions,
    };
    writer
        .finish(
            &clock::now(),
            &reports::summary_text(&summary, &ending),
            // Sums without false alarms hold under these decisions alone: the next scan adds up anew.
            &if review.is_empty() {
                summary.totals()
            } else {
                String::new()
            },
        )
        .map_err(said)?;
    output.end(&summary, &ending)?;
    if args.format == Format::Summary && !quiet {
        say(&summary, args, &job, &conditions, language, &mut out)?;
    }
    out.flush()?;
    Ok(conditions)
}

/// Says how many findings were left out by decision of a reviewer.
fn say_false_alarms(summary: &Summary, language: Language, quiet: bool) {
    if summary.false_alarms > 0 && !quiet {
        let count = grouped(summary.false_alarms);
        let text = ReportWord::FalseAlarmsCount.fill(language, &[&count]);
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// Names the run in the store.
fn info(args: &Scan, setup: &Setup) -> RunInfo {
    let rules = setup.detector.rules();
    RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        rules: rules.rules.iter().map(|r| r.id.clone()).collect(),
        rules_digest: rules.digest.clone(),
        roots: setup.roots.clone(),
        options: options(args),
        started: clock::now(),
    }
}

fn purpose(args: &Scan) -> Purpose<'static> {
    Purpose {
        samples: args.samples,
        all: args.all_findings || args.explain || args.format != Format::Summary,
        shown: if args.show_values {
            Shown::Clear
        } else {
            Shown::Masked
        },
        redact: None,
        values: None,
        everywhere: None,
    }
}

/// Prints the summary for people.
fn say(
    summary: &Summary,
    args: &Scan,
    job: &Path,
    conditions: &[Condition],
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    let roots: Vec<String> = args
        .walk
        .paths
        .iter()
        .map(|p| p.display().to_string())
        .collect();
    let job = job.display().to_string();
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let options = text::TextOptions {
        language,
        colour: if coloured {
            text::Colour::Ansi
        } else {
            text::Colour::Never
        },
        job: Some(&job),
        roots: &roots,
        listed: if args.all_findings {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions,
    };
    Ok(text::write(summary, &options, out)?)
}

/// What changes what is recorded.
fn options(args: &Scan) -> String {
    format!(
        "min-confidence={} include={:?} exclude={:?} one-file-system={} samples={} all-findings={} \
         strings={} held={}",
        args.walk.min_confidence,
        args.walk.include,
        args.walk.exclude,
        args.walk.one_file_system,
        args.samples,
        args.all_findings,
        args.binary == Binary::Strings,
        args.walk.max_bytes_in_flight
    )
}

fn conditions(summary: &Summary, fail_on: &FailOn, say: impl FnOnce()) -> Vec<Condition> {
    say();
    let mut out = Vec::new();
    if fail_on.met(summary) {
        out.push(Condition::Findings);
    }
    if summary.incomplete > 0 {
        out.push(Condition::Incomplete);
    }
    out
}

/// Trouble with the job folder, in the user's words.
pub(in crate::cli) fn store_trouble(error: &StoreError, job: &Path, language: Language) -> Trouble {
    let dir = job.display();
    let (condition, word) = match error {
        StoreError::Locked => (Condition::Refused, Word::StoreLocked),
        StoreError::Exists => (Condition::Refused, Word::StoreExists),
        StoreError::Absent => (Condition::Usage, Word::StoreAbsent),
        StoreError::Different(_) => (Condition::Refused, Word::StoreDifferent),
        StoreError::Full => (Condition::Failed, Word::StoreFull),
        _ => return Trouble::failed(format!("{dir}: {error}")),
    };
    Trouble {
        condition,
        text: word.fill(language, &[&dir]),
    }
}
