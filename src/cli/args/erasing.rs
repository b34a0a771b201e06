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

/// The job folder of a run that is there already.
#[derive(Debug, Args)]
pub(in crate::cli) struct RunJob {
    /// Job folder (default: the one that the run was begun with; another is refused)
    #[arg(long, value_name = "DIR")]
    pub job: Option<PathBuf>,
}

/// `inkout quarantine`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Quarantine {
    /// Approved plan for erasing, or for sealing once its archive is made
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
    /// Own rule file or folder that the scan was made with, for masked copies (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
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
    /// Job folder
    #[command(flatten)]
    pub job: RunJob,
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
    /// Job folder
    #[command(flatten)]
    pub job: RunJob,
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
    /// Job folder
    #[command(flatten)]
    pub job: RunJob,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
}

/// `inkout erase`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Erase {
    /// Overwrite the free space of a volume, where former copies of files may lie; no file is touched
    Freespace(Freespace),
}

/// `inkout erase freespace`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Freespace {
    /// A folder on the volume
    #[arg(long, value_name = "DIR")]
    pub volume: PathBuf,
    /// Room to leave for others (default: 64M; on a volume of the system 256M or a fiftieth at least)
    #[arg(long, value_name = "SIZE", value_parser = room)]
    pub reserve: Option<u64>,
    /// Overwrite no more than this
    #[arg(long, value_name = "SIZE", value_parser = super::size)]
    pub most: Option<u64>,
    /// Why, for the audit trail; without personal data
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Job folder
    #[command(flatten)]
    pub job: super::plans::JobArgs,
    /// Who acts
    #[command(flatten)]
    pub operator: Operator,
    /// The text to confirm with, instead of typing it
    #[arg(long, value_name = "TEXT")]
    pub confirm: Option<String>,
}

/// A size that may be nothing.
fn room(text: &str) -> Result<u64, String> {
    if text.trim() == "0" {
        return Ok(0);
    }
    super::size(text)
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
    /// Job folder
    #[command(flatten)]
    pub job: RunJob,
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
