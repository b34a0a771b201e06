//! The user's side: arguments in, exit code out. Clock, randomness and environment enter here.

mod approval;
mod args;
mod clock;
mod commands;
mod decisions;
mod desk;
mod erasing;
mod help;
mod manifest;
mod output;
mod own;
mod packages;
mod passwords;
mod progress;
mod pseudonyms;
mod setup;

use crate::{
    reports::{Condition, exit_code},
    words::{Language, Word},
};
use args::{Cli, Command, Lang};
use clap::FromArgMatches;
use std::{io::Write, process::ExitCode};

/// Runs the program as typed. Never panics on input: what goes wrong is said on standard error.
pub fn main() -> ExitCode {
    // Help and what is wrong with the arguments are said before there are arguments.
    let spoken = help::asked(std::env::args_os()).unwrap_or_else(|| language(None));
    let parsed = help::command(spoken)
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error, spoken),
    };
    if let Command::ReadSheet(_) = cli.command {
        return ExitCode::from(crate::formats::child_main());
    }
    quiet_panics();
    let language = cli.lang.map_or(spoken, |lang| language(Some(lang)));
    let result = match &cli.command {
        Command::Scan(args) => commands::scan::run(args, language, cli.quiet),
        Command::Redact(args) => commands::redact::run(args, language, cli.quiet),
        Command::Report(args) => commands::report::run(args, language, cli.quiet),
        Command::Text(args) => commands::text::run(args, Word::ShowsValues.text(language)),
        Command::Rules(command) => commands::rules::run(command, language),
        Command::Plan(command) => commands::plan::run(command, language),
        Command::Approve(args) => commands::approve::run(args, language),
        Command::Hold(command) => commands::hold::run(command, language),
        Command::Keys(command) => commands::keys::run(command, language),
        Command::Audit(command) => commands::audit::run(command, language),
        Command::Formats(args) => commands::formats::run(args, language),
        Command::Probe(args) => commands::probe::run(args, language),
        Command::Quarantine(args) => commands::quarantine::run(args, language),
        Command::Undo(args) => commands::quarantine::undo(args, language),
        Command::Purge(args) => commands::purge::run(args, language),
        Command::Resume(args) => commands::purge::resume(args, language),
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
    };
    match result {
        Ok(conditions) => code(&conditions),
        Err(trouble) => {
            let _ = writeln!(
                std::io::stderr(),
                "{}",
                Word::Error.fill(language, &[&trouble.text])
            );
            code(&[trouble.condition])
        }
    }
}

/// Prints help, or what is wrong with the arguments.
fn usage(error: &clap::Error, language: Language) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    match help::wrong(error).filter(|_| language == Language::Zh) {
        Some(text) => drop(write!(std::io::stderr(), "{text}")),
        None => drop(error.print()),
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
