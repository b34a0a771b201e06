//! What was done and how well it is proved: grades, results of a run, lines of the audit trail.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of the shape of [`RunResult`].
pub const RUN_SCHEMA: u32 = 1;
/// Number of the shape of [`Receipt`].
pub const RECEIPT_SCHEMA: u32 = 1;

/// What was proved of one file's erasure, never more. The best first; `K` is beside the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// As B, names and attributes dealt with too, and a scan of the whole volume found nothing.
    A,
    /// Overwritten in place and read back past the cache; names may remain in a journal.
    B,
    /// Overwritten and read back, but the system cannot show where it was written.
    C,
    /// Deleted only: old data may still be recovered.
    D,
    /// Not done.
    F,
    /// Only ciphertext was ever stored, and its key is destroyed.
    K,
}

impl Grade {
    /// All grades.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::K, Self::F];

    /// The letter.
    pub fn id(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::K => "K",
            Self::F => "F",
        }
    }
}

/// What a volume lies on, as far as the system tells. Stands beside every [`Grade`]: a grade speaks of the
/// addresses that the system shows, not of what a device keeps behind them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// A magnetic disk.
    Rotational,
    /// Flash memory: wear levelling keeps old copies out of reach.
    Flash,
    /// The disk of a virtual machine, a loop device, memory.
    Virtual,
    /// A share on another machine.
    Network,
    /// Nobody could tell.
    #[default]
    Unknown,
}

impl Medium {
    /// The word in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rotational => "rotational",
            Self::Flash => "flash",
            Self::Virtual => "virtual",
            Self::Network => "network",
            Self::Unknown => "unknown",
        }
    }
}

/// Result of a search of raw storage for what was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residue {
    /// Fingerprints searched for.
    pub windows: u64,
    /// How many were found.
    pub hits: u64,
    /// Bytes of storage read.
    pub scanned: u64,
}

/// Who acts: a signing key and what the policy calls its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Key id, `ed25519:` and 64 hexadecimal digits.
    pub key: String,
    /// Role.
    pub role: String,
}

/// What an event is about. Keyed fingerprints only, never a value or a readable path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventObject {
    /// Number of the item in its plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// Keyed identity of the path, 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_fp: Option<String>,
    /// Keyed fingerprint of a person or value, 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_fp: Option<String>,
    /// Findings by rule id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, u64>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventResult {
    /// `done`, `refused`, `failed`: one word.
    pub word: String,
    /// Why, as a word: `in-use`, `hold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Grade of an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// What it lay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// Bytes that turned out to lie elsewhere after overwriting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<u64>,
    /// Bytes read back and compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<u64>,
    /// Passes of overwriting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes: Option<u32>,
    /// Search for residue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residue: Option<Residue>,
}

/// The rule that a deed was allowed by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRetention {
    /// Id of the row of the retention table.
    pub rule: String,
    /// First day on which it may go, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// Whether the deed was in accord with it.
    pub ok: bool,
}

/// One event for the audit trail: who, when, why, what, with whose approval, with what result. The trail
/// adds its number and the digest of the line before. Values and readable paths have no place in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What happened: `erase.done`, `plan.made`, `hold.added`; small letters, dots and hyphens.
    pub event: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Id of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Id of the plan, `sha256:` and 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Number of the business case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Actor>,
    /// Key ids of those who approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The law that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// Reference of the notice to the persons concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_ref: Option<String>,
    /// Reference of their consent or confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    /// The retention rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<EventRetention>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<EventObject>,
    /// How it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<EventResult>,
    /// Numbers worth keeping, by name: `files`, `bytes`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// Digests of files that belong to it, by name: `package`, `receipt`, `certificate`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// Version of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

impl Event {
    /// An event of this kind at this time.
    pub fn new(event: &str, time: &str) -> Self {
        Self {
            event: event.to_owned(),
            time: time.to_owned(),
            tool: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..Self::default()
        }
    }
}

/// What became of one item of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemResult {
    /// Its number in the plan.
    pub item: u32,
    /// Whether the outcome of the plan was reached for it.
    pub done: bool,
    /// Why not, as a word: `changed`, `in-use`, `hold`, `not-due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Grade of an erasure; F when it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// What it lay on.
    #[serde(default)]
    pub medium: Medium,
    /// Bytes dealt with.
    pub bytes: u64,
    /// Bytes read back and compared.
    #[serde(default)]
    pub verified: u64,
    /// Bytes that lay elsewhere after overwriting.
    #[serde(default)]
    pub moved: u64,
    /// Passes of overwriting.
    #[serde(default)]
    pub passes: u32,
    /// Search for residue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residue: Option<Residue>,
    /// What must be said of this file beside its grade, as words: `journal-names`, `shared-extents`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A volume or device that a run worked on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceFacts {
    /// Its id in the plan.
    pub volume: String,
    /// File system and the mount options that matter.
    #[serde(default)]
    pub file_system: String,
    /// What it lies on.
    #[serde(default)]
    pub medium: Medium,
    /// Maker and model, when the system tells.
    #[serde(default)]
    pub model: String,
    /// Serial number, when the system tells.
    #[serde(default)]
    pub serial: String,
    /// Size in bytes; 0 when unknown.
    #[serde(default)]
    pub bytes: u64,
}

/// A copy of what was dealt with that still exists somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemainingCopy {
    /// What it is, as a word: `backup`, `sealed`, `handed-over`, `snapshot`, `same-content`.
    pub kind: String,
    /// Which: an id, never a readable path.
    pub id: String,
    /// The day on which it is to go or to be looked at again, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What a run did to the items of a plan: `runs/<id>.json` in the job folder. Certificates are made from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// [`RUN_SCHEMA`].
    pub schema: u32,
    /// Id of the run.
    pub run: String,
    /// Id of the plan, `sha256:…`.
    pub plan: String,
    /// The outcome: `hand-over`, `seal` or `erase`.
    pub outcome: super::Outcome,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// End.
    pub ended: String,
    /// Who carried it out.
    pub operator: Actor,
    /// Who looked at it and is not the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<Actor>,
    /// Key ids of those who approved.
    pub approvals: Vec<String>,
    /// Keyed identity of the machine.
    #[serde(default)]
    pub host_fp: String,
    /// System and kernel.
    #[serde(default)]
    pub system: String,
    /// Method, as words: `overwrite-keyed-stream`, `read-back-direct`, `7z-aes256`, `age-x25519`.
    pub method: Vec<String>,
    /// Volumes.
    #[serde(default)]
    pub devices: Vec<DeviceFacts>,
    /// Every item of the plan, in its order.
    pub items: Vec<ItemResult>,
    /// Copies that remain.
    #[serde(default)]
    pub remaining: Vec<RemainingCopy>,
    /// Digests of files that belong to it: `package`, `archive`, `manifest`, `receipt`.
    #[serde(default)]
    pub digests: BTreeMap<String, String>,
    /// What must be said of the whole run, as words.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// One file of a package as the recipient found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivedFile {
    /// SHA-256 of the file in the package.
    pub sha256: String,
    /// SHA-256 of the original that it was made from, as the manifest says.
    pub source_sha256: String,
    /// Size in the package, in bytes.
    pub bytes: u64,
    /// Whether it was there and whole.
    pub ok: bool,
}

/// What a recipient signs after checking a package. Without it originals are not planned for erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`RECEIPT_SCHEMA`].
    pub schema: u32,
    /// Id of the package.
    pub package: String,
    /// Id of the plan that it was made from.
    pub plan: String,
    /// SHA-256 of the package's manifest.
    pub manifest: String,
    /// Recipient as the manifest names it.
    pub recipient: String,
    /// When it was checked, RFC 3339 in UTC.
    pub received: String,
    /// The files.
    pub files: Vec<ReceivedFile>,
    /// The recipient's key id.
    pub key: String,
    /// Signature over the canonical form of all but `signature` and `signature_sm2`, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// The same with SM2, when the recipient wants it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature_sm2: String,
}

impl Receipt {
    /// Whether every file arrived whole.
    pub fn is_whole(&self) -> bool {
        !self.files.is_empty() && self.files.iter().all(|f| f.ok)
    }
}
