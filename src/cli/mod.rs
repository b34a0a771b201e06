//! The user's side: arguments in, exit code out. Clock, randomness and environment enter here.

mod approval;
mod args;
mod clock;
mod commands;
mod config;
mod copies;
mod decisions;
mod desk;
mod erasing;
mod help;
mod holds;
mod log;
mod manifest;
mod masks;
mod output;
mod own;
mod packages;
mod passwords;
mod progress;
mod pseudonyms;
mod secret;
mod setup;
mod shown;
mod watch;

use crate::cli::shown::Shown as _;
use crate::{
    reports::{Condition, exit_code},
    walk::WalkError,
    words::{DailyWord, Language, Word},
};
use args::{Cli, Command, Lang};
use clap::FromArgMatches;
use config::Settings;
use log::{Form, Level, Log};
use std::{ffi::OsString, io::Write, panic::AssertUnwindSafe, path::PathBuf, process::ExitCode};

/// Runs the program as typed. Never panics on input: what goes wrong is said on standard error.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    // Help and what is wrong with the arguments are said before there are arguments.
    let asked = help::asked(typed.iter().cloned());
    let spoken = asked.unwrap_or_else(|| language(None));
    let cli = match parsed(&typed, spoken) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, spoken),
    };
    if let Command::ReadSheet(_) = cli.command {
        return ExitCode::from(crate::formats::child_main());
    }
    quiet_panics();
    let settings = match Settings::load(cli.config.as_deref(), spoken) {
        Ok(settings) => settings,
        Err(trouble) => return stopped(&cli, spoken, &trouble),
    };
    let language = asked.or(settings.language()).unwrap_or(spoken);
    let whole = settings.arguments(typed.clone());
    // To describe all arguments takes longer than to read them.
    let cli = match (whole == typed && language == spoken).then_some(Ok(cli)) {
        Some(same) => same,
        None => parsed(&whole, language),
    };
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) => return usage(&error, language),
    };
    let done = std::panic::catch_unwind(AssertUnwindSafe(|| run(&cli, &settings, language)));
    // What a panic says could quote data.
    let done = done.unwrap_or_else(|_| Err(Trouble::failed(Word::Panicked.text(language))));
    match done {
        Ok(conditions) => code(&conditions),
        Err(trouble) => stopped(&cli, language, &trouble),
    }
}

/// The arguments; paths in messages are judged as they say from here on.
fn parsed(typed: &[OsString], language: Language) -> Result<Cli, clap::Error> {
    let matches = help::command(language).try_get_matches_from(typed)?;
    judge_paths(&matches, language);
    Cli::from_arg_matches(&matches)
}

/// Has paths in messages judged by the rule files that the arguments name, whatever the verb; else by those of the
/// scan that the job folder is of.
fn judge_paths(matches: &clap::ArgMatches, language: Language) {
    let (mut at, mut files, mut job) = (Some(matches), Vec::new(), None);
    while let Some(matches) = at {
        if let Ok(Some(given)) = matches.try_get_many::<PathBuf>("rules") {
            files.extend(given.cloned());
        }
        if let Ok(given) = matches.try_get_one::<PathBuf>("job") {
            job = Some(given.cloned().unwrap_or_else(|| PathBuf::from(desk::JOB)));
        }
        at = matches.subcommand().map(|(_, inside)| inside);
    }
    shown::judge_by_files(files);
    if let Some(job) = job {
        shown::judge_by_job(&job, language);
    }
}

fn run(cli: &Cli, settings: &Settings, language: Language) -> Result<Vec<Condition>, Trouble> {
    let log = log_of(cli, language);
    if let Some(path) = &settings.path {
        let text = DailyWord::ConfigUsed.fill(language, &[&path.shown()]);
        // It may leave out what the user means to have read.
        match cli.command {
            Command::Scan(_) | Command::Redact(_) => log.info("settings", &[], &text),
            _ => log.detail("settings", &[], &text),
        }
    }
    match &cli.command {
        Command::Scan(args) => commands::scan::run(args, log),
        Command::Redact(args) => commands::redact::run(args, language, cli.quiet),
        Command::Report(args) => commands::report::run(args, language, cli.quiet),
        Command::Text(args) => commands::text::run(args, Word::ShowsValues.text(language)),
        Command::Rules(command) => commands::rules::run(command, language),
        Command::Diff(args) => commands::diff::run(args, language),
        Command::Baseline(command) => commands::baseline::run(command, language),
        Command::Due(args) => commands::due::run(args, language),
        Command::Config(args) => commands::shell::config(args, settings, language),
        Command::Doctor => commands::doctor::run(language),
        Command::Completions(args) => commands::shell::completions(args),
        Command::Man => commands::shell::man(),
        Command::Plan(command) => commands::plan::run(command, language),
        Command::Approve(args) => commands::approve::run(args, language),
        Command::Hold(command) => commands::hold::run(command, language),
        Command::Certify(args) => commands::certify::run(args, language),
        Command::Keys(command) => commands::keys::run(command, language),
        Command::Audit(command) => commands::audit::run(command, language),
        Command::Formats(args) => commands::formats::run(args, language),
        Command::Probe(args) => commands::probe::run(args, language),
        Command::Quarantine(args) => commands::quarantine::run(args, language),
        Command::Undo(args) => commands::quarantine::undo(args, language),
        Command::Purge(args) => commands::purge::run(args, language),
        Command::Resume(args) => commands::purge::resume(args, language),
        Command::Erase(args::erasing::Erase::Freespace(args)) => {
            commands::freespace::run(args, language)
        }
        Command::Verify(args::erasing::Verify::Certificate(args)) => {
            commands::certify::verify(args, language)
        }
        Command::Verify(args::erasing::Verify::Residue(args)) => {
            commands::residue::run(args, language)
        }
        Command::Pseudo(command) => commands::pseudo::run(command, language, cli.quiet),
        Command::Risk(command) => commands::risk::run(command, language),
        Command::Handover(args) => commands::handover::run(args, language, cli.quiet),
        Command::Receive(command) => commands::receive::run(command, language),
        Command::Seal(command) => commands::seal::run(command, language, cli.quiet),
        Command::Backup(command) => commands::backup::run(command, language, cli.quiet),
        Command::ReadSheet(_) => Ok(Vec::new()),
    }
}

/// How much is said, and in which form.
fn log_of(cli: &Cli, language: Language) -> Log {
    let mut log = Log::plain(language, cli.quiet);
    if cli.verbose {
        log.level = Level::Verbose;
    }
    if let Command::Scan(args) = &cli.command
        && args.daily.log_format == args::LogForm::Json
    {
        log.form = Form::Json;
    }
    log
}

/// Says what stopped the run.
fn stopped(cli: &Cli, language: Language, trouble: &Trouble) -> ExitCode {
    log_of(cli, language).error(&trouble.text);
    code(&[trouble.condition])
}

/// Prints help, or what is wrong with the arguments.
fn usage(error: &clap::Error, language: Language) -> ExitCode {
    if !error.use_stderr() {
        let mut text = error.render().to_string();
        if language == Language::Zh {
            text = text
                .replacen("[OPTIONS]", "[选项]", 1)
                .replace("[default: ", "[默认：");
        }
        let _ = write!(std::io::stdout(), "{text}");
        return ExitCode::SUCCESS;
    }
    let plain = error.render().to_string();
    let chinese = help::wrong(error).filter(|_| language == Language::Zh);
    // What was typed may be a value that was meant for somewhere else.
    let text = help::without_values(chinese.as_ref().unwrap_or(&plain), error);
    if text == plain {
        drop(error.print());
    } else {
        drop(write!(std::io::stderr(), "{text}"));
    }
    code(&[Condition::Usage])
}

/// What stops a run, as a sentence in the user's language.
#[derive(Debug)]
struct Trouble {
    condition: Condition,
    text: String,
}

impl Trouble {
    fn usage(text: impl Into<String>) -> Self {
        Self {
            condition: Condition::Usage,
            text: text.into(),
        }
    }

    /// What is wrong with a glob, which may hold a value as a path may.
    fn glob(error: &WalkError, language: Language) -> Self {
        let why = shown::text(&error.to_string());
        Self::usage(Word::BadGlob.fill(language, &[&why]))
    }

    fn failed(text: impl Into<String>) -> Self {
        Self {
            condition: Condition::Failed,
            text: text.into(),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

fn code(conditions: &[Condition]) -> ExitCode {
    ExitCode::from(exit_code(conditions))
}

fn language(asked: Option<Lang>) -> Language {
    match asked {
        Some(Lang::Zh) => Language::Zh,
        Some(Lang::En) => Language::En,
        None => {
            let of = |name| std::env::var(name).unwrap_or_default();
            let values = [of("LC_ALL"), of("LC_MESSAGES"), of("LANG")];
            Language::detect(values.iter().map(String::as_str))
        }
    }
}

/// A reader that fails on a hostile file is noted in the ledger; its panic text could quote the file.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}
