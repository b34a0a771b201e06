//! Arguments of handing over, receiving, sealing and backing up.

use super::{
    plans::{JobArgs, KeyArgs, ReadyArgs},
    size, treatment,
};
use crate::formats::Treatment;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Kinds of container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Container {
    /// 7z, AES-256, names encrypted too: 7-Zip, Bandizip, `WinRAR` open it
    #[value(name = "7z")]
    SevenZ,
    /// age, for machines and for public keys
    Age,
    /// Zip with AES-256, one member with a neutral name
    ZipAes,
    /// None: a plain bag, not encrypted
    None,
}

/// `inkout handover`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Handover {
    /// The approved plan
    #[command(flatten)]
    pub ready: ReadyArgs,
    /// Folder in which the package is to appear
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Who hands over: organisation and how to reach it
    #[arg(long, value_name = "TEXT")]
    pub from: String,
    /// Your key, which signs the package
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which you act
    #[arg(long, value_name = "ROLE", default_value = "executor", value_parser = super::role)]
    pub role: String,
    /// How the bag is boxed
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Container::SevenZ)]
    pub container: Container,
    /// Lock to this public key of age instead of a pass phrase (repeatable; with --container age)
    #[arg(long, value_name = "AGE1…")]
    pub recipient: Vec<String>,
    /// Own pass phrase: file whose first line it is (default: one is made, of 118 bits)
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    pub passphrase_file: Option<PathBuf>,
    /// Where the pass phrase that is made is written (default: secrets/ in the job folder)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipient", "passphrase_file"])]
    pub passphrase_out: Option<PathBuf>,
    /// Cut the container into parts of this size, for example 1G
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub volume_size: Option<u64>,
    /// Also write the list of persons in clear, encrypted like the package, to this new file
    #[arg(long, value_name = "FILE")]
    pub readable_list: Option<PathBuf>,
    /// Own rule file or folder that the plan was made with (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Pictures and recordings in redacted copies: blank, withhold or keep (unread!)
    #[arg(long, value_name = "HOW", default_value = "blank", value_parser = treatment)]
    pub pictures: Treatment,
    /// Macros, controls and embedded files in redacted copies: blank, withhold or keep (unread!)
    #[arg(long, value_name = "HOW", default_value = "blank", value_parser = treatment)]
    pub objects: Treatment,
    /// Threads (default: one for each processor)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// `inkout receive`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReceiveCommand {
    /// Recipient: check a package and write a signed receipt
    Verify(ReceiveVerify),
    /// Sender: take a receipt into the job folder, so that originals can be planned for erasure
    Accept(ReceiveAccept),
    /// Recipient: make an age key to which packages can be locked
    Identity(ReceiveIdentity),
}

/// What opens a package.
#[derive(Debug, Args)]
pub(in crate::cli) struct OpenArgs {
    /// File whose first line is the pass phrase; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Private key of age (repeatable)
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub identity: Vec<PathBuf>,
}

/// `inkout receive verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReceiveVerify {
    /// Folder of the package, a file in it, or an unpacked bag
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// What opens it
    #[command(flatten)]
    pub open: OpenArgs,
    /// Key id (ed25519:…) or public key file of the sender
    #[arg(long, value_name = "KEY")]
    pub sender: Option<String>,
    /// Your private key file, which signs the receipt (inkout keys new)
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// File whose first line is the key's own pass phrase
    #[arg(long, value_name = "FILE", requires = "key")]
    pub pass_file: Option<PathBuf>,
    /// Where to write the receipt (default: receipt.json in the current folder)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub receipt: Option<PathBuf>,
}

/// `inkout receive accept`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReceiveAccept {
    /// The recipient's signed receipt
    #[arg(value_name = "RECEIPT")]
    pub receipt: PathBuf,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout receive identity`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReceiveIdentity {
    /// New file for the private key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `inkout seal`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SealCommand {
    /// Encrypt the files of an approved plan into an archive, decrypt it again and compare
    Create(SealCreate),
    /// List archives and when they must be checked again
    List(SealList),
    /// Decrypt an archive as a whole, compare, and set the next date
    Check(SealCheck),
    /// Take files out, with a reason for the audit trail
    Open(SealOpen),
}

/// `inkout seal create`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SealCreate {
    /// The approved plan
    #[command(flatten)]
    pub ready: ReadyArgs,
    /// Folder of archives
    #[arg(long, value_name = "DIR")]
    pub archives: PathBuf,
    /// Your key, which signs the record
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which you act
    #[arg(long, value_name = "ROLE", default_value = "executor", value_parser = super::role)]
    pub role: String,
    /// New file for the archive's key (default: secrets/ in the job folder)
    #[arg(long, value_name = "FILE")]
    pub archive_key: Option<PathBuf>,
    /// Also lock to this public key of age (repeatable)
    #[arg(long, value_name = "AGE1…")]
    pub recipient: Vec<String>,
    /// Months to the next check, 12 at most
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=12))]
    pub months: u16,
    /// Cut the archive into parts of this size
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub volume_size: Option<u64>,
    /// Own rule file or folder that the scan was made with (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// `inkout seal list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SealList {
    /// Folder of archives
    #[arg(long, value_name = "DIR")]
    pub archives: PathBuf,
}

/// An archive, its key and who acts.
#[derive(Debug, Args)]
pub(in crate::cli) struct ArchiveArgs {
    /// Id of the archive
    #[arg(value_name = "ID")]
    pub id: String,
    /// Folder of archives
    #[arg(long, value_name = "DIR")]
    pub archives: PathBuf,
    /// Key of the archive (default: secrets/ in the job folder)
    #[arg(long, value_name = "FILE")]
    pub archive_key: Option<PathBuf>,
    /// Your key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which you act
    #[arg(long, value_name = "ROLE", default_value = "executor", value_parser = super::role)]
    pub role: String,
    /// Job folder, for the audit trail
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout seal check` and `inkout backup verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SealCheck {
    /// Which archive
    #[command(flatten)]
    pub archive: ArchiveArgs,
    /// Months to the next check, 12 at most
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=12))]
    pub months: u16,
}

/// `inkout seal open` and `inkout backup restore`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SealOpen {
    /// Which archive
    #[command(flatten)]
    pub archive: ArchiveArgs,
    /// Why; no names, no numbers of persons
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Number of the business case
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub ticket: String,
    /// New folder for the files
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Only this item of the plan (repeatable)
    #[arg(long, value_name = "N")]
    pub item: Vec<u32>,
    /// Only files whose path under a root matches this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
}

/// `inkout backup`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BackupCommand {
    /// Encrypt every file of an inventory into a backup, decrypt it again and compare
    Create(BackupCreate),
    /// Decrypt a backup as a whole and compare
    Verify(SealCheck),
    /// Take files out of a backup
    Restore(SealOpen),
    /// Destroy the key of a backup: nobody can open it any more
    DestroyKey(BackupDestroyKey),
}

/// `inkout backup create`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BackupCreate {
    /// Job folder whose inventory is backed up
    #[command(flatten)]
    pub job: JobArgs,
    /// Folder of backups
    #[arg(long, value_name = "DIR")]
    pub archives: PathBuf,
    /// Your key, which signs the record
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which you act
    #[arg(long, value_name = "ROLE", default_value = "executor", value_parser = super::role)]
    pub role: String,
    /// Why; no names, no numbers of persons
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Number of the business case
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub ticket: String,
    /// Only files whose path under a root matches this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// New file for the backup's key (default: secrets/ in the job folder)
    #[arg(long, value_name = "FILE")]
    pub archive_key: Option<PathBuf>,
    /// Also lock to this public key of age (repeatable)
    #[arg(long, value_name = "AGE1…")]
    pub recipient: Vec<String>,
    /// Cut the backup into parts of this size
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub volume_size: Option<u64>,
}

/// `inkout backup destroy-key`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BackupDestroyKey {
    /// Which backup
    #[command(flatten)]
    pub archive: ArchiveArgs,
    /// Why; no names, no numbers of persons
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Type the id of the backup again: nothing can be restored afterwards
    #[arg(long, value_name = "ID")]
    pub confirm: String,
}
