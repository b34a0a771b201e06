//! Arguments of the verbs that erase and prove it.

use super::plans::KeyArgs;
use crate::model::Grade;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `inkout probe`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Probe {
    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// How a destructive verb is confirmed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Confirm {
    /// The text to confirm with, instead of typing it
    #[arg(long, value_name = "TEXT", conflicts_with = "yes")]
    pub confirm: Option<String>,
    /// Do not ask: the plan's approvals are enough
    #[arg(long)]
    pub yes: bool,
}

/// Who acts.
#[derive(Debug, Args)]
pub(in crate::cli) struct Operator {
    /// The operator's key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which the operator acts
    #[arg(long, value_name = "ROLE", default_value = "executor", value_parser = super::role)]
    pub role: String,
}

/// `inkout quarantine`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Quarantine {
    /// Approved plan for erasing
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// New folder for the run: journal, index, key, fingerprints. Best on another volume
    #[arg(long, value_name = "RUN")]
    pub run: PathBuf,
    /// Job folder with keys, approvals, holds and audit trail
    #[arg(long, value_name = "DIR")]
    pub job: PathBuf,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
    /// Days in which it can be undone (default: the plan's, or 7)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=365))]
    pub undo_days: Option<u32>,
    /// Take files too that can only be deleted, not overwritten in place (grade D)
    #[arg(long, value_name = "GRADE", default_value = "C", value_parser = grade)]
    pub accept: Grade,
    /// How it is confirmed
    #[command(flatten)]
    pub confirm: Confirm,
}

/// `inkout undo`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Undo {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
}

/// `inkout purge`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Purge {
    /// Approved plan for erasing
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Folder of the run that has the plan's files in quarantine
    #[arg(long, value_name = "RUN")]
    pub run: PathBuf,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
    /// Destroy without a verified backup, and why
    #[arg(long, value_name = "REASON")]
    pub no_backup: Option<String>,
    /// Destroy before the undo window is over, and why
    #[arg(long, value_name = "REASON")]
    pub waive_undo: Option<String>,
    /// Remove the folders that become empty, too
    #[arg(long)]
    pub remove_empty_folders: bool,
    /// How it is confirmed
    #[command(flatten)]
    pub confirm: Confirm,
}

/// `inkout resume`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Resume {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
}

/// `inkout verify`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verify {
    /// Search a device, or an image of one, for what a run has destroyed
    Residue(Residue),
    /// Whether a certificate is as it was signed
    Certificate(super::plans::VerifyCertificate),
}

/// `inkout verify residue`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Residue {
    /// Block device or image file, best unmounted
    #[arg(long, value_name = "DEVICE")]
    pub device: PathBuf,
    /// Folder of the run
    #[arg(long, value_name = "RUN")]
    pub run: PathBuf,
    /// Files or folders that stay: what stands in them too is no residue (repeatable)
    #[arg(long, value_name = "PATH")]
    pub kept: Vec<PathBuf>,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
}

fn grade(text: &str) -> Result<Grade, String> {
    match text {
        "B" | "b" => Ok(Grade::B),
        "C" | "c" => Ok(Grade::C),
        "D" | "d" => Ok(Grade::D),
        _ => Err("B, C or D".into()),
    }
}
