//! `inkout scan`: the inventory.

mod fail;
mod keep;
mod lists;
mod notify;
mod open;
mod pace;
mod sandbox;
mod tell;
mod triage;

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::{Binary, Format, Scan, Walk},
        clock,
        commands::baseline,
        decisions,
        log::Log,
        own, progress,
        setup::{Setup, absolute, random},
    },
    detect::Comments,
    model::Name,
    pipeline::{self, Before, Progress, Scanned},
    reports::{self, Condition, Ending, Listed, Summary, text},
    scan::{Purpose, Shown},
    store::{self, RunInfo, StoreError},
    words::{DailyWord, Language, ReportWord, Word, grouped},
};
use fail::FailOn;
use keep::{Keeper, Kept, Output};
use notify::Notifier;
use open::open_store;
use pace::{Pace, Window};
use std::{
    io::{BufWriter, IsTerminal, Write},
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};
use triage::Triage;

/// The default job folder, in the current folder.
pub(in crate::cli) const JOB: &str = "inkout-job";

/// What a scan is made with, worked out before anything is read.
struct Prepared {
    walk: Walk,
    /// The process ends behind it: giving every rule's memory back one by one would take a tenth of the start.
    setup: ManuallyDrop<Setup>,
    fail_on: FailOn,
    job: PathBuf,
    window: Option<Window>,
}

fn prepare(args: &Scan, log: Log) -> Result<Prepared, Trouble> {
    let language = log.language;
    let (paths, listed) = lists::paths(args, language)?;
    let walk = Walk {
        paths,
        ..args.walk.clone()
    };
    if walk.paths.is_empty() && !listed {
        return Err(Trouble::usage(DailyWord::NoPath.text(language)));
    }
    let comments = if args.daily.inline_allow {
        Comments::Honoured
    } else {
        Comments::Ignored
    };
    let setup = Setup::new(&walk, language)?
        .with_strings(args.binary == Binary::Strings)
        .with_comments(comments);
    let fail_on = FailOn::parse(args, &setup.rule_infos(), language)?;
    let job = absolute(&args.job.clone().unwrap_or_else(|| PathBuf::from(JOB)));
    let window = match &args.daily.window {
        Some(text) => Some(Window::parse(text, language)?),
        None => None,
    };
    if let Some(by) = args.daily.nice {
        crate::sys::be_nice(by)?;
    }
    Ok(Prepared {
        walk,
        setup: ManuallyDrop::new(setup),
        fail_on,
        job,
        window,
    })
}

#[expect(
    clippy::too_many_lines,
    reason = "the order of a scan, each step once; the steps borrow from one another"
)]
pub(in crate::cli) fn run(args: &Scan, log: Log) -> Result<Vec<Condition>, Trouble> {
    let language = log.language;
    let begun = std::time::Instant::now();
    let Prepared {
        walk,
        setup,
        fail_on,
        job,
        window,
    } = prepare(args, log)?;
    let counters = Progress::default();
    let Some(pace) = Pace::new(args.daily.max_read_rate, window, &counters.stop) else {
        log.warn("window", &[], DailyWord::WindowClosed.text(language));
        return Ok(vec![Condition::Incomplete]);
    };
    let walker = Setup::walker(&walk, vec![job.clone()], language)?;
    let said = |e: StoreError| store_trouble(&e, &job, language);
    let accepted = baseline::of_scan(args, language)?;
    let fresh = match &accepted {
        Some((_, key)) => *key.bytes(),
        None => random()?,
    };
    let key = store::load_or_create_key(&job, fresh).map_err(said)?;
    if accepted
        .as_ref()
        .is_some_and(|(_, k)| k.bytes() != key.bytes())
    {
        return Err(baseline::other_key(&job, language));
    }
    let review = decisions::review(args.decisions.as_deref(), &job, &key, language)?;
    let info = info(args, &setup, &key);
    let mut opened = open_store(&job, &info, args).map_err(said)?;
    opened.say(log);
    own::keep(&job, &walk.rules, language)?;
    let earlier = opened.earlier(&key, args).map_err(said)?;
    let infos = setup.rule_infos();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let output = Output::new(args, &mut out, &infos, language)?;
    let totals = opened.store.totals().map_err(said)?;
    let today = clock::today();
    let mut keeper = Keeper {
        writer: opened.store.writer_after(&earlier, &key).map_err(said)?,
        output,
        summary: Summary::new(setup.rule_infos()),
        counted: earlier.is_empty(),
        carried: (0, 0),
        triage: Triage::new(accepted.map(|(b, _)| b), &key, &today, info.rules.clone()),
        args,
        review: &review,
        trouble: None,
    };
    let notifier = match &args.daily.notify {
        Some(command) => Some(Notifier::start(command)?),
        None => None,
    };
    sandbox::close(args, &walk, &job, log)?;
    let identity = |root: u32, path: &Name| setup.identity(&key, root, path);
    let before = Before {
        earlier: &earlier,
        identity: &identity,
        now: &clock::nanoseconds,
        moved: setup.moved(),
        pace: &|bytes| pace.after(bytes),
    };
    progress::shown(&counters, log, || {
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
    if pace.has_closed() {
        let files = keeper.stop().map_err(|e| e.said(&job, language))?;
        log.warn(
            "window",
            &[("files", files.into())],
            &DailyWord::WindowEnded.fill(language, &[&files]),
        );
        return Ok(vec![Condition::Incomplete]);
    }
    let Kept {
        writer,
        output,
        summary,
        carried,
        triage,
    } = keeper
        .end(totals.as_deref())
        .map_err(|e| e.said(&job, language))?;
    let told = tell::Told {
        args,
        log,
        job: &job,
        carried,
        accepted: (triage.accepted, triage.expired),
    };
    let conditions = told.conditions(&summary, &fail_on, &triage.counts(&summary));
    say_false_alarms(&summary, log);
    Setup::say_allowed(summary.allowed, language);
    setup.say_handled(language);
    let ending = Ending {
        version: env!("CARGO_PKG_VERSION"),
        rules_digest: &setup.detector.rules().digest,
        // Of files whose record is carried over the samples are kept, unless all findings are.
        listed: if keeps_all(args) || (purpose(args).all && opened.resumed.is_none()) {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions: &conditions,
    };
    let same = writer.is_same();
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
    drop(opened);
    output.end(&summary, &ending)?;
    if args.format == Format::Summary && !log.is_quiet() {
        let shown = |path: &Path| setup.shown_path(&key, path);
        say(
            &summary,
            args,
            &job,
            &shown,
            &conditions,
            language,
            &mut out,
        )?;
    }
    out.flush()?;
    told.metrics(&summary, &conditions, begun.elapsed())?;
    told.notify(notifier.filter(|_| !same));
    Ok(conditions)
}

/// Whether every finding is kept in the inventory.
fn keeps_all(args: &Scan) -> bool {
    args.all_findings || args.daily.baseline.is_some()
}

/// Says how many findings were left out by decision of a reviewer.
fn say_false_alarms(summary: &Summary, log: Log) {
    if summary.false_alarms > 0 && !log.is_quiet() {
        let count = grouped(summary.false_alarms);
        let text = ReportWord::FalseAlarmsCount.fill(log.language, &[&count]);
        let fields = [("false_alarms", summary.false_alarms.into())];
        log.info("false-alarms", &fields, &text);
    }
}

/// Names the run in the store.
fn info(args: &Scan, setup: &Setup, key: &crate::digest::JobKey) -> RunInfo {
    let rules = setup.detector.rules();
    RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        rules: rules.rules.iter().map(|r| r.id.clone()).collect(),
        rules_digest: rules.digest.clone(),
        roots: setup.roots.clone(),
        options: options(args) + &passwords(setup, key),
        started: clock::now(),
    }
}

fn purpose(args: &Scan) -> Purpose<'static> {
    Purpose {
        samples: args.samples,
        all: keeps_all(args) || args.explain || args.format != Format::Summary,
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
    shown: &dyn Fn(&Path) -> String,
    conditions: &[Condition],
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    // In a command that is proposed a masked path would be of no use.
    let typed = |path: &Path| {
        let text = shown(path);
        let plain = path.to_str() == Some(&text);
        if plain {
            text
        } else {
            Word::SomePath.text(language).to_owned()
        }
    };
    let roots: Vec<String> = args.walk.paths.iter().map(|p| typed(p)).collect();
    let typed_job = args.job.as_deref().map(typed);
    let job = shown(job);
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let options = text::TextOptions {
        language,
        colour: if coloured {
            text::Colour::Ansi
        } else {
            text::Colour::Never
        },
        job: Some(&job),
        typed_job: typed_job.as_deref(),
        roots: &roots,
        listed: if keeps_all(args) {
            Listed::All
        } else {
            Listed::Samples
        },
        conditions,
    };
    Ok(text::write(summary, &options, out)?)
}

/// Other passwords open other files. They stand in the inventory under the job's key alone.
fn passwords(setup: &Setup, key: &crate::digest::JobKey) -> String {
    let all = &setup.limits.passwords;
    if all.is_empty() {
        return String::new();
    }
    let joined = zeroize::Zeroizing::new(all.iter().collect::<Vec<_>>().join("\n"));
    format!(" passwords={}", key.name(joined.as_bytes()))
}

/// What changes what is recorded.
fn options(args: &Scan) -> String {
    format!(
        "min-confidence={} include={:?} exclude={:?} one-file-system={} samples={} all-findings={} \
         strings={} held={} comments={}",
        args.walk.min_confidence,
        args.walk.include,
        args.walk.exclude,
        args.walk.one_file_system,
        args.samples,
        keeps_all(args),
        args.binary == Binary::Strings,
        args.walk.max_bytes_in_flight,
        args.daily.inline_allow
    )
}

/// Trouble with the job folder, in the user's words.
pub(in crate::cli) fn store_trouble(error: &StoreError, job: &Path, language: Language) -> Trouble {
    let dir = job.shown();
    let (condition, text) = match error {
        StoreError::Locked => (
            Condition::Refused,
            Word::StoreLocked.fill(language, &[&dir]),
        ),
        StoreError::Exists => (
            Condition::Refused,
            Word::StoreExists.fill(language, &[&dir]),
        ),
        StoreError::Absent => (Condition::Usage, Word::StoreAbsent.fill(language, &[&dir])),
        StoreError::Different(_) => (
            Condition::Refused,
            Word::StoreDifferent.fill(language, &[&dir]),
        ),
        StoreError::Full => (Condition::Failed, Word::StoreFull.fill(language, &[&dir])),
        StoreError::Corrupt(_) => (
            Condition::Failed,
            DailyWord::StoreDamaged.fill(language, &[&dir]),
        ),
        StoreError::Foreign => (
            Condition::Failed,
            DailyWord::StoreForeign.fill(language, &[&dir]),
        ),
        StoreError::Schema { .. } => (
            Condition::Failed,
            DailyWord::StoreOld.fill(language, &[&dir]),
        ),
        StoreError::Key => (
            Condition::Failed,
            DailyWord::StoreKey.fill(language, &[&dir]),
        ),
        StoreError::Io(_) if job.exists() && !job.is_dir() => {
            (Condition::Usage, Word::NotAFolder.fill(language, &[&dir]))
        }
        StoreError::Io(kind) => (
            Condition::Failed,
            DailyWord::StoreIo.fill(language, &[&dir, kind]),
        ),
        other => (
            Condition::Failed,
            DailyWord::StoreIo.fill(language, &[&dir, other]),
        ),
    };
    Trouble { condition, text }
}
