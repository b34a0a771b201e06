//! The texts of a package that programs read: its manifest, its signatures, the list of its parts.

use super::HandoverError;
use crate::{
    containers::Part,
    keys::{KeyError, Signer, Stamp},
    model::{canonical_file, read_canonical},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// Number of the shape of [`Manifest`] and [`PartList`].
const SCHEMA: u64 = 1;

/// What the signature over a manifest is for: part of the text that is signed.
pub const SIGNED_MANIFEST: &str = "package manifest";
/// What the signature over a list of parts is for.
pub const SIGNED_PARTS: &str = "package parts";
/// Name of the list of parts beside the box.
pub const PART_LIST: &str = "parts.json";

/// Values of one rule that were masked in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Id of the rule.
    pub rule: String,
    /// Mask profile.
    pub mode: String,
    /// How many.
    pub count: u64,
}

/// A file below `data/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Its path in the bag.
    pub path: String,
    /// Number of the item in the plan.
    pub item: u32,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// SM3.
    pub sm3: String,
    /// SHA-256 of the original that it was made from; equal to `sha256` for a full copy.
    pub source_sha256: String,
    /// `full` or `redacted`.
    pub copy: String,
    /// What was masked, by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
    /// Its name at the sender, escaped, when the bag cannot hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
}

/// A file of the plan that is not in the package, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Number of the item in the plan.
    pub item: u32,
    /// Why, as a word: `changed`, `withheld-…`, `unreadable`, or the plan's own reason.
    pub why: String,
}

/// A file of the bag outside `data/` that the manifest vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagFile {
    /// Its path in the bag.
    pub path: String,
    /// SHA-256.
    pub sha256: String,
}

/// `inkout/manifest.json`: who hands what to whom, and why. Its SHA-256 is the id of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Number of the shape.
    pub schema: u64,
    /// Who hands over.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What for.
    pub purpose: String,
    /// The law that it rests on.
    pub legal_basis: String,
    /// Country that it goes to, ISO 3166-1 alpha-2.
    pub destination_country: String,
    /// When, RFC 3339 in UTC.
    pub created: String,
    /// The sender's number of the business case.
    pub ticket: String,
    /// Id of the plan.
    pub plan: String,
    /// Key ids of those who approved it.
    pub approvals: Vec<String>,
    /// Reference of the notice to the persons concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_ref: Option<String>,
    /// Reference of their consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    /// Program and version.
    pub tool: String,
    /// Digest of the rules that found what is counted.
    pub rules: String,
    /// The files, by path.
    pub files: Vec<ManifestFile>,
    /// Files of the plan that are not here.
    pub missing: Vec<Missing>,
    /// Findings by rule in the originals.
    pub found: BTreeMap<String, u64>,
    /// Persons on the list of those to be told.
    pub persons: u64,
    /// Other files that this text vouches for.
    pub tags: Vec<TagFile>,
    /// Head of the sender's audit trail before this package, as a signed note; empty for none.
    pub checkpoint: String,
    /// What the checks of the copies cannot promise.
    pub limits: Vec<String>,
}

impl Manifest {
    /// The number of the shape that this program writes.
    pub const SCHEMA: u64 = SCHEMA;
}

/// `parts.json` beside the box: what must be there, before anybody tries to open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartList {
    /// Number of the shape.
    pub schema: u64,
    /// Id of the package.
    pub package: String,
    /// Id of the plan.
    pub plan: String,
    /// Kind of the box.
    pub container: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// The sender's signature over all of the above (the list with an empty one here).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Stamp>,
}

impl PartList {
    /// The number of the shape that this program writes.
    pub const SCHEMA: u64 = SCHEMA;

    /// Puts the sender's signature in.
    ///
    /// # Errors
    /// Those of signing.
    pub fn sign(&mut self, signer: &Signer) -> Result<(), HandoverError> {
        self.signature = None;
        self.signature = Some(Stamp::make(signer, SIGNED_PARTS, self)?);
        Ok(())
    }

    /// Checks the signature and gives the signer's key id.
    ///
    /// # Errors
    /// `Key` when there is none or it does not hold.
    pub fn checked(&self) -> Result<String, HandoverError> {
        let signature = self.signature.as_ref().ok_or(KeyError::Signature)?;
        let mut bare = self.clone();
        bare.signature = None;
        signature.check(SIGNED_PARTS, &bare)?;
        Ok(signature.key.clone())
    }
}

/// The bytes of a text of the package.
///
/// # Errors
/// `Text` when it has no canonical form.
pub(super) fn written<T: Serialize>(
    what: &'static str,
    value: &T,
) -> Result<Vec<u8>, HandoverError> {
    canonical_file(value).map_err(|e| HandoverError::Text(what, e))
}

/// Reads a text of the package.
///
/// # Errors
/// `Text` when it is not in its form.
pub(super) fn read<T: Serialize + DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
) -> Result<T, HandoverError> {
    read_canonical(bytes, SCHEMA).map_err(|e| HandoverError::Text(what, e))
}
