//! Arguments about pseudonyms and the risk of what stays.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What pseudonyms are made with.
#[derive(Debug, Args)]
pub(in crate::cli) struct Pseudonyms {
    /// Project that pseudonyms are joined in: another project gives others (with --mask-profile pseudonym)
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Key file for pseudonyms, made by `inkout pseudo key`
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Settings: which pseudonym each kind of value gets (TOML; docs/pseudonyms.md)
    #[arg(long = "pseudonyms", value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Vault for the values of vault tokens; made when it is not there
    #[arg(long, value_name = "FILE")]
    pub vault: Option<PathBuf>,
}

/// `inkout pseudo`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PseudoCommand {
    /// Make a key for pseudonyms
    Key(PseudoKey),
    /// Take pseudonyms back: copies with values in clear, in the same formats
    Reverse(PseudoReverse),
}

/// `inkout pseudo key`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PseudoKey {
    /// New key file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `inkout pseudo reverse`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PseudoReverse {
    /// Files or folders; `-` alone for text from standard input to standard output
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What pseudonyms were made with
    #[command(flatten)]
    pub made: Pseudonyms,
    /// New or empty folder for what is written
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `inkout risk`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RiskCommand {
    /// How easily rows of a table can be traced to persons by the columns that stay
    #[command(name = "k-anon")]
    KAnon(KAnon),
}

/// `inkout risk k-anon`.
#[derive(Debug, Args)]
pub(in crate::cli) struct KAnon {
    /// File with a table (CSV, XLSX and whatever else is read as one)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Columns that somebody may know of a person, by name, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    pub qi: Vec<String>,
    /// Columns that somebody may learn
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub sensitive: Vec<String>,
    /// Groups of fewer rows count as small
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub k: u32,
    /// Share of the population that the rows are (1: all of it)
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    pub sampled: f64,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = RiskFormat::Text)]
    pub format: RiskFormat,
}

/// Output of `risk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RiskFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}
