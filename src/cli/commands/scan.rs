//! `inkout scan`: the inventory.

use crate::{
    cli::{
        Trouble,
        args::{Binary, Format, Scan},
        clock, progress,
        setup::{Setup, absolute, random},
    },
    digest::JobKey,
    model::{FileRecord, Listing, Name, PathDisplay},
    pipeline::{self, Progress},
    reports::{self, Class, Condition, Ending, JsonLines, Listed, Summary, csv, explain, text},
    scan::{Purpose, Shown},
    store::{self, RunInfo, Status, Store, StoreError, Writer},
    words::{Language, Word},
};
use std::{
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

/// The default job folder, in the current folder.
pub(super) const JOB: &str = "inkout-job";

pub(in crate::cli) fn run(
    args: &Scan,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    let setup = Setup::new(&args.walk, language)?.with_strings(args.binary == Binary::Strings);
    let fail_on = FailOn::parse(&args.fail_on, &setup, language)?;
    let job = absolute(&args.job.clone().unwrap_or_else(|| PathBuf::from(JOB)));
    let walker = Setup::walker(&args.walk, vec![job.clone()], language)?;
    let said = |e: StoreError| store_trouble(&e, &job, language);
    let key = store::load_or_create_key(&job, random()?).map_err(said)?;
    let (mut store, resumed) = open_store(&job, &info(args, &setup), args.restart).map_err(said)?;
    let done = store.done().map_err(said)?;
    let infos = setup.rule_infos();
    let mut summary = Summary::new(setup.rule_infos());
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut output = Output::new(args, &mut out, &infos, language)?;
    if resumed {
        let mut reader = store.reader().map_err(said)?;
        while let Some(stored) = reader.next_record().map_err(said)? {
            summary.add(&stored.record, &stored.shown);
            output.record(&stored.record, &stored.shown)?;
        }
        if !quiet {
            let note = Word::JobResumed.fill(language, &[&done.len()]);
            let _ = writeln!(std::io::stderr(), "{note}");
        }
    }
    let mut keeper = Keeper {
        writer: store.writer().map_err(said)?,
        output,
        summary,
        args,
        trouble: None,
    };
    let counters = Progress::default();
    let is_done = |root: u32, path: &Name| {
        !done.is_empty() && done.contains(setup.identity(&key, root, path))
    };
    progress::shown(&counters, quiet, || {
        let mut sink = |record: FileRecord| keeper.keep(record, &setup, &key);
        pipeline::scan(
            walker,
            setup.threads,
            setup.reader(&key),
            purpose(args),
            &counters,
            &is_done,
            &mut sink,
        );
    });
    let Keeper {
        writer,
        output,
        summary,
        trouble,
        ..
    } = keeper;
    match trouble {
        Some(Kept::Store(e)) => return Err(said(e)),
        Some(Kept::Output(e)) => {
            return Err(Trouble::failed(Word::WriteFailed.fill(language, &[&e])));
        }
        None => {}
    }
    let conditions = conditions(&summary, &fail_on, || setup.say_allowed(language));
    let ending = Ending {
        version: env!("CARGO_PKG_VERSION"),
        rules_digest: &setup.detector.rules().digest,
        // Of files done before an interruption the samples are kept, unless all findings are.
        listed: if args.all_findings || (purpose(args).all && !resumed) {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions: &conditions,
    };
    writer
        .finish(&clock::now(), &reports::summary_text(&summary, &ending))
        .map_err(said)?;
    output.end(&summary, &ending)?;
    if args.format == Format::Summary && !quiet {
        say(&summary, args, &job, &conditions, language, &mut out)?;
    }
    out.flush()?;
    Ok(conditions)
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
        "min-confidence={} include={:?} exclude={:?} one-file-system={} samples={} all-findings={}",
        args.walk.min_confidence,
        args.walk.include,
        args.walk.exclude,
        args.walk.one_file_system,
        args.samples,
        args.all_findings
    )
}

/// Opens the job folder: a new run, or the rest of one that was interrupted.
fn open_store(job: &Path, info: &RunInfo, restart: bool) -> Result<(Store, bool), StoreError> {
    match Store::status(job)? {
        Status::Absent => Ok((Store::create(job, info)?, false)),
        Status::Unfinished if !restart => match Store::resume(job, info) {
            Ok(store) => Ok((store, true)),
            Err(e) => Err(e),
        },
        Status::Unfinished | Status::Finished => Ok((Store::replace(job, info)?, false)),
    }
}

enum Kept {
    Store(StoreError),
    Output(std::io::Error),
}

/// The three places that a record goes to.
struct Keeper<'a, 'o> {
    writer: Writer<'a>,
    output: Output<'o>,
    summary: Summary,
    args: &'a Scan,
    trouble: Option<Kept>,
}

impl Keeper<'_, '_> {
    /// Keeps a record; `false` when that failed and the run must end.
    fn keep(&mut self, mut record: FileRecord, setup: &Setup, key: &JobKey) -> bool {
        // The store and the summary never show values, whatever the user wants to see.
        let hidden = setup.shown(key, &record, false);
        if record.listing != Listing::Ahead {
            self.summary.add(&record, &hidden);
        }
        let written = if self.args.show_values {
            self.output
                .record(&record, &setup.shown(key, &record, true))
        } else {
            self.output.record(&record, &hidden)
        };
        if !self.args.all_findings {
            record.findings.clear();
        }
        let kept = written
            .map_err(Kept::Output)
            .and_then(|()| self.writer.put(&record, &hidden).map_err(Kept::Store));
        self.trouble = kept.err();
        self.trouble.is_none()
    }
}

/// Standard output while the scan runs.
enum Output<'a> {
    Nothing,
    Jsonl(JsonLines<'a>),
    Csv(csv::Findings<'a>),
    Explained(explain::Explained<'a>),
}

impl<'a> Output<'a> {
    fn new(
        args: &Scan,
        out: &'a mut dyn Write,
        infos: &'a [reports::RuleInfo],
        language: Language,
    ) -> Result<Self, Trouble> {
        let values = if args.show_values {
            reports::Values::Shown
        } else {
            reports::Values::Hidden
        };
        Ok(match args.format {
            Format::Summary if args.explain => {
                Self::Explained(explain::Explained::new(out, infos, values, language))
            }
            Format::Summary => Self::Nothing,
            Format::Jsonl => Self::Jsonl(JsonLines::new(out, infos, values)),
            Format::Csv => Self::Csv(csv::Findings::new(out, infos, values)?),
        })
    }

    fn record(&mut self, record: &FileRecord, shown: &PathDisplay) -> std::io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Jsonl(lines) => lines.record(record, shown),
            Self::Csv(rows) => rows.record(record, shown),
            Self::Explained(lines) => lines.record(record, shown),
        }
    }

    fn end(self, summary: &Summary, ending: &Ending<'_>) -> Result<(), Trouble> {
        match self {
            Self::Jsonl(mut lines) => Ok(lines.summary(summary, ending)?),
            _ => Ok(()),
        }
    }
}

/// What makes a scan end with 1.
enum FailOn {
    Any,
    Never,
    Class(Class),
    Rule(usize),
}

impl FailOn {
    fn parse(text: &str, setup: &Setup, language: Language) -> Result<Self, Trouble> {
        let class = Class::ALL
            .into_iter()
            .find(|c| c.id().eq_ignore_ascii_case(text));
        let rule = setup
            .detector
            .rules()
            .rules
            .iter()
            .position(|r| r.id == text);
        match (text, class, rule) {
            ("any", ..) => Ok(Self::Any),
            ("never", ..) => Ok(Self::Never),
            (_, Some(class), _) => Ok(Self::Class(class)),
            (_, _, Some(rule)) => Ok(Self::Rule(rule)),
            _ => Err(Trouble::usage(
                Word::BadOption.fill(language, &[&"--fail-on", &text]),
            )),
        }
    }

    fn met(&self, summary: &Summary) -> bool {
        match self {
            Self::Any => summary.found() > 0,
            Self::Never => false,
            Self::Class(least) => summary
                .by_class
                .iter()
                .any(|(class, total)| class >= least && total.found > 0),
            Self::Rule(rule) => summary.by_rule.get(*rule).is_some_and(|t| t.found > 0),
        }
    }
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
