//! The command line in the user's language: help texts, headings, and what clap says of wrong arguments.
//!
//! The English texts are those of `args`; the Chinese ones stand in `words::help`, by the place of the argument.

use super::{args::Cli, shown};
use crate::words::{Language, chinese_help, in_language};
use clap::{
    Arg, ArgAction, Command, CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::ffi::OsString;

/// The language that the arguments ask for, before they are parsed: `--lang zh`, `--lang=zh`.
pub(super) fn asked(arguments: impl Iterator<Item = OsString>) -> Option<Language> {
    let mut next = false;
    for argument in arguments {
        let text = argument.to_str().unwrap_or_default();
        if next {
            return Language::find(text);
        }
        if text == "--" {
            return None;
        }
        next = text == "--lang";
        if let Some(name) = text.strip_prefix("--lang=") {
            return Language::find(name);
        }
    }
    None
}

/// The command line, described in a language.
pub(super) fn command(language: Language) -> Command {
    let command = Cli::command();
    match language {
        Language::En => command,
        Language::Zh => chinese(command, "", true),
    }
}

const TEMPLATE: &str = "{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}";

fn chinese(command: Command, path: &str, top: bool) -> Command {
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_flag(true)
        .disable_version_flag(true);
    if let Some(about) = chinese_help(path) {
        command = command.about(about).long_about(about);
    }
    let ids: Vec<String> = command
        .get_arguments()
        .map(|a| a.get_id().to_string())
        .collect();
    for id in ids {
        let place = place_of(path, &id);
        command = command.mut_arg(&id, |arg| {
            let heading = if arg.is_positional() {
                "参数"
            } else {
                "选项"
            };
            let mut arg = arg.help_heading(heading);
            if arg.get_action().takes_values() {
                // Their texts are English; what they mean stands in the argument's own.
                arg = arg.hide_possible_values(true);
            }
            match chinese_help(&place).or_else(|| chinese_help(&place_of("", &id))) {
                Some(text) => arg.help(text).long_help(text),
                None => arg,
            }
        });
    }
    let flag = |id: &'static str, short, action, text: &'static str| {
        Arg::new(id)
            .short(short)
            .long(id)
            .action(action)
            .help(text)
            .help_heading("选项")
    };
    command = command.arg(flag("help", 'h', ArgAction::Help, "显示帮助"));
    if top {
        command = command.arg(flag("version", 'V', ArgAction::Version, "显示版本"));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path} {name}")
        };
        command = command.mut_subcommand(&name, |c| chinese(c, &below, false));
    }
    command
}

fn place_of(path: &str, id: &str) -> String {
    format!("{path}/{id}")
}

/// What is wrong with the arguments, in Chinese; `None` when clap's own text must do.
pub(super) fn wrong(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(all)) => all.join("、"),
        Some(ContextValue::StyledStr(s)) => s.to_string(),
        Some(ContextValue::StyledStrs(all)) => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            all.join("；")
        }
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let said = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有参数“{argument}”"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令“{}”", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数“{argument}”缺少值"),
        ErrorKind::InvalidValue => format!("参数“{argument}”不能是“{value}”"),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error)
                .map(|e| format!("（{}）", in_language(&e.to_string(), Language::Zh)));
            format!(
                "参数“{argument}”的值“{value}”不对{}",
                why.unwrap_or_default()
            )
        }
        ErrorKind::ArgumentConflict => {
            format!(
                "参数“{argument}”不能与“{}”同用",
                text(ContextKind::PriorArg)
            )
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("参数“{argument}”的值的个数不对")
        }
        ErrorKind::NoEquals => format!("参数“{argument}”的值要用等号给出"),
        _ => return None,
    };
    let valid = text(ContextKind::ValidValue);
    let like = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ]
    .map(text)
    .into_iter()
    .find(|s| !s.is_empty());
    let mut lines = vec![format!("错误：{said}")];
    if !valid.is_empty() {
        lines.push(format!("  可以是：{valid}"));
    }
    if let Some(like) = like {
        lines.push(format!("  是不是想写“{like}”？"));
    }
    let usage = text(ContextKind::Usage);
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    if !usage.is_empty() {
        lines.push(format!("\n用法: {}", usage.replace("[OPTIONS]", "[选项]")));
    }
    lines.push("\n更多说明请用 --help\n".to_owned());
    Some(lines.join("\n"))
}

/// The text of an error with what is found in the words that were typed masked.
pub(super) fn without_values(text: &str, error: &clap::Error) -> String {
    let typed = [
        ContextKind::InvalidArg,
        ContextKind::InvalidValue,
        ContextKind::InvalidSubcommand,
    ];
    let mut out = text.to_owned();
    for kind in typed {
        if let Some(ContextValue::String(typed)) = error.get(kind) {
            let shown = shown::text(typed);
            if shown != *typed {
                out = out.replace(typed.as_str(), &shown);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::CHINESE_HELP;
    use std::collections::BTreeSet;

    fn places(command: &Command, path: &str, out: &mut BTreeSet<String>) {
        out.insert(path.to_owned());
        for arg in command.get_arguments().filter(|a| !a.is_hide_set()) {
            out.insert(place_of(path, arg.get_id().as_str()));
        }
        for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
            let name = below.get_name();
            let path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path} {name}")
            };
            places(below, &path, out);
        }
    }

    /// Every command and argument is described in Chinese, and nothing else is.
    #[test]
    fn help_is_there_in_chinese() {
        let mut wanted = BTreeSet::new();
        places(&Cli::command(), "", &mut wanted);
        let known: BTreeSet<&str> = CHINESE_HELP.iter().map(|h| h.0).collect();
        assert_eq!(known.len(), CHINESE_HELP.len(), "one text a place");
        let has = |place: &str| {
            let general = place.rsplit_once('/').map(|(_, id)| place_of("", id));
            known.contains(place) || general.is_some_and(|g| known.contains(g.as_str()))
        };
        let missing: Vec<&String> = wanted.iter().filter(|p| !has(p)).collect();
        let used = |place: &&&str| {
            wanted.contains(**place)
                || (place.starts_with('/') && wanted.iter().any(|w| w.ends_with(**place)))
        };
        let idle: Vec<&&str> = known.iter().filter(|p| !used(p)).collect();
        assert!(missing.is_empty(), "without Chinese: {missing:#?}");
        assert!(idle.is_empty(), "of nothing: {idle:#?}");
        let han = |t: &str| t.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
        for (place, text) in CHINESE_HELP {
            assert!(han(text), "{place}: {text}");
        }
    }

    #[test]
    fn the_chinese_command_line_is_consistent() {
        command(Language::Zh).debug_assert();
        let help = command(Language::Zh).render_help().to_string();
        assert!(help.contains("用法: ") && help.contains("命令:"), "{help}");
    }

    #[test]
    fn the_language_is_known_before_all_else() {
        let of = |all: &[&str]| asked(all.iter().map(|a| OsString::from(*a)));
        assert_eq!(of(&["inkout", "--lang", "zh", "x"]), Some(Language::Zh));
        assert_eq!(of(&["inkout", "scan", "--lang=en"]), Some(Language::En));
        assert_eq!(of(&["inkout", "scan", "--", "--lang=en"]), None);
    }

    #[test]
    fn a_value_among_the_arguments_is_masked() {
        for all in [
            &["inkout", "110105199003070017"][..],
            &[
                "inkout",
                "scan",
                "x",
                "--min-confidence",
                "110105199003070017",
            ],
        ] {
            let error = command(Language::En).try_get_matches_from(all).unwrap_err();
            let text = error.render().to_string();
            assert!(text.contains("110105199003070017"));
            let told = without_values(&text, &error);
            assert!(
                !told.contains("19900307") && told.contains("--help"),
                "{told}"
            );
        }
    }

    #[test]
    fn wrong_arguments_are_told_in_chinese() {
        let told = |all: &[&str]| {
            let error = command(Language::Zh).try_get_matches_from(all).unwrap_err();
            wrong(&error).unwrap()
        };
        assert!(told(&["inkout", "scna"]).contains("没有命令“scna”"));
        assert!(told(&["inkout", "scan", "x", "--fromat", "csv"]).contains("“--fromat”"));
        assert!(told(&["inkout", "redact", "x"]).contains("缺少参数"));
        assert!(told(&["inkout", "scan", "x", "--samples", "y"]).contains("“y”不对"));
    }
}
