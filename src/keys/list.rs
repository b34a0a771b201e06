//! [`KeyList`]: whose keys they are, and what their bearers may do.

use super::{KeyError, PublicKey};
use crate::{
    digest::sha256_name,
    model::{CanonicalError, Date, canonical_file, read_canonical},
};
use serde::{Deserialize, Serialize};

/// Number of the list's shape.
const SCHEMA: u32 = 1;

/// A key and its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedKey {
    /// Key id, `ed25519:…`.
    pub key: String,
    /// Second key, `sm2:…`. When it stands here, both signatures are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm2: Option<String>,
    /// Name of the bearer or office.
    pub name: String,
    /// Roles: `compliance`, `archive`, `accounting`, `it`, `legal`, `executor` …
    pub roles: Vec<String>,
    /// Last day on which it counts, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl TrustedKey {
    /// The key that checks.
    ///
    /// # Errors
    /// `NotPublic`.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let key = PublicKey::from_id(&self.key)?;
        match &self.sm2 {
            Some(id) => key.with_sm2(id),
            None => Ok(key),
        }
    }
}

/// The keys that may ask, approve and carry out. A file of canonical JSON; its digest stands in every plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyList {
    schema: u32,
    /// The keys, each once.
    pub keys: Vec<TrustedKey>,
}

impl Default for KeyList {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            keys: Vec::new(),
        }
    }
}

impl KeyList {
    /// Reads the bytes of its file.
    ///
    /// # Errors
    /// When the form is another one, or a key is none or stands twice (then `Rewritten`).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let list: Self = read_canonical(bytes, u64::from(SCHEMA))?;
        for (n, key) in list.keys.iter().enumerate() {
            let earlier = list.keys.get(..n).unwrap_or_default();
            let twice = earlier.iter().any(|k| k.key == key.key);
            let bad_day = key
                .until
                .as_deref()
                .is_some_and(|d| Date::parse(d).is_none());
            if twice || bad_day || key.public().is_err() {
                return Err(CanonicalError::Rewritten);
            }
        }
        Ok(list)
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// None that a list can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical_file(self)
    }

    /// Digest of its file, `sha256:…`.
    ///
    /// # Errors
    /// Those of [`KeyList::to_bytes`].
    pub fn digest(&self) -> Result<String, CanonicalError> {
        Ok(sha256_name(&self.to_bytes()?))
    }

    /// The bearer of a key on a day; `None` when it is not listed or no longer counts.
    pub fn find(&self, id: &str, day: Date) -> Option<&TrustedKey> {
        self.keys.iter().find(|k| {
            k.key == id
                && k.until
                    .as_deref()
                    .and_then(Date::parse)
                    .is_none_or(|until| day <= until)
        })
    }

    /// Adds a key, or puts new roles in the place of its old ones.
    pub fn put(&mut self, key: TrustedKey) {
        self.keys.retain(|k| k.key != key.key);
        self.keys.push(key);
    }
}
