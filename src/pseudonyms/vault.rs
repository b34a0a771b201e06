//! [`Vault`]: tokens and the values they stand for, in one encrypted file.
//!
//! ```text
//! file   = "INKOUT-VAULT-1\n" nonce[12] sealed       AES-256-GCM-SIV, associated data: first line and project
//! sealed = JSON: { "secret": hex, "values": [["ID", token, value], …] }
//! ```
//! Tokens are digests under a secret that lies in the vault alone: without the vault not even the holder of the key
//! can test a guess, and destroying the vault makes them final.

use super::{
    Kind, base32, inline,
    key::{Key, Master, Use},
};
use crate::model::Secret;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use zeroize::Zeroizing;

const HEAD: &[u8] = b"INKOUT-VAULT-1\n";
/// Bytes of the nonce.
const NONCE: usize = 12;

/// Why a vault cannot be opened or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// It does not begin as a vault does.
    #[error("no vault")]
    NotAVault,
    /// Another key or project, or changed bytes.
    #[error("the vault does not open")]
    Locked,
    /// What was inside has not the right shape.
    #[error("the vault is damaged inside")]
    Damaged,
}

#[derive(Serialize, Deserialize)]
struct Inside {
    secret: String,
    values: Vec<(String, String, String)>,
}

/// Tokens and the values they stand for.
pub struct Vault {
    secret: Key,
    values: Mutex<BTreeMap<(Kind, String), String>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} values)", self.len())
    }
}

impl Vault {
    /// An empty one, with 32 random bytes of its own.
    pub fn new(random: [u8; 32]) -> Self {
        Self {
            secret: Key::new(random),
            values: Mutex::default(),
        }
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.values().len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn values(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Kind, String), String>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token of a value in canonical form, which it keeps.
    pub(super) fn token(&self, kind: Kind, canonical: &str) -> String {
        let message = format!("{} {canonical}", kind.code());
        let all = base32::encode(&self.secret.mac(message.as_bytes()));
        let body = all.get(..super::TOKEN).unwrap_or_default().to_owned();
        self.values()
            .entry((kind, body.clone()))
            .or_insert_with(|| canonical.to_owned());
        body
    }

    /// The value of a token.
    pub(super) fn find(&self, kind: Kind, body: &str) -> Option<Secret> {
        let values = self.values();
        values.get(&(kind, body.to_owned())).map(Secret::new)
    }

    /// The file, sealed for the holder of a key in a project. The nonce must be random.
    ///
    /// # Errors
    /// `Damaged` when it cannot be written down, which has no known cause.
    pub fn seal(
        &self,
        master: &Master,
        project: &str,
        nonce: [u8; NONCE],
    ) -> Result<Vec<u8>, VaultError> {
        let inside = Inside {
            secret: crate::digest::hex(self.secret.bytes()),
            values: (self.values().iter())
                .map(|((kind, body), value)| (kind.code().to_owned(), body.clone(), value.clone()))
                .collect(),
        };
        let plain = serde_json::to_vec(&inside).map_err(|_| VaultError::Damaged)?;
        let plain = Zeroizing::new(plain);
        let key = master.derive(project, "", Use::Vault);
        let sealed = inline::seal(&key, nonce, &plain, &about(project));
        let sealed = sealed.ok_or(VaultError::Damaged)?;
        Ok([HEAD, &nonce, &sealed].concat())
    }

    /// Opens a file.
    ///
    /// # Errors
    /// When it is no vault, does not open with this key in this project, or is damaged.
    pub fn open(master: &Master, project: &str, file: &[u8]) -> Result<Self, VaultError> {
        let rest = file.strip_prefix(HEAD).ok_or(VaultError::NotAVault)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE>()
            .ok_or(VaultError::NotAVault)?;
        let key = master.derive(project, "", Use::Vault);
        let plain = inline::open(&key, *nonce, sealed, &about(project));
        let plain = Zeroizing::new(plain.ok_or(VaultError::Locked)?);
        let inside: Inside = serde_json::from_slice(&plain).map_err(|_| VaultError::Damaged)?;
        let mut secret = [0; 32];
        for (i, slot) in secret.iter_mut().enumerate() {
            *slot = inside
                .secret
                .get(i * 2..i * 2 + 2)
                .and_then(|two| u8::from_str_radix(two, 16).ok())
                .ok_or(VaultError::Damaged)?;
        }
        let values: Option<BTreeMap<_, _>> = inside
            .values
            .into_iter()
            .map(|(kind, body, value)| Some(((Kind::find(&kind)?, body), value)))
            .collect();
        Ok(Self {
            secret: Key::new(secret),
            values: Mutex::new(values.ok_or(VaultError::Damaged)?),
        })
    }
}

fn about(project: &str) -> Vec<u8> {
    [HEAD, project.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_opens_for_its_key_and_project_alone() {
        let master = Master::new([1; 32]);
        let vault = Vault::new([2; 32]);
        let token = vault.token(Kind::Name, "张三丰");
        assert_eq!(vault.token(Kind::Name, "张三丰"), token);
        assert_ne!(vault.token(Kind::Id, "张三丰"), token);
        let file = vault.seal(&master, "A", [3; 12]).unwrap();
        assert!(memchr::memmem::find(&file, "张三丰".as_bytes()).is_none());
        let again = Vault::open(&master, "A", &file).unwrap();
        assert_eq!(again.len(), 2);
        let found = again.find(Kind::Name, &token).unwrap();
        assert_eq!(found.reveal(), "张三丰");
        assert!(again.find(Kind::Id, &token).is_none());
        assert_eq!(again.token(Kind::Name, "张三丰"), token);
        let error = |m: &Master, p, f: &[u8]| Vault::open(m, p, f).unwrap_err();
        assert_eq!(error(&master, "B", &file), VaultError::Locked);
        assert_eq!(error(&Master::new([9; 32]), "A", &file), VaultError::Locked);
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(error(&master, "A", &changed), VaultError::Locked);
        assert_eq!(error(&master, "A", b"x"), VaultError::NotAVault);
        assert!(!format!("{again:?}").contains("张"));
    }
}
