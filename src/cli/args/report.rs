//! Arguments of `inkout report`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `inkout report`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Report {
    /// Folder of the inventory (default: inkout-job in the current folder)
    #[arg(long, value_name = "DIR")]
    pub job: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    pub format: ReportFormat,
    /// File to write (`-`: standard output); an older one is replaced when the new one is whole
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Decisions of a reviewer: false alarms are left out and counted (default: decisions.json in the job
    /// folder, when it is there)
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Own rule file or folder that the scan used, for titles and levels (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// Formats of `inkout report`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    /// One self-contained page: filters, map, review
    Html,
    /// Workbook: summary, files, columns, persons, gaps
    Xlsx,
    /// What was found, a row for each place and rule
    Csv,
    /// Findings one by one (the samples, or all after scan --all-findings)
    CsvFindings,
    /// One JSON object a line (docs/jsonl.md)
    Jsonl,
    /// SARIF 2.1.0 for code hosts and editors
    Sarif,
    /// `JUnit` XML for test servers
    Junit,
    /// `GitLab` code quality
    Gitlab,
    /// A page for pull requests
    Markdown,
}
