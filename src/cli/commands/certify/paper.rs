//! `certificate.json`: the signed original.

use crate::{
    keys::{KeyError, PublicKey, Signatures, Signer},
    model::{Actor, DeviceFacts, HandOverTerms, RemainingCopy, Residue, SealedArchive},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of the file's shape.
pub(super) const SCHEMA: u32 = 1;
/// What certificates are signed as.
pub(super) const PURPOSE: &str = "certificate";

/// Somebody by key, with the name on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub name: String,
    pub role: String,
    pub key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time: String,
}

/// Files and bytes of one grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Graded {
    pub grade: String,
    pub medium: String,
    pub files: u64,
    pub bytes: u64,
}

/// One rule that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ruled {
    pub rule: String,
    pub article: String,
    pub files: u64,
    /// The latest of the first days on which the files may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
}

/// One line of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub item: u32,
    pub path_fp: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub classes: BTreeMap<String, u64>,
    pub bytes: u64,
    /// Keyed digest of the content.
    pub content_fp: String,
    pub rule: String,
    pub done: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residue: Option<Residue>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signed {
    pub who: Actor,
    pub ed25519: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sm2: String,
    /// The SM2 key of that signature.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sm2_key: String,
}

/// All that is certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub schema: u32,
    pub kind: String,
    pub number: String,
    pub issuer: String,
    pub issued: String,
    pub run: String,
    pub plan: String,
    pub ticket: String,
    pub reason: String,
    pub legal_basis: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_ref: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    pub organisation: String,
    pub organisation_role: String,
    pub closing: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandOverTerms>,
    /// The sealed archive that was destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedArchive>,
    /// Why there was no backup, or the id of the one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_backup: Option<String>,
    pub requester: Person,
    pub approvers: Vec<Person>,
    pub operator: Person,
    pub verifier: Person,
    pub started: String,
    pub ended: String,
    pub host_fp: String,
    pub system: String,
    pub tool: String,
    pub method: Vec<String>,
    pub devices: Vec<DeviceFacts>,
    pub retention: Vec<Ruled>,
    pub done: u64,
    pub done_bytes: u64,
    pub grades: Vec<Graded>,
    /// Files left, by reason.
    pub not_done: BTreeMap<String, u64>,
    pub remaining: Vec<RemainingCopy>,
    /// Digests: inventory, policy, rules, list of keys, result of the run, and those of the run.
    pub digests: BTreeMap<String, String>,
    pub record_years: u16,
    /// The checkpoint of the audit trail, as a signed note.
    pub checkpoint: String,
    pub register: Vec<Line>,
    /// The files that lay in the sealed archive that was destroyed, numbered as in the plan of the sealing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Line>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Signed>,
}

impl Certificate {
    fn bare(&self) -> Self {
        Self {
            signatures: Vec::new(),
            ..self.clone()
        }
    }

    /// Adds a signature over everything but the signatures.
    pub(super) fn sign(&mut self, signer: &Signer, who: Actor) -> Result<(), KeyError> {
        let made = signer.sign_value(PURPOSE, &self.bare())?;
        self.signatures.push(Signed {
            who,
            ed25519: made.ed25519,
            sm2: made.sm2,
            sm2_key: signer.public().sm2_id().unwrap_or_default(),
        });
        Ok(())
    }

    /// Whether every signature holds, and there is one.
    pub(super) fn holds(&self) -> bool {
        let bare = self.bare();
        let good = |signed: &Signed| {
            let key = PublicKey::from_id(&signed.who.key).and_then(|key| {
                if signed.sm2_key.is_empty() {
                    Ok(key)
                } else {
                    key.with_sm2(&signed.sm2_key)
                }
            });
            let signatures = Signatures {
                ed25519: signed.ed25519.clone(),
                sm2: signed.sm2.clone(),
            };
            key.is_ok_and(|k| k.check_value(PURPOSE, &bare, &signatures).is_ok())
        };
        !self.signatures.is_empty() && self.signatures.iter().all(good)
    }
}
