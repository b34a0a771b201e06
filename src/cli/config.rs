//! Settings: command line before environment (`INKOUT_…`) before file (`inkout.toml`) before default.
//!
//! What a file or the environment sets becomes an argument of the verb, unless the command line has it;
//! so every setting is checked and documented once, as an option.

use super::{Trouble, args::Cli};
use crate::cli::shown::Shown as _;
use crate::words::{DailyWord, Language};
use clap::{ArgAction, ArgMatches, CommandFactory, parser::ValueSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    ffi::{OsStr, OsString},
    io::Read,
    path::{Path, PathBuf},
};

/// Name of the file that is looked for.
const NAME: &str = "inkout.toml";
/// Bytes of the file at most.
const MOST: u64 = 1 << 20;
/// Settings that are paths: relative ones count from the file's folder.
const PATHS: [&str; 4] = ["rules", "job", "baseline", "metrics"];

/// Settings of inkout, read from inkout.toml in the current folder or one above it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// Language of messages: zh or en.
    lang: Option<String>,
    /// Settings of `inkout scan`.
    scan: Option<ScanSettings>,
    /// Settings of `inkout redact`.
    redact: Option<RedactSettings>,
}

/// Settings of `inkout scan`, by the names of its options.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ScanSettings {
    /// Read only files whose path matches one of these globs.
    include: Option<Vec<String>>,
    /// Leave out what matches one of these globs; it is listed as left out.
    exclude: Option<Vec<String>>,
    /// Stay on the file system that each path is on.
    one_file_system: Option<bool>,
    /// Threads; one for each processor by default.
    threads: Option<u32>,
    /// Bytes of one member or document held in memory at most, for example 256M.
    max_bytes_in_flight: Option<String>,
    /// Report values at or above this confidence in percent, 1 to 100.
    min_confidence: Option<u8>,
    /// Own rule files or folders of them; relative paths count from this file.
    rules: Option<Vec<String>>,
    /// Folder for the inventory; a relative path counts from this file.
    job: Option<String>,
    /// What is printed: summary, jsonl or csv.
    format: Option<String>,
    /// Keep every finding in the inventory.
    all_findings: Option<bool>,
    /// Masked samples kept for each rule and place.
    samples: Option<u32>,
    /// When to exit with 1: any, never, a class, a rule id, a tag, or a number of findings.
    fail_on: Option<Vec<String>>,
    /// Findings allowed, as TYPE=N.
    budget: Option<Vec<String>>,
    /// Findings that are accepted: file made by inkout baseline.
    baseline: Option<String>,
    /// Honour inkout:allow comments in texts.
    inline_allow: Option<bool>,
    /// Files that no reader knows: skip or strings.
    binary: Option<String>,
    /// Let other programs go first: 0 to 19.
    nice: Option<u8>,
    /// Bytes read a second at most, for example 50M.
    max_read_rate: Option<String>,
    /// Read only at this time of day, for example 22:00-06:00.
    window: Option<String>,
    /// Write figures for Prometheus to this file.
    metrics: Option<String>,
    /// Form of messages: text or json.
    log_format: Option<String>,
    /// Give up rights that are not needed: auto, require or off.
    sandbox: Option<String>,
}

/// Settings of `inkout redact`, by the names of its options.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RedactSettings {
    /// Make copies only of files whose path matches one of these globs.
    include: Option<Vec<String>>,
    /// Leave out what matches one of these globs.
    exclude: Option<Vec<String>>,
    /// Stay on the file system that each path is on.
    one_file_system: Option<bool>,
    /// Threads; one for each processor by default.
    threads: Option<u32>,
    /// Bytes of one member or document held in memory at most, for example 256M.
    max_bytes_in_flight: Option<String>,
    /// Mask values at or above this confidence in percent, 1 to 100.
    min_confidence: Option<u8>,
    /// Own rule files or folders of them; relative paths count from this file.
    rules: Option<Vec<String>>,
    /// How values are masked: strict, display, label, token or remove.
    mask_profile: Option<String>,
    /// Pictures and recordings: blank, withhold or keep.
    pictures: Option<String>,
    /// Macros, controls and embedded files: blank, withhold or keep.
    objects: Option<String>,
}

/// The settings in force beside the command line.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The file, when there is one.
    pub path: Option<PathBuf>,
    file: Map<String, Value>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Environment(String),
    File,
    Default,
}

impl Settings {
    /// From the file named, else from the nearest `inkout.toml` from the current folder upwards.
    pub(super) fn load(named: Option<&Path>, language: Language) -> Result<Self, Trouble> {
        let from_env = std::env::var_os("INKOUT_CONFIG").map(PathBuf::from);
        let path = match named.map(Path::to_path_buf).or(from_env) {
            Some(path) => path,
            None => match nearest(language)? {
                Some(path) => path,
                None => return Ok(Self::default()),
            },
        };
        let bad = |why: &dyn std::fmt::Display| {
            let text = DailyWord::ConfigBad.fill(language, &[&path.shown(), why]);
            Trouble::usage(text)
        };
        let mut text = String::new();
        std::fs::File::open(&path)
            .and_then(|f| f.take(MOST).read_to_string(&mut text))
            .map_err(|e| bad(&e))?;
        // The message of the parser names the key and the line; its picture of the line is left out.
        let file: File = toml::from_str(&text).map_err(|e| {
            let line = e
                .span()
                .and_then(|s| text.get(..s.start))
                .map_or(1, |before| before.matches('\n').count() + 1);
            bad(&format!(
                "{} ({line})",
                crate::rules::without_values(e.message())
            ))
        })?;
        let file = match serde_json::to_value(file) {
            Ok(Value::Object(file)) => file,
            _ => Map::new(),
        };
        Ok(Self {
            path: Some(path),
            file,
        })
    }

    /// The language that the file sets.
    pub(super) fn language(&self) -> Option<Language> {
        self.file.get("lang")?.as_str().and_then(Language::find)
    }

    /// The arguments with the settings of their verb put in.
    pub(super) fn arguments(&self, typed: Vec<OsString>) -> Vec<OsString> {
        let is_ours = |name: &OsStr| name.as_encoded_bytes().starts_with(b"INKOUT_");
        if self.path.is_none() && !std::env::vars_os().any(|(name, _)| is_ours(&name)) {
            return typed;
        }
        let Ok(matches) = Cli::command().try_get_matches_from(&typed) else {
            return typed;
        };
        let Some((verb, matches)) = matches.subcommand() else {
            return typed;
        };
        let Some(at) = typed.iter().skip(1).position(|a| a == OsStr::new(verb)) else {
            return typed;
        };
        let mut more = Vec::new();
        for key in keys(verb) {
            if is_typed(matches, &key) {
                continue;
            }
            if let Some((value, source)) = self.set(verb, &key) {
                let values = as_arguments(&value);
                more.extend(values.into_iter().map(|v| self.located(&key, v, &source)));
            }
        }
        let mut all = typed;
        let rest = all.split_off(at + 2);
        all.extend(more);
        all.extend(rest);
        all
    }

    /// A setting that is not the default, and where it comes from.
    fn set(&self, verb: &str, key: &str) -> Option<(Value, Source)> {
        let name = format!("INKOUT_{}", key.to_ascii_uppercase().replace('-', "_"));
        if let Ok(text) = std::env::var(&name)
            && !text.is_empty()
        {
            return Some((of_environment(verb, key, &text), Source::Environment(name)));
        }
        let set = self.file.get(verb).and_then(|v| v.get(key));
        let set = set.filter(|v| !v.is_null())?;
        Some((set.clone(), Source::File))
    }

    /// The argument of a setting. Paths in the file count from its folder.
    fn located(&self, key: &str, value: Option<OsString>, source: &Source) -> OsString {
        let folder = self.path.as_deref().and_then(Path::parent);
        let mut argument = OsString::from(format!("--{key}"));
        let Some(value) = value else {
            return argument;
        };
        argument.push("=");
        match folder {
            Some(folder) if PATHS.contains(&key) && *source == Source::File => {
                argument.push(folder.join(value));
            }
            _ => argument.push(value),
        }
        argument
    }

    /// Every setting with its value and source, a line each.
    pub(super) fn list(
        &self,
        language: Language,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        let file = match &self.path {
            Some(path) => DailyWord::ConfigFile.fill(language, &[&path.shown()]),
            None => DailyWord::ConfigNone.text(language).to_owned(),
        };
        writeln!(out, "# {file}")?;
        for verb in ["scan", "redact"] {
            writeln!(out, "[{verb}]")?;
            for key in keys(verb) {
                let set = self.set(verb, &key);
                let (value, source) =
                    set.unwrap_or_else(|| (of_default(verb, &key), Source::Default));
                let value = shown(&value);
                let source = match source {
                    Source::Environment(name) => name,
                    Source::File => NAME.to_owned(),
                    Source::Default => DailyWord::ConfigDefault.text(language).to_owned(),
                };
                let mark = if value.is_null() { "# " } else { "" };
                let value = if value.is_null() {
                    "…".to_owned()
                } else {
                    value.to_string()
                };
                writeln!(out, "{mark}{key} = {value}  # {source}")?;
            }
        }
        Ok(())
    }
}

/// The JSON schema of the file.
pub(super) fn schema() -> String {
    let schema = schemars::schema_for!(File);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// The settings of a verb.
fn keys(verb: &str) -> Vec<String> {
    let all = match verb {
        "scan" => serde_json::to_value(ScanSettings::default()),
        "redact" => serde_json::to_value(RedactSettings::default()),
        _ => return Vec::new(),
    };
    match all {
        Ok(Value::Object(all)) => all.into_iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    }
}

/// Whether the command line has it, or something that goes in its place.
fn is_typed(matches: &ArgMatches, key: &str) -> bool {
    let typed = |id: &str| {
        matches
            .try_contains_id(id)
            .is_ok_and(|there| there && matches.value_source(id) == Some(ValueSource::CommandLine))
    };
    typed(&key.replace('-', "_")) || key == "format" && typed("explain")
}

fn option(verb: &str, key: &str) -> Option<clap::Arg> {
    let command = Cli::command();
    let sub = command.find_subcommand(verb)?;
    let id = key.replace('-', "_");
    sub.get_arguments()
        .find(|a| a.get_id() == id.as_str())
        .cloned()
}

fn of_default(verb: &str, key: &str) -> Value {
    let Some(option) = option(verb, key) else {
        return Value::Null;
    };
    if matches!(option.get_action(), ArgAction::SetTrue) {
        return Value::Bool(false);
    }
    let texts: Vec<Value> = option
        .get_default_values()
        .iter()
        .map(|v| v.to_string_lossy().into_owned().into())
        .collect();
    match (option.get_action(), texts.len()) {
        (_, 0) => Value::Null,
        (ArgAction::Append, _) => Value::Array(texts),
        _ => texts.into_iter().next().unwrap_or_default(),
    }
}

/// A value as it is listed: paths and globs in it may name persons.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => crate::cli::shown::text(text).into(),
        Value::Array(all) => all.iter().map(shown).collect(),
        other => other.clone(),
    }
}

/// A variable's text: lines for what can be given several times.
fn of_environment(verb: &str, key: &str, text: &str) -> Value {
    match option(verb, key).map(|o| o.get_action().clone()) {
        Some(ArgAction::SetTrue) => Value::Bool(!matches!(text, "0" | "false" | "no" | "off")),
        Some(ArgAction::Append) => text.lines().filter(|l| !l.is_empty()).collect(),
        _ => text.into(),
    }
}

/// The values that an option is to be given; `None` for an option that takes none.
fn as_arguments(value: &Value) -> Vec<Option<OsString>> {
    let one = |value: &Value| -> Option<OsString> {
        match value {
            Value::String(text) => Some(text.into()),
            Value::Number(n) => Some(n.to_string().into()),
            _ => None,
        }
    };
    match value {
        Value::Bool(true) => vec![None],
        Value::Array(all) => all.iter().filter_map(one).map(Some).collect(),
        other => one(other).into_iter().map(Some).collect(),
    }
}

/// The nearest file from the current folder upwards. One that somebody else wrote is refused: a planted
/// file could leave out what is to be found.
fn nearest(language: Language) -> Result<Option<PathBuf>, Trouble> {
    let Ok(here) = std::env::current_dir() else {
        return Ok(None);
    };
    let Some(path) = here.ancestors().map(|f| f.join(NAME)).find(|p| p.is_file()) else {
        return Ok(None);
    };
    if is_foreign(&path) {
        let text = DailyWord::ConfigForeign.fill(language, &[&path.shown()]);
        return Err(Trouble::usage(text));
    }
    Ok(Some(path))
}

/// Whether somebody other than the user or root owns it, or everybody may write it.
fn is_foreign(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else {
        return false;
    };
    let Ok(about) = crate::sys::attributes(&file, 0) else {
        return false;
    };
    let mine = crate::sys::user();
    about.owner != u32::MAX
        && (about.mode & 0o002 != 0 || mine.is_some_and(|me| about.owner != me && about.owner != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        let file: File = toml::from_str(text).unwrap();
        let Value::Object(file) = serde_json::to_value(file).unwrap() else {
            panic!("an object")
        };
        Settings {
            path: Some(PathBuf::from("/etc/inkout/inkout.toml")),
            file,
        }
    }

    fn arguments(text: &str, typed: &[&str]) -> Vec<String> {
        let typed = typed.iter().map(OsString::from).collect();
        let all = settings(text).arguments(typed);
        all.into_iter().map(|a| a.into_string().unwrap()).collect()
    }

    #[test]
    fn every_setting_is_an_option_of_its_verb() {
        for verb in ["scan", "redact"] {
            assert!(keys(verb).len() > 5);
            for key in keys(verb) {
                let option = option(verb, &key).unwrap_or_else(|| panic!("{verb} --{key}"));
                assert_eq!(option.get_long(), Some(key.as_str()));
            }
        }
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        assert!(schema["properties"]["scan"].is_object());
    }

    #[test]
    fn files_become_arguments_that_the_command_line_overrides() {
        let text = "[scan]\nfail-on = ['C3', 'cn.mobile']\njob = 'job'\nall-findings = true\n\
                    inline-allow = false\nsamples = 2\nrules = ['a.toml', '/b']\n";
        assert_eq!(
            arguments(
                text,
                &["inkout", "--lang", "zh", "scan", "in", "--samples", "5"]
            ),
            [
                "inkout",
                "--lang",
                "zh",
                "scan",
                "--all-findings",
                "--fail-on=C3",
                "--fail-on=cn.mobile",
                "--job=/etc/inkout/job",
                "--rules=/etc/inkout/a.toml",
                "--rules=/b",
                "in",
                "--samples",
                "5",
            ]
        );
        let explained = arguments(
            "[scan]\nformat = 'csv'\n",
            &["inkout", "scan", "in", "--explain"],
        );
        assert_eq!(explained, ["inkout", "scan", "in", "--explain"]);
        assert_eq!(arguments(text, &["inkout", "doctor"]), ["inkout", "doctor"]);
        // What is wrong is left to be said.
        assert_eq!(arguments(text, &["inkout", "scan", "--no"]).len(), 3);
    }

    #[test]
    fn unknown_settings_are_refused() {
        for bad in [
            "[scan]\nfailon = 'x'",
            "x = 1",
            "[scan]\nnotify = 'rm'",
            "[scan]\nshow-values = true",
        ] {
            assert!(toml::from_str::<File>(bad).is_err(), "{bad}");
        }
    }
}
