//! `inkout config`, `completions` and `man`: for those who set the program up.

use crate::{
    cli::{
        Trouble,
        args::{Cli, Completions, Config, ConfigWhat, ShellName},
        config::{self, Settings},
    },
    reports::Condition,
    words::Language,
};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

pub(in crate::cli) fn config(
    args: &Config,
    settings: &Settings,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let mut out = std::io::stdout().lock();
    match args.what {
        Some(ConfigWhat::Schema) => writeln!(out, "{}", config::schema())?,
        None => settings.list(language, &mut out)?,
    }
    Ok(Vec::new())
}

pub(in crate::cli) fn completions(args: &Completions) -> Result<Vec<Condition>, Trouble> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Zsh => Shell::Zsh,
        ShellName::Fish => Shell::Fish,
        ShellName::PowerShell => Shell::PowerShell,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "inkout", &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(Vec::new())
}

/// One page: the program, then each of its verbs.
pub(in crate::cli) fn man() -> Result<Vec<Condition>, Trouble> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let top = clap_mangen::Man::new(command.clone());
    top.render(&mut text)?;
    for verb in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        let page = clap_mangen::Man::new(verb.clone());
        writeln!(text, ".SH \"INKOUT {}\"", verb.get_name().to_uppercase())?;
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
    }
    std::io::stdout().lock().write_all(&text)?;
    Ok(Vec::new())
}
