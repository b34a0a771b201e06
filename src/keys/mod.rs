//! Signing keys and their check: Ed25519 for every signature, SM2 with SM3 as a second one where asked for.
//!
//! A key's id is its whole public key, so a signature can be checked with nothing else at hand. Whom a key
//! belongs to and what its bearer may do stands in a [`KeyList`], whose digest plans are bound to.
//!
//! Standard: RFC 8032 (Ed25519), GM/T 0003.2-2012 (SM2), GM/T 0009-2012 (the identifier
//! `1234567812345678`), GB/T 32905-2016 (SM3).

mod list;
mod pem;
mod stamp;

pub use list::{KeyList, TrustedKey};
pub use pem::{SecretFile, Wrap, is_encrypted, private_file, public_file};
pub use stamp::Stamp;

use crate::{
    digest::{hex, unhex},
    model::{CanonicalError, canonical},
};
use ed25519_dalek::Signer as _;
use serde::Serialize;
use sm2::dsa::signature::Verifier as _;
use std::fmt;

/// The bearer's identifier that SM2 signatures are made with when nothing else is agreed.
///
/// Standard: GM/T 0009-2012, section 10.
pub const SM2_ID: &str = "1234567812345678";

/// What every signed text begins with, so that a signature made for one purpose is none for another.
const DOMAIN: &str = "inkout signature v1";

/// Why a key or signature is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a private key in a form that is known.
    #[error("it is not a private key that this program knows (PKCS #8 in PEM, Ed25519 or SM2)")]
    NotPrivate,
    /// Not a public key in a form that is known.
    #[error("it is not a public key that this program knows")]
    NotPublic,
    /// Encrypted, and the pass phrase is wrong or missing.
    #[error("the key is encrypted and the pass phrase is missing or wrong")]
    PassPhrase,
    /// Random bytes that cannot be a key.
    #[error("these random bytes cannot be a key")]
    Random,
    /// The signature does not belong to the text and key.
    #[error("the signature does not hold")]
    Signature,
    /// What is to be signed has no canonical form.
    #[error("what is to be signed cannot be written")]
    Text,
}

impl From<CanonicalError> for KeyError {
    fn from(_: CanonicalError) -> Self {
        Self::Text
    }
}

/// A private key that signs. Never shown.
#[derive(Clone)]
pub struct Signer {
    ed: ed25519_dalek::SigningKey,
    sm2: Option<sm2::dsa::SigningKey>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

/// Signatures over one text: in hexadecimal, SM2 in DER as other programs want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// Ed25519: 64 bytes.
    pub ed25519: String,
    /// SM2 with SM3, DER; empty for none.
    pub sm2: String,
}

impl Signer {
    /// From 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self {
            ed: ed25519_dalek::SigningKey::from_bytes(&random),
            sm2: None,
        }
    }

    /// With a second key for SM2, from 32 other random bytes.
    ///
    /// # Errors
    /// `Random` when the bytes are no scalar of the curve (once in 2³² tries): take others.
    pub fn with_sm2(mut self, random: [u8; 32]) -> Result<Self, KeyError> {
        let key =
            sm2::dsa::SigningKey::from_slice(SM2_ID, &random).map_err(|_| KeyError::Random)?;
        self.sm2 = Some(key);
        Ok(self)
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            ed: self.ed.verifying_key(),
            sm2: self.sm2.as_ref().map(|k| k.verifying_key().clone()),
        }
    }

    /// The key's id.
    pub fn id(&self) -> String {
        self.public().id()
    }

    /// Signs bytes as they are.
    pub fn sign(&self, text: &[u8]) -> Signatures {
        Signatures {
            ed25519: hex(&self.ed.sign(text).to_bytes()),
            sm2: self
                .sm2
                .as_ref()
                .and_then(|k| k.try_sign(text).ok())
                .map(|s| hex(&pem::der_signature(&s.to_bytes())))
                .unwrap_or_default(),
        }
    }

    /// Signs a value in canonical form, for one purpose.
    ///
    /// # Errors
    /// `Text` when it has no canonical form.
    pub fn sign_value<T: Serialize>(
        &self,
        purpose: &str,
        value: &T,
    ) -> Result<Signatures, KeyError> {
        Ok(self.sign(&signed_text(purpose, value)?))
    }
}

/// The bytes that a signature over a value is made over: a line that says what for, then the canonical form.
///
/// # Errors
/// `Text` when it has no canonical form.
pub fn signed_text<T: Serialize>(purpose: &str, value: &T) -> Result<Vec<u8>, KeyError> {
    let mut text = format!("{DOMAIN}: {purpose}\n").into_bytes();
    text.extend(canonical(value)?);
    Ok(text)
}

/// A public key that checks.
#[derive(Debug, Clone)]
pub struct PublicKey {
    ed: ed25519_dalek::VerifyingKey,
    sm2: Option<sm2::dsa::VerifyingKey>,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.ed == other.ed && self.sm2_id() == other.sm2_id()
    }
}

impl Eq for PublicKey {}

impl PublicKey {
    /// From its id: `ed25519:` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// `NotPublic`, also for points of small order.
    pub fn from_id(id: &str) -> Result<Self, KeyError> {
        let bytes = id
            .strip_prefix("ed25519:")
            .and_then(unhex)
            .and_then(|b| <[u8; 32]>::try_from(b).ok())
            .ok_or(KeyError::NotPublic)?;
        Self::from_ed25519(&bytes)
    }

    /// From the 32 bytes of an Ed25519 key.
    ///
    /// # Errors
    /// `NotPublic`, also for points of small order.
    pub fn from_ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let ed = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotPublic)?;
        if ed.is_weak() {
            return Err(KeyError::NotPublic);
        }
        Ok(Self { ed, sm2: None })
    }

    /// With an SM2 key, by its id: `sm2:` and the uncompressed point in hexadecimal.
    ///
    /// # Errors
    /// `NotPublic`.
    pub fn with_sm2(mut self, id: &str) -> Result<Self, KeyError> {
        let point = id
            .strip_prefix("sm2:")
            .and_then(unhex)
            .ok_or(KeyError::NotPublic)?;
        self.sm2 = Some(
            sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_ID, &point)
                .map_err(|_| KeyError::NotPublic)?,
        );
        Ok(self)
    }

    /// `ed25519:` and 64 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("ed25519:{}", hex(self.ed.as_bytes()))
    }

    /// `sm2:` and 130 hexadecimal digits, when it has one.
    pub fn sm2_id(&self) -> Option<String> {
        let key = self.sm2.as_ref()?;
        Some(format!("sm2:{}", hex(&key.to_sec1_bytes())))
    }

    /// The 32 bytes of the Ed25519 key.
    pub fn ed25519(&self) -> &[u8; 32] {
        self.ed.as_bytes()
    }

    /// Whether signatures hold for these bytes. A second signature is checked when this key has an SM2
    /// half; without one it cannot be and is not counted.
    ///
    /// # Errors
    /// `Signature`, also when the key has an SM2 half and the second signature is missing.
    pub fn check(&self, text: &[u8], signatures: &Signatures) -> Result<(), KeyError> {
        let bytes = unhex(&signatures.ed25519)
            .and_then(|b| <[u8; 64]>::try_from(b).ok())
            .ok_or(KeyError::Signature)?;
        let signature = ed25519_dalek::Signature::from_bytes(&bytes);
        self.ed
            .verify_strict(text, &signature)
            .map_err(|_| KeyError::Signature)?;
        let Some(key) = &self.sm2 else { return Ok(()) };
        let raw = unhex(&signatures.sm2)
            .and_then(|der| pem::raw_signature(&der))
            .ok_or(KeyError::Signature)?;
        let signature = sm2::dsa::Signature::from_slice(&raw).map_err(|_| KeyError::Signature)?;
        key.verify(text, &signature)
            .map_err(|_| KeyError::Signature)
    }

    /// Whether signatures hold for a value signed for one purpose.
    ///
    /// # Errors
    /// `Signature`, and `Text` when the value has no canonical form.
    pub fn check_value<T: Serialize>(
        &self,
        purpose: &str,
        value: &T,
        signatures: &Signatures,
    ) -> Result<(), KeyError> {
        self.check(&signed_text(purpose, value)?, signatures)
    }
}

/// The first digits of a key's or digest's id, for people: `ed25519:1a2b3c4d5e6f7081`.
pub fn short(id: &str) -> String {
    match id.split_once(':') {
        Some((kind, rest)) => format!("{kind}:{}", rest.get(..16).unwrap_or(rest)),
        None => id.get(..16).unwrap_or(id).to_owned(),
    }
}

#[cfg(test)]
mod tests;
