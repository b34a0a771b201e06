//! Arguments of plans, approvals, keys, holds, the audit trail and certificates.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The job folder.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct JobArgs {
    /// Job folder that the scan wrote (default: inkout-job in the current folder)
    #[arg(long, value_name = "DIR")]
    pub job: Option<PathBuf>,
}

/// A private key.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct KeyArgs {
    /// Your private key file (inkout keys new)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File whose first line is the key's pass phrase; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub pass_file: Option<PathBuf>,
}

/// What a plan is carried out with. Used by every verb that does what a plan says.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ReadyArgs {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// An approval that does not lie beside the plan (repeatable)
    #[arg(long, value_name = "FILE")]
    pub approval: Vec<PathBuf>,
}

/// `inkout plan`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PlanCommand {
    /// Plan to hand copies over to a recipient
    Handover(PlanHandover),
    /// Plan to seal what must be kept but no longer used
    Seal(PlanSeal),
    /// Plan to erase what is due
    Erase(PlanErase),
    /// Show a plan: counts, decisions with their articles, refusals, approvals
    Show(PlanShow),
    /// What differs between two plans
    Diff(PlanDiff),
}

/// What every plan is made with.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PlanArgs {
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// Your key: you ask for the plan
    #[command(flatten)]
    pub key: KeyArgs,
    /// List of keys that may approve (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// brokerage, bank, futures, fund, bookkeeping-agent, share-transfer-agent, or an own file
    #[arg(long, value_name = "PROFILE")]
    pub policy: String,
    /// Whose data: handler (own clients') or trustee (a client's); default: as the policy says
    #[arg(long, value_name = "ROLE", value_parser = ["handler", "trustee"])]
    pub role: Option<String>,
    /// The organisation itself is closing
    #[arg(long)]
    pub closing: bool,
    /// File of facts: dates of events and kinds of record by path (docs/outcomes.md)
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,
    /// Date of an event for every file, for example end-of-relationship=2004-03-01 (repeatable)
    #[arg(long, value_name = "EVENT=DATE")]
    pub clock: Vec<String>,
    /// Number of the business case
    #[arg(long, value_name = "TEXT")]
    pub ticket: String,
    /// Why; no names, no numbers of persons
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The law that it rests on
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: String,
    /// Only files whose path under a root matches this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Days after which the plan is void
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub valid_days: u32,
    /// A reviewer's decisions, as the report's page exports them (default: decisions.json of the job folder)
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Only files that the reviewer marked for this outcome
    #[arg(long)]
    pub marked_only: bool,
    /// Reference of the decision by which files with marks of state secrets may be dealt with; never abroad
    #[arg(long, value_name = "TEXT")]
    pub secrecy_release: Option<String>,
    /// Own rule file or folder that the scan was made with (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Where to write the plan (default: plans/ in the job folder)
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `inkout plan handover`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanHandover {
    /// What every plan needs
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Who receives: organisation and how to reach it
    #[arg(long, value_name = "TEXT")]
    pub recipient: String,
    /// What for
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// Country that it goes to, two capital letters
    #[arg(long, value_name = "CC", default_value = "CN", value_parser = country)]
    pub destination_country: String,
    /// full, or how copies are masked: strict, display, label, token, remove (default: the policy's)
    #[arg(long, value_name = "HOW", value_parser = ["full", "strict", "display", "label", "token", "remove"])]
    pub copies: Option<String>,
    /// Another mask for a class, kind of record or rule, for example C3=remove (repeatable)
    #[arg(long, value_name = "OF=HOW")]
    pub mask: Vec<String>,
    /// Reference of the notice to the persons concerned, or why there is none
    #[arg(long, value_name = "TEXT")]
    pub notice_ref: String,
    /// Reference of their consent, or why none is needed
    #[arg(long, value_name = "TEXT")]
    pub consent_ref: String,
}

/// `inkout plan seal`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanSeal {
    /// What every plan needs
    #[command(flatten)]
    pub plan: PlanArgs,
    /// What becomes of the live files: keep, mask or erase
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Live::Keep)]
    pub live: Live,
    /// Reference of the notice to the persons concerned
    #[arg(long, value_name = "TEXT")]
    pub notice_ref: Option<String>,
    /// Reference of their consent
    #[arg(long, value_name = "TEXT")]
    pub consent_ref: Option<String>,
}

/// What becomes of live files after sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Live {
    /// They stay
    Keep,
    /// Masked copies take their place
    Mask,
    /// They are erased
    Erase,
}

/// `inkout plan erase`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("saved").required(true))]
pub(in crate::cli) struct PlanErase {
    /// What every plan needs
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Reference of the notice to the persons concerned, or why there is none
    #[arg(long, value_name = "TEXT")]
    pub notice_ref: String,
    /// Reference of their confirmation, or why none is needed
    #[arg(long, value_name = "TEXT")]
    pub consent_ref: String,
    /// Id of a verified backup (inkout backup create)
    #[arg(long, value_name = "ID", group = "saved")]
    pub backup: Option<String>,
    /// Erase without a backup, and why
    #[arg(long, value_name = "REASON", group = "saved")]
    pub no_backup: Option<String>,
    /// Destroy this sealed archive instead of files: its key and its parts, once the terms of all in it are over
    #[arg(long, value_name = "ID", conflicts_with_all = ["backup", "include", "decisions", "marked_only", "include_unread"])]
    pub sealed: Option<String>,
    /// Folder of archives (default: where the archive lay when it was last looked at)
    #[arg(long, value_name = "DIR", requires = "sealed")]
    pub archives: Option<PathBuf>,
    /// Key of the archive (default: where it lay when the archive was last looked at)
    #[arg(
        long,
        value_name = "FILE",
        requires = "sealed",
        conflicts_with = "key_gone"
    )]
    pub archive_key: Option<PathBuf>,
    /// The archive's key is not destroyed with it, and why
    #[arg(long, value_name = "REASON", requires = "sealed")]
    pub key_gone: Option<String>,
    /// Days in which the quarantine can be undone
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=90))]
    pub undo_days: u32,
    /// Also files that the scan could not read wholly: nobody knows all that is in them
    #[arg(long)]
    pub include_unread: bool,
}

/// `inkout plan show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanShow {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Every file, not the first fifty
    #[arg(long)]
    pub all: bool,
    /// Read every file again and say which are no longer as planned
    #[arg(long)]
    pub check: bool,
    /// Show paths in clear
    #[arg(long)]
    pub show_paths: bool,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout plan diff`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanDiff {
    /// The older plan
    #[arg(value_name = "PLAN")]
    pub first: PathBuf,
    /// The newer plan
    #[arg(value_name = "PLAN")]
    pub second: PathBuf,
}

/// `inkout approve`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Approve {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Your key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role in which you approve; one that the list of keys gives you
    #[arg(long, value_name = "ROLE", value_parser = super::role)]
    pub role: String,
    /// Say no: the plan cannot be carried out
    #[arg(long)]
    pub reject: bool,
    /// Comment; no names, no numbers of persons
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub comment: String,
    /// Where to write the approval (default: beside the plan)
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout keys`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Make a key pair: NAME.key for you alone, NAME.pub for everyone
    New(KeysNew),
    /// Show the id of a private or public key file
    Show(KeysShow),
    /// Put a public key on the list of those that may ask, approve and receive
    Trust(KeysTrust),
    /// List the keys of a job
    List(KeysList),
}

/// `inkout keys new`.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeysNew {
    /// Path of the new files, without an ending
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
    /// Also an SM2 key for a second signature
    #[arg(long)]
    pub sm2: bool,
    /// Encrypt the private key: file whose first line is the pass phrase; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub pass_file: Option<PathBuf>,
}

/// `inkout keys show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeysShow {
    /// Key files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Pass phrase file of private keys
    #[arg(long, value_name = "FILE")]
    pub pass_file: Option<PathBuf>,
}

/// `inkout keys trust`.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeysTrust {
    /// Public key file (NAME.pub; NAME.sm2.pub beside it is taken too)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Name of the bearer or office, as it is to stand on certificates
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Role (repeatable): compliance, archive, accounting, it, legal, executor, recipient …
    #[arg(long, value_name = "ROLE", required = true, value_parser = super::role)]
    pub role: Vec<String>,
    /// Last day on which the key counts
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout keys list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeysList {
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout hold`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HoldCommand {
    /// Keep files from being taken away: by path, id, finding or case, or all in which a person's value stands
    Add(HoldAdd),
    /// List the holds
    List(HoldList),
    /// End a hold
    Release(HoldRelease),
}

/// `inkout hold add`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(in crate::cli) struct HoldAdd {
    /// Files of the inventory whose path under a root matches this glob (repeatable)
    #[arg(long, value_name = "GLOB", group = "what")]
    pub path: Vec<String>,
    /// A file by its keyed id, as reports, plans and certificates name it: 8 digits of it at least (repeatable)
    #[arg(long, value_name = "ID", group = "what")]
    pub file: Vec<String>,
    /// Files in which this rule, tag or class was found: cn.mobile, pipl.minor, C3 (repeatable)
    #[arg(long, value_name = "WHAT", group = "what")]
    pub found: Vec<String>,
    /// Every file of the plans of this business case (repeatable)
    #[arg(long, value_name = "TEXT", group = "what")]
    pub ticket: Vec<String>,
    /// A person by keyed id, as persons.csv and the trail name it: 32 digits
    #[arg(long, value_name = "ID", group = "what")]
    pub person: Option<String>,
    /// A value of the person (id, account, telephone) in the first line of this file, or `-` for standard
    /// input: never on the command line
    #[arg(long, value_name = "FILE", group = "what")]
    pub subject_file: Option<PathBuf>,
    /// Everything
    #[arg(long, group = "what")]
    pub all: bool,
    /// Copies may be handed over all the same; the files themselves stay
    #[arg(long)]
    pub copies_may_go: bool,
    /// Why: a reference; no names, no numbers of persons
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Last day
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Your key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// Own rule file or folder that the scan was made with (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// `inkout hold list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct HoldList {
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout hold release`.
#[derive(Debug, Args)]
pub(in crate::cli) struct HoldRelease {
    /// The hold: H1, H2 …
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Your key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout audit`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// Make the key that signs the trail, before anything is recorded
    Init(AuditInit),
    /// Check the chain, the checkpoints beside it, and checkpoints that were kept elsewhere
    Verify(AuditVerify),
    /// Look things up
    Query(AuditQuery),
    /// Sign where the trail stands and print it: keep it elsewhere
    Checkpoint(AuditCheckpoint),
}

/// `inkout audit init`.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditInit {
    /// Also an SM2 signature on every checkpoint
    #[arg(long)]
    pub sm2: bool,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout audit verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditVerify {
    /// A checkpoint that was kept elsewhere (repeatable)
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout audit query`.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditQuery {
    /// Beginning of the event: erase, hold, plan
    #[arg(long, value_name = "TEXT")]
    pub event: Option<String>,
    /// Beginning of the plan's id
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
    /// Id of the run
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// Number of the business case
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
    /// Beginning of the operator's key id
    #[arg(long, value_name = "ID")]
    pub operator: Option<String>,
    /// Keyed fingerprint of a path or person
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Option<String>,
    /// From this time on (2026, 2026-11, 2026-11-29 …, UTC)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Up to this time, a day or month as a whole
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The lines as they stand in the trail
    #[arg(long)]
    pub json: bool,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout audit checkpoint`.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditCheckpoint {
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
}

/// `inkout certify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Certify {
    /// Id of the run, or its result file
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// New folder for certificate.json and certificate.html
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Key of who looked at the result and is not the operator
    #[command(flatten)]
    pub key: KeyArgs,
    /// Role of the verifier
    #[arg(long, value_name = "ROLE", default_value = "compliance", value_parser = super::role)]
    pub role: String,
    /// Key of the operator, who signs too
    #[arg(long, value_name = "FILE")]
    pub operator_key: Option<PathBuf>,
    /// Pass phrase file of the operator's key
    #[arg(long, value_name = "FILE", requires = "operator_key")]
    pub operator_pass_file: Option<PathBuf>,
    /// Name of the organisation that issues it
    #[arg(long, value_name = "TEXT")]
    pub issuer: String,
    /// Show paths in clear in the register (for the client alone)
    #[arg(long)]
    pub show_paths: bool,
    /// The plan, when it does not lie in the job folder
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Job folder
    #[command(flatten)]
    pub job: JobArgs,
    /// List of keys (default: keys.json in the job folder)
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `inkout verify certificate`.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyCertificate {
    /// certificate.json
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// List of keys: says which signing keys are not on it
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

fn country(text: &str) -> Result<String, String> {
    let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    good.then(|| text.to_owned())
        .ok_or_else(|| "two capital letters, for example CN".into())
}
