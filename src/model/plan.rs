//! [`Plan`]: what is to become of every file, before anything is done.

use super::{
    canonical::{CanonicalError, canonical_file, read_canonical},
    name::Name,
    receipt::{Grade, Medium},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of the plan's shape. Any change to it is a new number.
pub const PLAN_SCHEMA: u32 = 2;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Copies go to a recipient.
    HandOver,
    /// Kept because a law says so, out of use.
    Seal,
    /// Destroyed.
    Erase,
}

impl Outcome {
    /// The word in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::HandOver => "hand-over",
            Self::Seal => "seal",
            Self::Erase => "erase",
        }
    }
}

/// What stands on a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverTerms {
    /// Who receives: name of the organisation and how to reach it.
    pub recipient: String,
    /// What for.
    pub purpose: String,
    /// Country that it goes to, ISO 3166-1 alpha-2.
    pub destination_country: String,
    /// `full`, or the mask profile of the copies.
    pub copies: String,
    /// Other mask profiles by class (`C3`), kind of record or rule: of those that apply to a value the rule's
    /// goes before the kind's, and that before the class's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub masks: BTreeMap<String, String>,
}

/// What becomes of the live files once the sealed archive is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiveCopy {
    /// They stay, with access cut.
    #[default]
    Keep,
    /// A masked copy takes their place.
    Mask,
    /// They are erased.
    Erase,
}

/// What stands between an erasure and regret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BackupChoice {
    /// A backup that was decrypted and compared: its id.
    Verified(String),
    /// None, and why.
    Without(String),
}

/// A sealed archive that a plan destroys: its items are the archive's key and the parts of its box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedArchive {
    /// Id of the archive.
    pub id: String,
    /// Id of the plan that it was sealed by: that plan says which files lie in it.
    pub plan: String,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// Digest of the list of files in it, `sha256:…`.
    pub index: String,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Keyed identities of their paths, sorted: a hold on one of them keeps the archive.
    pub paths: Vec<String>,
    /// Public keys, other than the archive's own, that open copies of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// Why its own key is not destroyed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_key: Option<String>,
    /// What the dates of the sealing said, when those of this plan let files go earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_dates: Option<OtherDates>,
}

/// A sealed archive is judged by other dates than when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherDates {
    /// Files that may go earlier by the dates of this plan.
    pub files: u64,
    /// The latest day, by the dates of the sealing, before which one of them had to stay, `YYYY-MM-DD`.
    pub then: String,
    /// The first day on which the archive may go by the dates of this plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

/// A file by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Name or version.
    pub name: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// The inventory that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryRef {
    /// Digest of the inventory file, `sha256:…`.
    pub digest: String,
    /// When the scan began.
    pub started: String,
    /// Version of the program that scanned.
    pub version: String,
    /// Number of files in it.
    pub files: u64,
}

/// Whose data it is and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Kind: id of the policy profile.
    pub kind: String,
    /// `handler` (own clients' data) or `trustee` (a client's data).
    pub role: String,
    /// Whether the organisation itself is closing.
    pub closing: bool,
}

/// A volume that items lie on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// `v1`, `v2` …
    pub id: String,
    /// Device number.
    pub device: u64,
    /// File system, when known.
    pub file_system: String,
    /// What it lies on, when known.
    pub medium: Medium,
}

/// Which file it was and what was in it when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Number of names.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of last change, nanoseconds since 1970.
    pub modified: i64,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
}

/// Whether a record may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// All terms have run out, or none applies.
    Due,
    /// A term still runs.
    NotDue,
    /// A term applies and nobody said when it began: taken as not due.
    Unknown,
}

/// What the policy says of one record, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether it may go.
    pub due: Due,
    /// Id of the row of the retention table that decided.
    pub rule: String,
    /// Law and article of that row.
    pub article: String,
    /// Every row that applied, in the order of the table.
    pub rules: Vec<String>,
    /// First day on which it may go, `YYYY-MM-DD`; none when unknown or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// Last day on which it may be kept, when a maximum applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Events whose date is missing, as the policy names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Id of the hold that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// What the policy would have done with it.
    pub advice: Outcome,
    /// A maximum and a minimum contradict each other: the necessary part stays, the rest is redacted.
    #[serde(default)]
    pub redact_rest: bool,
    /// Kinds of record that no minimum keeps and whose maximum is over: their values are the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<String>,
}

/// What is to be done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A copy goes into the package.
    HandOver,
    /// It goes into the sealed archive.
    Seal,
    /// It is destroyed.
    Erase,
    /// Nothing: [`Item::why`] says why.
    Refused,
}

impl From<Outcome> for Action {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::HandOver => Self::HandOver,
            Outcome::Seal => Self::Seal,
            Outcome::Erase => Self::Erase,
        }
    }
}

/// Why an item is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A term still runs.
    NotDue,
    /// A term applies, but not when it began.
    UnknownClock,
    /// A hold keeps it.
    Hold,
    /// It must be handed over first, and no receipt says that it was.
    NotHandedOver,
    /// It has names that are not in the plan.
    OtherNames,
    /// It cannot be opened or read.
    Unreadable,
    /// It is no regular file.
    NotAFile,
    /// It changed after the inventory was made.
    Changed,
    /// It was not read wholly by the scan: nobody knows all that is in it.
    NotScanned,
    /// The storage keeps old content whatever is written: erasing would be a lie.
    WouldBeALie,
    /// It holds nothing that the plan is for.
    NothingFound,
    /// It is marked as a state secret.
    StateSecret,
    /// Its terms are over: it is to be erased, not kept.
    Due,
    /// A reviewer marked it for another outcome.
    MarkedOtherwise,
    /// Only what a reviewer marked is to be dealt with, and nobody marked it.
    NotMarked,
    /// A part, record or key of a sealed archive or a backup: those end by plans and verbs of their own.
    Archive,
}

impl Refusal {
    /// All reasons.
    pub const ALL: [Self; 16] = [
        Self::NotDue,
        Self::UnknownClock,
        Self::Hold,
        Self::NotHandedOver,
        Self::OtherNames,
        Self::Unreadable,
        Self::NotAFile,
        Self::Changed,
        Self::NotScanned,
        Self::WouldBeALie,
        Self::NothingFound,
        Self::StateSecret,
        Self::Due,
        Self::MarkedOtherwise,
        Self::NotMarked,
        Self::Archive,
    ];

    /// The word in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotDue => "not-due",
            Self::UnknownClock => "unknown-clock",
            Self::Hold => "hold",
            Self::NotHandedOver => "not-handed-over",
            Self::OtherNames => "other-names",
            Self::Unreadable => "unreadable",
            Self::NotAFile => "not-a-file",
            Self::Changed => "changed",
            Self::NotScanned => "not-scanned",
            Self::WouldBeALie => "would-be-a-lie",
            Self::NothingFound => "nothing-found",
            Self::StateSecret => "state-secret",
            Self::Due => "due",
            Self::MarkedOtherwise => "marked-otherwise",
            Self::NotMarked => "not-marked",
            Self::Archive => "archive",
        }
    }
}

/// One file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Number in the plan, from 1.
    pub number: u32,
    /// Index of its root in [`Plan::roots`].
    pub root: u32,
    /// Path under the root.
    pub path: Name,
    /// The whole path as it may be shown: what was found in it is masked.
    pub shown: String,
    /// Keyed identity of the path, 32 hexadecimal digits: the same as in the inventory.
    pub path_fp: String,
    /// Which file it is; none when it could not be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Findings by class of JR/T 0171-2020: `C1`, `C2`, `C3`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u64>,
    /// Findings by rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, u64>,
    /// Kinds of record, as the policy names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// What the policy says.
    pub decision: Decision,
    /// What is to be done.
    pub action: Action,
    /// Why nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Refusal>,
    /// What a reviewer marked it for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Outcome>,
    /// Numbers of the items with the same content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<u32>,
    /// Grade that an erasure can reach here, as far as can be told beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Grade>,
}

impl Item {
    /// Its size in bytes, 0 when it could not be opened.
    pub fn bytes(&self) -> u64 {
        self.identity.as_ref().map_or(0, |i| i.size)
    }
}

/// How far a number of items reaches towards the thresholds of the criminal law.
///
/// Standard: 法释〔2017〕10 号, articles 5 and 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Below all.
    Below,
    /// At half the threshold: that of data obtained in one's duties.
    InDuties,
    /// At the threshold ("serious").
    Serious,
    /// At ten times the threshold ("very serious").
    VerySerious,
}

/// Items of one category of the judicial interpretation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Tag of the category: `law2017.property`.
    pub tag: String,
    /// Findings.
    pub found: u64,
    /// Different values (an estimate above 512).
    pub distinct: u64,
    /// The threshold: 50, 500 or 5,000.
    pub threshold: u64,
    /// How far the different values reach.
    pub reach: Reach,
}

/// All items added up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Items.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items to be dealt with.
    pub carried: u64,
    /// Their bytes.
    pub carried_bytes: u64,
    /// Items refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Findings by class.
    pub classes: BTreeMap<String, u64>,
    /// Findings by legal category.
    pub categories: Vec<Category>,
    /// All categories together, each as percent of its threshold: from 100 on the mixed threshold is reached.
    pub mixed_percent: u64,
}

/// Who must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalsNeeded {
    /// Different approvers besides the requester.
    pub count: u32,
    /// Roles that must be among them.
    pub roles: Vec<String>,
    /// Hours that an approval holds.
    pub hours: u32,
}

/// What is to become of every file of an inventory: bound by digests to the policy, the rules, the inventory
/// and each source. Its id is the SHA-256 of its file, so `sha256sum plan.json` shows it. It holds paths and
/// is for its owner alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: u32,
    /// What it is for.
    pub outcome: Outcome,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// When it is void, whatever was approved.
    pub expires: String,
    /// Key id of who asks for it.
    pub requester: String,
    /// Number of the business case.
    pub ticket: String,
    /// Why.
    pub reason: String,
    /// The law that it rests on.
    pub legal_basis: String,
    /// Reference of the notice to the persons concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_ref: Option<String>,
    /// Reference of their consent or confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    /// Terms of a hand-over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandOverTerms>,
    /// What becomes of the live files after sealing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveCopy>,
    /// Backup before an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupChoice>,
    /// The sealed archive that it destroys, of a plan that destroys one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedArchive>,
    /// Reference of the decision by which files with marks of state secrets may be dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrecy_release: Option<String>,
    /// The reviewer's decisions that were taken in: how many, and the digest of their file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Bound>,
    /// Digests of the receipts that prove a hand-over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<String>,
    /// Days in which a quarantine can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_days: Option<u32>,
    /// The policy.
    pub policy: Bound,
    /// The rules that found what is counted.
    pub rules: Bound,
    /// The list of keys that may approve.
    pub keys: Bound,
    /// The inventory.
    pub inventory: InventoryRef,
    /// Whose data.
    pub organisation: Organisation,
    /// Volumes.
    pub volumes: Vec<Volume>,
    /// The roots, absolute.
    pub roots: Vec<Name>,
    /// Every file of the inventory.
    pub items: Vec<Item>,
    /// All of them added up.
    pub totals: Totals,
    /// Who must approve.
    pub approvals: ApprovalsNeeded,
}

impl Plan {
    /// The bytes of its file.
    ///
    /// # Errors
    /// None that a plan can cause: its numbers are whole.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical_file(self)
    }

    /// Reads the bytes of its file.
    ///
    /// # Errors
    /// When the number of the shape is another one, a key is unknown, or anything was edited in a way
    /// that this program does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        read_canonical(bytes, u64::from(PLAN_SCHEMA))
    }

    /// The whole path of an item.
    pub fn path_of(&self, item: &Item) -> Name {
        let root = self.roots.get(item.root as usize);
        super::shown::join(&root.cloned().unwrap_or_default(), &item.path)
    }

    /// The items that are to be dealt with, surplus copies first: of the same content the item with the
    /// lowest number comes last, so that what is left when a run is cut short is the original.
    pub fn surplus_first(&self) -> Vec<&Item> {
        let (mut first, last): (Vec<&Item>, Vec<&Item>) = self
            .carried()
            .partition(|item| item.copies.first().is_some_and(|n| *n < item.number));
        first.extend(last);
        first
    }

    /// The items that are to be dealt with.
    pub fn carried(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|i| i.action != Action::Refused)
    }
}
