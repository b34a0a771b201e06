//! Arguments of scans that are repeated, of pipelines, and of running the program.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What a scan does beside scanning.
#[derive(Debug, Args)]
pub(in crate::cli) struct Daily {
    /// Findings allowed: TYPE=N, where TYPE is a rule id, a class, a tag or any; up to N of them do not make
    /// the exit code 1 (repeatable)
    #[arg(long, value_name = "TYPE=N", help_heading = "Pipelines")]
    pub budget: Vec<String>,
    /// Findings that are accepted: file made by inkout baseline; its key is FILE.key or `INKOUT_BASELINE_KEY`
    #[arg(long, value_name = "FILE", help_heading = "Pipelines")]
    pub baseline: Option<PathBuf>,
    /// Honour comments in texts: `inkout:allow RULE REASON` allows what RULE finds in that line
    #[arg(long, help_heading = "Pipelines")]
    pub inline_allow: bool,
    /// Read the paths in this file (- for standard input), divided by NUL or line ends, instead of PATH
    #[arg(long, value_name = "FILE", help_heading = "Pipelines")]
    pub files_from: Option<PathBuf>,
    /// Read only files under PATH (default: the current folder) that differ from this commit, or are new (runs git)
    #[arg(
        long,
        value_name = "REF",
        conflicts_with = "files_from",
        help_heading = "Pipelines"
    )]
    pub changed_since: Option<String>,
    /// Let other programs go first: 0 to 19
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=19), help_heading = "Scheduled scans")]
    pub nice: Option<u8>,
    /// Bytes read a second at most, for example 50M
    #[arg(long, value_name = "SIZE", value_parser = super::size, help_heading = "Scheduled scans")]
    pub max_read_rate: Option<u64>,
    /// Read only at this time of day, for example 22:00-06:00; what is left is read in the next run
    #[arg(long, value_name = "FROM-TO", help_heading = "Scheduled scans")]
    pub window: Option<String>,
    /// Run this command (by sh) after a scan in which something changed, with what changed on its standard input
    #[arg(long, value_name = "COMMAND", help_heading = "Scheduled scans")]
    pub notify: Option<String>,
    /// Write figures for Prometheus to this file
    #[arg(long, value_name = "FILE", help_heading = "Scheduled scans")]
    pub metrics: Option<PathBuf>,
    /// Messages on standard error: text, or json (an object a line)
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogForm::Text, help_heading = "Scheduled scans")]
    pub log_format: LogForm,
    /// Give up all rights that are not needed, by Landlock: auto (when the kernel can), require, or off
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Sandbox::Auto, help_heading = "Scheduled scans")]
    pub sandbox: Sandbox,
}

/// Form of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogForm {
    /// Sentences
    Text,
    /// JSON Lines
    Json,
}

/// Whether the process restricts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Sandbox {
    /// When the kernel can
    Auto,
    /// Or nothing is read
    Require,
    /// Never
    Off,
}

/// `inkout diff`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// Earlier inventory: a job folder, or one of its scans as DIR@NUMBER
    #[arg(value_name = "A", default_value = "inkout-job")]
    pub earlier: PathBuf,
    /// Later inventory (default: the last scan of A, compared with the one before)
    #[arg(value_name = "B")]
    pub later: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = DiffForm::Text)]
    pub format: DiffForm,
    /// List the scans of A instead
    #[arg(long)]
    pub list: bool,
}

/// Output of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffForm {
    /// A message for mail or chat
    Text,
    /// One JSON object
    Json,
    /// A page
    Html,
}

/// `inkout baseline`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BaselineCommand {
    /// Accept everything that a scan found (made with --all-findings)
    Create(Accept),
    /// Accept what is new in a scan, and drop what is found no more
    Update(Accept),
    /// Say what is accepted, why, by whom, and what has expired
    Audit(Audit),
}

/// `inkout baseline create` and `update`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Accept {
    /// Baseline
    #[arg(value_name = "FILE", default_value = "inkout-baseline.json")]
    pub file: PathBuf,
    /// Job folder of the scan
    #[arg(long, value_name = "DIR", default_value = "inkout-job")]
    pub job: PathBuf,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who answers for that
    #[arg(long, value_name = "NAME")]
    pub owner: String,
    /// Last day it is accepted, for example 2027-01-31
    #[arg(long, value_name = "DAY")]
    pub expires: String,
}

/// `inkout baseline audit`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Audit {
    /// Baseline
    #[arg(value_name = "FILE", default_value = "inkout-baseline.json")]
    pub file: PathBuf,
    /// Warn of what expires within so many days
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub within: u32,
}

/// `inkout config`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Config {
    /// What to show
    #[command(subcommand)]
    pub what: Option<ConfigWhat>,
}

/// What `inkout config` shows.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(in crate::cli) enum ConfigWhat {
    /// The JSON schema of inkout.toml, for editors
    Schema,
}

/// `inkout completions`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Completions {
    /// Shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: ShellName,
}

/// Shells that completions are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ShellName {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
}

/// `inkout due`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Due {
    /// Job folders and baselines to look into
    #[arg(value_name = "PATH", default_value = "inkout-job")]
    pub paths: Vec<PathBuf>,
    /// Say what is due within so many days
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub within: u32,
    /// Job folders are to be scanned again after so many days
    #[arg(long, value_name = "N", default_value_t = 31)]
    pub every: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
