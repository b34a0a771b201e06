//! [`Paper`]: a request, an approval or a rejection of one plan, signed.

use crate::{
    keys::{KeyError, PublicKey, Signatures, Signer},
    model::{CanonicalError, canonical_file, read_canonical},
};
use serde::{Deserialize, Serialize};

/// Number of the paper's shape.
const SCHEMA: u32 = 1;
/// What papers are signed as.
pub const PURPOSE: &str = "paper on a plan";

/// What a paper says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The bearer asks for the plan to be carried out.
    Request,
    /// The bearer agrees.
    Approve,
    /// The bearer does not.
    Reject,
}

/// A request, an approval or a rejection. The plan is named by its id, so a changed byte of the plan is
/// another plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    schema: u32,
    /// Id of the plan, `sha256:…`.
    pub plan: String,
    /// What it says.
    pub ask: Ask,
    /// Key id of the bearer.
    pub key: String,
    /// Role in which it is given.
    pub role: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Until when it holds.
    pub expires: String,
    /// In the bearer's words.
    pub comment: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    signature: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    signature_sm2: String,
}

impl Paper {
    /// A signed paper.
    ///
    /// # Errors
    /// None that a paper can cause.
    pub fn new(
        signer: &Signer,
        ask: Ask,
        plan: &str,
        role: &str,
        (time, expires): (&str, &str),
        comment: &str,
    ) -> Result<Self, KeyError> {
        let mut paper = Self {
            schema: SCHEMA,
            plan: plan.to_owned(),
            ask,
            key: signer.id(),
            role: role.to_owned(),
            time: time.to_owned(),
            expires: expires.to_owned(),
            comment: comment.to_owned(),
            signature: String::new(),
            signature_sm2: String::new(),
        };
        let signatures = signer.sign_value(PURPOSE, &paper)?;
        paper.signature = signatures.ed25519;
        paper.signature_sm2 = signatures.sm2;
        Ok(paper)
    }

    /// Whether its signatures hold under a key, which must be the one that it names.
    pub fn holds_under(&self, key: &PublicKey) -> bool {
        let bare = Self {
            signature: String::new(),
            signature_sm2: String::new(),
            ..self.clone()
        };
        let signatures = Signatures {
            ed25519: self.signature.clone(),
            sm2: self.signature_sm2.clone(),
        };
        key.id() == self.key && key.check_value(PURPOSE, &bare, &signatures).is_ok()
    }

    /// Reads the bytes of its file.
    ///
    /// # Errors
    /// When anything is not as this program writes it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        read_canonical(bytes, u64::from(SCHEMA))
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// None that a paper can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical_file(self)
    }
}
