//! The command line as typed.

mod daily;
pub(super) mod erasing;
mod formats;
pub(super) mod packages;
pub(super) mod plans;
mod pseudonyms;
mod report;

pub(super) use daily::{
    Accept, Audit, BaselineCommand, Completions, Config, ConfigWhat, Daily, Diff, DiffForm, Due,
    LogForm, Sandbox, ShellName,
};
pub(super) use formats::Formats;
pub(super) use pseudonyms::{
    KAnon, PseudoCommand, PseudoKey, PseudoReverse, Pseudonyms, RiskCommand, RiskFormat,
};
pub(super) use report::{Report, ReportFormat};

use crate::formats::{Legacies, Treatment};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};

/// Finds, accounts for and redacts personal and financial data in files. Offline; reads everything
/// under the paths given and says what it could not read.
#[derive(Debug, Parser)]
#[command(
    name = "inkout",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    /// Language of messages: zh or en (default: from `LC_ALL`, `LC_MESSAGES`, LANG)
    #[arg(long, global = true, display_order = 900, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// No progress, no summary: only what was asked for and errors
    #[arg(short, long, global = true, display_order = 900)]
    pub quiet: bool,
    /// Say more: which settings hold, what the kernel granted
    #[arg(
        short,
        long,
        global = true,
        display_order = 900,
        conflicts_with = "quiet"
    )]
    pub verbose: bool,
    /// Settings (default: inkout.toml in the current folder or one above it)
    #[arg(long, global = true, display_order = 900, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Languages of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find personal and financial data, and account for every file
    Scan(Scan),
    /// Write redacted copies in the same formats, each checked before it is released
    Redact(Redact),
    /// Print the text that the scanner reads, piece by piece with its place (values in clear!)
    Text(Text),
    /// Make a report of an inventory: a page to read and review, a workbook, files for other programs
    Report(Report),
    /// List, show, check, test and import rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Say what became other between two scans
    Diff(Diff),
    /// Accept findings in a pipeline, with reason, owner and expiry
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Say what is due: baselines that end, scans not made or not finished, sealed archives to be checked
    Due(Due),
    /// Say which settings hold and where they come from (inkout.toml, environment)
    Config(Config),
    /// Say what this build and this machine can do
    Doctor,
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
    /// Plan what is to become of every file: handover, seal or erase; show and compare plans
    #[command(subcommand)]
    Plan(plans::PlanCommand),
    /// Approve or reject a plan with your key
    Approve(plans::Approve),
    /// Keep files from being taken away, whatever the terms say
    #[command(subcommand)]
    Hold(plans::HoldCommand),
    /// Make keys, and list those that count
    #[command(subcommand)]
    Keys(plans::KeysCommand),
    /// Certify what a run did: a signed file and a page to print and file
    Certify(plans::Certify),
    /// Check, search and sign the audit trail
    #[command(subcommand)]
    Audit(plans::AuditCommand),
    /// What is read, what has redacted copies, what is not seen
    Formats(Formats),
    /// Say which grade erasing could reach at these places; touches nothing
    Probe(erasing::Probe),
    /// Move the files of an approved plan into quarantine, from where they can go back
    Quarantine(erasing::Quarantine),
    /// Move files from quarantine back where they were
    Undo(erasing::Undo),
    /// Destroy what is in quarantine, and grade what was proved of each file
    Purge(erasing::Purge),
    /// Go on with a run that was stopped
    Resume(erasing::Resume),
    /// Erase what has no name any more
    #[command(subcommand)]
    Erase(erasing::Erase),
    /// Prove what was done
    #[command(subcommand)]
    Verify(erasing::Verify),
    /// Keys for pseudonyms, and the way back from them
    #[command(subcommand)]
    Pseudo(PseudoCommand),
    /// How easily rows can be traced to persons
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Hand over: a package of copies for a recipient, from an approved plan
    Handover(Box<packages::Handover>),
    /// Check a package that was received, and the receipts that come back
    #[command(subcommand)]
    Receive(packages::ReceiveCommand),
    /// Seal: encrypted archives of what must be kept but no longer used
    #[command(subcommand)]
    Seal(packages::SealCommand),
    /// Encrypted backups before anything is destroyed
    #[command(subcommand)]
    Backup(packages::BackupCommand),
    /// The reading child for old spreadsheets
    #[command(name = "__read-sheet", hide = true)]
    ReadSheet(Rest),
}

/// Arguments passed on as they are.
#[derive(Debug, Args)]
pub(super) struct Rest {
    /// The rest.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<OsString>,
}

/// What to walk, and how.
#[derive(Debug, Clone, Args)]
pub(super) struct Walk {
    /// Files or folders
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read only files whose path under PATH matches this glob (repeatable; `**` crosses folders)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out what matches this glob; it is listed as left out
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Stay on the file system that each PATH is on
    #[arg(long)]
    pub one_file_system: bool,
    /// Threads (default: one for each processor)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Bytes of one member or document held in memory at most, for example 256M
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = size)]
    pub max_bytes_in_flight: u64,
    /// Report values at or above this confidence in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub min_confidence: u8,
    /// Own rule file, list of values (.txt) or folder of them, beside the rules of the program (repeatable;
    /// docs/rules.md)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Passwords for encrypted zip, 7z, PDF and Office files: a UTF-8 file, one a line, tried in turn; never shown or logged
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl Default for Walk {
    /// No paths, and everything else as when nothing is typed.
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            one_file_system: false,
            threads: None,
            max_bytes_in_flight: 256 << 20,
            min_confidence: 50,
            rules: Vec::new(),
            password_file: None,
        }
    }
}

/// `inkout rules`.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List the rules: id, class, title, file of an own rule
    List(RulesList),
    /// Show all about rules
    Show(RulesShow),
    /// Read own rule files, run their examples, and say what is wrong
    Check(RulesCheck),
    /// Run the examples of rules, or show what they find in a text
    Test(RulesTest),
    /// Make digests of values (a line each, from standard input) for an allow list
    Digest(RulesDigest),
    /// Take over a rule file of another scanner (gitleaks TOML), and say what could not be
    Import(RulesImport),
}

/// `inkout rules list`.
#[derive(Debug, Args)]
pub(super) struct RulesList {
    /// Only rules with this text in id or title, or with this tag
    #[arg(value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Own rule file or folder (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// `inkout rules show`.
#[derive(Debug, Args)]
pub(super) struct RulesShow {
    /// Rule ids
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Own rule file or folder (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// `inkout rules check`.
#[derive(Debug, Args)]
pub(super) struct RulesCheck {
    /// Own rule files or folders
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `inkout rules test`.
#[derive(Debug, Args)]
pub(super) struct RulesTest {
    /// Rule ids (default: all)
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Own rule file or folder (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Show what is found in this text file (UTF-8; `-` for standard input) instead of running examples
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Show values in clear
    #[arg(long)]
    pub show_values: bool,
}

/// `inkout rules digest`.
#[derive(Debug, Args)]
pub(super) struct RulesDigest {
    /// The `allow_salt` of the file that the digests are for (default: a new one)
    #[arg(long, value_name = "TEXT")]
    pub salt: Option<String>,
}

/// `inkout rules import`.
#[derive(Debug, Args)]
pub(super) struct RulesImport {
    /// Rule file of gitleaks
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// New rule file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `inkout scan`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(super) struct Scan {
    /// What to read
    #[command(flatten)]
    pub walk: Walk,
    /// Folder for the inventory (default: inkout-job in the current folder)
    #[arg(long, value_name = "DIR")]
    pub job: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Summary)]
    pub format: Format,
    /// Print every finding with the reasons for it, before the summary
    #[arg(long, conflicts_with = "format")]
    pub explain: bool,
    /// Keep every finding in the inventory, not only counts and samples
    #[arg(long)]
    pub all_findings: bool,
    /// Show values and paths in clear in the output (never in the inventory)
    #[arg(long)]
    pub show_values: bool,
    /// Masked samples kept for each rule and place
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub samples: usize,
    /// Decisions of a reviewer, exported from a report: false alarms are left out of output and exit code, and
    /// counted (default: decisions.json in the job folder, when it is there)
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// When to exit with 1: any finding, a class (C1, C2, C3) or graver, a rule id, a tag, a number of findings,
    /// or never (repeatable: any of them)
    #[arg(long, value_name = "WHAT", default_value = "any")]
    pub fail_on: Vec<String>,
    /// Files that no reader knows: skip, or look through for text (strings); they stay in the ledger
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Binary::Skip)]
    pub binary: Binary,
    /// Give up the unfinished scan in the job folder instead of continuing it
    #[arg(long)]
    pub restart: bool,
    /// Pipelines and schedules
    #[command(flatten)]
    pub daily: Daily,
    /// Read every file again, also those that did not change since the last scan of the job folder
    #[arg(long)]
    pub full: bool,
}

/// What `scan` does with files that no reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Binary {
    /// Nothing
    Skip,
    /// Look for runs of text in UTF-8, GB 18030 and UTF-16
    Strings,
}

/// Output of `scan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A summary for people
    Summary,
    /// One JSON object a line: every finding, file and gap (docs/jsonl.md)
    Jsonl,
    /// Findings as CSV
    Csv,
}

/// `inkout redact`.
#[derive(Debug, Args)]
pub(super) struct Redact {
    /// What to read
    #[command(flatten)]
    pub walk: Walk,
    /// New or empty folder for the copies and manifest.json
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How values are masked: strict, display, label, token, pseudonym or remove
    #[arg(long, value_name = "PROFILE", default_value = "strict")]
    pub mask_profile: String,
    /// What pseudonyms are made with
    #[command(flatten)]
    pub pseudonyms: Pseudonyms,
    /// Pictures and recordings, whose content is not read: blank, withhold (no copy) or keep (unread!)
    #[arg(long, value_name = "HOW", default_value = "blank", value_parser = treatment)]
    pub pictures: Treatment,
    /// Macros, controls and embedded files that cannot be redacted: blank, withhold or keep (unread!)
    #[arg(long, value_name = "HOW", default_value = "blank", value_parser = treatment)]
    pub objects: Treatment,
    /// Documents that are read and not written (doc, ppt, xlsb): convert (their text in a docx or xlsx) or withhold
    #[arg(long, value_name = "HOW", default_value = "convert", value_parser = legacy)]
    pub legacy: Legacies,
    /// Folder that holds the key for tokens and fingerprints (default: a new key for this run)
    #[arg(long, value_name = "DIR")]
    pub job: Option<PathBuf>,
}

/// `inkout text`.
#[derive(Debug, Args)]
pub(super) struct Text {
    /// Files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

fn legacy(text: &str) -> Result<Legacies, String> {
    match text {
        "convert" => Ok(Legacies::Convert),
        "withhold" => Ok(Legacies::Withhold),
        _ => Err("convert or withhold".into()),
    }
}

/// A role: a word that stands in the trail and on certificates, and so must be no name or number of anybody.
pub(super) fn role(text: &str) -> Result<String, String> {
    let word = |b: u8| b.is_ascii_lowercase() || b == b'-';
    if !text.is_empty() && text.len() <= 32 && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err("a-z, -".into())
    }
}

fn treatment(text: &str) -> Result<Treatment, String> {
    Treatment::find(text).ok_or_else(|| "blank, withhold or keep".into())
}

/// A size in bytes with an optional K, M or G (powers of 1,024).
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((i, c)) if c.is_ascii_alphabetic() => {
            (text.get(..i).unwrap_or_default(), c.to_ascii_uppercase())
        }
        _ => (text, 'B'),
    };
    let shift = match unit {
        'B' => 0,
        'K' => 10,
        'M' => 20,
        'G' => 30,
        _ => return Err("use a number with K, M or G, for example 256M".into()),
    };
    let n: u64 = number
        .parse()
        .map_err(|_| "use a number with K, M or G, for example 256M".to_owned())?;
    n.checked_shl(shift)
        .filter(|s| s >> shift == n && n > 0)
        .ok_or_else(|| "too large or zero".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(size("256M"), Ok(256 << 20));
        assert_eq!(size("17"), Ok(17));
        assert!(size("x").is_err() && size("99999999999G").is_err() && size("0").is_err());
    }
}
